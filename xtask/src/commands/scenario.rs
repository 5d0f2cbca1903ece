//! `cargo xtask scenario FILE|DIR...`: scenario files against component, host and simulator; all there are when none is named.

use anyhow::Result;

use crate::programs;

/// Where the project's own scenario files lie.
pub(crate) const CASES: &str = "tests/scenarios/cases";

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut arguments = arguments.to_vec();
    if arguments.iter().all(|argument| argument.starts_with('-')) {
        arguments.push(CASES.into());
    }
    programs::call("scenario", &arguments)
}
