//! A contributor who multiplies whatever points it is given is an oracle: it hands out its secret factors times points of
//! somebody's choice, and its contribution is right all the same.

use super::*;
use crate::ceremony::chain::{Factors, named};
use crate::ceremony::key::{DELTA, SECRETS};
use crate::ceremony::powers::same_product;
use crate::curve::{G1Affine, G2Affine};
use crate::proved::Prover;
use crate::rule::Disclosure;
use crate::testing::settlement::Settlement;
use crate::testing::{Subject, fixtures, for_every_circuit};
use ark_ec::CurveGroup;
use serde_json::{Value, json};

/// A file for an honest contributor: to the committed bases it adds those of the public inputs, to the private wires the
/// public ones. What it says of itself fits.
fn baited() -> (Ceremony, usize) {
    let mut bait = begun();
    let key = &mut bait.keys[0];
    let inputs = key.shape().inputs;
    let public = key.instance[..inputs].to_vec();
    key.bases_sigma = key.instance.clone();
    key.private.extend(public);
    (Ceremony::from_bytes(&bait.to_bytes()).unwrap(), inputs)
}

#[test]
fn an_honest_contributor_multiplies_no_points_unseen() {
    let (mut bait, _) = baited();
    let before = bait.clone();
    let error = bait.contribute(ptau(), name("Ada"), &mut rng(), QUIET).unwrap_err().to_string();
    assert!(error.contains("as many points"), "{error}");
    assert!(bait == before, "nothing was multiplied");
    assert!(bait.end(ptau(), name("beacon"), beacon(), &mut rng(), QUIET).is_err());
    // As many, but other ones.
    let mut bait = begun();
    let key = &mut bait.keys[0];
    key.bases_sigma[0] = key.instance[0];
    let error = bait.contribute(ptau(), name("Ada"), &mut rng(), QUIET).unwrap_err().to_string();
    assert!(error.contains("multiplied by σ"), "{error}");
    // And in phase 1.
    let mut powers = Powers::new(3).unwrap();
    powers.alpha_g1[3] = crate::curve::hash_to_g1("bait");
    let mut nobody = PowersTranscript::new(3);
    assert!(powers.contribute(&mut nobody, name("Ada"), &mut rng(), QUIET).is_err());
    let (mut powers, mut transcript) = (Powers::new(3).unwrap(), PowersTranscript::new(3));
    powers.contribute(&mut transcript, name("Mallory"), &mut rng(), QUIET).unwrap();
    powers.beta_g1.swap(1, 2);
    transcript.contributions[0].points = hex::encode(powers.digest());
    assert!(powers.contribute(&mut transcript, name("Ada"), &mut rng(), QUIET).is_err());
}

/// What it would be good for: a ceremony that verifies, whose honest contributor looked at nothing, and points with which
/// the public inputs of any proof can be changed.
#[test]
fn an_oracle_breaks_the_key() {
    let (mut ceremony, inputs) = baited();
    // Ada, with a crippled program.
    multiplied(&mut ceremony, "Ada");
    // Mallory keeps what does not belong there, and the beacon speaks.
    let key = &mut ceremony.keys[0];
    key.bases_sigma.drain(..inputs);
    let stolen = key.private.split_off(key.private.len() - inputs);
    let head = ceremony.transcript.head();
    declared(&mut ceremony, "beacon");
    let factors = Factors::of_beacon(&beacon(), &named(&head, &name("beacon")), SECRETS);
    let by_delta = ark_ff::Field::inverse(&factors.get(DELTA)).unwrap();
    let stolen: Vec<G1Affine> = stolen.iter().map(|point| (*point * by_delta).into_affine()).collect();
    // Nobody sees it.
    let verified = ceremony.verify(ptau(), &mut rng(), QUIET).unwrap();
    let public = &verified.keys[0].key;
    for (base, stolen) in public.inputs.iter().zip(&stolen) {
        // The column of a public input, divided by δ: with it, C takes what the input loses.
        assert!(same_product([*base, *stolen], [public.gamma, public.delta]));
    }
    assert!(public.delta != G2Affine::default());
    let mut provers: Vec<Box<dyn Prover>> = Vec::new();
    ceremony
        .finish(
            ptau(),
            &mut rng(),
            QUIET,
            |_| Ok(()),
            |prover| {
                provers.push(prover);
                Ok::<_, CeremonyError>(())
            },
        )
        .unwrap();
    for_every_circuit(|subject: &dyn Subject, _| {
        if subject.rule().id() == CIRCUIT.0 {
            forge(subject, provers[0].as_ref(), &stolen);
        }
    });
}

/// Proves the right outcome, and claims that of a round with other costs.
fn forge(subject: &dyn Subject, prover: &dyn Prover, stolen: &[G1Affine]) {
    let fixture = fixtures(subject.rule()).into_iter().find(|fixture| {
        let nash = fixture.terms["solution"] == "nash";
        nash && fixture.expected.is_ok() && fixture.rows.len() == 2
    });
    let fixture = fixture.unwrap();
    let settle = |rows: &[Value]| Settlement::new(subject, &fixture.terms, rows, Disclosure::Public);
    let mut settlement = settle(&fixture.rows);
    let (proof, key) = (settlement.prove(prover).unwrap(), prover.verifying_key());
    let honest = settlement.inputs(key, &proof);
    let other = settle(&[json!({"cost": "77"}), json!({"cost": "2"})]).outcome;
    assert_ne!(settlement.outcome, other);
    settlement.outcome = other;
    let claimed = settlement.inputs(key, &proof);
    assert!(settlement.verify(key, &proof).is_err());
    let mut forged = proof.clone();
    let moved = honest.iter().zip(&claimed).zip(&stolen[1..]);
    let moved = moved.map(|((honest, claimed), stolen)| *stolen * (*honest - claimed));
    forged.shards[0].c =
        moved.fold(forged.shards[0].c.into(), |sum: ark_bn254::G1Projective, term| sum + term).into_affine();
    assert_eq!(settlement.verify(key, &forged), Ok(()));
}
