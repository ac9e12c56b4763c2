//! Opening a round: everything about it is judged here, so that nothing of it can be disputed after the bids.

use super::change::Change;
use super::round::with_sizes;
use super::rules::{RuleState, published, sells};
use super::who::{Party, check_role, check_seal_key};
use super::{AbortCause, Filed, Market, Round, unknown_record, unknown_round};
use crate::entry::{Disclosure, DustTo, Role, RoundEntry, RowSigners};
use crate::facts::Facts;
use crate::reject::{Code, Reject};
use quittance_circuits::number::{Amount, Wide};
use quittance_circuits::proved::ProvedRule;
use quittance_circuits::rule::{Evidence, NoOutcome, PublishedRule};
use std::collections::BTreeSet;

/// `terms_invalid`, in words.
fn invalid(found: impl Into<String>) -> Result<(), Reject> {
    Err(Code::TermsInvalid.because(found))
}

impl Market {
    pub(super) fn check_round(&self, filed: Filed, payload: RoundEntry) -> Result<Change, Reject> {
        check_terms_form(&payload)?;
        let mut signers = vec![Party::Operator];
        for seller in &payload.sellers {
            signers.push(Party::Member(self.signer(*seller)?));
        }
        self.check_who(filed, &payload.market, Some(&signers), self.check_round_roles(&payload))?;
        let (rule, state) = self.check_sense(&payload)?;
        self.check_new(filed)?;
        check_keys(rule, state, &payload)?;
        Ok(Change::Round(Box::new(Round::open(filed.id.into(), filed.index, payload))))
    }

    /// What admission would say of a round's file, but for its signatures: for an operator who is about to sign it.
    ///
    /// # Errors
    /// The first reason that holds, in published order.
    pub fn check_opening(&self, round: &RoundEntry) -> Result<(), Reject> {
        check_terms_form(round)?;
        self.check_round_roles(round)?;
        let (rule, state) = self.check_sense(round)?;
        check_keys(rule, state, round)
    }

    /// The round names what there is, the rule takes its terms, and it does not contradict itself.
    fn check_sense(&self, round: &RoundEntry) -> Result<(&'static dyn PublishedRule, &RuleState), Reject> {
        self.check_round_names(round)?;
        let rule = published(&round.rule)?;
        let never = || Code::RuleUnknown.because(format!("{} is not admitted here", round.rule));
        let state = self.rules.get(&round.rule).ok_or_else(never)?;
        if !state.in_force() {
            return Err(Code::RuleWithdrawn.because(format!("{} is withdrawn", round.rule)));
        }
        check_terms(rule, round)?;
        check_form(rule, round)?;
        self.check_items(round)?;
        self.check_revenue(round)?;
        self.check_reopens(round)?;
        if let Some(other) = round.revenue_from.and_then(|source| self.round_over(source)) {
            return Err(Code::SourceSpent.because(format!("round {} divides these proceeds", other.id)));
        }
        Ok((rule, state))
    }

    /// Everybody that the round names has the role. Whoever is unknown is a reason of a later stage.
    fn check_round_roles(&self, round: &RoundEntry) -> Result<(), Reject> {
        let known = |id| self.members.get(id);
        round.sellers.iter().filter_map(known).try_for_each(|member| check_role(member, Role::Seller))?;
        if let Some(evaluator) = round.evaluator.as_ref().and_then(known) {
            check_role(evaluator, Role::Evaluator)?;
        }
        let parties = round.parties.iter().flatten().filter_map(known);
        if sells(&round.rule) {
            parties.into_iter().try_for_each(|member| check_role(member, Role::Bidder))?;
        }
        Ok(())
    }

    /// Everything that the round names stands on the ledger.
    fn check_round_names(&self, round: &RoundEntry) -> Result<(), Reject> {
        let source = round.revenue_from.map(|source| source.round);
        if let Some(id) = source.into_iter().chain(round.reopens).find(|id| !self.rounds.contains_key(id)) {
            return Err(unknown_round(id));
        }
        let members = round.evaluator.iter().chain(round.parties.iter().flatten());
        if let Some(id) = members.into_iter().find(|id| !self.members.contains_key(id)) {
            return Err(unknown_record("member", id));
        }
        match round.items.iter().find(|id| !self.models.contains_key(id)) {
            Some(id) => Err(unknown_record("model", id)),
            None => Ok(()),
        }
    }

    /// Each item was signed by the seller that the round names for it.
    fn check_items(&self, round: &RoundEntry) -> Result<(), Reject> {
        let (items, sellers) = (&round.items, &round.sellers);
        if items.iter().collect::<BTreeSet<_>>().len() != items.len() {
            return invalid("an item is listed twice");
        }
        if !sells(&round.rule) {
            return if items.is_empty() { Ok(()) } else { invalid("this rule sells nothing: no items") };
        }
        if items.is_empty() {
            return invalid("nothing is for sale: no items");
        }
        // Terms that price each item are of these items: else a settlement would owe somebody who is nobody.
        let priced = round.terms.get("items").and_then(|priced| Some(priced.as_array()?.len()));
        if let Some(priced) = priced.filter(|priced| *priced != items.len()) {
            return invalid(format!("the terms are for {priced} items, the round lists {}", items.len()));
        }
        for (j, item) in items.iter().enumerate() {
            let seller = if sellers.len() == 1 { sellers.first() } else { sellers.get(j) };
            let model = self.models.get(item);
            if model.map(|model| &model.seller) != seller {
                return invalid(format!("item {item} is not its seller's model"));
            }
        }
        Ok(())
    }

    /// A split of proceeds names a settled round and divides exactly what it brought that seller.
    fn check_revenue(&self, round: &RoundEntry) -> Result<(), Reject> {
        let Some(source) = round.revenue_from else { return Ok(()) };
        if round.sellers != [source.seller] {
            return invalid("the seller whose proceeds are divided is the round's seller");
        }
        let settled = self.rounds.get(&source.round).and_then(Round::settled);
        let Some(settled) = settled else {
            return invalid(format!("round {} is not settled", source.round));
        };
        let Some(proceeds) = &settled.proceeds else {
            return invalid(format!(
                "the proceeds of round {} are not known yet: verify it first",
                source.round
            ));
        };
        let Some(Wide(proceeds)) = proceeds.get(&source.seller) else {
            return invalid(format!("round {} brought {} no proceeds", source.round, source.seller));
        };
        let revenue = round.terms.get("revenue").and_then(|revenue| revenue.as_str()?.parse::<Amount>().ok());
        if revenue.map(|revenue| u128::from(revenue.0)) != Some(*proceeds) {
            return invalid(format!("terms.revenue is not the seller's proceeds, {proceeds}"));
        }
        Ok(())
    }

    /// A round over what an operator has aborted without excuse says so, for ever: an abort after a look at the
    /// bids would otherwise be a way to try again with a better reserve price.
    fn check_reopens(&self, round: &RoundEntry) -> Result<(), Reject> {
        let same = |other: &&Round| {
            let item = round.items.iter().any(|item| other.entry.items.contains(item));
            let source = round.revenue_from.is_some() && other.entry.revenue_from == round.revenue_from;
            item || source
        };
        let aborted = self.rounds.values().filter(same).filter_map(|other| Some((other, other.aborted()?)));
        let faults = aborted.clone().filter(|(_, aborted)| aborted.cause == AbortCause::OperatorFault);
        let latest = faults.max_by_key(|(_, aborted)| aborted.index).map(|(other, _)| other.id);
        match (round.reopens, latest) {
            (named, Some(latest)) if named != Some(latest) => invalid(format!(
                "round {latest} over the same was aborted without excuse: name it in `reopens`"
            )),
            (Some(named), _) if !aborted.into_iter().any(|(other, _)| other.id == named) => {
                invalid(format!("`reopens` names {named}, which is no aborted round over the same"))
            }
            _ => Ok(()),
        }
    }
}

/// How a settlement of the round will convince.
fn evidence(rule: &dyn PublishedRule, round: &RoundEntry) -> Result<Evidence, Reject> {
    Ok(rule.evidence(&round.terms, round.disclosure)?)
}

/// The rule is in force in the way that the round needs it: with keys that hold its terms, or as native.
fn check_evidence(rule: &dyn PublishedRule, state: &RuleState, round: &RoundEntry) -> Result<(), Reject> {
    let unknown = |found: String| Err(Code::KeyUnknown.because(found));
    if evidence(rule, round)? != Evidence::Proved {
        return match (state.native(), round.circuit_keys.is_empty()) {
            (false, _) => unknown(format!("{} is admitted here for rounds that are proved only", rule.id())),
            (true, false) => Err(Code::KeyMismatch.because("this round needs no proof: no circuit keys")),
            (true, true) => Ok(()),
        };
    }
    let keys = state.keys();
    let rows = round.parties.as_ref().map_or(0, Vec::len);
    let fit = |proved: &dyn ProvedRule| with_sizes(&keys, |sizes| proved.fit(sizes, &round.terms, rows));
    let fit = rule.proved().map(fit).transpose()?;
    if fit.flatten().is_none() {
        return unknown(format!("no circuit key of {} in force holds such a round", rule.id()));
    }
    Ok(())
}

/// The round settles under the circuit keys in force, if it needs any, and seals to a key that is safe.
fn check_keys(rule: &dyn PublishedRule, state: &RuleState, round: &RoundEntry) -> Result<(), Reject> {
    let proved = evidence(rule, round)? == Evidence::Proved;
    let in_force = state.keys();
    check_evidence(rule, state, round)?;
    if let Some(key) = round.circuit_keys.iter().find(|key| !in_force.contains(key)) {
        let found = format!("circuit key {} of tier {} is not in force", key.circuit_key, key.tier);
        return Err(Code::KeyUnknown.because(found));
    }
    if proved && round.circuit_keys != in_force {
        return Err(Code::KeyMismatch.because("a round lists every key in force once, smallest tier first"));
    }
    round.hpke_key.map_or(Ok(()), |key| check_seal_key(&Facts::default(), key))
}

/// Terms are of the rule's form, as far as the rule is known: part of the file, so judged with it.
fn check_terms_form(round: &RoundEntry) -> Result<(), Reject> {
    match published(&round.rule).map(|rule| rule.check_terms(&round.terms)) {
        Ok(Err(NoOutcome::Malformed(error))) => Err(Code::FileMalformed.because(format!("terms: {error}"))),
        _ => Ok(()),
    }
}

/// The rule takes the terms.
fn check_terms(rule: &dyn PublishedRule, round: &RoundEntry) -> Result<(), Reject> {
    match rule.check_terms(&round.terms) {
        Ok(()) => Ok(()),
        Err(NoOutcome::Malformed(error)) => Err(Code::FileMalformed.because(format!("terms: {error}"))),
        Err(NoOutcome::Refused(refusal)) => {
            Err(Code::TermsInvalid.because(format!("{} refuses: {refusal}", rule.id())).by_rule(refusal))
        }
    }
}

/// Fields of the round that have a meaning for the rule are there, and no others.
fn check_form(rule: &dyn PublishedRule, round: &RoundEntry) -> Result<(), Reject> {
    let sells = sells(&round.rule);
    if round.close_at >= round.abort_at {
        return invalid("close_at is not before abort_at");
    }
    if round.disclosure != Disclosure::Public && rule.result_names().is_empty() {
        return invalid("this rule has nothing that a round may seal: disclosure is public");
    }
    if sells && round.sellers.is_empty() {
        return invalid("nobody sells: no sellers");
    }
    // Rules with one proceeds figure pay one seller.
    if round.sellers.len() > 1
        && !(round.rule.as_str() == "assignment/v1" && round.sellers.len() == round.items.len())
    {
        return invalid("this rule has one seller");
    }
    if sells && round.revenue_from.is_some() {
        return invalid("this rule divides no revenue: revenue_from is null");
    }
    match (rule.leaves_dust(), round.dust_to) {
        (false, Some(_)) => return invalid("this rule leaves nothing undistributed: dust_to is null"),
        (true, None) => return invalid("dust_to names the operator or the seller"),
        (true, Some(DustTo::Seller)) if round.sellers.is_empty() => return invalid("dust_to: no seller"),
        _ => {}
    }
    let reports = rule.columns().iter().any(|column| column.reported(round.disclosure, false).is_some());
    if round.evaluator.is_none() && (reports || round.row_signers == RowSigners::Evaluator) {
        return invalid("this round needs an evaluator");
    }
    if round.hpke_key.is_some() != (rule.sealed_width(&round.terms, round.disclosure)? > 0) {
        return invalid("hpke_key stands in rounds with sealed numbers, and only there");
    }
    check_parties(rule, round)
}

/// Nobody is listed twice, and nobody who owns no row.
fn check_parties(rule: &dyn PublishedRule, round: &RoundEntry) -> Result<(), Reject> {
    let Some(parties) = &round.parties else {
        // A rule that takes a fixed number of rows must know whose they are.
        return match rule.check_row_count(&round.terms, 0) {
            Err(NoOutcome::Refused(refusal)) => {
                let found = format!("{} needs `parties`: {refusal}", rule.id());
                Err(Code::TermsInvalid.because(found).by_rule(refusal))
            }
            _ => Ok(()),
        };
    };
    if parties.iter().collect::<BTreeSet<_>>().len() != parties.len() {
        return invalid("a party is listed twice");
    }
    if let Err(NoOutcome::Refused(refusal)) = rule.check_row_count(&round.terms, parties.len()) {
        let found = format!("{} refuses so many parties: {refusal}", rule.id());
        return Err(Code::TermsInvalid.because(found).by_rule(refusal));
    }
    let excluded = |member| round.excludes(member);
    match parties.iter().find(|member| excluded(**member)) {
        Some(member) => invalid(format!("{member} evaluates or sells here and owns no row")),
        None => Ok(()),
    }
}
