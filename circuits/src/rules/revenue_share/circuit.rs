//! The relation of `revenue-share/v1` with sealed weights: nine constraints a row and one per limb; `pin.txt` has
//! the exact counts.
//!
//! Normative text: rules.md section 6.6. What a row gets of the pot is the relation of
//! [`largest_remainder`](crate::rules::procedures::largest_remainder), with `D` the whole (or 1, if that is 0).

use super::native::fee_and_pot;
use super::{Outcome, RESULTS, Terms};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_flag, from_u64, from_u128};
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::exact_var;
use crate::number::Count;
use crate::proof_system::{Circuit, Tier};
use crate::rules::procedures::largest_remainder::{self, PartWitness, Split, Widths};
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
    /// What it gets.
    pub part: PartWitness,
}

impl RevenueShareCircuit {
    /// A circuit of any size, for tests.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn sized(capacity: usize, limb_bits: u32) -> Self {
        assert!(capacity <= 1 << limb_bits, "every row has a number");
        Self { capacity, limb_bits }
    }

    fn widths(&self) -> Widths {
        let index = self.limb_bits;
        // The sum of all weights, the unallocated one among them, is at most `(2^k + 1)·(2^64 − 1)`.
        Widths { part: AMOUNT_BITS, whole: AMOUNT_BITS + index + 1, index }
    }

    /// The witness for these weights and claimed receipts.
    #[must_use]
    pub fn fill(&self, terms: &Terms, weights: &[u64], receipts: &[Fr]) -> Witness {
        let (_, pot) = fee_and_pot(terms);
        let unallocated = u128::from(terms.unallocated_weight.0);
        let whole = weights.iter().map(|weight| u128::from(*weight)).sum::<u128>() + unallocated;
        let divisor = whole.max(1);
        let mut padded = weights.to_vec();
        padded.resize(self.capacity, 0);
        let (cut, parts) = largest_remainder::fill(self.widths(), pot, divisor, &padded, receipts);
        let row = |(weight, part)| RowWitness { weight: from_u64(weight), part };
        let rows = padded.into_iter().zip(parts).map(row).collect();
        let divisor = from_u128(divisor);
        let room = self.widths().end(divisor) - cut;
        Witness { divisor, stand_in: from_flag(whole == 0), cut, room, rows }
    }
}

/// Early numbers of the whole round.
struct Whole {
    pot: Num<Early>,
    /// The whole, or something else than 0 if that is 0.
    divisor: Num<Early>,
    /// 0 unless the whole is 0; then what the divisor is instead.
    stand_in: Num<Early>,
    split: Split,
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
        let rows = witness.rows.iter().enumerate();
        let rows: Vec<Row> = rows.map(|witness| row(cs, &mut lookup, &whole, witness)).collect();
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
        let zero = cs.constant(Fr::zero());
        let divisor = cs.commit(witness.divisor);
        let stand_in = cs.commit(witness.stand_in);
        // The divisor is the whole; if that is 0, it may be anything else, but not 0: no remainder is below 0.
        let whole = divisor.clone() - stand_in.clone();
        cs.enforce("only a whole of 0 has a stand-in", &whole, &stand_in, &zero);
        let pot = cs.scalar("pot");
        let split = Split::new(cs, self.widths(), [pot.clone(), divisor.clone()], witness.cut);
        split.end_is_above_the_cut(cs, lookup, witness.room);
        Whole { pot, divisor, stand_in, split }
    }
}

/// What one row satisfies.
fn row(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    whole: &Whole,
    (index, witness): (usize, &RowWitness),
) -> Row {
    // 0 ≤ weight < 2^64, and quotients are not much larger, so that no product wraps.
    let weight = exact_var(cs, lookup, AMOUNT_BITS, witness.weight);
    let part = whole.split.part_var(cs, lookup, index, &weight, &witness.part);
    Row { weight, quotient: part.quotient, bonus: part.bonus }
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
