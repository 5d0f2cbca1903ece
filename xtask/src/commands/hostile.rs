//! `cargo xtask hostile`: every attack of the gallery against the real host, as a table; `--json`, or parts of names.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("hostile", arguments)
}
