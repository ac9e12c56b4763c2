//! Rounds of a market with witnesses: what waits for them, and what their times say.

use crate::bundle::Bundle;
use crate::entry::{Abort, RoundId};
use crate::operator::OperatorError;
use crate::reject::Code;
use crate::replay::{ReplayReport, replay};
use crate::testing::witnessed::{
    ABORT_AT, CLOSE_AT, IN_TIME, TestOperator, Times, cosigned, lines, open_split, policy, see_open, settle,
    settled_split, show, witness,
};
use crate::testing::{fixed, log_key, market_id};
use crate::verdict::{State, Verdict};
use crate::verify::{Own, verify};
use quittance_ledger::{MarketKey, SignedCheckpoint, TreeHash, TreeHead, WitnessPolicy};

fn code<T>(result: Result<T, OperatorError>) -> Result<T, Option<Code>> {
    result.map_err(|error| match error {
        OperatorError::Refused(reject) => Some(reject.code),
        OperatorError::Log(error) => Code::of_word(error.code()),
        OperatorError::Bundle(_) => None,
    })
}

fn verdict(bundle: &Bundle, key: &MarketKey) -> Verdict {
    verify(&bundle.to_bytes(), key, Own::default())
}

fn report(operator: &TestOperator, now: Option<&str>) -> ReplayReport {
    replay(operator.log(), &operator.market_key(), &|_| None, now.map(fixed), |_| {}).unwrap()
}

/// How a replay ends: the code and the entry of its disagreement.
fn disagreement(report: &ReplayReport) -> Option<(Code, u64)> {
    assert_eq!(report.agrees, report.disagreement.is_none());
    report.disagreement.as_ref().map(|wrong| (wrong.code, wrong.index.0))
}

#[test]
fn a_round_in_time_is_verified_and_replayed() {
    let (operator, round) = settled_split(IN_TIME);
    let bundle = operator.bundle(round).unwrap();
    let found = verdict(&bundle, &operator.market_key());
    assert!(found.verified, "{found:?}");
    let deadlines = found.checks.iter().find(|check| check.name == "deadlines").unwrap();
    assert_eq!(deadlines.state, State::Passed);
    assert!(!found.not_checked.iter().any(|what| what.contains("deadlines")));
    assert!(found.checks[0].compared.ends_with("cosigned by w2, w3"), "{}", found.checks[0].compared);
    let report = report(&operator, None);
    assert_eq!(disagreement(&report), None);
    assert!(report.rounds[0].remarks.is_empty(), "{:?}", report.rounds[0].remarks);
    assert!(!report.not_checked.iter().any(|what| what.contains("deadlines")));
    assert_eq!(operator.uncosigned().unwrap(), Vec::<u64>::new());
    // The bundle is of the first cosigned checkpoint, and a third witness may be late.
    let note = show(&operator, &[(1, ABORT_AT + 1)]);
    let again = operator.bundle(round).unwrap();
    assert_eq!(again.checkpoint.as_bytes(), note.to_bytes());
    assert!(verdict(&again, &operator.market_key()).verified);
}

#[test]
fn nothing_is_settled_before_the_closing_checkpoint_has_its_quorum() {
    let (mut operator, round) = open_split();
    see_open(&operator, round, CLOSE_AT).unwrap();
    let close = operator.close(round, 1).unwrap();
    assert_eq!(operator.uncosigned().unwrap(), [close + 1]);
    assert_eq!(code(settle(&mut operator, round)), Err(Some(Code::QuorumMissing)));
    // One honest witness and a liar: another root, another key, an older tree.
    let note = show(&operator, &[(1, CLOSE_AT + 5)]);
    let lied = log_key().sign(TreeHead { size: close + 1, root: TreeHash([7; 32]) });
    let older = log_key().sign(operator.log().head_at(close).unwrap());
    for line in [
        witness(2).cosign(lied.checkpoint(), CLOSE_AT + 5),
        witness(2).cosign(older.checkpoint(), CLOSE_AT + 5),
        witness(4).cosign(note.checkpoint(), CLOSE_AT + 5),
    ] {
        assert_eq!(
            code(operator.add_cosignatures(close + 1, [line])).map(drop),
            Err(Some(Code::CheckpointSignatureInvalid))
        );
    }
    assert_eq!(code(settle(&mut operator, round)), Err(Some(Code::QuorumMissing)));
    assert!(operator.market().round(round).unwrap().settled().is_none());
    // Two honest ones.
    show(&operator, &[(3, CLOSE_AT + 9)]);
    settle(&mut operator, round).unwrap();
    // No bundle is made that nobody would accept.
    assert_eq!(code(operator.bundle(round)).map(drop), Err(Some(Code::QuorumMissing)));
    assert_eq!(operator.uncosigned().unwrap(), [close + 2]);
    show(&operator, &[(1, ABORT_AT), (2, ABORT_AT)]);
    assert!(verdict(&operator.bundle(round).unwrap(), &operator.market_key()).verified);
    // The closing note is named by the settlement: it gets no line any more.
    let kept = operator.close_checkpoint(round).unwrap();
    let again = operator.add_cosignatures(close + 1, lines(&kept, &[(2, 5)])).unwrap();
    assert_eq!(again, kept);
    assert_eq!(operator.close_checkpoint(round).unwrap(), kept);
}

#[test]
fn a_settlement_without_its_quorum_is_refused_by_everybody() {
    // An operator who asks nobody settles, and publishes what members with a policy do not accept.
    let (mut operator, round) = open_split();
    operator.require(WitnessPolicy::none());
    let close = operator.close(round, 1).unwrap();
    settle(&mut operator, round).unwrap();
    let bundle = operator.bundle(round).unwrap();
    assert!(verdict(&bundle, &operator.market_key()).verified);
    operator.require(policy());
    let found = verdict(&bundle, &operator.market_key());
    assert_eq!((found.verified, found.code), (false, Some(Code::QuorumMissing)));
    assert_eq!(found.checks[0].state, State::Failed);
    assert_eq!(disagreement(&report(&operator, None)), Some((Code::QuorumMissing, close + 1)));
    // Cosigning the bundle's checkpoint afterwards does not mend the close.
    let mut later = bundle.clone();
    let note = SignedCheckpoint::parse(bundle.checkpoint.as_bytes()).unwrap();
    let note = cosigned(&note, &[(1, CLOSE_AT + 9), (2, CLOSE_AT + 9)]);
    later.checkpoint = String::from_utf8(note.to_bytes()).unwrap();
    let found = verdict(&later, &operator.market_key());
    assert_eq!((found.code, found.checks[0].state), (Some(Code::QuorumMissing), State::Passed));
}

#[test]
fn a_round_closes_when_witnesses_saw_it_open_at_its_time() {
    let (mut operator, round) = open_split();
    assert_eq!(code(operator.close(round, 1)), Err(Some(Code::ClosedEarly)));
    assert_eq!(code(see_open(&operator, round, CLOSE_AT - 1)), Err(Some(Code::ClosedEarly)));
    let note = operator.checkpoint().unwrap();
    // One is early, or the only one.
    for by in [&[(1, CLOSE_AT - 1), (2, CLOSE_AT)][..], &[(1, CLOSE_AT)], &[]] {
        let kept = operator.keep_before_close(round, lines(&note, by));
        assert_eq!(code(kept), Err(Some(Code::ClosedEarly)));
    }
    // A fork, and a stranger's line.
    let fork = log_key().sign(TreeHead { size: note.head().size, root: TreeHash([7; 32]) });
    for strange in
        [lines(&fork, &[(1, CLOSE_AT), (2, CLOSE_AT)]), lines(&note, &[(1, CLOSE_AT), (4, CLOSE_AT)])]
    {
        let strange = operator.keep_before_close(round, strange);
        assert_eq!(code(strange), Err(Some(Code::CheckpointSignatureInvalid)));
    }
    assert_eq!(code(operator.close(round, 1)), Err(Some(Code::ClosedEarly)));
    // A third witness with an old clock does not matter.
    operator.keep_before_close(round, lines(&note, &[(1, CLOSE_AT), (2, CLOSE_AT), (3, 9)])).unwrap();
    operator.close(round, 1).unwrap();
}

/// The honest bundle with another note in a place.
fn with_note(bundle: &Bundle, place: impl Fn(&mut Bundle) -> &mut String, by: &[(u8, u64)]) -> Bundle {
    let mut changed = bundle.clone();
    let note = place(&mut changed);
    let parsed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    let unsigned = log_key().sign(parsed.head());
    *note = String::from_utf8(cosigned(&unsigned, by).to_bytes()).unwrap();
    changed
}

#[test]
fn times_in_a_bundle_are_judged() {
    let (operator, round) = settled_split(IN_TIME);
    let (bundle, key) = (operator.bundle(round).unwrap(), operator.market_key());
    let before = |by: &[(u8, u64)]| {
        verdict(&with_note(&bundle, |bundle| &mut bundle.before_close.as_mut().unwrap().note, by), &key).code
    };
    let settled =
        |by: &[(u8, u64)]| verdict(&with_note(&bundle, |bundle| &mut bundle.checkpoint, by), &key).code;
    let (late, early) = (ABORT_AT + 1, CLOSE_AT - 1);
    assert_eq!(before(&[(1, CLOSE_AT), (3, CLOSE_AT)]), None);
    assert_eq!(before(&[(1, CLOSE_AT), (3, early)]), Some(Code::ClosedEarly));
    assert_eq!(before(&[(1, early), (2, early), (3, CLOSE_AT)]), Some(Code::ClosedEarly));
    assert_eq!(before(&[(1, CLOSE_AT)]), Some(Code::ClosedEarly));
    assert_eq!(settled(&[(1, ABORT_AT), (3, ABORT_AT)]), None);
    assert_eq!(settled(&[(1, ABORT_AT), (2, late), (3, ABORT_AT)]), None);
    assert_eq!(settled(&[(1, ABORT_AT), (3, late)]), Some(Code::DeadlineMissed));
    assert_eq!(settled(&[(1, ABORT_AT)]), Some(Code::QuorumMissing));
    // A tree that holds the close shows nothing about the time before it; nor does another log's tree.
    let mut closed = bundle.clone();
    closed.before_close = Some(closed.close_checkpoint.clone());
    assert_eq!(verdict(&closed, &key).code, Some(Code::ClosedEarly));
    let mut missing = bundle.clone();
    missing.before_close = None;
    assert_eq!(verdict(&missing, &key).code, Some(Code::ClosedEarly));
    let mut unproved = bundle.clone();
    unproved.before_close.as_mut().unwrap().proof.clear();
    assert_eq!(verdict(&unproved, &key).code, Some(Code::LogForked));
    // Without a policy there is nothing to compare it with, and no room to hide anything.
    let none = MarketKey { policy: WitnessPolicy::none(), ..key.clone() };
    assert_eq!(verdict(&bundle, &none).code, Some(Code::CheckpointSignatureInvalid));
    let absent = String::from_utf8(missing.to_bytes()).unwrap().replacen("\"before_close\":null,", "", 1);
    assert_eq!(verify(absent.as_bytes(), &key, Own::default()).code, Some(Code::FileMalformed));
}

#[test]
fn replay_says_which_deadlines_were_missed() {
    let late = Times { settlement: ABORT_AT + 1, ..IN_TIME };
    let (operator, round) = settled_split(late);
    let index = operator.market().round(round).unwrap().settled().unwrap().index;
    let found = report(&operator, None);
    assert_eq!(disagreement(&found), Some((Code::DeadlineMissed, index)));
    assert!(found.rounds[0].remarks[0].starts_with("deadline_missed: "), "{:?}", found.rounds[0].remarks);
    assert_eq!(
        verdict(&operator.bundle(round).unwrap(), &operator.market_key()).code,
        Some(Code::DeadlineMissed)
    );
    // The same ledger closed before its time, for who has another policy than its operator.
    let (mut operator, round) = open_split();
    operator.require(WitnessPolicy::none());
    let close = operator.close(round, 1).unwrap();
    operator.require(policy());
    show(&operator, &[(1, CLOSE_AT - 9), (2, CLOSE_AT - 9)]);
    settle(&mut operator, round).unwrap();
    show(&operator, &[(1, CLOSE_AT), (2, CLOSE_AT)]);
    assert_eq!(disagreement(&report(&operator, None)), Some((Code::ClosedEarly, close)));
    assert_eq!(
        verdict(&operator.bundle(round).unwrap(), &operator.market_key()).code,
        Some(Code::ClosedEarly)
    );
}

#[test]
fn an_operator_who_stalls_is_visible() {
    let remarks = |operator: &TestOperator, now| report(operator, now).rounds[0].remarks.clone();
    let missed = |remarks: &[String]| remarks.iter().any(|remark| remark.starts_with("deadline_missed: "));
    let (operator, _) = open_split();
    show(&operator, &[(1, ABORT_AT), (2, ABORT_AT)]);
    assert!(!missed(&remarks(&operator, None)));
    assert!(!missed(&remarks(&operator, Some("2030-01-02T12:00:00Z"))));
    assert!(missed(&remarks(&operator, Some("2030-01-02T12:00:01Z"))));
    // Witnesses have seen the ledger after the deadline, without settlement or abort.
    let (mut operator, round) = open_split();
    show(&operator, &[(1, ABORT_AT + 1), (2, ABORT_AT + 1)]);
    assert!(missed(&remarks(&operator, None)));
    let found = report(&operator, None);
    assert!(found.agrees, "nothing on the ledger is wrong");
    // It stays visible after the abort.
    let abort = Abort { market: market_id(), round, code: fixed("withdrawn") };
    operator.append_own(&abort, 1).unwrap();
    assert!(missed(&remarks(&operator, None)));
    // Closed, before the time that the auditor says it is.
    let (mut operator, round) = open_split();
    operator.require(WitnessPolicy::none());
    operator.close(round, 1).unwrap();
    let early = remarks(&operator, Some("2030-01-01T11:59:59Z"));
    assert!(early.iter().any(|remark| remark.starts_with("closed_early: ")), "{early:?}");
    assert!(remarks(&operator, Some("2030-01-01T12:00:00Z")).is_empty());
}

#[test]
fn nothing_is_owed_after_an_abort() {
    let aborted = |operator: &mut TestOperator, round: RoundId, expected: Code| {
        let abort = Abort { market: market_id(), round, code: fixed("withdrawn") };
        operator.append_own(&abort, 1).unwrap();
        assert_eq!(code(settle(operator, round)), Err(Some(expected)));
        assert!(operator.bundle(round).is_err());
        let found = report(operator, None);
        let of = &found.rounds[0];
        assert_eq!(of.status, "aborted");
        assert_eq!((of.paid, of.received, of.fee, of.dust), (None, None, None, None));
        assert_eq!(of.evidence, None);
    };
    let (mut operator, round) = open_split();
    aborted(&mut operator, round, Code::RoundOpen);
    let (mut operator, round) = open_split();
    see_open(&operator, round, CLOSE_AT).unwrap();
    operator.close(round, 1).unwrap();
    show(&operator, &[(1, CLOSE_AT + 1), (2, CLOSE_AT + 1)]);
    aborted(&mut operator, round, Code::RoundNotOpen);
}
