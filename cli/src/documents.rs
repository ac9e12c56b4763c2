//! What commands print with `--json`, and their published schemas: a type a document.
//!
//! Verdicts, replay reports and what stands in files are the engine's types, with schemas of their own.

use crate::cmd::ledger::Replayed;
use crate::cmd::rule::Field;
use crate::error::ErrorDocument;
use quittance_circuits::ceremony::Transcript;
use quittance_circuits::number::Count;
use quittance_engine::entry::{
    Bid, BlobDigest, CircuitKeyId, FileDigest, MarketId, MemberId, Provenance, Role, RoundEntry, RoundId,
    RuleId, SealKey, SignerKey, Tier,
};
use quittance_engine::verdict::Verdict;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The schema of what is printed: every field is there, no other is.
fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

macro_rules! documents {
    ($($(#[$about:meta])+ $name:ident $schema:literal { $($(#[$says:meta])+ $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$about])+
            #[derive(Debug, Serialize, JsonSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                #[doc = concat!("`", $schema, "`.")]
                pub schema: &'static str,
                $($(#[$says])+ pub $field: $type,)*
            }

            impl $name {
                /// What the document calls itself.
                pub const SCHEMA: &'static str = $schema;
            }
        )*

        /// Every document of a command, by what it calls itself.
        fn of_commands() -> Vec<(&'static str, Schema)> {
            vec![$(($schema, of::<$name>())),*]
        }
    };
}

macro_rules! parts {
    ($($(#[$about:meta])+ $name:ident { $($(#[$says:meta])+ $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$about])+
            #[derive(Debug, Serialize, JsonSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$says])+ pub $field: $type,)* }
        )*
    };
}

documents! {
    /// How submitted files were answered: `round admit`.
    Admitted "admitted/v1" {
        /// In the order in which the files were named.
        answers: Vec<FileAnswer>,
    }
    /// The commitment to a model's bytes: `model commit`.
    Artifact "artifact/v1" {
        /// Plain BLAKE3 of the bytes.
        artifact: FileDigest,
        /// How many bytes.
        size: Count,
    }
    /// Whether bytes are those that were committed to: `model check`.
    ArtifactCheck "artifact-check/v1" {
        /// `artifact_mismatch`; null if they are.
        code: Option<&'static str>,
        /// The commitment.
        committed: FileDigest,
        /// The commitment to these bytes.
        found: FileDigest,
        /// Whether they are.
        matches: bool,
        /// How many bytes these are.
        size: Count,
    }
    /// Figures of one round: `demo --bids N`. This one alone has JSON numbers.
    Bench "bench/v1" {
        /// Rows.
        bids: usize,
        /// Proofs that the rows are split over.
        shards: usize,
        /// Size of the circuit.
        tier: String,
        /// Constraints of the circuit.
        constraints: usize,
        /// Constraints a row, without the lookup table.
        constraints_per_bid: Option<u32>,
        /// Making the circuit key.
        setup_ms: f64,
        /// Evaluating the rule.
        settle_ms: f64,
        /// Filling the witness.
        witness_ms: f64,
        /// Proving, the witness included.
        prove_ms: f64,
        /// Verifying.
        verify_ms: f64,
        /// Of that, the pairings.
        verify_pairing_ms: f64,
        /// Of that, the link of the proof to the rows.
        verify_link_ms: f64,
        /// Bytes of all proofs.
        proof_bytes: usize,
        /// Most memory while settling, proving and verifying; 0 if the system does not say.
        peak_rss_bytes: u64,
        /// Most memory, the setup included.
        peak_rss_with_setup_bytes: u64,
    }
    /// Whether a bid can be handed in: `bid check`.
    BidCheck "bid-check/v1" {
        /// The checks, in order.
        checks: Vec<NamedCheck>,
        /// The code of the first check that failed.
        code: Option<&'static str>,
        /// Whether all passed.
        good: bool,
        /// What was not checked.
        not_checked: Vec<String>,
    }
    /// A bid was made: `bid new`.
    BidMade "bid-made/v1" {
        /// The signed bid.
        file: String,
        /// Whose row it is.
        member: MemberId,
        /// The file that opens it, for its owner alone; null if nothing is sealed.
        opening: Option<String>,
        /// The bid's record id.
        record: String,
    }
    /// What a bid says: `bid show`.
    BidShown "bid-shown/v1" {
        /// The payload.
        bid: Bid,
        /// Its record id.
        record: String,
        /// Key ids of its signatures.
        signed_by: Vec<String>,
    }
    /// Whether a ceremony is right: `ceremony verify`.
    CeremonyCheck "ceremony-check/v1" {
        /// `ceremony_invalid`; null if it is right.
        code: Option<&'static str>,
        /// Who contributed, in order.
        contributors: Vec<Contributor>,
        /// BLAKE3 of its transcript.
        digest: String,
        /// Whether its beacon has spoken.
        ended: bool,
        /// The keys that it leads to; none before its beacon.
        keys: Vec<CeremonyKey>,
        /// What was not checked, for people.
        not_checked: Vec<String>,
        /// Whether everything so far is right.
        verified: bool,
        /// What is wrong, for people; null if nothing is.
        what: Option<String>,
    }
    /// The keys of a ceremony were admitted: `ceremony finish`.
    CeremonyFinished "ceremony-finished/v1" {
        /// BLAKE3 of its transcript.
        digest: String,
        /// The keys.
        keys: Vec<CeremonyKey>,
        /// The transcript's file.
        transcript: String,
    }
    /// Where a ceremony stands: `ceremony show`.
    CeremonyShown "ceremony-shown/v1" {
        /// The circuits, as `ceremony phase2` names them; none in phase 1.
        circuits: Vec<String>,
        /// Who contributed, in order.
        contributors: Vec<Contributor>,
        /// What stands for all of it: the last contributor's.
        digest: String,
        /// Whether its beacon has spoken.
        ended: bool,
        /// 1 or 2.
        phase: Count,
        /// Points that a contribution multiplies.
        points: Count,
    }
    /// A ceremony went on: `ceremony new`, `phase2`, `contribute`, `beacon`.
    CeremonyStep "ceremony-step/v1" {
        /// Who contributed, in order.
        contributors: Vec<String>,
        /// What stands for all of it: for contributors to write down.
        digest: String,
        /// The file to hand on.
        file: String,
        /// 1 or 2.
        phase: Count,
    }
    /// The last signed checkpoint: `ledger checkpoint`.
    Checkpoint "checkpoint/v1" {
        /// The signed note.
        note: String,
    }
    /// A circuit key was made and admitted: `circuit-key setup`.
    CircuitKey "circuit-key/v1" {
        /// Its id.
        circuit_key: CircuitKeyId,
        /// The verifying key.
        file: String,
        /// Who made it.
        provenance: Provenance,
        /// The rule.
        rule: RuleId,
        /// Size of the circuit.
        tier: Tier,
    }
    /// Whether a circuit key can be relied on: `circuit-key check`.
    CircuitKeyCheck "circuit-key-check/v1" {
        /// Its id; null if the file is too wrong to have one.
        circuit_key: Option<String>,
        /// `key_unsafe`; null if it is safe.
        code: Option<&'static str>,
        /// Digest of the circuit's matrices.
        matrices_digest: Option<String>,
        /// The rule.
        rule: Option<String>,
        /// Whether it is safe.
        safe: bool,
        /// Size of the circuit.
        tier: Option<String>,
    }
    /// The circuit keys in force: `circuit-key list`.
    CircuitKeys "circuit-keys/v1" {
        /// By rule, then by size.
        keys: Vec<ListedKey>,
    }
    /// A market was run: `demo`.
    Demo "demo/v1" {
        /// Its folder.
        dir: String,
        /// How many forged bundles were written.
        forged: Count,
        /// How many rounds were settled.
        rounds: Count,
        /// Whether every bundle was verified.
        verified: bool,
    }
    /// The entries of a ledger: `ledger show`.
    Entries "entries/v1" {
        /// In the order of the ledger.
        entries: Vec<ListedEntry>,
    }
    /// Evidence was written: `dispute exclusion`, `ledger watch`.
    EvidenceMade "evidence-made/v1" {
        /// The file.
        file: String,
        /// Its length in bytes.
        size: Count,
        /// What a stranger is told who verifies it.
        verdict: Verdict,
    }
    /// A text of the help: `help TOPIC`.
    Help "help/v1" {
        /// The text.
        text: String,
        /// The topic, or the words of a command.
        topic: String,
    }
    /// What there is help on: `help`.
    HelpTopics "help-topics/v1" {
        /// The topics.
        topics: Vec<&'static str>,
    }
    /// A market was started: `init`.
    Init "init/v1" {
        /// Its folder.
        dir: String,
        /// Its name.
        market: MarketId,
        /// Its verifier key, for everybody.
        market_key: String,
    }
    /// A key is revoked: `member revoke`.
    KeyRevoked "key-revoked/v1" {
        /// Where the revocation stands.
        entry: Count,
        /// The key.
        key: SignerKey,
        /// Whose it was.
        member: MemberId,
    }
    /// A member's name was erased: `member erase`.
    NameErased "name-erased/v1" {
        /// Where the erasure stands.
        entry: Count,
        /// Whose it was.
        member: MemberId,
    }
    /// A member was added, or its keys were changed: `member add`.
    MemberAdded "member-added/v1" {
        /// Where the entry stands.
        entry: Count,
        /// `member` or `key_rotate`.
        kind: &'static str,
        /// Its record id.
        record: String,
    }
    /// A request to join was made: `member request`.
    MemberRequest "member-request/v1" {
        /// The signed request.
        file: String,
        /// The name and its salt, for member and operator.
        name_file: String,
        /// What the member asks to be.
        roles: BTreeSet<Role>,
    }
    /// The members of a market: `member list`.
    Members "members/v1" {
        /// In the order of the ledger.
        members: Vec<ListedMember>,
    }
    /// A report page was written: `report`.
    ReportMade "report-made/v1" {
        /// BLAKE3 of the bundle's file.
        bundle: FileDigest,
        /// The code of the first check that failed.
        code: Option<&'static str>,
        /// Why the outcome is right: `proved`, `recomputed` or `asserted`; null where there is none.
        evidence: Option<String>,
        /// The page.
        file: String,
        /// Members that the page names.
        names: Count,
        /// How many bytes the page has.
        size: Count,
        /// Whether the settlement was verified.
        verified: bool,
    }
    /// A round was aborted: `round abort`.
    RoundAborted "round-aborted/v1" {
        /// What public numbers say about it.
        cause: Option<&'static str>,
        /// Where the abort stands.
        entry: Option<Count>,
        /// The round.
        round: RoundId,
    }
    /// A round was closed: `round close`.
    RoundClosed "round-closed/v1" {
        /// Where the close stands.
        entry: Count,
        /// The round.
        round: RoundId,
        /// Rows that take part.
        rows: Count,
    }
    /// A round was evaluated, and nothing was written: `round settle` without `--prove`.
    RoundEvaluated "round-evaluated/v1" {
        /// The rule's outcome.
        #[schemars(with = "Map<String, Value>")]
        outcome: Value,
        /// The round.
        round: RoundId,
        /// Digest of the statement.
        statement: BlobDigest,
    }
    /// A round's file was made, for its sellers to sign: `round open`.
    RoundFile "round-file/v1" {
        /// The file, signed by the operator.
        file: String,
        /// What bids are sealed to; null if the round seals nothing.
        hpke_key: Option<SealKey>,
        /// The rule.
        rule: RuleId,
        /// The sellers.
        to_be_signed_by: Vec<MemberId>,
    }
    /// A round's bundle was written: `round publish`.
    RoundPublished "round-published/v1" {
        /// The bundle.
        file: String,
        /// The round.
        round: RoundId,
    }
    /// A round is settled: `round settle`.
    RoundSettled "round-settled/v1" {
        /// The bundle, if it was written now.
        bundle: Option<String>,
        /// `already_settled` if nothing was done; else null.
        code: Option<&'static str>,
        /// Where the settlement stands.
        entry: Count,
        /// The round.
        round: RoundId,
        /// Digest of the statement, which names the settlement.
        statement: BlobDigest,
    }
    /// How far a round has come: `round show`.
    RoundState "round-state/v1" {
        /// Where its close, settlement or abort stands; null while it is open.
        ended_at: Option<Count>,
        /// Where it was opened.
        entry: Count,
        /// Its number, in the order of the ledger.
        number: Count,
        /// The payload that opened it.
        opening: RoundEntry,
        /// The round.
        round: RoundId,
        /// Its rows, in the order of the ledger.
        rows: Vec<ListedRow>,
        /// `open`, `closed`, `settled` or `aborted`.
        status: &'static str,
    }
    /// The rounds of a market: `round list`.
    Rounds "rounds/v1" {
        /// In the order of the ledger.
        rounds: Vec<ListedRound>,
    }
    /// What a rule reads and writes: `rule show`.
    Rule "rule/v1" {
        /// How a settlement convinces.
        evidence: &'static str,
        /// Its fields.
        fields: Vec<Field>,
        /// The rule.
        rule: &'static str,
    }
    /// A rule in plain words: `rule explain`.
    RuleCard "rule-card/v1" {
        /// The words.
        card: &'static str,
        /// How a settlement convinces.
        evidence: &'static str,
        /// Terms, rows and outcome to work through by hand.
        #[schemars(with = "Option<Map<String, Value>>")]
        example: Option<Value>,
        /// The rule.
        rule: &'static str,
    }
    /// What differs between two rules: `rule diff`.
    RuleDiff "rule-diff/v1" {
        /// One rule.
        a: &'static str,
        /// The other.
        b: &'static str,
        /// Fields of one alone.
        differences: Vec<Difference>,
    }
    /// The published rules: `rule list`.
    Rules "rules/v1" {
        /// The rules.
        rules: Vec<ListedRule>,
    }
    /// A witness was made: `witness new`.
    WitnessMade "witness-made/v1" {
        /// The witness's folder.
        dir: String,
        /// The witness's verifier key.
        key: String,
    }

    /// What has a published schema: `schema`.
    Schemas "schemas/v1" {
        /// The names to ask for.
        kinds: Vec<String>,
    }
    /// A signature was added: `cosign`.
    Signed "signed/v1" {
        /// The signed file.
        file: String,
        /// What it is.
        kind: &'static str,
        /// Its record id.
        record: String,
        /// Key ids of its signatures.
        signed_by: Vec<String>,
    }
    /// A file was put into an inbox: `bid submit`.
    Submitted "submitted/v1" {
        /// Where it lies.
        file: String,
        /// What it is.
        kind: &'static str,
        /// Its record id.
        record: String,
    }
    /// Verdicts on several files: `verify`.
    Verdicts "verdicts/v1" {
        /// In the order in which the files were named.
        verdicts: Vec<Verdict>,
    }
    /// A ledger was written as a folder: `ledger export`.
    Exported "exported/v1" {
        /// The folder.
        folder: String,
        /// Entries of the signed tree.
        entries: Count,
        /// Files that were written.
        files: Count,
    }
    /// A ledger was written as pages: `ledger export --site`.
    SiteMade "site/v1" {
        /// Entries of the signed tree.
        entries: Count,
        /// Files that were written.
        files: Count,
        /// The folder.
        folder: String,
        /// Settlements of which there can be no bundle yet: no quorum of witnesses has seen them.
        pending: Count,
        /// Settlements that do not hold.
        rejected: Count,
        /// Settlements that were verified.
        verified: Count,
    }
    /// A ledger was copied, and the copy checked: `ledger backup`.
    BackedUp "backed-up/v1" {
        /// The folder.
        folder: String,
        /// Entries.
        entries: Count,
        /// Of these, those under the newest signed checkpoint.
        signed: Count,
    }
    /// What is left of a ledger: `ledger repair`.
    Survey "survey/v1" {
        /// Whether nothing is missing or damaged.
        sound: bool,
        /// Entries that ought to be there: by the head, by what was acknowledged, by what was signed.
        expected: Count,
        /// Entries from the first one on that are there.
        unbroken: Count,
        /// Entries under the newest signed checkpoint that is known; null if none is.
        signed: Option<Count>,
        /// Entries under the newest signed checkpoint that the entries bear out; null if none is.
        proved: Option<Count>,
        /// Whether the database's catalogue is lost, and a copy was read that was made without it.
        rebuilt: bool,
        /// What is missing or damaged.
        damage: Vec<Damaged>,
        /// The export of what is proved, if it was written.
        salvage: Option<String>,
    }
    /// A log was compared with what was seen of it: `ledger watch`.
    Watched "watched/v1" {
        /// `first`, `same`, `extended`, or `older`, which was not compared.
        history: &'static str,
        /// The market.
        market: MarketId,
        /// Entries of its checkpoint.
        now: Count,
        /// Entries of the checkpoint that was seen before.
        seen: Option<Count>,
    }
    /// A circuit key, or a rule that needs none, was withdrawn: `circuit-key withdraw`.
    Withdrawn "withdrawn/v1" {
        /// The key; null for a rule that needs none.
        circuit_key: Option<CircuitKeyId>,
        /// Where it says so.
        entry: Count,
        /// The rule.
        rule: RuleId,
        /// Size of the circuit; null for a rule that needs none.
        tier: Option<Tier>,
    }
    /// A file was written: every command with `-o`.
    Written "written/v1" {
        /// The file.
        file: String,
        /// Its length in bytes.
        size: Count,
    }
}

parts! {
    /// Something of a ledger that is missing or damaged.
    Damaged {
        /// Which part.
        part: String,
        /// What is wrong with it.
        what: String,
    }
    /// A field that one rule has and the other has not.
    Difference {
        /// The field.
        field: Field,
        /// Whose it is.
        only: &'static str,
    }
    /// How a submitted file was answered.
    FileAnswer {
        /// Whether it stands on the ledger.
        admitted: bool,
        /// The receipt, or the signed refusal.
        answer: String,
        /// Why it was refused.
        code: Option<String>,
        /// Where it stands.
        entry: Option<Count>,
        /// The file.
        file: String,
    }
    /// An entry of a ledger.
    ListedEntry {
        /// Where it stands.
        index: Count,
        /// What it is.
        kind: &'static str,
        /// Its record id.
        record: String,
        /// Key ids of its signatures.
        signed_by: Vec<String>,
    }
    /// A circuit key in force.
    ListedKey {
        /// Its id.
        circuit_key: CircuitKeyId,
        /// Who made it.
        made_by: &'static str,
        /// Whether the proving key is in the market's folder.
        proving_key_here: bool,
        /// The rule.
        rule: RuleId,
        /// Size of the circuit.
        tier: Tier,
    }
    /// A member.
    ListedMember {
        /// Where it was added.
        entry: Count,
        /// The key in force; null if it was revoked.
        key: Option<SignerKey>,
        /// Its id.
        member: MemberId,
        /// Its name; null if the ledger does not keep it.
        name: Option<String>,
        /// What it may be.
        roles: BTreeSet<Role>,
    }
    /// A round.
    ListedRound {
        /// Where its close, settlement or abort stands; null while it is open.
        ended_at: Option<Count>,
        /// Where it was opened.
        entry: Count,
        /// Its number, in the order of the ledger.
        number: Count,
        /// The round.
        round: RoundId,
        /// How many rows it has.
        rows: Count,
        /// The rule.
        rule: RuleId,
        /// `open`, `closed`, `settled` or `aborted`.
        status: &'static str,
    }
    /// A key that a ceremony made.
    CeremonyKey {
        /// Its id.
        circuit_key: String,
        /// The rule.
        rule: String,
        /// Size of the circuit.
        tier: String,
    }
    /// Who contributed to a ceremony.
    Contributor {
        /// The value, if it was a beacon; else null.
        beacon: Option<String>,
        /// What stands for everything up to and with this contribution: what the contributor wrote down.
        digest: String,
        /// The name that was given. Nobody checked it.
        name: String,
    }
    /// A row of a round.
    ListedRow {
        /// Where it stands.
        entry: Count,
        /// Whose it is.
        member: MemberId,
        /// Its record id.
        record: String,
    }
    /// A published rule.
    ListedRule {
        /// How a settlement convinces.
        evidence: &'static str,
        /// The rule.
        rule: &'static str,
        /// In one sentence.
        short: &'static str,
    }
    /// A check.
    NamedCheck {
        /// Its name.
        name: &'static str,
        /// Whether it passed.
        passed: bool,
    }
}

/// What a rule says of terms and rows: `rule eval`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Outcome {
    /// It decides.
    Decided {
        /// The outcome: `quittance schema RULE/outcome`.
        #[schemars(with = "Map<String, Value>")]
        outcome: Value,
        /// The rule.
        rule: &'static str,
        /// `outcome/v1`.
        schema: &'static str,
    },
    /// It has no outcome.
    Refused {
        /// Why.
        refusal: &'static str,
        /// The rule.
        rule: &'static str,
        /// `outcome/v1`.
        schema: &'static str,
    },
}

impl Outcome {
    /// What the document calls itself.
    pub const SCHEMA: &'static str = "outcome/v1";
}

/// Every schema of what this program prints, by its name, which is the document's without its version.
pub fn schemas() -> Vec<(String, Schema)> {
    let more = [
        (Outcome::SCHEMA, of::<Outcome>()),
        (Transcript::SCHEMA, of::<Transcript>()),
        ("error/v1", of::<ErrorDocument<'_>>()),
        (Replayed::SCHEMA, of::<Replayed>()),
        ("public-keys/v1", of::<crate::cmd::key::PublicKeys>()),
    ];
    let all = of_commands().into_iter().chain(more);
    let mut all: Vec<_> =
        all.map(|(name, schema)| (name.trim_end_matches("/v1").to_owned(), schema)).collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}
