//! Numbers as people hand them over: decimal strings, `0|[1-9][0-9]*`, with their unit in the type.
//!
//! Source: rules.md sections 0.1 and 0.2.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::borrow::Cow;
use std::fmt;

/// Parses `0|[1-9][0-9]*`.
fn decimal<T: std::str::FromStr>(text: &str) -> Option<T> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    (plain && shortest).then(|| text.parse().ok()).flatten()
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty), max $digits:literal digits) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::json::Malformed;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                decimal(text).map(Self).ok_or_else(|| {
                    crate::json::Malformed(format!(
                        "`{text}` is not a decimal number up to {}", <$inner>::MAX
                    ))
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": "^(0|[1-9][0-9]*)$",
                    "maxLength": $digits,
                })
            }
        }
    };
}

number! {
    /// An amount of money: minor units of the market's currency, below 2^64.
    Amount(u64), max 20 digits
}
number! {
    /// A sum of amounts, or a total: minor units, below 2^128. rules.md calls such fields *wide*.
    Wide(u128), max 39 digits
}
number! {
    /// A number of things: copies, rows, an index. No unit.
    Count(u64), max 20 digits
}
number! {
    /// A share in parts per ten thousand.
    BasisPoints(u64), max 20 digits
}
number! {
    /// A share, gain or score in parts per million.
    Ppm(u64), max 20 digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_number() {
        for good in ["0", "1", "18446744073709551615"] {
            assert_eq!(good.parse::<Amount>().unwrap().to_string(), good);
        }
        for bad in ["", "00", "01", "+1", "-1", "1.0", " 1", "1 ", "18446744073709551616", "0x1", "\u{0661}"]
        {
            assert!(bad.parse::<Amount>().is_err(), "{bad}");
        }
        assert!("340282366920938463463374607431768211455".parse::<Wide>().is_ok());
        assert!("340282366920938463463374607431768211456".parse::<Wide>().is_err());
    }
}
