//! A round with more bids than its circuit key holds: proved in shards, and checked by everybody as one.

use crate::bundle::Bundle;
use crate::operator::stored_verifying_key;
use crate::replay::replay;
use crate::testing::settled::settled_auction;
use crate::verify::{Own, verify};
use quittance_circuits::number::Count;

#[test]
fn a_round_in_shards_is_settled_verified_and_replayed() {
    let valuations: Vec<u64> = (0..262).map(|bid| 40 + bid * 7 % 100).collect();
    let auction = settled_auction(&valuations);
    let (operator, statement) = (&auction.operator, &auction.settled.statement);
    assert_eq!(statement.rows, Count(262));
    let proof = auction.settled.settlement.proof.as_ref().unwrap();
    assert_eq!((proof.shards.len(), proof.carries.len()), (2, 1));

    let market_key = operator.market_key();
    let bundle = operator.bundle(statement.round).unwrap();
    let stored = |id| stored_verifying_key(operator.log(), id).unwrap();
    let report = replay(operator.log(), &market_key, &stored, None, |_| {}).unwrap();
    assert!(report.agrees, "{report:?}");
    assert_eq!(report.rounds[0].rows, Count(262));

    let verifies = |change: &dyn Fn(&mut Bundle)| {
        let mut other = bundle.clone();
        change(&mut other);
        verify(&other.to_bytes(), &market_key, Own::default()).verified
    };
    assert!(verifies(&|_| {}));
    assert!(!verifies(&|bundle| bundle.statement.rows.0 -= 1));
    assert!(!verifies(&|bundle| drop(bundle.range.entries.remove(200))));
    assert!(!verifies(&|bundle| bundle.range.entries.swap(20, 261)));
}
