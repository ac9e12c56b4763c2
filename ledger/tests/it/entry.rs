//! The leaf encoding.

use crate::support::{entry, envelope, every_small_change};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use quittance_ledger::{Entry, leaf_hash};

#[test]
fn encoding_by_hand() {
    let entry = Entry::from_envelope(9, 0x0102_0304_0506_0708, envelope(5, &[1]));
    let payload_type = b"application/vnd.quittance.note.v1+json";
    let payload = br#"{"number":"5"}"#;
    let signature = entry.envelope().signatures()[0];
    let expected = [
        &[1, 9],
        [1, 2, 3, 4, 5, 6, 7, 8].as_slice(),
        &[0, payload_type.len() as u8],
        payload_type,
        &[0, payload.len() as u8],
        payload,
        &[1],
        signature.key_id.as_bytes(),
        &signature.signature,
    ]
    .concat();
    assert_eq!(entry.encode(), expected);
    assert_eq!(Entry::decode(&expected), Ok(entry.clone()));
    assert_eq!((entry.kind(), entry.time_ms()), (9, 0x0102_0304_0506_0708));
    assert_eq!(entry.leaf_hash(), leaf_hash(&expected));
}

#[test]
fn record_id_ignores_kind_and_time() {
    let one = Entry::from_envelope(9, 1, envelope(5, &[1]));
    let two = Entry::from_envelope(9, 2, envelope(5, &[1]));
    assert_eq!(one.record_id(), two.record_id());
    assert_ne!(one.leaf_hash(), two.leaf_hash());
    assert_eq!(two.clone().not_before(1), two);
    assert_eq!(one.not_before(2), two);
}

#[test]
fn signatures_out_of_order_or_twice() {
    let good = Entry::from_envelope(9, 1, envelope(5, &[1, 2])).encode();
    let split = good.len() - 2 * 96;
    let (head, first, second) = (&good[..split], &good[split..split + 96], &good[split + 96..]);
    assert!(Entry::decode(&[head, first, second].concat()).is_ok());
    let swapped = Entry::decode(&[head, second, first].concat());
    assert_eq!(swapped.map_err(|e| e.code()), Err("file_malformed"));
    let twice = Entry::decode(&[head, first, first].concat());
    assert_eq!(twice.map_err(|e| e.code()), Err("signature_invalid"));
}

#[test]
fn other_formats_and_lengths() {
    let mut bytes = entry(5).encode();
    bytes[0] = 2;
    assert_eq!(Entry::decode(&bytes).map_err(|e| e.code()), Err("version_unknown"));
    let long = vec![1; 65_536];
    assert_eq!(Entry::decode(&long).map_err(|e| e.code()), Err("file_too_large"));
    // The limit is the last length that is looked at.
    assert!(!Entry::decode(&long[1..]).expect_err("no entry").to_string().starts_with("the entry has"));
    assert_eq!(Entry::decode(&[]).map_err(|e| e.code()), Err("file_malformed"));
}

#[test]
fn every_small_change_is_refused_or_is_another_leaf() {
    let good = Entry::from_envelope(9, 1, envelope(5, &[1, 2]));
    let bytes = good.encode();
    every_small_change(&bytes, |changed| {
        if let Ok(other) = Entry::decode(changed) {
            assert_eq!(other.encode(), changed);
            assert_ne!(other, good);
            assert_ne!(other.leaf_hash(), good.leaf_hash());
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        rng_seed: RngSeed::Fixed(2),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_decodes_encodes_to_the_same(bytes: Vec<u8>) {
        if let Ok(entry) = Entry::decode(&bytes) {
            prop_assert_eq!(entry.encode(), bytes);
        }
    }

    #[test]
    fn round_trip(kind: u8, time_ms: u64, number: u64, seeds: std::collections::BTreeSet<u8>) {
        let seeds: Vec<u8> = seeds.into_iter().take(5).collect();
        let entry = Entry::from_envelope(kind, time_ms, envelope(number, &seeds));
        prop_assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
    }
}
