//! A replay that goes on from an earlier one says the same, and does not take another ledger for the one it saw.

use crate::entry::{CircuitKeyId, entry_of};
use crate::operator::stored_verifying_key;
use crate::reject::Code;
use crate::replay::{Evidence, ReplayError, ReplayReport, replay, replay_from};
use crate::testing::settled::settled_auction;
use quittance_circuits::json;
use quittance_ledger::{
    BlobId, Envelope, EnvelopeSignature, Log, LogError, MarketKey, MemoryStore, Store, StoreError, TreeHead,
};

fn replayed(log: &Log<impl Store>, key: &MarketKey, done: TreeHead) -> Result<ReplayReport, Code> {
    let stored = |id| stored_verifying_key(log, id).unwrap();
    replay_from(log, done, key, &stored, None, |_, _| {}).map_err(|error| match error {
        ReplayError::Market(reject) => reject.code,
        ReplayError::Log(error) => panic!("{error}"),
    })
}

#[test]
fn the_report_is_the_same_from_wherever_it_goes_on() {
    let auction = settled_auction(&[70, 90]);
    let (log, key) = (auction.operator.log(), auction.operator.market_key());
    let stored = |id| stored_verifying_key(log, id).unwrap();
    let mut trees = Vec::new();
    let whole = replay_from(log, TreeHead::EMPTY, &key, &stored, None, |index, tree| {
        trees.push((index, tree.head()));
    });
    let whole = whole.unwrap();
    assert!(whole.agrees, "{whole:?}");
    assert_eq!(json::read_canonical::<ReplayReport>(&whole.to_bytes()), Ok(whole.clone()));
    assert_eq!(whole.entries.values().map(|count| count.0).sum::<u64>(), log.size());
    // Without witnesses, the auditor's clock is what deadlines are compared with.
    let unasked = |report: &ReplayReport| report.not_checked.iter().any(|what| what.contains("deadlines"));
    let now = Some("2029-01-01T00:00:00Z".parse().unwrap());
    let asked = replay(log, &key, &stored, now, |_| {}).unwrap();
    assert!(unasked(&whole) && !unasked(&asked));
    let expected: Vec<_> = (1..log.size()).map(|index| (index, log.head_at(index + 1).unwrap())).collect();
    assert_eq!(trees, expected);
    for size in 0..=log.size() {
        let report = replayed(log, &key, log.head_at(size).unwrap()).unwrap();
        assert_eq!(report.to_bytes(), whole.to_bytes(), "from {size}");
    }
}

#[test]
fn proofs_seen_before_are_not_verified_again_and_later_ones_are() {
    let auction = settled_auction(&[70, 90]);
    let (log, key) = (auction.operator.log(), auction.operator.market_key());
    let lost = |_: CircuitKeyId| None;
    let report = replay(log, &key, &lost, None, |_| {}).unwrap();
    let found = report.disagreement.map(|found| (found.index.0, found.code));
    assert_eq!(found, Some((auction.settled.index, Code::KeyUnknown)));
    for (size, agrees) in [(auction.settled.index, false), (auction.settled.index + 1, true)] {
        let done = log.head_at(size).unwrap();
        let report = replay_from(log, done, &key, &lost, None, |_, _| {}).unwrap();
        assert_eq!(report.agrees, agrees, "from {size}");
    }
}

#[test]
fn another_ledger_is_not_gone_on_with() {
    let auction = settled_auction(&[70, 90]);
    let (log, key) = (auction.operator.log(), auction.operator.market_key());
    for size in 1..=log.size() {
        let mut done = log.head_at(size).unwrap();
        done.root.0[5] ^= 1;
        assert_eq!(replayed(log, &key, done).err(), Some(Code::LogForked), "another root at {size}");
    }
    let longer = TreeHead { size: log.size() + 1, ..log.head() };
    assert_eq!(replayed(log, &key, longer).err(), Some(Code::LogForked));
}

/// What cannot be read says nothing of the operator: there is no report, neither that all agrees nor that an entry does
/// not.
#[test]
fn a_damaged_store_is_no_disagreement() {
    let auction = settled_auction(&[70, 90]);
    let (log, key) = (auction.operator.log(), auction.operator.market_key());
    let stored = |id| stored_verifying_key(log, id).unwrap();
    let damaged = |report: Result<ReplayReport, ReplayError>| {
        let Err(ReplayError::Log(LogError::Store(StoreError::Corrupt(what)))) = report else {
            panic!("{report:?}");
        };
        what
    };
    assert_eq!(damaged(replay(log, &key, &Unreadable, None, |_| {})), "a key that cannot be read");
    // The statement has other bytes than those that it is named by.
    let statement = BlobId(auction.settled.settlement.statement.0);
    log.store().erase_blob(&statement).unwrap();
    let missing = replay(log, &key, &stored, None, |_| {}).unwrap().disagreement.unwrap();
    assert_eq!((missing.index.0, missing.code), (auction.settled.index, Code::StatementMismatch));
    log.store().put_blob(&statement, b"{}").unwrap();
    assert!(damaged(replay(log, &key, &stored, None, |_| {})).contains("has other bytes"));
}

/// Evidence that the auditor's disk has lost.
struct Unreadable;

impl Evidence for Unreadable {
    fn verifying_key(&self, _: CircuitKeyId) -> Result<Option<Vec<u8>>, LogError> {
        Err(StoreError::Corrupt("a key that cannot be read".into()).into())
    }
}

/// A signature that nobody made is found among those that all cores verify, and ends the report where it stands.
#[test]
fn a_wrong_signature_ends_the_report() {
    let auction = settled_auction(&[70, 90]);
    let (log, key) = (auction.operator.log(), auction.operator.market_key());
    for bad in 1..log.size() {
        let mut forged = Log::open(MemoryStore::new()).unwrap();
        for (index, entry) in log.entries(0..log.size()).unwrap().into_iter().enumerate() {
            let file = entry.envelope();
            let mut signatures = file.signatures().to_vec();
            if index as u64 == bad {
                signatures
                    .iter_mut()
                    .for_each(|signature: &mut EnvelopeSignature| signature.signature[9] ^= 1);
            }
            let file =
                Envelope::from_parts(file.payload_type().to_owned(), file.payload().to_vec(), signatures);
            forged.append(vec![entry_of(file.unwrap(), entry.time_ms()).unwrap()]).unwrap();
        }
        for done in [0, bad] {
            let report = replayed(&forged, &key, forged.head_at(done).unwrap()).unwrap();
            let found = report.disagreement.unwrap();
            assert_eq!((found.index.0, found.code), (bad, Code::LogInvalid), "from {done}: {}", found.found);
            assert!(found.found.contains("signature"), "{}", found.found);
            assert_eq!((report.size.0, report.root), (forged.size(), forged.head().root));
        }
        // Whoever says that it was verified before is believed.
        let report = replayed(&forged, &key, forged.head_at(bad + 1).unwrap()).unwrap();
        assert!(report.disagreement.is_none_or(|found| !found.found.contains("signature")), "{bad}");
    }
}
