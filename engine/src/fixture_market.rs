//! The market of `fixtures/market`: what its files say, and how it is run from the first entry to the last
//! settlement. Its secrets are published test secrets.
//!
//! First an auction of the offered model (`uniform-price/v1`), then the rounds of `rounds.json`: one of every other
//! proved rule, and a split of the auction's proceeds.

use crate::admit::open_row;
use crate::bid::{BidRequest, make_bid};
use crate::entry::{
    AdmittedRule, CircuitKeyId, Disclosure, DustTo, EntryPayload, FileDigest, MarketEntry, MarketId, Measure,
    MemberEntry, MemberId, ModelCommitment, ModelId, Nonce, Payload, PerformanceReport, Provenance,
    RevenueSource, Role, RoundEntry, RoundId, RowSigners, UtcTime,
};
use crate::kept;
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
/// `market.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct MarketFile {
    currency: String,
    decimals: Count,
    origin: String,
    round: RoundFile,
}

/// A round of `rounds.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    rule: String,
    /// The size of its circuit key; null for a round that is not proved.
    tier: Option<String>,
    terms: Value,
    disclosure: Disclosure,
    items: Vec<String>,
    sellers: Vec<String>,
    evaluated: bool,
    row_signers: RowSigners,
    parties: Option<Vec<String>>,
    /// The round (from 1) and the seller whose proceeds are divided: the revenue of the terms.
    proceeds_of: Option<(Count, String)>,
    dust_to: Option<DustTo>,
    reports: Vec<PlanReport>,
    rows: Vec<PlanRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanReport {
    subject: String,
    measure: Measure,
    value_ppm: Ppm,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanRow {
    member: String,
    sealed: Vec<Amount>,
    public: Value,
}

impl std::fmt::Debug for PlanRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlanRow({})", self.member)
    }
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
    plans: Vec<Plan>,
}

/// The files of `fixtures/market` that a run reads, unread.
#[derive(Debug, Clone, Copy)]
pub struct FixtureFiles<'a> {
    /// `market.json`
    pub market: &'a [u8],
    /// `members.json`
    pub members: &'a [u8],
    /// `reports.json`
    pub reports: &'a [u8],
    /// `test_secrets.json`
    pub secrets: &'a [u8],
    /// `rounds.json`
    pub rounds: &'a [u8],
}

/// Circuit keys, by rule.
#[derive(Default)]
pub struct Provers(pub BTreeMap<String, Box<dyn Prover>>);

impl Provers {
    /// The key for a rule.
    #[must_use]
    pub fn of(&self, rule: &str) -> Option<&dyn Prover> {
        self.0.get(rule).map(AsRef::as_ref)
    }
}

/// A bid of the fixture market and what its owner keeps.
#[derive(Clone)]
pub struct FixtureBid {
    /// The member's name.
    pub name: String,
    /// The signed file.
    pub file: Vec<u8>,
    /// What opens it, if it seals anything.
    pub opening: Option<Opening>,
    /// Where it stands.
    pub index: u64,
    /// The receipt handed out for it.
    pub receipt: Receipt,
}

/// What a run of the fixture market leaves.
pub struct FixtureRun<S, A> {
    /// The operator at the end.
    pub operator: Operator<S, A>,
    /// The rows of each round, in the order in which they were handed in.
    pub bids: Vec<Vec<FixtureBid>>,
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
    /// Reads the files.
    ///
    /// # Errors
    /// A file that is not of its form.
    pub fn read(files: FixtureFiles<'_>) -> Result<Self, Malformed> {
        let secrets: BTreeMap<String, SecretsFile> = read(files.secrets)?;
        let mut people = BTreeMap::new();
        for (name, file) in secrets {
            let person = Person {
                signing_key: SigningKey::from_bytes(&*secret(&file.signing_seed)?),
                seal_key: secret(&file.seal_seed)?,
                blinding_seed: secret(&file.blinding_seed)?,
            };
            people.insert(name, person);
        }
        Ok(Self {
            market: read(files.market)?,
            members: read(files.members)?,
            reports: read(files.reports)?,
            plans: read(files.rounds)?,
            people,
        })
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

    /// The rules and sizes of the circuit keys that a run needs, each with a seed for it: public like all secrets here,
    /// so that every run has the same keys, and the bid that another program made fits every run. **Whoever reads
    /// the seed can forge proofs under the key.**
    #[must_use]
    pub fn circuit_keys(&self) -> Vec<(&str, &str, [u8; 32])> {
        let mut keys = vec![(self.rule(), "256", derived("circuit key"))];
        for plan in &self.plans {
            let new = keys.iter().all(|(rule, ..)| *rule != plan.rule);
            if let Some(tier) = plan.tier.as_deref().filter(|_| new) {
                keys.push((&plan.rule, tier, derived(&format!("circuit key of {} {tier}", plan.rule))));
            }
        }
        keys
    }

    /// Makes the circuit keys that a run needs.
    ///
    /// # Errors
    /// A rule or size that is not published.
    pub fn make_keys(
        &self,
        rng: impl Fn([u8; 32]) -> Box<dyn SecureRng>,
        mut tell: impl FnMut(&str),
    ) -> Result<Provers, Reject> {
        let mut provers = Provers::default();
        for (rule, tier, seed) in self.circuit_keys() {
            tell(rule);
            let unknown = || Code::RuleUnknown.because(format!("fixture: {rule} is not proved"));
            let proved = quittance_circuits::rules::find(rule).and_then(|rule| rule.proved());
            let key = proved.ok_or_else(unknown)?.setup(tier, rng(seed).as_mut());
            provers.0.insert(rule.into(), key.map_err(|error| Code::KeyUnsafe.because(error.to_string()))?);
        }
        Ok(provers)
    }

    /// The log's signing key.
    ///
    /// # Errors
    /// The fixture's files are not of their form.
    pub fn log_key(&self) -> Result<LogKey, Reject> {
        Ok(LogKey::new(spelled(&self.market.origin)?, self.person("log")?.signing_key.clone()))
    }

    /// The secret that opens the bids of a round, counted from 1.
    #[must_use]
    pub fn round_secret(&self, number: usize) -> HpkeSecret {
        let what =
            if number == 1 { "auction hpke key".into() } else { format!("hpke key of round {number}") };
        HpkeSecret::from_bytes(&derived(&what))
    }

    /// The member's name as a blob that can be erased.
    #[must_use]
    pub fn name_blob(name: &str) -> Vec<u8> {
        kept::name_blob(name, &derived(&format!("salt of {name}")))
    }

    fn market_id(&self) -> Result<MarketId, Reject> {
        spelled(&self.market.origin)
    }

    fn member_entry(&self, name: &str, roles: &[Role]) -> Result<MemberEntry, Reject> {
        let person = self.person(name)?;
        Ok(MemberEntry {
            market: self.market_id()?,
            name: kept::name_digest(&Self::name_blob(name)),
            key: PublicKey::from(&person.signing_key).into(),
            seal_key: HpkeSecret::from_bytes(&person.seal_key).public(),
            roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        })
    }

    fn market_entry(&self, provers: &Provers) -> Result<MarketEntry, Reject> {
        let mut rules = Vec::new();
        for (rule, tier, _) in self.circuit_keys() {
            let missing = || Code::KeyUnknown.because(format!("fixture: no circuit key for {rule}"));
            let key = provers.of(rule).ok_or_else(missing)?.verifying_key();
            rules.push(AdmittedRule {
                rule: spelled(rule)?,
                tier: Some(spelled(tier)?),
                circuit_key: Some(CircuitKeyId(key.id().0)),
                provenance: Some(Provenance::SingleParty),
            });
        }
        let native: BTreeSet<&str> =
            self.plans.iter().filter(|plan| plan.tier.is_none()).map(|plan| plan.rule.as_str()).collect();
        for rule in native {
            rules.push(AdmittedRule {
                rule: spelled(rule)?,
                tier: None,
                circuit_key: None,
                provenance: None,
            });
        }
        Ok(MarketEntry {
            market: self.market_id()?,
            currency: spelled(&self.market.currency)?,
            decimals: self.market.decimals,
            log_key: self.log_key()?.verifier_key().to_string(),
            operator_key: PublicKey::from(&self.person("operator")?.signing_key).into(),
            rules,
            witness_policy: None,
        })
    }

    /// Runs the market on an empty store. `foreign` are bids of the auction that other programs made, by member;
    /// `clock` gives the time of each entry in milliseconds.
    ///
    /// # Errors
    /// Whatever the market refuses, or the ledger.
    pub fn run<S: Store, A: Anchor>(
        &self,
        store: S,
        anchor: A,
        provers: &Provers,
        foreign: &BTreeMap<String, Vec<u8>>,
        rng: &mut dyn SecureRng,
        clock: &mut dyn FnMut() -> u64,
    ) -> Result<FixtureRun<S, A>, OperatorError> {
        let entry = self.market_entry(provers)?;
        let key = self.person("operator")?.signing_key.clone();
        let operator = Operator::create(store, anchor, self.log_key()?, key, &entry, clock())?;
        let mut run = Running { fixture: self, operator, clock, members: Ids::new(), models: Ids::new() };
        run.add_members()?;
        run.add_models()?;
        let auction = run.open_auction()?;
        run.report(auction)?;
        let bids = run.bid(auction, foreign)?;
        let (mut all_bids, mut rounds) = (vec![bids], Vec::new());
        rounds.push(run.settle(auction, 1, provers.of(self.rule()), rng)?);
        for (number, plan) in (2..).zip(&self.plans) {
            let round = run.open(plan, number, &rounds)?;
            run.report_plan(round, plan)?;
            all_bids.push(run.hand_in(round, plan, number)?);
            let prover = provers.of(&plan.rule).filter(|_| plan.tier.is_some());
            rounds.push(run.settle(round, number, prover, rng)?);
        }
        Ok(FixtureRun { operator: run.operator, bids: all_bids, rounds })
    }
}

/// A fixture market at work.
struct Running<'a, S, A> {
    fixture: &'a FixtureMarket,
    operator: Operator<S, A>,
    clock: &'a mut dyn FnMut() -> u64,
    members: Ids<MemberId>,
    models: Ids<ModelId>,
}

/// Ids on the ledger, by the fixture's names.
type Ids<T> = BTreeMap<String, T>;

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

    fn add_members(&mut self) -> Result<(), OperatorError> {
        let fixture = self.fixture;
        let MembersFile { bidders, evaluator, sellers } = &fixture.members;
        let sellers = sellers.iter().map(|file| (&file.name, Role::Seller));
        let bidders = bidders.iter().map(|file| (&file.name, Role::Bidder));
        let all: Vec<_> = sellers.chain([(&evaluator.name, Role::Evaluator)]).chain(bidders).collect();
        for (name, role) in all {
            let entry = fixture.member_entry(name, &[role])?;
            self.operator.log().put_blob(kept::NAME_CONTEXT, &FixtureMarket::name_blob(name))?;
            let (_, envelope) = self.put(&entry, &["operator", name])?;
            self.members.insert(name.clone(), MemberId::from(envelope.record_id()));
        }
        Ok(())
    }

    fn add_models(&mut self) -> Result<(), OperatorError> {
        let fixture = self.fixture;
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
            self.models.insert(report.model.clone(), ModelId::from(envelope.record_id()));
        }
        Ok(())
    }

    fn open_auction(&mut self) -> Result<RoundId, OperatorError> {
        let fixture = self.fixture;
        let RoundFile { item, rule, terms } = &fixture.market.round;
        let rule = spelled(rule)?;
        let round = RoundEntry {
            market: fixture.market_id()?,
            circuit_keys: self.operator.market().rule(&rule).map(|state| state.keys()).unwrap_or_default(),
            rule,
            terms: terms.clone(),
            disclosure: Disclosure::Public,
            items: vec![id_of(&self.models, item)?],
            sellers: vec![id_of(&self.members, item)?],
            evaluator: Some(id_of(&self.members, &fixture.members.evaluator.name)?),
            row_signers: RowSigners::Owner,
            parties: None,
            revenue_from: None,
            reopens: None,
            dust_to: None,
            close_at: spelled::<UtcTime>("2030-01-01T12:00:00Z")?,
            abort_at: spelled::<UtcTime>("2030-01-08T12:00:00Z")?,
            hpke_key: Some(fixture.round_secret(1).public()),
        };
        let (_, envelope) = self.put(&round, &["operator", item])?;
        Ok(RoundId::from(envelope.record_id()))
    }

    fn report(&mut self, round: RoundId) -> Result<(), OperatorError> {
        let fixture = self.fixture;
        for report in fixture.reports.models.iter().chain(&fixture.reports.buyers) {
            let subject = report.subject.as_ref().map(|name| id_of(&self.members, name)).transpose()?;
            let payload = PerformanceReport {
                market: fixture.market_id()?,
                round,
                model: Some(id_of(&self.models, &report.model)?),
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
        foreign: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<FixtureBid>, OperatorError> {
        let fixture = self.fixture;
        let opened = round_of(self.operator.market(), round)?.index;
        let file = self.operator.log().entry(opened)?.into_envelope();
        let mut bids = Vec::new();
        for BidderFile { name, valuation } in &fixture.members.bidders {
            let person = fixture.person(name)?;
            let request = BidRequest {
                member: id_of(&self.members, name)?,
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
            bids.push(self.submit(round, 1, name, submission)?);
        }
        Ok(bids)
    }

    /// Hands a signed row in.
    fn submit(
        &mut self,
        round: RoundId,
        number: usize,
        name: &str,
        file: Vec<u8>,
    ) -> Result<FixtureBid, OperatorError> {
        let secret = self.fixture.round_secret(number);
        let index = self.operator.submit(&file, |_| Some(&secret), (self.clock)())?;
        let opening = self.opening(round, index, &secret)?;
        let receipt = self.operator.receipt(index)?;
        Ok(FixtureBid { name: name.into(), file, opening, index, receipt })
    }

    /// What opens the bid at an entry: the operator reads it, whoever made the bid.
    fn opening(
        &self,
        round: RoundId,
        index: u64,
        secret: &HpkeSecret,
    ) -> Result<Option<Opening>, OperatorError> {
        let entry = self.operator.log().entry(index)?;
        let Payload::Bid(bid) = Payload::of_entry(&entry)? else {
            return Err(Code::RowInvalid.because("fixture: not a bid").into());
        };
        if bid.commitment.is_none() {
            return Ok(None);
        }
        Ok(Some(open_row(round_of(self.operator.market(), round)?, &bid, secret)?))
    }

    /// Closes and settles.
    fn settle(
        &mut self,
        round: RoundId,
        number: usize,
        prover: Option<&dyn Prover>,
        rng: &mut dyn SecureRng,
    ) -> Result<SettledRound, OperatorError> {
        self.operator.close(round, (self.clock)())?;
        let time = (self.clock)();
        let secret = self.fixture.round_secret(number);
        Ok(self.operator.settle(round, Some(&secret), prover, rng, time)?.0)
    }

    /// Opens a round of `rounds.json`.
    fn open(
        &mut self,
        plan: &Plan,
        number: usize,
        settled: &[SettledRound],
    ) -> Result<RoundId, OperatorError> {
        let fixture = self.fixture;
        let rule = spelled(&plan.rule)?;
        let (mut terms, mut revenue_from) = (plan.terms.clone(), None);
        if let Some((source, seller)) = &plan.proceeds_of {
            let missing = || Code::RoundOpen.because("fixture: no such proceeds");
            let source = usize::try_from(source.0).ok().and_then(|number| settled.get(number - 1));
            let round = source.ok_or_else(missing)?.statement.round;
            let seller = id_of(&self.members, seller)?;
            let source = round_of(self.operator.market(), round)?.settled().ok_or_else(missing)?;
            let proceeds = source.proceeds.as_ref().and_then(|all| all.get(&seller)).ok_or_else(missing)?;
            terms["revenue"] = json!(proceeds);
            revenue_from = Some(RevenueSource { round, seller });
        }
        let keys = || self.operator.market().rule(&rule).map(|state| state.keys()).unwrap_or_default();
        let all = |names: &[String]| names.iter().map(|name| id_of(&self.members, name)).collect();
        let sealed = quittance_circuits::rules::find(&plan.rule)
            .map(|rule| rule.sealed_width(&terms, plan.disclosure))
            .transpose()
            .map_err(Reject::from)?;
        let items = plan.items.iter().map(|name| id_of(&self.models, name));
        let evaluator = &fixture.members.evaluator.name;
        let round = RoundEntry {
            market: fixture.market_id()?,
            circuit_keys: if plan.tier.is_some() { keys() } else { Vec::new() },
            rule: rule.clone(),
            terms,
            disclosure: plan.disclosure,
            items: items.collect::<Result<_, _>>()?,
            sellers: all(&plan.sellers)?,
            evaluator: plan.evaluated.then(|| id_of(&self.members, evaluator)).transpose()?,
            row_signers: plan.row_signers,
            parties: plan.parties.as_deref().map(all).transpose()?,
            revenue_from,
            reopens: None,
            dust_to: plan.dust_to,
            close_at: spelled::<UtcTime>("2030-01-10T12:00:00Z")?,
            abort_at: spelled::<UtcTime>("2030-01-17T12:00:00Z")?,
            hpke_key: sealed.filter(|width| *width > 0).map(|_| fixture.round_secret(number).public()),
        };
        let signers: Vec<&str> =
            ["operator"].into_iter().chain(plan.sellers.iter().map(String::as_str)).collect();
        let (_, envelope) = self.put(&round, &signers)?;
        Ok(RoundId::from(envelope.record_id()))
    }

    /// The evaluator's reports for a round of `rounds.json`.
    fn report_plan(&mut self, round: RoundId, plan: &Plan) -> Result<(), OperatorError> {
        let fixture = self.fixture;
        for report in &plan.reports {
            let model = plan.items.first().map(|item| id_of(&self.models, item)).transpose()?;
            let payload = PerformanceReport {
                market: fixture.market_id()?,
                round,
                model,
                subject: Some(id_of(&self.members, &report.subject)?),
                measure: report.measure,
                value_ppm: report.value_ppm,
                test_set: fixture.reports.test_set,
                metric: spelled("accuracy")?,
                baseline_ppm: Ppm(0),
                score_ppm: report.value_ppm,
            };
            self.put(&payload, &[&fixture.members.evaluator.name])?;
        }
        Ok(())
    }

    /// The rows of a round of `rounds.json`.
    fn hand_in(
        &mut self,
        round: RoundId,
        plan: &Plan,
        number: usize,
    ) -> Result<Vec<FixtureBid>, OperatorError> {
        let fixture = self.fixture;
        let opened = round_of(self.operator.market(), round)?.index;
        let file = self.operator.log().entry(opened)?.into_envelope();
        let mut bids = Vec::new();
        for PlanRow { member, sealed, public } in &plan.rows {
            let signer = match plan.row_signers {
                RowSigners::Owner => member,
                RowSigners::Evaluator => &fixture.members.evaluator.name,
            };
            let numbers: Vec<u64> = sealed.iter().map(|number| number.0).collect();
            let signer = fixture.person(signer)?;
            let request = BidRequest {
                member: id_of(&self.members, member)?,
                numbers: &numbers,
                public: public.clone(),
                seed: &signer.blinding_seed,
                nonce: Nonce(derived(&format!("nonce of {member} in round {number}"))),
                signing_key: &signer.signing_key,
            };
            let made = make_bid(&file, request)?.envelope.to_json().into_bytes();
            bids.push(self.submit(round, number, member, made)?);
        }
        Ok(bids)
    }
}

fn id_of<T: Copy>(ids: &BTreeMap<String, T>, name: &str) -> Result<T, Reject> {
    ids.get(name).copied().ok_or_else(|| Code::RecordUnknown.because(format!("fixture: {name} is unknown")))
}
