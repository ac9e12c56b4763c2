//! Procedures that several rules share. Source: rules.md section 0.4.

pub mod contest;
pub mod largest;
pub mod largest_remainder;
pub mod matching;
pub mod top_k;

pub use top_k::top_k;

use crate::number::{BasisPoints, Ppm};

/// Parts per ten thousand that make the whole.
pub const WHOLE_BPS: BasisPoints = BasisPoints(10_000);
/// Parts per million that make the whole.
pub const WHOLE_PPM: Ppm = Ppm(1_000_000);

/// `FEE(total, bps)` = ⌊total·bps/10⁴⌋, for `bps` of at most the whole and totals below 2^114.
#[must_use]
pub fn fee(total: u128, bps: BasisPoints) -> u128 {
    total * u128::from(bps.0) / u128::from(WHOLE_BPS.0)
}

/// `SPLIT(pot, weights, unallocated)`: parts in proportion to the weights, and dust. Largest remainder when
/// nothing is unallocated; no leftover units are handed out otherwise.
#[must_use]
pub fn split(pot: u64, weights: &[u64], unallocated: u64) -> (Vec<u64>, u64) {
    let whole = weights.iter().map(|w| u128::from(*w)).sum::<u128>() + u128::from(unallocated);
    if whole == 0 {
        return (vec![0; weights.len()], pot);
    }
    let exact = |weight: &u64| u128::from(pot) * u128::from(*weight);
    // At most `pot`, because a weight is at most the whole.
    let mut parts: Vec<u64> = weights.iter().map(|w| (exact(w) / whole) as u64).collect();
    let left = pot - parts.iter().sum::<u64>();
    if unallocated > 0 {
        return (parts, left);
    }
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|row| (std::cmp::Reverse(exact(&weights[*row]) % whole), *row));
    for row in by_remainder.into_iter().take(left as usize) {
        parts[row] += 1;
    }
    (parts, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_conserves_and_stays_within_a_unit() {
        for pot in [0, 1, 2, 3, 7, 100, u64::MAX] {
            for weights in [vec![], vec![0, 0], vec![1, 1, 1], vec![0, 5, 2], vec![u64::MAX, 1, u64::MAX]] {
                for unallocated in [0, 1, u64::MAX] {
                    let (parts, dust) = split(pot, &weights, unallocated);
                    assert_eq!(parts.iter().sum::<u64>() + dust, pot);
                    let whole =
                        weights.iter().map(|w| u128::from(*w)).sum::<u128>() + u128::from(unallocated);
                    for (part, weight) in parts.iter().zip(&weights) {
                        let floor =
                            (u128::from(pot) * u128::from(*weight)).checked_div(whole).unwrap_or(0) as u64;
                        assert!(*part == floor || (unallocated == 0 && *part == floor + 1 && *weight > 0));
                    }
                    assert!(unallocated > 0 || whole == 0 || dust == 0);
                }
            }
        }
    }
}
