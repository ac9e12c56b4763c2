//! One case after the other that must be refused, by code: `fixtures/reject/` holds what they make.

use super::{TestMarket, digest, fixed, market_id, public_key, seal_secret, secret, sign, signing_key};
use crate::bid::RowContext;
use crate::entry::{
    Bid, CircuitKeyId, Erasure, HexBytes, KeyRevoke, KeyRotate, Kind, Measure, MemberId, ModelId, Nonce,
    Payload, PointBytes, RevenueSource, Role, RoundEntry, RoundId, RuleWithdraw, SealKey,
};
use crate::reject::Code;
use quittance_circuits::number::{Count, Ppm};
use quittance_ledger::{Entry, Envelope};
use serde_json::json;

/// What is handed to whom.
pub enum Attempt {
    /// A submission, handed to the operator.
    Admit(Vec<u8>),
    /// An entry, taken in as the ledger's next.
    Apply(Entry),
    /// An entry, taken in at an index.
    ApplyAt(u64, Entry),
}

/// Something that must be refused.
pub struct Case {
    /// With this code.
    pub code: Code,
    /// In a few words.
    pub about: &'static str,
    /// What happens first, to [`TestMarket::example`], and then the attempt.
    pub run: fn(&mut TestMarket) -> Attempt,
}

fn admit(file: &Envelope) -> Attempt {
    Attempt::Admit(file.to_json().into_bytes())
}

fn apply(file: Envelope) -> Attempt {
    let kind = Kind::of_envelope(&file).map_or(u8::MAX, Kind::byte);
    Attempt::Apply(Entry::from_envelope(kind, 0, file))
}

fn acme(test: &TestMarket) -> Envelope {
    test.bid(test.auction(), "acme", 70)
}

/// Acme's bid, changed and signed again.
fn acme_with(test: &TestMarket, change: impl FnOnce(&mut Bid)) -> Attempt {
    admit(&bid_with(&acme(test), change, &["acme"]))
}

fn bid_with(file: &Envelope, change: impl FnOnce(&mut Bid), signers: &[&str]) -> Envelope {
    let Ok(Payload::Bid(mut bid)) = Payload::of_envelope(file) else {
        panic!("a bid of the tests");
    };
    change(&mut bid);
    sign(&bid, signers)
}

/// Acme's bid file, with its text changed and not signed again.
fn acme_text(test: &TestMarket, from: &str, to: &str) -> Attempt {
    Attempt::Admit(acme(test).to_json().replace(from, to).into_bytes())
}

/// A file of acme's with a payload type and payload of any bytes.
fn raw(payload_type: &str, payload: &[u8]) -> Attempt {
    let file = Envelope::sign(payload_type, payload, &[&signing_key("acme")]);
    admit(&file.unwrap_or_else(|error| panic!("a file of the tests: {error}")))
}

/// A round of river's, changed.
fn round_with(test: &TestMarket, change: impl FnOnce(&mut RoundEntry)) -> Attempt {
    let mut round = test.auction_of("river");
    round.terms = json!({ "copies": "2", "fee_bps": "0", "reserve_price": "1" });
    change(&mut round);
    apply(sign(&round, &["operator", "river"]))
}

/// Acme's row, sealed to this plaintext instead of its opening.
fn sealed_to(test: &TestMarket, plaintext: &[u8]) -> Vec<u8> {
    let Ok(Payload::Bid(bid)) = Payload::of_envelope(&acme(test)) else { panic!("a bid of the tests") };
    let commitment = bid.commitment.unwrap_or(PointBytes([0; 32]));
    let info = crate::seal::opening_info(&market_id(), test.auction());
    let aad = crate::seal::opening_aad(bid.member, commitment);
    let to = seal_secret("round").public();
    crate::seal::seal(&to, &secret("other", "ikm"), &info, &aad, plaintext).unwrap_or_default()
}

/// Acme's row of a valuation, in the example's auction.
fn acme_row(test: &TestMarket, valuation: u64) -> crate::bid::SealedRow {
    let market = market_id();
    let seed = secret("blinding", "acme");
    let member = test.id("acme");
    let context = RowContext {
        market: &market,
        round: test.auction(),
        member,
        seed: &seed,
        nonce: Nonce(digest("nonce")),
    };
    let row = context.seal(&seal_secret("round").public(), &[valuation]);
    row.unwrap_or_else(|error| panic!("a row of the tests: {error}"))
}

/// The example's auction, settled, and a source of its proceeds.
fn source(test: &mut TestMarket) -> RevenueSource {
    let round = test.auction();
    test.settle(round, 900);
    RevenueSource { round, seller: test.id("river") }
}

/// Every case, in the order of the codes.
pub fn all() -> Vec<Case> {
    [
        file_cases(),
        who_cases(),
        more_who_cases(),
        round_cases(),
        round_entry_cases(),
        bid_cases(),
        late_cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn file_cases() -> Vec<Case> {
    use Code::{FileMalformed, FileTooLarge, KindUnknown, VersionUnknown};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(FileMalformed, "cut off in the middle", |test| {
            let file = acme(test).to_json();
            Attempt::Admit(file.as_bytes()[..file.len() / 2].to_vec())
        }),
        case(FileMalformed, "empty", |_| Attempt::Admit(Vec::new())),
        case(FileMalformed, "not UTF-8", |test| {
            let mut file = acme(test).to_json().into_bytes();
            file[12] = 0xff;
            Attempt::Admit(file)
        }),
        case(FileMalformed, "a payload that is not UTF-8", |_| {
            raw(&Kind::Bid.payload_type(), b"{\"a\":\"\xff\"}")
        }),
        case(FileMalformed, "an unknown field beside the signatures", |test| {
            acme_text(test, "{\"payload\"", "{\"note\":\"\",\"payload\"")
        }),
        case(FileMalformed, "a payload with a space", |test| {
            let payload = String::from_utf8_lossy(acme(test).payload()).replace(":{}", ": {}");
            raw(&Kind::Bid.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "a payload with an unknown field", |test| {
            let payload =
                String::from_utf8_lossy(acme(test).payload()).replace("{\"com", "{\"a\":null,\"com");
            raw(&Kind::Bid.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "a payload with a field twice", |test| {
            let payload = String::from_utf8_lossy(acme(test).payload())
                .replace("\"public\":{}", "\"public\":{},\"public\":{}");
            raw(&Kind::Bid.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "a number that is not a string", |test| {
            let close = sign(&test.close(test.auction()), &["operator"]);
            let payload = String::from_utf8_lossy(close.payload()).replace("\"rows\":\"0\"", "\"rows\":0");
            raw(&Kind::Close.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "an id in upper case", |test| {
            let id = test.id("acme").to_string();
            let payload = String::from_utf8_lossy(acme(test).payload()).replace(&id, &id.to_uppercase());
            raw(&Kind::Bid.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "another kind's payload", |test| {
            raw(&Kind::Model.payload_type(), acme(test).payload())
        }),
        case(FileMalformed, "another kind's byte", |test| {
            Attempt::Apply(Entry::from_envelope(Kind::Model.byte(), 0, acme(test)))
        }),
        case(FileMalformed, "terms that are not the rule's", |test| {
            round_with(test, |round| round.terms = json!({ "copies": "1" }))
        }),
        case(FileTooLarge, "more than 128 KiB", |test| {
            let mut file = acme(test).to_json();
            file.push_str(&" ".repeat(128 * 1024));
            Attempt::Admit(file.into_bytes())
        }),
        case(KindUnknown, "a kind that nobody knows", |test| {
            raw("application/vnd.quittance.offer.v1+json", acme(test).payload())
        }),
        case(KindUnknown, "somebody else's payload type", |_| raw("application/json", b"{}")),
        case(KindUnknown, "a refusal, which never stands on a ledger", |_| {
            raw("application/vnd.quittance.refusal.v1+json", b"{}")
        }),
        case(VersionUnknown, "a bid of version 2", |test| {
            raw("application/vnd.quittance.bid.v2+json", acme(test).payload())
        }),
    ]
}

fn who_cases() -> Vec<Case> {
    use Code::{MarketMismatch, SignatureInvalid, SignerUnknown};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(SignerUnknown, "a bid of somebody who is no member", |test| {
            admit(&bid_with(&acme(test), |bid| bid.member = MemberId(digest("stranger")), &["stranger"]))
        }),
        case(SignerUnknown, "a model of somebody who is no member", |test| {
            admit(&sign(&test.model_of("stranger"), &["stranger"]))
        }),
        case(SignerUnknown, "a round whose seller is no member", |test| {
            round_with(test, |round| round.sellers = vec![MemberId(digest("stranger"))])
        }),
        case(SignatureInvalid, "a bid signed by another member", |test| {
            admit(&bid_with(&acme(test), |_| {}, &["birch"]))
        }),
        case(SignatureInvalid, "a bid signed by a stranger", |test| {
            admit(&bid_with(&acme(test), |_| {}, &["stranger"]))
        }),
        case(SignatureInvalid, "a bid signed by its owner and somebody else", |test| {
            admit(&bid_with(&acme(test), |_| {}, &["acme", "birch"]))
        }),
        case(SignatureInvalid, "a bid signed by nobody", |test| admit(&bid_with(&acme(test), |_| {}, &[]))),
        case(SignatureInvalid, "the signature of another bid", |test| {
            let (one, other) = (acme(test), test.bid(test.auction(), "acme", 71));
            let signatures = other.signatures().to_vec();
            let file = Envelope::from_parts(one.payload_type().into(), one.payload().into(), signatures);
            admit(&file.unwrap_or(one))
        }),
        case(SignatureInvalid, "a round that its seller has not signed", |test| {
            let mut round = test.auction_of("river");
            round.terms = json!({ "copies": "2", "fee_bps": "0", "reserve_price": "1" });
            apply(sign(&round, &["operator"]))
        }),
        case(SignatureInvalid, "a close by a seller", |test| {
            admit(&sign(&test.close(test.auction()), &["river"]))
        }),
        case(SignatureInvalid, "a new member with another's key", |test| {
            apply(sign(&test.member_entry("acme", &[Role::Auditor]), &["operator", "acme"]))
        }),
        case(SignatureInvalid, "a new member with a key of small order", |test| {
            let mut member = test.member_entry("dune", &[]);
            member.key.0 = [0; 32];
            member.key.0[0] = 1;
            apply(sign(&member, &["operator"]))
        }),
        case(MarketMismatch, "a bid for another market", |test| {
            acme_with(test, |bid| bid.market = fixed("example.com/other"))
        }),
        case(MarketMismatch, "a bid for another market's round", |test| {
            acme_with(test, |bid| {
                bid.market = fixed("example.com/other");
                bid.round = RoundId(digest("their round"));
            })
        }),
    ]
}

fn more_who_cases() -> Vec<Case> {
    use Code::{KeyRevoked, RoleMissing};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(RoleMissing, "a bid of somebody who is no bidder", |test| {
            admit(&test.bid(test.auction(), "north", 70))
        }),
        case(RoleMissing, "a model of a bidder", |test| admit(&sign(&test.model_of("acme"), &["acme"]))),
        case(RoleMissing, "a round whose evaluator is none", |test| {
            let acme = test.id("acme");
            round_with(test, |round| round.evaluator = Some(acme))
        }),
        case(RoleMissing, "an evaluator's report on itself", |test| {
            admit(&sign(&test.report(test.auction(), "judge", 1), &["judge"]))
        }),
        case(RoleMissing, "a report for a round without evaluator", |test| {
            let mut round = test.auction_of("north");
            round.evaluator = None;
            test.put(round, &["operator", "north"]);
            admit(&sign(&test.report(test.last_round(), "acme", 1), &["judge"]))
        }),
        case(KeyRevoked, "a bid with a key that was rotated out", |test| {
            let rotation = KeyRotate {
                market: market_id(),
                member: test.id("acme"),
                key: public_key("acme-2"),
                seal_key: seal_secret("acme-2").public(),
            };
            let bid = acme(test);
            test.put(rotation, &["operator", "acme", "acme-2"]);
            admit(&bid)
        }),
        case(KeyRevoked, "a bid with a key that was revoked", |test| {
            let bid = acme(test);
            test.put(revocation(test, 5), &["operator"]);
            admit(&bid)
        }),
        case(KeyRevoked, "a key that is revoked twice", |test| {
            test.put(revocation(test, 5), &["operator"]);
            apply(sign(&revocation(test, 6), &["operator"]))
        }),
    ]
}

fn revocation(test: &TestMarket, from_index: u64) -> KeyRevoke {
    let (market, member, key) = (market_id(), test.id("acme"), public_key("acme"));
    KeyRevoke { market, member, key, from_index: Count(from_index) }
}

fn round_cases() -> Vec<Case> {
    use Code::{
        AlreadySettled, DuplicateEntry, RecordUnknown, RoundClosed, RoundNotOpen, RoundOpen, RoundUnknown,
    };
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(RoundUnknown, "a bid for no round", |test| {
            acme_with(test, |bid| bid.round = RoundId(digest("no round")))
        }),
        case(RecordUnknown, "a report on no model", |test| {
            let mut report = test.report(test.auction(), "acme", 1);
            report.model = Some(ModelId(digest("no model")));
            admit(&sign(&report, &["judge"]))
        }),
        case(RecordUnknown, "an auction of no model", |test| {
            round_with(test, |round| round.items = vec![ModelId(digest("no model"))])
        }),
        case(RecordUnknown, "an erasure of what is no name or notes", |test| {
            let blob = test.settlement(test.auction()).statement;
            apply(sign(&Erasure { market: market_id(), blob }, &["operator"]))
        }),
        case(RoundOpen, "a settlement before the close", |test| {
            apply(sign(&test.settlement(test.auction()), &["operator"]))
        }),
        case(RoundNotOpen, "a bid after an abort", |test| {
            let bid = acme(test);
            test.put(test.abort(test.auction(), "hpke_key_lost"), &["operator"]);
            admit(&bid)
        }),
        case(RoundNotOpen, "a settlement after an abort", |test| {
            let settlement = test.settlement(test.auction());
            test.put(test.close(test.auction()), &["operator"]);
            test.put(test.abort(test.auction(), "hpke_key_lost"), &["operator"]);
            apply(sign(&settlement, &["operator"]))
        }),
        case(RoundClosed, "a bid after the close", |test| {
            let bid = acme(test);
            test.put(test.close(test.auction()), &["operator"]);
            admit(&bid)
        }),
        case(RoundClosed, "a report after the close", |test| {
            test.put(test.close(test.auction()), &["operator"]);
            admit(&sign(&test.report(test.auction(), "acme", 1), &["judge"]))
        }),
        case(RoundClosed, "a second close", |test| {
            test.put(test.close(test.auction()), &["operator"]);
            apply(sign(&test.close(test.auction()), &["operator"]))
        }),
        case(AlreadySettled, "a second settlement", |test| {
            let round = source(test).round;
            let mut settlement = test.settlement(round);
            settlement.statement.0 = digest("another statement");
            apply(sign(&settlement, &["operator"]))
        }),
        case(AlreadySettled, "an abort after a settlement", |test| {
            let round = source(test).round;
            apply(sign(&test.abort(round, "hpke_key_lost"), &["operator"]))
        }),
        case(DuplicateEntry, "a model that is committed to", |test| {
            admit(&sign(&test.model_of("river"), &["river"]))
        }),
        case(DuplicateEntry, "a second market entry", |test| Attempt::Apply(test.entries[0].clone())),
        case(DuplicateEntry, "the same round again", |test| {
            apply(sign(&test.auction_of("river"), &["operator", "river"]))
        }),
    ]
}

fn round_entry_cases() -> Vec<Case> {
    use Code::{RuleUnknown, RuleWithdrawn, SourceSpent, TermsInvalid};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(RuleUnknown, "a rule that nobody has published", |test| {
            round_with(test, |round| round.rule = fixed("second-price/v9"))
        }),
        case(RuleWithdrawn, "a rule that is withdrawn", |test| {
            let key = test.auction_of("river").circuit_keys[0];
            let rule = fixed("uniform-price/v1");
            let (tier, circuit_key) = (Some(key.tier), Some(key.circuit_key));
            test.put(RuleWithdraw { market: market_id(), rule, tier, circuit_key }, &["operator"]);
            round_with(test, |round| round.circuit_keys.clear())
        }),
        case(TermsInvalid, "terms that the rule refuses", |test| {
            round_with(test, |round| round.terms["copies"] = json!("0"))
        }),
        case(TermsInvalid, "an item of another seller", |test| {
            let item = test.item("north");
            round_with(test, |round| round.items = vec![item])
        }),
        case(TermsInvalid, "nothing for sale", |test| round_with(test, |round| round.items.clear())),
        case(TermsInvalid, "a deadline before the close", |test| {
            round_with(test, |round| round.abort_at = round.close_at)
        }),
        case(TermsInvalid, "sealed results of a rule that has none", |test| {
            round_with(test, |round| round.disclosure = crate::entry::Disclosure::Sealed)
        }),
        case(TermsInvalid, "a seller as a party", |test| {
            let river = test.id("river");
            round_with(test, |round| round.parties = Some(vec![river]))
        }),
        case(TermsInvalid, "an aborted round over the same item, not named", |test| {
            test.append(acme(test)).ok();
            test.put(test.abort(test.auction(), "second_thoughts"), &["operator"]);
            round_with(test, |_| {})
        }),
        case(TermsInvalid, "a revenue that is not the proceeds", |test| {
            let source = source(test);
            apply(sign(&test.split_of(Some(source), 901), &["operator", "river"]))
        }),
        case(TermsInvalid, "proceeds of a round that is not settled", |test| {
            let source = RevenueSource { round: test.auction(), seller: test.id("river") };
            apply(sign(&test.split_of(Some(source), 900), &["operator", "river"]))
        }),
        case(SourceSpent, "proceeds that another round divides", |test| {
            let source = source(test);
            test.put(test.split_of(Some(source), 900), &["operator", "river"]);
            let mut again = test.split_of(Some(source), 900);
            again.abort_at = fixed("2031-01-01T00:00:00Z");
            apply(sign(&again, &["operator", "river"]))
        }),
    ]
}

fn bid_cases() -> Vec<Case> {
    use Code::{
        CommitmentIdentity, CommitmentNotCanonical, DuplicateBid, OpeningMismatch, RowInvalid, RowNotExpected,
    };
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(RowNotExpected, "a bid of the round's seller", |test| {
            admit(&test.bid(test.auction(), "river", 70))
        }),
        case(RowNotExpected, "a bid of somebody who is no party", |test| {
            let mut round = test.auction_of("north");
            round.parties = Some(vec![test.id("birch")]);
            test.put(round, &["operator", "north"]);
            admit(&test.bid(test.last_round(), "acme", 70))
        }),
        case(RowInvalid, "a public column that the rule has not", |test| {
            acme_with(test, |bid| bid.public = json!({ "valuation": "70" }))
        }),
        case(RowInvalid, "no commitment", |test| acme_with(test, |bid| bid.commitment = None)),
        case(RowInvalid, "a sealed opening of another length", |test| {
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(vec![7; 87])))
        }),
        case(RowInvalid, "a split's row with a commitment", |test| {
            test.put(test.split_of(None, 1000), &["operator"]);
            let weight = test.weight(test.last_round(), "acme", 3);
            admit(&bid_with(&weight, |bid| bid.commitment = Some(PointBytes([7; 32])), &["judge"]))
        }),
        case(CommitmentNotCanonical, "an x that is on no point", |test| {
            acme_with(test, |bid| bid.commitment = Some(PointBytes([0; 32])))
        }),
        case(CommitmentNotCanonical, "an x of q or more", |test| {
            acme_with(test, |bid| bid.commitment = Some(PointBytes([0x3f; 32])))
        }),
        case(CommitmentNotCanonical, "an identity with coordinates", |test| {
            let mut bytes = identity();
            bytes[0] = 1;
            acme_with(test, |bid| bid.commitment = Some(PointBytes(bytes)))
        }),
        case(CommitmentIdentity, "the identity", |test| {
            acme_with(test, |bid| bid.commitment = Some(PointBytes(identity())))
        }),
        case(DuplicateBid, "the same bid again", |test| {
            test.append(acme(test)).ok();
            admit(&acme(test))
        }),
        case(DuplicateBid, "a better bid of the same member", |test| {
            test.append(acme(test)).ok();
            admit(&test.bid(test.auction(), "acme", 71))
        }),
        case(OpeningMismatch, "a bid copied under another name", |test| {
            let birch = test.id("birch");
            admit(&bid_with(&acme(test), |bid| bid.member = birch, &["birch"]))
        }),
        case(OpeningMismatch, "a bid replayed in another round", |test| {
            test.put(test.auction_of("north"), &["operator", "north"]);
            let round = test.last_round();
            acme_with(test, |bid| bid.round = round)
        }),
        case(OpeningMismatch, "the opening of another valuation", |test| {
            let bytes = acme_row(test, 71).opening.to_bytes();
            let sealed = sealed_to(test, &bytes);
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(sealed)))
        }),
        case(OpeningMismatch, "a blinding of r or more", |test| {
            let mut bytes = acme_row(test, 70).opening.to_bytes();
            bytes[8..].fill(0xff);
            let sealed = sealed_to(test, &bytes);
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(sealed)))
        }),
        case(OpeningMismatch, "not a ciphertext", |test| {
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(vec![7; 88])))
        }),
        case(OpeningMismatch, "an ephemeral key of low order", |test| {
            acme_with(test, |bid| bid.sealed_opening = Some(HexBytes(vec![0; 88])))
        }),
        case(OpeningMismatch, "a commitment plus a known difference", |test| {
            let other = acme_row(test, 71).commitment;
            acme_with(test, |bid| bid.commitment = Some(other))
        }),
    ]
}

fn identity() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[31] = 0x40;
    bytes
}

fn late_cases() -> Vec<Case> {
    use Code::{
        BidSetMismatch, KeyMismatch, KeyUnknown, KeyUnsafe, LogInvalid, ProofMalformed, ValueOutOfRange,
    };
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(ValueOutOfRange, "a gain of more than the whole", |test| {
            admit(&sign(&test.report(test.auction(), "acme", 1_000_001), &["judge"]))
        }),
        case(ValueOutOfRange, "a baseline of more than the whole", |test| {
            let mut report = test.report(test.auction(), "acme", 1);
            report.measure = Measure::Quality;
            report.baseline_ppm = Ppm(u64::MAX);
            admit(&sign(&report, &["judge"]))
        }),
        case(ValueOutOfRange, "a revocation from the future on", |test| {
            apply(sign(&revocation(test, 1000), &["operator"]))
        }),
        case(LogInvalid, "an index that is taken", |test| {
            let bid = acme(test);
            Attempt::ApplyAt(3, Entry::from_envelope(Kind::Bid.byte(), 0, bid))
        }),
        case(KeyUnknown, "a circuit key that is not in force", |test| {
            round_with(test, |round| round.circuit_keys[0].circuit_key = CircuitKeyId(digest("trapdoor")))
        }),
        case(KeyMismatch, "a circuit key in force that is left out", |test| {
            round_with(test, |round| round.circuit_keys.clear())
        }),
        case(KeyMismatch, "a settlement with another circuit key", |test| {
            let mut settlement = test.settlement(test.auction());
            test.put(test.close(test.auction()), &["operator"]);
            settlement.circuit_key = Some(CircuitKeyId(digest("trapdoor")));
            apply(sign(&settlement, &["operator"]))
        }),
        case(KeyUnsafe, "an HPKE key of low order", |test| {
            round_with(test, |round| round.hpke_key = Some(SealKey([0; 32])))
        }),
        case(KeyUnsafe, "a new member with a sealing key of low order", |test| {
            let mut member = test.member_entry("dune", &[Role::Bidder]);
            member.seal_key = SealKey([0; 32]);
            apply(sign(&member, &["operator", "dune"]))
        }),
        case(BidSetMismatch, "a close that leaves a bid out", |test| {
            test.append(acme(test)).ok();
            let mut close = test.close(test.auction());
            close.rows = Count(0);
            apply(sign(&close, &["operator"]))
        }),
        case(BidSetMismatch, "a close that starts late", |test| {
            let mut close = test.close(test.auction());
            close.first.0 += 1;
            apply(sign(&close, &["operator"]))
        }),
        case(ProofMalformed, "a settlement without a proof", |test| {
            let mut settlement = test.settlement(test.auction());
            test.put(test.close(test.auction()), &["operator"]);
            settlement.proof = None;
            apply(sign(&settlement, &["operator"]))
        }),
        case(ProofMalformed, "a shard too many", |test| {
            let mut settlement = test.settlement(test.auction());
            test.put(test.close(test.auction()), &["operator"]);
            if let Some(proof) = &mut settlement.proof {
                proof.shards.push(HexBytes(vec![0; 288]));
                proof.carries.push(PointBytes(identity()));
            }
            apply(sign(&settlement, &["operator"]))
        }),
    ]
}
