//! The ends of the rule, each proved and verified, in circuits with padding, exactly full, and sharded.

use super::*;
use crate::proved::{Proved, ProvedRule, RoundCircuit};
use crate::rule::PublishedRule;
use crate::testing::round::record;

/// Settles, proves and verifies; the outcome has this price and these winners, by row.
fn proved(valuations: &[u64], copies: u64, reserve: u64, price: u64, winners: &[usize]) {
    let market = Market::new(valuations, copies, reserve);
    let outcome = market.outcome();
    let won: Vec<bool> = (0..valuations.len()).map(|row| winners.contains(&row)).collect();
    assert_eq!((outcome.clearing_price.0, &outcome.won), (price, &won), "{valuations:?}");
    let proof = market.prove(&outcome).unwrap_or_else(|error| panic!("{valuations:?}: {error}"));
    assert_eq!(market.verify(&outcome, &proof), Ok(()), "{valuations:?}");
    assert_eq!(proof.shards.len(), valuations.len().div_ceil(4).max(1));
}

#[test]
fn no_bids() {
    proved(&[], 2, 0, 0, &[]);
    proved(&[], 2, 3, 3, &[]);
    proved(&[], u64::MAX, u64::MAX, u64::MAX, &[]);
    proved(&[0, 0], 2, 0, 0, &[]);
    proved(&[0, 0, 0, 0, 0], 2, 1, 1, &[]);
}

#[test]
fn reserve_zero_undersubscribed_padded() {
    proved(&[0, 7, 0], 3, 0, 0, &[1]);
    proved(&[5, 6], 3, 0, 0, &[0, 1]);
    proved(&[0, 7, 0, 0, 0, 3, 0, 0, 0], 3, 0, 0, &[1, 5]);
}

#[test]
fn reserve_above_all() {
    proved(&[5, 6, 7], 2, 8, 8, &[]);
    proved(&[5, 6, 7, 5], 1, u64::MAX, u64::MAX, &[]);
    proved(&[5, 6, 7, 5, 7], 9, 8, 8, &[]);
}

#[test]
fn all_bids_at_price() {
    proved(&[5, 5, 5], 2, 0, 5, &[0, 1]);
    proved(&[5, 5, 5, 5], 4, 5, 5, &[0, 1, 2, 3]);
    proved(&[5, 5, 5, 5], 3, 5, 5, &[0, 1, 2]);
    proved(&[5; 9], 6, 5, 5, &[0, 1, 2, 3, 4, 5]);
    proved(&[u64::MAX; 5], 2, 0, u64::MAX, &[0, 1]);
}

#[test]
fn price_zero() {
    proved(&[0, 0, 3], 1, 0, 0, &[2]);
    proved(&[0, 0, 0, 0], 1, 0, 0, &[]);
    proved(&[0, 0, 0, 0, 9, 0], 1, 0, 0, &[4]);
    proved(&[u64::MAX, 0], 1, 0, 0, &[0]);
}

#[test]
fn supply_at_least_bids() {
    proved(&[4, 9, 2], 3, 1, 1, &[0, 1, 2]);
    proved(&[4, 9, 2], 4, 2, 2, &[0, 1, 2]);
    proved(&[4, 9, 2, 1], u64::MAX, 2, 2, &[0, 1, 2]);
    proved(&[4, 9, 2, 7, 2], 5, 0, 0, &[0, 1, 2, 3, 4]);
}

#[test]
fn rounds_of_every_shape_are_proved() {
    proved(&[70, 120, 90], 1, 0, 90, &[1]);
    proved(&[120, 80, 200, 60], 3, 50, 60, &[0, 1, 2]);
    proved(&[5, 9, 5, 5, 5, 5, 5], 2, 0, 5, &[0, 1]);
    // The cut lies in the second shard and the setter in the third.
    proved(&[9, 9, 1, 1, 5, 5, 1, 1, 5, 1], 4, 0, 5, &[0, 1, 4, 5]);
    // The setter lies before every winner.
    proved(&[5, 1, 1, 1, 9, 8, 1, 1, 7], 3, 0, 5, &[4, 5, 8]);
    proved(&[u64::MAX, u64::MAX, 1, 1, u64::MAX], 1, 0, u64::MAX, &[0]);
    proved(&[1, u64::MAX], 1, 0, 1, &[1]);
}

/// What a shard hands on tells of bids: it is hidden, and anew in each proof of the same round.
#[test]
fn carries_are_hidden() {
    let market = Market::new(&[5, 1, 1, 1, 9, 8, 1, 1, 7], 3, 0);
    let outcome = market.outcome();
    let prove = |seed| {
        let mut rng = StdRng::seed_from_u64(seed);
        market.with(&outcome, |claim| prove_round(key(), claim, &market.secrets(), &mut rng)).unwrap()
    };
    let (one, other) = (prove(1), prove(2));
    assert_eq!((market.verify(&outcome, &one), market.verify(&outcome, &other)), (Ok(()), Ok(())));
    assert_eq!(one.carries.len(), 2);
    assert!(one.carries.iter().zip(&other.carries).all(|(one, other)| one != other));
}

/// The published circuit, through the face that the engine uses: its digest is the pinned one.
#[test]
fn published_circuit_settles() {
    let rule = Proved::<UniformPriceCircuit>::NEW;
    let fit = |rows: usize| {
        let fit = rule.fit(&["256", "4096", "65536"], &to_value(&terms(1, 0)), rows).unwrap().unwrap();
        (fit.tier.size, fit.shards)
    };
    assert_eq!(fit(0), ("256".into(), 1));
    assert_eq!(fit(3), ("256".into(), 1));
    assert_eq!(fit(257), ("4096".into(), 1));
    assert_eq!(fit(1 << 20), ("65536".into(), 16));
    let tiers: Vec<_> =
        rule.tiers().into_iter().map(|tier| (tier.size, tier.capacity, tier.sealed)).collect();
    let sized = |rows: usize| (rows.to_string(), rows, 1);
    assert_eq!(tiers, [sized(256), sized(4_096), sized(65_536)]);
    let most = |sizes: &[&str]| rule.most_rows(sizes, &to_value(&terms(1, 0))).unwrap();
    assert_eq!((most(&["256"]), most(&[])), (Some(usize::MAX), None), "in shards");
    let prover = rule.setup("256", &mut rng()).unwrap();
    let circuit = &UniformPriceCircuit::published()[0];
    assert_eq!(prover.constraints(), record(circuit, &circuit.blank()).constraints());
    let loaded = rule.load("256", &prover.to_bytes()).unwrap();
    assert_eq!(loaded.verifying_key(), prover.verifying_key());
    assert!(rule.load("4096", &prover.to_bytes()).is_err(), "a key of another tier");
    let market = Market::new(&[120, 80, 200, 60, 95], 3, 50);
    let outcome = market.outcome();
    let proof = market.with(&outcome, |claim| prover.prove(claim, &market.secrets(), &mut rng())).unwrap();
    let key = prover.verifying_key();
    let verify = |outcome: &Outcome| market.with(outcome, |claim| rule.verify(key, claim, &proof));
    assert_eq!(verify(&outcome), Ok(()));
    assert_eq!(proof.shards[0].to_bytes().len(), 288);

    let refused = |outcome: &Outcome| {
        let (terms, json) = (to_value(&market.terms), to_value(outcome));
        PublishedRule::check_outcome(&UniformPrice, &published(&terms, 5, &json)).is_err()
    };
    // A caller who forgets the integer checks is not lost: what they rule out is refused here too, whatever else
    // is wrong with the outcome.
    let impossible: [fn(&mut Outcome); 5] = [
        |o| o.won[3] = true,
        |o| o.won[4] = false,
        |o| o.clearing_price = Amount(49),
        |o| o.payments.push(Amount(0)),
        |o| o.payments.clear(),
    ];
    let money: [fn(&mut Outcome); 6] = [
        |o| o.sold = Count(2),
        |o| o.sold = Count(u64::MAX),
        |o| o.payments[0] = Amount(79),
        |o| o.total.0 += 1,
        |o| o.fee.0 += 1,
        |o| o.proceeds.0 = u128::MAX,
    ];
    for lie in impossible {
        let mut false_outcome = outcome.clone();
        lie(&mut false_outcome);
        for other_lie in money.iter().take(3 * usize::from(false_outcome.payments.len() == 5)) {
            let mut twice = false_outcome.clone();
            other_lie(&mut twice);
            assert!(matches!(verify(&twice), Err(ProofError::Claim(_))), "{twice:?}");
        }
        assert!(matches!(verify(&false_outcome), Err(ProofError::Claim(_))), "{false_outcome:?}");
        assert!(refused(&false_outcome), "{false_outcome:?}");
    }
    // The money is not the circuit's: the integer checks refuse it.
    for lie in money {
        let mut false_outcome = outcome.clone();
        lie(&mut false_outcome);
        assert!(refused(&false_outcome), "{false_outcome:?}");
    }
    // Numbers that do not contradict the rule are refused by the proof.
    let low = market.claimed(79, &outcome.won);
    assert_eq!(verify(&low), Err(ProofError::Pairing));
    let other = market.claimed(80, &[true, false, true, true, false]);
    assert_eq!(verify(&other), Err(ProofError::Pairing));
    // Another tier's key, or a size that is not published.
    assert!(rule.setup("255", &mut rng()).is_err());
    let mut other = key.clone();
    other.tier.size = "4096".into();
    let verified = market.with(&outcome, |claim| rule.verify(&other, claim, &proof));
    assert!(matches!(verified, Err(ProofError::Key(_))));
}
