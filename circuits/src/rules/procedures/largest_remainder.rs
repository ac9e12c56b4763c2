//! `SPLIT(pot, weights, 0)`: the relation. five constraints a row and one for each limb.
//!
//! Normative text: rules.md section 6.6. With `D` the sum of all weights, each row has
//! `pot·weight = D·quotient + remainder` and a bonus bit; its part is `quotient + bonus`. Which rows have a bonus is
//! decided by one cut through the keys `remainder·2^k + (2^k − 1 − row)`, which are all different: larger remainders
//! first, earlier rows first among equals. `k` is the limb width.
//!
//! Each row asks two ranges, whatever its bonus is. One says on which side of the cut it stands. The other says what
//! that leaves open of `0 ≤ remainder < D`: a row without a bonus is asked for `remainder ≥ 0`, a row with one for
//! `remainder < D`. The rest follows:
//!
//! * A row with a bonus is above the key of some row without one, so its remainder is at least 0. (Some row has none: if
//!   all had, the remainders would sum to `D` times the number of rows, and each is below `D`.)
//! * A row without a bonus is below the cut, and so below the key of every row with one, whose remainder is below `D`. If
//!   no row has a bonus, the remainders sum to 0.
//!
//! Three things are the rule's to prove: weights are at least 0, and so narrow that no product wraps; `D` is at least 1,
//! and the sum of all weights unless the pot is 0; `Σ (quotient + bonus)` is the pot. Where a part of the pot may stay
//! undivided, remainders sum to more than `D` for each bonus, and [`Split::end_is_above_the_cut`] says instead that those
//! without a bonus are below `D`; the sum of the parts must be the pot only where some row has a bonus.

use crate::builder::{Builder, Early, Num};
use crate::field::{Fr, from_u64, from_u128};
use crate::gadgets::bits::boolean;
use crate::gadgets::lookup::Lookup;
use crate::gadgets::range::number_var;
use ark_ff::{One, Zero};

/// Widths of a round's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Widths {
    /// Of a part.
    pub part: u32,
    /// Of the sum of all weights.
    pub whole: u32,
    /// `k`: no circuit has more than `2^k` rows.
    pub index: u32,
}

impl Widths {
    /// Of a key.
    fn key(self) -> u32 {
        self.whole + self.index
    }

    /// The end of the keys that remainders below this divisor have.
    #[must_use]
    pub fn end(self, divisor: Fr) -> Fr {
        divisor * self.key_step()
    }

    /// `2^k`: what one unit of remainder is in a key.
    fn key_step(self) -> Fr {
        from_u64(1 << self.index)
    }

    /// The key of a row with this remainder.
    #[must_use]
    pub fn key_of(self, row: usize, remainder: Fr) -> Fr {
        remainder * self.key_step() + self.key_of_row(row)
    }

    /// The part of a key that says which row it is: the earlier, the larger.
    fn key_of_row(self, row: usize) -> Fr {
        self.key_step() - Fr::one() - from_u64(row as u64)
    }
}

/// A row's part, as the prover says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PartWitness {
    /// ⌊pot·weight/divisor⌋.
    pub quotient: Fr,
    /// Part less quotient.
    pub bonus: Fr,
    /// The remainder, or with a bonus how far it is below the largest that there is.
    pub bounded: Fr,
    /// How far the key is above the cut, or without a bonus below the last key under it.
    pub distance: Fr,
}

/// The cut, which is the smallest key with a bonus or the end of the keys, and the witness of each row, for these
/// weights and claimed parts of a pot. Rows without a claim have the quotient as their part. The divisor is at least 1.
#[must_use]
pub fn fill(
    widths: Widths,
    pot: u64,
    divisor: u128,
    weights: &[u64],
    claimed: &[Fr],
) -> (Fr, Vec<PartWitness>) {
    let divided = |(row, weight): (usize, &u64)| {
        let exact = u128::from(pot) * u128::from(*weight);
        let (quotient, remainder) = (from_u128(exact / divisor), from_u128(exact % divisor));
        Divided { quotient, remainder, bonus: claimed.get(row).copied().unwrap_or(quotient) - quotient }
    };
    let rows: Vec<Divided> = weights.iter().enumerate().map(divided).collect();
    let divisor = from_u128(divisor);
    let with_bonus = rows.iter().enumerate().filter(|(_, divided)| !divided.bonus.is_zero());
    let keys = with_bonus.map(|(row, divided)| widths.key_of(row, divided.remainder));
    let cut = keys.min().unwrap_or(widths.end(divisor));
    (cut, place(widths, divisor, cut, &rows))
}

/// A row's exact share, divided, with the bonus that somebody claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divided {
    /// ⌊pot·weight/divisor⌋.
    pub quotient: Fr,
    /// What is left of pot·weight.
    pub remainder: Fr,
    /// Part less quotient.
    pub bonus: Fr,
}

/// The witness of rows with these bonuses beside this cut.
#[must_use]
pub fn place(widths: Widths, divisor: Fr, cut: Fr, rows: &[Divided]) -> Vec<PartWitness> {
    let part = |(row, divided): (usize, &Divided)| {
        let Divided { quotient, remainder, bonus } = *divided;
        let (over, last) = (widths.key_of(row, remainder) - cut, divisor - Fr::one());
        let bounded = chosen(bonus, remainder, last - remainder);
        PartWitness { quotient, bonus, bounded, distance: chosen(bonus, -over - Fr::one(), over) }
    };
    rows.iter().enumerate().map(part).collect()
}

/// `without` for a bonus of 0, `with` for one of 1.
fn chosen(bonus: Fr, without: Fr, with: Fr) -> Fr {
    without + bonus * (with - without)
}

/// Early numbers of the whole split.
pub struct Split {
    widths: Widths,
    /// What is divided.
    pot: Num<Early>,
    /// The sum of all weights.
    divisor: Num<Early>,
    /// The smallest key with a bonus.
    cut: Num<Early>,
}

/// A row's early numbers.
pub struct Part {
    /// pot·weight.
    pub exact: Num<Early>,
    /// The part without its bonus.
    pub quotient: Num<Early>,
    /// One unit more than the quotient, or none.
    pub bonus: Num<Early>,
}

impl Split {
    /// A pot, divided by this sum of weights, with bonuses from this cut on.
    pub fn new(cs: &mut Builder<Early>, widths: Widths, [pot, divisor]: [Num<Early>; 2], cut: Fr) -> Self {
        let cut = cs.commit(cut);
        Self { widths, pot, divisor, cut }
    }

    /// No cut is above all the keys that a remainder below the divisor can have: it is `room` below their end.
    pub fn end_is_above_the_cut(&self, cs: &mut Builder<Early>, lookup: &mut Lookup, room: Fr) {
        let highest = self.divisor.clone().scale(self.widths.key_step());
        let room = number_var(cs, lookup, self.widths.key(), room);
        let one = cs.constant(Fr::one());
        cs.enforce("the cut is at most the end of the keys", &one, &(self.cut.clone() + room), &highest);
    }

    /// The part of a row of this weight.
    pub fn part_var(
        &self,
        cs: &mut Builder<Early>,
        lookup: &mut Lookup,
        row: usize,
        weight: &Num<Early>,
        witness: &PartWitness,
    ) -> Part {
        let one = cs.constant(Fr::one());
        // A quotient is at least 0, and not so large that a product below wraps.
        let quotient = number_var(cs, lookup, self.widths.part, witness.quotient);
        let exact = cs.product("the exact share times the divisor", &self.pot, weight);
        let taken = cs.product("the quotient times the divisor", &self.divisor, &quotient);
        let remainder = exact.clone() - taken;
        let bonus = cs.commit(witness.bonus);
        boolean(cs, "a bonus is one unit or none", &bonus);

        // Without a bonus the remainder is at least 0, with one it is below the divisor.
        let bounded = number_var(cs, lookup, self.widths.whole, witness.bounded);
        let last = self.divisor.clone() - one.clone();
        let turned = last - remainder.clone().scale(from_u64(2));
        let property = "a remainder is at least 0, with a bonus below the divisor";
        cs.enforce(property, &turned, &bonus, &(bounded - remainder.clone()));

        // A row has a bonus if its key is at least the cut, and none if it is below.
        let key = remainder.scale(self.widths.key_step()) + cs.constant(self.widths.key_of_row(row));
        let over = key - self.cut.clone();
        let next = over.clone() + one;
        let distance = number_var(cs, lookup, self.widths.key(), witness.distance);
        let property = "the rows from the cut on have the bonuses";
        cs.enforce(property, &(over + next.clone()), &bonus, &(distance + next));
        Part { exact, quotient, bonus }
    }
}
