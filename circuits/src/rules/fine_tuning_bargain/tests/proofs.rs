//! Rounds with real keys, published and sealed.

use super::*;
use crate::number::Count;
use crate::proof_system::ProofError;
use crate::proved::Prover;
use crate::rules::fine_tuning_bargain::subject::Subject;
use crate::testing::settlement::Settlement;
use std::sync::OnceLock;

const BOTH: [Disclosure; 2] = [Disclosure::Public, Disclosure::Sealed];

/// The published key of this size.
fn key(size: &str) -> &'static dyn Prover {
    static KEYS: [OnceLock<Box<dyn Prover>>; 2] = [OnceLock::new(), OnceLock::new()];
    let terms = terms("nash", &[[1, 1]], 0);
    let make = || settled(&terms, &[1, 1], Disclosure::Public).key(size);
    KEYS[usize::from(size == "4")].get_or_init(make).as_ref()
}

fn settled(terms: &Terms, costs: &[u64], disclosure: Disclosure) -> Settlement {
    let rows: Vec<Value> = rows(costs).iter().map(to_value).collect();
    Settlement::new(&Subject, &to_value(terms), &rows, disclosure)
}

#[test]
fn rounds_of_every_solution_are_proved() {
    for solution in SOLUTIONS {
        let terms = terms(solution, &[[10, 1_000_000]], 250);
        for disclosure in BOTH {
            let settlement = settled(&terms, &[30, 40], disclosure);
            let proof = settlement.prove(key("1")).unwrap_or_else(|error| panic!("{solution}: {error}"));
            assert_eq!(settlement.verify(key("1").verifying_key(), &proof), Ok(()), "{solution}");
            assert!(settlement.money().is_some_and(|money| money.conserved()), "{solution}");
        }
    }
}

#[test]
fn rounds_of_several_domains_are_proved() {
    let domains = [[10, 1_000_000], [20, u64::MAX], [1, 0], [65_535, 7]];
    for count in 1..=4 {
        let terms = terms("utilitarian", &domains[..count], 1);
        for disclosure in BOTH {
            let settlement = settled(&terms, &[30, 0, u64::MAX, 1, 40][..=count], disclosure);
            let proof = settlement.prove(key("4")).unwrap_or_else(|error| panic!("{count}: {error}"));
            assert_eq!(settlement.verify(key("4").verifying_key(), &proof), Ok(()), "{count}");
            assert!(settlement.money().is_some_and(|money| money.conserved()), "{count}");
        }
    }
}

/// Each size holds the rounds that it has a relation for, and no others.
#[test]
fn sizes_hold_what_they_prove() {
    let fit = |solution: &str, domains: usize| {
        let terms = to_value(&terms(solution, &vec![[1, 1]; domains], 0));
        let fit = FineTuningBargain::proved().unwrap().fit(&["1", "4"], &terms, domains + 1).unwrap();
        fit.map(|fit| (fit.tier.size, fit.shards))
    };
    for solution in SOLUTIONS {
        assert_eq!(fit(solution, 1), Some(("1".into(), 1)), "{solution}");
        let several = (solution == "utilitarian").then(|| ("4".into(), 1));
        assert_eq!(fit(solution, 2), several, "{solution}");
        assert_eq!(fit(solution, 4), several, "{solution}");
        assert_eq!(fit(solution, 5), None, "{solution}");
    }
    assert_eq!(fit("none", 1), None);
    // A round that a key does not hold is neither proved nor verified.
    let terms = terms("nash", &[[1, 1], [1, 1]], 0);
    let settlement = settled(&terms, &[1, 2, 3], Disclosure::Public);
    assert!(settlement.prove(key("4")).is_err());
    assert!(settlement.prove(key("1")).is_err());
}

/// A proof is of its terms, costs, share and receipts: none can be exchanged, published or sealed.
#[test]
fn proofs_are_of_one_settlement() {
    let terms = terms("nash", &[[10, 1_000_000]], 250);
    for disclosure in BOTH {
        let honest = settled(&terms, &[30, 40], disclosure);
        let proof = honest.prove(key("1")).unwrap();
        let refused = |change: &dyn Fn(&mut Settlement)| {
            let mut changed = settled(&terms, &[30, 40], disclosure);
            change(&mut changed);
            let verified = changed.verify(key("1").verifying_key(), &proof);
            assert!(matches!(verified, Err(ProofError::Pairing | ProofError::Link | ProofError::Claim(_))));
            assert!(changed.prove(key("1")).is_err());
        };
        for solution in ["utilitarian", "egalitarian", "kalai-smorodinsky", "powerful-g", "powerful-d"] {
            refused(&|changed| changed.terms["solution"] = solution.into());
        }
        refused(&|changed| changed.terms["fee_bps"] = "251".into());
        refused(&|changed| changed.terms["domains"][0]["revenue"] = "1000001".into());
        refused(&|changed| changed.commitments.swap(0, 1));
        let right: Outcome = crate::json::from_value(&honest.outcome).unwrap();
        for share in [0, shares(&right) - 1, shares(&right) + 1, WHOLE] {
            refused(&|changed| {
                changed.outcome = to_value(&native::divided(&terms, share));
                changed.seal();
            });
        }
        let mut swapped = receipts(&right);
        swapped.reverse();
        refused(&|changed| {
            let receipts = Some(swapped.iter().copied().map(Wide).collect());
            changed.outcome = to_value(&Outcome { receipts, ..right.clone() });
            changed.seal();
        });
    }
}

/// What a round seals is neither published nor verified as published, and the other way round.
#[test]
fn disclosures_are_not_mixed() {
    let terms = terms("egalitarian", &[[1, 100]], 0);
    let [public, sealed] = BOTH.map(|disclosure| settled(&terms, &[3, 4], disclosure));
    for (of, mut other) in [
        (&public, settled(&terms, &[3, 4], Disclosure::Sealed)),
        (&sealed, settled(&terms, &[3, 4], Disclosure::Public)),
    ] {
        let proof = of.prove(key("1")).unwrap();
        assert!(other.verify(key("1").verifying_key(), &proof).is_err());
        other.disclosure = of.disclosure;
        assert!(other.verify(key("1").verifying_key(), &proof).is_err());
    }
    let outcome = settle(&terms, &[3, 4]);
    let bare = Outcome { share_q32: None, receipts: None, ..outcome.clone() };
    let half = Outcome { share_q32: Some(Count(1)), ..bare.clone() };
    let malformed = |disclosure, outcome: &Outcome| {
        let found = native::check_outcome(&terms, disclosure, outcome);
        matches!(found, Err(WrongOutcome::Malformed(_)))
    };
    assert!(malformed(Disclosure::Public, &bare) && malformed(Disclosure::Sealed, &outcome));
    assert!(BOTH.into_iter().all(|disclosure| malformed(disclosure, &half)));
}

/// What public numbers alone rule out.
#[test]
fn impossible_outcomes_are_refused() {
    let terms = terms("utilitarian", &[[1, 100], [1, 51]], 333);
    let right = settle(&terms, &[3, 4, 5]);
    let check = |disclosure, outcome: &Outcome| native::check_outcome(&terms, disclosure, outcome);
    assert!(check(Disclosure::Public, &right).is_ok_and(|money| money.conserved()));
    let bare = Outcome { share_q32: None, receipts: None, ..right.clone() };
    assert!(check(Disclosure::Sealed, &bare).is_ok_and(|money| money.conserved()));
    for (by, total, fee) in [(0, 1, 0), (0, 0, 1), (0, 1, 1)] {
        let wrong =
            Outcome { total: Wide(right.total.0 + total), fee: Wide(right.fee.0 + fee + by), ..bare.clone() };
        assert!(matches!(check(Disclosure::Sealed, &wrong), Err(WrongOutcome::Conservation(_))));
    }
    let share = |share| Outcome { share_q32: Some(Count(share)), ..right.clone() };
    assert!(matches!(check(Disclosure::Public, &share(WHOLE + 1)), Err(WrongOutcome::Impossible(_))));
    assert!(matches!(check(Disclosure::Public, &share(WHOLE)), Err(WrongOutcome::Payment(_))));
    let mut longer = right.clone();
    longer.receipts.as_mut().unwrap().push(Wide(0));
    assert!(matches!(check(Disclosure::Public, &longer), Err(WrongOutcome::Impossible(_))));
}

/// A party whose receipt is not what its share makes it sees so from its own numbers.
#[test]
fn parties_see_a_false_receipt() {
    let terms = terms("utilitarian", &[[1, 1_000], [1, 510]], 333);
    let outcome = settle(&terms, &[3, 4, 5]);
    let bare = Outcome { share_q32: None, receipts: None, ..outcome.clone() };
    for (row, receipt) in receipts(&outcome).into_iter().enumerate() {
        let sees = |results: &[u128]| native::own_view(&terms, &bare, row, results).is_ok();
        let share = u128::from(shares(&outcome));
        assert!(sees(&[receipt, share]) && native::own_view(&terms, &outcome, row, &[]).is_ok());
        assert!(!sees(&[receipt + 1, share]) && !sees(&[receipt - 1, share]));
        assert!(!sees(&[receipt, share + (1 << 24)]) && !sees(&[receipt, u128::MAX]));
        assert!(!sees(&[receipt]) && !sees(&[]));
        assert!(native::own_view(&terms, &outcome, 3, &[]).is_err(), "no such row");
    }
}
