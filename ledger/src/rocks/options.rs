//! How RocksDB is set.

use super::{FAMILIES, IDS, NODES};
use rocksdb::{
    BlockBasedOptions, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, Options, ReadOptions,
};

/// Options of the whole database.
pub fn database_options() -> Options {
    let mut options = Options::default();
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_paranoid_checks(true);
    options
}

/// All column families with their options.
pub fn families() -> Vec<ColumnFamilyDescriptor> {
    let descriptor = |name: &str| {
        let mut table = BlockBasedOptions::default();
        // Most lookups in `ids` are of records that are new; filters answer them, of tables and of what is in memory.
        table.set_bloom_filter(10.0, false);
        let mut options = Options::default();
        options.set_paranoid_checks(true);
        options.set_block_based_table_factory(&table);
        // Hashes do not compress.
        let hashes = name == NODES || name == IDS;
        let compression = if hashes { DBCompressionType::None } else { DBCompressionType::Lz4 };
        options.set_compression_type(compression);
        if name == IDS {
            options.set_memtable_prefix_bloom_ratio(0.02);
            options.set_memtable_whole_key_filtering(true);
            // Ids come in no order: the list of those in memory is searched at each, and a short one stays in the
            // processor's cache.
            options.set_write_buffer_size(8 << 20);
        }
        ColumnFamilyDescriptor::new(name, options)
    };
    FAMILIES.into_iter().map(descriptor).collect()
}

/// Reads check what they read.
pub fn read_options() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_verify_checksums(true);
    options
}
