//! The evaluator of `fine-tuning-participation/v1`, in exact fractions.
//!
//! Performance is A, the generalist's share of revenue d; a specialist has revenue rate r and costs b
//! (linear), c (quadratic) and f (entry).

use super::{Domain, Outcome, Role, Row, Terms};
use crate::number::{Amount, Count, Wide};
use crate::rule::{Money, Refusal, WrongOutcome};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

/// Most domains of a round.
pub const MAX_DOMAINS: usize = 16;
/// The share that leaves nothing to the specialists.
pub const WHOLE: Count = Count(1 << 32);
/// The largest revenue rate, and the largest number of a row.
pub const MAX_NUMBER: Amount = Amount((1 << 32) - 1);

/// Refusals by the terms alone, in the order of rules.md.
///
/// # Errors
/// The first refusal that applies.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    if terms.share_q32 > WHOLE {
        return Err(Refusal("share_above_whole"));
    }
    if terms.domains.is_empty() {
        return Err(Refusal("no_domains"));
    }
    if terms.domains.len() > MAX_DOMAINS {
        return Err(Refusal("too_many_domains"));
    }
    if terms.domains.iter().any(|domain| !(Amount(1)..=MAX_NUMBER).contains(&domain.revenue_rate)) {
        return Err(Refusal("revenue_rate_out_of_range"));
    }
    Ok(())
}

/// Whether there is one row for the generalist and one per domain.
///
/// # Errors
/// `wrong_row_count`.
pub fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
    if rows != terms.domains.len() + 1 {
        return Err(Refusal("wrong_row_count"));
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
    let [generalist, rows @ ..] = rows else {
        return Err(Refusal("wrong_row_count"));
    };
    let game = Game::new(terms, generalist, rows);
    let performance = game.best_performance();
    let roles = game.specialists.iter().map(|specialist| specialist.role(&performance)).collect();
    // A threshold is at most 2^32 over 2^-32, a free optimum at most 16 times 2^31: below 2^97 with the
    // factor.
    let floor = (performance * BigInt::from(WHOLE.0)).to_integer();
    Ok(Outcome { base_performance_q32: Wide(floor.to_u128().unwrap_or(u128::MAX)), roles })
}

/// What public numbers alone rule out. No money moves.
pub(super) fn check_outcome(terms: &Terms, outcome: &Outcome) -> Result<Money, WrongOutcome> {
    let impossible = |what: &str| Err(WrongOutcome::Impossible(what.into()));
    if outcome.roles.len() != terms.domains.len() {
        return impossible("the outcome has not one role for each domain");
    }
    let all = |role: Role| outcome.roles.iter().all(|other| *other == role);
    if outcome.base_performance_q32.0 > 0 && (terms.share_q32.0 == 0 || all(Role::Abstainer)) {
        return impossible("the generalist invests and gets nothing for it");
    }
    if terms.share_q32 == WHOLE && outcome.roles.contains(&Role::Contributor) {
        return impossible("a specialist who keeps nothing invests");
    }
    Ok(Money::default())
}

/// Whether the role of row `index` is the one that its own numbers give at the published performance.
pub(super) fn own_view(
    terms: &Terms,
    outcome: &Outcome,
    index: usize,
    row: &Row,
) -> Result<&'static str, WrongOutcome> {
    let Some(domain) = index.checked_sub(1) else {
        return Ok("the performance rests on all costs together");
    };
    let wrong = || WrongOutcome::Impossible("the role contradicts your costs".into());
    let (Some(domain), Some(role)) = (terms.domains.get(domain), outcome.roles.get(domain)) else {
        return Err(wrong());
    };
    let share = BigRational::new(terms.share_q32.0.into(), WHOLE.0.into());
    let specialist = Specialist::new(&share, domain.revenue_rate, row);
    // The exact performance lies from the published one to below the next; a threshold may lie between.
    let published = BigInt::from(outcome.base_performance_q32.0);
    let [from, to] = [published.clone(), published + 1].map(|q32| BigRational::new(q32, WHOLE.0.into()));
    let enters_below = |performance: &BigRational| {
        specialist.threshold.as_ref().is_some_and(|threshold| threshold < performance)
    };
    let fits = match role {
        Role::Abstainer => !specialist.takes_part(&from),
        taking_part => {
            enters_below(&to) && (*taking_part == Role::Contributor) == specialist.effort.is_positive()
        }
    };
    match role {
        _ if !fits => Err(wrong()),
        Role::Contributor => Ok("invests: it pays at this performance"),
        Role::FreeRider => Ok("takes the model as it is: investing does not pay"),
        Role::Abstainer => Ok("stays out: entering does not pay at this performance"),
    }
}

fn number(told: Amount) -> BigRational {
    BigInt::from(told.min(MAX_NUMBER).0).into()
}

fn positive(told: Amount) -> BigRational {
    number(told.max(Amount(1)))
}

struct Specialist {
    /// d·r: what the generalist gets for a unit of performance.
    rate: BigRational,
    /// By how much the specialist improves the general model, if it takes part.
    effort: BigRational,
    /// From which performance on it takes part; never, if none.
    threshold: Option<BigRational>,
}

impl Specialist {
    fn new(share: &BigRational, revenue_rate: Amount, row: &Row) -> Self {
        let revenue_rate = BigRational::from(BigInt::from(revenue_rate.0));
        let rate = share * &revenue_rate;
        let keep = revenue_rate - &rate;
        let margin = (&keep - number(row.linear_cost)).max(BigRational::zero());
        let effort = &margin / (positive(row.cost) * BigInt::from(2));
        // m²/(4c) = m·e/2.
        let need = number(row.entry_cost) - margin * &effort / BigInt::from(2);
        let threshold = if !need.is_positive() {
            Some(BigRational::zero())
        } else if keep.is_zero() {
            None
        } else {
            Some(need / keep)
        };
        Self { rate, effort, threshold }
    }

    fn takes_part(&self, performance: &BigRational) -> bool {
        self.threshold.as_ref().is_some_and(|threshold| threshold <= performance)
    }

    fn role(&self, performance: &BigRational) -> Role {
        match (self.takes_part(performance), self.effort.is_positive()) {
            (false, _) => Role::Abstainer,
            (true, true) => Role::Contributor,
            (true, false) => Role::FreeRider,
        }
    }
}

pub(super) struct Game {
    /// The generalist's quadratic cost.
    cost: BigRational,
    specialists: Vec<Specialist>,
}

impl Game {
    pub(super) fn new(terms: &Terms, generalist: &Row, rows: &[Row]) -> Self {
        let share = BigRational::new(terms.share_q32.0.into(), WHOLE.0.into());
        let specialist = |(domain, row): (&Domain, &Row)| Specialist::new(&share, domain.revenue_rate, row);
        let specialists = terms.domains.iter().zip(rows).map(specialist).collect();
        Self { cost: positive(generalist.cost), specialists }
    }

    /// The performance that is best for the generalist, the smallest among equals.
    pub(super) fn best_performance(&self) -> BigRational {
        let thresholds = || self.specialists.iter().filter_map(|specialist| specialist.threshold.as_ref());
        let free = |threshold: &BigRational| {
            let optimum = self.rate(threshold) / (&self.cost * BigInt::from(2));
            optimum.max(threshold.clone())
        };
        let mut candidates = vec![BigRational::zero()];
        candidates.extend(thresholds().cloned());
        candidates.extend(thresholds().map(free));
        candidates.sort();
        let mut best = (self.value(&BigRational::zero()), BigRational::zero());
        for candidate in candidates {
            let value = self.value(&candidate);
            if value > best.0 {
                best = (value, candidate);
            }
        }
        best.1
    }

    /// What the generalist gets for a unit of performance from those who take part.
    fn rate(&self, performance: &BigRational) -> BigRational {
        self.sum(performance, |specialist| specialist.rate.clone())
    }

    /// The generalist's utility.
    fn value(&self, performance: &BigRational) -> BigRational {
        let earned =
            self.sum(performance, |specialist| &specialist.rate * (performance + &specialist.effort));
        earned - &self.cost * performance * performance
    }

    fn sum(&self, performance: &BigRational, of: impl Fn(&Specialist) -> BigRational) -> BigRational {
        let inside = self.specialists.iter().filter(|specialist| specialist.takes_part(performance));
        inside.fold(BigRational::zero(), |sum, specialist| sum + of(specialist))
    }
}
