//! What a verification found: named checks, then what was not checked.

use crate::reject::{Code, Reject};
use quittance_circuits::number::Wide;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It could not be examined, because an earlier check failed.
    Skipped,
    /// There is nothing to make it with: nothing proves the outcome, or the member did not bring what opens its own.
    NotMade,
}

/// What a check says in its line.
pub(crate) enum Said {
    /// What was compared: the check passed.
    Compared(String),
    /// Why it was not made.
    NotMade(String),
}

impl From<String> for Said {
    fn from(compared: String) -> Self {
        Self::Compared(compared)
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub state: State,
    /// What was compared, in one line.
    pub compared: String,
}

/// The verdict on one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// `verdict/v1`.
    pub schema: String,
    /// What was examined, in one line.
    pub about: String,
    /// Whether no check failed, and all were made that can be. An outcome that is `asserted` is not thereby right.
    pub verified: bool,
    /// Why the outcome is right: `proved`, `recomputed`, or `asserted` if nothing but the operator's word says so. None
    /// where there is no outcome.
    pub evidence: Option<String>,
    /// The code of the first check that failed.
    pub code: Option<Code>,
    /// What the failure means, or what to do next.
    pub hint: Option<String>,
    /// The checks, in order.
    pub checks: Vec<Check>,
    /// What the member's sealed results open to, by column; null is none. Empty if none were opened.
    pub own_results: BTreeMap<String, Option<Wide>>,
    /// The member's row, if somebody else signed it and the sealed results told it; else null.
    pub own_row: Option<Value>,
    /// What this verdict does not say.
    pub not_checked: Vec<String>,
}

impl Verdict {
    /// A verdict of one check: what it compared, or why it fails.
    #[must_use]
    pub fn of_one(about: &str, name: &str, found: Result<String, Reject>, not_checked: &[&str]) -> Self {
        let mut checks = Checks::new(about);
        checks.run(name, || found.map(|compared| ((), compared)));
        not_checked.iter().for_each(|what| checks.not_checked(*what));
        checks.finish()
    }
}

/// A verdict in the making: checks in a fixed order, of which the first failure skips the rest.
pub(crate) struct Checks(Verdict);

impl Checks {
    pub(crate) fn new(about: impl Into<String>) -> Self {
        Self(Verdict {
            schema: "verdict/v1".into(),
            about: about.into(),
            verified: false,
            evidence: None,
            code: None,
            hint: None,
            checks: Vec::new(),
            own_results: BTreeMap::new(),
            own_row: None,
            not_checked: Vec::new(),
        })
    }

    pub(crate) fn own(&mut self, results: BTreeMap<String, Option<Wide>>, row: Option<Value>) {
        self.0.own_results = results;
        self.0.own_row = row;
    }

    pub(crate) fn about(&mut self, about: impl Into<String>) {
        self.0.about = about.into();
    }

    pub(crate) fn evidence(&mut self, evidence: impl Into<String>) {
        self.0.evidence = Some(evidence.into());
    }

    pub(crate) fn not_checked(&mut self, what: impl Into<String>) {
        self.0.not_checked.push(what.into());
    }

    /// Runs a check unless an earlier one failed; what it compared, why it was not made, or why it fails.
    pub(crate) fn run<T, S: Into<Said>>(
        &mut self,
        name: &str,
        check: impl FnOnce() -> Result<(T, S), Reject>,
    ) -> Option<T> {
        let verdict = &mut self.0;
        let (state, compared, value) = if verdict.code.is_some() {
            (State::Skipped, "an earlier check failed".to_owned(), None)
        } else {
            match check() {
                Ok((value, said)) => match said.into() {
                    Said::Compared(compared) => (State::Passed, compared, Some(value)),
                    Said::NotMade(why) => (State::NotMade, why, Some(value)),
                },
                Err(reject) => {
                    verdict.code = Some(reject.code);
                    verdict.hint = Some(reject.hint().to_owned());
                    (State::Failed, reject.found, None)
                }
            }
        };
        verdict.checks.push(Check { name: name.to_owned(), state, compared });
        value
    }

    pub(crate) fn finish(mut self) -> Verdict {
        self.0.verified = self.0.code.is_none() && !self.0.checks.is_empty();
        self.0
    }
}
