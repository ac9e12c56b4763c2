//! How the tree of an exported folder begins: proofs of its past from its tiles alone, without its entries.

use super::{CHECKPOINT, Folder, HEIGHT, ImportError, expect, file, path};
use crate::checkpoint::SignedCheckpoint;
use crate::error::LogError;
use crate::proof::ConsistencyProof;
use crate::tree::TreeHead;
use std::cell::RefCell;
use tlog_tiles::{Tile, TileHashReader, TileReader};

/// Most entries of a folder that is read: beyond any that exists, and within what tile arithmetic can count.
const MOST: u64 = 1 << 48;

/// The checkpoint of an exported folder. Verifies nothing.
///
/// # Errors
/// There is none.
pub fn checkpoint(folder: &dyn Folder) -> Result<SignedCheckpoint, ImportError> {
    let note = expect(folder, CHECKPOINT)?;
    Ok(SignedCheckpoint::parse(&note).map_err(LogError::from)?)
}

/// The tree of the first `size` entries of a folder's tree, and the proof that it is a prefix of that. Tiles are
/// compared with the tree's root, which the caller has seen to be signed.
///
/// # Errors
/// A tile is missing or is not of the tree; the tree has fewer entries.
pub fn prove_prefix(
    folder: &dyn Folder,
    tree: TreeHead,
    size: u64,
) -> Result<(TreeHead, ConsistencyProof), ImportError> {
    if size > tree.size || tree.size > MOST {
        let what = format!("a prefix of {size} entries");
        return Err(LogError::OutOfRange { what, size: tree.size }.into());
    }
    if size == 0 || size == tree.size {
        let head = if size == 0 { TreeHead::EMPTY } else { tree };
        return Ok((head, ConsistencyProof(Vec::new())));
    }
    let tiles = Tiles { folder, error: RefCell::new(None) };
    let reader = TileHashReader::new(tree.size, tree.root.into(), &tiles);
    let proved = tlog_tiles::tree_hash(size, &reader)
        .and_then(|root| Ok((root, tlog_tiles::prove_tree(tree.size, size, &reader)?)));
    let (root, proof) = proved.map_err(|error| {
        let own = tiles.error.borrow_mut().take();
        own.unwrap_or_else(|| file("tile", format!("is not of the signed tree: {error}")))
    })?;
    let head = TreeHead { size, root: root.into() };
    let proof = ConsistencyProof(proof.into_iter().map(Into::into).collect());
    // `TileHashReader` passes over some tiles when it compares them with those above (where several of the tree's
    // complete subtrees share a tile), so what it read is believed only when it leads to the root.
    proof.verify(head, tree).map_err(|_| file("tile", "a tile is not of the signed tree"))?;
    Ok((head, proof))
}

/// The tiles of a folder for `tlog_tiles`, whose error type cannot carry ours.
struct Tiles<'a> {
    folder: &'a dyn Folder,
    error: RefCell<Option<ImportError>>,
}

impl Tiles<'_> {
    fn tile(&self, tile: &Tile) -> Result<Vec<u8>, ImportError> {
        let path = path(&tile.level().to_string(), tile.level_index(), tile.width().into());
        let bytes = expect(self.folder, &path)?;
        if bytes.len() as u64 != 32 * u64::from(tile.width()) {
            return Err(file(&path, format!("has not {} hashes", tile.width())));
        }
        Ok(bytes)
    }
}

impl TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        tiles.iter().map(|tile| self.tile(tile)).collect::<Result<_, _>>().map_err(|error| {
            *self.error.borrow_mut() = Some(error);
            tlog_tiles::Error::IndexesNotInTree
        })
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}
