//! The evaluator of `data-sharing/v1`.

use super::bargain;
use super::market::{Competition, Exponent, Firm, INTERCEPT, LEARNING_BITS, MAX_SIZE, similarity};
use super::{Outcome, Row, Terms};
use crate::json::Malformed;
use crate::number::Count;
use crate::rule::{Disclosure, Money, Refusal, WrongOutcome};
use num_bigint::BigInt;
use num_traits::Signed;

/// Rows of a round.
pub const ROWS: usize = 2;

/// Refusals by the terms alone, in the order of rules.md.
///
/// # Errors
/// The first refusal that applies.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    Round::new(terms).map(drop)
}

/// Whether there are two rows.
///
/// # Errors
/// `wrong_row_count`.
pub fn check_row_count(_: &Terms, rows: usize) -> Result<(), Refusal> {
    if rows != ROWS {
        return Err(Refusal("wrong_row_count"));
    }
    Ok(())
}

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal that applies, in the order of rules.md.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    let round = Round::new(terms)?;
    check_row_count(terms, rows.len())?;
    let [first, second] = rows else {
        return Err(Refusal("wrong_row_count"));
    };
    let firms = [Firm::from(first), Firm::from(second)];
    let gives = match round.bargaining {
        Bargaining::AllOrNothing => round.both_gain(&firms).then_some(firms.map(|firm| firm.size)),
        Bargaining::Nash if round.active(&firms) => bargain::gives(&round.effect, &firms),
        Bargaining::Nash => None,
    };
    Ok(Outcome { share: gives.is_some(), gives: Some(gives.unwrap_or([0, 0]).map(Count)) })
}

/// Whether the terms ask for the Nash bargain.
pub(super) fn is_nash(terms: &Terms) -> bool {
    matches!(Bargaining::named(&terms.bargaining), Ok(Bargaining::Nash))
}

/// A and g, and the exponent, of terms that are not refused.
pub(super) fn weights_and_exponent(terms: &Terms) -> Option<([u64; 2], Exponent)> {
    let round = Round::new(terms).ok()?;
    Some(([round.effect.own, round.effect.rival], round.exponent))
}

/// The form of the outcome and what public numbers rule out. No money moves.
pub(super) fn check_outcome(
    terms: &Terms,
    disclosure: Disclosure,
    outcome: &Outcome,
) -> Result<Money, WrongOutcome> {
    if outcome.gives.is_some() != (disclosure == Disclosure::Public) {
        return Err(Malformed("what firms give stands in public rounds, and only there".into()).into());
    }
    // Who shares gives at least one record: firms with none count as having one, and no bargain is about none.
    let possible =
        |given: &Count| if outcome.share { (1..=MAX_SIZE).contains(&given.0) } else { given.0 == 0 };
    if !outcome.gives.iter().flatten().all(possible) {
        return Err(WrongOutcome::Impossible("firms give records if and only if they share".into()));
    }
    Round::new(terms)?;
    Ok(Money::default())
}

/// Whether what one firm gives can follow from its own numbers.
pub(super) fn own_view(
    terms: &Terms,
    outcome: &Outcome,
    index: usize,
    row: &Row,
    results: &[u128],
) -> Result<&'static str, WrongOutcome> {
    let given = match &outcome.gives {
        Some(gives) => gives.get(index).map(|given| u128::from(given.0)),
        None => results.first().copied(),
    };
    let size = u128::from(Firm::from(row).size);
    match (given, outcome.share) {
        (Some(0), false) => Ok("gives nothing: the firms do not share"),
        (Some(given), true) if given == size => Ok("gives everything"),
        (Some(given), true) if is_nash(terms) && (1..size).contains(&given) => Ok("gives a part"),
        _ => Err(WrongOutcome::Impossible("what you give contradicts your data size".into())),
    }
}

enum Bargaining {
    AllOrNothing,
    Nash,
}

impl Bargaining {
    fn named(name: &str) -> Result<Self, Refusal> {
        match name {
            "all-or-nothing" => Ok(Self::AllOrNothing),
            "nash" => Ok(Self::Nash),
            _ => Err(Refusal("unknown_bargaining")),
        }
    }
}

/// How much a fall of a firm's own unit cost helps it, and how much its rival's hurts it.
pub(super) struct Effect {
    /// A.
    own: u64,
    /// g.
    rival: u64,
}

impl Effect {
    fn new(competition: Competition, similarity: u64) -> Self {
        let own = match competition {
            Competition::Cournot => 2 * INTERCEPT * INTERCEPT,
            Competition::Bertrand => 2 * INTERCEPT * INTERCEPT - similarity * similarity,
        };
        Self { own, rival: similarity * INTERCEPT }
    }

    /// A·own − g·rival.
    pub(super) fn of(&self, own: &BigInt, rival: &BigInt) -> BigInt {
        own * self.own - rival * self.rival
    }

    /// For each of the two firms.
    pub(super) fn on_each(&self, [first, second]: &[BigInt; 2]) -> [BigInt; 2] {
        [self.of(first, second), self.of(second, first)]
    }
}

/// The terms, understood.
struct Round {
    effect: Effect,
    bargaining: Bargaining,
    exponent: Exponent,
}

impl Round {
    fn new(terms: &Terms) -> Result<Self, Refusal> {
        let competition = Competition::named(&terms.competition)?;
        let bargaining = Bargaining::named(&terms.bargaining)?;
        let similarity = similarity(terms.similarity_ppm)?;
        let exponent = Exponent::new(terms.exponent_numerator, terms.exponent_denominator)?;
        if matches!(bargaining, Bargaining::Nash) && !exponent.is_one() {
            return Err(Refusal("nash_needs_exponent_one"));
        }
        Ok(Self { effect: Effect::new(competition, similarity), bargaining, exponent })
    }

    /// Whether pooling everything is for both.
    fn both_gain(&self, firms: &[Firm; 2]) -> bool {
        if self.exponent.is_one() {
            return self.active(firms) && self.gain(firms);
        }
        let alone = firms.map(|firm| self.exponent.learning(firm.size));
        let pooled = self.exponent.learning(firms[0].size + firms[1].size);
        self.surely_active(firms, alone) && self.surely_gain(firms, alone, pooled)
    }

    /// With β = 1: whether both firms sell something without sharing.
    fn active(&self, [first, second]: &[Firm; 2]) -> bool {
        let margin = |own: &Firm, rival: &Firm| margin_times_size(own) * rival.size;
        self.effect.on_each(&[margin(first, second), margin(second, first)]).iter().all(Signed::is_positive)
    }

    /// With β = 1: whether neither profit falls.
    fn gain(&self, [first, second]: &[Firm; 2]) -> bool {
        let fall = |own: &Firm, rival: &Firm| BigInt::from(own.learning) * rival.size * rival.size;
        !self.effect.on_each(&[fall(first, second), fall(second, first)]).iter().any(Signed::is_negative)
    }

    /// With β < 1: the same, at the ends of the rounding intervals that are worst for sharing.
    fn surely_active(&self, firms: &[Firm; 2], alone: [u64; 2]) -> bool {
        let margin = |firm: usize, y: u64| {
            (BigInt::from(INTERCEPT - firms[firm].irreducible) << LEARNING_BITS)
                - BigInt::from(firms[firm].learning) * y
        };
        let sells = |own: usize, rival: usize| {
            self.effect.of(&margin(own, alone[own] + 1), &margin(rival, alone[rival])).is_positive()
        };
        sells(0, 1) && sells(1, 0)
    }

    fn surely_gain(&self, firms: &[Firm; 2], alone: [u64; 2], pooled: u64) -> bool {
        let fall = |firm: usize, error: i32| {
            BigInt::from(firms[firm].learning) * (BigInt::from(alone[firm]) - pooled + error)
        };
        let gains = |own: usize, rival: usize| !self.effect.of(&fall(own, -1), &fall(rival, 1)).is_negative();
        gains(0, 1) && gains(1, 0)
    }
}

/// With β = 1: the demand intercept less the firm's unit cost, times its data size.
pub(super) fn margin_times_size(firm: &Firm) -> BigInt {
    BigInt::from(INTERCEPT - firm.irreducible) * firm.size - firm.learning
}
