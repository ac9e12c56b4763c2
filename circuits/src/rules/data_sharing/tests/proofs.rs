//! Rounds with real keys, published and sealed.

use super::*;
use crate::proof_system::ProofError;
use crate::proved::Prover;
use crate::rules::data_sharing::subject::Subject;
use crate::testing::settlement::Settlement;
use std::sync::OnceLock;

const BOTH: [Disclosure; 2] = [Disclosure::Public, Disclosure::Sealed];
const FIRMS: [[u64; 3]; 2] = [[30, 100_000, 600_000], [40, 0, 600_000]];

/// The published key.
fn key() -> &'static dyn Prover {
    static KEY: OnceLock<Box<dyn Prover>> = OnceLock::new();
    let terms = terms("cournot", 0, "all-or-nothing", [1, 1]);
    KEY.get_or_init(|| settled(&terms, &FIRMS, Disclosure::Public).key("2")).as_ref()
}

fn settled(terms: &Terms, firms: &[[u64; 3]; 2], disclosure: Disclosure) -> Settlement {
    let rows: Vec<Value> = firms.iter().map(|firm| to_value(&row(*firm))).collect();
    Settlement::new(&Subject, &to_value(terms), &rows, disclosure)
}

#[test]
fn rounds_of_every_exponent_are_proved() {
    let mut shared = [0; 2];
    for (index, exponent) in EXPONENTS.into_iter().enumerate() {
        for similarity in [300_000, 999_999] {
            let terms = terms(["cournot", "bertrand"][index % 2], similarity, "all-or-nothing", exponent);
            for disclosure in BOTH {
                let settlement = settled(&terms, &FIRMS, disclosure);
                let proof = settlement.prove(key()).unwrap_or_else(|error| panic!("{terms:?}: {error}"));
                assert_eq!(settlement.verify(key().verifying_key(), &proof), Ok(()), "{terms:?}");
                assert_eq!(settlement.money(), Some(Money::default()));
                shared[usize::from(settlement.outcome["share"] == true)] += 1;
            }
        }
    }
    assert!(shared.iter().all(|count| *count > 0), "{shared:?}");
}

/// The Nash bargain has no circuit: it is neither proved nor verified.
#[test]
fn the_bargain_is_not_proved() {
    let fit = |bargaining: &str| {
        let terms = to_value(&terms("cournot", 0, bargaining, [1, 1]));
        DataSharing::proved().unwrap().fit(&["2"], &terms, 2).unwrap().map(|fit| fit.tier.size)
    };
    assert_eq!((fit("all-or-nothing"), fit("nash")), (Some("2".into()), None));
    let settlement = settled(&terms("cournot", 0, "nash", [1, 1]), &FIRMS, Disclosure::Public);
    assert!(settlement.prove(key()).is_err());
}

/// A proof is of its terms, numbers, decision and gives: none can be exchanged, published or sealed.
#[test]
fn proofs_are_of_one_settlement() {
    let terms = terms("cournot", 300_000, "all-or-nothing", [1, 2]);
    for disclosure in BOTH {
        let proof = settled(&terms, &FIRMS, disclosure).prove(key()).unwrap();
        let refused = |change: &dyn Fn(&mut Settlement)| {
            let mut changed = settled(&terms, &FIRMS, disclosure);
            change(&mut changed);
            let verified = changed.verify(key().verifying_key(), &proof);
            assert!(matches!(verified, Err(ProofError::Pairing | ProofError::Link | ProofError::Claim(_))));
            changed
        };
        for (field, other) in [
            ("competition", "bertrand"),
            ("similarity_ppm", "300001"),
            ("bargaining", "nash"),
            ("exponent_denominator", "3"),
            ("exponent_denominator", "1"),
        ] {
            refused(&|changed| changed.terms[field] = other.into());
        }
        let changed = refused(&|changed| changed.commitments.swap(0, 1));
        assert!(changed.prove(key()).is_err());
        let false_outcome = |share: bool, gives: [u64; 2]| {
            let outcome = to_value(&Outcome { share, gives: Some(gives.map(Count)) });
            let changed = refused(&|changed| {
                changed.outcome = outcome.clone();
                changed.seal();
            });
            assert!(changed.prove(key()).is_err());
        };
        false_outcome(false, [0, 0]);
        false_outcome(true, [40, 30]);
        false_outcome(true, [29, 40]);
        false_outcome(true, [30, 0]);
    }
}

/// What public numbers alone rule out.
#[test]
fn impossible_outcomes_are_refused() {
    let check = |bargaining: &str, disclosure, share, gives: Option<[u64; 2]>| {
        let terms = terms("cournot", 0, bargaining, [1, 1]);
        native::check_outcome(
            &terms,
            disclosure,
            &Outcome { share, gives: gives.map(|gives| gives.map(Count)) },
        )
    };
    let [public, sealed] = BOTH;
    for bargaining in ["all-or-nothing", "nash"] {
        assert!(check(bargaining, public, true, Some([1, MAX_SIZE])).is_ok());
        assert!(check(bargaining, public, false, Some([0, 0])).is_ok());
        assert!(check(bargaining, sealed, true, None).is_ok());
        for (share, gives) in [(true, [0, 1]), (true, [1, MAX_SIZE + 1]), (false, [0, 1]), (false, [1, 0])] {
            let found = check(bargaining, public, share, Some(gives));
            assert!(matches!(found, Err(WrongOutcome::Impossible(_))), "{share} {gives:?}");
        }
        assert!(matches!(check(bargaining, public, true, None), Err(WrongOutcome::Malformed(_))));
        assert!(matches!(check(bargaining, sealed, true, Some([1, 1])), Err(WrongOutcome::Malformed(_))));
    }
}

/// A firm sees from its own size whether what it gives can be right.
#[test]
fn firms_see_false_gives() {
    let sees = |bargaining: &str, share, size: u64, given: u128| {
        let terms = terms("cournot", 0, bargaining, [1, 1]);
        native::own_view(&terms, &Outcome { share, gives: None }, 1, &row([size, 0, 1]), &[given]).is_ok()
    };
    for bargaining in ["all-or-nothing", "nash"] {
        assert!(
            sees(bargaining, true, 7, 7) && sees(bargaining, false, 7, 0) && sees(bargaining, true, 0, 1)
        );
        assert!(sees(bargaining, true, u64::MAX, MAX_SIZE.into()));
        assert!(
            !sees(bargaining, true, 7, 0) && !sees(bargaining, true, 7, 8) && !sees(bargaining, false, 7, 7)
        );
        assert_eq!(sees(bargaining, true, 7, 3), bargaining == "nash");
    }
    let terms = terms("cournot", 0, "all-or-nothing", [1, 1]);
    let outcome = settle(&terms, &FIRMS);
    let view = |index| native::own_view(&terms, &outcome, index, &row(FIRMS[0]), &[]).is_ok();
    assert_eq!([view(0), view(1), view(2)], [true, false, false]);
}
