//! The gadgets that relations are made of, each with its native twin beside it.
//!
//! A gadget that ends in `_var` gives new numbers; its sentence is true of every satisfying assignment, whoever
//! filled it. The value that a prover passes in only fills its own wires: a meaningless one is refused by the
//! constraints and never ends the prover. Source: proof-system.md section 7, rules.md section 0.5.

pub mod bits;
pub mod cap;
pub mod compare;
pub mod divide;
pub mod horner;
pub mod lookup;
pub mod range;
pub mod tuple;

#[cfg(test)]
mod tests;
