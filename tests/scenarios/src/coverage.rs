//! Which requirement is covered by which scenario.

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
    /// Whether it has to be covered by now.
    #[serde(default)]
    pub due: bool,
    /// With which part of the work it becomes due, where it is not.
    #[serde(default)]
    pub later: Option<String>,
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
    /// File names of scenarios.
    pub scenarios: Vec<String>,
}

/// The whole table.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// A row for each requirement, in the table's order.
    pub rows: Vec<Row>,
    /// Ids that scenarios name and the table does not have, with the files.
    pub unknown: BTreeMap<String, Vec<String>>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    /// Ids that are covered.
    pub covered: Vec<&'a str>,
    /// Ids that should be and are not.
    pub missing: Vec<&'a str>,
}

impl Coverage {
    /// Ids covered and missing.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        Summary {
            covered: self
                .rows
                .iter()
                .filter(|row| !row.scenarios.is_empty())
                .map(|row| row.requirement.id.as_str())
                .collect(),
            missing: self.missing().map(|row| row.requirement.id.as_str()).collect(),
        }
    }

    /// Requirements that should be covered and are not.
    pub fn missing(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.requirement.due && row.scenarios.is_empty())
    }
}

/// Reads the table in `requirements` and every scenario below `cases`.
///
/// # Errors
/// When a file cannot be read, or an id stands in the table twice.
pub fn coverage(requirements: &Path, cases: &Path) -> anyhow::Result<Coverage> {
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
    let mut coverage = Coverage::default();
    let mut seen = BTreeSet::new();
    for requirement in table.requirement {
        anyhow::ensure!(seen.insert(requirement.id.clone()), "{} stands in the table twice", requirement.id);
        let scenarios = by_id.remove(&requirement.id).unwrap_or_default();
        coverage.rows.push(Row { requirement, scenarios });
    }
    coverage.unknown = by_id;
    Ok(coverage)
}
