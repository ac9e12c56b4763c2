//! A round with more bids than its circuit key holds: proved in shards, and checked by everybody as one.

use crate::bundle::Bundle;
use crate::entry::{CircuitKeyId, Payload, Role};
use crate::operator::{Operator, SettledRound, stored_verifying_key};
use crate::replay::replay;
use crate::testing::{self, TestMarket};
use crate::verify::{Own, verify};
use quittance_circuits::number::Count;
use quittance_circuits::rules;
use quittance_ledger::{MemoryAnchor, MemoryStore};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// More than a key of the smallest tier holds in one proof.
const BIDS: u64 = 262;

struct Settled {
    operator: Operator<MemoryStore, MemoryAnchor>,
    settled: SettledRound,
    key: Vec<u8>,
}

fn settle() -> Settled {
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let rule = rules::find("uniform-price/v1").and_then(|rule| rule.proved()).unwrap();
    let prover = rule.setup("256", &mut rng).unwrap();
    let mut admitted = testing::rules();
    admitted[0].circuit_key = Some(CircuitKeyId(prover.verifying_key().id().0));
    let mut test = TestMarket::with_members(admitted);
    let names: Vec<String> = (0..BIDS).map(|bid| format!("bidder {bid}")).collect();
    names.iter().for_each(|name| test.add(name, &[Role::Bidder]));
    test.put(test.auction_of("river"), &["operator", "river"]);
    let round = test.auction();
    for (bid, name) in (0..).zip(&names) {
        test.append(test.bid(round, name, 40 + bid * 7 % 100)).unwrap();
    }

    let Payload::Market(entry) = Payload::of_entry(&test.entries[0]).unwrap() else {
        panic!("entry 0 is the market's");
    };
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let key = testing::signing_key("operator");
    let mut operator = Operator::create(store, anchor, testing::log_key(), key, &entry, 0).unwrap();
    for (time, entry) in (1..).zip(&test.entries[1..]) {
        operator.append(entry.envelope().clone(), time).unwrap();
    }
    operator.close(round, 10_000).unwrap();
    let hpke = testing::seal_secret("round");
    let (settled, _) = operator.settle(round, Some(&hpke), Some(prover.as_ref()), &mut rng, 10_001).unwrap();
    Settled { operator, settled, key: prover.verifying_key().to_bytes() }
}

#[test]
fn a_round_in_shards_is_settled_verified_and_replayed() {
    let Settled { operator, settled, key } = settle();
    let round = settled.statement.round;
    assert_eq!(settled.statement.rows, Count(BIDS));
    let proof = settled.settlement.proof.as_ref().unwrap();
    assert_eq!((proof.shards.len(), proof.carries.len()), (2, 1));

    let market_key = operator.market_key();
    let bundle = operator.bundle(round).unwrap();
    let verdict = verify(&bundle.to_bytes(), &market_key, Own::default());
    assert!(verdict.verified, "{verdict:?}");
    assert_eq!(bundle.verifying_key.as_ref().map(|key| &key.0), Some(&key));
    let stored = |id| stored_verifying_key(operator.log(), id).unwrap();
    let report = replay(operator.log(), &market_key, &stored, None, |_| {}).unwrap();
    assert!(report.agrees, "{report:?}");
    assert_eq!(report.rounds[0].rows, Count(BIDS));

    let changed = |change: &dyn Fn(&mut Bundle)| {
        let mut other = bundle.clone();
        change(&mut other);
        verify(&other.to_bytes(), &market_key, Own::default()).verified
    };
    assert!(changed(&|_| {}));
    assert!(!changed(&|bundle| bundle.statement.rows.0 -= 1));
    assert!(!changed(&|bundle| drop(bundle.range.entries.remove(200))));
    assert!(!changed(&|bundle| bundle.range.entries.swap(20, 261)));
}
