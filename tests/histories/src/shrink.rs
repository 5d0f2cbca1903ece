//! From a history that does not hold to a shorter one that does not either.

use crate::history::History;

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
