//! From nothing to a proved round.

use super::*;
use crate::proved::Prover;
use crate::rule::Disclosure;
use crate::testing::settlement::Settlement;
use crate::testing::{Subject, fixtures, for_every_circuit};

fn provers(ceremony: &Ceremony) -> Result<Vec<Box<dyn Prover>>, CeremonyError> {
    let mut provers = Vec::new();
    let any = |_: &[VerifiedKey]| Ok(());
    ceremony.finish(ptau(), &mut rng(), QUIET, any, |prover| {
        provers.push(prover);
        Ok::<_, CeremonyError>(())
    })?;
    Ok(provers)
}

#[test]
fn a_round_is_proved_under_a_key_of_many() {
    let ceremony = Ceremony::from_bytes(&ended().to_bytes()).unwrap();
    let verified = ceremony.verify(ptau(), &mut rng(), QUIET).unwrap();
    assert_eq!(
        verified.transcript,
        *blake3::hash(&crate::json::to_canonical(&ceremony.transcript)).as_bytes()
    );
    let provers = provers(&ceremony).unwrap();
    let [prover] = &provers[..] else { panic!("one circuit, one key") };
    assert_eq!(*prover.verifying_key(), verified.keys[0].key);
    // The key is one like any other: read, linted, of the pinned circuit.
    let bytes = prover.verifying_key().to_bytes();
    assert_eq!(crate::proof_system::VerifyingKey::from_bytes(&bytes).as_ref(), Ok(prover.verifying_key()));
    for_every_circuit(|subject: &dyn Subject, _| {
        if subject.rule().id() != CIRCUIT.0 {
            return;
        }
        let fixture = fixtures(subject.rule())
            .into_iter()
            .find(|fixture| fixture.expected.is_ok() && fixture.rows.len() == 2);
        let fixture = fixture.unwrap();
        for disclosure in [Disclosure::Public, Disclosure::Sealed] {
            let settlement = Settlement::new(subject, &fixture.terms, &fixture.rows, disclosure);
            let proof = settlement.prove(prover.as_ref()).unwrap();
            assert_eq!(settlement.verify(prover.verifying_key(), &proof), Ok(()));
            let alone = settlement.key(CIRCUIT.1);
            assert!(settlement.verify(alone.verifying_key(), &proof).is_err(), "another key");
        }
    });
}

/// Whoever has taken part finds the same key, from the transcript and the powers alone.
#[test]
fn keys_follow_from_the_contributions() {
    let (one, other) = (provers(&ended()).unwrap(), provers(&ended()).unwrap());
    assert_eq!(one[0].verifying_key(), other[0].verifying_key());
    assert_eq!(one[0].to_bytes(), other[0].to_bytes());
    let mut longer = contributed();
    longer.contribute(ptau(), name("Eve"), &mut rng(), QUIET).unwrap();
    longer.end(ptau(), name("beacon"), beacon(), &mut rng(), QUIET).unwrap();
    assert_ne!(provers(&longer).unwrap()[0].verifying_key(), one[0].verifying_key());
}

#[test]
fn there_is_no_key_before_the_beacon() {
    for ceremony in [begun(), contributed()] {
        assert_eq!(ceremony.verify(ptau(), &mut rng(), QUIET).unwrap().keys, Vec::new());
        let error = provers(&ceremony).err().unwrap();
        assert!(matches!(&error, CeremonyError::Unfit(what) if what.contains("beacon")), "{error}");
    }
}

#[test]
fn what_cannot_be_begun() {
    let start = |circuits: &[(&str, &str)], ptau: &Ptau| {
        let circuits: Vec<_> = circuits.iter().map(|(rule, tier)| ((*rule).into(), (*tier).into())).collect();
        Ceremony::start(&circuits, ptau, &mut rng(), QUIET).err().unwrap().to_string()
    };
    assert!(start(&[], ptau()).contains("no circuit"));
    assert!(start(&[CIRCUIT, CIRCUIT], ptau()).contains("twice"));
    assert!(start(&[(CIRCUIT.0, "2")], ptau()).contains("no circuit of size 2"));
    assert!(start(&[("data-coalition/v1", "2")], ptau()).contains("knows no circuit"));
    assert!(start(&[("uniform-price/v9", "256")], ptau()).contains("knows no circuit"));
    assert!(start(&[CIRCUIT], &phase1(POWER - 1)).contains("size"));
    // Phase 1 has no beacon.
    let mut open = ptau().clone();
    let PowersOrigin::Contributions(transcript) = &mut open.origin else { panic!("ours") };
    transcript.contributions.truncate(0);
    let error = start(&[CIRCUIT], &open);
    assert!(error.contains("not those that the contributions lead to"), "{error}");
    let (mut powers, mut transcript) = (Powers::new(POWER).unwrap(), PowersTranscript::new(POWER));
    powers.contribute(&mut transcript, name("Ada"), &mut rng(), QUIET).unwrap();
    let error = start(
        &[CIRCUIT],
        &Ptau { powers, origin: PowersOrigin::Contributions(transcript), prepared: BTreeMap::new() },
    );
    assert!(error.contains("beacon"), "{error}");
    let nobody = Ptau {
        powers: Powers::new(POWER).unwrap(),
        origin: PowersOrigin::Imported,
        prepared: BTreeMap::new(),
    };
    assert!(start(&[CIRCUIT], &nobody).contains("nobody has contributed"));
}
