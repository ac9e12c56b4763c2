//! Whether a settlement contradicts the ledger by what its operator signed, and by nothing that the bundle's maker
//! could have made up.
//!
//! Of a bundle these are signed: the leaves of the range, by the checkpoint over their tree; the statement, by its
//! digest in the settlement entry; the proof, which stands in that entry; the closing note, by its digest there; the
//! verifying key, by its id there. The entries before the range are the maker's *choice*: leaving one out can make
//! the market refuse an honest entry, so a refusal of an entry shows nothing. Once the market has taken every entry
//! of the round, its rows are all the bids of the range, whatever was chosen.

use super::Inconclusive;
use crate::bundle::Bundle;
use crate::check::{check_money, check_proof, check_statement};
use crate::entry::RoundId;
use crate::reject::{Code, Reject};
use crate::statement::Statement;
use crate::verify::{checkpoint, fold};
use quittance_circuits::rule::Evidence;
use quittance_ledger::MarketKey;

/// What a bundle shows of its settlement.
pub(super) enum Shown {
    /// The settlement is about the ledger's rows and follows the rule, as far as that can be checked.
    Honours(HonouredRound),
    /// What the operator signed contradicts the ledger.
    Contradicts(Reject),
}

/// A round whose settlement holds.
pub(super) struct HonouredRound {
    pub(super) round: RoundId,
    pub(super) rows: usize,
    /// How its outcome convinces.
    pub(super) evidence: Evidence,
}

/// Judges the settlement of a bundle.
///
/// # Errors
/// Something in the bundle is not what was signed, or is missing.
pub(super) fn judge(bundle: &Bundle, key: &MarketKey) -> Result<Shown, Inconclusive> {
    let (tree, _) = checkpoint(bundle, key)?;
    let folded = match fold(bundle, key, tree) {
        Ok((folded, _)) => folded,
        // The market took every bid; the round's own end says something else than they do.
        Err(reject) if is_of_end(&reject) => return Ok(Shown::Contradicts(reject)),
        Err(reject) => return Err(reject.into()),
    };
    let found = folded.settled()?;
    let (round, settled, statement) = (found.round, found.settled, &bundle.statement);
    let digest = Statement::digest(statement);
    if settled.entry.statement != digest {
        let what =
            format!("the settlement names statement {}, not the bundle's {digest}", settled.entry.statement);
        return Err(Code::StatementMismatch.because(what).into());
    }
    let evidence = round.evidence()?;
    if evidence == Evidence::Proved && round.rule()?.proved().is_none() {
        return Err(Code::RuleUnknown.because("this program has no circuit of the rule").into());
    }
    let contradicts = |reject: Reject, by: &[Code]| match by.contains(&reject.code) {
        true => Ok(Shown::Contradicts(reject)),
        false => Err(Inconclusive(reject)),
    };
    if let Err(reject) = check_statement(found.market, round, &settled.entry, statement, found.close_tree) {
        return contradicts(reject, &[Code::BidSetMismatch, Code::StatementMismatch]);
    }
    // Money before the proof: what public numbers refute needs no verifying key.
    if let Err(reject) = check_money(round, statement) {
        let of_statement = [
            Code::TermsInvalid,
            Code::StatementMismatch,
            Code::ProofInvalid,
            Code::ConservationViolated,
            Code::PaymentMismatch,
        ];
        return contradicts(reject, &of_statement);
    }
    let verifying_key = bundle.verifying_key.as_ref().map(|key| key.0.as_slice());
    if let Err(reject) = check_proof(round, &settled.entry, statement, verifying_key) {
        // A key that is missing, unsafe or another one is not the operator's word: all of these have codes of keys.
        return contradicts(reject, &[Code::ProofMalformed, Code::ProofInvalid, Code::PaymentMismatch]);
    }
    Ok(Shown::Honours(HonouredRound { round: round.id, rows: round.rows.len(), evidence }))
}

/// Refusals of a close or a settlement by the rows that the market took before it, which [`fold`] gives as they are;
/// others are `range_invalid` there. (Of `statement_mismatch` the bundle's closing note is the reason, which its maker
/// chose.)
fn is_of_end(reject: &Reject) -> bool {
    [Code::BidSetMismatch, Code::KeyMismatch, Code::ProofMalformed].contains(&reject.code)
}
