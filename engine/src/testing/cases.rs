//! One case after the other that must be refused, by code: `fixtures/reject/` holds what they make.

pub(super) mod file;
mod late;
mod round;
mod row;
mod who;

use super::{TestMarket, market_id, public_key, sign, signing_key};
use crate::entry::{Bid, KeyRevoke, Kind, Payload, RevenueSource, RoundEntry};
use crate::reject::Code;
use quittance_circuits::number::Count;
use quittance_ledger::{Entry, Envelope};
use serde_json::json;

/// What is handed to whom.
pub enum Attempt {
    /// A submission, handed to the operator.
    Admit(Vec<u8>),
    /// An entry, taken in as the ledger's next.
    Apply(Entry),
    /// An entry, taken in at an index.
    ApplyAt(u64, Entry),
}

/// Something that must be refused.
pub struct Case {
    /// With this code.
    pub code: Code,
    /// In a few words.
    pub about: &'static str,
    /// What happens first, to [`TestMarket::example`], and then the attempt.
    pub run: fn(&mut TestMarket) -> Attempt,
}

fn admit(file: &Envelope) -> Attempt {
    Attempt::Admit(file.to_json().into_bytes())
}

fn apply(file: Envelope) -> Attempt {
    let kind = Kind::of_envelope(&file).map_or(u8::MAX, Kind::byte);
    Attempt::Apply(Entry::from_envelope(kind, 0, file))
}

fn acme(test: &TestMarket) -> Envelope {
    test.bid(test.auction(), "acme", 70)
}

/// Acme's bid, changed and signed again.
fn acme_with(test: &TestMarket, change: impl FnOnce(&mut Bid)) -> Attempt {
    admit(&bid_with(&acme(test), change, &["acme"]))
}

fn bid_with(file: &Envelope, change: impl FnOnce(&mut Bid), signers: &[&str]) -> Envelope {
    let Ok(Payload::Bid(mut bid)) = Payload::of_envelope(file) else {
        panic!("a bid of the tests");
    };
    change(&mut bid);
    sign(&bid, signers)
}

/// Acme's bid file, with its text changed and not signed again.
fn acme_text(test: &TestMarket, from: &str, to: &str) -> Attempt {
    Attempt::Admit(acme(test).to_json().replace(from, to).into_bytes())
}

/// A file of acme's with a payload type and payload of any bytes.
fn raw(payload_type: &str, payload: &[u8]) -> Attempt {
    let file = Envelope::sign(payload_type, payload, &[&signing_key("acme")]);
    admit(&file.unwrap_or_else(|error| panic!("a file of the tests: {error}")))
}

/// A round of river's, changed.
fn round_with(test: &TestMarket, change: impl FnOnce(&mut RoundEntry)) -> Attempt {
    let mut round = test.auction_of("river");
    round.terms = json!({ "copies": "2", "fee_bps": "0", "reserve_price": "1" });
    change(&mut round);
    apply(sign(&round, &["operator", "river"]))
}

/// Every case, in the order of the codes.
pub fn all() -> Vec<Case> {
    [
        file::file_cases(),
        who::who_cases(),
        who::key_cases(),
        round::round_cases(),
        round::opening_cases(),
        row::row_cases(),
        row::sealing_cases(),
        late::late_cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn revocation(test: &TestMarket, from_index: u64) -> KeyRevoke {
    let (market, member, key) = (market_id(), test.id("acme"), public_key("acme"));
    KeyRevoke { market, member, key, from_index: Count(from_index) }
}

fn identity() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[31] = 0x40;
    bytes
}

/// The example's auction, settled, and a source of its proceeds.
fn source(test: &mut TestMarket) -> RevenueSource {
    let round = test.auction();
    test.settle(round, 900);
    RevenueSource { round, seller: test.id("river") }
}
