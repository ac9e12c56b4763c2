//! Bids: the published example byte for byte, and what sealing binds.

use super::{fixture, json_fixture};
use crate::bid::{BidRequest, RowContext, make_bid};
use crate::entry::{MarketId, MemberId, Nonce, RoundId, SealKey};
use crate::seal::{self, HpkeSecret};
use crate::testing::{TestMarket, fixed, seal_secret, secret, signing_key};
use quittance_ledger::{Envelope, SigningKey};
use serde_json::json;

fn hex32(text: &[u8]) -> [u8; 32] {
    hex::decode(text.trim_ascii_end()).unwrap().try_into().unwrap()
}

/// A Python program made the files in `fixtures/clients/example` from the formats alone.
#[test]
fn the_published_example_byte_for_byte() {
    let values = json_fixture("clients/example/values.json");
    let value = |name: &str| values[name].as_str().unwrap_or_else(|| panic!("{name}"));
    let round = Envelope::parse(&fixture("clients/example/round.json")).unwrap();
    let seed = hex32(&fixture("clients/example/blinding.seed"));
    let made = make_bid(
        &round,
        BidRequest {
            member: fixed(value("member")),
            numbers: &[value("valuation").parse().unwrap()],
            public: json!({}),
            seed: &seed,
            nonce: fixed(value("nonce")),
            signing_key: &SigningKey::from_bytes(&hex32(&fixture("clients/example/signing.key"))),
        },
    )
    .unwrap();
    assert_eq!(made.envelope.to_json().as_bytes(), fixture("clients/example/bid.json"));

    let sealed = made.sealed.unwrap();
    let round_id = RoundId::from(round.record_id());
    let market: MarketId = fixed("example.com/models");
    let member = fixed::<MemberId>(value("member"));
    let secret = HpkeSecret::from_bytes(&hex32(value("hpke_secret").as_bytes()));
    let row = 412_500u64.to_le_bytes();
    let nonce = fixed::<Nonce>(value("nonce"));
    let material = seal::parts(&[&seed, &round_id.0, &member.0, &nonce.0, &row]);
    let bid = std::str::from_utf8(made.envelope.payload()).unwrap();
    let signature = made.envelope.signatures()[0];
    for (name, found) in [
        ("hpke_key", secret.public().to_string()),
        ("round_id", round_id.to_string()),
        ("blinding_material", hex::encode(&material)),
        ("blinding", hex::encode(sealed.opening.blinding().to_bytes())),
        ("commitment", sealed.commitment.to_string()),
        ("opening", hex::encode(sealed.opening.to_bytes())),
        ("info", hex::encode(seal::opening_info(&market, round_id))),
        ("aad", hex::encode(seal::opening_aad(member, sealed.commitment))),
        ("ephemeral_ikm", hex::encode(sealed.ephemeral_ikm)),
        ("ephemeral_public", hex::encode(&sealed.sealed_opening[..32])),
        ("sealed_opening", hex::encode(&sealed.sealed_opening)),
        ("bid_payload", bid.to_owned()),
        ("bid_pae_blake3", blake3::hash(&made.envelope.pae()).to_string()),
        ("bid_key_id", signature.key_id.to_string()),
        ("bid_signature", hex::encode(signature.signature)),
        ("bid_record_id", made.envelope.record_id().to_string()),
    ] {
        assert_eq!(found, value(name), "{name}");
    }
}

#[test]
fn a_sealed_opening_opens_in_its_own_place_only() {
    let test = TestMarket::example();
    let (market, seed) = (crate::testing::market_id(), secret("blinding", "acme"));
    let (member, round) = (test.id("acme"), test.auction());
    let context = RowContext { market: &market, round, member, seed: &seed, nonce: Nonce([6; 32]) };
    let secret = seal_secret("round");
    let row = context.seal(&secret.public(), &[70]).unwrap();
    assert_eq!(row.sealed_opening.len(), seal::sealed_len(1));
    let (info, aad) = (seal::opening_info(&market, round), seal::opening_aad(member, row.commitment));
    assert_eq!(*seal::open(&secret, &info, &aad, &row.sealed_opening).unwrap(), *row.opening.to_bytes());

    let other_round = seal::opening_info(&market, RoundId([1; 32]));
    let other_market = seal::opening_info(&fixed("example.com/other"), round);
    for info in [other_round, other_market] {
        assert!(seal::open(&secret, &info, &aad, &row.sealed_opening).is_err());
    }
    let other_member = seal::opening_aad(test.id("birch"), row.commitment);
    assert!(seal::open(&secret, &info, &other_member, &row.sealed_opening).is_err());
    assert!(seal::open(&seal_secret("acme"), &info, &aad, &row.sealed_opening).is_err());
    for at in 0..row.sealed_opening.len() {
        let mut changed = row.sealed_opening.clone();
        changed[at] ^= 1;
        assert!(seal::open(&secret, &info, &aad, &changed).is_err(), "byte {at}");
        assert!(seal::open(&secret, &info, &aad, &row.sealed_opening[..at]).is_err(), "cut at {at}");
    }
}

/// RFC 7748: points of order 1, 2, 4, 8 and their other encodings.
#[test]
fn low_order_keys_are_refused() {
    let low = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for key in low {
        assert!(!seal::usable(&fixed(key)), "{key}");
        assert!(seal::seal(&fixed(key), &[1; 32], b"", b"", b"x").is_err());
        let SealKey(mut high_bit) = fixed(key);
        high_bit[31] |= 0x80;
        assert!(!seal::usable(&SealKey(high_bit)), "{key}, with the bit that X25519 does not read");
    }
    assert!(seal::usable(&seal_secret("acme").public()));
    // On the curve or on its twist, what can be sealed to is usable, and nothing else is.
    for u in 0..200 {
        let mut key = [0; 32];
        key[0] = u;
        let sealed = seal::seal(&SealKey(key), &[1; 32], b"", b"", b"x").is_ok();
        assert_eq!((seal::usable(&SealKey(key)), u > 1), (sealed, sealed), "{u}");
    }
}

#[test]
fn a_row_is_sealed_alike_each_time_and_shares_nothing_with_another() {
    let test = TestMarket::example();
    let bid = |valuation| test.bid(test.auction(), "acme", valuation);
    assert_eq!(bid(70), bid(70));
    let market = crate::testing::market_id();
    let seed = secret("blinding", "acme");
    let (round, member) = (test.auction(), test.id("acme"));
    let context = RowContext { market: &market, round, member, seed: &seed, nonce: Nonce([6; 32]) };
    let key = seal_secret("round").public();
    let (one, two) = (context.seal(&key, &[1]).unwrap(), context.seal(&key, &[2]).unwrap());
    assert_ne!(one.opening.blinding(), two.opening.blinding());
    assert_ne!(one.sealed_opening[..32], two.sealed_opening[..32]);
    // The length of a sealed opening says nothing of the number in it.
    let long = context.seal(&key, &[u64::MAX]).unwrap();
    assert_eq!(one.sealed_opening.len(), long.sealed_opening.len());
    let shown = format!("{one:?} {:?}", seal_secret("round"));
    assert!(!shown.contains(&hex::encode(one.opening.blinding().to_bytes())), "{shown}");
}

#[test]
fn a_bid_with_other_numbers_than_the_rules_cannot_be_made() {
    let test = TestMarket::example();
    let seed = secret("blinding", "acme");
    let key = signing_key("acme");
    let member = test.id("acme");
    let request = |numbers, public| BidRequest {
        member,
        numbers,
        public,
        seed: &seed,
        nonce: Nonce([6; 32]),
        signing_key: &key,
    };
    let round = test.round_file(test.auction());
    for (numbers, public) in [(&[][..], json!({})), (&[1, 2], json!({})), (&[1], json!({ "weight": "1" }))] {
        assert_eq!(make_bid(round, request(numbers, public)).unwrap_err().code(), "row_invalid");
    }
    let not_a_round = test.bid(test.auction(), "acme", 1);
    assert_eq!(make_bid(&not_a_round, request(&[1], json!({}))).unwrap_err().code(), "file_malformed");
}
