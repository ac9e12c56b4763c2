//! Public data that no market has: the checks answer with an error, never with a panic and never with yes.

use super::*;
use crate::proof_system::{ProofError, setup};
use crate::rule::PublishedRule;
use crate::testing::Subject as _;
use crate::testing::circuits::TINY;
use crate::testing::links::Committed;
use serde_json::json;

const OWNERS: [[u64; 2]; 3] = [[900_000, 400], [300_000, 7], [MILLION, 9]];

fn market() -> Terms {
    terms(5_000, 1_000, 1, MILLION, &[500_000, 900_000])
}

fn round(disclosure: Disclosure) -> Round {
    let rows: Vec<Value> = OWNERS.iter().map(|owner| to_value(&row(*owner))).collect();
    subject::Subject.settled_as(disclosure, &to_value(&market()), &rows).unwrap()
}

/// Fields stand in the rounds of their disclosure, whole, and only there.
#[test]
fn the_form_is_that_of_the_disclosure() {
    let fields = ["receipts", "contributions_ppm", "loads_ppm", "centre"];
    for disclosure in [Disclosure::Public, Disclosure::Sealed] {
        let honest = round(disclosure);
        assert!(honest.money().is_ok());
        let published = honest.rule.publish(honest.outcome.clone(), disclosure);
        for field in fields {
            // `publish` takes out what is withheld, so this asks the rule itself.
            let mut other = published.clone();
            let object = other.as_object_mut().unwrap();
            if object.remove(field).is_none() {
                object.insert(field.into(), honest.outcome[field].clone());
            }
            let refused = check(&honest, &other);
            assert!(
                matches!(refused, Err(WrongOutcome::Malformed(_))),
                "{disclosure:?} {field}: {refused:?}"
            );
        }
        for (field, other) in [("budget", json!("01")), ("active", json!(["1"])), ("price", json!("1"))] {
            let mut outcome = published.clone();
            outcome[field] = other;
            assert!(matches!(check(&honest, &outcome), Err(WrongOutcome::Malformed(_))), "{field}");
        }
    }
    let honest = round(Disclosure::Public);
    for field in ["active", "receipts", "contributions_ppm", "centre", "loads_ppm"] {
        for shorter in [true, false] {
            let mut outcome = honest.outcome.clone();
            let list = outcome[field].as_array_mut().unwrap();
            if shorter {
                drop(list.pop())
            } else {
                list.push(list[0].clone())
            }
            let refused = check(&honest, &outcome);
            assert!(matches!(refused, Err(WrongOutcome::Impossible(_))), "{field}: {refused:?}");
        }
    }
}

/// The rule's checks of this published outcome.
fn check(round: &Round, outcome: &Value) -> Result<Money, WrongOutcome> {
    ResourceStackelberg.check_outcome(&crate::rule::Published {
        terms: &round.terms,
        disclosure: round.disclosure,
        rows: round.sealed.len(),
        columns: &round.columns,
        outcome,
    })
}

/// What public numbers rule out.
#[test]
fn impossible_outcomes_are_refused() {
    let honest = round(Disclosure::Public);
    let sizes = OWNERS.map(|[_, size]| Count(size));
    let claimed = |budget: u64, active: [bool; 3], receipts: [u64; 3], parts: [u64; 3]| {
        check(&honest, &to_value(&claim(&market(), &sizes, budget, &active, [&receipts, &parts])))
    };
    let (two, none) = ([true, false, true], [false; 3]);
    assert!(claimed(9, two, [4, 0, 5], [1, 0, 7]).is_ok());
    assert!(claimed(0, none, [0; 3], [0; 3]).is_ok());
    assert!(claimed(9, two, [4, 0, 5], [u64::MAX, 0, u64::MAX]).is_ok(), "the proof's to refuse");
    for (budget, active, receipts, parts) in [
        (5_000, two, [2_500, 0, 2_500], [1, 0, 7]),
        (9, none, [4, 0, 5], [1, 0, 7]),
        (9, [true, false, false], [9, 0, 0], [1, 0, 0]),
        (0, two, [0; 3], [0; 3]),
        (9, two, [4, 1, 4], [1, 0, 7]),
        (9, two, [4, 0, 5], [1, 1, 7]),
        (0, none, [1, 0, 0], [0; 3]),
    ] {
        let refused = claimed(budget, active, receipts, parts);
        assert!(matches!(refused, Err(WrongOutcome::Impossible(_))), "{budget} {active:?}: {refused:?}");
    }
    for receipts in [[4, 0, 4], [5, 0, 5], [u64::MAX, 0, 10]] {
        let refused = claimed(9, two, receipts, [1, 0, 7]);
        assert!(matches!(refused, Err(WrongOutcome::Conservation(_))), "{receipts:?}: {refused:?}");
    }
    for (field, other) in [
        ("loads_ppm", json!(["0", "0"])),
        ("centre", json!([null, "0", "1"])),
        ("centre", json!(["1", null, "1"])),
    ] {
        let mut outcome = honest.outcome.clone();
        assert_ne!(outcome[field], other);
        outcome[field] = other;
        assert!(matches!(check(&honest, &outcome), Err(WrongOutcome::Impossible(_))), "{field}");
    }
    let mut other = honest.clone();
    other.columns.insert("data_size".into(), vec![json!("1"), json!("2"), json!("4294967296")]);
    assert_eq!(other.money(), Err(WrongOutcome::Refused(Refusal("data_size_too_large"))));
}

/// Terms that the rule refuses, and outcomes about other rows, do not end prover or verifier.
#[test]
fn refused_terms_are_no_panic() {
    let key = setup(ResourceStackelbergCircuit::sized(4, TINY), &mut StdRng::seed_from_u64(1)).unwrap();
    for disclosure in [Disclosure::Public, Disclosure::Sealed] {
        let honest = Committed::new(round(disclosure));
        let proof = honest.prove(&key).unwrap();
        for field in ["value_scale", "unit_cost", "min_quality_ppm"] {
            for number in ["0", "18446744073709551615", "17592186044416", "1000001"] {
                let mut other = honest.clone();
                other.round.terms[field] = number.into();
                assert_eq!(other.verify(&key, &proof), Err(ProofError::Pairing), "{field} {number}");
                assert!(other.prove(&key).is_err(), "{field} {number}");
            }
        }
        for active in [json!([]), json!([true]), json!([true, false, true, false])] {
            let mut other = honest.clone();
            other.round.outcome["active"] = active;
            assert!(matches!(other.verify(&key, &proof), Err(ProofError::Claim(_))));
            assert!(other.prove(&key).is_err());
        }
        for budget in ["0", "18446744073709551615"] {
            let mut other = honest.clone();
            other.round.outcome["budget"] = budget.into();
            assert_eq!(other.verify(&key, &proof), Err(ProofError::Pairing), "{budget}");
            assert!(other.prove(&key).is_err(), "{budget}");
        }
    }
}

/// An owner sees from its own quality whether its part can be right.
#[test]
fn owners_see_a_false_part() {
    let honest = settle(&market(), &OWNERS);
    assert_eq!(honest.active, [true, false, true]);
    let published = |outcome: &Outcome, index: usize, quality: u64| {
        native::own_view(&market(), outcome, index, &row([quality, 1]), &[]).is_ok()
    };
    for (index, [quality, _]) in OWNERS.into_iter().enumerate() {
        assert!(published(&honest, index, quality));
        let mut sealed = honest.clone();
        let own = [receipts(&honest)[index], contributions(&honest)[index]].map(u128::from);
        (sealed.receipts, sealed.contributions_ppm) = (None, None);
        let sees = |results: &[u128]| {
            native::own_view(&market(), &sealed, index, &row([quality, 1]), results).is_ok()
        };
        assert!(sees(&own) && !sees(&[]) && !sees(&own[..1]));
        // Without a receipt nobody supplies, and who is not active supplies nothing.
        assert!(!sees(&[0, own[1].max(1) * 1_000]) && !sees(&[own[0], u128::MAX]));
        assert_eq!(sees(&[own[0] + 1, own[1]]), honest.active[index]);
        let mut turned = honest.clone();
        turned.active[index] = !turned.active[index];
        assert!(!published(&turned, index, quality));
    }
    // Too dear to be active at this price, too cheap not to be, or out.
    assert!(!published(&honest, 0, 300_000) && !published(&honest, 0, 0));
    assert!(!published(&honest, 1, 900_000) && published(&honest, 1, 0));
    assert!(!published(&honest, 3, 900_000), "no such row");
    let nothing = settle(&terms(1, 1_000, 1, MILLION, &[]), &OWNERS);
    assert!((0..3).all(|index| published(&nothing, index, MILLION)), "nothing is spent");
}
