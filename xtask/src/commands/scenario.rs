//! `cargo xtask scenario FILE|DIR...`: scenario files against component, host and simulator.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("scenario", arguments)
}
