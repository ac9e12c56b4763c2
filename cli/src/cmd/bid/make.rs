//! Making a bid.

use crate::args::example;
use crate::cmd::cosign::read_signed;
use crate::cmd::member::beside;
use crate::cmd::verify::market_key;
use crate::documents::BidMade;
use crate::error::{CliError, FILE_MALFORMED, NOT_CHECKED, USAGE, reason};
use crate::keys::{Purpose, Secret};
use crate::lookup;
use crate::market_dir;
use crate::shell::{Answer, Input, MIB, Secrecy, Shell, WORD};
use quittance_circuits::json;
use quittance_circuits::rules;
use quittance_engine::Reject;
use quittance_engine::bid::{BidRequest, make_bid};
use quittance_engine::entry::{Kind, Nonce, Payload, RoundEntry};
use quittance_ledger::{Envelope, PublicKey, Receipt};
use serde_json::json;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Make a bid: your numbers are committed to, sealed to the operator, and signed
///
/// The numbers are read from a prompt that shows nothing, from stdin or from a file, never from the command line.
/// Beside the bid a secret file is written, <bid>.opening.json: what opens the commitment. Nobody needs it but you.
/// The round's file is checked first, against its receipt or the ledger: a forged one would seal your numbers to
/// somebody else.
#[derive(Debug, clap::Args)]
#[command(after_help = example(
    "quittance bid new market/rounds/1/round.json --ledger market/ledger --key market/private/acme-meters --valuation valuation.txt \
     -o bid.json"
))]
pub(super) struct New {
    /// The round's signed file
    round: Input,
    /// The round's receipt, checked with --market; not needed with --ledger
    #[arg(long, value_name = "FILE")]
    receipt: Option<Input>,
    /// Your keys: a directory made by `key new`
    #[arg(long, value_name = "DIR")]
    key: PathBuf,
    /// Whose row: a member id, or with --ledger a name; by default yours, from member.json beside your keys or the ledger
    #[arg(long, value_name = "MEMBER")]
    member: Option<String>,
    /// Your number in the currency's smallest unit, or all sealed numbers of the row: - is a prompt, or stdin
    #[arg(long, value_name = "FILE", alias = "numbers")]
    valuation: Option<Input>,
    /// The row's public columns, a JSON file, for rules that have some
    #[arg(long, value_name = "FILE")]
    public: Option<Input>,
    /// Where to write the bid
    #[arg(short, value_name = "FILE")]
    output: PathBuf,
}

impl New {
    /// Runs the command.
    pub(super) fn run(&self, shell: &Shell) -> Result<Answer, CliError> {
        if self.output.exists() && !shell.yes() {
            let there = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(CliError::io("write", &self.output, &there)
                .hint("a member has one row in a round; look at it with `quittance bid show`"));
        }
        let (file, entry) = self.round(shell)?;
        let signing = Secret::of_folder(shell, &self.key, Purpose::Signing)?.signing_key();
        let seed = Secret::read(shell, &self.key.join(Purpose::Blinding.file()))?;
        let own = PublicKey::from(&signing);
        let member = lookup::own_member(shell, self.member.as_deref(), &self.key, own)?;
        let public = match &self.public {
            Some(input) => json::parse(&input.read(MIB)?)
                .map_err(|error| CliError::malformed(&error).file(input.name()))?,
            None => json!({}),
        };
        let numbers = self.numbers(&entry)?;
        let nonce = Nonce(*Secret::random()?.bytes());
        let request = BidRequest {
            member,
            numbers: &numbers,
            public,
            seed: seed.bytes(),
            nonce,
            signing_key: &signing,
        };
        let made = make_bid(&file, request).map_err(|reject| CliError::refused(&reject))?;
        let opening = beside(&self.output, "opening.json");
        if let Some(sealed) = &made.sealed {
            // First, so that no bid is ever without what opens it. One without a bid was never handed in.
            shell.replace(&opening, &sealed.opening.to_json(), Secrecy::Secret)?;
        }
        shell.write(&self.output, made.envelope.to_json().as_bytes(), Secrecy::Public)?;
        let (bid, record) = (self.output.display().to_string(), made.envelope.record_id().to_string());
        let opening = made.sealed.map(|_| opening.display().to_string());
        let kept = opening
            .as_ref()
            .map_or(String::new(), |opening| format!(" and {opening}, which is for you alone"));
        let text = format!("wrote {bid}{kept}\nhand in {WORD}{bid}{WORD:#}; record {record}");
        let document = BidMade { schema: BidMade::SCHEMA, file: bid, member, opening, record };
        Ok(Answer::text(&document, text))
    }

    /// The round's file, which stands on the market's ledger.
    fn round(&self, shell: &Shell) -> Result<(Envelope, RoundEntry), CliError> {
        let (envelope, payload) = read_signed(&self.round)?;
        let refused = |reject: Reject| CliError::refused(&reject).file(self.round.name());
        let Payload::Round(entry) = payload else {
            let what = format!("the signed file of a {}, expected a round's", payload.kind().word());
            return Err(CliError::new("kind_unknown", what).file(self.round.name()));
        };
        if let Some(receipt) = &self.receipt {
            let key = market_key(shell)?;
            let wrong = |reject: Reject| CliError::refused(&reject).file(receipt.name());
            let receipt = Receipt::parse(&receipt.read(MIB)?).map_err(|error| wrong(error.into()))?;
            let leaf = receipt.leaf(Kind::Round.byte(), envelope.clone());
            receipt.verify_in(leaf, &key).map_err(|error| wrong(error.into()))?;
        } else if shell.ledger().is_some() {
            let reading = market_dir::read(shell, Path::new("."))?;
            let id = envelope.record_id();
            let index = reading.market.index_of(id).ok_or_else(|| {
                let found = format!("the round's file is not on the ledger: {id}");
                refused(quittance_engine::Code::RoundUnknown.because(found))
            })?;
            let stands = reading.log.entry(index).map_err(|error| refused(error.into()))?;
            if *stands.envelope() != envelope {
                return Err(CliError::new(
                    "signature_invalid",
                    "the round on the ledger has other signatures",
                )
                .file(self.round.name()));
            }
        } else {
            let what = "nobody vouches for the round's file: it could seal your numbers to anybody";
            return Err(CliError::new(NOT_CHECKED, what).file(self.round.name()).hint(
                "name its receipt and the market's key (--receipt FILE --market FILE), or --ledger DIR",
            ));
        }
        Ok((envelope, entry))
    }

    /// The sealed numbers of the row.
    fn numbers(&self, round: &RoundEntry) -> Result<Zeroizing<Vec<u64>>, CliError> {
        let columns = rules::find(round.rule.as_str()).map_or(&[][..], |rule| rule.columns());
        let sealed: Vec<&str> = columns
            .iter()
            .filter(|column| column.is_sealed(round.disclosure))
            .map(|column| column.name)
            .collect();
        let Some(input) = &self.valuation else {
            if sealed.is_empty() {
                return Ok(Zeroizing::default());
            }
            let what = format!("{} seals {}: the number is missing", round.rule, sealed.join(", "));
            return Err(
                CliError::new(USAGE, what).hint("name a file that holds it, or type it: --valuation -")
            );
        };
        let text = match input {
            Input::Stdin if std::io::stdin().is_terminal() => {
                let prompt = format!("{} (smallest units, not shown): ", sealed.join(", "));
                let typed = rpassword::prompt_password(prompt).map_err(|error| {
                    CliError::new(
                        crate::error::IO_FAILED,
                        format!("cannot read the prompt: {}", reason(&error)),
                    )
                })?;
                Zeroizing::new(typed.into_bytes())
            }
            Input::File(path)
                if !path.exists() && path.to_string_lossy().bytes().all(|b| b.is_ascii_digit()) =>
            {
                // Not repeated: it may be the number itself.
                return Err(CliError::new(
                    USAGE,
                    "--valuation takes a file, not a number: others see command lines",
                )
                .hint("type the number where nobody sees it: --valuation -"));
            }
            input => Zeroizing::new(input.read(4096)?),
        };
        numbers(&text).ok_or_else(|| {
            // Says nothing about what it found: it may be the number, mistyped.
            CliError::new(
                FILE_MALFORMED,
                "expected whole numbers without signs or leading zeros, and spaces between",
            )
            .file(input.name())
        })
    }
}

fn numbers(text: &[u8]) -> Option<Zeroizing<Vec<u64>>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut numbers = Zeroizing::new(Vec::with_capacity(16));
    for word in text.split_ascii_whitespace().take(17) {
        let number: u64 = word.parse().ok()?;
        if word != Zeroizing::new(number.to_string()).as_str() {
            return None;
        }
        numbers.push(number);
    }
    (!numbers.is_empty() && numbers.len() <= 16).then_some(numbers)
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_have_one_spelling() {
        let read = |text: &str| super::numbers(text.as_bytes()).map(|numbers| numbers.to_vec());
        assert_eq!(read("125000\n"), Some(vec![125_000]));
        assert_eq!(read(" 1 2\t3 "), Some(vec![1, 2, 3]));
        for bad in
            ["", " ", "01", "+1", "-1", "1.5", "1,000", "18446744073709551616", "one", &"1 ".repeat(17)]
        {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
