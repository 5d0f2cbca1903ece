//! `cargo xtask chaos`: long random histories in which calls fail by chance and the host dies.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("chaos", arguments)
}
