//! Which requirement is covered by which scenario or test.

mod named;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::format::{files, load};

/// A requirement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// `S29`
    pub id: String,
    /// What it asks for, in a few words.
    pub title: String,
    /// Tests that show it where no scenario can, as `package::test`.
    #[serde(default)]
    pub tests: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    requirement: Vec<Requirement>,
}

/// A requirement with what covers it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The requirement.
    pub requirement: Requirement,
    /// What covers it: file names of scenarios, names of tests.
    pub by: Vec<String>,
}

/// The whole table.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// A row for each requirement, in the table's order.
    pub rows: Vec<Row>,
    /// Ids that scenarios name and the table does not have, with the files.
    pub unknown: BTreeMap<String, Vec<String>>,
    /// Tests that the table names and the sources do not have, with the requirement.
    pub no_tests: Vec<(String, String)>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    /// Ids that are covered.
    pub covered: Vec<&'a str>,
    /// Ids that are not.
    pub missing: Vec<&'a str>,
}

impl Coverage {
    /// Ids covered and missing.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        let ids = |covered: bool| {
            let rows = self.rows.iter().filter(move |row| row.by.is_empty() != covered);
            rows.map(|row| row.requirement.id.as_str()).collect()
        };
        Summary { covered: ids(true), missing: ids(false) }
    }

    /// Everything that keeps this from being whole, one line each; none when each requirement is covered by what exists.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let missing = self.rows.iter().filter(|row| row.by.is_empty());
        let missing = missing.map(|row| format!("{} is covered by nothing", row.requirement.id));
        let unknown = self.unknown.iter();
        let unknown = unknown
            .map(|(id, files)| format!("{id} is not in the table of requirements; named by {}", files.join(", ")));
        let no_tests = self.no_tests.iter();
        let no_tests = no_tests.map(|(id, test)| {
            format!("{id} names the test {test}, which is not in the sources; write it as package::test")
        });
        missing.chain(unknown).chain(no_tests).collect()
    }
}

/// Tests that the document names as `package::test` and the sources of the workspace at `root` do not have.
///
/// # Errors
/// When a file cannot be read.
pub fn named_in_vain(document: &Path, root: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(document).with_context(|| format!("{} cannot be read", document.display()))?;
    let mut sources = named::Sources::of(root)?;
    let mut vain = Vec::new();
    for code in text.split('`').skip(1).step_by(2) {
        let is_name = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
        };
        let names_a_test = code.split_once("::").is_some_and(|(package, test)| is_name(package) && is_name(test));
        if names_a_test && !sources.have(code)? {
            vain.push(code.to_owned());
        }
    }
    Ok(vain)
}

/// Reads the table in `requirements`, every scenario below `cases`, and looks for the tests that the table names in the packages
/// of the workspace at `root`.
///
/// # Errors
/// When a file cannot be read, or an id stands in the table twice.
pub fn coverage(requirements: &Path, cases: &Path, root: &Path) -> anyhow::Result<Coverage> {
    let text =
        std::fs::read_to_string(requirements).with_context(|| format!("{} cannot be read", requirements.display()))?;
    let table: Table =
        toml::from_str(&text).with_context(|| format!("{} is not a table of requirements", requirements.display()))?;
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files(&[cases.to_owned()])? {
        let name = file.strip_prefix(cases).unwrap_or(&file).display().to_string();
        let covers: BTreeSet<String> = load(&file)?.covers.into_iter().collect();
        for id in covers {
            by_id.entry(id).or_default().push(name.clone());
        }
    }
    let mut sources = named::Sources::of(root)?;
    let mut coverage = Coverage::default();
    let mut seen = BTreeSet::new();
    for requirement in table.requirement {
        anyhow::ensure!(seen.insert(requirement.id.clone()), "{} stands in the table twice", requirement.id);
        let mut by = by_id.remove(&requirement.id).unwrap_or_default();
        for test in &requirement.tests {
            if sources.have(test)? {
                by.push(test.clone());
            } else {
                coverage.no_tests.push((requirement.id.clone(), test.clone()));
            }
        }
        coverage.rows.push(Row { requirement, by });
    }
    coverage.unknown = by_id;
    Ok(coverage)
}
