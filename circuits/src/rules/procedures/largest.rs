//! `LARGEST(P, lo, hi)`. Source: rules.md section 0.4.

/// The largest `k` in `lo..=hi` with `holds(k)`, where `holds(lo)` and once it is false it stays false.
#[must_use]
pub fn largest(lo: u128, hi: u128, holds: impl Fn(u128) -> bool) -> u128 {
    // `holds(known)`, and it is false above `end`.
    let (mut known, mut end) = (lo, hi);
    while known < end {
        let middle = end - (end - known) / 2;
        if holds(middle) {
            known = middle;
        } else {
            end = middle - 1;
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_every_small_interval() {
        for lo in 0..=6 {
            for hi in lo..=6 {
                for end in lo..=hi {
                    assert_eq!(largest(lo, hi, |k| k <= end), end, "{lo}..={hi}");
                }
            }
        }
        assert_eq!(largest(0, u128::MAX, |_| true), u128::MAX);
        assert_eq!(largest(0, u128::MAX, |k| k < 1 << 99), (1 << 99) - 1);
    }
}
