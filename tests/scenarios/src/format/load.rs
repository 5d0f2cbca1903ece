//! Reading scenario files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::Case;

/// Reads a scenario.
///
/// # Errors
/// What is wrong with it, with its line.
pub fn read(text: &str) -> anyhow::Result<Case> {
    let case: Case = serde_norway::from_str(text)?;
    for (at, step) in case.steps.iter().enumerate() {
        if let Err(problem) = step.verb() {
            bail!("step {}: {problem}", at + 1);
        }
    }
    if case.steps.is_empty() {
        bail!("a scenario has at least one step");
    }
    Ok(case)
}

/// Reads a scenario file.
///
/// # Errors
/// When it cannot be read; see [`read`].
pub fn load(path: &Path) -> anyhow::Result<Case> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    read(&text).with_context(|| format!("{} is not a scenario", path.display()))
}

/// All scenario files in `paths`, folders with everything below them, sorted.
///
/// # Errors
/// When a path does not exist.
pub fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        collect(path, &mut found)?;
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))? {
            let entry = entry?.path();
            if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "yaml") {
                collect(&entry, found)?;
            }
        }
    } else if path.exists() {
        found.push(path.to_owned());
    } else {
        bail!("there is no file or folder {}", path.display());
    }
    Ok(())
}

/// The JSON Schema of the format.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn schema() -> anyhow::Result<String> {
    let schema = schemars::schema_for!(Case);
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}
