//! Writes `fixtures/schema/*.json` again: `cargo run -p quittance-engine --example schemas`.

fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    std::fs::create_dir_all(&folder)?;
    for (name, schema) in quittance_engine::schema::schemas() {
        std::fs::write(folder.join(format!("{name}.json")), format!("{:#}\n", schema.as_value()))?;
    }
    Ok(())
}
