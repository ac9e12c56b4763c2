//! Commitments and what opens them: what is written, what is refused, and that money balances.

use super::*;
use crate::curve::hash_to_g1;
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;

#[test]
fn generators_are_hashed_to_the_curve() {
    let published = Generators::published();
    let label = |name: String| hash_to_g1(&format!("quittance/v1/generator/{name}"));
    assert_eq!(published.h, label("H".into()), "{}", hex::encode(g1_to_bytes(&label("H".into()))));
    for (k, g) in published.g.iter().enumerate() {
        let derived = label((k + 1).to_string());
        assert_eq!(*g, derived, "G_{}: {}", k + 1, hex::encode(g1_to_bytes(&derived)));
    }
}

#[test]
fn openings_open_only_their_commitment() {
    let mut rng = StdRng::seed_from_u64(1);
    let openings: Vec<Opening> =
        (1..=4).map(|n| Opening::new(vec![n; n as usize], Blinding::random(&mut rng)).unwrap()).collect();
    let commitments = commit_all(&openings);
    for (i, opening) in openings.iter().enumerate() {
        for (j, commitment) in commitments.iter().enumerate() {
            assert_eq!(opening.opens(commitment), i == j);
        }
        assert_eq!(Opening::from_json(&opening.to_json()).unwrap(), *opening);
        let columns = opening.row().len();
        assert_eq!(Opening::from_bytes(&opening.to_bytes(), columns).unwrap(), *opening);
        assert!(Opening::from_bytes(&opening.to_bytes(), columns + 1).is_err());
        let shown = format!("{opening:?} {:?}", opening.blinding());
        assert!(!shown.contains(&hex::encode(opening.blinding.to_bytes().as_slice())));
    }
}

#[test]
fn malformed_openings_are_refused() {
    let zero = "0".repeat(64);
    for bad in [
        format!("{{\"blinding\":\"{}\",\"row\":[\"1\"]}}", "ff".repeat(32)),
        format!("{{\"blinding\":\"{zero}\",\"row\":[]}}"),
        format!("{{\"blinding\":\"{zero}\",\"row\":[\"18446744073709551616\"]}}"),
        format!("{{\"blinding\":\"{zero}\",\"row\":[\"1\"],\"x\":null}}"),
        format!("{{\"row\":[\"1\"],\"blinding\":\"{zero}\"}}"),
        format!("{{\"blinding\":\"{}\",\"row\":[\"1\"]}}", "0A".repeat(32)),
    ] {
        assert!(Opening::from_json(bad.as_bytes()).is_err(), "{bad}");
    }
}

fn blinding(number: u8) -> Blinding {
    let mut bytes = [0; 32];
    bytes[0] = number;
    Blinding::from_bytes(&bytes).unwrap()
}

/// `r` itself: the smallest number that is no scalar.
fn modulus() -> [u8; 32] {
    let mut bytes = to_bytes(&-Fr::from(1u64));
    bytes[0] += 1;
    bytes
}

#[test]
fn a_blinding_has_one_encoding() {
    let mut rng = StdRng::seed_from_u64(2);
    let random = Blinding::random(&mut rng);
    assert_ne!(random, Blinding::random(&mut rng));
    assert_eq!(Blinding::from_bytes(&random.to_bytes()), Some(random));
    assert_eq!(blinding(7).to_bytes()[..2], [7, 0]);
    assert_eq!(Blinding::from_bytes(&modulus()), None);
    // The only other way to one: 64 bytes, of which `r` is nothing.
    let mut uniform = [0; 64];
    uniform[..32].copy_from_slice(&modulus());
    uniform[0] += 7;
    assert_eq!(Blinding::from_uniform_bytes(&uniform), blinding(7));
}

#[test]
fn a_row_has_1_to_16_numbers() {
    assert_eq!(MAX_COLUMNS, 16);
    for columns in 0..=18 {
        let opening = Opening::new(vec![1; columns], blinding(1));
        assert_eq!(opening.is_ok(), (1..=16).contains(&columns), "{columns}");
    }
}

#[test]
fn an_opening_is_its_numbers_and_its_blinding() {
    let opening = Opening::new(vec![1, 0x0102_0304_0506_0708], blinding(9)).unwrap();
    let mut bytes = vec![1, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 9];
    bytes.resize(48, 0);
    assert_eq!(**opening.to_bytes(), bytes);
    assert_eq!(Opening::from_bytes(&bytes, 2), Ok(opening.clone()));
    assert_eq!((opening.row(), opening.blinding()), (&[1, 0x0102_0304_0506_0708][..], &blinding(9)));
    for length in (0..bytes.len()).filter(|length| *length != 48) {
        assert!(Opening::from_bytes(&bytes[..length], 2).is_err(), "{length} bytes");
    }
    for columns in [0, 1, 3, 17] {
        assert!(Opening::from_bytes(&bytes, columns).is_err(), "{columns} columns");
    }
    bytes[16..].copy_from_slice(&modulus());
    assert!(Opening::from_bytes(&bytes, 2).is_err());
    let Generators { g, h } = Generators::published();
    let expected = g[0] + g[1] * Fr::from(0x0102_0304_0506_0708u64) + *h * Fr::from(9u64);
    assert_eq!(opening.commit(), Commitment(expected.into_affine()));
    assert_eq!(commit_all(&[opening.clone(), opening.clone()]), [opening.commit(); 2]);
    assert!(commit_all(&[]).is_empty());
    assert_eq!(format!("{opening:?}"), "Opening(2 secret numbers)");
}

#[test]
fn a_commitment_has_one_encoding() {
    let commitment = ResultOpening::new(7, blinding(9)).commit();
    assert_eq!(Commitment::from_bytes(&commitment.to_bytes()), Some(commitment));
    assert!(!commitment.is_identity());
    let identity = Commitment(G1Affine::zero());
    assert!(identity.is_identity());
    assert_eq!(Commitment::from_bytes(&identity.to_bytes()), Some(identity));
    assert_eq!(Commitment::from_bytes(&[0xff; 32]), None);
}

#[test]
fn a_result_is_a_number_on_the_first_generator() {
    let opening = ResultOpening::new(u128::from(u64::MAX) + 2, blinding(9));
    let mut bytes = [0; 48];
    (bytes[0], bytes[8], bytes[16]) = (1, 1, 9);
    assert_eq!(*opening.to_bytes(), bytes);
    assert_eq!(ResultOpening::from_bytes(&bytes), Some(opening.clone()));
    assert_eq!((opening.value(), opening.blinding()), (u128::from(u64::MAX) + 2, &blinding(9)));
    let Generators { g, h } = Generators::published();
    let value = Fr::from(u64::MAX) + Fr::from(2u64);
    assert_eq!(opening.commit(), Commitment((g[0] * value + *h * Fr::from(9u64)).into_affine()));
    bytes[16..].copy_from_slice(&modulus());
    assert_eq!(ResultOpening::from_bytes(&bytes), None);
    assert_eq!(format!("{opening:?} {:?}", opening.blinding()), "ResultOpening(secret) Blinding(secret)");
}

/// Two pay 70 and 30, two get 60 and 15: the market keeps 25, and any other sum is seen.
#[test]
fn sealed_money_balances_by_what_is_public() {
    let amounts = [(Side::Paid, 70), (Side::Paid, 30), (Side::Received, 60), (Side::Received, 15)];
    let openings: Vec<(Side, ResultOpening)> = amounts
        .iter()
        .zip(3..)
        .map(|((side, amount), number)| (*side, ResultOpening::new(*amount, blinding(number * number))))
        .collect();
    let z = balance(openings.iter().map(|(side, opening)| (*side, opening)));
    // 9 + 16 - 25 - 36, in the field.
    assert_eq!(z, to_bytes(&-Fr::from(36u64)));
    let commitments: Vec<_> = openings.iter().map(|(side, opening)| (*side, opening.commit())).collect();
    let holds = |commitments: &[(Side, Commitment)], paid, received, z: &[u8; 32]| {
        balances(commitments.iter().map(|(side, commitment)| (*side, commitment)), paid, received, z)
    };
    for (paid, received) in [(25, 0), (100, 75), (u128::MAX, u128::MAX - 25)] {
        assert!(holds(&commitments, paid, received, &z));
    }
    for (paid, received) in [(24, 0), (26, 0), (0, 25), (75, 100), (0, 0)] {
        assert!(!holds(&commitments, paid, received, &z), "{paid} - {received}");
    }
    assert!(!holds(&commitments, 25, 0, &[0; 32]));
    assert!(!holds(&commitments, 25, 0, &modulus()));
    assert!(!holds(&commitments[1..], 25, 0, &z));
    for other in 0..commitments.len() {
        let mut traded = commitments.clone();
        traded[other].0 = if other < 2 { Side::Received } else { Side::Paid };
        assert!(!holds(&traded, 25, 0, &z), "{other} on the other side");
    }
    // Nothing is balanced by nothing.
    assert_eq!(balance([]), [0; 32]);
    assert!(holds(&[], 0, 0, &[0; 32]) && !holds(&[], 1, 0, &[0; 32]));
}
