//! An operator at work: the log, the market folded from it, and the keys that sign for both.
//!
//! Each step can be repeated: what is on the ledger already is found there, not done again. Clock and randomness
//! are arguments; the store and the anchor are the ledger's.

use crate::admit::{Admitted, admit};
use crate::bundle::{Bundle, BundleError};
use crate::check::CheckedSettlement;
use crate::entry::{
    Bid, BlobDigest, CircuitKeyId, Close, EntryPayload, Erasure, MarketEntry, Payload, RoundId, Settlement,
    entry_of,
};
use crate::kept;
use crate::market::{Market, Status};
use crate::refusal::Refusal;
use crate::reject::{Code, Reject};
use crate::results::RESULT_CONTEXT;
use crate::seal::HpkeSecret;
use crate::settle::{Evaluated, open_rows, prove, round_of, settle, settlement};
use crate::statement::{STATEMENT_CONTEXT, Statement};
use quittance_circuits::number::Count;
use quittance_circuits::proved::{Prover, SecureRng};
use quittance_circuits::sealed::Opening;
use quittance_ledger::{
    Anchor, BlobId, Entry, Envelope, Log, LogError, LogKey, MarketKey, Receipt, SignedCheckpoint, SigningKey,
    Store, WitnessPolicy,
};

mod reader;
mod witnesses;

pub use reader::Reader;

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// It is refused.
    #[error(transparent)]
    Refused(#[from] Reject),
    /// The ledger failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The bundle cannot be made.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

/// The ledger of a market in its operator's hands.
pub struct Operator<S, A> {
    log: Log<S>,
    anchor: A,
    market: Market,
    policy: WitnessPolicy,
    log_key: LogKey,
    key: SigningKey,
}

/// What a settled round leaves to publish.
#[derive(Debug, Clone)]
pub struct SettledRound {
    /// Where the settlement stands.
    pub index: u64,
    /// What was settled.
    pub statement: Statement,
    /// The entry.
    pub settlement: Settlement,
}

/// Key under which a verifying key is kept beside the ledger.
fn key_name(id: CircuitKeyId) -> String {
    format!("verifying-key/{id}")
}

/// The verifying key of this id, if the store keeps it. Its id is checked by whoever uses it.
///
/// # Errors
/// The storage.
pub fn stored_verifying_key<S: Store>(log: &Log<S>, id: CircuitKeyId) -> Result<Option<Vec<u8>>, LogError> {
    Ok(log.store().meta(&key_name(id))?)
}

/// The market that a log's entries make, with what its settlements brought.
///
/// # Errors
/// `log_invalid`, or the storage.
pub fn fold<S: Store>(log: &Log<S>) -> Result<Market, OperatorError> {
    fold_first(log, log.size(), |_, _| ())
}

/// The market of a log's first `size` entries, each of which `visit` is shown.
///
/// # Errors
/// `log_invalid`, or the storage.
pub fn fold_first<S: Store>(
    log: &Log<S>,
    size: u64,
    mut visit: impl FnMut(u64, &Entry),
) -> Result<Market, OperatorError> {
    let first = log.entry(0)?;
    let mut market = Market::open(&first)?;
    visit(0, &first);
    log.scan(1..size, |index, entry| {
        let payload = Payload::of_entry(&entry)?;
        market.apply(index, &entry).map_err(|reject| {
            Code::LogInvalid.because(format!("entry {index}: {} ({})", reject.found, reject.code))
        })?;
        if let Payload::Settlement(settlement) = payload {
            record(log, &mut market, &settlement).map_err(|error| match error {
                OperatorError::Refused(reject) => {
                    let found = format!("entry {index}, a settlement: {}", reject.found);
                    reject.code.because(found).into()
                }
                other => other,
            })?;
        }
        visit(index, &entry);
        Ok::<(), OperatorError>(())
    })?;
    Ok(market)
}

/// Tells the market what a settlement brought. The operator checked it before it was published.
fn record<S: Store>(log: &Log<S>, market: &mut Market, settlement: &Settlement) -> Result<(), OperatorError> {
    let statement = kept::statement::<S, OperatorError>(log, settlement)?;
    let round = round_of(market, settlement.round)?;
    let checked = crate::check::check_money(round, &statement)?;
    Ok(market.record_settlement(settlement.round, checked.proceeds)?)
}

impl<S: Store, A: Anchor> Operator<S, A> {
    /// Starts a market on an empty store: entry 0, signed by the log key.
    ///
    /// # Errors
    /// The store is not empty, or entry 0 describes no market.
    pub fn create(
        store: S,
        anchor: A,
        log_key: LogKey,
        key: SigningKey,
        entry: &MarketEntry,
        time_ms: u64,
    ) -> Result<Self, OperatorError> {
        let mut log = Log::open(store)?;
        if log.size() > 0 {
            return Err(Code::DuplicateEntry.because("there is a market on this ledger already").into());
        }
        let envelope = entry.sign(&[log_key.signing_key()]).map_err(Reject::from)?;
        let entry = entry_of(envelope, time_ms)?;
        let market = Market::open(&entry)?;
        log.append(vec![entry])?;
        let policy = market.witness_policy().clone();
        let operator = Self { log, anchor, market, policy, log_key, key };
        operator.checkpoint()?;
        Ok(operator)
    }

    /// Goes on with a market.
    ///
    /// # Errors
    /// The ledger is behind its anchor, damaged, or holds an entry that no market takes.
    pub fn open(store: S, anchor: A, log_key: LogKey, key: SigningKey) -> Result<Self, OperatorError> {
        let log = Log::open(store)?;
        log.check_anchor(&log_key.verifier_key(), &anchor)?;
        let market = fold(&log)?;
        let policy = market.witness_policy().clone();
        Ok(Self { log, anchor, market, policy, log_key, key })
    }

    /// The log.
    pub fn log(&self) -> &Log<S> {
        &self.log
    }

    /// The market.
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// What members need from a source they trust.
    #[must_use]
    pub fn market_key(&self) -> MarketKey {
        let log = self.log_key.verifier_key();
        MarketKey { log, entry0: self.market.entry0(), policy: self.policy.clone() }
    }

    /// Signs the ledger as it stands.
    ///
    /// # Errors
    /// The ledger.
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, OperatorError> {
        Ok(self.log.publish_checkpoint(&self.log_key, &self.anchor)?)
    }

    /// Appends what the market takes; the index where it stands, now or already.
    ///
    /// # Errors
    /// The market's refusal, or the ledger.
    pub fn append(&mut self, envelope: Envelope, time_ms: u64) -> Result<u64, OperatorError> {
        if let Some(index) = self.log.index_of(&envelope.record_id())? {
            return Ok(index);
        }
        let entry = entry_of(envelope, time_ms)?;
        self.append_entry(entry)
    }

    fn append_entry(&mut self, entry: Entry) -> Result<u64, OperatorError> {
        let index = self.log.size();
        self.market.check(index, &entry)?;
        // Durable first: the market never knows what the ledger does not hold.
        self.log.append(vec![entry])?;
        let stored = self.log.entry(index)?;
        self.market.apply(index, &stored)?;
        Ok(index)
    }

    /// Signs a payload with the operator's key, and appends it.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_own<P: EntryPayload>(&mut self, payload: &P, time_ms: u64) -> Result<u64, OperatorError> {
        let envelope = payload.sign(&[&self.key]).map_err(Reject::from)?;
        self.append(envelope, time_ms)
    }

    /// Erases a member's name or a model's notes: the ledger says so first, then the bytes go. Repeated, it makes sure
    /// that they are gone.
    ///
    /// # Errors
    /// `record_unknown` for any other blob; or the ledger.
    pub fn erase(&mut self, blob: BlobDigest, time_ms: u64) -> Result<u64, OperatorError> {
        let index = match self.market.erased_by(blob) {
            Some(index) => index,
            None => {
                self.append_own(&Erasure { market: self.market.entry().market.clone(), blob }, time_ms)?
            }
        };
        self.log.store().erase_blob(&BlobId(blob.0)).map_err(LogError::from)?;
        Ok(index)
    }

    /// Admits a submission: where it stands, now or already.
    ///
    /// # Errors
    /// The refusal, which [`Self::refuse`] signs, or the ledger.
    pub fn submit<'a>(
        &mut self,
        submission: &[u8],
        hpke: impl FnOnce(RoundId) -> Option<&'a HpkeSecret>,
        time_ms: u64,
    ) -> Result<u64, OperatorError> {
        let envelope = Envelope::parse(submission).map_err(Reject::from)?;
        if let Some(index) = self.log.index_of(&envelope.record_id())? {
            // The record id leaves signatures out; only a submission that anybody could repeat is acknowledged.
            return match self.log.entry(index)?.envelope() == &envelope {
                true => Ok(index),
                false => Err(Code::SignatureInvalid
                    .because("the record stands there with other signatures")
                    .into()),
            };
        }
        let Admitted { entry, .. } = admit(&self.market, hpke, submission, time_ms)?;
        self.append_entry(entry)
    }

    /// Signs the refusal of a submission.
    ///
    /// # Errors
    /// The ledger.
    pub fn refuse(&self, submission: &[u8], reject: &Reject) -> Result<Envelope, OperatorError> {
        let refusal = Refusal::new(&self.market, submission, reject, &self.checkpoint()?);
        Ok(refusal.sign(&self.key).map_err(Reject::from)?)
    }

    /// A receipt for an entry, under a checkpoint of the ledger as it stands.
    ///
    /// # Errors
    /// No such entry, or the ledger.
    pub fn receipt(&self, index: u64) -> Result<Receipt, OperatorError> {
        Ok(self.log.receipt(index, &self.checkpoint()?)?)
    }

    /// Closes a round and signs the closing checkpoint; where the close stands, now or already.
    ///
    /// # Errors
    /// The round is not open; `closed_early` with a witness policy; the ledger.
    pub fn close(&mut self, round: RoundId, time_ms: u64) -> Result<u64, OperatorError> {
        let known = round_of(&self.market, round)?;
        if let Some(closed) = known.closed() {
            return Ok(closed.index);
        }
        let (index, next) = (known.index, self.log.size());
        self.check_may_close(round)?;
        let close = Close {
            market: self.market.entry().market.clone(),
            round,
            first: Count(index + 1),
            last: Count(next - 1),
            rows: Count(known.rows.len() as u64),
        };
        let index = self.append_own(&close, time_ms)?;
        self.checkpoint()?;
        Ok(index)
    }

    /// The signed note over the tree that ends with the close of a round.
    ///
    /// # Errors
    /// The round is not closed, or its checkpoint was not signed.
    pub fn close_checkpoint(&self, round: RoundId) -> Result<SignedCheckpoint, OperatorError> {
        let known = round_of(&self.market, round)?;
        let open = || Code::RoundOpen.because(format!("round {round} is not closed"));
        let size = known.closed().ok_or_else(open)?.index + 1;
        match self.log.checkpoint(size)? {
            Some(note) => Ok(note),
            // Killed between close and checkpoint: nothing came after, so the head is the tree of the close.
            None if self.log.size() == size => self.checkpoint(),
            None => Err(BundleError::NoCheckpoint(size).into()),
        }
    }

    /// The statement of a closed round: evaluated, not yet proved.
    ///
    /// # Errors
    /// The round is not closed; its rows do not open; the rule refuses.
    pub fn evaluate(
        &self,
        round: RoundId,
        hpke: Option<&HpkeSecret>,
        rng: &mut dyn SecureRng,
    ) -> Result<Statement, OperatorError> {
        Ok(self.evaluated(round, hpke, rng)?.2.statement)
    }

    /// The rows' openings, the closing checkpoint, and the statement that follows from both.
    fn evaluated(
        &self,
        round: RoundId,
        hpke: Option<&HpkeSecret>,
        rng: &mut dyn SecureRng,
    ) -> Result<(Vec<Opening>, SignedCheckpoint, Evaluated), OperatorError> {
        let openings = self.openings(round, hpke)?;
        let note = self.close_checkpoint(round)?;
        let evaluated = settle(&self.market, round, note.head(), &openings, rng)?;
        Ok((openings, note, evaluated))
    }

    fn openings(&self, round: RoundId, hpke: Option<&HpkeSecret>) -> Result<Vec<Opening>, OperatorError> {
        let known = round_of(&self.market, round)?;
        if known.sealed_columns() == 0 {
            return Ok(Vec::new());
        }
        let missing = || Code::KeyMismatch.because(format!("no secret for the hpke_key of round {round}"));
        let bid_at = |index| self.bid_at(index);
        Ok(open_rows(known, hpke.ok_or_else(missing)?, bid_at)?)
    }

    fn bid_at(&self, index: u64) -> Result<Bid, Reject> {
        match Payload::of_entry(&self.log.entry(index)?)? {
            Payload::Bid(bid) => Ok(bid),
            _ => Err(Code::LogInvalid.because(format!("entry {index} is no bid"))),
        }
    }

    /// Settles a closed round: evaluates, proves, checks as everybody will, publishes. A round that is settled
    /// already is left as it is (`already_settled`).
    ///
    /// # Errors
    /// `already_settled`; `quorum_missing` with a witness policy; what evaluation, proof and checks find; the ledger.
    pub fn settle(
        &mut self,
        round: RoundId,
        hpke: Option<&HpkeSecret>,
        prover: Option<&dyn Prover>,
        rng: &mut dyn SecureRng,
        time_ms: u64,
    ) -> Result<(SettledRound, CheckedSettlement), OperatorError> {
        if let Status::Settled(_, settled) = &round_of(&self.market, round)?.status {
            let found = format!("round {round} was settled at entry {}", settled.index);
            return Err(Code::AlreadySettled.because(found).into());
        }
        self.check_close_quorum(round)?;
        let (openings, note, evaluated) = self.evaluated(round, hpke, rng)?;
        let proof = prove(&self.market, &evaluated, &openings, prover, rng)?;
        let Evaluated { statement, results } = evaluated;
        let key = prover.filter(|_| proof.is_some()).map(|prover| prover.verifying_key().to_bytes());
        let (payload, checked) =
            settlement(&self.market, &statement, &note.to_bytes(), proof, key.as_deref())?;
        if let Some((id, bytes)) = statement.circuit_key.zip(key) {
            self.log.store().put_meta(&key_name(id), &bytes).map_err(LogError::from)?;
        }
        // The blobs first: an entry never names a statement that is not there.
        for blob in &results.blobs {
            self.log.put_blob(RESULT_CONTEXT, blob)?;
        }
        self.log.put_blob(STATEMENT_CONTEXT, &statement.to_bytes())?;
        let index = self.append_own(&payload, time_ms)?;
        self.market.record_settlement(round, checked.proceeds.clone())?;
        self.checkpoint()?;
        Ok((SettledRound { index, statement, settlement: payload }, checked))
    }

    /// The bundle of a settled round, under a checkpoint of the ledger as it stands.
    ///
    /// # Errors
    /// The round is not settled, or the ledger.
    pub fn bundle(&self, round: RoundId) -> Result<Bundle, OperatorError> {
        self.reader(&self.market_key()).bundle(round, || self.checkpoint())
    }

    fn reader<'a>(&'a self, key: &'a MarketKey) -> Reader<'a, S> {
        Reader { log: &self.log, market: &self.market, key }
    }
}
