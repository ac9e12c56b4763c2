//! The forged bundles of a demo market: what an operator who cheats could publish.

use super::{Market, make_dir};
use crate::error::CliError;
use crate::shell::{Secrecy, Shell};
use quittance_circuits::{json, rules};
use quittance_engine::Reject;
use quittance_engine::dispute::exclusion::exclusion;
use quittance_engine::forge::{Forger, Honest};
use rand::rngs::OsRng;
use serde_json::{Map, Value};

/// The bidder whose receipt shows an edited past.
const VICTIM: usize = 3;

/// The forgery that the demo packs evidence of.
const PACKED: &str = "bid-left-out";

/// Writes `forged/*.bundle.json` and `forged/expected.json`, and evidence of one of them; how many there are.
pub fn write(shell: &Shell, market: &Market) -> Result<usize, CliError> {
    let _progress = shell.progress("forging", None);
    let refused = |reject: Reject| CliError::refused(&reject);
    let forge_failed = |what: String| CliError::new(crate::error::BUG, format!("cannot forge: {what}"));
    let Market { dir, fixture, provers, run } = market;
    let rule = rules::find(fixture.rule()).and_then(|rule| rule.proved());
    let rule = rule.ok_or_else(|| forge_failed("the rule is not proved".into()))?;
    let own = rule.setup("256", &mut OsRng).map_err(|error| forge_failed(error.to_string()))?;
    let victim = &run.bids[0][VICTIM];
    let prover = provers.of(fixture.rule()).ok_or_else(|| forge_failed("no key for it".into()))?;
    let log_key = fixture.log_key().map_err(refused)?;
    let operator_key = &fixture.person("operator").map_err(refused)?.signing_key;
    let honest = Honest::of(&run.operator, &run.rounds[0], &log_key, operator_key);
    let forger = Forger {
        honest: honest.map_err(|error| forge_failed(error.to_string()))?,
        openings: run.bids[0].iter().filter_map(|bid| bid.opening.clone()).collect(),
        prover,
        own_prover: own.as_ref(),
        victim: victim.index,
    };
    let forgeries = forger.forge_all(&mut OsRng).map_err(|error| forge_failed(error.to_string()))?;
    let folder = dir.join("forged");
    make_dir(&folder)?;
    let mut expected = Map::new();
    for forgery in &forgeries {
        let name = format!("{}.bundle.json", forgery.name);
        shell.write(&folder.join(&name), &forgery.bundle, Secrecy::Public)?;
        if forgery.name == PACKED {
            let (receipt, bid) = (victim.receipt.to_bytes(), victim.file.as_slice());
            let made = exclusion(&receipt, &forgery.bundle, Some(bid), &run.operator.market_key());
            let made = made.map_err(|error| forge_failed(error.to_string()))?;
            shell.write(&folder.join(format!("{PACKED}.evidence.json")), &made.file, Secrecy::Public)?;
        }
        let receipt = ["--receipt".to_owned(), format!("private/{}/receipt.tlog-proof", victim.name)];
        let args: Vec<String> = if forgery.needs_receipt { receipt.into() } else { Vec::new() };
        expected.insert(name, serde_json::json!({ "args": args, "code": forgery.code.word() }));
    }
    let bytes = json::canonical(&Value::Object(expected));
    shell.write(&folder.join("expected.json"), &bytes, Secrecy::Public)?;
    Ok(forgeries.len())
}
