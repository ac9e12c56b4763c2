//! Asking a market's witnesses: what an operator does before a round is closed, settled and published.

use crate::cmd::demo::failed;
use crate::error::CliError;
use crate::http;
use crate::market_dir::{MarketDir, Working};
use crate::shell::Shell;
use quittance_engine::Code;
use quittance_engine::entry::RoundId;
use quittance_ledger::SignedCheckpoint;
use quittance_ledger::checkpoint::SignatureLine;
use quittance_ledger::witness::ask;

/// The path below a witness's URL.
pub const PATH: &str = "/add-checkpoint";

/// Asks every witness of the policy to cosign a note of the ledger; warns of those that do not.
fn cosignatures(
    shell: &Shell,
    dir: &MarketDir,
    operator: &Working,
    note: &SignedCheckpoint,
) -> Vec<SignatureLine> {
    let witnesses = operator.policy().witnesses();
    let progress = shell.progress("asking witnesses", Some(witnesses.len() as u64));
    let mut lines = Vec::new();
    for witness in witnesses {
        let answer = match dir.witness_url(witness) {
            Some(url) => ask(operator.log(), &witness.key, note, |body| http::post(url, PATH, body))
                .map_err(|error| error.to_string()),
            None => Err("neither the policy nor market.toml says where it is asked".into()),
        };
        match answer {
            Ok((line, _)) => lines.push(line),
            Err(why) => shell.warn(&format!("witness {} does not cosign: {why}", witness.name)),
        }
        progress.advance(1);
    }
    lines
}

/// Collects what closing checkpoints and settlements still lack, the smallest tree first.
///
/// # Errors
/// The ledger.
pub fn collect(shell: &Shell, dir: &MarketDir, operator: &Working) -> Result<(), CliError> {
    for size in operator.uncosigned().map_err(|error| failed(&error))? {
        if let Some(note) = operator.log().checkpoint(size).map_err(|error| failed(&error.into()))? {
            let lines = cosignatures(shell, dir, operator, &note);
            operator.add_cosignatures(size, lines).map_err(|error| failed(&error))?;
        }
    }
    Ok(())
}

/// Refuses to go on while a closing checkpoint lacks its quorum: a witness that sees a larger tree will not cosign it
/// any more.
///
/// # Errors
/// `quorum_missing`.
pub fn check_quorum(operator: &Working) -> Result<(), CliError> {
    let waits = operator.waits_for_quorum().map_err(|error| failed(&error))?;
    let Some(round) = waits else { return Ok(()) };
    let what = format!("the closing checkpoint of round {round} has no quorum of witnesses yet");
    Err(CliError::refused(&Code::QuorumMissing.because(what))
        .hint("repeat the command when more witnesses answer; until then the round cannot be settled"))
}

/// Lets witnesses see an open round as it stands, before it is closed.
///
/// # Errors
/// `closed_early`: no quorum saw it at its `close_at` or later; `quorum_missing` of another round; the ledger.
pub fn see_open(shell: &Shell, dir: &MarketDir, operator: &Working, round: RoundId) -> Result<(), CliError> {
    // Without a policy; or the command was killed after this step.
    if operator.check_may_close(round).is_ok() {
        return Ok(());
    }
    collect(shell, dir, operator)?;
    check_quorum(operator)?;
    let note = operator.checkpoint().map_err(|error| failed(&error))?;
    let lines = cosignatures(shell, dir, operator, &note);
    operator.keep_before_close(round, lines).map_err(|error| match failed(&error) {
        early if early.code == Code::ClosedEarly.word() => {
            early.hint("repeat the command after the round's `close_at`, when enough witnesses answer")
        }
        other => other,
    })
}

/// Signs the ledger as it stands and collects cosignatures on it, after those that come first.
///
/// # Errors
/// `quorum_missing` of a closed round; the ledger.
pub fn cosign_head(shell: &Shell, dir: &MarketDir, operator: &Working) -> Result<SignedCheckpoint, CliError> {
    collect(shell, dir, operator)?;
    check_quorum(operator)?;
    let note = operator.checkpoint().map_err(|error| failed(&error))?;
    let lines = cosignatures(shell, dir, operator, &note);
    operator.add_cosignatures(note.head().size, lines).map_err(|error| failed(&error))
}
