//! Provers who lie: each lie is tried with every other number as the equations force it, and every choice that is
//! left.

use super::*;

/// Whether some choice of bonuses (bits), stand-in and cut makes the matrices accept these weights with these
/// receipts, whatever they are.
fn provable(
    (circuit, matrices): &(RevenueShareCircuit, Matrices),
    terms: &Terms,
    weights: &[Fr],
    receipts: &[Fr],
    outcome: &Outcome,
) -> bool {
    let mut template = case(circuit, &round(terms, &vec![0; weights.len()], outcome));
    (template.sealed, template.results) = (vec![weights.to_vec()], vec![receipts.to_vec()]);
    let capacity = circuit.capacity();
    (0..1u64 << capacity).any(|bits| {
        let bonuses: Vec<Fr> = (0..capacity).map(|row| from_u64(bits >> row & 1)).collect();
        [0, 1].into_iter().any(|stand_in| {
            let mut choice =
                Choice { bonuses: bonuses.clone(), stand_in: from_u64(stand_in), cut: Fr::zero() };
            let unplaced = forced(circuit, terms, weights, receipts, &choice);
            cuts(circuit, terms, &unplaced).into_iter().any(|cut| {
                choice.cut = cut;
                template.witness = forced(circuit, terms, weights, receipts, &choice);
                accepted(matrices, &template)
            })
        })
    })
}

/// The keys of the rows and the end of the keys: all cuts that differ.
fn cuts(circuit: &RevenueShareCircuit, terms: &Terms, witness: &Witness) -> Vec<Fr> {
    let (weights, quotients): (Vec<Fr>, Vec<Fr>) =
        witness.rows.iter().map(|row| (row.weight, row.part.quotient)).unzip();
    let (divisor, remainders) = divided(terms, &weights, &quotients, witness.stand_in);
    let keys = remainders.iter().enumerate().map(|(row, remainder)| key_of(circuit, row, *remainder));
    keys.chain([divisor * from_u64(1 << circuit.limb_bits())]).collect()
}

fn inverse(x: u64) -> Fr {
    from_u64(x).inverse().unwrap()
}

/// Weights that are no u64, although the shares that they give are: fractions of the pot, negative ones that others
/// make up for, and the first number above u64, also with limbs whose width does not divide 64.
#[test]
fn weights_that_are_no_u64() {
    let two = recorded(2);
    let thirds = [inverse(3), inverse(3) + inverse(3)];
    assert!(!provable(&two, &terms(3, 0), &thirds, &fields(&[1, 2]), &claim(&[1, 2], 0)));
    for (weights, receipts) in [([3i64, -1], [3, 0]), ([-1, 3], [0, 3]), ([-1, 2], [0, 3]), ([2, -2], [0, 0])]
    {
        let dust = 3 - receipts.iter().sum::<u64>();
        let weights = weights.map(Fr::from);
        assert!(!provable(&two, &terms(3, 0), &weights, &fields(&receipts), &claim(&receipts, dust)));
    }
    let above = from_u64(u64::MAX) + Fr::one();
    for limb_bits in [4, 5, 13] {
        let circuit = RevenueShareCircuit::sized(1, limb_bits);
        let recorded = (circuit, record(&circuit, &circuit.blank()));
        for (weight, passes) in
            [(above - Fr::one(), true), (above, false), (above + above - Fr::one(), false)]
        {
            let passed = provable(&recorded, &terms(3, 0), &[weight], &fields(&[3]), &claim(&[3], 0));
            assert_eq!(passed, passes, "{weight} in limbs of {limb_bits} bits");
        }
    }
}

/// Receipts that sum to the pot mod r, and are no amounts: halves, negative ones, and the pot shared by inverses.
#[test]
fn receipts_that_are_no_amounts() {
    let two = recorded(2);
    for (pot, first) in [(1, inverse(2)), (7, inverse(2)), (7, -Fr::one()), (7, from_u64(8)), (7, inverse(7))]
    {
        for weights in [[1, 1], [1, 0], [0, 1], [3, 4]] {
            for (unallocated, dust) in [(0, 0), (1, 0), (1, 1)] {
                let receipts = [first, from_u64(pot - dust) - first];
                let (terms, outcome) = (terms(pot, unallocated), claim(&[0, pot - dust], dust));
                assert!(!provable(&two, &terms, &fields(&weights), &receipts, &outcome), "{pot} {first}");
            }
        }
    }
}

/// One unit moved from one share to another, or to dust, where the numbers are as large as they get.
#[test]
fn units_moved_between_large_shares() {
    let three = recorded(3);
    let most = u64::MAX;
    for weights in [[most, most, most], [most, most - 1, 1], [most - 1, most, 0], [1, most, 1]] {
        for (pot, unallocated) in [(most, 0), (most - 1, 0), (most, 1), (most, most), (2, 0)] {
            let terms = terms(pot, unallocated);
            let right = RevenueShare::evaluate(&terms, &rows(&weights)).unwrap();
            let receipts: Vec<u64> = right.receipts.iter().flatten().map(|receipt| receipt.0).collect();
            let parts = [&receipts[..], &[right.dust.0]].concat();
            let passes = |parts: &[u64]| {
                let outcome = claim(&parts[..3], parts[3]);
                provable(&three, &terms, &fields(&weights), &fields(&parts[..3]), &outcome)
            };
            assert!(passes(&parts), "{weights:?} {terms:?}");
            for from in 0..4 {
                for to in (0..4).filter(|to| *to != from && parts[from] > 0) {
                    let mut moved = parts.clone();
                    moved[from] -= 1;
                    let Some(more) = moved[to].checked_add(1) else { continue };
                    moved[to] = more;
                    assert!(!passes(&moved), "{weights:?} {terms:?}: {from} to {to}");
                }
            }
        }
    }
}

/// A padding row with a weight, a quotient or a bonus of its own takes nothing, because it is linked to nothing.
#[test]
fn padding_takes_nothing() {
    let (circuit, matrices) = recorded(3);
    let terms = terms(7, 0);
    let honest = case(&circuit, &round(&terms, &[1, 1], &claim(&[4, 3], 0)));
    assert!(accepted(&matrices, &honest));
    // As if there were a third party.
    let mut lie = case(&circuit, &round(&terms, &[1, 1], &claim(&[3, 2], 0)));
    lie.witness = circuit.fill(&terms, &[1, 1, 1], &fields(&[3, 2, 2]));
    assert!(!accepted(&matrices, &lie));
    lie.sealed[0].push(Fr::one());
    assert!(!accepted(&matrices, &lie), "a weight in the ledger is not enough");
    lie.results[0].push(from_u64(2));
    assert!(accepted(&matrices, &lie), "it would be a row");
    // A bonus of its own, and a quotient.
    for (bonuses, receipts) in [([1, 0, 1], [4, 3, 1]), ([0, 0, 1], [3, 3, 1]), ([0, 0, 0], [3, 3, 1])] {
        for cut in [0, 1, 13, 14, 15, 16, 30, 31, 32] {
            let choice = Choice { bonuses: fields(&bonuses), stand_in: Fr::zero(), cut: from_u64(cut) };
            let mut lie = unfilled(&honest);
            lie.witness = forced(&circuit, &terms, &fields(&[1, 1]), &fields(&receipts), &choice);
            assert!(!accepted(&matrices, &lie), "{bonuses:?} {cut}");
        }
    }
}

/// Bonuses of other sizes that sum to the units left over.
#[test]
fn bonuses_of_other_sizes() {
    let (circuit, matrices) = recorded(2);
    let half = inverse(2);
    let pairs =
        [[from_u64(2), -Fr::one()], [half, half], [-Fr::one(), from_u64(2)], [from_u64(3), -from_u64(2)]];
    for (weights, pot) in [([4, 3], 8), ([1, 1], 1), ([1, 1], 3), ([5, 6], 9)] {
        let terms = terms(pot, 0);
        let right = RevenueShare::evaluate(&terms, &rows(&weights)).unwrap();
        let template = case(&circuit, &round(&terms, &weights, &right));
        let receipts = &template.results[0];
        let units: Vec<Fr> = template.witness.rows.iter().map(|row| row.part.bonus).collect();
        assert_eq!(units.iter().sum::<Fr>(), Fr::one());
        for pair in pairs {
            let receipts: Vec<Fr> = (0..2).map(|i| receipts[i] - units[i] + pair[i]).collect();
            for cut in 0..=16 * weights.iter().sum::<u64>() {
                let choice = Choice { bonuses: pair.to_vec(), stand_in: Fr::zero(), cut: from_u64(cut) };
                let mut lie = unfilled(&template);
                lie.results = vec![receipts.clone()];
                lie.witness = forced(&circuit, &terms, &fields(&weights), &receipts, &choice);
                assert!(!accepted(&matrices, &lie), "{weights:?} {pot}: {pair:?}, {cut}");
            }
        }
    }
}

/// Cuts that are no key, no end and no integer near them; stand-ins beside a whole, and none without one.
#[test]
fn cuts_and_stand_ins_from_elsewhere() {
    let (circuit, matrices) = recorded(2);
    let strange = [-Fr::one(), inverse(2), inverse(16), -inverse(16), from_u64(1 << 40), -from_u64(1 << 40)];
    for (weights, pot, unallocated) in [([1, 1], 1, 0), ([1, 1], 4, 2), ([0, 0], 3, 0), ([0, 0], 0, 0)] {
        let terms = terms(pot, unallocated);
        let right = RevenueShare::evaluate(&terms, &rows(&weights)).unwrap();
        let template = case(&circuit, &round(&terms, &weights, &right));
        assert!(accepted(&matrices, &template));
        let (honest, receipts) = (&template.witness, &template.results[0]);
        let passes = |stand_in: Fr, cut: Fr| {
            let bonuses = honest.rows.iter().map(|row| row.part.bonus).collect();
            let mut lie = unfilled(&template);
            let choice = Choice { bonuses, stand_in, cut };
            lie.witness = forced(&circuit, &terms, &fields(&weights), receipts, &choice);
            accepted(&matrices, &lie)
        };
        for cut in strange {
            assert!(!passes(honest.stand_in, cut), "{weights:?}: cut {cut}");
        }
        let weightless = honest.stand_in.is_one();
        for stand_in in strange.into_iter().chain([Fr::one() - honest.stand_in]) {
            for cut in [honest.cut, Fr::zero(), stand_in * from_u64(16)] {
                // Without weight and without money any other stand-in does as well: every receipt is 0.
                let idle = weightless && pot == 0 && stand_in == from_u64(1 << 40);
                assert_eq!(passes(stand_in, cut), idle && !cut.is_zero(), "{stand_in} {cut}");
            }
        }
    }
}
