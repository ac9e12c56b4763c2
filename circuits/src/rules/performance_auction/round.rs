//! How a round of `performance-auction/v1` is cut into claims and proved.

use super::PerformanceAuction;
use super::circuit::{PerformanceAuctionCircuit, TIERS, Witness};
use super::native::{claim, score_of};
use crate::field::{Fr, from_flag, from_u64};
use crate::number::Amount;
use crate::proof_system::Shard;
use crate::proved::RoundCircuit;
use crate::rule::PublicRound;
use crate::rules::procedures::top_k::{self, HandOver};
use crate::sealed::Opening;
use std::ops::Range;

impl RoundCircuit for PerformanceAuctionCircuit {
    type Rule = PerformanceAuction;
    const PIN: &'static str = include_str!("pin.txt");
    const SHARDED: bool = true;

    fn published() -> &'static [Self] {
        &TIERS
    }

    fn columns(&self, public: &PublicRound<PerformanceAuction>, range: Range<usize>) -> Vec<Vec<Fr>> {
        let won = public.outcome.won[range.clone()].iter().map(|won| from_flag(*won)).collect();
        let gains = public.rows[range].iter().map(|gains| from_u64(gains.expected_gain_ppm.0)).collect();
        vec![won, gains]
    }

    fn scalars(&self, public: &PublicRound<PerformanceAuction>, shard: Shard) -> Vec<Fr> {
        claim(&public.terms, &public.outcome).scalars(shard)
    }

    fn witness(
        &self,
        public: &PublicRound<PerformanceAuction>,
        openings: &[Opening],
        _: &[Vec<Fr>],
        range: Range<usize>,
        taken: Fr,
        shard: Shard,
    ) -> (Witness, Fr) {
        let valuations: Vec<u64> =
            openings[range.clone()].iter().map(|o| o.row().first().copied().unwrap_or(0)).collect();
        let gains: Vec<u64> = public.rows[range.clone()].iter().map(|row| row.expected_gain_ppm.0).collect();
        let pairs = valuations.iter().zip(&public.rows[range.clone()]);
        let scores: Vec<u64> = pairs.map(|(v, gains)| score_of(Amount(*v), *gains)).collect();
        let (price, won) = (public.outcome.clearing_price.0, &public.outcome.won[range]);
        let taken = HandOver::from_field(taken);
        let winners = top_k::Witness::fill(self.capacity, price, &scores, won, taken, shard);
        let given = winners.given.to_field();
        (Witness::new(self.capacity, &valuations, &gains, winners), given)
    }
}
