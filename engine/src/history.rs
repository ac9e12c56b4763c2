//! Which entries before a round its bundle must hold, so that a stranger can judge the round's own entries.

use crate::entry::{MemberId, ModelId, Payload, RoundId};
use crate::market::{Market, Round};
use quittance_ledger::{Log, LogError, Store};
use std::collections::BTreeSet;

impl Payload {
    /// The round that an entry is about; none for those about members, keys, rules, models and blobs, and for
    /// the entry that opens a round.
    #[must_use]
    pub fn round(&self) -> Option<RoundId> {
        match self {
            Self::Report(payload) => Some(payload.round),
            Self::Bid(payload) => Some(payload.round),
            Self::Close(payload) => Some(payload.round),
            Self::Settlement(payload) => Some(payload.round),
            Self::Abort(payload) => Some(payload.round),
            Self::Market(_)
            | Self::Member(_)
            | Self::KeyRotate(_)
            | Self::KeyRevoke(_)
            | Self::RuleAdmit(_)
            | Self::RuleWithdraw(_)
            | Self::Model(_)
            | Self::Round(_)
            | Self::Erasure(_) => None,
        }
    }

    /// The member whose keys an entry changes.
    #[must_use]
    pub fn changes_keys_of(&self) -> Option<MemberId> {
        match self {
            Self::KeyRotate(payload) => Some(payload.member),
            Self::KeyRevoke(payload) => Some(payload.member),
            _ => None,
        }
    }
}

/// What a round, and the rounds that it draws on, mention.
#[derive(Default)]
struct Mentioned {
    rounds: BTreeSet<RoundId>,
    members: BTreeSet<MemberId>,
    models: BTreeSet<ModelId>,
}

impl Mentioned {
    fn add(&mut self, market: &Market, round: &Round) {
        if !self.rounds.insert(round.id) {
            return;
        }
        let entry = &round.entry;
        let named = entry.sellers.iter().chain(&entry.evaluator).chain(entry.parties.iter().flatten());
        self.members.extend(named);
        self.members.extend(round.rows.iter().map(|row| row.member));
        self.members.extend(round.reports.iter().filter_map(|report| report.entry.subject));
        let reported = round.reports.iter().filter_map(|report| report.entry.model);
        for model in entry.items.iter().copied().chain(reported) {
            self.models.insert(model);
            self.members.extend(market.model(model).map(|model| model.seller));
        }
        let related = entry.revenue_from.map(|source| source.round).into_iter().chain(entry.reopens);
        related.filter_map(|id| market.round(id)).for_each(|round| self.add(market, round));
    }
}

/// The indices, below the round entry's, of the entries that a bundle of the round must hold.
///
/// All admissions and withdrawals of rules; of members, keys and models those that the round mentions; of other
/// rounds those that it draws on, whole.
///
/// # Errors
/// The ledger.
pub fn needed<S: Store>(log: &Log<S>, market: &Market, round: &Round) -> Result<BTreeSet<u64>, LogError> {
    let mut mentioned = Mentioned::default();
    mentioned.add(market, round);
    let mut needed = BTreeSet::new();
    log.scan(0..round.index, |index, entry| {
        let id = entry.record_id();
        let wanted = match Payload::of_entry(&entry) {
            Ok(Payload::Market(_) | Payload::RuleAdmit(_) | Payload::RuleWithdraw(_)) => true,
            Ok(Payload::Member(_)) => mentioned.members.contains(&MemberId::from(id)),
            Ok(Payload::Model(_)) => mentioned.models.contains(&ModelId::from(id)),
            Ok(Payload::Round(_)) => mentioned.rounds.contains(&RoundId::from(id)),
            Ok(payload) => {
                payload.round().is_some_and(|round| mentioned.rounds.contains(&round))
                    || payload.changes_keys_of().is_some_and(|member| mentioned.members.contains(&member))
            }
            // No entry of a replayed ledger fails to parse.
            Err(_) => false,
        };
        if wanted {
            needed.insert(index);
        }
        Ok::<(), LogError>(())
    })?;
    Ok(needed)
}
