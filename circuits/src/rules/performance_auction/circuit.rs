//! The relation of `performance-auction/v1`: that of `TOPK`, with scores that are capped valuations times certified
//! gains. `pin.txt` has the exact counts.
//!
//! Realised gains decide nothing here: payments follow from public numbers and are checked natively. Normative text:
//! rules.md section 2.6.

use crate::builder::{Builder, Early, Late, Layout, Num};
use crate::field::{Fr, from_u64};
use crate::gadgets::cap::cap_bits_var;
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup};
use crate::proof_system::{Circuit, Tier};
use crate::rules::procedures::top_k;
use ark_ff::Zero;

/// The circuit for up to `capacity` rows of a round, or of a shard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerformanceAuctionCircuit {
    pub(super) capacity: usize,
    pub(super) limb_bits: u32,
}

/// Sizes of the published circuits, smallest first: rows and limb width.
pub const TIERS: [PerformanceAuctionCircuit; 3] = [
    PerformanceAuctionCircuit { capacity: 256, limb_bits: 8 },
    PerformanceAuctionCircuit { capacity: 4096, limb_bits: 13 },
    PerformanceAuctionCircuit { capacity: 65536, limb_bits: 16 },
];

/// Bits of a valuation per ppm that count.
pub const VALUATION_BITS: u32 = 44;
/// Bits of a valuation as it is sealed.
const SEALED_BITS: u32 = 64;

/// What the prover knows of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Sealed valuations per ppm, padded with 0.
    pub valuations: Vec<Fr>,
    /// Certified gains, padded with 0.
    pub gains: Vec<Fr>,
    /// Winners and price.
    pub winners: top_k::Witness,
}

impl Witness {
    pub(super) fn new(capacity: usize, valuations: &[u64], gains: &[u64], winners: top_k::Witness) -> Self {
        let pad = |numbers: &[u64]| {
            let mut padded: Vec<Fr> = numbers.iter().map(|x| from_u64(*x)).collect();
            padded.resize(capacity, Fr::zero());
            padded
        };
        Self { valuations: pad(valuations), gains: pad(gains), winners }
    }
}

/// Early numbers that the late stage needs.
pub struct Wires {
    mask: Num<Early>,
    valuations: Vec<Num<Early>>,
    gains: Vec<Num<Early>>,
    winners: top_k::Wires,
    lookup: ClosedLookup,
}

impl Circuit for PerformanceAuctionCircuit {
    type Witness = Witness;
    type Wires = Wires;

    fn layout(&self) -> Layout {
        let columns = &["won", "expected_gain_ppm"];
        Layout { challenges: 2, sealed: 1, results: &[], columns, scalars: top_k::SCALARS }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "performance-auction/v1".into(), size: self.capacity.to_string() }
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn limb_bits(&self) -> u32 {
        self.limb_bits
    }

    fn blank(&self) -> Witness {
        Witness::new(self.capacity, &[], &[], top_k::Witness::blank(self.capacity))
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Witness) -> Wires {
        let mut lookup = Lookup::new(self.limb_bits);
        let (mut valuations, mut gains, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..self.capacity {
            let (won, distance) = (witness.winners.won[row], witness.winners.distance[row]);
            let (chosen, score) = top_k::RowVar::new(cs, &mut lookup, won, distance);
            // The valuation is a u64, and the bid is the smaller of it and 2^44 − 1.
            let (valuation, bid) = cap_bits_var(
                cs,
                &mut lookup,
                "a bid is the valuation up to the cap",
                VALUATION_BITS,
                SEALED_BITS,
                witness.valuations[row],
            );
            let gain = cs.commit(witness.gains[row]);
            // Below 2^64, because the gain is at most the whole: a public number, checked natively.
            cs.enforce("a score is the bid times the certified gain", &gain, &bid, &score);
            valuations.push(valuation);
            gains.push(gain);
            rows.push(chosen);
        }
        let winners = top_k::Wires::close(cs, rows, &witness.winners);
        Wires { mask: cs.mask(0), valuations, gains, winners, lookup: lookup.close(cs) }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &Wires, witness: &Witness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        // The valuations are those that the ledger's commitments hold; padding rows hold 0.
        let carried = wires.winners.carried();
        let linked = carried.iter().chain([&wires.mask]).chain(&wires.valuations);
        let sum = cs.sum(0);
        horner::sum_is(cs, "valuations are the ledger's", linked, &rho, &sum);
        // The committed winner flags are the published ones.
        let published = cs.evaluation(0);
        let won = wires.winners.rows.iter().map(|row| &row.won);
        horner::sum_is(cs, "winners are the published ones", won, &rho, &published);
        // The committed gains are those of the reports.
        let reported = cs.evaluation(1);
        horner::sum_is(cs, "gains are the reported ones", &wires.gains, &rho, &reported);
        wires.lookup.constrain(cs, &x);
        wires.winners.relate(cs, &witness.winners);
    }
}
