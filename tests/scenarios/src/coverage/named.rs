//! Tests by name, as `package::test`: whether the sources of that package have a test function of that name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// The sources of a workspace, read package by package as they are asked for.
pub(super) struct Sources {
    /// Package to folder.
    folders: BTreeMap<String, PathBuf>,
    /// Package to its sources.
    read: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    workspace: Option<Workspace>,
    #[serde(default)]
    package: Option<Package>,
}

#[derive(Deserialize)]
struct Workspace {
    members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

impl Sources {
    /// Of the workspace at `root`.
    ///
    /// # Errors
    /// When a manifest cannot be read.
    pub(super) fn of(root: &Path) -> anyhow::Result<Self> {
        let mut folders = BTreeMap::new();
        for member in manifest(root)?.workspace.map(|workspace| workspace.members).unwrap_or_default() {
            let folder = root.join(member);
            if let Some(package) = manifest(&folder)?.package {
                folders.insert(package.name, folder);
            }
        }
        Ok(Self { folders, read: BTreeMap::new() })
    }

    /// Whether there is a test of that name.
    ///
    /// # Errors
    /// When a source cannot be read.
    pub(super) fn have(&mut self, name: &str) -> anyhow::Result<bool> {
        let Some((package, test)) = name.split_once("::") else { return Ok(false) };
        let Some(folder) = self.folders.get(package) else { return Ok(false) };
        if !self.read.contains_key(package) {
            let mut sources = Vec::new();
            for part in ["src", "tests"] {
                gather(&folder.join(part), &mut sources)?;
            }
            self.read.insert(package.to_owned(), sources);
        }
        Ok(self.read.get(package).is_some_and(|sources| sources.iter().any(|source| has_test(source, test))))
    }
}

fn manifest(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no manifest", path.display()))
}

/// All Rust sources below a folder that need not exist.
fn gather(folder: &Path, sources: &mut Vec<String>) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?);
        }
    }
    Ok(())
}

/// Whether a function of that name stands under an attribute that makes it a test, and none that leaves it out; or it is a trial of
/// a test program, or a fact of the storage suite.
fn has_test(source: &str, name: &str) -> bool {
    if source.contains(&format!("Trial::test(\"{name}\""))
        || source.split_once("facts! {").is_some_and(|(_, facts)| is_fact(facts, name))
    {
        return true;
    }
    let Some((before, _)) = source.split_once(&format!("fn {name}()")) else { return false };
    let attributes: Vec<&str> = before
        .lines()
        .rev()
        .map(str::trim)
        .skip_while(|line| matches!(*line, "" | "async"))
        .take_while(|line| line.starts_with("#["))
        .collect();
    let begins = |with: &str| attributes.iter().any(|line| line.starts_with(with));
    (begins("#[test]") || begins("#[tokio::test")) && !begins("#[ignore")
}

fn is_fact(facts: &str, name: &str) -> bool {
    facts
        .lines()
        .take_while(|line| *line != "}")
        .any(|line| line.trim().trim_end_matches(',').ends_with(&format!("::{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_a_test_by_its_attribute_alone() {
        let source = "#[test]\nfn one() {}\n\nfn two() {}\n\n#[tokio::test(start_paused = true)]\n#[cfg(unix)]\nasync fn three() {}\n\n\
                      #[test]\n#[ignore = \"slow\"]\nfn four() {}\n";
        let found: Vec<bool> =
            ["one", "two", "three", "four", "five"].iter().map(|name| has_test(source, name)).collect();
        assert_eq!(found, [true, false, true, false, false]);
    }

    #[test]
    fn trials_and_facts_are_tests_where_they_are_listed() {
        let source =
            "fn main() { Trial::test(\"one\", one) }\nfacts! {\n    life::two,\n    life::three\n}\nlife::four,\n";
        let found: Vec<bool> =
            ["one", "two", "three", "four", "five"].iter().map(|name| has_test(source, name)).collect();
        assert_eq!(found, [true, true, true, false, false]);
    }

    #[test]
    fn a_test_is_looked_for_in_its_own_package() {
        let mut sources = Sources::of(&crate::places::root()).unwrap();
        let name = "a_test_is_looked_for_in_its_own_package";
        assert!(sources.have(&format!("scenarios::{name}")).unwrap());
        for elsewhere in [format!("xtask::{name}"), format!("nowhere::{name}"), name.to_owned()] {
            assert!(!sources.have(&elsewhere).unwrap(), "{elsewhere}");
        }
    }
}
