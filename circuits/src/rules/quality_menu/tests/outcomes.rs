//! Every outcome of every tiny round against the matrices, with every interval that a prover could choose: the
//! evaluator's is accepted, and no other.
//!
//! A prover chooses where the interval of a row starts and ends; how far the valuation is from both follows from
//! the link, and how often an entry is looked up from the rows. Rows meet in these counts alone: rounds of one row
//! try everything, rounds of two all results that some level has. A distance that is out of its range has no limbs
//! (`gadgets/tests/range.rs`), so it is not tried.

use super::*;
use crate::field::to_natural;
use rayon::prelude::*;

/// Menus of one to three tiers.
const MENUS: [&[(u64, u64)]; 5] =
    [&[(1, 1)], &[(3, 2)], &[(2, 1), (5, 4)], &[(1, 2), (2, 3), (3, 5)], &[(2, 1), (3, 3), (5, 4)]];

/// Valuations on both sides of every threshold.
const VALUATIONS: [u64; 8] = [0, 1, 2, 3, 4, 5, 6, u64::MAX];

/// Starts and ends of intervals: those of the menus, all others that are near, and those of slots without a tier.
fn ends() -> Vec<Fr> {
    let small = (0..=6).map(from_u64);
    let large = [u128::from(u64::MAX) - 1, u128::from(u64::MAX), 1 << 64].map(from_u128);
    small.chain(large).chain([-Fr::one()]).collect()
}

/// Whether the matrices accept these results of the only row with this interval.
fn accepts(matrices: &Matrices, template: &mut Case, start: Fr, end: Fr) -> bool {
    let valuation = template.sealed[0][0];
    let [level, gain, payment] = [0, 1, 2].map(|column| template.results[column][0]);
    let (above, below) = (valuation - start, end - valuation);
    template.witness[0] = RowWitness { level, start, above, below, gain, payment };
    let in_range = [above, below].into_iter().all(|distance| to_natural(distance).bits() <= 68);
    in_range && accepted(matrices, template)
}

/// What anybody could claim of one row: a level up to one that no menu has, gains and payments of this menu, and one
/// of none.
fn claims(terms: &Terms) -> Vec<Claimed> {
    let menu = native::levels(terms);
    let gains = menu.iter().map(|level| level.gain_ppm.0).chain([9]);
    let payments: Vec<u64> = menu.iter().map(|level| level.payment.0).chain([12]).collect();
    let pairs: Vec<(u64, u64)> =
        gains.flat_map(|gain| payments.iter().map(move |payment| (gain, *payment))).collect();
    (0..=4).flat_map(|level| pairs.iter().map(move |(gain, payment)| (level, *gain, *payment))).collect()
}

#[test]
fn second_outcome() {
    let (circuit, matrices) = recorded(1);
    let rounds: Vec<(Terms, u64)> =
        MENUS.iter().flat_map(|menu| VALUATIONS.map(|valuation| (terms(menu), valuation))).collect();
    let ends = ends();
    let tried = |(terms, valuation): &(Terms, u64)| {
        let right = subject::results(&settle(terms, &rows(&[*valuation])))[0];
        let claims = claims(terms);
        let provable = |result: &&Claimed| {
            let mut template = case(&circuit, terms, &[*valuation], &[**result]);
            ends.iter().any(|start| ends.iter().any(|end| accepts(&matrices, &mut template, *start, *end)))
        };
        let provable: Vec<&Claimed> = claims.iter().filter(provable).collect();
        assert_eq!(provable, [&right], "{terms:?} {valuation}");
        claims.len() * ends.len().pow(2)
    };
    let tried: usize = rounds.par_iter().map(tried).sum();
    println!("quality-menu/v1: {tried} ways to claim a result, one result for each valuation");
    assert_eq!(tried, 406_560);
}

/// Two rows, each with any result of any level: the right ones pass, in each other's place they do not.
#[test]
fn second_outcome_of_two_rows() {
    let (circuit, matrices) = recorded(3);
    for menu in MENUS {
        let terms = terms(menu);
        let levels: Vec<Claimed> = native::levels(&terms)
            .iter()
            .zip(0..)
            .map(|(level, number)| (number, level.gain_ppm.0, level.payment.0))
            .collect();
        for (i, first) in VALUATIONS.iter().enumerate() {
            for second in &VALUATIONS[..=i] {
                let right = subject::results(&settle(&terms, &rows(&[*first, *second])));
                for a in &levels {
                    for b in &levels {
                        let case = case(&circuit, &terms, &[*first, *second], &[*a, *b]);
                        assert_eq!(
                            accepted(&matrices, &case),
                            right == [*a, *b],
                            "{menu:?} {first} {second}"
                        );
                    }
                }
            }
        }
    }
}
