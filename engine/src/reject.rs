//! Every reason for refusal, in the published order of precedence.
//!
//! When several reasons hold, the first of [`Code::ALL`] is given. A reason that cannot be examined does not
//! hold: a file that is too large is not read, so nothing is said about its spelling; when the round that a bid
//! names is unknown, so is who must sign it. The table in `fixtures/reject/README.md` is the published list.

use quittance_circuits::json::Malformed;
use quittance_circuits::rule::Refusal as RuleRefusal;
use quittance_ledger::{CheckpointError, FileError, KeyError, LogError, ProofError, ReceiptError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::borrow::Cow;
use std::fmt;

/// What is examined when a reason shows up. The stages follow each other in the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The file alone.
    File,
    /// Who signed it.
    Who,
    /// The round, and what else the file names.
    Round,
    /// The row.
    Bid,
    /// The ledger.
    Log,
    /// Keys, statement and proof.
    Proof,
    /// Payments.
    Money,
    /// Evidence against an operator.
    Evidence,
}

macro_rules! codes {
    ($($stage:ident { $($name:ident $word:literal $hint:literal)* })*) => {
        /// The stable code of a refusal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = concat!("`", $word, "`")] $name,)*)*
        }

        impl Code {
            /// Every code, in the published order of precedence.
            pub const ALL: &'static [Code] = &[$($(Code::$name,)*)*];

            /// The code word, which never changes.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $($(Code::$name => $word,)*)* }
            }

            /// When the reason shows up.
            #[must_use]
            pub const fn stage(self) -> Stage {
                match self { $($(Code::$name => Stage::$stage,)*)* }
            }

            /// What to do next.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self { $($(Code::$name => $hint,)*)* }
            }
        }
    };
}

codes! {
    File {
        FileMalformed "file_malformed" "compare the file with its schema: `quittance schema KIND`"
        FileTooLarge "file_too_large" "put long texts into a blob and hand in its digest"
        KindUnknown "kind_unknown" "list the kinds of file with `quittance schema`"
        VersionUnknown "version_unknown" "use a newer quittance"
    }
    Who {
        SignerUnknown "signer_unknown" "register the member first: `quittance member add`"
        SignatureInvalid "signature_invalid" "sign the file again with exactly the keys that its kind needs"
        MarketMismatch "market_mismatch" "make the file again for this market"
        RoleMissing "role_missing" "ask the operator to register a member with the role"
        KeyRevoked "key_revoked" "sign with the key that is in force: `quittance member rotate`"
    }
    Round {
        RoundUnknown "round_unknown" "list the rounds with `quittance round list`"
        RecordUnknown "record_unknown" "hand in the file that is named first"
        RoundOpen "round_open" "close the round first: `quittance round close`"
        RoundNotOpen "round_not_open" "the round was aborted; look for another with `quittance round list`"
        RoundClosed "round_closed" "make a new bid for an open round: `quittance round list`"
        RoundFull "round_full" "make a new bid for another round: `quittance round list`"
        RuleUnknown "rule_unknown" "list the rules with `quittance rule list`"
        RuleWithdrawn "rule_withdrawn" "choose a rule that is in force: `quittance rule list`"
        TermsInvalid "terms_invalid" "read what the rule asks for: `quittance rule show RULE`"
        SourceSpent "source_spent" "this revenue is divided already; show the round that did with `quittance round show`"
        AlreadySettled "already_settled" "nothing is left to do; see `quittance round show`"
        DuplicateEntry "duplicate_entry" "nothing is left to do; ask for its receipt: `quittance ledger receipt`"
    }
    Bid {
        RowNotExpected "row_not_expected" "see who may own a row: `quittance round show`"
        RowInvalid "row_invalid" "read which numbers a row has: `quittance rule show RULE`"
        CommitmentNotCanonical "commitment_not_canonical" "make the bid again with `quittance bid new`"
        CommitmentIdentity "commitment_identity" "make the bid again with `quittance bid new`"
        DuplicateBid "duplicate_bid" "a member has one row in a round and cannot replace it"
        OpeningMismatch "opening_mismatch" "seal the row again, to this round and under your own name: `quittance bid new`"
        ValueOutOfRange "value_out_of_range" "hand in a number within the stated range"
    }
    Log {
        CheckpointMalformed "checkpoint_malformed" "take the checkpoint from the market again"
        CheckpointSignatureInvalid "checkpoint_signature_invalid" "compare `market.vkey` with a source you trust"
        QuorumMissing "quorum_missing" "collect the witnesses' cosignatures: `quittance ledger checkpoint --cosign`"
        LogForked "log_forked" "pack both files into evidence: `quittance dispute exclusion RECEIPT BUNDLE --bid FILE`"
        InclusionInvalid "inclusion_invalid" "take the receipt from the market again"
        RangeInvalid "range_invalid" "take the bundle from the market again"
        LogInvalid "log_invalid" "look at the entry: `quittance ledger entry N`"
        ClosedEarly "closed_early" "compare the closing checkpoint's cosignatures with the round's `close_at`"
        DeadlineMissed "deadline_missed" "compare the settlement's cosignatures with the round's `abort_at`"
    }
    Proof {
        KeyUnknown "key_unknown" "list the circuit keys in force: `quittance circuit-key list`"
        KeyMismatch "key_mismatch" "compare the key with the round's: `quittance round show`"
        KeyUnsafe "key_unsafe" "make a new key; nobody can rely on this one"
        StatementMismatch "statement_mismatch" "take the bundle from the market again, then replay: `quittance ledger replay`"
        BidSetMismatch "bid_set_mismatch" "compare the round's entries with `quittance ledger show`"
        ProofMalformed "proof_malformed" "take the bundle from the market again"
        ProofInvalid "proof_invalid" "keep the bundle: the operator signed a false settlement"
    }
    Money {
        ConservationViolated "conservation_violated" "keep the bundle: the operator signed a false settlement"
        PaymentMismatch "payment_mismatch" "keep the bundle: the operator signed a false settlement"
        BidMissing "bid_missing" "pack them into evidence against the operator: `quittance dispute exclusion RECEIPT BUNDLE --bid FILE`"
    }
    Evidence {
        EvidenceRefuted "evidence_refuted" "nothing in this file speaks against the operator"
    }
}

impl Code {
    /// The code of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.word() == word)
    }

    /// Whether an operator may refuse a submission with this code. Reasons of later stages are about what the
    /// operator itself has published.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        self.stage() <= Stage::Bid
    }

    /// A refusal with this code, and in one line what was found and what was expected.
    pub fn because(self, found: impl Into<String>) -> Reject {
        Reject { code: self, found: found.into(), rule_refusal: None, own_hint: None }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        Self::of_word(&word).ok_or_else(|| D::Error::custom(format!("`{word}` is no refusal code")))
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::ALL.iter().map(|code| code.word()).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

/// A refusal: its code, and in one line what was found and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found}")]
pub struct Reject {
    /// The stable code.
    pub code: Code,
    /// What was found and what was expected, for people.
    pub found: String,
    /// The rule's own refusal, where the rule refused.
    pub rule_refusal: Option<RuleRefusal>,
    /// What to do next, where that is not what the code says.
    own_hint: Option<&'static str>,
}

impl Reject {
    /// The code word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code.word()
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.own_hint.unwrap_or(self.code.hint())
    }

    /// The same refusal, with another hint than its code's.
    pub(crate) fn hinting(mut self, hint: &'static str) -> Self {
        self.own_hint = Some(hint);
        self
    }

    /// The same refusal, for the rule's own reason.
    pub(crate) fn by_rule(mut self, refusal: RuleRefusal) -> Self {
        self.rule_refusal = Some(refusal);
        self
    }
}

macro_rules! from_ledger {
    ($($error:ty => $otherwise:ident),*) => {
        $(impl From<$error> for Reject {
            fn from(error: $error) -> Self {
                // The ledger's code words are ours; a test looks each of them up. What is not about a file is
                // the storage's own trouble.
                Code::of_word(error.code()).unwrap_or(Code::$otherwise).because(error.to_string())
            }
        })*
    };
}

from_ledger! {
    FileError => FileMalformed,
    CheckpointError => CheckpointMalformed,
    ProofError => InclusionInvalid,
    ReceiptError => FileMalformed,
    LogError => LogInvalid
}

impl From<KeyError> for Reject {
    fn from(error: KeyError) -> Self {
        Code::SignatureInvalid.because(error.to_string())
    }
}

impl From<Malformed> for Reject {
    fn from(error: Malformed) -> Self {
        Code::FileMalformed.because(error.to_string())
    }
}
