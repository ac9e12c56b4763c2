//! The evaluator of `quality-menu/v1`, and what follows from its public results.

use super::{Outcome, QualityMenu, Row, Terms, Tier};
use crate::json::Malformed;
use crate::number::{Amount, Count, Ppm, Wide};
use crate::rule::{Disclosure, Money, Refusal, Rule, WrongOutcome};
use crate::rules::procedures::{WHOLE_BPS, WHOLE_PPM, fee};

/// Most rows of a round.
pub const MAX_ROWS: Count = Count(1 << 16);
/// Most tiers of a menu.
pub const MAX_TIERS: usize = 64;
/// The highest threshold, minor units per ppm: with a gain of at most the whole, payments stay below 2^64.
pub const HIGHEST_THRESHOLD: Amount = Amount((1 << 44) - 1);

/// Refusals that depend on the terms alone.
///
/// # Errors
/// The first refusal of rules.md section 3.3 that applies, but `too_many_rows`.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    let Some(top) = terms.tiers.last() else {
        return Err(Refusal("menu_empty"));
    };
    let refusals = [
        (terms.tiers.len() > MAX_TIERS, "menu_too_long"),
        (!rise(&terms.tiers, |tier| tier.threshold_per_ppm.0), "thresholds_not_increasing"),
        (top.threshold_per_ppm > HIGHEST_THRESHOLD, "threshold_too_large"),
        (!rise(&terms.tiers, |tier| tier.gain_ppm.0), "gains_not_increasing"),
        (top.gain_ppm > WHOLE_PPM, "gain_above_whole"),
        (terms.fee_bps > WHOLE_BPS, "fee_above_whole"),
    ];
    match refusals.into_iter().find(|(applies, _)| *applies) {
        Some((_, code)) => Err(Refusal(code)),
        None => Ok(()),
    }
}

/// Whether the numbers rise strictly, from above zero.
fn rise(tiers: &[Tier], number: impl Fn(&Tier) -> u64) -> bool {
    tiers.iter().map(number).try_fold(0, |before, next| (next > before).then_some(next)).is_some()
}

/// Whether a round may have this many rows.
///
/// # Errors
/// `too_many_rows`.
pub fn check_row_count(_: &Terms, rows: usize) -> Result<(), Refusal> {
    if rows as u64 > MAX_ROWS.0 {
        return Err(Refusal("too_many_rows"));
    }
    Ok(())
}

/// What a level of the menu is and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// The least valuation at this level, minor units per ppm.
    pub threshold_per_ppm: Amount,
    /// Its gain, ppm.
    pub gain_ppm: Ppm,
    /// What it costs, minor units.
    pub payment: Amount,
}

/// The levels of a menu that is not refused, from level 0: no gain, no payment.
#[must_use]
pub fn levels(terms: &Terms) -> Vec<Level> {
    let mut last = Level { threshold_per_ppm: Amount(0), gain_ppm: Ppm(0), payment: Amount(0) };
    let mut levels = vec![last];
    for Tier { threshold_per_ppm, gain_ppm } in terms.tiers.iter().copied() {
        // At most the highest threshold times the highest gain, below 2^64.
        let step = threshold_per_ppm.0 * (gain_ppm.0 - last.gain_ppm.0);
        last = Level { threshold_per_ppm, gain_ppm, payment: Amount(last.payment.0 + step) };
        levels.push(last);
    }
    levels
}

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal of rules.md section 3.3 that applies.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    check_terms(terms)?;
    check_row_count(terms, rows.len())?;
    let chosen: Vec<usize> = rows.iter().map(|row| reached(terms, row.valuation_per_ppm)).collect();
    Ok(settled(terms, &levels(terms), &chosen))
}

/// The level that a valuation reaches.
pub(super) fn reached(terms: &Terms, valuation_per_ppm: Amount) -> usize {
    terms.tiers.partition_point(|tier| tier.threshold_per_ppm <= valuation_per_ppm)
}

/// The outcome that the rows' levels imply, for terms that are not refused.
///
/// # Errors
/// A level is not on the menu.
pub fn implied(terms: &Terms, chosen: &[Count]) -> Result<Outcome, WrongOutcome> {
    let menu = levels(terms);
    let on_menu = |level: &Count| usize::try_from(level.0).ok().filter(|level| *level < menu.len());
    match chosen.iter().map(on_menu).collect::<Option<Vec<usize>>>() {
        Some(chosen) => Ok(settled(terms, &menu, &chosen)),
        None => Err(WrongOutcome::Impossible("a level is not on the menu".into())),
    }
}

fn settled(terms: &Terms, menu: &[Level], chosen: &[usize]) -> Outcome {
    let total = chosen.iter().map(|level| u128::from(menu[*level].payment.0)).sum();
    let fee = fee(total, terms.fee_bps);
    Outcome {
        levels: Some(chosen.iter().map(|level| Count(*level as u64)).collect()),
        gains_ppm: Some(chosen.iter().map(|level| menu[*level].gain_ppm).collect()),
        payments: Some(chosen.iter().map(|level| menu[*level].payment).collect()),
        total: Wide(total),
        fee: Wide(fee),
        proceeds: Wide(total - fee),
    }
}

/// The form of the outcome, what the menu says about it, and its money.
pub(super) fn check_outcome(
    terms: &Terms,
    disclosure: Disclosure,
    rows: usize,
    outcome: &Outcome,
) -> Result<Money, WrongOutcome> {
    let total = outcome.total;
    let (payments, sealed_payments) =
        match (disclosure, &outcome.levels, &outcome.gains_ppm, &outcome.payments) {
            (Disclosure::Public, Some(levels), Some(gains), Some(payments)) => {
                check_rows(terms, rows, levels, gains, payments)?;
                if total.0 != payments.iter().map(|payment| u128::from(payment.0)).sum::<u128>() {
                    return Err(WrongOutcome::Conservation("total is not the sum of the payments".into()));
                }
                (payments.clone(), Wide(0))
            }
            (Disclosure::Sealed, None, None, None) => {
                let most = levels(terms).last().map_or(0, |top| u128::from(top.payment.0));
                if total.0 > most * rows as u128 {
                    return Err(WrongOutcome::Impossible("a total above what all rows could pay".into()));
                }
                (Vec::new(), total)
            }
            _ => {
                let what = "levels, gains and payments stand in public rounds, and only there";
                return Err(Malformed(what.into()).into());
            }
        };
    // By now the total is a sum of payments, far below 2^114.
    let fee = fee(total.0, terms.fee_bps);
    if (outcome.fee.0, outcome.proceeds.0) != (fee, total.0 - fee) {
        return Err(WrongOutcome::Conservation("total is not proceeds plus the published fee".into()));
    }
    let proceeds = vec![outcome.proceeds];
    Ok(Money { payments, sealed_payments, proceeds, fee: outcome.fee, ..Money::default() })
}

/// Each row has the gain and the payment of its level.
fn check_rows(
    terms: &Terms,
    rows: usize,
    levels: &[Count],
    gains: &[Ppm],
    payments: &[Amount],
) -> Result<(), WrongOutcome> {
    if [levels.len(), gains.len(), payments.len()] != [rows; 3] {
        return Err(WrongOutcome::Impossible(format!("the outcome is not about {rows} rows")));
    }
    let implied = implied(terms, levels)?;
    if implied.gains_ppm.as_deref() != Some(gains) {
        return Err(WrongOutcome::Impossible("a gain is not its level's".into()));
    }
    if implied.payments.as_deref() != Some(payments) {
        return Err(WrongOutcome::Payment("a payment is not its level's".into()));
    }
    Ok(())
}

/// Whether one buyer has the level that its valuation reaches, with that level's gain and payment.
pub(super) fn own_view(
    terms: &Terms,
    outcome: &Outcome,
    index: usize,
    row: &Row,
    results: &[u128],
) -> Result<&'static str, WrongOutcome> {
    let own = match &outcome.levels {
        Some(_) => QualityMenu::results(outcome).iter().map(|column| column.get(index).copied()).collect(),
        None => Some(results.to_vec()),
    };
    let number = reached(terms, row.valuation_per_ppm);
    let right = levels(terms)
        .get(number)
        .map(|level| vec![number as u128, level.gain_ppm.0.into(), level.payment.0.into()]);
    match number {
        _ if own.is_none() || own != right => {
            Err(WrongOutcome::Payment("the outcome contradicts your valuation".into()))
        }
        0 => Ok("no tier, your valuation is below every threshold"),
        _ => Ok("the best tier that your valuation reaches, at its price"),
    }
}
