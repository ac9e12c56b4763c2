//! The ends of the rule, each proved and verified.

use super::*;
use crate::curve::G1Affine;
use crate::proof_system::{
    Carries, Claim, ProofError, ProveError, ProvingKey, ResultColumn, Secrets, Shard, prove, setup, verify,
};
use crate::proved::{Proved, ProvedRule};
use crate::testing::links::Committed;
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::OnceLock;

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

/// A key for four rows.
fn key() -> &'static ProvingKey<RevenueShareCircuit> {
    static KEY: OnceLock<ProvingKey<RevenueShareCircuit>> = OnceLock::new();
    KEY.get_or_init(|| setup(RevenueShareCircuit::sized(4, 8), &mut rng()).unwrap())
}

/// Settles, proves and verifies: receipts and dust are these.
fn proved(terms: &Terms, weights: &[u64], receipts: &[u64], dust: u64) {
    let outcome = RevenueShare::evaluate(terms, &rows(weights)).unwrap();
    let expected = Outcome { fee: outcome.fee, ..claim(receipts, dust) };
    assert_eq!(outcome, expected, "{weights:?}");
    let round = Committed::new(round(terms, weights, &outcome));
    let proof = round.prove(key()).unwrap_or_else(|error| panic!("{weights:?}: {error}"));
    assert_eq!(round.verify(key(), &proof), Ok(()), "{weights:?}");
}

#[test]
fn nobody_and_nothing() {
    proved(&terms(0, 0), &[], &[], 0);
    proved(&terms(7, 0), &[], &[], 7);
    proved(&terms(7, 3), &[], &[], 7);
    proved(&terms(7, 0), &[0, 0, 0, 0], &[0, 0, 0, 0], 7);
    proved(&terms(0, 0), &[0, 0], &[0, 0], 0);
    proved(&terms(0, 0), &[5, 0], &[0, 0], 0);
    proved(&terms(0, 9), &[5, 0], &[0, 0], 0);
    proved(&terms(u64::MAX, u64::MAX), &[0], &[0], u64::MAX);
    let all = Terms { fee_bps: BasisPoints(10_000), ..terms(u64::MAX, 0) };
    proved(&all, &[1, 2], &[0, 0], 0);
}

#[test]
fn units_left_over() {
    proved(&terms(1, 0), &[1, 1, 1], &[1, 0, 0], 0);
    proved(&terms(2, 0), &[1, 1, 1], &[1, 1, 0], 0);
    proved(&terms(7, 0), &[1, 1, 1, 1], &[2, 2, 2, 1], 0);
    proved(&terms(5, 0), &[1, 0, 3], &[1, 0, 4], 0);
    proved(&terms(4, 0), &[0, 1, 1, 1], &[0, 2, 1, 1], 0);
    proved(&terms(6, 0), &[1, 2], &[2, 4], 0);
    proved(&terms(6, 1), &[1, 2], &[1, 3], 2);
    let fee = Terms { fee_bps: BasisPoints(333), ..terms(1_000, 0) };
    proved(&fee, &[1, 1, 1], &[323, 322, 322], 0);
}

#[test]
fn extremes() {
    let most = u64::MAX;
    proved(&terms(most, 0), &[most], &[most], 0);
    proved(
        &terms(most, 0),
        &[most, most, most, most],
        &[most / 4 + 1, most / 4 + 1, most / 4 + 1, most / 4],
        0,
    );
    proved(&terms(most, most), &[most, most, most, most], &[most / 5; 4], most / 5);
    proved(&terms(most, most), &[1, 0], &[0, 0], most);
    proved(&terms(most, 0), &[most, 1], &[most - 1, 1], 0);
    proved(&terms(1, 0), &[1, most], &[0, 1], 0);
    proved(&terms(most, 1), &[most], &[most - 1], 1);
}

/// A full circuit at every width of its keys: the largest sums, remainders and distances that there are.
#[test]
fn the_largest_whole_fits() {
    for limb_bits in [2, 3, 4] {
        let circuit = RevenueShareCircuit::sized(1 << limb_bits, limb_bits);
        let matrices = record(&circuit, &circuit.blank());
        let heavy = vec![u64::MAX; 1 << limb_bits];
        let mut light = heavy.clone();
        light[0] = 0;
        let mut one = heavy.clone();
        one[1] = 1;
        for weights in [&heavy, &light, &one] {
            for unallocated in [0, 1, u64::MAX] {
                for revenue in [0, 1, 2, u64::MAX - 1, u64::MAX] {
                    let terms = terms(revenue, unallocated);
                    let outcome = RevenueShare::evaluate(&terms, &rows(weights)).unwrap();
                    let case = case(&circuit, &round(&terms, weights, &outcome));
                    assert!(accepted(&matrices, &case), "{limb_bits} {revenue} {unallocated}");
                }
            }
        }
    }
}

/// The published circuit, through the face that the engine uses: its digest is the pinned one.
#[test]
fn published_circuit_settles() {
    let rule = Proved::<RevenueShareCircuit>::NEW;
    let fit = |rows: usize| {
        let fit = rule.fit(&["256", "4096", "65536"], &to_value(&terms(1, 0)), rows).unwrap();
        fit.map(|fit| (fit.tier.size, fit.shards))
    };
    assert_eq!(fit(0), Some(("256".into(), 1)));
    assert_eq!(fit(257), Some(("4096".into(), 1)));
    assert_eq!(fit(65_536), Some(("65536".into(), 1)));
    assert_eq!(fit(65_537), None);
    let most = |sizes: &[&str]| rule.most_rows(sizes, &to_value(&terms(1, 0))).unwrap();
    assert_eq!((most(&["256", "4096"]), most(&["256"]), most(&[])), (Some(4_096), Some(256), None));
    let prover = rule.setup("256", &mut rng()).unwrap();
    let terms = terms(1_000_000, 0);
    let weights = [81_667, 76_667, 1_667];
    let outcome = RevenueShare::evaluate(&terms, &rows(&weights)).unwrap();
    let settled = Committed::new(round(&terms, &weights, &outcome));
    let proof = settled.with_claim(|claim| prover.prove(claim, &settled.secrets(), &mut rng())).unwrap();
    assert_eq!(proof.shards[0].to_bytes().len(), 224 + 2 * 32 + 96);
    let verify =
        |settled: &Committed| settled.with_claim(|claim| rule.verify(prover.verifying_key(), claim, &proof));
    assert_eq!(verify(&settled), Ok(()));

    // What public numbers rule out is refused whatever else is claimed; money is the caller's to check.
    let published = |outcome: &Outcome| {
        let mut other = settled.clone();
        other.round.outcome = to_value(outcome);
        (verify(&other), other.round.money())
    };
    for dust in [1, 999_999, 1_000_001, u64::MAX] {
        let (verified, money) = published(&Outcome { dust: Amount(dust), ..outcome.clone() });
        assert!(matches!(verified, Err(ProofError::Claim(_))), "{dust}: {verified:?}");
        assert!(money.is_err());
    }
    let (verified, money) = published(&Outcome { dust: Amount(1_000_000), ..outcome.clone() });
    assert_eq!(verified, Err(ProofError::Pairing), "everything is dust only without weight");
    assert!(money.is_ok(), "public numbers do not tell");
    let (_, money) = published(&Outcome { fee: Amount(1), ..outcome.clone() });
    assert!(money.is_err());
}

/// A round with public weights is recomputed: there is no proof of it, and no proof of another round is one.
#[test]
fn public_rounds_have_no_proof() {
    let (terms, weights) = (terms(10, 0), [1, 2]);
    let outcome = RevenueShare::evaluate(&terms, &rows(&weights)).unwrap();
    let sealed = Committed::new(round(&terms, &weights, &outcome));
    let proof = sealed.prove(key()).unwrap();
    let mut public = sealed.clone();
    public.round.disclosure = Disclosure::Public;
    public.round.columns = [("weight".to_owned(), weights.map(|w| to_value(&Count(w))).to_vec())].into();
    public.results.clear();
    assert!(public.round.money().is_ok(), "the round is well formed");
    let refused = ProofError::Claim("settlements of such rounds are not proved");
    assert_eq!(public.verify(key(), &proof), Err(refused.clone()));
    assert_eq!(public.prove(key()), Err(ProveError::Unverified(refused)));
}

/// The circuit itself does not care: with receipts published instead of committed to, it is the same relation.
#[test]
fn the_circuit_serves_published_receipts() {
    let (terms, weights) = (terms(5, 0), [1, 1, 1]);
    let settled = Committed::new(round(&terms, &weights, &claim(&[2, 2, 1], 0)));
    let case = case(&key().circuit, &settled.round);
    let points: Vec<G1Affine> = settled.openings.iter().map(|opening| opening.commit().0).collect();
    let claim = |receipts: &[Fr]| Claim {
        statement: [1; 32],
        shard: Shard { index: 0, count: 1, rows: 3 },
        commitments: &points,
        carries: Carries::default(),
        results: vec![ResultColumn::Published(receipts.to_vec())],
        columns: Vec::new(),
        scalars: case.scalars.clone(),
    };
    let nothing = (Fr::zero(), Fr::zero());
    let secrets = Secrets::new(&settled.openings, 1, Vec::new(), nothing, nothing);
    let honest = claim(&case.results[0]);
    let proof = prove(key(), &honest, &secrets, &case.witness, &mut rng()).unwrap();
    let verified = |claim: &Claim<'_>| verify(&[(&key().verifying, &key().circuit, claim, &proof)]);
    assert_eq!(verified(&honest), Ok(()));
    for other in [[2, 1, 2], [1, 2, 2], [2, 2, 2], [5, 0, 0]] {
        let other = claim(&fields(&other));
        assert_eq!(verified(&other), Err(ProofError::Pairing));
        assert!(prove(key(), &other, &secrets, &case.witness, &mut rng()).is_err());
    }
}
