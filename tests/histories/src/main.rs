//! `histories`: runs random histories, or kept ones, and shortens those that do not hold.
// A world carried through a history is one deep future.
#![recursion_limit = "256"]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use clap::Parser;
use histories::generate;
use histories::history::History;
use histories::run::run;
use histories::several::several;
use histories::shrink::shorten;

/// Runs random histories against the real component, the real host and the real simulator.
#[derive(Debug, Parser)]
struct Arguments {
    /// Kept histories to run, in place of random ones.
    files: Vec<PathBuf>,
    /// Seed of the first history.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many histories, of this seed and the ones after it.
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// Events of a history.
    #[arg(long, default_value_t = 60)]
    events: u32,
    /// How often a history that does not hold is tried without some of its events.
    #[arg(long, default_value_t = 150)]
    shrink: usize,
    /// Show the host's log of what does not hold.
    #[arg(short, long)]
    verbose: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let histories = match arguments.files.is_empty() {
        true => (arguments.seed..arguments.seed + arguments.count)
            .map(|seed| generate::history(seed, arguments.events))
            .collect(),
        false => arguments.files.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?,
    };
    let (failed, saying) = (AtomicU64::new(0), Mutex::new(()));
    several(&histories, |history, outcome| {
        if outcome.complaints.is_empty() {
            return;
        }
        failed.fetch_add(1, Ordering::Relaxed);
        let short = shorten(history, outcome, arguments.shrink);
        let shown = run(&short);
        let _one_at_a_time = saying.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{}:\n  {}", history.command(history.events.len()), outcome.complaints.join("\n  "));
        println!("shortened to {} events:\n  {}\n{short}", short.events.len(), shown.complaints.join("\n  "));
        if arguments.verbose {
            println!("{}", shown.log);
        }
    });
    let failed = failed.into_inner();
    println!("{} histories, {failed} do not hold", histories.len());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn read(file: &PathBuf) -> anyhow::Result<History> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}
