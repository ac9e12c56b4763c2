//! The three points of a Groth16 proof.
//!
//! As `ark-groth16` computes them, from its proving key and with our reduction, but with [`msm`]: sums of multiples of
//! points are most of a proof's time. A test compares the points with arkworks'.

use super::qap::ExplicitRows;
use crate::builder::Matrices;
use crate::curve::{G1Affine, G2Affine};
use crate::field::Fr;
use crate::msm::msm;
use ark_bn254::Bn254;
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_groth16::r1cs_to_qap::R1CSToQAP;
use ark_poly::GeneralEvaluationDomain;
use ark_relations::gr1cs::SynthesisError;

/// A Groth16 proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Points {
    pub(super) a: G1Affine,
    pub(super) b: G2Affine,
    pub(super) c: G1Affine,
}

/// The proof for these wires, `[1 | public | committed | private]`, with the randomness `r` and `s`. False wires give a
/// proof that does not verify, silently.
///
/// # Errors
/// There is no domain for so many constraints.
pub(super) fn prove(
    key: &ark_groth16::ProvingKey<Bn254>,
    matrices: &Matrices,
    wires: &[Fr],
    [r, s]: [Fr; 2],
) -> Result<Points, SynthesisError> {
    // To arkworks, committed wires are public inputs.
    let instance = 1 + matrices.public + matrices.committed;
    let quotient = ExplicitRows::witness_map_from_matrices::<Fr, GeneralEvaluationDomain<Fr>>(
        &matrices.abc,
        instance,
        matrices.constraints(),
        wires,
    )?;
    let h = msm(&key.h_query, &quotient);
    drop(quotient);
    let l = msm(&key.l_query, &wires[instance..]);
    let a = blinded(key.vk.alpha_g1, &key.a_query, wires, key.delta_g1, r);
    let b_in_g1 = blinded(key.beta_g1, &key.b_g1_query, wires, key.delta_g1, s);
    let b = blinded(key.vk.beta_g2, &key.b_g2_query, wires, key.vk.delta_g2, s);
    let c = h + l + a * s + b_in_g1 * r - key.delta_g1 * (r * s);
    Ok(Points { a: a.into_affine(), b: b.into_affine(), c: c.into_affine() })
}

/// `first + Σ wire·query + blinding·delta`.
fn blinded<C: SWCurveConfig<ScalarField = Fr>>(
    first: Affine<C>,
    query: &[Affine<C>],
    wires: &[Fr],
    delta: Affine<C>,
    blinding: Fr,
) -> Projective<C> {
    msm(query, wires) + first + delta * blinding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof_system::setup;
    use crate::rules::uniform_price::circuit::UniformPriceCircuit;
    use ark_ff::One;
    use ark_groth16::Groth16;
    use ark_std::UniformRand;
    use ark_std::rand::SeedableRng;
    use rand::rngs::StdRng;

    /// For any wires, true or false: the points are those of `ark-groth16`.
    #[test]
    fn the_points_are_those_of_arkworks() {
        let mut rng = StdRng::seed_from_u64(4);
        // Enough wires for sums of either kind.
        for (rows, bits) in [(2, 4), (80, 8)] {
            let key = setup(UniformPriceCircuit::sized(rows, bits), &mut rng).unwrap();
            let matrices = &key.matrices;
            let count = 1 + matrices.public + matrices.committed + matrices.private;
            let mut wires: Vec<Fr> = (0..count).map(|_| Fr::rand(&mut rng)).collect();
            wires[0] = Fr::one();
            let blindings = [Fr::rand(&mut rng), Fr::rand(&mut rng)];
            let points = prove(&key.groth16, matrices, &wires, blindings).unwrap();
            let expected = Groth16::<Bn254, ExplicitRows>::create_proof_with_reduction_and_matrices(
                &key.groth16,
                blindings[0],
                blindings[1],
                &matrices.abc,
                1 + matrices.public + matrices.committed,
                matrices.constraints(),
                &wires,
            );
            let expected = expected.unwrap();
            assert_eq!(points, Points { a: expected.a, b: expected.b, c: expected.c });
        }
    }
}
