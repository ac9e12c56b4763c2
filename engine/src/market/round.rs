//! A round, as its entries made it.

use super::rules::{published, sells};
use crate::entry::{
    Abort, Bid, CircuitKeyId, Close, Measure, MemberId, PerformanceReport, RoundEntry, RoundId, RoundKey,
    RowSigners, Settlement,
};
use crate::reject::Reject;
use quittance_circuits::number::{Ppm, Wide};
use quittance_circuits::proved::{Fit, ProvedRule};
use quittance_circuits::rule::{Disclosure, Evidence, PublishedRule};
use quittance_circuits::{json, sealed::Commitment};
use quittance_ledger::{KeyId, RecordId};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::iter;

/// A row that stands on the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its entry's record id.
    pub id: RecordId,
    /// Where it stands.
    pub index: u64,
    /// Whose it is.
    pub member: MemberId,
    /// Commitment to its sealed numbers, if the rule has any: on the curve, not the identity.
    pub commitment: Option<Commitment>,
    /// The public columns that stand in the bid itself. See [`Round::public_columns`].
    pub public: Value,
    /// The keys that signed it.
    pub signers: Vec<KeyId>,
}

/// A performance report for a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its record id.
    pub id: RecordId,
    /// Where it stands.
    pub index: u64,
    /// What it says.
    pub entry: PerformanceReport,
}

/// How a round was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// Where the close stands.
    pub index: u64,
    /// Index of the round entry plus 1.
    pub first: u64,
    /// Index of the close minus 1.
    pub last: u64,
    /// Bids between.
    pub rows: u64,
}

/// How a round was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Its entry's record id.
    pub id: RecordId,
    /// Where it stands.
    pub index: u64,
    /// What it says.
    pub entry: Settlement,
    /// What each seller got, once [`super::Market::record_settlement`] was told.
    pub proceeds: Option<BTreeMap<MemberId, Wide>>,
}

/// Why a round was aborted, as public numbers show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbortCause {
    /// Nobody had bid. Excused.
    BeforeFirstRow,
    /// The rule refuses the closed round, with the code that the abort gives. Excused.
    RuleRefuses,
    /// Anything else.
    OperatorFault,
}

/// How a round was aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aborted {
    /// Where the abort stands.
    pub index: u64,
    /// What it says.
    pub entry: Abort,
    /// What public numbers say.
    pub cause: AbortCause,
}

/// How far a round has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Takes bids.
    Open,
    /// Takes no more bids.
    Closed(Closed),
    /// Is over.
    Settled(Closed, Settled),
    /// Is over without a settlement; closed before that, or not.
    Aborted(Option<Closed>, Aborted),
}

/// A round.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Its name.
    pub id: RoundId,
    /// Where its entry stands.
    pub index: u64,
    /// What that says.
    pub entry: RoundEntry,
    /// How far it has come.
    pub status: Status,
    /// Rows in the order of the ledger. See [`Round::rows_in_order`].
    pub rows: Vec<Row>,
    /// Reports in the order of the ledger.
    pub reports: Vec<Report>,
    /// Position of each member's row in `rows`.
    pub(super) row_of: BTreeMap<MemberId, usize>,
    /// Positions in `reports` of those on each member, ascending.
    pub(super) reports_on: BTreeMap<MemberId, Vec<usize>>,
    /// How many sealed numbers a row has.
    sealed_columns: usize,
    /// The most rows that rule and circuit keys can settle.
    most_rows: u64,
}

/// What a settlement of a round is proved with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundFit {
    /// The key.
    pub key: RoundKey,
    /// Number of proofs.
    pub shards: u64,
    /// Sealed columns of a proof, used or not.
    pub sealed: usize,
}

impl Round {
    /// The round that an entry at `index` opens. What is the same for every row is found out here.
    pub(super) fn open(id: RoundId, index: u64, entry: RoundEntry) -> Self {
        let mut round = Self {
            id,
            index,
            entry,
            status: Status::Open,
            rows: Vec::new(),
            reports: Vec::new(),
            row_of: BTreeMap::new(),
            reports_on: BTreeMap::new(),
            sealed_columns: 0,
            most_rows: 0,
        };
        let (terms, disclosure) = (&round.entry.terms, round.entry.disclosure);
        if let Ok(rule) = round.rule() {
            let by_rule = rule.max_rows(terms).map_or(0, |most| most.0);
            (round.sealed_columns, round.most_rows) =
                (rule.sealed_width(terms, disclosure).unwrap_or(0), by_rule.min(round.provable_rows()));
        }
        round
    }

    /// The most rows that the circuit keys can prove; no limit if nothing is proved.
    fn provable_rows(&self) -> u64 {
        if self.entry.circuit_keys.is_empty() {
            return u64::MAX;
        }
        let (keys, terms) = (&self.entry.circuit_keys, &self.entry.terms);
        let proved = self.rule().ok().and_then(|rule| rule.proved());
        let most = |proved: &dyn ProvedRule| with_sizes(keys, |sizes| proved.most_rows(sizes, terms));
        proved.and_then(|proved| most(proved).ok().flatten()).map_or(0, |most| most as u64)
    }

    /// The published rule.
    ///
    /// # Errors
    /// `rule_unknown`, which no round on a ledger has.
    pub fn rule(&self) -> Result<&'static dyn PublishedRule, Reject> {
        published(&self.entry.rule)
    }

    /// Whether the round sells items, so that rows belong to bidders and proceeds to sellers.
    #[must_use]
    pub fn sells(&self) -> bool {
        sells(&self.entry.rule)
    }

    /// How many sealed numbers a row has; none in a round that is recomputed.
    #[must_use]
    pub fn sealed_columns(&self) -> usize {
        self.sealed_columns
    }

    /// How a settlement convinces.
    ///
    /// # Errors
    /// None for a round on a ledger.
    pub fn evidence(&self) -> Result<Evidence, Reject> {
        Ok(self.rule()?.evidence(&self.entry.terms, self.entry.disclosure)?)
    }

    /// The result columns that a settlement seals; none in a round that publishes them.
    #[must_use]
    pub fn sealed_results(&self) -> &'static [&'static str] {
        match self.entry.disclosure {
            Disclosure::Public => &[],
            Disclosure::Sealed => self.rule().map_or(&[], |rule| rule.result_names()),
        }
    }

    /// A member's row.
    #[must_use]
    pub fn row_of(&self, member: MemberId) -> Option<&Row> {
        self.rows.get(*self.row_of.get(&member)?)
    }

    /// Rows in row order: that of `parties`, whose missing members close up, else that of the ledger.
    #[must_use]
    pub fn rows_in_order(&self) -> Vec<&Row> {
        match &self.entry.parties {
            Some(parties) => parties.iter().filter_map(|member| self.row_of(*member)).collect(),
            None => self.rows.iter().collect(),
        }
    }

    /// All public columns of a row, reports filled in, as the rule reads them.
    #[must_use]
    pub fn public_columns(&self, row: &Row) -> Value {
        self.public_at(row.member, row.index, &row.public)
    }

    /// The public columns of a row that stands, or would stand, at `index`.
    pub(super) fn public_at(&self, member: MemberId, index: u64, public: &Value) -> Value {
        let mut columns: Map<String, Value> = public.as_object().cloned().unwrap_or_default();
        for (name, measure) in self.report_columns() {
            if let Some(report) = self.report_for(member, measure, index) {
                columns.insert(name.into(), json::to_value(&report.entry.value_ppm));
            }
        }
        Value::Object(columns)
    }

    /// Columns that reports fill: name and measure.
    pub(super) fn report_columns(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let columns = self.rule().map_or(&[][..], |rule| rule.columns());
        let (disclosure, evaluated) = (self.entry.disclosure, self.entry.is_measured());
        columns.iter().filter_map(move |column| Some((column.name, column.reported(disclosure, evaluated)?)))
    }

    /// The report that fills a column of a row at `index`: the evaluator's last one before the row itself; of a
    /// realised gain the last one before the close, or else the expected gain. Nobody moves a number after a bid.
    #[must_use]
    pub fn report_for(&self, member: MemberId, measure: &str, index: u64) -> Option<&Report> {
        let on = self.reports_on.get(&member).map_or(&[][..], Vec::as_slice);
        let last = |measure: Measure, before: u64| {
            let mut reports = on.iter().rev().filter_map(|position| self.reports.get(*position));
            reports.find(|report| report.index < before && report.entry.measure == measure)
        };
        let before_close = self.closed().map_or(u64::MAX, |closed| closed.index);
        match Measure::of_word(measure)? {
            Measure::RealisedGain => {
                let realised = last(Measure::RealisedGain, before_close);
                realised.or_else(|| last(Measure::ExpectedGain, index))
            }
            measure => last(measure, index),
        }
    }

    /// The reports that fill columns, in row order: sources of the statement.
    #[must_use]
    pub fn reports_used(&self) -> Vec<&Report> {
        let rows = self.rows_in_order().into_iter();
        let used = |row: &Row| {
            let columns = self.report_columns();
            columns.filter_map(|(_, m)| self.report_for(row.member, m, row.index)).collect::<Vec<_>>()
        };
        rows.flat_map(used).collect()
    }

    /// Where its entries stand.
    pub fn entries(&self) -> impl Iterator<Item = u64> {
        let ends = [
            self.closed().map(|closed| closed.index),
            self.settled().map(|settled| settled.index),
            self.aborted().map(|aborted| aborted.index),
        ];
        let rows = self.rows.iter().map(|row| row.index);
        let reports = self.reports.iter().map(|report| report.index);
        iter::once(self.index).chain(rows).chain(reports).chain(ends.into_iter().flatten())
    }

    /// The close, if there was one.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        match &self.status {
            Status::Open => None,
            Status::Closed(closed) | Status::Settled(closed, _) => Some(*closed),
            Status::Aborted(closed, _) => *closed,
        }
    }

    /// The settlement, if there was one.
    #[must_use]
    pub fn settled(&self) -> Option<&Settled> {
        match &self.status {
            Status::Settled(_, settled) => Some(settled),
            _ => None,
        }
    }

    /// The abort, if there was one.
    #[must_use]
    pub fn aborted(&self) -> Option<&Aborted> {
        match &self.status {
            Status::Aborted(_, aborted) => Some(aborted),
            _ => None,
        }
    }

    /// Whether the round was aborted.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.aborted().is_some()
    }

    /// The key that a settlement of this many rows is proved with, and in how many shards. None in a round that is
    /// not proved, or that its keys cannot hold.
    #[must_use]
    pub fn fit(&self, rows: usize) -> Option<RoundFit> {
        let keys = &self.entry.circuit_keys;
        let proved = self.rule().ok()?.proved()?;
        let Fit { tier, shards } =
            with_sizes(keys, |sizes| proved.fit(sizes, &self.entry.terms, rows)).ok()??;
        let key = keys.iter().find(|key| key.tier.to_string() == tier.size)?;
        Some(RoundFit { key: *key, shards: shards as u64, sealed: tier.sealed })
    }

    /// Whether the round has room for so many rows.
    #[must_use]
    pub fn holds(&self, rows: usize) -> bool {
        rows as u64 <= self.most_rows
    }

    /// The key of [`Round::fit`] for the rows that the round has.
    #[must_use]
    pub fn circuit_key(&self) -> Option<CircuitKeyId> {
        self.fit(self.rows.len()).map(|fit| fit.key.circuit_key)
    }

    /// Who signs the row of a member.
    #[must_use]
    pub fn row_signer(&self, owner: MemberId) -> Option<MemberId> {
        match self.entry.row_signers {
            RowSigners::Owner => Some(owner),
            RowSigners::Evaluator => self.entry.evaluator,
        }
    }

    /// Takes a report in.
    pub(super) fn push_report(&mut self, report: Report) {
        if let Some(subject) = report.entry.subject {
            self.reports_on.entry(subject).or_default().push(self.reports.len());
        }
        self.reports.push(report);
    }

    /// Takes a row in.
    pub(super) fn push(&mut self, row: Row) {
        self.row_of.insert(row.member, self.rows.len());
        self.rows.push(row);
    }
}

impl Closed {
    /// What a close at `index` says.
    pub(super) fn of(close: &Close, index: u64) -> Self {
        Self { index, first: close.first.0, last: close.last.0, rows: close.rows.0 }
    }
}

impl Row {
    /// The row of a bid at `index`.
    pub(super) fn of(
        bid: Bid,
        commitment: Option<Commitment>,
        id: RecordId,
        index: u64,
        signers: Vec<KeyId>,
    ) -> Self {
        Self { id, index, member: bid.member, commitment, public: bid.public, signers }
    }
}

/// Asks something about circuit keys by their sizes, smallest first, as rules name them.
pub(super) fn with_sizes<T>(keys: &[RoundKey], ask: impl FnOnce(&[&str]) -> T) -> T {
    let sizes: Vec<String> = keys.iter().map(|key| key.tier.to_string()).collect();
    ask(&sizes.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The whole, in parts per million: the most that a report can say.
pub(super) const WHOLE_PPM: Ppm = Ppm(1_000_000);

#[cfg(test)]
impl super::Market {
    /// Makes a round look as if it had this many rows, which a ledger of a test cannot.
    pub(crate) fn fill(&mut self, round: RoundId, rows: usize) {
        if let Some(round) = self.rounds.get_mut(&round) {
            let row = round.rows[0].clone();
            round.rows.resize(rows, row);
        }
    }
}
