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

/// A verdict in the making: checks in a fixed order, of which the first failure skips the rest.
pub(crate) struct Checks {
    about: String,
    checks: Vec<Check>,
    failure: Option<Reject>,
    not_checked: Vec<String>,
    evidence: Option<String>,
    own_results: BTreeMap<String, Option<Wide>>,
    own_row: Option<Value>,
}

impl Checks {
    pub(crate) fn new(about: impl Into<String>) -> Self {
        Self {
            about: about.into(),
            checks: Vec::new(),
            failure: None,
            not_checked: Vec::new(),
            evidence: None,
            own_results: BTreeMap::new(),
            own_row: None,
        }
    }

    pub(crate) fn own(&mut self, results: BTreeMap<String, Option<Wide>>, row: Option<Value>) {
        self.own_results = results;
        self.own_row = row;
    }

    pub(crate) fn about(&mut self, about: impl Into<String>) {
        self.about = about.into();
    }

    pub(crate) fn evidence(&mut self, evidence: impl Into<String>) {
        self.evidence = Some(evidence.into());
    }

    pub(crate) fn not_checked(&mut self, what: impl Into<String>) {
        self.not_checked.push(what.into());
    }

    /// Runs a check unless an earlier one failed; what it compared, why it was not made, or why it fails.
    pub(crate) fn run<T, S: Into<Said>>(
        &mut self,
        name: &str,
        check: impl FnOnce() -> Result<(T, S), Reject>,
    ) -> Option<T> {
        let (state, compared, value) = if self.failure.is_some() {
            (State::Skipped, "an earlier check failed".to_owned(), None)
        } else {
            match check() {
                Ok((value, said)) => match said.into() {
                    Said::Compared(compared) => (State::Passed, compared, Some(value)),
                    Said::NotMade(why) => (State::NotMade, why, Some(value)),
                },
                Err(reject) => {
                    let compared = reject.found.clone();
                    self.failure = Some(reject);
                    (State::Failed, compared, None)
                }
            }
        };
        self.checks.push(Check { name: name.to_owned(), state, compared });
        value
    }

    pub(crate) fn finish(self) -> Verdict {
        Verdict {
            schema: "verdict/v1".into(),
            about: self.about,
            verified: self.failure.is_none() && !self.checks.is_empty(),
            evidence: self.evidence,
            code: self.failure.as_ref().map(|reject| reject.code),
            hint: self.failure.as_ref().map(|reject| reject.hint().to_owned()),
            checks: self.checks,
            own_results: self.own_results,
            own_row: self.own_row,
            not_checked: self.not_checked,
        }
    }
}
