//! What a verification found: named checks, then what was not checked.

use crate::reject::{Code, Reject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Whether every required check passed.
    pub verified: bool,
    /// The code of the first check that failed.
    pub code: Option<Code>,
    /// What the failure means, or what to do next.
    pub hint: Option<String>,
    /// The checks, in order.
    pub checks: Vec<Check>,
    /// What this verdict does not say.
    pub not_checked: Vec<String>,
}

/// A verdict in the making: checks in a fixed order, of which the first failure skips the rest.
pub(crate) struct Checks {
    about: String,
    checks: Vec<Check>,
    failure: Option<Reject>,
    not_checked: Vec<String>,
}

impl Checks {
    pub(crate) fn new(about: impl Into<String>) -> Self {
        Self { about: about.into(), checks: Vec::new(), failure: None, not_checked: Vec::new() }
    }

    pub(crate) fn about(&mut self, about: impl Into<String>) {
        self.about = about.into();
    }

    pub(crate) fn not_checked(&mut self, what: impl Into<String>) {
        self.not_checked.push(what.into());
    }

    /// Runs a check unless an earlier one failed; what it compared, or why it fails.
    pub(crate) fn run<T>(
        &mut self,
        name: &str,
        check: impl FnOnce() -> Result<(T, String), Reject>,
    ) -> Option<T> {
        let (state, compared, value) = if self.failure.is_some() {
            (State::Skipped, "an earlier check failed".to_owned(), None)
        } else {
            match check() {
                Ok((value, compared)) => (State::Passed, compared, Some(value)),
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
            code: self.failure.as_ref().map(|reject| reject.code),
            hint: self.failure.as_ref().map(|reject| reject.hint().to_owned()),
            checks: self.checks,
            not_checked: self.not_checked,
        }
    }
}
