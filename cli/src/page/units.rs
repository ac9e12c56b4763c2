//! Numbers as a page shows them: grouped, with their unit. What a file says is text, never markup.

use crate::shell::printable;
use quittance_engine::entry::MarketEntry;
use serde_json::Value;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minor units of the market's currency.
    Amount,
    /// Parts per million, shown as a percentage.
    Ppm,
    /// Parts per ten thousand, shown as a percentage.
    Bps,
    /// Parts per 2^32, shown as a percentage.
    Share,
    /// Parts per 2^32 of a unit.
    Fraction,
    /// Millionths of a unit.
    Millionths,
    /// A number as it is.
    Count,
}

/// Fields that are amounts of money.
const AMOUNTS: &[&str] = &[
    "action_values",
    "baseline_revenue",
    "budget",
    "centre_unit_cost",
    "clearing_price",
    "dust",
    "fee",
    "payments",
    "prices",
    "proceeds",
    "receipts",
    "reserve_price",
    "revenue",
    "revenues",
    "total",
    "total_revenue",
    "unit_cost",
    "value_scale",
];

impl Unit {
    /// The unit of a field of a rule's terms, rows or outcome.
    pub fn of(field: &str) -> Self {
        match field {
            "contributions_ppm" | "loads_ppm" | "capacity_ppm" => Self::Millionths,
            "base_performance_q32" => Self::Fraction,
            name if AMOUNTS.contains(&name) => Self::Amount,
            name if name.ends_with("_per_ppm") => Self::Count,
            name if name.ends_with("_ppm") => Self::Ppm,
            name if name.ends_with("_bps") => Self::Bps,
            name if name.ends_with("_q32") => Self::Share,
            _ => Self::Count,
        }
    }
}

/// How a market writes numbers.
#[derive(Debug, Clone)]
pub struct Units {
    /// What amounts are counted in; empty if the page does not know.
    pub currency: String,
    /// Decimal places of an amount.
    pub decimals: usize,
}

/// Between groups of three digits: narrow, and no line breaks there.
const GAP: char = '\u{202f}';

/// Whole digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(GAP);
        }
        text.push(digit);
    }
    text
}

/// A number with so many decimal places.
fn decimal(number: u128, places: usize) -> String {
    let digits = format!("{number:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if places == 0 { grouped(whole) } else { format!("{}.{fraction}", grouped(whole)) }
}

/// The same without zeros at the end.
fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Parts of 2^32 as so many parts of a whole, to the nearest.
fn scaled(number: u128, whole: u128) -> u128 {
    let half = 1 << 31;
    number
        .checked_mul(whole)
        .and_then(|number| number.checked_add(half))
        .map_or(u128::MAX, |number| number >> 32)
}

impl Units {
    /// As entry 0 says.
    pub fn of(market: &MarketEntry) -> Self {
        let decimals = usize::try_from(market.decimals.0).unwrap_or(0).min(18);
        Self { currency: market.currency.as_str().to_owned(), decimals }
    }

    /// Of a market that cannot be read.
    pub fn unknown() -> Self {
        Self { currency: String::new(), decimals: 0 }
    }

    /// A number in a column: with the sign of its unit, but for the currency, which stands above; all with as many places.
    pub fn plain(&self, unit: Unit, number: u128) -> String {
        match unit {
            Unit::Amount => decimal(number, self.decimals),
            Unit::Ppm => format!("{}{GAP}%", decimal(number, 4)),
            Unit::Bps => format!("{}{GAP}%", trimmed(decimal(number, 2))),
            Unit::Share => format!("{}{GAP}%", decimal(scaled(number, 10_000), 2)),
            Unit::Fraction => decimal(scaled(number, 10_000), 4),
            Unit::Millionths => trimmed(decimal(number, 6)),
            Unit::Count => grouped(&number.to_string()),
        }
    }

    /// An amount with its currency.
    pub fn money(&self, amount: u128) -> String {
        let (amount, currency) = (decimal(amount, self.decimals), printable(&self.currency));
        if currency.is_empty() {
            format!("{amount} minor units")
        } else {
            format!("{amount}\u{a0}{currency}")
        }
    }

    /// A number in a sentence.
    pub fn said(&self, unit: Unit, number: u128) -> String {
        match unit {
            Unit::Amount => self.money(number),
            Unit::Ppm => format!("{}{GAP}%", trimmed(decimal(number, 4))),
            unit => self.plain(unit, number),
        }
    }

    /// A value of a document, whatever it is, in a line.
    pub fn value(&self, field: &str, value: &Value) -> String {
        match value {
            Value::String(text) => match number(value) {
                Some(number) => self.said(Unit::of(field), number),
                None => printable(text).into_owned(),
            },
            Value::Bool(true) => "yes".into(),
            Value::Bool(false) => "no".into(),
            Value::Null => "none".into(),
            Value::Array(items) if items.is_empty() => "none".into(),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(field, item));
                items.collect::<Vec<_>>().join(if items_are_objects(value) { "; " } else { ", " })
            }
            Value::Object(fields) => {
                let fields =
                    fields.iter().map(|(name, value)| format!("{} {}", title(name), self.value(name, value)));
                fields.collect::<Vec<_>>().join(", ")
            }
            Value::Number(number) => number.to_string(),
        }
    }
}

fn items_are_objects(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().any(Value::is_object))
}

/// The number of a decimal text, if it is one.
pub fn number(value: &Value) -> Option<u128> {
    let text = value.as_str()?;
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// A field's name for people: its words without its unit, which stands at its numbers.
pub fn title(field: &str) -> String {
    let field = field.strip_suffix("_per_ppm").map(|name| format!("{name} per ppm")).unwrap_or_else(|| {
        let unit = ["_ppm", "_bps", "_q32"].into_iter().find_map(|unit| field.strip_suffix(unit));
        unit.unwrap_or(field).to_owned()
    });
    printable(&field.replace('_', " ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_have_their_units() {
        let units = Units { currency: "EUR".into(), decimals: 2 };
        assert_eq!(units.money(2_995_685), "29\u{202f}956.85\u{a0}EUR");
        assert_eq!(units.money(5), "0.05\u{a0}EUR");
        assert_eq!(units.said(Unit::Ppm, 865_000), "86.5\u{202f}%");
        assert_eq!(units.plain(Unit::Ppm, 865_000), "86.5000\u{202f}%");
        assert_eq!(units.plain(Unit::Bps, 275), "2.75\u{202f}%");
        assert_eq!(units.plain(Unit::Share, 1_717_986_918), "40.00\u{202f}%");
        assert_eq!(units.plain(Unit::Millionths, 2_500_000), "2.5");
        assert_eq!(units.plain(Unit::Count, 1_000), "1\u{202f}000");
        assert_eq!(units.plain(Unit::Share, u128::MAX), decimal(u128::MAX, 2) + "\u{202f}%");
        let whole = Units { currency: String::new(), decimals: 0 };
        assert_eq!(whole.money(1_234), "1\u{202f}234 minor units");
    }

    #[test]
    fn values_are_text() {
        let units = Units { currency: "EUR".into(), decimals: 2 };
        assert_eq!(units.value("payments", &json!(["0", "150"])), "0.00\u{a0}EUR, 1.50\u{a0}EUR");
        assert_eq!(units.value("won", &json!([true, null])), "yes, none");
        assert_eq!(units.value("x", &json!("a\u{1b}b")), "a\\u{1b}b");
        assert_eq!(units.value("tiers", &json!([{"gain_ppm": "100000"}])), "gain 10\u{202f}%");
        assert_eq!(number(&json!("-1")), None);
        assert_eq!(number(&json!("")), None);
        assert_eq!(title("realised_gain_ppm"), "realised gain");
    }
}
