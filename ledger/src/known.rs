//! What whoever holds consecutive leaves and their range proof can prove in turn: that one of them stands at its
//! index, and which tree the log had at a size within them.
//!
//! A range proof is checked once; the hashes that it is made of are then those of the tree, and every proof that
//! needs no others can be taken from them. So a file with one leaf of a round stands for the whole round.

use crate::error::ProofError;
use crate::ids::TreeHash;
use crate::proof::{ConsistencyProof, InclusionProof, Part, RangeProof, walk_range};
use crate::tree::TreeHead;
use std::collections::BTreeMap;
use std::ops::Range;

/// Consecutive leaves that were shown to stand in a tree.
#[derive(Debug, Clone)]
pub struct KnownRange {
    head: TreeHead,
    range: Range<u64>,
    leaves: Vec<TreeHash>,
    /// The subtrees beside the range, by their first leaf and the one after their last.
    beside: BTreeMap<(u64, u64), TreeHash>,
}

impl KnownRange {
    /// Checks that `leaves` stand at the indexes `first`, `first + 1`, … of the tree `head`.
    ///
    /// # Errors
    /// They are not shown to.
    pub fn verify(
        proof: &RangeProof,
        leaves: Vec<TreeHash>,
        first: u64,
        head: TreeHead,
    ) -> Result<Self, ProofError> {
        proof.verify(&leaves, first, head)?;
        // The proof holds, so this does not overflow and the walk uses exactly its hashes.
        let range = first..first + leaves.len() as u64;
        let mut beside = BTreeMap::new();
        let mut hashes = proof.0.iter().copied();
        walk_range(0..head.size, &range, &mut |part| match part {
            Part::Leaf => Ok(TreeHash([0; 32])),
            Part::Beside(tree) => {
                let hash = hashes.next().ok_or(ProofError::Range)?;
                beside.insert((tree.start, tree.end), hash);
                Ok(hash)
            }
        })?;
        Ok(Self { head, range, leaves, beside })
    }

    /// The tree that the leaves stand in.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// The leaf at an index; none outside of the range.
    #[must_use]
    pub fn leaf(&self, index: u64) -> Option<TreeHash> {
        let position = index.checked_sub(self.range.start)?;
        self.leaves.get(usize::try_from(position).ok()?).copied()
    }

    /// Proves that the leaf at an index stands there; none outside of the range.
    #[must_use]
    pub fn prove_inclusion(&self, index: u64) -> Option<InclusionProof> {
        self.leaf(index)?;
        let mut path = Vec::new();
        let mut tree = 0..self.head.size;
        while tree.end - tree.start > 1 {
            let middle = middle(&tree);
            let (left, right) = (tree.start..middle, middle..tree.end);
            let (inner, sibling) = if index < middle { (left, right) } else { (right, left) };
            path.push(self.hash(&sibling)?);
            tree = inner;
        }
        path.reverse();
        Some(InclusionProof(path))
    }

    /// The tree of the first `size` entries, and the proof that it is a prefix of this one; none unless it ends
    /// within the range, or is the whole tree.
    #[must_use]
    pub fn prove_prefix(&self, size: u64) -> Option<(TreeHead, ConsistencyProof)> {
        if size == self.head.size {
            return Some((self.head, ConsistencyProof(Vec::new())));
        }
        if size <= self.range.start || size > self.range.end {
            return None;
        }
        let mut path = Vec::new();
        let root = self.prefix(0..self.head.size, size, true, &mut path)?;
        Some((TreeHead { size, root }, ConsistencyProof(path)))
    }

    /// The hash of the leaves of a node below `size`, and RFC 6962's SUBPROOF of it onto `path`. `whole`: nothing
    /// of the smaller tree stands beside the node.
    fn prefix(&self, node: Range<u64>, size: u64, whole: bool, path: &mut Vec<TreeHash>) -> Option<TreeHash> {
        if node.end == size {
            let hash = self.hash(&node)?;
            if !whole {
                path.push(hash);
            }
            return Some(hash);
        }
        let middle = middle(&node);
        let (left, right) = (node.start..middle, middle..node.end);
        if size <= middle {
            let hash = self.prefix(left, size, whole, path)?;
            path.push(self.hash(&right)?);
            return Some(hash);
        }
        let below = self.prefix(right, size, false, path)?;
        let left = self.hash(&left)?;
        path.push(left);
        Some(tlog_tiles::node_hash(left.into(), below.into()).into())
    }

    /// The hash of a node of the tree; none of one within a subtree beside the range, of whose leaves none is here.
    fn hash(&self, node: &Range<u64>) -> Option<TreeHash> {
        if let Some(hash) = self.beside.get(&(node.start, node.end)) {
            return Some(*hash);
        }
        if node.end - node.start == 1 {
            return self.leaf(node.start);
        }
        let middle = middle(node);
        let (left, right) = (self.hash(&(node.start..middle))?, self.hash(&(middle..node.end))?);
        Some(tlog_tiles::node_hash(left.into(), right.into()).into())
    }
}

/// Where RFC 6962 splits a node of at least two leaves: after the largest power of two smaller than their number.
fn middle(node: &Range<u64>) -> u64 {
    node.start + (1 << (node.end - node.start - 1).ilog2())
}
