//! `cargo xtask coverage`: which requirement is covered by which scenario.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("coverage", arguments)
}
