//! `cargo xtask load`: many connections on one host, for hours of virtual time.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("load", arguments)
}
