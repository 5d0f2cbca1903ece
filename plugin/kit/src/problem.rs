//! Short ways to say what is wrong.

use crate::contract::{Problem, Retry, Verdict};

/// A problem without field and SKU.
pub fn problem(code: &str, message: impl Into<String>, remedy: impl Into<String>, retry: Retry) -> Problem {
    Problem { code: code.to_owned(), message: message.into(), remedy: remedy.into(), retry, field: None, sku: None }
}

/// The same about one field of the settings or of the record.
pub fn on_field(mut problem: Problem, field: &str) -> Problem {
    problem.field = Some(field.to_owned());
    problem
}

/// A check that passed.
pub fn passed(check: &str, found: impl Into<String>) -> Verdict {
    Verdict { check: check.to_owned(), passed: true, found: found.into(), remedy: String::new() }
}

/// A check that did not pass.
pub fn failed(check: &str, found: impl Into<String>, remedy: impl Into<String>) -> Verdict {
    Verdict { check: check.to_owned(), passed: false, found: found.into(), remedy: remedy.into() }
}
