//! `cargo xtask faults`: every endpoint and every kind of fault, as a table; `--endpoint E --kind K` repeats one.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("faults", arguments)
}
