//! The sweep finds what it is there to find: with a deliberate bug in the host it reports, without it does not.
//!
//! A bug is put in for the whole process, so there is one test: what is swept beside it would have the bug, too.
// A world carried through a scenario is one deep future.
#![recursion_limit = "256"]

use harness_capability::sabotage::{self, Sabotage};
use sweep::crew;
use sweep::reference::Reference;
use sweep::sweep::{Swept, sweep, uninterrupted};

/// A bug, the flow in which it is looked for, and what is said of it.
const BUGS: [(Sabotage, &str, &str); 3] = [
    (Sabotage::DoubledWrite, "push-despatch", "blindly again, without a look in between: process"),
    (Sabotage::DoubledWrite, "export-returns", "blindly again, without a look in between: book"),
    (Sabotage::DroppedCommit, "import-orders", "source_order_id"),
];

fn told(swept: &Swept) -> String {
    swept.diverged.iter().map(|diverged| format!("{}: {}\n", diverged.place, diverged.what)).collect()
}

#[test]
fn a_doubled_write_and_a_dropped_commit_make_the_sweep_fail_and_nothing_else_does() {
    for (bug, flow, says) in BUGS {
        let reference = Reference::load(flow).unwrap();
        // What it has to come to is found out without the bug.
        let whole = uninterrupted(&reference).unwrap();
        let points = [2, 9, 17];
        let well = sweep(&reference, &whole, &points, crew::usual());
        assert_eq!((well.points, well.diverged.len()), (3, 0), "{}", told(&well));
        sabotage::ask(Some(bug));
        let ill = sweep(&reference, &whole, &points, crew::usual());
        sabotage::ask(None);
        assert!(ill.diverged.iter().any(|diverged| diverged.what.contains(says)), "{bug:?}: {}", told(&ill));
        assert_eq!(ill.diverged.len(), 3, "{bug:?} is found at each point: {}", told(&ill));
    }
}
