//! The rule in plain words, and what this round set.

use super::facts::{Facts, short};
use super::units::{Units, title};
use super::words::words;
use crate::cmd::rule::fields;
use crate::shell::printable;
use maud::{Markup, html};
use quittance_circuits::rules::find;
use quittance_engine::entry::UtcTime;
use quittance_engine::market::Round;
use serde_json::Value;

/// The rule card, the terms, and what was sold.
pub fn rule(facts: &Facts<'_>) -> Markup {
    let (statement, units) = (facts.statement(), &facts.units);
    html! {
        section #rule {
            h2 { "The rule" }
            (described(statement.rule.as_str(), &statement.terms, facts.round(), units))
            @if let Some(round) = facts.round().filter(|round| !round.entry.items.is_empty()) {
                h3 { "What was sold" }
                ul {
                    @for (place, item) in round.entry.items.iter().enumerate() {
                        @let model = facts.told.as_ref().and_then(|told| told.market.model(*item));
                        li {
                            "item " (place) ": model " code.id title=(item) { (short(item)) }
                            @if let Some(model) = model {
                                ", for " (printable(model.entry.task.as_str())) ", " (model.entry.size) " bytes, BLAKE3 " code { (short(&model.entry.artifact)) }
                                ", by " (facts.member(model.seller))
                            }
                        }
                    }
                }
            }
            @if let Some(source) = facts.round().and_then(|round| round.entry.revenue_from) {
                p { "The revenue is what round " code.id title=(source.round) { (short(&source.round)) } " brought " (facts.member(source.seller)) ". Its own settlement has its own report." }
            }
        }
    }
}

/// A rule's name and card, and the terms of a round that uses it.
pub fn described(id: &str, terms: &Value, round: Option<&Round>, units: &Units) -> Markup {
    let rule = find(id);
    let described = rule.map(fields).unwrap_or_default();
    let meaning = |name: &str| {
        let field = described.iter().find(|field| field.part == "terms" && field.name == name);
        without_unit(field.map(|field| field.meaning.as_str()).unwrap_or_default())
    };
    html! {
        p.rule-name { (words(id).title) " " code { (printable(id)) } }
        div.card {
            @for paragraph in rule.map(|rule| rule.card()).unwrap_or_default().split("\n\n") {
                p { (paragraph.trim()) }
            }
        }
        h3 { "The terms of this round" }
        div.scroll tabindex="0" role="region" aria-label="terms" {
            table.terms { tbody {
                @for (name, value) in terms.as_object().into_iter().flatten() {
                    tr { th scope="row" { (title(name)) } td { (term(units, name, value)) } td.what { (meaning(name)) } }
                }
                @if let Some(round) = round {
                    tr { th scope="row" { "bids taken until" } td { (when(&round.entry.close_at)) } td.what { "At least until then." } }
                    tr { th scope="row" { "settled by" } td { (when(&round.entry.abort_at)) } td.what { "Else members may call it overdue." } }
                }
            } }
        }
    }
}

/// What a rule that moves no money decided, but for what stands row by row.
pub fn decision(facts: &Facts<'_>) -> Markup {
    let described = facts.rule.map(fields).unwrap_or_default();
    let single = described.iter().filter(|field| field.part == "outcome");
    let single = single
        .filter_map(|field| Some((field, facts.outcome(&field.name).filter(|value| !value.is_array())?)));
    html! {
        div.scroll tabindex="0" role="region" aria-label="decision" {
            table.terms { tbody {
                @for (field, value) in single {
                    tr { th scope="row" { (title(&field.name)) } td { (facts.units.value(&field.name, value)) } td.what { (without_unit(&field.meaning)) } }
                }
            } }
        }
    }
}

/// A term: a number, or a list of them, one a line.
fn term(units: &Units, name: &str, value: &Value) -> Markup {
    html! {
        @match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                ol start="0" { @for item in items { li { (units.value(name, item)) } } }
            }
            value => (units.value(name, value)),
        }
    }
}

/// A time as people write it.
pub fn when(time: &UtcTime) -> String {
    time.to_string().replace('T', " ").replace('Z', " UTC")
}

/// What a field means, without the unit and the range that files have: the page writes numbers with their units.
fn without_unit(meaning: &str) -> String {
    let units = [", minor units", ", at most", ", ppm", ", parts per", ", below", ", at least", ", 1 to"];
    let end = units.into_iter().filter_map(|unit| meaning.find(unit)).min();
    end.map_or_else(|| meaning.to_owned(), |end| format!("{}.", meaning.get(..end).unwrap_or_default()))
}
