//! From a history that does not hold to a shorter one that does not either.

use crate::faults::written_out;
use crate::history::History;
use crate::run::{Outcome, run};

/// Shortens a history that failed with `outcome` to one that fails for the same reason; runs it `most` times at most. What
/// struck by chance is written out first, so that single faults can be dropped, where it then still fails.
pub fn shorten(history: &History, outcome: &Outcome, most: usize) -> History {
    let fails = |shorter: &History| alike(outcome, &run(shorter));
    if history.chaos.is_some() {
        let written = written_out(history, &outcome.struck);
        if fails(&written) {
            return shrink(&written, most.saturating_sub(1), fails);
        }
    }
    shrink(history, most, fails)
}

/// The fewest of the first events with which a history fails for the same reason, found in few runs; all where it does not fail
/// again.
pub fn beginning(history: &History, outcome: &Outcome) -> History {
    let first = |events: usize| {
        let events = history.events.get(..events).unwrap_or_default().to_vec();
        History { events, ..history.clone() }
    };
    let (mut holds, mut fails) = (0, history.events.len());
    while fails - holds > 1 + fails / 16 {
        let middle = holds.midpoint(fails);
        if alike(outcome, &run(&first(middle))) {
            fails = middle;
        } else {
            holds = middle;
        }
    }
    first(fails)
}

/// Whether two histories fail for the same reason: by the words of the complaints, whatever orders they name.
fn alike(one: &Outcome, other: &Outcome) -> bool {
    let words = |outcome: &Outcome| -> Vec<String> {
        let plain = |text: &str| {
            text.split_whitespace()
                .map(|word| word.trim_matches([',', ':', ';']))
                .filter(|word| word.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '-')))
                .take(7)
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .join(" ")
        };
        outcome.complaints.iter().map(|complaint| plain(complaint)).collect()
    };
    let first = words(one);
    words(other).iter().any(|complaint| first.contains(complaint))
}

/// Drops events, ever smaller runs of them, as long as `fails` still says so of the rest; asks it `most` times at most.
pub fn shrink(history: &History, most: usize, mut fails: impl FnMut(&History) -> bool) -> History {
    let mut best = history.clone();
    let (mut asked, mut size) = (0, best.events.len().div_ceil(2));
    while size > 0 {
        let mut from = 0;
        let mut dropped = false;
        while from < best.events.len() {
            if asked == most {
                return best;
            }
            let mut shorter = best.clone();
            shorter.events.drain(from..(from + size).min(best.events.len()));
            asked += 1;
            if fails(&shorter) {
                best = shorter;
                dropped = true;
            } else {
                from += size;
            }
        }
        // Once more with single events: what one of them needed may be gone by now.
        size = if size == 1 && dropped { 1 } else { size / 2 };
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::history;

    #[test]
    fn what_the_failure_needs_stays_and_all_else_goes() {
        let whole = history(1, 60);
        let needs = |id: u32| move |history: &History| history.events.iter().any(|event| event.id == id);
        let short = shrink(&whole, 1_000, |history| needs(7)(history) && needs(41)(history));
        assert_eq!(short.events.iter().map(|event| event.id).collect::<Vec<_>>(), [7, 41]);
    }

    #[test]
    fn no_more_is_asked_than_allowed() {
        let mut asked = 0;
        shrink(&history(1, 60), 9, |_| {
            asked += 1;
            false
        });
        assert_eq!(asked, 9);
    }
}
