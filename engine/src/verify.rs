//! Verify a bundle offline: no secret, no database, no network.
//!
//! Everything that a check compares is taken from the leaves of the signed tree; what the bundle merely says is
//! compared with that. The order of the checks is the order of the verdict. Source: formats.md section 5.

use crate::bundle::{Bundle, ProvedEntry, note_digest};
use crate::check::{CheckedSettlement, check_money, check_proof, check_statement};
use crate::deadline::check_bundle;
use crate::entry::{Kind, Payload, Provenance, RoundId};
use crate::market::{Market, Member, Round, Row, Settled};
use crate::money::Currency;
use crate::reject::{Code, Reject, Stage};
use crate::results::{OwnResults, by_name, check_blobs, open_results};
use crate::seal::HpkeSecret;
use crate::verdict::{Checks, Said, Verdict};
use quittance_circuits::number::Wide;
use quittance_circuits::rule::{Evidence, WrongOutcome};
use quittance_circuits::sealed::Opening;
use quittance_ledger::{
    ConsistencyProof, Entry, Envelope, InclusionProof, MarketKey, RangeProof, Receipt, SignedCheckpoint,
    TreeHead, leaf_hash,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The check of what a member's own sealed results open to.
pub const YOUR_RESULTS: &str = "your results";

/// What a member brings of its own.
#[derive(Default, Clone, Copy)]
pub struct Own<'a> {
    /// The bid's signed file.
    pub bid: Option<&'a [u8]>,
    /// What opens its commitment.
    pub opening: Option<&'a Opening>,
    /// The receipt for it.
    pub receipt: Option<&'a [u8]>,
    /// The secret half of the member's `seal_key`, with which a sealed result opens.
    pub seal: Option<&'a HpkeSecret>,
}

/// Verifies a bundle under a market's key from a source that the caller trusts.
#[must_use]
pub fn verify(bundle: &[u8], key: &MarketKey, own: Own<'_>) -> Verdict {
    let mut checks = Checks::new("a bundle");
    let parsed = match Bundle::parse(bundle) {
        Ok(parsed) => parsed,
        Err(error) => {
            checks.run::<(), String>("file", || Err(Code::FileMalformed.because(error.to_string())));
            return checks.finish();
        }
    };
    let tree = checks.run("checkpoint", || checkpoint(&parsed, key));
    let fold = checks.run("entries", || fold(&parsed, key, need(tree)?));
    if let Some(fold) = &fold {
        checks.about(about(fold));
    }
    let found = || fold.as_ref().ok_or_else(skipped).and_then(Folded::settled);
    if own.receipt.is_some() {
        checks.run("receipt", || receipt(&parsed, key, own));
    }
    if !key.policy.is_none() || parsed.before_close.is_some() {
        checks.run("deadlines", || {
            check_bundle(&parsed, key, need(tree)?, found()?.round).map(|compared| ((), compared))
        });
    }
    checks.run("rule", || rule(&found()?));
    checks.run("bid set", || bid_set(&found()?, &parsed));
    checks.run("proof", || proof(&found()?, &parsed));
    let checked = checks.run("money", || money(&found()?, &parsed));
    if own.bid.is_some() {
        let row = checks.run("your bid", || own_bid(found()?.round, &parsed, own));
        let seals = found().is_ok_and(|found| !found.round.sealed_results().is_empty());
        let opened = seals
            .then(|| checks.run(YOUR_RESULTS, || own_results(&found()?, &parsed, &need(row.clone())?, own)));
        let opened = opened.flatten().flatten();
        if let Some(opened) = &opened {
            checks.own(opened.by_name.clone(), opened.row_shown.clone());
        }
        checks.run("your payment", || {
            own_payment(&found()?, &parsed, &need(row)?, own, opened.as_ref(), &need(checked.clone())?)
        });
    }
    if let Some(evidence) = fold.as_ref().and_then(|fold| fold.settled().ok()?.round.evidence().ok()) {
        checks.evidence(evidence.word());
    }
    if fold.as_ref().and_then(|fold| fold.settled().ok()?.round.entry.revenue_from).is_some() {
        checks.not_checked("the settlement that the revenue comes from (verify its own bundle)");
    }
    not_checked(&mut checks, key, own);
    checks.finish()
}

/// What a verifier of a bundle's proof computes on its way, a shard each; none if the round is not proved.
///
/// # Errors
/// As [`verify`], as far as that is needed.
#[cfg(feature = "testing")]
pub fn trace(bundle: &[u8], key: &MarketKey) -> Result<Vec<quittance_circuits::proof_system::Trace>, Reject> {
    let bundle = Bundle::parse(bundle).map_err(|error| Code::FileMalformed.because(error.to_string()))?;
    let (tree, _) = checkpoint(&bundle, key)?;
    let (fold, _) = fold(&bundle, key, tree)?;
    let found = fold.settled()?;
    let verifying_key = bundle.verifying_key.as_ref().map(|key| key.0.as_slice());
    crate::check::trace_proof(found.round, &found.settled.entry, &bundle.statement, verifying_key)
}

fn skipped() -> Reject {
    Code::RangeInvalid.because("an earlier check failed")
}

fn need<T>(value: Option<T>) -> Result<T, Reject> {
    value.ok_or_else(skipped)
}

fn not_checked(checks: &mut Checks, key: &MarketKey, own: Own<'_>) {
    if own.receipt.is_none() {
        checks.not_checked("other members' view of the log (`--receipt`)");
    }
    checks.not_checked("history before this checkpoint (`--history`)");
    if key.policy.is_none() {
        checks.not_checked("deadlines (no witnesses)");
    }
    checks.not_checked("revocations and withdrawals before the round entry");
    checks.not_checked("a second settlement after this checkpoint");
    checks.not_checked(
        "whether the operator looked at bids before the close, or bid itself (`quittance help trust`)",
    );
}

/// The market, with the round of the bundle in it.
pub(crate) struct Folded {
    market: Market,
    round: RoundId,
    close_tree: TreeHead,
    last: u64,
}

/// The settled round of a bundle.
pub(crate) struct Found<'a> {
    pub(crate) market: &'a Market,
    pub(crate) round: &'a Round,
    pub(crate) settled: &'a Settled,
    pub(crate) close_tree: TreeHead,
    currency: Currency,
}

impl Folded {
    pub(crate) fn settled(&self) -> Result<Found<'_>, Reject> {
        let round = self.market.round(self.round).ok_or_else(skipped)?;
        let settled = round.settled().ok_or_else(skipped)?;
        let currency = Currency::of(self.market.entry());
        Ok(Found { market: &self.market, round, settled, close_tree: self.close_tree, currency })
    }
}

fn about(fold: &Folded) -> String {
    let (market, rows) =
        (fold.market.entry(), fold.market.round(fold.round).map_or(0, |round| round.rows.len()));
    let rule = fold.market.round(fold.round).map_or("", |round| round.entry.rule.as_str());
    format!("round {} of {} · {rule} · {rows} bids", short(&fold.round), market.market.as_str())
}

/// The first 8 digits of an id, for people.
fn short(id: &impl std::fmt::Display) -> String {
    let mut text = id.to_string();
    text.truncate(8);
    format!("{text}…")
}

pub(crate) fn checkpoint(bundle: &Bundle, key: &MarketKey) -> Result<(TreeHead, String), Reject> {
    let note = SignedCheckpoint::parse(bundle.checkpoint.as_bytes())?;
    let witnessed = key.witnessed(&note)?;
    let tree = witnessed.check_quorum()?;
    let by: Vec<&str> = witnessed.times().keys().copied().collect();
    let cosigned = if by.is_empty() { String::new() } else { format!(", cosigned by {}", by.join(", ")) };
    Ok((tree, format!("signed by {}, {} entries{cosigned}", signer(key), tree.size)))
}

/// The name and key id of the log: the part of the verifier key that people compare.
fn signer(key: &MarketKey) -> String {
    format!("{}+{:08x}", key.log.origin(), key.log.note_key_id())
}

/// Folds the entries that the round needs, then the whole range of the round.
pub(crate) fn fold(bundle: &Bundle, key: &MarketKey, tree: TreeHead) -> Result<(Folded, String), Reject> {
    let range = &bundle.range;
    let first = range.first.0;
    let market = before(bundle, key, tree, first)?;
    let leaves: Vec<_> = range.entries.iter().map(|entry| leaf_hash(&entry.0)).collect();
    RangeProof(range.proof.clone()).verify(&leaves, first, tree)?;
    let folded = fold_range(bundle, key, market, tree)?;
    let found = format!("{first} to {}, none left out; {} before them", folded.last, bundle.entries.len());
    Ok((folded, found))
}

/// Entry 0 and what else the round needs of the entries before it.
fn before(bundle: &Bundle, key: &MarketKey, tree: TreeHead, first: u64) -> Result<Market, Reject> {
    let mut entries = bundle.entries.iter();
    let zero = entries.next().ok_or_else(|| Code::RangeInvalid.because("entry 0 is missing"))?;
    let entry0 = read_proved(zero, tree)?;
    if zero.index.0 != 0 || entry0.leaf_hash() != key.entry0 {
        return Err(Code::MarketMismatch.because("entry 0 is not the one that the market's key names"));
    }
    let mut market = Market::open(&entry0)?;
    if *market.log_key() != key.log {
        return Err(Code::MarketMismatch.because("entry 0 names another log key"));
    }
    for proved in entries {
        let entry = read_proved(proved, tree)?;
        if proved.index.0 >= first {
            return Err(Code::RangeInvalid.because("an entry that belongs into the range stands before it"));
        }
        market.apply(proved.index.0, &entry).map_err(|reject| at(proved.index.0, &reject))?;
    }
    Ok(market)
}

/// A round that divides proceeds takes them from a round whose settlement is not examined here: what the terms
/// say is believed for now, and the verdict says so.
pub(crate) fn believe_source(market: &mut Market, payload: &Payload) {
    let Payload::Round(round) = payload else { return };
    let revenue = round.terms.get("revenue").and_then(|revenue| revenue.as_str()?.parse::<Wide>().ok());
    if let Some((source, revenue)) = round.revenue_from.zip(revenue) {
        // A source that is not settled makes the round entry itself be refused.
        let _ = market.record_settlement(source.round, [(source.seller, revenue)].into());
    }
}

fn read_proved(proved: &ProvedEntry, tree: TreeHead) -> Result<Entry, Reject> {
    let leaf = leaf_hash(&proved.entry.0);
    InclusionProof(proved.proof.clone()).verify(leaf, proved.index.0, tree)?;
    Entry::decode(&proved.entry.0).map_err(|error| at(proved.index.0, &error.into()))
}

fn at(index: u64, reject: &Reject) -> Reject {
    Code::RangeInvalid.because(format!("entry {index}: {} ({})", reject.found, reject.code))
}

/// Every leaf parses; those of this round, and those about members and keys, are judged as on the ledger; the
/// first opens the round and the last settles it.
fn fold_range(
    bundle: &Bundle,
    key: &MarketKey,
    mut market: Market,
    tree: TreeHead,
) -> Result<Folded, Reject> {
    let first = bundle.range.first.0;
    let last = first + bundle.range.entries.len() as u64 - 1;
    let mut round = None;
    let mut close_tree = None;
    for (index, encoded) in (first..).zip(&bundle.range.entries) {
        let entry = Entry::decode(&encoded.0).map_err(|error| at(index, &error.into()))?;
        let payload = Payload::of_entry(&entry).map_err(|reject| at(index, &reject))?;
        if index == first {
            if payload.kind() != Kind::Round {
                return Err(Code::RangeInvalid.because("the range does not start with a round"));
            }
            round = Some(RoundId::from(entry.record_id()));
        }
        let this = index == first || payload.round().is_some_and(|of| Some(of) == round);
        if !this && !concerns(&market, &payload) {
            continue; // it was seen to parse, and stands in the tree
        }
        if index == first {
            believe_source(&mut market, &payload);
        }
        market.apply(index, &entry).map_err(|reject| range_reject(&payload, index, &reject))?;
        if this && payload.kind() == Kind::Close {
            close_tree = Some(close_tree_of(bundle, key, index, tree)?);
        }
    }
    let round = round.ok_or_else(|| Code::RangeInvalid.because("the range is empty"))?;
    let settled = market.round(round).and_then(Round::settled).map(|settled| settled.index);
    if settled != Some(last) {
        return Err(Code::RangeInvalid.because("the range does not end with the round's settlement"));
    }
    let close_tree = close_tree.ok_or_else(|| Code::RangeInvalid.because("the round was not closed"))?;
    let note = market.round(round).and_then(Round::settled).map(|settled| settled.entry.close_checkpoint);
    if note != Some(note_digest(bundle.close_checkpoint.note.as_bytes())) {
        return Err(Code::StatementMismatch.because("the settlement names another closing checkpoint"));
    }
    Ok(Folded { market, round, close_tree, last })
}

/// Whether an entry that is about no round can change how the round's own entries are judged.
fn concerns(market: &Market, payload: &Payload) -> bool {
    match payload {
        Payload::Member(_) | Payload::RuleAdmit(_) => true,
        payload => payload.changes_keys_of().is_some_and(|member| market.member(member).is_some()),
    }
}

/// A refusal of the round's own end says itself what is wrong; any other makes the range invalid.
fn range_reject(payload: &Payload, index: u64, reject: &Reject) -> Reject {
    let own_code =
        matches!(payload.kind(), Kind::Close | Kind::Settlement) && reject.code.stage() >= Stage::Proof;
    if own_code { reject.clone() } else { at(index, reject) }
}

/// The closing note is the log's, over exactly the entries up to the close, and a prefix of the bundle's tree.
fn close_tree_of(bundle: &Bundle, key: &MarketKey, close: u64, tree: TreeHead) -> Result<TreeHead, Reject> {
    let note = SignedCheckpoint::parse(bundle.close_checkpoint.note.as_bytes())?;
    let close_tree = key.verify(&note)?;
    if close_tree.size != close + 1 {
        return Err(Code::RangeInvalid.because("the closing checkpoint does not end with the close"));
    }
    ConsistencyProof(bundle.close_checkpoint.proof.clone()).verify(close_tree, tree)?;
    Ok(close_tree)
}

/// The receipt is the log's, and the entry that it promises stands where it promises.
fn receipt(bundle: &Bundle, key: &MarketKey, own: Own<'_>) -> Result<((), String), Reject> {
    let receipt = Receipt::parse(own.receipt.unwrap_or_default())?;
    let here = bundle.leaf(receipt.index).ok_or_else(|| {
        Code::InclusionInvalid
            .because(format!("the receipt is for entry {}, not of this round", receipt.index))
    })?;
    if let Some(bid) = own.bid {
        let envelope = Envelope::parse(bid)?;
        if Entry::decode(here)?.envelope() != &envelope {
            receipt.verify_in(receipt.leaf(Kind::of_envelope(&envelope)?.byte(), envelope), key)?;
            return Err(
                Code::LogForked.because(format!("entry {} is not the one promised for it", receipt.index))
            );
        }
    }
    if receipt.verify_in(leaf_hash(here), key).is_ok() {
        let index = receipt.index;
        return Ok(((), format!("entry {index} stands where the receipt for it says")));
    }
    // The signature is the log's but the path leads elsewhere: the log has shown two trees.
    key.witnessed(&receipt.checkpoint)?;
    let forked = format!("the receipt promises another entry {}, signed by the same log", receipt.index);
    Err(Code::LogForked.because(forked))
}

fn rule(found: &Found<'_>) -> Result<((), String), Reject> {
    let entry = &found.round.entry;
    let terms = blake3::hash(&quittance_circuits::json::canonical(&entry.terms)).to_hex();
    found.round.rule()?;
    Ok(((), format!("{}, terms {}…", entry.rule, &terms[..8])))
}

fn bid_set(found: &Found<'_>, bundle: &Bundle) -> Result<((), String), Reject> {
    let Found { market, round, settled, close_tree, .. } = found;
    check_statement(market, round, &settled.entry, &bundle.statement, *close_tree)?;
    check_blobs(&bundle.statement, bundle.sealed_results.iter().map(|blob| &blob.0[..]))?;
    let closed = round.closed().ok_or_else(skipped)?;
    let (rows, first, last) = (closed.rows, closed.first, closed.last);
    Ok(((), format!("{rows} rows, entries {first} to {last}, taken from the ledger, none left out")))
}

fn proof(found: &Found<'_>, bundle: &Bundle) -> Result<((), Said), Reject> {
    let Found { market, round, settled, .. } = found;
    let key = bundle.verifying_key.as_ref().map(|key| key.0.as_slice());
    check_proof(round, &settled.entry, &bundle.statement, key)?;
    let Some((tier, id)) = bundle.statement.tier.zip(bundle.statement.circuit_key) else {
        let said = match round.evidence()? {
            Evidence::Asserted => {
                Said::NotMade("none: the operator asserts this outcome, and nothing proves it".into())
            }
            _ => Said::Compared("not needed: every number of this round is public; recomputed".into()),
        };
        return Ok(((), said));
    };
    let provenance = market.rule(&round.entry.rule).and_then(|rule| rule.provenance(id));
    let made = match provenance {
        Some(Provenance::Ceremony(digest)) => format!("ceremony {} (claimed)", short(&digest)),
        _ => "made by the operator alone (dev key): who made it could prove anything".into(),
    };
    let rule = round.entry.rule.as_str().replace('/', "-");
    Ok(((), Said::Compared(format!("key {rule}-{tier} {}, {made}", short(&id)))))
}

fn money(found: &Found<'_>, bundle: &Bundle) -> Result<(CheckedSettlement, String), Reject> {
    let checked = check_money(found.round, &bundle.statement)?;
    let total = |amount: Option<u128>| found.currency.show(Wide(amount.unwrap_or(u128::MAX)));
    let (money, show) = (&checked.money, |amount| found.currency.show(amount));
    let compared = format!(
        "paid {} = received {} + fee {} + dust {}",
        total(money.paid()),
        total(money.received()),
        show(money.fee),
        show(money.dust),
    );
    Ok((checked, compared))
}

/// The member's bid stands on the ledger as the member signed it, and the opening fits it.
fn own_bid(round: &Round, bundle: &Bundle, own: Own<'_>) -> Result<(Row, String), Reject> {
    let envelope = Envelope::parse(own.bid.unwrap_or_default())?;
    let Payload::Bid(_) = Payload::of_envelope(&envelope)? else {
        return Err(Code::KindUnknown.because("not a bid"));
    };
    let id = envelope.record_id();
    let missing =
        || Code::BidMissing.because(format!("bid {} is not among the rows of this round", short(&id)));
    let row = round.rows.iter().find(|row| row.id == id).ok_or_else(missing)?;
    // A record's id leaves the signatures out.
    if *Entry::decode(bundle.leaf(row.index).ok_or_else(skipped)?)?.envelope() != envelope {
        return Err(Code::SignatureInvalid
            .because("your file has another signature than the bid on the ledger")
            .hinting("take your bid as it stands on the ledger: `quittance ledger entry N`"));
    }
    let fits = match (own.opening, &row.commitment) {
        (Some(opening), Some(commitment)) if opening.opens(commitment) => "; your opening fits it",
        (Some(_), _) => {
            return Err(Code::OpeningMismatch.because("your opening does not fit your commitment"));
        }
        (None, _) => "",
    };
    Ok((row.clone(), format!("entry {} carries your commitment{fits}", row.index)))
}

/// What the member's key opened.
struct Opened {
    /// Its numbers, and its row if somebody else signed it.
    results: OwnResults,
    /// The numbers, with the names of their columns.
    by_name: BTreeMap<String, Option<Wide>>,
    /// The row, with the names of its columns.
    row_shown: Option<Value>,
}

/// The member's sealed results open under its key, and open the commitments.
fn own_results(
    found: &Found<'_>,
    bundle: &Bundle,
    row: &Row,
    own: Own<'_>,
) -> Result<(Option<Opened>, Said), Reject> {
    let round = found.round;
    let Some(secret) = own.seal else {
        return Ok((None, Said::NotMade("sealed to you: your `seal_key` opens them (`--key`)".into())));
    };
    // A key that nothing was sealed to is the member's mistake, and no evidence against the operator.
    if found.market.member(row.member).map(Member::seal_key) != Some(secret.public()) {
        return Ok((None, Said::NotMade("sealed to another key than the one that you brought".into())));
    }
    let index = row_index(round, row)?;
    let blob = bundle.sealed_results.get(index).map_or(&[][..], |blob| &blob.0);
    let results = open_results(round, &bundle.statement, row, index, blob, secret)?;
    let by_name = by_name(round, &results.numbers);
    let said: Vec<String> = by_name
        .iter()
        .map(|(name, number)| format!("{name} {}", number.map_or("none".to_owned(), |n| n.to_string())))
        .collect();
    let row_shown = match &results.row {
        Some(opening) => Some(own_row(found, bundle, row, opening.row())?),
        None => None,
    };
    let opened = Opened { results, by_name, row_shown };
    Ok((Some(opened), Said::Compared(format!("{}; they open your commitments", said.join(", ")))))
}

/// Where a row stands among the round's.
fn row_index(round: &Round, row: &Row) -> Result<usize, Reject> {
    round.rows_in_order().iter().position(|other| other.id == row.id).ok_or_else(skipped)
}

/// A row of these sealed numbers, with the names of its columns.
fn own_row(found: &Found<'_>, bundle: &Bundle, row: &Row, sealed: &[u64]) -> Result<Value, Reject> {
    let round = found.round;
    let public = round.public_columns(row);
    Ok(round.rule()?.row(&bundle.statement.terms, round.entry.disclosure, sealed, &public)?)
}

/// What the round decided about the member agrees with its own numbers.
fn own_payment(
    found: &Found<'_>,
    bundle: &Bundle,
    row: &Row,
    own: Own<'_>,
    opened: Option<&Opened>,
    checked: &CheckedSettlement,
) -> Result<((), Said), Reject> {
    let (round, rule) = (found.round, found.round.rule()?);
    let index = row_index(round, row)?;
    let columns = round.sealed_results();
    if !columns.is_empty() && opened.is_none() {
        return Ok(((), Said::NotMade("sealed to you, and not opened".into())));
    }
    let numbers = opened.map_or(&[][..], |opened| &opened.results.numbers);
    let opening = opened.and_then(|opened| opened.results.row.as_ref()).or(own.opening);
    let words = match (opening, round.sealed_columns()) {
        (None, 1..) => None,
        (opening, _) => {
            let row = own_row(found, bundle, row, opening.map_or(&[][..], |opening| opening.row()))?;
            let words =
                rule.own_view(&bundle.statement.terms, &bundle.statement.outcome, index, &row, numbers);
            Some(words.map_err(|error| match error {
                WrongOutcome::Payment(what) => Code::PaymentMismatch.because(what),
                error => Code::ProofInvalid.because(error.to_string()),
            })?)
        }
    };
    let money = &checked.money;
    let sealed = columns.iter().position(|name| ["payments", "receipts"].contains(name));
    let moved = match sealed.and_then(|column| numbers.get(column)) {
        Some(amount) => Some(Wide(*amount)),
        None if !money.receipts.is_empty() => money.receipts.get(index).copied(),
        // Of a rule without money there is none to speak of.
        None => money.payments.get(index).map(|amount| Wide(amount.0.into())),
    };
    let moved = moved.map(|amount| found.currency.show(amount) + ", ").unwrap_or_default();
    let said = match words {
        Some(words) => Said::Compared(format!("{moved}{words}")),
        None => {
            Said::NotMade(format!("{moved}your opening would compare it with your numbers (`--opening`)"))
        }
    };
    Ok(((), said))
}
