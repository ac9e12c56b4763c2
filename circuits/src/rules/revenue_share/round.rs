//! How a round of `revenue-share/v1` is claimed and proved.

use super::RevenueShare;
use super::circuit::{RevenueShareCircuit, TIERS, Witness, scalars};
use crate::field::Fr;
use crate::proof_system::Shard;
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::sealed::Opening;
use ark_ff::Zero;
use std::ops::Range;

impl RoundCircuit for RevenueShareCircuit {
    type Rule = RevenueShare;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = false;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn columns(&self, _: &PublicRound<RevenueShare>, _: Range<usize>) -> Vec<Vec<Fr>> {
        Vec::new()
    }

    fn scalars(&self, public: &PublicRound<RevenueShare>, _: Shard) -> Vec<Fr> {
        scalars(&public.terms, &public.outcome)
    }

    fn witness(
        &self,
        public: &PublicRound<RevenueShare>,
        openings: &[Opening],
        results: &[Vec<Fr>],
        range: Range<usize>,
        _: Fr,
        _: Shard,
    ) -> (Witness, Fr) {
        let weights: Vec<u64> =
            openings[range].iter().map(|opening| opening.row().first().copied().unwrap_or(0)).collect();
        let receipts = results.first().map_or(&[][..], Vec::as_slice);
        (self.fill(&public.terms, &weights, receipts), Fr::zero())
    }
}
