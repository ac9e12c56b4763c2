//! How a round of `quality-menu/v1` is claimed and proved.

use super::circuit::{QualityMenuCircuit, RowWitness, TIERS};
use super::{QualityMenu, Terms};
use crate::field::Fr;
use crate::proof_system::Shard;
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::sealed::Opening;
use ark_ff::Zero;
use std::ops::Range;

impl RoundCircuit for QualityMenuCircuit {
    type Rule = QualityMenu;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = false;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn takes(&self, terms: &Terms) -> bool {
        self.holds_menu(terms)
    }

    fn columns(&self, _: &PublicRound<QualityMenu>, _: Range<usize>) -> Vec<Vec<Fr>> {
        Vec::new()
    }

    fn scalars(&self, public: &PublicRound<QualityMenu>, _: Shard) -> Vec<Fr> {
        self.scalars(&public.terms)
    }

    fn witness(
        &self,
        public: &PublicRound<QualityMenu>,
        openings: &[Opening],
        results: &[Vec<Fr>],
        range: Range<usize>,
        _: Fr,
        _: Shard,
    ) -> (Vec<RowWitness>, Fr) {
        let valuations: Vec<u64> =
            openings[range].iter().map(|opening| opening.row().first().copied().unwrap_or(0)).collect();
        (self.fill(&public.terms, &valuations, results), Fr::zero())
    }
}
