//! libFuzzer over one target of `quittance_fuzz::TARGETS`, which `QUITTANCE_FUZZ` names: see `scripts/fuzz`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static CHECK: OnceLock<fn(&[u8])> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let check = CHECK.get_or_init(|| {
        let name = std::env::var("QUITTANCE_FUZZ").unwrap_or_default();
        quittance_fuzz::find(&name).unwrap_or_else(|| panic!("no target {name:?}")).check
    });
    check(bytes);
});
