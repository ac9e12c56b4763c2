//! The files that people hand on: ours and snarkjs's, whole, cut, and with a byte changed.

use super::*;
use crate::ceremony::lagrange::{Bases, ForProver, ForStart};
use ark_poly::{EvaluationDomain as _, GeneralEvaluationDomain};
use ark_std::rand::Rng;
use std::io::Cursor;
use std::path::PathBuf;

fn written(ptau: &Ptau) -> Vec<u8> {
    let mut bytes = Vec::new();
    ptau.write(&mut bytes).unwrap();
    bytes
}

fn read(bytes: &[u8]) -> Result<Ptau, CeremonyError> {
    Ptau::read(&mut Cursor::new(bytes), &[])
}

fn snarkjs(file: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/ptau").join(file);
    std::fs::read(path).unwrap()
}

/// Files that snarkjs 0.7.6 made: two contributions and a beacon; one also prepared for phase 2.
#[test]
fn powers_from_snarkjs_are_read() {
    for (file, power) in [("snarkjs-9.ptau", 9), ("snarkjs-4-prepared.ptau", 4)] {
        let ptau = read(&snarkjs(file)).unwrap();
        assert_eq!((ptau.powers.power(), &ptau.origin), (power, &PowersOrigin::Imported), "{file}");
        ptau.check(&mut rng()).unwrap();
        // Its points are spelled as snarkjs spells them.
        let (theirs, ours) = (snarkjs(file), written(&ptau));
        let header_and_powers = 12 + 12 + 44 + 12 + ptau.powers.tau_g1.len() * 64;
        assert_eq!(theirs[12..header_and_powers], ours[12..header_and_powers]);
        assert_eq!(read(&ours).unwrap(), ptau);
    }
}

#[test]
fn a_ceremony_on_powers_from_snarkjs() {
    let ptau = read(&snarkjs("snarkjs-9.ptau")).unwrap();
    let mut ceremony = Ceremony::start(&circuits(), &ptau, &mut rng(), QUIET).unwrap();
    ceremony.contribute(&ptau, name("Ada"), &mut rng(), QUIET).unwrap();
    ceremony.end(&ptau, name("beacon"), beacon(), &mut rng(), QUIET).unwrap();
    assert_eq!(ceremony.transcript.powers.origin, PowersOrigin::Imported);
    assert_eq!(ceremony.verify(&ptau, &mut rng(), QUIET).unwrap().keys.len(), 1);
}

/// Powers of any size serve smaller circuits, and their digest is of what is used.
#[test]
fn more_powers_than_needed_are_the_same_powers() {
    let larger = phase1(POWER + 1);
    let smaller = Ptau { powers: truncated(larger.powers.clone(), POWER), ..larger.clone() };
    assert!(smaller.powers.check(&mut rng()).is_ok());
    let mut ceremony = Ceremony::start(&circuits(), &larger, &mut rng(), QUIET).unwrap();
    ceremony.contribute(&larger, name("Ada"), &mut rng(), QUIET).unwrap();
    assert_eq!(ceremony.transcript.powers.digest, hex::encode(smaller.powers.digest()));
    assert!(ceremony.verify(&larger, &mut rng(), QUIET).is_ok());
    // But not as powers of their own: the contributions lead to more.
    assert!(ceremony.verify(&smaller, &mut rng(), QUIET).is_err());
}

/// What snarkjs prepared is what is computed here, and not believed.
#[test]
fn prepared_powers_are_the_powers() {
    let bytes = snarkjs("snarkjs-4-prepared.ptau");
    let ptau = Ptau::read(&mut Cursor::new(&bytes), &[0, 1, 2, 3, 4, 5]).unwrap();
    assert_eq!(ptau.prepared.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let bare = Ptau { prepared: BTreeMap::new(), ..ptau.clone() };
    for power in 0..=4 {
        let domain = GeneralEvaluationDomain::new(1 << power).unwrap();
        let (mut theirs, mut ours) = (Bases::<ForStart>::new(&ptau), Bases::<ForStart>::new(&bare));
        let (theirs, ours) = (theirs.of(domain, &mut rng()).unwrap(), ours.of(domain, &mut rng()).unwrap());
        assert!(theirs.tau == ours.tau && theirs.alpha == ours.alpha && theirs.beta == ours.beta, "{power}");
        let (mut theirs, mut ours) = (Bases::<ForProver>::new(&ptau), Bases::<ForProver>::new(&bare));
        let (theirs, ours) = (theirs.of(domain, &mut rng()).unwrap(), ours.of(domain, &mut rng()).unwrap());
        assert!(theirs.g1 == ours.g1 && theirs.g2 == ours.g2, "{power}");
    }
    let domain = GeneralEvaluationDomain::new(8).unwrap();
    type Tamper = fn(&mut Prepared);
    let tampered: [Tamper; 6] = [
        |prepared| prepared.tau_g1.swap(0, 1),
        |prepared| prepared.tau_g2.swap(6, 7),
        |prepared| prepared.alpha_g1[3] = prepared.tau_g1[3],
        |prepared| prepared.beta_g1[7] = prepared.beta_g1[6],
        |prepared| prepared.beta_g1.truncate(7),
        |prepared| prepared.tau_g2.truncate(7),
    ];
    for tamper in tampered {
        let mut forged = ptau.clone();
        tamper(forged.prepared.get_mut(&3).unwrap());
        let error = Bases::<ForStart>::new(&forged).of(domain, &mut rng()).err().unwrap();
        assert!(error.to_string().contains("prepared"), "{error}");
    }
}

#[test]
fn files_of_powers_that_are_none() {
    let good = written(&phase1(2));
    assert!(read(&good).unwrap().check(&mut rng()).is_ok());
    // Cut anywhere, or with a byte more.
    for length in 0..good.len() {
        assert!(matches!(read(&good[..length]), Err(CeremonyError::Malformed(_))), "{length}");
    }
    assert!(matches!(read(&[&good[..], &[0]].concat()), Err(CeremonyError::Malformed(_))));
    // What is not read: the size of the ceremony that powers were cut from, and snarkjs's own list. And a section by
    // another number is unknown: without our transcript the powers are somebody else's.
    let unread = |at: usize| {
        sections(&good).iter().any(|(number, start, end)| match number {
            1 => (start + 52..*end).contains(&at),
            // Number 6 is taken.
            7 => (start + 1..start + 4).contains(&at) || (start + 12..*end).contains(&at),
            1001 => (*start..start + 4).contains(&at),
            _ => false,
        })
    };
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        let accepted = read(&bytes).is_ok_and(|ptau| ptau.check(&mut rng()).is_ok());
        assert_eq!(accepted, unread(at), "byte {at}");
    }
}

/// The sections of a file: their numbers, and where they start and end.
fn sections(file: &[u8]) -> Vec<(u32, usize, usize)> {
    let (mut sections, mut at) = (Vec::new(), 12);
    while at < file.len() {
        let number = u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let length = u64::from_le_bytes(file[at + 4..at + 12].try_into().unwrap());
        let end = at + 12 + usize::try_from(length).unwrap();
        sections.push((number, at, end));
        at = end;
    }
    sections
}

/// Any byte of a ceremony's file, in its transcript and in its points.
#[test]
fn a_changed_byte_is_refused() {
    let good = ended().to_bytes();
    assert!(Ceremony::from_bytes(&good).unwrap() == ended());
    let transcript = 16 + u64::from_le_bytes(good[8..16].try_into().unwrap()) as usize;
    let mut rng = rng();
    let mut places: Vec<usize> = (0..200).map(|_| rng.gen_range(0..transcript)).collect();
    places.extend((0..50).map(|_| rng.gen_range(transcript..good.len())));
    for at in places {
        let mut bytes = good.clone();
        let bit = 1 << rng.gen_range(0..8);
        bytes[at] ^= bit;
        if let Ok(ceremony) = Ceremony::from_bytes(&bytes) {
            assert!(ceremony.verify(ptau(), &mut rng, QUIET).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn files_of_ceremonies_that_are_none() {
    let good = begun().to_bytes();
    let step = good.len() / 97;
    for length in (0..good.len()).step_by(step) {
        assert!(
            matches!(Ceremony::from_bytes(&good[..length]), Err(CeremonyError::Malformed(_))),
            "{length}"
        );
    }
    assert!(Ceremony::from_bytes(&[&good[..], &[0]].concat()).is_err());
    // Counts that no file has room for.
    let transcript = 16 + u64::from_le_bytes(good[8..16].try_into().unwrap()) as usize;
    for at in [0, 8, 16, 24] {
        for count in [0, 1, u64::MAX, u64::MAX / 64, 1 << 40] {
            let mut bytes = good.clone();
            bytes[transcript + at..transcript + at + 8].copy_from_slice(&u64::to_le_bytes(count));
            let read = Ceremony::from_bytes(&bytes);
            assert!(read.is_err(), "count {at}: {count}");
        }
    }
    let none =
        Ceremony { transcript: Transcript { circuits: Vec::new(), ..begun().transcript }, keys: Vec::new() };
    assert!(Ceremony::from_bytes(&none.to_bytes()).is_err(), "of no circuit");
    let mut twice = begun();
    twice.transcript.circuits.push(twice.transcript.circuits[0].clone());
    twice.keys.push(twice.keys[0].clone());
    assert!(Ceremony::from_bytes(&twice.to_bytes()).is_err(), "of one circuit twice");
    let mut bytes = good;
    bytes[8..16].copy_from_slice(&u64::to_le_bytes(u64::MAX));
    assert!(Ceremony::from_bytes(&bytes).is_err());
}

/// A ceremony as version 1 wrote it: its transcript and its key for ever.
#[test]
fn the_golden_ceremony_leads_to_its_key() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/v1/ceremony/keys.ceremony");
    let bytes = std::fs::read(file).unwrap();
    let ceremony = Ceremony::from_bytes(&bytes).unwrap();
    assert!(ceremony.to_bytes() == bytes);
    let ptau = read(&snarkjs("snarkjs-9.ptau")).unwrap();
    let verified = ceremony.verify(&ptau, &mut rng(), QUIET).unwrap();
    let transcript = "b229ed392916535278a6f53c4d2db2f6b9b022c4461871fd852433124ac8eb63";
    assert_eq!(hex::encode(verified.transcript), transcript);
    let key = "4489774ed7522ad40d8eff32de1294cb42ac465e45c8c853baf978346214ac71";
    assert_eq!(verified.keys[0].key.id().to_string(), key);
    let lukasz = "c797e8cd04cf5fe758f90c13dfbd6534ba734a28f519ecfcff249d1ebedb0e1c";
    assert_eq!(hex::encode(ceremony.transcript.heads()[2]), lukasz);
}
