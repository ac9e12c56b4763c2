//! The public beacon: factors that nobody chose, because they follow from a value that nobody could foresee.

use super::CeremonyError;
use crate::field::{Fr, from_uniform_bytes};
use crate::number::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most rounds of hashing, as a power of two: whoever verifies hashes as often, for half a minute.
pub const MAX_ROUNDS_POWER: u64 = 28;

/// A public value that became known after the last contribution: a block's hash, a lottery's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beacon {
    /// The value, hex.
    pub value: String,
    /// The value is hashed 2^this times, which takes its time.
    pub rounds_power: Count,
}

impl Beacon {
    /// Refuses a value that is not 16 to 64 bytes in hexadecimal, and rounds that nobody can wait for.
    ///
    /// # Errors
    /// Which values are fit.
    pub fn check(&self) -> Result<(), CeremonyError> {
        if self.is_fit() {
            return Ok(());
        }
        Err(CeremonyError::unfit(format!(
            "a beacon is 16 to 64 bytes in lower-case hexadecimal, without 0x, hashed up to 2^{MAX_ROUNDS_POWER} times"
        )))
    }

    /// Whether the value is lower-case hex of 16 to 64 bytes, and the rounds can be waited for.
    pub(super) fn is_fit(&self) -> bool {
        let bytes = hex::decode(&self.value).unwrap_or_default();
        (16..=64).contains(&bytes.len())
            && hex::encode(bytes) == self.value
            && self.rounds_power.0 <= MAX_ROUNDS_POWER
    }

    /// The value after all rounds of BLAKE3.
    pub(super) fn hashed(&self) -> [u8; 32] {
        let bytes = hex::decode(&self.value).unwrap_or_default();
        let first = blake3::derive_key("quittance v1 ceremony-beacon", &bytes);
        (0..1u64 << self.rounds_power.0.min(MAX_ROUNDS_POWER))
            .fold(first, |hash, _| *blake3::hash(&hash).as_bytes())
    }
}

/// The factor of one value, from the hashed beacon and all that went before it.
pub(super) fn factor(hashed: &[u8; 32], head: &[u8; 32], index: usize) -> Fr {
    let mut hasher = blake3::Hasher::new_derive_key("quittance v1 ceremony-beacon-factor");
    hasher.update(head);
    hasher.update(hashed);
    hasher.update(&(index as u64).to_le_bytes());
    let mut bytes = [0; 64];
    hasher.finalize_xof().fill(&mut bytes);
    from_uniform_bytes(&bytes)
}
