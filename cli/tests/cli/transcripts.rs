//! Sessions of people, which are documentation too. After a change: `TRYCMD=overwrite cargo test -p quittance-cli`.

#[test]
fn transcripts() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}
