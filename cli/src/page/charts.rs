//! Public numbers as bars.

use super::facts::{Facts, short};
use super::flow::shortened;
use super::units::{Unit, number};
use maud::{Markup, html};
use serde_json::Value;

/// Groups of a chart; the table has the others.
const MOST: usize = 24;
const WIDTH: u128 = 640;
const LABELS: u128 = 176;
const VALUES: u128 = 130;
const BAR: u128 = 16;

/// Bars beside each other, one of each series in a group.
struct Chart {
    title: &'static str,
    unit: Unit,
    series: Vec<&'static str>,
    groups: Vec<(String, Vec<u128>)>,
}

/// The charts of a round: what is public of it.
pub fn charts(facts: &Facts<'_>) -> Vec<Markup> {
    chosen(facts)
        .into_iter()
        .filter(|chart| !chart.groups.is_empty())
        .map(|chart| draw(facts, &chart))
        .collect()
}

fn chosen(facts: &Facts<'_>) -> Vec<Chart> {
    let terms = |field: &str| facts.term(field).unwrap_or(0);
    let decided = |field: &str| facts.decided(field).unwrap_or(0);
    let amounts = |title, bars: Vec<(&str, u128)>| Chart {
        title,
        unit: Unit::Amount,
        series: vec![""],
        groups: bars.into_iter().map(|(label, amount)| (label.to_owned(), vec![amount])).collect(),
    };
    match facts.statement().rule.as_str() {
        "uniform-price/v1" => vec![amounts(
            "The price",
            vec![("reserve price", terms("reserve_price")), ("clearing price", decided("clearing_price"))],
        )],
        "performance-auction/v1" => vec![
            rows(
                facts,
                "Gain: promised and realised",
                &[("expected", "expected_gain_ppm"), ("realised", "realised_gain_ppm")],
            ),
            rows(facts, "Paid for it", &[("", "payments")]),
        ],
        "quality-menu/v1" => vec![menu(facts), tiers_taken(facts)],
        "assignment/v1" => vec![items(facts)],
        "competition-aware-allocation/v1" => vec![amounts(
            "What the buyers earn together",
            vec![
                ("same data for all", decided("baseline_revenue")),
                ("as allocated", decided("total_revenue")),
                ("of that paid", decided("total")),
            ],
        )],
        "revenue-share/v1" => {
            vec![rows(facts, "Weights", &[("", "weight")]), rows(facts, "Shares", &[("", "receipts")])]
        }
        "fine-tuning-bargain/v1" => vec![rows(facts, "Shares", &[("", "receipts")])],
        "resource-stackelberg/v1" => {
            vec![
                rows(facts, "Data that each has", &[("", "data_size")]),
                rows(facts, "Receipts", &[("", "receipts")]),
            ]
        }
        "resource-stackelberg-capped/v1" => {
            vec![
                rows(facts, "Data supplied", &[("", "contributions_ppm")]),
                rows(facts, "Receipts", &[("", "receipts")]),
            ]
        }
        _ => Vec::new(),
    }
}

/// Public columns, a group a row.
fn rows(facts: &Facts<'_>, title: &'static str, fields: &[(&'static str, &str)]) -> Chart {
    let unit = fields.first().map_or(Unit::Count, |(_, field)| Unit::of(field));
    let columns: Vec<_> = fields.iter().map(|(_, field)| facts.numbers(field)).collect();
    let group = |row: usize| {
        let bars: Option<Vec<u128>> = columns.iter().map(|column| column.get(row).copied()).collect();
        Some((facts.owner(row), bars?))
    };
    let groups = (0..facts.rows()).filter_map(group).collect();
    Chart { title, unit, series: fields.iter().map(|(name, _)| *name).collect(), groups }
}

/// What each item costs, and must at least.
fn items(facts: &Facts<'_>) -> Chart {
    let items = facts.statement().terms.get("items").and_then(Value::as_array);
    let prices = facts.numbers("prices");
    let group = |(place, (item, price)): (usize, (&Value, u128))| {
        let model = facts.round().and_then(|round| round.entry.items.get(place));
        let label =
            model.map_or_else(|| format!("item {place}"), |model| format!("item {place} {}", short(model)));
        (label, vec![item.get("reserve_price").and_then(number).unwrap_or(0), price])
    };
    let groups = items.into_iter().flatten().zip(prices).enumerate().map(group).collect();
    Chart { title: "Prices", unit: Unit::Amount, series: vec!["reserve", "price"], groups }
}

/// The menu: the gain of each tier.
fn menu(facts: &Facts<'_>) -> Chart {
    let tiers = facts.statement().terms.get("tiers").and_then(Value::as_array);
    let gain = |(place, tier): (usize, &Value)| {
        Some((format!("tier {}", place + 1), vec![tier.get("gain_ppm").and_then(number)?]))
    };
    let groups = tiers.into_iter().flatten().enumerate().filter_map(gain).collect();
    Chart { title: "The menu: gain of each tier", unit: Unit::Ppm, series: vec![""], groups }
}

/// How many took each tier, where that is public.
fn tiers_taken(facts: &Facts<'_>) -> Chart {
    let levels = facts.numbers("levels");
    let tiers = facts.statement().terms.get("tiers").and_then(Value::as_array).map_or(0, Vec::len);
    let took = |tier: usize| {
        let label = if tier == 0 { "none".into() } else { format!("tier {tier}") };
        (label, vec![levels.iter().filter(|level| **level == tier as u128).count() as u128])
    };
    let groups = if levels.is_empty() { Vec::new() } else { (0..=tiers).map(took).collect() };
    Chart { title: "Buyers by tier", unit: Unit::Count, series: vec![""], groups }
}

fn draw(facts: &Facts<'_>, chart: &Chart) -> Markup {
    let shown = chart.groups.len().min(MOST);
    let groups = chart.groups.get(..shown).unwrap_or_default();
    let most = groups.iter().flat_map(|(_, bars)| bars).copied().max().unwrap_or(0).max(1);
    let each = BAR * chart.series.len() as u128 + 12;
    let height = each * shown as u128;
    html! {
        figure.chart {
            h3 { (chart.title) }
            @if chart.series.len() > 1 {
                p.legend { @for (i, name) in chart.series.iter().enumerate() { span class={ "key s" (i) } {} (name) " " } }
            }
            div.scroll tabindex="0" role="region" aria-label=(chart.title) {
                svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(chart.title) {
                    @for (place, (label, bars)) in groups.iter().enumerate() {
                        @let top = each * place as u128 + 6;
                        text.who x=(LABELS - 12) y=(top + (each - 12) / 2 + 5) text-anchor="end" { (shortened(label)) }
                        @for (i, value) in bars.iter().enumerate() {
                            @let y = top + BAR * i as u128;
                            @let width = scaled(*value, most);
                            rect class={ "bar s" (i) } x=(LABELS) y=(y + 1) width=(width) height=(BAR - 2) rx="2" {}
                            text.amount x=(LABELS + width + 8) y=(y + 13) { (facts.units.said(chart.unit, *value)) }
                        }
                    }
                }
            }
            @if chart.groups.len() > shown {
                figcaption { "The first " (shown) " of " (chart.groups.len()) " rows." }
            }
        }
    }
}

fn scaled(value: u128, most: u128) -> u128 {
    let bits = 128u32.saturating_sub(most.leading_zeros()).saturating_sub(100);
    ((value >> bits) * (WIDTH - LABELS - VALUES) / (most >> bits).max(1)).max(1)
}
