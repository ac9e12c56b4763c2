//! What a verifier computes on its way to the equations: for vectors, which others compare theirs with.

use super::fold::{Weights, input_sum, link_sides};
use super::verify::Verification;
use crate::curve::{g1_to_bytes, normalize};
use crate::field::to_bytes;
use ark_bn254::G1Projective;
use serde::Serialize;

/// One proof, a shard of a round.
#[derive(Debug, Clone, Serialize)]
pub struct Trace {
    /// Rows that the circuit has room for: `N`.
    pub capacity: String,
    /// The items of the transcript, in order, hex.
    pub transcript: Vec<String>,
    /// `ρ`, `X`, `θ`, the last of them unused by circuits with two challenges.
    pub challenges: [String; 3],
    /// The public inputs, in order, without the constant.
    pub inputs: Vec<String>,
    /// `gamma_abc_0 + Σ input·gamma_abc_i + D`, which is paired with `γ`.
    pub input_sum: String,
    /// The link's two sides, which are equal: of the columns of rows, then of each sealed result column.
    pub link: Vec<[String; 2]>,
    /// The weights of the folded equations: span, Groth16, link, and each sealed result column.
    pub weights: Vec<String>,
}

impl Trace {
    /// Of some proofs that are verified together.
    #[must_use]
    pub(crate) fn of(prepared: &[Verification<'_>]) -> Vec<Self> {
        let weights = Weights::hashed(prepared);
        let one = |(nth, verification): (usize, &Verification<'_>)| {
            let point = |point: G1Projective| hex::encode(g1_to_bytes(&normalize(&[point])[0]));
            let challenges = &verification.challenges;
            let sides = link_sides(verification).into_iter().map(|sides| sides.map(point)).collect();
            Self {
                capacity: verification.capacity.to_string(),
                transcript: verification.transcript_items().iter().map(hex::encode).collect(),
                challenges: [challenges.rho, challenges.x, challenges.theta]
                    .map(|it| hex::encode(to_bytes(&it))),
                inputs: verification.inputs.iter().map(|input| hex::encode(to_bytes(input))).collect(),
                input_sum: point(input_sum(verification.key, verification.proof, &verification.inputs)),
                link: sides,
                weights: weights.of(nth).iter().map(|weight| hex::encode(to_bytes(weight))).collect(),
            }
        };
        prepared.iter().enumerate().map(one).collect()
    }
}
