//! Deadlines, judged by the times of the policy's witnesses and by nothing else.
//!
//! A cosignature says what was the largest tree that a witness had seen, and when. So a round was open until `close_at`
//! if a quorum cosigned a tree without its close at `close_at` or later; and it was settled in time if a quorum cosigned
//! a tree with its settlement by `abort_at`. The operator's own clock decides nothing. Source: formats.md section 6.

use crate::bundle::Bundle;
use crate::entry::{RoundId, UtcTime};
use crate::market::{Round, Status};
use crate::reject::{Code, Reject};
use quittance_ledger::{
    ConsistencyProof, Log, LogError, MarketKey, SignedCheckpoint, Store, TreeHead, Witnessed,
};

/// A cosigned tree: its size, and when a quorum vouched for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// Entries of the tree.
    size: u64,
    /// By when a quorum had cosigned it, in POSIX seconds.
    by: u64,
    /// Since when a quorum cosigned it: that late it was the largest tree that they had seen.
    since: u64,
}

impl Sighting {
    /// What a note says, if it has a quorum of witnesses.
    pub(crate) fn of(note: &Witnessed<'_>) -> Option<Self> {
        Some(Self { size: note.head().size, by: note.quorum_by()?, since: note.quorum_since()? })
    }

    fn is_since(&self, time: UtcTime) -> bool {
        i64::try_from(self.since).is_ok_and(|since| since >= time.unix_seconds())
    }

    fn is_after(&self, time: UtcTime) -> bool {
        i64::try_from(self.since).is_ok_and(|since| since > time.unix_seconds())
    }

    fn is_by(&self, time: UtcTime) -> bool {
        i64::try_from(self.by).is_ok_and(|by| by <= time.unix_seconds())
    }

    /// Whether a round was open at `close_at` by this tree, which must be without its close.
    pub(crate) fn shows_open(&self, close: u64, close_at: UtcTime) -> bool {
        self.size <= close && self.is_since(close_at)
    }

    /// Whether a settlement was there by `abort_at`.
    pub(crate) fn shows_settled(&self, settlement: u64, abort_at: UtcTime) -> bool {
        self.size > settlement && self.is_by(abort_at)
    }
}

/// A note of a log, as its market's witnesses have cosigned it. None if it has no quorum of them, or is no note of this
/// log.
///
/// # Errors
/// The storage.
fn sighting<S: Store>(log: &Log<S>, key: &MarketKey, note: &[u8]) -> Result<Option<Sighting>, LogError> {
    let Ok(note) = SignedCheckpoint::parse(note) else { return Ok(None) };
    // Most notes have the log's line alone, and need no look at their signature.
    if note.lines().len() < 2 {
        return Ok(None);
    }
    let Ok(witnessed) = key.witnessed(&note) else { return Ok(None) };
    let head = witnessed.head();
    if head.size > log.size() || log.head_at(head.size)? != head {
        return Ok(None);
    }
    Ok(Sighting::of(&witnessed))
}

/// The name under which a store keeps a round's cosigned note from before its close.
pub(crate) fn before_close_name(round: RoundId) -> String {
    format!("before-close/{round}")
}

/// The cosigned note that was kept for a round before its close.
///
/// # Errors
/// The storage.
pub(crate) fn before_close<S: Store>(
    log: &Log<S>,
    round: RoundId,
) -> Result<Option<SignedCheckpoint>, LogError> {
    let kept = log.store().meta(&before_close_name(round))?;
    Ok(kept.map(|note| SignedCheckpoint::parse(&note)).transpose()?)
}

/// Every cosigned tree that a ledger keeps notes of.
pub(crate) struct Sightings {
    kept: Vec<Sighting>,
}

impl Sightings {
    /// Those of a ledger; none without a witness policy.
    ///
    /// # Errors
    /// The storage.
    pub(crate) fn of<S: Store>(log: &Log<S>, key: &MarketKey) -> Result<Self, LogError> {
        let mut kept = Vec::new();
        if key.policy.is_none() {
            return Ok(Self { kept });
        }
        for size in log.store().checkpoint_sizes()? {
            if let Some(note) = log.store().checkpoint(size)? {
                kept.extend(sighting(log, key, &note)?);
            }
        }
        for name in log.store().meta_names()? {
            if name.starts_with("before-close/") {
                let note = log.store().meta(&name)?.unwrap_or_default();
                kept.extend(sighting(log, key, &note)?);
            }
        }
        Ok(Self { kept })
    }

    /// What is wrong with a round's times, and at which entry.
    pub(crate) fn judge(&self, round: &Round) -> Option<(u64, Reject)> {
        let entry = &round.entry;
        if let Some(closed) = round.closed()
            && !self.kept.iter().any(|sighting| sighting.shows_open(closed.index, entry.close_at))
        {
            return Some((closed.index, closed_early(entry.close_at)));
        }
        let settled = round.settled()?;
        let in_time = self.kept.iter().any(|sighting| sighting.shows_settled(settled.index, entry.abort_at));
        (!in_time).then(|| (settled.index, deadline_missed(entry.abort_at)))
    }

    /// Whether witnesses saw a ledger on which the round had neither settlement nor abort, after `abort_at`; the size
    /// of that ledger.
    pub(crate) fn stalled(&self, round: &Round) -> Option<u64> {
        let abort_at = round.entry.abort_at;
        let end = match &round.status {
            Status::Open | Status::Closed(_) => u64::MAX,
            Status::Settled(_, settled) => settled.index,
            Status::Aborted(_, aborted) => aborted.index,
        };
        let late = self.kept.iter().filter(|sighting| sighting.is_after(abort_at)).map(|seen| seen.size);
        late.filter(|size| (round.index + 1..=end).contains(size)).max()
    }
}

fn closed_early(close_at: UtcTime) -> Reject {
    Code::ClosedEarly
        .because(format!("no quorum of witnesses saw the ledger without the close at {close_at} or later"))
}

fn deadline_missed(abort_at: UtcTime) -> Reject {
    Code::DeadlineMissed.because(format!("no quorum of witnesses saw the settlement by {abort_at}"))
}

/// What a bundle shows of a round's deadlines, in words. `tree` is the bundle's, `close` and `settlement` are where the
/// round's stand.
///
/// # Errors
/// `closed_early`, `deadline_missed`, or a note that must not be believed.
pub(crate) fn check_bundle(
    bundle: &Bundle,
    key: &MarketKey,
    tree: TreeHead,
    round: &Round,
) -> Result<String, Reject> {
    let (close_at, abort_at) = (round.entry.close_at, round.entry.abort_at);
    let ended = round.closed().zip(round.settled());
    let (closed, settled) = ended.ok_or_else(|| Code::RangeInvalid.because("the round is not settled"))?;
    if key.policy.is_none() {
        return Err(Code::RangeInvalid.because("`before_close`, where the market has no witnesses"));
    }
    let before = bundle.before_close.as_ref().ok_or_else(|| closed_early(close_at))?;
    let note = SignedCheckpoint::parse(before.note.as_bytes())?;
    let witnessed = key.witnessed(&note)?;
    ConsistencyProof(before.proof.clone()).verify(witnessed.head(), tree)?;
    let open = Sighting::of(&witnessed).filter(|sighting| sighting.shows_open(closed.index, close_at));
    open.ok_or_else(|| closed_early(close_at))?;
    let note = SignedCheckpoint::parse(bundle.checkpoint.as_bytes())?;
    let witnessed = key.witnessed(&note)?;
    let done = Sighting::of(&witnessed).filter(|sighting| sighting.shows_settled(settled.index, abort_at));
    done.ok_or_else(|| deadline_missed(abort_at))?;
    Ok(format!("open until {close_at}, settled by {abort_at}, as a quorum of witnesses saw"))
}
