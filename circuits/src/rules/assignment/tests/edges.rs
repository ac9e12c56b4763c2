//! The ends of the rule, each proved and verified, with padding rows and items and without.

use super::*;
use crate::proved::{Proved, ProvedRule};
use ark_std::rand::Rng;

const MAX: u64 = u64::MAX;

/// Settles, proves and verifies; the outcome has these items, by row, and these prices. No other claim verifies with
/// the proof.
fn proved(items: &[(u64, u64)], bids: &[&[u64]], assigned: &[Option<u64>], prices: &[u64]) {
    let auction = Auction::new(items, bids);
    let outcome = auction.outcome();
    assert_eq!(outcome, auction.claimed(assigned, prices), "{bids:?}");
    let proof = auction.prove(&outcome).unwrap_or_else(|error| panic!("{bids:?}: {error}"));
    assert_eq!(auction.verify(&outcome, &proof), Ok(()), "{bids:?}");
    for item in 0..items.len() {
        let mut other = prices.to_vec();
        other[item] = other[item].wrapping_add(1);
        let other = auction.claimed(assigned, &other);
        assert_eq!(auction.verify(&other, &proof), Err(ProofError::Pairing), "{bids:?}");
    }
    for row in 0..bids.len() {
        let mut other = assigned.to_vec();
        other[row] = if other[row].is_some() { None } else { Some(0) };
        let other = auction.claimed(&other, prices);
        assert_eq!(auction.verify(&other, &proof), Err(ProofError::Pairing), "{bids:?}");
    }
}

#[test]
fn nobody_and_nothing() {
    proved(&[(1, 0)], &[], &[], &[0]);
    proved(&[(MAX, MAX), (1, 0)], &[], &[], &[MAX, 0]);
    proved(&[(1, 0), (1, 0)], &[&[0, 0], &[0, 0]], &[None, None], &[0, 0]);
    proved(&[(1, 5), (1, 6)], &[&[4, 5], &[0, 5]], &[None, None], &[5, 6]);
}

#[test]
fn ties_at_every_price() {
    // At nothing, at the reserve price, and above: the earlier rows take the earlier items.
    proved(&[(1, 0), (1, 0)], &[&[7, 7], &[7, 7]], &[Some(0), Some(1)], &[0, 0]);
    proved(&[(1, 7), (1, 7)], &[&[7, 7], &[7, 7], &[7, 7]], &[Some(0), Some(1), None], &[7, 7]);
    proved(&[(1, 0), (1, 0)], &[&[7, 7], &[7, 7], &[7, 7]], &[Some(0), Some(1), None], &[7, 7]);
    proved(&[(2, 0), (1, 0)], &[&[7, 7][..]; 4], &[Some(0), Some(0), Some(1), None], &[7, 7]);
}

#[test]
fn chains_of_displaced_rows() {
    proved(&[(1, 0), (1, 0)], &[&[10, 9], &[10, 0], &[0, 3]], &[Some(1), Some(0), None], &[4, 3]);
    proved(&[(1, 0), (1, 0)], &[&[5, 4], &[3, 4], &[2, 2]], &[Some(0), Some(1), None], &[2, 2]);
}

#[test]
fn largest_numbers_are_proved() {
    proved(&[(1, 0), (MAX, MAX)], &[&[MAX, MAX][..]; 3], &[Some(0), Some(1), Some(1)], &[MAX, MAX]);
    proved(&[(1, 0), (1, 0)], &[&[MAX, 0], &[MAX, 1], &[MAX, MAX]], &[Some(0), None, Some(1)], &[MAX, 1]);
    proved(&[(1, MAX - 1)], &[&[MAX], &[MAX - 1], &[MAX - 2]], &[Some(0), None, None], &[MAX - 1]);
    proved(&[(1, 0)], &[&[1], &[MAX], &[MAX - 1], &[0]], &[None, Some(0), None, None], &[MAX - 1]);
}

/// A false claim has no proof from the rule's own prover, and a true one has none for other rows.
#[test]
fn false_claims_are_not_proved() {
    let auction = Auction::new(&[(1, 0), (1, 1)], &[&[5, 4], &[3, 4], &[2, 2]]);
    let outcome = auction.outcome();
    let proof = auction.prove(&outcome).unwrap();
    for (assigned, prices) in [
        ([Some(0), Some(1), None], [2, 3]),
        ([Some(0), Some(1), None], [1, 2]),
        ([Some(1), Some(0), None], [2, 2]),
        ([Some(0), None, Some(1)], [2, 2]),
        ([None, Some(1), Some(0)], [2, 2]),
        ([None, None, None], [0, 1]),
    ] {
        let claim = auction.claimed(&assigned, &prices);
        assert!(native::check_outcome(&auction.terms, 3, &claim).is_ok(), "{claim:?}");
        let refused = auction.prove(&claim).unwrap_err();
        assert!(matches!(refused, ProveError::Unsatisfied(_)), "{refused}");
        assert_eq!(auction.verify(&claim, &proof), Err(ProofError::Pairing));
    }
    let refused = |change: &dyn Fn(&mut Auction)| {
        let mut other = auction.clone();
        change(&mut other);
        other.verify(&outcome, &proof).is_err()
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|auction| auction.commitments.swap(0, 1)));
    assert!(refused(&|auction| auction.commitments[2] = auction.commitments[1]));
    assert!(refused(&|auction| auction.commitments.truncate(2)));
    assert!(refused(&|auction| auction.commitments.push(auction.commitments[0])));
    // Terms that make another outcome of these bids are in the relation; all are in the statement's digest.
    assert!(refused(&|auction| auction.terms.items[0].copies = Count(2)));
    assert!(refused(&|auction| auction.terms.items[1].reserve_price = Amount(2)));
}

/// The published circuits, through the face that the engine uses: their digests are the pinned ones.
#[test]
fn published_circuits_settle() {
    let rule = Proved::<AssignmentCircuit>::NEW;
    let sizes = ["8x4", "32x16"];
    let fit = |items: usize, rows: usize| {
        let terms = to_value(&terms(&vec![(1, 0); items]));
        rule.fit(&sizes, &terms, rows).unwrap().map(|fit| (fit.tier.size, fit.shards))
    };
    assert_eq!(fit(1, 0), Some(("8x4".into(), 1)));
    assert_eq!(fit(4, 8), Some(("8x4".into(), 1)));
    assert_eq!(fit(5, 8), Some(("32x16".into(), 1)));
    assert_eq!(fit(4, 9), Some(("32x16".into(), 1)));
    assert_eq!(fit(16, 32), Some(("32x16".into(), 1)));
    assert_eq!(fit(17, 32), None);
    assert_eq!(fit(16, 33), None);
    for (size, rows, items) in [("8x4", 8, 4), ("8x4", 3, 2), ("32x16", 32, 16)] {
        let mut rng = rng();
        let prover = rule.setup(size, &mut rng).unwrap();
        let terms: Vec<(u64, u64)> = (0..items).map(|item| (1 + item % 2, 100 * item)).collect();
        let bids: Vec<Vec<u64>> =
            (0..rows).map(|_| (0..items).map(|_| rng.gen_range(0..2_000)).collect()).collect();
        let auction = Auction::new(&terms, &bids.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let outcome = auction.outcome();
        let secrets = auction.secrets();
        let proof = auction.with(&outcome, |claim| prover.prove(claim, &secrets, &mut rng)).unwrap();
        let key = prover.verifying_key();
        let verify = |outcome: &Outcome| auction.with(outcome, |claim| rule.verify(key, claim, &proof));
        assert_eq!(verify(&outcome), Ok(()));
        let columns = if size == "8x4" { 4 } else { 16 };
        assert_eq!(proof.shards[0].to_bytes().len(), 224 + 32 * (columns + 1));
        refuses_what_integers_rule_out(&auction, &outcome, &verify);
        let mut other = key.clone();
        other.tier.size = if size == "8x4" { "32x16".into() } else { "8x4".into() };
        let verified = auction.with(&outcome, |claim| rule.verify(&other, claim, &proof));
        assert!(matches!(verified, Err(ProofError::Key(_) | ProofError::Claim(_))), "{verified:?}");
    }
    assert!(rule.setup("8x5", &mut rng()).is_err());
}

/// A caller who forgets the integer checks is not lost: what they rule out is refused with the proof too.
fn refuses_what_integers_rule_out(
    auction: &Auction,
    outcome: &Outcome,
    verify: &dyn Fn(&Outcome) -> Result<(), ProofError>,
) {
    let rows = outcome.assigned.len();
    let holder = outcome.assigned.iter().position(Option::is_some).unwrap();
    let refused = |outcome: &Outcome| native::check_outcome(&auction.terms, rows, outcome).is_err();
    let impossible: [&dyn Fn(&mut Outcome); 6] = [
        &|o| o.assigned = vec![Some(Count(0)); rows],
        &|o| o.assigned[0] = Some(Count(auction.terms.items.len() as u64)),
        &|o| o.assigned.push(None),
        &|o| o.prices.truncate(1),
        &|o| o.prices[1] = Amount(99),
        &|o| (o.assigned, o.prices[0]) = (vec![None; rows], Amount(1)),
    ];
    for lie in impossible {
        let mut claim = outcome.clone();
        lie(&mut claim);
        assert!(matches!(verify(&claim), Err(ProofError::Claim(_))), "{claim:?}");
        assert!(refused(&claim), "{claim:?}");
    }
    // The money is not the circuit's: the integer checks refuse it.
    let money: [&dyn Fn(&mut Outcome); 6] = [
        &|o| o.payments[holder].0 += 1,
        &|o| o.payments.truncate(1),
        &|o| o.total.0 += 1,
        &|o| o.fee.0 += 1,
        &|o| o.proceeds[0].0 += 1,
        &|o| o.proceeds.push(Wide(0)),
    ];
    for lie in money {
        let mut claim = outcome.clone();
        lie(&mut claim);
        assert!(refused(&claim), "{claim:?}");
    }
}
