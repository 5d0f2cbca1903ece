//! Reading scenario files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::Case;

/// Reads a scenario.
///
/// # Errors
/// What is wrong with it, with its line.
pub fn read(text: &str) -> anyhow::Result<Case> {
    if let Some((line, odd)) = unprintable(text) {
        bail!("line {line}: the character {odd:?} is none that YAML allows; expected is printable text");
    }
    let case: Case = serde_norway::from_str(text).map_err(|error| match error.location() {
        Some(_) if error.to_string().contains(" line ") => error.into(),
        Some(place) => anyhow::anyhow!("line {}: {error}", place.line()),
        None => anyhow::anyhow!("the file as a whole: {error}"),
    })?;
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

/// The first character that YAML forbids, with its line; the parser tells of it by its position in bytes.
fn unprintable(text: &str) -> Option<(usize, char)> {
    let allowed = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    let (at, odd) = text.char_indices().find(|(_, c)| !allowed(*c))?;
    Some((text.get(..at)?.matches('\n').count() + 1, odd))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_line() {
        for (text, told) in [
            ("title: x\nsteps:\n  - run: import-orders\u{7}\n", "line 3: the character '\\u{7}'"),
            ("title: x\nsteps:\n  - run: import-orders\nstep: 1\n", "at line 4"),
            ("", "line 1: "),
            ("\u{feff}title: x\n", "line 1: the character '\\u{feff}'"),
            ("steps: [{do: due}]\n", "line 1"),
            ("title: x\nsteps: []\n", "at least one step"),
            ("title: x\nsteps:\n  - note: nothing\n", "step 1: "),
            ("title: x\nsteps: [{do: due}]\n---\ntitle: y\n", "the file as a whole: "),
        ] {
            let error = format!("{:#}", read(text).unwrap_err());
            assert!(error.contains(told), "{error:?} instead of {told:?}");
        }
    }
}
