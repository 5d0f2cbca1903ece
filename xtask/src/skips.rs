//! Tests and checks that were skipped because the machine lacks something. What a passing test prints is hidden, so each skip is
//! also a line of a file (`test-needs` writes it), which is told here.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::paths;

/// Skips of one call of the tests.
pub(crate) struct Skips {
    file: PathBuf,
    required: String,
}

impl Skips {
    /// None so far. What `required` names must not be lacking: such a skip is a failure.
    pub(crate) fn none_yet(required: &[&str]) -> Result<Self> {
        let file = paths::target().join("skipped-tests.tsv");
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("could not remove {}", file.display()))
            }
            _ => Ok(Self { file, required: required.join(",") }),
        }
    }

    /// Tells the tests that `command` runs where to write and what is required.
    pub(crate) fn hand_to(&self, command: &mut Command) {
        command.env("TESTS_SKIPPED_FILE", &self.file).env("TESTS_REQUIRE", &self.required);
    }

    /// Notes that the check `what` was skipped.
    pub(crate) fn note(&self, what: &str, reason: &str) -> Result<()> {
        let file = OpenOptions::new().create(true).append(true).open(&self.file);
        file.and_then(|mut file| writeln!(file, "{what}\t{reason}"))
            .with_context(|| format!("could not write {}", self.file.display()))
    }

    /// Prints what was skipped, by reason.
    pub(crate) fn print(&self) -> Result<()> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("could not read {}", self.file.display())),
        };
        for (reason, tests) in by_reason(&text) {
            eprintln!("\nSKIPPED, because {reason}:");
            tests.iter().for_each(|test| eprintln!("  {test}"));
        }
        Ok(())
    }
}

fn by_reason(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (test, reason) in text.lines().filter_map(|line| line.split_once('\t')) {
        reasons.entry(reason).or_default().push(test);
    }
    reasons.values_mut().for_each(|tests| {
        tests.sort_unstable();
        tests.dedup();
    });
    reasons
}

#[cfg(test)]
mod tests {
    use super::by_reason;

    #[test]
    fn skips_are_told_by_reason_each_test_once() {
        let told = by_reason("b\tno server\na\tno server\nb\tno server\nc\tno samples\n");
        assert_eq!(told["no server"], ["a", "b"]);
        assert_eq!(told["no samples"], ["c"]);
    }
}
