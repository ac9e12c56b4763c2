//! The evaluator of `resource-stackelberg/v1`.

use super::centres::Centres;
use super::{Outcome, Row, Terms};
use crate::number::{Amount, Count, Ppm, Wide};
use crate::rule::Refusal;
use crate::rules::procedures::contest::{Contest, contest};
use crate::rules::procedures::split;
use num_bigint::BigUint;
use num_traits::ToPrimitive;

/// Most rows of a round.
pub const MAX_ROWS: usize = 256;
/// Most centres of a round.
pub const MAX_CENTRES: usize = 256;
/// Value scales and budgets are below this.
pub const VALUE_END: Amount = Amount(1 << 44);
/// The largest unit cost.
pub const MAX_UNIT_COST: Amount = Amount((1 << 32) - 1);
/// The largest data size.
pub const MAX_DATA_SIZE: Count = Count((1 << 32) - 1);
/// The whole in ppm: the best quality and the highest cost of a centre.
pub const WHOLE: Ppm = Ppm(1_000_000);
/// Bits behind the point of a cost of quality-adjusted data.
const COST_BITS: u32 = 32;

/// Refusals by the terms alone, in the order of rules.md.
///
/// # Errors
/// The first refusal that applies.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    if terms.value_scale >= VALUE_END {
        return Err(Refusal("value_scale_too_large"));
    }
    check_unit_cost(terms.unit_cost)?;
    check_unit_cost(terms.centre_unit_cost)?;
    check_min_quality(terms.min_quality_ppm)?;
    if terms.centres.iter().any(|centre| !(Ppm(1)..=WHOLE).contains(&centre.cost_ppm)) {
        return Err(Refusal("centre_cost_out_of_range"));
    }
    if terms.centres.len() > MAX_CENTRES {
        return Err(Refusal("too_many_centres"));
    }
    Ok(())
}

/// Whether a unit cost is in range.
///
/// # Errors
/// `unit_cost_out_of_range`.
pub fn check_unit_cost(cost: Amount) -> Result<(), Refusal> {
    if !(Amount(1)..=MAX_UNIT_COST).contains(&cost) {
        return Err(Refusal("unit_cost_out_of_range"));
    }
    Ok(())
}

/// Whether a minimum quality is in range.
///
/// # Errors
/// `min_quality_out_of_range`.
pub fn check_min_quality(quality: Ppm) -> Result<(), Refusal> {
    if !(Ppm(1)..=WHOLE).contains(&quality) {
        return Err(Refusal("min_quality_out_of_range"));
    }
    Ok(())
}

/// Whether a round may have this many rows.
///
/// # Errors
/// `too_many_rows`.
pub fn check_row_count(_: &Terms, rows: usize) -> Result<(), Refusal> {
    if rows > MAX_ROWS {
        return Err(Refusal("too_many_rows"));
    }
    Ok(())
}

/// Whether a row's public number is in range.
///
/// # Errors
/// `data_size_too_large`.
pub fn check_row(_: &Terms, row: &Row) -> Result<(), Refusal> {
    if row.data_size > MAX_DATA_SIZE {
        return Err(Refusal("data_size_too_large"));
    }
    Ok(())
}

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal that applies, in the order of rules.md.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    check_terms(terms)?;
    check_row_count(terms, rows.len())?;
    rows.iter().try_for_each(|row| check_row(terms, row))?;
    let costs: Vec<Option<u64>> =
        rows.iter().map(|row| supply_cost(row.quality_ppm, terms.min_quality_ppm)).collect();
    let contest = contest(&costs);
    let budget = budget(terms, &contest);
    if budget == 0 {
        return Ok(empty(terms, rows.len()));
    }
    let supplies: Vec<Supply> = costs.iter().map(|cost| Supply::new(&contest, *cost)).collect();
    let weights: Vec<u64> = supplies.iter().map(|supply| supply.weight).collect();
    let (receipts, _) = split(budget, &weights, 0);
    let contribution = |supply: &Supply| supply.contribution(budget, terms.unit_cost, contest.total);
    let contributions: Vec<u64> = supplies.iter().map(contribution).collect();
    let centres = Centres::new(terms);
    let volumes = volumes(rows, &contest, &contributions);
    Ok(Outcome {
        budget: Amount(budget),
        active: contest.takes_part,
        receipts: receipts.into_iter().map(Amount).collect(),
        loads_ppm: centres.loads(contributions.iter().map(|x| u128::from(*x)).sum()),
        contributions_ppm: contributions.into_iter().map(Ppm).collect(),
        centre: centres.matching(&volumes).into_iter().map(|centre| centre.map(Count)).collect(),
    })
}

/// k = ⌊10^6·2^32/f⌋: what a unit of quality-adjusted data costs its owner, Q32, below 2^52; nothing for an
/// owner whose quality is below the minimum.
#[must_use]
pub fn supply_cost(quality: Ppm, minimum: Ppm) -> Option<u64> {
    let quality = quality.min(WHOLE);
    (quality >= minimum).then(|| (WHOLE.0 << COST_BITS).checked_div(quality.0)).flatten()
}

/// η: the model owner's optimum, rounded down; 0 if there is no contest.
fn budget(terms: &Terms, contest: &Contest) -> u64 {
    if contest.count < 2 {
        return 0;
    }
    let divisor = u128::from(contest.count - 1) << COST_BITS;
    let spared = (u128::from(terms.unit_cost.0) * contest.total).div_ceil(divisor);
    // Below the value scale, a u64.
    u128::from(terms.value_scale.0).saturating_sub(spared) as u64
}

fn empty(terms: &Terms, rows: usize) -> Outcome {
    Outcome {
        budget: Amount(0),
        active: vec![false; rows],
        receipts: vec![Amount(0); rows],
        contributions_ppm: vec![Ppm(0); rows],
        loads_ppm: vec![Wide(0); terms.centres.len()],
        centre: vec![None; rows],
    }
}

/// One data owner in the contest; zeros if it takes no part.
struct Supply {
    /// s = T − (a−1)·k: its part of T, below 2^60.
    weight: u64,
    /// (a−1)·k, below T.
    cost: u64,
}

impl Supply {
    fn new(contest: &Contest, cost: Option<u64>) -> Self {
        // Both are below T, which is below 2^60, for those who take part, and only for them.
        let cost = cost.map(|cost| u128::from(cost) * u128::from(contest.count - 1));
        match cost {
            Some(cost) if cost < contest.total => {
                Self { weight: (contest.total - cost) as u64, cost: cost as u64 }
            }
            _ => Self { weight: 0, cost: 0 },
        }
    }

    /// ⌊10^6·η·s·(a−1)·k / (u·T²)⌋, below 10^6·η.
    fn contribution(&self, budget: u64, unit_cost: Amount, total: u128) -> u64 {
        let numerator = BigUint::from(WHOLE.0) * budget * self.weight * self.cost;
        let floor = numerator / (BigUint::from(unit_cost.0) * total * total);
        floor.to_u64().unwrap_or(u64::MAX)
    }
}

/// ⌊data_size·contribution/10^6⌋ of active rows.
fn volumes(rows: &[Row], contest: &Contest, contributions: &[u64]) -> Vec<Option<u128>> {
    let volume = |row: &Row, part: u64| u128::from(row.data_size.0) * u128::from(part) / u128::from(WHOLE.0);
    let active = rows.iter().zip(contributions).zip(&contest.takes_part);
    active.map(|((row, part), active)| active.then(|| volume(row, *part))).collect()
}
