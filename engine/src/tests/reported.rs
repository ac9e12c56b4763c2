//! Rounds whose public columns are filled by an evaluator's reports.

use crate::entry::{Bid, Measure, Nonce, RowSigners};
use crate::testing::settled::replayed;
use crate::testing::{TestMarket, digest, market_id, rules, sign};
use crate::verify::{Own, verify};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use serde_json::json;

/// A split by weights that `judge` reports: each party signs its own row, and the last report before it counts.
#[test]
fn a_split_by_reports() {
    let mut test = TestMarket::with_members(rules());
    let mut split = test.split_of(None, 1_000);
    split.row_signers = RowSigners::Owner;
    test.put(split, &["operator"]);
    let round = test.last_round();
    let weigh = |test: &mut TestMarket, name: &str, weight| {
        let mut report = test.report(round, name, weight);
        report.measure = Measure::Weight;
        test.put(report, &["judge"])
    };
    let row = |test: &TestMarket, name: &str, public| test.made_row(round, name, &[], public, name).envelope;
    let early = test.append(row(&test, "acme", json!({}))).unwrap_err();
    assert_eq!(early.code(), "row_not_expected", "{early}");
    weigh(&mut test, "acme", 1);
    let counts = [weigh(&mut test, "acme", 5), weigh(&mut test, "birch", 3)];
    test.append(row(&test, "birch", json!({}))).unwrap();
    test.append(row(&test, "acme", json!({}))).unwrap();
    weigh(&mut test, "birch", 900_000);
    let state = test.market.round(round).unwrap();
    let columns: Vec<_> = state.rows.iter().map(|row| state.public_columns(row)).collect();
    assert_eq!(columns, [json!({ "weight": "3" }), json!({ "weight": "5" })]);

    let mut operator = replayed(&test);
    operator.close(round, 1_000_000).unwrap();
    let settled = operator.settle(round, None, None, &mut StdRng::seed_from_u64(4), 1_000_000);
    let (settled, _) = settled.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(settled.statement.outcome["receipts"], json!(["375", "625"]));
    // Whoever reads the statement is told which reports these are, row by row.
    let named = [counts[1], counts[0]].map(|index| test.entries[index as usize].record_id());
    assert_eq!(settled.statement.sources.reports, named);
    let bundle = operator.bundle(round).unwrap().to_bytes();
    let found = verify(&bundle, &operator.market_key(), Own::default());
    assert!(found.verified, "{found:?}");
}

/// Nobody writes the number itself that somebody else measures, nor leaves out one that nobody does.
#[test]
fn who_measures_writes() {
    for (evaluator_signs, public, code) in [
        (false, json!({ "weight": "5" }), "row_invalid"),
        (false, json!({}), "ok"),
        (true, json!({ "weight": "5" }), "ok"),
        (true, json!({}), "row_invalid"),
    ] {
        let mut test = TestMarket::with_members(rules());
        let mut split = test.split_of(None, 1_000);
        split.row_signers = if evaluator_signs { RowSigners::Evaluator } else { RowSigners::Owner };
        test.put(split, &["operator"]);
        let round = test.last_round();
        let mut report = test.report(round, "acme", 5);
        report.measure = Measure::Weight;
        test.put(report, &["judge"]);
        let bid = Bid {
            market: market_id(),
            round,
            member: test.id("acme"),
            public: public.clone(),
            commitment: None,
            sealed_opening: None,
            nonce: Nonce(digest("nonce")),
        };
        let signer = if evaluator_signs { "judge" } else { "acme" };
        let found = test.append(sign(&bid, &[signer]));
        let found = found.as_ref().map_or_else(|error| error.code(), |_| "ok");
        assert_eq!(found, code, "{evaluator_signs} {public}");
    }
}
