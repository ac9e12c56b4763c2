//! What a bundle says, gathered for a page. It is said whether or not it holds: the verdict stands beside it.

use super::terms::when;
use super::units::{Units, number};
use super::words::{Words, words};
use crate::shell::printable;
use quittance_circuits::rule::{Disclosure, PublishedRule};
use quittance_circuits::rules::find;
use quittance_engine::bundle::Bundle;
use quittance_engine::entry::{MemberId, UtcTime};
use quittance_engine::kept::name_digest;
use quittance_engine::market::Round;
use quittance_engine::statement::Statement;
use quittance_engine::told::Told;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a page is about.
pub struct Facts<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// Its market and round, as far as they can be read.
    pub told: Option<Told>,
    /// The rule, if it is published.
    pub rule: Option<&'static dyn PublishedRule>,
    /// The rule's words.
    pub words: &'static Words,
    /// How its numbers are written.
    pub units: Units,
    /// Names that members signed, by member.
    pub names: BTreeMap<MemberId, String>,
    /// Whose each row of the settlement is; empty if that cannot be told.
    pub owners: Vec<MemberId>,
}

impl<'a> Facts<'a> {
    /// Gathers what a bundle says. Of `names`, blobs as a ledger keeps them, only those count that a member signed.
    pub fn of(bundle: &'a Bundle, names: &[Vec<u8>]) -> Self {
        let told = Told::of(bundle);
        let rule = find(bundle.statement.rule.as_str());
        let owners: Vec<MemberId> = told
            .as_ref()
            .and_then(Told::round)
            .map(|round| round.rows_in_order().into_iter().map(|row| row.member).collect())
            .unwrap_or_default();
        // A settlement about other rows than the ledger's says nothing about whose its lines are.
        let owners = if owners.len() as u64 == bundle.statement.rows.0 { owners } else { Vec::new() };
        let names = told.as_ref().map(|told| signed_names(told, names)).unwrap_or_default();
        let units = told.as_ref().map_or_else(Units::unknown, |told| Units::of(told.market.entry()));
        Self { bundle, told, rule, words: words(bundle.statement.rule.as_str()), units, names, owners }
    }

    /// The statement.
    pub fn statement(&self) -> &'a Statement {
        &self.bundle.statement
    }

    /// The round, as far as the entries tell.
    pub fn round(&self) -> Option<&Round> {
        self.told.as_ref()?.round()
    }

    /// Rows of the settlement; a statement that claims more than its entries could hold is not believed.
    pub fn rows(&self) -> usize {
        let said = usize::try_from(self.statement().rows.0).unwrap_or(usize::MAX);
        said.min(self.bundle.range.entries.len())
    }

    /// Whether the round seals what it may seal.
    pub fn is_sealed(&self) -> bool {
        self.round().is_some_and(|round| round.entry.disclosure == Disclosure::Sealed)
    }

    /// A field of the outcome.
    pub fn outcome(&self, field: &str) -> Option<&'a Value> {
        self.statement().outcome.get(field)
    }

    /// A number of the outcome.
    pub fn decided(&self, field: &str) -> Option<u128> {
        self.outcome(field).and_then(number)
    }

    /// A number of the terms.
    pub fn term(&self, field: &str) -> Option<u128> {
        self.statement().terms.get(field).and_then(number)
    }

    /// A list of the outcome or a public column, an entry a row.
    pub fn column(&self, field: &str) -> Option<&'a [Value]> {
        let statement = self.statement();
        let list = statement.outcome.get(field).and_then(Value::as_array);
        list.or_else(|| statement.public.get(field)).map(Vec::as_slice)
    }

    /// The numbers of such a list; of what is no number, none.
    pub fn numbers(&self, field: &str) -> Vec<u128> {
        self.column(field).unwrap_or_default().iter().filter_map(number).collect()
    }

    /// How many entries of such a list are true.
    pub fn count(&self, field: &str) -> usize {
        self.column(field).unwrap_or_default().iter().filter(|value| **value == Value::Bool(true)).count()
    }

    /// Whose a row is, in a word or two.
    pub fn owner(&self, row: usize) -> String {
        self.owners.get(row).map_or_else(|| format!("row {row}"), |member| self.member(*member))
    }

    /// A member, by name if the page has it.
    pub fn member(&self, member: MemberId) -> String {
        self.names.get(&member).cloned().unwrap_or_else(|| short(&member))
    }

    /// The operator's time of an entry of the round.
    pub fn time(&self, index: u64) -> Option<String> {
        let ms = self.told.as_ref()?.times.get(&index)?;
        Some(when(&UtcTime::from_unix_seconds(ms / 1000)?))
    }

    /// The index of the last entry: the settlement.
    pub fn last_index(&self) -> u64 {
        let range = &self.bundle.range;
        range.first.0.saturating_add(range.entries.len() as u64).saturating_sub(1)
    }
}

/// The names among these blobs whose digest a member's entry has.
fn signed_names(told: &Told, blobs: &[Vec<u8>]) -> BTreeMap<MemberId, String> {
    let read = |blob: &Vec<u8>| {
        let document: Value = serde_json::from_slice(blob).ok()?;
        Some((name_digest(blob), printable(document.get("name")?.as_str()?).into_owned()))
    };
    let names: BTreeMap<_, _> = blobs.iter().filter_map(read).collect();
    let of =
        |member: &quittance_engine::market::Member| Some((member.id, names.get(&member.entry.name)?.clone()));
    told.market.members().filter_map(of).collect()
}

/// The first digits of an id, for people.
pub fn short(id: &impl std::fmt::Display) -> String {
    let mut text = id.to_string();
    text.truncate(8);
    text.push('…');
    text
}
