//! Ed25519 keys and signatures that must be refused, and vectors that must be accepted.

use crate::support::{ORIGIN, key, log_key, origin, public};
use quittance_ledger::{FileError, KeyError, LogKey, PublicKey, SigningKey, VerifierKey};

/// 32 bytes of hex.
fn bytes32(text: &str) -> [u8; 32] {
    let bytes = hex::decode(text).expect("hex");
    bytes.try_into().expect("32 bytes")
}

#[test]
fn rfc_8032_vectors() {
    let cases = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ];
    for (secret, expected, message, signature) in cases {
        let public = PublicKey::parse(&bytes32(expected)).expect("a good key");
        assert_eq!(PublicKey::from(&SigningKey::from_bytes(&bytes32(secret))), public);
        let message = hex::decode(message).expect("hex");
        let signature: [u8; 64] = hex::decode(signature).expect("hex").try_into().expect("64 bytes");
        assert!(public.verifies(&message, &signature));
        let mut wrong = signature;
        wrong[0] ^= 1;
        assert!(!public.verifies(&message, &wrong));
    }
}

#[test]
fn key_id_is_derived_from_the_raw_key() {
    let public = public(1);
    let expected = blake3::derive_key("quittance v1 key-id", &public.to_bytes());
    assert_eq!(public.id().as_bytes(), &expected);
}

#[test]
fn weak_keys_are_refused() {
    // All points of small order, in canonical form: orders 1, 2, 4, 4, 8, 8, 8, 8.
    for text in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ] {
        assert_eq!(PublicKey::parse(&bytes32(text)), Err(KeyError::Weak), "{text}");
    }
}

#[test]
fn keys_in_another_encoding_are_refused() {
    // The identity with a sign, y = p, p + 1 and p + 2 = 2, and bytes that are no point.
    for text in [
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0200000000000000000000000000000000000000000000000000000000000000",
    ] {
        assert_eq!(PublicKey::parse(&bytes32(text)), Err(KeyError::NotCanonical), "{text}");
    }
}

#[test]
fn keys_outside_the_prime_order_subgroup_are_refused() {
    use ed25519_dalek::VerifyingKey;
    let order_8 = bytes32("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    let torsion = VerifyingKey::from_bytes(&order_8).expect("a point").to_edwards();
    let mixed = (key(1).verifying_key().to_edwards() + torsion).compress().to_bytes();
    assert_eq!(PublicKey::parse(&mixed), Err(KeyError::MixedOrder));
}

#[test]
fn the_constant_signature_of_the_identity_key_verifies_nothing() {
    use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
    let identity = bytes32("0100000000000000000000000000000000000000000000000000000000000000");
    let mut constant = [0; 64];
    constant[0] = 1;
    // The attack: plain verification accepts it for every message.
    let weak = VerifyingKey::from_bytes(&identity).expect("a point");
    assert!(weak.verify(b"anything", &Signature::from_bytes(&constant)).is_ok());
    // Neither can the key be had, nor does the signature fit a good key.
    assert!(PublicKey::parse(&identity).is_err());
    assert!(!public(1).verifies(b"anything", &constant));
}

#[test]
fn non_canonical_s_is_refused() {
    use ed25519_dalek::Signer as _;
    let message = b"message";
    let good = key(1).sign(message).to_bytes();
    assert!(public(1).verifies(message, &good));
    // S + L, where L is the order of the group, satisfies the same equation.
    let order = bytes32("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut bad = good;
    let mut carry = 0;
    for (digit, add) in bad[32..].iter_mut().zip(order) {
        let sum = u16::from(*digit) + u16::from(add) + carry;
        *digit = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "S + L fits 32 bytes");
    assert!(!public(1).verifies(message, &bad));
}

#[test]
fn a_signature_with_r_of_small_order_is_refused() {
    use ed25519_dalek::{Signature, Verifier as _};
    use sha2::{Digest as _, Sha512};
    /// A number as the type of another.
    fn like<T: From<u64>>(_: &T, number: u64) -> T {
        number.into()
    }
    // R is the identity, S = k·a with k = SHA-512(R ‖ A ‖ M): the signer knows a, but k binds no secret
    // nonce, and verifiers that clear the cofactor see other signatures as the same one.
    let (signer, message) = (key(1), b"message");
    let mut r = [0; 32];
    r[0] = 1;
    let digest = Sha512::digest([r.as_slice(), &public(1).to_bytes(), message].concat());
    let secret = signer.to_scalar();
    let mut k = like(&secret, 0);
    for byte in digest.iter().rev() {
        k = k * like(&secret, 256) + like(&secret, u64::from(*byte));
    }
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&(k * secret).to_bytes());
    // Plain verification accepts it.
    assert!(signer.verifying_key().verify(message, &Signature::from_bytes(&signature)).is_ok());
    assert!(!public(1).verifies(message, &signature));
}

#[test]
fn verifier_key_has_one_spelling() {
    let vkey = log_key().verifier_key();
    let text = vkey.to_string();
    assert_eq!(text.parse::<VerifierKey>(), Ok(vkey.clone()));
    assert_eq!(vkey.origin().as_str(), ORIGIN);
    // Another implementation agrees on the text.
    assert!(signed_note::StandardVerifier::new(&text).is_ok());
    let (name, rest) = text.split_once('+').expect("a plus");
    let (id, data) = rest.split_once('+').expect("two pluses");
    for bad in [
        format!("{name}+{}+{data}", id.to_uppercase()),
        format!("{name}+00000000+{data}"),
        format!("other.example+{id}+{data}"),
        format!("{name}+{id}+{data}="),
        format!("{name}+{id}"),
        format!(" {text}"),
        format!("{text}\n"),
        String::new(),
        format!("{name}+{id}+"),
    ] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
    }
}

#[test]
fn witness_and_weak_verifier_keys_are_refused() {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let vkey = |kind: u8, key: &[u8]| {
        let typed = [&[kind], key].concat();
        let id = signed_note::key_id(ORIGIN, &typed);
        format!("{ORIGIN}+{id:08x}+{}", BASE64_STANDARD.encode(&typed))
    };
    let witness = vkey(4, &public(1).to_bytes()).parse::<VerifierKey>();
    assert_eq!(witness.map_err(|error| error.code()), Err("version_unknown"));
    let identity = bytes32("0100000000000000000000000000000000000000000000000000000000000000");
    let weak = vkey(1, &identity).parse::<VerifierKey>();
    assert_eq!(weak, Err(FileError::Key(KeyError::Weak)));
    for (kind, len) in [(1, 31), (1, 33), (2, 32), (1, 0)] {
        assert!(vkey(kind, &vec![3; len]).parse::<VerifierKey>().is_err());
    }
}

#[test]
fn secret_text_round_trips_and_leaks_nothing() {
    let key = log_key();
    let text = key.to_secret_text();
    // The format is that of `signed_note`.
    assert!(signed_note::StandardSigner::new(&text).is_ok());
    let again = LogKey::parse_secret_text(&text).expect("round trip");
    assert_eq!(again.verifier_key(), key.verifier_key());
    let secret = text.rsplit('+').next().expect("the key data");
    assert!(!format!("{key:?}").contains(secret));
    let changed = text.replace("PRIVATE", "private");
    let error = LogKey::parse_secret_text(&changed).expect_err("another spelling");
    assert!(!error.to_string().contains(secret));
    assert!(LogKey::parse_secret_text(&format!("{}\n", text.as_str())).is_err());
}

#[test]
fn origins_are_plain() {
    for good in ["a", "example.com/models", "EXAMPLE.com:8080/~a_b-c", &"a".repeat(128)] {
        assert_eq!(origin(good).as_str(), good);
    }
    for bad in ["", "a b", "a+b", "a\n", "é", "a\u{2028}b", &"a".repeat(129)] {
        assert!(bad.parse::<quittance_ledger::Origin>().is_err(), "{bad:?}");
    }
}
