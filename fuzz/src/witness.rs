//! What a witness is asked, and what it answers.

use crate::fixtures;
use quittance_ledger::witness::{AddCheckpoint, AskError, Witness, ask};
use quittance_ledger::{
    CosigningKey, Log, LogKey, MemoryAnchor, MemoryStore, SignedCheckpoint, TreeHead, WitnessKey,
};
use std::sync::OnceLock;

/// Entries of the log that is witnessed.
const ENTRIES: u64 = 40;

/// A log, and what it has signed of its first `n` entries, by `n`.
struct Signed {
    log: Log<MemoryStore>,
    key: LogKey,
    notes: Vec<SignedCheckpoint>,
}

fn signed() -> &'static Signed {
    static SIGNED: OnceLock<Signed> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let mut log = Log::open(MemoryStore::new()).expect("an empty log");
        log.append(fixtures::entries(ENTRIES as usize)).expect("appended");
        let key = fixtures::log_key();
        let note = |size| key.sign(log.head_at(size).expect("a head"));
        Signed { notes: (0..=ENTRIES).map(note).collect(), log, key }
    })
}

fn cosigner() -> CosigningKey {
    CosigningKey::new("witness.example/w".parse().expect("a name"), fixtures::key(3))
}

/// A witness of the log that has cosigned its first `size` entries.
fn following(size: u64) -> Witness {
    let (signed, witness) = (signed(), Witness::new(cosigner()));
    witness.follow(signed.key.verifier_key(), Box::new(MemoryAnchor::new())).expect("followed");
    if size > 0 {
        let note = signed.notes[size as usize].clone();
        let first =
            AddCheckpoint { old: 0, proof: quittance_ledger::ConsistencyProof(Vec::new()), checkpoint: note };
        witness.add_checkpoint(&first.to_bytes(), 1000).expect("the first is cosigned");
    }
    witness
}

/// `witness`: from 0xf0 a witness's answers, below that a request.
///
/// # Panics
/// As [`request`] and [`answer`].
pub fn witness(bytes: &[u8]) {
    match bytes.split_first() {
        Some((0xf0.., rest)) => answer(rest),
        _ => request(bytes),
    }
}

/// A byte for the tree that the witness has cosigned, then the body of an `add-checkpoint` request, also with the log's
/// signature put right.
///
/// # Panics
/// A request is written otherwise than it was read, or a tree is cosigned that is not shown to hold the last one.
pub fn request(bytes: &[u8]) {
    let Some((last, body)) = bytes.split_first() else { return };
    let Ok(request) = AddCheckpoint::parse(body) else { return };
    assert_eq!(request.to_bytes(), body, "one spelling");
    let (signed, last) = (signed(), u64::from(*last) % (ENTRIES + 1));
    let checkpoint = signed.key.sign(request.checkpoint.head());
    let repaired = AddCheckpoint { checkpoint, ..request.clone() };
    // The log's own tree of that size, under the proof that was sent.
    let size = usize::try_from(request.checkpoint.head().size).unwrap_or(usize::MAX);
    let known =
        signed.notes.get(size).map(|note| AddCheckpoint { checkpoint: note.clone(), ..request.clone() });
    for request in [Some(request), Some(repaired), known].into_iter().flatten() {
        let witness = following(last);
        let head = request.checkpoint.head();
        if let Ok(line) = witness.add_checkpoint(&request.to_bytes(), 999) {
            let time = witness.key().verify(request.checkpoint.checkpoint(), &line).expect("its own line");
            // Never before the last one.
            assert_eq!(time, if last > 0 { 1000 } else { 999 });
            assert!(request.checkpoint.verify_listing_others(&signed.key.verifier_key()).is_ok());
            assert_eq!(request.old, last);
            let before = if last == 0 { TreeHead::EMPTY } else { signed.notes[last as usize].head() };
            assert!(head.size >= last && request.proof.verify(before, head).is_ok());
            // Having cosigned it, it stands there.
            let again = witness.add_checkpoint(&request.to_bytes(), 999);
            assert_eq!(again.is_ok(), head.size == last);
        }
    }
}

/// What a witness says to the one that asks: three times a byte for the status, a byte for the length, and
/// the body.
///
/// # Panics
/// A cosignature is taken that does not verify.
pub fn answer(bytes: &[u8]) {
    let signed = signed();
    let key: WitnessKey = cosigner().witness_key();
    let note = &signed.notes[ENTRIES as usize];
    let mut rest = bytes;
    let said = ask(&signed.log, &key, note, |request| {
        AddCheckpoint::parse(request).expect("a request that we write");
        let (head, after) = rest.split_first_chunk::<2>().ok_or("gone")?;
        let (body, after) = after.split_at(usize::from(head[1]).min(after.len()));
        rest = after;
        let status = match head[0] % 4 {
            0 => 200,
            1 => 409,
            2 => 400 + u16::from(head[0]),
            _ => u16::from(head[0]),
        };
        // A cosignature that is right, now and then: the fuzzer cannot sign.
        let own = || cosigner().cosign(note.checkpoint(), u64::from(head[1])).to_bytes();
        Ok::<_, &str>((status, if head[0] >= 0xf0 { own() } else { body.to_vec() }))
    });
    match said {
        Ok((line, time)) => assert_eq!(key.verify(note.checkpoint(), &line).ok(), Some(time)),
        Err(AskError::Log(error)) => panic!("a log that is in order: {error}"),
        Err(error) => assert!(error.to_string().len() < 1000),
    }
}
