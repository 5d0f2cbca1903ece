//! `cargo xtask fuzz`: tries the targets of `tests/fuzz`, each for a while, beginning with the inputs that are kept.
//!
//! What is found lies below `target/fuzz`: new inputs in `corpus`, those that a target complains about in `artifacts`, what the fuzzer
//! said in `logs`. The tree is written to only when asked: `--seed-corpus` makes the first inputs anew, `--keep` takes over
//! what was found and adds to them.

mod prove;
mod target;

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use comfy_table::{CellAlignment, Table, presets};

use super::setup;
use crate::tools::{self, Tool};
use crate::{paths, programs, shell};
use target::{Target, Tried};

/// How many targets are tried at once: as many as the machines of continuous integration have cores.
const AT_ONCE: usize = 2;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long each target is tried
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
    /// What the fuzzer throws its dice by; another one each time when it is left out
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// Put a deliberate bug into each target and see that it complains about an input that is kept
    #[arg(long)]
    prove: bool,
    /// Make the inputs anew that every target begins with, from a simulator and the project's own files
    #[arg(long)]
    seed_corpus: bool,
    /// Afterwards keep those inputs that were found and reach something that no kept one does
    #[arg(long)]
    keep: bool,
    /// Which ones; all when none is named
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    setup::for_fuzzing()?;
    tools::ensure(Tool::Fuzz)?;
    if options.seed_corpus {
        programs::build()?;
        return programs::run("fuzz-seeds", &[kept().display().to_string()]);
    }
    build()?;
    let targets = chosen(&options.targets)?;
    if options.prove {
        return prove::all(&targets);
    }
    try_all(&targets, options.seconds, options.seed)?;
    if options.keep {
        targets.iter().try_for_each(Target::keep)?;
        eprintln!("Kept: see `git status tests/fuzz/corpus`.");
    }
    Ok(())
}

/// All targets, each with a deliberate bug in it.
pub(crate) fn prove() -> Result<()> {
    prove::all(&chosen(&[])?)
}

/// All targets, a minute each and by the same dice every time: what is found then came with the change that is judged.
pub(crate) fn for_a_minute() -> Result<()> {
    try_all(&chosen(&[])?, 60, Some(1))
}

/// Builds all targets with the fuzzer's instruments.
pub(crate) fn build() -> Result<()> {
    let mut command = Tool::Fuzz.command()?;
    // A sanitizer needs a nightly compiler, and this code has no `unsafe` that one could find fault with; coverage needs none.
    command.args(["build", "--fuzz-dir", "tests/fuzz", "--sanitizer", "none", "--target-dir"]).arg(folder());
    shell::run(&mut command).context("the fuzz targets could not be built")
}

/// Where everything of the fuzzers lies that is not kept.
fn folder() -> PathBuf {
    paths::target().join("fuzz")
}

/// Where the inputs lie that are kept.
fn kept() -> PathBuf {
    paths::root().join("tests/fuzz/corpus")
}

/// The targets with these names, all when there are none.
fn chosen(names: &[String]) -> Result<Vec<Target>> {
    let programs = paths::root().join("tests/fuzz/fuzz_targets");
    let mut all: Vec<String> = fs::read_dir(&programs)
        .with_context(|| format!("could not read {}", programs.display()))?
        .filter_map(|file| file.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    all.sort();
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        bail!("there is no fuzz target {unknown:?}; there are {}", all.join(", "));
    }
    Ok(all.into_iter().filter(|name| names.is_empty() || names.contains(name)).map(Target::new).collect())
}

/// Tries the targets, some at once, and prints what came of it.
fn try_all(targets: &[Target], seconds: u64, seed: Option<u32>) -> Result<()> {
    let waiting: Mutex<VecDeque<&Target>> = Mutex::new(targets.iter().collect());
    let tried: Mutex<Vec<Tried>> = Mutex::default();
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(target) = next() {
                        eprintln!("{}: {seconds} seconds.", target.name());
                        let one = target.attempt(seconds, seed)?;
                        tried.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(_) => bail!("a thread that tries targets panicked"),
        })
    })?;
    let mut tried = tried.into_inner().unwrap_or_else(PoisonError::into_inner);
    tried.sort_by(|one, other| one.name.cmp(&other.name));
    print(&tried);
    report(&tried)
}

fn print(tried: &[Tried]) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["target", "seconds", "runs", "coverage", "features", "inputs", "crashes"]);
    for one in tried {
        let numbers = [one.seconds, one.runs, one.coverage, one.features, one.inputs, one.crashes.len() as u64];
        table.add_row(std::iter::once(one.name.clone()).chain(numbers.iter().map(u64::to_string)));
    }
    for at in 1..=6 {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
}

/// Fails when a target has complained, with what repeats it.
fn report(tried: &[Tried]) -> Result<()> {
    for one in tried {
        for crash in &one.crashes {
            eprintln!("\n{} complains: {}\n  {}", one.name, crash.said, crash.again);
        }
    }
    let crashes: usize = tried.iter().map(|one| one.crashes.len()).sum();
    ensure!(crashes == 0, "{crashes} inputs at which a target complains; each command above repeats one");
    Ok(())
}
