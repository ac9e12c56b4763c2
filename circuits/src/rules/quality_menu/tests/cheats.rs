//! Provers who lie: about intervals, distances, padding and counts. Each lie is tried with every other number as
//! the equations force it.

use super::*;
use crate::testing::forms::{COUNT, ENTRY};
use crate::testing::mutation::Filled;
use crate::testing::solve::complete;

/// A menu with two of three slots taken.
fn menu() -> Terms {
    terms(&[(2, 3), (5, 4)])
}

/// A case with other valuations in the ledger than any u64, and the numbers of its first row.
fn lie(circuit: &QualityMenuCircuit, valuation: Fr, row: RowWitness) -> Case {
    let mut case = case(circuit, &menu(), &[0], &[(0, 0, 0)]);
    case.sealed[0][0] = valuation;
    case.results = [row.level, row.gain, row.payment].map(|number| vec![number]).to_vec();
    case.witness[0] = row;
    case
}

/// The row of a level of the menu, with these distances.
fn at(level: usize, above: Fr, below: Fr) -> RowWitness {
    let (start, gain, payment) = [(0, 0, 0), (2, 3, 6), (5, 4, 11)][level];
    let [level, start, gain, payment] = [level as u64, start, gain, payment].map(from_u64);
    RowWitness { level, start, above, below, gain, payment }
}

fn inverse(x: u64) -> Fr {
    from_u64(x).inverse().unwrap()
}

/// Distances that are negative, fractions, or wrap around.
#[test]
fn distances_that_are_no_numbers() {
    let (circuit, matrices) = recorded(2);
    let honest = lie(&circuit, from_u64(3), at(1, from_u64(1), from_u64(1)));
    assert!(accepted(&matrices, &honest));
    let strange =
        [-Fr::one(), -from_u64(2), inverse(2), -inverse(2), from_u128(1 << 64), -from_u128(1 << 64)];
    for distance in strange {
        // Start and end are those of level 1: the distances sum to 2.
        let other = from_u64(2) - distance;
        for (above, below) in [(distance, other), (other, distance)] {
            let lie = lie(&circuit, from_u64(2) + above, at(1, above, below));
            assert!(!accepted(&matrices, &lie), "{above} {below}");
        }
    }
}

/// A valuation of 2^64 or more is at no level, also with limbs whose width does not divide 64: a row of the highest
/// level is at most u64's end, and a slot without a tier has no row.
#[test]
fn valuations_above_u64() {
    let top = from_u64(u64::MAX);
    for limb_bits in [4, 5, 13] {
        let circuit = QualityMenuCircuit::sized(1, limb_bits).slots(3);
        let matrices = record(&circuit, &circuit.blank());
        let to_top = |valuation: Fr| at(2, valuation - from_u64(5), top - valuation);
        assert!(accepted(&matrices, &lie(&circuit, top, to_top(top))));
        for more in [1, 2, 5, 1 << 40] {
            let valuation = top + from_u64(more);
            assert!(!accepted(&matrices, &lie(&circuit, valuation, to_top(valuation))), "{more}");
        }
        // The slot of level 3 starts at 2^64 and ends before.
        let start = top + Fr::one();
        for valuation in [Fr::zero(), from_u64(6), top, start, start + Fr::one()] {
            for (gain, payment) in [(0, 0), (4, 11)] {
                let [level, gain, payment] = [3, gain, payment].map(from_u64);
                let (above, below) = (valuation - start, top - valuation);
                let row = RowWitness { level, start, above, below, gain, payment };
                assert!(!accepted(&matrices, &lie(&circuit, valuation, row)), "{valuation}");
            }
        }
    }
}

/// The numbers of two levels mixed, and intervals that are larger than a level's.
#[test]
fn numbers_of_two_levels() {
    let (circuit, matrices) = recorded(2);
    let starts = [0, 2, 5].map(from_u64);
    let ends = [from_u64(1), from_u64(4), from_u64(u64::MAX)];
    let mut accepted_rows = 0;
    for mixed in 0..3usize.pow(5) {
        let of = |digit: u32| mixed / 3usize.pow(digit) % 3;
        for valuation in [0, 1, 2, 4, 5, 9].map(from_u64) {
            let (above, below) = (valuation - starts[of(0)], ends[of(1)] - valuation);
            let row = RowWitness {
                level: from_u64(of(2) as u64),
                start: starts[of(0)],
                gain: at(of(3), above, below).gain,
                payment: at(of(4), above, below).payment,
                above,
                below,
            };
            let one_level = (1..5).all(|digit| of(digit) == of(0));
            let passes = accepted(&matrices, &lie(&circuit, valuation, row));
            assert!(!passes || one_level, "{row:?}");
            accepted_rows += usize::from(passes);
        }
    }
    assert_eq!(accepted_rows, 6, "one level for each valuation");
}

/// A padding row is at level 0: at any other its results are linked to nothing, and so is its valuation.
#[test]
fn padding_buys_nothing() {
    let (circuit, matrices) = recorded(2);
    let honest = || case(&circuit, &menu(), &[3], &[(1, 3, 6)]);
    assert!(accepted(&matrices, &honest()));
    let mut lies = vec![at(1, Fr::zero(), from_u64(2)), at(2, Fr::zero(), from_u64(u64::MAX - 5))];
    // The tier for a valuation of 0.
    lies.push(RowWitness { start: Fr::zero(), below: from_u64(4), ..lies[0] });
    lies.push(at(1, -from_u64(2), from_u64(4)));
    // Level 0 with somebody else's results.
    lies.push(RowWitness { gain: from_u64(3), ..at(0, Fr::zero(), from_u64(1)) });
    lies.push(RowWitness { payment: -from_u64(6), ..at(0, Fr::zero(), from_u64(1)) });
    for row in lies {
        let mut lie = honest();
        lie.witness[1] = row;
        assert!(!accepted(&matrices, &lie), "{row:?}");
        // Not even if the settlement had results of padding; only with a valuation of its own, which makes it a row.
        for (column, number) in [row.level, row.gain, row.payment].into_iter().enumerate() {
            lie.results[column].push(number);
        }
        assert!(!accepted(&matrices, &lie), "{row:?}");
    }
}

/// Rows that are counted elsewhere: at another level, twice, or among the limbs, whose table has every small number.
#[test]
fn counts_of_others() {
    let (circuit, matrices) = recorded(1);
    let honest = lie(&circuit, from_u64(3), at(1, from_u64(1), from_u64(1)));
    let level_0_for_all =
        RowWitness { start: Fr::zero(), above: from_u64(3), ..at(0, Fr::zero(), Fr::zero()) };
    let free = RowWitness { level: Fr::zero(), gain: from_u64(4), ..at(2, from_u64(1), from_u64(1)) };
    for (case, right) in [
        (honest, true),
        (lie(&circuit, from_u64(3), level_0_for_all), false),
        (lie(&circuit, from_u64(6), free), false),
    ] {
        let z = case.assignment(&Challenges::new(1)).full();
        let filled = Filled::new(&matrices, &z);
        let counts: Vec<usize> = (0..4).map(|entry| filled.committed(COUNT, entry)).collect();
        let limbs: Vec<usize> = (0..16).map(|entry| filled.committed(ENTRY, entry)).collect();
        let passes = |changes: &[(usize, Fr)]| {
            (0..2).all(|seed| {
                let mut assignment = case.assignment(&Challenges::new(seed));
                for (wire, by) in changes {
                    assignment.committed[wire - 1 - matrices.public] += by;
                }
                let solved = complete(&matrices, assignment, &[]);
                holds(&matrices, &solved.full())
            })
        };
        assert_eq!(passes(&[]), right);
        for wire in counts.iter().chain(&limbs) {
            for by in [Fr::one(), -Fr::one(), inverse(2)] {
                assert!(!passes(&[(*wire, by)]), "{wire}");
                for other in counts.iter().filter(|other| *other != wire) {
                    assert!(!passes(&[(*wire, by), (*other, -by)]), "{wire} {other}");
                }
            }
        }
    }
}

/// Where somebody is at a level, its numbers are exact, and so is the threshold of the next one.
#[test]
fn every_number_of_the_menu_is_exact() {
    let (circuit, matrices) = recorded(3);
    let terms = terms(&[(2, 3), (5, 4), (6, 9)]);
    let valuations = [2, 5, 9];
    let results = subject::results(&settle(&terms, &rows(&valuations)));
    for scalar in 0..9 {
        for by in [Fr::one(), -Fr::one(), from_u64(1 << 40)] {
            let mut case = case(&circuit, &terms, &valuations, &results);
            assert!(accepted(&matrices, &case));
            case.scalars[scalar] += by;
            assert!(!accepted(&matrices, &case), "{}", super::super::circuit::SCALARS[scalar]);
        }
    }
}
