//! Random histories hold, in four parts that run beside one another; kept ones do, before all.
// A world carried through a history is one deep future.
#![recursion_limit = "256"]

use std::collections::BTreeMap;
use std::path::Path;

use histories::generate;
use histories::history::History;
use histories::run::{Outcome, run};
use histories::shrink::shorten;

/// Histories of each part, and events of each.
const PART: u64 = 50;
const EVENTS: u32 = 60;

/// A kind of event that was tried so often in a part has to have taken effect.
const OFTEN: usize = 30;

/// How often a history that does not hold is tried without some of its events.
const TRIES: usize = 60;

/// Whatever did not hold once, shortened.
#[test]
fn kept_histories_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kept");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")) {
        let history: History = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let complaints = run(&history).complaints;
        assert!(complaints.is_empty(), "{}:\n{}\n{history}", file.display(), complaints.join("\n"));
    }
}

#[test]
fn random_histories_hold_first_part() {
    part(1);
}

#[test]
fn random_histories_hold_second_part() {
    part(1 + PART);
}

#[test]
fn random_histories_hold_third_part() {
    part(1 + 2 * PART);
}

#[test]
fn random_histories_hold_fourth_part() {
    part(1 + 3 * PART);
}

fn part(first: u64) {
    let mut took: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for seed in first..first + PART {
        let history = generate::history(seed, EVENTS);
        let outcome = run(&history);
        assert!(outcome.complaints.is_empty(), "{}", told(&history, &outcome));
        for (kind, (tried, well)) in outcome.took {
            let sum = took.entry(kind).or_default();
            *sum = (sum.0 + tried, sum.1 + well);
        }
    }
    // What nobody ever lets happen proves nothing.
    println!("{took:?}");
    let idle: Vec<_> = took.iter().filter(|(_, (tried, well))| *tried >= OFTEN && *well == 0).collect();
    assert!(idle.is_empty(), "events that never take effect: {idle:?}");
}

fn told(history: &History, outcome: &Outcome) -> String {
    let short = shorten(history, outcome, TRIES);
    format!(
        "{} does not hold:\n{}\nshortened, to be kept in tests/histories/kept once it is mended:\n{}\n{short}",
        history.command(history.events.len()),
        outcome.complaints.join("\n"),
        run(&short).complaints.join("\n")
    )
}
