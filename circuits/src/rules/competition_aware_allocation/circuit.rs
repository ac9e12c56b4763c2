//! The relation of `competition-aware-allocation/v1`: for each pair of row and action five constraints and one per
//! limb; `pin.txt` has the exact counts.
//!
//! It is the certificate of rules.md section 4.5, C1 to C4, in MATCH's perturbed numbers: prices q' of actions and
//! utilities y of rows, which prove the allocation. Nobody pays the prices, so any that pass will do.
//!
//! A pair that goes together weighs w = value·2^S + ε. One that does not has a weight here where MATCH has none: B
//! less, where B = 2^(S + 64) is above every weight. So the slack
//!
//! ```text
//! slack = y + q' − w + apart·B,     apart = (1 − bit of the mask)·(1 − the action is the row's baseline)
//! ```
//!
//! needs no product but that of the two bits, and is above 0 wherever rows and actions do not go together: C1 says
//! nothing new of such a pair, because y and q' are at least 0 anyway. An action that earns nothing counts as one
//! that costs a unit: its weights are below 0, so its slacks are above 0 too.
//!
//! What a row has of an action is 0 or 1 + slack: a number that is no bit is at least 2. With h the sum of these
//! over the actions, (1 − h)·(y + h) = 0 leaves two cases: h = 0 and y = 0, or h = 1, which is one action without
//! slack. The same over the rows, with q'.

use super::native::payment;
use super::{Outcome, RESULTS, Terms};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_flag, from_integer, from_u64, from_u128};
use crate::gadgets::bits::{boolean, zero_var};
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::{MAX_BITS, limb_count, number_var};
use crate::gadgets::tuple::{ClosedTupleLookup, TupleLookup};
use crate::number::Amount;
use crate::proof_system::{Circuit, Tier};
use crate::rules::procedures::matching::Perturbation;
use ark_ff::{One, Zero};
use num_bigint::BigInt;

/// The circuit for rounds of up to `rows` rows and `actions` actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllocationCircuit {
    pub(super) rows: usize,
    pub(super) actions: usize,
    pub(super) limb_bits: u32,
}

/// Sizes of the published circuits, smallest first: rows, actions and limb width.
pub const TIERS: [AllocationCircuit; 2] = [
    AllocationCircuit { rows: 8, actions: 4, limb_bits: 7 },
    AllocationCircuit { rows: 32, actions: 16, limb_bits: 11 },
];

/// Width of an action's value.
const VALUE_BITS: u32 = 64;

/// Width of the sealed mask.
const MASK_BITS: u32 = 64;

macro_rules! with_actions {
    ($($action:literal)*) => {
        &[
            ["total_revenue", "total", "baseline_revenue"],
            $([concat!("value_", $action), concat!("worthless_", $action), concat!("payment_", $action)]),*
        ]
    };
}

/// The public scalars: the sums; then for each action what it earns, whether that is nothing, and what its buyer pays.
pub(super) const SCALARS: &[[&str; 3]] = with_actions!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);

/// What the prover knows of a round.
#[derive(Clone, PartialEq, Eq)]
pub struct Witness {
    /// Of each row.
    pub rows: Vec<RowWitness>,
    /// q', by action.
    pub prices: Vec<Fr>,
}

/// What the prover knows of a row.
#[derive(Clone, PartialEq, Eq)]
pub struct RowWitness {
    /// Whether it is a row of the ledger.
    pub real: Fr,
    /// The sealed baseline action.
    pub baseline: Fr,
    /// The sealed mask beyond the actions: its quotient by 2^m.
    pub beyond: Fr,
    /// y.
    pub utility: Fr,
    /// What the row's action earns.
    pub revenue: Fr,
    /// What the row pays.
    pub payment: Fr,
    /// The row with each action.
    pub pairs: Vec<PairWitness>,
}

/// What the prover knows of a row and an action.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct PairWitness {
    /// The action's bit in the mask.
    pub steerable: Fr,
    /// Whether the row is steered to the action.
    pub held: Fr,
    /// y + q' − w, and B more if the two do not go together.
    pub slack: Fr,
}

/// The public scalars of a round in a circuit for this many actions.
#[must_use]
pub fn scalars(terms: &Terms, outcome: &Outcome, actions: usize) -> Vec<Fr> {
    let Outcome { total_revenue, total, baseline_revenue, .. } = outcome;
    let sums = [total_revenue, total, baseline_revenue].map(|sum| from_u128(sum.0));
    // An action that is not there earns nothing.
    let values = terms.action_values.iter().copied().chain(std::iter::repeat(Amount(0)));
    let of_action =
        |value: Amount| [from_u64(value.0), from_flag(value.0 == 0), from_u64(payment(terms, value).0)];
    sums.into_iter().chain(values.take(actions).flat_map(of_action)).collect()
}

/// The sizes of a circuit's numbers.
pub(super) struct Shape {
    /// N, m, S and the bonuses.
    pub(super) size: Perturbation,
    /// S.
    bonus_bits: u32,
}

impl Shape {
    /// Bits of a weight, and so of utilities and prices that are no larger than they must be.
    pub(super) fn weight_bits(&self) -> u32 {
        self.bonus_bits + VALUE_BITS
    }

    /// Bits of a slack: below utility, price and B.
    pub(super) fn slack_bits(&self) -> u32 {
        self.weight_bits() + 2
    }

    /// B: above every weight.
    pub(super) fn apart(&self) -> BigInt {
        BigInt::one() << self.weight_bits()
    }
}

/// An action's early numbers.
struct ActionVar {
    /// Minor units, public.
    value: Num<Early>,
    /// Minor units, public.
    payment: Num<Early>,
    /// The value, or −1 if that is 0: what the action is weighed with.
    worth: Num<Early>,
    /// q', at least 0.
    price: Num<Early>,
}

impl ActionVar {
    fn new(cs: &mut Builder<Early>, lookup: &mut Lookup, shape: &Shape, names: [&str; 3], price: Fr) -> Self {
        let [value, worthless, payment] = names.map(|name| cs.scalar(name));
        let price = number_var(cs, lookup, shape.weight_bits(), price);
        Self { worth: value.clone() - worthless, value, payment, price }
    }

    /// w of the row and this action, if they go together.
    fn weight(&self, cs: &Builder<Early>, shape: &Shape, (row, action): (usize, usize)) -> Num<Early> {
        let bonus = cs.constant(from_integer(shape.size.bonus(row, action)));
        self.worth.clone().scale(power(shape.bonus_bits)) + bonus
    }

    /// One row has the action, or none and its price is 0.
    fn is_had_once(&self, cs: &mut Builder<Early>, had: Num<Early>) {
        let (one, zero) = (cs.constant(Fr::one()), cs.constant(Fr::zero()));
        let (free, either) = (one - had.clone(), self.price.clone() + had);
        cs.enforce("one row has the action, or none and it costs nothing", &free, &either, &zero);
    }

    /// What the action earns if it is the baseline action of this many rows: its value, unless there are none.
    fn earns_for(&self, cs: &mut Builder<Early>, takers: &Num<Early>) -> Num<Early> {
        // Their number is at most that of the rows: 0 only if there are none.
        let nobody = zero_var(cs, "an action is somebody's baseline or nobody's", takers);
        let somebody = cs.constant(Fr::one()) - nobody;
        cs.product("a baseline action earns its value", &self.value, &somebody)
    }
}

/// A row's early numbers.
struct RowVar {
    /// Whether it is a row of the ledger: a bit, because the public column is.
    real: Num<Early>,
    /// The sealed mask.
    steerable: Num<Early>,
    /// The sealed baseline action.
    baseline: Num<Early>,
    /// The number of the row's action from 1, or 0.
    action: Num<Early>,
    /// Minor units.
    revenue: Num<Early>,
    /// Minor units.
    payment: Num<Early>,
}

/// The early numbers of a row and an action.
struct PairVar {
    /// The action's bit in the mask.
    steerable: Num<Early>,
    /// 1 if the action is the row's baseline action, else 0.
    taken: Num<Early>,
    /// 1 if the row is steered to the action, else 0.
    held: Num<Early>,
}

/// A row and an action, before it is known what they have to do with each other.
struct Pair<'a> {
    /// y of the row.
    utility: &'a Num<Early>,
    /// q' of the action.
    price: &'a Num<Early>,
    /// w, if they go together.
    weight: Num<Early>,
    /// 0 if the action is the row's baseline action.
    distance: Num<Early>,
}

impl PairVar {
    fn new(
        cs: &mut Builder<Early>,
        lookup: &mut Lookup,
        shape: &Shape,
        pair: Pair<'_>,
        witness: PairWitness,
    ) -> Self {
        let (one, zero) = (cs.constant::<Early>(Fr::one()), cs.constant(Fr::zero()));
        let steerable = cs.commit(witness.steerable);
        boolean(cs, "a bit of the mask is 0 or 1", &steerable);
        // 1 exactly if the distance is 0, whatever the sealed number is.
        let taken = zero_var(cs, "a row takes an action by itself or not", &pair.distance);
        let slack = number_var(cs, lookup, shape.slack_bits(), witness.slack);
        // A pair that goes together by neither weighs B less.
        let less = slack.clone() + pair.weight - pair.utility.clone() - pair.price.clone();
        let unsteerable = (one.clone() - steerable.clone()).scale(from_integer(shape.apart()));
        let not_taken = one.clone() - taken.clone();
        cs.enforce("slack is utility plus price less weight", &unsteerable, &not_taken, &less);
        // 0, or at least 1, and 1 only without slack.
        let held = cs.commit(witness.held);
        let own = slack + one - held.clone();
        cs.enforce("a row has nothing of an action, or the slack and one", &held, &own, &zero);
        Self { steerable, taken, held }
    }
}

/// 2^bits.
fn power(bits: u32) -> Fr {
    from_integer(BigInt::one() << bits)
}

/// Σ weight·number.
fn weighted<'a>(cs: &Builder<Early>, terms: impl IntoIterator<Item = (Fr, &'a Num<Early>)>) -> Num<Early> {
    let term = |sum, (weight, number): (Fr, &Num<Early>)| sum + number.clone().scale(weight);
    terms.into_iter().fold(cs.constant(Fr::zero()), term)
}

fn sum<'a>(cs: &Builder<Early>, numbers: impl IntoIterator<Item = &'a Num<Early>>) -> Num<Early> {
    weighted(cs, numbers.into_iter().map(|number| (Fr::one(), number)))
}

/// The mask with these bits, and a number beyond them: no other bits make the same mask, because the two do not
/// overlap and their sum does not wrap.
fn mask(cs: &mut Builder<Early>, lookup: &mut Lookup, pairs: &[PairVar], beyond: Fr) -> Num<Early> {
    let count = pairs.len() as u32;
    let beyond = number_var(cs, lookup, MASK_BITS - count, beyond);
    let bits = pairs.iter().zip(0..).map(|(pair, bit)| (power(bit), &pair.steerable));
    weighted(cs, bits.chain([(power(count), &beyond)]))
}

/// Early numbers that the late stage needs.
pub struct Wires {
    /// Of the two sealed columns, then of each result column.
    masks: [Num<Early>; 5],
    rows: Vec<RowVar>,
    lookup: ClosedLookup,
    menu: ClosedTupleLookup<3>,
}

impl AllocationCircuit {
    pub(super) fn shape(&self) -> Shape {
        let size = Perturbation::new(self.rows, self.actions);
        // At most 132: the bits of 17^32 and one more.
        let bonus_bits = u32::try_from(size.bits()).unwrap_or(u32::MAX);
        let shape = Shape { size, bonus_bits };
        let widest = self.limb_bits * limb_count(shape.slack_bits(), self.limb_bits);
        // Of each row and action at most 2^widest, 32 of them and a price: far below r.
        assert!(widest + 8 < MAX_BITS, "sums of what rows have do not wrap");
        shape
    }

    /// A row, and what it has to do with each action.
    fn row(
        &self,
        cs: &mut Builder<Early>,
        lookup: &mut Lookup,
        (shape, actions): (&Shape, &[ActionVar]),
        (row, witness): (usize, &RowWitness),
    ) -> (RowVar, Vec<PairVar>) {
        let (one, zero) = (cs.constant::<Early>(Fr::one()), cs.constant(Fr::zero()));
        let [real, baseline] = [witness.real, witness.baseline].map(|number| cs.commit(number));
        // A row of padding takes no action by itself: its baseline action is 0 in the ledger, and counts as m.
        let padding = (one.clone() - real.clone()).scale(from_u64(self.actions as u64));
        let counted = baseline.clone() + padding;
        let utility = number_var(cs, lookup, shape.weight_bits(), witness.utility);
        let mut pairs = Vec::with_capacity(self.actions);
        for (index, (action, of_pair)) in actions.iter().zip(&witness.pairs).enumerate() {
            let weight = action.weight(cs, shape, (row, index));
            let distance = counted.clone() - cs.constant(from_u64(index as u64));
            let pair = Pair { utility: &utility, price: &action.price, weight, distance };
            pairs.push(PairVar::new(cs, lookup, shape, pair, *of_pair));
        }
        // One of these is 1 and all others are 0, or all are 0.
        let had = sum(cs, pairs.iter().map(|pair| &pair.held));
        let nothing = one - had.clone();
        cs.enforce("a row has one action, or none and no utility", &nothing, &(utility + had), &zero);

        let steerable = mask(cs, lookup, &pairs, witness.beyond);
        let numbers = pairs.iter().zip(1..).map(|(pair, number)| (from_u64(number), &pair.held));
        let action = weighted(cs, numbers);
        let [revenue, payment] = [witness.revenue, witness.payment].map(|number| cs.commit(number));
        (RowVar { real, steerable, baseline, action, revenue, payment }, pairs)
    }

    /// Number, value and payment of each action; nothing for no action.
    fn menu(cs: &Builder<Early>, actions: &[ActionVar]) -> Vec<[Num<Early>; 3]> {
        let number = |number: usize| cs.constant(from_u64(number as u64));
        let entry = |(index, action): (usize, &ActionVar)| {
            [number(index + 1), action.value.clone(), action.payment.clone()]
        };
        [[0; 3].map(number)].into_iter().chain(actions.iter().enumerate().map(entry)).collect()
    }

    /// The published sums are those of the rows.
    fn sums(cs: &mut Builder<Early>, actions: &[ActionVar], rows: &[RowVar], takers: &[Num<Early>]) {
        let one = cs.constant::<Early>(Fr::one());
        let [total_revenue, total, baseline_revenue] = SCALARS[0].map(|name| cs.scalar(name));
        let revenues = sum(cs, rows.iter().map(|row| &row.revenue));
        cs.enforce("the revenues have their sum", &one, &revenues, &total_revenue);
        let payments = sum(cs, rows.iter().map(|row| &row.payment));
        cs.enforce("the payments have their sum", &one, &payments, &total);
        let mut baseline = Vec::with_capacity(actions.len());
        for (action, takers) in actions.iter().zip(takers) {
            baseline.push(action.earns_for(cs, takers));
        }
        let baseline = sum(cs, &baseline);
        cs.enforce("the baseline actions have their sum", &one, &baseline, &baseline_revenue);
    }
}

impl Circuit for AllocationCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        let scalars = SCALARS[..=self.actions].as_flattened();
        Layout { challenges: 3, sealed: 2, results: RESULTS, columns: &["real"], scalars }
    }

    fn tier(&self) -> Tier {
        let size = format!("{}x{}", self.rows, self.actions);
        Tier { rule: "competition-aware-allocation/v1".into(), size }
    }

    fn capacity(&self) -> usize {
        self.rows
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Witness {
        let zero = Fr::zero();
        let row = RowWitness {
            real: zero,
            baseline: zero,
            beyond: zero,
            utility: zero,
            revenue: zero,
            payment: zero,
            pairs: vec![PairWitness::default(); self.actions],
        };
        Witness { rows: vec![row; self.rows], prices: vec![zero; self.actions] }
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let (mut lookup, shape) = (Lookup::new(self.limb_bits), self.shape());
        let mut actions = Vec::with_capacity(self.actions);
        for (names, price) in SCALARS[1..].iter().zip(&witness.prices) {
            actions.push(ActionVar::new(cs, &mut lookup, &shape, *names, *price));
        }
        let mut menu = TupleLookup::new(Self::menu(cs, &actions));
        let mut rows = Vec::with_capacity(self.rows);
        let mut pairs = Vec::with_capacity(self.rows);
        for row in witness.rows.iter().enumerate() {
            let (row, of_row) = self.row(cs, &mut lookup, (&shape, &actions), row);
            // Revenue and payment are those of the row's action, or 0.
            menu.require([row.action.clone(), row.revenue.clone(), row.payment.clone()]);
            rows.push(row);
            pairs.push(of_row);
        }
        let mut takers = Vec::with_capacity(self.actions);
        for (index, action) in actions.iter().enumerate() {
            let had = sum(cs, pairs.iter().map(|of_row| &of_row[index].held));
            action.is_had_once(cs, had);
            takers.push(sum(cs, pairs.iter().map(|of_row| &of_row[index].taken)));
        }
        Self::sums(cs, &actions, &rows, &takers);
        let masks = [0, 1, 2, 3, 4].map(|column| cs.mask(column));
        Wires { masks, rows, lookup: lookup.close(cs), menu: menu.close(cs) }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, _: &Witness) {
        let [rho, x, theta] = [0, 1, 2].map(|i| cs.nth_challenge(i));
        let mut linked = |property, column: usize, number: fn(&RowVar) -> &Num<Early>| {
            let values = std::iter::once(&wires.masks[column]).chain(wires.rows.iter().map(number));
            let sum = cs.sum(column);
            horner::sum_is(cs, property, values, &rho, &sum);
        };
        // Masks and baseline actions are those that the ledger's commitments hold; padding rows hold 0.
        linked("masks are the ledger's", 0, |row| &row.steerable);
        linked("baseline actions are the ledger's", 1, |row| &row.baseline);
        // Results are those that the settlement's commitments hold, or publishes; those of padding rows are 0.
        linked("actions are the settlement's", 2, |row| &row.action);
        linked("revenues are the settlement's", 3, |row| &row.revenue);
        linked("payments are the settlement's", 4, |row| &row.payment);
        // The rows of the ledger come first, all others are padding.
        let real = wires.rows.iter().map(|row| &row.real);
        let evaluation = cs.evaluation(0);
        horner::sum_is(cs, "rows are real up to their number", real, &rho, &evaluation);
        wires.lookup.constrain(cs, &x);
        wires.menu.constrain(cs, &x, &theta);
    }
}
