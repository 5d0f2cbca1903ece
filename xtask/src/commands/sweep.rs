//! `cargo xtask sweep`: the host killed at every point of every flow; `--flow F --point N` repeats one, `--kill N` kills the real program.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("sweep", arguments)
}
