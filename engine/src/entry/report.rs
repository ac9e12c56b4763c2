//! `report`: what an evaluator measured.

use super::{FileDigest, Label, MarketId, MemberId, ModelId, RoundId};
use quittance_circuits::number::Ppm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a report measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// What a model will gain a member, measured before its bid.
    ExpectedGain,
    /// What a model did gain a member.
    RealisedGain,
    /// How good a model or a member's data is.
    Quality,
    /// How much a member contributed.
    Weight,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 4] = [Self::ExpectedGain, Self::RealisedGain, Self::Quality, Self::Weight];

    /// The word in a report, which rules name their columns' measures by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ExpectedGain => "expected_gain",
            Self::RealisedGain => "realised_gain",
            Self::Quality => "quality",
            Self::Weight => "weight",
        }
    }

    /// The measure of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.word() == word)
    }
}

/// A performance report, signed by its round's evaluator. As true as the evaluator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerformanceReport {
    /// The market.
    pub market: MarketId,
    /// The round that it is for.
    pub round: RoundId,
    /// The model that was measured.
    pub model: Option<ModelId>,
    /// The member that it was measured for.
    pub subject: Option<MemberId>,
    /// What was measured.
    pub measure: Measure,
    /// The result, at most 1000000.
    pub value_ppm: Ppm,
    /// BLAKE3 of the test set.
    pub test_set: FileDigest,
    /// How scores are computed, in a word.
    pub metric: Label,
    /// The score without the model, at most 1000000.
    pub baseline_ppm: Ppm,
    /// The score with the model, at most 1000000.
    pub score_ppm: Ppm,
}
