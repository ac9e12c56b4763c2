//! Kinds of entries and what their payloads say, a file a kind.
//!
//! A payload is read in its one spelling only ([`Payload::parse`]); what it says is judged by
//! [`crate::market::Market`]. Source: formats.md section 2.

mod abort;
mod bid;
mod close;
mod erasure;
mod id;
mod key_revoke;
mod key_rotate;
mod market;
mod member;
mod model;
mod report;
mod round;
mod rule_admit;
mod rule_withdraw;
mod settlement;
mod spelled;
mod text;

pub use abort::Abort;
pub use bid::Bid;
pub use close::Close;
pub use erasure::Erasure;
pub use id::{
    BlobDigest, CircuitKeyId, FileDigest, HexBytes, MemberId, ModelId, Nonce, NotHex, PointBytes, RoundId,
    ScalarBytes, SealKey, SignerKey,
};
pub use key_revoke::KeyRevoke;
pub use key_rotate::KeyRotate;
pub use market::MarketEntry;
pub use member::{MemberEntry, Role};
pub use model::ModelCommitment;
pub use report::{Measure, PerformanceReport};
pub use round::{Disclosure, DustTo, RevenueSource, RoundEntry, RoundKey, RowSigners};
pub use rule_admit::{AdmittedRule, Provenance, RuleAdmit};
pub use rule_withdraw::RuleWithdraw;
pub use settlement::{Settlement, SettlementProof};
pub use text::{Label, MarketId, NotText, RuleId, Tier, UtcTime};

use crate::reject::{Code, Reject};
use quittance_circuits::json;
use quittance_ledger::{Entry, Envelope, FileError, SigningKey, envelope::payload_type};
use schemars::{JsonSchema, Schema};
use serde::{Serialize, de::DeserializeOwned};

/// A payload of one kind.
pub trait EntryPayload: Serialize + DeserializeOwned + JsonSchema {
    /// Its kind.
    const KIND: Kind;

    /// The market that it is for.
    fn market(&self) -> &MarketId;

    /// The signed file, in the payload's one spelling. Kinds with several signers are signed in turn:
    /// [`Envelope::add_signature`].
    ///
    /// # Errors
    /// A payload of more than 48 KiB, or a key given twice.
    fn sign(&self, keys: &[&SigningKey]) -> Result<Envelope, FileError> {
        Envelope::sign(Self::KIND.payload_type(), json::to_canonical(self), keys)
    }
}

macro_rules! kinds {
    ($($name:ident($payload:ty) = $byte:literal $word:literal),* $(,)?) => {
        /// What an entry is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = concat!("`", $word, "`")] $name = $byte,)*
        }

        impl Kind {
            /// Every kind, by its byte.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The word in the payload type.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Kind::$name => $word,)* }
            }

            /// The JSON Schema of the kind's payload.
            #[must_use]
            pub fn schema(self) -> Schema {
                match self { $(Kind::$name => crate::schema::of::<$payload>(),)* }
            }
        }

        /// What an entry says, by its kind.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Payload {
            $(#[doc = concat!("`", $word, "`")] $name($payload),)*
        }

        impl Payload {
            /// The kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Payload::$name(_) => Kind::$name,)* }
            }

            /// The market that it is for.
            #[must_use]
            pub fn market(&self) -> &MarketId {
                match self { $(Payload::$name(payload) => payload.market(),)* }
            }

            /// Reads the payload of a kind, in its one spelling.
            ///
            /// # Errors
            /// `file_malformed`.
            pub fn parse(kind: Kind, bytes: &[u8]) -> Result<Self, Reject> {
                Ok(match kind { $(Kind::$name => Payload::$name(json::read_canonical(bytes)?),)* })
            }
        }

        $(impl EntryPayload for $payload {
            const KIND: Kind = Kind::$name;

            fn market(&self) -> &MarketId {
                &self.market
            }
        })*
    };
}

kinds! {
    Market(MarketEntry) = 0 "market",
    Member(MemberEntry) = 1 "member",
    KeyRotate(KeyRotate) = 2 "key_rotate",
    KeyRevoke(KeyRevoke) = 3 "key_revoke",
    RuleAdmit(RuleAdmit) = 4 "rule_admit",
    RuleWithdraw(RuleWithdraw) = 5 "rule_withdraw",
    Model(ModelCommitment) = 6 "model",
    Report(PerformanceReport) = 7 "report",
    Round(RoundEntry) = 8 "round",
    Bid(Bid) = 9 "bid",
    Close(Close) = 10 "close",
    Settlement(Settlement) = 11 "settlement",
    Abort(Abort) = 12 "abort",
    Erasure(Erasure) = 13 "erasure",
}

impl Kind {
    /// The kind byte of an entry.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// The kind of this byte.
    #[must_use]
    pub fn of_byte(byte: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.byte() == byte)
    }

    /// The kind of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// The payload type: `application/vnd.quittance.<kind>.v1+json`.
    #[must_use]
    pub fn payload_type(self) -> String {
        payload_type(self.word())
    }

    /// The kind of a signed file, by its payload type.
    ///
    /// # Errors
    /// `kind_unknown`, `version_unknown`.
    pub fn of_envelope(envelope: &Envelope) -> Result<Self, Reject> {
        let word = envelope.kind()?;
        Self::of_word(word).ok_or_else(|| Code::KindUnknown.because(format!("no entry is of kind {word:?}")))
    }
}

impl Payload {
    /// Reads a signed file's payload. Verifies no signature.
    ///
    /// # Errors
    /// `file_malformed`, `kind_unknown`, `version_unknown`.
    pub fn of_envelope(envelope: &Envelope) -> Result<Self, Reject> {
        Self::parse(Kind::of_envelope(envelope)?, envelope.payload())
    }

    /// Reads an entry's payload; kind byte and payload type agree. Verifies no signature.
    ///
    /// # Errors
    /// `file_malformed`, `kind_unknown`, `version_unknown`.
    pub fn of_entry(entry: &Entry) -> Result<Self, Reject> {
        let kind = Kind::of_envelope(entry.envelope())?;
        if entry.kind() != kind.byte() {
            let (found, word) = (entry.kind(), kind.word());
            return Err(Code::FileMalformed.because(format!("kind byte {found} on a file of kind {word}")));
        }
        Self::parse(kind, entry.envelope().payload())
    }

    /// The payload type of its kind.
    #[must_use]
    pub fn payload_type(&self) -> String {
        self.kind().payload_type()
    }
}

/// The entry of a signed file: its kind byte follows from its payload type.
///
/// # Errors
/// `kind_unknown`, `version_unknown`.
pub fn entry_of(envelope: Envelope, time_ms: u64) -> Result<Entry, Reject> {
    let kind = Kind::of_envelope(&envelope)?;
    Ok(Entry::from_envelope(kind.byte(), time_ms, envelope))
}
