//! The relation of `uniform-price/v1`: six constraints a row and one per limb; `pin.txt` has the exact counts.
//!
//! The score of a row is its valuation: the one that winner flag and distance to the price imply is the ledger's.
//! Normative text: proof-system.md section 8.

use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::gadgets::range::limb_count;
use crate::proof_system::{Circuit, Tier};
use crate::rules::procedures::top_k;

pub use crate::rules::procedures::top_k::{HandOver, Witness};

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
}

/// Early numbers that the late stage needs.
pub struct Wires {
    mask: Num<Early>,
    valuations: Vec<Num<Early>>,
    winners: top_k::Wires,
    lookup: ClosedLookup,
}

impl Circuit for UniformPriceCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        Layout { challenges: 2, sealed: 1, results: &[], columns: &["won"], scalars: top_k::SCALARS }
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
        Witness::blank(self.capacity)
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let mut lookup = Lookup::new(self.limb_bits);
        let pairs = witness.won.iter().zip(&witness.distance);
        let rows = pairs.map(|(won, distance)| top_k::RowVar::new(cs, &mut lookup, *won, *distance));
        let (rows, valuations) = rows.unzip();
        let winners = top_k::Wires::close(cs, rows, witness);
        let lookup = lookup.close(cs);
        Wires { mask: cs.mask(0), valuations, winners, lookup }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, witness: &Witness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        // The valuations are those that the ledger's commitments hold; padding rows hold 0.
        let carried = wires.winners.carried();
        let linked = carried.iter().chain([&wires.mask]).chain(&wires.valuations);
        let sum = cs.sum(0);
        horner::sum_is(cs, "valuations are the ledger's", linked, &rho, &sum);
        // The committed winner flags are the published ones.
        let evaluation = cs.evaluation(0);
        let won = wires.winners.rows.iter().map(|row| &row.won);
        horner::sum_is(cs, "winners are the published ones", won, &rho, &evaluation);
        wires.lookup.constrain(cs, &x);
        wires.winners.relate(cs, witness);
    }
}

/// Constraints of a row: six and one per limb.
#[must_use]
pub fn constraints_per_row(circuit: &UniformPriceCircuit) -> u32 {
    6 + limb_count(top_k::DISTANCE_BITS, circuit.limb_bits)
}
