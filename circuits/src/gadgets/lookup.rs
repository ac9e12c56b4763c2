//! The log-derivative lookup: many limbs lie in `[0, 2^bits)`, one constraint each and one per table entry.
//!
//! For limbs and multiplicities fixed before `X`, `Σ 1/(X + limb) = Σ mult_j/(X + j)` at a random `X` says that
//! both sides are one rational function: a limb off the table would be a pole on the left with a coefficient
//! between 1 and the number of limbs, which is not 0 mod `r`. Multiplicities need no range check: the identity
//! forces them to be the counts. Source: proof-system.md section 11, item 5.

use crate::builder::{Builder, Early, Late, Num};
use crate::field::{Fr, from_u64};
use ark_ff::{One, PrimeField, Zero, batch_inversion};

/// Limbs collected in the early stage.
pub struct Lookup {
    bits: u32,
    limbs: Vec<Num<Early>>,
}

/// Limbs and multiplicities, all committed.
pub struct ClosedLookup {
    pub(crate) limbs: Vec<Num<Early>>,
    pub(crate) multiplicities: Vec<Num<Early>>,
}

impl Lookup {
    /// A table of all numbers of `bits` bits.
    #[must_use]
    pub fn new(bits: u32) -> Self {
        Self { bits, limbs: Vec::new() }
    }

    /// Width of a limb in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// A new committed wire that lies in the table.
    pub fn limb(&mut self, cs: &mut Builder<Early>, value: Fr) -> Num<Early> {
        let limb = cs.commit(value);
        self.require(limb.clone());
        limb
    }

    /// An early number lies in the table.
    pub fn require(&mut self, number: Num<Early>) {
        self.limbs.push(number);
    }

    /// Commits to how often each table entry was looked up.
    #[must_use]
    pub fn close(self, cs: &mut Builder<Early>) -> ClosedLookup {
        let multiplicities = multiplicities(self.bits, self.limbs.iter().map(Num::value));
        let multiplicities = multiplicities.into_iter().map(|count| cs.commit(count)).collect();
        ClosedLookup { limbs: self.limbs, multiplicities }
    }
}

impl ClosedLookup {
    /// Ties limbs to multiplicities at the challenge `x`.
    pub fn constrain(&self, cs: &mut Builder<Late>, x: &Num<Late>) {
        let poles = (0..self.multiplicities.len() as u64).map(|j| x.value() + from_u64(j));
        let mut inverses: Vec<Fr> =
            self.limbs.iter().map(|limb| x.value() + limb.value()).chain(poles).collect();
        batch_inversion(&mut inverses);
        let (of_limbs, of_poles) = inverses.split_at(self.limbs.len());

        let one = cs.constant(Fr::one());
        let mut left = cs.constant(Fr::zero());
        for (limb, inverse) in self.limbs.iter().zip(of_limbs) {
            // inverse = 1/(X + limb).
            let inverse = cs.hint(*inverse);
            cs.enforce("a limb lies in the table", &inverse, &(x.clone() + limb.late()), &one);
            left = left + inverse;
        }
        let mut right = cs.constant(Fr::zero());
        for (j, (multiplicity, inverse)) in self.multiplicities.iter().zip(of_poles).enumerate() {
            // quotient = mult_j/(X + j); X is no pole of the table, the transcript sees to it.
            let quotient = cs.hint(multiplicity.value() * inverse);
            let pole = x.clone() + cs.constant(from_u64(j as u64));
            cs.enforce("a table entry counts its limbs", &quotient, &pole, &multiplicity.late());
            right = right + quotient;
        }
        cs.enforce("the lookup sums are equal", &(left - right), &one, &cs.constant(Fr::zero()));
    }
}

/// Native twin: the counts of the limbs that lie in the table.
#[must_use]
pub fn multiplicities(bits: u32, limbs: impl IntoIterator<Item = Fr>) -> Vec<Fr> {
    let mut counts = vec![0u64; 1 << bits];
    for limb in limbs {
        let [low, rest @ ..] = limb.into_bigint().0;
        let entry = usize::try_from(low).ok().filter(|_| rest == [0; 3]);
        if let Some(count) = entry.and_then(|j| counts.get_mut(j)) {
            *count += 1;
        }
    }
    counts.into_iter().map(from_u64).collect()
}
