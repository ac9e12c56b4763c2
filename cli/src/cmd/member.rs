//! `quittance member`: who takes part.

mod change;
mod erase;
mod request;

use crate::args::example;
use crate::cmd::cosign::read_signed;
use crate::cmd::demo::failed;
use crate::documents::{ListedMember, MemberAdded, Members};
use crate::error::{ARTIFACT_MISMATCH, CliError};
use crate::lookup::{name_of, short};
use crate::market_dir::{self, DirArg, MarketDir, Working, now_ms};
use crate::shell::{Answer, Input, MIB, Output, Shell, Table, WORD};
use quittance_circuits::number::Count;
use quittance_engine::Code;
use quittance_engine::entry::{MemberEntry, Payload, Role};
use quittance_engine::kept::{NAME_CONTEXT, name_digest};
use quittance_ledger::{Envelope, PublicKey, SigningKey};
use std::path::{Path, PathBuf};

/// Ask to join a market; add members, list them, change and revoke their keys, erase their names
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance member list --dir market"))]
pub struct Member {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    Request(request::Request),
    Add(Add),
    List(List),
    Rotate(change::Rotate),
    Revoke(change::Revoke),
    Erase(erase::Erase),
}

/// Sign a member's request and append it: to join, or to change keys
///
/// The name is read from the file beside the request that `member request` wrote; on the ledger stands only its
/// salted digest, so it can be erased.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance member add request.json --dir shop"))]
struct Add {
    /// The request, signed by the member
    file: PathBuf,
    /// The file with name and salt; by default beside the request, as <request>.name.json
    #[arg(long, value_name = "FILE")]
    name: Option<PathBuf>,
    #[command(flatten)]
    dir: DirArg,
    /// Write the member's entry, signed by both, for the member to keep
    #[arg(short, value_name = "FILE")]
    output: Option<Output>,
}

/// List the members
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance member list --dir market"))]
struct List {
    #[command(flatten)]
    dir: DirArg,
}

impl Member {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::Request(request) => request.run(shell),
            Action::Add(add) => add.run(shell),
            Action::List(list) => list.run(shell),
            Action::Rotate(rotate) => rotate.run(shell),
            Action::Revoke(revoke) => revoke.run(shell),
            Action::Erase(erase) => erase.run(shell),
        }
    }
}

/// A file beside another: `acme.json` and `acme.name.json`.
pub fn beside(path: &Path, extension: &str) -> PathBuf {
    let stem = if path.extension().is_some_and(|last| last == "json") {
        path.with_extension("")
    } else {
        path.into()
    };
    let mut name = stem.into_os_string();
    name.push(".");
    name.push(extension);
    name.into()
}

/// Every role's word.
fn words(roles: impl IntoIterator<Item = Role>) -> String {
    roles.into_iter().map(|role| role.to_string()).collect::<Vec<_>>().join(" ")
}

impl Add {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let input = Input::File(self.file.clone());
        let (mut envelope, payload) = read_signed(&input)?;
        let dir = MarketDir::open(&self.dir.dir)?;
        let key = dir.operator_key(shell)?.signing_key();
        let mut operator = dir.operator(shell)?;
        let kind = payload.kind();
        match &payload {
            Payload::Member(entry) => {
                check_member_signed(&envelope, entry, &key)?;
                self.keep_name(shell, &operator, entry)?;
            }
            Payload::KeyRotate(_) => {}
            _ => {
                let what = format!("a {}, expected a request to join or to change keys", kind.word());
                return Err(CliError::refused(&Code::KindUnknown.because(what)).file(input.name()));
            }
        }
        let own = PublicKey::from(&key).id();
        if !envelope.signatures().iter().any(|signature| signature.key_id == own) {
            envelope.add_signature(&key).map_err(|error| CliError::refused(&error.into()))?;
        }
        let record = envelope.record_id().to_string();
        let bytes = envelope.to_json().into_bytes();
        let index = operator.append(envelope, now_ms()).map_err(|error| failed(&error).file(input.name()))?;
        operator.checkpoint().map_err(|error| failed(&error))?;
        if let Some(output) = &self.output {
            let answer = output.publish(shell, bytes)?;
            if *output == Output::Stdout {
                return Ok(answer);
            }
        }
        let word = kind.word();
        let text = format!("{word} {record}\nstands at entry {index}");
        let document = MemberAdded { schema: MemberAdded::SCHEMA, entry: Count(index), kind: word, record };
        Ok(Answer::text(&document, text))
    }

    /// Keeps the name beside the ledger.
    fn keep_name(&self, shell: &Shell, operator: &Working, entry: &MemberEntry) -> Result<(), CliError> {
        let path = self.name.clone().unwrap_or_else(|| beside(&self.file, "name.json"));
        if self.name.is_none() && !path.exists() {
            shell.warn("the member's name is not known: there is no name file beside the request");
            return Ok(());
        }
        let blob = Input::File(path.clone()).read(MIB)?;
        if name_digest(&blob) != entry.name {
            let what = "the name is not the one that the member signed";
            return Err(CliError::new(ARTIFACT_MISMATCH, what).file(path.display().to_string()));
        }
        let kept = operator.log().put_blob(NAME_CONTEXT, &blob);
        kept.map(drop).map_err(|error| failed(&error.into()))
    }
}

/// The operator signs nothing that the member has not signed.
fn check_member_signed(envelope: &Envelope, entry: &MemberEntry, own: &SigningKey) -> Result<(), CliError> {
    let refused = |reject: quittance_engine::Reject| CliError::refused(&reject);
    let member = entry.key.public_key().map_err(|error| refused(error.into()))?;
    let own = PublicKey::from(own);
    let signed = envelope.signatures().iter().any(|signature| signature.key_id == own.id());
    let keys = if signed { vec![member, own] } else { vec![member] };
    envelope.verify(&keys).map_err(|error| refused(error.into()))
}

impl List {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let reading = market_dir::read(shell, &self.dir.dir)?;
        let mut members: Vec<_> = reading.market.members().collect();
        members.sort_by_key(|member| member.index);
        let mut table = Table::new(&["member", "entry", "key", "roles", "name"]);
        let mut rows = Vec::new();
        for member in members {
            let name = name_of(&reading.log, member);
            let erased =
                if reading.market.erased_by(member.entry.name).is_some() { "(erased)" } else { "(unknown)" };
            let key = if member.key().is_some() { "in force" } else { "revoked" };
            let roles = words(member.entry.roles.iter().copied());
            let shown = name.as_deref().unwrap_or(erased);
            table.row([&short(member.id), &member.index.to_string(), key, &roles, shown]);
            rows.push(ListedMember {
                entry: Count(member.index),
                key: member.key().map(|key| key.key.into()),
                member: member.id,
                name,
                roles: member.entry.roles.clone(),
            });
        }
        if rows.is_empty() && !shell.json() {
            shell.note(&format!("no members yet; {WORD}quittance member request{WORD:#} makes a request"));
        }
        Ok(Answer::table(&Members { schema: Members::SCHEMA, members: rows }, table))
    }
}
