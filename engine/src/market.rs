//! The market: state folded from the ledger's entries.
//!
//! [`Market::apply`] is pure and deterministic: the same entries give the same market anywhere. It judges all
//! that is public; whether an opening opens is [`crate::admit`]'s, whether a proof proves is verified elsewhere.
//! Every kind has a `check_…` that looks at the market and says what would change, and `commit`
//! changes it, so a refused entry leaves no trace.

mod change;
mod ending;
mod members;
mod opening;
mod round;
mod rows;
mod rules;
mod who;

pub use members::{Member, MemberKey, Revocation};
pub use round::{AbortCause, Aborted, Closed, Report, Round, Row, Settled, Status};
pub use rules::RuleState;
pub(crate) use rules::published;

use crate::entry::{
    BlobDigest, EntryPayload as _, MarketEntry, MemberId, ModelCommitment, ModelId, Payload, RevenueSource,
    RoundId, RuleId, SignerKey,
};
use crate::facts::{Facts, Prepared};
use crate::reject::{Code, Reject};
use change::Change;
use quittance_circuits::number::Wide;
use quittance_ledger::{Entry, Envelope, KeyId, PublicKey, RecordId, TreeHash, VerifierKey, WitnessPolicy};
use std::collections::BTreeMap;
use who::KeyOwner;

/// A signed file, and where on the ledger it stands or would stand.
#[derive(Clone, Copy)]
struct Filed<'a> {
    index: u64,
    id: RecordId,
    envelope: &'a Envelope,
    facts: &'a Facts,
}

/// A model commitment on the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub id: ModelId,
    /// Where it stands.
    pub index: u64,
    /// Who signed it.
    pub seller: MemberId,
    /// What it says.
    pub entry: ModelCommitment,
}

/// A market, as its entries made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Market {
    entry: MarketEntry,
    entry0: TreeHash,
    log: VerifierKey,
    operator: PublicKey,
    witness_policy: WitnessPolicy,
    next_index: u64,
    records: BTreeMap<RecordId, u64>,
    keys: BTreeMap<KeyId, KeyOwner>,
    members: BTreeMap<MemberId, Member>,
    rules: BTreeMap<RuleId, RuleState>,
    /// Where admissions and withdrawals stand, ascending.
    rule_entries: Vec<u64>,
    models: BTreeMap<ModelId, Model>,
    rounds: BTreeMap<RoundId, Round>,
    erased: BTreeMap<BlobDigest, u64>,
}

impl Market {
    /// The market that entry 0 describes.
    ///
    /// # Errors
    /// The first reason that holds, in published order.
    pub fn open(entry: &Entry) -> Result<Self, Reject> {
        let Payload::Market(payload) = Payload::of_entry(entry)? else {
            return Err(Code::FileMalformed.because("entry 0 is not of kind market"));
        };
        let witness_policy = match &payload.witness_policy {
            Some(text) => text.parse()?,
            None => WitnessPolicy::none(),
        };
        let log: VerifierKey = payload.log_key.parse()?;
        entry.envelope().verify(&[log.public_key()])?;
        let operator = payload.operator_key.public_key()?;
        if *log.origin() != payload.market.0 {
            let (log, market) = (log.origin(), payload.market());
            return Err(
                Code::MarketMismatch.because(format!("the log key is of {log}, the market is {market}"))
            );
        }
        let rules = rules::open(&payload.rules)?;
        if payload.decimals.0 > 18 {
            return Err(Code::ValueOutOfRange.because("a currency has at most 18 decimals"));
        }
        let keys = [(log.public_key().id(), KeyOwner::Log), (operator.id(), KeyOwner::Operator)];
        Ok(Self {
            entry: payload,
            entry0: entry.leaf_hash(),
            log,
            operator,
            witness_policy,
            next_index: 1,
            records: [(entry.record_id(), 0)].into(),
            keys: keys.into(),
            members: BTreeMap::new(),
            rules,
            rule_entries: Vec::new(),
            models: BTreeMap::new(),
            rounds: BTreeMap::new(),
            erased: BTreeMap::new(),
        })
    }

    /// Whether the entry may stand at this index.
    ///
    /// # Errors
    /// The first reason that holds, in published order.
    pub fn check(&self, index: u64, entry: &Entry) -> Result<(), Reject> {
        let (id, envelope, facts) = (entry.record_id(), entry.envelope(), &Facts::default());
        self.examine(Filed { index, id, envelope, facts }, Payload::of_entry(entry)?).map(drop)
    }

    /// Takes the entry at this index in. A refused entry changes nothing.
    ///
    /// Indices grow. They may jump: whoever verifies a bundle has all entries of a round, but not of the ledger.
    ///
    /// # Errors
    /// The first reason that holds, in published order.
    pub fn apply(&mut self, index: u64, entry: &Entry) -> Result<(), Reject> {
        let (id, envelope, facts) = (entry.record_id(), entry.envelope(), &Facts::default());
        let change = self.examine(Filed { index, id, envelope, facts }, Payload::of_entry(entry)?)?;
        self.commit(index, id, change);
        Ok(())
    }

    /// As [`Market::apply`], with what was found out about the entry before.
    ///
    /// # Errors
    /// The same.
    pub fn apply_prepared(&mut self, index: u64, prepared: Prepared) -> Result<(), Reject> {
        let Prepared { id, entry, payload, facts } = prepared;
        let filed = Filed { index, id, envelope: entry.envelope(), facts: &facts };
        let change = self.examine(filed, payload?)?;
        self.commit(index, id, change);
        Ok(())
    }

    /// What the entry would change.
    fn examine(&self, filed: Filed, payload: Payload) -> Result<Change, Reject> {
        let index = filed.index;
        if index < self.next_index {
            let next = self.next_index;
            return Err(
                Code::LogInvalid.because(format!("index {index}, but the next entry has {next} or more"))
            );
        }
        match payload {
            Payload::Market(_) => {
                Err(Code::DuplicateEntry.because("entry 0 has described the market already"))
            }
            Payload::Member(payload) => self.check_member(filed, payload),
            Payload::KeyRotate(payload) => self.check_key_rotate(filed, &payload),
            Payload::KeyRevoke(payload) => self.check_key_revoke(filed, &payload),
            Payload::RuleAdmit(payload) => self.check_rule_admit(filed, &payload),
            Payload::RuleWithdraw(payload) => self.check_rule_withdraw(filed, &payload),
            Payload::Model(payload) => self.check_model(filed, payload),
            Payload::Report(payload) => self.check_report(filed, payload),
            Payload::Round(payload) => self.check_round(filed, payload),
            Payload::Bid(payload) => self.check_bid(filed, payload),
            Payload::Close(payload) => self.check_close(filed, payload),
            Payload::Settlement(payload) => self.check_settlement(filed, payload),
            Payload::Abort(payload) => self.check_abort(filed, payload),
            Payload::Erasure(payload) => self.check_erasure(filed, &payload),
        }
    }

    /// Remembers what a settled round brought each of its sellers, so that a split may name it as its source.
    ///
    /// This is a call of its own, not part of [`Market::apply`], because the figures stand in the statement, a
    /// blob beside the ledger: whoever replays or verifies reads the blob, checks it against the settlement's
    /// digest and the proof, and only then calls this. Saying the same again is fine.
    ///
    /// # Errors
    /// `round_unknown`; `round_open` unless settled; `statement_mismatch` for somebody who is no seller of the
    /// round, or other figures than before.
    pub fn record_settlement(
        &mut self,
        round: RoundId,
        proceeds: BTreeMap<MemberId, Wide>,
    ) -> Result<(), Reject> {
        let round = self.rounds.get_mut(&round).ok_or_else(|| unknown_round(round))?;
        let sellers = &round.entry.sellers;
        if let Some(other) = proceeds.keys().find(|member| !sellers.contains(member)) {
            let found = format!("proceeds for {other}, who is no seller of round {}", round.id);
            return Err(Code::StatementMismatch.because(found));
        }
        let Status::Settled(_, settled) = &mut round.status else {
            return Err(Code::RoundOpen.because(format!("round {} is not settled", round.id)));
        };
        if settled.proceeds.as_ref().is_some_and(|known| *known != proceeds) {
            let found = format!("other proceeds of round {} than before", round.id);
            return Err(Code::StatementMismatch.because(found));
        }
        settled.proceeds = Some(proceeds);
        Ok(())
    }
}

/// What can be asked.
impl Market {
    /// What entry 0 says.
    #[must_use]
    pub fn entry(&self) -> &MarketEntry {
        &self.entry
    }

    /// The leaf hash of entry 0, which `market.vkey` names.
    #[must_use]
    pub fn entry0(&self) -> TreeHash {
        self.entry0
    }

    /// The log's key.
    #[must_use]
    pub fn log_key(&self) -> &VerifierKey {
        &self.log
    }

    /// The operator's key.
    #[must_use]
    pub fn operator_key(&self) -> PublicKey {
        self.operator
    }

    /// The witness policy of entry 0.
    #[must_use]
    pub fn witness_policy(&self) -> &WitnessPolicy {
        &self.witness_policy
    }

    /// The lowest index that the next entry can have.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.next_index
    }

    /// Where a record stands.
    #[must_use]
    pub fn index_of(&self, record: RecordId) -> Option<u64> {
        self.records.get(&record).copied()
    }

    /// A member.
    #[must_use]
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(&id)
    }

    /// All members, by id.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// The member who has, or had, this key.
    #[must_use]
    pub fn member_by_key(&self, key: KeyId) -> Option<&Member> {
        match self.keys.get(&key)? {
            KeyOwner::Member(id) => self.members.get(id),
            KeyOwner::Log | KeyOwner::Operator => None,
        }
    }

    /// A model.
    #[must_use]
    pub fn model(&self, id: ModelId) -> Option<&Model> {
        self.models.get(&id)
    }

    /// All models, by id.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }

    /// A rule that was admitted once, and what of it is in force.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&RuleState> {
        self.rules.get(id)
    }

    /// All rules that were admitted once, by id.
    pub fn rules(&self) -> impl Iterator<Item = (&RuleId, &RuleState)> {
        self.rules.iter()
    }

    /// Where the admissions and withdrawals of rules after entry 0 stand, ascending.
    #[must_use]
    pub fn rule_entries(&self) -> &[u64] {
        &self.rule_entries
    }

    /// A round.
    #[must_use]
    pub fn round(&self, id: RoundId) -> Option<&Round> {
        self.rounds.get(&id)
    }

    /// All rounds, in the order of the ledger.
    #[must_use]
    pub fn rounds(&self) -> Vec<&Round> {
        let mut rounds: Vec<&Round> = self.rounds.values().collect();
        rounds.sort_by_key(|round| round.index);
        rounds
    }

    /// The entry that says that a blob was erased.
    #[must_use]
    pub fn erased_by(&self, blob: BlobDigest) -> Option<u64> {
        self.erased.get(&blob).copied()
    }

    /// Every erasure in the order of the ledger: its entry, the blob, and what the blob was.
    #[must_use]
    pub fn erasures(&self) -> Vec<(u64, BlobDigest, String)> {
        let what = |blob: BlobDigest| {
            let member = self.members.values().find(|member| member.entry.name == blob);
            let model = || self.models.values().find(|model| model.entry.notes == Some(blob));
            let member = member.map(|member| format!("the name of member {}", member.id));
            member.or_else(|| Some(format!("the notes of model {}", model()?.id))).unwrap_or_default()
        };
        let mut erasures: Vec<_> =
            self.erased.iter().map(|(blob, index)| (*index, *blob, what(*blob))).collect();
        erasures.sort_unstable();
        erasures
    }

    /// The keys of log and operator, which the first entry brings in.
    pub(crate) fn own_keys(&self) -> [(KeyId, PublicKey); 2] {
        [self.log.public_key(), self.operator].map(|key| (key.id(), key))
    }

    /// Every revocation: its member, the key, and which of the key's entries are contested.
    pub fn revocations(&self) -> impl Iterator<Item = (MemberId, SignerKey, Revocation)> {
        self.members.values().flat_map(|member| {
            let revoked = member.keys.iter().filter_map(|key| Some((key.key.into(), key.revoked?)));
            revoked.map(|(key, revocation)| (member.id, key, revocation))
        })
    }

    /// Whether one of the keys that signed the entry at this index was revoked from there or earlier on.
    #[must_use]
    pub fn is_contested(&self, index: u64, signers: &[KeyId]) -> bool {
        signers.iter().any(|id| {
            let Some(KeyOwner::Member(owner)) = self.keys.get(id) else { return false };
            let keys = self.members.get(owner).map_or(&[][..], |member| &member.keys);
            let revoked = keys.iter().find(|key| key.key.id() == *id).and_then(|key| key.revoked);
            revoked.is_some_and(|revoked| (revoked.from_index..revoked.index).contains(&index))
        })
    }

    /// The round that has divided, or is about to divide, these proceeds.
    #[must_use]
    pub fn round_over(&self, source: RevenueSource) -> Option<&Round> {
        let spends = |round: &&Round| round.entry.revenue_from == Some(source) && !round.is_aborted();
        self.rounds.values().find(spends)
    }
}

/// `round_unknown`.
fn unknown_round(id: RoundId) -> Reject {
    Code::RoundUnknown.because(format!("no round {id} on this ledger"))
}

/// `record_unknown`.
fn unknown_record(what: &str, id: impl std::fmt::Display) -> Reject {
    Code::RecordUnknown.because(format!("no {what} {id} on this ledger"))
}
