//! Sealed values: Pedersen commitments on BN254 G1 to the private numbers of one row.
//!
//! `C = Σ_k x_k·G_k + r·H`. A commitment hides the numbers perfectly and binds them as long as nobody knows
//! a relation between the generators; it is homomorphic, so on its own it proves no authorship: the signed,
//! sealed opening beside it does. Source: proof-system.md section 2, formats.md sections 1 and 2.

use crate::curve::{G1Affine, g1_from_bytes, g1_to_bytes, normalize};
use crate::field::{Fr, from_bytes, from_u64, from_u128, from_uniform_bytes, to_bytes};
use crate::json::Malformed;
use crate::number::Amount;
use ark_bn254::G1Projective;
use ark_ec::{AffineRepr, CurveGroup, scalar_mul::BatchMulPreprocessing};
use ark_std::UniformRand;
use ark_std::rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::OnceLock;
use zeroize::{Zeroize, Zeroizing};

mod generators;
#[cfg(test)]
mod tests;

/// Most sealed numbers that one row can have.
pub const MAX_COLUMNS: usize = generators::G.len();

/// The Pedersen generators: `G_1 … G_16` for the numbers, `H` for the blinding.
pub struct Generators {
    /// `G_1 … G_16`, from index 0.
    pub g: [G1Affine; MAX_COLUMNS],
    /// The blinding generator.
    pub h: G1Affine,
}

impl Generators {
    /// The published constants.
    #[must_use]
    pub fn published() -> &'static Self {
        static PUBLISHED: OnceLock<Generators> = OnceLock::new();
        PUBLISHED.get_or_init(|| Self { g: generators::G.map(constant), h: constant(generators::H) })
    }
}

fn constant(hex_bytes: &str) -> G1Affine {
    let mut bytes = [0; 32];
    let decoded = hex::decode_to_slice(hex_bytes, &mut bytes).ok().and_then(|()| g1_from_bytes(&bytes));
    // A test derives every constant again.
    decoded.unwrap_or_default()
}

/// A committed row, as it stands on the ledger. Hides its numbers; safe to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(pub G1Affine);

impl Commitment {
    /// The only encoding: 32 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        g1_to_bytes(&self.0)
    }

    /// Reads [`Self::to_bytes`]; `None` unless canonical and on the curve. May be the identity.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        g1_from_bytes(bytes).map(Self)
    }

    /// Whether this is the identity, which no admitted row may be: it stands for padding.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.0.is_zero()
    }
}

/// The random part of a commitment. Whoever learns it can test guesses of the numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Blinding(pub(crate) Fr);

impl Blinding {
    /// Uniform, from the given source.
    pub fn random(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self(Fr::rand(rng))
    }

    /// From 64 uniform bytes, reduced mod `r`.
    #[must_use]
    pub fn from_uniform_bytes(bytes: &[u8; 64]) -> Self {
        Self(from_uniform_bytes(bytes))
    }

    /// From a canonical encoding.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        from_bytes(bytes).map(Self)
    }

    /// The canonical encoding. Secret.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(to_bytes(&self.0))
    }
}

impl fmt::Debug for Blinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blinding(secret)")
    }
}

impl Drop for Blinding {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What opens a commitment: the numbers of the row, in the order of rules.md section 0.6, and the blinding.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    row: Vec<u64>,
    blinding: Blinding,
}

/// How an opening is written: `{"blinding":hex,"row":[numbers]}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningFile {
    row: Vec<Amount>,
    blinding: String,
}

impl Opening {
    /// An opening of a row of at most [`MAX_COLUMNS`] numbers.
    ///
    /// # Errors
    /// No number, or more than there are generators.
    pub fn new(row: Vec<u64>, blinding: Blinding) -> Result<Self, Malformed> {
        if row.is_empty() || row.len() > MAX_COLUMNS {
            return Err(Malformed(format!("a row has 1 to {MAX_COLUMNS} sealed numbers")));
        }
        Ok(Self { row, blinding })
    }

    /// The sealed numbers. Secret.
    #[must_use]
    pub fn row(&self) -> &[u64] {
        &self.row
    }

    /// The blinding. Secret.
    #[must_use]
    pub fn blinding(&self) -> &Blinding {
        &self.blinding
    }

    /// The commitment that this opens.
    #[must_use]
    pub fn commit(&self) -> Commitment {
        let generators = Generators::published();
        let sum = self.row.iter().zip(&generators.g).map(|(x, g)| *g * from_u64(*x)).sum::<G1Projective>();
        Commitment((sum + generators.h * self.blinding.0).into_affine())
    }

    /// Whether this opens `commitment`.
    #[must_use]
    pub fn opens(&self, commitment: &Commitment) -> bool {
        self.commit() == *commitment
    }

    /// What is sealed to the operator: the numbers as u64 LE, then the blinding. Its length depends on the
    /// rule alone, so a ciphertext does not tell how many digits a valuation has. Secret.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(8 * self.row.len() + 32));
        self.row.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
        bytes.extend_from_slice(self.blinding.to_bytes().as_slice());
        bytes
    }

    /// Reads [`Self::to_bytes`] of a row of `columns` numbers.
    ///
    /// # Errors
    /// Another length, or a blinding of `r` or more.
    pub fn from_bytes(bytes: &[u8], columns: usize) -> Result<Self, Malformed> {
        let wrong_length =
            || Malformed(format!("a sealed opening of {columns} numbers has {} bytes", 8 * columns + 32));
        let (numbers, blinding) = bytes.split_at_checked(8 * columns).ok_or_else(wrong_length)?;
        let blinding: &[u8; 32] = blinding.try_into().map_err(|_| wrong_length())?;
        let blinding = Blinding::from_bytes(blinding)
            .ok_or_else(|| Malformed("blinding: not a scalar below r".into()))?;
        let row =
            numbers.chunks_exact(8).map(|x| x.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte)));
        Self::new(row.collect(), blinding)
    }

    /// The opening's file, in canonical spelling. Secret.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let file = OpeningFile {
            row: self.row.iter().copied().map(Amount).collect(),
            blinding: hex::encode(self.blinding.to_bytes().as_slice()),
        };
        Zeroizing::new(crate::json::to_canonical(&file))
    }

    /// Reads [`Self::to_json`].
    ///
    /// # Errors
    /// Any other document or spelling; a blinding of `r` or more.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        let file: OpeningFile = crate::json::read_canonical(bytes)?;
        let mut blinding = Zeroizing::new([0; 32]);
        hex::decode_to_slice(&file.blinding, blinding.as_mut_slice())
            .map_err(|error| Malformed(format!("blinding: {error}")))?;
        if file.blinding != hex::encode(blinding.as_slice()) {
            return Err(Malformed("blinding: not lower-case hex".into()));
        }
        let blinding = Blinding::from_bytes(&blinding)
            .ok_or_else(|| Malformed("blinding: not a scalar below r".into()))?;
        Self::new(file.row.into_iter().map(|x| x.0).collect(), blinding)
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening({} secret numbers)", self.row.len())
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.row.zeroize();
    }
}

/// What opens a commitment to one sealed result, on `G_1`: so that results of a column add up.
#[derive(Clone, PartialEq, Eq)]
pub struct ResultOpening {
    value: u128,
    blinding: Blinding,
}

impl ResultOpening {
    /// Bytes of [`Self::to_bytes`].
    pub const BYTES: usize = 48;

    /// An opening of this number.
    #[must_use]
    pub fn new(value: u128, blinding: Blinding) -> Self {
        Self { value, blinding }
    }

    /// The number. Secret.
    #[must_use]
    pub fn value(&self) -> u128 {
        self.value
    }

    /// The blinding. Secret.
    #[must_use]
    pub fn blinding(&self) -> &Blinding {
        &self.blinding
    }

    /// The commitment that this opens.
    #[must_use]
    pub fn commit(&self) -> Commitment {
        let generators = Generators::published();
        let sum = generators.g[0] * from_u128(self.value) + generators.h * self.blinding.0;
        Commitment(sum.into_affine())
    }

    /// The number as u128 LE, then the blinding. Secret.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::BYTES]> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        let (value, blinding) = bytes.split_at_mut(16);
        value.copy_from_slice(&self.value.to_le_bytes());
        blinding.copy_from_slice(self.blinding.to_bytes().as_slice());
        bytes
    }

    /// Reads [`Self::to_bytes`]; `None` for a blinding of `r` or more.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let (value, blinding) = bytes.split_at(16);
        let value = u128::from_le_bytes(value.try_into().ok()?);
        Some(Self { value, blinding: Blinding::from_bytes(blinding.try_into().ok()?)? })
    }
}

impl fmt::Debug for ResultOpening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResultOpening(secret)")
    }
}

impl Drop for ResultOpening {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

/// Which side of the balance a column of sealed results stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Payments to the market.
    Paid,
    /// Receipts from the market.
    Received,
}

/// The `z` with `Σ paid − Σ received − net·G_1 = z·H` over the commitments that these open: the sum of blindings.
#[must_use]
pub fn balance<'a>(openings: impl IntoIterator<Item = (Side, &'a ResultOpening)>) -> [u8; 32] {
    let signed = openings.into_iter().map(|(side, opening)| match side {
        Side::Paid => opening.blinding.0,
        Side::Received => -opening.blinding.0,
    });
    to_bytes(&signed.sum::<Fr>())
}

/// Whether the sealed numbers on both sides differ by exactly `paid − received`: `z` is what [`balance`] gives.
/// True over the integers, because every number was proved to be far below the field's order over the row count.
#[must_use]
pub fn balances<'a>(
    commitments: impl IntoIterator<Item = (Side, &'a Commitment)>,
    paid: u128,
    received: u128,
    z: &[u8; 32],
) -> bool {
    let Some(z) = from_bytes(z) else { return false };
    let signed = commitments.into_iter().map(|(side, commitment)| match side {
        Side::Paid => commitment.0.into_group(),
        Side::Received => -commitment.0.into_group(),
    });
    let generators = Generators::published();
    let net = from_u128(paid) - from_u128(received);
    signed.sum::<G1Projective>() == generators.g[0] * net + generators.h * z
}

/// Commits to many rows at once, with shared tables: for settlements and benchmarks of whole rounds.
#[must_use]
pub fn commit_all(openings: &[Opening]) -> Vec<Commitment> {
    let generators = Generators::published();
    let columns = openings.iter().map(|o| o.row.len()).max().unwrap_or(0);
    let blindings: Vec<Fr> = openings.iter().map(|o| o.blinding.0).collect();
    let product = |base: G1Affine, scalars: &[Fr]| {
        BatchMulPreprocessing::new(base.into_group(), scalars.len().max(1)).batch_mul(scalars)
    };
    let mut sums: Vec<G1Projective> =
        product(generators.h, &blindings).into_par_iter().map(Into::into).collect();
    for k in 0..columns {
        let column: Vec<Fr> = openings.iter().map(|o| from_u64(o.row.get(k).copied().unwrap_or(0))).collect();
        let points = product(generators.g[k], &column);
        sums.par_iter_mut().zip(points).for_each(|(sum, point)| *sum += point);
    }
    normalize(&sums).into_iter().map(Commitment).collect()
}
