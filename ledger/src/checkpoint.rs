//! Checkpoints: the log's signature on its size and root.
//!
//! A [C2SP checkpoint](https://c2sp.org/tlog-checkpoint), which is a
//! [signed note](https://c2sp.org/signed-note):
//!
//! ```text
//! example.com/models
//! 3
//! KdpPCu7BytqH/x9ci8tTvT8wnsHn9v++rLteQuRR9sc=
//!
//! — example.com/models 7OvJUMXeSj1Swjm31F2GDIcB/bWFOWYmCcwvnkvHBSvBxOpw1NImn3Tj8qf9HdjDUA74akWIkLKJHZ5PJxVp9Bu+zwM=
//! ```
//!
//! Narrower than C2SP allows: no extension lines, each key signs at most once (`signed_note` alone drops
//! a repeated line without a word), and the key that signs has the origin as its name. Lines
//! of other keys, such as cosignatures of witnesses, are kept as they are; whether they are allowed is
//! the verifier's choice.

use crate::error::CheckpointError;
use crate::log_key::{Origin, VerifierKey};
use crate::tree::TreeHead;
use signed_note::{Note, NoteError};
use std::collections::BTreeSet;

/// One signature line of a note: key name, key id, signature.
pub use signed_note::Signature as SignatureLine;

/// Longest signed note, in bytes: room for 16 post-quantum cosignatures.
pub const MAX_NOTE: usize = 128 * 1024;

/// What a log says about itself: the text of a checkpoint, unsigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: Origin,
    /// Its tree.
    pub head: TreeHead,
}

impl Checkpoint {
    /// The text that is signed: origin, size, root, a line each.
    pub fn text(&self) -> String {
        let root = tlog_tiles::Hash::from(self.head.root);
        format!("{}\n{}\n{root}\n", self.origin, self.head.size)
    }

    /// Reads the text.
    fn parse_text(text: &[u8]) -> Result<Self, CheckpointError> {
        let malformed = || CheckpointError::malformed("not a checkpoint: expected origin, size, root");
        let parsed = tlog_tiles::Checkpoint::from_bytes(text).map_err(|_| malformed())?;
        if !parsed.extension().is_empty() {
            return Err(CheckpointError::malformed("a checkpoint with extension lines"));
        }
        let origin = parsed.origin().parse();
        let origin = origin.map_err(|error| CheckpointError::malformed(format!("{error}")))?;
        let head = TreeHead { size: parsed.size(), root: (*parsed.hash()).into() };
        if head.size == 0 && head != TreeHead::EMPTY {
            return Err(CheckpointError::malformed("the root of an empty tree is another"));
        }
        Ok(Self { origin, head })
    }
}

/// A checkpoint with its signature lines. Parsed is not verified: what it says may be believed only
/// after [`SignedCheckpoint::verify`].
#[derive(Debug, Clone, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    lines: Vec<SignatureLine>,
}

impl SignedCheckpoint {
    /// A checkpoint with one line.
    pub(crate) fn from_parts(checkpoint: Checkpoint, line: SignatureLine) -> Self {
        Self { checkpoint, lines: vec![line] }
    }

    /// Some lines of a note, and one more.
    pub(crate) fn from_lines(
        note: &Self,
        keep: impl Fn(&SignatureLine) -> bool,
        line: SignatureLine,
    ) -> Self {
        let mut lines: Vec<_> = note.lines.iter().filter(|line| keep(line)).cloned().collect();
        lines.push(line);
        Self { checkpoint: note.checkpoint.clone(), lines }
    }

    /// Reads a signed note. Verifies nothing.
    pub fn parse(note: &[u8]) -> Result<Self, CheckpointError> {
        if note.len() > MAX_NOTE {
            return Err(CheckpointError::malformed("a checkpoint of more than 128 KiB"));
        }
        let malformed = || CheckpointError::malformed("not a signed note");
        let parsed = Note::from_bytes(note).map_err(|_| malformed())?;
        let checkpoint = Checkpoint::parse_text(parsed.text())?;
        // `Note` does not show its lines. It has checked them, and that a blank line is before.
        let block = &note[parsed.text().len() + 1..];
        let mut lines = Vec::new();
        let mut seen = BTreeSet::new();
        for line in block.split_inclusive(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\n").ok_or_else(malformed)?;
            let line = SignatureLine::from_bytes(line).map_err(|_| malformed())?;
            if !seen.insert((line.name().to_owned(), line.id())) {
                let what = format!("{} signs twice", line.name());
                return Err(CheckpointError::malformed(what));
            }
            lines.push(line);
        }
        let parsed = Self { checkpoint, lines };
        if parsed.to_bytes() != note {
            return Err(CheckpointError::malformed("a checkpoint in another spelling"));
        }
        Ok(parsed)
    }

    /// The signed note.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut note = self.checkpoint.text().into_bytes();
        note.push(b'\n');
        for line in &self.lines {
            note.extend(line.to_bytes());
        }
        note
    }

    /// What is signed. To be believed only after [`SignedCheckpoint::verify`].
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The tree that is signed. To be believed only after [`SignedCheckpoint::verify`].
    pub fn head(&self) -> TreeHead {
        self.checkpoint.head
    }

    /// All signature lines, verified or not.
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// Adds a line, such as a witness's cosignature.
    pub fn add_line(&mut self, line: SignatureLine) -> Result<(), CheckpointError> {
        if self.lines.iter().any(|l| l.name() == line.name() && l.id() == line.id()) {
            let what = format!("{} signs twice", line.name());
            return Err(CheckpointError::malformed(what));
        }
        self.lines.push(line);
        Ok(())
    }

    /// The same checkpoint with the lines of this log's key alone: what the log can be held to needs no witness.
    #[must_use]
    pub fn of_log_alone(&self, log: &VerifierKey) -> Self {
        let own = self.lines.iter().filter(|line| log.is_of(line));
        Self { checkpoint: self.checkpoint.clone(), lines: own.cloned().collect() }
    }

    /// Checks that the log has signed this and that nobody else has: lines of keys that the verifier
    /// was not told of are refused, for a forger could hide data in them.
    pub fn verify(&self, log: &VerifierKey) -> Result<TreeHead, CheckpointError> {
        match self.verify_listing_others(log)?.first() {
            Some(line) => {
                let name = format!("{}+{:08x}", line.name(), line.id());
                Err(CheckpointError::LineUnknown(name))
            }
            None => Ok(self.head()),
        }
    }

    /// Checks that the log has signed this, and returns the lines of other keys, which are not checked.
    pub fn verify_listing_others(&self, log: &VerifierKey) -> Result<Vec<SignatureLine>, CheckpointError> {
        if self.checkpoint.origin != *log.origin() {
            return Err(CheckpointError::WrongOrigin {
                found: self.checkpoint.origin.to_string(),
                expected: log.origin().to_string(),
            });
        }
        let note = Note::new(self.checkpoint.text().as_bytes(), &self.lines)
            .map_err(|error| CheckpointError::malformed(error.to_string()))?;
        match note.verify(log) {
            Ok((_, others)) => Ok(others),
            Err(NoteError::InvalidSignature { name, .. }) => Err(CheckpointError::SignatureWrong(name)),
            Err(_) => Err(CheckpointError::Unsigned(log.to_string())),
        }
    }
}
