//! What runs is what an operator let in, to the byte, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::{Host, Stub, component, host};
use harness_contract::inspect::digest;
use harness_contract::types::Mode;
use harness_engine::LoadError;
use harness_wms::Connection;
use host_harness::config::Config;
use host_harness::flow::FlowError;
use host_harness::flow::import_orders::{self, Scope};
use host_harness::platform::Platform;
use host_harness::schedule;
use serde_json::json;

async fn pinned() -> Host {
    let stub = Stub::start(Some(String::new())).await;
    host("misbehaving", "misbehaving.example", &stub, json!({}), Config::default()).await
}

fn file(platform: &Platform, digest: &str) -> PathBuf {
    platform.config.plugins().join(format!("{digest}.wasm"))
}

/// A sound component whose machine code lies in no cache: `minimal` with one more section that nobody reads.
fn disguised() -> Vec<u8> {
    let mut wasm = component("minimal");
    wasm.extend_from_slice(b"\x00\x06\x05other");
    wasm
}

async fn run(platform: &Platform) -> Result<(), FlowError> {
    let connection = platform.store.connection("main").await.unwrap();
    import_orders::run(platform, &connection, Mode::Apply, Scope::New).await.map(drop)
}

#[tokio::test]
async fn a_digest_that_the_operator_does_not_expect_is_refused_and_nothing_is_kept() {
    let host = pinned().await;
    let wasm = component("minimal");
    let expected = "0".repeat(64);
    let error = host.platform.plugins.add(&host.platform, &wasm, Some(&expected)).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(LoadError::Digest { .. })), "{error:#}");
    let said = error.to_string();
    assert!(said.contains(&expected) && said.contains(&digest(&wasm)), "{said}");
    assert_eq!(host.platform.store.plugins().await.unwrap().len(), 1);
    assert!(!file(&host.platform, &digest(&wasm)).exists());
}

#[tokio::test]
async fn a_file_that_was_changed_afterwards_is_refused_on_load_with_both_digests() {
    let host = pinned().await;
    let ours = digest(&component("misbehaving"));
    run(&host.platform).await.expect("as it was let in it runs");
    // A component that is sound, and not the one that was approved.
    let other = component("minimal");
    std::fs::write(file(&host.platform, &ours), &other).unwrap();
    run(&host.platform).await.expect("what is loaded is not read again");
    let platform = &host.restart().await.platform;
    let error = run(platform).await.unwrap_err();
    let FlowError::Host(inner) = &error else { panic!("{error}") };
    let Some(LoadError::Digest { pinned, found }) = inner.downcast_ref() else { panic!("{inner:#}") };
    assert_eq!((pinned, found), (&ours, &digest(&other)));
    assert!(error.to_string().contains(&ours) && error.to_string().contains(&digest(&other)), "{error}");
    let problems = platform.store.problems(None, false).await.unwrap();
    assert!(problems[0].problem.message.contains(&ours), "{problems:?}");
}

#[tokio::test]
async fn a_file_that_nobody_let_in_is_never_loaded_or_compiled() {
    let host = pinned().await;
    let platform = &host.platform;
    // One whose machine code lies in no cache, under its right name.
    let stranger = disguised();
    std::fs::write(file(platform, &digest(&stranger)), &stranger).unwrap();
    let compiled = platform.config.data.join("compiled");
    let artifacts =
        || -> BTreeSet<PathBuf> { std::fs::read_dir(&compiled).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let before = artifacts();
    let error = platform.plugins.by_digest(platform, &digest(&stranger)).await.err().unwrap().to_string();
    assert!(error.contains("was let in"), "{error}");
    run(platform).await.unwrap();
    // Nor for a connection that says it runs with it.
    let connection = platform.store.connection("main").await.unwrap();
    let misled = Connection { plugin_digest: Some(digest(&stranger)), ..connection };
    platform.store.update_connection(&misled, platform.now()).await.unwrap();
    let error = run(platform).await.unwrap_err().to_string();
    assert!(error.contains("was let in"), "{error}");
    schedule::turn(platform).await.unwrap();
    let added: Vec<PathBuf> = artifacts().difference(&before).cloned().collect();
    let of_it = |path: &PathBuf| path.to_string_lossy().contains(&digest(&stranger));
    assert!(!added.iter().any(of_it), "{added:?}");
}
