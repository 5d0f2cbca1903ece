//! The same answers give the same output and the same fuel, in whatever order the network delivers them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::sync::Arc;

use common::{World, misbehaving, misdeed};
use harness_engine::Limits;

const FAN: &str = r#"{"misbehave":"sends-in-parallel"}"#;

/// Twenty delays in an order that `seed` decides.
fn shuffled(seed: u64) -> Vec<u64> {
    let mut delays: Vec<u64> = (0..20).map(|n| n * 3).collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for at in (1..delays.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        delays.swap(at, usize::try_from(state % (at as u64 + 1)).unwrap());
    }
    delays
}

#[tokio::test(start_paused = true)]
async fn a_fan_of_twenty_sends_gives_one_output_and_one_fuel_under_shuffled_delays() {
    let plugin = misbehaving(true).await;
    let mut seen = std::collections::BTreeSet::new();
    for seed in 1..=8 {
        let world = Arc::new(World { delays: shuffled(seed), ..World::default() });
        let (told, usage) = misdeed(&plugin, FAN, &world, Limits::default()).await;
        let told = told.unwrap();
        assert_eq!(told.len(), 20);
        seen.insert((told, usage.fuel));
    }
    assert_eq!(seen.len(), 1, "{} different outcomes", seen.len());
}

#[tokio::test]
async fn twenty_sends_are_under_way_at_once() {
    let plugin = misbehaving(false).await;
    let world = Arc::new(World { gate: Some(Arc::new(tokio::sync::Barrier::new(20))), ..World::default() });
    // Were they sent one after the other, the first would wait for the second until the wall limit.
    assert_eq!(misdeed(&plugin, FAN, &world, Limits::default()).await.0.unwrap().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn answers_come_in_the_order_of_sending() {
    let plugin = misbehaving(false).await;
    let world = Arc::new(World { delays: (0..20).rev().map(|n| n * 5).collect(), ..World::default() });
    let told = misdeed(&plugin, FAN, &world, Limits::default()).await.0.unwrap();
    let numbers: Vec<u32> = told.iter().map(|line| line.split(':').next().unwrap().parse().unwrap()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
}

#[tokio::test]
async fn the_engine_with_fuel_and_the_one_without_give_equal_output() {
    let mut outputs = Vec::new();
    for fuel in [false, true] {
        let plugin = misbehaving(fuel).await;
        let (told, usage) = misdeed(&plugin, FAN, &Arc::default(), Limits::default()).await;
        assert_eq!(usage.fuel.is_some(), fuel);
        outputs.push(told.unwrap());
    }
    assert_eq!(outputs.first(), outputs.last());
}

#[tokio::test]
async fn an_instance_remembers_nothing_of_the_one_before() {
    let plugin = misbehaving(false).await;
    let mut told = Vec::new();
    for _ in 0..2 {
        // A store of its own each time: what is counted can only come from the instance.
        told.push(misdeed(&plugin, r#"{"misbehave":"count"}"#, &Arc::default(), Limits::default()).await.0.unwrap());
    }
    assert_eq!(told.first(), told.last());
}
