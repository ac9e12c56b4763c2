//! How a round of `assignment/v1` is proved: the certificate as the wires of the circuit.

use super::certificate::{self, Market};
use super::circuit::{AssignmentCircuit, Shape, TIERS, Witness, scalars};
use super::{Assignment, Row, Terms};
use crate::field::{Fr, from_flag, from_integer, from_u64};
use crate::number::{Amount, Count};
use crate::proof_system::{Circuit, Shard};
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::sealed::Opening;
use ark_ff::{One, Zero};
use num_bigint::BigInt;
use num_integer::Integer;
use std::ops::Range;

impl RoundCircuit for AssignmentCircuit {
    type Rule = Assignment;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = false;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn takes(&self, terms: &Terms) -> bool {
        terms.items.len() <= self.items
    }

    fn columns(&self, public: &PublicRound<Assignment>, range: Range<usize>) -> Vec<Vec<Fr>> {
        let assigned = &public.outcome.assigned[range];
        let column = |item: u64| assigned.iter().map(|held| from_flag(*held == Some(Count(item)))).collect();
        (0..).take(self.items).map(column).collect()
    }

    fn scalars(&self, public: &PublicRound<Assignment>, _: Shard) -> Vec<Fr> {
        scalars(&public.terms, &public.outcome, self.items)
    }

    fn witness(
        &self,
        public: &PublicRound<Assignment>,
        openings: &[Opening],
        _: &[Vec<Fr>],
        range: Range<usize>,
        _: Fr,
        _: Shard,
    ) -> (Witness, Fr) {
        let row = |opening: &Opening| Row { valuations: opening.row().iter().copied().map(Amount).collect() };
        let rows: Vec<Row> = openings[range].iter().map(row).collect();
        let market = Market::new(&public.terms, &rows, &public.outcome, self.shape().size);
        let witness = market.map(|market| self.fill(&market, &market.witness()));
        (witness.unwrap_or_else(|| self.blank()), Fr::zero())
    }
}

impl AssignmentCircuit {
    /// The wires of a certificate, true or false, for a market of the circuit's size.
    #[must_use]
    pub fn fill(&self, market: &Market, certificate: &certificate::Witness) -> Witness {
        let filler = Filler { shape: self.shape(), market, certificate };
        let held = |row: usize, item: usize| market.held()[row] == Some(item);
        let parent = |row: usize, item: usize| certificate.parents[item] == Some(row);
        Witness {
            held: self.table(|row, item| from_flag(held(row, item))),
            utilities: (0..self.rows).map(|row| filler.parts(&certificate.dual.utilities[row])).collect(),
            bonuses: (0..self.items).map(|item| filler.bonus(item)).collect(),
            slacks: self.table(|row, item| filler.parts(&filler.slack(row, item))),
            carries: self.table(|row, item| from_integer(filler.carry(row, item))),
            row_ranks: (0..self.rows).map(|row| from_u64(filler.rank_of(row))).collect(),
            ranks: certificate.ranks.iter().map(|rank| from_u64(*rank)).collect(),
            rises: (0..self.items).map(|item| filler.rise(item)).collect(),
            parents: self.table(|row, item| from_flag(parent(row, item))),
        }
    }

    fn table<T>(&self, entry: impl Fn(usize, usize) -> T) -> Vec<Vec<T>> {
        (0..self.rows).map(|row| (0..self.items).map(|item| entry(row, item)).collect()).collect()
    }
}

/// A certificate in the circuit's terms.
struct Filler<'a> {
    shape: Shape,
    market: &'a Market,
    certificate: &'a certificate::Witness,
}

impl Filler<'_> {
    /// Bonus and money of a perturbed number; a negative one has negative money, which has no limbs.
    fn split(&self, number: &BigInt) -> [BigInt; 2] {
        let (money, bonus) = number.div_mod_floor(&(BigInt::from(1u8) << self.shape.bonus_bits));
        [bonus, money]
    }

    fn parts(&self, number: &BigInt) -> [Fr; 2] {
        self.split(number).map(from_integer)
    }

    /// e + 2^(S − 1), split before its last limb.
    fn bonus(&self, item: usize) -> [Fr; 2] {
        let beyond = self.market.beyond_money(&self.certificate.dual, item);
        let shifted = beyond + (BigInt::from(1u8) << (self.shape.bonus_bits - 1));
        let (top, lower) = shifted.div_mod_floor(&(BigInt::from(1u8) << self.shape.lower_bits()));
        [lower, top].map(from_integer)
    }

    /// y + q' − w, where pairs without an edge have weights too.
    fn slack(&self, row: usize, item: usize) -> BigInt {
        let valuation = self.market.valuation(row, item);
        let money: BigInt = self.market.price(item) - valuation;
        let bonus = if valuation == 0 { BigInt::from(0u8) } else { self.shape.size.bonus(row, item) };
        let beyond = self.market.beyond_money(&self.certificate.dual, item);
        &self.certificate.dual.utilities[row] + (money << self.shape.bonus_bits) + beyond - bonus
    }

    /// What makes the pair's valuation come out.
    fn carry(&self, row: usize, item: usize) -> BigInt {
        let [_, of_row] = self.split(&self.certificate.dual.utilities[row]);
        let [_, of_pair] = self.split(&self.slack(row, item));
        self.market.price(item) + of_row - of_pair - self.market.valuation(row, item)
    }

    fn rank_of(&self, row: usize) -> u64 {
        self.market.held()[row].map_or(0, |item| self.certificate.ranks[item])
    }

    fn rise(&self, item: usize) -> Fr {
        let parent = self.certificate.parents[item];
        parent.map_or(Fr::one(), |row| from_u64(self.certificate.ranks[item]) - from_u64(self.rank_of(row)))
    }
}
