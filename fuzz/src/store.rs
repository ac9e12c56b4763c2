//! The files that a ledger's folder has beside RocksDB's own.

use quittance_ledger::{TreeHash, TreeHead, high_water, manifest};

/// A high-water mark, and RocksDB's manifest.
///
/// # Panics
/// A high-water mark is read that was not written.
pub fn store(bytes: &[u8]) {
    if let Some((mark, slot)) = high_water::newest(bytes) {
        let found = bytes.get(512 * slot..).unwrap_or_default();
        assert!(found.starts_with(&mark.encode()), "one encoding");
    }
    // A check sum is not found by chance: the same numbers with theirs put right, in either slot.
    if let Some((numbers, rest)) = bytes.split_first_chunk::<48>() {
        let (sequence, after) = numbers.split_at(8);
        let (size, root) = after.split_at(8);
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        let root = TreeHash(root.try_into().expect("32 bytes"));
        let head = TreeHead { size: number(size), root };
        let mark = high_water::Mark { sequence: number(sequence), head };
        let mut file = mark.encode().to_vec();
        assert_eq!(high_water::newest(&file), Some((mark, 0)));
        file.resize(512, 0);
        file.extend(rest);
        let newest = high_water::newest(&file).map(|(mark, _)| mark.sequence);
        assert!(newest >= Some(mark.sequence), "a whole mark is not passed over");
    }
    if manifest::strange_kind(bytes).is_none() {
        // What is left out at the end of the last block makes nothing strange.
        let shorter = bytes.split_last().map_or(bytes, |(_, shorter)| shorter);
        assert_eq!(manifest::strange_kind(shorter), None);
    }
}
