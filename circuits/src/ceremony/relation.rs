//! A circuit's columns on the powers of tau: `u_i(τ)`, `v_i(τ)`, `w_i(τ)` and `(β·u_i + α·v_i + w_i)(τ)`.

use super::lagrange::ForStart;
use crate::builder::Matrices;
use crate::curve::G1Affine;
use crate::field::Fr;
use crate::msm::msm;
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{One, PrimeField, Zero};
use rayon::prelude::*;

/// From so many terms on, a sum is worth a method.
const MANY: usize = 64;

/// Where each wire stands: for each matrix and wire, its rows and coefficients.
pub(super) struct Columns([Vec<Vec<(Fr, usize)>>; 3]);

impl Columns {
    pub(super) fn new(matrices: &Matrices) -> Self {
        let wires = 1 + matrices.public + matrices.committed + matrices.private;
        let columns = |matrix: &Vec<Vec<(Fr, usize)>>| {
            let mut columns = vec![Vec::new(); wires];
            for (row, terms) in matrix.iter().enumerate() {
                for (coefficient, wire) in terms {
                    columns[*wire].push((*coefficient, row));
                }
            }
            columns
        };
        Self([0, 1, 2].map(|matrix| columns(&matrices.abc[matrix])))
    }

    /// `(β·u_i + α·v_i + w_i)(τ)` of every wire: those of the instance, which comes first, and the others.
    pub(super) fn groth16(&self, lagrange: &ForStart, instance: usize) -> (Vec<G1Affine>, Vec<G1Affine>) {
        let Self([a, b, c]) = self;
        let sums: Vec<_> = (0..a.len())
            .into_par_iter()
            .map(|wire| {
                sum(&a[wire], &lagrange.beta) + sum(&b[wire], &lagrange.alpha) + sum(&c[wire], &lagrange.tau)
            })
            .collect();
        let mut points = CurveGroup::normalize_batch(&sums);
        let private = points.split_off(instance);
        (points, private)
    }

    /// `u_i(τ)` of every wire.
    pub(super) fn a<C: SWCurveConfig<ScalarField = Fr>>(&self, lagrange: &[Affine<C>]) -> Vec<Affine<C>> {
        all(&self.0[0], lagrange)
    }

    /// `v_i(τ)` of every wire.
    pub(super) fn b<C: SWCurveConfig<ScalarField = Fr>>(&self, lagrange: &[Affine<C>]) -> Vec<Affine<C>> {
        all(&self.0[1], lagrange)
    }
}

fn all<C: SWCurveConfig<ScalarField = Fr>>(
    columns: &[Vec<(Fr, usize)>],
    lagrange: &[Affine<C>],
) -> Vec<Affine<C>> {
    let sums: Vec<Projective<C>> = columns.par_iter().map(|column| sum(column, lagrange)).collect();
    Projective::normalize_batch(&sums)
}

/// `Σ coefficient·point`; most coefficients are 1, −1 or short.
fn sum<C: SWCurveConfig<ScalarField = Fr>>(column: &[(Fr, usize)], points: &[Affine<C>]) -> Projective<C> {
    if column.len() >= MANY {
        let (scalars, bases): (Vec<_>, Vec<_>) = column.iter().map(|(k, row)| (*k, points[*row])).unzip();
        return msm(&bases, &scalars);
    }
    column.iter().fold(Projective::zero(), |sum, (coefficient, row)| {
        let point = points[*row];
        let negated = -*coefficient;
        match (coefficient.is_one(), negated.is_one()) {
            (true, _) => sum + point,
            (_, true) => sum - point,
            _ => {
                let (plain, negative) = (coefficient.into_bigint(), negated.into_bigint());
                // Whichever is shorter.
                if plain <= negative { sum + times(point, plain) } else { sum - times(point, negative) }
            }
        }
    })
}

fn times<C: SWCurveConfig<ScalarField = Fr>>(
    point: Affine<C>,
    scalar: <Fr as PrimeField>::BigInt,
) -> Projective<C> {
    ark_ec::AffineRepr::mul_bigint(&point, scalar)
}

/// The rows' sums `Σ_i weight_i·M_ki` of wires in a range, the first weight for the first of them.
pub(super) fn weighted(matrix: &[Vec<(Fr, usize)>], first: usize, weights: &[Fr], size: usize) -> Vec<Fr> {
    let row = |terms: &Vec<(Fr, usize)>| {
        let terms = terms.iter().filter_map(|(coefficient, wire)| {
            let weight = weights.get(wire.checked_sub(first)?)?;
            Some(*coefficient * weight)
        });
        terms.fold(Fr::zero(), |sum, term| sum + term)
    };
    let mut rows: Vec<Fr> = matrix.par_iter().map(row).collect();
    rows.resize(size, Fr::zero());
    rows
}
