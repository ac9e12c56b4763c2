//! Short texts: keys and policies, and the files that only the command line reads.

use crate::keys;
use quittance_cli::parsers;

/// `texts`: bytes as each of them in turn.
///
/// # Panics
/// As [`keys::market_key`], [`keys::policy`] and [`files`].
pub fn texts(bytes: &[u8]) {
    keys::market_key(bytes);
    keys::policy(bytes);
    files(bytes);
    // The policy of a market's key stands below two lines.
    if let Some(policy) = bytes.splitn(3, |byte| *byte == b'\n').nth(2) {
        keys::policy(policy);
    }
}

/// Settings, secrets, an auditor's notes, report pages; the kind that `verify` takes a file for; text as it is shown.
///
/// # Panics
/// A file is taken in another spelling than its one, or text moves the cursor.
pub fn files(bytes: &[u8]) {
    let _ = (parsers::market_toml(bytes), parsers::form(bytes), parsers::page(bytes));
    if let Some(secret) = parsers::secret(bytes) {
        assert_eq!(bytes.trim_ascii(), hex::encode(secret).as_bytes(), "one spelling");
    }
    if let Some(written) = parsers::replayed(bytes) {
        assert_eq!(written, bytes, "one spelling");
    }
    let shown = parsers::printable(&String::from_utf8_lossy(bytes));
    assert!(!shown.contains(char::is_control), "text that moves the cursor");
    assert_eq!(parsers::printable(&shown), shown);
}
