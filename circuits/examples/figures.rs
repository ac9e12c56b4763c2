//! Rough timing of one tier while developing; `quittance demo --bids` prints the published figures.
use ark_std::rand::{Rng, SeedableRng};
use quittance_circuits::json::to_value;
use quittance_circuits::number::*;
use quittance_circuits::proved::*;
use quittance_circuits::rule::Rule;
use quittance_circuits::rules::uniform_price::*;
use quittance_circuits::sealed::*;
use std::time::Instant;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn main() {
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    let t = Instant::now();
    let openings: Vec<Opening> = (0..n)
        .map(|_| Opening::new(vec![rng.gen_range(0..1u64 << 40)], Blinding::random(&mut rng)).unwrap())
        .collect();
    let commitments = commit_all(&openings);
    println!("commit {:?}", t.elapsed());
    let tiers = UniformPrice.tiers();
    let tier = tier_for(&tiers, n).unwrap();
    let t = Instant::now();
    let prover = UniformPrice.setup(&tier.size, &mut rng).unwrap();
    println!("setup {} {:?} constraints {}", tier.size, t.elapsed(), prover.constraints());
    let terms = Terms { copies: Count((n / 3) as u64), reserve_price: Amount(5), fee_bps: BasisPoints(250) };
    let rows: Vec<Row> = openings.iter().map(|o| Row { valuation: Amount(o.row()[0]) }).collect();
    let outcome = UniformPrice::evaluate(&terms, &rows).unwrap();
    let (terms, outcome) = (to_value(&terms), to_value(&outcome));
    let claim =
        RoundClaim { statement: [1; 32], commitments: &commitments, terms: &terms, outcome: &outcome };
    for _ in 0..1 {
        let t = Instant::now();
        let mut last = (cpu(), Instant::now());
        let proof = prover.prove_watched(&claim, &openings, &mut rng, &mut |step| { println!("{step:?} cpu {:.2} wall {:?}", cpu() - last.0, last.1.elapsed()); last = (cpu(), Instant::now()); }).unwrap();
        println!("after cpu {:.2}", cpu() - last.0);
        println!("prove {:?}", t.elapsed());
        let t = Instant::now();
        println!("{:?}", UniformPrice.verify(prover.verifying_key(), &claim, &proof));
        println!("verify {:?}", t.elapsed());
    }
    println!(
        "{}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|l| l.starts_with("VmHWM"))
            .unwrap()
    );
}
