//! The key ceremony: several parties make circuit keys together, and nobody can forge unless **all** of them kept
//! their secrets.
//!
//! Two phases, each a chain of contributions that ends with a public beacon. Phase 1, the powers of tau, knows no
//! circuit: `τ`, `α`, `β` ([`Powers`], in the file format of snarkjs, [`ptau`]). Phase 2 makes the keys of circuits,
//! each with a `γ`, a `δ` and a `σ` of its own ([`Ceremony`]). A contributor multiplies every secret by a factor that
//! nobody else knows, proves that the factors are known ([`knowledge`]), and forgets them. It verifies first what it
//! multiplies: an honest contributor who multiplied points of somebody's choice would break the key.
//!
//! Between contributions a verifier needs only the chain of proofs ([`chain`]): the points at its end are compared with the
//! powers and with the circuits' own matrices ([`verify`]), by random linear combinations, so no contributor's
//! points are believed. The argument is that of Bowe, Gabizon and Miers (ePrint 2017/1050) and of Kohlweiss, Maller,
//! Siim and Volkhov (ePrint 2021/219), who need no beacon; `σ` is multiplied like `δ`.
//!
//! `γ` is drawn as well, though `γ = 1` would do: a key of a ceremony is then a key like any other, and a key with
//! `γ = 1` is always refused. What must never be published, and is not: `γ·G_1`, `σ·G_1`, a factor of theirs in G1.

mod assemble;
mod beacon;
mod chain;
mod key;
mod knowledge;
mod lagrange;
mod multiple;
mod phase2;
mod points;
mod powers;
mod ptau;
mod relation;
mod verify;

pub use beacon::Beacon;
pub use chain::{Contribution, ContributorName};
pub use lagrange::Prepared;
pub use phase2::{CEREMONY_MAGIC, Ceremony, CircuitOf, Transcript, domains};
pub use powers::{Powers, PowersOrigin, PowersTranscript};
pub use ptau::Ptau;
pub use verify::{Verified, VerifiedKey, check_step};

/// Why a ceremony's file is not read, not continued or not believed.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// Not such a file, or cut off, or with bytes that no program of ours writes.
    #[error("{0}")]
    Malformed(String),
    /// The evidence was examined, and somebody cheated or something was damaged.
    #[error("{0}")]
    Invalid(String),
    /// It cannot be done with this file: see the words.
    #[error("{0}")]
    Unfit(String),
    /// The file could not be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl CeremonyError {
    fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }

    fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid(what.into())
    }

    fn unfit(what: impl Into<String>) -> Self {
        Self::Unfit(what.into())
    }
}

/// Told how many points are done: this crate reads no clock and shows no progress.
pub type Watch<'a> = &'a (dyn Fn(usize) + Sync);

#[cfg(test)]
mod tests;
