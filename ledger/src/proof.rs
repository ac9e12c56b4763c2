//! Tree proofs: inclusion of one leaf, consistency of two trees, a whole range of leaves.
//!
//! Verifying is arithmetic on the proof alone: no store, no secret, no network. Inclusion and
//! consistency proofs are those of RFC 6962; range proofs are defined here.
//!
//! **Range proof.** To show that given leaves stand at the indexes `[a, b)` of a tree of size `n`, walk
//! the tree from the root. A subtree without a leaf of the range contributes its hash; a subtree
//! within the range contributes nothing, for its hash follows from the leaves; any other is
//! entered, left half first. That is the smallest set of hashes from which the root follows, at
//! most two for each level, and the order is left to right.
//!
//! **What a proof does not bind.** RFC 6962 proofs show leaves under a *root*. Trees of different
//! sizes can have paths of the same shape (leaf 0 of a tree of 5 and of 6, say), so a proof that fits a
//! root under one size may fit the same root under another. The size is bound by the signature on
//! the checkpoint, which is why every function here takes a [`TreeHead`] and not a root.

use crate::error::ProofError;
use crate::ids::TreeHash;
use crate::tree::TreeHead;
use std::ops::Range;

/// A tree has fewer than 2^64 leaves, so a path has at most this many nodes.
const MAX_DEPTH: usize = 64;

/// Shows that a leaf stands at an index: an RFC 6962 audit path, from the leaf's sibling up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof(pub Vec<TreeHash>);

/// Shows that one tree is a prefix of another: an RFC 6962 consistency proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof(pub Vec<TreeHash>);

/// Shows that leaves stand in a range: hashes of the subtrees beside it, left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeProof(pub Vec<TreeHash>);

impl InclusionProof {
    /// Checks that `leaf` stands at `index` of the tree `head`.
    pub fn verify(&self, leaf: TreeHash, index: u64, head: TreeHead) -> Result<(), ProofError> {
        if self.0.len() > MAX_DEPTH {
            return Err(ProofError::Inclusion);
        }
        let path = to_tlog(&self.0);
        tlog_tiles::check_record(&path, head.size, head.root.into(), index, leaf.into())
            .map_err(|_| ProofError::Inclusion)
    }
}

impl ConsistencyProof {
    /// Checks that the tree `old` is a prefix of the tree `new`.
    ///
    /// Two trees of one size are consistent if they are the same; the empty tree is a prefix of every
    /// tree; both proofs are empty.
    pub fn verify(&self, old: TreeHead, new: TreeHead) -> Result<(), ProofError> {
        let empty_is_empty = |head: TreeHead| head.size > 0 || head == TreeHead::EMPTY;
        // The walk uses one hash for each level it descends and one more at its end.
        if self.0.len() > MAX_DEPTH + 1 || !empty_is_empty(old) || !empty_is_empty(new) {
            return Err(ProofError::Consistency);
        }
        if old.size == 0 {
            return if self.0.is_empty() { Ok(()) } else { Err(ProofError::Consistency) };
        }
        let proof = to_tlog(&self.0);
        tlog_tiles::check_tree(&proof, new.size, new.root.into(), old.size, old.root.into())
            .map_err(|_| ProofError::Consistency)
    }
}

impl RangeProof {
    /// Checks that `leaves` stand at the indexes `first`, `first + 1`, … of the tree `head`. An empty
    /// range proves nothing and is refused.
    pub fn verify(&self, leaves: &[TreeHash], first: u64, head: TreeHead) -> Result<(), ProofError> {
        let end = first.checked_add(leaves.len() as u64).ok_or(ProofError::Range)?;
        if leaves.is_empty() || end > head.size {
            return Err(ProofError::Range);
        }
        let mut leaves = leaves.iter().copied();
        let mut beside = self.0.iter().copied();
        let root = walk_range(0..head.size, &(first..end), &mut |part| match part {
            Part::Leaf => leaves.next().ok_or(ProofError::Range),
            Part::Beside(_) => beside.next().ok_or(ProofError::Range),
        })?;
        // The walk has met every index of the range, so all leaves are used.
        if beside.next().is_some() || root != head.root {
            return Err(ProofError::Range);
        }
        Ok(())
    }
}

/// What the walk of a range proof needs next.
pub(crate) enum Part {
    /// The next leaf of the range.
    Leaf,
    /// The largest subtree beside the range, of these leaves.
    Beside(Range<u64>),
}

/// Walks the subtree of the leaves `tree`, left to right, and returns its hash. The prover and the
/// verifier are this walk with different sources of hashes.
///
/// Both ranges are not empty. The depth is at most 64, and every subtree that is entered holds a leaf
/// of the range, so the work is bounded by the leaves that `source` hands out.
pub(crate) fn walk_range<E>(
    tree: Range<u64>,
    wanted: &Range<u64>,
    source: &mut impl FnMut(Part) -> Result<TreeHash, E>,
) -> Result<TreeHash, E> {
    if tree.end <= wanted.start || wanted.end <= tree.start {
        return source(Part::Beside(tree));
    }
    let width = tree.end - tree.start;
    if width == 1 {
        return source(Part::Leaf);
    }
    // RFC 6962: the left half is the largest power of two smaller than the width.
    let middle = tree.start + (1 << (width - 1).ilog2());
    let left = walk_range(tree.start..middle, wanted, source)?;
    let right = walk_range(middle..tree.end, wanted, source)?;
    Ok(tlog_tiles::node_hash(left.into(), right.into()).into())
}

/// The hashes as `tlog_tiles` wants them.
fn to_tlog(hashes: &[TreeHash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| (*hash).into()).collect()
}
