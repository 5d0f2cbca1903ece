//! The project's chores: `cargo xtask setup | build | demo | test | bench | scenario | histories | sweep | faults | coverage | reproduce | ci`.
//!
//! One file per command in [`commands`]. How the guest is built is decided in [`guest`] alone. Nothing here links the host:
//! programs of other crates are called as programs, so that this one compiles in seconds.

mod commands;
mod guest;
mod json_line;
mod paths;
mod programs;
mod report;
mod shell;
mod skips;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's chores; each does its own set-up first")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make this machine able to build everything; says what was found, taken or missing
    Setup(commands::setup::Options),
    /// Build the guests and make components of them, in target/plugin
    Build,
    /// Import orders through the sandboxed connector from a simulated Linnworks, and show what happened
    Demo(PassedOn),
    /// Run every test: nextest, then doctests; arguments go to nextest
    Test(PassedOn),
    /// Measure against the figures to reach
    Bench(PassedOn),
    /// Run scenario files
    Scenario(PassedOn),
    /// Run random histories: `--seed N`, `--count N`, or kept ones by their files
    Histories(PassedOn),
    /// Kill the host at every call and every commit of each flow, and compare what it comes to
    Sweep(PassedOn),
    /// Let every endpoint misbehave in every way, and show what comes of it
    Faults(PassedOn),
    /// Show which requirement is covered by which scenario
    Coverage(PassedOn),
    /// Build the connector in a second folder and compare: the digest must not depend on where it was built
    Reproduce,
    /// Everything that has to hold before a change is merged
    Ci,
}

/// Arguments that go unread to the program that is called, `--json` among them.
#[derive(clap::Args)]
struct PassedOn {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

/// Status for a thing that a person has to do first, as in the host's own commands.
const FAILED: u8 = 3;

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup(options) => commands::setup::run(&options),
        Command::Build => commands::build::run(),
        Command::Demo(passed) => commands::demo::run(&passed.arguments),
        Command::Test(passed) => commands::test::run(&passed.arguments),
        Command::Bench(passed) => commands::bench::run(&passed.arguments),
        Command::Scenario(passed) => commands::scenario::run(&passed.arguments),
        Command::Histories(passed) => commands::histories::run(&passed.arguments),
        Command::Sweep(passed) => commands::sweep::run(&passed.arguments),
        Command::Faults(passed) => commands::faults::run(&passed.arguments),
        Command::Coverage(passed) => commands::coverage::run(&passed.arguments),
        Command::Reproduce => commands::reproduce::run(),
        Command::Ci => commands::ci::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            match error.downcast_ref::<shell::Failed>() {
                Some(failed) => ExitCode::from(failed.status),
                None => ExitCode::from(FAILED),
            }
        }
    }
}
