//! Random ledgers: a refused entry leaves no trace, and replay gives the same market.

use crate::entry::{Kind, RevenueSource};
use crate::market::Market;
use crate::testing::{TestMarket, sign};
use proptest::prelude::*;
use quittance_ledger::{Entry, Envelope, EnvelopeSignature};

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn refused_entries_change_nothing(
        steps in prop::collection::vec((any::<u8>(), 0..6usize, 0..4usize, 0..120u64, any::<u8>(), any::<usize>()), 1..30)
    ) {
        let mut test = TestMarket::example();
        for (what, who, round, number, how, at) in steps {
            let good = file(&test, what, who, round, number);
            for file in [damage(&good, how, at), good] {
                let index = test.market.next_index();
                let kind = Kind::of_envelope(&file).map_or(0, Kind::byte);
                let entry = Entry::from_envelope(kind, 0, file);
                let before = test.market.clone();
                let checked = before.check(index, &entry);
                let applied = test.market.apply(index, &entry);
                prop_assert_eq!(&checked, &applied);
                match applied {
                    Ok(()) => test.entries.push(entry),
                    Err(_) => prop_assert_eq!(&before, &test.market),
                }
            }
        }
        let mut replayed = Market::open(&test.entries[0]).unwrap();
        for (index, entry) in test.entries.iter().enumerate().skip(1) {
            replayed.apply(index as u64, &Entry::decode(&entry.encode()).unwrap()).unwrap();
        }
        prop_assert_eq!(replayed, test.market);
    }

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
