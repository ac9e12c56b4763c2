//! Figures of every proved rule, tier by tier: constraints, and medians of proving and verifying full rounds.
//!
//! `cargo run --release -p quittance-circuits --features testing --example bench_rules [MOST_ROWS]`: circuits for more
//! rows are left out, by default those for more than 4096. Part of `make bench`; prints a table in Markdown. Never a test.

use ark_std::rand::SeedableRng;
use quittance_circuits::proved::{Prover, RoundClaim, RoundSecrets, TierInfo};
use quittance_circuits::rule::{Disclosure, Published, PublishedRule};
use quittance_circuits::sealed::{Blinding, Commitment, Opening, ResultOpening, commit_all};
use quittance_circuits::testing::{Round, Subject, for_every_rule};
use rand::rngs::{OsRng, StdRng};
use serde_json::Value;
use std::time::Instant;

/// Runs of which the median is printed.
const RUNS: usize = 5;
/// Circuits for more rows take minutes to set up.
const MOST_ROWS: usize = 4096;

fn main() {
    let most = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(MOST_ROWS);
    println!("| rule | tier | rows | constraints | setup s | prove s | verify ms | proof bytes |");
    println!("|---|---|---|---|---|---|---|---|");
    for_every_rule(|subject| {
        let Some(proved) = subject.rule().proved() else { return };
        proved.tiers().iter().filter(|tier| tier.capacity <= most).for_each(|tier| bench(subject, tier));
    });
}

/// A round that fills the tier as far as its rule lets it.
fn full_round(subject: &dyn Subject, tier: &TierInfo) -> Round {
    let rule = subject.rule();
    let fits = |terms: &Value, rows: usize| {
        let proved = rule.proved().and_then(|proved| proved.fit(&[&tier.size], terms, rows).ok().flatten());
        rule.check_row_count(terms, rows).is_ok() && proved.is_some_and(|fit| fit.shards == 1)
    };
    for seed in 0.. {
        let (terms, rows) = subject.draw(&mut StdRng::seed_from_u64(seed));
        let more: Vec<Value> = rows.iter().cycle().take(tier.capacity).cloned().collect();
        for rows in [more, rows] {
            let fits = rows.len() > 1 && fits(&terms, rows.len());
            if let Some(Ok(round)) = fits.then(|| subject.settled(&terms, &rows)) {
                return round;
            }
        }
    }
    unreachable!("some drawn round fits")
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn seconds<T>(act: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let value = act();
    (start.elapsed().as_secs_f64(), value)
}

fn bench(subject: &dyn Subject, tier: &TierInfo) {
    let rule: &dyn PublishedRule = subject.rule();
    let Some(proved) = rule.proved() else { return };
    let (setup, prover) = seconds(|| proved.setup(&tier.size, &mut OsRng));
    let prover: Box<dyn Prover> = prover.unwrap_or_else(|error| panic!("{error}"));
    let round = full_round(subject, tier);
    let opening = |row: &Vec<u64>| Opening::new(row.clone(), Blinding::random(&mut OsRng));
    let rows: Vec<Opening> = round.sealed.iter().flat_map(opening).collect();
    let commitments = commit_all(&rows);
    let sealed = round.disclosure == Disclosure::Sealed;
    let numbers = rule.results(&round.outcome).unwrap_or_default();
    let open = |number: &u128| ResultOpening::new(*number, Blinding::random(&mut OsRng));
    let results: Vec<Vec<ResultOpening>> =
        numbers.iter().filter(|_| sealed).map(|column| column.iter().map(open).collect()).collect();
    let points: Vec<Vec<Commitment>> =
        results.iter().map(|column| column.iter().map(ResultOpening::commit).collect()).collect();
    let outcome = rule.publish(round.outcome.clone(), round.disclosure);
    let claim = RoundClaim {
        statement: [9; 32],
        commitments: &commitments,
        published: Published {
            terms: &round.terms,
            disclosure: round.disclosure,
            rows: rows.len(),
            columns: &round.columns,
            outcome: &outcome,
        },
        results: &points,
    };
    let secrets = RoundSecrets { rows: &rows, results: &results };
    let prove = || seconds(|| prover.prove(&claim, &secrets, &mut OsRng).unwrap_or_else(|e| panic!("{e}")));
    let runs: Vec<_> = (0..RUNS).map(|_| prove()).collect();
    let proof = &runs[0].1;
    let verify = || seconds(|| proved.verify(prover.verifying_key(), &claim, proof)).0 * 1e3;
    println!(
        "| `{}` | {} | {} | {} | {setup:.2} | {:.3} | {:.1} | {} |",
        rule.id(),
        tier.size,
        rows.len(),
        prover.constraints(),
        median(runs.iter().map(|run| run.0).collect()),
        median((0..RUNS).map(|_| verify()).collect()),
        proof.to_bytes().0.iter().map(Vec::len).sum::<usize>(),
    );
}
