//! Domain values to field elements: the only place that does it.

pub use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};

/// A number as itself.
#[must_use]
pub fn from_u64(value: u64) -> Fr {
    Fr::from(value)
}

/// A wide number as itself (below 2^128, far below `r`).
#[must_use]
pub fn from_u128(value: u128) -> Fr {
    Fr::from(value)
}

/// A flag as 0 or 1.
#[must_use]
pub fn from_flag(flag: bool) -> Fr {
    Fr::from(u64::from(flag))
}

/// 64 uniform bytes, little-endian, reduced mod `r` (bias below 2^-258).
#[must_use]
pub fn from_uniform_bytes(bytes: &[u8; 64]) -> Fr {
    Fr::from_le_bytes_mod_order(bytes)
}

/// The 32-byte little-endian encoding, always below `r`.
#[must_use]
pub fn to_bytes(scalar: &Fr) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&scalar.into_bigint().to_bytes_le());
    bytes
}

/// Reads [`to_bytes`]; `None` for a value of `r` or more.
#[must_use]
pub fn from_bytes(bytes: &[u8; 32]) -> Option<Fr> {
    let scalar = Fr::from_le_bytes_mod_order(bytes);
    (to_bytes(&scalar) == *bytes).then_some(scalar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{One, Zero};

    #[test]
    fn scalars_at_or_above_r_are_refused() {
        let minus_one = to_bytes(&-Fr::one());
        assert_eq!(from_bytes(&minus_one), Some(-Fr::one()));
        let mut r = minus_one;
        r[0] += 1; // r is odd and r - 1 ends in a byte below 255
        assert_eq!(from_bytes(&r), None);
        assert_eq!(from_bytes(&[0xff; 32]), None);
        assert_eq!(from_bytes(&[0; 32]), Some(Fr::zero()));
    }
}
