//! Tree proofs of every tree up to 70 leaves (130: `make trees`), against RFC 6962 written out naively, and every
//! mutation of them.

use crate::support::log_of;
use quittance_ledger::{
    ConsistencyProof, InclusionProof, Log, LogError, MemoryStore, RangeProof, TreeHash, TreeHead,
};
use std::ops::Range;

/// Largest tree that is tried exhaustively: 70, or what `make trees` says.
fn largest() -> u64 {
    std::env::var("QUITTANCE_TREES").map_or(70, |size| size.parse().expect("a size"))
}

/// RFC 6962 section 2.1: the root of a list of leaf hashes.
fn root(leaves: &[TreeHash]) -> TreeHash {
    match leaves {
        [] => TreeHead::EMPTY.root,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            tlog_tiles::node_hash(root(left).into(), root(right).into()).into()
        }
    }
}

/// The largest power of two smaller than `n`, which is at least 2.
fn half(n: usize) -> usize {
    let mut k = 1;
    while 2 * k < n {
        k *= 2;
    }
    k
}

/// RFC 6962 section 2.1.1: PATH(m, D[n]).
fn path(m: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = half(leaves.len());
    let (mut rest, other) = if m < k {
        (path(m, &leaves[..k]), root(&leaves[k..]))
    } else {
        (path(m - k, &leaves[k..]), root(&leaves[..k]))
    };
    rest.push(other);
    rest
}

/// RFC 6962 section 2.1.2: SUBPROOF(m, D[n], b).
fn subproof(m: usize, leaves: &[TreeHash], whole: bool) -> Vec<TreeHash> {
    if m == leaves.len() {
        return if whole { vec![] } else { vec![root(leaves)] };
    }
    let k = half(leaves.len());
    let (mut rest, other) = if m <= k {
        (subproof(m, &leaves[..k], whole), root(&leaves[k..]))
    } else {
        (subproof(m - k, &leaves[k..], false), root(&leaves[..k]))
    };
    rest.push(other);
    rest
}

/// The hashes of the largest subtrees beside `[a, b)`, left to right.
fn beside(a: usize, b: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
    if b == 0 || a >= leaves.len() {
        return vec![root(leaves)];
    }
    if leaves.len() == 1 {
        return vec![];
    }
    let k = half(leaves.len());
    let left = beside(a, b.min(k), &leaves[..k]);
    let right = beside(a.saturating_sub(k), b.saturating_sub(k), &leaves[k..]);
    [left, right].concat()
}

/// The shape of an inclusion proof, as the sides it turns to. Proofs of one shape are the same sum.
fn inclusion_shape(index: u64, size: u64) -> Option<String> {
    if index >= size {
        return None;
    }
    if size == 1 {
        return Some(String::new());
    }
    let k = half(size as usize) as u64;
    Some(if index < k {
        format!("{}L", inclusion_shape(index, k)?)
    } else {
        format!("{}R", inclusion_shape(index - k, size - k)?)
    })
}

/// The shape of a consistency proof.
fn consistency_shape(old: u64, new: u64, whole: bool) -> Option<String> {
    if old == 0 || old > new {
        return None;
    }
    if old == new {
        return Some(if whole { "=" } else { "." }.to_owned());
    }
    let k = half(new as usize) as u64;
    Some(if old <= k {
        format!("{}L", consistency_shape(old, k, whole)?)
    } else {
        format!("{}R", consistency_shape(old - k, new - k, false)?)
    })
}

/// The shape of a range proof.
fn range_shape(range: Range<u64>, size: u64) -> Option<String> {
    fn walk(lo: u64, hi: u64, range: &Range<u64>) -> String {
        if hi <= range.start || range.end <= lo {
            return "b".to_owned();
        }
        if hi - lo == 1 {
            return "l".to_owned();
        }
        let middle = lo + half((hi - lo) as usize) as u64;
        format!("({}{})", walk(lo, middle, range), walk(middle, hi, range))
    }
    (range.end <= size && !range.is_empty()).then(|| walk(0, size, &range))
}

/// Every way to spoil a list of hashes: one bit of each byte of each hash, a hash missing, doubled, two
/// swapped, one more at either end.
fn spoiled(hashes: &[TreeHash], mut check: impl FnMut(Vec<TreeHash>)) {
    for place in 0..hashes.len() {
        for byte in 0..32 {
            let mut changed = hashes.to_vec();
            changed[place].0[byte] ^= 1 << (byte % 8);
            check(changed);
        }
        spoil_at(hashes, place, &mut check);
    }
    for extra in [TreeHash([0; 32]), TreeHead::EMPTY.root] {
        check([hashes, &[extra]].concat());
        check([&[extra], hashes].concat());
    }
}

/// The ways to spoil a list that change no hash but one bit.
fn spoil_at(hashes: &[TreeHash], place: usize, check: &mut impl FnMut(Vec<TreeHash>)) {
    let mut changed = hashes.to_vec();
    changed[place].0[place % 32] ^= 0x80;
    check(changed);
    let mut shorter = hashes.to_vec();
    let hash = shorter.remove(place);
    check(shorter.clone());
    shorter.insert(place, hash);
    shorter.insert(place, hash);
    check(shorter);
    if place > 0 {
        let mut swapped = hashes.to_vec();
        swapped.swap(place - 1, place);
        check(swapped);
    }
}

/// A log, its leaf hashes, and its heads by size.
fn tree() -> (Log<MemoryStore>, Vec<TreeHash>, Vec<TreeHead>) {
    let log = log_of(largest());
    let leaves: Vec<_> = (0..largest()).map(|i| log.leaf_hash(i).expect("a leaf")).collect();
    let heads = (0..=largest()).map(|size| log.head_at(size).expect("a head")).collect();
    (log, leaves, heads)
}

#[test]
fn roots_are_those_of_rfc_6962() {
    let (log, leaves, heads) = tree();
    for (size, head) in heads.iter().enumerate() {
        assert_eq!(*head, TreeHead { size: size as u64, root: root(&leaves[..size]) });
    }
    for (index, leaf) in leaves.iter().enumerate() {
        assert_eq!(*leaf, log.entry(index as u64).expect("an entry").leaf_hash());
    }
}

#[test]
fn inclusion() {
    let (log, leaves, heads) = tree();
    for size in 1..=largest() {
        let head = heads[size as usize];
        for index in 0..size {
            let leaf = leaves[index as usize];
            let proof = log.prove_inclusion(index, size).expect("within the log");
            assert_eq!(proof.0, path(index as usize, &leaves[..size as usize]));
            assert_eq!(proof.verify(leaf, index, head), Ok(()));
            spoiled(&proof.0, |hashes| {
                assert!(InclusionProof(hashes).verify(leaf, index, head).is_err());
            });
            for other in 0..largest() {
                let verifies = |leaf, index, head| proof.verify(leaf, index, head).is_ok();
                if other != index {
                    assert!(!verifies(leaf, other, head), "{index} as {other} of {size}");
                    assert!(!verifies(leaves[other as usize], index, head));
                }
                // Under another root never; under another size only if it is the same sum.
                let other_head = heads[other as usize];
                assert!(!verifies(leaf, index, other_head) || other == size);
                let resized = TreeHead { size: other, root: head.root };
                let same = inclusion_shape(index, other) == inclusion_shape(index, size);
                assert_eq!(verifies(leaf, index, resized), same, "{index} of {size} in {other}");
            }
        }
    }
}

#[test]
fn consistency() {
    let (log, leaves, heads) = tree();
    for new in 0..=largest() {
        for old in 0..=new {
            let (old_head, new_head) = (heads[old as usize], heads[new as usize]);
            let proof = log.prove_consistency(old, new).expect("within the log");
            if old > 0 {
                let expected = subproof(old as usize, &leaves[..new as usize], true);
                assert_eq!(proof.0, expected);
            }
            assert_eq!(proof.verify(old_head, new_head), Ok(()));
            spoiled(&proof.0, |hashes| {
                let spoiled = ConsistencyProof(hashes).verify(old_head, new_head);
                assert!(spoiled.is_err(), "{old} {new}");
            });
            check_other_heads(&proof, old_head, new_head, &heads);
        }
    }
}

/// A consistency proof under other heads than its own.
fn check_other_heads(proof: &ConsistencyProof, old: TreeHead, new: TreeHead, heads: &[TreeHead]) {
    let shape = consistency_shape(old.size, new.size, true);
    // The empty proof of the empty tree is that of every tree to itself, too.
    if old.size == 0 {
        return;
    }
    for other in heads {
        if *other != new {
            assert!(proof.verify(old, *other).is_err());
        }
        if *other != old && other.size > 0 {
            assert!(proof.verify(*other, new).is_err());
        }
        if other.size == 0 {
            continue;
        }
        let resized = TreeHead { size: other.size, root: old.root };
        let same = consistency_shape(other.size, new.size, true) == shape;
        assert_eq!(proof.verify(resized, new).is_ok(), same);
        let resized = TreeHead { size: other.size, root: new.root };
        let same = consistency_shape(old.size, other.size, true) == shape;
        assert_eq!(proof.verify(old, resized).is_ok(), same);
    }
}

#[test]
fn consistency_edges() {
    let (_, _, heads) = tree();
    let none = ConsistencyProof(vec![]);
    let fake_empty = TreeHead { size: 0, root: heads[1].root };
    assert!(none.verify(fake_empty, heads[5]).is_err());
    assert!(none.verify(fake_empty, fake_empty).is_err());
    assert!(none.verify(heads[5], TreeHead::EMPTY).is_err());
    let forked = TreeHead { size: 5, root: heads[6].root };
    assert!(none.verify(heads[5], forked).is_err(), "two roots at one size");
    assert!(none.verify(heads[6], heads[5]).is_err(), "backwards");
    let long = vec![TreeHash([0; 32]); 100];
    assert!(ConsistencyProof(long.clone()).verify(heads[5], heads[6]).is_err());
    assert!(InclusionProof(long).verify(heads[1].root, 0, heads[6]).is_err());
}

/// The longest proofs there are, in a tree of 2^64 − 1 leaves of which few are known.
#[test]
fn the_longest_proofs_verify() {
    let hash = |n: u8| TreeHash([n; 32]);
    let node = |left: TreeHash, right: TreeHash| -> TreeHash {
        tlog_tiles::node_hash(left.into(), right.into()).into()
    };
    // Leaf 0, and what stands to the right of it on each level.
    let path: Vec<TreeHash> = (1..=64).map(hash).collect();
    let root = path.iter().fold(hash(0), |below, beside| node(below, *beside));
    let head = TreeHead { size: u64::MAX, root };
    assert_eq!(InclusionProof(path.clone()).verify(hash(0), 0, head), Ok(()));
    assert!(InclusionProof([path, vec![hash(65)]].concat()).verify(hash(0), 0, head).is_err());
    // The first three leaves: the last two levels have two hashes each, the others one.
    let (two, third, fourth) = (hash(100), hash(101), hash(102));
    let old = TreeHead { size: 3, root: node(two, third) };
    let above: Vec<TreeHash> = (1..=62).map(hash).collect();
    let root = above.iter().fold(node(two, node(third, fourth)), |below, beside| node(below, *beside));
    let proof = ConsistencyProof([vec![third, fourth, two], above].concat());
    assert_eq!(proof.0.len(), 65);
    assert_eq!(proof.verify(old, TreeHead { size: u64::MAX, root }), Ok(()));
}

#[test]
fn ranges() {
    let (log, leaves, heads) = tree();
    for size in 1..=largest() {
        let head = heads[size as usize];
        for start in 0..size {
            for end in start + 1..=size {
                let proof = log.prove_range(start..end, size).expect("within the log");
                let (a, b) = (start as usize, end as usize);
                assert_eq!(proof.0, beside(a, b, &leaves[..size as usize]));
                assert_eq!(proof.verify(&leaves[a..b], start, head), Ok(()));
                let mut check = |hashes| {
                    let spoiled = RangeProof(hashes).verify(&leaves[a..b], start, head);
                    assert!(spoiled.is_err(), "{start}..{end} of {size}");
                };
                for place in 0..proof.0.len() {
                    spoil_at(&proof.0, place, &mut check);
                }
                check([proof.0.as_slice(), &[TreeHash([0; 32])]].concat());
                check([&[TreeHash([0; 32])], proof.0.as_slice()].concat());
            }
        }
    }
}

#[test]
fn ranges_under_other_claims() {
    let (log, leaves, heads) = tree();
    for size in [1, 2, 3, 5, 8, 13, 21, 33, 70] {
        let head = heads[size as usize];
        for (start, end) in (0..size).flat_map(|a| (a + 1..=size).map(move |b| (a, b))) {
            let proof = log.prove_range(start..end, size).expect("within the log");
            let range = &leaves[start as usize..end as usize];
            for other in 0..largest() {
                let moved = range_shape(other..other + (end - start), size);
                let same = moved == range_shape(start..end, size);
                assert_eq!(proof.verify(range, other, head).is_ok(), same);
                let resized = TreeHead { size: other, root: head.root };
                let same = range_shape(start..end, other) == range_shape(start..end, size);
                assert_eq!(proof.verify(range, start, resized).is_ok(), same);
            }
            for place in 0..range.len() {
                check_spoiled_leaves(&proof, range, place, start, head);
            }
            let longer = [range, &[range[0]]].concat();
            assert!(proof.verify(&longer, start, head).is_err());
        }
    }
}

/// A range proof with one leaf changed, missing, doubled or swapped.
fn check_spoiled_leaves(proof: &RangeProof, range: &[TreeHash], place: usize, start: u64, head: TreeHead) {
    spoil_at(range, place, &mut |spoiled| {
        assert!(proof.verify(&spoiled, start, head).is_err());
    });
}

#[test]
fn range_edges() {
    let (log, leaves, heads) = tree();
    let proof = log.prove_range(0..largest(), largest()).expect("the whole log");
    assert_eq!(proof, RangeProof(vec![]));
    // Nothing is shown by nothing, and no claim overflows.
    assert!(RangeProof(vec![heads[5].root]).verify(&[], 0, heads[5]).is_err());
    assert!(proof.verify(&leaves, u64::MAX, heads[70]).is_err());
    let huge = TreeHead { size: u64::MAX, root: heads[5].root };
    for proof in [vec![], vec![heads[5].root; 64], vec![heads[5].root; 1000]] {
        assert!(RangeProof(proof.clone()).verify(&leaves, 1 << 40, huge).is_err());
        assert!(InclusionProof(proof.clone()).verify(leaves[0], 1 << 63, huge).is_err());
        assert!(ConsistencyProof(proof).verify(heads[5], huge).is_err());
    }
}

#[test]
fn a_single_leaf_range_has_the_hashes_of_its_path() {
    let (log, _, _) = tree();
    for index in 0..largest() {
        let mut range = log.prove_range(index..index + 1, largest()).expect("a range").0;
        let mut path = log.prove_inclusion(index, largest()).expect("a path").0;
        range.sort();
        path.sort();
        assert_eq!(range, path);
    }
}

#[test]
fn proofs_beyond_the_log_are_refused() {
    let log = log_of(5);
    let refused = |result: Result<(), LogError>| {
        assert_eq!(result.expect_err("beyond the log").code(), "index_unknown");
    };
    refused(log.prove_inclusion(5, 5).map(drop));
    refused(log.prove_inclusion(0, 6).map(drop));
    refused(log.prove_inclusion(0, 0).map(drop));
    refused(log.prove_consistency(3, 6).map(drop));
    refused(log.prove_consistency(4, 3).map(drop));
    refused(log.prove_range(2..2, 5).map(drop));
    refused(log.prove_range(2..6, 5).map(drop));
    refused(log.prove_range(2..3, 6).map(drop));
    refused(log.head_at(6).map(drop));
    refused(log.leaf_hash(5).map(drop));
    refused(log.entry(5).map(drop));
    refused(log.entries(3..6).map(drop));
}
