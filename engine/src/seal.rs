//! Sealing openings to the operator: HPKE (RFC 9180), base mode, X25519-HKDF-SHA256, ChaCha20-Poly1305.
//!
//! A sealed opening is bound to market, round, member and commitment, so a copied row cannot be opened under
//! another name. Its ephemeral key is derived, not drawn: a member who kept the seed can disclose it and show
//! what was sealed. Source: formats.md section 2; `fixtures/clients/README.md`, items 9 to 12.

use crate::entry::{MarketId, MemberId, PointBytes, RoundId, SealKey};
use curve25519_dalek::MontgomeryPoint;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use std::convert::Infallible;
use zeroize::Zeroizing;

/// First part of the HPKE `info` of an opening.
const OPENING: &[u8] = b"quittance/v1/opening";
/// Bytes of an encapsulated key.
const ENC_BYTES: usize = 32;
/// Bytes of an authentication tag.
const TAG_BYTES: usize = 16;

/// Each part preceded by its length as u64 little-endian, so that no two lists give the same bytes.
pub(crate) fn parts(items: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length = items.iter().map(|item| 8 + item.len()).sum();
    // Reserved at once: growing would leave copies of secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for item in items {
        bytes.extend_from_slice(&(item.len() as u64).to_le_bytes());
        bytes.extend_from_slice(item);
    }
    bytes
}

/// Sealing failed: the key is of low order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the X25519 key is of low order: everybody could open what it seals")]
pub struct LowOrder;

/// It does not open: another key, round, member or commitment, or not these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("does not open under this round, member and commitment")]
pub struct NotSealedHere;

/// The secret half of a round's `hpke_key`. Whoever has it reads every bid of the round.
pub struct HpkeSecret(Zeroizing<[u8; 32]>);

impl HpkeSecret {
    /// From 32 secret bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> SealKey {
        self.key().map_or(SealKey([0; 32]), |key| {
            let mut bytes = [0; 32];
            X25519HkdfSha256::sk_to_pk(&key).write_exact(&mut bytes);
            SealKey(bytes)
        })
    }

    /// Any 32 bytes are an X25519 secret key.
    fn key(&self) -> Option<<X25519HkdfSha256 as Kem>::PrivateKey> {
        <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(self.0.as_slice()).ok()
    }
}

impl std::fmt::Debug for HpkeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HpkeSecret(secret)")
    }
}

/// HPKE `info` of the openings of a round.
#[must_use]
pub fn opening_info(market: &MarketId, round: RoundId) -> Vec<u8> {
    parts(&[OPENING, market.as_str().as_bytes(), &round.0]).to_vec()
}

/// HPKE `aad` of one opening.
#[must_use]
pub fn opening_aad(member: MemberId, commitment: PointBytes) -> Vec<u8> {
    parts(&[&member.0, &commitment.0]).to_vec()
}

/// Length of the sealed opening of a row of so many sealed numbers.
#[must_use]
pub const fn sealed_len(columns: usize) -> usize {
    ENC_BYTES + 8 * columns + 32 + TAG_BYTES
}

/// Whether what is sealed to this key stays sealed: it is not of low order.
#[must_use]
pub fn usable(key: &SealKey) -> bool {
    // Eight times a point is the neutral element, whose u is 0 here, exactly if its order divides the cofactor: 8 on
    // the curve, 4 on its twist. Every X25519 secret is a multiple of 8.
    let eight = [true, false, false, false];
    MontgomeryPoint(key.0).mul_bits_be(eight.into_iter()).0 != [0; 32]
}

/// Seals to a key: encapsulated key, ciphertext, tag. `ikm` determines the ephemeral key pair
/// (`DeriveKeyPair(ikm)`); it is secret, and never used for two plaintexts.
///
/// # Errors
/// A key of low order.
pub fn seal(
    to: &SealKey,
    ikm: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, LowOrder> {
    let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&to.0).map_err(|_| LowOrder)?;
    let mut ephemeral = Ikm(Zeroizing::new(*ikm));
    let (enc, mut sender) = hpke::setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &to,
        info,
        &mut ephemeral,
    )
    .map_err(|_| LowOrder)?;
    let mut sealed = vec![0; ENC_BYTES];
    enc.write_exact(&mut sealed);
    // The first message of a context never overflows its counter.
    sealed.extend(sender.seal(plaintext, aad).map_err(|_| LowOrder)?);
    Ok(sealed)
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// Anything else.
pub fn open(
    secret: &HpkeSecret,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotSealedHere> {
    let (enc, rest) = sealed.split_at_checked(ENC_BYTES).ok_or(NotSealedHere)?;
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).map_err(|_| NotSealedHere)?;
    let key = secret.key().ok_or(NotSealedHere)?;
    let mut receiver = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &key,
        &enc,
        info,
    )
    .map_err(|_| NotSealedHere)?;
    let plaintext = receiver.open(rest, aad).map_err(|_| NotSealedHere)?;
    Ok(Zeroizing::new(plaintext))
}

/// Hands `hpke` the input of `DeriveKeyPair`: its key generation draws exactly 32 bytes and derives from them.
/// A test compares with the published example; more bytes would repeat the same ones.
struct Ikm(Zeroizing<[u8; 32]>);

impl TryRng for Ikm {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.iter_mut().zip(self.0.iter().cycle()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

impl TryCryptoRng for Ikm {}
