//! What decides about an order, written down while it is decided, so that "why is my order not here" has an answer.

use crate::contract::Verdict;
use crate::problem::{failed, passed};

/// The checks that were made, in their order.
#[derive(Debug, Default)]
pub struct Checks {
    verdicts: Vec<Verdict>,
    needs_attention: bool,
}

impl Checks {
    /// A filter: what does not pass stays out on purpose, and nobody has to be told (not paid yet, another warehouse's).
    ///
    /// `check` is its code and never changes; `found` says what was found, whether it passed or not, and no personal data;
    /// `remedy` what to do where it did not pass.
    pub fn that(&mut self, check: &str, passes: bool, found: impl Into<String>, remedy: &str) {
        self.verdicts.push(if passes { passed(check, found) } else { failed(check, found, remedy) });
    }

    /// A demand: where it does not pass a person should act, and the platform reports a problem (an unknown country).
    pub fn must(&mut self, check: &str, passes: bool, found: impl Into<String>, remedy: &str) {
        self.needs_attention |= !passes;
        self.that(check, passes, found, remedy);
    }

    /// Whether all have passed so far.
    pub fn all_passed(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.passed)
    }

    pub(crate) fn needs_attention(&self) -> bool {
        self.needs_attention
    }

    pub(crate) fn into_verdicts(self) -> Vec<Verdict> {
        self.verdicts
    }

    pub(crate) fn into_failed(self) -> Vec<Verdict> {
        self.verdicts.into_iter().filter(|verdict| !verdict.passed).collect()
    }
}
