use super::*;
use crate::gadgets::horner::{sum, sum_is};

/// Sums of 1 to 4 values. A sum of one value is a regression test: it had no constraint at all, so the flag of
/// a circuit of capacity 1 was bound to nothing.
#[test]
fn sums_are_sums() {
    fn gadget(values: Vec<Fr>) -> impl Gadget {
        move |mut cs: Builder<Early>, challenges: [Fr; 3]| {
            let values: Vec<_> = values.iter().map(|value| cs.commit(*value)).collect();
            let claimed = cs.scalar("a").late();
            let mut cs = cs.challenge(&challenges, &[], &[]);
            let rho = cs.nth_challenge(0);
            sum_is(&mut cs, "sum", &values, &rho, &claimed);
            cs
        }
    }
    let some = [Fr::zero(), Fr::one(), from_u64(u64::MAX), -Fr::one()];
    for count in 1..=4u32 {
        let matrices = matrices(gadget(vec![Fr::zero(); count as usize]));
        assert_eq!(matrices.rows_of("sum").len(), (count as usize - 1).max(1));
        for table in 0..4usize.pow(count) {
            let values: Vec<Fr> = (0..count).map(|i| some[table / 4usize.pow(i) % 4]).collect();
            for challenges in challenges() {
                let right = sum(values.iter().copied(), challenges[0]);
                for claimed in numbers().into_iter().chain([right, right + Fr::one(), -right]) {
                    let filled = wires(&[claimed], challenges, gadget(values.clone()));
                    let accepted = matrices.check(&complete(&matrices, filled, &[])).is_ok();
                    assert_eq!(accepted, claimed == right, "{values:?}");
                }
            }
        }
    }
}
