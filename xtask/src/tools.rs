//! The cargo tools that are not part of Rust, with their versions in one table.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, shell};

/// A cargo sub-command that is installed where it is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tool {
    /// Runs the tests.
    Nextest,
    /// Judges licences, sources and advisories of the dependencies.
    Deny,
    /// Builds the fuzz targets.
    Fuzz,
}

impl Tool {
    /// Program and version: the newest that the pinned compiler builds.
    fn pinned(self) -> (&'static str, &'static str) {
        match self {
            Tool::Nextest => ("cargo-nextest", "0.9.143"),
            Tool::Deny => ("cargo-deny", "0.20.2"),
            Tool::Fuzz => ("cargo-fuzz", "0.13.2"),
        }
    }

    fn find(self) -> Option<PathBuf> {
        let (name, _) = self.pinned();
        let own = paths::tools().join("bin").join(name);
        if own.is_file() { Some(own) } else { paths::on_path(name) }
    }

    /// The tool as a command at the workspace's root, with the arguments that cargo would give it.
    pub(crate) fn command(self) -> Result<Command> {
        let (name, _) = self.pinned();
        let file = self.find().with_context(|| format!("{name} is not there; run `cargo xtask setup`"))?;
        let mut command = Command::new(file);
        shell::forget_outer_cargo(&mut command);
        command.current_dir(paths::root()).arg(name.trim_start_matches("cargo-"));
        Ok(command)
    }
}

/// Installs the tool where neither the machine nor an earlier call has it.
pub(crate) fn ensure(tool: Tool) -> Result<()> {
    let (name, version) = tool.pinned();
    if let Some(found) = tool.find() {
        eprintln!("{name}: {}.", found.display());
        return Ok(());
    }
    eprintln!("{name}: building {version} into {} (some minutes, once).", paths::tools().display());
    let mut command = shell::cargo();
    command.args(["install", name, "--version", version, "--locked", "--root"]).arg(paths::tools());
    // A tool that runs for seconds need not be optimised for minutes.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
    command.env("CARGO_TARGET_DIR", paths::root().join("target/tools-build"));
    shell::run(&mut command).with_context(|| {
        format!("{name} could not be built; by hand: cargo install {name} --version {version} --locked")
    })
}
