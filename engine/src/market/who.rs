//! Who must sign what, and whether they did: the stage *who* of every check.
//!
//! Keys are judged by ledger position: the key that a member has when the entry stands on the ledger counts, at
//! whatever time the file was signed.

use super::{Filed, Market, Member};
use crate::entry::{MarketId, MemberId, Role, SealKey, SignerKey};
use crate::facts::Facts;
use crate::reject::{Code, Reject};
use quittance_ledger::{KeyId, PublicKey};
use std::collections::BTreeMap;

/// Whose a key is, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyOwner {
    /// The log's.
    Log,
    /// The operator's.
    Operator,
    /// A member's.
    Member(MemberId),
}

/// Somebody who must sign.
#[derive(Clone, Copy)]
pub(super) enum Party<'a> {
    /// The operator.
    Operator,
    /// A member, with the key in force.
    Member(&'a Member),
    /// A key that this very entry brings in.
    Key(&'a PublicKey),
}

impl Market {
    /// Checks, in this order: the signatures are exactly those of `signers`; the file is for this market;
    /// everybody has their `roles`; no key is out of force. Without `signers` it is not known who must sign,
    /// because what the file names is unknown, and that is the reason to be given later.
    pub(super) fn check_who(
        &self,
        filed: Filed,
        market: &MarketId,
        signers: Option<&[Party]>,
        roles: Result<(), Reject>,
    ) -> Result<(), Reject> {
        let stale = signers.map_or(Ok(None), |signers| self.check_signatures(filed, signers))?;
        if *market != self.entry.market {
            let own = &self.entry.market;
            return Err(
                Code::MarketMismatch.because(format!("the file is for {market}, this market is {own}"))
            );
        }
        roles?;
        match stale {
            Some(key) => Err(Code::KeyRevoked.because(format!("key {key} was rotated out or revoked"))),
            None => Ok(()),
        }
    }

    /// Checks that exactly these parties have signed. A member's former key is accepted here, and returned.
    fn check_signatures(&self, filed: Filed, signers: &[Party]) -> Result<Option<KeyId>, Reject> {
        let signed = |id: KeyId| filed.envelope.signatures().iter().any(|s| s.key_id == id);
        let mut keys = BTreeMap::new();
        let mut stale = None;
        for signer in signers {
            let key = match signer {
                Party::Operator => self.operator,
                Party::Key(key) => **key,
                Party::Member(member) => {
                    let used = member.keys.iter().rev().find(|key| signed(key.key.id()));
                    let key = used.or(member.keys.last());
                    let key = key.ok_or_else(|| Code::SignerUnknown.because("a member without a key"))?;
                    if !key.in_force() {
                        stale = Some(key.key.id());
                    }
                    key.key
                }
            };
            // Two items of one seller ask for one signature.
            keys.insert(key.id(), key);
        }
        let keys: Vec<PublicKey> = keys.into_values().collect();
        filed.envelope.verify_knowing(&keys, filed.facts.verified())?;
        Ok(stale)
    }

    /// The member, as somebody who must sign.
    pub(super) fn signer(&self, id: MemberId) -> Result<&Member, Reject> {
        let unknown = || Code::SignerUnknown.because(format!("no member {id} in this market"));
        self.members.get(&id).ok_or_else(unknown)
    }

    /// A new key: usable, and nobody's yet, so that a key id names one party for ever.
    pub(super) fn new_key(&self, filed: Filed, key: SignerKey) -> Result<PublicKey, Reject> {
        let key = filed.facts.public_key(key)?;
        match self.keys.get(&key.id()) {
            Some(_) => Err(Code::SignatureInvalid.because(format!("key {} is registered already", key.id()))),
            None => Ok(key),
        }
    }

    /// No record stands on the ledger twice.
    pub(super) fn check_new(&self, filed: Filed) -> Result<(), Reject> {
        match self.records.get(&filed.id) {
            Some(index) => {
                Err(Code::DuplicateEntry.because(format!("record {} stands at entry {index}", filed.id)))
            }
            None => Ok(()),
        }
    }
}

/// The member has the role.
pub(super) fn check_role(member: &Member, role: Role) -> Result<(), Reject> {
    if member.entry.roles.contains(&role) {
        return Ok(());
    }
    Err(Code::RoleMissing.because(format!("member {} is no {role}", member.id)))
}

/// Something sealed to this key stays sealed.
pub(super) fn check_seal_key(facts: &Facts, key: SealKey) -> Result<(), Reject> {
    if facts.usable(key) {
        return Ok(());
    }
    Err(Code::KeyUnsafe
        .because(format!("X25519 key {key} is of low order: everybody could open what it seals")))
}
