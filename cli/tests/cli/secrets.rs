//! Secrets stay in their files, and their files stay their owner's.

use crate::run::{code, document, run, sandbox, stderr};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const FILES: [&str; 3] = ["signing.key", "seal.key", "blinding.seed"];

#[test]
fn keys_are_their_owners() {
    let dir = sandbox();
    let made = run(dir.path(), "key new acme");
    assert_eq!(code(&made), 0);
    let mode = |path: &str| fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("acme"), 0o700);
    let shown = run(dir.path(), "key show acme --json");
    let mut secrets = Vec::new();
    for file in FILES {
        assert_eq!(mode(&format!("acme/{file}")), 0o600, "{file}");
        let secret = fs::read_to_string(dir.path().join("acme").join(file)).unwrap();
        assert!(secret.len() == 65 && secret.ends_with('\n'), "{file}");
        let secret = secret.trim_end().to_owned();
        for output in [&made, &shown] {
            let said = String::from_utf8(output.stdout.clone()).unwrap() + &stderr(output);
            assert!(!said.contains(&secret), "{file} is printed");
        }
        secrets.push(secret);
    }
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), 3, "three different secrets");
}

#[test]
fn keys_are_not_replaced() {
    let dir = sandbox();
    assert_eq!(code(&run(dir.path(), "key new acme")), 0);
    let before = FILES.map(|file| fs::read(dir.path().join("acme").join(file)).unwrap());
    // One file that is there is enough.
    fs::remove_file(dir.path().join("acme/signing.key")).unwrap();
    let again = run(dir.path(), "key new acme");
    assert_eq!(code(&again), 2);
    assert!(stderr(&again).contains("code: file_exists"));
    assert!(!dir.path().join("acme/signing.key").exists());
    assert_eq!(code(&run(dir.path(), "key new acme --yes")), 0);
    let after = FILES.map(|file| fs::read(dir.path().join("acme").join(file)).unwrap());
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
}

#[test]
fn published_keys_are_those_of_the_secrets() {
    // RFC 8032 section 7.1, test 1; RFC 7748 section 6.1, Bob.
    let pairs = [
        (
            "signing.key",
            "key",
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ),
        (
            "seal.key",
            "seal_key",
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        ),
    ];
    for (file, field, secret, public) in pairs {
        let dir = sandbox();
        fs::write(dir.path().join(file), secret).unwrap();
        let shown = run(dir.path(), &format!("key show {file} --json"));
        // Written for everybody to read, which is not passed over in silence.
        assert!(stderr(&shown).contains("others may read"), "{}", stderr(&shown));
        assert_eq!(document(&shown)[field], public, "{file}");
    }
}

#[test]
fn malformed_keys_are_refused_without_repeating_them() {
    let dir = sandbox();
    for text in ["", "00", &"0".repeat(63), &"A".repeat(64), &"g".repeat(64), &"00".repeat(65)] {
        fs::write(dir.path().join("signing.key"), text).unwrap();
        let output = run(dir.path(), "key show signing.key");
        assert_eq!(code(&output), 2, "{text}");
        assert!(text.len() < 10 || !stderr(&output).contains(text), "{text}");
    }
}
