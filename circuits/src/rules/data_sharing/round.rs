//! How a round of `data-sharing/v1` is proved.

use super::circuit::{DataSharingCircuit, TIERS, Witness, scalars};
use super::market::MAX_SIZE;
use super::native::{is_nash, weights_and_exponent};
use super::{DataSharing, Terms};
use crate::field::{Fr, from_u64};
use crate::proof_system::{Circuit, Shard};
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::sealed::Opening;
use ark_ff::Zero;
use std::ops::Range;

impl RoundCircuit for DataSharingCircuit {
    type Rule = DataSharing;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = false;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn takes(&self, terms: &Terms) -> bool {
        !is_nash(terms)
    }

    fn columns(&self, _: &PublicRound<DataSharing>, _: Range<usize>) -> Vec<Vec<Fr>> {
        Vec::new()
    }

    fn scalars(&self, public: &PublicRound<DataSharing>, _: Shard) -> Vec<Fr> {
        scalars(&public.terms, public.outcome.share)
    }

    fn witness(
        &self,
        public: &PublicRound<DataSharing>,
        openings: &[Opening],
        _: &[Vec<Fr>],
        range: Range<usize>,
        _: Fr,
        _: Shard,
    ) -> (Witness, Fr) {
        let mut witness = self.blank();
        let mut sizes = [1; 2];
        for ((told, size), opening) in witness.told.iter_mut().zip(&mut sizes).zip(&openings[range]) {
            let number = |k: usize| opening.row().get(k).copied().unwrap_or(0);
            *told = [0, 1, 2].map(|k| from_u64(number(k)));
            *size = number(0).clamp(1, MAX_SIZE);
        }
        if let Some((_, exponent)) = weights_and_exponent(&public.terms) {
            let sizes = [sizes[0], sizes[1], sizes[0] + sizes[1]];
            witness.factors = sizes.map(|size| from_u64(exponent.learning(size)));
        }
        (witness, Fr::zero())
    }
}
