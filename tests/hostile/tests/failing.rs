//! The gallery can fail: a host that leaves a check out is found out, and so is an attack that breaks a promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what went wrong by failing")]

use std::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use harness_capability::sabotage::{self, Sabotage};
use harness_contract::types::Mode;
use hostile::attacks::{self, Act, Attack, Charge, NOTHING, ONCE};
use hostile::site::{Site, memory_bound};
use hostile::{processor, row};
use serde_json::json;

/// The memory of the process is measured, which is one, and the sabotage is for all of it.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What did not hold of an attack that is no connector's, but what a host with a fault would let happen.
fn broken_by(charge: Charge, act: Act) -> Vec<String> {
    let _alone = alone();
    row::carry_out(&Attack::charged("forged", "went-through", charge, act)).broken
}

/// A run of the hostile tenant that nothing is wrong with.
async fn sound_run(site: &Site) -> anyhow::Result<String> {
    let connection = site.attacker(json!({}), json!({})).await?;
    site.run(&connection, Mode::Apply).await?;
    Ok("went-through".into())
}

/// Nothing else than `why` is wrong.
fn assert_for_that_reason(broken: &[String], why: &str) {
    assert!(matches!(broken, [one] if one.contains(why)), "expected {why:?} alone: {broken:?}");
}

#[test]
fn a_host_that_skips_the_check_of_the_address_has_its_row_reported_as_broken() {
    let _alone = alone();
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
fn a_forged_attack_that_breaks_no_promise_holds() {
    let broken = broken_by(ONCE, |site| Box::pin(sound_run(site)));
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn an_attack_that_ends_otherwise_than_the_list_says_does_not_hold() {
    let broken = broken_by(ONCE, |site| {
        Box::pin(async {
            sound_run(site).await?;
            Ok("trap".into())
        })
    });
    assert_for_that_reason(&broken, "it ended with trap, not with went-through");
}

#[test]
fn a_host_that_takes_more_memory_than_is_allowed_does_not_hold() {
    let broken = broken_by(ONCE, |site| {
        Box::pin(async {
            let reason = sound_run(site).await?;
            // Not zero, or the memory would only be promised.
            drop(black_box(vec![1_u8; usize::try_from(memory_bound())? + (32 << 20)]));
            Ok(reason)
        })
    });
    assert_for_that_reason(&broken, "memory grew by");
}

#[test]
fn a_tenant_that_is_charged_too_little_or_nothing_or_for_nothing_does_not_hold() {
    let whole_second = Charge { cpu_us: 1_000_000, ..ONCE };
    let broken = broken_by(whole_second, |site| Box::pin(sound_run(site)));
    assert_for_that_reason(&broken, "it used 1000000 at least");
    let broken = broken_by(ONCE, |_| Box::pin(async { Ok("went-through".into()) }));
    assert_for_that_reason(&broken, "the tenant was not charged");
    let broken = broken_by(NOTHING, |site| Box::pin(sound_run(site)));
    assert_for_that_reason(&broken, "nothing was to be charged");
}

#[test]
fn a_host_in_which_an_attack_gives_no_turns_does_not_hold() {
    let broken = broken_by(ONCE, |site| {
        Box::pin(async {
            let reason = sound_run(site).await?;
            // Like a loop that takes its whole second at once.
            let end = processor::time()? + Duration::from_secs(1);
            while processor::time()? < end {}
            Ok(reason)
        })
    });
    assert_for_that_reason(&broken, "the neighbour stood still");
}

#[test]
fn every_attack_has_a_name_of_its_own() {
    let mut facts: Vec<&str> = attacks::all().iter().map(|attack| attack.fact).collect();
    let count = facts.len();
    facts.sort_unstable();
    facts.dedup();
    assert_eq!(facts.len(), count);
}
