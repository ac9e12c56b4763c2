//! The matrices of a circuit: built once per key, evaluated by ourselves.

use super::Assignment;
#[cfg(any(test, feature = "testing"))]
use super::Wire;
use crate::field::{Fr, to_bytes};
use ark_ff::{Field, Zero};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, Matrix, SynthesisError, Variable,
};
use rayon::prelude::*;

/// `A·z ∘ B·z = C·z` for `z = [1 | public | committed | private]`.
pub struct Matrices {
    /// Public inputs, without the constant.
    pub public: usize,
    /// Committed wires.
    pub committed: usize,
    /// Other wires of the prover.
    pub private: usize,
    pub(crate) abc: [Matrix<Fr>; 3],
    properties: Vec<&'static str>,
}

/// A constraint that an assignment does not satisfy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("constraint {row} does not hold: {property}")]
pub struct Unsatisfied {
    /// Its row in the matrices.
    pub row: usize,
    /// The property that it serves.
    pub property: &'static str,
}

impl Matrices {
    pub(super) fn new(public: usize, committed: usize, private: usize) -> Self {
        let abc = [Vec::new(), Vec::new(), Vec::new()];
        Self { public, committed, private, abc, properties: Vec::new() }
    }

    pub(super) fn push(&mut self, property: &'static str, rows: [Vec<(Fr, usize)>; 3]) {
        for (matrix, row) in self.abc.iter_mut().zip(rows) {
            matrix.push(row);
        }
        self.properties.push(property);
    }

    /// The number of constraints.
    #[must_use]
    pub fn constraints(&self) -> usize {
        self.properties.len()
    }

    /// The properties, each once, in the order of their first constraint, with their number of constraints.
    #[must_use]
    pub fn properties(&self) -> Vec<(&'static str, usize)> {
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        for property in &self.properties {
            match counts.iter_mut().find(|(name, _)| name == property) {
                Some((_, count)) => *count += 1,
                None => counts.push((property, 1)),
            }
        }
        counts
    }

    /// The rows of the constraints of one property.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn rows_of(&self, property: &str) -> Vec<usize> {
        (0..self.constraints()).filter(|row| self.properties[*row] == property).collect()
    }

    /// The prover's wire at a position of `[1 | public | committed | private]`.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn wire(&self, position: usize) -> Option<Wire> {
        let committed = 1 + self.public;
        let private = committed + self.committed;
        let number = |first| u32::try_from(position - first).ok();
        match position {
            position if position >= private => number(private).map(Wire::Private),
            position if position >= committed => number(committed).map(Wire::Committed),
            _ => None,
        }
    }

    /// The matrices without the constraints of one property: what a test of that property mutates.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn without(&self, property: &str) -> Self {
        self.without_rows(&self.rows_of(property))
    }

    /// The matrices without some of their rows.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn without_rows(&self, dropped: &[usize]) -> Self {
        let mut rest = Self::new(self.public, self.committed, self.private);
        for (row, name) in self.properties.iter().enumerate() {
            if !dropped.contains(&row) {
                rest.push(name, [0, 1, 2].map(|m| self.abc[m][row].clone()));
            }
        }
        rest
    }

    /// A digest of everything a verifier's trust rests on: shape, coefficients and positions.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("quittance v1 matrices");
        let number = |n: usize, hasher: &mut blake3::Hasher| {
            hasher.update(&(n as u64).to_le_bytes());
        };
        for n in [self.public, self.committed, self.private, self.constraints()] {
            number(n, &mut hasher);
        }
        for row in 0..self.constraints() {
            for matrix in &self.abc {
                number(matrix[row].len(), &mut hasher);
                for (coefficient, column) in &matrix[row] {
                    hasher.update(&to_bytes(coefficient));
                    number(*column, &mut hasher);
                }
            }
        }
        *hasher.finalize().as_bytes()
    }

    /// Checks every constraint.
    ///
    /// # Errors
    /// The first constraint that does not hold.
    pub fn check(&self, assignment: &Assignment) -> Result<(), Unsatisfied> {
        let z = assignment.full();
        assert_eq!(z.len(), 1 + self.public + self.committed + self.private, "one value per wire");
        let broken = (0..self.constraints()).into_par_iter().find_first(|row| {
            let [a, b, c] = [0, 1, 2].map(|m| dot(&self.abc[m][*row], &z));
            a * b != c
        });
        match broken {
            None => Ok(()),
            Some(row) => Err(Unsatisfied { row, property: self.properties[row] }),
        }
    }
}

/// The inner product of a matrix row with the wires.
pub(crate) fn dot<F: Field>(row: &[(F, usize)], z: &[F]) -> F {
    row.iter().fold(F::zero(), |sum, (coefficient, column)| {
        if coefficient.is_one() { sum + z[*column] } else { sum + *coefficient * z[*column] }
    })
}

/// Hands the recorded matrices to arkworks' generator, row by row, in the same order.
impl ConstraintSynthesizer<Fr> for &Matrices {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let instance = self.public + self.committed;
        for _ in 0..instance {
            let _ = cs.new_input_variable(|| Ok(Fr::zero()))?;
        }
        for _ in 0..self.private {
            let _ = cs.new_witness_variable(|| Ok(Fr::zero()))?;
        }
        let variable = |column: usize| match column {
            0 => Variable::One,
            column if column <= instance => Variable::instance(column),
            column => Variable::witness(column - instance - 1),
        };
        for row in 0..self.constraints() {
            let [a, b, c] = [0, 1, 2].map(|m| {
                let terms = self.abc[m][row].iter();
                LinearCombination(terms.map(|(k, column)| (*k, variable(*column))).collect())
            });
            cs.enforce_r1cs_constraint(|| a, || b, || c)?;
        }
        Ok(())
    }
}
