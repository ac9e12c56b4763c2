use super::certificate::Market;
use super::subject::{card, draw, row, settle, terms};
use super::*;
use crate::rule::Refusal;
use crate::rules::cases;
use crate::rules::procedures::matching::Perturbation;
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;

#[test]
fn is_its_fixtures() {
    cases::check("competition-aware-allocation-v1", native::evaluate);
}

#[test]
fn card_is_true() {
    card::check();
}

#[test]
fn refuses_in_order() {
    let refusal = |actions: usize, discount: u64, count: usize| {
        let terms = Terms { discount_bps: BasisPoints(discount), ..terms(&vec![0; actions]) };
        native::evaluate(&terms, &vec![row([u64::MAX; 2]); count]).err().map(|refusal| refusal.0)
    };
    assert_eq!(refusal(0, 10_001, 33), Some("no_actions"));
    assert_eq!(refusal(17, 10_001, 33), Some("too_many_actions"));
    assert_eq!(refusal(16, 10_001, 33), Some("discount_above_whole"));
    assert_eq!(refusal(16, 10_000, 33), Some("too_many_rows"));
    assert_eq!(refusal(16, 10_000, 32), None);
    assert_eq!(native::check_row_count(&terms(&[]), usize::MAX), Err(Refusal("too_many_rows")));
}

#[test]
fn largest_numbers() {
    const MAX: u64 = u64::MAX;
    let all = Terms { discount_bps: BasisPoints(10_000), ..terms(&[MAX; 16]) };
    let outcome = settle(&all, &vec![row([MAX, 15]); 32]);
    let expected: Vec<Option<Count>> = (0..32).map(|i| (i < 16).then_some(Count(i))).collect();
    assert_eq!(outcome.actions, expected);
    assert_eq!((outcome.total_revenue, outcome.total), (Wide(16 * u128::from(MAX)), outcome.total_revenue));
    // 2^64 - 1 = 32·(2^59 - 1) + 31
    assert_eq!(outcome.baseline_revenues[30..], [Amount(1 << 59), Amount((1 << 59) - 1)]);
    // Bits and baseline actions beyond the actions mean nothing.
    let outcome = settle(&terms(&[7]), &[row([MAX - 1, 1]), row([MAX, 64]), row([0, MAX])]);
    assert_eq!(outcome.actions, [None, Some(Count(0)), None]);
    assert_eq!(outcome.baseline_revenue, Wide(0));
}

#[test]
fn implied_knows_the_actions() {
    let implied = |action: u64, rows: usize| {
        native::implied(&terms(&[5, 6]), &[None, Some(Count(action))], vec![Amount(1); rows])
    };
    assert_eq!(implied(1, 2).unwrap().revenues, [Amount(0), Amount(6)]);
    assert!(implied(2, 2).is_err() && implied(u64::MAX, 2).is_err() && implied(1, 1).is_err());
}

#[test]
fn every_outcome_has_a_dual() {
    for seed in 0..300 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let actions = settle(&terms, &rows).actions;
        for (n, m) in [(rows.len(), terms.action_values.len()), (8, 16), (32, 16)] {
            let market = Market::new(&terms, &rows, &actions, &Perturbation::new(n, m)).unwrap();
            assert_eq!(market.check(&market.dual()), Ok(()), "seed {seed}: {n} {m}");
        }
    }
}

/// A dual that passes for some allocation passes for the heaviest one only: neither it nor one made for the
/// purpose passes for any other.
#[test]
fn only_the_outcome_has_a_dual() {
    let size = Perturbation::new(3, 2);
    for table in 0..64u64 {
        let rows = [table % 4, table / 4 % 4, table / 16].map(|mask| row([mask, mask % 3]));
        for values in [[1, 1], [2, 1], [0, 3]] {
            let terms = terms(&values);
            let truth = settle(&terms, &rows).actions;
            let dual = Market::new(&terms, &rows, &truth, &size).unwrap().dual();
            for claim in 0..27 {
                let action = |k: u64| k.checked_sub(1).map(Count);
                let claim = [claim % 3, claim / 3 % 3, claim / 9].map(action);
                let market = Market::new(&terms, &rows, &claim, &size).unwrap();
                assert_eq!(market.check(&dual).is_ok(), claim == *truth, "{table} {values:?} {claim:?}");
                assert_eq!(
                    market.check(&market.dual()).is_ok(),
                    claim == *truth,
                    "{table} {values:?} {claim:?}"
                );
            }
        }
    }
    let none =
        |rows: &[Row], actions: &[Option<Count>]| Market::new(&terms(&[1]), rows, actions, &size).is_none();
    let one = row([1, 1]);
    assert!(none(&vec![one.clone(); 4], &[None; 4]));
    assert!(none(std::slice::from_ref(&one), &[]));
    assert!(none(&[one], &[Some(Count(1))]));
}

#[test]
fn debug_keeps_the_secret() {
    assert_eq!(format!("{:?}", row([123_456, 7])), "Row(secret)");
}
