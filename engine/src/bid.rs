//! Making a bid: one row, committed to, sealed to the operator and signed. Deterministic: a member who keeps seed,
//! nonce and numbers can make the same bid, and its opening, again.
//!
//! Source: formats.md section 2; `fixtures/clients/README.md`, items 6 to 13.

use crate::entry::{
    Bid, EntryPayload as _, HexBytes, MarketId, MemberId, Nonce, Payload, PointBytes, RoundEntry, RoundId,
    SealKey,
};
use crate::market::published;
use crate::reject::{Code, Reject};
use crate::seal::{self, LowOrder, parts};
use quittance_circuits::json::Malformed;
use quittance_circuits::sealed::{Blinding, Opening};
use quittance_ledger::{Envelope, SigningKey};
use serde_json::Value;
use zeroize::Zeroizing;

/// BLAKE3 context of blindings.
const BLINDING_CONTEXT: &str = "quittance v1 blinding";
/// BLAKE3 context of ephemeral HPKE keys.
const EPHEMERAL_CONTEXT: &str = "quittance v1 hpke-ephemeral";

/// Whose row, in which round, and what makes it differ from any other.
#[derive(Clone, Copy)]
pub struct RowContext<'a> {
    /// The market.
    pub market: &'a MarketId,
    /// The round.
    pub round: RoundId,
    /// The row's owner.
    pub member: MemberId,
    /// The owner's blinding seed. Secret, and another secret than the signing key.
    pub seed: &'a [u8; 32],
    /// Drawn for this bid.
    pub nonce: Nonce,
}

/// A row's commitment and sealed opening, and the secrets behind them.
#[derive(Debug)]
pub struct SealedRow {
    /// The commitment.
    pub commitment: PointBytes,
    /// The opening, sealed.
    pub sealed_opening: Vec<u8>,
    /// The opening. Secret.
    pub opening: Opening,
    /// What the ephemeral HPKE key is derived from. Secret; disclosed with the opening to contest a false "does
    /// not open".
    pub ephemeral_ikm: Zeroizing<[u8; 32]>,
}

/// Why a row cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealRowError {
    /// No number, or too many.
    #[error(transparent)]
    Numbers(#[from] Malformed),
    /// The round's key is unusable.
    #[error(transparent)]
    Key(#[from] LowOrder),
}

impl RowContext<'_> {
    /// What blinding and ephemeral key are derived from. The row itself is a part, so two rows never share them.
    fn source(&self, numbers: &[u64]) -> Zeroizing<Vec<u8>> {
        let mut row = Zeroizing::new(Vec::with_capacity(8 * numbers.len()));
        numbers.iter().for_each(|number| row.extend_from_slice(&number.to_le_bytes()));
        parts(&[self.seed, &self.round.0, &self.member.0, &self.nonce.0, &row])
    }

    /// Commits to the numbers and seals the opening to `hpke_key`.
    ///
    /// # Errors
    /// No number or more than 16; a key of low order.
    pub fn seal(&self, hpke_key: &SealKey, numbers: &[u64]) -> Result<SealedRow, SealRowError> {
        let source = self.source(numbers);
        let opening = Opening::new(numbers.to_vec(), blinding(&source))?;
        let commitment = PointBytes(opening.commit().to_bytes());
        let ephemeral_ikm = Zeroizing::new(blake3::derive_key(EPHEMERAL_CONTEXT, &source));
        let info = seal::opening_info(self.market, self.round);
        let aad = seal::opening_aad(self.member, commitment);
        let sealed_opening = seal::seal(hpke_key, &ephemeral_ikm, &info, &aad, &opening.to_bytes())?;
        Ok(SealedRow { commitment, sealed_opening, opening, ephemeral_ikm })
    }
}

fn blinding(source: &[u8]) -> Blinding {
    let mut wide = Zeroizing::new([0; 64]);
    let mut hasher = blake3::Hasher::new_derive_key(BLINDING_CONTEXT);
    hasher.update(source).finalize_xof().fill(wide.as_mut_slice());
    Blinding::from_uniform_bytes(&wide)
}

/// What a member decides about a bid.
#[derive(Clone)]
pub struct BidRequest<'a> {
    /// Whose row.
    pub member: MemberId,
    /// The sealed numbers, in the order of the rule's columns; none if the rule has none.
    pub numbers: &'a [u64],
    /// The row's own public columns, by name: `{}` if the rule has none.
    pub public: Value,
    /// The blinding seed. Secret.
    pub seed: &'a [u8; 32],
    /// Drawn for this bid.
    pub nonce: Nonce,
    /// Who signs the row: the member, or the round's evaluator.
    pub signing_key: &'a SigningKey,
}

/// A bid ready to hand in, and what its owner keeps.
#[derive(Debug)]
pub struct MadeBid {
    /// The signed file.
    pub envelope: Envelope,
    /// The sealed row's secrets, if the rule has sealed numbers.
    pub sealed: Option<SealedRow>,
}

/// Makes a bid for the round of this signed file, whose signatures the caller has checked: the numbers are sealed
/// to the key that it names.
///
/// # Errors
/// `file_malformed` unless the file is a round's; `rule_unknown`; `row_invalid` for numbers or public columns that
/// are not the rule's; `key_unsafe` for a low-order `hpke_key`.
pub fn make_bid(round: &Envelope, request: BidRequest) -> Result<MadeBid, Reject> {
    let Payload::Round(entry) = Payload::of_envelope(round)? else {
        return Err(Code::FileMalformed.because("not the signed file of a round"));
    };
    let round = RoundId::from(round.record_id());
    check_numbers(&entry, &request)?;
    let RoundEntry { market, hpke_key, .. } = entry;
    let BidRequest { member, numbers, public, seed, nonce, signing_key } = request;
    let sealed = match hpke_key {
        Some(hpke_key) => {
            let context = RowContext { market: &market, round, member, seed, nonce };
            Some(context.seal(&hpke_key, numbers).map_err(|error| match error {
                SealRowError::Numbers(error) => Code::RowInvalid.because(error.to_string()),
                SealRowError::Key(error) => Code::KeyUnsafe.because(error.to_string()),
            })?)
        }
        None => None,
    };
    let commitment = sealed.as_ref().map(|sealed| sealed.commitment);
    let sealed_opening = sealed.as_ref().map(|sealed| HexBytes(sealed.sealed_opening.clone()));
    let bid = Bid { market, round, member, public, commitment, sealed_opening, nonce };
    Ok(MadeBid { envelope: bid.sign(&[signing_key])?, sealed })
}

/// The numbers are as many as the rule's, and the public columns are its own.
fn check_numbers(round: &RoundEntry, request: &BidRequest) -> Result<(), Reject> {
    let rule = published(&round.rule)?;
    let expected = rule.sealed_width(&round.terms, round.disclosure)?;
    let found = request.numbers.len();
    if expected != found || (expected == 0) != round.hpke_key.is_none() {
        return Err(Code::RowInvalid.because(format!("a row has {expected} sealed numbers, found {found}")));
    }
    rule.check_public(&request.public, round.disclosure, round.is_measured())
        .map_err(|error| Code::RowInvalid.because(error.to_string()))
}
