//! Each kind of constraint is taken out of the matrices, and somebody cheats: see [`top_k::mutation`].

use super::*;
use crate::proof_system::{KeyError, setup_mutated};
use crate::rules::procedures::top_k::mutation::{Host, every_kind_is_needed};
use crate::testing::round::record;

struct Uniform;

impl Host for Uniform {
    type Circuit = UniformPriceCircuit;

    fn circuit() -> UniformPriceCircuit {
        UniformPriceCircuit::sized(2, 4)
    }

    fn round(scores: &[u64], copies: u64, reserve: u64, claim: Option<(u64, &[bool])>) -> Option<Round> {
        let market = Market::new(scores, copies, reserve);
        let outcome = match claim {
            Some((price, won)) => market.claimed(price, won),
            None => market.outcome(),
        };
        native::check_outcome(&market.terms, scores.len(), &outcome).ok()?;
        Some(claimed_round(scores, &to_value(&market.terms), to_value(&outcome)))
    }

    fn winners(witness: &mut Witness) -> &mut Witness {
        witness
    }

    // Scores are valuations, and those follow from winners and distances.
    fn set_scores(_: &mut Witness, _: &[u64]) {}
}

#[test]
fn every_kind_of_constraint_is_needed() {
    every_kind_is_needed::<Uniform>(&[]);
}

/// Without its row the hiding wire has the identity for a base, and `D` would not hide; without theirs a public
/// input that no other constraint uses has it too, and every value of it would verify. The setup refuses both.
#[test]
fn keys_need_the_stand_alone_rows() {
    let circuit = UniformPriceCircuit::sized(2, 4);
    let full = record(&circuit, &circuit.blank());
    let error = |matrices: Matrices| setup_mutated(circuit, matrices, &mut rng()).err();
    assert_eq!(error(full.without("")), None);
    let bare = full.without("the hiding wire has a base");
    assert_eq!(error(bare), Some(KeyError::Unsafe("a committed base is the identity")));

    let unused = full.without("a price above the reserve has a setter");
    let bare = unused.without("public input stands alone");
    assert_eq!(error(unused), None);
    assert_eq!(error(bare), Some(KeyError::Unsafe("a point is the identity")));
}
