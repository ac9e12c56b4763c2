//! Inclusion receipts: what a member keeps to show that an entry stands on the ledger.
//!
//! A [C2SP tlog-proof](https://c2sp.org/tlog-proof): index, inclusion proof, signed checkpoint. It can be
//! checked offline, by other people's tools too; the customary file extension is `.tlog-proof`.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra AAAAAAAAAAE=
//! index 1
//! XolI9yPZeH3qn49Lj2NHKWqcb/pRw8WvcnD8qBCOlpY=
//! rPQA/88z40qwhq29lizUAJwD8w8ZRfbSWWvlM0U9ZWM=
//!
//! example.com/models
//! 3
//! KdpPCu7BytqH/x9ci8tTvT8wnsHn9v++rLteQuRR9sc=
//!
//! — example.com/models 7OvJUMXeSj1Swjm31F2GDIcB/bWFOWYmCcwvnkvHBSvBxOpw1NImn3Tj8qf9HdjDUA74akWIkLKJHZ5PJxVp9Bu+zwM=
//! ```
//!
//! The `extra` line holds the entry's time (u64 big-endian, base64): with it and the signed file a member can build
//! the leaf, so the receipt is complete without the entry. Nothing but the leaf authenticates it, and the leaf does.
//! Narrower than C2SP allows: the line is required, and holds exactly this.

use crate::checkpoint::{MAX_NOTE, SignedCheckpoint};
use crate::entry::Entry;
use crate::envelope::Envelope;
use crate::error::{FileError, LogError, ReceiptError};
use crate::ids::TreeHash;
use crate::log::Log;
use crate::log_key::VerifierKey;
use crate::market_vkey::MarketKey;
use crate::proof::InclusionProof;
use crate::store::Store;
use crate::tree::TreeHead;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// First line.
const HEADER: &str = "c2sp.org/tlog-proof@v1\n";
/// Longest receipt, in bytes: a note and a path of 64 hashes.
const MAX_RECEIPT: usize = MAX_NOTE + 4096;

/// Shows that one entry stands in the log of a checkpoint. Parsed is not verified.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// Where the entry stands.
    pub index: u64,
    /// The entry's time, part of its leaf.
    pub time_ms: u64,
    /// Its path to the root.
    pub proof: InclusionProof,
    /// The tree, signed by the log.
    pub checkpoint: SignedCheckpoint,
}

impl Receipt {
    /// Reads a receipt. Verifies nothing.
    pub fn parse(file: &[u8]) -> Result<Self, ReceiptError> {
        if file.len() > MAX_RECEIPT {
            let (found, limit) = (file.len(), MAX_RECEIPT);
            return Err(FileError::TooLarge { what: "the receipt", found, limit }.into());
        }
        let malformed = |what: &str| FileError::malformed(format!("receipt: {what}"));
        let text = std::str::from_utf8(file).map_err(|_| malformed("not UTF-8"))?;
        let (head, note) = text.split_once("\n\n").ok_or_else(|| malformed("no blank line"))?;
        let mut lines = head.split('\n');
        if lines.next() != HEADER.strip_suffix('\n') {
            return Err(malformed("the first line is not c2sp.org/tlog-proof@v1").into());
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let time = extra.and_then(|extra| BASE64.decode(extra).ok()?.try_into().ok());
        let time_ms = time.map(u64::from_be_bytes);
        let time_ms = time_ms.ok_or_else(|| malformed("expected `extra` and the entry's time"))?;
        let line = lines.next().ok_or_else(|| malformed("no index"))?;
        let index = line.strip_prefix("index ").and_then(|number| number.parse().ok());
        let index = index.ok_or_else(|| malformed("expected `index` and a number"))?;
        let hash = |line| tlog_tiles::Hash::parse_hash(line).map(TreeHash::from);
        let hashes: Result<Vec<_>, _> = lines.map(hash).collect();
        let hashes = hashes.map_err(|_| malformed("a line of the proof is not a hash"))?;
        let checkpoint = SignedCheckpoint::parse(note.as_bytes())?;
        let receipt = Self { index, time_ms, proof: InclusionProof(hashes), checkpoint };
        if receipt.to_bytes() != file {
            return Err(malformed("another spelling").into());
        }
        Ok(receipt)
    }

    /// The one spelling.
    pub fn to_bytes(&self) -> Vec<u8> {
        let time = BASE64.encode(self.time_ms.to_be_bytes());
        let mut text = format!("{HEADER}extra {time}\nindex {}\n", self.index);
        for hash in &self.proof.0 {
            text.push_str(&format!("{}\n", tlog_tiles::Hash::from(*hash)));
        }
        text.push('\n');
        let mut file = text.into_bytes();
        file.extend(self.checkpoint.to_bytes());
        file
    }

    /// The leaf of a signed file of this kind at the receipt's time: what [`Receipt::verify`] wants, if the receipt
    /// is for this file.
    pub fn leaf(&self, kind: u8, envelope: Envelope) -> TreeHash {
        Entry::from_envelope(kind, self.time_ms, envelope).leaf_hash()
    }

    /// Checks that the log has signed a tree in which the entry of this leaf hash stands at `index`, and
    /// returns that tree. `time_ms` is shown with it if the leaf is made by [`Receipt::leaf`], and not otherwise.
    pub fn verify(&self, leaf: TreeHash, log: &VerifierKey) -> Result<TreeHead, ReceiptError> {
        let head = self.checkpoint.verify(log)?;
        self.proof.verify(leaf, self.index, head)?;
        Ok(head)
    }

    /// The same for a receipt whose checkpoint witnesses of the market's policy may have cosigned. It need not have a
    /// quorum: receipts are given at once.
    pub fn verify_in(&self, leaf: TreeHash, market: &MarketKey) -> Result<TreeHead, ReceiptError> {
        let head = market.witnessed(&self.checkpoint)?.head();
        self.proof.verify(leaf, self.index, head)?;
        Ok(head)
    }
}

impl<S: Store> Log<S> {
    /// A receipt for the entry at `index` under a checkpoint of this log.
    pub fn receipt(&self, index: u64, checkpoint: &SignedCheckpoint) -> Result<Receipt, LogError> {
        let signed = checkpoint.head();
        let have = self.head_at(signed.size)?;
        if have != signed {
            return Err(LogError::Rollback { have, signed });
        }
        let proof = self.prove_inclusion(index, signed.size)?;
        let time_ms = self.entry(index)?.time_ms();
        Ok(Receipt { index, time_ms, proof, checkpoint: checkpoint.clone() })
    }
}
