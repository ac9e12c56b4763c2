//! What an operator who cheats can publish: bundles that are wrong in one way each, and signed all the same.
//!
//! The forger *is* the operator: it holds the log key and signs everything again, and proves again what can be
//! proved. `demo --cheat` and the tests make these to show that `verify` refuses each, and with which code.

use crate::bundle::{Bundle, BundleError, Ingredients, note_digest};
use crate::entry::{
    CircuitKeyId, EntryPayload, HexBytes, Kind, PointBytes, Settlement, SettlementProof, entry_of,
};
use crate::history::needed;
use crate::operator::{Operator, OperatorError, SettledRound};
use crate::reject::{Code, Reject};
use crate::settle::{commitments_of, round_of};
use crate::statement::Statement;
use quittance_circuits::number::{Amount, Wide};
use quittance_circuits::proved::{Prover, RoundClaim, RoundSecrets, SecureRng};
use quittance_circuits::rule::{Disclosure, Published};
use quittance_circuits::sealed::{Commitment, Opening};
use quittance_ledger::{Anchor, Entry, Log, LogError, LogKey, MemoryStore, SigningKey, Store};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A forged bundle, and how `verify` must answer.
#[derive(Debug, Clone)]
pub struct Forgery {
    /// What was forged, as a file name: `price-raised`.
    pub name: &'static str,
    /// The bundle's file.
    pub bundle: Vec<u8>,
    /// The code that `verify` gives.
    pub code: Code,
    /// Whether `verify` needs the member's earlier receipt to see it.
    pub needs_receipt: bool,
}

/// Why a forgery was not made.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The forged ledger.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The forged bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The forged entries.
    #[error(transparent)]
    Refused(#[from] Reject),
    /// The honest ledger.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// The forger's prover.
    #[error("cannot prove it: {0}")]
    Prove(String),
}

/// An honest settlement and the keys of the operator who is about to publish another one in its place.
pub struct Honest<'a> {
    /// Signs the log.
    pub log_key: &'a LogKey,
    /// Signs settlements.
    pub operator_key: &'a SigningKey,
    /// The honest ledger up to the settlement, which is left out.
    pub(crate) entries: Vec<Entry>,
    /// Which of them a bundle needs before the round.
    needed: BTreeSet<u64>,
    /// Where the round's entry stands.
    round: u64,
    /// Where its close stands.
    pub(crate) close: u64,
    /// The honest statement.
    pub statement: Statement,
    /// The honest settlement.
    pub(crate) settlement: Settlement,
    /// The blobs of its sealed results.
    pub sealed_results: Vec<Vec<u8>>,
    /// The rows' commitments, in row order.
    commitments: Vec<Commitment>,
    /// The round's verifying key.
    pub(crate) verifying_key: Option<Vec<u8>>,
}

impl<'a> Honest<'a> {
    /// A settled round of a ledger.
    ///
    /// # Errors
    /// The ledger lacks something.
    pub fn of<S: Store, A: Anchor>(
        operator: &Operator<S, A>,
        settled: &SettledRound,
        log_key: &'a LogKey,
        operator_key: &'a SigningKey,
    ) -> Result<Self, OperatorError> {
        let (log, market) = (operator.log(), operator.market());
        let round = round_of(market, settled.statement.round)?;
        let bundle = operator.bundle(round.id)?;
        Ok(Self {
            log_key,
            operator_key,
            entries: log.entries(0..settled.index)?,
            needed: needed(market, round),
            round: round.index,
            close: round.closed().map_or(0, |closed| closed.index),
            statement: settled.statement.clone(),
            settlement: settled.settlement.clone(),
            sealed_results: bundle.sealed_results.into_iter().map(|blob| blob.0).collect(),
            commitments: commitments_of(round),
            verifying_key: bundle.verifying_key.map(|key| key.0),
        })
    }

    /// The bundle of another statement of the same rows, with the honest proof.
    ///
    /// # Errors
    /// The forged ledger.
    pub fn restated(&self, statement: Statement, sealed_results: Vec<Vec<u8>>) -> Result<Bundle, ForgeError> {
        let (proof, key) = (self.settlement.proof.clone(), self.verifying_key.clone());
        self.publish(self.entries.clone(), statement, sealed_results, proof, key)
    }

    /// Signs settlement and log over these entries, and gathers the bundle.
    ///
    /// # Errors
    /// The forged ledger.
    pub(crate) fn publish(
        &self,
        entries: Vec<Entry>,
        statement: Statement,
        sealed_results: Vec<Vec<u8>>,
        proof: Option<SettlementProof>,
        verifying_key: Option<Vec<u8>>,
    ) -> Result<Bundle, ForgeError> {
        let mut log = log_of(entries)?;
        let close_note = self.log_key.sign(log.head_at(self.close + 1)?).to_bytes();
        let settlement = Settlement {
            close_checkpoint: note_digest(&close_note),
            statement: statement.digest(),
            proof,
            circuit_key: statement.circuit_key,
            ..self.settlement.clone()
        };
        let envelope = settlement.sign(&[self.operator_key]).map_err(Reject::from)?;
        let index = log.size();
        debug_assert_eq!(Kind::of_envelope(&envelope).ok(), Some(Kind::Settlement));
        log.append(vec![entry_of(envelope, u64::MAX)?])?;
        let ingredients = Ingredients {
            needed: self.needed.clone(),
            round: self.round,
            close: self.close,
            settlement: index,
            close_note,
            before_close: None,
            statement,
            sealed_results,
            verifying_key,
        };
        let checkpoint = self.log_key.sign(log.head());
        Ok(Bundle::gather(&log, &checkpoint, ingredients)?)
    }
}

/// A ledger of these entries.
pub(crate) fn log_of(entries: Vec<Entry>) -> Result<Log<MemoryStore>, ForgeError> {
    let mut log = Log::open(MemoryStore::new())?;
    log.append(entries)?;
    Ok(log)
}

/// An operator with an honest settlement of `uniform-price/v1`, which it is about to falsify.
pub struct Forger<'a> {
    /// The settlement.
    pub honest: Honest<'a>,
    /// The rows' openings, in row order.
    pub openings: Vec<Opening>,
    /// The round's proving key.
    pub prover: &'a dyn Prover,
    /// A proving key of the forger's own, for the same tier.
    pub own_prover: &'a dyn Prover,
    /// Index of a bid whose owner has a receipt.
    pub victim: u64,
}

impl Forger<'_> {
    /// Every forgery of formats.md section 7.
    ///
    /// # Errors
    /// Forging failed, which says nothing about whether it would have been noticed.
    pub fn forge_all(&self, rng: &mut dyn SecureRng) -> Result<Vec<Forgery>, ForgeError> {
        let forgery = |name, bundle: Bundle, code| Forgery {
            name,
            bundle: bundle.to_bytes(),
            code,
            needs_receipt: code == Code::LogForked,
        };
        Ok(vec![
            forgery("bid-left-out", self.bid_left_out(rng)?, Code::BidSetMismatch),
            forgery("bid-cut-from-bundle", self.bid_cut_from_bundle()?, Code::RangeInvalid),
            forgery("price-raised", self.with_outcome(raise_price, None)?, Code::ProofInvalid),
            forgery("another-winner", self.with_outcome(swap_winner, None)?, Code::ProofInvalid),
            forgery("entry-edited", self.entry_edited(rng)?, Code::LogForked),
            forgery("another-circuit-key", self.another_key(rng)?, Code::KeyMismatch),
            forgery("payment-changed", self.with_outcome(change_payment, Some(rng))?, Code::PaymentMismatch),
            forgery("money-lost", self.with_outcome(lose_money, Some(rng))?, Code::ConservationViolated),
        ])
    }

    /// The statement and its proof are about one row fewer than the ledger holds: a losing one, so that the outcome
    /// looks the same.
    fn bid_left_out(&self, rng: &mut dyn SecureRng) -> Result<Bundle, ForgeError> {
        let won = self.honest.statement.outcome["won"].as_array().cloned().unwrap_or_default();
        let price =
            self.honest.statement.outcome["clearing_price"].as_str().and_then(|p| p.parse::<Amount>().ok());
        let harmless = |i: &usize| {
            won[*i] == Value::Bool(false) && Some(self.openings[*i].row()[0]) != price.map(|price| price.0)
        };
        let row =
            (0..won.len()).find(harmless).ok_or_else(|| ForgeError::Prove("no harmless loser".into()))?;
        let mut statement = self.honest.statement.clone();
        statement.rows.0 -= 1;
        for column in statement.public.values_mut() {
            column.remove(row);
        }
        for column in ["won", "payments"] {
            if let Some(column) = statement.outcome[column].as_array_mut() {
                column.remove(row);
            }
        }
        let (mut openings, mut commitments) = (self.openings.clone(), self.honest.commitments.clone());
        openings.remove(row);
        commitments.remove(row);
        let proof = self.proof_of(&statement, &commitments, &openings, self.prover, rng)?;
        self.publish(self.honest.entries.clone(), statement, proof, self.prover)
    }

    /// The honest settlement, in a bundle from which one bid was cut.
    fn bid_cut_from_bundle(&self) -> Result<Bundle, ForgeError> {
        let proof = self.honest.settlement.proof.clone();
        let mut bundle =
            self.publish(self.honest.entries.clone(), self.honest.statement.clone(), proof, self.prover)?;
        let position = (self.victim - self.honest.round) as usize;
        bundle.range.entries.remove(position);
        Ok(bundle)
    }

    /// Another outcome; proved anew if that is possible, else with the honest proof.
    fn with_outcome(
        &self,
        change: fn(&mut Value),
        rng: Option<&mut dyn SecureRng>,
    ) -> Result<Bundle, ForgeError> {
        let mut statement = self.honest.statement.clone();
        change(&mut statement.outcome);
        if let (Some(won), Some(column)) =
            (statement.outcome["won"].as_array(), statement.public.get_mut("won"))
        {
            column.clone_from(won);
        }
        let proof = match rng {
            Some(rng) => {
                self.proof_of(&statement, &self.honest.commitments, &self.openings, self.prover, rng)?
            }
            None => self.honest.settlement.proof.clone(),
        };
        self.publish(self.honest.entries.clone(), statement, proof, self.prover)
    }

    /// An entry of the past changed (its time: the member's own signature still fits), and everything after it
    /// made again. Consistent in itself; only a receipt from before shows it.
    fn entry_edited(&self, rng: &mut dyn SecureRng) -> Result<Bundle, ForgeError> {
        let mut entries = self.honest.entries.clone();
        let victim = self.victim as usize;
        let old = &entries[victim];
        let time_ms = entries.get(victim + 1).map_or(old.time_ms() + 1, Entry::time_ms);
        let time_ms = if time_ms == old.time_ms() { time_ms - 1 } else { time_ms };
        entries[victim] = Entry::from_envelope(old.kind(), time_ms, old.envelope().clone());
        let log = log_of(entries.clone())?;
        let mut statement = self.honest.statement.clone();
        statement.checkpoint = log.head_at(self.honest.close + 1)?.into();
        let proof = self.proof_of(&statement, &self.honest.commitments, &self.openings, self.prover, rng)?;
        self.publish(entries, statement, proof, self.prover)
    }

    /// Proved under a key whose secrets the forger knows.
    fn another_key(&self, rng: &mut dyn SecureRng) -> Result<Bundle, ForgeError> {
        let mut statement = self.honest.statement.clone();
        statement.circuit_key = Some(CircuitKeyId(self.own_prover.verifying_key().id().0));
        let proof =
            self.proof_of(&statement, &self.honest.commitments, &self.openings, self.own_prover, rng)?;
        self.publish(self.honest.entries.clone(), statement, proof, self.own_prover)
    }

    fn proof_of(
        &self,
        statement: &Statement,
        commitments: &[Commitment],
        openings: &[Opening],
        prover: &dyn Prover,
        rng: &mut dyn SecureRng,
    ) -> Result<Option<SettlementProof>, ForgeError> {
        let claim = RoundClaim {
            statement: statement.digest().0,
            commitments,
            published: Published {
                terms: &statement.terms,
                disclosure: Disclosure::Public,
                rows: commitments.len(),
                columns: &statement.public,
                outcome: &statement.outcome,
            },
            results: &[],
        };
        let secrets = RoundSecrets { rows: openings, results: &[] };
        let proof =
            prover.prove(&claim, &secrets, rng).map_err(|error| ForgeError::Prove(error.to_string()))?;
        let (shards, carries) = proof.to_bytes();
        Ok(Some(SettlementProof {
            shards: shards.into_iter().map(HexBytes).collect(),
            carries: carries.into_iter().map(PointBytes).collect(),
        }))
    }

    /// Publishes the forged statement under the key of this prover.
    fn publish(
        &self,
        entries: Vec<Entry>,
        statement: Statement,
        proof: Option<SettlementProof>,
        prover: &dyn Prover,
    ) -> Result<Bundle, ForgeError> {
        let key = prover.verifying_key().to_bytes();
        self.honest.publish(entries, statement, Vec::new(), proof, Some(key))
    }
}

fn number(outcome: &Value, field: &str) -> u128 {
    outcome[field].as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The price one minor unit higher; money and fee to match.
fn raise_price(outcome: &mut Value) {
    let price = Amount(number(outcome, "clearing_price") as u64 + 1);
    let (sold, old_fee) = (number(outcome, "sold"), number(outcome, "fee"));
    let old_total = number(outcome, "total");
    let total = u128::from(price.0) * sold;
    // The published share, in parts per ten thousand, as the honest fee shows it.
    let bps = (0..=10_000u128).find(|bps| old_total * bps / 10_000 == old_fee).unwrap_or_default();
    let fee = total * bps / 10_000;
    outcome["clearing_price"] = json!(price);
    if let Some(payments) = outcome["payments"].as_array_mut() {
        payments
            .iter_mut()
            .filter(|payment| **payment != json!("0"))
            .for_each(|payment| *payment = json!(price));
    }
    for (field, value) in [("total", total), ("fee", fee), ("proceeds", total - fee)] {
        outcome[field] = json!(Wide(value));
    }
}

/// The first winner and the first loser trade places.
fn swap_winner(outcome: &mut Value) {
    let won: Vec<bool> = outcome["won"].as_array().into_iter().flatten().map(|w| w == &json!(true)).collect();
    let (Some(winner), Some(loser)) = (won.iter().position(|w| *w), won.iter().position(|w| !*w)) else {
        return;
    };
    for column in ["won", "payments"] {
        if let Some(column) = outcome[column].as_array_mut() {
            column.swap(winner, loser);
        }
    }
}

/// One winner pays a minor unit more than the price.
fn change_payment(outcome: &mut Value) {
    let price = number(outcome, "clearing_price") as u64;
    let payments = outcome["payments"].as_array_mut().into_iter().flatten();
    if let Some(payment) = payments.into_iter().find(|payment| **payment != json!("0")) {
        *payment = json!(Amount(price + 1));
    }
}

/// A minor unit of the seller's is nobody's.
fn lose_money(outcome: &mut Value) {
    outcome["proceeds"] = json!(Wide(number(outcome, "proceeds").saturating_sub(1)));
}
