//! What an operator does with witnesses: which notes want cosignatures, and which steps wait for them.

use super::{Operator, OperatorError};
use crate::deadline::{Sighting, before_close_name};
use crate::entry::RoundId;
use crate::market::{Round, Status};
use crate::reject::{Code, Reject};
use crate::settle::round_of;
use quittance_ledger::checkpoint::SignatureLine;
use quittance_ledger::{Anchor, LogError, SignedCheckpoint, Store, WitnessPolicy};

impl<S: Store, A: Anchor> Operator<S, A> {
    /// The policy that rounds wait for: that of entry 0, or the one that members check, if another was given.
    #[must_use]
    pub fn policy(&self) -> &WitnessPolicy {
        &self.policy
    }

    /// Waits for this policy instead of entry 0's: the one of the `market.vkey` that members have rules over it.
    pub fn require(&mut self, policy: WitnessPolicy) {
        self.policy = policy;
    }

    /// The sizes of the signed checkpoints that still want a quorum, ascending: of rounds that are closed and not
    /// settled, and of settlements. A witness that has cosigned a larger tree cosigns none of these any more, so they
    /// are asked for in this order.
    ///
    /// # Errors
    /// The ledger.
    pub fn uncosigned(&self) -> Result<Vec<u64>, OperatorError> {
        let mut wanted = Vec::new();
        if self.policy.is_none() {
            return Ok(wanted);
        }
        let key = self.market_key();
        let reader = self.reader(&key);
        for round in self.market.rounds() {
            match &round.status {
                Status::Closed(closed) => wanted.push(closed.index + 1),
                Status::Settled(_, settled) if reader.cosigned_after(settled.index)?.is_none() => {
                    wanted.push(settled.index + 1);
                }
                _ => {}
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut lacking = Vec::new();
        for size in wanted {
            let note = match self.log.checkpoint(size)? {
                Some(note) => note,
                None if size == self.log.size() => self.checkpoint()?,
                None => continue,
            };
            if key.verify(&note).is_err() {
                lacking.push(size);
            }
        }
        Ok(lacking)
    }

    /// Adds cosignatures to the kept note of a size. A note that a settlement names stays as it is.
    ///
    /// # Errors
    /// A line does not verify; the ledger.
    pub fn add_cosignatures(
        &self,
        size: u64,
        lines: impl IntoIterator<Item = SignatureLine>,
    ) -> Result<SignedCheckpoint, OperatorError> {
        let named = |round: &&Round| round.closed().is_some_and(|closed| closed.index + 1 == size);
        let frozen = self.market.rounds().into_iter().find(|round| named(round) && round.settled().is_some());
        if let (Some(_), Some(note)) = (frozen, self.log.checkpoint(size)?) {
            return Ok(note);
        }
        Ok(self.log.add_cosignatures(size, &self.policy, lines)?)
    }

    /// Keeps cosignatures on the ledger as it stands, which is without the close of a round: that the round was open at
    /// its `close_at`. They make a note of their own: the kept note of this size has each witness's first cosignature.
    ///
    /// # Errors
    /// `closed_early`: they are no quorum, or not that late; a line does not verify; the ledger.
    pub fn keep_before_close(
        &self,
        round: RoundId,
        lines: impl IntoIterator<Item = SignatureLine>,
    ) -> Result<(), OperatorError> {
        let bare = self.log_key.sign(self.checkpoint()?.head());
        let note = bare.with_cosignatures(&self.policy, lines).map_err(Reject::from)?;
        let key = self.market_key();
        let witnessed = key.witnessed(&note).map_err(Reject::from)?;
        let entry = &round_of(&self.market, round)?.entry;
        let shown = Sighting::of(&witnessed).filter(|seen| seen.shows_open(self.log.size(), entry.close_at));
        if shown.is_none() {
            return Err(too_early(round, &entry.close_at.to_string()).into());
        }
        let name = before_close_name(round);
        Ok(self.log.store().put_meta(&name, &note.to_bytes()).map_err(LogError::from)?)
    }

    /// A closed round that cannot be settled yet, because its closing checkpoint has no quorum. While there is one, no
    /// larger tree should be shown to witnesses.
    ///
    /// # Errors
    /// The ledger.
    pub fn waits_for_quorum(&self) -> Result<Option<RoundId>, OperatorError> {
        for round in self.market.rounds() {
            if matches!(round.status, Status::Closed(_))
                && let Err(OperatorError::Refused(_)) = self.check_close_quorum(round.id)
            {
                return Ok(Some(round.id));
            }
        }
        Ok(None)
    }

    /// Whether a round may be closed: always without a policy, else once it was seen open at its `close_at`.
    ///
    /// # Errors
    /// `closed_early`; the ledger.
    pub fn check_may_close(&self, round: RoundId) -> Result<(), OperatorError> {
        let known = round_of(&self.market, round)?;
        if self.policy.is_none() || self.reader(&self.market_key()).before_close(known)?.is_some() {
            return Ok(());
        }
        let close_at = known.entry.close_at;
        Err(too_early(round, &close_at.to_string()).into())
    }

    /// The closing checkpoint of a round has its quorum: that the bids came first is vouched for before anything is
    /// settled.
    pub(super) fn check_close_quorum(&self, round: RoundId) -> Result<(), OperatorError> {
        let note = self.close_checkpoint(round)?;
        self.market_key().verify(&note).map_err(Reject::from)?;
        Ok(())
    }
}

fn too_early(round: RoundId, close_at: &str) -> Reject {
    Code::ClosedEarly.because(format!(
        "no quorum of witnesses has seen round {round} open at {close_at} or later: it cannot be closed yet"
    ))
}
