//! The money of a settlement: every line of it, and both sides added up.

use super::facts::{Facts, short};
use super::units::{Unit, Units, number};
use super::words::{heading, many, role};
use crate::shell::printable;
use maud::{Markup, html};
use quittance_circuits::rule::{Money, Published};
use serde_json::Value;

/// Rows that a table shows; the others stand in one line, so that it still adds up.
const MOST_ROWS: usize = 512;

/// Whose an amount is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The owner of this row.
    Row(usize),
    /// All rows together: each amount is sealed to its member.
    Sealed,
    /// A seller, by place.
    Seller(usize),
    /// The operator.
    Fee,
    /// Nobody: what is left.
    Dust,
    /// Nobody among the rows.
    Source,
}

/// What moves, in and out.
#[derive(Debug, Default)]
pub struct Balance {
    /// Amounts paid in, and by whom.
    pub paid: Vec<(Whose, u128)>,
    /// Amounts paid out, and to whom.
    pub out: Vec<(Whose, u128)>,
    /// Why the rule does not accept these numbers, if it does not.
    pub wrong: Option<String>,
}

impl Balance {
    /// The money that the outcome moves, as the rule reads it; if the rule refuses, as the outcome says it.
    pub fn of(facts: &Facts<'_>) -> Self {
        let statement = facts.statement();
        let money = facts.rule.zip(facts.round()).map(|(rule, round)| {
            rule.check_outcome(&Published { rows: facts.rows(), ..statement.published(round) })
        });
        match money {
            Some(Ok(money)) => Self::checked(&money, facts.is_sealed()),
            Some(Err(wrong)) => Self { wrong: Some(wrong.to_string()), ..Self::claimed(facts) },
            None => Self { wrong: Some("the round cannot be read".into()), ..Self::claimed(facts) },
        }
    }

    fn checked(money: &Money, sealed: bool) -> Self {
        let lines = |amounts: Vec<u128>, whose: fn(usize) -> Whose| {
            amounts.into_iter().enumerate().map(move |(i, amount)| (whose(i), amount))
        };
        let mut paid: Vec<_> =
            lines(money.payments.iter().map(|x| x.0.into()).collect(), Whose::Row).collect();
        if sealed && money.payments.is_empty() && money.sealed_payments.0 > 0 {
            paid.push((Whose::Sealed, money.sealed_payments.0));
        }
        if money.revenue.0 > 0 {
            paid.push((Whose::Source, money.revenue.0));
        }
        let mut out: Vec<_> = lines(money.receipts.iter().map(|x| x.0).collect(), Whose::Row).collect();
        if sealed && money.receipts.is_empty() && money.sealed_receipts.0 > 0 {
            out.push((Whose::Sealed, money.sealed_receipts.0));
        }
        out.extend(lines(money.proceeds.iter().map(|x| x.0).collect(), Whose::Seller));
        if !paid.is_empty() || !out.is_empty() {
            out.push((Whose::Fee, money.fee.0));
            if money.dust.0 > 0 {
                out.push((Whose::Dust, money.dust.0));
            }
        }
        Self { paid, out, wrong: None }
    }

    /// What an outcome says that its rule refuses.
    fn claimed(facts: &Facts<'_>) -> Self {
        let rows = |field| facts.numbers(field).into_iter().enumerate().map(|(i, x)| (Whose::Row(i), x));
        let one = |field, whose| facts.decided(field).map(|amount| (whose, amount));
        let mut paid: Vec<_> = rows("payments").collect();
        paid.extend(facts.term("revenue").map(|amount| (Whose::Source, amount)));
        let mut out: Vec<_> = rows("receipts").collect();
        match facts.outcome("proceeds") {
            Some(Value::Array(items)) => {
                out.extend(items.iter().filter_map(number).enumerate().map(|(i, x)| (Whose::Seller(i), x)));
            }
            other => out.extend(other.and_then(number).map(|amount| (Whose::Seller(0), amount))),
        }
        out.extend(one("fee", Whose::Fee));
        out.extend(one("dust", Whose::Dust));
        Self { paid, out, wrong: None }
    }

    /// Whether any money moves.
    pub fn is_empty(&self) -> bool {
        self.paid.is_empty() && self.out.is_empty()
    }

    /// Both sums; `None` if one is beyond all numbers.
    pub fn sums(&self) -> Option<(u128, u128)> {
        let sum = |lines: &[(Whose, u128)]| lines.iter().try_fold(0u128, |sum, (_, x)| sum.checked_add(*x));
        Some((sum(&self.paid)?, sum(&self.out)?))
    }
}

/// Whose it is, in words.
pub fn name(facts: &Facts<'_>, whose: &Whose) -> String {
    match whose {
        Whose::Row(row) => facts.owner(*row),
        Whose::Sealed => format!("{}, sealed", many(facts.rows(), facts.words.row)),
        Whose::Seller(place) => {
            let sellers = facts.round().map_or(&[][..], |round| &round.entry.sellers);
            // One seller of several items gets what each brings in.
            let seller = sellers.get(*place).or(sellers.first());
            seller.map_or_else(|| "the seller".into(), |seller| format!("{}, seller", facts.member(*seller)))
        }
        Whose::Fee => "the operator’s fee".into(),
        Whose::Dust => "left over".into(),
        Whose::Source => facts.words.source.into(),
    }
}

/// Lines of several rows together, and the others one by one.
fn sides(facts: &Facts<'_>, lines: &[(Whose, u128)], verb: &str) -> Vec<(String, Option<u128>)> {
    let is_row = |whose: &Whose| matches!(whose, Whose::Row(_));
    let rows = lines.iter().filter(|(whose, amount)| is_row(whose) && *amount > 0);
    let (mut count, mut sum) = (0usize, Some(0u128));
    for (_, amount) in rows {
        (count, sum) = (count + 1, sum.and_then(|sum| sum.checked_add(*amount)));
    }
    let mut told = Vec::new();
    if lines.iter().any(|(whose, _)| is_row(whose)) {
        told.push((format!("{verb} {}", many(count, facts.words.row)), sum));
    }
    let others = lines.iter().filter(|(whose, _)| !is_row(whose));
    told.extend(others.map(|(whose, amount)| (name(facts, whose), Some(*amount))));
    told
}

/// Both sides and their sums, beside each other.
pub fn balance(facts: &Facts<'_>, balance: &Balance) -> Markup {
    let units = &facts.units;
    let sums = balance.sums();
    let (paid, out) = (sides(facts, &balance.paid, "from"), sides(facts, &balance.out, "to"));
    let lines = paid.len().max(out.len());
    let amount = |amount: Option<u128>| {
        amount.map_or_else(|| "beyond all numbers".into(), |x| units.plain(Unit::Amount, x))
    };
    let side = |title: &str, told: Vec<(String, Option<u128>)>, sum: Option<u128>| {
        html! {
            table {
                caption { (title) @if !units.currency.is_empty() { ", " (printable(&units.currency)) } }
                tbody {
                    @for (who, x) in &told { tr { td { (who) } td.n { (amount(*x)) } } }
                    @for _ in told.len()..lines { tr.pad aria-hidden="true" { td { "\u{a0}" } td {} } }
                }
                tfoot { tr { th scope="row" { "sum" } td.n { (amount(sum)) } } }
            }
        }
    };
    html! {
        div.balance {
            (side("Money in", paid, sums.map(|(paid, _)| paid)))
            (side("Money out", out, sums.map(|(_, out)| out)))
        }
        @match (sums, &balance.wrong) {
            (Some((paid, out)), None) if paid == out => p.adds { span.ok aria-hidden="true" { "✓" } " Money in equals money out, to the last minor unit." }
            (Some((paid, out)), wrong) => p.adds.bad {
                "✗ " @if paid != out { "Money in and money out differ by " (units.money(paid.abs_diff(out))) ". " }
                @if let Some(wrong) = wrong { "The rule does not accept these numbers: " (printable(wrong)) "." }
            },
            (None, _) => p.adds.bad { "✗ These numbers are beyond what any market can hold." }
        }
    }
}

/// A table of all rows: what each brought in public, what it got, what it pays.
pub fn rows(facts: &Facts<'_>) -> Markup {
    let (statement, rows) = (facts.statement(), facts.rows());
    let columns = columns(facts);
    let sealed: Vec<&str> = statement.results.keys().map(String::as_str).collect();
    let unit = |field: &str| match Unit::of(field) {
        Unit::Amount if !facts.units.currency.is_empty() => format!(", {}", facts.units.currency),
        _ => String::new(),
    };
    let rest = rows.saturating_sub(MOST_ROWS);
    let roles = role(facts, 0).is_some();
    html! {
        div.scroll tabindex="0" role="region" aria-label="every row" {
            table.rows {
                thead { tr {
                    th.n scope="col" { "row" }
                    th scope="col" { (facts.words.row.0) }
                    @if roles { th scope="col" { "role" } }
                    @for field in columns.iter().chain(&sealed) { th.n scope="col" { (heading(field)) (unit(field)) } }
                } }
                tbody {
                    @for row in 0..rows.min(MOST_ROWS) {
                        tr.won[is_good(facts, row)] {
                            td.n { (row) }
                            td { (owner(facts, row)) }
                            @if roles { td { (role(facts, row).unwrap_or_default()) } }
                            @for field in &columns { (cell(facts, field, row)) }
                            @for _ in &sealed { td.n.sealed { "sealed" } }
                        }
                    }
                    @if rest > 0 { tr { td.n { "…" } td { (rest) " more" } @if roles { td {} } @for field in &columns { td.n { (rest_of(facts, field)) } } @for _ in &sealed { td {} } } }
                }
                @if columns.iter().any(|field| is_money(field)) {
                    tfoot { tr {
                        td {} th scope="row" { "sum" } @if roles { td {} }
                        @for field in &columns { td.n { @if is_money(field) { (sum(&facts.units, facts.numbers(field).into_iter())) } } }
                        @for _ in &sealed { td {} }
                    } }
                }
            }
        }
        @if rest > 0 { p.note { "The page shows the first " (MOST_ROWS) " rows; the bundle in it has all of them." } }
    }
}

/// The public columns with an entry a row, money last.
fn columns<'a>(facts: &Facts<'a>) -> Vec<&'a str> {
    let (statement, rows) = (facts.statement(), facts.rows());
    let of_rows = |(name, list): (&'a String, usize)| (list == rows && rows > 0).then_some(name.as_str());
    let public = statement.public.iter().map(|(name, list)| (name, list.len()));
    let fields = statement.outcome.as_object().into_iter().flatten();
    let lists = fields.filter_map(|(name, value)| Some((name, value.as_array()?.len())));
    // By chance as many: not a list of rows.
    let other = ["loads_ppm", "prices", "proceeds", "roles"];
    let mut names: Vec<&str> =
        public.chain(lists).filter_map(of_rows).filter(|name| !other.contains(name)).collect();
    names.sort_by_key(|name| (is_money(name), *name));
    names.dedup();
    names
}

fn is_money(field: &str) -> bool {
    ["payments", "receipts", "revenues"].contains(&field)
}

/// Whether a row got something.
fn is_good(facts: &Facts<'_>, row: usize) -> bool {
    let at = |field| facts.column(field).and_then(|list| list.get(row));
    let flag = ["won", "active", "members"].into_iter().find_map(at);
    flag.map_or_else(|| at("assigned").is_some_and(|item| !item.is_null()), |flag| *flag == Value::Bool(true))
}

fn owner(facts: &Facts<'_>, row: usize) -> Markup {
    html! {
        @match facts.owners.get(row) {
            Some(member) => {
                @if let Some(name) = facts.names.get(member) { (name) " " }
                code.id title=(member) { (short(member)) }
            }
            None => "not told"
        }
    }
}

fn cell(facts: &Facts<'_>, field: &str, row: usize) -> Markup {
    let value = facts.column(field).and_then(|list| list.get(row)).unwrap_or(&Value::Null);
    let in_outcome = facts.outcome(field).is_some_and(Value::is_array);
    html! {
        @match (value, number(value)) {
            (_, Some(number)) => td.n data-is=[in_outcome.then(|| format!("outcome.{field}.{row}"))] { (facts.units.plain(Unit::of(field), number)) },
            (Value::Bool(true), _) => td.n.yes { "yes" },
            (Value::Bool(false) | Value::Null, _) => td.n.no { "–" },
            _ => td.n { (facts.units.value(field, value)) }
        }
    }
}

/// What the rows have together that a table leaves out.
fn rest_of(facts: &Facts<'_>, field: &str) -> String {
    let numbers = facts.numbers(field);
    if is_money(field) { sum(&facts.units, numbers.into_iter().skip(MOST_ROWS)) } else { String::new() }
}

fn sum(units: &Units, mut numbers: impl Iterator<Item = u128>) -> String {
    let sum = numbers.try_fold(0u128, u128::checked_add);
    sum.map_or_else(|| "beyond all numbers".into(), |sum| units.plain(Unit::Amount, sum))
}
