//! A member's own keys: a directory of three secret files, each 64 hex digits and a newline, mode 0600.
//!
//! | file | what | who learns it can |
//! |---|---|---|
//! | `signing.key` | Ed25519 secret key | sign in the member's name |
//! | `seal.key` | X25519 secret key | read results sealed to the member |
//! | `blinding.seed` | seed of all blindings | test guesses of the member's valuations |
//!
//! Three files because they are three secrets: a program that signs need not be able to unseal.

use crate::error::{CliError, KEY_MALFORMED};
use crate::shell::{Input, Secrecy, Shell};
use quittance_engine::entry::SealKey;
use quittance_engine::seal::HpkeSecret;
use quittance_ledger::{PublicKey, SigningKey};
use rand::RngCore as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use zeroize::Zeroizing;

/// Longest secret file: 64 digits and what an editor may add.
const LIMIT: u64 = 128;

/// What a secret file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To sign.
    Signing,
    /// To read what is sealed to the member.
    Seal,
    /// To blind commitments.
    Blinding,
}

impl Purpose {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Signing, Self::Seal, Self::Blinding];

    /// Its file's name.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Signing => "signing.key",
            Self::Seal => "seal.key",
            Self::Blinding => "blinding.seed",
        }
    }

    /// The purpose of a file, by its name.
    pub fn of(path: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| path.file_name().is_some_and(|name| name == purpose.file()))
    }
}

/// 32 secret bytes.
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// Drawn from the operating system.
    ///
    /// # Errors
    /// It has no randomness to give.
    pub fn random() -> Result<Self, CliError> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::rngs::OsRng.try_fill_bytes(bytes.as_mut_slice()).map_err(|error| {
            CliError::new(crate::error::IO_FAILED, format!("the system has no randomness: {error}"))
        })?;
        Ok(Self(bytes))
    }

    /// Reads a secret file; warns of one that others may read.
    ///
    /// # Errors
    /// No such file, or not 64 lower-case hex digits.
    pub fn read(shell: &Shell, path: &Path) -> Result<Self, CliError> {
        let input = Input::File(path.into());
        let text = Zeroizing::new(input.read(LIMIT)?);
        let secret = Self::parse(&text).ok_or_else(|| {
            // Says nothing about what it found: it may be a secret all the same.
            CliError::new(KEY_MALFORMED, "not a secret of 64 lower-case hexadecimal digits")
                .file(input.name())
                .hint("make keys with `quittance key new NAME`")
        })?;
        if path.metadata().is_ok_and(|about| about.permissions().mode() & 0o077 != 0) {
            let name = input.name();
            shell.warn(&format!("others may read {name}; keep it to yourself with `chmod 600 {name}`"));
        }
        Ok(secret)
    }

    /// The secret of a file's bytes: 64 lower-case hex digits, white space around them.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        let digits = text.trim_ascii();
        // `hex` reads upper case too; a secret has one spelling.
        let plain = !digits.iter().any(u8::is_ascii_uppercase);
        (plain && hex::decode_to_slice(digits, bytes.as_mut_slice()).is_ok()).then_some(Self(bytes))
    }

    /// Writes a secret file.
    ///
    /// # Errors
    /// The file exists, or the system refused.
    pub fn write(&self, shell: &Shell, path: &Path) -> Result<(), CliError> {
        let mut text = Zeroizing::new(hex::encode(self.0.as_slice()));
        text.push('\n');
        shell.write(path, text.as_bytes(), Secrecy::Secret)
    }

    /// Reads a secret of a key folder, or the one file that is named.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of_folder(shell: &Shell, path: &Path, purpose: Purpose) -> Result<Self, CliError> {
        if path.is_dir() { Self::read(shell, &path.join(purpose.file())) } else { Self::read(shell, path) }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As a key to sign with.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.0)
    }

    /// As a key to open with.
    pub fn hpke_secret(&self) -> HpkeSecret {
        HpkeSecret::from_bytes(&self.0)
    }

    /// The public half of a signing key.
    pub fn signing_public(&self) -> PublicKey {
        PublicKey::from(&SigningKey::from_bytes(&self.0))
    }

    /// The public half of a seal key.
    pub fn seal_public(&self) -> SealKey {
        HpkeSecret::from_bytes(&self.0).public()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(redacted)")
    }
}
