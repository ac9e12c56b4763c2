//! The published rules: the one list that everything walks.

pub mod assignment;
pub mod competition_aware_allocation;
pub mod data_coalition;
pub mod data_sharing;
pub mod fine_tuning_bargain;
pub mod fine_tuning_participation;
pub mod performance_auction;
pub mod procedures;
pub mod quality_menu;
pub mod resource_stackelberg;
pub mod resource_stackelberg_capped;
pub mod revenue_share;
pub mod uniform_price;

use crate::rule::PublishedRule;

/// Every published rule, in the order of rules.md. Append only: a published rule never changes.
pub static RULES: &[&dyn PublishedRule] = &[
    &uniform_price::UniformPrice,
    &performance_auction::PerformanceAuction,
    &quality_menu::QualityMenu,
    &assignment::Assignment,
    &competition_aware_allocation::CompetitionAwareAllocation,
    &revenue_share::RevenueShare,
    &fine_tuning_bargain::FineTuningBargain,
    &fine_tuning_participation::FineTuningParticipation,
    &data_sharing::DataSharing,
    &data_coalition::DataCoalition,
    &resource_stackelberg::ResourceStackelberg,
    &resource_stackelberg_capped::ResourceStackelbergCapped,
];

/// The published rule of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn PublishedRule> {
    RULES.iter().copied().find(|rule| rule.id() == id)
}
