//! Writes `fixtures/vectors/` again, but for the generators: what somebody who writes a verifier compares with, step by step.
//! Formats are frozen, so the same bytes come out each time.

use quittance_circuits::curve::{G1Affine, G2Affine, g1_from_bytes, g1_to_bytes, g2_from_bytes, g2_to_bytes};
use quittance_circuits::field::{Fr, from_bytes, to_bytes};
use quittance_circuits::proof_system::VerifyingKey;
use quittance_circuits::sealed::{Blinding, Opening};
use quittance_engine::bundle::Bundle;
use quittance_engine::statement::Statement;
use quittance_engine::verify::trace;
use quittance_ledger::{Entry, MarketKey, leaf_hash};
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

/// Where the golden market is, below `fixtures/`.
const MARKET: &str = "golden/v1/market";

fn bundle_file(round: usize) -> String {
    format!("{MARKET}/rounds/{round}/bundle.json")
}

fn bundle(round: usize) -> Result<Bundle> {
    Ok(Bundle::parse(&fs::read(fixtures().join(bundle_file(round)))?)?)
}

fn write(name: &str, vectors: &Value) -> Result<()> {
    let mut text = serde_json::to_string_pretty(vectors)?;
    text.push('\n');
    Ok(fs::write(fixtures().join("vectors").join(name), text)?)
}

/// Encodings of points and scalars, right and wrong.
fn encodings() -> Result<Value> {
    let bytes = |text: &str| -> Result<Vec<u8>> { Ok(hex::decode(text)?) };
    let key = bundle(1)?.verifying_key.ok_or("no key")?.0;
    let tier = VerifyingKey::from_bytes(&key)?.tier;
    // Magic, two names after their lengths, two digests.
    let (_, points) = key.split_at(8 + 1 + tier.rule.len() + 1 + tier.size.len() + 64);
    let (alpha, rest) = points.split_at(32);
    let (beta, _) = rest.split_at(64);
    let flipped = |encoded: &[u8], at: usize, bit: u8| {
        let mut encoded = encoded.to_vec();
        encoded[at] ^= bit;
        hex::encode(encoded)
    };
    let modulus_q = "47fd7cd8168c203c8dca7168916a81975d588181b64550b829a031e1724e6430";
    let modulus_r = "010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430";
    let mut g1 = Vec::new();
    for (what, text) in [
        ("α of a circuit key", hex::encode(alpha)),
        ("its negative: the sign is the topmost bit", flipped(alpha, 31, 0x80)),
        ("the identity: its flag, and zeros", format!("{}40", "00".repeat(31))),
        ("the identity with a coordinate", format!("01{}40", "00".repeat(30))),
        ("the identity with a sign", format!("{}c0", "00".repeat(31))),
        ("x = q", modulus_q.to_owned()),
        ("x = 0: 3 is no square", "00".repeat(32)),
        ("too short", "00".repeat(31)),
    ] {
        let read = bytes(&text)?.try_into().ok().and_then(|bytes: [u8; 32]| g1_from_bytes(&bytes));
        g1.push(json!({"bytes": text, "valid": read.is_some(), "what": what}));
    }
    let outside = (1u64..)
        .find_map(|x| {
            let point = G2Affine::get_point_from_x_unchecked(x.into(), false)?;
            (!point.is_in_correct_subgroup_assuming_on_curve()).then_some(point)
        })
        .ok_or("none")?;
    let mut g2 = Vec::new();
    for (what, text) in [
        ("β of a circuit key", hex::encode(beta)),
        ("its negative", flipped(beta, 63, 0x80)),
        ("the identity", format!("{}40", "00".repeat(63))),
        ("the identity with a coordinate", format!("01{}40", "00".repeat(62))),
        ("on the curve, not in the subgroup of order r", hex::encode(g2_to_bytes(&outside))),
        ("c1 of x = q", format!("{}{modulus_q}", "00".repeat(32))),
        ("too short", "00".repeat(63)),
    ] {
        let read = bytes(&text)?.try_into().ok().and_then(|bytes: [u8; 64]| g2_from_bytes(&bytes));
        g2.push(json!({"bytes": text, "valid": read.is_some(), "what": what}));
    }
    let mut scalars = Vec::new();
    for (what, text) in [
        ("0", "00".repeat(32)),
        ("258", format!("0201{}", "00".repeat(30))),
        ("r − 1", hex::encode(to_bytes(&-Fr::from(1u64)))),
        ("r", modulus_r.to_owned()),
        ("2^256 − 1", "ff".repeat(32)),
    ] {
        let read = bytes(&text)?.try_into().ok().and_then(|bytes: [u8; 32]| from_bytes(&bytes));
        scalars.push(json!({"bytes": text, "valid": read.is_some(), "what": what}));
    }
    Ok(json!({"g1": g1, "g2": g2, "scalars": scalars}))
}

/// Openings and what they commit to.
fn commitments() -> Result<Value> {
    let rows: [&[u64]; 5] = [&[0], &[125_000], &[u64::MAX], &[1, 2, 3, 4], &[0, u64::MAX, 7]];
    let commit = |(nth, row): (usize, &&[u64])| -> Result<Value> {
        let blinding = Blinding::from_uniform_bytes(&[nth as u8 + 1; 64]);
        let bytes = hex::encode(*blinding.to_bytes());
        let row = row.to_vec();
        let opening = Opening::new(row.clone(), blinding)?;
        let numbers: Vec<String> = row.iter().map(u64::to_string).collect();
        Ok(json!({
            "blinding": bytes,
            "commitment": hex::encode(opening.commit().to_bytes()),
            "row": numbers,
        }))
    };
    let all: Vec<Value> = rows.iter().enumerate().map(commit).collect::<Result<_>>()?;
    let identity = hex::encode(g1_to_bytes(&G1Affine::default()));
    Ok(json!({"commitments": all, "never_admitted": identity}))
}

/// What is hashed how.
fn digests() -> Result<Value> {
    let bundle = bundle(1)?;
    let leaf = |nth: usize| &bundle.range.entries[nth].0;
    let round = Entry::decode(leaf(0))?;
    let settlement = Entry::decode(leaf(bundle.range.entries.len() - 1))?;
    let key = bundle.verifying_key.as_ref().ok_or("no key")?.0.clone();
    let verifying = VerifyingKey::from_bytes(&key)?;
    let statement: &Statement = &bundle.statement;
    let signed = |entry: &Entry| {
        json!({
            "entry": hex::encode(entry.encode()),
            "envelope": entry.envelope().to_json(),
            "leaf": leaf_hash(&entry.encode()).to_string(),
            "record": entry.record_id().to_string(),
        })
    };
    Ok(json!({
        "circuit_key": {
            "bases_digest": hex::encode(verifying.bases_digest),
            "bytes": hex::encode(&key),
            "id": verifying.id().to_string(),
            "matrices_digest": hex::encode(verifying.matrices_digest),
            "rule": verifying.tier.rule,
            "tier": verifying.tier.size,
        },
        "entries": [signed(&round), signed(&settlement)],
        "statement": {
            "bytes": String::from_utf8(statement.to_bytes())?,
            "digest": statement.digest().to_string(),
        },
    }))
}

/// The way to the equations, for every proved round of the golden market.
fn proofs() -> Result<Value> {
    let market = format!("{MARKET}/market.vkey");
    let key: MarketKey = fs::read_to_string(fixtures().join(&market))?.parse()?;
    let mut rounds = Vec::new();
    for round in 1..=11 {
        let file = bundle_file(round);
        let shards = trace(&fs::read(fixtures().join(&file))?, &key).map_err(|reject| reject.to_string())?;
        if !shards.is_empty() {
            let statement = bundle(round)?.statement;
            rounds.push(json!({
                "bundle": file,
                "rule": statement.rule.as_str(),
                "shards": serde_json::to_value(shards)?,
            }));
        }
    }
    Ok(json!({"market": market, "rounds": rounds}))
}

fn main() -> Result<()> {
    write("encodings.json", &encodings()?)?;
    write("commitments.json", &commitments()?)?;
    write("digests.json", &digests()?)?;
    write("proofs.json", &proofs()?)
}
