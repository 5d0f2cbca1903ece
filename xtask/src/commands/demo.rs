//! `cargo xtask demo`: one round through everything, from nothing.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("demo", arguments)
}
