//! Phase 1: powers that are none.

use super::*;
use crate::curve::{G1Affine, hash_to_g1};
use ark_bn254::G2Affine;
use ark_ec::{AffineRepr, CurveGroup};

fn small() -> Ptau {
    static SMALL: OnceLock<Ptau> = OnceLock::new();
    SMALL.get_or_init(|| phase1(3)).clone()
}

fn moved(point: &mut G1Affine) {
    *point = (*point + hash_to_g1("somewhere else")).into_affine();
}

fn twice(point: &mut G2Affine) {
    *point = (*point + *point).into_affine();
}

#[test]
fn powers_that_are_none_are_refused() {
    assert!(small().check(&mut rng()).is_ok());
    type Tamper = fn(&mut Powers);
    let tampered: [(&str, Tamper); 15] = [
        ("start with the generators", |powers| moved(&mut powers.tau_g1[0])),
        ("start with the generators", |powers| twice(&mut powers.tau_g2[0])),
        ("powers of τ in G1", |powers| moved(&mut powers.tau_g1[1])),
        ("powers of τ in G1", |powers| moved(&mut powers.tau_g1[7])),
        ("powers of τ in G1", |powers| moved(powers.tau_g1.last_mut().unwrap())),
        ("powers of τ in G1", |powers| twice(&mut powers.tau_g2[1])),
        ("powers of τ in G2", |powers| twice(&mut powers.tau_g2[2])),
        ("powers of τ in G2", |powers| twice(powers.tau_g2.last_mut().unwrap())),
        ("times α", |powers| moved(&mut powers.alpha_g1[0])),
        ("times α", |powers| moved(powers.alpha_g1.last_mut().unwrap())),
        ("times β", |powers| moved(&mut powers.beta_g1[3])),
        ("not the same in G1 and G2", |powers| twice(&mut powers.beta_g2)),
        ("0 or 1", |powers| powers.alpha_g1.iter_mut().for_each(|point| *point = G1Affine::identity())),
        ("0 or 1", |powers| powers.beta_g1[0] = G1Affine::generator()),
        ("0 or 1", |powers| *powers = Powers::new(3).unwrap()),
    ];
    for (what, tamper) in tampered {
        let mut ptau = small();
        tamper(&mut ptau.powers);
        let error = ptau.powers.check(&mut rng()).unwrap_err().to_string();
        assert!(error.contains(what), "{what}: {error}");
        assert!(ptau.check(&mut rng()).is_err());
    }
}

/// Powers of secrets that somebody knows, under the transcript of others.
#[test]
fn powers_of_others_are_refused() {
    let (mut powers, mut alone) = (Powers::new(3).unwrap(), PowersTranscript::new(3));
    powers.contribute(&mut alone, name("Mallory"), &mut rng(), QUIET).unwrap();
    assert!(powers.check(&mut rng()).is_ok());
    let forged = Ptau { powers, ..small() };
    let error = forged.check(&mut rng()).unwrap_err().to_string();
    assert!(error.contains("not those that the contributions lead to"), "{error}");
    // A part of the right ones.
    let Ptau { powers, origin, .. } = small();
    let error = Ptau { powers: truncated(powers, 2), origin, prepared: BTreeMap::new() }
        .check(&mut rng())
        .unwrap_err()
        .to_string();
    assert!(error.contains("not those that the contributions lead to"), "{error}");
}

#[test]
fn phase_1_ends_with_its_beacon() {
    let Ptau { mut powers, origin, .. } = small();
    let PowersOrigin::Contributions(mut transcript) = origin else { panic!("ours") };
    for error in [
        powers.contribute(&mut transcript, name("Eve"), &mut rng(), QUIET).unwrap_err(),
        powers.end(&mut transcript, name("again"), beacon(), &mut rng(), QUIET).unwrap_err(),
    ] {
        assert!(error.to_string().contains("ended"), "{error}");
    }
    let error =
        Powers::new(3).unwrap().end(&mut PowersTranscript::new(3), name("b"), beacon(), &mut rng(), QUIET);
    assert!(error.unwrap_err().to_string().contains("nobody has contributed"));
    // Powers that were changed are not built upon.
    let (mut powers, mut transcript) = (Powers::new(3).unwrap(), PowersTranscript::new(3));
    powers.contribute(&mut transcript, name("Ada"), &mut rng(), QUIET).unwrap();
    moved(&mut powers.tau_g1[5]);
    assert!(powers.contribute(&mut transcript, name("Bob"), &mut rng(), QUIET).is_err());
}

#[test]
fn a_size_is_from_1_to_28() {
    for power in [0, 29, u32::MAX] {
        assert!(matches!(Powers::new(power), Err(CeremonyError::Unfit(_))), "{power}");
    }
}
