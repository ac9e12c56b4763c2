//! A small market with public secrets, for tests. Everything is derived from names, so every run makes the same
//! bytes.
//!
//! The sellers `north` and `river` (who may bid elsewhere), the evaluator `judge`, the bidders `acme`, `birch` and
//! `cedar`; a model of each seller, and an open auction of river's. The rules `uniform-price/v1`, with a circuit key
//! that belongs to nothing unless another is given, and `revenue-share/v1`.

pub mod cases;
pub mod disputes;
pub mod fixtures;
pub mod settled;
pub mod verify_fixtures;
pub mod witnessed;

use crate::bid::{BidRequest, MadeBid, make_bid};
use crate::entry::{
    Abort, AdmittedRule, BlobDigest, CircuitKeyId, Close, Disclosure, DustTo, EntryPayload, FileDigest,
    HexBytes, MarketEntry, MarketId, Measure, MemberEntry, MemberId, ModelCommitment, ModelId, Nonce,
    PerformanceReport, Provenance, RevenueSource, Role, RoundEntry, RoundId, RowSigners, Settlement,
    SettlementProof, SignerKey, Tier, UtcTime, entry_of,
};
use crate::facts::Prepared;
use crate::market::{Market, Round};
use crate::reject::Reject;
use crate::seal::HpkeSecret;
use quittance_circuits::number::{Count, Ppm, Wide};
use quittance_ledger::{Entry, Envelope, KeyId, LogKey, PublicKey, SigningKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::str::FromStr;

/// BLAKE3 context of every test secret.
const SECRET_CONTEXT: &str = "quittance test secret";
/// The origin of the test market.
const ORIGIN: &str = "example.com/models";

/// A market and the secrets of everybody in it.
#[derive(Clone)]
pub struct TestMarket {
    /// The market.
    pub market: Market,
    /// The ledger that made it.
    pub entries: Vec<Entry>,
}

/// A text constant of these tests as its type.
///
/// # Panics
/// The constant is not of the type's form: a mistake in a test.
pub fn fixed<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("a constant of the tests: {text:?}"))
}

/// A secret of somebody, for a purpose.
pub fn secret(purpose: &str, name: &str) -> [u8; 32] {
    blake3::derive_key(SECRET_CONTEXT, format!("{name}/{purpose}").as_bytes())
}

/// The signing key of somebody.
pub fn signing_key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&secret("signing", name))
}

/// The X25519 secret of somebody.
pub fn seal_secret(name: &str) -> HpkeSecret {
    HpkeSecret::from_bytes(&secret("seal", name))
}

/// The log's key.
pub fn log_key() -> LogKey {
    LogKey::new(fixed(ORIGIN), signing_key("log"))
}

/// The test market's id.
pub fn market_id() -> MarketId {
    fixed(ORIGIN)
}

/// A digest that belongs to nothing.
pub fn digest(of: &str) -> [u8; 32] {
    *blake3::hash(of.as_bytes()).as_bytes()
}

/// The rules of the test market: both published ones, the first with a made-up key for 256 rows.
pub fn rules() -> Vec<AdmittedRule> {
    vec![
        AdmittedRule {
            rule: fixed("uniform-price/v1"),
            tier: Some(Tier { rows: 256, items: None }),
            circuit_key: Some(CircuitKeyId(digest("circuit key"))),
            provenance: Some(Provenance::SingleParty),
        },
        AdmittedRule { rule: fixed("revenue-share/v1"), tier: None, circuit_key: None, provenance: None },
    ]
}

impl TestMarket {
    /// A market with these rules and nothing else on its ledger.
    ///
    /// # Panics
    /// The market refuses the rules: a mistake in a test.
    pub fn empty(rules: Vec<AdmittedRule>) -> Self {
        let log = log_key();
        let payload = MarketEntry {
            market: market_id(),
            currency: fixed("EUR"),
            decimals: Count(2),
            log_key: log.verifier_key().to_string(),
            operator_key: PublicKey::from(&signing_key("operator")).into(),
            rules,
            witness_policy: None,
        };
        let envelope = payload.sign(&[log.signing_key()]);
        let entry = envelope.map_err(Reject::from).and_then(|envelope| entry_of(envelope, 0));
        let entry = entry.unwrap_or_else(|error| panic!("a market of the tests: {error}"));
        let market = Market::open(&entry).unwrap_or_else(|error| panic!("a market of the tests: {error}"));
        Self { market, entries: vec![entry] }
    }

    /// The market described above, with an open auction ([`TestMarket::auction`]).
    pub fn example() -> Self {
        let mut test = Self::with_members(rules());
        test.put(test.auction_of("river"), &["operator", "river"]);
        test
    }

    /// The members and models described above, and no round yet.
    pub fn with_members(rules: Vec<AdmittedRule>) -> Self {
        let mut test = Self::empty(rules);
        test.add("north", &[Role::Seller]);
        test.add("river", &[Role::Bidder, Role::Seller]);
        test.add("judge", &[Role::Evaluator]);
        for name in ["acme", "birch", "cedar"] {
            test.add(name, &[Role::Bidder]);
        }
        for seller in ["north", "river"] {
            test.put(test.model_of(seller), &[seller]);
        }
        test
    }

    /// Appends a file, if the market takes it.
    ///
    /// # Errors
    /// The market's refusal.
    pub fn append(&mut self, file: Envelope) -> Result<u64, Reject> {
        let index = self.entries.len() as u64;
        let entry = entry_of(file, 1_000 * index)?;
        self.compare_prepared(index, &entry);
        self.market.apply(index, &entry)?;
        self.entries.push(entry);
        Ok(index)
    }

    /// What was found out about an entry beforehand changes no decision: with all keys known, and with none.
    fn compare_prepared(&self, index: u64, entry: &Entry) {
        let plain = {
            let mut market = self.market.clone();
            let decision = market.apply(index, entry);
            (decision, market)
        };
        let known = self.market.members().flat_map(|member| &member.keys).map(|key| (key.key.id(), key.key));
        let known: BTreeMap<_, _> = known.chain(self.market.own_keys()).collect();
        for knows in [true, false] {
            let key_of = |id: &KeyId| known.get(id).filter(|_| knows).copied();
            let mut market = self.market.clone();
            let decision =
                market.apply_prepared(index, Prepared::of(entry.record_id(), entry.clone(), key_of));
            assert!((decision, market) == plain, "prepared entries are judged as others are: {knows}");
        }
    }

    /// Appends a payload, signed by the named.
    ///
    /// # Panics
    /// The market refuses it: a mistake in a test.
    pub fn put(&mut self, payload: impl EntryPayload, signers: &[&str]) -> u64 {
        self.append(sign(&payload, signers)).unwrap_or_else(|error| panic!("{}: {error}", error.code()))
    }

    /// Appends a member.
    pub fn add(&mut self, name: &str, roles: &[Role]) {
        self.put(self.member_entry(name, roles), &["operator", name]);
    }

    /// What a new member says.
    pub fn member_entry(&self, name: &str, roles: &[Role]) -> MemberEntry {
        MemberEntry {
            market: market_id(),
            name: BlobDigest(digest(name)),
            key: public_key(name),
            seal_key: seal_secret(name).public(),
            roles: roles.iter().copied().collect(),
        }
    }

    /// The id of a member of the market, or one that belongs to nobody.
    pub fn id(&self, name: &str) -> MemberId {
        let known = self.market.member_by_key(PublicKey::from(&signing_key(name)).id());
        known.map_or(MemberId(digest(name)), |member| member.id)
    }

    /// What a seller says of its model.
    pub fn model_of(&self, seller: &str) -> ModelCommitment {
        ModelCommitment {
            market: market_id(),
            artifact: FileDigest(digest(&format!("model of {seller}"))),
            size: Count(7),
            task: fixed("digits"),
            parent: None,
            notes: Some(BlobDigest(digest(&format!("notes of {seller}")))),
        }
    }

    /// The id of a seller's first model.
    pub fn item(&self, seller: &str) -> ModelId {
        let seller = self.id(seller);
        let model =
            self.market.models().filter(|model| model.seller == seller).min_by_key(|model| model.index);
        model.map_or(ModelId(digest("no model")), |model| model.id)
    }

    /// An auction of one copy of a seller's model, with the evaluator `judge`.
    pub fn auction_of(&self, seller: &str) -> RoundEntry {
        let rule = fixed("uniform-price/v1");
        RoundEntry {
            market: market_id(),
            terms: json!({ "copies": "1", "fee_bps": "1000", "reserve_price": "50" }),
            disclosure: Disclosure::Public,
            circuit_keys: self.market.rule(&rule).map(|state| state.keys()).unwrap_or_default(),
            rule,
            items: vec![self.item(seller)],
            sellers: vec![self.id(seller)],
            evaluator: Some(self.id("judge")),
            row_signers: RowSigners::Owner,
            parties: None,
            revenue_from: None,
            reopens: None,
            dust_to: None,
            close_at: fixed::<UtcTime>("2030-01-01T12:00:00Z"),
            abort_at: fixed::<UtcTime>("2030-01-02T12:00:00Z"),
            hpke_key: Some(seal_secret("round").public()),
        }
    }

    /// A split among parties whose weights `judge` signs, of a seller's proceeds or of 1000 from elsewhere.
    pub fn split_of(&self, source: Option<RevenueSource>, revenue: u64) -> RoundEntry {
        RoundEntry {
            terms: json!({ "fee_bps": "0", "revenue": revenue.to_string(), "unallocated_weight": "0" }),
            circuit_keys: Vec::new(),
            rule: fixed("revenue-share/v1"),
            items: Vec::new(),
            sellers: source.map(|source| source.seller).into_iter().collect(),
            row_signers: RowSigners::Evaluator,
            revenue_from: source,
            dust_to: Some(DustTo::Operator),
            hpke_key: None,
            ..self.auction_of("river")
        }
    }

    /// The open auction of [`TestMarket::example`], which is the first round of the ledger.
    pub fn auction(&self) -> RoundId {
        self.market.rounds().first().map_or(RoundId(digest("no round")), |round| round.id)
    }

    /// The round that was opened last.
    pub fn last_round(&self) -> RoundId {
        self.market.rounds().last().map_or(RoundId(digest("no round")), |round| round.id)
    }

    /// The signed file of a round.
    ///
    /// # Panics
    /// There is no such round: a mistake in a test.
    pub fn round_file(&self, round: RoundId) -> &Envelope {
        let entry = self.entries.iter().find(|entry| RoundId::from(entry.record_id()) == round);
        entry.unwrap_or_else(|| panic!("no round {round} in this test")).envelope()
    }

    /// A bid of a valuation in an auction.
    ///
    /// # Panics
    /// The bid cannot be made: a mistake in a test.
    pub fn bid(&self, round: RoundId, name: &str, valuation: u64) -> Envelope {
        self.row(round, name, &[valuation], json!({}), name)
    }

    /// A weight in a split, signed by `judge`.
    pub fn weight(&self, round: RoundId, name: &str, weight: u64) -> Envelope {
        self.row(round, name, &[], json!({ "weight": weight.to_string() }), "judge")
    }

    /// A row of any rule.
    fn row(&self, round: RoundId, name: &str, numbers: &[u64], public: Value, signer: &str) -> Envelope {
        self.made_row(round, name, numbers, public, signer).envelope
    }

    /// A row of any rule, with what opens it.
    ///
    /// # Panics
    /// It cannot be made: a mistake in a test.
    pub fn made_row(
        &self,
        round: RoundId,
        name: &str,
        numbers: &[u64],
        public: Value,
        signer: &str,
    ) -> MadeBid {
        let request = BidRequest {
            member: self.id(name),
            numbers,
            public,
            seed: &secret("blinding", name),
            nonce: Nonce(digest("nonce")),
            signing_key: &signing_key(signer),
        };
        let made = make_bid(self.round_file(round), request);
        made.unwrap_or_else(|error| panic!("a bid of the tests: {error}"))
    }

    /// A report of the expected gain of river's model for somebody.
    pub fn report(&self, round: RoundId, subject: &str, value_ppm: u64) -> PerformanceReport {
        PerformanceReport {
            market: market_id(),
            round,
            model: Some(self.item("river")),
            subject: Some(self.id(subject)),
            measure: Measure::ExpectedGain,
            value_ppm: Ppm(value_ppm),
            test_set: FileDigest(digest("test set")),
            metric: fixed("accuracy"),
            baseline_ppm: Ppm(500_000),
            score_ppm: Ppm(600_000),
        }
    }

    /// The close that a round has if it stands next on the ledger.
    pub fn close(&self, round: RoundId) -> Close {
        let state = self.market.round(round);
        Close {
            market: market_id(),
            round,
            first: Count(state.map_or(0, |round| round.index) + 1),
            last: Count(self.entries.len() as u64 - 1),
            rows: Count(state.map_or(0, |round| round.rows.len() as u64)),
        }
    }

    /// A settlement whose statement and proof are made up.
    pub fn settlement(&self, round: RoundId) -> Settlement {
        let circuit_key = self.market.round(round).and_then(Round::circuit_key);
        Settlement {
            market: market_id(),
            round,
            close_checkpoint: FileDigest(digest("checkpoint")),
            statement: BlobDigest(digest("statement")),
            proof: circuit_key
                .map(|_| SettlementProof { shards: vec![HexBytes(vec![0; 288])], carries: vec![] }),
            circuit_key,
        }
    }

    /// Closes a round and settles it with a made-up statement that brings its seller this much.
    ///
    /// # Panics
    /// The market refuses: a mistake in a test.
    pub fn settle(&mut self, round: RoundId, proceeds: u64) {
        self.put(self.close(round), &["operator"]);
        self.put(self.settlement(round), &["operator"]);
        let sellers = self.market.round(round).map(|round| round.entry.sellers.clone()).unwrap_or_default();
        let proceeds = sellers.into_iter().map(|seller| (seller, Wide(proceeds.into()))).collect();
        let recorded = self.market.record_settlement(round, proceeds);
        recorded.unwrap_or_else(|error| panic!("{}: {error}", error.code()));
    }

    /// An abort of a round.
    pub fn abort(&self, round: RoundId, code: &str) -> Abort {
        Abort { market: market_id(), round, code: fixed(code) }
    }
}

/// The public signing key of somebody.
pub fn public_key(name: &str) -> SignerKey {
    PublicKey::from(&signing_key(name)).into()
}

/// A payload signed by the named.
///
/// # Panics
/// The payload is too large, or somebody is named twice: a mistake in a test.
pub fn sign(payload: &impl EntryPayload, signers: &[&str]) -> Envelope {
    let keys: Vec<SigningKey> = signers.iter().map(|name| signing_key(name)).collect();
    let file = payload.sign(&keys.iter().collect::<Vec<_>>());
    file.unwrap_or_else(|error| panic!("a file of the tests: {error}"))
}
