//! What a ledger gives to whoever reads it, its operator or somebody with a copy: bundles, and the notes in them.

use super::{OperatorError, stored_verifying_key};
use crate::bundle::{Bundle, BundleError, Ingredients};
use crate::deadline::{Sighting, before_close};
use crate::entry::RoundId;
use crate::history::needed;
use crate::kept;
use crate::market::{Market, Round, Status};
use crate::reject::Code;
use crate::settle::round_of;
use quittance_ledger::{Log, LogError, MarketKey, SignedCheckpoint, Store};

/// A ledger, the market folded from it, and the key that its members have.
#[derive(Debug)]
pub struct Reader<'a, S> {
    /// The log.
    pub log: &'a Log<S>,
    /// The market that its entries make.
    pub market: &'a Market,
    /// The market's key, with the policy that readers check.
    pub key: &'a MarketKey,
}

impl<S: Store> Reader<'_, S> {
    /// The bundle of a settled round: under the `newest` signed checkpoint, or with a policy under the first one that
    /// holds the settlement and has its quorum, which says when the settlement was there.
    ///
    /// # Errors
    /// `round_unknown`; the round is not settled; `quorum_missing`; the ledger, or what `newest` says.
    pub fn bundle<E: From<OperatorError>>(
        &self,
        round: RoundId,
        newest: impl FnOnce() -> Result<SignedCheckpoint, E>,
    ) -> Result<Bundle, E> {
        let known = round_of(self.market, round).map_err(OperatorError::from)?;
        let (settlement, ingredients) = self.ingredients(known)?;
        let checkpoint = if self.key.policy.is_none() {
            newest()?
        } else {
            let missing = || {
                let found = format!("no checkpoint with the settlement of round {round} has its quorum yet");
                OperatorError::Refused(Code::QuorumMissing.because(found))
            };
            self.cosigned_after(settlement)?.ok_or_else(missing)?
        };
        Ok(Bundle::gather(self.log, &checkpoint, ingredients).map_err(OperatorError::from)?)
    }

    /// Where the settlement stands, and what a bundle of it is made from.
    fn ingredients(&self, round: &Round) -> Result<(u64, Ingredients), OperatorError> {
        let Status::Settled(closed, settled) = &round.status else {
            return Err(Code::RoundOpen.because(format!("round {} is not settled", round.id)).into());
        };
        let verifying_key = match settled.entry.circuit_key {
            Some(id) => stored_verifying_key(self.log, id)?,
            None => None,
        };
        let size = closed.index + 1;
        let close_note = self.log.checkpoint(size)?.ok_or(BundleError::NoCheckpoint(size))?;
        let statement = kept::statement::<S, OperatorError>(self.log, &settled.entry)?;
        let ingredients = Ingredients {
            needed: needed(self.market, round),
            round: round.index,
            close: closed.index,
            settlement: settled.index,
            close_note: close_note.to_bytes(),
            before_close: self.before_close(round)?.map(|note| note.to_bytes()),
            sealed_results: kept::sealed_results::<S, OperatorError>(self.log, &statement)?,
            statement,
            verifying_key,
        };
        Ok((settled.index, ingredients))
    }

    /// The note that shows that a round was open at its `close_at`.
    pub(super) fn before_close(&self, round: &Round) -> Result<Option<SignedCheckpoint>, OperatorError> {
        let close = round.closed().map_or(self.log.size(), |closed| closed.index);
        let Some(note) = before_close(self.log, round.id)? else { return Ok(None) };
        let seen = self.key.witnessed(&note).ok().and_then(|witnessed| Sighting::of(&witnessed));
        let shown = seen.is_some_and(|seen| seen.shows_open(close, round.entry.close_at));
        Ok(shown.then_some(note))
    }

    /// The first kept note that has the settlement at this index and a quorum.
    pub(super) fn cosigned_after(&self, settlement: u64) -> Result<Option<SignedCheckpoint>, OperatorError> {
        let sizes = self.log.store().checkpoint_sizes().map_err(LogError::from)?;
        for size in sizes.into_iter().filter(|size| *size > settlement) {
            // Most notes have the log's line alone.
            let note = self.log.checkpoint(size)?.filter(|note| note.lines().len() > 1);
            if let Some(note) = note.filter(|note| self.key.verify(note).is_ok()) {
                return Ok(Some(note));
            }
        }
        Ok(None)
    }
}
