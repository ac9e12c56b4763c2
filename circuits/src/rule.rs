//! What a published rule is.
//!
//! [`Rule`] is what a rule's author writes: typed terms, rows and outcome, an exact integer evaluator, and the
//! money that an outcome moves. [`PublishedRule`] is its object-safe face over JSON, which the engine and the
//! command line use; every [`Rule`] has it.

use crate::json::{self, Malformed};
use crate::number::{Amount, Count, Wide};
use crate::proved::ProvedRule;
use schemars::{JsonSchema, Schema};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A rule's own refusal, by its stable code. Depends on public data only, so everybody can recompute it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub &'static str);

/// Why there is no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoOutcome {
    /// Terms or rows are not of the rule's form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The rule refuses these terms, public columns or row count.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Why an outcome on a statement cannot be this rule's, as far as public numbers tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongOutcome {
    /// Not of the rule's form, or with lists of the wrong length.
    #[error("the outcome is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The rule refuses these terms or row count: there can be no outcome.
    #[error("the rule refuses: {0}")]
    Refused(#[from] Refusal),
    /// A payment or receipt is not what winners and price make it.
    #[error("{0}")]
    Payment(String),
    /// Money in and money out differ.
    #[error("{0}")]
    Conservation(String),
    /// The integers contradict the rule, whatever the sealed values are.
    #[error("{0}")]
    Impossible(String),
}

/// Where a column of a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Sealed in the row's commitment.
    Sealed,
    /// Written by the row's signer into the bid.
    Bid,
    /// Filled in by the engine from the last performance report of this measure.
    Report(&'static str),
}

/// A column of a rule's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Field name in a row.
    pub name: &'static str,
    /// Where its numbers come from.
    pub source: Source,
}

/// How a settlement of a rule convinces a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// By a proof: rows hold sealed values.
    Proved,
    /// By recomputation: every number of the round is public.
    Recomputed,
}

/// The money of one settlement. payments = receipts + fee + proceeds + dust, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Money {
    /// From each row's party to the market.
    pub payments: Vec<Amount>,
    /// From the market to each row's party.
    pub receipts: Vec<Amount>,
    /// To the seller of each item (one entry when a rule sells one thing; none for splits).
    pub proceeds: Vec<Wide>,
    /// Paid in from outside the rows: the revenue that a split divides.
    pub revenue: Wide,
    /// To the operator.
    pub fee: Wide,
    /// What the rule leaves undistributed.
    pub dust: Wide,
}

impl Money {
    /// The sum of payments and revenue.
    #[must_use]
    pub fn paid(&self) -> Option<u128> {
        sum(self.payments.iter().map(|x| u128::from(x.0)))?.checked_add(self.revenue.0)
    }

    /// The sum of receipts and proceeds.
    #[must_use]
    pub fn received(&self) -> Option<u128> {
        let receipts = sum(self.receipts.iter().map(|x| u128::from(x.0)))?;
        receipts.checked_add(sum(self.proceeds.iter().map(|x| x.0))?)
    }

    /// Whether money in equals money out, to the last minor unit.
    #[must_use]
    pub fn conserved(&self) -> bool {
        let out =
            self.received().and_then(|received| received.checked_add(self.fee.0)?.checked_add(self.dust.0));
        out.is_some() && out == self.paid()
    }
}

fn sum(mut amounts: impl Iterator<Item = u128>) -> Option<u128> {
    amounts.try_fold(0u128, u128::checked_add)
}

/// A rule, as its author writes it.
pub trait Rule: Send + Sync + 'static {
    /// Public parameters of a round.
    type Terms: DeserializeOwned + Serialize + JsonSchema;
    /// One party's numbers.
    type Row: DeserializeOwned + Serialize + JsonSchema;
    /// What the rule decides.
    type Outcome: DeserializeOwned + Serialize + JsonSchema;

    /// The rule's id, such as `uniform-price/v1`.
    const ID: &'static str;
    /// The rule in plain words.
    const CARD: &'static str;
    /// The columns of a row.
    const COLUMNS: &'static [Column];
    /// How a settlement convinces.
    const EVIDENCE: Evidence;

    /// Refusals that depend on the terms alone, in the order of rules.md.
    ///
    /// # Errors
    /// The first refusal that applies.
    fn check_terms(terms: &Self::Terms) -> Result<(), Refusal>;

    /// Whether a round may have this many rows.
    ///
    /// # Errors
    /// The rule's refusal of the row count.
    fn check_row_count(terms: &Self::Terms, rows: usize) -> Result<(), Refusal>;

    /// The largest number of rows that a round can settle.
    fn max_rows(terms: &Self::Terms) -> Count;

    /// The one outcome for these terms and rows.
    ///
    /// # Errors
    /// The first refusal that applies, in the order of rules.md.
    fn evaluate(terms: &Self::Terms, rows: &[Self::Row]) -> Result<Self::Outcome, Refusal>;

    /// Everything about an outcome that public numbers decide; the rest is the proof's.
    ///
    /// # Errors
    /// What is wrong.
    fn check_outcome(
        terms: &Self::Terms,
        rows: usize,
        outcome: &Self::Outcome,
    ) -> Result<Money, WrongOutcome>;

    /// The public columns of a statement that the rule's outcome implies, such as winner flags, by name.
    fn public_columns(outcome: &Self::Outcome) -> Vec<(&'static str, Value)>;

    /// Whether one party was treated as the rule promises, in words for that party.
    ///
    /// # Errors
    /// The party's own numbers contradict the outcome.
    fn own_view(
        terms: &Self::Terms,
        outcome: &Self::Outcome,
        index: usize,
        row: &Self::Row,
    ) -> Result<&'static str, WrongOutcome>;

    /// The rule's circuits, if its settlements are proved.
    fn proved() -> Option<&'static dyn ProvedRule> {
        None
    }
}

/// The object-safe face of a rule, over JSON values.
pub trait PublishedRule: Send + Sync {
    /// The rule's id.
    fn id(&self) -> &'static str;
    /// The rule in plain words.
    fn card(&self) -> &'static str;
    /// The columns of a row.
    fn columns(&self) -> &'static [Column];
    /// How a settlement convinces.
    fn evidence(&self) -> Evidence;
    /// Whether a round can have these terms.
    ///
    /// # Errors
    /// Malformed terms, or the rule's refusal of them.
    fn check_terms(&self, terms: &Value) -> Result<(), NoOutcome>;
    /// Whether the bid's own public columns are of the rule's form: an object with exactly the columns whose
    /// source is the bid.
    ///
    /// # Errors
    /// Any other value.
    fn check_public(&self, public: &Value) -> Result<(), Malformed>;
    /// The largest number of rows that a round with these terms can settle.
    ///
    /// # Errors
    /// Malformed terms.
    fn max_rows(&self, terms: &Value) -> Result<Count, Malformed>;
    /// One row from its sealed numbers and its public columns, as [`Self::evaluate`] reads it.
    ///
    /// # Errors
    /// A number too few or too many, or a public column missing or unknown.
    fn row(&self, sealed: &[u64], public: &Value) -> Result<Value, Malformed>;
    /// The one outcome for these terms and rows (a JSON array of row objects).
    ///
    /// # Errors
    /// Malformed input or the rule's refusal.
    fn evaluate(&self, terms: &Value, rows: &Value) -> Result<Value, NoOutcome>;
    /// Checks an outcome as far as public numbers go, and says what money it moves.
    ///
    /// # Errors
    /// What is wrong.
    fn check_outcome(&self, terms: &Value, rows: usize, outcome: &Value) -> Result<Money, WrongOutcome>;
    /// The public result columns that an outcome implies: an object of arrays, one entry per row.
    ///
    /// # Errors
    /// A malformed outcome.
    fn result_columns(&self, outcome: &Value) -> Result<Value, Malformed>;
    /// Whether the party of row `index`, whose numbers these are, was treated as the rule promises; in words.
    ///
    /// # Errors
    /// The party's own numbers contradict the outcome, or something is malformed.
    fn own_view(
        &self,
        terms: &Value,
        outcome: &Value,
        index: usize,
        row: &Value,
    ) -> Result<&'static str, WrongOutcome>;
    /// The rule's circuits, if its settlements are proved.
    fn proved(&self) -> Option<&'static dyn ProvedRule>;
    /// JSON Schemas of terms, row and outcome.
    fn schemas(&self) -> [(&'static str, Schema); 3];
}

impl<R: Rule> PublishedRule for R {
    fn id(&self) -> &'static str {
        R::ID
    }

    fn card(&self) -> &'static str {
        R::CARD
    }

    fn columns(&self) -> &'static [Column] {
        R::COLUMNS
    }

    fn evidence(&self) -> Evidence {
        R::EVIDENCE
    }

    fn check_terms(&self, terms: &Value) -> Result<(), NoOutcome> {
        Ok(R::check_terms(&json::from_value(terms)?)?)
    }

    fn check_public(&self, public: &Value) -> Result<(), Malformed> {
        let own = R::COLUMNS.iter().filter(|column| column.source == Source::Bid);
        let names: Vec<&str> = own.map(|column| column.name).collect();
        let fields = public.as_object().ok_or_else(|| Malformed("`public` is an object".into()))?;
        if fields.len() != names.len() || !names.iter().all(|name| fields.contains_key(*name)) {
            return Err(Malformed(format!("`public` has exactly the fields {names:?}")));
        }
        fields.values().try_for_each(|value| json::from_value::<Amount>(value).map(drop))
    }

    fn max_rows(&self, terms: &Value) -> Result<Count, Malformed> {
        Ok(R::max_rows(&json::from_value(terms)?))
    }

    fn row(&self, sealed: &[u64], public: &Value) -> Result<Value, Malformed> {
        let mut sealed = sealed.iter();
        let mut row = Map::new();
        for Column { name, source } in R::COLUMNS {
            let value = match source {
                Source::Sealed => sealed.next().map(|x| json::to_value(&Amount(*x))),
                Source::Bid | Source::Report(_) => public.get(name).cloned(),
            };
            let value = value.ok_or_else(|| Malformed(format!("the row has no `{name}`")))?;
            row.insert((*name).into(), value);
        }
        if sealed.next().is_some() {
            return Err(Malformed("the row has too many sealed numbers".into()));
        }
        let row = Value::Object(row);
        json::from_value::<R::Row>(&row)?;
        Ok(row)
    }

    fn evaluate(&self, terms: &Value, rows: &Value) -> Result<Value, NoOutcome> {
        let terms: R::Terms = json::from_value(terms)?;
        let rows: Vec<R::Row> = json::from_value(rows)?;
        Ok(json::to_value(&R::evaluate(&terms, &rows)?))
    }

    fn check_outcome(&self, terms: &Value, rows: usize, outcome: &Value) -> Result<Money, WrongOutcome> {
        let terms: R::Terms = json::from_value(terms)?;
        R::check_terms(&terms)?;
        R::check_row_count(&terms, rows)?;
        let money = R::check_outcome(&terms, rows, &json::from_value(outcome)?)?;
        if money.conserved() {
            Ok(money)
        } else {
            Err(WrongOutcome::Conservation("money in and money out differ".into()))
        }
    }

    fn result_columns(&self, outcome: &Value) -> Result<Value, Malformed> {
        let columns = R::public_columns(&json::from_value(outcome)?);
        Ok(Value::Object(columns.into_iter().map(|(name, column)| (name.into(), column)).collect()))
    }

    fn own_view(
        &self,
        terms: &Value,
        outcome: &Value,
        index: usize,
        row: &Value,
    ) -> Result<&'static str, WrongOutcome> {
        let (terms, outcome) = (json::from_value(terms)?, json::from_value(outcome)?);
        R::own_view(&terms, &outcome, index, &json::from_value(row)?)
    }

    fn proved(&self) -> Option<&'static dyn ProvedRule> {
        R::proved()
    }

    fn schemas(&self) -> [(&'static str, Schema); 3] {
        [
            ("terms", schemars::schema_for!(R::Terms)),
            ("row", schemars::schema_for!(R::Row)),
            ("outcome", schemars::schema_for!(R::Outcome)),
        ]
    }
}
