//! Who said what, in which order: signed files on an append-only log.
//!
//! This crate knows nothing of markets, rules or proofs of payments, and gives payloads no meaning.
//! It knows:
//!
//! * [`envelope`]: signed files (DSSE, Ed25519), and their record ids;
//! * [`entry`]: what stands on the log, byte for byte;
//! * [`Log`]: an RFC 6962 tree of entries over a [`Store`], with inclusion, consistency and range proofs;
//! * [`checkpoint`], [`receipt`], [`market_vkey`]: C2SP texts that leave the machine;
//! * [`cosignature`], [`policy`], [`witness`]: what others than the log say about a checkpoint;
//! * [`tiles`]: a log as a folder of files;
//! * [`anchor`], [`high_water`], [`manifest`], [`writer`]: how a log is kept without losing or forking anything;
//! * [`survey`]: what is left of a log that was damaged.
//!
//! Nothing here does I/O, reads a clock or draws randomness but the stores and the anchor.
//!
//! ```
//! use quittance_ledger::{
//!     Entry, Envelope, Log, LogKey, MemoryAnchor, MemoryStore, PublicKey, Receipt, SigningKey,
//!     envelope::payload_type,
//! };
//!
//! // A member signs a file; the operator checks and appends it.
//! let member = SigningKey::from_bytes(&[1; 32]);
//! let file = Envelope::sign(payload_type("note"), *br#"{"text":"hello"}"#, &[&member])?.to_json();
//! let envelope = Envelope::parse(file.as_bytes())?;
//! envelope.verify(&[PublicKey::from(&member)])?;
//! let mut log = Log::open(MemoryStore::new())?;
//! let appended = log.append(vec![Entry::from_envelope(1, 0, envelope)])?[0];
//!
//! // The operator signs the log and hands out a receipt.
//! let key = LogKey::new("example.com/models".parse()?, SigningKey::from_bytes(&[2; 32]));
//! let checkpoint = log.publish_checkpoint(&key, &MemoryAnchor::new())?;
//! let receipt = log.receipt(appended.index, &checkpoint)?.to_bytes();
//!
//! // The member checks it with the log's public key alone.
//! let leaf = log.entry(appended.index)?.leaf_hash();
//! Receipt::parse(&receipt)?.verify(leaf, &key.verifier_key())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod anchor;
pub mod checkpoint;
pub mod cosignature;
pub mod entry;
pub mod envelope;
pub mod error;
pub mod failpoint;
pub mod high_water;
pub mod ids;
pub mod key;
pub mod known;
pub mod log;
pub mod log_key;
pub mod manifest;
pub mod market_vkey;
mod object;
pub mod policy;
pub mod proof;
pub mod receipt;
#[cfg(feature = "rocksdb")]
pub mod rocks;
pub mod store;
pub mod survey;
mod sweep;
pub mod tiles;
pub mod tree;
pub mod witness;
pub mod writer;

pub use anchor::{Anchor, FileAnchor, MemoryAnchor};
pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use cosignature::{CosigningKey, WitnessKey};
pub use ed25519_dalek::SigningKey;
pub use entry::{Entry, leaf_hash};
pub use envelope::{Envelope, EnvelopeSignature, Verified};
pub use error::{CheckpointError, FileError, KeyError, LogError, ProofError, ReceiptError, StoreError};
pub use ids::{BlobId, KeyId, RecordId, TreeHash};
pub use key::PublicKey;
pub use known::KnownRange;
pub use log::{Appended, Log, Novelty};
pub use log_key::{LogKey, Origin, VerifierKey};
pub use market_vkey::MarketKey;
pub use policy::{PolicyWitness, WitnessPolicy, Witnessed};
pub use proof::{ConsistencyProof, InclusionProof, RangeProof};
pub use receipt::Receipt;
#[cfg(feature = "rocksdb")]
pub use rocks::RocksStore;
pub use store::{MemoryStore, Store};
pub use survey::{Damage, Part, Survey};
pub use tree::{RightEdge, TreeHead};
pub use writer::{Ticket, Writer, WriterError};
