//! Members, their keys, models, and what was erased.

use super::change::Change;
use super::who::{Party, check_role, check_seal_key};
use super::{Filed, KeyOwner, Market, Model, unknown_record};
use crate::entry::{Erasure, KeyRevoke, KeyRotate, MemberEntry, MemberId, ModelCommitment, Role, SealKey};
use crate::reject::{Code, Reject};
use quittance_ledger::PublicKey;
use std::iter;

/// From where on a key is not to be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// The revocation's own index: no later entry by the key is taken.
    pub index: u64,
    /// From here to the revocation, the key's entries are contested.
    pub from_index: u64,
}

/// A key that a member has or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberKey {
    /// The signing key.
    pub key: PublicKey,
    /// The key that results are sealed to.
    pub seal_key: SealKey,
    /// The entry that brought it in.
    pub since: u64,
    /// The entry that rotated it out or revoked it, whichever came first.
    pub until: Option<u64>,
    /// Its revocation.
    pub revoked: Option<Revocation>,
}

impl MemberKey {
    /// Whether the member signs with it now.
    #[must_use]
    pub fn in_force(&self) -> bool {
        self.until.is_none()
    }

    /// Takes it out of force.
    pub(super) fn end(&mut self, index: u64) {
        self.until = self.until.or(Some(index));
    }
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub id: MemberId,
    /// Where its first entry stands.
    pub index: u64,
    /// What that says.
    pub entry: MemberEntry,
    /// All its keys, oldest first. At most the last is in force.
    pub keys: Vec<MemberKey>,
}

impl Member {
    /// The key that results are sealed to now: of its newest signing key, in force or not.
    #[must_use]
    pub fn seal_key(&self) -> SealKey {
        self.keys.last().map_or(self.entry.seal_key, |key| key.seal_key)
    }

    /// Where the entries about it and its keys stand.
    pub fn entries(&self) -> impl Iterator<Item = u64> {
        let keys = self.keys.iter().flat_map(|key| {
            let revoked = key.revoked.map(|revocation| revocation.index);
            iter::once(key.since).chain(revoked)
        });
        iter::once(self.index).chain(keys)
    }

    /// The keys in force; none after a revocation.
    #[must_use]
    pub fn key(&self) -> Option<&MemberKey> {
        self.keys.last().filter(|key| key.in_force())
    }
}

impl Market {
    pub(super) fn check_member(&self, filed: Filed, payload: MemberEntry) -> Result<Change, Reject> {
        let key = self.new_key(filed, payload.key)?;
        // No record of this kind can stand twice: its key would be registered already.
        self.check_who(filed, &payload.market, Some(&[Party::Operator, Party::Key(&key)]), Ok(()))?;
        check_seal_key(filed.facts, payload.seal_key)?;
        let key =
            MemberKey { key, seal_key: payload.seal_key, since: filed.index, until: None, revoked: None };
        let id = filed.id.into();
        Ok(Change::Member(Member { id, index: filed.index, entry: payload, keys: vec![key] }))
    }

    pub(super) fn check_key_rotate(&self, filed: Filed, payload: &KeyRotate) -> Result<Change, Reject> {
        let member = self.signer(payload.member)?;
        let key = self.new_key(filed, payload.key)?;
        let signers = [Party::Operator, Party::Member(member), Party::Key(&key)];
        self.check_who(filed, &payload.market, Some(&signers), Ok(()))?;
        check_seal_key(filed.facts, payload.seal_key)?;
        let key =
            MemberKey { key, seal_key: payload.seal_key, since: filed.index, until: None, revoked: None };
        Ok(Change::KeyRotate(member.id, key))
    }

    pub(super) fn check_key_revoke(&self, filed: Filed, payload: &KeyRevoke) -> Result<Change, Reject> {
        let member = self.members.get(&payload.member);
        let key = member.and_then(|member| {
            member.keys.iter().find(|key| key.key.to_bytes() == payload.key.0).map(|key| (member, key))
        });
        self.check_who(filed, &payload.market, Some(&[Party::Operator]), Ok(()))?;
        let (member, key) = key.ok_or_else(|| unknown_record("member with key", payload.key))?;
        if key.revoked.is_some() {
            return Err(Code::KeyRevoked.because(format!("key {} is revoked already", payload.key)));
        }
        let from_index = payload.from_index.0;
        if from_index > filed.index || from_index < key.since {
            let (since, index) = (key.since, filed.index);
            let found = format!("from_index {from_index}: the key has signed from {since} to {index}");
            return Err(Code::ValueOutOfRange.because(found));
        }
        Ok(Change::KeyRevoke(member.id, key.key.id(), Revocation { index: filed.index, from_index }))
    }

    pub(super) fn check_model(&self, filed: Filed, payload: ModelCommitment) -> Result<Change, Reject> {
        // The payload does not say who sells: whoever signed does.
        let signatures = filed.envelope.signatures();
        let owner = signatures.iter().find_map(|s| match self.keys.get(&s.key_id) {
            Some(KeyOwner::Member(id)) => self.members.get(id),
            _ => None,
        });
        let seller = owner.ok_or_else(|| Code::SignerUnknown.because("no member of this market signed"))?;
        let role = check_role(seller, Role::Seller);
        self.check_who(filed, &payload.market, Some(&[Party::Member(seller)]), role)?;
        if let Some(parent) = payload.parent.filter(|parent| !self.models.contains_key(parent)) {
            return Err(unknown_record("model", parent));
        }
        self.check_new(filed)?;
        let (id, index) = (filed.id.into(), filed.index);
        Ok(Change::Model(Model { id, index, seller: seller.id, entry: payload }))
    }

    pub(super) fn check_erasure(&self, filed: Filed, payload: &Erasure) -> Result<Change, Reject> {
        self.check_who(filed, &payload.market, Some(&[Party::Operator]), Ok(()))?;
        let blob = payload.blob;
        let is_name = self.members.values().any(|member| member.entry.name == blob);
        let is_notes = self.models.values().any(|model| model.entry.notes == Some(blob));
        if !is_name && !is_notes {
            return Err(unknown_record("name or notes", blob));
        }
        self.check_new(filed)?;
        Ok(Change::Erasure(blob))
    }
}
