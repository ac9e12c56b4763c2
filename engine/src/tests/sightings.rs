//! Which notes of a store a replay takes for what witnesses saw, and of which rounds they tell.

use crate::deadline::before_close_name;
use crate::entry::Abort;
use crate::reject::Code;
use crate::replay::{ReplayReport, replay};
use crate::testing::settled::replayed;
use crate::testing::witnessed::{
    ABORT_AT, CLOSE_AT, TestOperator, cosigned, lines, open_split, policy, settle, show, witness,
};
use crate::testing::{TestMarket, fixed, log_key, market_id, rules};
use quittance_ledger::{Store, TreeHash, TreeHead, WitnessPolicy};

fn report(operator: &TestOperator) -> ReplayReport {
    replay(operator.log(), &operator.market_key(), &|_| None, None, |_| {}).unwrap()
}

/// A quorum may be one witness: a note of two lines is cosigned.
#[test]
fn one_witness_may_be_a_quorum() {
    let (mut operator, round) = open_split();
    let key = witness(1).witness_key();
    operator.require(fixed(&format!("witness w1 {key}\nquorum w1\n")));
    let see = |operator: &TestOperator, time| {
        let note = operator.checkpoint().unwrap();
        operator.add_cosignatures(note.head().size, lines(&note, &[(1, time)])).unwrap();
    };
    let open = operator.checkpoint().unwrap();
    operator.keep_before_close(round, lines(&open, &[(1, CLOSE_AT)])).unwrap();
    operator.close(round, 1).unwrap();
    see(&operator, CLOSE_AT + 1);
    settle(&mut operator, round).unwrap();
    see(&operator, ABORT_AT);
    let found = report(&operator);
    assert!(found.agrees, "{:?}", found.disagreement);
}

/// Witnesses of another history saw nothing of this one, however well they cosigned it.
#[test]
fn a_cosigned_note_of_another_tree_is_no_sighting() {
    let (mut operator, round) = open_split();
    let size = operator.log().size();
    operator.require(WitnessPolicy::none());
    operator.close(round, 1).unwrap();
    operator.require(policy());
    show(&operator, &[(1, CLOSE_AT - 9), (2, CLOSE_AT - 9)]);
    settle(&mut operator, round).unwrap();
    show(&operator, &[(1, CLOSE_AT), (2, CLOSE_AT)]);
    let code = |operator: &TestOperator| report(operator).disagreement.map(|found| found.code);
    let keep = |head: TreeHead| {
        let note = cosigned(&log_key().sign(head), &[(1, CLOSE_AT), (2, CLOSE_AT)]);
        operator.log().store().put_meta(&before_close_name(round), &note.to_bytes()).unwrap();
    };
    assert_eq!(code(&operator), Some(Code::ClosedEarly));
    keep(TreeHead { size, root: TreeHash([7; 32]) });
    assert_eq!(code(&operator), Some(Code::ClosedEarly), "another root");
    keep(TreeHead { size: operator.log().size() + 1, root: TreeHash([7; 32]) });
    assert_eq!(code(&operator), Some(Code::ClosedEarly), "a tree that the ledger has not grown to");
    keep(operator.log().head_at(size).unwrap());
    assert_eq!(code(&operator), None, "its own tree without the close");
}

/// A tree that has not the round yet says nothing about how long it stood open, at whatever time it was seen.
#[test]
fn a_round_is_not_late_by_trees_from_before_it() {
    let mut test = TestMarket::with_members(rules());
    let mut operator = replayed(&test);
    operator.require(policy());
    show(&operator, &[(1, ABORT_AT + 1), (2, ABORT_AT + 1)]);
    let mut split = test.split_of(None, 1_000);
    split.evaluator = Some(test.id("judge"));
    test.put(split, &["operator"]);
    let opened = test.entries.last().unwrap();
    operator.append(opened.envelope().clone(), opened.time_ms()).unwrap();
    let remarks = |operator: &TestOperator| report(operator).rounds[0].remarks.clone();
    assert_eq!(remarks(&operator), Vec::<String>::new());
    // The first tree that has it does.
    show(&operator, &[(1, ABORT_AT + 1), (2, ABORT_AT + 1)]);
    let size = operator.log().size();
    let late = format!("when witnesses saw {size} entries");
    assert!(remarks(&operator)[0].ends_with(&late), "{:?}", remarks(&operator));
    // And the last that lacks its end: the tree with the abort shows nothing.
    let abort = Abort { market: market_id(), round: test.last_round(), code: fixed("withdrawn") };
    operator.append_own(&abort, 1).unwrap();
    show(&operator, &[(1, ABORT_AT + 2), (2, ABORT_AT + 2)]);
    assert!(remarks(&operator).iter().any(|remark| remark.ends_with(&late)), "{:?}", remarks(&operator));
}
