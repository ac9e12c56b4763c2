//! The published rules: the one list that everything walks.

pub mod assignment;
#[cfg(test)]
mod cases;
pub mod competition_aware_allocation;
pub mod performance_auction;
pub mod procedures;
pub mod quality_menu;
pub mod revenue_share;
pub mod uniform_price;

use crate::rule::PublishedRule;

/// Every published rule, in the order of rules.md. Append only: a published rule never changes.
pub static RULES: &[&dyn PublishedRule] =
    &[&uniform_price::UniformPrice, &quality_menu::QualityMenu, &revenue_share::RevenueShare];

/// The published rule of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn PublishedRule> {
    RULES.iter().copied().find(|rule| rule.id() == id)
}
