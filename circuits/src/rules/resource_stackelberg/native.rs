//! The evaluator of `resource-stackelberg/v1`, and the integer checks that need no proof.

use super::centres::Centres;
use super::{Outcome, Public, Row, Terms};
use crate::json::Malformed;
use crate::number::{Amount, Count, Ppm, Wide};
use crate::rule::{Disclosure, Money, Refusal, WrongOutcome};
use crate::rules::procedures::contest::{Contest, contest};
use crate::rules::procedures::split;
use num_bigint::BigUint;
use num_traits::{One, ToPrimitive};

/// Most rows of a round.
pub const MAX_ROWS: usize = 256;
/// Most centres of a round.
pub const MAX_CENTRES: usize = 256;
/// Width of a value scale and of a budget.
pub const VALUE_BITS: u32 = 44;
/// Value scales and budgets are below this.
pub const VALUE_END: Amount = Amount(1 << VALUE_BITS);
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
pub fn check_data_size(size: Count) -> Result<(), Refusal> {
    if size > MAX_DATA_SIZE {
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
    rows.iter().try_for_each(|row| check_data_size(row.data_size))?;
    let qualities: Vec<u64> = rows.iter().map(|row| row.quality_ppm.0).collect();
    let sizes: Vec<Count> = rows.iter().map(|row| row.data_size).collect();
    let costs = costs(terms, &qualities);
    let contest = contest_of(&costs);
    Ok(settled(terms, &sizes, &supplies(&costs, &contest), &contest, budget(terms, &contest)))
}

/// The outcome of these supplies in this contest, for this budget.
pub(super) fn settled(
    terms: &Terms,
    sizes: &[Count],
    supplies: &[Supply],
    contest: &Contest,
    budget: u64,
) -> Outcome {
    let weights: Vec<u64> = supplies.iter().map(|supply| supply.weight).collect();
    let (receipts, _) = split(budget, &weights, 0);
    let contribution = |supply: &Supply| Ppm(supply.contribution(budget, terms.unit_cost, contest.total));
    let contributions: Vec<Ppm> = supplies.iter().map(contribution).collect();
    // With nothing to spend nobody supplies anything.
    let active: Vec<bool> = contest.takes_part.iter().map(|takes_part| *takes_part && budget > 0).collect();
    let (loads, centre) = followers(terms, sizes, &active, &contributions);
    Outcome {
        budget: Amount(budget),
        active,
        receipts: Some(receipts.into_iter().map(Amount).collect()),
        contributions_ppm: Some(contributions),
        loads_ppm: Some(loads),
        centre: Some(centre),
    }
}

/// Every centre's load, and the centre of every row, by who supplies and how much. `sizes`, `active` and
/// `contributions` have one entry per row.
#[must_use]
pub fn followers(
    terms: &Terms,
    sizes: &[Count],
    active: &[bool],
    contributions: &[Ppm],
) -> (Vec<Wide>, Vec<Option<Count>>) {
    let centres = Centres::new(terms);
    let loads = centres.loads(contributions.iter().map(|part| u128::from(part.0)).sum());
    // ⌊data_size·contribution/10^6⌋ of active rows.
    let volume = |size: &Count, part: &Ppm| u128::from(size.0) * u128::from(part.0) / u128::from(WHOLE.0);
    let rows = sizes.iter().zip(contributions).zip(active);
    let volumes: Vec<Option<u128>> =
        rows.map(|((size, part), active)| active.then(|| volume(size, part))).collect();
    (loads, centres.matching(&volumes).into_iter().map(|centre| centre.map(Count)).collect())
}

/// k of owners of these qualities; nothing for those who are out.
pub(super) fn costs(terms: &Terms, qualities: &[u64]) -> Vec<Option<u64>> {
    qualities.iter().map(|quality| supply_cost(Ppm(*quality), terms.min_quality_ppm)).collect()
}

/// The contest of owners of these costs, whatever the budget is. An owner alone takes part and has nobody to compete
/// with: the relation says the same of it as of any other, and there is nothing to spend.
pub(super) fn contest_of(costs: &[Option<u64>]) -> Contest {
    let mut live = costs.iter().flatten();
    match (live.next(), live.next()) {
        (Some(cost), None) => {
            let takes_part = costs.iter().map(Option::is_some).collect();
            Contest { takes_part, count: 1, total: u128::from(*cost) }
        }
        _ => contest(costs),
    }
}

/// The parts of owners of these costs in this contest.
pub(super) fn supplies(costs: &[Option<u64>], contest: &Contest) -> Vec<Supply> {
    let inside = costs.iter().zip(&contest.takes_part);
    inside.map(|(cost, takes_part)| Supply::new(contest, cost.filter(|_| *takes_part))).collect()
}

/// k = ⌊10^6·2^32/f⌋: what a unit of quality-adjusted data costs its owner, Q32, below 2^52; nothing for an
/// owner whose quality is below the minimum.
#[must_use]
pub fn supply_cost(quality: Ppm, minimum: Ppm) -> Option<u64> {
    let quality = quality.min(WHOLE);
    (quality >= minimum).then(|| (WHOLE.0 << COST_BITS).checked_div(quality.0)).flatten()
}

/// η: the model owner's optimum, rounded down; 0 if there is no contest.
pub(super) fn budget(terms: &Terms, contest: &Contest) -> u64 {
    if contest.count < 2 {
        return 0;
    }
    let divisor = u128::from(contest.count - 1) << COST_BITS;
    let spared = (u128::from(terms.unit_cost.0) * contest.total).div_ceil(divisor);
    // Below the value scale, a u64.
    u128::from(terms.value_scale.0).saturating_sub(spared) as u64
}

/// One data owner in the contest; zeros if it takes no part.
pub(super) struct Supply {
    /// s = T − (a−1)·k: its part of T, below 2^60.
    pub weight: u64,
    /// (a−1)·k, below T.
    cost: u64,
}

impl Supply {
    fn new(contest: &Contest, cost: Option<u64>) -> Self {
        // Both are below T, which is at most 2^60.
        let others = contest.count.saturating_sub(1);
        let cost = cost.map(|cost| u128::from(cost) * u128::from(others));
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
        // Nobody is in a contest whose costs add up to 0.
        let floor = numerator / (BigUint::from(unit_cost.0) * total * total).max(BigUint::one());
        floor.to_u64().unwrap_or(u64::MAX)
    }
}

/// The form of the outcome, what public numbers rule out, and the money.
pub(super) fn check_outcome(
    terms: &Terms,
    disclosure: Disclosure,
    rows: &[Public],
    outcome: &Outcome,
) -> Result<Money, WrongOutcome> {
    check_form(disclosure, rows.len(), outcome)?;
    let Outcome { budget, active, receipts, .. } = outcome;
    if budget.0 > 0 && budget >= &terms.value_scale {
        return impossible("nothing of the value is left beside the budget");
    }
    let count = active.iter().filter(|active| **active).count();
    if count == 1 || (count > 0) != (budget.0 > 0) {
        return impossible("two owners or more supply data if the budget is spent, else nobody");
    }
    check_followers(terms, rows, outcome)?;
    let published = receipts.iter().flatten().map(|receipt| Wide(receipt.0.into()));
    Ok(Money {
        receipts: published.collect(),
        sealed_receipts: Wide(if receipts.is_some() { 0 } else { budget.0.into() }),
        revenue: Wide(budget.0.into()),
        ..Money::default()
    })
}

fn impossible<T>(what: &str) -> Result<T, WrongOutcome> {
    Err(WrongOutcome::Impossible(what.into()))
}

/// Every field stands in rounds of its disclosure, about all rows.
fn check_form(disclosure: Disclosure, rows: usize, outcome: &Outcome) -> Result<(), WrongOutcome> {
    let Outcome { active, receipts, contributions_ppm, loads_ppm, centre, .. } = outcome;
    let fields = [receipts.is_some(), contributions_ppm.is_some(), loads_ppm.is_some(), centre.is_some()];
    if fields != [disclosure == Disclosure::Public; 4] {
        let what = "receipts, contributions, loads and centres stand in public rounds, and only there";
        return Err(Malformed(what.into()).into());
    }
    let lengths = [
        Some(active.len()),
        receipts.as_ref().map(Vec::len),
        contributions_ppm.as_ref().map(Vec::len),
        centre.as_ref().map(Vec::len),
    ];
    if lengths.into_iter().flatten().any(|length| length != rows) {
        return impossible("the outcome is not about these rows");
    }
    Ok(())
}

/// Where parts are published: who is not active has none, and loads and centres follow from them.
fn check_followers(terms: &Terms, rows: &[Public], outcome: &Outcome) -> Result<(), WrongOutcome> {
    let (Some(receipts), Some(contributions)) = (&outcome.receipts, &outcome.contributions_ppm) else {
        return Ok(());
    };
    let mut parts = receipts.iter().zip(contributions).zip(&outcome.active);
    if parts.any(|((receipt, part), active)| !active && (receipt.0, part.0) != (0, 0)) {
        return impossible("an owner who is not active supplies nothing and gets nothing");
    }
    let sizes: Vec<Count> = rows.iter().map(|row| row.data_size).collect();
    let (loads, centre) = followers(terms, &sizes, &outcome.active, contributions);
    if outcome.loads_ppm.as_ref() != Some(&loads) {
        return impossible("loads are not those of the contributions");
    }
    if outcome.centre.as_ref() != Some(&centre) {
        return impossible("centres are not those of the contributions");
    }
    Ok(())
}

/// What an owner's own quality says about its part: whether it is active at this price, and without a loss.
pub(super) fn own_view(
    terms: &Terms,
    outcome: &Outcome,
    index: usize,
    row: &Row,
    results: &[u128],
) -> Result<&'static str, WrongOutcome> {
    let own = match (&outcome.receipts, &outcome.contributions_ppm) {
        (Some(receipts), Some(contributions)) => {
            let own = receipts.get(index).zip(contributions.get(index));
            own.map(|(receipt, part)| [receipt.0, part.0].map(u128::from))
        }
        _ => results.first_chunk().copied(),
    };
    let wrong = |what: &str| Err(WrongOutcome::Payment(what.into()));
    let (Some([receipt, part]), Some(active)) = (own, outcome.active.get(index)) else {
        return wrong("there is no receipt of yours");
    };
    let cost = supply_cost(row.quality_ppm, terms.min_quality_ppm);
    if !may_be_active(terms, outcome.budget, cost).contains(active) {
        return wrong("your quality does not fit who is active for this budget");
    }
    // A receipt is rounded down, or up.
    let unit_cost = u128::from(terms.unit_cost.0);
    let covered = receipt.saturating_add(1).saturating_mul(WHOLE.0.into());
    match (active, receipt, part) {
        (false, 0, 0) => Ok("supplies nothing and gets nothing"),
        (true, ..) if part.checked_mul(unit_cost).is_some_and(|cost| cost <= covered) => {
            Ok("your supply, and your part of the budget")
        }
        _ => wrong("your receipt does not fit your supply"),
    }
}

/// What may be said of an owner of this cost: whether it is active.
///
/// What is not spent is `c = ⌈u·T/(2^32·(a − 1))⌉`, so an owner with (a − 1)·k < T has u·k < 2^32·c, and one with
/// (a − 1)·k ≥ T has u·k > 2^32·(c − 1).
fn may_be_active(terms: &Terms, budget: Amount, cost: Option<u64>) -> Vec<bool> {
    let spared = u128::from(terms.value_scale.0.saturating_sub(budget.0));
    let Some(cost) = cost.filter(|_| budget.0 > 0) else {
        return vec![false];
    };
    let cost = u128::from(terms.unit_cost.0) * u128::from(cost);
    let dear = cost > spared.saturating_sub(1) << COST_BITS;
    let cheap = cost < spared << COST_BITS;
    [(false, dear), (true, cheap)].into_iter().filter_map(|(active, may)| may.then_some(active)).collect()
}
