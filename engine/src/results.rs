//! Sealed results: what a round decided about one party, for that party's eyes.
//!
//! The operator commits to every entry of every result column on `G_1` and the proof is linked to the commitments.
//! The openings go to each row's member, sealed to its `seal_key` in one blob of fixed length. Whether money in
//! equals money out is seen on the commitments. Source: proof-system.md section 10, formats.md section 4.

use crate::entry::{BlobDigest, MarketId, MemberId, PointBytes, RoundId, ScalarBytes};
use crate::market::{Market, Round, Row};
use crate::reject::{Code, Reject};
use crate::seal::{self, HpkeSecret, parts};
use crate::statement::Statement;
use quittance_circuits::number::Wide;
use quittance_circuits::proved::SecureRng;
use quittance_circuits::rule::Money;
use quittance_circuits::sealed::{Blinding, Commitment, Opening, ResultOpening, Side, balance, balances};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The BLAKE3 context that blobs of sealed results are hashed and kept under.
pub const RESULT_CONTEXT: &str = "quittance v1 sealed-result";

/// First part of the HPKE `info` of a sealed result.
const RESULT: &[u8] = b"quittance/v1/result";

/// The sealed results of a round, with what opens them. Secret but for the statement's part.
#[derive(Debug, Clone, Default)]
pub struct SealedResults {
    /// Openings, by column, in row order.
    pub openings: Vec<Vec<ResultOpening>>,
    /// What each row's member gets, in row order.
    pub blobs: Vec<Vec<u8>>,
}

/// What one member learns from its blob.
#[derive(Debug, Clone)]
pub struct OwnResults {
    /// Its number in each result column, in the rule's order.
    pub numbers: Vec<u128>,
    /// The row itself, if somebody else signed it.
    pub row: Option<Opening>,
}

/// The digest of a blob.
#[must_use]
pub fn blob_digest(blob: &[u8]) -> BlobDigest {
    BlobDigest(blake3::derive_key(RESULT_CONTEXT, blob))
}

/// Which side of the balance a result column stands on, if it is money.
fn side(column: &str) -> Option<Side> {
    match column {
        "payments" => Some(Side::Paid),
        "receipts" => Some(Side::Received),
        _ => None,
    }
}

/// The HPKE `info` and `aad` that bind a blob to market, round, member, row and commitments.
fn binding(
    market: &MarketId,
    round: RoundId,
    member: MemberId,
    index: usize,
    commitments: &[PointBytes],
) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
    let row = (index as u64).to_le_bytes();
    let points = commitments.iter().map(|point| point.0.as_slice());
    let items: Vec<&[u8]> = [member.0.as_slice(), &row].into_iter().chain(points).collect();
    (parts(&[RESULT, market.as_str().as_bytes(), &round.0]), parts(&items))
}

/// Whether somebody else signed the rows, so that their members learn their numbers here.
fn rows_are_new(round: &Round, row: &Row) -> bool {
    round.sealed_columns() > 0 && round.row_signer(row.member) != Some(row.member)
}

/// Commits to these numbers, by column and row, with fresh blindings, and seals the openings to the rows' members.
///
/// # Errors
/// `key_unsafe` for a member's `seal_key` of low order, which no ledger takes.
pub fn seal_results(
    market: &Market,
    round: &Round,
    numbers: &[Vec<u128>],
    rows: &[Opening],
    mut rng: &mut dyn SecureRng,
) -> Result<SealedResults, Reject> {
    let mut open = |number: &u128| ResultOpening::new(*number, Blinding::random(&mut rng));
    let openings: Vec<Vec<ResultOpening>> =
        numbers.iter().map(|column| column.iter().map(&mut open).collect()).collect();
    let mut blobs = Vec::new();
    for (index, row) in round.rows_in_order().into_iter().enumerate() {
        let mut plaintext = Zeroizing::new(Vec::new());
        let mut commitments = Vec::new();
        for opening in openings.iter().filter_map(|column| column.get(index)) {
            plaintext.extend_from_slice(opening.to_bytes().as_slice());
            commitments.push(PointBytes(opening.commit().to_bytes()));
        }
        if let Some(opening) = rows.get(index).filter(|_| rows_are_new(round, row)) {
            plaintext.extend_from_slice(&opening.to_bytes());
        }
        let unknown = || Code::RowInvalid.because(format!("no member {}", row.member));
        let key = market.member(row.member).ok_or_else(unknown)?.seal_key();
        let (info, aad) = binding(&round.entry.market, round.id, row.member, index, &commitments);
        let mut ikm = Zeroizing::new([0; 32]);
        rng.fill_bytes(ikm.as_mut_slice());
        let blob = seal::seal(&key, &ikm, &info, &aad, &plaintext);
        blobs.push(blob.map_err(|error| Code::KeyUnsafe.because(error.to_string()))?);
    }
    Ok(SealedResults { openings, blobs })
}

impl SealedResults {
    /// Writes commitments, blob digests and balance into the statement of their round.
    pub fn state(&self, columns: &[&str], statement: &mut Statement) {
        let commit = |column: &Vec<ResultOpening>| {
            column.iter().map(|opening| PointBytes(opening.commit().to_bytes())).collect()
        };
        let columns = columns.iter().copied();
        statement.results = columns.clone().map(String::from).zip(self.openings.iter().map(commit)).collect();
        statement.sealed_results = self.blobs.iter().map(|blob| blob_digest(blob)).collect();
        let money = columns.zip(&self.openings).filter_map(|(name, column)| Some((side(name)?, column)));
        let signed: Vec<_> = money.flat_map(|(side, column)| column.iter().map(move |o| (side, o))).collect();
        statement.z = (!signed.is_empty()).then(|| ScalarBytes(balance(signed)));
    }
}

/// The commitments of sealed result columns, in the rule's order, as the statement has them.
///
/// # Errors
/// `statement_mismatch` for other columns than the round seals, other rows, or bytes that are no point;
/// `commitment_identity`.
pub fn result_commitments(round: &Round, statement: &Statement) -> Result<Vec<Vec<Commitment>>, Reject> {
    let mismatch = |found: String| Code::StatementMismatch.because(found);
    let (names, rows) = (round.sealed_results(), round.rows.len());
    if statement.results.len() != names.len() {
        return Err(mismatch("`results` has other columns than the round seals".into()));
    }
    let blobs = if names.is_empty() { 0 } else { rows };
    if statement.sealed_results.len() != blobs {
        return Err(mismatch(format!("`sealed_results` has not {blobs} blobs")));
    }
    let money = rows > 0 && names.iter().any(|name| side(name).is_some());
    if statement.z.is_some() != money {
        return Err(mismatch("`z` stands where sealed money is balanced, and only there".into()));
    }
    let column = |name: &&str| {
        let column = statement.results.get(*name).filter(|column| column.len() == rows);
        let column = column.ok_or_else(|| mismatch(format!("`results.{name}` has not one entry per row")))?;
        let point = |bytes: &PointBytes| {
            let point = Commitment::from_bytes(&bytes.0).filter(|point| !point.is_identity());
            point.ok_or_else(|| mismatch(format!("`results.{name}`: {bytes} is no commitment")))
        };
        column.iter().map(point).collect()
    };
    names.iter().map(column).collect()
}

/// The rows' blobs are those whose digests the statement names: a blob that got damaged on its way is nobody's
/// fault, and is told from one that the operator sealed wrongly.
///
/// # Errors
/// `statement_mismatch`.
pub fn check_blobs<'a>(
    statement: &Statement,
    blobs: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Result<(), Reject> {
    let named = &statement.sealed_results;
    if blobs.len() != named.len() {
        let found = format!("{} sealed results, the statement names {}", blobs.len(), named.len());
        return Err(Code::StatementMismatch.because(found));
    }
    match blobs.zip(named).position(|(blob, digest)| blob_digest(blob) != *digest) {
        None => Ok(()),
        Some(row) => Err(Code::StatementMismatch
            .because(format!("the sealed result of row {row} is not the one that the statement names"))),
    }
}

/// Sealed money adds up: the commitments of payments and receipts differ by what is public.
///
/// # Errors
/// `conservation_violated`, or as [`result_commitments`].
pub fn check_balance(round: &Round, statement: &Statement, money: &Money) -> Result<(), Reject> {
    let commitments = result_commitments(round, statement)?;
    let Some(z) = statement.z else { return Ok(()) };
    let columns = round.sealed_results().iter().zip(&commitments);
    let signed = columns.filter_map(|(name, column)| Some((side(name)?, column)));
    let signed = signed.flat_map(|(side, column)| column.iter().map(move |point| (side, point)));
    if balances(signed, money.sealed_payments.0, money.sealed_receipts.0, &z.0) {
        return Ok(());
    }
    Err(Code::ConservationViolated.because("the sealed amounts do not add up to what is public"))
}

/// Opens the results of the row at `index`, and checks that they open the statement's commitments. The blob has passed
/// [`check_blobs`].
///
/// # Errors
/// `opening_mismatch`: evidence against the operator, if the key is the member's.
pub fn open_results(
    round: &Round,
    statement: &Statement,
    row: &Row,
    index: usize,
    blob: &[u8],
    secret: &HpkeSecret,
) -> Result<OwnResults, Reject> {
    let mismatch = |found: &str| Code::OpeningMismatch.because(format!("your sealed result {found}"));
    let names = round.sealed_results();
    let column = |name: &&str| statement.results.get(*name).and_then(|column| column.get(index)).copied();
    let commitments: Vec<PointBytes> =
        names.iter().map(column).collect::<Option<_>>().ok_or_else(|| mismatch("is missing"))?;
    let (info, aad) = binding(&round.entry.market, round.id, row.member, index, &commitments);
    let plaintext = seal::open(secret, &info, &aad, blob)
        .map_err(|_| mismatch("does not open with this key under this round, row and commitments"))?;
    let (results, rest) = plaintext
        .split_at_checked(names.len() * ResultOpening::BYTES)
        .ok_or_else(|| mismatch("has another length"))?;
    let (results, _) = results.as_chunks::<{ ResultOpening::BYTES }>();
    let mut numbers = Vec::new();
    for (bytes, commitment) in results.iter().zip(&commitments) {
        let opening = ResultOpening::from_bytes(bytes).ok_or_else(|| mismatch("is malformed"))?;
        if opening.commit().to_bytes() != commitment.0 {
            return Err(mismatch("opens another commitment"));
        }
        numbers.push(opening.value());
    }
    let row = match rows_are_new(round, row) {
        true => {
            Some(Opening::from_bytes(rest, round.sealed_columns()).map_err(|_| mismatch("is malformed"))?)
        }
        false if rest.is_empty() => None,
        false => return Err(mismatch("has another length")),
    };
    Ok(OwnResults { numbers, row })
}

/// Sealed results that are places in a list: 0 is none, and a place is sealed as one more.
const PLACES: [&str; 1] = ["actions"];

/// Opened results by name, as an outcome that publishes them says them.
#[must_use]
pub fn by_name(round: &Round, numbers: &[u128]) -> BTreeMap<String, Option<Wide>> {
    let said = |name: &str, number: u128| match PLACES.contains(&name) {
        true => number.checked_sub(1).map(Wide),
        false => Some(Wide(number)),
    };
    let columns = round.sealed_results().iter().zip(numbers);
    columns.map(|(name, number)| ((*name).to_owned(), said(name, *number))).collect()
}
