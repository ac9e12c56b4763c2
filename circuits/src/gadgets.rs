//! The gadgets that relations are made of, each with its native twin beside it.
//!
//! Source: proof-system.md section 7, rules.md section 0.5.

pub mod bits;
pub mod horner;
pub mod lookup;
pub mod range;

#[cfg(test)]
mod tests;
