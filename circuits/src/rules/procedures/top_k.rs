//! `TOPK`: which rows win, and at what price. The evaluator, and the relation: five constraints a row and one for
//! each limb of its distance to the price.
//!
//! A rule says what a row's score is and links it to the ledger; the relation says that the published winners and
//! price are those of the scores, over all shards of a round. Normative text: rules.md section 0.4, proof-system.md
//! section 8.

#[cfg(test)]
pub mod mutation;

use crate::builder::{Builder, Early, Late, Num};
use crate::field::{Fr, from_flag, from_u64};
use crate::gadgets::bits::{boolean, is_zero_var};
use crate::gadgets::lookup::Lookup;
use crate::gadgets::range::number_var;
use crate::number::{Amount, Count};
use crate::proof_system::Shard;
use ark_ff::{One, Zero, batch_inversion};

/// `TOPK(scores, copies, reserve)`: the winner flags and the price. Zero never wins.
#[must_use]
pub fn top_k(scores: &[u64], copies: u64, reserve: u64) -> (Vec<bool>, u64) {
    let mut eligible: Vec<usize> = (0..scores.len()).filter(|row| scores[*row] >= reserve.max(1)).collect();
    // A stable sort keeps the earlier row first among equals.
    eligible.sort_by_key(|row| std::cmp::Reverse(scores[*row]));
    let winners = usize::try_from(copies).unwrap_or(usize::MAX).min(eligible.len());
    let mut won = vec![false; scores.len()];
    eligible[..winners].iter().for_each(|row| won[*row] = true);
    // Losers below the reserve do not reach the price, so the first eligible loser decides.
    let price = eligible.get(winners).map_or(reserve, |row| scores[*row]);
    (won, price)
}

/// Width of a distance to the price.
pub const DISTANCE_BITS: u32 = 64;

/// The public scalars of the relation. `first` and `last` say whether the shard has the round's first and last row;
/// the others are 0 in shards that they do not apply to.
pub const SCALARS: &[&str] =
    &["clearing_price", "first", "last", "ties_start_here", "setter_due_here", "all_ties_win_here"];

/// What a round publishes about its winners.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Copies for sale.
    pub copies: Count,
    /// The lowest price.
    pub reserve: Amount,
    /// The price that is claimed.
    pub price: Amount,
    /// The winners that are claimed, of the whole round.
    pub won: &'a [bool],
}

impl Claim<'_> {
    /// The public scalars of a shard: the derived flags are computed here, never read.
    #[must_use]
    pub fn scalars(&self, shard: Shard) -> Vec<Fr> {
        let positive = self.price.0 > 0;
        let setter_due = self.price > self.reserve;
        let winners = self.won.iter().filter(|won| **won).count() as u64;
        let all_ties_win = winners < self.copies.0 && positive;
        vec![
            from_u64(self.price.0),
            from_flag(shard.is_first()),
            from_flag(shard.is_last()),
            from_flag(shard.is_first() && positive),
            from_flag(shard.is_last() && setter_due),
            from_flag(shard.is_last() && all_ties_win),
        ]
    }

    /// What copies, reserve and price alone rule out, in words.
    #[must_use]
    pub fn impossible(&self) -> Option<String> {
        let (copies, sold) = (self.copies, self.won.iter().filter(|won| **won).count() as u64);
        if sold > copies.0 {
            return Some(format!("{sold} winners of {copies} copies"));
        }
        if self.price < self.reserve {
            return Some("the price is below the reserve price".into());
        }
        (self.price > self.reserve && sold != copies.0)
            .then(|| "a price above the reserve price with copies to spare".into())
    }
}

/// What the prover knows of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Winner flags, padded.
    pub won: Vec<Fr>,
    /// `|score − price|`, padded with the distance of a score of 0.
    pub distance: Vec<Fr>,
    /// Ties at the price win up to here: a 1…1 0…0 sequence.
    pub ties_open: Vec<bool>,
    /// Handed over by the shard before.
    pub taken: HandOver,
    /// Handed on to the shard after.
    pub given: HandOver,
}

impl Witness {
    /// A witness to record matrices with.
    #[must_use]
    pub fn blank(capacity: usize) -> Self {
        Self {
            won: vec![Fr::zero(); capacity],
            distance: vec![Fr::zero(); capacity],
            ties_open: vec![false; capacity],
            taken: HandOver::default(),
            given: HandOver::default(),
        }
    }

    /// The witness of a shard with these scores, in a circuit of this capacity.
    #[must_use]
    pub fn fill(
        capacity: usize,
        price: u64,
        scores: &[u64],
        won: &[bool],
        taken: HandOver,
        shard: Shard,
    ) -> Self {
        let distance = |x: u64| from_u64(x.abs_diff(price));
        let mut ties_open = if shard.is_first() { price > 0 } else { taken.ties_open };
        let mut setter_missing = shard.is_first() || taken.setter_missing;
        let mut open = Vec::with_capacity(capacity);
        for (x, won) in scores.iter().zip(won) {
            if *x == price && !won {
                ties_open = false;
                setter_missing = false;
            }
            open.push(ties_open);
        }
        open.resize(capacity, ties_open);
        let pad = |values: Vec<Fr>, with: Fr| {
            let mut values = values;
            values.resize(capacity, with);
            values
        };
        let given =
            if shard.is_last() { HandOver::default() } else { HandOver { ties_open, setter_missing } };
        Self {
            won: pad(won.iter().map(|won| from_flag(*won)).collect(), Fr::zero()),
            distance: pad(scores.iter().map(|x| distance(*x)).collect(), from_u64(price)),
            ties_open: open,
            taken,
            given,
        }
    }
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

/// A row's early numbers.
pub struct RowVar {
    /// Winner flag. Not forced to be a bit here: the public column is bits, and the evaluation at `ρ` of the
    /// committed flags equals the column's.
    pub won: Num<Early>,
    /// Distance to the price, at least 0.
    distance: Num<Early>,
}

impl RowVar {
    /// A row whose score is the returned number: price + distance for winners, price − distance for losers.
    pub fn new(cs: &mut Builder<Early>, lookup: &mut Lookup, won: Fr, distance: Fr) -> (Self, Num<Early>) {
        let price = cs.scalar("clearing_price");
        let won = cs.commit(won);
        // 0 ≤ distance < 2^65 at most, so winners are at or above the price and losers at or below.
        let distance = number_var(cs, lookup, DISTANCE_BITS, distance);
        let gained = cs.product("a winner's distance counts upwards", &won, &distance);
        let score = price - distance.clone() + gained.scale(from_u64(2));
        (Self { won, distance }, score)
    }
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
    /// The rows, with padding.
    pub rows: Vec<RowVar>,
    taken: HandOverVar,
    given: HandOverVar,
    scalars: [Num<Early>; 5],
}

impl Wires {
    /// After the rows: what is handed over.
    pub fn close(cs: &mut Builder<Early>, rows: Vec<RowVar>, witness: &Witness) -> Self {
        let taken = HandOverVar::new(cs, witness.taken);
        let given = HandOverVar::new(cs, witness.given);
        let scalars = ["first", "last", "ties_start_here", "setter_due_here", "all_ties_win_here"]
            .map(|name| cs.scalar(name));
        Self { rows, taken, given, scalars }
    }

    /// The carries given and taken, as they stand in the first sealed column.
    #[must_use]
    pub fn carried(&self) -> [Num<Early>; 2] {
        [self.given.carried(), self.taken.carried()]
    }

    /// The published winners and price are those of the scores.
    pub fn relate(&self, cs: &mut Builder<Late>, witness: &Witness) {
        let (ties_open, setter_missing) = hand_over_in(cs, self);
        let ties_open = ties_in_row_order(cs, self, witness, ties_open);
        let setter_missing = setter_product(cs, self, setter_missing);
        hand_over_out(cs, self, &ties_open, &setter_missing);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of rules.md, word for word, without an idea of efficiency.
    fn top_k_by_the_text(scores: &[u64], copies: u64, reserve: u64) -> (Vec<bool>, u64) {
        let mut won = vec![false; scores.len()];
        for _ in 0..copies {
            let best = (0..scores.len())
                .filter(|i| !won[*i] && scores[*i] >= reserve && scores[*i] >= 1)
                .max_by_key(|i| (scores[*i], std::cmp::Reverse(*i)));
            if let Some(best) = best {
                won[best] = true;
            }
        }
        let best_loser = (0..scores.len()).filter(|i| !won[*i]).map(|i| scores[i]).max();
        (won, reserve.max(best_loser.unwrap_or(0)))
    }

    #[test]
    fn top_k_is_the_text() {
        for n in 0..=4u32 {
            for table in 0..4u64.pow(n) {
                let scores: Vec<u64> = (0..n).map(|i| table / 4u64.pow(i) % 4).collect();
                for copies in 1..=5 {
                    for reserve in 0..=4 {
                        let expected = top_k_by_the_text(&scores, copies, reserve);
                        assert_eq!(
                            top_k(&scores, copies, reserve),
                            expected,
                            "{scores:?} {copies} {reserve}"
                        );
                    }
                }
            }
        }
    }
}
