//! A log as a folder of files.

use crate::fixtures;
use quittance_ledger::tiles::{self, ImportError};
use quittance_ledger::{BlobId, Log, LogKey, MemoryAnchor, MemoryStore, Store};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Entries of the folder: more than a tile.
const ENTRIES: usize = 260;
/// The context of its blobs.
const CONTEXT: &str = "quittance v1 statement";
/// Most edits of one folder.
const MOST: usize = 6;

/// A folder in memory.
type InMemory = BTreeMap<String, Vec<u8>>;

fn exported<S: Store>(log: &Log<S>, checkpoint: &quittance_ledger::SignedCheckpoint) -> InMemory {
    let mut files = BTreeMap::new();
    tiles::export(log, checkpoint, &mut |path, bytes| {
        files.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    })
    .expect("exported");
    files
}

/// Folders that are right: of more than a tile, and of a few entries.
fn folders() -> &'static [InMemory; 2] {
    static FOLDERS: OnceLock<[InMemory; 2]> = OnceLock::new();
    FOLDERS.get_or_init(|| {
        [ENTRIES, 5].map(|entries| {
            let mut log = Log::open(MemoryStore::new()).expect("an empty log");
            let (key, anchor) = (fixtures::log_key(), MemoryAnchor::new());
            log.append(fixtures::entries(3)).expect("appended");
            log.publish_checkpoint(&key, &anchor).expect("signed");
            log.append(fixtures::entries(entries).split_off(3)).expect("appended");
            let note = log.publish_checkpoint(&key, &anchor).expect("signed");
            log.store().put_blob(&BlobId::of(CONTEXT, b"blob"), b"blob").expect("kept");
            log.store().put_meta("name", b"value").expect("kept");
            exported(&log, &note)
        })
    })
}

/// `tiles`: a byte for the folder, then edits of its files: of which, what, where, and with which bytes.
///
/// # Panics
/// A folder is taken that is not, to the byte, what the log in it is exported as, or a prefix that is not the log's.
pub fn folder(bytes: &[u8]) {
    let Some((which, edits)) = bytes.split_first() else { return };
    let right = &folders()[usize::from(*which % 2)];
    let key: LogKey = fixtures::log_key();
    let folder = edited(right, edits, &key);
    let note = tiles::checkpoint(&folder);
    for size in [0, 1, 4, 255, 256, u64::from(*which)] {
        let Ok(note) = &note else { break };
        if note.verify(&key.verifier_key()).is_err() {
            break;
        }
        if let Ok((head, proof)) = tiles::prove_prefix(&folder, note.head(), size) {
            assert_eq!(head.size, size);
            assert!(proof.verify(head, note.head()).is_ok());
        }
    }
    let imported = tiles::import(MemoryStore::new(), &folder, &key.verifier_key(), &[CONTEXT], &mut |_| {});
    match imported {
        Ok((log, note)) => {
            assert!(exported(&log, &note) == folder, "a folder has one form");
            assert_eq!(log.audit().ok(), Some(note.head()));
        }
        Err(ImportError::File { what, .. }) => assert!(!what.is_empty()),
        Err(ImportError::Log(_)) => {}
    }
}

/// `edit := u8 file ‖ u8 what ‖ u16 place ‖ u8 length ‖ bytes[length]`
fn edited(right: &InMemory, edits: &[u8], key: &LogKey) -> InMemory {
    let mut files = right.clone();
    let mut rest = edits;
    for _ in 0..MOST {
        let Some(([file, what, high, low, length], after)) = rest.split_first_chunk::<5>() else { break };
        let (bytes, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        let Some(path) = files.keys().nth(usize::from(*file) % files.len().max(1)).cloned() else { break };
        let content = files.get_mut(&path).map(std::mem::take).unwrap_or_default();
        let place = usize::from(u16::from_be_bytes([*high, *low])) % (content.len() + 1);
        let text = String::from_utf8_lossy(bytes).into_owned();
        let changed = match what % 8 {
            0 => [&content[..place], bytes].concat(),
            1 => [&content[..place], bytes, &content[place..]].concat(),
            2 => {
                let end = (place + bytes.len()).min(content.len());
                [&content[..place], bytes, &content[end..]].concat()
            }
            3 => {
                files.remove(&path);
                continue;
            }
            4 => {
                files.insert(text, bytes.to_vec());
                content
            }
            5 => {
                files.insert(format!("kept/{text}"), content.clone());
                content
            }
            6 if path == "checkpoint" => resigned(bytes, key).unwrap_or(content),
            _ => {
                files.insert(format!("kept/checkpoints/{text}"), resigned(bytes, key).unwrap_or_default());
                content
            }
        };
        files.insert(path, changed);
    }
    files
}

/// A note over any tree, signed by the log: an operator may sign anything.
fn resigned(bytes: &[u8], key: &LogKey) -> Option<Vec<u8>> {
    let (size, rest) = bytes.split_first_chunk::<8>()?;
    let root = quittance_ledger::TreeHash(*rest.first_chunk()?);
    Some(key.sign(quittance_ledger::TreeHead { size: u64::from_be_bytes(*size), root }).to_bytes())
}
