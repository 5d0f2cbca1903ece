//! `chaos`: long random histories in which calls fail by chance all along, and the host dies; afterwards both sides agree.
// A world carried through a history is one deep future.
#![recursion_limit = "256"]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::Parser;
use comfy_table::{Table, presets};
use histories::generate;
use histories::history::History;
use histories::run::{Outcome, run};
use histories::several::several;
use histories::shrink::{beginning, shorten};
use serde_json::json;

/// Runs long random histories under faults against the real component, the real host and the real simulator.
#[derive(Debug, Parser)]
struct Arguments {
    /// Seed of the first history.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many histories, of this seed and the ones after it.
    #[arg(long, default_value_t = 10)]
    count: u64,
    /// Events of a history.
    #[arg(long, default_value_t = 400)]
    events: u32,
    /// Of a hundred calls, so many fail by chance, beside the faults among the events.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=50))]
    percent: u32,
    /// How often a history that diverges is tried without some of its events; 0 to show it as it is.
    #[arg(long, default_value_t = 150)]
    shrink: usize,
    /// Show the host's log of what diverges.
    #[arg(short, long)]
    verbose: bool,
    /// One JSON object on the last line.
    #[arg(long)]
    json: bool,
}

/// What is told of one history.
struct Line {
    seed: u64,
    events: usize,
    calls: usize,
    faults: BTreeMap<String, usize>,
    /// The command that repeats it, where it diverged.
    repeat: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let histories: Vec<History> = (arguments.seed..arguments.seed + arguments.count)
        .map(|seed| generate::chaos(seed, arguments.events, arguments.percent))
        .collect();
    let lines = Mutex::new(Vec::new());
    several(&histories, |history, outcome| {
        let diverged = !outcome.complaints.is_empty();
        let repeat = diverged.then(|| told(&arguments, history, outcome));
        let (seed, events, calls, faults) = (history.seed, history.events.len(), outcome.calls, outcome.faults.clone());
        lines.lock().unwrap_or_else(PoisonError::into_inner).push(Line { seed, events, calls, faults, repeat });
    });
    let mut lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
    lines.sort_by_key(|line| line.seed);
    println!("{}", table(&lines));
    let diverged: Vec<_> =
        lines.iter().filter_map(|line| Some(json!({ "seed": line.seed, "command": line.repeat.as_ref()? }))).collect();
    for line in lines.iter().filter_map(|line| line.repeat.as_ref()) {
        println!("diverged; to repeat: {line}");
    }
    if arguments.json {
        let sum = |of: fn(&Line) -> usize| lines.iter().map(of).sum::<usize>();
        println!(
            "{}",
            json!({
                "histories": lines.len(), "events": sum(|line| line.events), "calls": sum(|line| line.calls),
                "faults": sum(|line| line.faults.values().sum()), "diverged": diverged,
            })
        );
    }
    ExitCode::from(u8::from(!diverged.is_empty()))
}

/// Tells of a history that diverges, shortened. Gives the command that repeats it.
fn told(arguments: &Arguments, history: &History, outcome: &Outcome) -> String {
    let mut text = format!("seed {}:\n  {}\n", history.seed, outcome.complaints.join("\n  "));
    let mut events = history.events.len();
    let mut log = &outcome.log;
    let shown;
    if arguments.shrink > 0 {
        let first = beginning(history, outcome);
        events = first.events.len();
        let of_first = run(&first);
        if of_first.complaints.is_empty() {
            text.push_str("and holds when it is run again: what came first differs from run to run\n");
        } else {
            let short = shorten(&first, &of_first, arguments.shrink);
            shown = run(&short);
            log = &shown.log;
            let complaints = shown.complaints.join("\n  ");
            text.push_str(&format!("shortened to {} events:\n  {complaints}\n{short}\n", short.events.len()));
        }
    }
    if arguments.verbose {
        text.push_str(log);
    }
    println!("{text}");
    history.command(events)
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["SEED", "EVENTS", "CALLS", "FAULTS", "OF THEM", "RESULT"]);
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines {
        for (kind, count) in &line.faults {
            *all.entry(kind.clone()).or_default() += count;
        }
        let result = if line.repeat.is_some() { "DIVERGED" } else { "converged" };
        table.add_row([
            line.seed.to_string(),
            line.events.to_string(),
            line.calls.to_string(),
            line.faults.values().sum::<usize>().to_string(),
            by_kind(&line.faults, 3),
            result.to_owned(),
        ]);
    }
    let (events, calls) = (lines.iter().map(|line| line.events), lines.iter().map(|line| line.calls));
    table.add_row([
        "all".to_owned(),
        events.sum::<usize>().to_string(),
        calls.sum::<usize>().to_string(),
        all.values().sum::<usize>().to_string(),
        by_kind(&all, usize::MAX),
        String::new(),
    ]);
    table
}

/// The most frequent kinds, the first of them first.
fn by_kind(faults: &BTreeMap<String, usize>, most: usize) -> String {
    let mut kinds: Vec<_> = faults.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut lines = vec![String::new()];
    for (place, (kind, count)) in kinds.into_iter().take(most).enumerate() {
        let line = lines.last_mut();
        match line {
            Some(line) if place % 3 != 0 || place == 0 => {
                line.push_str(if line.is_empty() { "" } else { ", " });
                line.push_str(&format!("{count} {kind}"));
            }
            _ => lines.push(format!("{count} {kind}")),
        }
    }
    lines.join("\n")
}
