//! Rounds with real keys, published and sealed.

use super::*;
use crate::proof_system::ProofError;
use crate::proved::Prover;
use crate::rules::resource_stackelberg::subject::Subject;
use crate::testing::settlement::Settlement;
use serde_json::json;

const BOTH: [Disclosure; 2] = [Disclosure::Public, Disclosure::Sealed];
const OWNERS: [[u64; 2]; 4] = [[900_000, 400], [950_000, 7], [300_000, 9], [MILLION, 1]];

fn market(value: u64) -> Terms {
    terms(value, 1_000, 1, MILLION, &[500_000, 900_000, 200_000])
}

fn settled(terms: &Terms, owners: &[[u64; 2]], disclosure: Disclosure) -> Settlement {
    let rows: Vec<Value> = owners.iter().map(|owner| to_value(&row(*owner))).collect();
    Settlement::new(&Subject, &to_value(terms), &rows, disclosure)
}

/// The published key of the smaller size.
fn key() -> &'static dyn Prover {
    static KEY: OnceLock<Box<dyn Prover>> = OnceLock::new();
    KEY.get_or_init(|| settled(&market(1), &OWNERS, Disclosure::Public).key("16")).as_ref()
}

#[test]
fn rounds_are_proved_published_or_sealed() {
    let mut spent = [0; 2];
    for value in [5_000, VALUE_MAX, 1_500, 0] {
        for owners in [&OWNERS[..], &OWNERS[..1], &[[u64::MAX, 5]; 16]] {
            for disclosure in BOTH {
                let settlement = settled(&market(value), owners, disclosure);
                let about = format!("{value} {owners:?} {disclosure:?}");
                let proof = settlement.prove(key()).unwrap_or_else(|error| panic!("{about}: {error}"));
                assert_eq!(settlement.verify(key().verifying_key(), &proof), Ok(()), "{about}");
                let money = settlement.money().unwrap();
                assert!(money.conserved() && money.fee == Wide(0) && money.dust == Wide(0), "{about}");
                assert_eq!(to_value(&money.revenue), settlement.outcome["budget"], "{about}");
                spent[usize::from(money.revenue > Wide(0))] += 1;
            }
        }
    }
    assert!(spent.iter().all(|count| *count > 3), "{spent:?}");
}

/// Each size holds as many rows as it says.
#[test]
fn sizes_hold_their_rows() {
    let fit = |rows: usize| {
        let fit = ResourceStackelberg::proved().unwrap().fit(&["16", "256"], &to_value(&market(1)), rows);
        fit.unwrap().map(|fit| (fit.tier.size, fit.shards))
    };
    assert_eq!([0, 16].map(fit), [0, 16].map(|_| Some(("16".into(), 1))));
    assert_eq!([17, 256].map(fit), [17, 256].map(|_| Some(("256".into(), 1))));
    assert_eq!(fit(257), None);
}

/// A proof is of its terms, qualities, active owners, budget, receipts and contributions: none can be exchanged,
/// published or sealed; and what follows from contributions is checked without it.
#[test]
fn proofs_are_of_one_settlement() {
    let terms = market(5_000);
    for disclosure in BOTH {
        let proof = settled(&terms, &OWNERS, disclosure).prove(key()).unwrap();
        let refused = |change: &dyn Fn(&mut Settlement)| {
            let mut changed = settled(&terms, &OWNERS, disclosure);
            change(&mut changed);
            changed.seal();
            let verified = changed.verify(key().verifying_key(), &proof);
            let refused =
                matches!(verified, Err(ProofError::Pairing | ProofError::Link | ProofError::Claim(_)));
            assert!(refused, "{verified:?}");
            changed
        };
        for (field, other) in [("value_scale", "5001"), ("unit_cost", "1001"), ("min_quality_ppm", "2")] {
            refused(&|changed| changed.terms[field] = other.into());
        }
        assert!(refused(&|changed| changed.commitments.swap(0, 1)).prove(key()).is_err());
        let truth = settle(&terms, &OWNERS);
        let (paid, supplied) = (receipts(&truth), contributions(&truth));
        let sizes = OWNERS.map(|[_, size]| Count(size));
        let mut others = vec![(truth.budget.0 + 1, truth.active.clone(), paid.clone(), supplied.clone())];
        others.push((0, vec![false; 4], vec![0; 4], vec![0; 4]));
        for row in [0, 2] {
            let (mut active, mut moved, mut more) = (truth.active.clone(), paid.clone(), supplied.clone());
            active[row] = !active[row];
            others.push((truth.budget.0, active, paid.clone(), supplied.clone()));
            (moved[row], moved[1]) = (moved[row] + 1, moved[1] - 1);
            others.push((truth.budget.0, truth.active.clone(), moved, supplied.clone()));
            more[row] += 1;
            others.push((truth.budget.0, truth.active.clone(), paid.clone(), more));
        }
        for (budget, active, receipts, contributions) in others {
            let other = claim(&terms, &sizes, budget, &active, [&receipts, &contributions]);
            let changed = refused(&|changed| changed.outcome = to_value(&other));
            assert!(changed.prove(key()).is_err(), "{other:?}");
        }
    }
    let proof = settled(&terms, &OWNERS, Disclosure::Public).prove(key()).unwrap();
    for (field, place, other) in
        [("loads_ppm", 1, json!("1")), ("centre", 2, json!("1")), ("centre", 0, json!(null))]
    {
        let mut changed = settled(&terms, &OWNERS, Disclosure::Public);
        changed.outcome[field][place] = other;
        let verified = changed.verify(key().verifying_key(), &proof);
        assert!(matches!(verified, Err(ProofError::Claim(_))), "{field}: {verified:?}");
    }
    let mut changed = settled(&terms, &OWNERS, Disclosure::Public);
    changed.columns.insert("data_size".into(), vec![json!("400"), json!("7"), json!("9"), json!("4000000")]);
    let verified = changed.verify(key().verifying_key(), &proof);
    assert!(matches!(verified, Err(ProofError::Claim(_))), "other sizes, other centres: {verified:?}");
}
