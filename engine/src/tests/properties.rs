//! Random ledgers: a refused entry leaves no trace, and replay gives the same market.

use crate::entry::{Kind, RevenueSource};
use crate::market::Market;
use crate::testing::{TestMarket, sign};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use quittance_circuits::number::Wide;
use quittance_ledger::{Entry, Envelope, EnvelopeSignature};
use std::cell::RefCell;
use std::collections::BTreeMap;

const NAMES: [&str; 6] = ["acme", "birch", "cedar", "north", "river", "judge"];

/// A file that the market may or may not take: somebody's doing, in a round picked by number.
fn file(test: &TestMarket, what: u8, who: usize, round: usize, number: u64) -> Envelope {
    let name = NAMES[who % NAMES.len()];
    let rounds = test.market.rounds();
    let picked = rounds[round % rounds.len()];
    let (id, sealed) = (picked.id, picked.entry.hpke_key.is_some());
    match what % 12 {
        0..=4 if sealed => test.bid(id, name, number),
        0..=4 => test.weight(id, name, number),
        5 => sign(&test.report(id, name, number), &["judge"]),
        6 => sign(&test.close(id), &["operator"]),
        7 => sign(&test.settlement(id), &["operator"]),
        8 => sign(&test.abort(id, "second_thoughts"), &["operator"]),
        9 => {
            let mut round = test.auction_of(["north", "river"][who % 2]);
            round.terms["reserve_price"] = number.to_string().into();
            round.reopens = picked.is_aborted().then_some(id);
            sign(&round, &["operator", ["north", "river"][who % 2]])
        }
        10 => {
            let source = RevenueSource { round: id, seller: test.id(["north", "river"][who % 2]) };
            sign(&test.split_of(Some(source), number), &["operator", ["north", "river"][who % 2]])
        }
        _ => sign(&test.split_of(None, number), &["operator"]),
    }
}

/// Damages a file in one of many ways.
fn damage(file: &Envelope, how: u8, at: usize) -> Envelope {
    let mut payload = file.payload().to_vec();
    let mut signatures: Vec<EnvelopeSignature> = file.signatures().to_vec();
    let mut payload_type = file.payload_type().to_owned();
    match how % 6 {
        0 => {
            let at = at % payload.len();
            payload[at] ^= 1;
        }
        1 => payload.truncate(at % payload.len()),
        2 => drop(signatures.pop()),
        3 => signatures.iter_mut().for_each(|s| s.signature[at % 64] ^= 1),
        4 => payload_type = Kind::ALL[at % Kind::ALL.len()].payload_type(),
        _ => return file.clone(),
    }
    Envelope::from_parts(payload_type, payload, signatures).unwrap()
}

/// What came of each kind of file: `<kind> ok`, or `<kind> <code>`.
type Tally = BTreeMap<String, u32>;

fn play(steps: &[Step], tally: &mut Tally) -> Result<(), TestCaseError> {
    let mut test = TestMarket::example();
    for (what, who, round, number, how, at) in steps.iter().copied() {
        let good = file(&test, what, who, round, number);
        for file in [damage(&good, how, at), good] {
            let index = test.market.next_index();
            let kind = Kind::of_envelope(&file);
            let entry = Entry::from_envelope(kind.clone().map_or(0, Kind::byte), 0, file);
            let before = test.market.clone();
            let checked = before.check(index, &entry);
            let applied = test.market.apply(index, &entry);
            prop_assert_eq!(&checked, &applied);
            let word = applied.as_ref().map_or_else(|error| error.code(), |()| "ok");
            *tally.entry(format!("{} {word}", kind.map_or("none", Kind::word))).or_default() += 1;
            match applied {
                Ok(()) => test.entries.push(entry),
                Err(_) => prop_assert_eq!(&before, &test.market),
            }
        }
        let settled = test.market.rounds().last().and_then(|round| round.settled().map(|_| round.id));
        if let Some((id, seller)) =
            settled.and_then(|id| Some((id, test.market.round(id)?.entry.sellers.first()?)))
        {
            let proceeds = [(*seller, Wide(number.into()))].into();
            // Said once; other figures later are refused.
            test.market.record_settlement(id, proceeds).ok();
        }
    }
    let mut replayed = Market::open(&test.entries[0]).unwrap();
    for (index, entry) in test.entries.iter().enumerate().skip(1) {
        replayed.apply(index as u64, &Entry::decode(&entry.encode()).unwrap()).unwrap();
        for round in test.market.rounds() {
            if let Some(proceeds) = round.settled().and_then(|settled| settled.proceeds.clone()) {
                replayed.record_settlement(round.id, proceeds).ok();
            }
        }
    }
    prop_assert_eq!(&replayed, &test.market);
    Ok(())
}

type Step = (u8, usize, usize, u64, u8, usize);

#[test]
fn refused_entries_change_nothing() {
    let step = (any::<u8>(), 0..6usize, 0..4usize, 0..120u64, any::<u8>(), any::<usize>());
    let steps = prop::collection::vec(step, 1..40);
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    // A fixed seed: a failure is there again in the next run.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let tally = RefCell::new(Tally::new());
    let result = runner.run(&steps, |steps| play(&steps, &mut tally.borrow_mut()));
    result.unwrap_or_else(|failure| panic!("{failure}"));
    // A run that never gets anywhere shows nothing.
    let tally = tally.into_inner();
    for came in
        ["bid ok", "bid round_closed", "bid round_not_open", "bid duplicate_bid", "bid signature_invalid"]
            .into_iter()
            .chain([
                "bid file_malformed",
                "round ok",
                "round terms_invalid",
                "report ok",
                "close ok",
                "settlement ok",
            ])
            .chain([
                "settlement already_settled",
                "settlement round_open",
                "abort ok",
                "abort already_settled",
            ])
    {
        assert!(tally.contains_key(came), "{came} never happened: {tally:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_submission_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), at in any::<usize>(), to in any::<u8>()) {
        let test = TestMarket::example();
        let secret = crate::testing::seal_secret("round");
        prop_assert!(crate::admit::admit(&test.market, |_| Some(&secret), &bytes, 0).is_err());
        let mut file = test.bid(test.auction(), "acme", 70).to_json().into_bytes();
        let at = at % file.len();
        if std::mem::replace(&mut file[at], to) != to {
            let changed = crate::admit::admit(&test.market, |_| Some(&secret), &file, 0);
            prop_assert!(changed.is_err(), "byte {} to {}", at, to);
        }
    }
}
