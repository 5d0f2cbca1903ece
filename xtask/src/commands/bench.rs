//! `cargo xtask bench`: the figures to reach, measured.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::build_native_baseline()?;
    programs::call("bench", arguments)
}
