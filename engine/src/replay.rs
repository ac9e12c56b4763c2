//! Replay: every entry again, every decision and every statement derived again, every proof verified again.
//!
//! A fold: the same ledger gives the same report, byte for byte, on any machine. What replay finds wrong is in the
//! report, not in an error; errors are the storage's. Source: architecture.md section 4, formats.md sections 3, 6.

use crate::check::{check_money, check_proof, check_statement};
use crate::deadline::Sightings;
use crate::entry::{CircuitKeyId, Kind, RoundId, Settlement, UtcTime};
use crate::facts::Prepared;
use crate::kept;
use crate::market::{AbortCause, Market, Round, Status};
use crate::reject::{Code, Reject};
use crate::settle::{outcome_of, round_of};
use crate::statement::Statement;
use quittance_circuits::json;
use quittance_circuits::number::{Count, Wide};
use quittance_circuits::rule;
use quittance_circuits::sealed::{Commitment, Opening};
use quittance_ledger::{
    Entry, Log, LogError, MarketKey, RightEdge, SignedCheckpoint, Store, TreeHash, TreeHead,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{OnceLock, PoisonError, RwLock};

/// What became of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundReport {
    /// The round.
    pub round: RoundId,
    /// Where its entry stands.
    pub index: Count,
    /// Its rule.
    pub rule: String,
    /// Rows on the ledger.
    pub rows: Count,
    /// `open`, `closed`, `settled` or `aborted`.
    pub status: String,
    /// How the settlement convinces: `proved`, `recomputed`, `asserted` (not at all); null without one.
    pub evidence: Option<String>,
    /// Money paid in, minor units; null without a settlement.
    pub paid: Option<Wide>,
    /// Money received, minor units.
    pub received: Option<Wide>,
    /// The operator's fee, minor units.
    pub fee: Option<Wide>,
    /// What stayed undistributed, minor units.
    pub dust: Option<Wide>,
    /// What a reader should know: operator faults, deadlines, contested entries, erasures.
    pub remarks: Vec<String>,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disagreement {
    /// Where.
    pub index: Count,
    /// What.
    pub code: Code,
    /// In words.
    pub found: String,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayReport {
    /// `replay/v1`.
    pub schema: String,
    /// The market's origin.
    pub market: String,
    /// Entries replayed.
    pub size: Count,
    /// Root hash of the tree of these entries.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    pub root: TreeHash,
    /// Entries by kind.
    pub entries: BTreeMap<String, Count>,
    /// Whether every entry, statement and proof is what it must be.
    pub agrees: bool,
    /// The first thing that is wrong; replay goes no further.
    pub disagreement: Option<Disagreement>,
    /// The rounds, in the order of the ledger.
    pub rounds: Vec<RoundReport>,
    /// Revoked keys whose entries are contested: member, key, from where on.
    pub contested: Vec<String>,
    /// What was erased on purpose: entry, blob, and what it was.
    pub erased: Vec<String>,
    /// What the report does not say.
    pub not_checked: Vec<String>,
}

impl ReplayReport {
    /// The only spelling.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_canonical(self)
    }
}

/// Where an auditor finds what is not on the ledger.
pub trait Evidence {
    /// The verifying key of this id, if the auditor has it.
    ///
    /// # Errors
    /// Where it is kept cannot be read.
    fn verifying_key(&self, id: CircuitKeyId) -> Result<Option<Vec<u8>>, LogError>;
    /// What opens this commitment, if somebody handed it to the auditor: with all openings of a round, an outcome that
    /// nothing proves is recomputed.
    fn opening(&self, _commitment: &Commitment) -> Option<Opening> {
        None
    }
}

impl<F: Fn(CircuitKeyId) -> Option<Vec<u8>>> Evidence for F {
    fn verifying_key(&self, id: CircuitKeyId) -> Result<Option<Vec<u8>>, LogError> {
        Ok(self(id))
    }
}

/// Replays a whole ledger. `progress` is told each index that was done.
///
/// # Errors
/// The storage; or entry 0 is not the one that the market's key names.
pub fn replay<S: Store>(
    log: &Log<S>,
    key: &MarketKey,
    evidence: &dyn Evidence,
    now: Option<UtcTime>,
    mut progress: impl FnMut(u64),
) -> Result<ReplayReport, ReplayError> {
    replay_from(log, TreeHead::EMPTY, key, evidence, now, |index, _| progress(index))
}

/// Replays a whole ledger of which the tree `done` was replayed before, with the same result: every entry is hashed
/// and judged again, but signatures and proofs of those entries are taken to be what they were.
///
/// `progress` is told each index that agrees, and the tree up to there, from which a later replay may go on.
///
/// # Errors
/// As [`replay`]; `log_forked` if the ledger does not go on from `done`.
pub fn replay_from<S: Store>(
    log: &Log<S>,
    done: TreeHead,
    key: &MarketKey,
    evidence: &dyn Evidence,
    now: Option<UtcTime>,
    mut progress: impl FnMut(u64, &RightEdge),
) -> Result<ReplayReport, ReplayError> {
    goes_on_from(log, done)?;
    let mut replay = Replay::open(log, key, evidence, done)?;
    // Keys that may have signed what comes next. Entries are prepared while those before them are still judged, so a
    // new key may be missing here: its signatures are then verified when they are judged.
    let keys = RwLock::new(BTreeMap::from(replay.market.own_keys()));
    // The first disagreement, or why there can be no report.
    let ended: OnceLock<Result<Disagreement, LogError>> = OnceLock::new();
    let prepare = |index: u64, id, entry: Entry| match (ended.get(), index < done.size) {
        (Some(_), _) => None,
        (None, true) => Some(Prepared::verified_before(id, entry)),
        (None, false) => {
            let keys = keys.read().unwrap_or_else(PoisonError::into_inner);
            Some(Prepared::of(id, entry, |id| keys.get(id).copied()))
        }
    };
    let tree = log.sweep(prepare, |index, prepared, edge| {
        let Some(prepared) = prepared.filter(|_| index > 0 && ended.get().is_none()) else { return };
        let new_key = prepared.new_key();
        match replay.step(index, prepared) {
            Ok(()) => {
                let mut known = keys.write().unwrap_or_else(PoisonError::into_inner);
                known.extend(new_key.map(|key| (key.id(), key)));
                progress(index, edge);
            }
            // Nothing is judged after the first.
            Err(error) => drop(ended.set(error.disagreement(index))),
        }
    })?;
    let disagreement = ended.into_inner().transpose()?;
    Ok(replay.finish(tree, disagreement, now))
}

/// The ledger is a continuation of the tree that was replayed before.
fn goes_on_from<S: Store>(log: &Log<S>, done: TreeHead) -> Result<(), ReplayError> {
    let forked = |why: String| {
        let found =
            format!("the tree that was replayed before, {done}, is no beginning of this ledger: {why}");
        ReplayError::Market(Code::LogForked.because(found))
    };
    let tree = log.head();
    if done.size > tree.size {
        return Err(forked(format!("it has {} entries", tree.size)));
    }
    let proof = log.prove_consistency(done.size, tree.size)?;
    proof.verify(done, tree).map_err(|error| forked(error.to_string()))
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The ledger could not be read, or is not the tree that its head says.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Not the market of this key.
    #[error(transparent)]
    Market(#[from] Reject),
}

impl ReplayError {
    /// What it says of the entry at this index. A store that fails or is damaged says nothing of any entry.
    fn disagreement(self, index: u64) -> Result<Disagreement, LogError> {
        match self {
            Self::Log(error) => Err(error),
            Self::Market(reject) => {
                let code = if reject.code.is_refusal() { Code::LogInvalid } else { reject.code };
                Ok(Disagreement { index: Count(index), code, found: reject.found })
            }
        }
    }
}

struct Replay<'a, S> {
    log: &'a Log<S>,
    key: &'a MarketKey,
    evidence: &'a dyn Evidence,
    /// What was replayed before: its proofs were verified then.
    done: TreeHead,
    market: Market,
    counts: BTreeMap<String, Count>,
    settled: BTreeMap<RoundId, SettledMoney>,
    sightings: Sightings,
}

struct SettledMoney {
    evidence: rule::Evidence,
    /// Whether openings that the auditor has gave the same outcome.
    recomputed: bool,
    paid: Option<Wide>,
    received: Option<Wide>,
    fee: Wide,
    dust: Wide,
}

impl<'a, S: Store> Replay<'a, S> {
    fn open(
        log: &'a Log<S>,
        key: &'a MarketKey,
        evidence: &'a dyn Evidence,
        done: TreeHead,
    ) -> Result<Self, ReplayError> {
        if log.size() == 0 {
            return Err(Code::LogInvalid.because("the ledger is empty").into());
        }
        let entry0 = log.entry(0)?;
        if entry0.leaf_hash() != key.entry0 {
            return Err(Code::MarketMismatch
                .because("entry 0 is not the one that the market's key names")
                .into());
        }
        let market = Market::open(&entry0)?;
        if *market.log_key() != key.log {
            return Err(Code::MarketMismatch.because("entry 0 names another log key").into());
        }
        let counts = [(Kind::Market.word().to_owned(), Count(1))].into();
        let sightings = Sightings::of(log, key)?;
        Ok(Self { log, key, evidence, done, market, counts, settled: BTreeMap::new(), sightings })
    }

    fn step(&mut self, index: u64, prepared: Prepared) -> Result<(), ReplayError> {
        let (kind, settlement) = (prepared.kind(), prepared.settlement());
        self.market.apply_prepared(index, prepared)?;
        self.counts.entry(kind.map_or("", Kind::word).to_owned()).or_default().0 += 1;
        match settlement {
            Some(settlement) => self.check_settlement(index, &settlement),
            None => Ok(()),
        }
    }

    /// Reads statement, note and key that a settlement names, and checks them as a member would.
    fn check_settlement(&mut self, index: u64, settlement: &Settlement) -> Result<(), ReplayError> {
        let round = round_of(&self.market, settlement.round)?;
        let close_tree = self.close_tree(round, settlement)?;
        let statement = kept::statement::<S, ReplayError>(self.log, settlement)?;
        check_statement(&self.market, round, settlement, &statement, close_tree)?;
        if index >= self.done.size {
            let key = settlement.circuit_key.map(|id| self.evidence.verifying_key(id)).transpose()?;
            check_proof(round, settlement, &statement, key.flatten().as_deref())?;
        }
        let checked = check_money(round, &statement)?;
        // Their members can get them.
        kept::sealed_results::<S, ReplayError>(self.log, &statement)?;
        let recomputed = self.recompute(round, &statement)?;
        let money = &checked.money;
        let settled = SettledMoney {
            evidence: round.evidence()?,
            recomputed,
            paid: money.paid().map(Wide),
            received: money.received().map(Wide),
            fee: money.fee,
            dust: money.dust,
        };
        self.market.record_settlement(settlement.round, checked.proceeds)?;
        self.settled.insert(settlement.round, settled);
        Ok(())
    }

    /// Recomputes an outcome that the operator asserts, if the auditor has the opening of every row.
    fn recompute(&self, round: &Round, statement: &Statement) -> Result<bool, Reject> {
        if round.evidence()? != rule::Evidence::Asserted {
            return Ok(false);
        }
        let rows = round.rows_in_order().into_iter();
        let openings = rows.map(|row| self.evidence.opening(row.commitment.as_ref()?));
        let Some(openings) = openings.collect::<Option<Vec<Opening>>>() else { return Ok(false) };
        let outcome = round.rule()?.publish(outcome_of(round, &openings)?, round.entry.disclosure);
        if outcome == statement.outcome {
            return Ok(true);
        }
        Err(Code::PaymentMismatch.because("the outcome is not what the rule gives for the opened rows"))
    }

    /// The signed note over the tree that ends with the close.
    fn close_tree(&self, round: &Round, settlement: &Settlement) -> Result<TreeHead, ReplayError> {
        let closed = round.closed().ok_or_else(|| Code::RoundOpen.because("settled before the close"))?;
        let size = closed.index + 1;
        let missing =
            || Code::CheckpointMalformed.because(format!("no signed checkpoint of {size} entries is kept"));
        let note = self.log.store().checkpoint(size).map_err(LogError::from)?.ok_or_else(missing)?;
        if crate::bundle::note_digest(&note) != settlement.close_checkpoint {
            return Err(Code::StatementMismatch
                .because("the settlement names another closing checkpoint")
                .into());
        }
        let note = SignedCheckpoint::parse(&note).map_err(Reject::from)?;
        let tree = self.key.verify(&note).map_err(Reject::from)?;
        if tree != self.log.head_at(size)? {
            return Err(Code::LogForked
                .because(format!("the log has signed another tree of {size} entries"))
                .into());
        }
        Ok(tree)
    }

    fn finish(
        self,
        tree: TreeHead,
        disagreement: Option<Disagreement>,
        now: Option<UtcTime>,
    ) -> ReplayReport {
        let rounds = self.market.rounds().into_iter().map(|round| self.report(round, now)).collect();
        let disagreement = disagreement.or_else(|| self.untimely());
        let contested = self.market.revocations().map(|(member, key, revocation)| {
            let (from, to) = (revocation.from_index, revocation.index);
            format!("member {member}: key {key}, entries {from} to {to}")
        });
        let erased = self.market.erasures().into_iter();
        let erased = erased.map(|(index, blob, what)| format!("entry {index}: {what} ({blob})"));
        let mut not_checked =
            vec!["whether the operator looked at bids before a close, or bid itself".to_owned()];
        if now.is_none() && self.key.policy.is_none() {
            not_checked.push("deadlines (`--now`)".to_owned());
        }
        ReplayReport {
            schema: "replay/v1".into(),
            market: self.market.entry().market.as_str().to_owned(),
            size: Count(tree.size),
            root: tree.root,
            entries: self.counts.clone(),
            agrees: disagreement.is_none(),
            disagreement,
            rounds,
            contested: contested.collect(),
            erased: erased.collect(),
            not_checked,
        }
    }

    /// The first entry that stands where it should by its round, but not when.
    fn untimely(&self) -> Option<Disagreement> {
        if self.key.policy.is_none() {
            return None;
        }
        let judged = self.market.rounds().into_iter().filter_map(|round| self.sightings.judge(round));
        let (index, reject) = judged.min_by_key(|(index, _)| *index)?;
        Some(Disagreement { index: Count(index), code: reject.code, found: reject.found })
    }

    /// What witnesses' times, or the auditor's, say about a round's deadlines.
    fn deadlines(&self, round: &Round, now: Option<UtcTime>) -> Vec<String> {
        let (close_at, abort_at) = (round.entry.close_at, round.entry.abort_at);
        let mut remarks = Vec::new();
        let judged = (!self.key.policy.is_none()).then(|| self.sightings.judge(round)).flatten();
        remarks.extend(judged.map(|(_, reject)| format!("{}: {}", reject.code, reject.found)));
        let unfinished = matches!(round.status, Status::Open | Status::Closed(_));
        if now.is_some_and(|now| now.unix_seconds() > abort_at.unix_seconds()) && unfinished {
            remarks.push(format!("deadline_missed: neither settled nor aborted by {abort_at}"));
        } else if let Some(size) = self.sightings.stalled(round) {
            remarks.push(format!(
                "deadline_missed: neither settled nor aborted by {abort_at}, when witnesses saw {size} entries"
            ));
        }
        if let (Some(now), Some(closed)) = (now, round.closed())
            && now.unix_seconds() < close_at.unix_seconds()
        {
            remarks.push(format!("closed_early: closed at entry {}, before {close_at}", closed.index));
        }
        remarks
    }

    fn report(&self, round: &Round, now: Option<UtcTime>) -> RoundReport {
        let settled = self.settled.get(&round.id);
        let mut remarks = Vec::new();
        let status = match &round.status {
            Status::Open => "open",
            Status::Closed(_) => "closed",
            Status::Settled(..) => "settled",
            Status::Aborted(_, aborted) => {
                let code = aborted.entry.code.as_str();
                remarks.push(match aborted.cause {
                    AbortCause::OperatorFault => {
                        format!("operator fault: aborted with `{code}` without excuse")
                    }
                    AbortCause::RuleRefuses => format!("aborted: the rule refuses with `{code}`"),
                    AbortCause::BeforeFirstRow => "aborted before the first row".to_owned(),
                });
                "aborted"
            }
        };
        match settled.map(|settled| (settled.evidence, settled.recomputed)) {
            Some((rule::Evidence::Asserted, false)) => {
                remarks.push("the operator asserts this outcome; nothing proves it".to_owned());
            }
            Some((_, true)) => remarks.push("asserted; the openings that you have give the same".to_owned()),
            _ => {}
        }
        remarks.extend(self.deadlines(round, now));
        let contested = round.rows.iter().filter(|row| self.market.is_contested(row.index, &row.signers));
        remarks.extend(contested.map(|row| format!("entry {} is contested: its key was revoked", row.index)));
        RoundReport {
            round: round.id,
            index: Count(round.index),
            rule: round.entry.rule.as_str().to_owned(),
            rows: Count(round.rows.len() as u64),
            status: status.to_owned(),
            evidence: settled.map(|s| s.evidence.word().to_owned()),
            paid: settled.and_then(|s| s.paid),
            received: settled.and_then(|s| s.received),
            fee: settled.map(|s| s.fee),
            dust: settled.map(|s| s.dust),
            remarks,
        }
    }
}
