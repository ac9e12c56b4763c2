//! The suite that every published rule passes, and the tools to attack a circuit with.
//!
//! A rule brings a [`Subject`]: how to draw its rounds and what its card claims; a rule whose settlements are
//! proved brings [`Circuits`] as well. Each function here is one letter of testing.md section 2 and panics with
//! what is wrong; the tests below run each over all of [`RULES`]. Seeds are fixed and printed.

pub mod cheat;
pub mod circuits;
pub mod forms;
pub mod links;
pub mod mutation;
pub mod pins;
pub mod round;
pub mod settlement;
pub mod solve;

pub use circuits::{CheckCircuits, Circuits};
pub use round::Round;

use crate::json;
use crate::rule::{Disclosure, Evidence, Money, NoOutcome, PublishedRule};
use crate::rules::{self, RULES};
use ark_std::rand::SeedableRng;
use ark_std::rand::seq::SliceRandom;
use rand::rngs::StdRng;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the suite must know of a rule.
pub trait Subject {
    /// The rule.
    fn rule(&self) -> &'static dyn PublishedRule;
    /// Terms and rows that the rule does not refuse; ties, zeros and extremes are likely.
    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>);
    /// Panics unless the properties that the rule card claims hold on small grids.
    fn check_card(&self);
    /// The circuits, if settlements are proved.
    fn circuits(&self) -> Option<Box<dyn CheckCircuits>>;

    /// How the rounds of the suite disclose: they seal, if the rule has anything to seal.
    fn disclosure(&self) -> Disclosure {
        if self.rule().result_names().is_empty() { Disclosure::Public } else { Disclosure::Sealed }
    }

    /// The sealed numbers of a row, in the order of its columns.
    fn sealed(&self, disclosure: Disclosure, row: &Value) -> Vec<u64> {
        let sealed = self.rule().columns().iter().filter(|column| column.is_sealed(disclosure));
        let numbers = sealed.flat_map(|column| match &row[column.name] {
            Value::Array(list) => list.clone(),
            number => vec![number.clone()],
        });
        numbers.filter_map(|number| number.as_str()?.parse().ok()).collect()
    }

    /// The public columns of these rows.
    fn columns(&self, disclosure: Disclosure, rows: &[Value]) -> BTreeMap<String, Vec<Value>> {
        let public = self.rule().columns().iter().filter(|column| !column.is_sealed(disclosure));
        let column = |name: &str| rows.iter().map(|row| row[name].clone()).collect();
        public.map(|public| (public.name.to_owned(), column(public.name))).collect()
    }

    /// A round with the evaluator's outcome.
    fn settled(&self, terms: &Value, rows: &[Value]) -> Result<Round, NoOutcome> {
        self.settled_as(self.disclosure(), terms, rows)
    }

    /// The same, with this disclosure.
    fn settled_as(&self, disclosure: Disclosure, terms: &Value, rows: &[Value]) -> Result<Round, NoOutcome> {
        let rule = self.rule();
        let outcome = rule.evaluate(terms, &Value::Array(rows.to_vec()))?;
        Ok(Round {
            rule,
            terms: terms.clone(),
            disclosure,
            columns: self.columns(disclosure, rows),
            sealed: rows.iter().map(|row| self.sealed(disclosure, row)).collect(),
            outcome,
        })
    }
}

/// The subject of every published rule.
fn subjects() -> Vec<Box<dyn Subject>> {
    vec![
        Box::new(rules::uniform_price::subject::Subject),
        Box::new(rules::performance_auction::subject::Subject),
        Box::new(rules::quality_menu::subject::Subject),
        Box::new(rules::assignment::subject::Subject),
        Box::new(rules::competition_aware_allocation::subject::Subject),
        Box::new(rules::revenue_share::subject::Subject),
        Box::new(rules::fine_tuning_bargain::subject::Subject),
        Box::new(rules::fine_tuning_participation::subject::Subject),
        Box::new(rules::data_sharing::subject::Subject),
        Box::new(rules::data_coalition::subject::Subject),
        Box::new(rules::resource_stackelberg::subject::Subject),
        Box::new(rules::resource_stackelberg_capped::subject::Subject),
    ]
}

/// Runs one part of the suite over every published rule: none is left out.
pub fn for_every_rule(check: impl Fn(&dyn Subject)) {
    let subjects = subjects();
    assert_eq!(subjects.len(), RULES.len(), "every published rule has a subject");
    for (rule, subject) in RULES.iter().zip(&subjects) {
        assert_eq!(rule.id(), subject.rule().id());
        let circuits = subject.circuits().is_some();
        let proved = rule.evidences().contains(&Evidence::Proved);
        assert_eq!(circuits, proved, "{}: circuits if proved", rule.id());
        check(subject.as_ref());
    }
}

/// Runs one part of the suite over the circuits of every rule that is proved.
pub fn for_every_circuit(check: impl Fn(&dyn Subject, &dyn CheckCircuits)) {
    for_every_rule(|subject| {
        if let Some(circuits) = subject.circuits() {
            check(subject, circuits.as_ref());
        }
    });
}

/// A case of `fixtures/rules/`.
pub struct Fixture {
    /// For people.
    pub name: String,
    /// The round's terms.
    pub terms: Value,
    /// Its rows.
    pub rows: Vec<Value>,
    /// The outcome, or the code of the rule's refusal.
    pub expected: Result<Value, String>,
}

/// The published cases of a rule.
#[must_use]
pub fn fixtures(rule: &dyn PublishedRule) -> Vec<Fixture> {
    let file = rule.id().replace('/', "-");
    let case = |case: &Value| {
        assert_eq!(case["rule"], rule.id());
        let expected = case.get("outcome").cloned().ok_or_else(|| text(&case["refusal"]));
        let rows = case["rows"].as_array().unwrap_or_else(|| panic!("{file}: rows are a list"));
        Fixture { name: text(&case["name"]), terms: case["terms"].clone(), rows: rows.clone(), expected }
    };
    published(&file).iter().map(case).collect()
}

/// A file of `fixtures/rules/`, which is a list.
///
/// # Panics
/// There is no such file, or it is no list.
#[must_use]
pub fn published(file: &str) -> Vec<Value> {
    let path = format!("{}/../fixtures/rules/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    match json::parse(&bytes) {
        Ok(Value::Array(cases)) => cases,
        _ => panic!("{path} is a list of cases"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// One of the numbers that break things, or a small one that makes ties.
pub fn tempting(rng: &mut StdRng) -> u64 {
    const SMALL: [u64; 8] = [0, 0, 1, 1, 2, 3, 3, 5];
    const LARGE: [u64; 6] = [u64::MAX, u64::MAX - 1, 1 << 63, 1 << 32, (1 << 52) - 1, 0x0123_4567_89ab_cdef];
    let numbers: &[u64] =
        if *[true, true, true, false].choose(rng).unwrap_or(&true) { &SMALL } else { &LARGE };
    numbers.choose(rng).copied().unwrap_or_default()
}

/// Every choice of one from each list.
#[must_use]
pub fn choices<T: Clone>(lists: &[Vec<T>]) -> Vec<Vec<T>> {
    lists.iter().fold(vec![Vec::new()], |chosen, list| {
        let extended = |chosen: &Vec<T>| {
            list.iter().map(|one| [&chosen[..], std::slice::from_ref(one)].concat()).collect::<Vec<_>>()
        };
        chosen.iter().flat_map(extended).collect()
    })
}

/// The evaluator gives what `fixtures/rules/` says, and its outcomes pass the integer checks.
pub fn evaluator_is_the_fixtures(subject: &dyn Subject) {
    let rule = subject.rule();
    for Fixture { name, terms, rows, expected } in fixtures(rule) {
        match (expected, subject.settled(&terms, &rows)) {
            (Ok(expected), Ok(round)) => {
                assert_eq!(round.outcome, expected, "{}: {name}", rule.id());
                let money = round.money();
                assert!(money.as_ref().is_ok_and(Money::conserved), "{}: {name}: {money:?}", rule.id());
            }
            (Err(code), Err(NoOutcome::Refused(refusal))) => assert_eq!(refusal.0, code, "{name}"),
            (expected, round) => panic!("{}: {name}: {round:?} instead of {expected:?}", rule.id()),
        }
    }
}

/// Every outcome of a drawn round passes the integer checks, conserves money and contradicts no party's own
/// numbers, published or sealed; the same outcome about one more row does not pass.
pub fn outcomes_pass_their_checks(subject: &dyn Subject) {
    let rule = subject.rule();
    for seed in 0..200 {
        let (terms, rows) = subject.draw(&mut StdRng::seed_from_u64(seed));
        let round = subject.settled(&terms, &rows);
        let mut round = round.unwrap_or_else(|error| panic!("{} seed {seed}: {error}", rule.id()));
        let results = rule.results(&round.outcome).unwrap_or_else(|error| panic!("{error}"));
        for disclosure in [Disclosure::Public, Disclosure::Sealed] {
            round.disclosure = disclosure;
            let published = rule.publish(round.outcome.clone(), disclosure);
            for (index, row) in rows.iter().enumerate() {
                let results: Vec<u128> = results.iter().map(|column| column[index]).collect();
                let own = rule.own_view(&terms, &published, index, row, &results);
                assert!(own.is_ok(), "{} seed {seed}, row {index}: {own:?}", rule.id());
            }
            round.columns = subject.columns(disclosure, &rows);
            let money = round.money();
            assert!(money.is_ok_and(|money| money.conserved()), "{} seed {seed}", rule.id());
            // With sealed results nothing of the outcome need be about rows.
            if disclosure == Disclosure::Public {
                let mut longer = round.clone();
                longer.sealed.push(Vec::new());
                longer.columns.values_mut().for_each(|column| column.push(Value::from("0")));
                assert!(longer.money().is_err(), "{} seed {seed}", rule.id());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_evaluator_is_its_fixtures() {
        for_every_rule(evaluator_is_the_fixtures);
    }

    #[test]
    fn every_outcome_passes_its_checks() {
        for_every_rule(outcomes_pass_their_checks);
    }

    #[test]
    fn every_card_is_true() {
        for_every_rule(|subject| subject.check_card());
    }

    #[test]
    fn every_circuit_is_its_evaluator() {
        for_every_circuit(|subject, circuits| circuits.accept_the_evaluator(subject));
    }

    #[test]
    fn every_public_number_matters() {
        for_every_circuit(|subject, circuits| circuits.refuse_changed_public_numbers(subject));
    }

    #[test]
    fn no_wire_alone_moves_an_outcome() {
        for_every_circuit(|subject, circuits| circuits.refuse_changed_wires(subject));
    }

    #[test]
    fn no_direction_moves_an_outcome() {
        for_every_circuit(|subject, circuits| circuits.leave_no_direction(subject));
    }

    #[test]
    fn every_matrix_is_independent_of_witnesses() {
        for_every_circuit(|subject, circuits| circuits.ignore_witnesses(subject));
    }

    #[test]
    fn every_pin_is_right() {
        for_every_circuit(|subject, circuits| circuits.are_pinned(subject));
    }

    #[test]
    fn every_outcome_is_the_only_one() {
        for_every_circuit(|subject, circuits| circuits.have_one_outcome(subject));
    }

    #[test]
    fn every_result_is_linked() {
        for_every_circuit(|subject, circuits| circuits.link_results(subject));
    }

    #[test]
    fn every_wire_in_a_rho_sum_or_lookup_is_committed() {
        for_every_circuit(|subject, circuits| circuits.sum_only_early_wires(subject));
    }
}
