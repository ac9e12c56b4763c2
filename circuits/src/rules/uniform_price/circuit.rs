//! The relation of `uniform-price/v1`: six constraints a row and one per limb; `pin.txt` has the exact counts.
//!
//! Normative text: proof-system.md section 8.

use super::{Outcome, Terms};
use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_flag, from_u64};
use crate::gadgets::bits::{boolean, is_zero_var};
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::{limb_count, number_var};
use crate::proof_system::{Circuit, Shard, Tier};
use ark_ff::{One, Zero, batch_inversion};

/// The circuit for up to `capacity` rows of a round, or of a shard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UniformPriceCircuit {
    capacity: usize,
    limb_bits: u32,
}

/// Sizes of the published circuits, smallest first: rows and limb width.
pub const TIERS: [UniformPriceCircuit; 3] = [
    UniformPriceCircuit { capacity: 256, limb_bits: 8 },
    UniformPriceCircuit { capacity: 4096, limb_bits: 13 },
    UniformPriceCircuit { capacity: 65536, limb_bits: 16 },
];

/// Width of a distance to the price.
const DISTANCE_BITS: u32 = 64;

/// The public scalars. `first` and `last` say whether the shard has the round's first and last row; the others
/// are 0 in shards that they do not apply to.
const SCALARS: &[&str] =
    &["clearing_price", "first", "last", "ties_start_here", "setter_due_here", "all_ties_win_here"];

/// The public scalars of a shard: the derived flags are computed here, never read.
#[must_use]
pub fn scalars(terms: &Terms, outcome: &Outcome, shard: Shard) -> Vec<Fr> {
    let price = outcome.clearing_price;
    let positive = price.0 > 0;
    let setter_due = price > terms.reserve_price;
    let winners = outcome.won.iter().filter(|won| **won).count() as u64;
    let all_ties_win = winners < terms.copies.0 && positive;
    vec![
        from_u64(price.0),
        from_flag(shard.is_first()),
        from_flag(shard.is_last()),
        from_flag(shard.is_first() && positive),
        from_flag(shard.is_last() && setter_due),
        from_flag(shard.is_last() && all_ties_win),
    ]
}

/// What the prover knows of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Winner flags, padded.
    pub won: Vec<Fr>,
    /// `|x − p|`, padded with the distance of a value 0.
    pub distance: Vec<Fr>,
    /// Ties at the price win up to here: a 1…1 0…0 sequence.
    pub ties_open: Vec<bool>,
    /// Handed over by the shard before.
    pub taken: HandOver,
    /// Handed on to the shard after.
    pub given: HandOver,
}

/// What one shard tells the next, hidden in a carry commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct HandOver {
    /// Ties at the price still win.
    pub ties_open: bool,
    /// No loser at the price has been seen yet.
    pub setter_missing: bool,
}

impl HandOver {
    /// Reads [`Self::to_field`]; another number reads as nothing handed over.
    #[must_use]
    pub fn from_field(carried: Fr) -> Self {
        let is = |x: u64| carried == from_u64(x);
        Self { ties_open: is(1) || is(3), setter_missing: is(2) || is(3) }
    }

    /// The one number that is committed: bits 0 and 1.
    #[must_use]
    pub fn to_field(self) -> Fr {
        from_u64(u64::from(self.ties_open) + 2 * u64::from(self.setter_missing))
    }
}

impl UniformPriceCircuit {
    /// Rows that one proof has room for.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.capacity
    }

    /// A circuit of any size, for tests.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn sized(capacity: usize, limb_bits: u32) -> Self {
        Self { capacity, limb_bits }
    }

    /// The witness of the shard that starts at row `first` of the round.
    #[must_use]
    pub fn fill(
        &self,
        price: u64,
        valuations: &[u64],
        won: &[bool],
        taken: HandOver,
        shard: Shard,
    ) -> Witness {
        let distance = |x: u64| from_u64(x.abs_diff(price));
        let mut ties_open = if shard.is_first() { price > 0 } else { taken.ties_open };
        let mut setter_missing = shard.is_first() || taken.setter_missing;
        let mut open = Vec::with_capacity(self.capacity);
        for (x, won) in valuations.iter().zip(won) {
            if *x == price && !won {
                ties_open = false;
                setter_missing = false;
            }
            open.push(ties_open);
        }
        open.resize(self.capacity, ties_open);
        let pad = |values: Vec<Fr>, with: Fr| {
            let mut values = values;
            values.resize(self.capacity, with);
            values
        };
        let given =
            if shard.is_last() { HandOver::default() } else { HandOver { ties_open, setter_missing } };
        Witness {
            won: pad(won.iter().map(|won| from_flag(*won)).collect(), Fr::zero()),
            distance: pad(valuations.iter().map(|x| distance(*x)).collect(), from_u64(price)),
            ties_open: open,
            taken,
            given,
        }
    }
}

/// A row's early numbers.
struct Row {
    /// Winner flag. Not forced to be a bit here: the public column is bits, and the evaluation at `ρ` of the
    /// committed flags equals the column's.
    won: Num<Early>,
    /// Distance to the price, at least 0.
    distance: Num<Early>,
    /// The valuation: price + distance for winners, price − distance for losers.
    valuation: Num<Early>,
}

/// Two committed bits and the number that carries them.
struct HandOverVar {
    ties_open: Num<Early>,
    setter_missing: Num<Early>,
}

impl HandOverVar {
    fn new(cs: &mut Builder<Early>, value: HandOver) -> Self {
        let ties_open = cs.commit(from_flag(value.ties_open));
        let setter_missing = cs.commit(from_flag(value.setter_missing));
        Self { ties_open, setter_missing }
    }

    fn carried(&self) -> Num<Early> {
        self.ties_open.clone() + self.setter_missing.clone().scale(from_u64(2))
    }
}

/// Early numbers that the late stage needs.
pub struct Wires {
    mask: Num<Early>,
    rows: Vec<Row>,
    taken: HandOverVar,
    given: HandOverVar,
    lookup: ClosedLookup,
    scalars: [Num<Early>; 5],
}

impl Circuit for UniformPriceCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        Layout { challenges: 2, sealed: 1, results: &[], columns: &["won"], scalars: SCALARS }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "uniform-price/v1".into(), size: self.capacity.to_string() }
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Witness {
        Witness {
            won: vec![Fr::zero(); self.capacity],
            distance: vec![Fr::zero(); self.capacity],
            ties_open: vec![false; self.capacity],
            taken: HandOver::default(),
            given: HandOver::default(),
        }
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let price = cs.scalar("clearing_price");
        let mut lookup = Lookup::new(self.limb_bits);
        let mut rows = Vec::with_capacity(self.capacity);
        for (won, distance) in witness.won.iter().zip(&witness.distance) {
            let won = cs.commit(*won);
            // 0 ≤ distance < 2^65 at most, so winners are at or above the price and losers at or below.
            let distance = number_var(cs, &mut lookup, DISTANCE_BITS, *distance);
            let gained = cs.product("a winner's distance counts upwards", &won, &distance);
            let valuation = price.clone() - distance.clone() + gained.scale(from_u64(2));
            rows.push(Row { won, distance, valuation });
        }
        let taken = HandOverVar::new(cs, witness.taken);
        let given = HandOverVar::new(cs, witness.given);
        let lookup = lookup.close(cs);
        let scalars = ["first", "last", "ties_start_here", "setter_due_here", "all_ties_win_here"]
            .map(|name| cs.scalar(name));
        Wires { mask: cs.mask(0), rows, taken, given, lookup, scalars }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, witness: &Witness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        let carried = [wires.given.carried(), wires.taken.carried()];
        // The valuations are those that the ledger's commitments hold; padding rows hold 0.
        let linked = carried.iter().chain([&wires.mask]).chain(wires.rows.iter().map(|row| &row.valuation));
        let sum = cs.sum(0);
        horner::sum_is(cs, "valuations are the ledger's", linked, &rho, &sum);
        // The committed winner flags are the published ones.
        let evaluation = cs.evaluation(0);
        horner::sum_is(
            cs,
            "winners are the published ones",
            wires.rows.iter().map(|row| &row.won),
            &rho,
            &evaluation,
        );
        wires.lookup.constrain(cs, &x);
        let (ties_open, setter_missing) = hand_over_in(cs, wires);
        let ties_open = ties_in_row_order(cs, wires, witness, ties_open);
        let setter_missing = setter_product(cs, wires, setter_missing);
        hand_over_out(cs, wires, &ties_open, &setter_missing);
    }
}

/// Where the tie sequence and the setter product of this shard start.
fn hand_over_in(cs: &mut Builder<Late>, wires: &Wires) -> (Num<Late>, Num<Late>) {
    let [first, _, ties_start, ..] = &wires.scalars;
    let (open, missing) = (wires.taken.ties_open.late(), wires.taken.setter_missing.late());
    // What is handed over is two bits, so the carried number has one reading.
    boolean(cs, "the carry taken is two bits", &open);
    boolean(cs, "the carry taken is two bits", &missing);
    // The first shard takes nothing: two bits that sum to 0 are both 0.
    let zero = cs.constant(Fr::zero());
    cs.enforce("the first shard takes nothing", &first.late(), &(open.clone() + missing.clone()), &zero);
    (open + ties_start.late(), missing + first.late())
}

/// Among bids equal to the price the earlier ones win: at distance 0 the winner flag equals `open`, a sequence
/// that falls from 1 to 0 at most once. Returns its last element.
fn ties_in_row_order(
    cs: &mut Builder<Late>,
    wires: &Wires,
    witness: &Witness,
    start: Num<Late>,
) -> Num<Late> {
    let mut quotients: Vec<Fr> = wires.rows.iter().map(|row| row.distance.value()).collect();
    batch_inversion(&mut quotients);
    let mut before = start;
    let one = cs.constant(Fr::one());
    let zero = cs.constant(Fr::zero());
    for ((row, open), inverse) in wires.rows.iter().zip(&witness.ties_open).zip(&quotients) {
        let open = cs.hint(from_flag(*open));
        let difference = row.won.late() - open.clone();
        let quotient = cs.hint(difference.value() * inverse);
        // At distance 0 the winner flag is `open`; elsewhere the quotient makes this true of any flag.
        cs.enforce("at the price the open rows win", &quotient, &row.distance.late(), &difference);
        let fall = before - open.clone();
        cs.enforce("ties close at most once", &fall, &(fall.clone() - one.clone()), &zero);
        before = open;
    }
    // The sequence starts at a bit, falls by bits and ends at a bit: it is 1…1 0…0.
    boolean(cs, "ties end at a bit", &before);
    before
}

/// The product of distance + flag over all rows: 0 exactly if some loser is at the price (both are at least 0).
fn setter_product(cs: &mut Builder<Late>, wires: &Wires, start: Num<Late>) -> Num<Late> {
    wires.rows.iter().fold(start, |product, row| {
        let factor = row.distance.late() + row.won.late();
        cs.product("a loser at the price is a zero factor", &product, &factor)
    })
}

/// What the end of this shard must satisfy, or hand on.
fn hand_over_out(cs: &mut Builder<Late>, wires: &Wires, ties_open: &Num<Late>, product: &Num<Late>) {
    let [_, last, _, setter_due, all_ties_win] = &wires.scalars;
    let one = cs.constant(Fr::one());
    let zero = cs.constant(Fr::zero());
    // With copies to spare at a positive price nobody at the price loses, in any shard.
    let closed = one.clone() - ties_open.clone();
    cs.enforce("with copies to spare all ties win", &all_ties_win.late(), &closed, &zero);
    // A price above the reserve is some loser's valuation.
    cs.enforce("a price above the reserve has a setter", &setter_due.late(), product, &zero);
    // The next shard goes on where this one ended; after the last there is nothing to hand on.
    let not_last = one.clone() - last.late();
    let given = &wires.given;
    cs.enforce("the carry given is this shard's end", &not_last, ties_open, &given.ties_open.late());
    let setter_seen = is_zero_var(cs, "the carry says whether the product is zero", product);
    let missing = one - setter_seen;
    cs.enforce("the carry given is this shard's end", &not_last, &missing, &given.setter_missing.late());
}

/// Constraints of a row: six and one per limb.
#[must_use]
pub fn constraints_per_row(circuit: &UniformPriceCircuit) -> u32 {
    6 + limb_count(DISTANCE_BITS, circuit.limb_bits)
}
