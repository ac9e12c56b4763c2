//! Rounds of a rule without a circuit: the operator asserts their outcome, whoever has all openings recomputes it. The
//! rule of these tests takes a fixed number of rows.

use crate::bundle::note_digest;
use crate::dispute::exclusion::exclusion;
use crate::entry::{AdmittedRule, CircuitKeyId, RoundEntry, RoundId, Settlement, entry_of};
use crate::market::AbortCause;
use crate::operator::SettledRound;
use crate::reject::Code;
use crate::replay::{Evidence, ReplayReport, replay};
use crate::statement::STATEMENT_CONTEXT;
use crate::testing::settled::replayed;
use crate::testing::witnessed::TestOperator;
use crate::testing::{TestMarket, fixed, log_key, seal_secret, sign};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::sealed::{Commitment, Opening};
use quittance_ledger::{Log, LogError, MemoryAnchor, MemoryStore, Store};
use serde_json::json;

const RULE: &str = "fine-tuning-participation/v1";

fn market() -> TestMarket {
    let rule = AdmittedRule { rule: fixed(RULE), tier: None, circuit_key: None, provenance: None };
    TestMarket::with_members(vec![rule])
}

/// A generalist and the specialist of the one domain.
fn round(test: &TestMarket) -> RoundEntry {
    RoundEntry {
        rule: fixed(RULE),
        terms: json!({ "domains": [{ "revenue_rate": "9" }], "share_q32": "2147483648" }),
        circuit_keys: Vec::new(),
        items: Vec::new(),
        sellers: Vec::new(),
        evaluator: None,
        parties: Some(["acme", "birch"].map(|name| test.id(name)).to_vec()),
        ..test.auction_of("river")
    }
}

/// Both rows, and what opens them.
fn rows(test: &mut TestMarket, round: RoundId) -> Vec<Opening> {
    let made = ["acme", "birch"].map(|name| test.made_row(round, name, &[2, 1, 0], json!({}), name));
    made.into_iter()
        .filter_map(|made| {
            test.append(made.envelope).unwrap();
            made.sealed.map(|row| row.opening)
        })
        .collect()
}

/// A settled round, with what opens its rows.
fn settled() -> (TestOperator, SettledRound, Vec<Opening>) {
    let mut test = market();
    test.put(round(&test), &["operator"]);
    let id = test.last_round();
    let openings = rows(&mut test, id);
    let mut operator = replayed(&test);
    operator.close(id, 1_000_000).unwrap();
    let (hpke, mut rng) = (seal_secret("round"), StdRng::seed_from_u64(4));
    let (settled, _) = operator.settle(id, Some(&hpke), None, &mut rng, 1_000_000).unwrap();
    (operator, settled, openings)
}

/// An auditor who was handed openings.
struct Auditor<'a>(&'a [Opening]);

impl Evidence for Auditor<'_> {
    fn verifying_key(&self, _: CircuitKeyId) -> Result<Option<Vec<u8>>, LogError> {
        Ok(None)
    }

    fn opening(&self, commitment: &Commitment) -> Option<Opening> {
        self.0.iter().find(|opening| opening.opens(commitment)).cloned()
    }
}

fn report(operator: &TestOperator, log: &Log<impl Store>, openings: &[Opening]) -> ReplayReport {
    replay(log, &operator.market_key(), &Auditor(openings), None, |_| {}).unwrap()
}

/// The same ledger, on which the operator asserts another outcome.
fn falsified(operator: &TestOperator, settled: &SettledRound) -> Log<MemoryStore> {
    let mut log = Log::open(MemoryStore::new()).unwrap();
    log.append(operator.log().entries(0..settled.index).unwrap()).unwrap();
    let note = log.publish_checkpoint(&log_key(), &MemoryAnchor::new()).unwrap();
    let mut statement = settled.statement.clone();
    statement.outcome["base_performance_q32"] = json!("1");
    log.put_blob(STATEMENT_CONTEXT, &statement.to_bytes()).unwrap();
    let settlement = Settlement {
        close_checkpoint: note_digest(&note.to_bytes()),
        statement: statement.digest(),
        ..settled.settlement.clone()
    };
    log.append(vec![entry_of(sign(&settlement, &["operator"]), 1_000_000).unwrap()]).unwrap();
    log
}

/// With every opening the outcome is computed again; with one less nothing is said of it but that nothing proves it.
#[test]
fn whoever_has_all_openings_recomputes_the_outcome() {
    let (operator, settled, openings) = settled();
    let (honest, lying) = (operator.log(), falsified(&operator, &settled));
    let remarks = |log: &Log<MemoryStore>, openings: &[Opening]| {
        let report = report(&operator, log, openings);
        assert!(report.agrees, "{report:?}");
        assert_eq!(report.rounds[0].evidence.as_deref(), Some("asserted"));
        report.rounds[0].remarks.clone()
    };
    let unproved = ["the operator asserts this outcome; nothing proves it"];
    for log in [honest, &lying] {
        assert_eq!(remarks(log, &[]), unproved);
        assert_eq!(remarks(log, &openings[1..]), unproved);
    }
    assert_eq!(remarks(honest, &openings), ["asserted; the openings that you have give the same"]);
    let found = report(&operator, &lying, &openings).disagreement.unwrap();
    assert_eq!((found.index.0, found.code), (settled.index, Code::PaymentMismatch), "{}", found.found);
}

/// What nothing proves, nothing refutes: the row is honoured, and the outcome is the operator's word.
#[test]
fn an_asserted_round_refutes_an_exclusion() {
    let (operator, settled, _) = settled();
    let bundle = operator.bundle(settled.statement.round).unwrap().to_bytes();
    let receipt = operator.receipt(settled.index - 2).unwrap().to_bytes();
    let verdict = exclusion(&receipt, &bundle, None, &operator.market_key()).unwrap().verdict;
    assert_eq!(verdict.code, Some(Code::EvidenceRefuted), "{verdict:?}");
    assert!(verdict.checks[0].compared.contains(", a bid, in a tree of "), "{verdict:?}");
    assert!(verdict.checks.last().unwrap().compared.contains("the operator's word"), "{verdict:?}");
}

#[test]
fn a_fixed_number_of_rows_has_its_parties() {
    let test = market();
    assert_eq!(test.market.check_opening(&round(&test)), Ok(()));
    let three = ["acme", "birch", "cedar"].map(|name| test.id(name)).to_vec();
    for (parties, found) in [
        (None, "needs `parties`"),
        (Some(three[..1].to_vec()), "refuses so many parties"),
        (Some(three), "refuses so many parties"),
    ] {
        let refused = test.market.check_opening(&RoundEntry { parties, ..round(&test) }).unwrap_err();
        assert_eq!(
            (refused.code, refused.rule_refusal.map(|r| r.0)),
            (Code::TermsInvalid, Some("wrong_row_count"))
        );
        assert!(refused.found.contains(found), "{refused}");
    }
}

/// A party that brings no row leaves the rule nothing to decide: an abort that says so is excused once the round is
/// closed, and no other is.
#[test]
fn an_abort_is_excused_if_the_rule_refuses() {
    let cause = |complete: bool, close: bool, code: &str| {
        let mut test = market();
        test.put(round(&test), &["operator"]);
        let id = test.last_round();
        match complete {
            true => drop(rows(&mut test, id)),
            false => drop(test.append(test.made_row(id, "acme", &[2, 1, 0], json!({}), "acme").envelope)),
        }
        if close {
            test.put(test.close(id), &["operator"]);
        }
        test.put(test.abort(id, code), &["operator"]);
        test.market.round(id).unwrap().aborted().unwrap().cause
    };
    assert_eq!(cause(false, true, "wrong_row_count"), AbortCause::RuleRefuses);
    assert_eq!(
        cause(false, true, "second_thoughts"),
        AbortCause::OperatorFault,
        "another reason than the rule's"
    );
    assert_eq!(cause(false, false, "wrong_row_count"), AbortCause::OperatorFault, "a row may still come");
    assert_eq!(cause(true, true, "wrong_row_count"), AbortCause::OperatorFault, "all rows are there");
}
