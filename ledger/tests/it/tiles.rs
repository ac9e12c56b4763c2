//! A log as a folder of files: what is written can be read by the format's rules, and read back to the byte; nothing else
//! is taken.

use crate::support::{entry, fill, log_key, log_of};
use quittance_ledger::tiles::{self, ImportError, export, import};
use quittance_ledger::{
    BlobId, Log, LogError, MemoryAnchor, MemoryStore, SignedCheckpoint, Store, TreeHash, TreeHead, leaf_hash,
};
use std::collections::BTreeMap;

const CONTEXT: &str = "quittance test blob";

/// A folder in memory.
type Files = BTreeMap<String, Vec<u8>>;

fn exported<S: Store>(log: &Log<S>, checkpoint: &SignedCheckpoint) -> Files {
    let mut files = Files::new();
    export(log, checkpoint, &mut |path, bytes| {
        assert!(files.insert(path.to_owned(), bytes.to_vec()).is_none(), "{path} is written twice");
        Ok(())
    })
    .expect("written");
    files
}

/// A log of this size with everything that is kept beside entries, and its last checkpoint.
fn signed(size: u64) -> (Log<MemoryStore>, SignedCheckpoint) {
    let (mut log, anchor) = (log_of(0), MemoryAnchor::new());
    for earlier in [size / 3, size / 2] {
        fill(&mut log, earlier);
        log.publish_checkpoint(&log_key(), &anchor).expect("signed");
    }
    fill(&mut log, size);
    log.put_blob(CONTEXT, b"a statement").expect("kept");
    log.store().put_meta("verifying-key/0badc0de", b"a key").expect("kept");
    let checkpoint = log.publish_checkpoint(&log_key(), &anchor).expect("signed");
    (log, checkpoint)
}

fn read_back(files: &Files) -> Result<(Log<MemoryStore>, SignedCheckpoint), ImportError> {
    import(MemoryStore::new(), files, &log_key().verifier_key(), &[CONTEXT], &mut |_| {})
}

/// The root, by the format's own words: level 0 holds leaf hashes, each level above the roots of full tiles below.
fn root_by_tiles(files: &Files, size: u64) -> TreeHash {
    fn subtree(hashes: &[TreeHash]) -> TreeHash {
        match hashes {
            [one] => *one,
            _ => {
                let middle = hashes.len().next_power_of_two() / 2;
                let (left, right) = hashes.split_at(middle);
                tlog_node(subtree(left), subtree(right))
            }
        }
    }
    let read = |level: u32, nodes: u64| -> Vec<TreeHash> {
        let tile = |n: u64| {
            let width = (nodes - n * 256).min(256);
            let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
            let name = if n < 1000 { format!("{n:03}") } else { format!("x{:03}/{:03}", n / 1000, n % 1000) };
            let bytes = &files[&format!("tile/{level}/{name}{partial}")];
            assert_eq!(bytes.len() as u64, 32 * width);
            bytes.chunks(32).map(|hash| TreeHash(hash.try_into().expect("32 bytes"))).collect::<Vec<_>>()
        };
        (0..nodes.div_ceil(256)).flat_map(tile).collect()
    };
    let leaves = read(0, size);
    let mut level = leaves.clone();
    for number in 1.. {
        let above: Vec<TreeHash> = level.chunks_exact(256).map(subtree).collect();
        if above.is_empty() {
            break;
        }
        assert_eq!(read(number, above.len() as u64), above, "level {number}");
        level = above;
    }
    subtree(&leaves)
}

fn tlog_node(left: TreeHash, right: TreeHash) -> TreeHash {
    use sha2::{Digest, Sha256};
    let digest = Sha256::new().chain_update([1]).chain_update(left.as_bytes()).chain_update(right.as_bytes());
    TreeHash(digest.finalize().into())
}

#[test]
fn a_folder_is_what_tlog_tiles_says() {
    for size in [1, 2, 3, 255, 256, 257, 700] {
        let (_, checkpoint) = signed(size);
        let (log, _) = signed(size);
        let files = exported(&log, &checkpoint);
        assert_eq!(files["checkpoint"], checkpoint.to_bytes());
        assert_eq!(root_by_tiles(&files, size), checkpoint.head().root);
        let mut entries = Vec::new();
        for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with("tile/entries/")) {
            let mut rest = &bytes[..];
            let before = entries.len();
            while let Some((length, after)) = rest.split_first_chunk::<2>() {
                let (entry, after) = after.split_at(u16::from_be_bytes(*length).into());
                entries.push(leaf_hash(entry));
                rest = after;
            }
            let width = path.split_once(".p/").map_or(256, |(_, width)| width.parse().expect("a number"));
            assert_eq!(entries.len() - before, width, "{path}");
        }
        assert!((0..size).map(|index| entry(index).leaf_hash()).eq(entries));
    }
}

#[test]
fn a_folder_is_read_back() {
    for size in [0, 1, 256, 300, 513] {
        let (log, checkpoint) = signed(size);
        let files = exported(&log, &checkpoint);
        let (again, note) = read_back(&files).unwrap_or_else(|error| panic!("{size}: {error}"));
        assert_eq!((again.head(), &note), (log.head(), &checkpoint));
        again.audit().expect("sound");
        assert_eq!(exported(&again, &note), files);
        assert_eq!(
            again.blob(CONTEXT, &BlobId::of(CONTEXT, b"a statement")).expect("read"),
            Some(b"a statement".to_vec())
        );
        assert_eq!(again.last_checkpoint().expect("read"), Some(checkpoint));
    }
}

/// The signed tree is exported, not what came after.
#[test]
fn entries_after_the_checkpoint_stay() {
    let (mut log, checkpoint) = signed(300);
    let files = exported(&log, &checkpoint);
    fill(&mut log, 310);
    assert_eq!(exported(&log, &checkpoint), files);
}

#[test]
fn every_damage_is_found_and_named() {
    let (log, checkpoint) = signed(260);
    let files = exported(&log, &checkpoint);
    let refused = |files: &Files, path: &str| {
        let error = read_back(files).expect_err(path);
        let named = matches!(&error, ImportError::File { path: found, .. } if found == path);
        // A wrong checkpoint, or entries of another tree, cannot be blamed on one file.
        assert!(named || path == "checkpoint" || path.starts_with("tile/entries/"), "{path}: {error}");
    };
    for (path, bytes) in &files {
        let mut other = files.clone();
        other.remove(path);
        // What is kept beside the entries may be missing: replay says what it lacks.
        if !path.starts_with("kept/") {
            refused(&other, path);
        }
        for place in (0..bytes.len()).step_by((bytes.len() / 40).max(1)).chain([bytes.len() - 1]) {
            let mut other = files.clone();
            other.get_mut(path).expect("it is there")[place] ^= 1;
            // A value under a name is its user's to check.
            if !path.starts_with("kept/meta/") {
                refused(&other, path);
            }
        }
        for change in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat(), &[]] {
            let mut other = files.clone();
            other.insert(path.clone(), change.to_vec());
            if !path.starts_with("kept/meta/") {
                refused(&other, path);
            }
        }
    }
    for strange in
        ["index.html", "tile/0/001", "tile/2/000.p/1", "kept/more/1", "kept/checkpoints/x", "kept/blobs/00"]
    {
        let mut other = files.clone();
        other.insert(strange.to_owned(), b"?".to_vec());
        refused(&other, strange);
    }
    let mut renamed = files.clone();
    let note = renamed.remove("kept/checkpoints/130").expect("signed");
    renamed.insert("kept/checkpoints/131".to_owned(), note);
    refused(&renamed, "kept/checkpoints/131");
}

#[test]
fn another_logs_folder_is_refused() {
    let (log, checkpoint) = signed(5);
    let files = exported(&log, &checkpoint);
    let other =
        quittance_ledger::LogKey::new(crate::support::origin("example.com/models"), crate::support::key(9));
    let result = import(MemoryStore::new(), &files, &other.verifier_key(), &[CONTEXT], &mut |_| {});
    let code = |error: ImportError| match error {
        ImportError::Log(error) => error.code(),
        ImportError::File { path, what } => panic!("{path}: {what}"),
    };
    assert_eq!(code(result.expect_err("another key")), "checkpoint_signature_invalid");
    let store = std::sync::Arc::new(MemoryStore::new());
    fill(&mut Log::open(std::sync::Arc::clone(&store)).expect("opens"), 1);
    let result = import(store, &files, &log_key().verifier_key(), &[CONTEXT], &mut |_| {});
    assert_eq!(code(result.expect_err("there are entries already")), "store_presence");
}

/// Sizes with one tile, several, a full level and one tile above it.
#[test]
fn a_folder_proves_how_its_tree_began() {
    for size in [1, 2, 255, 256, 257, 600, 66_000] {
        let (log, checkpoint) = signed(size);
        let files = exported(&log, &checkpoint);
        assert_eq!(tiles::checkpoint(&files).expect("a note"), checkpoint);
        for old in [0, 1, 2, 3, 255, 256, 257, 511, 512, 599, 600, 65_536, 65_999, 66_000] {
            let found = tiles::prove_prefix(&files, checkpoint.head(), old);
            if old > size {
                assert!(
                    matches!(found, Err(ImportError::Log(LogError::OutOfRange { .. }))),
                    "{old} of {size}"
                );
                continue;
            }
            let (head, proof) = found.expect("proved");
            assert_eq!(head, log.head_at(old).expect("a tree"), "{old} of {size}");
            assert_eq!(proof, log.prove_consistency(old, size).expect("a proof"), "{old} of {size}");
            proof.verify(head, checkpoint.head()).expect("it holds");
        }
    }
}

/// Tiles can count 2^48 entries; a folder that says more is not looked at.
#[test]
fn a_folder_of_more_than_2_to_the_48_entries_is_refused() {
    let empty = Files::new();
    let tree = |size| TreeHead { size, root: TreeHash([7; 32]) };
    let found = tiles::prove_prefix(&empty, tree(1 << 48), 0).expect("nothing of it is needed");
    assert_eq!(found.0, TreeHead::EMPTY);
    let beyond = tiles::prove_prefix(&empty, tree((1 << 48) + 1), 0);
    assert!(matches!(beyond, Err(ImportError::Log(LogError::OutOfRange { .. }))));
}

#[test]
fn a_damaged_tile_proves_nothing() {
    let (log, checkpoint) = signed(600);
    let files = exported(&log, &checkpoint);
    let used: Vec<&String> =
        files.keys().filter(|path| path.starts_with("tile/") && !path.contains("entries")).collect();
    assert_eq!(used.len(), 4);
    for path in used {
        for change in [0, 1, 2] {
            let mut damaged = files.clone();
            let bytes = damaged.get_mut(path).expect("a tile");
            match change {
                0 => bytes[5] ^= 1,
                1 => bytes.truncate(16),
                _ => drop(damaged.remove(path)),
            }
            let found = tiles::prove_prefix(&damaged, checkpoint.head(), 300);
            // Which tiles a proof needs is its own affair; one that comes out is right.
            if let Ok((head, proof)) = found {
                assert_eq!(head, log.head_at(300).expect("a tree"), "{path}");
                assert_eq!(proof, log.prove_consistency(300, 600).expect("a proof"), "{path}");
                assert!(path.contains("tile/0/000"), "{path} was not read");
            }
        }
    }
    let mut empty = Files::new();
    assert!(matches!(tiles::checkpoint(&empty), Err(ImportError::File { path, .. }) if path == "checkpoint"));
    empty.insert("checkpoint".into(), b"nothing".to_vec());
    assert!(matches!(tiles::checkpoint(&empty), Err(ImportError::Log(LogError::Checkpoint(_)))));
    let all = TreeHead { size: u64::MAX, ..checkpoint.head() };
    assert!(tiles::prove_prefix(&files, all, 5).is_err());
}
