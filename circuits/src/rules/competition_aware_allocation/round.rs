//! How a round of `competition-aware-allocation/v1` is proved: the dual as the wires of the circuit.

use super::certificate::Market;
use super::circuit::{AllocationCircuit, PairWitness, RowWitness, Shape, TIERS, Witness, scalars};
use super::{CompetitionAwareAllocation, Row, Terms, native};
use crate::field::{Fr, from_flag, from_integer, from_u64};
use crate::number::{Amount, Count};
use crate::proof_system::{Circuit, Shard};
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::rules::procedures::matching::Dual;
use crate::sealed::Opening;
use ark_ff::{One, Zero};
use num_bigint::BigInt;
use std::ops::Range;

impl RoundCircuit for AllocationCircuit {
    type Rule = CompetitionAwareAllocation;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = false;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn takes(&self, terms: &Terms) -> bool {
        terms.action_values.len() <= self.actions
    }

    fn columns(&self, _: &PublicRound<CompetitionAwareAllocation>, range: Range<usize>) -> Vec<Vec<Fr>> {
        vec![vec![Fr::one(); range.len()]]
    }

    fn scalars(&self, public: &PublicRound<CompetitionAwareAllocation>, _: Shard) -> Vec<Fr> {
        scalars(&public.terms, &public.outcome, self.actions)
    }

    fn witness(
        &self,
        public: &PublicRound<CompetitionAwareAllocation>,
        openings: &[Opening],
        results: &[Vec<Fr>],
        range: Range<usize>,
        _: Fr,
        _: Shard,
    ) -> (Witness, Fr) {
        let rows: Vec<Row> = openings[range].iter().map(row).collect();
        let known = public.terms.action_values.len() as u64;
        let claimed = results.first().map_or(&[][..], Vec::as_slice);
        // A number that is no action's is taken for none: the claim has no proof.
        let action = |number: &Fr| (0..known).find(|action| *number == from_u64(action + 1)).map(Count);
        let actions: Vec<Option<Count>> = claimed.iter().map(action).collect();
        let market = Market::new(&public.terms, &rows, &actions, &self.shape().size);
        let filled = market.map(|market| self.fill(&public.terms, &rows, &market, &market.dual()));
        let mut witness = filled.unwrap_or_else(|| self.blank());
        if let [_, revenues, payments] = results {
            let money = revenues.iter().zip(payments);
            for (row, (revenue, payment)) in witness.rows.iter_mut().zip(money) {
                (row.revenue, row.payment) = (*revenue, *payment);
            }
        }
        (witness, Fr::zero())
    }
}

/// The numbers that a party sealed.
fn row(opening: &Opening) -> Row {
    let number = |column: usize| Count(opening.row().get(column).copied().unwrap_or(0));
    Row { steerable: number(0), baseline_action: number(1) }
}

impl AllocationCircuit {
    /// The wires of a dual, true or false, for a market of the circuit's size, with the revenues and payments of its
    /// actions.
    #[must_use]
    pub fn fill(&self, terms: &Terms, rows: &[Row], market: &Market, dual: &Dual) -> Witness {
        let filler = Filler { circuit: *self, shape: self.shape(), terms, rows, market, dual };
        Witness {
            rows: (0..self.rows).map(|row| filler.row(row)).collect(),
            prices: dual.prices.iter().cloned().map(from_integer).collect(),
        }
    }
}

/// A market and its dual in the circuit's terms.
struct Filler<'a> {
    circuit: AllocationCircuit,
    shape: Shape,
    terms: &'a Terms,
    rows: &'a [Row],
    market: &'a Market,
    dual: &'a Dual,
}

impl Filler<'_> {
    fn row(&self, row: usize) -> RowWitness {
        let sealed = self.rows.get(row);
        let revenue = self.market.held()[row].map_or(0, |action| self.value(action));
        let payment = native::payment(self.terms, Amount(revenue));
        RowWitness {
            real: from_flag(sealed.is_some()),
            baseline: from_u64(sealed.map_or(0, |sealed| sealed.baseline_action.0)),
            beyond: from_u64(sealed.map_or(0, |sealed| sealed.steerable.0 >> self.circuit.actions)),
            utility: from_integer(self.dual.utilities[row].clone()),
            revenue: from_u64(revenue),
            payment: from_u64(payment.0),
            pairs: (0..self.circuit.actions).map(|action| self.pair(row, action)).collect(),
        }
    }

    fn pair(&self, row: usize, action: usize) -> PairWitness {
        let steerable = self.rows.get(row).is_some_and(|sealed| sealed.steerable.0 >> action & 1 == 1);
        let held = self.market.held()[row] == Some(action);
        PairWitness {
            steerable: from_flag(steerable),
            held: from_flag(held),
            slack: from_integer(self.slack(row, action)),
        }
    }

    /// The value of an action, 0 if there is none.
    fn value(&self, action: usize) -> u64 {
        self.terms.action_values.get(action).map_or(0, |value| value.0)
    }

    /// y + q' − w, where every pair has a weight.
    fn slack(&self, row: usize, action: usize) -> BigInt {
        let size = &self.shape.size;
        let weight = match self.value(action) {
            0 => size.bonus(row, action) - (BigInt::one() << size.bits()),
            value => size.weight(value, row, action),
        };
        let together = self.rows.get(row).is_some_and(|row| native::reaches(row, action));
        let apart = if together { BigInt::zero() } else { self.shape.apart() };
        &self.dual.utilities[row] + &self.dual.prices[action] - weight + apart
    }
}
