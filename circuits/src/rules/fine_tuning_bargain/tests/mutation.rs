//! Each constraint is taken out of the matrices, and somebody cheats.

use super::*;
use crate::field::{Fr, from_integer, from_u64};
use crate::rules::fine_tuning_bargain::share::{nash, value};
use crate::testing::cheat::{Cheat, every_constraint_is_needed, wires_of};
use crate::testing::round::Challenges;
use num_bigint::BigInt;
use num_traits::Signed;

/// One circuit and the cheats against it.
struct Arena {
    circuit: FineTuningBargainCircuit,
    matrices: Matrices,
    cheats: Vec<Cheat<FineTuningBargainCircuit>>,
}

/// A false claim before wires are chosen.
#[derive(Clone)]
struct Lie {
    terms: Terms,
    costs: Vec<u64>,
    share: u64,
}

impl Lie {
    fn new(solution: &str, costs: [u64; 2], share: u64) -> Self {
        Self { terms: terms(solution, &[[1, 1_000_003]], 0), costs: costs.to_vec(), share }
    }

    fn right(&self) -> u64 {
        shares(&settle(&self.terms, &self.costs))
    }

    /// The claim that the share is so much more.
    fn off_by(mut self, by: i64) -> Self {
        self.share = self.right().checked_add_signed(by).unwrap();
        self
    }
}

impl Arena {
    fn new(domains: usize) -> Self {
        let (circuit, matrices) = arena(domains);
        Self { circuit, matrices, cheats: Vec::new() }
    }

    /// A false claim, with wires of choice.
    fn lie(&mut self, property: &'static str, about: &'static str, lie: &Lie, chosen: Vec<(usize, Fr)>) {
        assert_ne!(lie.share, lie.right(), "{about}: the claim is false");
        let case = claiming(&self.circuit, &lie.terms, &lie.costs, lie.share);
        self.cheats.push(Cheat { property, about, case, chosen });
    }

    /// The only wire in one side of a constraint.
    fn wire(&self, property: &str, nth: usize, side: usize) -> usize {
        let wires = wires_of(&self.matrices, property, nth, side);
        assert_eq!(wires.len(), 1, "{property} {nth} {side}");
        wires[0]
    }

    /// What the product of a constraint is in the claim, and so much more.
    fn product(&self, property: &str, nth: usize, lie: &Lie, more: Fr) -> Vec<(usize, Fr)> {
        let case = claiming(&self.circuit, &lie.terms, &lie.costs, lie.share);
        let wire = self.wire(property, nth, 2);
        vec![(wire, case.assignment(&Challenges::new(0)).full()[wire] + more)]
    }

    /// The link of each column: the circuit is about other numbers than the ledger or the settlement.
    fn unlinked(&mut self, lie: &Lie, told: &[u64]) {
        let mut told_lie = lie.clone();
        told_lie.costs = told.to_vec();
        told_lie.share = told_lie.right();
        let mut case = claiming(&self.circuit, &lie.terms, &lie.costs, told_lie.share);
        case.witness = claiming(&self.circuit, &lie.terms, told, told_lie.share).witness;
        let push = |cheats: &mut Vec<_>, property, about, case| {
            cheats.push(Cheat { property, about, case, chosen: Vec::new() });
        };
        push(&mut self.cheats, "costs are the ledger's", "other costs than the sealed ones", case);

        let right = settle(&lie.terms, &lie.costs);
        let honest = || claiming(&self.circuit, &lie.terms, &lie.costs, shares(&right));
        for (column, property) in
            ["receipts are the settlement's", "shares are the settlement's"].into_iter().enumerate()
        {
            let mut case = honest();
            case.results[column][0] += from_u64(1);
            push(&mut self.cheats, property, "another result than the circuit's", case);
        }
    }

    /// A number below 0 as one limb.
    fn negative_limb(&mut self, lie: &Lie, value: &BigInt) {
        assert!(value.is_negative());
        let limb = wires_of(&self.matrices, "the share is not too large", 0, 1)[0];
        for property in
            ["a limb lies in the table", "a table entry counts its limbs", "the lookup sums are equal"]
        {
            self.lie(property, "a value below 0 in one limb", lie, vec![(limb, from_integer(value.clone()))]);
        }
    }

    /// What both circuits ask of costs, shares and parts.
    fn common(&mut self, lie: &Lie, rows: usize) {
        let cost = |cost: u64, row: usize| {
            let mut lie = lie.clone();
            lie.costs[row] = cost;
            lie
        };
        let counted_as = |mut lie: Lie, cost: u64, row: usize| {
            let mut other = lie.clone();
            other.costs[row] = cost;
            lie.share = other.right();
            lie
        };
        for row in 0..rows {
            let property = "more than the largest cost counts as that";
            let fits = self.wire(property, 3 * row, 2);
            let inverse = self.wire(property, 3 * row, 0);
            let raised = self.wire(property, 3 * row + 2, 2);
            let small = counted_as(cost(3, row), MAX_COST, row);
            self.lie(property, "a small cost counts as the cap", &small, vec![(fits, from_u64(0))]);
            let large = counted_as(cost((1 << 32) + 5, row), 5, row);
            let chosen = vec![(fits, from_u64(1)), (inverse, from_u64(0))];
            self.lie(property, "a large cost counts by its low part", &large, chosen);
            let other = counted_as(cost(3, row), 11, row);
            self.lie(property, "a cost is raised by any number", &other, vec![(raised, from_u64(8))]);

            let property = "a cost of zero counts as one";
            let floor = self.wire(property, 2 * row, 2);
            let mut zero = cost(0, row);
            zero.share = without_floor(&zero);
            self.lie(property, "a cost of zero counts as zero", &zero, vec![(floor, from_u64(0))]);
            let other = counted_as(cost(3, row), 8, row);
            self.lie(property, "a cost is raised by any number", &other, vec![(floor, from_u64(5))]);
        }
        let (more, less) = (lie.clone().off_by(1), lie.clone().off_by(-1));
        self.lie("the share is not too large", "one unit more", &more, Vec::new());
        self.lie("the share is not too small", "one unit less", &less, Vec::new());
    }

    /// A unit is moved from a specialist to the generalist.
    fn moved_unit(&mut self, lie: &Lie) {
        let right = settle(&lie.terms, &lie.costs);
        for domain in 1..lie.costs.len() {
            let mut receipts = receipts(&right);
            receipts[0] += 1;
            receipts[domain] -= 1;
            let receipts = Some(receipts.into_iter().map(Wide).collect());
            let claim = claimed(&lie.terms, &lie.costs, &Outcome { receipts, ..right.clone() });
            self.cheats.push(Cheat {
                property: "a part is the share of its pot, rounded down",
                about: "a unit is moved",
                case: claim.shards(&self.circuit).unwrap().remove(0),
                chosen: Vec::new(),
            });
        }
    }
}

/// The utilitarian share if a cost of zero counted as zero.
fn without_floor(lie: &Lie) -> u64 {
    let costs: Vec<u128> = lie.costs.iter().map(|cost| u128::from(*cost)).collect();
    let rates: Vec<u128> = lie.terms.domains.iter().map(|domain| domain.revenue_rate.0.into()).collect();
    weighed(&costs, &rates, [0; 7])
}

/// The utilitarian share if the products c1·c2, c3·c4, P, P/c1, …, P/c4 were so much more.
fn weighed(costs: &[u128], rates: &[u128], more: [u128; 7]) -> u64 {
    let cost = |row: usize| costs.get(row).copied().unwrap_or(1);
    let [first, last] = [cost(1) * cost(2) + more[0], cost(3) * cost(4) + more[1]];
    let all = first * last + more[2];
    let all_but = [cost(2) * last, cost(1) * last, first * cost(4), first * cost(3)];
    let parts =
        rates.iter().zip(all_but).zip(&more[3..]).map(|((rate, but), more)| rate * rate * (but + more));
    let (sum, parts) = (rates.iter().sum::<u128>(), cost(0) * parts.sum::<u128>());
    share_of(sum * sum * all, parts)
}

fn share_of(own: u128, others: u128) -> u64 {
    (u128::from(WHOLE) * own / (own + others)) as u64
}

/// The largest share at which a polynomial is not below 0.
fn root(polynomial: &[i128]) -> u64 {
    let least = |k: u64| !value(polynomial, k.into()).is_negative();
    assert!(least(0) && !least(WHOLE));
    let (mut low, mut high) = (0, WHOLE);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if least(middle) { low = middle } else { high = middle }
    }
    low
}

/// Nash's polynomial with products that are so much more.
fn nash_of(costs: [i128; 2], more: [i128; 3]) -> [i128; 4] {
    let [a, b] = costs;
    let [aa, ab, bb] = [a * a + more[0], a * b + more[1], b * b + more[2]];
    [aa, 5 * ab - 6 * aa, 3 * bb - 15 * ab + 9 * aa, -(4 * bb - 10 * ab + 4 * aa)]
}

/// Kalai and Smorodinsky's for c0 > c1, with products of a cost and the excess that are so much more.
fn kalai_smorodinsky_of([a, b]: [i128; 2], more: [i128; 2]) -> [i128; 3] {
    let excess = a - b;
    let [xa, xb] = [excess * a + more[0], excess * b + more[1]];
    [
        2 * a * b - a * a + 2 * xa,
        4 * b * b - 8 * a * b + 2 * a * a - 8 * xa + 4 * xb,
        6 * a * b - 5 * b * b - a * a + 6 * xa - 6 * xb,
    ]
}

fn power_of_whole(power: u32) -> Fr {
    from_integer(BigInt::from(1) << (32 * power))
}

/// The comparison of the two costs.
fn of_comparison(arena: &mut Arena) {
    let property = "which cost is larger";
    let bit = arena.wire(property, 0, 0);
    let (one, zero) = (from_u64(1), from_u64(0));
    // max(0, c1 − c0) counts as 0, and max(0, c0 − c1) as 0.
    let lie = Lie::new("powerful-d", [2, 7], 0);
    arena.lie(property, "the smaller cost counts as the larger", &lie, vec![(bit, one)]);
    let lie = Lie::new("powerful-g", [7, 2], WHOLE);
    arena.lie(property, "the larger cost counts as the smaller", &lie, vec![(bit, zero)]);
    // The distance is 16 if the bit is 2: (2·5 + 1)·2 = 16 + 6.
    let lie = Lie::new("powerful-g", [7, 2], 7 * WHOLE / 17);
    let limbs = (1..=8).map(|limb| (bit + limb, if limb == 2 { one } else { zero }));
    let chosen = [(bit, from_u64(2))].into_iter().chain(limbs).collect();
    arena.lie(property, "a cost is twice as much larger as it is", &lie, chosen);
    let property = "by how much the first cost is larger";
    let excess = arena.wire(property, 0, 2);
    let lie = Lie::new("powerful-g", [7, 2], 7 * WHOLE / 10);
    arena.lie(property, "by 3 instead of 5", &lie, vec![(excess, from_u64(3))]);
}

/// The coefficients of the polynomial.
fn of_coefficients(arena: &mut Arena) {
    let property = "a product of two costs";
    for nth in 0..3 {
        let mut more = [0; 3];
        more[nth] = 1;
        let lie = Lie::new("nash", [7, 5], root(&nash_of([7, 5], more)));
        let chosen = arena.product(property, nth, &lie, from_u64(1));
        arena.lie(property, "one more", &lie, chosen);
    }
    for nth in 0..2 {
        let mut more = [0; 2];
        more[nth] = 1;
        let share = root(&kalai_smorodinsky_of([7, 2], more));
        let lie = Lie::new("kalai-smorodinsky", [7, 2], share);
        let chosen = arena.product(property, 3 + nth, &lie, from_u64(1));
        arena.lie(property, "one more", &lie, chosen);
    }
    // Which power of the share each of the sixteen products is a coefficient of.
    let powers = [0, 1, 0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 0, 1, 0, 1];
    let property = "the coefficients are the chosen solution's";
    assert_eq!(arena.matrices.rows_of(property).len(), powers.len());
    for (nth, power) in powers.into_iter().enumerate() {
        let mut polynomial = nash(7, 5);
        polynomial[power] -= 1;
        let lie = Lie::new("nash", [7, 5], root(&polynomial));
        let less = -power_of_whole(3 - power as u32);
        let chosen = arena.product(property, nth, &lie, less);
        arena.lie(property, "one less in a coefficient", &lie, chosen);
    }
}

/// A share above the whole: Nash's polynomial falls through 0 there once more.
fn above_the_whole() -> Lie {
    // N falls between the roots 6S/5 and 3S of the product of utilities.
    let polynomial = nash(3, 1);
    let least = |k: u64| !value(&polynomial, k.into()).is_negative();
    let (mut low, mut high) = (2 * WHOLE, 3 * WHOLE);
    assert!(least(low) && !least(high));
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if least(middle) { low = middle } else { high = middle }
    }
    let mut lie = Lie::new("nash", [3, 1], low);
    lie.terms.domains[0].revenue = Amount(0);
    lie
}

#[test]
fn every_constraint_of_one_domain_is_needed() {
    let mut arena = Arena::new(1);
    arena.common(&Lie::new("utilitarian", [7, 5], 0), 2);
    of_comparison(&mut arena);
    of_coefficients(&mut arena);
    let lie = Lie::new("nash", [7, 5], 0);
    let (more, less) = (lie.clone().off_by(1), lie.clone().off_by(-1));
    arena.lie("the value at the share", "what suits", &more, Vec::new());
    arena.lie("the value at the next share", "what suits", &less, Vec::new());
    arena.lie("the share is at most the whole", "another root", &above_the_whole(), Vec::new());
    arena.negative_limb(&more, &value(&nash(7, 5), more.share.into()));
    arena.moved_unit(&lie);
    arena.unlinked(&lie, &[7, 6]);
    every_constraint_is_needed("fine-tuning-bargain/v1, one domain", &arena.matrices, &arena.cheats);
}

#[test]
fn every_constraint_of_several_domains_is_needed() {
    let mut arena = Arena::new(4);
    let domains = [[1, 1_000], [2, 77], [1, 1 << 40], [3, u64::MAX]];
    let (costs, rates) = ([4u128, 3, 2, 5, 6], [1u128, 2, 1, 3]);
    let lie = Lie {
        terms: terms("utilitarian", &domains, 0),
        costs: costs.iter().map(|cost| *cost as u64).collect(),
        share: 0,
    };
    let claim = |share| Lie { share, ..lie.clone() };
    arena.common(&lie, 5);
    for nth in 0..7 {
        let mut more = [0; 7];
        more[nth] = 1;
        let property = "a product of costs";
        let claim = claim(weighed(&costs, &rates, more));
        let chosen = arena.product(property, nth, &claim, from_u64(1));
        arena.lie(property, "one more", &claim, chosen);
    }
    // R²P = 49·180, the others' parts 60 + 4·90 + 36 + 9·30.
    let (own, parts) = (49 * 180, 60 + 4 * 90 + 36 + 9 * 30);
    let mut weight = |property, nth, share, more| {
        let claim = claim(share);
        let chosen = arena.product(property, nth, &claim, from_u64(more));
        arena.lie(property, "more", &claim, chosen);
    };
    for nth in 0..4 {
        weight("a domain counts by the square of its rate", nth, share_of(own, 4 * (parts + 1)), 1);
    }
    weight("the generalist's weight", 0, share_of(own + 1, 4 * parts), 1);
    weight("the specialists' weight", 0, share_of(own, 4 * parts + 1), 1);
    let more = lie.clone().off_by(1);
    arena.lie("the share of all weights", "what suits", &more, Vec::new());
    arena.negative_limb(&more, &(BigInt::from(own) * WHOLE - BigInt::from(own + 4 * parts) * more.share));
    for row in 2..5 {
        let right = lie.clone().right();
        let mut case = claiming(&arena.circuit, &lie.terms, &lie.costs, right);
        case.results[1][row] = from_u64(right + 1);
        let property = "a row that is not there has no share";
        let chosen = vec![(arena.wire(property, row - 2, 2), from_u64(right + 1))];
        arena.cheats.push(Cheat { property, about: "one row has another share", case, chosen });
    }
    arena.moved_unit(&lie);
    arena.unlinked(&lie, &[4, 3, 2, 5, 7]);
    every_constraint_is_needed("fine-tuning-bargain/v1, four domains", &arena.matrices, &arena.cheats);
}
