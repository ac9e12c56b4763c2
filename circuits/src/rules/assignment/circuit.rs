//! The relation of `assignment/v1`: for each pair of row and item seven constraints and one per limb; `pin.txt` has
//! the exact counts.
//!
//! It is the certificate of rules.md section 4.5, in MATCH's perturbed numbers: competitive prices (C1 to C4),
//! which prove the allocation, a forest that shows them to be the least (M1 to M3), and the money in them (P).
//! Every perturbed number is money·2^S + bonus. With q' = (price − reserve)·2^S + e for an item's price and
//! w = (v − reserve)·2^S + [v ≠ 0]·ε for the weight of a valuation, the slack y + q' − w of the pair is
//!
//! ```text
//! slack = y + (price − v)·2^S + e − [v ≠ 0]·ε
//! ```
//!
//! without the reserve price. With y and slack in two parts each that says
//!
//! ```text
//! bonus:  slack_bonus − y_bonus − e + [v ≠ 0]·ε = carry·2^S
//! money:  v = price + y_money − slack_money − carry
//! ```
//!
//! The first is a constraint. The second is what v is: the link compares it with the ledger. So v needs no limbs of
//! its own, and it is an integer, within ±2^(bits of money + 2): whatever stands in the commitments, the relation is
//! one between integers. That valuations are u64 is admission's business; a commitment that (against admission)
//! holds another integer is settled as that integer, below zero as no interest.
//!
//! A pair without an edge has a weight here where MATCH has none: below 0 if v is below the reserve price, at most 0
//! if v is 0. C1 says nothing new of such a pair, because y and q' are at least 0 anyway. Its slack is above 0 or v
//! is 0, and C2 and M2 ask for v ≠ 0 as well: so it is never held, and the row is no parent of the item.

use super::native::sold;
use super::{Item, Outcome, Terms};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_flag, from_integer, from_u64};
use crate::gadgets::bits::zero_var;
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::{MAX_BITS, exact_var, limb_count, number_var};
use crate::number::{Amount, Count};
use crate::proof_system::{Circuit, Tier};
use crate::rules::procedures::matching::Perturbation;
use ark_ff::{One, Zero};
use num_bigint::BigInt;

/// The circuit for rounds of up to `rows` rows and `items` items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignmentCircuit {
    pub(super) rows: usize,
    pub(super) items: usize,
    pub(super) limb_bits: u32,
}

/// Sizes of the published circuits, smallest first: rows, items and limb width.
pub const TIERS: [AssignmentCircuit; 2] = [
    AssignmentCircuit { rows: 8, items: 4, limb_bits: 7 },
    AssignmentCircuit { rows: 32, items: 16, limb_bits: 11 },
];

/// Width of the money in a utility, which is at most a valuation, and in a slack, which is at most a utility and a
/// price.
const MONEY_BITS: u32 = 65;

/// A carry is −1, 0 or 1.
const LEAST_CARRY: u64 = 1;

/// The public columns: whether the row holds the item of this number.
const HOLDS: &[&str] = &[
    "holds_1", "holds_2", "holds_3", "holds_4", "holds_5", "holds_6", "holds_7", "holds_8", "holds_9",
    "holds_10", "holds_11", "holds_12", "holds_13", "holds_14", "holds_15", "holds_16",
];

macro_rules! of_items {
    ($($item:literal)*) => {
        &[$([concat!("price_", $item), concat!("above_reserve_", $item), concat!("spare_", $item)]),*]
    };
}

/// The public scalars of each item: its price, whether that is above the reserve price, and whether copies are left.
const OF_ITEMS: &[[&str; 3]] = of_items!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);

/// What the prover knows of a round. Lists are by row or by item, tables by row and item.
#[derive(Clone, PartialEq, Eq)]
pub struct Witness {
    /// Whether the row holds the item.
    pub held: Vec<Vec<Fr>>,
    /// Bonus and money of the row's utility y.
    pub utilities: Vec<[Fr; 2]>,
    /// e + 2^(S − 1) of the item: the last limb, and the others as one number before it.
    pub bonuses: Vec<[Fr; 2]>,
    /// Bonus and money of the pair's slack.
    pub slacks: Vec<Vec<[Fr; 2]>>,
    /// Whole money in the bonus parts.
    pub carries: Vec<Vec<Fr>>,
    /// R: the rank of what the row holds.
    pub row_ranks: Vec<Fr>,
    /// ρ, by item.
    pub ranks: Vec<Fr>,
    /// How far the item's rank is above its parent's, by item: at least 1.
    pub rises: Vec<Fr>,
    /// h: whether the row is the item's parent.
    pub parents: Vec<Vec<Fr>>,
}

/// The public scalars of a round in a circuit for this many items: the flags are computed here, never read.
#[must_use]
pub fn scalars(terms: &Terms, outcome: &Outcome, items: usize) -> Vec<Fr> {
    let known = terms.items.iter().zip(&outcome.prices).enumerate();
    let known = known.map(|(index, (item, price))| (*item, *price, sold(outcome, index)));
    // An item that is not there is for sale at 0, and nobody has it.
    let absent = (Item { copies: Count(1), reserve_price: Amount(0) }, Amount(0), 0);
    let of_item = |(item, price, sold): (Item, Amount, u64)| {
        [from_u64(price.0), from_flag(price > item.reserve_price), from_flag(sold < item.copies.0)]
    };
    known.chain(std::iter::repeat(absent)).take(items).flat_map(of_item).collect()
}

/// The sizes of a circuit's numbers.
pub(super) struct Shape {
    /// N, m, S and the bonuses.
    pub(super) size: Perturbation,
    /// S.
    pub(super) bonus_bits: u32,
    limb_bits: u32,
}

impl Shape {
    /// Bits of the last limb of a number of S bits.
    pub(super) fn top_bits(&self) -> u32 {
        self.bonus_bits - self.lower_bits()
    }

    /// Bits of its other limbs.
    pub(super) fn lower_bits(&self) -> u32 {
        self.limb_bits * (limb_count(self.bonus_bits, self.limb_bits) - 1)
    }

    /// An amount of money, perturbed: 2^S of it for each unit.
    fn money(&self, amount: &Num<Early>) -> Num<Early> {
        amount.clone().scale(power(self.bonus_bits))
    }

    /// A number of steps that no gap between `[0, 2^(S + bits of money + 1))` can make up for.
    pub(super) fn step(&self) -> Fr {
        let money_bits = self.limb_bits * limb_count(MONEY_BITS, self.limb_bits);
        // With a factor of two limbs, the difference of two ranks and a rise, it is still below r.
        let bits = self.bonus_bits + money_bits + 1;
        assert!(bits + self.limb_bits + 2 < MAX_BITS, "a gap and its steps do not wrap");
        power(bits)
    }
}

/// 2^bits.
fn power(bits: u32) -> Fr {
    from_integer(BigInt::one() << bits)
}

/// An item's early numbers.
struct ItemVar {
    /// Minor units, public.
    price: Num<Early>,
    /// e: what q' is beyond whole money, from −2^(S − 1) to 2^(S − 1) − 1.
    beyond: Num<Early>,
    /// 0 exactly if q' is 0.
    excess: Num<Early>,
    /// Whether copies are left, public.
    spare: Num<Early>,
    /// ρ.
    rank: Num<Early>,
    /// At least 1.
    rise: Num<Early>,
}

impl ItemVar {
    fn new(
        cs: &mut Builder<Early>,
        lookup: &mut Lookup,
        shape: &Shape,
        witness: &Witness,
        item: usize,
    ) -> Self {
        let [price, above, spare] = OF_ITEMS[item].map(|name| cs.scalar(name));
        let one = cs.constant::<Early>(Fr::one());
        // e + 2^(S − 1) has exactly S bits: the price is q' rounded to whole money, and no other price is.
        let [lower, top] = witness.bonuses[item];
        let lower = exact_var(cs, lookup, shape.lower_bits(), lower);
        let top = cs.commit(top);
        lookup.require(top.clone().scale(power(shape.limb_bits - shape.top_bits())));
        // At the reserve price the highest bit is set, so e, which is q', is at least 0. Above it q' is anyway.
        let at_reserve = one.clone() - above.clone();
        lookup.require(top.clone() - at_reserve.scale(power(shape.top_bits() - 1)));
        let half = power(shape.bonus_bits - 1);
        let beyond = lower + top.scale(power(shape.lower_bits())) - one.clone().scale(half);
        let excess = beyond.clone() + shape.money(&above);
        let rank = lookup.limb(cs, witness.ranks[item]);
        let rise = lookup.limb(cs, witness.rises[item] - Fr::one()) + one;
        Self { price, beyond, excess, spare, rank, rise }
    }
}

/// A row's early numbers.
struct RowVar {
    /// The bonus in the utility y.
    bonus: Num<Early>,
    /// The money in it: y is at least 0.
    money: Num<Early>,
    /// The rank of the item that the row holds; any number if it holds nothing.
    rank: Num<Early>,
}

impl RowVar {
    fn new(
        cs: &mut Builder<Early>,
        lookup: &mut Lookup,
        shape: &Shape,
        witness: &Witness,
        row: usize,
    ) -> Self {
        let [bonus, money] = witness.utilities[row];
        let bonus = number_var(cs, lookup, shape.bonus_bits, bonus);
        let money = number_var(cs, lookup, MONEY_BITS, money);
        let rank = lookup.limb(cs, witness.row_ranks[row]);
        Self { bonus, money, rank }
    }
}

/// The early numbers of a row and an item.
struct PairVar {
    valuation: Num<Early>,
    /// Not forced to be a bit here: the public column is bits, and the evaluation at `ρ` equals the column's.
    held: Num<Early>,
    /// The slack, and one more if the valuation is 0: at least 0, and 0 only if the row has an edge to the item and
    /// would have it as gladly as what it has.
    gap: Num<Early>,
}

impl PairVar {
    fn new(
        cs: &mut Builder<Early>,
        lookup: &mut Lookup,
        shape: &Shape,
        witness: &Witness,
        (row, of_row): (usize, &RowVar),
        (item, of_item): (usize, &ItemVar),
    ) -> Self {
        let [bonus, money] = witness.slacks[row][item];
        let bonus = number_var(cs, lookup, shape.bonus_bits, bonus);
        let money = number_var(cs, lookup, MONEY_BITS, money);
        let least = from_u64(LEAST_CARRY);
        let carry = lookup.limb(cs, witness.carries[row][item] + least) - cs.constant(least);
        let valuation = of_item.price.clone() + of_row.money.clone() - money.clone() - carry.clone();
        let none = zero_var(cs, "no interest is a valuation of zero", &valuation);
        let one = cs.constant::<Early>(Fr::one());
        let epsilon = (one.clone() - none.clone()).scale(from_integer(shape.size.bonus(row, item)));
        let bonuses = bonus.clone() - of_row.bonus.clone() - of_item.beyond.clone() + epsilon;
        // With the valuation above this is slack = y + q' − w, of which the slack is at least 0.
        cs.enforce("slack is utility plus price less weight", &one, &shape.money(&carry), &bonuses);
        let held = cs.commit(witness.held[row][item]);
        let gap = bonus + shape.money(&money) + none;
        Self { valuation, held, gap }
    }

    /// Whoever holds the item has an edge to it and would have nothing else more gladly, and has its rank. A parent
    /// is a row that would have the item as gladly and holds nothing or an item of smaller rank.
    ///
    /// A gap is at least 0 and below one step: together with whole steps it is 0 only if both are.
    fn relate(
        &self,
        cs: &mut Builder<Early>,
        shape: &Shape,
        row: &RowVar,
        item: &ItemVar,
        parent: Fr,
    ) -> Num<Late> {
        let zero = cs.constant::<Early>(Fr::zero());
        let ahead = row.rank.clone() - item.rank.clone();
        let own = self.gap.clone() + ahead.clone().scale(shape.step());
        cs.enforce("a holder is content and has its item's rank", &self.held, &own, &zero);
        let parent = cs.auxiliary(parent);
        let other = self.gap.clone() + (ahead + item.rise.clone()).scale(shape.step());
        cs.enforce("a parent is indifferent and of smaller rank", &parent, &other.late(), &zero.late());
        parent
    }
}

/// Early numbers that the late stage needs.
pub struct Wires {
    masks: Vec<Num<Early>>,
    /// By item and row.
    pairs: Vec<Vec<PairVar>>,
    lookup: ClosedLookup,
}

impl AssignmentCircuit {
    pub(super) fn shape(&self) -> Shape {
        let size = Perturbation::new(self.rows, self.items);
        // At most 132: the bits of 17^32 and one more.
        let bonus_bits = u32::try_from(size.bits()).unwrap_or(u32::MAX);
        Shape { size, bonus_bits, limb_bits: self.limb_bits }
    }

    /// C3: a row without an item has no utility.
    fn nothing_for_nothing(cs: &mut Builder<Early>, shape: &Shape, row: &RowVar, held: Vec<Num<Early>>) {
        let one = cs.constant::<Early>(Fr::one());
        let nothing = held.into_iter().fold(one, |nothing, held| nothing - held);
        let utility = row.bonus.clone() + shape.money(&row.money);
        let zero = cs.constant(Fr::zero());
        cs.enforce("a row that holds nothing has no utility", &nothing, &utility, &zero);
    }

    /// C4 and M1: an item with a price q' above 0 is sold out and has a parent.
    fn prices_have_reasons(cs: &mut Builder<Early>, item: &ItemVar, parents: Vec<Num<Late>>) {
        let zero = cs.constant::<Early>(Fr::zero());
        cs.enforce("an item with copies to spare costs nothing extra", &item.spare, &item.excess, &zero);
        let one = cs.constant::<Late>(Fr::one());
        // Parents are not forced to be bits: if they sum to 1, one of them is not 0.
        let orphan = parents.into_iter().fold(one, |orphan, parent| orphan - parent);
        let excess = item.excess.late();
        cs.enforce("an item that costs extra has a parent", &orphan, &excess, &zero.late());
    }
}

impl Circuit for AssignmentCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        Layout {
            challenges: 2,
            sealed: self.items,
            results: &[],
            columns: &HOLDS[..self.items],
            scalars: OF_ITEMS[..self.items].as_flattened(),
        }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "assignment/v1".into(), size: format!("{}x{}", self.rows, self.items) }
    }

    fn capacity(&self) -> usize {
        self.rows
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Witness {
        let (rows, items, zero) = (self.rows, self.items, Fr::zero());
        Witness {
            held: vec![vec![zero; items]; rows],
            utilities: vec![[zero; 2]; rows],
            bonuses: vec![[zero; 2]; items],
            slacks: vec![vec![[zero; 2]; items]; rows],
            carries: vec![vec![zero; items]; rows],
            row_ranks: vec![zero; rows],
            ranks: vec![zero; items],
            rises: vec![Fr::one(); items],
            parents: vec![vec![zero; items]; rows],
        }
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let (mut lookup, shape) = (Lookup::new(self.limb_bits), self.shape());
        let items = 0..self.items;
        let items: Vec<ItemVar> =
            items.map(|item| ItemVar::new(cs, &mut lookup, &shape, witness, item)).collect();
        let rows = 0..self.rows;
        let rows: Vec<RowVar> = rows.map(|row| RowVar::new(cs, &mut lookup, &shape, witness, row)).collect();
        let mut pairs = Vec::with_capacity(self.items);
        for (j, item) in items.iter().enumerate() {
            let mut column = Vec::with_capacity(self.rows);
            let mut parents = Vec::with_capacity(self.rows);
            for (i, row) in rows.iter().enumerate() {
                let pair = PairVar::new(cs, &mut lookup, &shape, witness, (i, row), (j, item));
                parents.push(pair.relate(cs, &shape, row, item, witness.parents[i][j]));
                column.push(pair);
            }
            Self::prices_have_reasons(cs, item, parents);
            pairs.push(column);
        }
        for (i, row) in rows.iter().enumerate() {
            let held = pairs.iter().map(|column| column[i].held.clone()).collect();
            Self::nothing_for_nothing(cs, &shape, row, held);
        }
        let masks = (0..self.items).map(|item| cs.mask(item)).collect();
        Wires { masks, pairs, lookup: lookup.close(cs) }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, _: &Witness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        for (item, (mask, column)) in wires.masks.iter().zip(&wires.pairs).enumerate() {
            // The valuations are those that the ledger's commitments hold; padding rows hold 0.
            let linked = [mask].into_iter().chain(column.iter().map(|pair| &pair.valuation));
            let sum = cs.sum(item);
            horner::sum_is(cs, "valuations are the ledger's", linked, &rho, &sum);
            // The committed holdings are the published ones.
            let held = column.iter().map(|pair| &pair.held);
            let evaluation = cs.evaluation(item);
            horner::sum_is(cs, "holdings are the published ones", held, &rho, &evaluation);
        }
        wires.lookup.constrain(cs, &x);
    }
}
