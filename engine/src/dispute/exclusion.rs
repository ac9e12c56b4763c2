//! Exclusion evidence: the log promised a member an entry, and a settlement ignores it.
//!
//! | contradiction | what is signed | code |
//! |---|---|---|
//! | `replaced` | two trees, with another entry each at the receipt's index | `log_forked` |
//! | `settled` | one tree that holds the entry, and a settlement of its round that is not about the rows there, or does not follow from them | that of `verify`: `bid_set_mismatch`, `proof_invalid`, … |
//!
//! No evidence are a receipt for another round or market, one for an entry that does not stand within the round, and
//! a settlement that holds.

use super::fork::ForkEvidence;
use super::settlement::{HonouredRound, Shown, judge};
use super::{Inconclusive, Made, NOT_CHECKED, known_range, refuted, signed_tree, what};
use crate::bundle::Bundle;
use crate::entry::{HexBytes, Kind, Payload, RoundId};
use crate::reject::{Code, Reject};
use crate::verdict::{Checks, Verdict};
use quittance_circuits::json::{self, Malformed};
use quittance_circuits::rule::Evidence;
use quittance_ledger::{
    Entry, Envelope, InclusionProof, KnownRange, MarketKey, Receipt, SignedCheckpoint, TreeHash, leaf_hash,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of the format.
pub const SCHEMA: &str = "exclusion-evidence/v1";

/// A receipt, and what contradicts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExclusionEvidence {
    /// `exclusion-evidence/v1`.
    pub schema: String,
    /// The receipt's text: a C2SP tlog-proof.
    pub receipt: String,
    /// The encoding of the entry that it is for.
    pub entry: HexBytes,
    /// What contradicts it.
    pub contradiction: Contradiction,
}

/// What contradicts a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Contradiction {
    /// Another entry stands at its index.
    Replaced(Replaced),
    /// The entry stands there, and the settlement of its round is wrong. Of the bundle's parts, sealed results are
    /// left out, and the verifying key where no proof is to be judged.
    Settled(Box<Bundle>),
}

/// Another entry at the receipt's index, in another tree of the same log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// Signed note over the other tree.
    pub checkpoint: String,
    /// The encoding of the entry that stands there.
    pub entry: HexBytes,
    /// RFC 6962 audit path.
    #[schemars(with = "Vec<String>")]
    pub proof: Vec<TreeHash>,
}

/// Packs a receipt and a bundle that contradict each other into one file, and verifies it.
///
/// `bid` is the signed file that the receipt is for; it is needed where the bundle does not hold it. The file is
/// fork evidence where the receipt's own entry stands and its checkpoint is of another history.
///
/// # Errors
/// The two show nothing: one is damaged, or they are not about the same round.
pub fn exclusion(
    receipt: &[u8],
    bundle: &[u8],
    bid: Option<&[u8]>,
    key: &MarketKey,
) -> Result<Made, Inconclusive> {
    let (receipt, mut bundle) = (Receipt::parse(receipt)?, Bundle::parse(bundle)?);
    let known = range_of(&bundle, key)?;
    let here = bundle.leaf(receipt.index);
    let entry = own_entry(&receipt, bid, here, key)?;
    let evidence = |contradiction| ExclusionEvidence {
        schema: SCHEMA.into(),
        // A parsed receipt is UTF-8.
        receipt: String::from_utf8_lossy(&receipt.to_bytes()).into_owned(),
        entry: HexBytes(entry.clone()),
        contradiction,
    };
    if let Some(here) = here.filter(|here| **here != entry[..])
        && let Some(proof) = known.prove_inclusion(receipt.index)
    {
        let (checkpoint, entry) = (bundle.checkpoint.clone(), HexBytes(here.to_vec()));
        let replaced = Replaced { checkpoint, entry, proof: proof.0 };
        return evidence(Contradiction::Replaced(replaced)).made(key);
    }
    if let Some(fork) = fork_of(&receipt, &bundle, &known, key)? {
        return fork.made(key);
    }
    bundle.sealed_results.clear();
    let without_key = Bundle { verifying_key: None, ..bundle.clone() };
    // The key is large, and of use only to judge a proof.
    let needs_key = judge(&without_key, key).is_err();
    let bundle = if needs_key { bundle } else { without_key };
    evidence(Contradiction::Settled(Box::new(bundle))).made(key)
}

/// The leaves of a bundle's range, which its checkpoint has signed.
fn range_of(bundle: &Bundle, key: &MarketKey) -> Result<KnownRange, Inconclusive> {
    let tree = signed_tree(&SignedCheckpoint::parse(bundle.checkpoint.as_bytes())?, key)?;
    Ok(known_range(bundle, tree)?)
}

/// The entry that a receipt is for: made from the member's file, else the one that stands in the bundle.
fn own_entry(
    receipt: &Receipt,
    bid: Option<&[u8]>,
    here: Option<&[u8]>,
    key: &MarketKey,
) -> Result<Vec<u8>, Inconclusive> {
    if let Some(bid) = bid {
        let envelope = Envelope::parse(bid)?;
        let kind = Kind::of_envelope(&envelope)?;
        return Ok(Entry::from_envelope(kind.byte(), receipt.time_ms, envelope).encode());
    }
    let promised = |entry: &&[u8]| promise(receipt, entry, key).is_ok();
    let missing = || {
        Code::BidMissing.because(format!(
            "the bundle does not hold the entry that the receipt is for, number {}: bring your signed file",
            receipt.index
        ))
    };
    Ok(here.filter(promised).ok_or_else(missing)?.to_vec())
}

/// The log has promised this entry at the receipt's index.
fn promise(receipt: &Receipt, entry: &[u8], key: &MarketKey) -> Result<Entry, Inconclusive> {
    let tree = signed_tree(&receipt.checkpoint, key)?;
    receipt.proof.verify(leaf_hash(entry), receipt.index, tree)?;
    let entry = Entry::decode(entry)?;
    if entry.time_ms() != receipt.time_ms {
        return Err(Code::InclusionInvalid.because("the receipt states another time than its entry").into());
    }
    Ok(entry)
}

/// That the receipt's checkpoint is of another history than the bundle's, as far as the bundle's range shows it.
fn fork_of(
    receipt: &Receipt,
    bundle: &Bundle,
    known: &KnownRange,
    key: &MarketKey,
) -> Result<Option<ForkEvidence>, Inconclusive> {
    let signed = signed_tree(&receipt.checkpoint, key)?;
    let larger = SignedCheckpoint::parse(bundle.checkpoint.as_bytes())?;
    let found = known.prove_prefix(signed.size).filter(|(prefix, _)| prefix.root != signed.root);
    Ok(found.map(|(prefix, proof)| ForkEvidence::new(&receipt.checkpoint, &larger, prefix.root, proof, key)))
}

impl ExclusionEvidence {
    /// The only spelling.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_canonical(self)
    }

    /// Reads [`Self::to_bytes`]. Verifies nothing.
    ///
    /// # Errors
    /// Any other document or spelling.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let evidence: Self = json::read_canonical(bytes)?;
        json::expect_schema(&evidence.schema, SCHEMA)?;
        Ok(evidence)
    }

    /// The file with its verdict.
    fn made(&self, key: &MarketKey) -> Result<Made, Inconclusive> {
        Ok(Made { file: self.to_bytes(), verdict: self.verify(key)? })
    }

    /// Whether the log and the operator have signed what contradicts each other.
    ///
    /// # Errors
    /// Something is not what they signed, or it is not about the receipt's round.
    pub fn verify(&self, key: &MarketKey) -> Result<Verdict, Inconclusive> {
        let receipt = Receipt::parse(self.receipt.as_bytes())?;
        let entry = promise(&receipt, &self.entry.0, key)?;
        let index = receipt.index;
        let about = format!("exclusion evidence: entry {index} of {}", key.log.origin());
        let mut checks = Checks::new(about);
        checks.run("receipt", || {
            let size = receipt.checkpoint.head().size;
            let what = what(&self.entry.0);
            Ok(((), format!("the log promised entry {index}, {what}, in a tree of {size} entries")))
        });
        match &self.contradiction {
            Contradiction::Replaced(replaced) => {
                let found = replaced.judge(index, &self.entry.0, key)?;
                checks.run("contradiction", || found.map(|found| ((), found)));
            }
            Contradiction::Settled(bundle) => {
                let (known, round) = (range_of(bundle, key)?, round_of(bundle)?);
                in_round(&entry, index, &known, round)?;
                checks.run("entry", || {
                    let size = known.head().size;
                    Ok(((), format!("stands there in the bundle's tree of {size} entries too")))
                });
                let found = judge(bundle, key)?;
                checks.run("contradiction", || contradiction(found, index));
            }
        }
        checks.not_checked(NOT_CHECKED);
        Ok(checks.finish())
    }
}

/// The round that a bundle's range starts with.
fn round_of(bundle: &Bundle) -> Result<RoundId, Inconclusive> {
    let empty = || Code::RangeInvalid.because("the range is empty");
    let first = bundle.range.entries.first().ok_or_else(empty)?;
    Ok(RoundId::from(Entry::decode(&first.0)?.record_id()))
}

/// The promised entry is a row of the round, and stands within it.
fn in_round(entry: &Entry, index: u64, known: &KnownRange, round: RoundId) -> Result<(), Inconclusive> {
    let Payload::Bid(bid) = Payload::of_entry(entry)? else {
        return Err(Code::KindUnknown.because("the receipt is for an entry that is no bid").into());
    };
    if bid.round != round {
        let found = format!("the receipt is for a bid in round {}, the bundle is of {round}", bid.round);
        return Err(Code::RoundUnknown.because(found).into());
    }
    match known.leaf(index) {
        None => {
            let found = format!("entry {index} does not stand between the round and its settlement");
            Err(Code::InclusionInvalid.because(found).into())
        }
        Some(leaf) if leaf != entry.leaf_hash() => {
            Err(Code::LogForked.because(format!("another entry {index} stands in the bundle")).into())
        }
        Some(_) => Ok(()),
    }
}

/// What the settlement says of the promised entry.
fn contradiction(found: Shown, index: u64) -> Result<((), String), Reject> {
    match found {
        Shown::Contradicts(reject) => Ok(((), format!("{}: {}", reject.code, reject.found))),
        Shown::Honours(HonouredRound { round, rows, evidence }) => {
            let how = match evidence {
                Evidence::Asserted => "; what it says of them is the operator's word, and nothing refutes it",
                Evidence::Proved | Evidence::Recomputed => ", and follows from them",
            };
            Err(refuted(format!(
                "the settlement of round {:.8}… is about all {rows} bids, entry {index} among them{how}",
                round.to_string()
            )))
        }
    }
}

impl Replaced {
    /// Whether another entry than this stands at the index of another tree.
    fn judge(
        &self,
        index: u64,
        entry: &[u8],
        key: &MarketKey,
    ) -> Result<Result<String, Reject>, Inconclusive> {
        let tree = signed_tree(&SignedCheckpoint::parse(self.checkpoint.as_bytes())?, key)?;
        InclusionProof(self.proof.clone()).verify(leaf_hash(&self.entry.0), index, tree)?;
        let size = tree.size;
        Ok(match self.entry.0 == entry {
            true => Err(refuted(format!("the same entry {index} stands in the tree of {size} entries"))),
            false => Ok(format!(
                "{}: in a tree of {size} entries, signed by the same log, entry {index} is another one, {}",
                Code::LogForked,
                what(&self.entry.0)
            )),
        })
    }
}
