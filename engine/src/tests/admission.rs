//! Admission, and signed refusals.

use crate::admit::admit;
use crate::entry::{MarketId, RoundId};
use crate::refusal::Refusal;
use crate::reject::Code;
use crate::seal::HpkeSecret;
use crate::testing::{TestMarket, digest, fixed, log_key, seal_secret, sign, signing_key};
use quittance_ledger::envelope::payload_type;
use quittance_ledger::{Envelope, PublicKey, SignedCheckpoint, TreeHash, TreeHead};

fn round_secret() -> HpkeSecret {
    seal_secret("round")
}

#[test]
fn what_is_admitted_opens_and_may_be_appended() {
    let mut test = TestMarket::example();
    let file = test.bid(test.auction(), "acme", 70);
    let secret = round_secret();
    let admitted = admit(&test.market, |_| Some(&secret), file.to_json().as_bytes(), 123).unwrap();
    assert_eq!(admitted.opening.unwrap().row(), [70]);
    assert_eq!(admitted.entry.time_ms(), 123);
    assert_eq!(admitted.entry.envelope(), &file);
    test.market.apply(test.market.next_index(), &admitted.entry).unwrap();
    assert_eq!(test.market.round(test.auction()).unwrap().rows.len(), 1);
}

#[test]
fn spaces_around_a_signed_file_mean_nothing() {
    let test = TestMarket::example();
    let file = test.bid(test.auction(), "acme", 70).to_json().replace(',', ", ");
    let secret = round_secret();
    assert!(admit(&test.market, |_| Some(&secret), file.as_bytes(), 0).is_ok());
}

#[test]
fn a_row_without_sealed_numbers_needs_no_secret() {
    let mut test = TestMarket::example();
    test.put(test.split_of(None, 1000), &["operator"]);
    let file = test.weight(test.last_round(), "acme", 3).to_json();
    assert!(admit(&test.market, |_| None, file.as_bytes(), 0).unwrap().opening.is_none());
}

/// With the wrong secret every honest bid would be refused as `opening_mismatch`.
#[test]
fn an_operator_with_the_wrong_secret_refuses_nobody() {
    let test = TestMarket::example();
    let file = test.bid(test.auction(), "acme", 70).to_json();
    let other = seal_secret("other");
    for secret in [None, Some(&other)] {
        let reject = admit(&test.market, |_| secret, file.as_bytes(), 0).unwrap_err();
        assert_eq!(reject.code, Code::KeyMismatch);
        assert!(!reject.code.is_refusal());
    }
}

fn checkpoint() -> SignedCheckpoint {
    log_key().sign(TreeHead { size: 9, root: TreeHash([3; 32]) })
}

fn refusal_of(test: &TestMarket, submission: &[u8]) -> Refusal {
    let secret = round_secret();
    let reject = admit(&test.market, |_| Some(&secret), submission, 0).unwrap_err();
    Refusal::new(&test.market, submission, &reject, &checkpoint())
}

fn verify(file: &Envelope) -> Result<Refusal, &'static str> {
    let operator = PublicKey::from(&signing_key("operator"));
    Refusal::verify(file.to_json().as_bytes(), operator, &log_key().verifier_key())
        .map_err(|error| error.code())
}

#[test]
fn a_refusal_names_what_was_refused() {
    let test = TestMarket::example();
    let submission = test.bid(test.auction(), "north", 70).to_json();
    let refusal = refusal_of(&test, submission.as_bytes());
    let file = refusal.sign(&signing_key("operator")).unwrap();
    let read = verify(&file).unwrap();
    assert_eq!(read, refusal);
    assert_eq!((read.code, read.round), (Code::RoleMissing, Some(test.auction())));
    assert!(read.is_about(submission.as_bytes()));
    assert!(!read.is_about(test.bid(test.auction(), "north", 71).to_json().as_bytes()));

    let garbage = refusal_of(&test, b"\xff");
    assert_eq!((garbage.code, garbage.round), (Code::FileMalformed, None));
    assert!(verify(&garbage.sign(&signing_key("operator")).unwrap()).is_ok());
}

#[test]
fn a_refusal_that_the_operator_and_the_log_have_not_signed_is_none() {
    let test = TestMarket::example();
    let good = refusal_of(&test, b"");
    let sign = |refusal: &Refusal| refusal.sign(&signing_key("operator")).unwrap();
    assert_eq!(verify(&good.sign(&signing_key("acme")).unwrap()), Err("signature_invalid"));
    let other = Refusal { market: fixed::<MarketId>("example.com/other"), ..good.clone() };
    assert_eq!(verify(&sign(&other)), Err("market_mismatch"));
    let late = Refusal { code: Code::ProofInvalid, ..good.clone() };
    assert_eq!(verify(&sign(&late)), Err("file_malformed"));
    let unsigned = good.checkpoint.replace("\n9\n", "\n8\n");
    assert_eq!(
        verify(&sign(&Refusal { checkpoint: unsigned, ..good.clone() })),
        Err("checkpoint_signature_invalid")
    );
    assert_eq!(
        verify(&sign(&Refusal { checkpoint: String::new(), ..good.clone() })),
        Err("checkpoint_malformed")
    );
    assert_eq!(verify(&test.bid(test.auction(), "acme", 1)), Err("kind_unknown"));
    let text = String::from_utf8(sign(&good).payload().to_vec()).unwrap();
    for (from, to) in [("file_malformed", "bad_luck"), ("{\"checkpoint\"", "{ \"checkpoint\"")] {
        let payload = text.replace(from, to);
        let file = Envelope::sign(payload_type("refusal"), payload, &[&signing_key("operator")]).unwrap();
        assert_eq!(verify(&file), Err("file_malformed"), "{to}");
    }
}

#[test]
fn the_round_of_a_refusal_is_read_from_any_kind_that_names_one() {
    let test = TestMarket::example();
    let mut report = test.report(test.auction(), "acme", 1_000_001);
    report.round = test.auction();
    let submission = crate::testing::sign(&report, &["judge"]).to_json();
    assert_eq!(refusal_of(&test, submission.as_bytes()).round, Some(test.auction()));
    report.round = RoundId(digest("no round"));
    let submission = crate::testing::sign(&report, &["judge"]).to_json();
    assert_eq!(refusal_of(&test, submission.as_bytes()).code, Code::RoundUnknown);
}

#[test]
fn the_round_of_a_refusal_is_read_from_what_ends_a_round_too() {
    let mut test = TestMarket::example();
    let round = test.auction();
    test.append(test.bid(round, "acme", 70)).unwrap();
    let reject = Code::SignatureInvalid.because("a test");
    let named = |submission: Envelope| {
        Refusal::new(&test.market, submission.to_json().as_bytes(), &reject, &checkpoint()).round
    };
    assert_eq!(named(sign(&test.close(round), &["acme"])), Some(round));
    assert_eq!(named(sign(&test.settlement(round), &["acme"])), Some(round));
    assert_eq!(named(sign(&test.abort(round, "withdrawn"), &["acme"])), Some(round));
    assert_eq!(named(sign(&test.member_entry("dune", &[]), &["dune"])), None);
}
