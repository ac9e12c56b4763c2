//! Every outcome of every tiny round against the matrices, with every tie cut and every hand-over that a prover
//! could choose.
//!
//! What such a prover cannot choose is settled by a first look: with values and flags given, the distances are
//! forced by the link and their limbs by the table, so if these constraints fail they fail for every cut.

use super::*;
use crate::testing::round::{Challenges, ShardCase, holds, record};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Valuations are below this.
const VALUES: u64 = 4;
/// Reserve prices are at most this; claimed prices at most one more.
const RESERVES: u64 = 4;

/// The constraints that the cut, the product, the carries and the derived flags enter.
const OF_THE_CUT: &[&str] = &[
    "the carry taken is two bits",
    "the first shard takes nothing",
    "at the price the open rows win",
    "ties close at most once",
    "ties end at a bit",
    "a loser at the price is a zero factor",
    "with copies to spare all ties win",
    "a price above the reserve has a setter",
    "the carry given is this shard's end",
    "the carry says whether the product is zero",
];

/// A claimed price and its winners, row `i` as bit `i`.
type Claim = (u64, u32);

/// The derived flags of a claim: bit 0 `setter_due`, bit 1 `all_ties_win`.
type Derived = usize;

/// A circuit with its constraints in two parts.
struct Arena {
    circuit: UniformPriceCircuit,
    /// Independent of cuts, products, carries and derived flags.
    firm: Matrices,
    /// The others.
    free: Matrices,
}

impl Arena {
    fn new(capacity: usize) -> Self {
        let circuit = UniformPriceCircuit::sized(capacity, 4);
        let all = record(&circuit, &circuit.blank());
        let (of_the_cut, others): (Vec<_>, Vec<_>) =
            all.properties().into_iter().map(|(name, _)| name).partition(|name| OF_THE_CUT.contains(name));
        assert_eq!(of_the_cut.len(), OF_THE_CUT.len());
        let without = |names: &[&str]| names.iter().fold(all.without(""), |rest, name| rest.without(name));
        let (firm, free) = (without(&of_the_cut), without(&others));
        assert_eq!(firm.constraints() + free.constraints(), all.constraints());
        let wires = Wires::new(&circuit, &all);
        let used: BTreeSet<usize> = firm.abc.iter().flatten().flatten().map(|(_, wire)| *wire).collect();
        assert!(used.range(wires.open(0)..).next().is_none(), "no wire of the cut is in the first look");
        Self { circuit, firm, free }
    }

    /// The wires of a claim about one shard, with this cut: the first `cut` rows are open.
    fn wires(&self, values: &[u64], claim: Claim, shard: Shard, hands: [HandOver; 2], cut: usize) -> Vec<Fr> {
        let (price, winners) = claim;
        let won = flags(winners, values.len());
        let mut witness: Witness = Witness::fill(self.circuit.rows(), price, values, &won, hands[0], shard);
        witness.ties_open = (0..self.circuit.capacity()).map(|row| row < cut).collect();
        witness.given = hands[1];
        let terms = terms(1, price);
        let case = ShardCase {
            results: Vec::new(),
            circuit: self.circuit,
            columns: vec![won.iter().map(|won| from_u64((*won).into())).collect()],
            scalars: native::claim(&terms, &native::implied(&terms, won, Amount(price))).scalars(shard),
            sealed: vec![values.iter().map(|x| from_u64(*x)).collect()],
            taken: hands[0].to_field(),
            given: hands[1].to_field(),
            witness,
        };
        case.assignment(&Challenges::new(13)).full()
    }

    /// For which derived flags some cut makes the claim pass, for this shard and these hand-overs.
    fn passes(&self, values: &[u64], claim: Claim, shard: Shard, hands: [HandOver; 2]) -> [bool; 4] {
        let mut passes = [false; 4];
        if !holds(&self.firm, &self.wires(values, claim, shard, hands, 0)) {
            return passes;
        }
        let public = self.circuit.layout().inputs();
        for cut in 0..=self.circuit.capacity() {
            let mut z = self.wires(values, claim, shard, hands, cut);
            for (derived, passes) in passes.iter_mut().enumerate() {
                // The last two public inputs; no other wire depends on them.
                z[public - 1] = from_u64(derived as u64 & 1);
                z[public] = from_u64(derived as u64 >> 1);
                *passes |= holds(&self.free, &z);
            }
        }
        passes
    }
}

fn flags(winners: u32, rows: usize) -> Vec<bool> {
    (0..rows).map(|row| winners >> row & 1 == 1).collect()
}

fn table(rows: usize, number: u64) -> Vec<u64> {
    (0..rows as u32).map(|row| number / VALUES.pow(row) % VALUES).collect()
}

fn tables(rows: usize) -> u64 {
    VALUES.pow(rows as u32)
}

fn every_claim(rows: usize) -> impl Iterator<Item = Claim> {
    (0..=RESERVES + 1).flat_map(move |price| (0..1 << rows).map(move |winners| (price, winners)))
}

/// The claims that pass the integer checks under these terms, with their derived flags.
fn checked(rows: usize, terms: &Terms) -> Vec<(Claim, Derived)> {
    let whole = Shard { index: 0, count: 1, rows: rows as u64 };
    let derived = |(price, winners): Claim| {
        let outcome = native::implied(terms, flags(winners, rows), Amount(price));
        let passes = native::check_outcome(terms, rows, &outcome).is_ok();
        let [.., setter_due, all_ties_win] = native::claim(terms, &outcome).scalars(whole)[..] else {
            panic!("the derived flags are the last scalars");
        };
        let flag = |scalar: Fr| usize::from(scalar == from_u64(1));
        passes.then(|| ((price, winners), flag(setter_due) + 2 * flag(all_ties_win)))
    };
    every_claim(rows).filter_map(derived).collect()
}

/// All terms with up to one copy more than rows, and their checked claims.
fn every_terms(rows: usize) -> Vec<(Terms, Vec<(Claim, Derived)>)> {
    let copies = 1..=rows as u64 + 1;
    let every = copies.flat_map(|copies| (0..=RESERVES).map(move |reserve| terms(copies, reserve)));
    every.map(|terms| (terms.clone(), checked(rows, &terms))).collect()
}

/// The evaluator's claim.
fn right(terms: &Terms, values: &[u64]) -> Claim {
    let outcome = UniformPrice::evaluate(terms, &rows(values)).unwrap();
    let winners = outcome.won.iter().rev().fold(0, |winners, won| winners << 1 | u32::from(*won));
    (outcome.clearing_price.0, winners)
}

const HANDS: [HandOver; 4] = [
    HandOver { ties_open: false, setter_missing: false },
    HandOver { ties_open: true, setter_missing: false },
    HandOver { ties_open: false, setter_missing: true },
    HandOver { ties_open: true, setter_missing: true },
];

/// Every table of up to 4 rows with values 0 to 3, up to one copy more than rows, reserve prices 0 to 4, circuits
/// with 0 to 2 rows of padding: of all outcomes that pass the integer checks the matrices have a witness for one,
/// the evaluator's.
#[test]
fn second_outcome() {
    let mut cases = 0;
    for n in 0..=4usize {
        let every_terms = every_terms(n);
        for capacity in n.max(1)..=n + 2 {
            let arena = Arena::new(capacity);
            (0..tables(n)).into_par_iter().for_each(|number| {
                let values = table(n, number);
                let shard = Shard { index: 0, count: 1, rows: n as u64 };
                let passes: BTreeMap<Claim, [bool; 4]> = every_claim(n)
                    .map(|claim| (claim, arena.passes(&values, claim, shard, [HANDS[0]; 2])))
                    .collect();
                for (terms, claims) in &every_terms {
                    let accepted = claims.iter().filter(|(claim, derived)| passes[claim][*derived]);
                    let accepted: Vec<Claim> = accepted.map(|(claim, _)| *claim).collect();
                    assert_eq!(accepted, [right(terms, &values)], "{values:?} {terms:?} in {capacity} rows");
                }
            });
            cases += tables(n) as usize * every_terms.len();
        }
    }
    assert_eq!(cases, 23_890, "every case was tried");
}

/// Who decides where the ties of a shard start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The shard before: the carry.
    Global,
    /// The shard itself, at the first tie: what a circuit without the carry's first bit does.
    Own,
}

/// Which shard of a round, with which rows, and the claim about it.
type Position = (bool, bool, Vec<u64>, Claim);

/// For every pair of hand-overs, the derived flags that pass.
type Passes = [[[bool; 4]; 4]; 4];

/// What a shard with `rows` rows accepts, by position.
fn shard_passes(arena: &Arena, capacity: usize) -> BTreeMap<Position, Passes> {
    let ends = [(true, true), (true, false), (false, true), (false, false)];
    let mut positions = Vec::new();
    for (first, last) in ends {
        // Only a last shard has padding, only a first one can be empty.
        let rows = (0..=capacity).filter(|n| (last || *n == capacity) && (first || *n > 0));
        for n in rows {
            for number in 0..tables(n) {
                positions.extend(every_claim(n).map(|claim| (first, last, table(n, number), claim)));
            }
        }
    }
    let passes = |position: Position| {
        let (first, last, values, claim) = &position;
        let index = u64::from(!*first);
        let shard = Shard { index, count: if *last { index + 1 } else { index + 2 }, rows: 0 };
        let mut passes = [[[false; 4]; 4]; 4];
        for (taken, row) in passes.iter_mut().enumerate() {
            for (given, entry) in row.iter_mut().enumerate() {
                // The verifier knows that nothing is handed over at the ends: the commitment is not there.
                if !(*first && taken > 0 || *last && given > 0) {
                    *entry = arena.passes(values, *claim, shard, [HANDS[taken], HANDS[given]]);
                }
            }
        }
        (position, passes)
    };
    positions.into_par_iter().map(passes).collect()
}

/// Whether hand-overs exist that make every shard of the claim pass.
fn chain(
    passes: &BTreeMap<Position, Passes>,
    capacity: usize,
    values: &[u64],
    (claim, derived): (Claim, Derived),
    cut: Cut,
) -> bool {
    let (price, winners) = claim;
    let count = values.len().div_ceil(capacity).max(1);
    let mut hands = BTreeSet::from([0usize]);
    for index in 0..count {
        let here = &values[index * capacity..values.len().min((index + 1) * capacity)];
        let winners = winners >> (index * capacity) & ((1 << here.len()) - 1);
        let (first, last) = (index == 0, index + 1 == count);
        let passes = &passes[&(first, last, here.to_vec(), (price, winners))];
        // The derived flags apply to the last shard; the others have them as 0.
        let derived = if last { derived } else { 0 };
        let taken = |hand: usize| match cut {
            Cut::Own if !first => hand & 2 | usize::from(price > 0),
            Cut::Own | Cut::Global => hand,
        };
        let next = |given: usize| hands.iter().any(|hand| passes[taken(*hand)][given][derived]);
        hands = (0..4).filter(|given| next(*given)).collect();
    }
    hands.contains(&0)
}

/// For every round of up to 4 rows in shards of 1 and of 2: how many rounds, and the accepted claims of those
/// that have not the evaluator's alone.
fn sharded(cut: Cut) -> (usize, Vec<String>) {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for capacity in 1..=2usize {
        let passes = shard_passes(&Arena::new(capacity), capacity);
        for n in 0..=4usize {
            for (terms, claims) in every_terms(n) {
                for number in 0..tables(n) {
                    let values = table(n, number);
                    let accepted =
                        claims.iter().filter(|claim| chain(&passes, capacity, &values, **claim, cut));
                    let accepted: Vec<Claim> = accepted.map(|(claim, _)| *claim).collect();
                    let right = right(&terms, &values);
                    assert!(accepted.contains(&right), "{values:?} {terms:?} in shards of {capacity}");
                    if accepted.len() > 1 {
                        wrong.push(format!("{values:?} {terms:?} in shards of {capacity}: {accepted:?}"));
                    }
                    cases += 1;
                }
            }
        }
    }
    (cases, wrong)
}

/// The same for rounds in shards of 1 and 2 rows, whose hand-overs a prover may choose: one outcome. With a cut
/// of its own per shard there would be two.
#[test]
fn shard_with_own_cut() {
    let (cases, wrong) = sharded(Cut::Global);
    assert_eq!(cases, 2 * 7_965);
    assert_eq!(wrong, Vec::<String>::new());
    let (_, wrong) = sharded(Cut::Own);
    println!("{} of {cases} rounds have a second outcome if every shard cuts its own ties", wrong.len());
    let example = "[3, 3] Terms { copies: Count(1), reserve_price: Amount(0), fee_bps: BasisPoints(0) } in shards of 1: [(3, 1), (3, 2)]";
    assert!(wrong.iter().any(|case| case == example), "{wrong:?}");
}
