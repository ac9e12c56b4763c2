//! The checks of a settlement that everybody makes alike: the operator before publishing, a member from a bundle,
//! an auditor from the ledger.

use crate::entry::{MemberId, Settlement, SettlementProof};
use crate::market::{Market, Round};
use crate::reject::{Code, Reject};
use crate::results::{check_balance, result_commitments};
use crate::settle::{commitments_of, outcome_of, proceeds, statement_for};
use crate::statement::Statement;
use quittance_circuits::json;
use quittance_circuits::number::Wide;
use quittance_circuits::proof_system::{KeyError, ProofError, VerifyingKey};
use quittance_circuits::proved::{RoundClaim, RoundProof};
use quittance_circuits::rule::{Evidence, Money, WrongOutcome};
use quittance_ledger::TreeHead;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a settlement that holds says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSettlement {
    /// All money that moves.
    pub money: Money,
    /// What each seller gets.
    pub proceeds: BTreeMap<MemberId, Wide>,
}

/// Statement, proof and money, in this order.
///
/// # Errors
/// The first check that fails.
pub fn check_settlement(
    market: &Market,
    round: &Round,
    settlement: &Settlement,
    statement: &Statement,
    verifying_key: Option<&[u8]>,
    close_tree: TreeHead,
) -> Result<CheckedSettlement, Reject> {
    check_statement(market, round, settlement, statement, close_tree)?;
    check_proof(round, settlement, statement, verifying_key)?;
    check_money(round, statement)
}

/// The statement is the one that the settlement entry names, and all of it that follows from the ledger does.
///
/// # Errors
/// `bid_set_mismatch` when it is about other rows, else `statement_mismatch`.
pub fn check_statement(
    market: &Market,
    round: &Round,
    settlement: &Settlement,
    statement: &Statement,
    close_tree: TreeHead,
) -> Result<(), Reject> {
    let digest = statement.digest();
    if settlement.statement != digest {
        let found = format!("the settlement names statement {}, this one is {digest}", settlement.statement);
        return Err(Code::StatementMismatch.because(found));
    }
    let expected =
        statement_for(market, round, close_tree, statement.outcome.clone()).map(|expected| Statement {
            // What is sealed is the operator's to commit to; its form is checked on its own.
            results: statement.results.clone(),
            sealed_results: statement.sealed_results.clone(),
            z: statement.z,
            ..expected
        });
    let rows = round.rows.len() as u64;
    if statement.rows.0 != rows {
        let settled = statement.rows;
        let found = format!("the ledger has {rows} bids in this round, the settlement is about {settled}");
        return Err(Code::BidSetMismatch.because(found));
    }
    let expected = expected?;
    if (statement.first, statement.last) != (expected.first, expected.last) {
        return Err(Code::BidSetMismatch.because("the settlement is about other entries than the round's"));
    }
    if *statement != expected {
        let (found, expected) = (json::to_value(statement), json::to_value(&expected));
        let field =
            expected.as_object().into_iter().flatten().find(|(name, value)| found.get(name) != Some(value));
        let name = field.map_or("?", |(name, _)| name.as_str());
        return Err(
            Code::StatementMismatch.because(format!("`{name}` of the statement is not what the ledger says"))
        );
    }
    result_commitments(round, statement).map(drop)
}

/// The outcome is the rule's: by recomputation where all is public, else by integers and proof.
///
/// # Errors
/// `key_…`, `proof_…`.
pub fn check_proof(
    round: &Round,
    settlement: &Settlement,
    statement: &Statement,
    verifying_key: Option<&[u8]>,
) -> Result<(), Reject> {
    if settlement.circuit_key.is_none() && verifying_key.is_some() {
        return Err(Code::KeyMismatch.because("the settlement names no circuit key, so none belongs to it"));
    }
    let proved = match (round.evidence()?, round.rule()?.proved()) {
        (Evidence::Proved, Some(proved)) => proved,
        (Evidence::Recomputed, _) => return check_by_recomputation(round, statement),
        // Nothing proves it; the verdict says so.
        (Evidence::Asserted, _) => return Ok(()),
        (Evidence::Proved, None) => {
            return Err(Code::ProofInvalid.because("this program has no circuit of the rule"));
        }
    };
    claimed(round, settlement, statement, verifying_key, |key, claim, proof| {
        proved.verify(key, claim, proof).map_err(|error| match error {
            ProofError::Key(error) => unsafe_key(&error),
            error => Code::ProofInvalid.because(error.to_string()),
        })
    })
}

/// Hands over what a proof is verified with, each right by itself, unless public numbers alone rule the outcome out.
fn claimed<T>(
    round: &Round,
    settlement: &Settlement,
    statement: &Statement,
    verifying_key: Option<&[u8]>,
    verify: impl FnOnce(&VerifyingKey, &RoundClaim<'_>, &RoundProof) -> Result<T, Reject>,
) -> Result<T, Reject> {
    let unfit = || Code::KeyUnknown.because("no circuit key of the round holds it");
    let fit = round.fit(round.rows.len()).ok_or_else(unfit)?;
    let key = read_key(settlement, verifying_key)?;
    let file =
        settlement.proof.as_ref().ok_or_else(|| Code::ProofMalformed.because("the proof is missing"))?;
    let proof = read_proof(file, fit.sealed, round.sealed_results().len())?;
    // What public numbers rule out needs no proof to refute; wrong money is the money check's to say.
    if let Err(WrongOutcome::Impossible(what)) = outcome_money(round, statement) {
        return Err(Code::ProofInvalid.because(what));
    }
    let (commitments, sealed) = (commitments_of(round), result_commitments(round, statement)?);
    let claim = RoundClaim {
        statement: settlement.statement.0,
        commitments: &commitments,
        published: statement.published(round),
        results: &sealed,
    };
    verify(&key, &claim, &proof)
}

/// What a verifier of a proved settlement computes on its way to the equations, a shard each; none of other settlements.
///
/// # Errors
/// As [`check_proof`], up to the equations.
#[cfg(feature = "testing")]
pub fn trace_proof(
    round: &Round,
    settlement: &Settlement,
    statement: &Statement,
    verifying_key: Option<&[u8]>,
) -> Result<Vec<quittance_circuits::proof_system::Trace>, Reject> {
    let (Evidence::Proved, Some(proved)) = (round.evidence()?, round.rule()?.proved()) else {
        return Ok(Vec::new());
    };
    claimed(round, settlement, statement, verifying_key, |key, claim, proof| {
        proved.trace(key, claim, proof).map_err(|error| Code::ProofInvalid.because(error.to_string()))
    })
}

fn unsafe_key(error: &KeyError) -> Reject {
    Code::KeyUnsafe.because(error.to_string())
}

/// The key that the settlement names, which the round pinned before its first bid.
fn read_key(settlement: &Settlement, verifying_key: Option<&[u8]>) -> Result<VerifyingKey, Reject> {
    let bytes = verifying_key.ok_or_else(|| Code::KeyUnknown.because("the verifying key is missing"))?;
    let key = VerifyingKey::from_bytes(bytes).map_err(|error| match error {
        KeyError::Malformed(_) => Code::KeyMismatch.because(error.to_string()),
        error => unsafe_key(&error),
    })?;
    let (found, expected) = (key.id().0, settlement.circuit_key.map(|id| id.0));
    if Some(found) != expected {
        let found = format!("the key is {}, the round's is {:?}", key.id(), settlement.circuit_key);
        return Err(Code::KeyMismatch.because(found));
    }
    Ok(key)
}

fn read_proof(file: &SettlementProof, sealed: usize, results: usize) -> Result<RoundProof, Reject> {
    let shards = file.shards.iter().map(|shard| shard.0.as_slice());
    let carries = file.carries.iter().map(|carry| &carry.0);
    RoundProof::from_bytes(shards, carries, sealed, results)
        .map_err(|error| Code::ProofMalformed.because(error.to_string()))
}

/// A rule whose numbers are all public is recomputed.
fn check_by_recomputation(round: &Round, statement: &Statement) -> Result<(), Reject> {
    let outcome = outcome_of(round, &[])?;
    if outcome == statement.outcome {
        return Ok(());
    }
    match outcome_money(round, statement) {
        // Money that does not add up has codes of its own, and a check of its own.
        Err(WrongOutcome::Payment(_) | WrongOutcome::Conservation(_)) => Ok(()),
        _ => Err(first_difference(&outcome, &statement.outcome)),
    }
}

fn first_difference(expected: &Value, found: &Value) -> Reject {
    let field =
        expected.as_object().into_iter().flatten().find(|(name, value)| found.get(name) != Some(value));
    let name = field.map_or("the outcome", |(name, _)| name.as_str());
    Code::PaymentMismatch.because(format!("`{name}` is not what the rule gives for the public rows"))
}

fn outcome_money(round: &Round, statement: &Statement) -> Result<Money, WrongOutcome> {
    let rule = round.rule().map_err(|error| WrongOutcome::Impossible(error.to_string()))?;
    rule.check_outcome(&statement.published(round))
}

/// Payments are what price and winners make them, and money in equals money out.
///
/// # Errors
/// `payment_mismatch`, `conservation_violated`, `statement_mismatch`.
pub fn check_money(round: &Round, statement: &Statement) -> Result<CheckedSettlement, Reject> {
    let money = outcome_money(round, statement).map_err(|error| match error {
        WrongOutcome::Payment(what) => Code::PaymentMismatch.because(what),
        WrongOutcome::Conservation(what) => Code::ConservationViolated.because(what),
        WrongOutcome::Malformed(error) => Code::StatementMismatch.because(error.to_string()),
        WrongOutcome::Refused(refusal) => {
            Code::TermsInvalid.because(format!("the rule refuses: {refusal}")).by_rule(refusal)
        }
        WrongOutcome::Impossible(what) => Code::ProofInvalid.because(what),
    })?;
    check_balance(round, statement, &money)?;
    let proceeds = proceeds(round, &money)?;
    Ok(CheckedSettlement { money, proceeds })
}
