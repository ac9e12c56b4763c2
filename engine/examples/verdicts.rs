//! Verdicts on many bundles at once, for tests of other verifiers: reads a line of JSON for each from stdin, with the
//! names of files in `market`, `bundle` and, or null, `bid`, `opening`, `receipt`, `key` (the file of a `seal_key`),
//! and prints the verdict, or what is wrong with a file of the member's own, as a line.
//!
//! `cli/page/verify/test` compares the JavaScript verifier's with these.

use quittance_circuits::json;
use quittance_circuits::sealed::Opening;
use quittance_engine::seal::HpkeSecret;
use quittance_engine::verify::{Own, verify};
use quittance_ledger::MarketKey;
use serde::Deserialize;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, Write as _};

#[derive(Deserialize)]
struct Case {
    market: String,
    bundle: String,
    bid: Option<String>,
    opening: Option<String>,
    receipt: Option<String>,
    key: Option<String>,
}

fn secret(file: &str) -> Result<HpkeSecret, Box<dyn Error>> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(fs::read_to_string(file)?.trim(), &mut bytes)?;
    Ok(HpkeSecret::from_bytes(&bytes))
}

fn judge(case: &Case) -> Result<Vec<u8>, Box<dyn Error>> {
    let market: MarketKey = fs::read_to_string(&case.market)?.parse()?;
    let bundle = fs::read(&case.bundle)?;
    let read = |file: &Option<String>| file.as_ref().map(fs::read).transpose();
    let (bid, receipt) = (read(&case.bid)?, read(&case.receipt)?);
    let opening = read(&case.opening)?.map(|bytes| Opening::from_json(&bytes)).transpose()?;
    let seal = case.key.as_ref().map(|file| secret(file)).transpose()?;
    let own = Own {
        bid: bid.as_deref(),
        opening: opening.as_ref(),
        receipt: receipt.as_deref(),
        seal: seal.as_ref(),
    };
    Ok(json::to_canonical(&verify(&bundle, &market, own)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line?)?;
        match judge(&case) {
            Ok(verdict) => out.write_all(&verdict)?,
            Err(error) => write!(out, "{}", serde_json::json!({ "error": error.to_string() }))?,
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}
