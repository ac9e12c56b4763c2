//! `verify --history`: whether a file's checkpoint and those that this person has seen are of one history.

use super::form::Form;
use crate::cmd::ledger::watch::{Followed, Source, follow};
use crate::error::CliError;
use crate::page::Page;
use crate::remembered::Remembered;
use crate::shell::Shell;
use quittance_engine::Code;
use quittance_engine::bundle::Bundle;
use quittance_engine::dispute::fork::ForkEvidence;
use quittance_engine::dispute::history::{History, Prefix, compare, range_in_bundle};
use quittance_engine::verdict::{Check, State, Verdict};
use quittance_ledger::{KnownRange, MarketKey, Receipt, SignedCheckpoint};
use std::path::PathBuf;

/// How the line starts that says what a verdict leaves open.
const LEFT_OPEN: &str = "history before this checkpoint";

/// What to compare with: what was seen, and a source that proves more.
pub struct Past {
    remembered: Remembered,
    source: Option<Source>,
    /// The source itself is of another history than what was seen.
    forked: Option<Box<ForkEvidence>>,
}

impl Past {
    /// What was seen of the key's log, after a look at the source.
    ///
    /// # Errors
    /// The source, or what was remembered, is damaged.
    pub fn of(shell: &Shell, key: &MarketKey, source: Option<&PathBuf>) -> Result<Self, CliError> {
        let mut remembered = Remembered::of(key)?;
        let source = source.map(|path| Source::open(path)).transpose()?;
        let forked = match &source {
            Some(source) => match follow(shell, key, source, &mut remembered)? {
                Followed::Forked(fork) => Some(fork),
                _ => None,
            },
            None => None,
        };
        Ok(Self { remembered, source, forked })
    }

    /// The verdict on a file with the check `history`.
    ///
    /// # Errors
    /// The system, where checkpoint or evidence is to be kept.
    pub fn judge(
        &mut self,
        shell: &Shell,
        key: &MarketKey,
        bytes: &[u8],
        mut verdict: Verdict,
    ) -> Result<Verdict, CliError> {
        let Some((note, bundle)) = checkpoint_of(bytes) else { return Ok(verdict) };
        if let Some(fork) = &self.forked {
            return self.fail(shell, key, fork, verdict);
        }
        let range = bundle.and_then(|bundle| range_in_bundle(&bundle, note.head()));
        let mut compared = Vec::new();
        for seen in self.remembered.notes() {
            let prefix = self.prefix(seen, &note, range.as_ref())?;
            match compare(seen, &note, |_| prefix, key) {
                Ok(History::Forked(fork)) => return self.fail(shell, key, &fork, verdict),
                Ok(history) => compared.push((seen.head().size, history)),
                // Not the log's checkpoint, which another check has said; or a proof that somebody damaged.
                Err(_) => compared.push((seen.head().size, History::Unproved)),
            }
        }
        let open = compared.iter().rev().find(|(_, history)| *history == History::Unproved);
        let last = self.remembered.last().map(|seen| seen.head().size);
        let size = note.head().size;
        let (state, said) = match (open, last) {
            (_, None) => {
                (State::NotMade, "nothing was seen before; this checkpoint is remembered".to_owned())
            }
            (None, Some(last)) if last == size => {
                (State::Passed, format!("you saw these {size} entries before"))
            }
            (None, Some(last)) => (
                State::Passed,
                format!("the {last} entries that you saw before and these {size} are one history"),
            ),
            (Some((seen, _)), _) if *seen > size => (
                State::NotMade,
                format!(
                    "older than the {seen} entries that you saw before; not compared (`--history=SOURCE`)"
                ),
            ),
            (Some((seen, _)), _) => (
                State::NotMade,
                format!(
                    "not checked: nothing shows that these {size} entries begin with the {seen} that you saw before (`--history=SOURCE`)"
                ),
            ),
        };
        if verdict.verified && open.is_none() {
            self.remembered.keep(shell, &note, key)?;
        }
        if state == State::Passed {
            verdict.not_checked.retain(|what| !what.starts_with(LEFT_OPEN));
        }
        let said = if verdict.verified || last.is_some() { said } else { "nothing was seen before".into() };
        verdict.checks.push(Check { name: "history".into(), state, compared: said });
        Ok(verdict)
    }

    /// What is known of how the larger of two trees began.
    fn prefix(
        &self,
        seen: &SignedCheckpoint,
        note: &SignedCheckpoint,
        range: Option<&KnownRange>,
    ) -> Result<Option<Prefix>, CliError> {
        let (before, now) = (seen.head(), note.head());
        if before.size <= now.size {
            let shown = range.and_then(|range| range.prove_prefix(before.size));
            if shown.is_some() {
                return Ok(shown);
            }
        }
        let (smaller, larger) = if before.size <= now.size { (before, now) } else { (now, before) };
        match &self.source {
            Some(source) if source.checkpoint().head() == larger => source.prefix(smaller.size),
            _ => Ok(None),
        }
    }

    /// The verdict with the check failed, and the evidence kept.
    fn fail(
        &self,
        shell: &Shell,
        key: &MarketKey,
        fork: &ForkEvidence,
        mut verdict: Verdict,
    ) -> Result<Verdict, CliError> {
        let made = fork.made(key).map_err(|error| CliError::refused(&error.0))?;
        let path = self.remembered.put_evidence(shell, &made.file)?.display().to_string();
        let found = made.verdict.checks.last().map(|check| check.compared.clone()).unwrap_or_default();
        verdict.checks.push(Check { name: "history".into(), state: State::Failed, compared: found });
        if verdict.verified {
            verdict.verified = false;
            verdict.code = Some(Code::LogForked);
        }
        verdict.hint = Some(format!("the evidence is in {path}: anybody checks it with `quittance verify`"));
        Ok(verdict)
    }
}

/// The checkpoint of a file, and the bundle if it is one; none of files that have none, or are not of their form.
fn checkpoint_of(bytes: &[u8]) -> Option<(SignedCheckpoint, Option<Bundle>)> {
    match Form::of(bytes)? {
        Form::Bundle => {
            let bundle = Bundle::parse(bytes).ok()?;
            Some((SignedCheckpoint::parse(bundle.checkpoint.as_bytes()).ok()?, Some(bundle)))
        }
        Form::Page => checkpoint_of(&Page::parse(bytes).ok()?.bundle),
        Form::Receipt => Some((Receipt::parse(bytes).ok()?.checkpoint, None)),
        Form::Checkpoint => Some((SignedCheckpoint::parse(bytes).ok()?, None)),
        Form::Evidence(_) | Form::Signed => None,
    }
}
