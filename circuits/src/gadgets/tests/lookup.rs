use super::*;
use crate::proof_system::is_pole;

/// These numbers are limbs.
fn lookup_of(values: Vec<Fr>, bits: u32) -> impl Gadget {
    move |mut cs: Builder<Early>, challenges: [Fr; 3]| {
        let mut lookup = Lookup::new(bits);
        for value in &values {
            lookup.limb(&mut cs, *value);
        }
        let lookup = lookup.close(&mut cs);
        let mut cs = cs.challenge(&challenges, &[], &[]);
        let x = cs.nth_challenge(1);
        lookup.constrain(&mut cs, &x);
        cs
    }
}

/// Whether these limbs with these multiplicities pass at both challenges; hints are solved for.
fn looked_up(matrices: &Matrices, values: &[Fr], counts: &[Fr], bits: u32) -> bool {
    challenges().into_iter().all(|challenges| {
        let gadget = lookup_of(values.to_vec(), bits);
        let mut filled = wires(&[], challenges, gadget);
        let first = filled.committed.len() - counts.len();
        filled.committed[first..].copy_from_slice(counts);
        matrices.check(&complete(matrices, filled, &[])).is_ok()
    })
}

/// Two limbs in a table of four entries: every pair of numbers, every table of counts up to 2, and counts that
/// are no counts.
#[test]
fn lookups_accept_the_table_and_its_counts() {
    let matrices = matrices(lookup_of(vec![Fr::zero(); 2], 2));
    let numbers = [0, 1, 2, 3, 4, 5].map(from_u64).into_iter().chain([-Fr::one(), from_u128(1 << 64)]);
    let numbers: Vec<Fr> = numbers.collect();
    let odd = [from_u64(2).inverse().unwrap(), -Fr::one()];
    for a in &numbers {
        for b in &numbers {
            let right = multiplicities(2, [*a, *b]);
            let in_table = numbers[..4].contains(a) && numbers[..4].contains(b);
            for table in 0..3u64.pow(4) {
                let counts: Vec<Fr> = (0..4).map(|j| from_u64(table / 3u64.pow(j) % 3)).collect();
                let accepted = looked_up(&matrices, &[*a, *b], &counts, 2);
                assert_eq!(accepted, in_table && counts == right, "{a} {b} {counts:?}");
            }
            for j in 0..4 {
                for by in odd {
                    let mut counts = right.clone();
                    counts[j] += by;
                    assert!(!looked_up(&matrices, &[*a, *b], &counts, 2), "{a} {b} {counts:?}");
                }
            }
        }
    }
}

/// A limb at `−X` has no inverse: no hint satisfies its row. `X` at a pole of the table makes the entry's
/// quotient free, so that any limb passes: the transcript refuses such challenges.
#[test]
fn lookups_prove_nothing_at_a_pole() {
    let matrices = matrices(lookup_of(vec![Fr::zero(); 2], 2));
    let off_table = [from_u64(9), -from_u64(5)];
    let pole = [Fr::one(), -from_u64(3), Fr::one()];
    let gadget = lookup_of(off_table.to_vec(), 2);
    let mut filled = wires(&[], pole, gadget);
    let first = filled.committed.len() - 4;
    filled.committed[first..].fill(Fr::zero());
    assert_eq!(matrices.check(&complete(&matrices, filled, &[])), Ok(()), "forged at a pole");
    assert!(is_pole(pole[1], 2));
    for bits in 1..=4 {
        for x in (0..20).map(from_u64) {
            let in_table = x < from_u64(1 << bits);
            assert_eq!(is_pole(-x, bits), in_table, "{x} {bits}");
        }
    }

    let [rho, x, theta] = challenges()[0];
    let gadget = lookup_of(vec![-x, Fr::zero()], 2);
    let filled = wires(&[], [rho, x, theta], gadget);
    assert!(matrices.check(&complete(&matrices, filled, &[])).is_err());
}
