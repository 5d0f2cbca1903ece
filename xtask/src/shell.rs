//! Running other programs, and saying what happened when one fails.

use std::fmt;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

/// A program that was called ended with a failure of its own, which it has told already.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The command line as one could type it.
    pub(crate) command: String,
    /// The status to end with.
    pub(crate) status: u8,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed with status {}: {}", self.status, self.command)
    }
}

impl std::error::Error for Failed {}

/// A cargo of the toolchain that runs this program, at the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::paths::root());
    forget_outer_cargo(&mut command);
    command
}

/// Takes away what the outer `cargo run` put into the environment: a compiler started with it could be the wrong one, and
/// a build script that reads it would run anew each time.
pub(crate) fn forget_outer_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        let set_by_cargo = name == "CARGO"
            || name == "LD_LIBRARY_PATH"
            || name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_")
            || name == "CARGO_PRIMARY_PACKAGE"
            || name == "CARGO_BIN_NAME"
            || name == "CARGO_CRATE_NAME";
        if set_by_cargo {
            command.env_remove(name);
        }
    }
}

/// The command line as one could type it.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs `command` with this program's own streams; its failure is ours.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start: {}", line(command)))?;
    judge(command, status)
}

/// Turns the end of `command` into a result.
pub(crate) fn judge(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    let status = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Failed { command: line(command), status }.into())
}

/// What `command` writes to its standard output, trimmed; `None` when it cannot be started or fails.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
