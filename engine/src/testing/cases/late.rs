//! Ranges, keys, and how a round ends.

use super::super::{digest, sign};
use super::{Attempt, Case, acme, admit, apply, identity, revocation, round_with};
use crate::entry::{CircuitKeyId, HexBytes, Kind, Measure, PointBytes, Role, SealKey};
use crate::reject::Code;
use quittance_circuits::number::{Count, Ppm};
use quittance_ledger::Entry;

pub(super) fn late_cases() -> Vec<Case> {
    use Code::{
        BidSetMismatch, KeyMismatch, KeyUnknown, KeyUnsafe, LogInvalid, ProofMalformed, ValueOutOfRange,
    };
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(ValueOutOfRange, "a gain of more than the whole", |test| {
            admit(&sign(&test.report(test.auction(), "acme", 1_000_001), &["judge"]))
        }),
        case(ValueOutOfRange, "a baseline of more than the whole", |test| {
            let mut report = test.report(test.auction(), "acme", 1);
            report.measure = Measure::Quality;
            report.baseline_ppm = Ppm(u64::MAX);
            admit(&sign(&report, &["judge"]))
        }),
        case(ValueOutOfRange, "a revocation from the future on", |test| {
            apply(sign(&revocation(test, 1000), &["operator"]))
        }),
        case(LogInvalid, "an index that is taken", |test| {
            let bid = acme(test);
            Attempt::ApplyAt(3, Entry::from_envelope(Kind::Bid.byte(), 0, bid))
        }),
        case(KeyUnknown, "a circuit key that is not in force", |test| {
            round_with(test, |round| round.circuit_keys[0].circuit_key = CircuitKeyId(digest("trapdoor")))
        }),
        case(KeyMismatch, "a circuit key in force that is left out", |test| {
            round_with(test, |round| round.circuit_keys.clear())
        }),
        case(KeyMismatch, "a settlement with another circuit key", |test| {
            let mut settlement = test.settlement(test.auction());
            test.put(test.close(test.auction()), &["operator"]);
            settlement.circuit_key = Some(CircuitKeyId(digest("trapdoor")));
            apply(sign(&settlement, &["operator"]))
        }),
        case(KeyUnsafe, "an HPKE key of low order", |test| {
            round_with(test, |round| round.hpke_key = Some(SealKey([0; 32])))
        }),
        case(KeyUnsafe, "a new member with a sealing key of low order", |test| {
            let mut member = test.member_entry("dune", &[Role::Bidder]);
            member.seal_key = SealKey([0; 32]);
            apply(sign(&member, &["operator", "dune"]))
        }),
        case(BidSetMismatch, "a close that leaves a bid out", |test| {
            test.append(acme(test)).ok();
            let mut close = test.close(test.auction());
            close.rows = Count(0);
            apply(sign(&close, &["operator"]))
        }),
        case(BidSetMismatch, "a close that starts late", |test| {
            let mut close = test.close(test.auction());
            close.first.0 += 1;
            apply(sign(&close, &["operator"]))
        }),
        case(ProofMalformed, "a settlement without a proof", |test| {
            let mut settlement = test.settlement(test.auction());
            test.put(test.close(test.auction()), &["operator"]);
            settlement.proof = None;
            apply(sign(&settlement, &["operator"]))
        }),
        case(ProofMalformed, "a shard too many", |test| {
            let mut settlement = test.settlement(test.auction());
            test.put(test.close(test.auction()), &["operator"]);
            if let Some(proof) = &mut settlement.proof {
                proof.shards.push(HexBytes(vec![0; 288]));
                proof.carries.push(PointBytes(identity()));
            }
            apply(sign(&settlement, &["operator"]))
        }),
    ]
}
