//! `cargo xtask test`: every test there is.

use std::io::{BufRead, BufReader, IsTerminal};
use std::process::Stdio;

use anyhow::{Context, Result};

use super::setup;
use crate::programs::for_this_machine;
use crate::report::Report;
use crate::skips::Skips;
use crate::tools::{self, Tool};
use crate::{commands, shell};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut report = Report::default();
    let ready = report.step("set-up", || {
        setup::run(&setup::Options { ci: false })?;
        tools::ensure(Tool::Nextest)
    }) && report.step("components", commands::build::components);
    let mut summary = None;
    let skips = Skips::none_yet(&[])?;
    if ready {
        report.step("compile", compile);
        report.step("tests", || nextest(arguments, &mut summary, &skips));
        report.step("doctests", doctests);
    }
    skips.print()?;
    report.print();
    if let Some(summary) = summary {
        eprintln!("{summary}");
    }
    report.result()
}

/// Compiles the tests without running them, so that the table tells both times apart.
pub(crate) fn compile() -> Result<()> {
    let mut command = Tool::Nextest.command()?;
    shell::run(for_this_machine(command.args(["run", "--no-run", "--release"])))
}

/// Runs the tests; `summary` becomes nextest's own last words when they can be heard.
pub(crate) fn nextest(arguments: &[String], summary: &mut Option<String>, skips: &Skips) -> Result<()> {
    let mut command = Tool::Nextest.command()?;
    skips.hand_to(&mut command);
    for_this_machine(command.args(["run", "--release", "--no-fail-fast"])).args(arguments);
    if std::io::stderr().is_terminal() {
        // A person sees the progress bar, and the summary right above the table.
        return shell::run(&mut command);
    }
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start: {}", shell::line(&command)))?;
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines() {
            let line = line.context("nextest's output is not text")?;
            if line.trim_start().starts_with("Summary") {
                *summary = Some(line.clone());
            }
            eprintln!("{line}");
        }
    }
    let status = child.wait().context("nextest vanished")?;
    shell::judge(&command, status)
}

/// Nextest does not run doctests; cargo does.
pub(crate) fn doctests() -> Result<()> {
    let mut command = shell::cargo();
    shell::run(for_this_machine(command.args(["test", "--doc", "--release"])))
}
