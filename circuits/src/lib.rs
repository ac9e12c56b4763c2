//! Sealed values, published rules, and proofs that payments follow them.
pub mod builder;
pub mod ceremony;
pub mod curve;
pub mod field;
pub mod gadgets;
pub mod json;
pub mod msm;
pub mod number;
pub mod pin;
pub mod proof_system;
pub mod proved;
pub mod rule;
pub mod rules;
pub mod sealed;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod transcript;
