//! The project's own programs: built together, so that they share what they are compiled from, then called by path.

use std::process::Command;

use anyhow::Result;

use crate::{commands, paths, shell};

/// Packages that only make sense in the sandbox; everything else is built and tested for this machine.
pub(crate) const GUEST_ONLY: [&str; 5] =
    ["linnworks-component", "minimal-connector", "misbehaving-connector", "older-connector", "two-flow-connector"];

/// Does the set-up, builds components and programs, and calls `program` with `arguments`.
pub(crate) fn call(program: &str, arguments: &[String]) -> Result<()> {
    commands::build::run()?;
    build()?;
    run(program, arguments)
}

/// Builds every program of the workspace. Tests switch on features of dependencies that programs alone do not; naming one test
/// makes the same choice, so that nothing is compiled again for the tests, before or after.
pub(crate) fn build() -> Result<()> {
    let mut command = shell::cargo();
    command.args(["build", "--release", "--bins", "--test", "frozen"]);
    shell::run(for_this_machine(&mut command))
}

/// Builds the native twin of the connector that the benchmarks compare the sandbox with: the same profile as the guest.
pub(crate) fn build_native_baseline() -> Result<()> {
    let mut command = shell::cargo();
    command.args(["build", "--profile", "guest", "--package", "native-baseline", "--target-dir"]);
    command.arg(paths::target().join("native"));
    shell::run(&mut command)
}

/// Calls a program that [`build`] has built.
pub(crate) fn run(program: &str, arguments: &[String]) -> Result<()> {
    shell::run(&mut command(program, arguments))
}

/// A built program as a command at the workspace's root.
pub(crate) fn command(program: &str, arguments: &[String]) -> Command {
    let mut command = Command::new(paths::target().join("release").join(program));
    shell::forget_outer_cargo(&mut command);
    command.args(arguments).current_dir(paths::root());
    command
}

/// Adds the choice of packages that every build for this machine makes. One choice, because another would choose other
/// features of the dependencies and compile them anew.
pub(crate) fn for_this_machine(command: &mut Command) -> &mut Command {
    command.arg("--workspace");
    for package in GUEST_ONLY {
        command.args(["--exclude", package]);
    }
    command
}
