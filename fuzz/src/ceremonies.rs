//! Files that contributors to a key ceremony hand on.

use crate::edit::edited;
use crate::fixtures;
use quittance_circuits::ceremony::{Ceremony, Ptau};
use quittance_circuits::json;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;
use std::io::Cursor;
use std::sync::OnceLock;

/// A ceremony that is right, and the powers of tau that it rests on.
const KEYS: &str = "golden/v1/ceremony/keys.ceremony";
const POWERS: &str = "ptau/snarkjs-9.ptau";
/// Bytes of a ceremony's file before its transcript: magic, and the transcript's length.
const HEAD: usize = 16;

/// `ceremony`: a byte that says what the rest is: powers of tau, a ceremony, edits of the transcript of one that is right, or
/// places of its file and what stands there instead.
///
/// # Panics
/// A file is written otherwise than it was read, or a changed ceremony is verified.
pub fn ceremony(bytes: &[u8]) {
    let Some((what, rest)) = bytes.split_first() else { return };
    match what % 4 {
        0 => powers(rest),
        1 => drop(keys(rest)),
        2 => changed(&with_transcript(&json::canonical(&edited(transcript(), rest)))),
        _ => {
            let mut file = right().to_vec();
            for place in rest.as_chunks::<4>().0.iter().take(8) {
                let at = u32::from_be_bytes([0, place[0], place[1], place[2]]) as usize % file.len();
                file[at] = place[3];
            }
            changed(&file);
        }
    }
}

fn powers(bytes: &[u8]) {
    let Ok(ptau) = Ptau::read(&mut Cursor::new(bytes), &[0, 1, 2]) else { return };
    let mut written = Vec::new();
    ptau.write(&mut written).unwrap_or_else(|error| panic!("{error}"));
    let again = Ptau::read(&mut Cursor::new(&written), &[]);
    let again = again.unwrap_or_else(|error| panic!("{error}"));
    assert!(again.powers == ptau.powers && again.origin == ptau.origin, "written as it was read");
}

fn keys(bytes: &[u8]) -> Option<Ceremony> {
    let ceremony = Ceremony::from_bytes(bytes).ok()?;
    assert!(ceremony.to_bytes() == bytes, "one encoding");
    Some(ceremony)
}

/// Nothing that was changed is verified.
fn changed(file: &[u8]) {
    static POWERS_READ: OnceLock<Ptau> = OnceLock::new();
    let Some(ceremony) = keys(file).filter(|_| file != right()) else { return };
    let ptau = POWERS_READ.get_or_init(|| {
        let read = Ptau::read(&mut Cursor::new(fixtures::read(POWERS)), &[]);
        read.unwrap_or_else(|error| panic!("{error}"))
    });
    let verified = ceremony.verify(ptau, &mut StdRng::seed_from_u64(1), &|_| {});
    // A ceremony that is cut short is right so far; it leads to no keys.
    let leads = verified.is_ok_and(|verified| !verified.keys.is_empty());
    assert!(!leads, "a changed ceremony leads to keys");
}

fn right() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| fixtures::read(KEYS))
}

/// The transcript of the right one, and where the points begin.
fn parts() -> &'static (Value, usize) {
    static PARTS: OnceLock<(Value, usize)> = OnceLock::new();
    PARTS.get_or_init(|| {
        let length = right()[HEAD - 8..HEAD].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let transcript = json::parse(&right()[HEAD..HEAD + length]);
        (transcript.unwrap_or_else(|error| panic!("{error}")), HEAD + length)
    })
}

fn transcript() -> &'static Value {
    &parts().0
}

/// The right one's file with another transcript.
fn with_transcript(transcript: &[u8]) -> Vec<u8> {
    let (_, points) = parts();
    let length = (transcript.len() as u64).to_le_bytes();
    [&right()[..HEAD - 8], &length, transcript, &right()[*points..]].concat()
}
