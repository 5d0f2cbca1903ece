//! Chaos can fail: with a bug put into the host, a history diverges.
// A world carried through a history is one deep future.
#![recursion_limit = "256"]

use harness_capability::sabotage::{Sabotage, ask};
use histories::generate;
use histories::run::run;

const EVENTS: u32 = 300;
const PERCENT: u32 = 10;

/// In so many histories the bug has to show.
const SEEDS: u64 = 8;

/// One test, since a bug is asked for in all of a process.
#[test]
fn a_call_that_is_sent_twice_and_a_commit_that_is_dropped_make_chaos_diverge() {
    for bug in [Sabotage::DoubledWrite, Sabotage::DroppedCommit] {
        ask(Some(bug));
        let found = (1..=SEEDS).find_map(|seed| {
            let complaints = run(&generate::chaos(seed, EVENTS, PERCENT)).complaints;
            complaints.first().map(|first| format!("seed {seed}: {first}"))
        });
        ask(None);
        println!("{bug:?}: {found:?}");
        assert!(found.is_some(), "{bug:?} was put in, and {SEEDS} histories converged");
    }
}
