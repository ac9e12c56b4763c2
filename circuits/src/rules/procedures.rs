//! Procedures that several rules share. Source: rules.md section 0.4.

pub mod contest;
pub mod largest;
pub mod matching;

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

/// `TOPK(scores, copies, reserve)`: the winner flags and the price. Zero never wins.
#[must_use]
pub fn top_k(scores: &[u64], copies: u64, reserve: u64) -> (Vec<bool>, u64) {
    let mut eligible: Vec<usize> = (0..scores.len()).filter(|row| scores[*row] >= reserve.max(1)).collect();
    // A stable sort keeps the earlier row first among equals.
    eligible.sort_by_key(|row| std::cmp::Reverse(scores[*row]));
    let winners = usize::try_from(copies).unwrap_or(usize::MAX).min(eligible.len());
    let mut won = vec![false; scores.len()];
    eligible[..winners].iter().for_each(|row| won[*row] = true);
    // Losers below the reserve do not reach the price, so the first eligible loser decides.
    let price = eligible.get(winners).map_or(reserve, |row| scores[*row]);
    (won, price)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of rules.md, word for word, without an idea of efficiency.
    fn top_k_by_the_text(scores: &[u64], copies: u64, reserve: u64) -> (Vec<bool>, u64) {
        let mut won = vec![false; scores.len()];
        for _ in 0..copies {
            let best = (0..scores.len())
                .filter(|i| !won[*i] && scores[*i] >= reserve && scores[*i] >= 1)
                .max_by_key(|i| (scores[*i], std::cmp::Reverse(*i)));
            if let Some(best) = best {
                won[best] = true;
            }
        }
        let best_loser = (0..scores.len()).filter(|i| !won[*i]).map(|i| scores[i]).max();
        (won, reserve.max(best_loser.unwrap_or(0)))
    }

    #[test]
    fn top_k_is_the_text() {
        for n in 0..=4u32 {
            for table in 0..4u64.pow(n) {
                let scores: Vec<u64> = (0..n).map(|i| table / 4u64.pow(i) % 4).collect();
                for copies in 1..=5 {
                    for reserve in 0..=4 {
                        let expected = top_k_by_the_text(&scores, copies, reserve);
                        assert_eq!(
                            top_k(&scores, copies, reserve),
                            expected,
                            "{scores:?} {copies} {reserve}"
                        );
                    }
                }
            }
        }
    }

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
