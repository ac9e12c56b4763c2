//! How a round ends: close, settlement, abort.

use super::change::Change;
use super::who::Party;
use super::{AbortCause, Aborted, Closed, Filed, Market, Round, Settled, Status, unknown_round};
use crate::entry::{Abort, Close, Settlement, SettlementProof};
use crate::reject::{Code, Reject};
use quittance_circuits::rule::NoOutcome;
use serde_json::Value;

impl Round {
    /// The round is neither aborted nor settled.
    fn check_running(&self) -> Result<(), Reject> {
        match &self.status {
            Status::Open | Status::Closed(_) => Ok(()),
            Status::Aborted(_, aborted) => Err(Code::RoundNotOpen
                .because(format!("round {} was aborted at entry {}", self.id, aborted.index))),
            Status::Settled(_, settled) => {
                let index = settled.index;
                Err(Code::AlreadySettled.because(format!("round {} was settled at entry {index}", self.id)))
            }
        }
    }

    /// What public numbers say about an abort now.
    fn abort_cause(&self, code: &str) -> Result<AbortCause, Reject> {
        if self.rows.is_empty() {
            return Ok(AbortCause::BeforeFirstRow);
        }
        // Until the close, another row may still come and mend what the rule refuses.
        if self.closed().is_none() {
            return Ok(AbortCause::OperatorFault);
        }
        let rule = self.rule()?;
        // Sealed numbers never refuse (rules.md section 0.3), so zeros stand for them.
        let zeros = vec![0; self.sealed_columns()];
        let (terms, disclosure) = (&self.entry.terms, self.entry.disclosure);
        let row = |row| rule.row(terms, disclosure, &zeros, &self.public_columns(row));
        let rows = self.rows_in_order().into_iter().map(row);
        let rows: Vec<Value> = rows.collect::<Result<_, _>>()?;
        match rule.evaluate(&self.entry.terms, &Value::Array(rows)) {
            Err(NoOutcome::Refused(refusal)) if refusal.0 == code => Ok(AbortCause::RuleRefuses),
            _ => Ok(AbortCause::OperatorFault),
        }
    }

    /// A proof of as many shards as the rows need, or none where none is needed.
    fn check_proof(&self, rows: usize, payload: &Settlement) -> Result<(), Reject> {
        let fit = self.fit(rows);
        if payload.circuit_key != fit.map(|fit| fit.key.circuit_key) {
            let expected = fit.map_or("none".into(), |fit| fit.key.circuit_key.to_string());
            return Err(
                Code::KeyMismatch.because(format!("{rows} rows are settled with circuit key {expected}"))
            );
        }
        let malformed = |found: String| Err(Code::ProofMalformed.because(found));
        match (fit, &payload.proof) {
            (None, None) => Ok(()),
            (None, Some(_)) => malformed("a round that is not proved has no proof".into()),
            (Some(_), None) => malformed("the proof is missing".into()),
            (Some(fit), Some(SettlementProof { shards, carries })) => {
                let expected = fit.shards;
                if shards.len() as u64 != expected || carries.len() + 1 != shards.len() {
                    return malformed(format!(
                        "{rows} rows are proved in {expected} shards, a carry between two"
                    ));
                }
                Ok(())
            }
        }
    }
}

impl Market {
    pub(super) fn check_close(&self, filed: Filed, payload: Close) -> Result<Change, Reject> {
        self.check_who(filed, &payload.market, Some(&[Party::Operator]), Ok(()))?;
        let round = self.rounds.get(&payload.round).ok_or_else(|| unknown_round(payload.round))?;
        if let Status::Closed(closed) = round.status {
            return Err(
                Code::RoundClosed.because(format!("round {} closed at entry {}", round.id, closed.index))
            );
        }
        round.check_running()?;
        let (first, last) = (round.index.saturating_add(1), filed.index.saturating_sub(1));
        let rows = round.rows.len() as u64;
        if (payload.first.0, payload.last.0, payload.rows.0) != (first, last, rows) {
            let found = format!(
                "the round's {rows} bids stand from entry {first} to {last}; the close says otherwise"
            );
            return Err(Code::BidSetMismatch.because(found));
        }
        Ok(Change::Close(round.id, Closed::of(&payload, filed.index)))
    }

    pub(super) fn check_settlement(&self, filed: Filed, payload: Settlement) -> Result<Change, Reject> {
        self.check_who(filed, &payload.market, Some(&[Party::Operator]), Ok(()))?;
        let round = self.rounds.get(&payload.round).ok_or_else(|| unknown_round(payload.round))?;
        if round.status == Status::Open {
            return Err(Code::RoundOpen.because(format!("round {} is not closed", round.id)));
        }
        round.check_running()?;
        round.check_proof(round.rows.len(), &payload)?;
        let settled = Settled { id: filed.id, index: filed.index, entry: payload, proceeds: None };
        Ok(Change::Settlement(round.id, settled))
    }

    pub(super) fn check_abort(&self, filed: Filed, payload: Abort) -> Result<Change, Reject> {
        self.check_who(filed, &payload.market, Some(&[Party::Operator]), Ok(()))?;
        let round = self.rounds.get(&payload.round).ok_or_else(|| unknown_round(payload.round))?;
        round.check_running()?;
        let cause = round.abort_cause(payload.code.as_str())?;
        Ok(Change::Abort(round.id, Aborted { index: filed.index, entry: payload, cause }))
    }
}
