//! Checkpoints that were seen before, compared with later ones.

use super::disputes::dispute;
use crate::dispute::history::{ConsistencyFile, History, compare, range_in_bundle};
use crate::dispute::{EvidenceKind, verify};
use crate::testing::log_key;
use quittance_ledger::{ConsistencyProof, SignedCheckpoint, TreeHash, TreeHead};

/// Of every pair of sizes: one history is found to be one, and two are evidence, which strangers check.
#[test]
fn histories_are_told_apart_at_every_size() {
    let key = dispute().key();
    let (log, fork) = (dispute().log(), dispute().forked_log());
    let note = |log: &quittance_ledger::Log<_>, size| log_key().sign(log.head_at(size).unwrap());
    let first_difference = dispute().index() + 1;
    let mut forks = 0;
    for size in 0..=log.size() {
        for old in 0..=size {
            let prefix = |size_asked: u64| {
                assert_eq!(size_asked, old);
                Some((fork.head_at(old).unwrap(), fork.prove_consistency(old, size).unwrap()))
            };
            let now = note(&fork, size);
            assert_eq!(compare(&note(&fork, old), &now, prefix, &key), Ok(History::One), "{old} of {size}");
            // The order does not matter.
            let found = compare(&now, &note(log, old), prefix, &key).unwrap();
            match found {
                History::Forked(evidence) => {
                    assert!(old >= first_difference);
                    let file = evidence.to_bytes();
                    let verdict = verify(EvidenceKind::Fork, &file, &key).unwrap();
                    assert!(verdict.verified);
                    let how = ["the larger tree's first", "two roots of"][usize::from(old == size)];
                    assert!(verdict.checks[1].compared.contains(how), "{verdict:?}");
                    forks += 1;
                }
                other => assert!(other == History::One && old < first_difference, "{old} of {size}"),
            }
            let unproved = compare(&note(log, old), &now, |_| None, &key).unwrap();
            let needs = old > 0 && old < size;
            assert_eq!(unproved == History::Unproved, needs, "{old} of {size}");
        }
    }
    assert!(forks > 10);
}

#[test]
fn a_failed_proof_is_no_evidence() {
    let key = dispute().key();
    let log = dispute().log();
    let (size, old) = (log.size(), log.size() - 3);
    let note = |size| log_key().sign(log.head_at(size).unwrap());
    let proof = log.prove_consistency(old, size).unwrap();
    let tree = log.head_at(old).unwrap();
    let with = |tree, proof: &ConsistencyProof| {
        compare(&note(old), &note(size), |_| Some((tree, proof.clone())), &key)
    };
    assert_eq!(with(tree, &proof), Ok(History::One));
    let mut other = tree;
    other.root.0[3] ^= 1;
    assert!(with(other, &proof).is_err(), "a root that the proof does not lead from");
    assert!(with(TreeHead { size: old - 1, ..tree }, &proof).is_err(), "about another size");
    for place in 0..proof.0.len() {
        let mut damaged = proof.clone();
        damaged.0[place].0[0] ^= 1;
        assert!(with(tree, &damaged).is_err(), "hash {place}");
    }
    assert!(with(tree, &ConsistencyProof(Vec::new())).is_err());
    let mut stranger = key.clone();
    stranger.log =
        "example.com/models+ecebc950+AZf/yIPIC+5yN++V2bm3A9StY+YKIeYFhnaCt1uLP0MD".parse().unwrap();
    assert!(
        compare(&note(old), &note(size), |_| Some((tree, proof)), &stranger).is_err(),
        "not signed by that log"
    );
}

#[test]
fn a_bundle_shows_the_trees_that_end_within_it() {
    let (key, bundle, log) = (dispute().key(), dispute().bundle(), dispute().log());
    let now = SignedCheckpoint::parse(bundle.checkpoint.as_bytes()).unwrap();
    let (first, end) = (bundle.range.first.0, bundle.range.first.0 + bundle.range.entries.len() as u64);
    for old in 1..=now.head().size {
        let seen = log_key().sign(log.head_at(old).unwrap());
        let found =
            compare(&seen, &now, |size| range_in_bundle(bundle, now.head())?.prove_prefix(size), &key);
        let within = old > first && old <= end || old == now.head().size;
        assert_eq!(found, Ok(if within { History::One } else { History::Unproved }), "{old}");
    }
}

#[test]
fn a_consistency_file_has_one_spelling() {
    let log = dispute().log();
    let (size, old) = (log.size(), log.size() - 2);
    let prefix = (log.head_at(old).unwrap(), log.prove_consistency(old, size).unwrap());
    let file = ConsistencyFile::new(&log_key().sign(log.head()), prefix.clone());
    assert_eq!(ConsistencyFile::parse(&file.to_bytes()), Ok(file.clone()));
    assert_eq!(file.prefix(old), Some(prefix));
    assert_eq!(file.prefix(old - 1), None);
    assert!(ConsistencyFile::parse(&[&file.to_bytes()[..], b"\n"].concat()).is_err());
    let other = ConsistencyFile { schema: "consistency/v2".into(), root: TreeHash([0; 32]), ..file };
    assert!(ConsistencyFile::parse(&other.to_bytes()).is_err());
}
