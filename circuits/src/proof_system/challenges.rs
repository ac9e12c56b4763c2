//! The challenges of a proof: one transcript, one order of items.

use super::{Circuit, Claim, KeyId, ResultColumn};
use crate::curve::{G1Affine, g1_to_bytes};
use crate::field::{Fr, from_u64};
use crate::transcript::Transcript;
use ark_ff::{One, PrimeField, Zero};

/// The challenges of one proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenges {
    /// Link and public columns.
    pub rho: Fr,
    /// Lookups.
    pub x: Fr,
    /// Folds tuples before a lookup; unused by circuits with two challenges.
    pub theta: Fr,
    /// Digest of the transcript that they come from.
    pub transcript: [u8; 32],
}

impl Challenges {
    /// Draws the challenges of a proof. `masks` are the commitments to the masks of the sealed columns, then of
    /// each sealed result column.
    ///
    /// `None` for the values that would prove nothing: `ρ = 0`, and `X` at a pole of the table.
    #[must_use]
    pub fn draw<C: Circuit>(
        circuit: &C,
        key: &KeyId,
        claim: &Claim<'_>,
        masks: &[G1Affine],
        commitment: (&G1Affine, &G1Affine),
    ) -> Option<Self> {
        let mut transcript = Transcript::new();
        items(circuit.capacity(), key, claim, masks, commitment, &mut |item| transcript.append(item));
        let [rho, x, theta] = transcript.challenges();
        Self { rho, x, theta, transcript: transcript.digest() }.usable(circuit.limb_bits())
    }

    /// These challenges, unless they would prove nothing.
    pub(super) fn usable(self, limb_bits: u32) -> Option<Self> {
        (!self.rho.is_zero() && !is_pole(self.x, limb_bits)).then_some(self)
    }

    /// The first `count` challenges, as public inputs.
    #[must_use]
    pub fn inputs(&self, count: usize) -> Vec<Fr> {
        [self.rho, self.x, self.theta].into_iter().take(count).collect()
    }

    /// `ρ^exponent`.
    pub(super) fn power(&self, exponent: usize) -> Fr {
        use ark_ff::Field;
        self.rho.pow([exponent as u64])
    }

    /// `ρ^(capacity − 1), ρ^(capacity − 2), …` for the first `rows` rows.
    pub(super) fn weights(&self, capacity: usize, rows: usize) -> Vec<Fr> {
        let mut weights = vec![Fr::one(); capacity];
        for i in (0..capacity.saturating_sub(1)).rev() {
            weights[i] = weights[i + 1] * self.rho;
        }
        weights.truncate(rows);
        weights
    }
}

/// The items of the transcript, in their order.
pub(super) fn items(
    capacity: usize,
    key: &KeyId,
    claim: &Claim<'_>,
    masks: &[G1Affine],
    commitment: (&G1Affine, &G1Affine),
    append: &mut dyn FnMut(&[u8]),
) {
    append(&key.0);
    append(&claim.statement);
    for number in [claim.shard.index, claim.shard.count, capacity as u64, claim.shard.rows] {
        append(&number.to_le_bytes());
    }
    let mut points = |points: &[G1Affine]| points.iter().for_each(|point| append(&g1_to_bytes(point)));
    points(claim.commitments);
    for column in &claim.results {
        if let ResultColumn::Sealed(column) = column {
            points(column);
        }
    }
    [claim.carries.taken, claim.carries.given].into_iter().flatten().for_each(|carry| points(&[carry]));
    points(masks);
    points(&[*commitment.0, *commitment.1]);
}

/// Whether `X + j = 0` for a table entry `j`: there `q_j` would be free and the lookup would prove nothing.
pub(crate) fn is_pole(x: Fr, limb_bits: u32) -> bool {
    (-x).into_bigint() < from_u64(1 << limb_bits).into_bigint()
}
