//! Every gadget on all of a tiny domain and at the edges: what is true is satisfiable, and satisfied by the
//! native twin; everything else is not, whatever the prover puts into the other wires.
//!
//! A gadget is "unsatisfiable" here if the wires that a prover can still choose were all tried, or if they are
//! solved for: [`complete`] gives every free wire the one value that its constraint allows.

mod bits;
mod cap;
mod compare;
mod divide;
mod horner;
mod lookup;
mod range;
mod tuple;

use super::lookup::{Lookup, multiplicities};
use crate::builder::{Assignment, Builder, Early, Late, Layout, Masks, Matrices, Num, dot};
use crate::field::{Fr, from_u64, from_u128};
use crate::testing::forms::looked_up;
use crate::testing::round::holds;
use crate::testing::solve::complete;
use ark_ff::{Field, One, Zero};

/// Challenges `ρ`, `X` and `θ`; four public scalars: what a gadget is given and what is claimed of it.
const LAYOUT: Layout =
    Layout { challenges: 3, sealed: 0, results: &[], columns: &[], scalars: &["a", "b", "c", "d"] };

/// Two choices of challenges that are no poles: a wrong early number may pass one of them by chance only.
fn challenges() -> [[Fr; 3]; 2] {
    [[(3, 70), (5, 90), (17, 50)], [(7, 80), (11, 60), (13, 61)]]
        .map(|chosen| chosen.map(|(base, exponent)| from_u64(base).pow([exponent])))
}

/// Small numbers and edges: the ends of u64, of u128 and of the field, and fractions.
fn numbers() -> Vec<Fr> {
    let small = (0..16).map(from_u64);
    let edges =
        [1u128 << 32, u128::from(u64::MAX), 1 << 64, (1 << 65) - 1, 1 << 65, u128::MAX].map(from_u128);
    let negative = [1, 2, 3, 16, 1 << 32].map(|x| -from_u64(x));
    let halves = [2, 16, 256].map(|x| from_u64(x).inverse().unwrap());
    small.chain(edges).chain(negative).chain(halves).collect()
}

/// The integers of a range, negative ones too.
fn integers(range: std::ops::Range<i64>) -> Vec<Fr> {
    range.map(Fr::from).collect()
}

/// A gadget in a circuit of its own.
trait Gadget: Fn(Builder<Early>, [Fr; 3]) -> Builder<Late> {}
impl<F: Fn(Builder<Early>, [Fr; 3]) -> Builder<Late>> Gadget for F {}

/// A gadget of the early stage, with a lookup of its own.
fn with_lookup(limb_bits: u32, gadget: impl Fn(&mut Builder<Early>, &mut Lookup)) -> impl Gadget {
    move |mut cs, challenges| {
        let mut lookup = Lookup::new(limb_bits);
        gadget(&mut cs, &mut lookup);
        let lookup = lookup.close(&mut cs);
        let mut cs = cs.challenge(&challenges, &[], &[]);
        let x = cs.nth_challenge(1);
        lookup.constrain(&mut cs, &x);
        cs
    }
}

/// What the gadget gives is the public scalar of this name.
fn claim(cs: &mut Builder<Early>, name: &str, given: &Num<Early>) {
    let (one, claimed) = (cs.constant(Fr::one()), cs.scalar(name));
    cs.enforce("the claim", &one, given, &claimed);
}

fn matrices(gadget: impl Gadget) -> Matrices {
    gadget(Builder::record(LAYOUT), challenges()[0]).into_matrices()
}

/// The wires of the gadget's own prover; scalars that are not given are 0.
fn wires(scalars: &[Fr], challenges: [Fr; 3], gadget: impl Gadget) -> Assignment {
    let masks = Masks { columns: Vec::new(), hide: Fr::one() };
    let mut scalars = scalars.to_vec();
    scalars.resize(LAYOUT.scalars.len(), Fr::zero());
    gadget(Builder::fill(LAYOUT, scalars, masks), challenges).into_assignment()
}

/// Whether the gadget's own prover passes.
fn accepted(matrices: &Matrices, scalars: &[Fr], gadget: impl Gadget) -> bool {
    holds(matrices, &wires(scalars, challenges()[0], gadget).full())
}

/// The number of ways to pass at both choices of challenges, one of these candidates for each committed wire of
/// the gadget. Limbs are counted as they are, all that is not committed is solved for.
fn ways(matrices: &Matrices, scalars: &[Fr], gadget: impl Gadget, candidates: &[Vec<Fr>]) -> usize {
    let mut chosen = choices(candidates);
    for challenges in challenges() {
        if chosen.is_empty() {
            break;
        }
        let filled = wires(scalars, challenges, &gadget);
        chosen.retain(|chosen| {
            let mut forged = filled.clone();
            // The first committed wire is the hiding wire, the last are the counts.
            forged.committed[1..=chosen.len()].copy_from_slice(chosen);
            recount(matrices, &mut forged);
            holds(matrices, &complete(matrices, forged, &[]).full())
        });
    }
    chosen.len()
}

/// What a constraint asks for, or what would suit the prover better.
fn either(asked: Fr, other: Fr) -> Vec<Fr> {
    if asked == other { vec![asked] } else { vec![asked, other] }
}

/// Puts the counts of the committed limbs into their wires.
fn recount(matrices: &Matrices, assignment: &mut Assignment) {
    let z = assignment.full();
    let x = assignment.public[1];
    let limbs = looked_up(matrices).into_iter().map(|form| dot(&form, &z) - x);
    let entries = matrices.rows_of("a table entry counts its limbs").len();
    let counts = multiplicities(entries.checked_ilog2().unwrap_or_default(), limbs);
    if let Some(first) = assignment.committed.len().checked_sub(entries).filter(|_| entries > 0) {
        assignment.committed[first..].copy_from_slice(&counts);
    }
}

/// Every choice of one candidate from each list.
fn choices(candidates: &[Vec<Fr>]) -> Vec<Vec<Fr>> {
    candidates.iter().fold(vec![Vec::new()], |chosen, candidates| {
        let extended = |chosen: &Vec<Fr>| {
            let chosen = chosen.clone();
            candidates.iter().map(move |candidate| [&chosen[..], &[*candidate]].concat())
        };
        chosen.iter().flat_map(extended).collect()
    })
}

/// Each constraint of the property is needed: without it the gadget does what `wrong` looks for.
fn all_are_needed(matrices: &Matrices, property: &str, wrong: impl Fn(&Matrices) -> bool) {
    assert!(!wrong(matrices), "{property}: wrong with all its constraints");
    for row in matrices.rows_of(property) {
        assert!(wrong(&matrices.without_rows(&[row])), "{property}: constraint {row} is not needed");
    }
}

/// The matrices are the same whatever the witness, and no witness, however odd, ends the prover.
fn ignores_witnesses<G: Gadget>(gadget: impl Fn(Fr) -> G) {
    let digest = matrices(gadget(Fr::zero())).digest();
    for a in numbers() {
        assert_eq!(matrices(gadget(a)).digest(), digest);
        for b in numbers() {
            wires(&[a, b, b, a], challenges()[0], gadget(a));
            wires(&[b, a, b, a], challenges()[0], gadget(a));
        }
    }
}
