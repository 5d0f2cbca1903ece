//! The gallery can fail: a host that leaves a check out is found out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what went wrong by failing")]

use harness_capability::sabotage::{self, Sabotage};
use hostile::{attacks, row};

#[test]
fn a_host_that_skips_the_check_of_the_address_has_its_row_reported_as_broken() {
    let all = attacks::all();
    let rebound = all.iter().find(|attack| attack.fact == attacks::REBOUND).expect("the row is in the list");
    let sound = row::carry_out(rebound);
    assert!(sound.holds(), "{:?}", sound.broken);
    sabotage::ask(Some(Sabotage::SkippedAddressCheck));
    let broken = row::carry_out(rebound);
    sabotage::ask(None);
    assert!(!broken.holds(), "{broken:?}");
    assert!(broken.broken.iter().any(|why| why.contains("got in")), "{:?}", broken.broken);
}

#[test]
fn every_attack_has_a_name_of_its_own() {
    let mut facts: Vec<&str> = attacks::all().iter().map(|attack| attack.fact).collect();
    let count = facts.len();
    facts.sort_unstable();
    facts.dedup();
    assert_eq!(facts.len(), count);
}
