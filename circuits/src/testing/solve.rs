//! A prover who wants to cheat: some wires are chosen, the constraints give the rest.

use crate::builder::{Assignment, Matrices};
use crate::field::Fr;
use ark_ff::{Field, Zero};

/// Completes an assignment: public and committed wires and the private wires of `chosen` stand, every other
/// private wire is what a constraint with no other unknown makes it, or 0 if no constraint decides.
///
/// The result satisfies whatever can be satisfied this way; [`Matrices::check`] tells.
#[must_use]
pub fn complete(matrices: &Matrices, mut assignment: Assignment, chosen: &[(usize, Fr)]) -> Assignment {
    let first = 1 + matrices.public + matrices.committed;
    let mut z = assignment.full();
    let mut known: Vec<bool> = (0..z.len()).map(|wire| wire < first).collect();
    for (wire, value) in chosen {
        (z[*wire], known[*wire]) = (*value, true);
    }
    let mut open: Vec<usize> = (0..matrices.constraints()).collect();
    loop {
        let before = open.len();
        open.retain(|row| !settle(matrices, *row, &mut z, &mut known));
        if open.len() < before {
            continue;
        }
        // No constraint decides alone: the first unknown wire is free.
        let Some(free) = known.iter().position(|known| !known) else {
            break;
        };
        (z[free], known[free]) = (Fr::zero(), true);
    }
    assignment.private = z.split_off(first);
    assignment
}

/// Solves `a·b = c` for its only unknown wire, if it has one and only one. True if nothing is left to decide.
fn settle(matrices: &Matrices, row: usize, z: &mut [Fr], known: &mut [bool]) -> bool {
    let rows = [0, 1, 2].map(|m| &matrices.abc[m][row]);
    let mut unknown =
        rows.iter().flat_map(|terms| terms.iter().map(|(_, wire)| *wire)).filter(|w| !known[*w]);
    let Some(wire) = unknown.next() else {
        return true;
    };
    if unknown.any(|other| other != wire) {
        return false;
    }
    // Each side is constant + slope·wire.
    let side = |terms: &Vec<(Fr, usize)>| {
        let mut parts = [Fr::zero(); 2];
        for (coefficient, column) in terms {
            if *column == wire {
                parts[1] += coefficient;
            } else {
                parts[0] += *coefficient * z[*column];
            }
        }
        parts
    };
    let [a, b, c] = rows.map(side);
    if !(a[1] * b[1]).is_zero() {
        return false;
    }
    // a0·b0 + (a1·b0 + a0·b1)·w = c0 + c1·w.
    let slope = a[1] * b[0] + a[0] * b[1] - c[1];
    let Some(inverse) = slope.inverse() else {
        return true;
    };
    (z[wire], known[wire]) = ((c[0] - a[0] * b[0]) * inverse, true);
    true
}
