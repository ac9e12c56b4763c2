//! Each constraint is taken out of the matrices, and somebody cheats.

use super::*;
use crate::gadgets::range::limbs;
use crate::testing::cheat::constraints_are_needed;
use num_integer::Integer;

/// The cheats against the circuit.
struct Arena {
    matrices: &'static Matrices,
    cheats: Vec<Cheat<ResourceStackelbergCircuit>>,
}

type Chosen = Vec<(usize, Fr)>;

/// The four owners cost 4 together if they are equal, in units of `2^32`.
const ONE: u128 = 1 << 32;

/// Four owners, and a value of which 4 are not spent if they are equal.
fn equal(budget: u64) -> Story {
    Story::new(terms_of(budget + 4, 3, 1), &[MILLION; ROWS])
}

/// One unit is left over, and another row than this one gets it; the row that does.
fn one_unit_for_another(row: usize) -> (Story, usize) {
    for quality in (900_000..MILLION).rev() {
        let story = Story::new(terms_of(1_000, 3, 1), &but((row + 1) % ROWS, quality));
        let (truth, floors) = (receipts(&story.truth()), story.divided());
        let over = |i: usize| from_u64(truth[i]) - floors[i].quotient;
        let holders: Vec<usize> = (0..ROWS).filter(|i| over(*i) == Fr::one()).collect();
        if let [holder] = holders[..]
            && holder != row
        {
            return (story, holder);
        }
    }
    panic!("no such round");
}

/// Two units are left over, this row has the largest key, and its remainder is at most two thirds of the divisor.
fn two_units_and_first(row: usize) -> Story {
    for quality in (900_000..MILLION).rev() {
        let story = Story::new(terms_of(1_000, 3, 1), &but(row, quality));
        let (truth, rows) = (receipts(&story.truth()), story.divided());
        let left = (0..ROWS).map(|i| from_u64(truth[i]) - rows[i].quotient).sum::<Fr>();
        let key = |i: usize| widths().key_of(i, rows[i].remainder);
        let first = (0..ROWS).all(|i| i == row || key(i) < key(row));
        let bounded = rows[row].remainder * from_u64(3) <= from_u128(2 * story.contest.total - 2);
        if left == from_u64(2) && first && bounded {
            return story;
        }
    }
    panic!("no such round");
}

impl Arena {
    fn push(&mut self, property: &'static str, about: &'static str, case: Case, chosen: Chosen) {
        self.cheats.push(Cheat { property, about, case, chosen });
    }

    /// The claim of what a story leads to, which is not the rule's outcome.
    fn lie(&mut self, property: &'static str, about: &'static str, story: &Story, chosen: Chosen) {
        assert_ne!(story.outcome(), story.truth(), "{property}: {about}");
        self.push(property, about, story.case(), chosen);
    }

    /// The only wire in one side of a constraint.
    fn wire(&self, property: &str, nth: usize, side: usize) -> usize {
        let wires = wires_of(self.matrices, property, nth, side);
        assert_eq!(wires.len(), 1, "{property} {nth} {side}");
        wires[0]
    }

    /// The product of a constraint is this number.
    fn product(&self, property: &str, nth: usize, is: impl Into<BigInt>) -> Chosen {
        vec![(self.wire(property, nth, 2), from_integer(is))]
    }

    /// The limbs in one side of a constraint make this number.
    fn number(&self, property: &str, nth: usize, side: usize, is: &BigUint) -> Chosen {
        let committed = |wire: &usize| *wire <= self.matrices.public + self.matrices.committed;
        let wires: Vec<usize> =
            wires_of(self.matrices, property, nth, side).into_iter().filter(committed).collect();
        let limbs = limbs(from_integer(is.clone()), wires.len() as u32, LIMB_BITS);
        wires.into_iter().zip(limbs).collect()
    }

    /// Qualities.
    fn of_qualities(&mut self, row: usize) {
        let told = |quality| Story::new(terms_of(1_000, 3, 1), &but(row, quality));
        let counted = |quality: u64| told(900_000).costing(costs(&terms_of(0, 1, 1), &but(row, quality)));

        let property = "a quality is not both below the best and above";
        let mut case = counted(800_000).case();
        case.witness.rows[row].quality = from_u64(800_000);
        let chosen = self.number(property, row, 1, &BigUint::from(100_000u32));
        self.push(property, "a smaller quality and an excess", case, chosen);

        let property = "who is out counts as having quality one";
        let chosen = self.product(property, row, 799_999);
        self.lie(property, "another quality", &counted(800_000), chosen);

        let property = "a cost is the whole by the quality, rounded down";
        let other = counted(800_000);
        let cost = BigUint::from(other.costs[row].unwrap());
        let chosen = self.number(property, 2 * row, 1, &cost);
        self.lie(property, "another cost", &other, chosen);
        // One less, and a remainder of one divisor more.
        let half = Story::new(terms_of(VALUE_MAX, 1, 1), &[500_000; ROWS]);
        let mut less = half.costs.clone();
        less[row] = less[row].map(|cost| cost - 1);
        let half = half.costing(less);
        let mut chosen = self.number(property, 2 * row, 1, &BigUint::from(half.costs[row].unwrap()));
        chosen.extend(self.number(property, 2 * row, 2, &BigUint::from(500_000u32)));
        self.lie(property, "one less", &half, chosen);

        let property = "the cost of who takes part";
        // So much that nothing is worth it.
        let mut story = told(MILLION).spending(0);
        story.contest.total += 1 << 50;
        let chosen = self.product(property, row, (1u64 << 50) + (1 << 32));
        self.lie(property, "so much that nothing is spent", &story, chosen);
    }

    /// Who is out.
    fn of_minimum(&mut self, row: usize) {
        let property = "an owner is out if its quality is below the minimum";
        let bit = self.wire(property, 2 * row, 0);
        let out = Story::new(terms_of(1_000, 3, 950_000), &but(row, 900_000));
        let inside = out.clone().costing(costs(&terms_of(0, 1, 1), &but(row, 900_000)));
        self.lie(property, "below the minimum, and in", &inside, vec![(bit, Fr::one())]);

        // A bit of 4/7: the owner counts with quality 1 + 999999·4/7, so it is too dear. The distance from the minimum
        // is 999999·4/7 − 500000, and the surplus times −4/7 is a number.
        let part = from_u64(4) * from_u64(7).inverse().unwrap();
        let cost = (MILLION << 32) / 571_429;
        let fits = |story: &Story| {
            let total = story.contest.total - u128::from(story.costs[row].unwrap());
            (2 * u128::from(cost)).checked_sub(total).is_some_and(|short| short.is_multiple_of(7))
        };
        let stories = (900_000..MILLION)
            .rev()
            .map(|quality| Story::new(terms_of(1_000, 3, 500_001), &but((row + 1) % ROWS, quality)));
        let story = { stories }.find(fits).unwrap();
        let story = story.with_set(&[0, 1, 2, 3].map(|other| other != row));
        let distance = limbs(from_u64(71_428), 5, LIMB_BITS);
        let chosen = [part].into_iter().chain(distance).enumerate();
        let chosen = chosen.map(|(i, value)| (bit + i, value)).collect();
        self.lie(property, "four sevenths in", &story, chosen);

        // Out, so with the highest cost, and yet in a contest with the only other owner.
        let property = "who is out does not take part";
        let mut qualities = [0; ROWS];
        (qualities[row], qualities[(row + 1) % ROWS]) = (400_000, MILLION);
        let story = Story::new(terms_of(VALUE_MAX, 1, 500_000), &qualities);
        let mut costs = story.costs.clone();
        costs[row] = Some(MILLION << 32);
        self.lie(property, "who is out takes part", &story.costing(costs), Vec::new());
    }

    /// Who takes part. An owner twice as dear as the others does not: with it, nothing is worth its cost.
    fn of_contest(&mut self, row: usize) {
        let story = Story::new(terms_of(10, 6, 1), &but(row, 500_000)).with_set(&[true; ROWS]);
        assert_eq!((story.budget, story.truth().budget), (0, Amount(1)));
        let property = "an owner takes part if its surplus is above zero";
        self.lie(property, "an owner too dear takes part", &story, Vec::new());
        let property = "a cost times the others";
        let chosen = self.product(property, row, 5 * ONE - 1);
        self.lie(property, "a surplus of 1", &story, chosen);
        let property = "the surplus of who takes part";
        let chosen = self.product(property, row, 0);
        self.lie(property, "no surplus", &story, chosen);
        let property = "who takes part is active if the budget is spent";
        let story = equal(996);
        let mut outcome = story.outcome();
        outcome.active[row] = false;
        let chosen = self.product(property, row, 0);
        self.push(property, "not active", story.claiming(&outcome), chosen);
    }

    /// Four owners of whom each takes part `(d + k)/(2k − 1)` times, with `d` the sum of its distances: three times
    /// together, so that a unit costs 3/2 and not 4/3.
    fn of_fractions(&mut self) {
        let property = "an owner takes part or does not";
        let mut story = Story::new(terms_of(9, 6, 1), &[MILLION; ROWS]).spending(0);
        (story.contest.count, story.contest.total) = (3, 3 * ONE);
        let whole = from_u128(2 * ONE - 1).inverse().unwrap();
        let times = [3 * ONE - 3, ONE, ONE, ONE].map(|times| from_u128(times) * whole);
        let chosen = times.into_iter().enumerate();
        let chosen = chosen.map(|(row, times)| (self.wire(property, row, 0), times)).collect();
        self.lie(property, "fractions of owners", &story, chosen);
    }

    /// Whether nobody takes part.
    fn of_nobody(&mut self) {
        let property = "whether nobody takes part";
        let (inverse, nobody) = (self.wire(property, 0, 0), self.wire(property, 1, 1));
        let mut story = equal(996).spending(0);
        story.contest.total -= 3;
        let chosen = vec![(nobody, -from_u64(3)), (inverse, Fr::one())];
        self.lie(property, "four owners and minus three: no others", &story, chosen);

        // Nobody, one and a half times: half an other, costs of 3/2. Every row, without weight, gets the quotient 1 and
        // a bonus.
        let story = Story::new(terms_of(9, 4, MILLION), &[5; ROWS]);
        let mut outcome = story.outcome();
        (outcome.budget, outcome.receipts) = (Amount(8), Some(vec![Amount(2); ROWS]));
        let mut case = story.claiming(&outcome);
        let half = from_u64(2).inverse().unwrap();
        let total = from_u64(3) * half;
        let divided = Divided { quotient: Fr::one(), remainder: -total, bonus: Fr::one() };
        case.witness.cut = widths().key_of(ROWS - 1, divided.remainder);
        let parts = place(widths(), total, case.witness.cut, &[divided; ROWS]);
        case.witness.rows.iter_mut().zip(parts).for_each(|(row, part)| row.part = part);
        self.push(property, "a budget for nobody", case, vec![(nobody, total)]);
    }

    /// Budgets of 6 less and 2 more than the right one.
    fn of_budget(&mut self) {
        let (smaller, larger) = (equal(996).spending(990), equal(996).spending(998));
        let property = "what is not spent times the others";
        let chosen = self.product(property, 0, 12);
        self.lie(property, "less than 10 times 3", &smaller, chosen);
        let property = "all costs times the unit cost";
        let chosen = self.product(property, 0, 30 * ONE);
        self.lie(property, "more than 3 times 4", &smaller, chosen);
        let property = "a budget of zero is not too large";
        let chosen = self.product(property, 0, 0);
        self.lie(property, "as if it were 0", &larger, chosen);
        self.lie("the budget is not too large", "it is", &larger, Vec::new());
        self.lie("the budget is not too small", "it is", &smaller, Vec::new());
        // Costs of which what is not spent falls 6 short.
        let limb = wires_of(self.matrices, "the budget is not too large", 0, 1)[0];
        let short = vec![(limb, -from_u128(6 * ONE))];
        for property in
            ["a limb lies in the table", "a table entry counts its limbs", "the lookup sums are equal"]
        {
            self.lie(property, "a number below 0 in one limb", &larger, short.clone());
        }
    }

    /// Units left over.
    fn of_split(&mut self, row: usize) {
        let (story, holder) = one_unit_for_another(row);
        let rows = story.divided();
        let one = Fr::one();
        let moved = |to: usize| {
            let mut rows = rows.clone();
            rows[to].bonus = one;
            rows
        };
        // Without the cut, and with a remainder below 0.
        let property = "the rows from the cut on have the bonuses";
        let end = widths().end(from_u128(story.contest.total));
        self.push(property, "another row", story.splitting(&moved(row), Some(end)), Vec::new());
        let property = "a remainder is at least 0, with a bonus below the divisor";
        let mut rounded = rows.clone();
        rounded[row].quotient += one;
        rounded[row].remainder -= from_u128(story.contest.total);
        self.push(property, "rounded up", story.splitting(&rounded, None), Vec::new());

        // The remainder of this row is larger than the holder's, as its exact share is or as what is taken is not.
        let more = rows[holder].remainder - rows[row].remainder + one;
        let mut larger = moved(row);
        larger[row].remainder += more;
        let exact = rows[row].quotient * from_u128(story.contest.total) + rows[row].remainder;
        let property = "the quotient times the divisor";
        let chosen = vec![(self.wire(property, row, 2), exact - rows[row].remainder - more)];
        self.push(property, "less is taken", story.splitting(&larger, None), chosen);
        let property = "the exact share times the divisor";
        let chosen = vec![(self.wire(property, row, 2), exact + more)];
        let mut case = story.splitting(&larger, None);
        case.results[1][row] = contribution(&story, row, exact + more);
        self.push(property, "a larger share", case, chosen);

        let property = "a bonus is one unit or none";
        let story = two_units_and_first(row);
        let mut rows = story.divided();
        rows[row].bonus = one + one;
        self.push(property, "two units", story.splitting(&rows, None), Vec::new());
    }

    /// Contributions.
    fn of_contributions(&mut self, row: usize) {
        let story = equal(997);
        let right = contributions(&story.outcome())[row];
        let supplying = |part: u64| {
            let mut case = story.case();
            case.results[1][row] = from_u64(part);
            case
        };
        let divisor = BigUint::from(3u32) * (4 * ONE) * (4 * ONE);
        let property = "an exact receipt times the rivalry";
        // The first whose quotient is one more.
        let numerator = (&divisor * (right + 1)).div_ceil(&BigUint::from(WHOLE.0));
        let chosen = self.product(property, row, BigInt::from(numerator));
        self.push(property, "a larger product", supplying(right + 1), chosen);
        let property = "a contribution is rounded down";
        let chosen = self.number(property, 2 * row, 1, &BigUint::from(right + 1));
        self.push(property, "another quotient", supplying(right + 1), chosen);
        // The right remainder is 0: 10^6·997/16 is a number, but for rows that got the unit left over.
        let exact = BigUint::from(997u32) * ONE * (3 * ONE) * WHOLE.0;
        let mut chosen = self.number(property, 2 * row, 1, &BigUint::from(right - 1));
        chosen.extend(self.number(property, 2 * row, 2, &(exact - &divisor * (right - 1))));
        self.push(property, "one less", supplying(right - 1), chosen);
        for (property, square) in [
            ("the square of all costs", BigUint::from(32u32) * ONE * ONE),
            ("the square of all costs times the unit cost", BigUint::from(96u32) * ONE * ONE),
        ] {
            let chosen = self.product(property, 0, BigInt::from(square));
            let mut case = story.case();
            case.results[1] = vec![from_u64(right / 2); ROWS];
            self.push(property, "twice as much", case, chosen);
        }
    }

    /// What adds up over rows, and the circuit is about other numbers than the ledger or the settlement.
    fn of_sums(&mut self) {
        let story = equal(997);
        let case = story.splitting(&story.divided(), None);
        self.push("receipts are the budget", "a unit is nobody's", case, Vec::new());
        let property = "qualities are the ledger's";
        let mut case = equal(996).claiming(&equal(996).outcome());
        case.sealed[0][0] = from_u64(900_000);
        self.push(property, "another quality", case, Vec::new());
        for (column, property) in
            ["receipts are the settlement's", "contributions are the settlement's"].into_iter().enumerate()
        {
            let mut case = story.case();
            case.results[column][0] += Fr::one();
            self.push(property, "another number", case, Vec::new());
        }
        let mut case = story.case();
        case.columns[0][0] = Fr::zero();
        self.push("active owners are the published ones", "one is not", case, Vec::new());
    }
}

/// What follows for a row from this exact share.
fn contribution(story: &Story, row: usize, exact: Fr) -> Fr {
    let total = BigUint::from(story.contest.total);
    let rivalry = BigUint::from(story.costs[row].unwrap()) * (story.contest.count - 1);
    let numerator = crate::field::to_natural(exact) * rivalry * WHOLE.0;
    from_integer(numerator / (&total * &total * story.terms.unit_cost.0))
}

/// Every single constraint is needed, but for the bits that say who takes part: of a spent budget they are published,
/// and beside other bits one number that is none moves nothing.
#[test]
fn every_kind_of_constraint_is_needed() {
    let matrices = &arena().1;
    let mut arena = Arena { matrices, cheats: Vec::new() };
    for row in 0..ROWS {
        arena.of_qualities(row);
        arena.of_minimum(row);
        arena.of_contest(row);
        arena.of_split(row);
        arena.of_contributions(row);
    }
    arena.of_fractions();
    arena.of_nobody();
    arena.of_budget();
    arena.of_sums();
    let together = ["an owner takes part or does not"];
    constraints_are_needed("resource-stackelberg/v1", matrices, &arena.cheats, &together);
}
