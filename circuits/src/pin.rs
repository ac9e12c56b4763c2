//! Pins: the matrices digest of every published circuit, in a text beside its rule that a test writes again.
//!
//! A line `tier SIZE` starts a circuit; the line `matrices HEX` below it is what verifiers compare keys with.
//! Everything else in the text is for readers.

/// The matrices digest that `text` pins for the tier of this size; all zeros, which no key has, if it pins none.
#[must_use]
pub fn matrices_digest(text: &str, size: &str) -> [u8; 32] {
    let words = |line: &'static str| move |text: &&str| text.trim_start().starts_with(line);
    let mut lines = text.lines().skip_while(|line| line.split_once(' ') != Some(("tier", size))).skip(1);
    let pinned = lines.by_ref().take_while(|line| !words("tier ")(line)).find(words("matrices "));
    let mut digest = [0; 32];
    let hex = pinned.and_then(|line| line.trim_start().strip_prefix("matrices "));
    match hex.map(|hex| hex::decode_to_slice(hex, &mut digest)) {
        Some(Ok(())) => digest,
        _ => [0; 32],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_below_its_tier_is_read() {
        let (a, b) = ("0a".repeat(32), "0b".repeat(32));
        let text =
            format!("words\ntier 2\n  constraints 7\ntier 4\n  matrices {a}\ntier 8\n  matrices {b}\n");
        assert_eq!(matrices_digest(&text, "4"), [0x0a; 32]);
        assert_eq!(matrices_digest(&text, "8"), [0x0b; 32]);
        for (text, size) in [(&text[..], "2"), (&text, "16"), (&text, ""), ("", "4")] {
            assert_eq!(matrices_digest(text, size), [0; 32]);
        }
        assert_eq!(matrices_digest("tier 4\nmatrices 0b", "4"), [0; 32], "too short");
        assert_eq!(matrices_digest(&format!("tier 4\nmatrices {a}0a"), "4"), [0; 32], "too long");
    }
}
