//! Provers who lie in ways that the rule's own prover does not know. Each lie is tried on the matrices with everything
//! that the liar does not choose solved for; `mutation` has the lies that one constraint alone refuses.
//!
//! Tried there: slacks, utilities and prices below 0, in bonus and in money; a price rounded down by a bonus of whole
//! money; holders who excuse their own item; ranks that do not rise, or that are fractions which make up for a slack;
//! zero bids with interest and others without; utilities of rows that hold nothing; fractions in commitments.

use super::*;
use crate::field::{from_integer, to_integer};
use crate::gadgets::range::limb_count;
use crate::proof_system::prove;
use crate::proof_system::{Claim, Secrets};
use crate::proved::shard_claims;
use crate::rules::procedures::matching::Dual;
use crate::testing::Subject as _;
use ark_ff::{Field, One, Zero};
use ark_std::rand::Rng;
use num_integer::Integer;

type Certificate = super::super::certificate::Witness;

fn same(_: &mut Certificate) {}

/// The evaluator's outcome, with some rows of padding.
fn honest(items: &[(u64, u64)], bids: &[&[u64]], padding: usize) -> Scene {
    let auction = Auction::on_paper(items, bids);
    auction.scene(&auction.outcome(), padding)
}

/// A limb lent to its neighbour: the number is the same, the limb is not in the table. The same with fractions.
#[test]
fn limb_off_table() {
    let scene = honest(&[(1, 0)], &[&[300], &[20], &[7]], 0);
    let attempt = scene.attempt(same, |_| ());
    assert_eq!(attempt.refused(), None);
    let (private, limbs) = (1 + attempt.full.public + attempt.full.committed, attempt.full.rows_of(LIMB));
    let limbs: Vec<usize> = (0..limbs.len()).flat_map(|nth| attempt.wires(LIMB, nth, 1)).collect();
    let z = attempt.case.assignment(&crate::testing::round::Challenges::new(0)).full();
    let mut attempt = attempt;
    for pair in limbs.windows(2).filter(|pair| pair[0] + 1 == pair[1] && pair[1] < private) {
        for lent in [Fr::one(), -Fr::one(), from_u64(16).inverse().unwrap(), from_u64(u64::MAX)] {
            let [low, high] = [pair[0], pair[1]];
            attempt.chosen = vec![(low, z[low] + from_u64(16) * lent), (high, z[high] - lent)];
            assert!(attempt.refused().is_some(), "{pair:?} {lent}");
        }
    }
}

/// A padding row cannot hold an item, have a utility, or be a parent: it is interested in nothing.
#[test]
fn padded_row_takes_part() {
    let scene = || honest(&[(2, 0)], &[&[5], &[4], &[3]], 1);
    assert_eq!(scene().attempt(same, |_| ()).refused(), None);
    let mut holds = scene().attempt(same, |w| w.held[3][0] = Fr::one());
    assert_eq!(holds.refused(), Some(HOLDER));
    holds.case.columns[0].push(Fr::one());
    assert_eq!(holds.refused(), Some(HOLDER), "even if the verifier evaluated a flag of padding");
    holds.case.witness.utilities[3] = [Fr::one(), Fr::zero()];
    assert!(holds.refused().is_some());

    let utility = scene().attempt(|c| c.dual.utilities[3] += 1, |_| ());
    assert_eq!(utility.refused(), Some(NOTHING));
    let parent = |none: Option<u64>| {
        let mut parent = scene().attempt(|c| c.parents[0] = Some(3), |_| ());
        if let Some(none) = none {
            parent.set((INTEREST, 2 * 3 + 1, 1), from_u64(none));
        }
        parent.refused()
    };
    assert_eq!(parent(None), Some(PARENT));
    assert_eq!(parent(Some(0)), Some(INTEREST));
}

/// An item that is not for sale, in a circuit for more: nobody holds it, and it costs nothing.
#[test]
fn absent_item_takes_part() {
    let auction = Auction::on_paper(&[(1, 0)], &[&[5], &[4]]);
    let outcome = auction.outcome();
    let circuit = AssignmentCircuit { rows: 2, items: 2, limb_bits: TINY };
    let market = || Market::new(&auction.terms, &auction.rows(), &outcome, circuit.shape().size).unwrap();
    let attempt = |certify: &dyn Fn(&mut Certificate), say: &dyn Fn(&mut Witness)| {
        let case = auction.round(&outcome).shards(&circuit).unwrap().remove(0);
        let scene = Scene { certificate: market().witness(), market: market(), case };
        scene.attempt(certify, say).refused()
    };
    assert_eq!(attempt(&|_| (), &|_| ()), None);
    assert_eq!(attempt(&|c| c.dual.prices[1] += 1, &|_| ()), Some(SPARE));
    assert_eq!(attempt(&|c| c.dual.prices[1] -= 1, &|_| ()), Some(SPARE));
    assert_eq!(attempt(&|c| c.parents[1] = Some(1), &|_| ()), Some(PARENT));
    assert_eq!(attempt(&|_| (), &|w| w.held[1][1] = Fr::one()), Some(HOLDER));
}

/// Parents need not be bits, but each that is not 0 must be one, and if they do not sum to 1 they are none.
#[test]
fn parents_in_parts() {
    let half = from_u64(2).inverse().unwrap();
    let refused = |parts: [Fr; 4]| {
        let mut scene = honest(&[(1, 0)], &[&[5], &[3], &[3], &[2]], 0);
        // Of two equal bids the earlier one has more bonus: it alone is indifferent.
        assert_eq!(scene.certificate.parents, [Some(1)]);
        scene.certificate.parents = vec![None];
        let say = |w: &mut Witness| {
            w.parents.iter_mut().zip(parts).for_each(|(row, part)| row[0] = part);
            w.rises[0] = Fr::one();
        };
        scene.attempt(same, say).refused()
    };
    let [zero, one, two] = [0, 1, 2].map(from_u64);
    assert_eq!(refused([zero, one, zero, zero]), None);
    assert_eq!(refused([zero, zero, zero, zero]), Some(ORPHAN));
    assert_eq!(refused([zero, two, zero, zero]), Some(ORPHAN));
    for parts in
        [[zero, half, half, zero], [zero, two, -one, zero], [one, zero, zero, zero], [-one, one, one, zero]]
    {
        assert_eq!(refused(parts), Some(PARENT));
    }
}

/// A carry takes whole money from the bonus parts into the valuation, or back: whatever it is, the sum of bonuses
/// says what it must be.
#[test]
fn carries_of_money() {
    let scene = || honest(&[(1, 0), (1, 1)], &[&[3, 2], &[2, 3], &[2, 2]], 0);
    for row in 0..3 {
        for item in 0..2 {
            for carry in (0..16).map(|limb| from_u64(limb) - Fr::one()) {
                let mut moved = false;
                let attempt = scene().attempt(same, |w| {
                    moved = w.carries[row][item] != carry;
                    w.slacks[row][item][1] += w.carries[row][item] - carry;
                    w.carries[row][item] = carry;
                });
                assert_eq!(attempt.refused().is_some(), moved, "{row} {item} {carry}");
            }
        }
    }
}

/// y, written with another split into bonus and money, is the same utility: the claim is no other.
#[test]
fn parts_written_otherwise_are_the_same() {
    let scene = honest(&[(1, 0)], &[&[5], &[3], &[1]], 0);
    let unit = from_u64(1 << scene.market.size().bits());
    let attempt = scene.attempt(same, |w| {
        w.utilities[0] = [w.utilities[0][0] + unit, w.utilities[0][1] - Fr::one()];
        w.carries[0][0] -= Fr::one();
    });
    assert_eq!(attempt.refused(), None);
}

/// Sets the pair's valuation to any integer, in the commitment and in the prover's wires.
fn seal(attempt: &mut Attempt<AssignmentCircuit>, row: usize, item: usize, valuation: &BigInt) {
    let shape = attempt.case.circuit.shape();
    let unit = BigInt::one() << shape.bonus_bits;
    let part = |part: Fr| to_integer(part);
    let witness = &mut attempt.case.witness;
    let price = part(attempt.case.scalars[3 * item]);
    let [lower, top] = witness.bonuses[item].map(part);
    let beyond = lower + (top << shape.lower_bits()) - (&unit >> 1);
    let [bonus, money] = witness.utilities[row].map(part);
    let epsilon = if valuation.is_zero() { BigInt::zero() } else { shape.size.bonus(row, item) };
    let slack: BigInt = bonus + (&money + &price - valuation) * &unit + beyond - epsilon;
    let (of_slack, rest) = slack.div_mod_floor(&unit);
    witness.carries[row][item] = from_integer(price + money - &of_slack - valuation);
    witness.slacks[row][item] = [rest, of_slack].map(from_integer);
    attempt.case.sealed[item][row] = from_integer(valuation.clone());
}

/// A commitment to a negative number (admission refuses it) counts as no interest, and cannot count as anything else.
#[test]
fn negative_numbers_are_no_interest() {
    for number in [1u128, 2, 1 << 64].map(|number| -BigInt::from(number)) {
        let mut attempt = honest(&[(1, 0), (1, 2)], &[&[0, 3], &[3, 0]], 1).attempt(same, |_| ());
        seal(&mut attempt, 0, 0, &number);
        seal(&mut attempt, 1, 1, &number);
        assert_eq!(attempt.refused(), None, "{number}");
        // Its row holds the item: at a price of 0, and with a utility that makes up for it.
        let auction = Auction::on_paper(&[(1, 0)], &[&[0]]);
        let mut attempt = auction.scene(&auction.claimed(&[Some(0)], &[0]), 0).attempt(same, |_| ());
        seal(&mut attempt, 0, 0, &number);
        assert_eq!(attempt.refused(), Some(HOLDER), "{number}");
        attempt.case.witness.utilities[0] = [Fr::zero(), from_integer(number.clone())];
        seal(&mut attempt, 0, 0, &number);
        assert!(attempt.refused().is_some(), "{number}");
    }
}

/// A commitment to a number above u64 (admission refuses it) counts as that number, up to the width of money; it
/// cannot make a price outside u64, because prices are public.
#[test]
fn numbers_above_u64_count_as_they_are() {
    let limbs = limb_count(65, TINY);
    let most = BigInt::one() << (TINY * limbs);
    let large = BigInt::from(u64::MAX) + 5;
    let attempt = |number: &BigInt, rival: u64| {
        let auction = Auction::on_paper(&[(1, 0)], &[&[u64::MAX], &[rival]]);
        let mut attempt =
            auction.scene(&auction.claimed(&[Some(0), None], &[rival]), 0).attempt(same, |_| ());
        let more = from_integer(number - u64::MAX);
        attempt.case.witness.utilities[0][1] += more;
        seal(&mut attempt, 0, 0, number);
        attempt.refused()
    };
    assert_eq!(attempt(&large, 7), None);
    assert_eq!(attempt(&large, u64::MAX), None);
    assert_eq!(attempt(&(&most - 1), 7), None);
    assert_eq!(attempt(&(&most + 7), 7), Some(SUMS));
    // A rival of 2^64 + 1 sets no price: the holder's own slack would be less than nothing.
    let auction = Auction::on_paper(&[(1, 0)], &[&[u64::MAX], &[u64::MAX]]);
    let mut attempt = auction.scene(&auction.outcome(), 0).attempt(same, |_| ());
    attempt.case.witness.utilities[0][1] += from_u64(5);
    seal(&mut attempt, 0, 0, &large);
    assert_eq!(attempt.refused(), None);
    seal(&mut attempt, 1, 0, &(large - 2));
    assert!(attempt.refused().is_some());
}

/// No fraction can be sealed: neither as a carry nor as money.
#[test]
fn fractions_have_no_parts() {
    let half = from_u64(2).inverse().unwrap();
    for in_carry in [true, false] {
        let mut attempt = honest(&[(1, 0)], &[&[5], &[3]], 0).attempt(same, |_| ());
        attempt.case.sealed[0][1] += half;
        let witness = &mut attempt.case.witness;
        let part = if in_carry { &mut witness.carries[1][0] } else { &mut witness.slacks[1][0][1] };
        *part -= half;
        assert!(attempt.refused().is_some());
    }
}

/// The true prices and ranks of drawn rounds prove no other allocation and no other price.
#[test]
fn true_prices_prove_no_other_claim() {
    let (mut tried, mut recorded) = (0, std::collections::BTreeMap::new());
    for seed in 0..60 {
        let rng = &mut StdRng::seed_from_u64(seed);
        let (terms, rows) = subject::Subject.draw(rng);
        let terms: Terms = crate::json::from_value(&terms).unwrap();
        let rows: Vec<Row> = rows.iter().map(|row| crate::json::from_value(row).unwrap()).collect();
        let truth = settle(&terms, &rows);
        let circuit = AssignmentCircuit { rows: rows.len() + 1, items: terms.items.len(), limb_bits: TINY };
        let matrices = recorded
            .entry((circuit.rows, circuit.items))
            .or_insert_with(|| crate::testing::round::record(&circuit, &circuit.blank()));
        let market = |claim: &Outcome| Market::new(&terms, &rows, claim, circuit.shape().size).unwrap();
        let certificate = market(&truth).witness();
        for _ in 0..20 {
            let mut claim = truth.clone();
            if !rows.is_empty() && rng.gen_bool(0.6) {
                let (one, other) = (rng.gen_range(0..rows.len()), rng.gen_range(0..rows.len()));
                claim.assigned.swap(one, other);
                if rng.gen_bool(0.3) {
                    claim.assigned[one] = Some(Count(rng.gen_range(0..terms.items.len() as u64)));
                }
            } else {
                let price = &mut claim.prices[rng.gen_range(0..terms.items.len())];
                price.0 = if rng.gen_bool(0.5) { price.0.wrapping_add(1) } else { price.0.wrapping_sub(1) };
            }
            let claim = native::implied(&terms, &claim.assigned, &claim.prices).unwrap();
            if claim == truth || native::check_outcome(&terms, rows.len(), &claim).is_err() {
                continue;
            }
            let auction = auction_of(&terms, &rows);
            let mut case = auction.round(&claim).shards(&circuit).unwrap().remove(0);
            assert!(case.check(matrices).is_err(), "seed {seed}: {claim:?}");
            case.witness = circuit.fill(&market(&claim), &certificate);
            assert!(case.check(matrices).is_err(), "seed {seed}: {claim:?}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

fn auction_of(terms: &Terms, rows: &[Row]) -> Auction {
    let bids: Vec<Vec<u64>> =
        rows.iter().map(|row| row.valuations.iter().map(|amount| amount.0).collect()).collect();
    let bids: Vec<&[u64]> = bids.iter().map(Vec::as_slice).collect();
    Auction { terms: terms.clone(), ..Auction::on_paper(&[], &bids) }
}

/// With a real key: a prover with a witness of its own choice for a false claim gets no proof, and the same prover
/// with the right witness does.
#[test]
fn lies_are_not_proved() {
    let auction = Auction::new(&[(1, 0), (1, 0)], &[&[2, 1], &[0, 0]]);
    let prove_with = |outcome: &Outcome, certify: &dyn Fn(&mut Certificate)| {
        let market =
            Market::new(&auction.terms, &auction.rows(), outcome, key().circuit.shape().size).unwrap();
        let mut certificate = market.witness();
        certify(&mut certificate);
        let witness = key().circuit.fill(&market, &certificate);
        let points: Vec<_> = auction.commitments.iter().map(|commitment| commitment.0).collect();
        let claims = auction.with(outcome, |claim| shard_claims(&key().circuit, claim, &points, &[]));
        let claim: &Claim<'_> = &claims.unwrap()[0];
        let nothing = (Fr::zero(), Fr::zero());
        let secrets = Secrets::new(&auction.openings, 2, Vec::new(), nothing, nothing);
        prove(key(), claim, &secrets, &witness, &mut rng())
    };
    let outcome = auction.outcome();
    assert!(prove_with(&outcome, &|_| ()).is_ok());
    let second_choice = auction.claimed(&[Some(1), None], &[0, 0]);
    let weight = key().circuit.shape().size.weight(2, 0, 0);
    let utilities = |c: &mut Certificate| c.dual.utilities[0] = weight.clone();
    for certify in [&same as &dyn Fn(&mut Certificate), &utilities] {
        let refused = prove_with(&second_choice, certify);
        assert!(matches!(refused, Err(ProveError::Unsatisfied(_))));
    }
    let refused = prove_with(&auction.claimed(&[None, None], &[0, 0]), &utilities);
    assert!(matches!(refused, Err(ProveError::Unsatisfied(_))));
    let least = Dual { prices: vec![weight.clone(), BigInt::zero()], utilities: vec![BigInt::zero(); 4] };
    let refused = prove_with(&auction.claimed(&[Some(0), None], &[2, 0]), &|c| c.dual = least.clone());
    assert!(matches!(refused, Err(ProveError::Unsatisfied(_))));
}
