//! Our own R1CS-to-QAP reduction: libsnark's, without its implicit rows.
//!
//! Stock Groth16 adds one row for every instance variable, and our committed wires are instance variables to it:
//! with those rows 65,536 bids would not fit a domain of 2^20. Their purpose, that the polynomials of the public
//! inputs are independent of all others, is served by the explicit rows that the builder closes a circuit with;
//! committed wires need none (proof-system.md section 11, item 3).

use crate::builder::dot;
use ark_ff::PrimeField;
use ark_groth16::r1cs_to_qap::R1CSToQAP;
use ark_poly::EvaluationDomain;
use ark_relations::gr1cs::{ConstraintSystemRef, Matrix, R1CS_PREDICATE_LABEL, SynthesisError};
use rayon::prelude::*;

/// See the module's text.
pub(super) struct ExplicitRows;

type Maps<F> = (Vec<F>, Vec<F>, Vec<F>, F, usize, usize);

impl R1CSToQAP for ExplicitRows {
    fn instance_map_with_evaluation<F: PrimeField, D: EvaluationDomain<F>>(
        cs: ConstraintSystemRef<F>,
        t: &F,
    ) -> Result<Maps<F>, SynthesisError> {
        let matrices = cs.to_matrices()?;
        let matrices = matrices.get(R1CS_PREDICATE_LABEL).ok_or(SynthesisError::AssignmentMissing)?;
        let domain = D::new(cs.num_constraints()).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let lagrange = domain.evaluate_all_lagrange_coefficients(*t);
        let variables = cs.num_instance_variables() + cs.num_witness_variables();
        let mut maps = [0, 1, 2].map(|_| vec![F::zero(); variables]);
        for (map, matrix) in maps.iter_mut().zip(matrices) {
            for (row, at_t) in matrix.iter().zip(&lagrange) {
                for (coefficient, column) in row {
                    map[*column] += *at_t * coefficient;
                }
            }
        }
        let [a, b, c] = maps;
        let vanishing = domain.evaluate_vanishing_polynomial(*t);
        Ok((a, b, c, vanishing, variables - 1, domain.size()))
    }

    fn witness_map_from_matrices<F: PrimeField, D: EvaluationDomain<F>>(
        matrices: &[Matrix<F>],
        _inputs: usize,
        constraints: usize,
        assignment: &[F],
    ) -> Result<Vec<F>, SynthesisError> {
        let domain = D::new(constraints).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let coset = domain.get_coset(F::GENERATOR).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let on_coset = |matrix: &Matrix<F>| {
            let mut values: Vec<F> = matrix.par_iter().map(|row| dot(row, assignment)).collect();
            domain.ifft_in_place(&mut values);
            coset.fft_in_place(&mut values);
            values
        };
        let mut quotient = on_coset(&matrices[0]);
        let b = on_coset(&matrices[1]);
        quotient.par_iter_mut().zip(b).for_each(|(a, b)| *a *= b);
        let c = on_coset(&matrices[2]);
        // The vanishing polynomial is constant and not zero on the coset.
        let vanishing = domain.evaluate_vanishing_polynomial(F::GENERATOR);
        let inverse = vanishing.inverse().ok_or(SynthesisError::DivisionByZero)?;
        quotient.par_iter_mut().zip(c).for_each(|(ab, c)| *ab = (*ab - c) * inverse);
        coset.ifft_in_place(&mut quotient);
        Ok(quotient)
    }

    fn h_query_scalars<F: PrimeField, D: EvaluationDomain<F>>(
        max_power: usize,
        t: F,
        vanishing: F,
        delta_inverse: F,
    ) -> Result<Vec<F>, SynthesisError> {
        let first = vanishing * delta_inverse;
        Ok(std::iter::successors(Some(first), |power| Some(*power * t)).take(max_power).collect())
    }
}
