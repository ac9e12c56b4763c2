use super::native::{check_outcome, own_view};
use super::subject::{MAX, row, settle, terms};
use super::*;
use crate::rule::Refusal;

#[test]
fn refuses_in_order_and_never_by_a_sealed_number() {
    let evaluate = |share, rates: &[u64], rows| {
        native::evaluate(&terms(share, rates), &vec![row([0, u64::MAX, u64::MAX]); rows]).map(drop)
    };
    let refused = |code| Err(Refusal(code));
    let whole = 1 << 32;
    assert_eq!(evaluate(whole + 1, &[], 9), refused("share_above_whole"));
    assert_eq!(evaluate(whole, &[], 9), refused("no_domains"));
    assert_eq!(evaluate(whole, &[0; 17], 9), refused("too_many_domains"));
    assert_eq!(evaluate(whole, &[1, 0], 9), refused("revenue_rate_out_of_range"));
    assert_eq!(evaluate(whole, &[1, 1 << 32], 9), refused("revenue_rate_out_of_range"));
    for wrong in [0, 1, 2, 4] {
        assert_eq!(evaluate(whole, &[1, MAX], wrong), refused("wrong_row_count"));
    }
    assert_eq!(evaluate(whole, &[1, MAX], 3), Ok(()));
    assert_eq!(evaluate(0, &[MAX; 16], 17), Ok(()));
}

#[test]
fn numbers_are_capped_and_a_cost_of_zero_counts_as_one() {
    let terms = terms(1 << 31, &[MAX, 5]);
    let rows = |a, b| [row([a, b, b]), row([a, 3, 4]), row([7, b, b])];
    assert_eq!(settle(&terms, &rows(0, MAX)), settle(&terms, &rows(1, u64::MAX)));
    assert_eq!(settle(&terms, &rows(u64::MAX, 1 << 32)), settle(&terms, &rows(MAX, MAX)));
}

#[test]
fn largest_numbers() {
    // The one specialist enters at almost 2^64: it keeps 2^-32 of a unit and entering costs the most.
    let far = settle(&terms(MAX, &[1]), &[row([1, 0, 0]), row([u64::MAX, u64::MAX, u64::MAX])]);
    assert_eq!((far.base_performance_q32, far.roles), (Wide(0), vec![Role::Abstainer]));
    // Sixteen of them and the cheapest generalist: d·R/2 with d = 1.
    let many = settle(&terms(1 << 32, &[MAX; 16]), &vec![row([0, 0, 0]); 17]);
    assert_eq!(many.base_performance_q32, Wide(u128::from(MAX) << 35));
    assert_eq!(many.roles, [Role::FreeRider; 16]);
}

#[test]
fn costs_are_not_printed() {
    assert_eq!(format!("{:?}", row([123, 456, 789])), "Row(secret)");
}

/// What no costs can lead to is refused, whoever says it.
#[test]
fn impossible_outcomes_are_refused() {
    let outcome = |performance, roles: &[Role]| Outcome {
        base_performance_q32: Wide(performance),
        roles: roles.to_vec(),
    };
    let check = |share, outcome: &Outcome| check_outcome(&terms(share, &[5, 5]), outcome).is_ok();
    let both = |role| outcome(1, &[role, role]);
    assert!(check(1, &both(Role::Contributor)));
    assert!(check(1, &outcome(0, &[Role::Abstainer; 2])));
    assert!(check(1 << 32, &both(Role::FreeRider)));
    assert!(!check(1, &both(Role::Abstainer)), "performance for nobody");
    assert!(!check(0, &both(Role::FreeRider)), "performance for nothing");
    assert!(!check(1 << 32, &both(Role::Contributor)), "investing for nothing");
    assert!(!check(1, &outcome(1, &[Role::FreeRider])));
    assert!(!check(1, &outcome(1, &[Role::FreeRider; 3])));
}

/// Another role than the right one contradicts a specialist's own numbers; which performance is best for the
/// generalist is not theirs to see.
#[test]
fn specialists_see_a_false_role() {
    let terms = terms(1 << 31, &[1000, 1000, 1000]);
    let rows = [[500, 0, 0], [1000, 100, 50], [1000, 900, 50], [1000, 100, 1500]].map(row);
    let outcome = settle(&terms, &rows);
    for (domain, right) in outcome.roles.iter().enumerate() {
        for role in [Role::Contributor, Role::FreeRider, Role::Abstainer] {
            let mut claim = outcome.clone();
            claim.roles[domain] = role;
            let seen = own_view(&terms, &claim, domain + 1, &rows[domain + 1]);
            assert_eq!(seen.is_ok(), role == *right, "domain {domain}: {role:?}");
        }
    }
    assert!(own_view(&terms, &outcome, 0, &rows[0]).is_ok());
    assert!(own_view(&terms, &outcome, 4, &rows[1]).is_err(), "no such domain");
}
