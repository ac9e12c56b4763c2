//! Writes `fixtures/reject/` and `fixtures/evidence/` again:
//! `cargo run -p quittance-engine --features testing --example reject_fixtures`.

fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reject");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in quittance_engine::testing::fixtures::reject_files() {
        std::fs::write(folder.join(name), text)?;
    }
    let folder = folder.join("verify");
    std::fs::create_dir_all(&folder)?;
    for (name, bytes) in quittance_engine::testing::verify_fixtures::verify_files() {
        std::fs::write(folder.join(name), bytes)?;
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/evidence");
    std::fs::create_dir_all(&folder)?;
    for (name, bytes) in quittance_engine::testing::disputes::evidence_files() {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
