//! Short texts in payloads, each with one spelling: labels, rule ids, tiers, times, the market's origin.

use super::spelled::spelled;
use jiff::Timestamp;
use quittance_ledger::Origin;
use std::fmt;
use std::str::FromStr;

/// A text that is not of its form, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotText(String);

/// A short public word, such as `EUR`, `digits` or `accuracy`. Nothing personal: the ledger is for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(String);

impl Label {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = NotText;

    fn from_str(text: &str) -> Result<Self, NotText> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._/-".contains(&b);
        if text.is_empty() || text.len() > 64 || !text.bytes().all(plain) {
            return Err(NotText(format!("{text:?} is not 1 to 64 letters, digits or . _ / -")));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

spelled!(Label, "^[A-Za-z0-9._/-]{1,64}$");

/// The id of a rule, such as `uniform-price/v1`. May be a rule that nobody has published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(Label);

impl RuleId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for RuleId {
    type Err = NotText;

    fn from_str(text: &str) -> Result<Self, NotText> {
        text.parse().map(Self)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

spelled!(RuleId, "^[A-Za-z0-9._/-]{1,64}$");

/// The size of a circuit: `4096` rows, or `8x4` rows and items. Ordered by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tier {
    /// Rows that fit.
    pub rows: u32,
    /// Items that fit, where a circuit has both dimensions.
    pub items: Option<u32>,
}

impl FromStr for Tier {
    type Err = NotText;

    fn from_str(text: &str) -> Result<Self, NotText> {
        let number = |text: &str| text.parse().ok().filter(|n| *n > 0);
        let tier = match text.split_once('x') {
            Some((rows, items)) => {
                number(rows).zip(number(items)).map(|(rows, items)| Self { rows, items: Some(items) })
            }
            None => number(text).map(|rows| Self { rows, items: None }),
        };
        tier.filter(|tier| tier.to_string() == text)
            .ok_or_else(|| NotText(format!("{text:?} is not a tier, such as 256 or 8x4")))
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.items {
            Some(items) => write!(f, "{}x{items}", self.rows),
            None => self.rows.fmt(f),
        }
    }
}

spelled!(Tier, "^[1-9][0-9]*(x[1-9][0-9]*)?$");

/// A time in UTC, to the second: `2030-01-01T12:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UtcTime(Timestamp);

impl UtcTime {
    /// The time so many seconds after 1970 began; none after the year 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: u64) -> Option<Self> {
        jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok().map(Self)
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        self.0.as_second()
    }
}

impl FromStr for UtcTime {
    type Err = NotText;

    fn from_str(text: &str) -> Result<Self, NotText> {
        // Twenty bytes leave no room for fractions, for offsets or for years beyond four digits.
        let time = (text.len() == 20).then(|| text.parse().ok().map(Self)).flatten();
        time.filter(|time| time.to_string() == text)
            .ok_or_else(|| NotText(format!("{text:?} is not a time such as 2030-01-01T12:00:00Z")))
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

spelled!(UtcTime, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$");

/// The market that a file is for: the origin of its log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarketId(pub Origin);

impl MarketId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for MarketId {
    type Err = NotText;

    fn from_str(text: &str) -> Result<Self, NotText> {
        text.parse().map(Self).map_err(|error: quittance_ledger::FileError| NotText(error.to_string()))
    }
}

impl fmt::Display for MarketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

spelled!(MarketId, "^[A-Za-z0-9._/:~-]{1,128}$");

#[cfg(test)]
mod tests {
    use super::*;

    fn one_spelling<T: FromStr + ToString>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(text.parse::<T>().ok().map(|t| t.to_string()).as_deref(), Some(*text));
        }
        for text in bad {
            assert!(text.parse::<T>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn texts_have_one_spelling() {
        one_spelling::<UtcTime>(
            &["2030-01-01T12:00:00Z", "1969-12-31T23:59:59Z", "2028-02-29T00:00:00Z"],
            &[
                "2030-01-01T12:00:00+00:00",
                "2030-01-01T12:00:00z",
                "2030-01-01 12:00:00Z",
                "2030-01-01T12:00:00.0Z",
                "2030-01-01T12:00:60Z",
                "2030-01-01T24:00:00Z",
                "2030-02-29T00:00:00Z",
                "2030-01-01T12:00Z",
                "20300101T120000Z",
                "",
            ],
        );
        one_spelling::<Tier>(
            &["256", "65536", "8x4"],
            &["", "0", "0256", "+1", "8x", "x4", "8x04", "8x4x2", "1e3", "99999999999"],
        );
        one_spelling::<Label>(&["EUR", "uniform-price/v1"], &["", "a b", "\u{e9}", "a\n"]);
        one_spelling::<MarketId>(&["example.com/models"], &["", "a b", "\u{e9}"]);
        assert!("256".parse::<Tier>().unwrap() < "4096".parse().unwrap());
    }
}
