//! The fault matrix finds what it is there to find: with a deliberate bug in the host a square is wrong, without it is not.
//!
//! A bug is put in for the whole process, so this is a program of its own with one test.
// A world carried through a scenario is one deep future.
#![recursion_limit = "256"]

use harness_capability::sabotage::{self, Sabotage};
use sweep::crew;
use sweep::faults::{Kind, Lasts, Mark, Plan, Square};

#[test]
fn a_doubled_write_makes_a_square_wrong_that_converges_without() {
    // What it has to come to is found out without the bug; all on threads whose stack is deep enough.
    let plan = crew::each(&[()], 1, |()| Plan::make(&[Lasts::Once], false, crew::usual()));
    let plan = plan.into_iter().flatten().next().unwrap().unwrap();
    let endpoint = plan.endpoints.iter().position(|one| one.name == "ReturnsRefunds/CreateRMABooking").unwrap();
    let square = Square { endpoint, kind: Kind::CutOff, lasts: Lasts::Once };
    let strike = || crew::each(&[&square], 1, |square| plan.strike(square)).into_iter().flatten().next().unwrap();
    let well = strike();
    assert_eq!((well.mark, well.struck), (Mark::Converged, true), "{}", well.what);
    sabotage::ask(Some(Sabotage::DoubledWrite));
    let ill = strike();
    sabotage::ask(None);
    assert_eq!((ill.mark, ill.struck), (Mark::Wrong, true));
    assert!(ill.what.contains("blindly again, without a look in between: book"), "{}", ill.what);
}
