//! `cargo xtask histories`: random histories against component, host and simulator; `--seed N`, `--count N`, or kept files.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("histories", arguments)
}
