//! The relation of `quality-menu/v1`: seven constraints a row and one per limb; `pin.txt` has the exact counts.
//!
//! Normative text: rules.md section 3.5. A row knows a level of the menu, whose five numbers (where its interval
//! starts and ends, its number, gain and payment) are looked up as one tuple, and how far its valuation is above
//! the start and below the end. Both are at least 0, so the valuation is in the interval; the intervals of the
//! menu are disjoint, so there is no other level.
//!
//! A menu has a slot for each tier that there can be. The interval of a slot without a tier would start at 2^64
//! and end before that, so no valuation is in it, and the one before it ends where u64 does.

use super::native::{self, Level, MAX_TIERS};
use super::{RESULTS, Terms};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_u64, from_u128};
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::number_var;
use crate::gadgets::tuple::{ClosedTupleLookup, TupleLookup};
use crate::number::Amount;
use crate::proof_system::{Circuit, Tier};
use ark_ff::{One, Zero};

/// The circuit for up to `capacity` rows and menus of up to `slots` tiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityMenuCircuit {
    capacity: usize,
    limb_bits: u32,
    slots: usize,
}

/// Sizes of the published circuits, smallest first: rows and limb width.
pub const TIERS: [QualityMenuCircuit; 3] = [
    QualityMenuCircuit { capacity: 256, limb_bits: 8, slots: MAX_TIERS },
    QualityMenuCircuit { capacity: 4096, limb_bits: 13, slots: MAX_TIERS },
    QualityMenuCircuit { capacity: 65536, limb_bits: 16, slots: MAX_TIERS },
];

/// Width of a distance to the ends of an interval.
const DISTANCE_BITS: u32 = 64;

/// The first number above all valuations: where the interval of a slot without a tier starts.
const NO_VALUATION: u128 = 1 << 64;

macro_rules! slot_names {
    ($($slot:literal)*) => {
        &[$(concat!("threshold_", $slot), concat!("gain_", $slot), concat!("payment_", $slot)),*]
    };
}

/// The public scalars: threshold, gain and payment of each slot, from level 1.
pub const SCALARS: &[&str] = slot_names!(
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
    33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
);

/// What the prover knows of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RowWitness {
    /// Number of its level.
    pub level: Fr,
    /// Where the interval of the level starts.
    pub start: Fr,
    /// How far the valuation is above that.
    pub above: Fr,
    /// How far it is below the end of the interval.
    pub below: Fr,
    /// The level's gain.
    pub gain: Fr,
    /// The level's payment.
    pub payment: Fr,
}

/// A level of a menu and the interval of valuations that get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Interval {
    level: Level,
    end: u64,
}

/// The levels of a menu; only level 0 if the rule refuses the terms.
fn intervals(terms: &Terms) -> Vec<Interval> {
    let menu = match native::check_terms(terms) {
        Ok(()) => native::levels(terms),
        Err(_) => native::levels(&Terms { tiers: Vec::new(), ..terms.clone() }),
    };
    // A threshold is at least 1.
    let next = menu.iter().skip(1).map(|level| level.threshold_per_ppm.0.saturating_sub(1));
    let ends = next.chain([u64::MAX]);
    menu.iter().zip(ends).map(|(level, end)| Interval { level: *level, end }).collect()
}

impl QualityMenuCircuit {
    /// A circuit of any size, for tests.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn sized(capacity: usize, limb_bits: u32) -> Self {
        Self { capacity, limb_bits, slots: MAX_TIERS }
    }

    /// The same for menus of up to `slots` tiers.
    #[cfg(test)]
    pub(super) fn slots(self, slots: usize) -> Self {
        Self { slots, ..self }
    }

    /// Whether a menu with these terms has not too many tiers.
    pub(super) fn holds_menu(&self, terms: &Terms) -> bool {
        terms.tiers.len() <= self.slots
    }

    /// The public scalars of a round.
    #[must_use]
    pub fn scalars(&self, terms: &Terms) -> Vec<Fr> {
        let mut scalars: Vec<Fr> = intervals(terms)
            .iter()
            .skip(1)
            .flat_map(|Interval { level, .. }| {
                [level.threshold_per_ppm.0, level.gain_ppm.0, level.payment.0].map(from_u64)
            })
            .collect();
        while scalars.len() < 3 * self.slots {
            scalars.extend([NO_VALUATION, 0, 0].map(from_u128));
        }
        scalars
    }

    /// The witness for these valuations and claimed results. A row is where its claimed level is, if the menu has
    /// it, else where it belongs.
    #[must_use]
    pub fn fill(&self, terms: &Terms, valuations: &[u64], results: &[Vec<Fr>]) -> Vec<RowWitness> {
        let menu = intervals(terms);
        let row = |index: usize| {
            let valuation = valuations.get(index).copied().unwrap_or(0);
            let claimed = |column: usize| results.get(column)?.get(index).copied();
            let (level, gain, payment) = (
                claimed(0).unwrap_or_default(),
                claimed(1).unwrap_or_default(),
                claimed(2).unwrap_or_default(),
            );
            let known = (0..menu.len()).find(|known| from_u64(*known as u64) == level);
            let belongs = menu.iter().rposition(|known| known.level.threshold_per_ppm <= Amount(valuation));
            let place = known.or(belongs).unwrap_or(0);
            let Interval { level: Level { threshold_per_ppm, .. }, end } = menu[place];
            let (start, valuation) = (from_u64(threshold_per_ppm.0), from_u64(valuation));
            let (above, below) = (valuation - start, from_u64(end) - valuation);
            RowWitness { level, start, above, below, gain, payment }
        };
        (0..self.capacity).map(row).collect()
    }
}

/// A row's early numbers.
struct Row {
    valuation: Num<Early>,
    level: Num<Early>,
    gain: Num<Early>,
    payment: Num<Early>,
}

/// Early numbers that the late stage needs.
pub struct Wires {
    /// Of the sealed column, then of each result column.
    masks: [Num<Early>; 4],
    rows: Vec<Row>,
    lookup: ClosedLookup,
    menu: ClosedTupleLookup<5>,
}

impl Circuit for QualityMenuCircuit {
    type Witness = Vec<RowWitness>;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        let scalars = &SCALARS[..3 * self.slots];
        Layout { challenges: 3, sealed: 1, results: RESULTS, columns: &[], scalars }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "quality-menu/v1".into(), size: self.capacity.to_string() }
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Vec<RowWitness> {
        vec![RowWitness::default(); self.capacity]
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Vec<RowWitness>) -> Wires {
        let mut lookup = Lookup::new(self.limb_bits);
        let mut menu = TupleLookup::new(self.menu(cs));
        let rows = witness.iter().map(|row| row_vars(cs, &mut lookup, &mut menu, row)).collect();
        let masks = [0, 1, 2, 3].map(|column| cs.mask(column));
        Wires { masks, rows, lookup: lookup.close(cs), menu: menu.close(cs) }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, _: &Vec<RowWitness>) {
        let [rho, x, theta] = [0, 1, 2].map(|i| cs.nth_challenge(i));
        let mut linked = |property, column: usize, number: fn(&Row) -> &Num<Early>| {
            let values = std::iter::once(&wires.masks[column]).chain(wires.rows.iter().map(number));
            let sum = cs.sum(column);
            horner::sum_is(cs, property, values, &rho, &sum);
        };
        // The valuations are those that the ledger's commitments hold; padding rows hold 0.
        linked("valuations are the ledger's", 0, |row| &row.valuation);
        // Results are those that the settlement's commitments hold, or publishes; those of padding rows are 0.
        linked("levels are the settlement's", 1, |row| &row.level);
        linked("gains are the settlement's", 2, |row| &row.gain);
        linked("payments are the settlement's", 3, |row| &row.payment);
        wires.lookup.constrain(cs, &x);
        wires.menu.constrain(cs, &x, &theta);
    }
}

/// The end of the interval comes first in a tuple: it has the most limbs, and what comes first is not multiplied.
type Entry = [Num<Early>; 5];

impl QualityMenuCircuit {
    /// End, start, number, payment and gain of each level. A level ends where the next one starts.
    fn menu(&self, cs: &Builder<Early>) -> Vec<Entry> {
        let zero = cs.constant(Fr::zero());
        let mut levels = vec![[zero.clone(), zero.clone(), zero]];
        levels.extend(SCALARS.chunks(3).take(self.slots).filter_map(|names| match names {
            [threshold, gain, payment] => Some([*threshold, *payment, *gain].map(|name| cs.scalar(name))),
            _ => None,
        }));
        let next = levels.iter().skip(1).map(|[threshold, ..]| threshold.clone());
        let ends: Vec<Num<Early>> = next.chain([cs.constant(from_u128(NO_VALUATION))]).collect();
        let entry = |(number, ([start, payment, gain], next)): (usize, ([Num<Early>; 3], Num<Early>))| {
            let end = next - cs.constant(Fr::one());
            [end, start, cs.constant(from_u64(number as u64)), payment, gain]
        };
        levels.into_iter().zip(ends).enumerate().map(entry).collect()
    }
}

fn row_vars(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    menu: &mut TupleLookup<5>,
    witness: &RowWitness,
) -> Row {
    let RowWitness { level, start, above, below, gain, payment } = *witness;
    let [start, level, payment, gain] = [start, level, payment, gain].map(|number| cs.commit(number));
    // Both distances are at least 0 and far below r, so start ≤ valuation ≤ end over the integers.
    let above = number_var(cs, lookup, DISTANCE_BITS, above);
    let below = number_var(cs, lookup, DISTANCE_BITS, below);
    let valuation = start.clone() + above;
    let end = valuation.clone() + below;
    // Level, gain and payment are those of the level whose interval this is.
    menu.require([end, start, level.clone(), payment.clone(), gain.clone()]);
    Row { valuation, level, gain, payment }
}
