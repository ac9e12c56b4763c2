//! The evaluator of `resource-stackelberg-capped/v1`.

use super::{Outcome, Row, Terms};
use crate::number::{Amount, Ppm, Wide};
use crate::rule::{Money, Refusal, WrongOutcome};
use crate::rules::procedures::largest::largest;
use crate::rules::procedures::split;
use crate::rules::resource_stackelberg::native::{
    MAX_ROWS, VALUE_END, WHOLE, check_min_quality, check_unit_cost, supply_cost,
};
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};

/// The largest capacity.
pub const MAX_CAPACITY: Ppm = Ppm((1 << 32) - 1);

/// Refusals by the terms alone, in the order of rules.md.
///
/// # Errors
/// The first refusal that applies.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    if terms.budget >= VALUE_END {
        return Err(Refusal("budget_too_large"));
    }
    check_unit_cost(terms.unit_cost)?;
    check_min_quality(terms.min_quality_ppm)
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

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal that applies, in the order of rules.md.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    check_terms(terms)?;
    check_row_count(terms, rows.len())?;
    let owners: Vec<Option<Owner>> = rows.iter().map(|row| Owner::live(terms, row)).collect();
    if owners.iter().flatten().count() < 2 || terms.budget.0 == 0 {
        return Ok(nobody(terms, rows.len()));
    }
    let contest = Contest { budget: terms.budget.0, unit_cost: terms.unit_cost.0 };
    let z = largest(1, 1 << 64, |z| z == 1 || contest.fills(&owners, z));
    let supplies: Vec<Supply> = owners.iter().map(|owner| contest.supply(owner.as_ref(), z)).collect();
    let weights: Vec<u64> = supplies.iter().map(|supply| supply.weight).collect();
    let (receipts, dust) = split(terms.budget.0, &weights, 0);
    Ok(Outcome {
        receipts: receipts.into_iter().map(Amount).collect(),
        contributions_ppm: supplies.iter().map(|supply| Ppm(supply.contribution)).collect(),
        at_capacity: supplies.iter().map(|supply| supply.at_capacity).collect(),
        dust: Amount(dust),
    })
}

fn nobody(terms: &Terms, rows: usize) -> Outcome {
    Outcome {
        receipts: vec![Amount(0); rows],
        contributions_ppm: vec![Ppm(0); rows],
        at_capacity: vec![false; rows],
        dust: terms.budget,
    }
}

/// What public numbers alone rule out, and the money.
pub(super) fn check_outcome(terms: &Terms, rows: usize, outcome: &Outcome) -> Result<Money, WrongOutcome> {
    let impossible = |what: &str| Err(WrongOutcome::Impossible(what.into()));
    let Outcome { receipts, contributions_ppm, at_capacity, dust } = outcome;
    if [receipts.len(), contributions_ppm.len(), at_capacity.len()] != [rows; 3] {
        return impossible("the outcome is not about these rows");
    }
    if contributions_ppm.iter().any(|contribution| *contribution > MAX_CAPACITY) {
        return impossible("a contribution above every capacity");
    }
    if contributions_ppm.iter().zip(at_capacity).any(|(contribution, full)| *full && contribution.0 == 0) {
        return impossible("an owner without capacity supplies nothing");
    }
    if dust.0 > 0 && *dust != terms.budget {
        return impossible("the budget is spent wholly or not at all");
    }
    let idle = receipts.iter().all(|receipt| receipt.0 == 0)
        && contributions_ppm.iter().all(|contribution| contribution.0 == 0);
    if (dust.0 > 0 || terms.budget.0 == 0) && !idle {
        return impossible("owners supply and get nothing when the budget is not spent");
    }
    if dust.0 == 0 && terms.budget.0 > 0 && rows < 2 {
        return impossible("a contest of fewer than two");
    }
    Ok(Money {
        receipts: receipts.iter().map(|receipt| Wide(receipt.0.into())).collect(),
        revenue: Wide(terms.budget.0.into()),
        dust: Wide(dust.0.into()),
        ..Money::default()
    })
}

/// What an owner's own numbers say about its part.
pub(super) fn own_view(
    terms: &Terms,
    outcome: &Outcome,
    index: usize,
    row: &Row,
) -> Result<&'static str, WrongOutcome> {
    let part = outcome.contributions_ppm.get(index).zip(outcome.at_capacity.get(index));
    let own = outcome.receipts.get(index).zip(part);
    match (Owner::live(terms, row), own) {
        (Some(owner), Some((_, (supplied, true)))) if supplied.0 == owner.capacity => {
            Ok("supplies all it has")
        }
        (Some(owner), Some((_, (supplied, false)))) if supplied.0 < owner.capacity => {
            Ok("supplies less than it has")
        }
        (None, Some((Amount(0), (Ppm(0), false)))) => Ok("takes no part"),
        _ => Err(WrongOutcome::Payment("the outcome contradicts your quality or capacity".into())),
    }
}

/// A row that takes part.
struct Owner {
    /// f, at least 1.
    quality: u64,
    /// k.
    cost: u64,
    /// At least 1.
    capacity: u64,
}

impl Owner {
    fn live(terms: &Terms, row: &Row) -> Option<Self> {
        let cost = supply_cost(row.quality_ppm, terms.min_quality_ppm)?;
        let capacity = row.capacity_ppm.min(MAX_CAPACITY).0;
        (capacity >= 1).then_some(Self { quality: row.quality_ppm.min(WHOLE).0, cost, capacity })
    }
}

/// What an owner supplies and its weight in the budget; zeros if it takes no part.
#[derive(Default)]
struct Supply {
    weight: u64,
    contribution: u64,
    at_capacity: bool,
}

/// The contest at total supply z. Shares are fractions over 2^64·M with M = 10^12·z·B.
struct Contest {
    budget: u64,
    unit_cost: u64,
}

impl Contest {
    /// M.
    fn scale(&self, z: u128) -> BigUint {
        BigUint::from(WHOLE.0) * WHOLE.0 * z * self.budget
    }

    /// (1 − k·z/2^64)·2^64·M, at least 0.
    fn wanted(&self, owner: &Owner, z: u128) -> BigUint {
        // z is at most 2^64 and k below 2^52.
        self.scale(z) * (1u128 << 64).saturating_sub(u128::from(owner.cost) * z)
    }

    /// f·cap·u·2^32/(10^12·z·B)·2^64·M = f·cap·u·2^96.
    fn possible(&self, owner: &Owner) -> BigUint {
        (BigUint::from(owner.quality) * owner.capacity * self.unit_cost) << 96u32
    }

    fn share(&self, owner: &Owner, z: u128) -> BigUint {
        self.wanted(owner, z).min(self.possible(owner))
    }

    /// Whether the shares add up to at least the whole.
    fn fills(&self, owners: &[Option<Owner>], z: u128) -> bool {
        let shares = owners.iter().flatten().map(|owner| self.share(owner, z));
        shares.fold(BigUint::zero(), |sum, share| sum + share) >= self.scale(z) << 64u32
    }

    fn supply(&self, owner: Option<&Owner>, z: u128) -> Supply {
        let Some(owner) = owner else {
            return Supply::default();
        };
        let share = self.share(owner, z);
        let at_capacity = self.possible(owner) <= self.wanted(owner, z);
        // share·z·B·10^12/(2^32·u·f), which is below the capacity if that does not bind.
        let contribution = if at_capacity {
            owner.capacity
        } else {
            let divisor = (BigUint::from(self.unit_cost) * owner.quality) << 96u32;
            (&share / divisor).to_u64().unwrap_or(owner.capacity)
        };
        // At most 2^60, because a share is at most the whole.
        let weight = ((share << 60u32) / (self.scale(z) << 64u32)).to_u64().unwrap_or(1 << 60);
        Supply { weight, contribution, at_capacity }
    }
}
