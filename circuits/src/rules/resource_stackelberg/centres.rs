//! What computing centres do: their loads, and whom they compute for. Source: rules.md section 9.2, 6 and 7.

use super::Terms;
use super::native::WHOLE;
use crate::number::Wide;
use crate::rules::procedures::contest::contest;
use num_bigint::BigUint;
use num_traits::ToPrimitive;
use std::cmp::Reverse;

/// The centres of a round.
pub(super) struct Centres<'a> {
    terms: &'a Terms,
    costs: Vec<u64>,
}

impl<'a> Centres<'a> {
    pub(super) fn new(terms: &'a Terms) -> Self {
        Self { terms, costs: terms.centres.iter().map(|centre| centre.cost_ppm.0).collect() }
    }

    /// Every centre's load in the contest for what computing `supplied` (ppm of a unit of data) costs.
    pub(super) fn loads(&self, supplied: u128) -> Vec<Wide> {
        let costs: Vec<Option<u64>> = self.costs.iter().copied().map(Some).collect();
        let contest = contest(&costs);
        // b − 1, where no centre takes part if fewer than two could.
        let others = contest.count.saturating_sub(1);
        let load = |(cost, takes_part): (&u64, &bool)| {
            if !takes_part {
                return Wide(0);
            }
            let rest = contest.total - u128::from(others) * u128::from(*cost);
            let numerator = BigUint::from(self.terms.unit_cost.0) * supplied * others * rest * WHOLE.0;
            let load =
                numerator / (BigUint::from(self.terms.centre_unit_cost.0) * contest.total * contest.total);
            // Supplies add up to at most 10^6·2^44: below 2^32·2^64·2^20.
            Wide(load.to_u128().unwrap_or(u128::MAX))
        };
        self.costs.iter().zip(&contest.takes_part).map(load).collect()
    }

    /// The centre of every active row, by the rows' volumes: centres choose in the order of falling cost.
    pub(super) fn matching(&self, volumes: &[Option<u128>]) -> Vec<Option<u64>> {
        let mut matched = vec![None; volumes.len()];
        let Some(targets) = Targets::new(&self.costs, volumes) else {
            return matched;
        };
        let mut order: Vec<usize> = (0..self.costs.len()).collect();
        // A stable sort keeps the earlier centre first among equals.
        order.sort_by_key(|centre| Reverse(self.costs[*centre]));
        for centre in order {
            let free = volumes.iter().enumerate().filter(|(row, _)| matched[*row].is_none());
            let active = free.filter_map(|(row, volume)| Some((row, (*volume)?)));
            let nearest =
                active.min_by_key(|(row, volume)| (targets.miss(self.costs[centre], *volume), *row));
            let Some((row, _)) = nearest else {
                break;
            };
            matched[row] = Some(centre as u64);
        }
        matched
    }
}

/// The volume that every centre would like: the largest for the cheapest, the smallest for the dearest.
struct Targets {
    /// σ_hi, and Δ: the distance to σ_lo, at least 1.
    highest_cost: u64,
    costs: u64,
    /// V_lo, and the distance to V_hi, below 2^76.
    lowest: u128,
    volumes: u128,
}

impl Targets {
    fn new(costs: &[u64], volumes: &[Option<u128>]) -> Option<Self> {
        let (cheapest, highest_cost) = (*costs.iter().min()?, *costs.iter().max()?);
        let active = || volumes.iter().flatten();
        let (lowest, highest) = (*active().min()?, *active().max()?);
        Some(Self {
            highest_cost,
            costs: (highest_cost - cheapest).max(1),
            lowest,
            volumes: highest - lowest,
        })
    }

    /// How far a volume is from the target of a centre of this cost, times Δ.
    fn miss(&self, cost: u64, volume: u128) -> u128 {
        let scale = u128::from(self.costs);
        let target = self.lowest * scale + u128::from(self.highest_cost - cost) * self.volumes;
        (volume * scale).abs_diff(target)
    }
}
