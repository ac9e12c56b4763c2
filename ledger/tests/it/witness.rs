//! Witnesses: what they cosign, what they decline, and what they remember.

use crate::cosignature::witness;
use crate::support::{ORIGIN, every_small_change, fill, key, log_key, log_of, origin};
use quittance_ledger::witness::{AddCheckpoint, AskError, Declined, Witness, ask, memory_file, read_logs};
use quittance_ledger::{
    Anchor, ConsistencyProof, FileAnchor, Log, LogKey, MemoryAnchor, MemoryStore, SignedCheckpoint,
    StoreError, TreeHash, TreeHead,
};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

/// A memory that its owner can look into, and that can be made to fail.
#[derive(Clone, Default)]
struct Memory {
    inner: Arc<MemoryAnchor>,
    fails: Arc<Mutex<bool>>,
}

impl Anchor for Memory {
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.load()
    }
    fn save(&self, note: &[u8]) -> Result<(), StoreError> {
        if *self.fails.lock().expect("no panic") {
            return Err(StoreError::failed("saving", "disk full"));
        }
        self.inner.save(note)
    }
}

/// A witness that follows the test log.
fn following(memory: &Memory) -> Witness {
    let found = Witness::new(witness(1));
    found.follow(log_key().verifier_key(), Box::new(memory.clone())).expect("a memory of its own");
    found
}

fn request(log: &Log<MemoryStore>, old: u64, new: u64) -> AddCheckpoint {
    let checkpoint = log_key().sign(log.head_at(new).expect("a tree"));
    AddCheckpoint { old, proof: log.prove_consistency(old, new).expect("a proof"), checkpoint }
}

fn status(answer: Result<impl Sized, Declined>) -> u16 {
    answer.map_or_else(|declined| declined.status(), |_| 200)
}

#[test]
fn a_witness_cosigns_what_grows_and_declines_the_rest() {
    let (log, memory) = (log_of(20), Memory::default());
    let witness = following(&memory);
    let add = |request: &AddCheckpoint, time| witness.add_checkpoint(&request.to_bytes(), time);
    let line = add(&request(&log, 0, 5), 100).expect("the first tree");
    assert_eq!(witness.key().verify(request(&log, 0, 5).checkpoint.checkpoint(), &line), Ok(100));
    // The same again, later; then a larger one.
    let line = add(&request(&log, 5, 5), 120).expect("the same tree");
    assert_eq!(witness.key().verify(request(&log, 5, 5).checkpoint.checkpoint(), &line), Ok(120));
    assert_eq!(status(add(&request(&log, 5, 9), 130)), 200);
    // A clock that was put back does not make a larger tree older.
    let line = add(&request(&log, 9, 10), 1).expect("a larger tree");
    assert_eq!(witness.key().verify(request(&log, 9, 10).checkpoint.checkpoint(), &line), Ok(130));
    // 409 names the size; it never goes back.
    for (old, new) in [(0, 12), (5, 9), (5, 5), (9, 12), (11, 12), (0, 0)] {
        let declined = add(&request(&log, old, new), 140).expect_err("not where it stands");
        assert!(matches!(declined, Declined::Conflict { size: 10 }), "{old} to {new}: {declined}");
        assert_eq!(declined.status(), 409);
    }
    // Another tree of the same size is a conflict, of a larger size inconsistent; so is a bad proof.
    let fork = log_key().sign(TreeHead { size: 10, root: TreeHash([8; 32]) });
    let fork = AddCheckpoint { old: 10, proof: ConsistencyProof(vec![]), checkpoint: fork };
    assert_eq!(status(add(&fork, 140)), 409);
    let mut rewritten = request(&log, 10, 12);
    rewritten.checkpoint = log_key().sign(TreeHead { size: 12, root: TreeHash([8; 32]) });
    assert_eq!(status(add(&rewritten, 140)), 422);
    let mut unproved = request(&log, 10, 12);
    unproved.proof.0.pop();
    assert_eq!(status(add(&unproved, 140)), 422);
    let mut superfluous = request(&log, 10, 10);
    superfluous.proof.0.push(TreeHash([1; 32]));
    assert_eq!(status(add(&superfluous, 140)), 422);
    // The old size above the new one; strangers; impostors.
    let backwards = AddCheckpoint { old: 13, ..request(&log, 10, 12) };
    assert_eq!(status(add(&backwards, 140)), 400);
    let head = log.head_at(12).expect("a tree");
    let stranger = LogKey::new(origin("example.com/other"), key(200)).sign(head);
    assert_eq!(status(add(&AddCheckpoint { checkpoint: stranger, ..request(&log, 10, 12) }, 140)), 404);
    let impostor = LogKey::new(origin(ORIGIN), key(201)).sign(head);
    assert_eq!(status(add(&AddCheckpoint { checkpoint: impostor, ..request(&log, 10, 12) }, 140)), 403);
    // After all that it still stands where it stood.
    assert_eq!(status(add(&request(&log, 10, 12), 150)), 200);
}

#[test]
fn the_tree_is_kept_before_the_cosignature_leaves() {
    let (log, memory) = (log_of(20), Memory::default());
    let witness = following(&memory);
    assert_eq!(status(witness.add_checkpoint(&request(&log, 0, 5).to_bytes(), 100)), 200);
    // What cannot be kept is not cosigned, and the witness stands where it stood.
    *memory.fails.lock().expect("no panic") = true;
    assert_eq!(status(witness.add_checkpoint(&request(&log, 5, 7).to_bytes(), 110)), 500);
    *memory.fails.lock().expect("no panic") = false;
    assert_eq!(status(witness.add_checkpoint(&request(&log, 5, 8).to_bytes(), 110)), 200);
    drop(witness);
    // Another process goes on from there.
    let witness = following(&memory);
    let declined = witness.add_checkpoint(&request(&log, 5, 9).to_bytes(), 120);
    assert!(matches!(declined, Err(Declined::Conflict { size: 8 })));
    assert_eq!(status(witness.add_checkpoint(&request(&log, 8, 9).to_bytes(), 120)), 200);
}

#[test]
fn a_memory_of_somebody_else_is_refused() {
    let log = log_of(5);
    let note = log_key().sign(log.head());
    let mut strange = note.clone();
    strange.add_line(witness(2).cosign(note.checkpoint(), 1)).expect("a new line");
    let mut own = note.clone();
    own.add_line(witness(1).cosign(note.checkpoint(), 1)).expect("a new line");
    for (bytes, code) in [
        (own.to_bytes(), Ok(log.head())),
        (note.to_bytes(), Err("checkpoint_signature_invalid")),
        (strange.to_bytes(), Err("checkpoint_signature_invalid")),
        (b"nothing".to_vec(), Err("checkpoint_malformed")),
    ] {
        let memory = Memory::default();
        memory.save(&bytes).expect("saved");
        let found = Witness::new(witness(1)).follow(log_key().verifier_key(), Box::new(memory));
        assert_eq!(found.map_err(|error| error.code()), code);
    }
    let twice = following(&Memory::default());
    let again = twice.follow(log_key().verifier_key(), Box::new(Memory::default()));
    assert_eq!(again.map_err(|error| error.code()).map(drop), Err("store_presence"));
}

#[test]
fn several_logs_are_kept_apart_and_in_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let other = LogKey::new(origin("example.com:8080/other"), key(7));
    let file = |key: &LogKey| folder.path().join(memory_file(key.origin()));
    let started = || {
        let witness = Witness::new(witness(1));
        for key in [&log_key(), &other] {
            witness.follow(key.verifier_key(), Box::new(FileAnchor::at(file(key)))).expect("a memory");
        }
        witness
    };
    let log = log_of(9);
    let add = |witness: &Witness, key: &LogKey, old, new| {
        let checkpoint = key.sign(log.head_at(new).expect("a tree"));
        let request = AddCheckpoint { checkpoint, ..request(&log, old, new) };
        status(witness.add_checkpoint(&request.to_bytes(), 100))
    };
    let witness = started();
    assert_eq!(add(&witness, &log_key(), 0, 4), 200);
    assert_eq!(add(&witness, &other, 0, 7), 200);
    assert_eq!(add(&witness, &other, 4, 7), 409);
    let witness = started();
    assert_eq!(add(&witness, &log_key(), 4, 9), 200);
    assert_eq!(add(&witness, &other, 7, 8), 200);
    assert_eq!(
        file(&other).file_name().and_then(|name| name.to_str()),
        Some("example.com%3A8080%2Fother.checkpoint")
    );
}

#[test]
fn requests_have_one_spelling() {
    let log = log_of(20);
    for request in [request(&log, 5, 12), request(&log, 0, 3), request(&log, 3, 3)] {
        assert_eq!(AddCheckpoint::parse(&request.to_bytes()), Ok(request));
    }
    let text = String::from_utf8(request(&log, 5, 12).to_bytes()).expect("UTF-8");
    for bad in [
        String::new(),
        text.replace("old 5", "old 05"),
        text.replace("old 5", "old +5"),
        text.replace("old 5", "old"),
        text.replace("old 5", "old 18446744073709551616"),
        text.replace("old 5", "size 5"),
        text.replace("\n\n", "\n"),
        text.replace('\n', "\r\n"),
        text.replacen('=', "", 1),
        text.replacen('\n', &format!("\n{}", "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=\n".repeat(64)), 1),
        format!("{text}{}", "x".repeat(200_000)),
    ] {
        let code = AddCheckpoint::parse(bad.as_bytes()).map_err(|error| error.code()).map(drop);
        assert_eq!(code, Err("checkpoint_malformed"), "{bad}");
    }
    let mut longest = request(&log, 3, 3);
    longest.proof = ConsistencyProof(vec![TreeHash([7; 32]); 63]);
    assert_eq!(AddCheckpoint::parse(&longest.to_bytes()), Ok(longest));
    // A note of 128 KiB, 63 lines of proof and the first one: what is longer is not looked at.
    let limit = 128 * 1024 + 63 * 48 + 32;
    let refused = |length: usize| {
        let body = format!("{text}{}", "x".repeat(length - text.len()));
        AddCheckpoint::parse(body.as_bytes()).expect_err("no note").to_string()
    };
    assert!(!refused(limit).contains("too long"), "{}", refused(limit));
    assert!(refused(limit + 1).contains("too long"));
}

#[test]
fn every_small_change_of_a_request_is_declined_or_the_same() {
    let log = log_of(12);
    let memory = Memory::default();
    let witness = following(&memory);
    assert_eq!(status(witness.add_checkpoint(&request(&log, 0, 5).to_bytes(), 100)), 200);
    let request = request(&log, 5, 12);
    let kept = memory.load().expect("kept");
    every_small_change(&request.to_bytes(), |changed| {
        let status = status(witness.add_checkpoint(changed, 110));
        assert!(
            [400, 403, 404, 409, 422].contains(&status),
            "{status}: {}",
            String::from_utf8_lossy(changed)
        );
    });
    assert_eq!(memory.load().expect("kept"), kept);
    assert_eq!(status(witness.add_checkpoint(&request.to_bytes(), 110)), 200);
}

/// A post that hands the request to a witness and speaks HTTP's numbers.
fn post(witness: &Witness, body: &[u8], time: u64) -> Result<(u16, Vec<u8>), Infallible> {
    Ok(match witness.add_checkpoint(body, time) {
        Ok(line) => (200, line.to_bytes()),
        Err(Declined::Conflict { size }) => (409, format!("{size}\n").into_bytes()),
        Err(declined) => (declined.status(), declined.to_string().into_bytes()),
    })
}

#[test]
fn a_log_asks_its_witness() {
    let mut log = log_of(5);
    let witness = following(&Memory::default());
    let key = witness.key();
    let mut requests = 0;
    for (size, expected) in [(5, 1), (5, 2), (9, 2), (20, 2)] {
        fill(&mut log, size);
        let note = log_key().sign(log.head());
        requests = 0;
        let asked = ask(&log, &key, &note, |body| {
            requests += 1;
            post(&witness, body, 100 + size)
        });
        let (line, time) = asked.expect("cosigned");
        assert_eq!((key.verify(note.checkpoint(), &line), time), (Ok(time), 100 + size));
        assert_eq!(requests, expected, "a new witness is asked once, others twice");
    }
    // A witness that has seen more, or another tree.
    let older = log_key().sign(log.head_at(9).expect("a tree"));
    let ahead = ask(&log, &key, &older, |body| post(&witness, body, 1));
    assert!(matches!(ahead, Err(AskError::Ahead { known: 20, asked: 9 })), "{ahead:?}");
    assert_eq!(requests, 2);
    let elsewhere = following(&Memory::default());
    let fork = log_key().sign(TreeHead { size: 20, root: TreeHash([8; 32]) });
    let fork = AddCheckpoint { old: 0, proof: ConsistencyProof(vec![]), checkpoint: fork };
    assert_eq!(status(elsewhere.add_checkpoint(&fork.to_bytes(), 1)), 200);
    let note = log_key().sign(log.head());
    let forked = ask(&log, &key, &note, |body| post(&elsewhere, body, 1));
    assert!(matches!(forked, Err(AskError::Ahead { known: 20, asked: 20 })), "{forked:?}");
}

#[test]
fn lies_and_nonsense_of_a_witness_are_no_cosignature() {
    let log = log_of(5);
    let key = witness(1).witness_key();
    let note = log_key().sign(log.head());
    let line = |bytes: Vec<u8>| (200, bytes);
    let elsewhere = log_key().sign(TreeHead { size: 5, root: TreeHash([8; 32]) });
    for (answer, wrong) in [
        // Another root; another key; an old cosignature of another tree; no line at all.
        (line(witness(1).cosign(elsewhere.checkpoint(), 9).to_bytes()), true),
        (line(witness(2).cosign(note.checkpoint(), 9).to_bytes()), true),
        (line(b"hello\n".to_vec()), true),
        (line(vec![0xff; 10]), true),
        ((409, b"no number\n".to_vec()), true),
        ((409, b"3".to_vec()), true),
        ((403, b"not you\x1b[2J".to_vec()), false),
        ((500, b"x".repeat(100_000)), false),
    ] {
        let asked = ask(&log, &key, &note, |_| Ok::<_, Infallible>(answer.clone()));
        match asked {
            Err(AskError::Wrong) => assert!(wrong, "{answer:?}"),
            Err(AskError::Status { status, text }) => {
                assert!(!wrong && status == answer.0);
                assert!(text.len() <= 200 && !text.contains('\x1b'), "{text}");
            }
            other => panic!("{answer:?}: {other:?}"),
        }
    }
    // Among lines of strangers it finds its own.
    let lines =
        [witness(2), witness(1)].map(|witness| witness.cosign(note.checkpoint(), 9).to_bytes()).concat();
    let asked = ask(&log, &key, &note, |_| Ok::<_, Infallible>((200, lines.clone())));
    assert_eq!(asked.expect("its own").1, 9);
    // A witness that keeps naming sizes ends the conversation.
    let mut size = 0;
    let endless = ask(&log, &key, &note, |_| {
        size += 1;
        Ok::<_, Infallible>((409, format!("{size}\n").into_bytes()))
    });
    assert!(matches!(endless, Err(AskError::Ahead { known: 3, asked: 5 })), "{endless:?}");
}

#[test]
fn the_logs_of_a_witness_are_a_text() {
    let (first, second) = (log_key().verifier_key(), LogKey::new(origin("a.example"), key(3)).verifier_key());
    let text = format!("# followed\n\n{first}\n  {second}\n");
    assert_eq!(read_logs(&text), Ok(vec![first.clone(), second]));
    assert_eq!(read_logs(""), Ok(vec![]));
    for bad in [format!("{first}\n{first}\n"), "nobody\n".into(), witness(1).witness_key().to_string()] {
        assert_eq!(read_logs(&bad).map_err(|error| error.code()).map(drop), Err("file_malformed"), "{bad}");
    }
}

#[test]
fn the_documented_request_is_one() {
    let source = include_str!("../../src/witness.rs");
    let (_, example) = source.split_once("//! ```text\n").expect("an example");
    let (example, _) = example.split_once("//! ```\n").expect("its end");
    let line = |line: &str| format!("{}\n", line.strip_prefix("//!").expect("a comment").trim());
    let example: String = example.lines().map(line).collect();
    let log = log_of(3);
    let expected = String::from_utf8(request(&log, 1, 3).to_bytes()).expect("UTF-8");
    assert_eq!(example, expected);
    let note = SignedCheckpoint::parse(example.split_once("\n\n").expect("a note").1.as_bytes());
    assert_eq!(note.expect("a note").verify(&log_key().verifier_key()), Ok(log.head()));
}
