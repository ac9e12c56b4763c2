//! Amounts as people read them.

use crate::entry::MarketEntry;
use quittance_circuits::number::Wide;

/// How a market's amounts are written: minor units with a decimal point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    decimals: usize,
}

impl Currency {
    /// The currency of a market.
    #[must_use]
    pub fn of(market: &MarketEntry) -> Self {
        // Entry 0 allows 18 decimals at most.
        Self { decimals: usize::try_from(market.decimals.0).unwrap_or(0).min(18) }
    }

    /// An amount with its decimal point: `1250.00`.
    #[must_use]
    pub fn show(&self, amount: Wide) -> String {
        let decimals = self.decimals;
        let digits = format!("{:0>width$}", amount.0, width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        if decimals == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_decimals() {
        let show = |decimals, amount| Currency { decimals }.show(Wide(amount));
        assert_eq!(show(2, 125_000), "1250.00");
        assert_eq!(show(2, 5), "0.05");
        assert_eq!(show(0, 5), "5");
        assert_eq!(show(18, 1), "0.000000000000000001");
    }
}
