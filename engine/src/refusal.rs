//! Signed refusals: the operator's answer to a submission that it does not admit.
//!
//! A refusal is evidence only together with the bytes that were submitted: anybody can then repeat the checks at
//! the ledger's state and see whether the operator was right. Source: formats.md section 2.

use crate::entry::{FileDigest, MarketId, Payload, RoundId};
use crate::market::Market;
use crate::reject::{Code, Reject};
use quittance_circuits::json;
use quittance_ledger::envelope::payload_type;
use quittance_ledger::{Envelope, FileError, PublicKey, SignedCheckpoint, SigningKey, VerifierKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The word in the payload type. A refusal is no kind of entry: it never stands on the ledger.
const WORD: &str = "refusal";

/// What a refusal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The market.
    pub market: MarketId,
    /// The round that the submission is for, as far as it can be read.
    pub round: Option<RoundId>,
    /// BLAKE3 of the submitted bytes.
    pub envelope: FileDigest,
    /// Why.
    pub code: Code,
    /// The ledger's state when it was refused: the signed note.
    pub checkpoint: String,
}

impl Refusal {
    /// The operator's answer to `submission`, refused for `reject` when `checkpoint` was the ledger's last.
    #[must_use]
    pub fn new(market: &Market, submission: &[u8], reject: &Reject, checkpoint: &SignedCheckpoint) -> Self {
        Self {
            market: market.entry().market.clone(),
            round: round_of(submission),
            envelope: FileDigest::of(submission),
            code: reject.code,
            // A parsed note is UTF-8: `SignedCheckpoint` writes only what it reads.
            checkpoint: String::from_utf8_lossy(&checkpoint.to_bytes()).into_owned(),
        }
    }

    /// Signs it.
    ///
    /// # Errors
    /// A checkpoint with so many cosignatures that the file would be too large.
    pub fn sign(&self, operator: &SigningKey) -> Result<Envelope, FileError> {
        Envelope::sign(payload_type(WORD), json::to_canonical(self), &[operator])
    }

    /// Reads a signed refusal and checks that operator and log have signed it. With the submission that it is
    /// about, it is evidence; what the code claims is for the reader to check.
    ///
    /// # Errors
    /// The first reason that holds, in published order.
    pub fn verify(file: &[u8], operator: PublicKey, log: &VerifierKey) -> Result<Self, Reject> {
        let envelope = Envelope::parse(file)?;
        let word = envelope.kind()?;
        if word != WORD {
            return Err(Code::KindUnknown.because(format!("expected a refusal, found kind {word:?}")));
        }
        let refusal: Self = json::read_canonical(envelope.payload())?;
        if !refusal.code.is_refusal() {
            return Err(Code::FileMalformed.because(format!("{} refuses no submission", refusal.code)));
        }
        envelope.verify(&[operator])?;
        if refusal.market.0 != *log.origin() {
            let (found, expected) = (&refusal.market, log.origin());
            return Err(Code::MarketMismatch.because(format!("a refusal of {found}, expected {expected}")));
        }
        let checkpoint = SignedCheckpoint::parse(refusal.checkpoint.as_bytes());
        let verified = checkpoint.and_then(|checkpoint| checkpoint.verify_listing_others(log).map(drop));
        verified.map_err(|error| {
            let code = Code::of_word(error.code()).unwrap_or(Code::CheckpointMalformed);
            code.because(error.to_string())
        })?;
        Ok(refusal)
    }

    /// Whether this refusal is about these bytes.
    #[must_use]
    pub fn is_about(&self, submission: &[u8]) -> bool {
        self.envelope == FileDigest::of(submission)
    }
}

/// The round that a submission names, if it can be read so far.
fn round_of(submission: &[u8]) -> Option<RoundId> {
    let envelope = Envelope::parse(submission).ok()?;
    match Payload::of_envelope(&envelope).ok()? {
        Payload::Bid(payload) => Some(payload.round),
        Payload::Report(payload) => Some(payload.round),
        Payload::Close(payload) => Some(payload.round),
        Payload::Settlement(payload) => Some(payload.round),
        Payload::Abort(payload) => Some(payload.round),
        _ => None,
    }
}
