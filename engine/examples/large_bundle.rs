//! Writes the bundle of an auction with many bids, each by a member of its own, for measuring verifiers:
//! `cargo run -p quittance-engine --features testing --example large_bundle -- FOLDER [BIDS]`.

use quittance_engine::testing::settled::settled_auction;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().map(std::path::PathBuf::from).ok_or("name a folder")?;
    let bids: u64 = words.next().map_or(Ok(256), |bids| bids.parse())?;
    let valuations: Vec<u64> = (0..bids).map(|bid| 1_000 + bid * 7_919 % 5_003).collect();
    let auction = settled_auction(&valuations);
    let bundle = auction.operator.bundle(auction.settled.statement.round)?;
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("market.vkey"), auction.operator.market_key().to_string())?;
    std::fs::write(folder.join("bundle.json"), bundle.to_bytes())?;
    Ok(())
}
