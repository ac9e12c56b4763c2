//! What a published rule is.
//!
//! [`Rule`] is what a rule's author writes: typed terms, rows and outcome, an exact integer evaluator, and the
//! money that an outcome moves. [`PublishedRule`] is its object-safe face over JSON, which the engine and the
//! command line use; every [`Rule`] has it.

use crate::json::{self, Malformed};
use crate::number::{Amount, Count, Wide};
use crate::proved::ProvedRule;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

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

/// Whether what a rule may publish or seal is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disclosure {
    /// It is published.
    Public,
    /// It is sealed to each member.
    Sealed,
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
    /// Sealed in rounds that seal. Elsewhere public: in the bid, or from reports of this measure if the round has
    /// an evaluator.
    Either(&'static str),
}

/// A column of a rule's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Field name in a row.
    pub name: &'static str,
    /// Where its numbers come from.
    pub source: Source,
    /// Whether it is a list with one number per item of the terms.
    pub list: bool,
}

impl Column {
    /// One number from this source.
    #[must_use]
    pub const fn new(name: &'static str, source: Source) -> Self {
        Self { name, source, list: false }
    }

    /// A list of sealed numbers, one per item of the terms.
    #[must_use]
    pub const fn sealed_list(name: &'static str) -> Self {
        Self { name, source: Source::Sealed, list: true }
    }

    /// Whether its numbers are sealed in rounds of this disclosure.
    #[must_use]
    pub fn is_sealed(&self, disclosure: Disclosure) -> bool {
        match self.source {
            Source::Sealed => true,
            Source::Either(_) => disclosure == Disclosure::Sealed,
            Source::Bid | Source::Report(_) => false,
        }
    }

    /// The measure of the reports that fill it, in rounds of this disclosure with or without an evaluator.
    #[must_use]
    pub fn reported(&self, disclosure: Disclosure, evaluated: bool) -> Option<&'static str> {
        match self.source {
            Source::Report(measure) => Some(measure),
            Source::Either(measure) if evaluated && disclosure == Disclosure::Public => Some(measure),
            _ => None,
        }
    }

    /// Whether the bid itself carries its number in public.
    #[must_use]
    pub fn in_bid(&self, disclosure: Disclosure, evaluated: bool) -> bool {
        !self.is_sealed(disclosure) && self.reported(disclosure, evaluated).is_none()
    }
}

/// How a settlement of a rule convinces a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// By a proof: rows hold sealed values.
    Proved,
    /// By recomputation: every number of the round is public.
    Recomputed,
    /// Not at all: the operator asserts it, and whoever holds the openings can recompute it.
    Asserted,
}

impl Evidence {
    /// The word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Recomputed => "recomputed",
            Self::Asserted => "asserted",
        }
    }
}

/// What a settlement publishes for its rule to judge.
#[derive(Debug, Clone, Copy)]
pub struct Published<'a> {
    /// The round's terms.
    pub terms: &'a Value,
    /// Whether the round seals what it may seal.
    pub disclosure: Disclosure,
    /// Number of rows.
    pub rows: usize,
    /// Public columns, by name, one entry per row: at least those of the rule's rows.
    pub columns: &'a BTreeMap<String, Vec<Value>>,
    /// The outcome, without what the round withholds.
    pub outcome: &'a Value,
}

/// [`Published`], read as its rule's types.
pub struct PublicRound<R: Rule> {
    /// The round's terms.
    pub terms: R::Terms,
    /// Whether the round seals what it may seal.
    pub disclosure: Disclosure,
    /// The public numbers of each row.
    pub rows: Vec<R::Public>,
    /// The outcome, without what the round withholds.
    pub outcome: R::Outcome,
}

impl<R: Rule> PublicRound<R> {
    /// Reads what a settlement publishes.
    ///
    /// # Errors
    /// Terms, columns or outcome of another form, or columns of another length.
    pub fn read(published: &Published<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            terms: json::from_value(published.terms)?,
            disclosure: published.disclosure,
            rows: public_rows::<R>(published)?,
            outcome: json::from_value(published.outcome)?,
        })
    }

    /// Every check of the rule that public numbers decide, in the order of rules.md; the money that moves.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<Money, WrongOutcome> {
        R::check_terms(&self.terms)?;
        R::check_row_count(&self.terms, self.rows.len())?;
        self.rows.iter().try_for_each(|row| R::check_row(&self.terms, row))?;
        let money = R::check_outcome(&self.terms, self.disclosure, &self.rows, &self.outcome)?;
        if money.conserved() {
            Ok(money)
        } else {
            Err(WrongOutcome::Conservation("money in and money out differ".into()))
        }
    }
}

/// The public numbers of each row, read from columns.
fn public_rows<R: Rule>(published: &Published<'_>) -> Result<Vec<R::Public>, Malformed> {
    let names: Vec<&str> = R::COLUMNS
        .iter()
        .filter(|column| !column.is_sealed(published.disclosure))
        .map(|column| column.name)
        .collect();
    let read = |fields: Map<String, Value>| json::from_value::<R::Public>(&Value::Object(fields));
    if names.is_empty() {
        return Ok(vec![read(Map::new())?; published.rows]);
    }
    let column = |name: &&str| {
        let column = published.columns.get(*name).filter(|column| column.len() == published.rows);
        column.ok_or_else(|| Malformed(format!("column `{name}` has not one number per row")))
    };
    let columns = names.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let row = |i: usize| {
        let fields = names.iter().zip(&columns).map(|(name, column)| ((*name).into(), column[i].clone()));
        read(fields.collect())
    };
    (0..published.rows).map(row).collect()
}

/// The public numbers of a row of a rule that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoColumns {}

/// The money of one settlement. payments = receipts + fee + proceeds + dust, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Money {
    /// From each row's party to the market; empty if the round seals them.
    pub payments: Vec<Amount>,
    /// The sum of sealed payments.
    pub sealed_payments: Wide,
    /// From the market to each row's party; empty if the round seals them.
    pub receipts: Vec<Wide>,
    /// The sum of sealed receipts.
    pub sealed_receipts: Wide,
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
        let payments = sum(self.payments.iter().map(|x| u128::from(x.0)))?;
        payments.checked_add(self.sealed_payments.0)?.checked_add(self.revenue.0)
    }

    /// The sum of receipts and proceeds.
    #[must_use]
    pub fn received(&self) -> Option<u128> {
        let receipts = sum(self.receipts.iter().map(|x| x.0))?.checked_add(self.sealed_receipts.0)?;
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
    /// The public ones among a party's numbers: [`NoColumns`] if there are none.
    type Public: DeserializeOwned + Serialize + Clone + Send + Sync;
    /// What the rule decides. Fields that some rounds withhold are options.
    type Outcome: DeserializeOwned + Serialize + JsonSchema;

    /// The rule's id, such as `uniform-price/v1`.
    const ID: &'static str;
    /// The rule in plain words.
    const CARD: &'static str;
    /// The columns of a row.
    const COLUMNS: &'static [Column];
    /// Every way in which a settlement of the rule can convince.
    const EVIDENCES: &'static [Evidence];
    /// Result columns that a round publishes or seals; the proof is linked to each.
    const RESULTS: &'static [&'static str] = &[];

    /// Whether the rule sells items: rows belong to bidders, proceeds to sellers. Other rules divide or decide.
    const SELLS: bool = false;
    /// Whether the rule may leave something undistributed.
    const LEAVES_DUST: bool = false;

    /// How a settlement with these terms convinces.
    fn evidence(_terms: &Self::Terms, _disclosure: Disclosure) -> Evidence {
        Self::EVIDENCES.first().copied().unwrap_or(Evidence::Asserted)
    }

    /// How many numbers a list column has.
    fn list_length(_terms: &Self::Terms) -> usize {
        0
    }

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

    /// Refusals by the public numbers of one row.
    ///
    /// # Errors
    /// The first refusal that applies.
    fn check_row(_terms: &Self::Terms, _row: &Self::Public) -> Result<(), Refusal> {
        Ok(())
    }

    /// The largest number of rows that a round can settle.
    fn max_rows(terms: &Self::Terms) -> Count;

    /// The one outcome for these terms and rows, with every field.
    ///
    /// # Errors
    /// The first refusal that applies, in the order of rules.md.
    fn evaluate(terms: &Self::Terms, rows: &[Self::Row]) -> Result<Self::Outcome, Refusal>;

    /// Everything about a published outcome that public numbers decide; the rest is the proof's. Called when the
    /// rule refuses nothing. A field that the round should withhold, or should not, is malformed.
    ///
    /// # Errors
    /// What is wrong.
    fn check_outcome(
        terms: &Self::Terms,
        disclosure: Disclosure,
        rows: &[Self::Public],
        outcome: &Self::Outcome,
    ) -> Result<Money, WrongOutcome>;

    /// The public columns of a statement that the published outcome implies, such as winner flags, by name.
    fn public_columns(outcome: &Self::Outcome) -> Vec<(&'static str, Value)>;

    /// Fields of the outcome that rounds of this disclosure do not publish.
    fn withheld(_disclosure: Disclosure) -> &'static [&'static str] {
        &[]
    }

    /// The numbers of [`Self::RESULTS`] in an outcome with every field: a sealed index is index + 1, none is 0.
    fn results(_outcome: &Self::Outcome) -> Vec<Vec<u128>> {
        Vec::new()
    }

    /// Whether one party was treated as the rule promises, in words for that party. `results` are its own numbers
    /// of [`Self::RESULTS`].
    ///
    /// # Errors
    /// The party's own numbers contradict the outcome.
    fn own_view(
        terms: &Self::Terms,
        outcome: &Self::Outcome,
        index: usize,
        row: &Self::Row,
        results: &[u128],
    ) -> Result<&'static str, WrongOutcome>;

    /// The rule's circuits, if its settlements can be proved.
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
    /// Every way in which a settlement of the rule can convince.
    fn evidences(&self) -> &'static [Evidence];
    /// Whether the rule sells items: rows belong to bidders, proceeds to sellers.
    fn sells(&self) -> bool;
    /// Whether the rule may leave something undistributed.
    fn leaves_dust(&self) -> bool;
    /// Result columns that a round publishes or seals.
    fn result_names(&self) -> &'static [&'static str];
    /// How a settlement with these terms convinces.
    ///
    /// # Errors
    /// Malformed terms.
    fn evidence(&self, terms: &Value, disclosure: Disclosure) -> Result<Evidence, Malformed>;
    /// How many sealed numbers a row has.
    ///
    /// # Errors
    /// Malformed terms.
    fn sealed_width(&self, terms: &Value, disclosure: Disclosure) -> Result<usize, Malformed>;
    /// Whether a round can have these terms.
    ///
    /// # Errors
    /// Malformed terms, or the rule's refusal of them.
    fn check_terms(&self, terms: &Value) -> Result<(), NoOutcome>;
    /// Whether a round with these terms can have this many rows.
    ///
    /// # Errors
    /// Malformed terms, or the rule's refusal of the count.
    fn check_row_count(&self, terms: &Value, rows: usize) -> Result<(), NoOutcome>;
    /// Whether the bid's own public columns are of the rule's form: an object with exactly the columns that the
    /// bid carries in such rounds.
    ///
    /// # Errors
    /// Any other value.
    fn check_public(&self, public: &Value, disclosure: Disclosure, evaluated: bool) -> Result<(), Malformed>;
    /// Whether a row with these public columns, of whatever source, alone makes the rule refuse.
    ///
    /// # Errors
    /// Malformed terms or columns, or the rule's refusal of them.
    fn check_row(&self, terms: &Value, disclosure: Disclosure, public: &Value) -> Result<(), NoOutcome>;
    /// The largest number of rows that a round with these terms can settle.
    ///
    /// # Errors
    /// Malformed terms.
    fn max_rows(&self, terms: &Value) -> Result<Count, Malformed>;
    /// One row from its sealed numbers and its public columns, as [`Self::evaluate`] reads it.
    ///
    /// # Errors
    /// A number too few or too many, or a public column missing or unknown.
    fn row(
        &self,
        terms: &Value,
        disclosure: Disclosure,
        sealed: &[u64],
        public: &Value,
    ) -> Result<Value, Malformed>;
    /// The one outcome for these terms and rows (a JSON array of row objects), with every field.
    ///
    /// # Errors
    /// Malformed input or the rule's refusal.
    fn evaluate(&self, terms: &Value, rows: &Value) -> Result<Value, NoOutcome>;
    /// What rounds of this disclosure publish of an outcome.
    fn publish(&self, outcome: Value, disclosure: Disclosure) -> Value;
    /// The numbers of [`Self::result_names`] in an outcome with every field, by column.
    ///
    /// # Errors
    /// A malformed outcome.
    fn results(&self, outcome: &Value) -> Result<Vec<Vec<u128>>, Malformed>;
    /// Checks a published outcome as far as public numbers go, and says what money it moves.
    ///
    /// # Errors
    /// What is wrong.
    fn check_outcome(&self, published: &Published<'_>) -> Result<Money, WrongOutcome>;
    /// The public result columns that a published outcome implies: an object of arrays, one entry per row.
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
        results: &[u128],
    ) -> Result<&'static str, WrongOutcome>;
    /// The rule's circuits, if its settlements can be proved.
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

    fn evidences(&self) -> &'static [Evidence] {
        R::EVIDENCES
    }

    fn sells(&self) -> bool {
        R::SELLS
    }

    fn leaves_dust(&self) -> bool {
        R::LEAVES_DUST
    }

    fn result_names(&self) -> &'static [&'static str] {
        R::RESULTS
    }

    fn evidence(&self, terms: &Value, disclosure: Disclosure) -> Result<Evidence, Malformed> {
        Ok(R::evidence(&json::from_value(terms)?, disclosure))
    }

    fn sealed_width(&self, terms: &Value, disclosure: Disclosure) -> Result<usize, Malformed> {
        let terms: R::Terms = json::from_value(terms)?;
        let sealed = R::COLUMNS.iter().filter(|column| column.is_sealed(disclosure));
        Ok(sealed.map(|column| if column.list { R::list_length(&terms) } else { 1 }).sum())
    }

    fn check_terms(&self, terms: &Value) -> Result<(), NoOutcome> {
        Ok(R::check_terms(&json::from_value(terms)?)?)
    }

    fn check_row_count(&self, terms: &Value, rows: usize) -> Result<(), NoOutcome> {
        Ok(R::check_row_count(&json::from_value(terms)?, rows)?)
    }

    fn check_public(&self, public: &Value, disclosure: Disclosure, evaluated: bool) -> Result<(), Malformed> {
        let own = R::COLUMNS.iter().filter(|column| column.in_bid(disclosure, evaluated));
        let names: Vec<&str> = own.map(|column| column.name).collect();
        let fields = public.as_object().ok_or_else(|| Malformed("`public` is an object".into()))?;
        if fields.len() != names.len() || !names.iter().all(|name| fields.contains_key(*name)) {
            return Err(Malformed(format!("`public` has exactly the fields {names:?}")));
        }
        fields.values().try_for_each(|value| json::from_value::<Amount>(value).map(drop))
    }

    fn check_row(&self, terms: &Value, disclosure: Disclosure, public: &Value) -> Result<(), NoOutcome> {
        let columns = R::COLUMNS.iter().filter(|column| !column.is_sealed(disclosure));
        let field = |column: &Column| {
            let value = public.get(column.name).cloned();
            let missing = || Malformed(format!("the row has no `{}`", column.name));
            Ok((column.name.to_owned(), value.ok_or_else(missing)?))
        };
        let public = Value::Object(columns.map(field).collect::<Result<_, Malformed>>()?);
        Ok(R::check_row(&json::from_value(terms)?, &json::from_value(&public)?)?)
    }

    fn max_rows(&self, terms: &Value) -> Result<Count, Malformed> {
        Ok(R::max_rows(&json::from_value(terms)?))
    }

    fn row(
        &self,
        terms: &Value,
        disclosure: Disclosure,
        sealed: &[u64],
        public: &Value,
    ) -> Result<Value, Malformed> {
        let mut sealed = sealed.iter().map(|x| json::to_value(&Amount(*x)));
        let mut row = Map::new();
        for column in R::COLUMNS {
            let value = match (column.is_sealed(disclosure), column.list) {
                (true, true) => {
                    let length = R::list_length(&json::from_value(terms)?);
                    let list: Vec<Value> = sealed.by_ref().take(length).collect();
                    (list.len() == length).then_some(Value::Array(list))
                }
                (true, false) => sealed.next(),
                (false, _) => public.get(column.name).cloned(),
            };
            let value = value.ok_or_else(|| Malformed(format!("the row has no `{}`", column.name)))?;
            row.insert(column.name.into(), value);
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

    fn publish(&self, mut outcome: Value, disclosure: Disclosure) -> Value {
        if let Some(fields) = outcome.as_object_mut() {
            fields.retain(|name, _| !R::withheld(disclosure).contains(&name.as_str()));
        }
        outcome
    }

    fn results(&self, outcome: &Value) -> Result<Vec<Vec<u128>>, Malformed> {
        Ok(R::results(&json::from_value(outcome)?))
    }

    fn check_outcome(&self, published: &Published<'_>) -> Result<Money, WrongOutcome> {
        PublicRound::<R>::read(published)?.check()
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
        results: &[u128],
    ) -> Result<&'static str, WrongOutcome> {
        let (terms, outcome) = (json::from_value(terms)?, json::from_value(outcome)?);
        R::own_view(&terms, &outcome, index, &json::from_value(row)?, results)
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
