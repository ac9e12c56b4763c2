//! The market of `fixtures/market`: what its files say, and how it is run from the first entry to the last
//! settlement. Its secrets are published test secrets.
//!
//! Two rounds: an auction of the offered model (`uniform-price/v1`), and a split of its seller's proceeds among the
//! three sellers by the measured quality of their models (`revenue-share/v1`).

use crate::admit::open_row;
use crate::bid::{BidRequest, make_bid};
use crate::entry::{
    AdmittedRule, BlobDigest, CircuitKeyId, Disclosure, DustTo, EntryPayload, FileDigest, MarketEntry,
    MarketId, Measure, MemberEntry, MemberId, ModelCommitment, ModelId, Nonce, Payload, PerformanceReport,
    Provenance, RevenueSource, Role, RoundEntry, RoundId, RowSigners, Tier, UtcTime,
};
use crate::operator::{Operator, OperatorError, SettledRound};
use crate::reject::{Code, Reject};
use crate::seal::HpkeSecret;
use crate::settle::round_of;
use quittance_circuits::json::{self, Malformed};
use quittance_circuits::number::{Amount, Count, Ppm};
use quittance_circuits::proved::{Prover, SecureRng};
use quittance_circuits::sealed::Opening;
use quittance_ledger::{Anchor, Envelope, LogKey, PublicKey, Receipt, SigningKey, Store};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use zeroize::Zeroizing;

/// BLAKE3 context of the secrets and salts that the fixture's files do not list.
const DERIVED: &str = "quittance fixture market";
/// BLAKE3 context of members' names.
pub const NAME_CONTEXT: &str = "quittance v1 name";

/// `market.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct MarketFile {
    currency: String,
    decimals: Count,
    origin: String,
    round: RoundFile,
}

#[derive(Debug, Clone, Deserialize)]
struct RoundFile {
    item: String,
    rule: String,
    terms: Value,
}

/// `members.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct MembersFile {
    bidders: Vec<BidderFile>,
    evaluator: NameFile,
    sellers: Vec<NameFile>,
}

#[derive(Debug, Clone, Deserialize)]
struct BidderFile {
    name: String,
    valuation: Amount,
}

#[derive(Debug, Clone, Deserialize)]
struct NameFile {
    name: String,
}

/// `reports.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct ReportsFile {
    buyers: Vec<ReportFile>,
    models: Vec<ReportFile>,
    test_set: FileDigest,
}

#[derive(Debug, Clone, Deserialize)]
struct ReportFile {
    artifact: Option<FileDigest>,
    baseline_ppm: Ppm,
    measure: Measure,
    metric: String,
    model: String,
    score_ppm: Ppm,
    size: Option<Count>,
    subject: Option<String>,
    task: Option<String>,
    value_ppm: Ppm,
}

/// One person's line of `test_secrets.json`.
#[derive(Clone, Deserialize)]
struct SecretsFile {
    blinding_seed: String,
    seal_seed: String,
    signing_seed: String,
}

/// The secrets of one person. Published ones: this is a fixture.
#[derive(Clone)]
pub struct Person {
    /// Signs.
    pub signing_key: SigningKey,
    /// Opens what is sealed to the person.
    pub seal_key: Zeroizing<[u8; 32]>,
    /// Blinds commitments.
    pub blinding_seed: Zeroizing<[u8; 32]>,
}

/// The files of `fixtures/market`, read.
#[derive(Clone)]
pub struct FixtureMarket {
    market: MarketFile,
    members: MembersFile,
    reports: ReportsFile,
    people: BTreeMap<String, Person>,
}

/// A bid of the fixture market and what its owner keeps.
#[derive(Clone)]
pub struct FixtureBid {
    /// The member's name.
    pub name: String,
    /// The signed file.
    pub file: Vec<u8>,
    /// What opens it.
    pub opening: Opening,
    /// Where it stands.
    pub index: u64,
    /// The receipt handed out for it.
    pub receipt: Receipt,
}

/// What a run of the fixture market leaves.
pub struct FixtureRun<S, A> {
    /// The operator at the end.
    pub operator: Operator<S, A>,
    /// The auction's bids.
    pub bids: Vec<FixtureBid>,
    /// The settled rounds, in order.
    pub rounds: Vec<SettledRound>,
}

fn spelled<T: FromStr>(text: &str) -> Result<T, Reject> {
    text.parse().map_err(|_| Code::FileMalformed.because(format!("fixture: {text:?}")))
}

fn secret(text: &str) -> Result<Zeroizing<[u8; 32]>, Malformed> {
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, bytes.as_mut_slice()).map_err(|error| Malformed(error.to_string()))?;
    Ok(bytes)
}

fn derived(what: &str) -> [u8; 32] {
    blake3::derive_key(DERIVED, what.as_bytes())
}

fn read<T: for<'de> Deserialize<'de>>(file: &[u8]) -> Result<T, Malformed> {
    T::deserialize(&json::parse(file)?).map_err(|error| Malformed(error.to_string()))
}

impl FixtureMarket {
    /// Reads `market.json`, `members.json`, `reports.json` and `test_secrets.json`.
    ///
    /// # Errors
    /// A file that is not of its form.
    pub fn read(market: &[u8], members: &[u8], reports: &[u8], secrets: &[u8]) -> Result<Self, Malformed> {
        let secrets: BTreeMap<String, SecretsFile> = read(secrets)?;
        let mut people = BTreeMap::new();
        for (name, file) in secrets {
            let person = Person {
                signing_key: SigningKey::from_bytes(&*secret(&file.signing_seed)?),
                seal_key: secret(&file.seal_seed)?,
                blinding_seed: secret(&file.blinding_seed)?,
            };
            people.insert(name, person);
        }
        Ok(Self { market: read(market)?, members: read(members)?, reports: read(reports)?, people })
    }

    /// A person's secrets.
    ///
    /// # Errors
    /// Nobody of that name.
    pub fn person(&self, name: &str) -> Result<&Person, Reject> {
        self.people
            .get(name)
            .ok_or_else(|| Code::SignerUnknown.because(format!("fixture: no secrets of {name}")))
    }

    /// Names of everybody who is a member.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        let MembersFile { bidders, evaluator, sellers } = &self.members;
        let sellers = sellers.iter().chain([evaluator]).map(|file| file.name.as_str());
        sellers.chain(bidders.iter().map(|file| file.name.as_str()))
    }

    /// The auction's rule.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.market.round.rule
    }

    /// A seed for the circuit key: public like all secrets here, so that every run has the same key, and the bid
    /// that another program made fits every run. **Whoever reads this can forge proofs under it.**
    #[must_use]
    pub fn circuit_key_seed(&self) -> [u8; 32] {
        derived("circuit key")
    }

    /// The log's signing key.
    ///
    /// # Errors
    /// The fixture's files are not of their form.
    pub fn log_key(&self) -> Result<LogKey, Reject> {
        Ok(LogKey::new(spelled(&self.market.origin)?, self.person("log")?.signing_key.clone()))
    }

    /// The secret that opens the auction's bids.
    #[must_use]
    pub fn auction_secret(&self) -> HpkeSecret {
        HpkeSecret::from_bytes(&derived("auction hpke key"))
    }

    /// The member's name as a blob that can be erased.
    #[must_use]
    pub fn name_blob(name: &str) -> Vec<u8> {
        json::canonical(&json!({ "name": name, "salt": hex::encode(derived(&format!("salt of {name}"))) }))
    }

    fn market_id(&self) -> Result<MarketId, Reject> {
        spelled(&self.market.origin)
    }

    fn member_entry(&self, name: &str, roles: &[Role]) -> Result<MemberEntry, Reject> {
        let person = self.person(name)?;
        Ok(MemberEntry {
            market: self.market_id()?,
            name: BlobDigest(blake3::derive_key(NAME_CONTEXT, &Self::name_blob(name))),
            key: PublicKey::from(&person.signing_key).into(),
            seal_key: HpkeSecret::from_bytes(&person.seal_key).public(),
            roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        })
    }

    fn market_entry(&self, tier: Tier, circuit_key: CircuitKeyId) -> Result<MarketEntry, Reject> {
        let proved = AdmittedRule {
            rule: spelled(&self.market.round.rule)?,
            tier: Some(tier),
            circuit_key: Some(circuit_key),
            provenance: Some(Provenance::SingleParty),
        };
        let split = AdmittedRule {
            rule: spelled("revenue-share/v1")?,
            tier: None,
            circuit_key: None,
            provenance: None,
        };
        Ok(MarketEntry {
            market: self.market_id()?,
            currency: spelled(&self.market.currency)?,
            decimals: self.market.decimals,
            log_key: self.log_key()?.verifier_key().to_string(),
            operator_key: PublicKey::from(&self.person("operator")?.signing_key).into(),
            rules: vec![proved, split],
            witness_policy: None,
        })
    }

    /// Runs the market on an empty store. `foreign` are bids that other programs made, by member; `clock` gives the
    /// time of each entry in milliseconds.
    ///
    /// # Errors
    /// Whatever the market refuses, or the ledger.
    pub fn run<S: Store, A: Anchor>(
        &self,
        store: S,
        anchor: A,
        prover: &dyn Prover,
        foreign: &BTreeMap<String, Vec<u8>>,
        rng: &mut dyn SecureRng,
        clock: &mut dyn FnMut() -> u64,
    ) -> Result<FixtureRun<S, A>, OperatorError> {
        let tier = spelled(&prover.verifying_key().tier.size)?;
        let circuit_key = CircuitKeyId(prover.verifying_key().id().0);
        let entry = self.market_entry(tier, circuit_key)?;
        let key = self.person("operator")?.signing_key.clone();
        let operator = Operator::create(store, anchor, self.log_key()?, key, &entry, clock())?;
        let mut run = Running { fixture: self, operator, clock };
        let members = run.add_members()?;
        let models = run.add_models()?;
        let auction = run.open_auction(&members, &models)?;
        run.report(auction, &members, &models)?;
        let bids = run.bid(auction, &members, foreign)?;
        run.operator.close(auction, (run.clock)())?;
        let time = (run.clock)();
        let (first, _) =
            run.operator.settle(auction, Some(&self.auction_secret()), Some(prover), rng, time)?;
        let split = run.open_split(auction, &members)?;
        run.weigh(split, &members)?;
        run.operator.close(split, (run.clock)())?;
        let time = (run.clock)();
        let (second, _) = run.operator.settle(split, None, None, rng, time)?;
        Ok(FixtureRun { operator: run.operator, bids, rounds: vec![first, second] })
    }
}

/// A fixture market at work.
struct Running<'a, S, A> {
    fixture: &'a FixtureMarket,
    operator: Operator<S, A>,
    clock: &'a mut dyn FnMut() -> u64,
}

type Members = BTreeMap<String, MemberId>;

impl<S: Store, A: Anchor> Running<'_, S, A> {
    /// Appends a payload signed by these people.
    fn put<P: EntryPayload>(
        &mut self,
        payload: &P,
        signers: &[&str],
    ) -> Result<(u64, Envelope), OperatorError> {
        let keys: Vec<SigningKey> = signers
            .iter()
            .map(|name| Ok(self.fixture.person(name)?.signing_key.clone()))
            .collect::<Result<_, Reject>>()?;
        let envelope = payload.sign(&keys.iter().collect::<Vec<_>>()).map_err(Reject::from)?;
        let index = self.operator.append(envelope.clone(), (self.clock)())?;
        Ok((index, envelope))
    }

    fn add_members(&mut self) -> Result<Members, OperatorError> {
        let fixture = self.fixture;
        let MembersFile { bidders, evaluator, sellers } = &fixture.members;
        let sellers = sellers.iter().map(|file| (&file.name, Role::Seller));
        let bidders = bidders.iter().map(|file| (&file.name, Role::Bidder));
        let all: Vec<_> = sellers.chain([(&evaluator.name, Role::Evaluator)]).chain(bidders).collect();
        let mut members = Members::new();
        for (name, role) in all {
            let entry = fixture.member_entry(name, &[role])?;
            self.operator.log().put_blob(NAME_CONTEXT, &FixtureMarket::name_blob(name))?;
            let (_, envelope) = self.put(&entry, &["operator", name])?;
            members.insert(name.clone(), MemberId::from(envelope.record_id()));
        }
        Ok(members)
    }

    fn add_models(&mut self) -> Result<BTreeMap<String, ModelId>, OperatorError> {
        let fixture = self.fixture;
        let mut models = BTreeMap::new();
        for report in &fixture.reports.models {
            let missing = || Code::FileMalformed.because("fixture: a model without artefact, size or task");
            let model = ModelCommitment {
                market: fixture.market_id()?,
                artifact: report.artifact.ok_or_else(missing)?,
                size: report.size.ok_or_else(missing)?,
                task: spelled(report.task.as_deref().ok_or_else(missing)?)?,
                parent: None,
                notes: None,
            };
            let (_, envelope) = self.put(&model, &[&report.model])?;
            models.insert(report.model.clone(), ModelId::from(envelope.record_id()));
        }
        Ok(models)
    }

    fn open_auction(
        &mut self,
        members: &Members,
        models: &BTreeMap<String, ModelId>,
    ) -> Result<RoundId, OperatorError> {
        let fixture = self.fixture;
        let RoundFile { item, rule, terms } = &fixture.market.round;
        let rule = spelled(rule)?;
        let round = RoundEntry {
            market: fixture.market_id()?,
            circuit_keys: self.operator.market().rule(&rule).map(|state| state.keys()).unwrap_or_default(),
            rule,
            terms: terms.clone(),
            disclosure: Disclosure::Public,
            items: vec![id_of(models, item)?],
            sellers: vec![id_of(members, item)?],
            evaluator: Some(id_of(members, &fixture.members.evaluator.name)?),
            row_signers: RowSigners::Owner,
            parties: None,
            revenue_from: None,
            reopens: None,
            dust_to: None,
            close_at: spelled::<UtcTime>("2030-01-01T12:00:00Z")?,
            abort_at: spelled::<UtcTime>("2030-01-08T12:00:00Z")?,
            hpke_key: Some(fixture.auction_secret().public()),
        };
        let (_, envelope) = self.put(&round, &["operator", item])?;
        Ok(RoundId::from(envelope.record_id()))
    }

    fn report(
        &mut self,
        round: RoundId,
        members: &Members,
        models: &BTreeMap<String, ModelId>,
    ) -> Result<(), OperatorError> {
        let fixture = self.fixture;
        for report in fixture.reports.models.iter().chain(&fixture.reports.buyers) {
            let subject = report.subject.as_ref().map(|name| id_of(members, name)).transpose()?;
            let payload = PerformanceReport {
                market: fixture.market_id()?,
                round,
                model: Some(id_of(models, &report.model)?),
                subject,
                measure: report.measure,
                value_ppm: report.value_ppm,
                test_set: fixture.reports.test_set,
                metric: spelled(&report.metric)?,
                baseline_ppm: report.baseline_ppm,
                score_ppm: report.score_ppm,
            };
            self.put(&payload, &[&fixture.members.evaluator.name])?;
        }
        Ok(())
    }

    fn bid(
        &mut self,
        round: RoundId,
        members: &Members,
        foreign: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<FixtureBid>, OperatorError> {
        let fixture = self.fixture;
        let secret = fixture.auction_secret();
        let opened = round_of(self.operator.market(), round)?.index;
        let file = self.operator.log().entry(opened)?.into_envelope();
        let mut bids = Vec::new();
        for BidderFile { name, valuation } in &fixture.members.bidders {
            let person = fixture.person(name)?;
            let request = BidRequest {
                member: id_of(members, name)?,
                numbers: &[valuation.0],
                public: json!({}),
                seed: &person.blinding_seed,
                nonce: Nonce(derived(&format!("nonce of {name}"))),
                signing_key: &person.signing_key,
            };
            let made = make_bid(&file, request)?;
            let submission = match foreign.get(name) {
                Some(submission) => submission.clone(),
                None => made.envelope.to_json().into_bytes(),
            };
            let index = self.operator.submit(&submission, |_| Some(&secret), (self.clock)())?;
            let opening = self.opening(round, index, &secret)?;
            let receipt = self.operator.receipt(index)?;
            bids.push(FixtureBid { name: name.clone(), file: submission, opening, index, receipt });
        }
        Ok(bids)
    }

    /// What opens the bid at an entry: the operator reads it, whoever made the bid.
    fn opening(&self, round: RoundId, index: u64, secret: &HpkeSecret) -> Result<Opening, OperatorError> {
        let entry = self.operator.log().entry(index)?;
        let Payload::Bid(bid) = Payload::of_entry(&entry)? else {
            return Err(Code::RowInvalid.because("fixture: not a bid").into());
        };
        Ok(open_row(round_of(self.operator.market(), round)?, &bid, secret)?)
    }

    /// The split of what the auction brought its seller.
    fn open_split(&mut self, auction: RoundId, members: &Members) -> Result<RoundId, OperatorError> {
        let fixture = self.fixture;
        let item = &fixture.market.round.item;
        let seller = id_of(members, item)?;
        let settled = round_of(self.operator.market(), auction)?.settled();
        let proceeds = settled.and_then(|settled| settled.proceeds.as_ref()?.get(&seller).copied());
        let proceeds =
            proceeds.ok_or_else(|| Code::RoundOpen.because("fixture: the auction brought nothing"))?;
        let parties = fixture.members.sellers.iter().map(|file| id_of(members, &file.name));
        let round = RoundEntry {
            market: fixture.market_id()?,
            rule: spelled("revenue-share/v1")?,
            terms: json!({ "fee_bps": "0", "revenue": proceeds.0.to_string(), "unallocated_weight": "0" }),
            disclosure: Disclosure::Public,
            circuit_keys: Vec::new(),
            items: Vec::new(),
            sellers: vec![seller],
            evaluator: Some(id_of(members, &fixture.members.evaluator.name)?),
            row_signers: RowSigners::Evaluator,
            parties: Some(parties.collect::<Result<_, _>>()?),
            revenue_from: Some(RevenueSource { round: auction, seller }),
            reopens: None,
            dust_to: Some(DustTo::Seller),
            close_at: spelled::<UtcTime>("2030-01-10T12:00:00Z")?,
            abort_at: spelled::<UtcTime>("2030-01-17T12:00:00Z")?,
            hpke_key: None,
        };
        let (_, envelope) = self.put(&round, &["operator", item])?;
        Ok(RoundId::from(envelope.record_id()))
    }

    /// The evaluator signs each seller's weight: the measured quality of its model.
    fn weigh(&mut self, round: RoundId, members: &Members) -> Result<(), OperatorError> {
        let fixture = self.fixture;
        let evaluator = fixture.person(&fixture.members.evaluator.name)?;
        let opened = round_of(self.operator.market(), round)?.index;
        let file = self.operator.log().entry(opened)?.into_envelope();
        for report in &fixture.reports.models {
            let request = BidRequest {
                member: id_of(members, &report.model)?,
                numbers: &[],
                public: json!({ "weight": report.value_ppm.to_string() }),
                seed: &evaluator.blinding_seed,
                nonce: Nonce(derived(&format!("weight of {}", report.model))),
                signing_key: &evaluator.signing_key,
            };
            let envelope = make_bid(&file, request)?.envelope;
            self.operator.append(envelope, (self.clock)())?;
        }
        Ok(())
    }
}

fn id_of<T: Copy>(ids: &BTreeMap<String, T>, name: &str) -> Result<T, Reject> {
    ids.get(name).copied().ok_or_else(|| Code::RecordUnknown.because(format!("fixture: {name} is unknown")))
}
