//! The one Fiat-Shamir transcript.
//!
//! A BLAKE3 hasher in `derive_key` mode; every item is prefixed with its length, so no two lists of items
//! give the same bytes. Source: proof-system.md section 5, formats.md section 1.

use crate::field::{Fr, from_uniform_bytes};

const CONTEXT: &str = "quittance v1 transcript";

/// What prover and verifier have fixed so far.
#[derive(Clone)]
pub struct Transcript(blake3::Hasher);

impl Transcript {
    /// An empty transcript of protocol version 1.
    #[must_use]
    pub fn new() -> Self {
        Self(blake3::Hasher::new_derive_key(CONTEXT))
    }

    /// Appends one item.
    pub fn append(&mut self, item: &[u8]) {
        self.0.update(&(item.len() as u64).to_le_bytes());
        self.0.update(item);
    }

    /// The next `N` challenges: 64 bytes of output each, reduced mod `r`.
    #[must_use]
    pub fn challenges<const N: usize>(&self) -> [Fr; N] {
        let mut output = self.0.finalize_xof();
        std::array::from_fn(|_| {
            let mut bytes = [0; 64];
            output.fill(&mut bytes);
            from_uniform_bytes(&bytes)
        })
    }

    /// A digest of everything appended so far.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

impl Default for Transcript {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that are hashed, written out.
    #[test]
    fn every_item_is_hashed_after_its_length() {
        let mut transcript = Transcript::default();
        transcript.append(b"ab");
        transcript.append(b"");
        transcript.append(&[7; 32]);
        let length = |length: u8| [length, 0, 0, 0, 0, 0, 0, 0];
        let bytes = [&length(2)[..], b"ab", &length(0), &length(32), &[7; 32]].concat();
        assert_eq!(transcript.digest(), blake3::derive_key("quittance v1 transcript", &bytes));
        // Challenges are 64 bytes each of the same hash's output.
        let mut output = [0; 128];
        blake3::Hasher::new_derive_key("quittance v1 transcript")
            .update(&bytes)
            .finalize_xof()
            .fill(&mut output);
        let (first, second) = output.split_at(64);
        let expected = [first, second].map(|bytes| from_uniform_bytes(bytes.try_into().unwrap()));
        assert_eq!(transcript.challenges::<2>(), expected);
    }

    #[test]
    fn items_do_not_run_together() {
        let digest = |items: &[&[u8]]| {
            let mut transcript = Transcript::new();
            items.iter().for_each(|item| transcript.append(item));
            transcript.digest()
        };
        let lists: [&[&[u8]]; 5] = [&[b"ab"], &[b"a", b"b"], &[b"", b"ab"], &[b"ab", b""], &[]];
        for (i, a) in lists.iter().enumerate() {
            for b in &lists[i + 1..] {
                assert_ne!(digest(a), digest(b));
            }
        }
    }
}
