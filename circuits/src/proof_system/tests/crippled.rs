//! What each part of the protocol is for: cripple it, and a false statement passes.

use super::toy::{BITS, FalseClaim, Form, ROWS, Toy, ToyWitness, limbs_for};
use super::*;
use crate::builder::Matrices;
use crate::field::from_u64;
use crate::gadgets::horner;
use crate::gadgets::lookup::{Lookup, multiplicities};
use crate::gadgets::range::number_var;
use crate::proof_system::challenges::is_pole;
use crate::proof_system::fold::{Equations, Weights, single};
use crate::proof_system::prove::{Attempt, Drawn};
use crate::rules::procedures::top_k;
use crate::sealed::Generators;
use ark_bn254::G1Projective;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;

fn draw<C: Circuit>(
    key: &ProvingKey<C>,
    claim: &Claim<'_>,
    c_masks: &[G1Affine],
    d: (G1Affine, G1Affine),
) -> Challenges {
    Challenges::draw(&key.circuit, &key.id(), claim, c_masks, (&d.0, &d.1)).unwrap()
}

/// An honest prover's steps on any witness, without the last check.
fn prove_blindly<C: Circuit>(
    key: &ProvingKey<C>,
    claim: &Claim<'_>,
    secrets: &Secrets,
    witness: &C::Witness,
) -> (Attempt, Proof) {
    let mut rng = rng();
    let drawn = Drawn::new(key.circuit.layout(), claim, &mut rng);
    let c_masks = drawn.c_masks();
    let fill = |d: &mut (G1Affine, G1Affine)| Some(draw(key, claim, &c_masks, *d));
    let attempt = Attempt::fill(key, claim, secrets, witness, &drawn, fill).unwrap();
    let proof = attempt.finish(key, &mut rng).unwrap();
    (attempt, proof)
}

fn forge_toy(form: Form) -> Result<(), ProofError> {
    let key = setup(Toy(form), &mut rng()).unwrap();
    let forger = FalseClaim::new();
    let claim = forger.claim();
    let (_, proof) = prove_blindly(&key, &claim, &forger.secrets(), &forger.witness);
    verify(&[(&key.verifying, &key.circuit, &claim, &proof)])
}

#[test]
fn limbs_after_challenge() {
    assert_eq!(forge_toy(Form::LimbsLate), Ok(()), "forged: 1000 is not above 10");
    assert!(forge_toy(Form::Sound).is_err());
}

#[test]
fn multiplicities_after_challenge() {
    assert_eq!(forge_toy(Form::MultiplicitiesLate), Ok(()), "forged: 1000 is not above 10");
    assert!(forge_toy(Form::Sound).is_err());
}

#[test]
fn d_not_hashed() {
    let key = setup(Toy(Form::Sound), &mut rng()).unwrap();
    let forger = FalseClaim::new();
    let claim = forger.claim();
    let mut rng = rng();
    let drawn = Drawn::new(key.circuit.layout(), &claim, &mut rng);
    // A crippled transcript without D: the challenges are known before the limbs are chosen.
    let nothing = (G1Affine::generator(), G1Affine::generator());
    let challenges = draw(&key, &claim, &drawn.c_masks(), nothing);
    let limbs =
        limbs_for(&forger.witness.limbs, &vec![Scalar::zero(); 1 << BITS], challenges.rho, challenges.x);
    // The table's counts stay 0, as `multiplicities` gives for limbs off the table.
    assert_eq!(multiplicities(BITS, limbs.iter().copied()), vec![Scalar::zero(); 1 << BITS]);
    let witness = ToyWitness { limbs };
    let attempt =
        Attempt::fill(&key, &claim, &forger.secrets(), &witness, &drawn, |_| Some(challenges)).unwrap();
    let proof = attempt.finish(&key, &mut rng).unwrap();

    let real = Verification::prepare(&key.verifying, &key.circuit, &claim, &proof).unwrap();
    assert!(verify(&[(&key.verifying, &key.circuit, &claim, &proof)]).is_err());
    let mut inputs = challenges.inputs(2);
    inputs.extend(&real.inputs[2..]);
    let crippled = Verification { challenges, inputs, ..real };
    let all =
        single::span_holds(&crippled) && single::groth16_holds(&crippled) && single::link_holds(&crippled);
    assert!(all, "forged: 1000 is not above 10");
}

#[test]
fn shifted_price_without_span_check() {
    let round = Round::usual();
    let points = round.points();
    let (proof, claim) = shifted(&points, &round);
    let prepared = Verification::prepare(&key().verifying, &key().circuit, &claim, &proof).unwrap();
    assert!(
        single::groth16_holds(&prepared) && single::link_holds(&prepared),
        "accepted by a crippled verifier"
    );
    assert!(!single::span_holds(&prepared));
}

#[test]
fn span_check_stops_shifted_price() {
    let round = Round::usual();
    let points = round.points();
    let (proof, claim) = shifted(&points, &round);
    let verdict = verify(&[(&key().verifying, &key().circuit, &claim, &proof)]);
    assert_eq!(verdict, Err(ProofError::Pairing));
}

/// The claim that the price is 60 (it is 80), with a proof that only the span check refuses.
fn shifted<'a>(points: &'a [G1Affine], round: &Round) -> (Proof, Claim<'a>) {
    let mut rng = rng();
    let truth = shard_claims(&key().circuit, &round.claim(), points, &[]).unwrap().remove(0);
    let price = 0;
    let mut lie = truth.clone();
    lie.scalars[price] = from_u64(60);
    let base = key().verifying.inputs[1 + key().circuit.layout().inputs() - truth.scalars.len() + price];
    let secrets = Secrets::new(&round.openings, 1, Vec::new(), Default::default(), Default::default());
    let witness = usual_witness();
    let drawn = Drawn::new(key().circuit.layout(), &truth, &mut rng);
    let c_masks = drawn.c_masks();
    let attempt = Attempt::fill(key(), &truth, &secrets, &witness, &drawn, |d| {
        d.0 = (d.0 + base * (truth.scalars[price] - lie.scalars[price])).into_affine();
        Some(draw(key(), &lie, &c_masks, *d))
    });
    (attempt.unwrap().finish(key(), &mut rng).unwrap(), lie)
}

/// The witness of [`Round::usual`].
fn usual_witness() -> top_k::Witness {
    let shard = Shard { index: 0, count: 1, rows: 5 };
    let won = [true, false, true, false, true];
    top_k::Witness::fill(8, 80, &[120, 80, 200, 60, 95], &won, Default::default(), shard)
}

#[test]
fn fold_with_equal_weights_cancels() {
    let round = Round::usual();
    let points = round.points();
    let truth = shard_claims(&key().circuit, &round.claim(), &points, &[]).unwrap().remove(0);
    let secrets = Secrets::new(&round.openings, 1, Vec::new(), Default::default(), Default::default());
    let (mut lies, mut proofs) = (Vec::new(), Vec::new());
    for price in [81, 79, 80] {
        let mut rng = rng();
        let mut lie = truth.clone();
        lie.scalars[0] = from_u64(price);
        let drawn = Drawn::new(key().circuit.layout(), &truth, &mut rng);
        let c_masks = drawn.c_masks();
        let fill = |d: &mut (G1Affine, G1Affine)| Some(draw(key(), &lie, &c_masks, *d));
        let attempt = Attempt::fill(key(), &truth, &secrets, &usual_witness(), &drawn, fill).unwrap();
        proofs.push(attempt.finish(key(), &mut rng).unwrap());
        lies.push(lie);
    }
    let one =
        |i: &usize| Verification::prepare(&key().verifying, &key().circuit, &lies[*i], &proofs[*i]).unwrap();
    let prepared: Vec<_> = [0, 1].iter().map(one).collect();
    assert!(prepared.iter().all(|one| !single::groth16_holds(one) && single::span_holds(one)));
    assert!(Equations::new(&prepared, &Weights::equal(2)).pairings_hold(), "two false prices cancel");
    assert!(!Equations::new(&prepared, &Weights::hashed(&prepared)).pairings_hold());
    // The first proof needs no weight, and none but the first: behind an honest one the two do not cancel.
    let behind: Vec<_> = [2, 0, 1].iter().map(one).collect();
    assert!(single::groth16_holds(&behind[0]) && single::span_holds(&behind[0]));
    assert!(Equations::new(&behind, &Weights::equal(3)).pairings_hold());
    let weights = Weights::hashed(&behind);
    assert!(!Equations::new(&behind, &weights).pairings_hold());
    let all = weights.all();
    let ones = all.iter().filter(|weight| **weight == from_u64(1)).count();
    let different: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), ones, different.len()), (9, 2, 8), "each equation of each proof has its own");
}

#[test]
fn lookup_at_table_pole() {
    for j in [0u64, 1, 15] {
        assert!(is_pole(-from_u64(j), BITS));
    }
    assert!(!is_pole(-from_u64(16), BITS) && !is_pole(from_u64(1), BITS));
    // At X = −5 the quotient of entry 5 is free, so any limb passes.
    let key = setup(Toy(Form::Sound), &mut rng()).unwrap();
    let forger = FalseClaim::new();
    let claim = forger.claim();
    let drawn = Drawn::new(key.circuit.layout(), &claim, &mut rng());
    let at_pole = |d: &mut (G1Affine, G1Affine)| {
        let drawn = draw(&key, &claim, &drawn.c_masks(), *d);
        let unusable = [Challenges { x: -from_u64(5), ..drawn }, Challenges { rho: Scalar::zero(), ..drawn }];
        assert!(
            unusable.iter().all(|challenges| challenges.usable(BITS).is_none()),
            "no transcript gives these"
        );
        assert_eq!(drawn.usable(BITS), Some(drawn));
        Some(unusable[0])
    };
    // Limbs of which none is 5, so that the entry's count is 0.
    let mut attempt =
        Attempt::fill(&key, &claim, &forger.secrets(), &forger.witness, &drawn, at_pole).unwrap();
    assert!(key.matrices.check(&attempt.assignment).is_err());
    let broken = key.matrices.check(&attempt.assignment).unwrap_err();
    assert_eq!(broken.property, "the lookup sums are equal");
    let quotients = attempt.assignment.private.len() - (1 << BITS);
    let limbs: Scalar = attempt.assignment.private[quotients - ROWS..quotients].iter().sum();
    let others: Scalar = attempt.assignment.private[quotients..].iter().sum();
    attempt.assignment.private[quotients + 5] += limbs - others;
    assert_eq!(key.matrices.check(&attempt.assignment), Ok(()), "a lookup at a pole proves nothing");
}

/// Sealed payments of two parties on `G_1`, linked and (unless crippled) range-checked.
#[derive(Clone, Copy)]
struct Payments {
    range_checked: bool,
}

impl Circuit for Payments {
    type Witness = Vec<Scalar>;
    type Wires =
        (crate::builder::Num<Early>, Vec<crate::builder::Num<Early>>, crate::gadgets::lookup::ClosedLookup);

    fn layout(&self) -> Layout {
        Layout { challenges: 2, sealed: 1, results: &[], columns: &[], scalars: &[] }
    }

    fn tier(&self) -> Tier {
        Tier { rule: "payments".into(), size: "2".into() }
    }

    fn capacity(&self) -> usize {
        2
    }

    fn limb_bits(&self) -> u32 {
        8
    }

    fn blank(&self) -> Vec<Scalar> {
        vec![Scalar::zero(); 2]
    }

    fn commit(&self, cs: &mut Builder<Early>, witness: &Vec<Scalar>) -> Self::Wires {
        let mut lookup = Lookup::new(8);
        let payment = |value: &Scalar| {
            if self.range_checked { number_var(cs, &mut lookup, 64, *value) } else { cs.commit(*value) }
        };
        let payments = witness.iter().map(payment).collect();
        let lookup = lookup.close(cs);
        (cs.mask(0), payments, lookup)
    }

    fn relate(&self, cs: &mut Builder<Late>, (mask, payments, lookup): &Self::Wires, _: &Vec<Scalar>) {
        let (rho, x, sum) = (cs.nth_challenge(0), cs.nth_challenge(1), cs.sum(0));
        horner::sum_is(cs, "payments are the committed ones", [mask].into_iter().chain(payments), &rho, &sum);
        lookup.constrain(cs, &x);
    }
}

#[test]
fn negative_payment() {
    // Revenue 5: one party "pays" 12, the other "pays" −7 and is thereby given 7 that nobody owes it.
    let values = [from_u64(12), -from_u64(7)];
    let blindings = [from_u64(3), from_u64(4)];
    let points: Vec<G1Affine> =
        values.iter().zip(blindings).map(|(v, r)| crate::proof_system::pedersen(&[*v], r)).collect();
    let generators = Generators::published();
    let balance: G1Projective =
        points.iter().map(|p| p.into_group()).sum::<G1Projective>() - generators.g[0] * from_u64(5);
    assert_eq!(
        balance,
        generators.h * from_u64(7),
        "the commitments balance: money in equals money out mod r"
    );

    let forge = |range_checked| {
        let key = setup(Payments { range_checked }, &mut rng()).unwrap();
        let claim = Claim {
            statement: [4; 32],
            shard: Shard { index: 0, count: 1, rows: 2 },
            commitments: &points,
            carries: Carries::default(),
            results: Vec::new(),
            columns: Vec::new(),
            scalars: Vec::new(),
        };
        let mut secrets = Secrets::default();
        secrets.columns = vec![values.to_vec()];
        secrets.blindings = blindings.to_vec();
        let (_, proof) = prove_blindly(&key, &claim, &secrets, &values.to_vec());
        verify(&[(&key.verifying, &key.circuit, &claim, &proof)])
    };
    assert_eq!(forge(false), Ok(()), "without range checks a negative payment passes");
    assert_eq!(forge(true), Err(ProofError::Pairing));
}

#[test]
fn stand_alone_rows_keep_public_inputs_apart() {
    // Without their rows the inputs that no other constraint mentions on the A side lose their base.
    let matrices: Matrices = key().matrices.without("public input stands alone");
    assert_eq!(key().matrices.constraints() - matrices.constraints(), 1 + key().circuit.layout().inputs());
}
