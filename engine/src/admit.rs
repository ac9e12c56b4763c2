//! Admission: what an operator does with a submission before it goes onto the ledger.
//!
//! The envelope alone, then against the market ([`Market::check`], what everybody repeats), then that the row
//! opens, which only the operator can see. **An admitted row opens, by definition**: no later "invalid bid" could
//! hide a dropped one. Source: formats.md section 2, architecture.md section 4.

use crate::entry::{Bid, Payload, RoundId, entry_of};
use crate::market::{Market, Round};
use crate::reject::{Code, Reject};
use crate::seal::{self, HpkeSecret};
use quittance_circuits::sealed::{Commitment, Opening};
use quittance_ledger::{Entry, Envelope};

/// A submission that may go onto the ledger as its next entry.
#[derive(Debug)]
pub struct Admitted {
    /// The entry to append.
    pub entry: Entry,
    /// What it says.
    pub payload: Payload,
    /// The row's opening, if it is a bid with sealed numbers. Secret.
    pub opening: Option<Opening>,
}

/// Judges a submission against the market as it stands. `time_ms` is the operator's clock; no decision rests on it.
///
/// `hpke` gives the secret half of a round's `hpke_key`.
///
/// # Errors
/// The first reason that holds, in published order. A reason of a later stage than the bid's is the operator's own
/// trouble ([`Code::is_refusal`]): `key_mismatch` says that `hpke` has no secret or the wrong one.
pub fn admit<'a>(
    market: &Market,
    hpke: impl FnOnce(RoundId) -> Option<&'a HpkeSecret>,
    submission: &[u8],
    time_ms: u64,
) -> Result<Admitted, Reject> {
    let envelope = Envelope::parse(submission)?;
    let payload = Payload::of_envelope(&envelope)?;
    let entry = entry_of(envelope, time_ms)?;
    market.check(market.next_index(), &entry)?;
    let opening = match &payload {
        Payload::Bid(bid) => match market.round(bid.round) {
            Some(round) if round.entry.hpke_key.is_some() => Some(open_in(round, bid, hpke(round.id))?),
            _ => None,
        },
        _ => None,
    };
    Ok(Admitted { entry, payload, opening })
}

/// Opens a row of a round.
fn open_in(round: &Round, bid: &Bid, secret: Option<&HpkeSecret>) -> Result<Opening, Reject> {
    let secret = secret.filter(|secret| Some(secret.public()) == round.entry.hpke_key);
    let missing = || Code::KeyMismatch.because(format!("no secret for the hpke_key of round {}", round.id));
    open_row(round, bid, secret.ok_or_else(missing)?)
}

/// Opens the row of a bid, as admission and settlement do.
///
/// # Errors
/// `opening_mismatch`.
pub fn open_row(round: &Round, bid: &Bid, secret: &HpkeSecret) -> Result<Opening, Reject> {
    let mismatch = |found: &str| Code::OpeningMismatch.because(found);
    let commitment = bid.commitment.ok_or_else(|| mismatch("the bid has no commitment"))?;
    let sealed = bid.sealed_opening.as_ref().ok_or_else(|| mismatch("the bid has no sealed opening"))?;
    let info = seal::opening_info(&round.entry.market, round.id);
    let aad = seal::opening_aad(bid.member, commitment);
    let plaintext =
        seal::open(secret, &info, &aad, &sealed.0).map_err(|error| mismatch(&error.to_string()))?;
    let opening = Opening::from_bytes(&plaintext, round.sealed_columns());
    let opening = opening.map_err(|error| mismatch(&error.to_string()))?;
    let point = Commitment::from_bytes(&commitment.0);
    if !point.is_some_and(|point| opening.opens(&point)) {
        return Err(mismatch("what was sealed opens another commitment"));
    }
    Ok(opening)
}
