//! The relation of `resource-stackelberg/v1`; `pin.txt` has the exact counts.
//!
//! Normative text: rules.md section 9.6. With `a` the number of owners in the contest and `T` the sum of their costs,
//! everything is written with `others = max(0, a − 1)` and `total = T`, or 1 if nobody is in the contest. Then rounds
//! without a contest need no case of their own: with `others = 0` every owner who is not out must be in the contest, so
//! there are fewer than two, and no budget above 0 passes.
//!
//! Widths. A cost is a quotient of `10^6·2^32`, so below `2^52`, and `total ≤ 256·2^52 = 2^60`. An owner in the contest
//! has a surplus from 1 to `total`, so `surplus·(a − 1)·cost < 2^119`, the numerator of a contribution is below
//! `2^20·2^44·2^119 = 2^183`, and its divisor `unit_cost·total²` is at most `2^152`: nothing wraps mod `r`.
//!
//! Loads and centres are computed from published contributions, by everybody, and are no part of the relation.

use super::native::{Supply, VALUE_BITS, WHOLE};
use super::{RESULTS, Terms};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_flag, from_integer, from_u64};
use crate::gadgets::bits::{bit_var, zero_var};
use crate::gadgets::compare::at_least_var;
use crate::gadgets::divide::divide_var;
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::{in_range, number_var};
use crate::number::Amount;
use crate::proof_system::{Circuit, Tier};
use crate::rules::procedures::contest;
use crate::rules::procedures::largest_remainder::{self, PartWitness, Split, Widths};
use ark_ff::{One, Zero};
use num_bigint::BigUint;

/// The circuit for up to `capacity` rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceStackelbergCircuit {
    capacity: usize,
    limb_bits: u32,
}

/// Sizes of the published circuits, smallest first: rows and limb width.
pub const TIERS: [ResourceStackelbergCircuit; 2] = [
    ResourceStackelbergCircuit { capacity: 16, limb_bits: 8 },
    ResourceStackelbergCircuit { capacity: 256, limb_bits: 11 },
];

/// Width of a number as it was told.
const TOLD_BITS: u32 = 64;
/// Width of a quality, and of the minimum.
const QUALITY_BITS: u32 = 20;
/// Width of a cost.
const COST_BITS: u32 = 52;
/// Bits behind the point of a cost.
const POINT_BITS: u32 = 32;
/// Width of the sum of all costs.
const TOTAL_BITS: u32 = 60;
/// Width of `2^32·(a − 1)`.
const DIVISOR_BITS: u32 = 40;
/// Width of the sum of all costs times the unit cost.
const SPARED_BITS: u32 = 93;
/// Width of a contribution.
const CONTRIBUTION_BITS: u32 = 62;
/// Width of `unit_cost·total²`.
const SQUARE_BITS: u32 = 152;

/// The public scalars. `spends` is 1 if the budget is not 0.
const SCALARS: &[&str] = &["value_scale", "unit_cost", "min_quality_ppm", "budget", "spends"];

/// The public scalars of a round: the derived flag is computed here, never read.
#[must_use]
pub fn scalars(terms: &Terms, budget: Amount) -> Vec<Fr> {
    let numbers = [terms.value_scale.0, terms.unit_cost.0, terms.min_quality_ppm.0, budget.0];
    numbers.into_iter().map(from_u64).chain([from_flag(budget.0 > 0)]).collect()
}

/// What the prover knows of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The smallest key with a bonus in the budget's split, or the end of the keys.
    pub cut: Fr,
    /// One for each row, padded.
    pub rows: Vec<RowWitness>,
}

/// What the prover knows of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RowWitness {
    /// The quality, as it was told.
    pub quality: Fr,
    /// Whether the owner is in the contest, whatever the budget is.
    pub takes_part: bool,
    /// What it gets of the budget.
    pub part: PartWitness,
}

impl ResourceStackelbergCircuit {
    /// A circuit of any size, for tests.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn sized(capacity: usize, limb_bits: u32) -> Self {
        assert!(capacity <= 1 << limb_bits.min(8), "every row has a number, and sums are narrow");
        Self { capacity, limb_bits }
    }

    /// The witness for these qualities, supplies, budget and claimed receipts, if this were the contest.
    pub(super) fn fill(
        &self,
        qualities: &[u64],
        supplies: &[Supply],
        contest: &contest::Contest,
        budget: Amount,
        receipts: &[Fr],
    ) -> Witness {
        let mut weights: Vec<u64> = supplies.iter().map(|supply| supply.weight).collect();
        weights.resize(self.capacity, 0);
        let total = contest.total.max(1);
        let (cut, parts) = largest_remainder::fill(self.widths(), budget.0, total, &weights, receipts);
        let row = |(row, part): (usize, PartWitness)| RowWitness {
            // A quality of 0 is below every minimum.
            quality: from_u64(qualities.get(row).copied().unwrap_or(0)),
            takes_part: contest.takes_part.get(row) == Some(&true),
            part,
        };
        Witness { cut, rows: parts.into_iter().enumerate().map(row).collect() }
    }

    /// Widths of the budget's split.
    fn widths(&self) -> Widths {
        Widths { part: VALUE_BITS, whole: TOTAL_BITS, index: self.limb_bits }
    }

    /// The next width that takes as many limbs: what is not wider than that is looked up once less.
    fn whole_limbs(&self, bits: u32) -> u32 {
        bits.next_multiple_of(self.limb_bits)
    }
}

/// An owner's early numbers.
struct Owner {
    /// The quality, as it was told.
    told: Num<Early>,
    /// 1 unless the quality is below the minimum.
    live: Num<Early>,
    /// k of an owner who is not out.
    cost: Num<Early>,
    /// 1 if the owner is in the contest.
    takes_part: Num<Early>,
    /// k of an owner in the contest, else 0.
    counted_cost: Num<Early>,
}

/// Early numbers of the whole contest.
struct Contest {
    /// a − 1, or 0 if nobody is in it.
    others: Num<Early>,
    /// T, or 1 if nobody is in it.
    total: Num<Early>,
    /// The budget's split by surplus.
    split: Split,
    /// unit_cost·total².
    square: Num<Early>,
}

/// What an owner supplies and gets.
struct Share {
    active: Num<Early>,
    receipt: Num<Early>,
    contribution: Num<Early>,
}

/// Early numbers that the late stage needs.
pub struct Wires {
    masks: [Num<Early>; 3],
    told: Vec<Num<Early>>,
    receipts: Vec<Num<Early>>,
    contributions: Vec<Num<Early>>,
    active: Vec<Num<Early>>,
    lookup: ClosedLookup,
}

impl Circuit for ResourceStackelbergCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        Layout { challenges: 2, sealed: 1, results: RESULTS, columns: &["active"], scalars: SCALARS }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "resource-stackelberg/v1".into(), size: self.capacity.to_string() }
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Witness {
        Witness { cut: Fr::zero(), rows: vec![RowWitness::default(); self.capacity] }
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let mut lookup = Lookup::new(self.limb_bits);
        let rows = witness.rows.iter();
        let owners: Vec<Owner> = rows.map(|row| self.owner(cs, &mut lookup, row)).collect();
        let contest = self.contest(cs, &mut lookup, &owners, witness.cut);
        let rows = owners.iter().zip(&witness.rows).enumerate();
        let shares: Vec<Share> = rows
            .map(|(row, (owner, witness))| self.share(cs, &mut lookup, &contest, owner, (row, &witness.part)))
            .collect();
        receipts_are_the_budget(cs, &shares);
        let column = |number: fn(&Share) -> &Num<Early>| shares.iter().map(number).cloned().collect();
        Wires {
            masks: [0, 1, 2].map(|k| cs.mask(k)),
            told: owners.into_iter().map(|owner| owner.told).collect(),
            receipts: column(|share| &share.receipt),
            contributions: column(|share| &share.contribution),
            active: column(|share| &share.active),
            lookup: lookup.close(cs),
        }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, _: &Witness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        let linked = [
            // The qualities are those that the ledger's commitments hold; padding rows hold 0.
            ("qualities are the ledger's", &wires.told),
            // Receipts and contributions are those that the settlement publishes or commits to; of padding rows, 0.
            ("receipts are the settlement's", &wires.receipts),
            ("contributions are the settlement's", &wires.contributions),
        ];
        for (column, (property, values)) in linked.into_iter().enumerate() {
            let sum = cs.sum(column);
            let values = std::iter::once(&wires.masks[column]).chain(values);
            horner::sum_is(cs, property, values, &rho, &sum);
        }
        // Who supplies data is who is published.
        let published = cs.evaluation(0);
        horner::sum_is(cs, "active owners are the published ones", &wires.active, &rho, &published);
        wires.lookup.constrain(cs, &x);
    }
}

impl ResourceStackelbergCircuit {
    /// What one owner brings to the contest.
    fn owner(&self, cs: &mut Builder<Early>, lookup: &mut Lookup, witness: &RowWitness) -> Owner {
        let (one, zero) = (cs.constant(Fr::one()), cs.constant(Fr::zero()));
        let (told, quality) = quality_var(cs, lookup, witness.quality);
        let minimum = cs.scalar("min_quality_ppm");
        let property = "an owner is out if its quality is below the minimum";
        let live = at_least_var(cs, lookup, property, self.whole_limbs(QUALITY_BITS), &quality, &minimum);
        // Who is out has a cost as well, which counts nowhere.
        let above = quality - one.clone();
        let divisor = one.clone() + cs.product("who is out counts as having quality one", &live, &above);
        let whole = cs.constant(from_u64(WHOLE.0 << POINT_BITS));
        let widths = [COST_BITS, QUALITY_BITS].map(|bits| self.whole_limbs(bits));
        let property = "a cost is the whole by the quality, rounded down";
        let (cost, _) = divide_var(cs, lookup, property, &whole, &divisor, widths[0], widths[1]);
        let takes_part = bit_var(cs, "an owner takes part or does not", witness.takes_part);
        cs.enforce("who is out does not take part", &takes_part, &(one - live.clone()), &zero);
        let counted_cost = cs.product("the cost of who takes part", &takes_part, &cost);
        Owner { told, live, cost, takes_part, counted_cost }
    }

    /// What all owners together make of the terms.
    fn contest(&self, cs: &mut Builder<Early>, lookup: &mut Lookup, owners: &[Owner], cut: Fr) -> Contest {
        let sum = |number: fn(&Owner) -> &Num<Early>, cs: &Builder<Early>| {
            owners.iter().fold(cs.constant(Fr::zero()), |sum, owner| sum + number(owner).clone())
        };
        let count = sum(|owner| &owner.takes_part, cs);
        let nobody = zero_var(cs, "whether nobody takes part", &count);
        let others = count - cs.constant(Fr::one()) + nobody.clone();
        let total = sum(|owner| &owner.counted_cost, cs) + nobody;
        let unit_cost = cs.scalar("unit_cost");
        budget_is_the_optimum(cs, lookup, &others, &total);
        let split = Split::new(cs, self.widths(), [cs.scalar("budget"), total.clone()], cut);
        let square = cs.product("the square of all costs", &total, &total);
        let square = cs.product("the square of all costs times the unit cost", &unit_cost, &square);
        Contest { others, total, split, square }
    }

    /// What one owner supplies and gets.
    fn share(
        &self,
        cs: &mut Builder<Early>,
        lookup: &mut Lookup,
        contest: &Contest,
        owner: &Owner,
        (row, part): (usize, &PartWitness),
    ) -> Share {
        let rivalry = cs.product("a cost times the others", &contest.others, &owner.cost);
        let surplus = contest.total.clone() - rivalry.clone();
        let weight = cs.product("the surplus of who takes part", &owner.takes_part, &surplus);
        takes_part_by_surplus(cs, lookup, owner, &surplus, &weight);
        let active = cs.product(
            "who takes part is active if the budget is spent",
            &cs.scalar("spends"),
            &owner.takes_part,
        );
        let part = contest.split.part_var(cs, lookup, row, &weight, part);
        // 10^6·budget·surplus·(a − 1)·k, by u·T².
        let numerator = cs.product("an exact receipt times the rivalry", &part.exact, &rivalry);
        let numerator = numerator.scale(from_u64(WHOLE.0));
        let widths = [CONTRIBUTION_BITS, SQUARE_BITS].map(|bits| self.whole_limbs(bits));
        let property = "a contribution is rounded down";
        let (contribution, _) =
            divide_var(cs, lookup, property, &numerator, &contest.square, widths[0], widths[1]);
        Share { active, receipt: part.quotient + part.bonus, contribution }
    }
}

/// A quality as it was told, and the smaller of it and the best.
///
/// `told = best − gap + excess`, and one of gap and excess is 0: so the quality is `best − gap` for what was told up to
/// the best, and the best for what is more. Below 0 (which no admission lets pass) is below every minimum.
fn quality_var(cs: &mut Builder<Early>, lookup: &mut Lookup, told: Fr) -> (Num<Early>, Num<Early>) {
    let best = from_u64(WHOLE.0);
    let (gap, excess) = if told < best { (best - told, Fr::zero()) } else { (Fr::zero(), told - best) };
    let gap = number_var(cs, lookup, QUALITY_BITS, gap);
    let excess = number_var(cs, lookup, TOLD_BITS, excess);
    let zero = cs.constant(Fr::zero());
    cs.enforce("a quality is not both below the best and above", &gap, &excess, &zero);
    let quality = cs.constant(best) - gap;
    (quality.clone() + excess, quality)
}

/// An owner who is not out takes part if and only if its surplus is at least 1.
///
/// The unique contest: with `c = T/(a − 1)` its owners are those of costs below `c`, and `Σ (1 − k/c)` over them is 1.
/// That sum rises strictly with `c` once it is above 0, so one `c` is right.
fn takes_part_by_surplus(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    owner: &Owner,
    surplus: &Num<Early>,
    weight: &Num<Early>,
) {
    let (taken, live) = (owner.takes_part.clone(), &owner.live);
    // Who takes part is asked for surplus − 1 ≥ 0, who is live and does not for −surplus ≥ 0.
    let distance = {
        let [taken, live] = [taken.value(), live.value()];
        weight.value() + weight.value() - taken - live * surplus.value()
    };
    let distance = number_var(cs, lookup, TOTAL_BITS, distance);
    let twice = weight.clone().scale(from_u64(2));
    let property = "an owner takes part if its surplus is above zero";
    cs.enforce(property, live, surplus, &(twice - taken - distance));
}

/// The budget is `max(0, A − ⌈u·T/(2^32·(a − 1))⌉)`.
///
/// With `left = (A − budget)·2^32·(a − 1) − u·T`, a budget above 0 is not too large if `left ≥ 0`, and any budget is not
/// too small if `left < 2^32·(a − 1)`. Without a contest `left = −u·total` is below 0, so the budget is 0.
fn budget_is_the_optimum(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    others: &Num<Early>,
    total: &Num<Early>,
) {
    let power = from_integer(BigUint::from(1u8) << POINT_BITS);
    let unspent = cs.scalar("value_scale") - cs.scalar("budget");
    let unspent = cs.product("what is not spent times the others", &unspent, others);
    let costs = cs.product("all costs times the unit cost", &cs.scalar("unit_cost"), total);
    let left = unspent.scale(power) - costs;
    let asked = cs.product("a budget of zero is not too large", &cs.scalar("spends"), &left);
    in_range(cs, lookup, "the budget is not too large", DIVISOR_BITS, &asked);
    let room = others.clone().scale(power) - cs.constant(Fr::one()) - left;
    in_range(cs, lookup, "the budget is not too small", SPARED_BITS, &room);
}

/// Every unit of the budget is somebody's: receipts are at least 0, so none is above the budget.
fn receipts_are_the_budget(cs: &mut Builder<Early>, shares: &[Share]) {
    let one = cs.constant(Fr::one());
    let zero = cs.constant(Fr::zero());
    let sum = shares.iter().fold(zero, |sum, share| sum + share.receipt.clone());
    cs.enforce("receipts are the budget", &one, &sum, &cs.scalar("budget"));
}
