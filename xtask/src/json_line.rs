//! The last line that a program prints, when it is JSON: what its `--json` promises.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::shell;

/// Runs `command`, shows what it prints, and returns its last line as JSON.
///
/// # Errors
/// When it fails, or when its last line is not a JSON object.
pub(crate) fn last(command: &mut Command) -> Result<serde_json::Map<String, serde_json::Value>> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start: {}", shell::line(command)))?;
    let mut last = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.with_context(|| format!("the output is not text: {}", shell::line(command)))?;
            println!("{line}");
            if !line.trim().is_empty() {
                last = line;
            }
        }
    }
    let status = child.wait().with_context(|| format!("vanished: {}", shell::line(command)))?;
    shell::judge(command, status)?;
    serde_json::from_str(&last)
        .with_context(|| format!("the last line is not one JSON object: {last:?} ({})", shell::line(command)))
}
