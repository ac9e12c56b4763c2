//! Keys and policies in text: `market.vkey`, verifier keys, witness keys, witness policies, a witness's list of logs, secret keys.

use quittance_ledger::witness::read_logs;
use quittance_ledger::{FileError, LogKey, MarketKey, VerifierKey, WitnessKey, WitnessPolicy};
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// `market.vkey`, and the keys that stand in it.
///
/// # Panics
/// A text is written otherwise than it was read.
pub fn market_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    one_spelling::<MarketKey>(text);
    one_spelling::<VerifierKey>(text);
    one_spelling::<WitnessKey>(text);
    if let Ok(secret) = LogKey::parse_secret_text(text) {
        assert_eq!(secret.to_secret_text().as_str(), text);
    }
    if let Ok(logs) = read_logs(text) {
        let lines: String = logs.iter().map(|log| format!("{log}\n")).collect();
        assert_eq!(read_logs(&lines).ok(), Some(logs));
    }
}

/// A witness policy as people write it, and in its one spelling.
///
/// # Panics
/// A policy is another one after it was written, or a spelling that is not its one is accepted as that.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    one_spelling::<WitnessPolicy>(text);
    let Ok(policy) = WitnessPolicy::read(text) else {
        assert!(text.parse::<WitnessPolicy>().is_err());
        return;
    };
    let written = policy.to_string();
    assert_eq!(written.parse().ok().as_ref(), Some(&policy));
    assert_eq!(written == text, text.parse::<WitnessPolicy>().is_ok());
    assert_eq!(policy.is_none(), written.ends_with(WitnessPolicy::NONE));
}

/// A text that has one spelling.
fn one_spelling<T: FromStr<Err = FileError> + Display + Debug>(text: &str) {
    if let Ok(parsed) = text.parse::<T>() {
        assert_eq!(parsed.to_string(), text, "one spelling");
    }
}
