//! Each constraint is taken out of the matrices, and somebody cheats.

use super::*;
use crate::field::{Fr, from_integer, from_u64};
use crate::testing::cheat::{Cheat, every_constraint_is_needed, wires_of};
use num_bigint::BigInt;

/// The cheats against the circuit.
struct Arena {
    matrices: Matrices,
    cheats: Vec<Cheat<DataSharingCircuit>>,
}

/// Terms and firms.
type Market = (Terms, [[u64; 3]; 2]);

/// Two firms that share, as the outcome of what costs with less data.
fn sharing(exponent: [u64; 2]) -> Market {
    (terms("cournot", 500_000, "all-or-nothing", exponent), [[30, 0, 600_000], [40, 0, 600_000]])
}

/// Two firms that do not share, because the first would gain too little; with a factor of 0 for both together they
/// would.
fn reluctant(exponent: [u64; 2]) -> Market {
    let similarity = [900_000, 700_000, 600_000][exponent[0] as usize - 1];
    (terms("cournot", similarity, "all-or-nothing", exponent), [[4, 0, 100_000], [1, 0, 100_000]])
}

/// Two firms of independent goods, which share whatever their sizes are.
fn independent(first: [u64; 3], second: [u64; 3]) -> Market {
    (terms("cournot", 0, "all-or-nothing", [1, 1]), [first, second])
}

/// The market in which a false factor of one size turns the decision: a smaller one for the sum of both.
fn turned_by_factor(size: usize, exponent: [u64; 2]) -> Market {
    if size == 2 { reluctant(exponent) } else { sharing(exponent) }
}

/// `2^(48q)`.
fn whole([_, q]: [u64; 2]) -> BigInt {
    BigInt::from(1) << (48 * q)
}

fn sizes([first, second]: [[u64; 3]; 2]) -> [u64; 3] {
    [first[0], second[0], first[0] + second[0]]
}

impl Arena {
    /// The claim that firms share although they do not, or the other way round, with wires of choice.
    fn lie(
        &mut self,
        property: &'static str,
        about: &'static str,
        market: &Market,
        chosen: Vec<(usize, Fr)>,
    ) {
        self.lie_with(property, about, market, chosen, |_| {});
    }

    /// The same, where the prover also says something else about the case.
    fn lie_with(
        &mut self,
        property: &'static str,
        about: &'static str,
        (terms, firms): &Market,
        chosen: Vec<(usize, Fr)>,
        say: impl FnOnce(&mut Case),
    ) {
        let mut case = deciding(terms, firms, !settle(terms, firms).share);
        say(&mut case);
        self.cheats.push(Cheat { property, about, case, chosen });
    }

    /// The claim that a firm gives another number of records than it has.
    fn gives(
        &mut self,
        property: &'static str,
        about: &'static str,
        market: &Market,
        (row, given): (usize, u64),
        chosen: Vec<(usize, Fr)>,
    ) {
        let (terms, firms) = market;
        let outcome = settle(terms, firms);
        let mut claimed = gives(&outcome);
        assert!(outcome.share && claimed[row] != given, "{about}: the claim is false");
        claimed[row] = given;
        let mut case = claiming(terms, firms, true, claimed);
        // The factors are those of the sizes that are claimed.
        let exponent = native::weights_and_exponent(terms).unwrap().1;
        let sizes = [claimed[0], claimed[1], claimed[0] + claimed[1]];
        case.witness.factors = sizes.map(|size| from_u64(exponent.learning(size)));
        self.cheats.push(Cheat { property, about, case, chosen });
    }

    /// The only wire in one side of a constraint.
    fn wire(&self, property: &str, nth: usize, side: usize) -> usize {
        let wires = wires_of(&self.matrices, property, nth, side);
        assert_eq!(wires.len(), 1, "{property} {nth} {side}");
        wires[0]
    }

    /// The product of a constraint is this number.
    fn product(&self, property: &str, nth: usize, is: impl Into<BigInt>) -> Vec<(usize, Fr)> {
        vec![(self.wire(property, nth, 2), from_integer(is))]
    }

    /// Numbers brought into range.
    fn of_ranges(&mut self, row: usize) {
        let (one, zero) = (from_u64(1), from_u64(0));
        let firm = |numbers: [u64; 3]| {
            let mut firms = [[7, 0, 9]; 2];
            firms[row] = numbers;
            independent(firms[0], firms[1])
        };
        for (property, column, end) in [
            ("more than the largest size counts as that", 0, 32),
            ("more than the largest learning cost counts as that", 2, 48),
        ] {
            let [inverse, fits] = [0, 2].map(|side| self.wire(property, 3 * row, side));
            let raised = self.wire(property, 3 * row + 2, 2);
            let told = |number: u64| {
                let mut numbers = [7, 0, 9];
                numbers[column] = number;
                firm(numbers)
            };
            let low = vec![(fits, one), (inverse, zero)];
            let (small, large) = (told(3), told((1 << end) + 5));
            if column == 0 {
                self.gives(
                    property,
                    "a small size counts as the cap",
                    &small,
                    (row, MAX_SIZE),
                    vec![(fits, zero)],
                );
                self.gives(property, "a large size counts by its low part", &large, (row, 5), low);
                self.gives(property, "any number more", &small, (row, 11), vec![(raised, from_u64(8))]);
            } else {
                self.lie(property, "a small cost counts as the cap", &small, vec![(fits, zero)]);
                self.lie(property, "a large cost counts by its low part", &large, low);
                self.lie(property, "any number more", &small, vec![(raised, from_u64(1 << 30))]);
            }
        }
        let property = "a size of zero counts as one";
        let floor = self.wire(property, 2 * row, 2);
        let chosen = |more: u64| vec![(floor, from_u64(more))];
        self.gives(property, "zero counts as five", &firm([0, 0, 9]), (row, 5), chosen(5));
        self.gives(property, "three count as eight", &firm([3, 0, 9]), (row, 8), chosen(5));
        let property = "a learning cost of zero counts as one";
        let floor = self.wire(property, 2 * row, 2);
        let chosen = vec![(floor, from_u64(1 << 30))];
        self.lie(property, "zero counts as a lot", &firm([7, 0, 0]), chosen.clone());
        self.lie(property, "three count as a lot", &firm([7, 0, 3]), chosen);
        self.of_irreducible_costs(row);
    }

    fn of_irreducible_costs(&mut self, row: usize) {
        let property = "more than the largest irreducible cost counts as that";
        let firm = |numbers: [u64; 3]| {
            let mut firms = [[7, 0, 9]; 2];
            firms[row] = numbers;
            independent(firms[0], firms[1])
        };
        let bit = self.wire(property, 3 * row, 0);
        let cut = self.wire(property, 3 * row + 2, 2);
        // The bit is −1: the cost is as much below the cap again, 2·200000 − 10^6. Distance 3·800000 − 2.
        let limbs = (0..16u32).map(|limb| (bit + 1 + limb as usize, from_u64(2_399_998 >> (4 * limb) & 15)));
        let chosen = [(bit, -from_u64(1))].into_iter().chain(limbs).collect();
        self.lie(property, "a cost is twice as far below the cap", &firm([1, 200_000, 900_000]), chosen);
        self.lie(property, "a small cost counts as the cap", &firm([7, 5, 9]), vec![(bit, from_u64(1))]);
        self.lie(property, "any number less", &firm([7, 5, 9]), vec![(cut, -from_u64(2_000_000))]);
    }

    /// Powers of a size: with a factor of 0 or 1 any power from the whole on passes.
    fn of_size_powers(&mut self, size: usize) {
        let property = "a power of a size";
        for (power, exponent) in [(0, [2, 3]), (1, [3, 4])] {
            let chosen = self.product(property, 2 * size + power, whole(exponent) + 1);
            let market = turned_by_factor(size, exponent);
            self.lie_with(property, "a large power", &market, chosen, |case| {
                case.witness.factors[size] = from_u64(0);
            });
        }
        let property = "the size's power is the numerator";
        for power in 0..3 {
            let exponent = [1, 2];
            let market = turned_by_factor(size, exponent);
            let own = if power == 0 { 0 } else { sizes(market.1)[size] };
            let chosen = self.product(property, 3 * size + power, whole(exponent) + 1 - own);
            self.lie_with(property, "a large power", &market, chosen, |case| {
                case.witness.factors[size] = from_u64(0);
            });
        }
    }

    /// Powers of a factor.
    fn of_factors(&mut self, size: usize) {
        let nothing = |case: &mut Case| case.witness.factors[size] = from_u64(0);
        let a_lot = |case: &mut Case| case.witness.factors[size] = from_u64((1 << 49) - 1);
        let property = "a power of a factor";
        for (power, exponent) in [(0, [1, 2]), (1, [1, 3]), (2, [1, 4])] {
            let market = turned_by_factor(size, exponent);
            let right = whole(exponent) / sizes(market.1)[size];
            let chosen = self.product(property, 3 * size + power, right);
            self.lie_with(property, "the right power of another factor", &market, chosen, nothing);
        }
        let (smaller, larger) = (turned_by_factor(size, [1, 2]), sharing([1, 2]));
        let property = "the factor's power is the denominator";
        self.lie_with(property, "no power is too large", &larger, Vec::new(), a_lot);
        self.lie_with(property, "no power is too small", &smaller, Vec::new(), nothing);
        let property = "a power of a factor times a power of its size";
        self.lie_with(property, "no product is too large", &larger, Vec::new(), a_lot);
        self.lie_with(property, "no product is too small", &smaller, Vec::new(), nothing);
        self.lie_with("a factor is not too large", "too large", &larger, Vec::new(), a_lot);
        self.lie_with("a factor is not too small", "too small", &smaller, Vec::new(), nothing);
    }

    /// Margins and falls.
    fn of_positions(&mut self, firm: usize) {
        let little = || -BigInt::from(1u128 << 100);
        let (exact, rounded) = (sharing([1, 1]), sharing([1, 2]));
        for nth in 0..2 {
            let property = "a margin times sizes";
            let chosen = self.product(property, 2 * firm + nth, little());
            self.lie(property, "a margin below 0", &exact, chosen);
        }
        let property = "a fall times sizes";
        let chosen = self.product(property, firm, little());
        self.lie(property, "a fall below 0", &exact, chosen);
        for nth in 0..2 {
            let property = "a cost by a factor";
            let chosen = self.product(property, 2 * firm + nth, -little());
            self.lie(property, "a large cost", &rounded, chosen);
        }
        for nth in 0..3 {
            let property = "with an exponent of one nothing is rounded";
            let sign = if nth == 2 { -1 } else { 1 };
            let chosen = self.product(property, 3 * firm + nth, little() * sign);
            self.lie(property, "a large difference", &exact, chosen);
        }
        for nth in 0..4 {
            let property = "own and rival numbers have their weights";
            let sign = if nth % 2 == 1 { -1 } else { 1 };
            let chosen = self.product(property, 4 * firm + nth, little() * sign);
            self.lie(property, "a large weight", &exact, chosen);
        }
    }

    /// The wires of the four bits that name a condition.
    fn names(&self) -> [usize; 4] {
        [0, 1, 2, 3].map(|nth| self.wire("a condition is named as broken or not", nth, 0))
    }

    fn of_decisions(&mut self) {
        let names = self.names();
        let bits = |values: [i64; 4]| {
            names.into_iter().zip(values).map(|(wire, value)| (wire, from_integer(value))).collect::<Vec<_>>()
        };
        for condition in 0..4 {
            let market =
                found(|differences| (0..4).all(|other| (differences[other] < 0) == (other == condition)));
            let property = "firms share only if no condition is broken";
            self.lie(property, "one is", &market, Vec::new());
            // One name counts −1 times and two others once: −1 + 1 + 1.
            let others: Vec<usize> = (0..4).filter(|other| *other != condition).take(2).collect();
            let market = found(|differences| {
                let least = differences.iter().min() >= Some(&0);
                least && differences[condition] > differences[others[0]] + differences[others[1]]
            });
            let mut values = [0; 4];
            values[condition] = -1;
            others.iter().for_each(|other| values[*other] = 1);
            let property = "a condition is named as broken or not";
            self.lie(property, "one counts against two others", &market, bits(values));
        }
        let market = sharing([1, 1]);
        let property = "the condition named is the one that counts";
        self.lie(property, "another distance", &market, Vec::new());
        let property = "firms that do not share name one condition";
        self.lie(property, "none is named", &market, bits([0; 4]));
        self.lie("the condition named is broken", "it is not", &market, Vec::new());
        let property = "a firm that shares gives all";
        for row in 0..2 {
            let mut case = deciding(&market.0, &market.1, true);
            case.results[0][row] = from_u64(9);
            let chosen = self.product(property, row, 9);
            self.cheats.push(Cheat { property, about: "it gives a part", case, chosen });
        }
        let short = -BigInt::from(differences(&market.0, &market.1)[0] + 1);
        let limb = wires_of(&self.matrices, "the condition named is broken", 0, 1)[0];
        for property in
            ["a limb lies in the table", "a table entry counts its limbs", "the lookup sums are equal"]
        {
            self.lie(
                property,
                "a number below 0 in one limb",
                &market,
                vec![(limb, from_integer(short.clone()))],
            );
        }
    }

    /// The circuit is about other numbers than the ledger or the settlement.
    fn of_links(&mut self) {
        let market = independent([7, 0, 9], [7, 0, 9]);
        let (terms, firms) = &market;
        for (column, property) in [
            "data sizes are the ledger's",
            "irreducible costs are the ledger's",
            "learning costs are the ledger's",
        ]
        .into_iter()
        .enumerate()
        {
            let mut told = *firms;
            told[0][column] = 1 << 31;
            let outcome = settle(terms, &told);
            assert_ne!(outcome, settle(terms, firms), "{property}");
            let mut case = claiming(terms, firms, outcome.share, gives(&outcome));
            case.witness = claiming(terms, &told, outcome.share, gives(&outcome)).witness;
            self.cheats.push(Cheat { property, about: "another number", case, chosen: Vec::new() });
        }
        let mut case = deciding(terms, firms, true);
        case.results[0][0] += from_u64(1);
        let property = "gives are the settlement's";
        self.cheats.push(Cheat { property, about: "another number", case, chosen: Vec::new() });
    }
}

/// Terms and firms for β = 1 whose differences are like this, from a small grid.
fn found(like: impl Fn(&[i128; 4]) -> bool) -> Market {
    for similarity in [500_000, 900_000, 0] {
        let terms = terms("cournot", similarity, "all-or-nothing", [1, 1]);
        for grid in 0..6u64.pow(4) {
            let digit = |place: u32| (grid / 6u64.pow(place) % 6) as usize;
            let size = |place| [1, 2, 4, 20, 100, 1_000][digit(place)];
            let cost = |place| [1, 1_000, 100_000, 900_000, 1_900_000, 10_000_000][digit(place)];
            let firms = [[size(0), 0, cost(1)], [size(2), 0, cost(3)]];
            if like(&differences(&terms, &firms)) {
                return (terms, firms);
            }
        }
    }
    panic!("no such market");
}

#[test]
fn every_constraint_is_needed_to_decide() {
    let mut arena = Arena { matrices: arena().1, cheats: Vec::new() };
    (0..2).for_each(|row| arena.of_ranges(row));
    (0..3).for_each(|size| arena.of_size_powers(size));
    (0..3).for_each(|size| arena.of_factors(size));
    (0..2).for_each(|firm| arena.of_positions(firm));
    arena.of_decisions();
    arena.of_links();
    every_constraint_is_needed("data-sharing/v1", &arena.matrices, &arena.cheats);
}
