//! Long histories converge while calls fail by chance all along and the host dies; `cargo xtask chaos` runs more of them.
// A world carried through a history is one deep future.
#![recursion_limit = "256"]

use histories::generate;
use histories::history::History;
use histories::run::{Outcome, run};
use histories::shrink::shorten;

const EVENTS: u32 = 300;
const PERCENT: u32 = 10;

/// How often a history that diverges is tried without some of its events.
const TRIES: usize = 60;

#[test]
fn long_histories_converge_while_one_call_in_ten_fails_and_the_host_dies() {
    let (mut calls, mut faults, mut crashes) = (0, 0, 0);
    // Other seeds than those that CI's step begins with.
    for seed in 1_001..=1_006 {
        let history = generate::chaos(seed, EVENTS, PERCENT);
        let outcome = run(&history);
        assert!(outcome.complaints.is_empty(), "{}", told(&history, &outcome));
        calls += outcome.calls;
        faults += outcome.struck.len();
        crashes += outcome.faults.get("crash").copied().unwrap_or_default();
    }
    // What strikes nobody proves nothing.
    let share = faults * 100 / calls;
    assert!((7..=13).contains(&share), "{faults} of {calls} calls failed by chance");
    assert!(crashes >= 20, "the host died {crashes} times");
}

#[test]
fn what_chance_does_to_a_history_is_the_same_again() {
    let history = generate::chaos(1_001, 150, PERCENT);
    let (one, other) = (run(&history), run(&history));
    assert_eq!((one.calls, one.faults), (other.calls, other.faults));
}

fn told(history: &History, outcome: &Outcome) -> String {
    let short = shorten(history, outcome, TRIES);
    format!(
        "{} diverges:\n{}\nshortened, to be kept in tests/histories/kept once it is mended:\n{}\n{short}",
        history.command(history.events.len()),
        outcome.complaints.join("\n"),
        run(&short).complaints.join("\n")
    )
}
