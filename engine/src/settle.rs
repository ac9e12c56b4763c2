//! Settle a closed round: evaluate its rule natively, write the statement, prove it, verify the proof, sign.
//!
//! Every step can be repeated: the statement of a round is the same each time, a proof is another one of the
//! same statement.

use crate::admit::open_row;
use crate::check::{CheckedSettlement, check_settlement};
use crate::entry::{Bid, HexBytes, MemberId, PointBytes, RoundId, Settlement, SettlementProof};
use crate::market::{Market, Round, Row};
use crate::reject::{Code, Reject};
use crate::results::{SealedResults, result_commitments, seal_results};
use crate::seal::HpkeSecret;
use crate::statement::{Sources, Statement, StatementTree};
use quittance_circuits::json;
use quittance_circuits::number::{Count, Wide};
use quittance_circuits::proved::{Prover, RoundClaim, RoundProof, RoundSecrets, SecureRng};
use quittance_circuits::rule::{Money, NoOutcome};
use quittance_circuits::sealed::{Commitment, Opening};
use quittance_ledger::TreeHead;
use serde_json::Value;
use std::collections::BTreeMap;

/// The round, if it is on the ledger.
///
/// # Errors
/// `round_unknown`.
pub fn round_of(market: &Market, id: RoundId) -> Result<&Round, Reject> {
    market.round(id).ok_or_else(|| Code::RoundUnknown.because(format!("no round {id} on this ledger")))
}

/// The statement of a round with this outcome: everything but the outcome follows from the ledger.
///
/// # Errors
/// `round_unknown`, `round_open`; `statement_mismatch` for an outcome that is not of the rule's form.
pub fn statement_for(
    market: &Market,
    round: &Round,
    tree: TreeHead,
    outcome: Value,
) -> Result<Statement, Reject> {
    let open = || Code::RoundOpen.because(format!("round {} is not closed", round.id));
    let closed = round.closed().ok_or_else(open)?;
    let rule = round.rule()?;
    let rows = round.rows_in_order();
    // Every public column is there, also where there are no rows.
    let columns = rule.columns().iter().filter(|column| !column.is_sealed(round.entry.disclosure));
    let mut public: BTreeMap<String, Vec<Value>> =
        columns.map(|column| (column.name.to_owned(), Vec::new())).collect();
    for row in &rows {
        if let Value::Object(columns) = round.public_columns(row) {
            columns.into_iter().for_each(|(name, value)| public.entry(name).or_default().push(value));
        }
    }
    let mismatch = |error: json::Malformed| Code::StatementMismatch.because(format!("the outcome: {error}"));
    if let Value::Object(columns) = rule.result_columns(&outcome).map_err(mismatch)? {
        for (name, column) in columns {
            public.insert(name, column.as_array().cloned().unwrap_or_default());
        }
    }
    let fit = round.fit(rows.len());
    Ok(Statement {
        rule: round.entry.rule.clone(),
        market: market.entry().market.clone(),
        checkpoint: StatementTree::from(tree),
        round: round.id,
        first: Count(closed.first),
        last: Count(closed.last),
        rows: Count(rows.len() as u64),
        tier: fit.map(|fit| fit.key.tier),
        shards: Count(fit.map_or(0, |fit| fit.shards)),
        circuit_key: fit.map(|fit| fit.key.circuit_key),
        terms: round.entry.terms.clone(),
        public,
        outcome,
        results: BTreeMap::new(),
        sealed_results: Vec::new(),
        z: None,
        sources: Sources {
            round: round.entry.revenue_from.map(|source| source.round),
            reports: round.reports_used().into_iter().map(|report| report.id).collect(),
        },
    })
}

/// A round's statement, with what opens its sealed results.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// The statement.
    pub statement: Statement,
    /// Nothing, if the round publishes its results.
    pub results: SealedResults,
}

/// Settles a closed round natively. `openings` are in row order; none for a round without sealed numbers. A round
/// that seals its results gets another statement each time, because it commits to them anew.
///
/// # Errors
/// `round_open`; `opening_mismatch` for openings that do not fit the rows; the rule's refusal as `terms_invalid`,
/// which excuses an abort.
pub fn settle(
    market: &Market,
    round: RoundId,
    tree: TreeHead,
    openings: &[Opening],
    rng: &mut dyn SecureRng,
) -> Result<Evaluated, Reject> {
    let round = round_of(market, round)?;
    let outcome = outcome_of(round, openings)?;
    let rule = round.rule()?;
    let published = rule.publish(outcome.clone(), round.entry.disclosure);
    let mut statement = statement_for(market, round, tree, published)?;
    let columns = round.sealed_results();
    if columns.is_empty() {
        return Ok(Evaluated { statement, results: SealedResults::default() });
    }
    let results = seal_results(market, round, &rule.results(&outcome)?, openings, rng)?;
    results.state(columns, &mut statement);
    Ok(Evaluated { statement, results })
}

/// The rule's outcome for the rows that these openings open, with every field.
///
/// # Errors
/// As [`settle`].
pub fn outcome_of(round: &Round, openings: &[Opening]) -> Result<Value, Reject> {
    let rule = round.rule()?;
    let rows = round.rows_in_order();
    let sealed = round.sealed_columns() > 0;
    if sealed && openings.len() != rows.len() {
        let found = format!("{} openings for {} rows", openings.len(), rows.len());
        return Err(Code::OpeningMismatch.because(found));
    }
    let (terms, disclosure) = (&round.entry.terms, round.entry.disclosure);
    let numbers = |i: usize| if sealed { openings[i].row() } else { &[] };
    let fill = |(i, row): (usize, &&Row)| rule.row(terms, disclosure, numbers(i), &round.public_columns(row));
    let table: Vec<Value> = rows.iter().enumerate().map(fill).collect::<Result<_, _>>()?;
    rule.evaluate(terms, &Value::Array(table)).map_err(|error| match error {
        NoOutcome::Malformed(error) => Code::RowInvalid.because(error.to_string()),
        NoOutcome::Refused(refusal) => {
            Code::TermsInvalid.because(format!("the rule refuses: {refusal}")).by_rule(refusal)
        }
    })
}

/// Opens every row of a round with the round's HPKE secret, in row order; `bid_at` gives the bid of an entry. An
/// admitted row opens, by definition.
///
/// # Errors
/// `opening_mismatch`, which makes the round abort by the operator's fault; whatever `bid_at` reports.
pub fn open_rows(
    round: &Round,
    secret: &HpkeSecret,
    bid_at: impl Fn(u64) -> Result<Bid, Reject>,
) -> Result<Vec<Opening>, Reject> {
    let open = |row: &Row| open_row(round, &bid_at(row.index)?, secret);
    round.rows_in_order().into_iter().map(open).collect()
}

/// Proves a statement and verifies the proof as a stranger would. `None` for a round that is not proved.
///
/// # Errors
/// `key_unknown` without a prover, `key_mismatch` for another key than the round's; `proof_invalid` if the openings
/// do not fit, or the statement is false.
pub fn prove(
    market: &Market,
    evaluated: &Evaluated,
    openings: &[Opening],
    prover: Option<&dyn Prover>,
    rng: &mut dyn SecureRng,
) -> Result<Option<SettlementProof>, Reject> {
    let Evaluated { statement, results } = evaluated;
    let round = round_of(market, statement.round)?;
    let Some(expected) = statement.circuit_key else {
        return Ok(None);
    };
    let prover = prover.ok_or_else(|| Code::KeyUnknown.because(format!("no proving key for {expected}")))?;
    let found = prover.verifying_key().id();
    if found.0 != expected.0 {
        return Err(
            Code::KeyMismatch.because(format!("the proving key is {found}, the round's is {expected}"))
        );
    }
    let (commitments, sealed) = (commitments_of(round), result_commitments(round, statement)?);
    let claim = RoundClaim {
        statement: statement.digest().0,
        commitments: &commitments,
        published: statement.published(round),
        results: &sealed,
    };
    let proof = prover
        .prove(&claim, &RoundSecrets { rows: openings, results: &results.openings }, rng)
        .map_err(|error| Code::ProofInvalid.because(format!("no proof could be made: {error}")))?;
    Ok(Some(proof_file(&proof)))
}

/// A round's commitments, in row order.
#[must_use]
pub fn commitments_of(round: &Round) -> Vec<Commitment> {
    round.rows_in_order().into_iter().filter_map(|row| row.commitment).collect()
}

/// A proof as a settlement entry writes it.
pub(crate) fn proof_file(proof: &RoundProof) -> SettlementProof {
    let (shards, carries) = proof.to_bytes();
    SettlementProof {
        shards: shards.into_iter().map(HexBytes).collect(),
        carries: carries.into_iter().map(PointBytes).collect(),
    }
}

/// The payload of a settlement entry, checked the way everybody will: nothing false is published by mistake.
///
/// # Errors
/// What anybody who verifies would find.
pub fn settlement(
    market: &Market,
    statement: &Statement,
    close_note: &[u8],
    proof: Option<SettlementProof>,
    verifying_key: Option<&[u8]>,
) -> Result<(Settlement, CheckedSettlement), Reject> {
    let payload = Settlement {
        market: statement.market.clone(),
        round: statement.round,
        close_checkpoint: crate::bundle::note_digest(close_note),
        statement: statement.digest(),
        proof,
        circuit_key: statement.circuit_key,
    };
    let round = round_of(market, statement.round)?;
    let tree = TreeHead { size: statement.checkpoint.size.0, root: statement.checkpoint.root };
    let checked = check_settlement(market, round, &payload, statement, verifying_key, tree)?;
    Ok((payload, checked))
}

/// What each seller of a round gets.
///
/// # Errors
/// `conservation_violated` when the rule's proceeds do not go with the round's sellers.
pub fn proceeds(round: &Round, money: &Money) -> Result<BTreeMap<MemberId, Wide>, Reject> {
    let sellers = &round.entry.sellers;
    let mut by_seller: BTreeMap<MemberId, Wide> = BTreeMap::new();
    let seller_of = |item: usize| if sellers.len() == 1 { sellers.first() } else { sellers.get(item) };
    for (item, amount) in money.proceeds.iter().enumerate() {
        let unowned = || Code::ConservationViolated.because("proceeds for an item that has no seller");
        let seller = seller_of(item).ok_or_else(unowned)?;
        let sum = by_seller.entry(*seller).or_default();
        sum.0 = sum
            .0
            .checked_add(amount.0)
            .ok_or_else(|| Code::ConservationViolated.because("proceeds overflow"))?;
    }
    Ok(by_seller)
}
