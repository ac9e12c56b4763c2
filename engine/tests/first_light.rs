//! A sealed-bid round from signed files to a settlement that anyone can verify, in memory.

use ark_std::rand::rngs::StdRng;
use ark_std::rand::{Rng, SeedableRng};
use quittance_circuits::rule::Evidence;
use quittance_circuits::rules;
use quittance_circuits::sealed::{Commitment, Opening};
use quittance_engine::Code;
use quittance_engine::bundle::Bundle;
use quittance_engine::dispute::exclusion::exclusion;
use quittance_engine::entry::CircuitKeyId;
use quittance_engine::entry::UtcTime;
use quittance_engine::fixture_market::{FixtureFiles, FixtureMarket, FixtureRun, Provers};
use quittance_engine::forge::{Forger, Forgery, Honest};
use quittance_engine::operator::SettledRound;
use quittance_engine::operator::stored_verifying_key;
use quittance_engine::replay::{self, replay};
use quittance_engine::seal::HpkeSecret;
use quittance_engine::statement::Statement;
use quittance_engine::verdict::{State, Verdict};
use quittance_engine::verify::{Own, verify};
use quittance_ledger::{BlobId, LogError, MarketKey, MemoryAnchor, MemoryStore, Store};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

type Run = FixtureRun<MemoryStore, MemoryAnchor>;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/market/", $name))
    };
}

fn fixture() -> &'static FixtureMarket {
    static FIXTURE: OnceLock<FixtureMarket> = OnceLock::new();
    FIXTURE.get_or_init(|| FixtureMarket::read(files()).unwrap())
}

fn files() -> FixtureFiles<'static> {
    FixtureFiles {
        market: fixture!("market.json"),
        members: fixture!("members.json"),
        reports: fixture!("reports.json"),
        secrets: fixture!("test_secrets.json"),
        rounds: fixture!("rounds.json"),
    }
}

fn provers() -> &'static Provers {
    static PROVERS: OnceLock<Provers> = OnceLock::new();
    PROVERS
        .get_or_init(|| fixture().make_keys(|seed| Box::new(ChaCha20Rng::from_seed(seed)), |_| {}).unwrap())
}

fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| new_run(fixture()))
}

fn new_run(fixture: &FixtureMarket) -> Run {
    let mut time = 1_700_000_000_000;
    let mut clock = || {
        time += 1_000;
        time
    };
    let mut rng = StdRng::seed_from_u64(1);
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let python = fixture!("bids/kestrel-exams.json").to_vec();
    let foreign = BTreeMap::from([("kestrel-exams".to_owned(), python)]);
    fixture.run(store, anchor, provers(), &foreign, &mut rng, &mut clock).unwrap()
}

/// The same market, in which every round that may publish its results does.
fn published_run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let mut rounds: Vec<Value> = serde_json::from_slice(fixture!("rounds.json")).unwrap();
        // The weights of the sealed split are its evaluator's word: a public one needs reports, and round 2 has them.
        let publishes = |round: &&mut Value| round["rule"] != "revenue-share/v1";
        rounds.iter_mut().filter(publishes).for_each(|round| round["disclosure"] = "public".into());
        let rounds = serde_json::to_vec(&rounds).unwrap();
        new_run(&FixtureMarket::read(FixtureFiles { rounds: &rounds, ..files() }).unwrap())
    })
}

fn market_key() -> MarketKey {
    run().operator.market_key()
}

fn bundle(round: usize) -> Bundle {
    run().operator.bundle(run().rounds[round].statement.round).unwrap()
}

fn shown(verdict: &Verdict) -> String {
    serde_json::to_string_pretty(verdict).unwrap()
}

fn forgeries() -> Vec<Forgery> {
    let run = run();
    let rule = rules::find(fixture().rule()).unwrap().proved().unwrap();
    let own = rule.setup("256", &mut StdRng::seed_from_u64(66)).unwrap();
    let log_key = fixture().log_key().unwrap();
    let operator_key = &fixture().person("operator").unwrap().signing_key;
    let forger = Forger {
        honest: Honest::of(&run.operator, &run.rounds[0], &log_key, operator_key).unwrap(),
        openings: run.bids[0].iter().filter_map(|bid| bid.opening.clone()).collect(),
        prover: provers().of(fixture().rule()).unwrap(),
        own_prover: own.as_ref(),
        victim: run.bids[0][3].index,
    };
    forger.forge_all(&mut StdRng::seed_from_u64(3)).unwrap()
}

#[test]
fn a_member_verifies_a_bundle() {
    let bytes = bundle(0).to_bytes();
    let verdict = verify(&bytes, &market_key(), Own::default());
    assert!(verdict.verified, "{}", shown(&verdict));
    for bid in &run().bids[0] {
        let receipt = bid.receipt.to_bytes();
        let own =
            Own { bid: Some(&bid.file), opening: bid.opening.as_ref(), receipt: Some(&receipt), seal: None };
        let verdict = verify(&bytes, &market_key(), own);
        assert!(verdict.verified, "{}: {}", bid.name, shown(&verdict));
        assert_eq!(verdict.checks.len(), 9);
        assert!(verdict.checks.iter().all(|check| check.state == State::Passed));
        assert_eq!(verdict.evidence.as_deref(), Some("proved"));
        assert!(shown(&verdict).contains("(dev key): who made it could prove anything"), "no ceremony: said");
        // Whoever cannot open the bid is told the payment, and that nothing compared it.
        let verdict = verify(&bytes, &market_key(), Own { opening: None, ..own });
        let left = verdict.checks.iter().filter(|check| check.state == State::NotMade);
        assert!(verdict.verified && left.count() == 1, "{}", shown(&verdict));
    }
}

#[test]
fn a_split_is_recomputed() {
    let verdict = verify(&bundle(1).to_bytes(), &market_key(), Own::default());
    assert!(verdict.verified, "{}", shown(&verdict));
    assert!(verdict.not_checked.iter().any(|what| what.contains("revenue comes from")));
}

#[test]
fn every_forgery_is_refused() {
    for forgery in forgeries() {
        let bid = &run().bids[0][3];
        let receipt = bid.receipt.to_bytes();
        let own = Own { receipt: forgery.needs_receipt.then_some(&receipt), ..Own::default() };
        let verdict = verify(&forgery.bundle, &market_key(), own);
        assert_eq!(verdict.code, Some(forgery.code), "{}: {}", forgery.name, shown(&verdict));
        assert!(!verdict.verified);
        if forgery.needs_receipt {
            // Without the receipt the forged past is consistent: that is what receipts are for.
            assert!(verify(&forgery.bundle, &market_key(), Own::default()).verified, "{}", forgery.name);
        }
    }
}

/// Of every bundle: a position in each of some hundred stretches, none of them the same in two bundles. All positions
/// would take minutes.
#[test]
fn one_changed_character_never_verifies() {
    let mut rng = StdRng::seed_from_u64(13);
    for round in 0..run().rounds.len() {
        let bytes = bundle(round).to_bytes();
        let stretch = (bytes.len() / 120).max(1);
        let positions: Vec<usize> = (0..bytes.len())
            .step_by(stretch)
            .map(|first| rng.gen_range(first..(first + stretch).min(bytes.len())))
            .collect();
        for position in positions {
            let mut changed = bytes.clone();
            changed[position] = if changed[position] == b'0' { b'1' } else { b'0' };
            let verdict = verify(&changed, &market_key(), Own::default());
            assert!(!verdict.verified, "bundle {round}, byte {position}");
        }
    }
}

/// Sealed results that were damaged on their way are not those that the statement names: nobody needs to open one to
/// see it, and it is no evidence against the operator.
#[test]
fn damaged_sealed_results_are_refused() {
    let sealing = (0..run().rounds.len()).filter(|round| !bundle(*round).sealed_results.is_empty());
    let rounds: Vec<usize> = sealing.collect();
    assert!(!rounds.is_empty(), "some round of the fixture seals its results");
    for round in rounds {
        let refused = |change: &dyn Fn(&mut Bundle)| {
            let mut damaged = bundle(round);
            change(&mut damaged);
            let verdict = verify(&damaged.to_bytes(), &market_key(), Own::default());
            assert_eq!(verdict.code, Some(Code::StatementMismatch), "{}", shown(&verdict));
        };
        for row in 0..bundle(round).sealed_results.len() {
            refused(&|bundle| bundle.sealed_results[row].0[40] ^= 1);
            refused(&|bundle| bundle.sealed_results[row].0.truncate(40));
            refused(&|bundle| drop(bundle.sealed_results.remove(row)));
        }
        refused(&|bundle| bundle.sealed_results.clear());
        refused(&|bundle| bundle.sealed_results.extend(bundle.sealed_results.last().cloned()));
        if bundle(round).sealed_results.len() > 1 {
            refused(&|bundle| bundle.sealed_results.reverse());
        }
    }
}

/// An operator who does not keep what it sealed to the members cannot show that they can learn their results.
#[test]
fn replay_misses_a_sealed_result() {
    let run = new_run(fixture());
    let log = run.operator.log();
    let named: Vec<BlobId> =
        run.rounds.iter().flat_map(|round| &round.statement.sealed_results).map(|d| BlobId(d.0)).collect();
    let key = |id| stored_verifying_key(log, id).unwrap();
    let code =
        || replay(log, &run.operator.market_key(), &key, None, |_| {}).unwrap().disagreement.map(|d| d.code);
    assert_eq!(code(), None);
    log.store().erase_blob(&named[1]).unwrap();
    assert_eq!(code(), Some(Code::StatementMismatch));
}

#[test]
fn truncated_or_padded_bundles_are_refused() {
    let bytes = bundle(0).to_bytes();
    for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        let verdict = verify(&bytes[..length], &market_key(), Own::default());
        assert_eq!(verdict.code, Some(Code::FileMalformed));
    }
    let verdict = verify(&[&bytes[..], b" "].concat(), &market_key(), Own::default());
    assert_eq!(verdict.code, Some(Code::FileMalformed));
    let verdict = verify(&[0xff, 0xfe], &market_key(), Own::default());
    assert_eq!(verdict.code, Some(Code::FileMalformed));
}

#[test]
fn another_market_key_verifies_nothing() {
    let mut key = market_key();
    key.entry0.0[0] ^= 1;
    let verdict = verify(&bundle(0).to_bytes(), &key, Own::default());
    assert_eq!(verdict.code, Some(Code::MarketMismatch));
}

#[test]
fn replay_agrees_twice_with_equal_bytes() {
    let log = run().operator.log();
    let key = |id| stored_verifying_key(log, id).unwrap();
    let now: UtcTime = "2029-01-01T00:00:00Z".parse().unwrap();
    let first = replay(log, &market_key(), &key, Some(now), |_| {}).unwrap();
    let second = replay(log, &market_key(), &key, Some(now), |_| {}).unwrap();
    assert!(first.agrees, "{}", serde_json::to_string_pretty(&first).unwrap());
    assert_eq!(first.to_bytes(), second.to_bytes());
    assert_eq!(first.rounds.len(), run().rounds.len());
    assert!(first.rounds.iter().all(|round| round.status == "settled"));
}

#[test]
fn money_goes_round() {
    let run = run();
    let auction = &run.rounds[0].statement.outcome;
    let split = &run.rounds[1].statement;
    assert_eq!(auction["proceeds"], split.terms["revenue"]);
    let receipts: u128 = split.outcome["receipts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|amount| amount.as_str().unwrap().parse::<u128>().unwrap())
        .sum();
    assert_eq!(receipts.to_string(), auction["proceeds"].as_str().unwrap());
}

/// Every leaf of a document, as a path.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| leaves(value, &format!("{path}/{i}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

/// The same leaf with another value: a number one more and one less, a flag turned, something for nothing.
fn others(leaf: &Value) -> Vec<Value> {
    match leaf {
        Value::Bool(flag) => vec![json!(!flag)],
        Value::Null => vec![json!("0")],
        leaf => {
            let number: u128 = leaf.as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
            let less = number.checked_sub(1).map(|less| json!(less.to_string()));
            [json!((number + 1).to_string())].into_iter().chain(less).collect()
        }
    }
}

fn is_asserted(settled: &SettledRound) -> bool {
    is_asserted_in(run(), settled)
}

fn is_asserted_in(run: &Run, settled: &SettledRound) -> bool {
    let round = run.operator.market().round(settled.statement.round).unwrap();
    round.evidence().unwrap() == Evidence::Asserted
}

/// What an auditor has who was handed openings.
struct Auditor(Vec<Opening>);

impl replay::Evidence for Auditor {
    fn verifying_key(&self, id: CircuitKeyId) -> Result<Option<Vec<u8>>, LogError> {
        stored_verifying_key(run().operator.log(), id)
    }

    fn opening(&self, commitment: &Commitment) -> Option<Opening> {
        self.0.iter().find(|opening| opening.opens(commitment)).cloned()
    }
}

/// An outcome that nothing proves is called that by everybody; whoever has the openings recomputes it, and finds a
/// false one.
#[test]
fn asserted_outcomes_are_called_asserted() {
    let position =
        run().rounds.iter().position(is_asserted).expect("the fixture has a round without circuit");
    let settled = &run().rounds[position];
    let honest_bundle = bundle(position);
    let verdict = verify(&honest_bundle.to_bytes(), &market_key(), Own::default());
    let words = shown(&verdict);
    assert!(verdict.verified && words.contains("the operator asserts this outcome"), "{words}");
    assert_eq!(verdict.evidence.as_deref(), Some("asserted"));
    let proof = verdict.checks.iter().find(|check| check.name == "proof").unwrap();
    assert_eq!(proof.state, State::NotMade, "nothing proves it, so nothing is ticked");

    let all: Vec<Opening> = run().bids[position].iter().filter_map(|bid| bid.opening.clone()).collect();
    let remarks = |openings: &[Opening]| {
        let log = run().operator.log();
        let report = replay(log, &market_key(), &Auditor(openings.to_vec()), None, |_| {}).unwrap();
        assert!(report.agrees, "{:?}", report.disagreement);
        report.rounds[position].remarks.join("; ")
    };
    assert!(remarks(&[]).contains("nothing proves it"));
    assert!(remarks(&all[1..]).contains("nothing proves it"), "one opening is missing");
    assert!(remarks(&all).contains("the openings that you have give the same"));

    // Believed by whoever has no openings, which is what "asserted" says.
    let log_key = fixture().log_key().unwrap();
    let operator_key = &fixture().person("operator").unwrap().signing_key;
    let honest = Honest::of(&run().operator, settled, &log_key, operator_key).unwrap();
    let mut statement = honest.statement.clone();
    statement.outcome["base_performance_q32"] = json!("1");
    let verdict =
        verify(&honest.restated(statement, Vec::new()).unwrap().to_bytes(), &market_key(), Own::default());
    assert!(verdict.verified, "{}", shown(&verdict));
}

/// An operator who changes any one number of any outcome, and signs everything again, is refused, with a code that
/// says what is wrong.
#[test]
fn no_number_of_any_outcome_can_be_changed() {
    let log_key = fixture().log_key().unwrap();
    let operator_key = &fixture().person("operator").unwrap().signing_key;
    let of_run = |run: &'static Run| run.rounds.iter().map(move |settled| (run, settled));
    for (run, settled) in of_run(run()).chain(of_run(published_run())) {
        if is_asserted_in(run, settled) {
            continue;
        }
        let honest = Honest::of(&run.operator, settled, &log_key, operator_key).unwrap();
        let same = honest.restated(honest.statement.clone(), honest.sealed_results.clone()).unwrap();
        let verdict = verify(&same.to_bytes(), &market_key(), Own::default());
        assert!(verdict.verified, "{}", shown(&verdict));
        let mut paths = Vec::new();
        leaves(&honest.statement.outcome, "", &mut paths);
        for path in paths {
            for other in others(honest.statement.outcome.pointer(&path).unwrap()) {
                let mut statement = honest.statement.clone();
                *statement.outcome.pointer_mut(&path).unwrap() = other.clone();
                // The columns of the statement follow the outcome.
                for (name, column) in &mut statement.public {
                    if let Some(changed) = statement.outcome.get(name).and_then(Value::as_array) {
                        column.clone_from(changed);
                    }
                }
                let about = format!("{} {path} = {other}", honest.statement.rule);
                let bundle = honest.restated(statement, honest.sealed_results.clone()).unwrap();
                let verdict = verify(&bundle.to_bytes(), &market_key(), Own::default());
                let code = verdict.code.unwrap_or_else(|| panic!("{about} is believed"));
                let named = [
                    Code::ProofInvalid,
                    Code::PaymentMismatch,
                    Code::ConservationViolated,
                    Code::StatementMismatch,
                ];
                assert!(named.contains(&code), "{about}: {code}");
            }
        }
    }
}

/// An operator who changes a commitment to a sealed result, trades two of them, or misstates their sum, is refused.
#[test]
fn no_sealed_result_can_be_changed() {
    let log_key = fixture().log_key().unwrap();
    let operator_key = &fixture().person("operator").unwrap().signing_key;
    let mut sealed = 0;
    for settled in &run().rounds {
        let honest = Honest::of(&run().operator, settled, &log_key, operator_key).unwrap();
        let refused = |statement: Statement, about: &str| {
            let bundle = honest.restated(statement, honest.sealed_results.clone()).unwrap();
            let verdict = verify(&bundle.to_bytes(), &market_key(), Own::default());
            let code =
                verdict.code.unwrap_or_else(|| panic!("{} {about} is believed", honest.statement.rule));
            let named = [Code::ProofInvalid, Code::ConservationViolated, Code::StatementMismatch];
            assert!(named.contains(&code), "{} {about}: {code}", honest.statement.rule);
        };
        for name in honest.statement.results.keys() {
            sealed += 1;
            for row in 0..honest.statement.results[name].len() {
                let mut statement = honest.statement.clone();
                let column = statement.results.get_mut(name).unwrap();
                // Doubled: a commitment that nobody knows an opening in range of.
                let point = Commitment::from_bytes(&column[row].0).unwrap().0;
                column[row].0 = Commitment((point + point).into()).to_bytes();
                refused(statement, &format!("{name} {row} doubled"));
                let mut statement = honest.statement.clone();
                let column = statement.results.get_mut(name).unwrap();
                let next = (row + 1) % column.len();
                column.swap(row, next);
                if statement.results != honest.statement.results {
                    refused(statement, &format!("{name} {row} traded"));
                }
            }
        }
        if let Some(z) = honest.statement.z {
            let mut statement = honest.statement.clone();
            let mut other = z;
            other.0[0] ^= 1;
            statement.z = Some(other);
            refused(statement, "another z");
            let statement = Statement { z: None, ..honest.statement.clone() };
            refused(statement, "no z");
        }
    }
    println!("{sealed} columns of sealed results");
}

/// Every member opens its own results and nobody else's, and is told what it pays or gets.
#[test]
fn members_open_their_own_results() {
    for (settled, bids) in run().rounds.iter().zip(&run().bids) {
        let bundle = run().operator.bundle(settled.statement.round).unwrap().to_bytes();
        for (index, bid) in bids.iter().enumerate() {
            let person = fixture().person(&bid.name).unwrap();
            let secret = HpkeSecret::from_bytes(&person.seal_key);
            let own = Own { bid: Some(&bid.file), opening: bid.opening.as_ref(), ..Own::default() };
            let verdict = verify(&bundle, &market_key(), Own { seal: Some(&secret), ..own });
            let about = format!("{} {}: {}", settled.statement.rule, bid.name, shown(&verdict));
            assert!(verdict.verified, "{about}");
            if !settled.statement.sealed_results.is_empty() {
                let neighbour = &bids[(index + 1) % bids.len()].name;
                let other = HpkeSecret::from_bytes(&fixture().person(neighbour).unwrap().seal_key);
                assert_eq!(verdict.own_results.len(), settled.statement.results.len(), "{about}");
                // Somebody else's key is a mistake, and no evidence against anybody.
                let verdict = verify(&bundle, &market_key(), Own { seal: Some(&other), ..own });
                let made = |name: &str| {
                    verdict.checks.iter().any(|check| check.name == name && check.state == State::Passed)
                };
                assert!(!made("your results") && !made("your payment"), "{about}");
                assert!(verdict.own_results.is_empty() && verdict.own_row.is_none(), "{about}");
            }
        }
    }
}

/// Whoever accuses an honest operator of leaving a row out is refuted, whatever its round's outcome rests on.
#[test]
fn honest_rounds_of_every_kind_refute_an_exclusion() {
    for (position, settled) in run().rounds.iter().enumerate() {
        let bundle = bundle(position).to_bytes();
        let Some(bid) = run().bids[position].first() else { continue };
        let made = exclusion(&bid.receipt.to_bytes(), &bundle, None, &market_key());
        let verdict = made.unwrap_or_else(|error| panic!("{}: {error:?}", settled.statement.rule)).verdict;
        assert_eq!(verdict.code, Some(Code::EvidenceRefuted), "{}", shown(&verdict));
        assert!(verdict.checks[0].compared.contains(", a bid, in a tree of "), "{}", shown(&verdict));
        let told = verdict.checks.last().unwrap().compared.contains("the operator's word");
        assert_eq!(told, is_asserted(settled), "{}", shown(&verdict));
    }
}
