mod certificate;

use super::subject::{row, settle, terms};
use super::*;
use crate::rule::Refusal;

#[test]
fn refuses_in_order() {
    let refusal = |items: &[(u64, u64)], fee: u64, rows: &[Row]| {
        let terms = Terms { fee_bps: BasisPoints(fee), ..terms(items) };
        native::evaluate(&terms, rows).err().map(|refusal| refusal.0)
    };
    // Each case has every later fault as well.
    let many = vec![row(&[1; 17]); 33];
    assert_eq!(refusal(&[], 10_001, &many), Some("no_items"));
    assert_eq!(refusal(&[(0, 0); 17], 10_001, &many), Some("too_many_items"));
    assert_eq!(refusal(&[(1, 0), (0, 0)], 10_001, &many), Some("no_copies"));
    assert_eq!(refusal(&[(1, 0); 16], 10_001, &many), Some("fee_above_whole"));
    assert_eq!(refusal(&[(1, 0); 16], 10_000, &many), Some("too_many_rows"));
    assert_eq!(refusal(&[(1, 0); 16], 10_000, &many[1..]), Some("wrong_width"));
    assert_eq!(refusal(&[(1, 0)], 0, &[row(&[1]), row(&[])]), Some("wrong_width"));
    assert_eq!(refusal(&[(u64::MAX, u64::MAX); 16], 10_000, &[]), None);
    assert_eq!(native::check_row_count(&terms(&[]), usize::MAX), Err(Refusal("too_many_rows")));
}

#[test]
fn largest_numbers() {
    const MAX: u64 = u64::MAX;
    let outcome = settle(&terms(&[(1, 0), (MAX, MAX)]), &vec![row(&[MAX, MAX]); 32]);
    assert_eq!(outcome.prices, [Amount(MAX), Amount(MAX)]);
    assert_eq!(outcome.assigned[0], Some(Count(0)));
    assert!(outcome.assigned[1..].iter().all(|item| *item == Some(Count(1))));
    assert_eq!(outcome.total, Wide(32 * u128::from(MAX)));
    // Below the reserve price, at zero, and one above it.
    let outcome = settle(&terms(&[(1, MAX), (1, 0), (1, MAX - 1)]), &[row(&[MAX - 1, 0, MAX])]);
    assert_eq!((outcome.assigned, outcome.total), (vec![Some(Count(2))], Wide(u128::from(MAX - 1))));
    // Every edge has a surplus of 0: the earlier rows are served, and nobody gets what it does not want.
    let outcome = settle(&terms(&[(1, 5), (1, 5)]), &[row(&[0, 5]), row(&[5, 5]), row(&[5, 4])]);
    assert_eq!(outcome.assigned, [Some(Count(1)), Some(Count(0)), None]);
}

#[test]
fn implied_knows_the_items() {
    let terms = terms(&[(1, 0), (1, 0)]);
    let implied = |assigned: u64, prices: &[u64]| {
        let prices: Vec<Amount> = prices.iter().map(|price| Amount(*price)).collect();
        native::implied(&terms, &[Some(Count(assigned)), None], &prices)
    };
    assert_eq!(implied(1, &[3, 4]).unwrap().payments, [Amount(4), Amount(0)]);
    for (assigned, prices) in [(2, &[3, 4][..]), (u64::MAX, &[3, 4]), (0, &[3]), (0, &[3, 4, 5])] {
        assert!(implied(assigned, prices).is_err(), "{assigned} {prices:?}");
    }
}

#[test]
fn debug_keeps_the_secret() {
    assert_eq!(format!("{:?}", row(&[123_456])), "Row(secret)");
}
