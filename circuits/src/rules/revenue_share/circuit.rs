//! The relation of `revenue-share/v1` with sealed weights: nine constraints a row and one per limb; `pin.txt` has
//! the exact counts.
//!
//! Normative text: rules.md section 6.6. With `D` the whole (or 1, if that is 0), each row has
//! `pot·weight = D·quotient + remainder` and a bonus bit; its receipt is `quotient + bonus`. Which rows have a
//! bonus is decided by one cut through the keys `remainder·2^k + (2^k − 1 − row)`, which are all different:
//! larger remainders first, earlier rows first among equals.
//!
//! Each row asks two ranges, whatever its bonus is. One says on which side of the cut it stands. The other says
//! what that leaves open of `0 ≤ remainder < D`: a row below the cut, which is at most `D·2^k`, has a remainder
//! below `D`, so it is asked for `remainder ≥ 0`; a row with a bonus is above the key of some row without one, so
//! its remainder is at least 0, and it is asked for `remainder < D`. (Some row has none: if all had, the
//! remainders would sum to `D` times the number of rows, and each is below `D`.)

use super::native::fee_and_pot;
use super::{Outcome, RESULTS, Terms};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_flag, from_u64, from_u128};
use crate::gadgets::bits::boolean;
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::{exact_var, number_var};
use crate::number::Count;
use crate::proof_system::{Circuit, Tier};
use ark_ff::{One, Zero};

/// The circuit for up to `capacity` rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevenueShareCircuit {
    capacity: usize,
    limb_bits: u32,
}

/// Sizes of the published circuits, smallest first: rows and limb width.
pub const TIERS: [RevenueShareCircuit; 3] = [
    RevenueShareCircuit { capacity: 256, limb_bits: 8 },
    RevenueShareCircuit { capacity: 4096, limb_bits: 13 },
    RevenueShareCircuit { capacity: 65536, limb_bits: 16 },
];

/// Width of a weight, and of a receipt.
const AMOUNT_BITS: u32 = 64;

/// The public scalars. `weightless` is 1 if the outcome says that no row has weight: dust although nothing is
/// unallocated.
const SCALARS: &[&str] = &["pot", "unallocated_weight", "dust", "weightless"];

/// The public scalars of a round: the pot and the derived flag are computed here, never read.
#[must_use]
pub fn scalars(terms: &Terms, outcome: &Outcome) -> Vec<Fr> {
    let (_, pot) = fee_and_pot(terms);
    let weightless = terms.unallocated_weight == Count(0) && outcome.dust.0 > 0;
    vec![from_u64(pot), from_u64(terms.unallocated_weight.0), from_u64(outcome.dust.0), from_flag(weightless)]
}

/// What the prover knows of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The sum of all weights, the unallocated one among them, or 1 if that is 0.
    pub divisor: Fr,
    /// What the divisor is more than that sum.
    pub stand_in: Fr,
    /// The smallest key with a bonus, or the end of the keys.
    pub cut: Fr,
    /// How far the end of the keys is above the cut.
    pub room: Fr,
    /// One for each row, padded.
    pub rows: Vec<RowWitness>,
}

/// What the prover knows of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RowWitness {
    /// The weight.
    pub weight: Fr,
    /// ⌊pot·weight/divisor⌋.
    pub quotient: Fr,
    /// Receipt less quotient.
    pub bonus: Fr,
    /// The remainder, or with a bonus how far it is below the largest that there is.
    pub bounded: Fr,
    /// How far the key is above the cut, or without a bonus below the last key under it.
    pub distance: Fr,
}

impl RevenueShareCircuit {
    /// A circuit of any size, for tests.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn sized(capacity: usize, limb_bits: u32) -> Self {
        assert!(capacity <= 1 << limb_bits, "every row has a number");
        Self { capacity, limb_bits }
    }

    /// `k`: the width of a row's number. No circuit has more than `2^k` rows.
    fn index_bits(&self) -> u32 {
        self.limb_bits
    }

    /// Width of the sum of all weights, the unallocated one among them: at most `(2^k + 1)·(2^64 − 1)`.
    fn whole_bits(&self) -> u32 {
        AMOUNT_BITS + self.index_bits() + 1
    }

    /// Width of a key.
    fn key_bits(&self) -> u32 {
        self.whole_bits() + self.index_bits()
    }

    /// `2^k`: what one unit of remainder is in a key.
    fn key_step(&self) -> Fr {
        from_u64(1 << self.index_bits())
    }

    /// The part of a key that says which row it is: the earlier, the larger.
    fn key_of_row(&self, row: usize) -> Fr {
        self.key_step() - Fr::one() - from_u64(row as u64)
    }

    /// The witness for these weights and claimed receipts.
    #[must_use]
    pub fn fill(&self, terms: &Terms, weights: &[u64], receipts: &[Fr]) -> Witness {
        let (_, pot) = fee_and_pot(terms);
        let unallocated = u128::from(terms.unallocated_weight.0);
        let whole = weights.iter().map(|weight| u128::from(*weight)).sum::<u128>() + unallocated;
        let divisor = whole.max(1);
        let divided = |row: usize| {
            let weight = weights.get(row).copied().unwrap_or(0);
            let exact = u128::from(pot) * u128::from(weight);
            let (quotient, remainder) = (from_u128(exact / divisor), from_u128(exact % divisor));
            let bonus = receipts.get(row).copied().unwrap_or(quotient) - quotient;
            (RowWitness { weight: from_u64(weight), quotient, bonus, ..RowWitness::default() }, remainder)
        };
        let mut rows: Vec<(RowWitness, Fr)> = (0..self.capacity).map(divided).collect();

        let divisor = from_u128(divisor);
        let end = divisor * self.key_step();
        let key = |row: usize, remainder: Fr| remainder * self.key_step() + self.key_of_row(row);
        let with_bonus = rows.iter().enumerate().filter(|(_, (row, _))| !row.bonus.is_zero());
        let cut = with_bonus.map(|(i, (_, remainder))| key(i, *remainder)).min().unwrap_or(end);
        for (i, (row, remainder)) in rows.iter_mut().enumerate() {
            let (over, last) = (key(i, *remainder) - cut, divisor - Fr::one());
            row.bounded = chosen(row.bonus, *remainder, last - *remainder);
            row.distance = chosen(row.bonus, -over - Fr::one(), over);
        }
        let rows = rows.into_iter().map(|(row, _)| row).collect();
        Witness { divisor, stand_in: from_flag(whole == 0), cut, room: end - cut, rows }
    }
}

/// `without` for a bonus of 0, `with` for one of 1.
fn chosen(bonus: Fr, without: Fr, with: Fr) -> Fr {
    without + bonus * (with - without)
}

/// Early numbers of the whole round.
struct Whole {
    pot: Num<Early>,
    /// The whole, or something else than 0 if that is 0.
    divisor: Num<Early>,
    /// 0 unless the whole is 0; then what the divisor is instead.
    stand_in: Num<Early>,
    /// At most divisor·2^k.
    cut: Num<Early>,
}

/// A row's early numbers.
struct Row {
    weight: Num<Early>,
    quotient: Num<Early>,
    /// One unit more than the quotient, or none.
    bonus: Num<Early>,
}

/// Early numbers that the late stage needs.
pub struct Wires {
    masks: [Num<Early>; 2],
    weights: Vec<Num<Early>>,
    receipts: Vec<Num<Early>>,
    lookup: ClosedLookup,
}

impl Circuit for RevenueShareCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        Layout { challenges: 2, sealed: 1, results: RESULTS, columns: &[], scalars: SCALARS }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "revenue-share/v1".into(), size: self.capacity.to_string() }
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Witness {
        let rows = vec![RowWitness::default(); self.capacity];
        let zero = Fr::zero();
        Witness { divisor: zero, stand_in: zero, cut: zero, room: zero, rows }
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let mut lookup = Lookup::new(self.limb_bits);
        let whole = self.whole(cs, &mut lookup, witness);
        let row = |(i, row)| self.row(cs, &mut lookup, &whole, i, row);
        let rows: Vec<Row> = witness.rows.iter().enumerate().map(row).collect();
        sums(cs, &whole, &rows);
        let receipts = rows.iter().map(|row| row.quotient.clone() + row.bonus.clone()).collect();
        let weights = rows.into_iter().map(|row| row.weight).collect();
        Wires { masks: [cs.mask(0), cs.mask(1)], weights, receipts, lookup: lookup.close(cs) }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, _: &Witness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        // The weights are those that the ledger's commitments hold; padding rows hold 0.
        let weights = std::iter::once(&wires.masks[0]).chain(&wires.weights);
        horner::sum_is(cs, "weights are the ledger's", weights, &rho, &cs.sum(0));
        // The receipts are those that the settlement's commitments hold, or publishes; those of padding rows are 0.
        let receipts = std::iter::once(&wires.masks[1]).chain(&wires.receipts);
        horner::sum_is(cs, "receipts are the settlement's", receipts, &rho, &cs.sum(1));
        wires.lookup.constrain(cs, &x);
    }
}

impl RevenueShareCircuit {
    fn whole(&self, cs: &mut Builder<Early>, lookup: &mut Lookup, witness: &Witness) -> Whole {
        let (one, zero) = (cs.constant(Fr::one()), cs.constant(Fr::zero()));
        let divisor = cs.commit(witness.divisor);
        let stand_in = cs.commit(witness.stand_in);
        // The divisor is the whole; if that is 0, it may be anything else, but not 0: no remainder is below 0.
        let whole = divisor.clone() - stand_in.clone();
        cs.enforce("only a whole of 0 has a stand-in", &whole, &stand_in, &zero);
        // No cut is above all the keys that a remainder below the divisor can have.
        let highest = divisor.clone().scale(self.key_step());
        let cut = cs.commit(witness.cut);
        let room = number_var(cs, lookup, self.key_bits(), witness.room);
        cs.enforce("the cut is at most the end of the keys", &one, &(cut.clone() + room), &highest);
        Whole { pot: cs.scalar("pot"), divisor, stand_in, cut }
    }

    fn row(
        &self,
        cs: &mut Builder<Early>,
        lookup: &mut Lookup,
        whole: &Whole,
        index: usize,
        witness: &RowWitness,
    ) -> Row {
        let one = cs.constant(Fr::one());
        // 0 ≤ weight < 2^64, and quotients are not much larger, so that no product below wraps.
        let weight = exact_var(cs, lookup, AMOUNT_BITS, witness.weight);
        let quotient = number_var(cs, lookup, AMOUNT_BITS, witness.quotient);
        let exact = cs.product("the exact share times the divisor", &whole.pot, &weight);
        let taken = cs.product("the quotient times the divisor", &whole.divisor, &quotient);
        let remainder = exact - taken;
        let bonus = cs.commit(witness.bonus);
        boolean(cs, "a bonus is one unit or none", &bonus);

        // Without a bonus the remainder is at least 0, with one it is below the divisor.
        let bounded = number_var(cs, lookup, self.whole_bits(), witness.bounded);
        let last = whole.divisor.clone() - one.clone();
        let turned = last - remainder.clone().scale(from_u64(2));
        let property = "a remainder is at least 0, with a bonus below the divisor";
        cs.enforce(property, &turned, &bonus, &(bounded - remainder.clone()));

        // A row has a bonus if its key is at least the cut, and none if it is below.
        let key = remainder.scale(self.key_step()) + cs.constant(self.key_of_row(index));
        let over = key - whole.cut.clone();
        let next = over.clone() + one;
        let distance = number_var(cs, lookup, self.key_bits(), witness.distance);
        let property = "the rows from the cut on have the bonuses";
        cs.enforce(property, &(over + next.clone()), &bonus, &(distance + next));
        Row { weight, quotient, bonus }
    }
}

/// What all rows together satisfy.
fn sums(cs: &mut Builder<Early>, whole: &Whole, rows: &[Row]) {
    let [unallocated, dust, weightless] =
        ["unallocated_weight", "dust", "weightless"].map(|name| cs.scalar(name));
    let (one, zero) = (cs.constant(Fr::one()), cs.constant(Fr::zero()));
    let total = |number: fn(&Row) -> &Num<Early>| {
        rows.iter().fold(zero.clone(), |sum, row| sum + number(row).clone())
    };
    // The divisor less its stand-in is the sum of all weights: below 2^64 times one more than the rows.
    let weights = total(|row| &row.weight) + unallocated.clone();
    let sum = whole.divisor.clone() - whole.stand_in.clone();
    cs.enforce("the whole is the sum of all weights", &one, &sum, &weights);
    // Every unit of the pot is in a quotient, in a bonus or in dust, so receipts are at most the pot.
    let bonuses = total(|row| &row.bonus);
    let shared = total(|row| &row.quotient) + bonuses.clone();
    let left = whole.pot.clone() - dust;
    cs.enforce("receipts and dust are the pot", &one, &shared, &left);
    // With unallocated weight nobody has a bonus: a sum of bits, fewer than r, is 0 only if all are.
    cs.enforce("nobody has a bonus beside unallocated weight", &unallocated, &bonuses, &zero);
    // With a whole of 0 the stand-in is not 0, so everything is dust.
    cs.enforce("without any weight everything is dust", &whole.stand_in, &left, &zero);
    // Dust although nothing is unallocated: then the stand-in is 1, so the whole is 0.
    let missing = one - whole.stand_in.clone();
    cs.enforce("dust with nothing unallocated means no weight", &weightless, &missing, &zero);
}
