//! `demo --bids N`: one round of random bids, and the figures of formats.md section 7.

#![expect(clippy::float_arithmetic, reason = "figures for people; nothing is decided by them")]

use crate::documents::Bench;
use crate::error::CliError;
use crate::shell::{Answer, Shell};
use quittance_circuits::json::{from_value, to_canonical, to_value};
use quittance_circuits::number::{Amount, BasisPoints, Count};
use quittance_circuits::proof_system::Step;
use quittance_circuits::proved::{Fit, Proved, ProvedRule, RoundClaim, RoundSecrets};
use quittance_circuits::rule::{Disclosure, Published, Rule as _};
use quittance_circuits::rules::uniform_price::circuit::{TIERS, UniformPriceCircuit, constraints_per_row};
use quittance_circuits::rules::uniform_price::{Row, Terms, UniformPrice};
use quittance_circuits::sealed::{Blinding, Opening, commit_all};
use rand::Rng as _;
use rand::rngs::OsRng;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

/// A round larger than the rule allows is no round.
const MOST_BIDS: usize = 1 << 20;

/// Milliseconds since, to a microsecond.
fn ms(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1e6).round() / 1e3
}

/// Settles, proves and verifies.
pub fn run(shell: &Shell, bids: usize) -> Result<Answer, CliError> {
    if bids > MOST_BIDS {
        let what = format!("{bids} bids; a round has at most {MOST_BIDS}");
        return Err(CliError::new("value_out_of_range", what));
    }
    let failed = |error: String| CliError::new("proof_invalid", error);
    let openings = random_bids(shell, bids)?;
    let commitments = commit_all(&openings);
    let terms = to_value(&Terms {
        copies: Count((bids as u64 / 3).max(1)),
        reserve_price: Amount(1_000),
        fee_bps: BasisPoints(250),
    });
    let rule = Proved::<UniformPriceCircuit>::NEW;
    let sizes: Vec<String> = rule.tiers().into_iter().map(|tier| tier.size).collect();
    let sizes: Vec<&str> = sizes.iter().map(String::as_str).collect();
    let fit = rule.fit(&sizes, &terms, bids).map_err(|error| failed(error.to_string()))?;
    let Some(Fit { tier, shards }) = fit else {
        return Err(failed("the rule has no tier".into()));
    };

    let progress = shell.progress(&format!("making the circuit key of tier {}", tier.size), None);
    let start = Instant::now();
    let prover = rule.setup(&tier.size, &mut OsRng).map_err(|error| failed(error.to_string()))?;
    let setup_ms = ms(start);
    let with_setup = peak_rss_bytes();
    reset_peak_rss();
    drop(progress);

    let start = Instant::now();
    let typed: Terms = from_value(&terms).map_err(|error| failed(error.to_string()))?;
    let rows: Vec<Row> = openings.iter().map(|o| Row { valuation: Amount(o.row()[0]) }).collect();
    let outcome = UniformPrice::evaluate(&typed, &rows).map_err(|refusal| failed(refusal.to_string()))?;
    let outcome = to_value(&outcome);
    let settle_ms = ms(start);
    let statement = blake3::derive_key("quittance bench", &to_canonical(&json!([terms, outcome])));
    let columns = BTreeMap::new();
    let (terms, disclosure, outcome) = (&terms, Disclosure::Public, &outcome);
    let published = Published { terms, disclosure, rows: bids, columns: &columns, outcome };
    let claim = RoundClaim { statement, commitments: &commitments, published, results: &[] };
    let secrets = RoundSecrets { rows: &openings, results: &[] };

    let progress = shell.progress("proving", None);
    let start = Instant::now();
    let (mut witness_ms, mut last) = (0.0, Instant::now());
    let mut watch = |step| {
        if step == Step::WitnessFilled {
            witness_ms += ms(last);
        }
        last = Instant::now();
    };
    let proof = prover.prove_watched(&claim, &secrets, &mut OsRng, &mut watch);
    let proof = proof.map_err(|error| failed(error.to_string()))?;
    let prove_ms = ms(start);
    let peak = peak_rss_bytes();
    drop(progress);

    let start = Instant::now();
    let (mut pairing_ms, mut link_ms, mut last) = (0.0, 0.0, Instant::now());
    let mut watch = |step| {
        match step {
            Step::PairingsHold => pairing_ms = ms(last),
            Step::LinkHolds => link_ms = ms(last),
            _ => {}
        }
        last = Instant::now();
    };
    let verified = rule.verify_watched(prover.verifying_key(), &claim, &proof, &mut watch);
    verified.map_err(|error| failed(error.to_string()))?;
    let verify_ms = ms(start);

    let per_bid = TIERS.iter().find(|circuit| circuit.rows() == tier.capacity).map(constraints_per_row);
    let document = Bench {
        schema: Bench::SCHEMA,
        bids,
        shards,
        tier: tier.size,
        constraints: prover.constraints(),
        constraints_per_bid: per_bid,
        setup_ms,
        settle_ms,
        witness_ms,
        prove_ms,
        verify_ms,
        verify_pairing_ms: pairing_ms,
        verify_link_ms: link_ms,
        proof_bytes: proof.to_bytes().0.iter().map(Vec::len).sum(),
        peak_rss_bytes: peak,
        peak_rss_with_setup_bytes: with_setup.max(peak),
    };
    let fields = json!(document);
    let text = fields.as_object().into_iter().flatten().map(|(name, value)| format!("{name:<26} {value}\n"));
    let text: String = text.collect();
    Ok(Answer::text(&document, text))
}

fn random_bids(shell: &Shell, bids: usize) -> Result<Vec<Opening>, CliError> {
    let _progress = shell.progress("drawing random bids", None);
    let bid = |_| {
        let valuation = OsRng.gen_range(0..1u64 << 40);
        Opening::new(vec![valuation], Blinding::random(&mut OsRng))
            .map_err(|error| CliError::malformed(&error))
    };
    (0..bids).map(bid).collect()
}

/// The most memory that this process has had since the last reset; 0 where the system does not say.
fn peak_rss_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Starts the peak anew. Where the system does not do that, the peak includes the setup: never too small.
fn reset_peak_rss() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}
