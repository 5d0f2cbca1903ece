//! `cargo xtask demo`: a whole day between Linnworks and the warehouse, from nothing.

use anyhow::Result;

use crate::programs;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("demo", arguments)
}
