//! How a round of `fine-tuning-bargain/v1` is proved.

use super::circuit::{FineTuningBargainCircuit, TIERS, Witness};
use super::native::pots;
use super::{FineTuningBargain, Terms};
use crate::field::{Fr, from_u64};
use crate::proof_system::{Circuit, Shard};
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::sealed::Opening;
use ark_ff::Zero;
use std::ops::Range;

impl RoundCircuit for FineTuningBargainCircuit {
    type Rule = FineTuningBargain;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = false;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn takes(&self, terms: &Terms) -> bool {
        self.knows(terms)
    }

    fn columns(&self, _: &PublicRound<FineTuningBargain>, _: Range<usize>) -> Vec<Vec<Fr>> {
        Vec::new()
    }

    fn scalars(&self, public: &PublicRound<FineTuningBargain>, _: Shard) -> Vec<Fr> {
        self.scalars(&public.terms)
    }

    fn witness(
        &self,
        public: &PublicRound<FineTuningBargain>,
        openings: &[Opening],
        results: &[Vec<Fr>],
        range: Range<usize>,
        _: Fr,
        _: Shard,
    ) -> (Witness, Fr) {
        let mut witness = self.blank();
        let result = |column: usize, row: usize| {
            results.get(column).and_then(|numbers| numbers.get(row)).copied().unwrap_or_default()
        };
        for (cost, opening) in witness.costs.iter_mut().zip(&openings[range]) {
            *cost = from_u64(opening.row().first().copied().unwrap_or(0));
        }
        // What is claimed for the specialists leaves the generalist's parts.
        for (domain, (part, pot)) in witness.parts.iter_mut().zip(pots(&public.terms)).enumerate() {
            *part = from_u64(pot) - result(0, domain + 1);
        }
        witness.share = result(1, 0);
        (witness, Fr::zero())
    }
}
