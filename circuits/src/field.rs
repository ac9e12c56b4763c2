//! Domain values to field elements: the only place that does it.

pub use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use num_bigint::{BigInt, BigUint, Sign};

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

/// An integer of either sign, mod `r`: [`to_integer`] gives it back if it is within `±(r − 1)/2`.
#[must_use]
pub fn from_integer(value: impl Into<BigInt>) -> Fr {
    let (sign, magnitude) = value.into().into_parts();
    let magnitude = Fr::from(magnitude);
    if sign == Sign::Minus { -magnitude } else { magnitude }
}

/// The reading as a number from 0 to `r − 1`.
#[must_use]
pub fn to_natural(value: Fr) -> BigUint {
    value.into()
}

/// The signed reading: a value above `r/2` is negative.
#[must_use]
pub fn to_integer(value: Fr) -> BigInt {
    if is_negative(value) { -BigInt::from(to_natural(-value)) } else { to_natural(value).into() }
}

/// Whether the signed reading is negative.
#[must_use]
pub fn is_negative(value: Fr) -> bool {
    value.into_bigint() > Fr::MODULUS_MINUS_ONE_DIV_TWO
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
    use ark_ff::{Field, One, Zero};

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
    #[test]
    fn integers_have_one_signed_reading() {
        let r = BigInt::from(BigUint::from(Fr::MODULUS));
        let half: BigInt = (&r - 1) / 2;
        let two_64 = BigInt::from(1u128 << 64);
        for (integer, negative) in [
            (BigInt::from(0), false),
            (BigInt::from(1), false),
            (BigInt::from(-1), true),
            (two_64.clone() - 1, false),
            (two_64.clone(), false),
            (-two_64, true),
            (half.clone(), false),
            (-half.clone(), true),
        ] {
            let element = from_integer(integer.clone());
            assert_eq!(to_integer(element), integer);
            assert_eq!(is_negative(element), negative, "{integer}");
            // All readings of an element are equal mod r.
            assert_eq!(from_integer(to_natural(element)), element);
            assert_eq!(from_integer(integer.clone() + &r), element);
            assert_eq!(from_integer(integer - &r), element);
        }
        // The two halves meet: the number after the largest is the smallest.
        assert_eq!(to_integer(from_integer(half.clone() + 1)), -half.clone());
        assert_eq!(from_integer(half), -from_u64(2).inverse().unwrap());
        assert_eq!(to_natural(-Fr::one()), BigUint::from(Fr::MODULUS) - 1u8);
    }
}
