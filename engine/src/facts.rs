//! What can be found out about an entry without knowing the market, and thus on all cores at once.
//!
//! Nothing here decides anything: a market that is handed facts decides exactly as it would without, only faster.
//! Every fact is kept with what it is about, and whatever is missing is computed when it is asked for.

use crate::entry::{Kind, Payload, PointBytes, SealKey, Settlement, SignerKey};
use crate::reject::Reject;
use crate::seal;
use quittance_circuits::sealed::Commitment;
use quittance_ledger::{Entry, KeyError, KeyId, PublicKey, RecordId, Verified};

/// Facts about one entry.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    verified: Verified,
    key: Option<(SignerKey, PublicKey)>,
    usable: Option<SealKey>,
    commitment: Option<(PointBytes, Commitment)>,
}

impl Facts {
    /// Signatures that are right.
    pub(crate) fn verified(&self) -> &Verified {
        &self.verified
    }

    /// The key of these bytes, if it is safe to rely on.
    pub(crate) fn public_key(&self, key: SignerKey) -> Result<PublicKey, KeyError> {
        match self.key {
            Some((of, found)) if of == key => Ok(found),
            _ => key.public_key(),
        }
    }

    /// Whether something sealed to this key stays sealed.
    pub(crate) fn usable(&self, key: SealKey) -> bool {
        self.usable == Some(key) || seal::usable(&key)
    }

    /// The commitment of these bytes, if they are its one encoding.
    pub(crate) fn commitment(&self, bytes: PointBytes) -> Option<Commitment> {
        match self.commitment {
            Some((of, found)) if of == bytes => Some(found),
            _ => Commitment::from_bytes(&bytes.0),
        }
    }
}

/// An entry that was read, with what was found out about it.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) id: RecordId,
    pub(crate) entry: Entry,
    pub(crate) payload: Result<Payload, Reject>,
    pub(crate) facts: Facts,
}

impl Prepared {
    /// Finds out what is expensive: parses the payload, verifies the signatures of known keys and of the key that
    /// the entry itself brings in, decodes points.
    ///
    /// `key_of` looks a key up by its id. What it does not know is verified later.
    pub fn of(id: RecordId, entry: Entry, key_of: impl Fn(&KeyId) -> Option<PublicKey>) -> Self {
        let mut prepared = Self::read(id, entry);
        let own = prepared.new_key().map(|key| (key.id(), key));
        let key_of = |id: &KeyId| own.filter(|(own, _)| own == id).map(|(_, key)| key).or_else(|| key_of(id));
        prepared.facts.verified = prepared.entry.envelope().verified(key_of);
        prepared
    }

    /// All but the signatures.
    fn read(id: RecordId, entry: Entry) -> Self {
        let payload = Payload::of_entry(&entry);
        let mut facts = Facts::default();
        match &payload {
            Ok(Payload::Member(member)) => facts.of_keys(member.key, member.seal_key),
            Ok(Payload::KeyRotate(rotate)) => facts.of_keys(rotate.key, rotate.seal_key),
            Ok(Payload::Bid(bid)) => {
                let decode = |bytes: PointBytes| Some((bytes, Commitment::from_bytes(&bytes.0)?));
                facts.commitment = bid.commitment.and_then(decode);
            }
            _ => {}
        }
        Self { id, entry, payload, facts }
    }

    /// The same of an entry whose signatures were verified when it was replayed before.
    pub(crate) fn verified_before(id: RecordId, entry: Entry) -> Self {
        let mut prepared = Self::read(id, entry);
        prepared.facts.verified = Verified::before(prepared.entry.envelope());
        prepared
    }

    /// The kind, if the payload is of one.
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.payload.as_ref().ok().map(Payload::kind)
    }

    /// The signing key that the entry brings in.
    pub(crate) fn new_key(&self) -> Option<PublicKey> {
        self.facts.key.map(|(_, key)| key)
    }

    /// What the entry says, if it settles a round.
    pub(crate) fn settlement(&self) -> Option<Settlement> {
        match &self.payload {
            Ok(Payload::Settlement(settlement)) => Some(settlement.clone()),
            _ => None,
        }
    }
}

impl Facts {
    fn of_keys(&mut self, key: SignerKey, seal_key: SealKey) {
        self.key = key.public_key().ok().map(|found| (key, found));
        self.usable = Some(seal_key).filter(seal::usable);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::KeyRotate;
    use crate::testing::{TestMarket, market_id, public_key, seal_secret};
    use std::collections::BTreeMap;

    /// What was found out about one key or commitment is never said of another.
    #[test]
    fn facts_are_of_what_they_are_about() {
        let (own, other) = (public_key("acme"), public_key("birch"));
        let mut facts = Facts::default();
        facts.of_keys(own, seal_secret("acme").public());
        for key in [own, other] {
            assert_eq!(facts.public_key(key), key.public_key());
            assert_eq!(facts.public_key(key).map(SignerKey::from), Ok(key));
        }
        assert!(facts.usable(seal_secret("acme").public()) && facts.usable(seal_secret("birch").public()));
        assert!(!facts.usable(SealKey([0; 32])), "of low order");

        let test = TestMarket::example();
        let points = ["acme", "birch"].map(|name| {
            let bid = Payload::of_envelope(&test.bid(test.auction(), name, 70));
            let Ok(Payload::Bid(bid)) = bid else { panic!("a bid") };
            bid.commitment.unwrap()
        });
        let commitment = points.map(|point| Commitment::from_bytes(&point.0).unwrap());
        let facts = Facts { commitment: Some((points[0], commitment[0])), ..Facts::default() };
        assert_eq!(points.map(|point| facts.commitment(point)), commitment.map(Some));
        assert_eq!(facts.commitment(PointBytes([0; 32])), None, "no point");
    }

    /// All that is expensive is found out at once: the market has nothing left to compute.
    #[test]
    fn what_is_expensive_is_found_out_beforehand() {
        let mut test = TestMarket::example();
        let (market, member, key) = (market_id(), test.id("birch"), public_key("birch-2"));
        let rotation = KeyRotate { market, member, key, seal_key: seal_secret("birch-2").public() };
        test.put(rotation, &["operator", "birch", "birch-2"]);
        test.append(test.bid(test.auction(), "acme", 70)).unwrap();
        let keys = test.market.members().flat_map(|member| &member.keys).map(|key| (key.key.id(), key.key));
        let keys: BTreeMap<KeyId, PublicKey> = keys.chain(test.market.own_keys()).collect();
        for entry in &test.entries[1..] {
            let read = Prepared::verified_before(entry.record_id(), entry.clone());
            // Its own key is not known before it.
            let known = |id: &KeyId| keys.get(id).filter(|key| Some(**key) != read.new_key()).copied();
            let prepared = Prepared::of(entry.record_id(), entry.clone(), known);
            let (kind, facts) = (prepared.kind().unwrap(), &prepared.facts);
            assert_eq!(kind.byte(), entry.kind());
            assert_eq!(*facts.verified(), Verified::before(entry.envelope()), "{kind:?}");
            let brings_keys = matches!(kind, Kind::Member | Kind::KeyRotate);
            assert_eq!((prepared.new_key().is_some(), facts.usable.is_some()), (brings_keys, brings_keys));
            assert_eq!(facts.commitment.is_some(), kind == Kind::Bid);
        }
    }
}
