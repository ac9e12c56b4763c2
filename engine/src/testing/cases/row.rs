//! Rows, and whether they open.

use super::super::{TestMarket, digest, market_id, seal_secret, secret};
use super::{Case, acme, acme_with, admit, bid_with, identity};
use crate::bid::{RowContext, SealedRow};
use crate::entry::{HexBytes, Nonce, Payload, PointBytes};
use crate::reject::Code;
use serde_json::json;

pub(super) fn row_cases() -> Vec<Case> {
    use Code::{CommitmentIdentity, CommitmentNotCanonical, DuplicateBid, RowInvalid, RowNotExpected};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(RowNotExpected, "a bid of the round's seller", |test| {
            admit(&test.bid(test.auction(), "river", 70))
        }),
        case(RowNotExpected, "a bid of somebody who is no party", |test| {
            let mut round = test.auction_of("north");
            round.parties = Some(vec![test.id("birch")]);
            test.put(round, &["operator", "north"]);
            admit(&test.bid(test.last_round(), "acme", 70))
        }),
        case(RowInvalid, "a public column that the rule has not", |test| {
            acme_with(test, |bid| bid.public = json!({ "valuation": "70" }))
        }),
        case(RowInvalid, "no commitment", |test| acme_with(test, |bid| bid.commitment = None)),
        case(RowInvalid, "a sealed opening of another length", |test| {
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(vec![7; 87])))
        }),
        case(RowInvalid, "a split's row with a commitment", |test| {
            test.put(test.split_of(None, 1000), &["operator"]);
            let weight = test.weight(test.last_round(), "acme", 3);
            admit(&bid_with(&weight, |bid| bid.commitment = Some(PointBytes([7; 32])), &["judge"]))
        }),
        case(CommitmentNotCanonical, "an x that is on no point", |test| {
            acme_with(test, |bid| bid.commitment = Some(PointBytes([0; 32])))
        }),
        case(CommitmentNotCanonical, "an x of q or more", |test| {
            acme_with(test, |bid| bid.commitment = Some(PointBytes([0x3f; 32])))
        }),
        case(CommitmentNotCanonical, "an identity with coordinates", |test| {
            let mut bytes = identity();
            bytes[0] = 1;
            acme_with(test, |bid| bid.commitment = Some(PointBytes(bytes)))
        }),
        case(CommitmentIdentity, "the identity", |test| {
            acme_with(test, |bid| bid.commitment = Some(PointBytes(identity())))
        }),
        case(DuplicateBid, "the same bid again", |test| {
            test.append(acme(test)).ok();
            admit(&acme(test))
        }),
        case(DuplicateBid, "a better bid of the same member", |test| {
            test.append(acme(test)).ok();
            admit(&test.bid(test.auction(), "acme", 71))
        }),
    ]
}

pub(super) fn sealing_cases() -> Vec<Case> {
    use Code::OpeningMismatch;
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(OpeningMismatch, "a bid copied under another name", |test| {
            let birch = test.id("birch");
            admit(&bid_with(&acme(test), |bid| bid.member = birch, &["birch"]))
        }),
        case(OpeningMismatch, "a bid replayed in another round", |test| {
            test.put(test.auction_of("north"), &["operator", "north"]);
            let round = test.last_round();
            acme_with(test, |bid| bid.round = round)
        }),
        case(OpeningMismatch, "the opening of another valuation", |test| {
            let bytes = acme_row(test, 71).opening.to_bytes();
            let sealed = sealed_to(test, &bytes);
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(sealed)))
        }),
        case(OpeningMismatch, "a blinding of r or more", |test| {
            let mut bytes = acme_row(test, 70).opening.to_bytes();
            bytes[8..].fill(0xff);
            let sealed = sealed_to(test, &bytes);
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(sealed)))
        }),
        case(OpeningMismatch, "not a ciphertext", |test| {
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(vec![7; 88])))
        }),
        case(OpeningMismatch, "an ephemeral key of low order", |test| {
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(vec![0; 88])))
        }),
        case(OpeningMismatch, "a commitment plus a known difference", |test| {
            let other = acme_row(test, 71).commitment;
            acme_with(test, |bid| bid.commitment = Some(other))
        }),
    ]
}

/// Acme's row, sealed to this plaintext instead of its opening.
fn sealed_to(test: &TestMarket, plaintext: &[u8]) -> Vec<u8> {
    let Ok(Payload::Bid(bid)) = Payload::of_envelope(&acme(test)) else { panic!("a bid of the tests") };
    let commitment = bid.commitment.unwrap_or(PointBytes([0; 32]));
    let info = crate::seal::opening_info(&market_id(), test.auction());
    let aad = crate::seal::opening_aad(bid.member, commitment);
    let to = seal_secret("round").public();
    crate::seal::seal(&to, &secret("other", "ikm"), &info, &aad, plaintext).unwrap_or_default()
}

/// Acme's row of a valuation, in the example's auction.
fn acme_row(test: &TestMarket, valuation: u64) -> SealedRow {
    let market = market_id();
    let seed = secret("blinding", "acme");
    let member = test.id("acme");
    let context = RowContext {
        market: &market,
        round: test.auction(),
        member,
        seed: &seed,
        nonce: Nonce(digest("nonce")),
    };
    let row = context.seal(&seal_secret("round").public(), &[valuation]);
    row.unwrap_or_else(|error| panic!("a row of the tests: {error}"))
}
