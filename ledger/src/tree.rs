//! The RFC 6962 tree, by the arithmetic of `tlog_tiles`.
//!
//! Complete subtrees are the *nodes* of the tree. They are stored in one dense order
//! ([`tlog_tiles::stored_hash_index`]): each leaf is followed by the nodes it completes. So a log only
//! ever appends nodes, and a position never changes its value.

use crate::ids::TreeHash;
use crate::store::{Store, StoreError};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use tlog_tiles::HashReader;

/// A tree of a size: what a checkpoint says about a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of leaves.
    pub size: u64,
    /// The root hash.
    pub root: TreeHash,
}

impl TreeHead {
    /// The tree without leaves.
    pub const EMPTY: Self = Self { size: 0, root: TreeHash(tlog_tiles::EMPTY_HASH.0) };
}

impl fmt::Display for TreeHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries with root {}", self.size, self.root)
    }
}

/// Reads nodes of a [`Store`] for `tlog_tiles`, whose error type cannot carry a store's error.
pub(crate) struct StoredNodes<'a, S: ?Sized> {
    store: &'a S,
    error: RefCell<Option<StoreError>>,
}

impl<'a, S: Store + ?Sized> StoredNodes<'a, S> {
    /// A reader of the nodes of `store`.
    pub(crate) fn new(store: &'a S) -> Self {
        Self { store, error: RefCell::new(None) }
    }

    /// Runs one computation and gives back the store's own error if that is what stopped it.
    ///
    /// The caller has checked the arguments of the computation, so that nothing but the store can
    /// fail.
    pub(crate) fn run<T>(
        &self,
        computation: impl FnOnce(&Self) -> Result<T, tlog_tiles::Error>,
    ) -> Result<T, StoreError> {
        computation(self).map_err(|error| {
            let stored = self.error.borrow_mut().take();
            stored.unwrap_or_else(|| StoreError::Corrupt(error.to_string()))
        })
    }

    /// The hash of the subtree of the leaves `[lo, hi)`, where `lo` is a multiple of the largest
    /// power of two in `hi − lo`.
    pub(crate) fn subtree(&self, lo: u64, hi: u64) -> Result<TreeHash, StoreError> {
        let positions = tlog_tiles::sub_tree_index(lo, hi, Vec::new());
        let nodes = self.run(|reader| reader.read_hashes(&positions))?;
        nodes
            .into_iter()
            .rev()
            .reduce(|right, left| tlog_tiles::node_hash(left, right))
            .map(TreeHash::from)
            .ok_or_else(|| StoreError::Corrupt("an empty subtree was asked for".into()))
    }
}

impl<S: Store + ?Sized> HashReader for StoredNodes<'_, S> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        match self.store.nodes(indexes) {
            // `tlog_tiles` panics on a wrong count.
            Ok(nodes) if nodes.len() == indexes.len() => Ok(nodes.into_iter().map(Into::into).collect()),
            Ok(_) => Err(tlog_tiles::Error::IndexesNotInTree),
            Err(error) => {
                *self.error.borrow_mut() = Some(error);
                Err(tlog_tiles::Error::IndexesNotInTree)
            }
        }
    }
}

/// The right edge of a tree: all that is needed to append to it. Logarithmic in size, so a whole
/// log can be hashed in a stream.
#[derive(Debug, Clone)]
pub struct RightEdge {
    size: u64,
    nodes: EdgeNodes,
}

/// The nodes of a right edge by stored position.
#[derive(Debug, Clone, Default)]
struct EdgeNodes(BTreeMap<u64, tlog_tiles::Hash>);

impl HashReader for EdgeNodes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let node = |index| self.0.get(index).copied();
        let nodes: Option<Vec<_>> = indexes.iter().map(node).collect();
        nodes.ok_or(tlog_tiles::Error::IndexesNotInTree)
    }
}

impl RightEdge {
    /// The edge of the tree without leaves.
    pub fn empty() -> Self {
        Self { size: 0, nodes: EdgeNodes::default() }
    }

    /// The edge of the stored tree at `size`, which the store must have reached.
    pub fn load(store: &(impl Store + ?Sized), size: u64) -> Result<Self, StoreError> {
        let positions = tlog_tiles::sub_tree_index(0, size, Vec::new());
        let nodes = StoredNodes::new(store).run(|reader| reader.read_hashes(&positions))?;
        let nodes = positions.into_iter().zip(nodes).collect();
        Ok(Self { size, nodes: EdgeNodes(nodes) })
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The tree this is the edge of.
    pub fn head(&self) -> TreeHead {
        let root = tlog_tiles::tree_hash(self.size, &self.nodes)
            .expect("an edge holds exactly the nodes that `tree_hash` reads");
        TreeHead { size: self.size, root: root.into() }
    }

    /// Appends a leaf and returns the nodes to store for it, in stored order: the leaf and every
    /// node it completes.
    pub fn push(&mut self, leaf: TreeHash) -> Vec<TreeHash> {
        let new = tlog_tiles::stored_hashes_for_record_hash(self.size, leaf.into(), &self.nodes)
            .expect("the nodes that a leaf completes have their left halves on the edge");
        let first = tlog_tiles::stored_hash_index(0, self.size);
        self.nodes.0.extend((first..).zip(new.iter().copied()));
        self.size += 1;
        let edge = tlog_tiles::sub_tree_index(0, self.size, Vec::new());
        self.nodes.0.retain(|position, _| edge.binary_search(position).is_ok());
        new.into_iter().map(Into::into).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::leaf_hash;

    /// The eight leaves that the Certificate Transparency code is tested with, and the root after
    /// each.
    const CT_LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const CT_ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn certificate_transparency_vectors() {
        let mut edge = RightEdge::empty();
        assert_eq!(edge.head(), TreeHead::EMPTY);
        assert_eq!(
            TreeHead::EMPTY.root.to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (leaf, root) in CT_LEAVES.iter().zip(CT_ROOTS) {
            let leaf = hex::decode(leaf).expect("the table is hex");
            edge.push(leaf_hash(&leaf));
            assert_eq!(edge.head().root.to_string(), root);
        }
        assert_eq!(edge.head().size, 8);
    }

    #[test]
    fn edge_stays_logarithmic_and_counts_nodes() {
        let mut edge = RightEdge::empty();
        let mut stored = 0;
        for n in 0..1000_u64 {
            stored += edge.push(leaf_hash(&n.to_be_bytes())).len() as u64;
            assert_eq!(stored, tlog_tiles::stored_hash_count(n + 1));
            assert_eq!(edge.nodes.0.len() as u32, (n + 1).count_ones());
        }
    }
}
