//! How a round of `uniform-price/v1` is cut into claims and proved.

use super::UniformPrice;
use super::circuit::{HandOver, TIERS, UniformPriceCircuit, Witness};
use super::native::claim;
use crate::field::{Fr, from_flag};
use crate::proof_system::Shard;
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::sealed::Opening;
use std::ops::Range;

impl RoundCircuit for UniformPriceCircuit {
    type Rule = UniformPrice;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = true;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn columns(&self, public: &PublicRound<UniformPrice>, range: Range<usize>) -> Vec<Vec<Fr>> {
        vec![public.outcome.won[range].iter().map(|won| from_flag(*won)).collect()]
    }

    fn scalars(&self, public: &PublicRound<UniformPrice>, shard: Shard) -> Vec<Fr> {
        claim(&public.terms, &public.outcome).scalars(shard)
    }

    fn witness(
        &self,
        public: &PublicRound<UniformPrice>,
        openings: &[Opening],
        _: &[Vec<Fr>],
        range: Range<usize>,
        taken: Fr,
        shard: Shard,
    ) -> (Witness, Fr) {
        let valuations: Vec<u64> =
            openings[range.clone()].iter().map(|o| o.row().first().copied().unwrap_or(0)).collect();
        let (price, won) = (public.outcome.clearing_price.0, &public.outcome.won[range]);
        let witness = Witness::fill(self.rows(), price, &valuations, won, HandOver::from_field(taken), shard);
        let given = witness.given.to_field();
        (witness, given)
    }
}
