//! Every outcome of every tiny round against the matrices, with every bonus, stand-in and cut that a prover could
//! choose: the evaluator's is accepted, and no other.
//!
//! A cut matters only by the keys that it is above, so the keys themselves, the end of the keys and one less than
//! the smallest key stand for all cuts. A bonus is a bit (`mutation` shows what else it would be), and where the
//! whole is not 0 there is no stand-in. A number that is out of all ranges has no limbs (`gadgets/tests/range.rs`),
//! so witnesses with such a number are not tried.

use super::*;
use crate::field::to_natural;
use rayon::prelude::*;

/// Every table of `n` numbers below `base`.
fn tables(n: usize, base: u64) -> Vec<Vec<u64>> {
    let digits = |number: u64| (0..n as u32).map(|i| number / base.pow(i) % base).collect();
    (0..base.pow(n as u32)).map(digits).collect()
}

/// Whether some choice of the prover's makes the matrices accept the claim.
fn provable(
    (circuit, matrices): &(RevenueShareCircuit, Matrices),
    terms: &Terms,
    weights: &[u64],
    outcome: &Outcome,
) -> bool {
    let receipts: Vec<u64> = outcome.receipts.iter().flatten().map(|receipt| receipt.0).collect();
    let (weights, receipts) = (fields(weights), fields(&receipts));
    let weightless = weights.iter().all(Zero::is_zero) && terms.unallocated_weight == Count(0);
    let halves = [2, 3, 16].map(|x| from_u64(x).inverse().unwrap());
    let stand_ins = [fields(&[0, 1, 2, 16]), vec![-Fr::one()], halves.to_vec()].concat();
    let stand_ins = if weightless { &stand_ins[..] } else { &stand_ins[..1] };
    let capacity = circuit.capacity();
    let mut template = case(circuit, &round(terms, &vec![0; weights.len()], outcome));
    template.sealed = vec![weights.clone()];
    for bonuses in tables(capacity, 2) {
        for stand_in in stand_ins {
            let mut choice = Choice { bonuses: fields(&bonuses), stand_in: *stand_in, cut: Fr::zero() };
            let unplaced = forced(circuit, terms, &weights, &receipts, &choice);
            for cut in cuts(circuit, terms, &unplaced) {
                choice.cut = cut;
                template.witness = forced(circuit, terms, &weights, &receipts, &choice);
                if in_range(&template.witness) && accepted(matrices, &template) {
                    return true;
                }
            }
        }
    }
    false
}

/// Whether every number that the circuit asks a range of is in the widest of them.
fn in_range(witness: &Witness) -> bool {
    let numbers = witness
        .rows
        .iter()
        .flat_map(|RowWitness { weight, part }| [*weight, part.quotient, part.bounded, part.distance]);
    numbers.chain([witness.room]).all(|number| to_natural(number).bits() <= 80)
}

/// The cuts that differ for a prover.
fn cuts(circuit: &RevenueShareCircuit, terms: &Terms, witness: &Witness) -> Vec<Fr> {
    let of_rows = |number: fn(&RowWitness) -> Fr| witness.rows.iter().map(number).collect::<Vec<_>>();
    let (weights, quotients) = (of_rows(|row| row.weight), of_rows(|row| row.part.quotient));
    let (divisor, remainders) = divided(terms, &weights, &quotients, witness.stand_in);
    let mut cuts: Vec<Fr> = remainders.iter().enumerate().map(|(i, r)| key_of(circuit, i, *r)).collect();
    let least = cuts.iter().min().copied().unwrap_or_default();
    cuts.extend([least - Fr::one(), divisor * from_u64(1 << circuit.limb_bits())]);
    cuts
}

/// The claims about a round of `n` rows with this pot: every receipt up to it and every dust; those that do not add
/// up only where `all`.
fn claims(n: usize, pot: u64, all: bool) -> Vec<Outcome> {
    let every = tables(n + 1, pot + 2).into_iter();
    let every = every.filter(|table| all || table.iter().sum::<u64>() == pot);
    every.map(|table| claim(&table[1..], table[0])).collect()
}

/// Tries all claims about all rounds of `n` rows, in circuits with and without padding; says how many.
fn one_outcome(n: usize, weight: u64, revenue: u64, unallocated: u64, all: bool) -> usize {
    let circuits: Vec<_> = (n.max(1)..=n + 1).map(recorded).collect();
    let mut cases = Vec::new();
    for weights in tables(n, weight + 1) {
        for pot in 0..=revenue {
            for u in 0..=unallocated {
                cases.push((weights.clone(), terms(pot, u), claims(n, pot, all)));
            }
        }
    }
    cases.par_iter().for_each(|(weights, terms, claims)| {
        let right = RevenueShare::evaluate(terms, &rows(weights)).unwrap();
        for circuit in &circuits {
            let provable: Vec<_> = claims.iter().filter(|c| provable(circuit, terms, weights, c)).collect();
            assert_eq!(provable, [&right], "{weights:?} {terms:?} in {} rows", circuit.0.capacity());
        }
    });
    cases.iter().map(|(.., claims)| claims.len() * circuits.len()).sum()
}

#[test]
fn second_outcome() {
    let none = one_outcome(0, 0, 3, 2, true);
    let one = one_outcome(1, 5, 5, 2, true);
    let two = one_outcome(2, 2, 2, 1, true) + one_outcome(2, 5, 7, 2, false);
    let three = one_outcome(3, 3, 4, 1, false);
    let four = one_outcome(4, 2, 2, 0, false);
    println!("revenue-share/v1: {none} + {one} + {two} + {three} + {four} claims, one outcome each round");
    assert_eq!([none, one, two, three, four], [42, 5_004, 29_484, 17_920, 3_402]);
}
