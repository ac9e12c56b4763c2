//! Commit-and-prove Groth16 over BN254.
//!
//! Groth16 with one more group element `D` that commits, under the circuit's own key, to every wire the argument
//! needs fixed before its challenges. Linked by a random linear combination to the Pedersen commitments of the
//! ledger. The mathematics is in proof-system.md; the order of its sections 3 to 6 is the order of these files.

mod challenges;
mod fold;
mod groth16;
mod keys;
mod proof;
mod prove;
mod qap;
mod setup;
#[cfg(any(test, feature = "testing"))]
mod trace;
mod verify;

pub use crate::field::Fr as Scalar;
pub use challenges::Challenges;
pub use keys::{KeyError, KeyId, KeyParts, ProvingKey, Tier, VerifyingKey};
pub(crate) use keys::{bases_digest, check_bases};
pub use proof::Proof;
pub use prove::{ProveError, ResultSecrets, Secrets, prove, prove_watched};
pub(crate) use prove::{carry_blinding, pedersen};
pub(crate) use setup::record;
pub use setup::setup;
#[cfg(any(test, feature = "testing"))]
pub use trace::Trace;
pub use verify::{ProofError, Verification, verify, verify_watched};
#[cfg(test)]
pub(crate) use {challenges::is_pole, setup::setup_mutated};

use crate::builder::{Builder, Early, Late, Layout};
use crate::curve::G1Affine;
use crate::field::Fr;

/// A relation of a rule at one size.
pub trait Circuit: Send + Sync {
    /// What the prover knows: every wire follows from it.
    type Witness;
    /// Early numbers that the late stage needs again.
    type Wires;

    /// The public inputs.
    fn layout(&self) -> Layout;
    /// The rule and size that this is the relation of.
    fn tier(&self) -> Tier;
    /// Rows that one proof has room for: `N`.
    fn capacity(&self) -> usize;
    /// The limb width: the lookup table has `2^bits` entries.
    fn limb_bits(&self) -> u32;
    /// A witness for recording the matrices, which do not depend on it.
    fn blank(&self) -> Self::Witness;
    /// The early stage.
    fn commit(&self, cs: &mut Builder<Early>, witness: &Self::Witness) -> Self::Wires;
    /// The late stage.
    fn relate(&self, cs: &mut Builder<Late>, wires: &Self::Wires, witness: &Self::Witness);
}

/// Which part of a round a proof is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Number of this shard, from 0.
    pub index: u64,
    /// Number of shards of the round.
    pub count: u64,
    /// Rows of the whole round.
    pub rows: u64,
}

impl Shard {
    /// Whether the round's first row is in this shard.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.index == 0
    }

    /// Whether the round's last row is in this shard.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.index + 1 == self.count
    }
}

/// A step that is done, told to whoever watches: this crate reads no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Every wire of a proof is filled; its commitments are made.
    WitnessFilled,
    /// A proof is made; it is verified next.
    Proved,
    /// Native checks and challenges are done.
    Prepared,
    /// The pairing equations hold.
    PairingsHold,
    /// The link to the commitments holds.
    LinkHolds,
}

/// Everything public that one proof is about. A verifier takes it from the ledger and from the settlement's
/// statement, never from the proof.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// Digest of the round's statement; one for all shards.
    pub statement: [u8; 32],
    /// Which rows of the round.
    pub shard: Shard,
    /// The commitments of this shard's rows, in row order.
    pub commitments: &'a [G1Affine],
    /// Commitments to what the shard before hands over and to what this one hands on.
    pub carries: Carries,
    /// Result columns of this shard's rows, in the order of the layout.
    pub results: Vec<ResultColumn<'a>>,
    /// Public columns of this shard's rows, in the order of the layout.
    pub columns: Vec<Vec<Fr>>,
    /// The rule's public scalars, in the order of the layout.
    pub scalars: Vec<Fr>,
}

/// A result column, as a round discloses it.
#[derive(Debug, Clone)]
pub enum ResultColumn<'a> {
    /// Its numbers.
    Published(Vec<Fr>),
    /// Commitments to its numbers, on `G_1`.
    Sealed(&'a [G1Affine]),
}

impl ResultColumn<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Published(column) => column.len(),
            Self::Sealed(column) => column.len(),
        }
    }
}

/// The hand-over between shards: absent at the ends of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carries {
    /// From the shard before.
    pub taken: Option<G1Affine>,
    /// To the shard after.
    pub given: Option<G1Affine>,
}

#[cfg(test)]
pub(crate) mod tests;
