use super::subject::{card, draw, rows, settle, terms};
use super::*;
use crate::rule::Refusal;
use crate::rules::cases;
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;

#[test]
fn is_its_fixtures() {
    cases::check("quality-menu-v1", native::evaluate);
}

#[test]
fn card_is_true() {
    card::check();
}

#[test]
fn drawn_rounds_are_not_refused() {
    let levels = (0..300).map(|seed| {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        settle(&terms, &rows).levels.into_iter().flatten().max().unwrap_or_default()
    });
    assert!(levels.max() > Some(Count(20)));
}

#[test]
fn refuses_in_order() {
    let top = (1 << 44) - 1;
    let refusal = |tiers: &[(u64, u64)], fee: u64, count: usize| {
        let terms = Terms { fee_bps: BasisPoints(fee), ..terms(tiers) };
        native::evaluate(&terms, &rows(&vec![0; count])).err().map(|refusal| refusal.0)
    };
    let long: Vec<(u64, u64)> = (1..=65).map(|x| (x, x)).collect();
    let many = (1 << 16) + 1;
    // Each case has every later fault as well.
    assert_eq!(refusal(&[], 10_001, many), Some("menu_empty"));
    assert_eq!(refusal(&[(0, 0); 65], 10_001, many), Some("menu_too_long"));
    assert_eq!(refusal(&[(0, 0), (top + 1, 0)], 10_001, many), Some("thresholds_not_increasing"));
    assert_eq!(refusal(&[(2, 0), (1, 0), (top + 1, 0)], 10_001, many), Some("thresholds_not_increasing"));
    assert_eq!(refusal(&[(1, 0), (top + 1, 0)], 10_001, many), Some("threshold_too_large"));
    assert_eq!(refusal(&[(1, 0), (top, 1_000_001)], 10_001, many), Some("gains_not_increasing"));
    assert_eq!(refusal(&[(1, 2), (top, 1), (top, 1_000_001)], 0, 0), Some("thresholds_not_increasing"));
    assert_eq!(refusal(&[(1, 2), (2, 1), (top, 1_000_001)], 10_001, many), Some("gains_not_increasing"));
    assert_eq!(refusal(&[(1, 2), (top, 1_000_001)], 10_001, many), Some("gain_above_whole"));
    assert_eq!(refusal(&[(1, 2), (top, 1_000_000)], 10_001, many), Some("fee_above_whole"));
    assert_eq!(refusal(&[(1, 2), (top, 1_000_000)], 10_000, many), Some("too_many_rows"));
    assert_eq!(refusal(&[(1, 2), (top, 1_000_000)], 10_000, many - 1), None);
    assert_eq!(refusal(&long[..64], 0, 0), None);
    assert_eq!(refusal(&[(u64::MAX, u64::MAX)], 0, 0), Some("threshold_too_large"));
    assert_eq!(native::check_row_count(&terms(&[(1, 1)]), usize::MAX), Err(Refusal("too_many_rows")));
}

#[test]
fn implied_knows_the_menu() {
    let terms = terms(&[(2, 3), (5, 4)]);
    let outcome = native::implied(&terms, &[Count(2), Count(0), Count(1)]).unwrap();
    assert_eq!(outcome.payments, Some(vec![Amount(11), Amount(0), Amount(6)]));
    for level in [3, u64::MAX] {
        assert!(native::implied(&terms, &[Count(level)]).is_err());
    }
}

#[test]
fn debug_keeps_the_secret() {
    assert_eq!(format!("{:?}", rows(&[123_456])), "[Row(secret)]");
}
