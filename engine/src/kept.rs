//! Blobs: what entries name by digest and the ledger keeps beside them.
//!
//! What a settlement rests on is never erased; a member's name and a model's notes may be. Source: formats.md
//! sections 2 and 4.

use crate::entry::{BlobDigest, Settlement};
use crate::reject::{Code, Reject};
use crate::results::RESULT_CONTEXT;
use crate::statement::{STATEMENT_CONTEXT, Statement};
use quittance_circuits::json;
use quittance_ledger::{BlobId, Log, LogError, Store};
use serde_json::{Value, json};

/// The BLAKE3 context that members' names are hashed and kept under.
pub const NAME_CONTEXT: &str = "quittance v1 name";

/// The context of every kind of blob that a ledger keeps.
pub const CONTEXTS: [&str; 3] = [STATEMENT_CONTEXT, RESULT_CONTEXT, NAME_CONTEXT];

/// The blob of a member's name; without the salt nobody finds the name by trying names.
#[must_use]
pub fn name_blob(name: &str, salt: &[u8; 32]) -> Vec<u8> {
    json::canonical(&json!({ "name": name, "salt": hex::encode(salt) }))
}

/// The digest by which a member's entry names the blob of its name.
#[must_use]
pub fn name_digest(blob: &[u8]) -> BlobDigest {
    BlobDigest(blake3::derive_key(NAME_CONTEXT, blob))
}

/// A member's name, if the ledger keeps it and it is one.
///
/// # Errors
/// The storage.
pub fn name<S: Store>(log: &Log<S>, digest: BlobDigest) -> Result<Option<String>, LogError> {
    let blob = log.blob(NAME_CONTEXT, &BlobId(digest.0))?;
    let document = blob.and_then(|blob| serde_json::from_slice::<Value>(&blob).ok());
    Ok(document.and_then(|document| Some(document.get("name")?.as_str()?.to_owned())))
}

/// The statement of a settlement.
///
/// # Errors
/// `statement_mismatch` if it is missing, `file_malformed`, or the storage.
pub fn statement<S, E>(log: &Log<S>, settlement: &Settlement) -> Result<Statement, E>
where
    S: Store,
    E: From<LogError> + From<Reject>,
{
    let missing =
        || Code::StatementMismatch.because(format!("statement {} is missing", settlement.statement));
    let bytes = log.blob(STATEMENT_CONTEXT, &BlobId(settlement.statement.0))?.ok_or_else(missing)?;
    Ok(json::read_canonical(&bytes).map_err(Reject::from)?)
}

/// The sealed results that a statement names, in row order.
///
/// # Errors
/// `statement_mismatch` if one is missing: its member could not get it; or the storage.
pub fn sealed_results<S, E>(log: &Log<S>, statement: &Statement) -> Result<Vec<Vec<u8>>, E>
where
    S: Store,
    E: From<LogError> + From<Reject>,
{
    let blob = |(row, digest): (usize, &BlobDigest)| {
        let missing = || {
            Code::StatementMismatch.because(format!("the sealed result of row {row}, {digest}, is missing"))
        };
        Ok(log.blob(RESULT_CONTEXT, &BlobId(digest.0))?.ok_or_else(missing)?)
    };
    statement.sealed_results.iter().enumerate().map(blob).collect()
}
