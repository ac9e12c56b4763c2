//! A range proof holds every proof about its leaves, the same as the log's own.

use crate::support::log_of;
use quittance_ledger::{KnownRange, ProofError};

#[test]
fn a_range_proves_what_the_log_proves() {
    for size in 1..=34 {
        let log = log_of(size);
        for first in 0..size {
            for end in first + 1..=size {
                let leaves: Vec<_> =
                    (first..end).map(|index| log.leaf_hash(index).expect("a leaf")).collect();
                let proof = log.prove_range(first..end, size).expect("a range");
                let known = KnownRange::verify(&proof, leaves, first, log.head()).expect("it holds");
                for index in 0..size {
                    let within = (first..end).contains(&index);
                    let expected = within.then(|| log.prove_inclusion(index, size).expect("a proof"));
                    assert_eq!(known.prove_inclusion(index), expected, "{index} of {first}..{end} of {size}");
                    assert_eq!(known.leaf(index).is_some(), within);
                }
                for old in 0..=size + 1 {
                    let found = known.prove_prefix(old);
                    if old == size || first < old && old <= end {
                        let (head, proof) = found.expect("it ends within the range");
                        assert_eq!(
                            head,
                            log.head_at(old).expect("a tree"),
                            "{old} in {first}..{end} of {size}"
                        );
                        assert_eq!(proof, log.prove_consistency(old, size).expect("a proof"));
                    } else {
                        assert_eq!(found, None, "{old} in {first}..{end} of {size}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_range_that_does_not_hold_proves_nothing() {
    let log = log_of(20);
    let leaves =
        |range: std::ops::Range<u64>| range.map(|index| log.leaf_hash(index).expect("a leaf")).collect();
    let proof = log.prove_range(3..9, 20).expect("a range");
    let refused = |leaves, first, head| {
        let known = KnownRange::verify(&proof, leaves, first, head);
        assert_eq!(known.map(|known| known.head()).err(), Some(ProofError::Range));
    };
    refused(leaves(3..8), 3, log.head());
    refused(leaves(4..10), 3, log.head());
    refused(leaves(3..9), 4, log.head());
    refused(leaves(3..9), u64::MAX, log.head());
    refused(Vec::new(), 3, log.head());
    refused(leaves(3..9), 3, log.head_at(19).expect("a tree"));
}
