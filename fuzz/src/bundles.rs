//! Bundles: edited by anybody, and signed anew by an operator who may sign anything.

use crate::edit::edited;
use crate::fixtures::{self, Documents};
use crate::notes::keys;
use crate::submissions::{repair, secrets};
use quittance_circuits::json;
use quittance_engine::bundle::{Bundle, Ingredients, note_digest};
use quittance_engine::dispute::exclusion::exclusion;
use quittance_engine::entry::{EntryPayload as _, Kind, Settlement};
use quittance_engine::statement::Statement;
use quittance_engine::verify::{Own, verify};
use quittance_ledger::{
    Entry, Log, MarketKey, MemoryStore, Novelty, SignedCheckpoint, WitnessPolicy, leaf_hash,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

static BUNDLES: Documents = Documents::new(&[
    "reject/verify/honest.bundle.json",
    "reject/verify/witnessed.bundle.json",
    "reject/verify/proof_invalid.bundle.json",
    "reject/verify/range_invalid.bundle.json",
    "reject/verify/closed_early.bundle.json",
]);

/// `bundle`: a byte that says what the rest is: a bundle, edits of one, or edits of entries and statement of one, signed
/// anew.
///
/// # Panics
/// A bundle is written otherwise than it was read, or one is verified that says something else than the honest ones.
pub fn bundle(bytes: &[u8]) {
    let Some((mode, rest)) = bytes.split_first() else { return };
    match mode % 4 {
        0 => read(rest),
        1 | 2 => {
            let Some((which, edits)) = rest.split_first() else { return };
            let (_, honest) = BUNDLES.pick(*which);
            let bytes = json::canonical(&edited(honest, edits));
            read(&bytes);
        }
        _ => forged(rest),
    }
}

fn read(bytes: &[u8]) {
    if let Ok(bundle) = Bundle::parse(bytes) {
        assert_eq!(bundle.to_bytes(), bytes, "one spelling");
    }
    let receipt = RECEIPT.get_or_init(|| fixtures::read("reject/verify/receipt.tlog-proof"));
    for key in keys() {
        let own = Own { receipt: Some(receipt), ..Own::default() };
        for own in [Own::default(), own] {
            if verify(bytes, key, own).verified {
                says_the_same(bytes);
            }
        }
    }
}

static RECEIPT: OnceLock<Vec<u8>> = OnceLock::new();

/// Whoever has no keys can leave out entries that a round can do without, and cosignatures beyond the quorum; what is
/// decided, and about what, stays.
fn says_the_same(bytes: &[u8]) {
    let bundle = Bundle::parse(bytes).expect("what is verified is a bundle");
    let honest = |which| Bundle::parse(&json::canonical(BUNDLES.pick(which).1)).expect("a bundle");
    let same = |other: &Bundle| {
        bundle.statement == other.statement
            && bundle.range == other.range
            && bundle.close_checkpoint == other.close_checkpoint
            && bundle.verifying_key == other.verifying_key
    };
    assert!([0, 1].into_iter().any(|which| same(&honest(which))), "another bundle was verified");
}

/// The honest bundle taken apart.
struct Parts {
    /// Its entries by index, with others where it leaves entries out.
    entries: Vec<Entry>,
    needed: Vec<u64>,
    round: u64,
    close: u64,
    statement: Value,
    verifying_key: Option<Vec<u8>>,
}

fn parts() -> &'static Parts {
    static PARTS: OnceLock<Parts> = OnceLock::new();
    PARTS.get_or_init(|| {
        let bundle = Bundle::parse(&json::canonical(BUNDLES.pick(0).1)).expect("a bundle");
        let decoded = |bytes: &[u8]| Entry::decode(bytes).expect("an entry");
        let first = bundle.range.first.0;
        let mut entries = fixtures::entries(first as usize);
        for proved in &bundle.entries {
            entries[proved.index.0 as usize] = decoded(&proved.entry.0);
        }
        entries.extend(bundle.range.entries.iter().map(|entry| decoded(&entry.0)));
        let close = entries.iter().position(|entry| entry.kind() == Kind::Close.byte());
        Parts {
            needed: bundle.entries.iter().map(|proved| proved.index.0).collect(),
            round: first,
            close: close.expect("the round is closed") as u64,
            statement: json::to_value(&bundle.statement),
            verifying_key: bundle.verifying_key.map(|key| key.0),
            entries,
        }
    })
}

/// `forged := (u8 what ‖ u8 length ‖ edits[length]) …`: of which entry, or of the statement, the edits are. The operator
/// and everybody else sign what comes of it, and ids of what was changed are put right wherever they stand.
fn forged(bytes: &[u8]) {
    let parts = parts();
    let mut statement = parts.statement.clone();
    let mut edits = BTreeMap::new();
    let mut rest = bytes;
    while let Some(([what, length], after)) = rest.split_first_chunk::<2>() {
        let (some, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        match usize::from(*what) {
            what if what < parts.entries.len() => drop(edits.insert(what, some)),
            _ => statement = edited(&statement, some),
        }
    }
    let _ = made_anew(parts, &edits, &statement);
}

fn made_anew(parts: &Parts, edits: &BTreeMap<usize, &[u8]>, statement: &Value) -> Option<()> {
    let log_key = secrets().log_key();
    let mut log = Log::open(MemoryStore::new()).expect("an empty log");
    let mut ids: Vec<(String, String)> = Vec::new();
    let last = parts.entries.len() - 1;
    let mut statement: Statement = json::from_value(statement).ok()?;
    let mut close_note = None;
    for (index, entry) in parts.entries.iter().enumerate() {
        if index == last {
            let text = String::from_utf8(statement.to_bytes()).ok()?;
            statement = json::read_canonical(repair(&text, &ids).as_bytes()).ok()?;
        }
        let mut again = match edits.get(&index) {
            Some(edits) => secrets().resigned(entry.envelope(), &ids, edits)?,
            None if ids.is_empty() && index < last => entry.envelope().clone(),
            None => secrets().resigned(entry.envelope(), &ids, &[])?,
        };
        if index == last
            && let Ok(mut settlement) = json::read_canonical::<Settlement>(again.payload())
        {
            let honest = parts.statement == json::to_value(&statement);
            if !honest {
                settlement.statement = statement.digest();
            }
            let note: &SignedCheckpoint = close_note.as_ref()?;
            settlement.close_checkpoint = note_digest(&note.to_bytes());
            again = settlement.sign(&[secrets().key("operator")]).ok()?;
        }
        let (was, is) = (entry.record_id().to_string(), again.record_id().to_string());
        if was != is {
            ids.push((was, is));
        }
        let again = Entry::from_envelope(entry.kind(), entry.time_ms(), again);
        if log.append(vec![again]).ok()?.first()?.novelty != Novelty::New {
            return None;
        }
        if index as u64 == parts.close {
            close_note = Some(log_key.sign(log.head()));
        }
    }
    let checkpoint = log_key.sign(log.head());
    let from = Ingredients {
        needed: parts.needed.iter().copied().collect(),
        round: parts.round,
        close: parts.close,
        settlement: last as u64,
        close_note: close_note?.to_bytes(),
        before_close: None,
        statement,
        sealed_results: Vec::new(),
        verifying_key: parts.verifying_key.clone(),
    };
    let bundle = Bundle::gather(&log, &checkpoint, from).expect("a log that is in order");
    let entry0 = leaf_hash(&log.entry(0).expect("an entry").encode());
    let key = MarketKey { log: log_key.verifier_key(), entry0, policy: WitnessPolicy::none() };
    let bytes = bundle.to_bytes();
    assert_eq!(Bundle::parse(&bytes).as_ref(), Ok(&bundle));
    let verdict = verify(&bytes, &key, Own::default());
    // The proof is about one statement, and so about one round and one set of rows.
    assert!(
        !verdict.verified || json::to_value(&bundle.statement) == parts.statement,
        "a forgery was verified"
    );
    let receipt = log.receipt(parts.round + 1, &checkpoint).expect("a receipt").to_bytes();
    let _ = exclusion(&receipt, &bytes, None, &key);
    Some(())
}
