mod mutation;
mod proofs;

use super::subject::{gains, row, settle, terms};
use super::*;
use crate::rule::{Refusal, WrongOutcome};

#[test]
fn refuses_in_order_and_never_by_a_sealed_number() {
    let good = terms(1, 0);
    let (fair, above) = (row([1, 1, 1]), row([1, 1_000_001, 1]));
    let evaluate = |copies, fee, rows: &[Row]| {
        let terms = Terms { copies: Count(copies), fee_bps: BasisPoints(fee), ..good.clone() };
        native::evaluate(&terms, rows).map(drop)
    };
    let many = vec![above.clone(); (1 << 20) + 1];
    assert_eq!(evaluate(0, 10_001, &many), Err(Refusal("no_copies")));
    assert_eq!(evaluate(1, 10_001, &many), Err(Refusal("fee_above_whole")));
    assert_eq!(evaluate(1, 10_000, &many), Err(Refusal("too_many_rows")));
    assert_eq!(evaluate(1, 10_000, &many[1..]), Err(Refusal("gain_above_whole")));
    assert_eq!(evaluate(1, 0, &[fair.clone(), above]), Err(Refusal("gain_above_whole")));
    assert_eq!(evaluate(1, 0, &[fair, row([1, 1, 1_000_001])]), Err(Refusal("gain_above_whole")));
    assert_eq!(evaluate(u64::MAX, 10_000, &[row([u64::MAX, 1_000_000, 1_000_000])]), Ok(()));
}

#[test]
fn largest_numbers() {
    let whole = [u64::MAX, 1_000_000, 1_000_000];
    let score = ((1 << 44) - 1) * 1_000_000;
    let outcome = settle(&terms(1, 0), &[row(whole), row([(1 << 44) - 1, 1_000_000, 0])]);
    assert_eq!((outcome.clearing_price, outcome.won), (Amount(score), vec![true, false]));
    // A reserve price that no score reaches.
    let outcome = settle(&terms(1, score + 1), &[row(whole)]);
    assert_eq!((outcome.clearing_price, outcome.sold), (Amount(score + 1), Count(0)));
    let outcome = settle(&terms(u64::MAX, u64::MAX), &[row(whole), row([0, 0, 0])]);
    assert_eq!((outcome.clearing_price, outcome.total), (Amount(u64::MAX), Wide(0)));
    // The largest quotient: a gain of one ppm expected, all of it realised.
    let outcome = settle(&terms(1, (1 << 44) - 1), &[row([u64::MAX, 1, 1_000_000])]);
    assert_eq!(outcome.payments, [Amount(score)]);
}

#[test]
fn implied_knows_what_cannot_be() {
    let rows = [row([3, 2, 1]), row([5, 0, 1]), row([1, 1, 1_000_000])];
    let implied =
        |won: &[bool], price| native::implied(&terms(3, 0), &gains(&rows), won.to_vec(), Amount(price));
    assert!(implied(&[true, false, true], 1).is_ok());
    for (won, price) in [
        (vec![true, false], 1),
        (vec![true; 4], 1),
        (vec![false, true, false], 0),
        (vec![false, false, true], u64::MAX),
    ] {
        assert!(matches!(implied(&won, price), Err(WrongOutcome::Impossible(_))), "{won:?} {price}");
    }
}

#[test]
fn debug_keeps_the_secret() {
    let text = format!("{:?}", row([123_456, 2, 3]));
    assert!(!text.contains("123456") && text.contains("expected_gain_ppm"), "{text}");
}
