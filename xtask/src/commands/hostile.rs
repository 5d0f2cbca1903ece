//! `cargo xtask hostile`: every attack of the gallery against the real host, as a table; `--json`, or parts of names.

use anyhow::Result;

use crate::programs;

/// The tests that carry out the same attacks, one each; where the program runs anyway they would do it twice.
pub(crate) const ALL_BUT_ITS_TESTS: [&str; 2] = ["-E", "not (package(hostile) and binary(gallery))"];

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    programs::call("hostile", arguments)
}
