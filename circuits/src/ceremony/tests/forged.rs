//! Contributors who prove that they know their factors, and hand on other points.

use super::*;
use crate::ceremony::chain::Factors;
use crate::ceremony::key::{KeyPoints, SECRETS};
use crate::ceremony::lagrange::{Bases, ForStart};
use crate::ceremony::phase2::PowersUsed;
use crate::curve::{G1Affine, hash_to_g1};
use crate::field::Fr;
use crate::rules;
use ark_ec::CurveGroup;

/// A contribution with honest proofs over points that `tamper` has had in hand.
fn contribution(tamper: impl FnOnce(&mut KeyPoints)) -> Ceremony {
    let mut ceremony = contributed();
    let (old, head) = (ceremony.values().unwrap().into_flattened(), ceremony.transcript.head());
    let factors = Factors::draw(SECRETS, &mut rng());
    ceremony.scale(&factors, QUIET);
    tamper(&mut ceremony.keys[0]);
    let points = ceremony.points_digest();
    ceremony.transcript.contributions.push(factors.prove(name("Mallory"), points, &head, &old, &mut rng()));
    ceremony
}

fn moved(point: &mut G1Affine) {
    *point = (*point + hash_to_g1("somewhere else")).into_affine();
}

#[test]
fn honest_points_pass() {
    assert!(contribution(|_| {}).verify(ptau(), &mut rng(), QUIET).is_ok());
}

#[test]
fn every_kind_of_point_is_compared() {
    type Tamper = fn(&mut KeyPoints);
    let tampered: [(&str, Tamper); 12] = [
        ("divided by γ", |key| moved(&mut key.instance[0])),
        ("divided by γ", |key| moved(&mut key.instance[1])),
        ("divided by γ", |key| moved(key.instance.last_mut().unwrap())),
        ("multiplied by σ", |key| moved(&mut key.bases_sigma[0])),
        ("multiplied by σ", |key| key.bases_sigma.swap(0, 1)),
        ("divided by δ", |key| moved(&mut key.private[0])),
        ("divided by δ", |key| key.private.swap(0, 1)),
        ("quotient", |key| moved(&mut key.quotient[0])),
        ("quotient", |key| moved(key.quotient.last_mut().unwrap())),
        ("not the same in G1 and G2", |key| moved(&mut key.delta_g1)),
        ("as many points", |key| key.private.truncate(1)),
        ("two are equal", |key| {
            let last = key.instance.len() - 1;
            key.instance[last] = key.instance[last - 1];
        }),
    ];
    for (what, tamper) in tampered {
        let error = refused(&contribution(tamper));
        assert!(error.contains(what), "{what}: {error}");
    }
}

/// All points of a kind times one more factor, so that they are consistent among themselves.
#[test]
fn a_kind_of_points_multiplied_once_more_is_noticed() {
    let factors = [(2u64, 1u64, 1u64), (1, 2, 1), (1, 1, 2)];
    for (gamma, delta, sigma) in factors {
        let secrets = [gamma, delta, sigma].map(Fr::from);
        assert!(!refused(&contribution(|key| key.scale(secrets, QUIET))).is_empty());
    }
}

/// Who skips phase 2 has `γ = δ`; its points and values agree with each other, and no key comes of it.
#[test]
fn phase_2_cannot_be_skipped() {
    let verified = begun().verify(ptau(), &mut rng(), QUIET).unwrap();
    assert_eq!(verified.keys, Vec::new());
    let (key, matrices) = {
        let ceremony = begun();
        let circuit = ceremony.transcript.circuits[0].clone();
        let matrices = circuit.matrices().unwrap();
        let values = ceremony.values().unwrap();
        (ceremony.keys[0].verifying_key(&circuit, &matrices, &ptau().powers, &values[0]), matrices)
    };
    assert!(key.lint().is_err());
    assert!(matrices.constraints() > 0);
}

/// A ceremony of a circuit with a constraint less: its points are right for what it says it is about.
#[test]
fn another_circuit_is_refused() {
    let rule = rules::find(CIRCUIT.0).unwrap().proved().unwrap();
    let whole = rule.matrices(CIRCUIT.1).unwrap();
    let (property, _) = whole.properties()[2];
    let less = whole.without(property);
    assert!(less.constraints() < whole.constraints());
    let mut bases = Bases::<ForStart>::new(ptau());
    let lagrange = bases.of(key::domain(&less).unwrap(), &mut rng()).unwrap();
    let mut mutated = begun();
    mutated.keys[0] = KeyPoints::start(&less, lagrange, &ptau().powers);
    // It says what it is about.
    let mut ceremony = mutated.clone();
    ceremony.transcript.circuits[0].matrices = hex::encode(less.digest());
    multiplied(&mut ceremony, "Mallory");
    assert!(refused(&ceremony).contains("another circuit"));
    // Or it does not.
    let mut ceremony = mutated;
    multiplied(&mut ceremony, "Mallory");
    let error = refused(&ceremony);
    assert!(error.contains("not the circuit's"), "{error}");
}

#[test]
fn other_powers_are_refused() {
    let (mut powers, mut transcript) = (Powers::new(POWER).unwrap(), PowersTranscript::new(POWER));
    powers.contribute(&mut transcript, name("Eve"), &mut rng(), QUIET).unwrap();
    powers.end(&mut transcript, name("beacon"), beacon(), &mut rng(), QUIET).unwrap();
    let other = Ptau { powers, origin: PowersOrigin::Contributions(transcript), prepared: BTreeMap::new() };
    let error = ended().verify(&other, &mut rng(), QUIET).unwrap_err().to_string();
    assert!(error.contains("other powers of tau"), "{error}");
    // The same points without their history.
    let bare = Ptau { origin: PowersOrigin::Imported, ..ptau().clone() };
    let error = ended().verify(&bare, &mut rng(), QUIET).unwrap_err().to_string();
    assert!(error.contains("other powers of tau"), "{error}");
    // And a transcript that names other ones.
    let mut ceremony = contributed();
    ceremony.transcript.powers.power = Count(28);
    assert!(refused(&ceremony).contains("other powers of tau"));
    // Or only the beginning of those that it uses.
    let mut ceremony = begun();
    ceremony.transcript.powers = PowersUsed::new(ptau(), POWER - 1);
    multiplied(&mut ceremony, "Mallory");
    assert!(refused(&ceremony).contains("that the ceremony names"));
}
