//! JSON Schemas of what people hand over, and of what a check of it finds.

use crate::bundle::Bundle;
use crate::dispute::exclusion::ExclusionEvidence;
use crate::dispute::fork::ForkEvidence;
use crate::dispute::history::ConsistencyFile;
use crate::entry::Kind;
use crate::refusal::Refusal;
use crate::replay::ReplayReport;
use crate::statement::Statement;
use crate::verdict::Verdict;
use quittance_circuits::number::Amount;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// The schema of a type, as it is written: every field is there, no other is.
pub(crate) fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

// `quittance_circuits::sealed::Opening` reads and writes it.
/// The file that opens a commitment, as its owner keeps it.
#[derive(serde::Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Opening {
    /// The blinding: a scalar, 32 bytes little-endian. Secret.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    blinding: String,
    /// The sealed numbers, in the order of the rule's columns. Secret.
    #[schemars(length(min = 1, max = 16))]
    row: Vec<Amount>,
}

/// Every schema by its name: payloads by their kind, then files that are not signed, then reports.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Schema)> {
    let mut schemas: Vec<_> = Kind::ALL.iter().map(|kind| (kind.word(), kind.schema())).collect();
    schemas.push(("opening", of::<Opening>()));
    schemas.push(("refusal", of::<Refusal>()));
    schemas.push(("statement", of::<Statement>()));
    schemas.push(("bundle", of::<Bundle>()));
    schemas.push(("exclusion-evidence", of::<ExclusionEvidence>()));
    schemas.push(("consistency", of::<ConsistencyFile>()));
    schemas.push(("fork-evidence", of::<ForkEvidence>()));
    schemas.push(("verdict", of::<Verdict>()));
    schemas.push(("replay", of::<ReplayReport>()));
    schemas
}
