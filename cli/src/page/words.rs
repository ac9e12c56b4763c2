//! What each rule's page says first: who, how much, and what became of it.

use super::facts::Facts;
use super::units::{Unit, title};
use serde_json::Value;

/// The words of a rule.
#[derive(Debug)]
pub struct Words {
    rule: &'static str,
    /// The rule's name for people.
    pub title: &'static str,
    /// Who owns a row, and several of them.
    pub row: (&'static str, &'static str),
    /// Where money comes from that no row pays.
    pub source: &'static str,
    headline: fn(&Facts<'_>) -> Option<String>,
    figures: &'static [Figure],
}

/// A number of the outcome or the terms that stands at the top of the page.
type Figure = (&'static str, &'static str, Place);

/// Where a figure is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The outcome.
    Outcome,
    /// The terms.
    Terms,
}

use Place::{Outcome, Terms};

const RULES: &[Words] = &[
    Words {
        rule: "uniform-price/v1",
        title: "Uniform-price auction",
        row: ("bidder", "bidders"),
        source: "",
        headline: |facts| {
            let price = facts.units.money(facts.decided("clearing_price")?);
            Some(match facts.count("won") {
                0 => format!("None of {} won a copy.", rows(facts)),
                1 => format!("1 of {} won a copy and pays {price}.", rows(facts)),
                won => format!("{won} of {} won a copy. Each pays {price}.", rows(facts)),
            })
        },
        figures: &[
            ("clearing price", "clearing_price", Outcome),
            ("paid in all", "total", Outcome),
            ("to the seller", "proceeds", Outcome),
            ("fee", "fee", Outcome),
        ],
    },
    Words {
        rule: "performance-auction/v1",
        title: "Auction by certified gain",
        row: ("bidder", "bidders"),
        source: "",
        headline: |facts| {
            let price = facts.units.money(facts.decided("clearing_price")?);
            Some(match facts.count("won") {
                0 => format!("None of {} won a copy.", rows(facts)),
                won => {
                    format!(
                        "{won} of {} won a copy at {price}, scaled by the gain that each really got.",
                        rows(facts)
                    )
                }
            })
        },
        figures: &[
            ("price of the expected gain", "clearing_price", Outcome),
            ("paid in all", "total", Outcome),
            ("to the seller", "proceeds", Outcome),
            ("fee", "fee", Outcome),
        ],
    },
    Words {
        rule: "quality-menu/v1",
        title: "Menu of qualities",
        row: ("buyer", "buyers"),
        source: "",
        headline: |facts| {
            let total = facts.units.money(facts.decided("total")?);
            let tiers = facts.statement().terms.get("tiers")?.as_array()?.len();
            Some(format!(
                "{} chose from a menu of {tiers} tiers and pay {total} together.",
                capital(rows(facts))
            ))
        },
        figures: &[
            ("paid in all", "total", Outcome),
            ("to the seller", "proceeds", Outcome),
            ("fee", "fee", Outcome),
        ],
    },
    Words {
        rule: "assignment/v1",
        title: "Assignment of several items",
        row: ("bidder", "bidders"),
        source: "",
        headline: |facts| {
            let got = facts.column("assigned")?.iter().filter(|item| !item.is_null()).count();
            let total = facts.units.money(facts.decided("total")?);
            Some(format!("{got} of {} got an item. They pay {total} together.", rows(facts)))
        },
        figures: &[("paid in all", "total", Outcome), ("fee", "fee", Outcome)],
    },
    Words {
        rule: "competition-aware-allocation/v1",
        title: "Allocation among competitors",
        row: ("buyer", "buyers"),
        source: "",
        headline: |facts| {
            let (earned, before) = (facts.decided("total_revenue")?, facts.decided("baseline_revenue")?);
            let (earned, before) = (facts.units.money(earned), facts.units.money(before));
            Some(format!(
                "{} earn {earned} together, instead of {before} with the same data for all.",
                capital(rows(facts))
            ))
        },
        figures: &[
            ("earned together", "total_revenue", Outcome),
            ("with the same data for all", "baseline_revenue", Outcome),
            ("paid to the seller", "total", Outcome),
        ],
    },
    Words {
        rule: "revenue-share/v1",
        title: "Split of a revenue by weights",
        row: ("party", "parties"),
        source: "revenue to divide",
        headline: |facts| {
            Some(format!("{} is divided among {}.", facts.units.money(facts.term("revenue")?), rows(facts)))
        },
        figures: &[
            ("revenue", "revenue", Terms),
            ("fee", "fee", Outcome),
            ("left undivided", "dust", Outcome),
        ],
    },
    Words {
        rule: "fine-tuning-bargain/v1",
        title: "Bargain between model maker and specialists",
        row: ("party", "parties"),
        source: "revenue of the domains",
        headline: |facts| {
            let total = facts.units.money(facts.decided("total")?);
            Some(format!("{} share {total} of revenue.", capital(rows(facts))))
        },
        figures: &[("revenue of all domains", "total", Outcome), ("fee", "fee", Outcome)],
    },
    Words {
        rule: "fine-tuning-participation/v1",
        title: "Who invests in a model",
        row: ("party", "parties"),
        source: "",
        headline: |facts| {
            let roles = facts.outcome("roles")?.as_array()?;
            let contribute =
                roles.iter().filter(|role| **role == Value::String("contributor".into())).count();
            Some(format!(
                "{contribute} of {} contribute to the model.",
                many(roles.len(), ("specialist", "specialists"))
            ))
        },
        figures: &[
            ("performance of the general model", "base_performance_q32", Outcome),
            ("the model maker’s share of revenue", "share_q32", Terms),
        ],
    },
    Words {
        rule: "data-sharing/v1",
        title: "Whether two firms pool data",
        row: ("firm", "firms"),
        source: "",
        headline: |facts| match facts.outcome("share")? {
            Value::Bool(true) => Some("The firms share their data.".into()),
            Value::Bool(false) => Some("The firms do not share their data.".into()),
            _ => None,
        },
        figures: &[("similarity of the products", "similarity_ppm", Terms)],
    },
    Words {
        rule: "data-coalition/v1",
        title: "Which firms pool data",
        row: ("firm", "firms"),
        source: "",
        headline: |facts| match facts.count("members") {
            0 => Some(format!("None of {} pool their data: no coalition is stable.", rows(facts))),
            members => Some(format!("{members} of {} pool their data.", rows(facts))),
        },
        figures: &[
            ("coalitions that nobody loses by", "rational", Outcome),
            ("stable ones among them", "stable", Outcome),
        ],
    },
    Words {
        rule: "resource-stackelberg/v1",
        title: "A budget for data of private quality",
        row: ("data owner", "data owners"),
        source: "the model owner’s budget",
        headline: |facts| {
            let budget = facts.units.money(facts.decided("budget")?);
            Some(format!("{} of {} supply data for {budget}.", facts.count("active"), rows(facts)))
        },
        figures: &[("budget", "budget", Outcome)],
    },
    Words {
        rule: "resource-stackelberg-capped/v1",
        title: "A budget for data of limited supply",
        row: ("data owner", "data owners"),
        source: "the model owner’s budget",
        headline: |facts| {
            let paid = facts.numbers("receipts").into_iter().filter(|receipt| *receipt > 0).count();
            let budget = facts.units.money(facts.term("budget")?);
            Some(format!("{paid} of {} are paid from a budget of {budget}.", rows(facts)))
        },
        figures: &[("budget", "budget", Terms), ("left unspent", "dust", Outcome)],
    },
];

/// Of a rule that this program does not know.
const OTHER: Words = Words {
    rule: "",
    title: "A rule that this program does not know",
    row: ("party", "parties"),
    source: "from outside",
    headline: |_| None,
    figures: &[],
};

/// The words of a rule.
pub fn words(rule: &str) -> &'static Words {
    RULES.iter().find(|words| words.rule == rule).unwrap_or(&OTHER)
}

/// `1 bidder`, `12 bidders`.
pub fn many(count: usize, (one, several): (&str, &str)) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn rows(facts: &Facts<'_>) -> String {
    many(facts.rows(), facts.words.row)
}

fn capital(text: String) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A number at the top of the page.
pub struct Shown {
    /// What it is.
    pub label: &'static str,
    /// The number.
    pub value: String,
    /// Where in the statement it stands, for whoever compares.
    pub path: String,
}

impl Words {
    /// What became of the round, in a sentence; as far as the bundle says it.
    pub fn headline(&self, facts: &Facts<'_>) -> String {
        (self.headline)(facts).unwrap_or_else(|| format!("A settlement of {}.", rows(facts)))
    }

    /// The numbers that matter most.
    pub fn figures(&self, facts: &Facts<'_>) -> Vec<Shown> {
        let shown = |(label, field, place): &Figure| {
            let (number, part) = match place {
                Outcome => (facts.decided(field)?, "outcome"),
                Terms => (facts.term(field)?, "terms"),
            };
            let value = facts.units.said(Unit::of(field), number);
            Some(Shown { label, value, path: format!("{part}.{field}") })
        };
        self.figures.iter().filter_map(shown).collect()
    }
}

/// What a row's owner is in its round, where rows differ in that.
pub fn role(facts: &Facts<'_>, row: usize) -> Option<String> {
    let (maker, specialist) = ("model maker", "specialist");
    match facts.statement().rule.as_str() {
        "fine-tuning-bargain/v1" => Some(if row == 0 { maker } else { specialist }.into()),
        "fine-tuning-participation/v1" => {
            let roles = facts.outcome("roles").and_then(Value::as_array);
            let Some(domain) = row.checked_sub(1) else { return Some(maker.into()) };
            roles.and_then(|roles| roles.get(domain)).map(|role| facts.units.value("roles", role))
        }
        _ => None,
    }
}

/// The heading of a column.
pub fn heading(field: &str) -> String {
    match field {
        "won" => "won".into(),
        "active" => "supplies".into(),
        "members" => "pools data".into(),
        "assigned" => "item".into(),
        "levels" => "tier".into(),
        "payments" => "pays".into(),
        "receipts" => "receives".into(),
        "revenues" => "earns".into(),
        field => title(field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quittance_circuits::rules;

    #[test]
    fn every_rule_has_words() {
        for rule in rules::RULES {
            assert_eq!(words(rule.id()).rule, rule.id());
        }
        assert_eq!(words("nothing/v1").rule, "");
        assert_eq!(many(1, ("party", "parties")), "1 party");
    }
}
