//! What is handed in to an operator: signed, and about a market that has entries.

use crate::edit::edited;
use crate::fixtures;
use quittance_circuits::json;
use quittance_engine::Market;
use quittance_engine::admit::admit;
use quittance_engine::entry::entry_of;
use quittance_engine::refusal::Refusal;
use quittance_engine::reject::Code;
use quittance_engine::seal::HpkeSecret;
use quittance_ledger::{Entry, Envelope, KeyId, LogKey, PublicKey, SignedCheckpoint, SigningKey, TreeHead};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Everybody in the market of `fixtures/reject/`.
const NAMES: [&str; 8] = ["log", "operator", "north", "river", "judge", "acme", "birch", "cedar"];

/// The public secrets of that market.
pub(crate) struct Secrets {
    by_name: BTreeMap<&'static str, SigningKey>,
    by_id: BTreeMap<KeyId, SigningKey>,
}

pub(crate) fn secrets() -> &'static Secrets {
    static SECRETS: OnceLock<Secrets> = OnceLock::new();
    SECRETS.get_or_init(|| {
        // `fixtures/reject/README.md` says how they are derived.
        let secret = |name| blake3::derive_key("quittance test secret", format!("{name}/signing").as_bytes());
        let by_name: BTreeMap<_, _> =
            NAMES.into_iter().map(|name| (name, SigningKey::from_bytes(&secret(name)))).collect();
        let by_id = by_name.values().map(|key| (PublicKey::from(key).id(), key.clone())).collect();
        Secrets { by_name, by_id }
    })
}

impl Secrets {
    pub(crate) fn key(&self, name: &str) -> &SigningKey {
        &self.by_name[name]
    }

    pub(crate) fn log_key(&self) -> LogKey {
        LogKey::new("example.com/models".parse().expect("an origin"), self.key("log").clone())
    }

    /// A file after edits of its payload, signed anew by those who had signed it; nothing if it is no JSON, too long,
    /// or signed by a stranger.
    pub(crate) fn resigned(
        &self,
        envelope: &Envelope,
        ids: &[(String, String)],
        edits: &[u8],
    ) -> Option<Envelope> {
        let text = repair(std::str::from_utf8(envelope.payload()).ok()?, ids);
        let payload = json::canonical(&edited(&serde_json::from_str(&text).ok()?, edits));
        let keys: Option<Vec<&SigningKey>> =
            envelope.signatures().iter().map(|signature| self.by_id.get(&signature.key_id)).collect();
        Envelope::sign(envelope.payload_type(), payload, &keys?).ok()
    }
}

/// A text with the ids of entries that were changed put right.
pub(crate) fn repair(text: &str, ids: &[(String, String)]) -> String {
    ids.iter().fold(text.to_owned(), |text, (was, is)| text.replace(was, is))
}

/// A file that is handed in, and the market that it is handed in to.
struct Case {
    market: Market,
    file: Envelope,
}

/// The cases of `fixtures/reject/`, each with the ledger that it is about.
fn cases() -> &'static Vec<Case> {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let entries = |list: &Value| -> Vec<Entry> {
            list.as_array().into_iter().flatten().filter_map(decoded).collect()
        };
        let ledger = entries(&fixtures::document("reject/ledger.json")["entries"]);
        let mut before = Market::open(&ledger[0]).expect("a market");
        for entry in &ledger[1..] {
            before.apply(before.next_index(), entry).expect("a ledger");
        }
        let mut cases = Vec::new();
        for code in Code::ALL {
            let name = format!("reject/{code}.json");
            if !fixtures::path(&name).exists() {
                continue;
            }
            let found = fixtures::document(&name);
            for case in found["cases"].as_array().into_iter().flatten() {
                let admit = case["admit"].as_str().and_then(|text| hex::decode(text).ok());
                let admit = admit.and_then(|file| Envelope::parse(&file).ok());
                let apply = decoded(&case["apply"]).map(Entry::into_envelope);
                let Some(file) = admit.or(apply) else { continue };
                let (mut market, more) = (before.clone(), entries(&case["entries"]));
                let taken = more.iter().try_for_each(|entry| market.apply(market.next_index(), entry));
                if taken.is_ok() {
                    cases.push(Case { market, file });
                }
            }
        }
        cases
    })
}

fn decoded(text: &Value) -> Option<Entry> {
    Entry::decode(&hex::decode(text.as_str()?).ok()?).ok()
}

fn hpke() -> &'static HpkeSecret {
    static SECRET: OnceLock<HpkeSecret> = OnceLock::new();
    SECRET.get_or_init(|| {
        let found = fixtures::document("reject/ledger.json");
        let bytes = found["hpke_secret"].as_str().and_then(|text| hex::decode(text).ok());
        let bytes: [u8; 32] = bytes.and_then(|bytes| bytes.try_into().ok()).expect("32 bytes");
        HpkeSecret::from_bytes(&bytes)
    })
}

/// `submission`: up to three times a byte for the case, a byte for the length, and edits of its file; each is signed anew
/// and handed in to the market of the first.
///
/// # Panics
/// The market judges a file otherwise when it is asked again, or an answer does not verify.
pub fn submission(bytes: &[u8]) {
    let (cases, mut rest) = (cases(), bytes);
    let Some(first) = bytes.first() else { return };
    let mut market = cases[usize::from(*first) % cases.len()].market.clone();
    for _ in 0..3 {
        let Some(([which, length], after)) = rest.split_first_chunk::<2>() else { return };
        let (edits, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        let file = &cases[usize::from(*which) % cases.len()].file;
        if let Some(file) = secrets().resigned(file, &[], edits) {
            hand_in(&mut market, &file);
        }
    }
}

fn hand_in(market: &mut Market, file: &Envelope) {
    let bytes = file.to_json().into_bytes();
    let before = market.clone();
    let admitted = admit(market, |_| Some(hpke()), &bytes, 7);
    assert!(*market == before, "a judgement changes nothing");
    let applied = entry_of(file.clone(), 7).and_then(|entry| market.apply(market.next_index(), &entry));
    match admitted {
        Ok(admitted) => {
            assert_eq!(applied, Ok(()), "what is admitted is taken");
            assert_eq!(admitted.entry.envelope(), file);
            // As a duplicate, or as what the entry itself has ruled out: a second bid, a round that is closed by now.
            assert!(admit(market, |_| Some(hpke()), &bytes, 8).is_err(), "the same file was admitted twice");
        }
        Err(reject) => {
            // A row may be of the market's form and not open: then the operator alone refuses it.
            assert!(applied.is_err() || matches!(reject.code, Code::OpeningMismatch | Code::KeyMismatch));
            if applied.is_err() {
                assert!(*market == before, "a refused entry leaves no trace");
            }
            if reject.code.is_refusal() {
                answered(&before, &bytes, &reject);
            }
        }
    }
}

/// A refusal that the operator signs verifies.
fn answered(market: &Market, submission: &[u8], reject: &quittance_engine::Reject) {
    let note: SignedCheckpoint = secrets().log_key().sign(TreeHead::EMPTY);
    let refusal = Refusal::new(market, submission, reject, &note);
    let signed = refusal.sign(secrets().key("operator")).expect("a refusal is short").to_json();
    let operator = PublicKey::from(secrets().key("operator"));
    let read = Refusal::verify(signed.as_bytes(), operator, market.log_key());
    assert_eq!(read.as_ref(), Ok(&refusal));
    assert!(refusal.is_about(submission));
}
