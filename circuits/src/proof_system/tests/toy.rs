//! A small relation, "no value is above the price", in its sound form and in forms crippled on purpose.
//!
//! `x_i = p − limb_i` with `limb_i` in the table. The crippled forms do what the builder's types forbid.

use super::*;
use crate::builder::Num;
use crate::gadgets::horner;
use crate::gadgets::lookup::{ClosedLookup, Lookup, multiplicities};
use ark_ff::{Field, One, Zero};

pub(super) const ROWS: usize = 4;
pub(super) const BITS: u32 = 4;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Sound,
    /// The limbs are chosen after the challenge.
    LimbsLate,
    /// The multiplicities are chosen after the challenge.
    MultiplicitiesLate,
}

#[derive(Clone, Copy)]
pub(super) struct Toy(pub(super) Form);

/// The limbs as the prover would like them; a crippled form solves for what it may choose late.
#[derive(Clone)]
pub(super) struct ToyWitness {
    pub(super) limbs: Vec<Scalar>,
}

pub(super) struct ToyWires {
    mask: Num<Early>,
    price: Num<Early>,
    early: Option<(Vec<Num<Early>>, ClosedLookup)>,
    multiplicities: Vec<Num<Early>>,
}

impl Circuit for Toy {
    type Witness = ToyWitness;
    type Wires = ToyWires;

    fn layout(&self) -> Layout {
        Layout { challenges: 2, sealed: 1, results: &[], columns: &[], scalars: &["price"] }
    }

    fn tier(&self) -> Tier {
        Tier { rule: format!("toy-{:?}", self.0), size: ROWS.to_string() }
    }

    fn capacity(&self) -> usize {
        ROWS
    }

    fn limb_bits(&self) -> u32 {
        BITS
    }

    fn blank(&self) -> ToyWitness {
        ToyWitness { limbs: vec![Scalar::zero(); ROWS] }
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &ToyWitness) -> ToyWires {
        let (mask, price) = (cs.mask(0), cs.scalar("price"));
        let mut commit_counts = || {
            multiplicities(BITS, witness.limbs.iter().copied()).into_iter().map(|c| cs.commit(c)).collect()
        };
        match self.0 {
            Form::Sound => {
                let mut lookup = Lookup::new(BITS);
                let limbs: Vec<_> = witness.limbs.iter().map(|limb| lookup.limb(cs, *limb)).collect();
                let lookup = lookup.close(cs);
                ToyWires { mask, price, early: Some((limbs, lookup)), multiplicities: Vec::new() }
            }
            Form::LimbsLate => ToyWires { mask, price, early: None, multiplicities: commit_counts() },
            Form::MultiplicitiesLate => {
                let limbs: Vec<_> = witness.limbs.iter().map(|limb| cs.commit(*limb)).collect();
                let lookup = ClosedLookup { limbs: limbs.clone(), multiplicities: Vec::new() };
                ToyWires { mask, price, early: Some((limbs, lookup)), multiplicities: Vec::new() }
            }
        }
    }

    fn relate(&self, cs: &mut Builder<Late>, wires: &ToyWires, witness: &ToyWitness) {
        let (rho, x) = (cs.nth_challenge(0), cs.nth_challenge(1));
        let late = |cs: &mut Builder<Late>, values: Vec<Scalar>| -> Vec<Num<Early>> {
            values.into_iter().map(|value| Num::pretend(&cs.hint(value))).collect()
        };
        let (limbs, lookup) = match (self.0, &wires.early) {
            (Form::MultiplicitiesLate, Some((limbs, _))) => {
                let counts = counts_for(&witness.limbs, x.value());
                let multiplicities = late(cs, counts);
                (limbs.clone(), ClosedLookup { limbs: limbs.clone(), multiplicities })
            }
            (Form::LimbsLate, _) => {
                let counts: Vec<Scalar> = wires.multiplicities.iter().map(Num::value).collect();
                let limbs = late(cs, limbs_for(&witness.limbs, &counts, rho.value(), x.value()));
                (limbs.clone(), ClosedLookup { limbs, multiplicities: wires.multiplicities.clone() })
            }
            (_, Some((limbs, lookup))) => {
                let again = ClosedLookup {
                    limbs: lookup.limbs.clone(),
                    multiplicities: lookup.multiplicities.clone(),
                };
                (limbs.clone(), again)
            }
            (_, None) => unreachable!("only the late form has no early limbs"),
        };
        let values: Vec<_> = limbs.into_iter().map(|limb| wires.price.clone() - limb).collect();
        let sum = cs.sum(0);
        horner::sum_is(cs, "values are the ledger's", [&wires.mask].into_iter().chain(&values), &rho, &sum);
        lookup.constrain(cs, &x);
    }
}

/// Multiplicities that make the sums equal at this very `x`, for any limbs at all.
fn counts_for(limbs: &[Scalar], x: Scalar) -> Vec<Scalar> {
    let left: Scalar = limbs.iter().map(|limb| (x + limb).inverse().unwrap_or_default()).sum();
    let mut counts = vec![Scalar::zero(); 1 << BITS];
    counts[0] = left * x;
    counts
}

/// Limbs with the same `ρ`-sum as `wanted` whose inverses sum to what `counts` give at this very `x`.
///
/// Two equations in four unknowns: two are guessed, the other two are the roots of a quadratic.
pub(super) fn limbs_for(wanted: &[Scalar], counts: &[Scalar], rho: Scalar, x: Scalar) -> Vec<Scalar> {
    if rho.is_zero() {
        return wanted.to_vec(); // recording
    }
    let right: Scalar = counts
        .iter()
        .enumerate()
        .map(|(j, count)| *count * (x + Scalar::from(j as u64)).inverse().unwrap_or_default())
        .sum();
    let weights: Vec<Scalar> = (0..ROWS).map(|i| rho.pow([(ROWS - 1 - i) as u64])).collect();
    // In u_i = x + limb_i: Σ weight_i·u_i = total and Σ 1/u_i = right.
    let total: Scalar = weights.iter().zip(wanted).map(|(w, limb)| *w * (x + limb)).sum();
    for guess in 1u64.. {
        let (u0, u1) = (Scalar::from(guess), x + wanted[1] + Scalar::from(1000u64));
        let c = total - weights[0] * u0 - weights[1] * u1;
        let (Some(v0), Some(v1)) = (u0.inverse(), u1.inverse()) else { continue };
        let e = right - v0 - v1;
        let (a, b) = (weights[2], weights[3]);
        // a·u + b·v = c and u + v = e·u·v give e·a·u² + (b − a − e·c)·u + c = 0.
        let (q2, q1) = (e * a, b - a - e * c);
        let Some(root) = (q1 * q1 - Scalar::from(4u64) * q2 * c).sqrt() else { continue };
        let Some(twice) = (q2 + q2).inverse() else { continue };
        let u = (root - q1) * twice;
        let v = (c - a * u) * b.inverse().unwrap_or_else(Scalar::one);
        return [u0, u1, u, v].into_iter().map(|u| u - x).collect();
    }
    unreachable!("half of all field elements are squares")
}

/// Four values of which the first is above the price, their commitments, and the limbs they would need.
pub(super) struct FalseClaim {
    pub(super) openings: Vec<Opening>,
    pub(super) points: Vec<G1Affine>,
    pub(super) witness: ToyWitness,
}

pub(super) const PRICE: u64 = 10;

impl FalseClaim {
    pub(super) fn new() -> Self {
        let mut rng = rng();
        let values = [1_000u64, 3, 10, 7];
        let openings: Vec<Opening> =
            values.iter().map(|v| Opening::new(vec![*v], Blinding::random(&mut rng)).unwrap()).collect();
        let points = commit_all(&openings).into_iter().map(|c| c.0).collect();
        let limbs = values.iter().map(|v| Scalar::from(PRICE) - Scalar::from(*v)).collect();
        Self { openings, points, witness: ToyWitness { limbs } }
    }

    pub(super) fn claim(&self) -> Claim<'_> {
        Claim {
            statement: [3; 32],
            shard: Shard { index: 0, count: 1, rows: ROWS as u64 },
            commitments: &self.points,
            carries: Carries::default(),
            results: Vec::new(),
            columns: Vec::new(),
            scalars: vec![Scalar::from(PRICE)],
        }
    }

    pub(super) fn secrets(&self) -> Secrets {
        Secrets::new(&self.openings, 1, Vec::new(), Default::default(), Default::default())
    }
}
