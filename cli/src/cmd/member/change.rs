//! New keys, and keys that are no longer to be relied on.

use crate::args::example;
use crate::cmd::demo::failed;
use crate::cmd::verify::market_key;
use crate::documents::KeyRevoked;
use crate::error::{CliError, NAME_UNKNOWN, NOT_AGREED};
use crate::keys::{Purpose, Secret};
use crate::lookup;
use crate::market_dir::{DirArg, MarketDir, now_ms};
use crate::shell::{Answer, Output, Shell};
use quittance_circuits::number::Count;
use quittance_engine::entry::{EntryPayload as _, KeyRevoke, KeyRotate, MarketId, MemberId, SignerKey};
use quittance_ledger::PublicKey;
use std::path::PathBuf;

/// Make a request for new keys, signed with your old and your new key, for the operator to sign too
///
/// The operator answers with `member add`. From then on only the new key signs in your name.
#[derive(Debug, clap::Args)]
#[command(after_help = example(
    "quittance member rotate --old acme --new bolt --market market/market.vkey -o rotate.json"
))]
pub(super) struct Rotate {
    /// Your member id, or with --ledger your name; by default found by member.json beside your keys, or the ledger
    #[arg(long, value_name = "MEMBER")]
    member: Option<String>,
    /// The keys that you have
    #[arg(long, value_name = "DIR")]
    old: PathBuf,
    /// The keys that you will have: `key new`
    #[arg(long, value_name = "DIR")]
    new: PathBuf,
    /// Where to write the request; - is stdout
    #[arg(short, value_name = "FILE")]
    output: Output,
}

/// Revoke a member's key: nothing that it signs is taken any more
///
/// What it has signed stays; what it signed from an entry on is printed as contested by every replay.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance member revoke kestrel-exams --dir market --yes"))]
pub(super) struct Revoke {
    /// The member: name, or first digits of the id
    member: String,
    /// The key; by default the one in force
    #[arg(long, value_name = "KEY")]
    key: Option<SignerKey>,
    /// The first entry that the member contests; by default none
    #[arg(long, value_name = "ENTRY")]
    from: Option<u64>,
    #[command(flatten)]
    dir: DirArg,
}

impl Rotate {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let market = MarketId(market_key(shell)?.log.origin().clone());
        let old = Secret::of_folder(shell, &self.old, Purpose::Signing)?.signing_key();
        let new = Secret::of_folder(shell, &self.new, Purpose::Signing)?;
        let seal_key = Secret::read(shell, &self.new.join(Purpose::Seal.file()))?.seal_public();
        let member = lookup::own_member(shell, self.member.as_deref(), &self.old, PublicKey::from(&old))?;
        let rotate = KeyRotate { market, member, key: new.signing_public().into(), seal_key };
        let envelope = rotate.sign(&[&old, &new.signing_key()]);
        let envelope = envelope.map_err(|error| CliError::refused(&error.into()))?;
        self.output.publish(shell, envelope.to_json().into_bytes())
    }
}

impl Revoke {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let mut operator = MarketDir::open(&self.dir.dir)?.operator(shell)?;
        let market = operator.market();
        let id = lookup::member(operator.log(), market, &self.member)?;
        let member = market.member(id).ok_or_else(|| CliError::new(NAME_UNKNOWN, "no such member"))?;
        let key = self.key.or_else(|| Some(member.keys.last()?.key.into()));
        let key = key.ok_or_else(|| CliError::new(NAME_UNKNOWN, "the member has no key"))?;
        let known = member.keys.iter().find(|known| SignerKey::from(known.key) == key);
        if let Some(revoked) = known.and_then(|known| known.revoked) {
            return Ok(answer(id, key, revoked.index, "was revoked already"));
        }
        if !shell.yes() {
            let what = format!("a revocation stays on the ledger for ever: key {key} of member {id}");
            return Err(CliError::new(NOT_AGREED, what).hint("agree with --yes"));
        }
        let from_index = Count(self.from.unwrap_or_else(|| operator.log().size()));
        let revoke = KeyRevoke { market: market.entry().market.clone(), member: id, key, from_index };
        let index = operator.append_own(&revoke, now_ms()).map_err(|error| failed(&error))?;
        operator.checkpoint().map_err(|error| failed(&error))?;
        Ok(answer(id, key, index, "is revoked"))
    }
}

fn answer(member: MemberId, key: SignerKey, index: u64, how: &str) -> Answer {
    let document = KeyRevoked { schema: KeyRevoked::SCHEMA, entry: Count(index), key, member };
    Answer::text(&document, format!("key {key}\n{how} at entry {index}"))
}
