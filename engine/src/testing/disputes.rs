//! Evidence against an operator: what one who cheats gives away, and what a member who frames an honest one tries.

mod cheats;
mod crafted;
mod files;
mod frames;

pub use files::evidence_files;

use super::settled::{SettledAuction, auction_key, settled_auction};
use super::{log_key, sign, signing_key};
use crate::bundle::Bundle;
use crate::dispute::exclusion::{Contradiction, ExclusionEvidence, Replaced, SCHEMA};
use crate::dispute::fork::ForkEvidence;
use crate::entry::{Bid, Close, HexBytes, Nonce, Payload, RoundId, entry_of};
use crate::forge::{Forger, Honest, log_of};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::number::Count;
use quittance_ledger::{
    ConsistencyProof, Entry, Envelope, Log, LogKey, MarketKey, MemoryStore, Receipt, SignedCheckpoint,
    SigningKey, Store,
};
use serde_json::{Value, json};

/// What a stranger must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It holds against the operator.
    Holds,
    /// What was signed agrees.
    Refuted,
    /// It shows nothing.
    Inconclusive,
}

impl Outcome {
    /// The word in `expected.json`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Refuted => "refuted",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A file of evidence.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows, or fails to, as a file name.
    pub name: &'static str,
    /// The file.
    pub file: Vec<u8>,
    /// What must be said to it.
    pub outcome: Outcome,
    /// A word of the verdict: the code of the contradiction, or why it shows nothing.
    pub code: &'static str,
}

/// A receipt and a bundle, as a member brings them to `dispute exclusion`.
#[derive(Debug, Clone)]
pub struct Pair {
    /// What it shows.
    pub name: &'static str,
    /// The receipt.
    pub receipt: Vec<u8>,
    /// The bundle.
    pub bundle: Vec<u8>,
    /// The member's signed file.
    pub bid: Option<Vec<u8>>,
    /// What must be found.
    pub outcome: Outcome,
    /// The code of the contradiction, or why it shows nothing.
    pub code: &'static str,
}

/// An auction with an honest settlement, its forger, and a member who has a receipt.
pub struct Dispute {
    auction: SettledAuction,
    honest: Bundle,
    log_key: LogKey,
    operator_key: SigningKey,
}

/// The place of the member's bid among the bids.
const MEMBER: usize = 1;

impl Default for Dispute {
    fn default() -> Self {
        Self::new()
    }
}

impl Dispute {
    /// Settles the auction.
    ///
    /// # Panics
    /// It cannot be settled: a mistake in a test.
    #[must_use]
    pub fn new() -> Self {
        let auction = settled_auction(&[120, 60, 90, 55]);
        let honest = auction.operator.bundle(auction.settled.statement.round);
        let honest = honest.unwrap_or_else(|error| panic!("{error}"));
        Self { auction, honest, log_key: log_key(), operator_key: signing_key("operator") }
    }

    /// The market's key.
    #[must_use]
    pub fn key(&self) -> MarketKey {
        self.auction.operator.market_key()
    }

    /// The honest bundle.
    #[must_use]
    pub fn bundle(&self) -> &Bundle {
        &self.honest
    }

    /// The honest log.
    #[must_use]
    pub fn log(&self) -> &Log<MemoryStore> {
        self.auction.operator.log()
    }

    /// A log of the same size in which the member's entry is another one.
    ///
    /// # Panics
    /// A mistake in a test.
    #[must_use]
    pub fn forked_log(&self) -> Log<MemoryStore> {
        let log = self.log();
        let mut entries = log.entries(0..log.size()).unwrap_or_else(|error| panic!("{error}"));
        let own = &mut entries[self.index() as usize];
        *own = Entry::from_envelope(own.kind(), own.time_ms() + 1, own.envelope().clone());
        log_of(entries).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Where the member's bid stands.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.honest.range.first.0 + 1 + MEMBER as u64
    }

    /// The member's signed file.
    #[must_use]
    pub fn bid(&self) -> Vec<u8> {
        self.auction.bids[MEMBER].to_json().into_bytes()
    }

    /// A receipt for an entry, under the log's signature on its first `size` entries.
    fn receipt(&self, index: u64, size: u64) -> Vec<u8> {
        receipt_of(self.auction.operator.log(), &self.log_key, index, size)
    }

    /// The member's receipt, of the tree that its bid was the last entry of.
    #[must_use]
    pub fn first_receipt(&self) -> Vec<u8> {
        self.receipt(self.index(), self.index() + 1)
    }

    fn forger_base(&self) -> Honest<'_> {
        let honest =
            Honest::of(&self.auction.operator, &self.auction.settled, &self.log_key, &self.operator_key);
        honest.unwrap_or_else(|error| panic!("{error}"))
    }
}

fn receipt_of<S: Store>(log: &Log<S>, key: &LogKey, index: u64, size: u64) -> Vec<u8> {
    let note = key.sign(log.head_at(size).unwrap_or_else(|error| panic!("{error}")));
    log.receipt(index, &note)
        .map(|receipt: Receipt| receipt.to_bytes())
        .unwrap_or_else(|error| panic!("{error}"))
}
