//! Which rules rounds may use, and with which circuit keys.

use super::change::Change;
use super::who::Party;
use super::{Filed, Market};
use crate::entry::{AdmittedRule, CircuitKeyId, Provenance, RoundKey, RuleAdmit, RuleId, RuleWithdraw, Tier};
use crate::reject::{Code, Reject};
use quittance_circuits::rule::{Evidence, PublishedRule};
use quittance_circuits::rules;
use std::collections::{BTreeMap, BTreeSet};

/// A circuit key that is or was in force, and how it came to be (as claimed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AdmittedKey {
    circuit_key: CircuitKeyId,
    provenance: Option<Provenance>,
}

/// What of a rule is in force. A rule that was admitted and is not in force is withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleState {
    native: bool,
    keys: BTreeMap<Tier, AdmittedKey>,
    withdrawn: BTreeSet<(Option<Tier>, Option<CircuitKeyId>)>,
}

impl RuleState {
    /// Whether rounds may use the rule.
    #[must_use]
    pub fn in_force(&self) -> bool {
        self.native || !self.keys.is_empty()
    }

    /// The circuit keys in force, smallest tier first: what a new round must list.
    #[must_use]
    pub fn keys(&self) -> Vec<RoundKey> {
        let keys = self.keys.iter();
        keys.map(|(tier, key)| RoundKey { tier: *tier, circuit_key: key.circuit_key }).collect()
    }

    /// Whether rounds that need no proof may use the rule.
    #[must_use]
    pub fn native(&self) -> bool {
        self.native
    }

    /// The key in force for circuits of this size.
    #[must_use]
    pub fn key(&self, tier: Tier) -> Option<CircuitKeyId> {
        self.keys.get(&tier).map(|key| key.circuit_key)
    }

    /// How a key in force came to be, as the operator claims.
    #[must_use]
    pub fn provenance(&self, circuit_key: CircuitKeyId) -> Option<Provenance> {
        self.keys.values().find(|key| key.circuit_key == circuit_key)?.provenance
    }

    /// Whether this is in force: a key of a tier, or neither for a rule that is recomputed.
    fn holds(&self, tier: Option<Tier>, circuit_key: Option<CircuitKeyId>) -> bool {
        match tier {
            Some(tier) => circuit_key.is_some() && self.key(tier) == circuit_key,
            None => self.native && circuit_key.is_none(),
        }
    }

    /// Puts in force what was found admissible.
    pub(super) fn admit(&mut self, rule: &AdmittedRule) {
        match rule.tier.zip(rule.circuit_key) {
            Some((tier, circuit_key)) => {
                self.keys.insert(tier, AdmittedKey { circuit_key, provenance: rule.provenance });
            }
            None => self.native = true,
        }
    }

    /// Takes out of force what was found to be in force.
    pub(super) fn withdraw(&mut self, tier: Option<Tier>, circuit_key: Option<CircuitKeyId>) {
        self.withdrawn.insert((tier, circuit_key));
        match tier {
            Some(tier) => drop(self.keys.remove(&tier)),
            None => self.native = false,
        }
    }
}

/// The rules that entry 0 admits.
pub(super) fn open(admitted: &[AdmittedRule]) -> Result<BTreeMap<RuleId, RuleState>, Reject> {
    let mut rules: BTreeMap<RuleId, RuleState> = BTreeMap::new();
    for rule in admitted {
        check_admissible(rule, rules.get(&rule.rule))?;
        rules.entry(rule.rule.clone()).or_default().admit(rule);
    }
    Ok(rules)
}

/// The published rule of this id.
pub(crate) fn published(id: &RuleId) -> Result<&'static dyn PublishedRule, Reject> {
    let unknown = || Code::RuleUnknown.because(format!("no published rule {id}"));
    rules::find(id.as_str()).ok_or_else(unknown)
}

/// Whether a rule sells items: its outcome has proceeds, its rows belong to bidders. The others divide or decide.
pub(super) fn sells(rule: &RuleId) -> bool {
    rules::find(rule.as_str()).is_some_and(PublishedRule::sells)
}

fn check_admissible(admitted: &AdmittedRule, state: Option<&RuleState>) -> Result<(), Reject> {
    let AdmittedRule { rule: id, tier, circuit_key, provenance } = admitted;
    let rule = published(id)?;
    // To withdraw it a second time would be the first withdrawal's record again, which no ledger takes.
    if state.is_some_and(|state| state.withdrawn.contains(&(*tier, *circuit_key))) {
        return Err(Code::RuleWithdrawn.because(format!("{id}: what was withdrawn does not come back")));
    }
    let provable = rule.evidences().contains(&Evidence::Proved);
    let native = rule.evidences().iter().any(|evidence| *evidence != Evidence::Proved);
    let complete = match (tier, circuit_key, provenance) {
        (Some(_), Some(_), Some(_)) => provable,
        (None, None, None) => native,
        _ => false,
    };
    if !complete {
        let found =
            "admitted with tier, circuit_key and provenance to be proved, with none of them to be native";
        return Err(Code::TermsInvalid.because(format!("{id}: {found}, as the rule allows")));
    }
    let taken = state.is_some_and(|state| match tier {
        Some(tier) => state.keys.contains_key(tier),
        None => state.native,
    });
    if taken {
        // With two keys for a tier, nobody could say which one a settlement must use.
        return Err(Code::DuplicateEntry.because(format!("{id} has a key of this tier; withdraw it first")));
    }
    Ok(())
}

impl Market {
    pub(super) fn check_rule_admit(&self, filed: Filed, payload: &RuleAdmit) -> Result<Change, Reject> {
        self.check_who(filed, &payload.market, Some(&[Party::Operator]), Ok(()))?;
        let rule = payload.admitted();
        // No record of this kind can stand twice: it is in force, or withdrawn.
        check_admissible(&rule, self.rules.get(&rule.rule))?;
        Ok(Change::RuleAdmit(rule))
    }

    pub(super) fn check_rule_withdraw(&self, filed: Filed, payload: &RuleWithdraw) -> Result<Change, Reject> {
        self.check_who(filed, &payload.market, Some(&[Party::Operator]), Ok(()))?;
        let RuleWithdraw { rule, tier, circuit_key, .. } = payload;
        let state = self.rules.get(rule);
        let state = state.ok_or_else(|| Code::RuleUnknown.because(format!("{rule} was never admitted")))?;
        if !state.holds(*tier, *circuit_key) {
            return Err(Code::RuleWithdrawn.because(format!("no such key of {rule} is in force")));
        }
        Ok(Change::RuleWithdraw(rule.clone(), *tier, *circuit_key))
    }
}
