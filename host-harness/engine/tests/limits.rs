//! Each limit of an invocation, broken by a real component, ends that invocation with the reason by name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::cell::Cell;
use std::sync::Arc;

use common::{World, misbehaving, misdeed};
use harness_engine::{Ended, Limit, Limits, LoadError};

/// Limits small enough to be reached quickly, and far enough apart to be told apart.
fn small() -> Limits {
    Limits { cpu_ms: 300, wall_ms: 5_000, host_calls: 2_000, ..Limits::default() }
}

async fn ended_by(settings: &str, world: World, limits: Limits) -> Ended {
    let plugin = misbehaving(false).await;
    let (result, _) = misdeed(&plugin, settings, &Arc::new(world), limits).await;
    result.expect_err("the misdeed should have been stopped")
}

#[tokio::test]
async fn an_endless_loop_without_any_call_runs_out_of_cpu_time() {
    let plugin = misbehaving(false).await;
    let (result, usage) = misdeed(&plugin, r#"{"misbehave":"endless-loop"}"#, &Arc::default(), small()).await;
    assert_eq!(result.unwrap_err(), Ended::Limit(Limit::CpuTime));
    assert!((300_000..1_500_000).contains(&usage.cpu_us), "charged {} us for a limit of 300 ms", usage.cpu_us);
}

#[tokio::test]
async fn an_endless_loop_of_cheap_host_calls_runs_out_of_cpu_time_when_calls_are_plenty() {
    let limits = Limits { host_calls: u64::MAX, ..small() };
    assert_eq!(
        ended_by(r#"{"misbehave":"endless-loop-of-host-calls"}"#, World::default(), limits).await,
        Ended::Limit(Limit::CpuTime)
    );
}

#[tokio::test]
async fn a_flood_of_host_calls_runs_out_of_host_calls() {
    let limits = Limits { cpu_ms: 10_000, ..small() };
    assert_eq!(
        ended_by(r#"{"misbehave":"progress-flood"}"#, World::default(), limits).await,
        Ended::Limit(Limit::HostCalls)
    );
}

#[tokio::test]
async fn endless_yielding_runs_out_of_cpu_time() {
    assert_eq!(
        ended_by(r#"{"misbehave":"endless-yielding"}"#, World::default(), small()).await,
        Ended::Limit(Limit::CpuTime)
    );
}

#[tokio::test]
async fn recursion_without_end_runs_out_of_stack() {
    let limits = Limits { cpu_ms: 10_000, ..small() };
    assert_eq!(ended_by(r#"{"misbehave":"recursion"}"#, World::default(), limits).await, Ended::Limit(Limit::Stack));
}

#[tokio::test]
async fn a_memory_bomb_runs_out_of_memory_and_the_peak_stays_below_the_limit() {
    let plugin = misbehaving(false).await;
    let limits = Limits { cpu_ms: 10_000, memory_bytes: 16 << 20, ..small() };
    let (result, usage) = misdeed(&plugin, r#"{"misbehave":"memory-bomb"}"#, &Arc::default(), limits).await;
    assert_eq!(result.unwrap_err(), Ended::Limit(Limit::Memory));
    assert!(usage.memory_bytes <= 16 << 20, "{} bytes were given", usage.memory_bytes);
}

/// A connector of a text module whose `describe` adds to its table of functions for ever.
fn table_bomb() -> Vec<u8> {
    let context = "(param i32 i64 i32 i32 i32 i32 i32 i32)";
    let text = format!(
        r#"(module
            (memory (export "memory") 1)
            (table $functions 1 funcref)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "wms:connector/manifest@0.1.0#describe") (result i32)
                (loop $again (drop (table.grow $functions (ref.null func) (i32.const 1000))) (br $again))
                unreachable)
            (func (export "wms:connector/setup@0.1.0#check") {context} (result i32) unreachable)
            (func (export "wms:connector/setup@0.1.0#list-locations") {context} (result i32) unreachable)
            (func (export "wms:connector/setup@0.1.0#migrate") (param i32 i32 i32) (result i32) unreachable))"#
    );
    let mut module = wat::parse_str(text).unwrap();
    let mut contract = wit_parser::Resolve::default();
    let (package, _) = contract.push_dir(common::workspace().join("wit")).unwrap();
    let world = contract.select_world(&[package], Some("connector-base")).unwrap();
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &contract, world, encoding, false).unwrap();
    wit_component::ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

#[tokio::test]
async fn a_table_bomb_runs_out_of_table_elements() {
    let refused = common::engine(false).load(&table_bomb(), &common::cache(), None).await.err().unwrap();
    assert!(matches!(refused, LoadError::Describe(Ended::Limit(Limit::TableElements))), "{refused}");
}

#[tokio::test]
async fn a_huge_string_into_a_host_call_is_refused_before_the_host_allocates_it() {
    let limits = Limits { cpu_ms: 10_000, host_call_bytes: 1 << 20, ..small() };
    let world = Arc::new(World::default());
    let plugin = misbehaving(false).await;
    let (result, _) = misdeed(&plugin, r#"{"misbehave":"huge-string-to-log"}"#, &world, limits).await;
    assert_eq!(result.unwrap_err(), Ended::Limit(Limit::HostCallBytes));
    assert!(world.lines.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_huge_list_into_a_host_call_is_refused_before_the_host_allocates_it() {
    let limits = Limits { cpu_ms: 10_000, host_call_bytes: 1 << 20, ..small() };
    let ended = ended_by(r#"{"misbehave":"huge-list-to-storage"}"#, World::default(), limits).await;
    assert_eq!(ended, Ended::Limit(Limit::HostCallBytes));
}

#[tokio::test]
async fn a_huge_result_is_refused_like_a_huge_argument() {
    let limits = Limits { cpu_ms: 10_000, memory_bytes: 200 << 20, host_call_bytes: 1 << 20, ..small() };
    assert_eq!(
        ended_by(r#"{"misbehave":"huge-result"}"#, World::default(), limits).await,
        Ended::Limit(Limit::HostCallBytes)
    );
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_calls_at_once_run_out_of_host_table_entries() {
    let limits = Limits { cpu_ms: 10_000, host_calls: u64::MAX, ..small() };
    let world = World { delays: vec![3_600_000; 200_000], ..World::default() };
    assert_eq!(ended_by(r#"{"misbehave":"handle-bomb"}"#, world, limits).await, Ended::Limit(Limit::HostTableEntries));
}

#[tokio::test]
async fn a_flood_of_log_lines_runs_out_of_log_bytes() {
    let limits = Limits { cpu_ms: 10_000, ..small() };
    let world = World { log_limit: Some(256 << 10), ..World::default() };
    assert_eq!(ended_by(r#"{"misbehave":"log-flood"}"#, world, limits).await, Ended::Limit(Limit::LogBytes));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_an_answer_that_does_not_come_runs_out_of_wall_time_and_costs_no_cpu_time() {
    let plugin = misbehaving(false).await;
    let world = Arc::new(World { delays: vec![3_600_000], ..World::default() });
    let limits = Limits { wall_ms: 300, ..small() };
    let (result, usage) = misdeed(&plugin, r#"{"misbehave":"send"}"#, &world, limits).await;
    assert_eq!(result.unwrap_err(), Ended::Limit(Limit::WallTime));
    assert!(usage.cpu_us < 100_000, "charged {} us for waiting", usage.cpu_us);
}

#[tokio::test(start_paused = true)]
async fn waiting_with_nothing_under_way_ends_too() {
    let limits = Limits { wall_ms: 300, ..small() };
    let ended = ended_by(r#"{"misbehave":"wait-for-ever"}"#, World::default(), limits).await;
    assert!(matches!(ended, Ended::Limit(Limit::WallTime) | Ended::Trap(_)), "{ended:?}");
}

#[tokio::test]
async fn a_panic_is_logged_through_the_host_and_ends_as_a_trap() {
    let plugin = misbehaving(false).await;
    let world = Arc::new(World::default());
    let (result, _) = misdeed(&plugin, r#"{"misbehave":"panic"}"#, &world, small()).await;
    assert!(matches!(result.unwrap_err(), Ended::Trap(_)));
    assert_eq!(world.lines.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_neighbour_that_runs_beside_a_loop_gives_what_it_gives_alone() {
    let plugin = misbehaving(true).await;
    // One answer takes a while, so that the neighbour is not done before the loop has begun.
    let waits = || Arc::new(World { delays: vec![20], ..World::default() });
    let alone = misdeed(&plugin, r#"{"misbehave":"sends-in-parallel"}"#, &waits(), small()).await;
    let bad = Arc::default();
    let good = waits();
    let over = Cell::new(false);
    // The neighbour begins first. A loop that gave no turns would be over before the neighbour is.
    let ((beside, ended_within), looping) = tokio::join!(
        async {
            let beside = misdeed(&plugin, r#"{"misbehave":"sends-in-parallel"}"#, &good, small()).await;
            (beside, !over.get())
        },
        async {
            let looping = misdeed(&plugin, r#"{"misbehave":"endless-loop"}"#, &bad, small()).await;
            over.set(true);
            looping
        },
    );
    assert_eq!(looping.0.unwrap_err(), Ended::Limit(Limit::CpuTime));
    assert!(ended_within, "the neighbour had to wait until the loop was over");
    assert_eq!(beside.0.unwrap(), alone.0.unwrap());
    assert_eq!(beside.1.fuel, alone.1.fuel);
}
