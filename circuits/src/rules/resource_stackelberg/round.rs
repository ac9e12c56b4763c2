//! How a round of `resource-stackelberg/v1` is claimed and proved.

use super::ResourceStackelberg;
use super::circuit::{ResourceStackelbergCircuit, TIERS, Witness, scalars};
use super::native::{contest_of, costs, supplies};
use crate::field::{Fr, from_flag};
use crate::proof_system::Shard;
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::sealed::Opening;
use ark_ff::Zero;
use std::ops::Range;

impl RoundCircuit for ResourceStackelbergCircuit {
    type Rule = ResourceStackelberg;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = false;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn columns(&self, public: &PublicRound<ResourceStackelberg>, range: Range<usize>) -> Vec<Vec<Fr>> {
        let active = public.outcome.active.iter().skip(range.start).take(range.len());
        vec![active.copied().map(from_flag).collect()]
    }

    fn scalars(&self, public: &PublicRound<ResourceStackelberg>, _: Shard) -> Vec<Fr> {
        scalars(&public.terms, public.outcome.budget)
    }

    fn witness(
        &self,
        public: &PublicRound<ResourceStackelberg>,
        openings: &[Opening],
        results: &[Vec<Fr>],
        range: Range<usize>,
        _: Fr,
        _: Shard,
    ) -> (Witness, Fr) {
        let qualities: Vec<u64> =
            openings[range].iter().map(|opening| opening.row().first().copied().unwrap_or(0)).collect();
        let costs = costs(&public.terms, &qualities);
        let contest = contest_of(&costs);
        let receipts = results.first().map_or(&[][..], Vec::as_slice);
        let budget = public.outcome.budget;
        let supplies = supplies(&costs, &contest);
        (self.fill(&qualities, &supplies, &contest, budget, receipts), Fr::zero())
    }
}
