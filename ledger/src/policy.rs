//! Witness policies: whose cosignatures a checkpoint needs.
//!
//! A [C2SP tlog-policy](https://c2sp.org/tlog-policy) without `log` lines: the log is known from elsewhere.
//!
//! ```text
//! witness north north.example/w+b6b11e9a+BKqzCZcg6FIQQd48wIgCFtEcTE3WvVRNkDGb4DuOj3rm https://north.example
//! witness river river.example/w+1d5ab0cb+BE4dvZqXGv41u6Y1OJhZOwGZvQfTPfbQKrZ7MFCAIsRL
//! group both all north river
//! quorum both
//! ```
//!
//! A file that a person writes may have comments, empty lines and any white space ([`WitnessPolicy::read`]); in
//! `market.vkey` and in entry 0 there is one spelling, with single spaces ([`WitnessPolicy::from_str`]). Narrower than
//! C2SP allows: names are ASCII, the quorum stands last, and there are at most 64 witnesses and 64 groups.

use crate::checkpoint::{Checkpoint, SignatureLine, SignedCheckpoint};
use crate::cosignature::WitnessKey;
use crate::error::{CheckpointError, FileError};
use crate::log_key::VerifierKey;
use crate::tree::TreeHead;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// Most witnesses, and most groups, of a policy.
const MAX_DEFINED: usize = 64;
/// Longest policy, in bytes.
const MAX_POLICY: usize = 48 * 1024;
/// The quorum of nobody.
const NONE: &str = "none";

/// A witness of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyWitness {
    /// Its name inside the policy, which means nothing elsewhere.
    pub name: String,
    /// Its key.
    pub key: WitnessKey,
    /// Where it is asked for cosignatures: the submission prefix of C2SP tlog-witness.
    pub url: Option<String>,
}

/// Of these members at least so many.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    /// `all`, `any` or a number, as it was written.
    spelled: String,
    threshold: usize,
    members: Vec<String>,
}

/// Whose cosignatures a checkpoint needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessPolicy {
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    quorum: String,
}

impl WitnessPolicy {
    /// Nobody's: `quorum none`.
    pub const NONE: &'static str = "quorum none\n";

    /// The policy that asks for no witness.
    pub fn none() -> Self {
        Self { witnesses: Vec::new(), groups: Vec::new(), quorum: NONE.into() }
    }

    /// Whether nobody's cosignature is needed.
    pub fn is_none(&self) -> bool {
        self.quorum == NONE
    }

    /// The witnesses, in the order of the policy.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// Reads a file that a person wrote, with comments and any white space.
    ///
    /// # Errors
    /// What is wrong, and in which line.
    pub fn read(text: &str) -> Result<Self, FileError> {
        if text.len() > MAX_POLICY {
            return Err(FileError::TooLarge {
                what: "the witness policy",
                found: text.len(),
                limit: MAX_POLICY,
            });
        }
        let mut reading = Reading::default();
        for (number, line) in text.split('\n').enumerate() {
            let plain = |c: char| c == '\t' || (' '..='~').contains(&c) || !c.is_ascii();
            if !line.chars().all(plain) {
                return Err(malformed(number, "a control character"));
            }
            let line = line.trim_matches([' ', '\t']);
            if !line.is_empty() && !line.starts_with('#') {
                let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
                reading.line(number, &words)?;
            }
        }
        reading.finish()
    }

    /// Whether these witnesses, by their names in the policy, are a quorum.
    fn is_met_by(&self, cosigned: &BTreeSet<&str>) -> bool {
        if self.is_none() {
            return true;
        }
        // A group stands below its members, so one pass settles all of them.
        let mut met = cosigned.clone();
        for group in &self.groups {
            if group.members.iter().filter(|name| met.contains(name.as_str())).count() >= group.threshold {
                met.insert(&group.name);
            }
        }
        met.contains(self.quorum.as_str())
    }

    /// Checks that a line is a cosignature by a witness of the policy; which one, and its time in POSIX seconds.
    ///
    /// # Errors
    /// The line is nobody's, or does not verify.
    pub fn verify_line(
        &self,
        checkpoint: &Checkpoint,
        line: &SignatureLine,
    ) -> Result<(&PolicyWitness, u64), CheckpointError> {
        let unknown = || CheckpointError::LineUnknown(format!("{}+{:08x}", line.name(), line.id()));
        let witness = self.witnesses.iter().find(|witness| witness.key.is_of(line)).ok_or_else(unknown)?;
        Ok((witness, witness.key.verify(checkpoint, line)?))
    }

    /// Checks that the log has signed a note and that every other line is a cosignature by a witness of the policy.
    /// Whether they are a quorum is [`Witnessed::check_quorum`].
    ///
    /// # Errors
    /// The log has not signed; a line does not verify or is of nobody that the policy names.
    pub fn verify<'p>(
        &'p self,
        note: &SignedCheckpoint,
        log: &VerifierKey,
    ) -> Result<Witnessed<'p>, CheckpointError> {
        let others = note.verify_listing_others(log)?;
        let mut times = BTreeMap::new();
        for line in &others {
            let (witness, time) = self.verify_line(note.checkpoint(), line)?;
            times.insert(witness.name.as_str(), time);
        }
        Ok(Witnessed { policy: self, head: note.head(), times })
    }
}

impl FromStr for WitnessPolicy {
    type Err = FileError;

    /// Reads the one spelling.
    fn from_str(text: &str) -> Result<Self, FileError> {
        let policy = Self::read(text)?;
        if policy.to_string() != text {
            return Err(FileError::malformed(
                "witness policy: another spelling; expected single spaces, no comments, the quorum last",
            ));
        }
        Ok(policy)
    }
}

impl fmt::Display for WitnessPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for PolicyWitness { name, key, url } in &self.witnesses {
            let url = url.as_ref().map_or(String::new(), |url| format!(" {url}"));
            writeln!(text, "witness {name} {key}{url}")?;
        }
        for Group { name, spelled, members, .. } in &self.groups {
            writeln!(text, "group {name} {spelled} {}", members.join(" "))?;
        }
        writeln!(f, "{text}quorum {}", self.quorum)
    }
}

/// A note of which every line was verified, under a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed<'p> {
    policy: &'p WitnessPolicy,
    head: TreeHead,
    times: BTreeMap<&'p str, u64>,
}

impl Witnessed<'_> {
    /// The tree, which the log has signed.
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// The witnesses that have cosigned, by their names in the policy, with the times in POSIX seconds.
    pub fn times(&self) -> &BTreeMap<&str, u64> {
        &self.times
    }

    /// Whether the witnesses whose time is as asked for are a quorum.
    fn quorum_where(&self, fits: impl Fn(u64) -> bool) -> bool {
        let fitting = self.times.iter().filter(|(_, time)| fits(**time));
        self.policy.is_met_by(&fitting.map(|(name, _)| *name).collect())
    }

    /// Whether the policy is met.
    pub fn has_quorum(&self) -> bool {
        self.quorum_where(|_| true)
    }

    /// The earliest time by which a quorum had cosigned; none without a quorum, and none if the policy asks for
    /// nobody.
    pub fn quorum_by(&self) -> Option<u64> {
        let mut times: Vec<u64> = self.times.values().copied().collect();
        times.sort_unstable();
        let asked = !self.policy.is_none();
        times.into_iter().find(|by| asked && self.quorum_where(|time| time <= *by))
    }

    /// The latest time such that a quorum cosigned then or later; none as for [`Self::quorum_by`].
    pub fn quorum_since(&self) -> Option<u64> {
        let mut times: Vec<u64> = self.times.values().copied().collect();
        times.sort_unstable();
        let asked = !self.policy.is_none();
        times.into_iter().rev().find(|since| asked && self.quorum_where(|time| time >= *since))
    }

    /// The tree, if the policy is met.
    ///
    /// # Errors
    /// It is not.
    pub fn check_quorum(&self) -> Result<TreeHead, CheckpointError> {
        if self.has_quorum() {
            return Ok(self.head);
        }
        let names: Vec<&str> = self.times.keys().copied().collect();
        let by = if names.is_empty() { "no witness".to_owned() } else { names.join(", ") };
        Err(CheckpointError::QuorumMissing { size: self.head.size, by, quorum: self.policy.quorum.clone() })
    }
}

/// What is wrong in a line, which people count from 1.
fn malformed(number: usize, what: impl fmt::Display) -> FileError {
    FileError::malformed(format!("witness policy, line {}: {what}", number + 1))
}

/// A policy that is being read.
#[derive(Default)]
struct Reading {
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    quorum: Option<String>,
    names: BTreeSet<String>,
    /// Names that are members of a group already: nobody counts twice.
    members: BTreeSet<String>,
}

impl Reading {
    fn line(&mut self, number: usize, words: &[&str]) -> Result<(), FileError> {
        let wrong = |what: &str| malformed(number, what);
        if self.quorum.is_some() {
            return Err(wrong("nothing stands below the quorum"));
        }
        match words {
            ["witness", name, key] => self.witness(number, name, key, None),
            ["witness", name, key, url] => self.witness(number, name, key, Some(url)),
            ["group", name, threshold, members @ ..] if !members.is_empty() => {
                self.group(number, name, threshold, members)
            }
            ["quorum", name] => {
                if *name != NONE && !self.names.contains(*name) {
                    return Err(wrong(&format!("the quorum {name:?} is not defined above")));
                }
                self.quorum = Some((*name).to_owned());
                Ok(())
            }
            ["log", ..] => Err(wrong("the log is named elsewhere: leave `log` lines out")),
            _ => Err(wrong("expected `witness NAME KEY [URL]`, `group NAME K MEMBER…` or `quorum NAME`")),
        }
    }

    fn define(&mut self, number: usize, name: &str) -> Result<(), FileError> {
        if name == NONE || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(malformed(number, format!("{name:?} cannot be a name")));
        }
        if !self.names.insert(name.to_owned()) {
            return Err(malformed(number, format!("{name:?} is defined twice")));
        }
        Ok(())
    }

    fn witness(&mut self, number: usize, name: &str, key: &str, url: Option<&str>) -> Result<(), FileError> {
        self.define(number, name)?;
        let key: WitnessKey = key.parse()?;
        if self.witnesses.iter().any(|known| known.key.public_key() == key.public_key()) {
            return Err(malformed(number, "the key of another witness"));
        }
        if self.witnesses.len() == MAX_DEFINED {
            return Err(malformed(number, format!("more than {MAX_DEFINED} witnesses")));
        }
        if url.is_some_and(|url| !url.bytes().all(|b| b.is_ascii_graphic())) {
            return Err(malformed(number, "not a URL"));
        }
        let url = url.map(str::to_owned);
        self.witnesses.push(PolicyWitness { name: name.to_owned(), key, url });
        Ok(())
    }

    fn group(&mut self, number: usize, name: &str, spelled: &str, members: &[&str]) -> Result<(), FileError> {
        for member in members {
            if !self.names.contains(*member) {
                return Err(malformed(number, format!("the member {member:?} is not defined above")));
            }
            if !self.members.insert((*member).to_owned()) {
                return Err(malformed(number, format!("{member:?} is a member already")));
            }
        }
        self.define(number, name)?;
        let number_of = |text: &str| text.parse().ok().filter(|k: &usize| k.to_string() == text);
        let threshold = match spelled {
            "all" => Some(members.len()),
            "any" => Some(1),
            k => number_of(k).filter(|k| (1..=members.len()).contains(k)),
        };
        let expected = || malformed(number, format!("expected all, any, or 1 to {}", members.len()));
        let threshold = threshold.ok_or_else(expected)?;
        if self.groups.len() == MAX_DEFINED {
            return Err(malformed(number, format!("more than {MAX_DEFINED} groups")));
        }
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.groups.push(Group { name: name.to_owned(), spelled: spelled.to_owned(), threshold, members });
        Ok(())
    }

    fn finish(self) -> Result<WitnessPolicy, FileError> {
        let Some(quorum) = self.quorum else {
            return Err(FileError::malformed("the witness policy has no quorum"));
        };
        Ok(WitnessPolicy { witnesses: self.witnesses, groups: self.groups, quorum })
    }
}
