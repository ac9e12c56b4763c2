//! What `data-sharing/v1` must do, and what nobody must get past it.
//!
//! `proofs` proves rounds of every exponent with real keys, and hands the verifier what does not belong together;
//! `cheats` attacks with false decisions, factors and gives; `mutation` takes each constraint away and shows what
//! breaks.

mod cheats;
mod mutation;
mod proofs;

use super::circuit::DataSharingCircuit;
use super::native::evaluate;
use super::subject::text::{Edge, alone, nash_by_the_text};
use super::subject::{EXPONENTS, MILLION, draw, gives, row, settle, terms};
use super::*;
use crate::builder::Matrices;
use crate::proof_system::Circuit;
use crate::rule::Refusal;
use crate::testing::round::{Round, ShardCase, record};
use ark_std::rand::{Rng, SeedableRng};
use num_bigint::BigUint;
use num_traits::Signed;
use rand::rngs::StdRng;

type Case = ShardCase<DataSharingCircuit>;

const MAX_SIZE: u64 = market::MAX_SIZE;

/// The circuit with limbs for a tiny table, and its matrices.
fn arena() -> (DataSharingCircuit, Matrices) {
    let circuit = DataSharingCircuit::sized(2, 4);
    (circuit, record(&circuit, &circuit.blank()))
}

/// The sealed round in which these firms are claimed to share, or not, and to give this.
fn claiming(terms: &Terms, firms: &[[u64; 3]; 2], share: bool, gives: [u64; 2]) -> Case {
    let round = Round {
        rule: &DataSharing,
        terms: to_value(terms),
        disclosure: Disclosure::Sealed,
        columns: Default::default(),
        sealed: firms.iter().map(|firm| firm.to_vec()).collect(),
        outcome: to_value(&Outcome { share, gives: Some(gives.map(Count)) }),
    };
    round.shards(&arena().0).unwrap().remove(0)
}

/// The same with the gives that belong to the decision.
fn deciding(terms: &Terms, firms: &[[u64; 3]; 2], share: bool) -> Case {
    let all = firms.map(|[size, ..]| size.clamp(1, MAX_SIZE));
    claiming(terms, firms, share, if share { all } else { [0; 2] })
}

/// Left side less right side of each inequality for β = 1, less 1 if it is strict: first firm active, gains, second
/// firm active, gains.
fn differences(terms: &Terms, firms: &[[u64; 3]; 2]) -> [i128; 4] {
    let [own, rival] = native::weights_and_exponent(terms).unwrap().0.map(i128::from);
    let [[n0, a0, b0], [n1, a1, b1]] = firms.map(|firm| firm.map(i128::from));
    let (rest0, rest1) = ((1_000_000 - a0) * n0 - b0, (1_000_000 - a1) * n1 - b1);
    let (margins, falls) = ([rest0 * n1, rest1 * n0], [b0 * n1 * n1, b1 * n0 * n0]);
    let difference = |numbers: [i128; 2], i: usize| own * numbers[i] - rival * numbers[1 - i];
    [difference(margins, 0) - 1, difference(falls, 0), difference(margins, 1) - 1, difference(falls, 1)]
}

#[test]
fn refuses_in_order_and_never_by_a_sealed_number() {
    let evaluate = |competition, bargaining, similarity, exponent, rows| {
        let terms = terms(competition, similarity, bargaining, exponent);
        evaluate(&terms, &vec![row([0, u64::MAX, 0]); rows]).map(drop)
    };
    let refused = |code| Err(Refusal(code));
    assert_eq!(evaluate("Cournot", "all", MILLION, [0, 0], 1), refused("unknown_competition"));
    assert_eq!(evaluate("cournot", "all", MILLION, [0, 0], 1), refused("unknown_bargaining"));
    assert_eq!(evaluate("bertrand", "nash", MILLION, [0, 0], 1), refused("similarity_not_below_one"));
    let bad =
        [[0, 1], [2, 1], [2, 2], [4, 4], [2, 4], [1, 5], [5, 5], [0, 0], [u64::MAX, u64::MAX], [1 << 32, 1]];
    for exponent in bad {
        assert_eq!(evaluate("bertrand", "nash", 0, exponent, 1), refused("exponent_out_of_range"));
    }
    for exponent in [[1, 2], [1, 3], [2, 3], [1, 4], [3, 4]] {
        assert_eq!(evaluate("bertrand", "nash", 0, exponent, 1), refused("nash_needs_exponent_one"));
        assert_eq!(evaluate("bertrand", "all-or-nothing", 0, exponent, 2), Ok(()));
    }
    for wrong in [0, 1, 3] {
        assert_eq!(evaluate("cournot", "nash", 0, [1, 1], wrong), refused("wrong_row_count"));
    }
    assert_eq!(evaluate("cournot", "nash", MILLION - 1, [1, 1], 2), Ok(()));
}

#[test]
fn numbers_are_brought_into_range() {
    let largest = [(1 << 32) - 1, MILLION, (1 << 48) - 1];
    for bargaining in ["all-or-nothing", "nash"] {
        let terms = terms("cournot", 100_000, bargaining, [1, 1]);
        let sane = [5, 10, 1_000_000];
        assert_eq!(settle(&terms, &[[0, 10, 0], sane]), settle(&terms, &[[1, 10, 1], sane]));
        for column in 0..3 {
            for firm in [sane, [1 << 32, 10, 1 << 40]] {
                let (mut told, mut meant) = (firm, firm);
                (told[column], meant[column]) = (u64::MAX, largest[column]);
                assert_eq!(settle(&terms, &[told, sane]), settle(&terms, &[meant, sane]));
            }
        }
    }
    // A firm without data counts as having one record, and gives it.
    let terms = terms("cournot", 0, "all-or-nothing", [1, 1]);
    let outcome = settle(&terms, &[[0, 0, 1], [u64::MAX, 0, 1]]);
    assert_eq!((outcome.share, gives(&outcome)), (true, [1, (1 << 32) - 1]));
}

#[test]
fn learning_is_the_exact_root() {
    for [p, q] in [[1, 1], [1, 2], [1, 3], [2, 3], [1, 4], [3, 4]] {
        let exponent = market::Exponent::new(Count(p), Count(q)).unwrap();
        let largest = (1u64 << 32) - 1;
        for n in (1..=40).chain([largest, 2 * largest, 6 * largest, 1 << 24, 1 << 32]) {
            let y = exponent.learning(n);
            let fits = |y: u64| {
                BigUint::from(y).pow(q as u32) * BigUint::from(n).pow(p as u32)
                    <= BigUint::from(1u32) << (48 * q)
            };
            assert!(fits(y) && !fits(y + 1), "{p}/{q} {n}");
        }
        assert_eq!(exponent.learning(1), 1 << 48);
    }
}

/// Every round of a small grid, so that edges that are equally good occur.
#[test]
fn the_first_edge_wins_a_tie() {
    let mut equal_edges = 0;
    for (n0, n1) in (1..=5).flat_map(|n0| (1..=5).map(move |n1| (n0, n1))) {
        for (b0, b1) in (1..=4).flat_map(|b0| (1..=4).map(move |b1| (b0 * 50_000, b1 * 50_000))) {
            for similarity in [0, 500_000, 800_000] {
                let firms = [[n0, 0, b0], [n1, 0, b1]];
                let terms = terms("cournot", similarity, "nash", [1, 1]);
                let expected = nash_by_the_text(&terms, &firms);
                let outcome = settle(&terms, &firms);
                assert_eq!(gives(&outcome), expected.unwrap_or_default(), "{terms:?} {firms:?}");
                let from_first = Edge::new(&terms, firms[0], firms[1]).best(0..=n0);
                let from_second = Edge::new(&terms, firms[1], firms[0]).best(0..=n1);
                equal_edges +=
                    u32::from(outcome.share && from_first.map(|x| x.1) == from_second.map(|x| x.1));
            }
        }
    }
    assert!(equal_edges > 100, "{equal_edges}");
}

/// The one kind of plateau: 17·(10^6 − c_e) = 8·(10^6 − c_o) and f(1) + f(2) = 17·F/4 at A = 4·g.
#[test]
fn a_level_step_gives_the_smaller_number() {
    let terms = terms("cournot", 500_000, "nash", [1, 1]);
    let (giver, other) = ([2, 586_000, 28_000], [1, 133_000, 17_000]);
    let edge = Edge::new(&terms, giver, other);
    assert!(edge.product(1).is_some() && edge.product(1) == edge.product(2), "level");
    assert_eq!(gives(&settle(&terms, &[giver, other])), [1, 1]);
    // Pooling everything lies on both edges and is as good: the first edge wins.
    assert_eq!(gives(&settle(&terms, &[other, giver])), [1, 2]);
    for firms in [[giver, other], [other, giver]] {
        assert_eq!(nash_by_the_text(&terms, &firms), Some(gives(&settle(&terms, &firms))));
    }
}

/// With up to 2^32 − 1 records: better than its neighbours, than the ends and than drawn numbers.
#[test]
fn the_bargain_over_many_records() {
    let most = (1u64 << 32) - 1;
    let mut shared = 0;
    for seed in 0..200 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut firm = || {
            let n = [most, most - 1, 1 << 31, rng.gen_range(1..=most), 1][rng.gen_range(0..5usize)];
            [n, 0, (n * rng.gen_range(1..60_000)).min((1 << 48) - 1)]
        };
        let firms = [firm(), firm()];
        let similarity = [0, 300_000, 700_000, 999_999][rng.gen_range(0..4usize)];
        let terms = terms(if seed % 2 == 0 { "cournot" } else { "bertrand" }, similarity, "nash", [1, 1]);
        let outcome = settle(&terms, &firms);
        let edges = [Edge::new(&terms, firms[0], firms[1]), Edge::new(&terms, firms[1], firms[0])];
        let gives = gives(&outcome);
        let tried = edges.iter().zip(gives).filter_map(|(edge, d)| {
            let whole = edge.giver[0];
            let drawn: Vec<u64> = (0..40).map(|_| rng.gen_range(0..=whole)).collect();
            let near = (d.saturating_sub(3)..=d.saturating_add(3)).filter(|near| *near <= whole);
            Some(edge.best(drawn.into_iter().chain(near).chain([0, 1, whole - 1, whole]))?.1)
        });
        let found = tried.max();
        let about = format!("seed {seed}: {terms:?} {firms:?}: {gives:?}");
        assert_eq!(
            found.is_some() && alone(&terms, &firms).iter().all(Signed::is_positive),
            outcome.share,
            "{about}"
        );
        if outcome.share {
            let given =
                [0, 1].map(|e| edges[e].product(gives[e]).filter(|_| gives[1 - e] == firms[1 - e][0]));
            assert_eq!(found, given.into_iter().flatten().max(), "{about}");
            shared += 1;
        }
    }
    assert!(shared > 100, "{shared}");
}

#[test]
fn private_numbers_are_not_printed() {
    assert_eq!(format!("{:?}", row([123, 456, 789])), "Row(secret)");
}
