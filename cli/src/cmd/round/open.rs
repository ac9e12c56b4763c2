//! Opening a round.

use crate::args::example;
use crate::cmd::cosign::read_signed;
use crate::documents::RoundFile;
use crate::error::{CliError, USAGE};
use crate::keys::Secret;
use crate::lookup;
use crate::market_dir::{self, DirArg, MarketDir, Reading};
use crate::shell::{Answer, Input, MIB, Secrecy, Shell, WORD};
use quittance_circuits::json;
use quittance_circuits::rule::Evidence;
use quittance_circuits::rules;
use quittance_engine::entry::{
    Disclosure, DustTo, EntryPayload as _, Payload, Provenance, RevenueSource, RoundEntry, RowSigners,
    RuleId, UtcTime,
};
use serde_json::Value;
use std::path::PathBuf;

/// Make a round's file, signed with the operator's key, for its sellers to sign too
///
/// The secret that opens the bids is drawn and kept first, in private/rounds. Then: each seller signs with
/// `quittance cosign`, and `quittance round admit` puts it on the ledger. Members and models are named by name or by
/// at least 8 digits of their ids; a model by the name of its seller, if it is the only one.
#[derive(Debug, clap::Args)]
#[command(after_help = example(
    "quittance round open --dir market --rule uniform-price/v1 --terms terms.json --item north-lab --seller north-lab \
     --close-at 2030-01-01T12:00:00Z --abort-at 2030-01-08T12:00:00Z -o round.json"
))]
pub(super) struct Open {
    /// The rule
    #[arg(long)]
    rule: RuleId,
    /// The rule's terms, a JSON file; - is stdin
    #[arg(long, value_name = "FILE")]
    terms: Input,
    /// A model that is for sale; more than one for rules that sell several
    #[arg(long = "item", value_name = "MODEL")]
    items: Vec<String>,
    /// The seller; one for each item, or one of all
    #[arg(long = "seller", value_name = "MEMBER")]
    sellers: Vec<String>,
    /// Who measures
    #[arg(long, value_name = "MEMBER")]
    evaluator: Option<String>,
    /// Who owns rows, in row order; without it anybody, in the order of the ledger
    #[arg(long = "party", value_name = "MEMBER")]
    parties: Vec<String>,
    /// Who signs rows: owner or evaluator
    #[arg(long, default_value = "owner", value_parser = word::<RowSigners>)]
    row_signers: RowSigners,
    /// The proceeds that are divided: a settled round and one of its sellers
    #[arg(long, num_args = 2, value_names = ["ROUND", "MEMBER"])]
    revenue_from: Option<Vec<String>>,
    /// The aborted round that this one repeats
    #[arg(long, value_name = "ROUND")]
    reopens: Option<String>,
    /// Who keeps what a split leaves: operator or seller
    #[arg(long, value_parser = word::<DustTo>)]
    dust_to: Option<DustTo>,
    /// Bids are taken at least until then, such as 2030-01-01T12:00:00Z
    #[arg(long, value_name = "TIME")]
    close_at: UtcTime,
    /// Whether results are published, or sealed to each member: `public` or `sealed`
    #[arg(long, value_name = "WORD", default_value = "public", value_parser = word::<Disclosure>)]
    disclosure: Disclosure,
    /// The settlement is published by then
    #[arg(long, value_name = "TIME")]
    abort_at: UtcTime,
    #[command(flatten)]
    dir: DirArg,
    /// Where to write the round's file
    #[arg(short, value_name = "FILE")]
    output: PathBuf,
}

/// A word of a payload's vocabulary.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

impl Open {
    /// Runs the command.
    pub(super) fn run(&self, shell: &Shell) -> Result<Answer, CliError> {
        let reading = market_dir::read(shell, &self.dir.dir)?;
        let dir = MarketDir::open(&self.dir.dir)?;
        let rule = rules::find(self.rule.as_str()).ok_or_else(|| {
            CliError::new("rule_unknown", format!("no published rule is called `{}`", self.rule))
                .hint("list the rules with `quittance rule list`")
        })?;
        let terms = json::parse(&self.terms.read(MIB)?);
        let terms = terms.map_err(|error| CliError::malformed(&error).file(self.terms.name()))?;
        rule.check_terms(&terms).map_err(|error| {
            CliError::new("terms_invalid", error.to_string())
                .file(self.terms.name())
                .hint(format!("read what the rule asks for: `quittance rule show {}`", self.rule))
        })?;
        let mut entry = self.entry(&reading, terms)?;
        let made = |id| reading.market.rule(&entry.rule).and_then(|state| state.provenance(id));
        if entry.circuit_keys.iter().any(|key| made(key.circuit_key) == Some(Provenance::SingleParty)) {
            dir.allow_dev_keys()?;
        }
        let sealed = rule.sealed_width(&entry.terms, entry.disclosure);
        let sealed = sealed.map_err(|error| CliError::malformed(&error).file(self.terms.name()))? > 0;
        if !self.is_there(&dir, &mut entry) {
            if self.output.exists() && !shell.yes() {
                let there = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
                return Err(CliError::io("write", &self.output, &there));
            }
            let secret = if sealed { Some(Secret::random()?) } else { None };
            entry.hpke_key = secret.as_ref().map(Secret::seal_public);
            // Before anything is kept or signed: sellers would sign a round that is refused.
            reading.market.check_opening(&entry).map_err(|reject| CliError::refused(&reject))?;
            // The secret first: no file is handed out that nobody could open bids for.
            secret.iter().try_for_each(|secret| dir.keep_round_secret(shell, secret))?;
            let key = dir.operator_key(shell)?.signing_key();
            let envelope = entry.sign(&[&key]).map_err(|error| CliError::refused(&error.into()))?;
            shell.write(&self.output, envelope.to_json().as_bytes(), Secrecy::Public)?;
        }
        let file = self.output.display().to_string();
        let text = format!(
            "wrote {file}: a round of {}, signed by the operator\n\nNext:\n  each seller signs it: {WORD}quittance \
             cosign {file} --key KEYS{WORD:#}\n  then: {WORD}quittance round admit {file} --dir {}{WORD:#}",
            entry.rule,
            self.dir.dir.display()
        );
        let document = RoundFile {
            schema: RoundFile::SCHEMA,
            file,
            hpke_key: entry.hpke_key,
            rule: entry.rule,
            to_be_signed_by: entry.sellers,
        };
        Ok(Answer::text(&document, text))
    }

    fn entry(&self, reading: &Reading, terms: Value) -> Result<RoundEntry, CliError> {
        let market = &reading.market;
        let member = |text: &String| lookup::member(&reading.log, market, text);
        let revenue_from = match self.revenue_from.as_deref() {
            Some([round, seller]) => {
                Some(RevenueSource { round: lookup::round(market, round)?.1.id, seller: member(seller)? })
            }
            Some(_) => return Err(CliError::new(USAGE, "--revenue-from takes a round and a member")),
            None => None,
        };
        let parties: Vec<_> = self.parties.iter().map(member).collect::<Result<_, _>>()?;
        let evidence = rules::find(self.rule.as_str()).map(|rule| rule.evidence(&terms, self.disclosure));
        let proved = matches!(evidence, Some(Ok(Evidence::Proved)));
        let keys = market.rule(&self.rule).map(|state| state.keys()).unwrap_or_default();
        let reopens = self.reopens.as_deref().map(|text| lookup::round(market, text)).transpose()?;
        Ok(RoundEntry {
            market: market.entry().market.clone(),
            rule: self.rule.clone(),
            terms,
            disclosure: self.disclosure,
            circuit_keys: if proved { keys } else { Vec::new() },
            items: self
                .items
                .iter()
                .map(|text| lookup::model(&reading.log, market, text))
                .collect::<Result<_, _>>()?,
            sellers: self.sellers.iter().map(member).collect::<Result<_, _>>()?,
            evaluator: self.evaluator.as_ref().map(member).transpose()?,
            row_signers: self.row_signers,
            parties: (!parties.is_empty()).then_some(parties),
            revenue_from,
            reopens: reopens.map(|(_, round)| round.id),
            dust_to: self.dust_to,
            close_at: self.close_at,
            abort_at: self.abort_at,
            hpke_key: None,
        })
    }

    /// Whether the file is there already, for this very round and with its secret kept; then the entry gets its key.
    fn is_there(&self, dir: &MarketDir, entry: &mut RoundEntry) -> bool {
        let Ok((_, Payload::Round(there))) = read_signed(&Input::File(self.output.clone())) else {
            return false;
        };
        let repeated = RoundEntry { hpke_key: there.hpke_key, ..entry.clone() };
        if repeated != there || !there.hpke_key.is_none_or(|key| dir.has_round_secret(key)) {
            return false;
        }
        *entry = there;
        true
    }
}
