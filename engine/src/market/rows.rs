//! Reports and rows of an open round.

use super::change::Change;
use super::round::WHOLE_PPM;
use super::rules::sells;
use super::who::{Party, check_role};
use super::{Filed, Market, Member, Report, Round, Row, Status, unknown_record, unknown_round};
use crate::entry::{Bid, Measure, MemberId, PerformanceReport, Role, RoundEntry, RowSigners};
use crate::reject::{Code, Reject};
use crate::seal;
use quittance_circuits::rule::NoOutcome;
use quittance_circuits::sealed::Commitment;

impl RoundEntry {
    /// Whether somebody can own no row here: evaluator and sellers of an auction, and whoever would sign rows as
    /// its evaluator, for nobody measures itself.
    pub(super) fn excludes(&self, member: MemberId) -> bool {
        let evaluates = self.evaluator == Some(member);
        (evaluates && (sells(&self.rule) || self.row_signers == RowSigners::Evaluator))
            || (sells(&self.rule) && self.sellers.contains(&member))
    }
}

impl Round {
    /// The round takes bids and reports.
    fn check_open(&self) -> Result<(), Reject> {
        match &self.status {
            Status::Open => Ok(()),
            Status::Aborted(_, aborted) => Err(Code::RoundNotOpen
                .because(format!("round {} was aborted at entry {}", self.id, aborted.index))),
            Status::Closed(closed) | Status::Settled(closed, _) => {
                Err(Code::RoundClosed.because(format!("round {} closed at entry {}", self.id, closed.index)))
            }
        }
    }

    /// Whether a row of this member is expected at this index.
    fn check_expected(&self, member: MemberId, index: u64) -> Result<(), Reject> {
        if self.entry.excludes(member) {
            let found = format!("{member} evaluates or sells in this round and owns no row");
            return Err(Code::RowNotExpected.because(found));
        }
        if self.entry.parties.as_ref().is_some_and(|parties| !parties.contains(&member)) {
            return Err(Code::RowNotExpected.because(format!("{member} is no party of this round")));
        }
        match self.report_columns().find(|(_, measure)| self.report_for(member, measure, index).is_none()) {
            Some((name, _)) => {
                Err(Code::RowNotExpected.because(format!("no report gives {member} its {name}")))
            }
            None => Ok(()),
        }
    }

    /// The row's public form, and that it alone would not make the rule refuse the round.
    fn check_row(&self, bid: &Bid, index: u64) -> Result<(), Reject> {
        let rule = self.rule()?;
        let invalid = |found: String| Err(Code::RowInvalid.because(found));
        let (terms, disclosure) = (&self.entry.terms, self.entry.disclosure);
        if let Err(error) = rule.check_public(&bid.public, disclosure, self.entry.is_measured()) {
            return invalid(error.to_string());
        }
        let columns = self.sealed_columns();
        let sealed = bid.sealed_opening.as_ref().map(|sealed| sealed.0.len());
        match (columns, sealed, bid.commitment) {
            (0, None, None) => {}
            (0, ..) => {
                return invalid(
                    "a row without sealed numbers: commitment and sealed_opening are null".into(),
                );
            }
            (_, Some(found), Some(_)) if found == seal::sealed_len(columns) => {}
            _ => {
                let expected = seal::sealed_len(columns);
                return invalid(format!("a row has a commitment and a sealed opening of {expected} bytes"));
            }
        }
        let public = self.public_at(bid.member, index, &bid.public);
        match rule.check_row(terms, disclosure, &public) {
            Err(NoOutcome::Refused(refusal)) => {
                let found = format!("{} would refuse this row: {refusal}", rule.id());
                Err(Code::RowInvalid.because(found).by_rule(refusal))
            }
            Err(NoOutcome::Malformed(error)) => invalid(error.to_string()),
            Ok(()) => Ok(()),
        }
    }
}

/// The commitment of a bid: the one encoding of a point, and not the identity, which stands for padding.
fn commitment_of(filed: Filed, bid: &Bid) -> Result<Option<Commitment>, Reject> {
    let Some(bytes) = bid.commitment else { return Ok(None) };
    let commitment = filed.facts.commitment(bytes).ok_or_else(|| {
        Code::CommitmentNotCanonical.because(format!("{bytes} is not a point's one encoding"))
    })?;
    if commitment.is_identity() {
        return Err(Code::CommitmentIdentity.because("the commitment is the identity"));
    }
    Ok(Some(commitment))
}

impl Market {
    pub(super) fn check_report(&self, filed: Filed, payload: PerformanceReport) -> Result<Change, Reject> {
        let round = self.rounds.get(&payload.round);
        let evaluator = round.and_then(|round| self.members.get(&round.entry.evaluator?));
        let signers = evaluator.map(|evaluator| [Party::Member(evaluator)]);
        let roles = round.map_or(Ok(()), |_| self.check_reporter(&payload, evaluator));
        self.check_who(filed, &payload.market, signers.as_ref().map(|s| &s[..]), roles)?;
        let round = round.ok_or_else(|| unknown_round(payload.round))?;
        if let Some(subject) = payload.subject.filter(|subject| !self.members.contains_key(subject)) {
            return Err(unknown_record("member", subject));
        }
        if let Some(model) = payload.model.filter(|model| !self.models.contains_key(model)) {
            return Err(unknown_record("model", model));
        }
        round.check_open()?;
        self.check_new(filed)?;
        let is_gain = matches!(payload.measure, Measure::ExpectedGain | Measure::RealisedGain);
        if payload.subject.is_none() && (is_gain || payload.model.is_none()) {
            return Err(
                Code::RowInvalid.because("a gain is a member's; anything else is a member's or a model's")
            );
        }
        if [payload.value_ppm, payload.baseline_ppm, payload.score_ppm].iter().any(|ppm| *ppm > WHOLE_PPM) {
            return Err(Code::ValueOutOfRange.because("a value, baseline or score above 1000000 ppm"));
        }
        let report = Report { id: filed.id, index: filed.index, entry: payload };
        Ok(Change::Report(round.id, report))
    }

    /// The round has an evaluator, who does not report on itself.
    fn check_reporter(&self, report: &PerformanceReport, evaluator: Option<&Member>) -> Result<(), Reject> {
        let none = || Code::RoleMissing.because(format!("round {} has no evaluator", report.round));
        let evaluator = evaluator.ok_or_else(none)?;
        let seller = report.model.and_then(|model| self.models.get(&model)).map(|model| model.seller);
        if report.subject == Some(evaluator.id) || seller == Some(evaluator.id) {
            return Err(Code::RoleMissing.because("nobody reports on itself"));
        }
        Ok(())
    }

    pub(super) fn check_bid(&self, filed: Filed, payload: Bid) -> Result<Change, Reject> {
        let round = self.rounds.get(&payload.round);
        let owner = self.members.get(&payload.member);
        let signers = match round.and_then(|round| round.row_signer(payload.member)) {
            Some(signer) => Some([Party::Member(self.signer(signer)?)]),
            None => None,
        };
        let bids = round.is_some_and(Round::sells);
        let role = owner.filter(|_| bids).map_or(Ok(()), |owner| check_role(owner, Role::Bidder));
        self.check_who(filed, &payload.market, signers.as_ref().map(|s| &s[..]), role)?;
        let round = round.ok_or_else(|| unknown_round(payload.round))?;
        if owner.is_none() {
            return Err(unknown_record("member", payload.member));
        }
        round.check_open()?;
        if !round.holds(round.rows.len() + 1) {
            return Err(Code::RoundFull.because(format!("round {} has {} rows", round.id, round.rows.len())));
        }
        round.check_expected(payload.member, filed.index)?;
        round.check_row(&payload, filed.index)?;
        let commitment = commitment_of(filed, &payload)?;
        if let Some(row) = round.row_of(payload.member) {
            return Err(
                Code::DuplicateBid.because(format!("{} has a row at entry {}", row.member, row.index))
            );
        }
        let round = round.id;
        let signers = filed.envelope.signatures().iter().map(|s| s.key_id).collect();
        Ok(Change::Row(round, Row::of(payload, commitment, filed.id, filed.index, signers)))
    }
}
