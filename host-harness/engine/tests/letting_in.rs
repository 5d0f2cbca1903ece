//! What is let in, and what is not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::{cache, component, engine};
use harness_contract::review::FLOWS;
use harness_engine::{Cache, LoadError, Origin};

#[tokio::test]
async fn the_linnworks_connector_imports_only_what_the_contract_offers() {
    let plugin = engine(false).load(&component("linnworks"), &cache(), None).await.unwrap();
    for import in &plugin.inspection.imports {
        assert!(import.starts_with("wms:connector/") || import.starts_with("wasi:logging/"), "{import}");
    }
    assert_eq!(plugin.description.flows.len(), FLOWS.len(), "every flow there is");
}

#[tokio::test]
async fn a_connector_of_another_kind_is_let_in_by_the_same_contract() {
    let plugin = engine(false).load(&component("minimal"), &cache(), None).await.unwrap();
    assert_ne!(plugin.description.name, "linnworks");
}

#[tokio::test]
async fn a_component_that_asks_for_a_file_system_is_refused_by_name() {
    let wat = br#"(component (import "wasi:filesystem/types@0.2.0" (instance)))"#;
    let wasm = wat::parse_bytes(wat).unwrap();
    let refused = engine(false).load(&wasm, &cache(), None).await.err().unwrap();
    assert!(matches!(&refused, LoadError::Import(import) if import.starts_with("wasi:filesystem/types")), "{refused}");
}

#[tokio::test]
async fn a_component_without_a_manifest_is_refused() {
    let wasm = wat::parse_bytes(b"(component)").unwrap();
    let refused = engine(false).load(&wasm, &cache(), None).await.err().unwrap();
    assert!(matches!(refused, LoadError::Contract(_)), "{refused}");
}

#[tokio::test]
async fn a_core_module_is_no_component() {
    let wasm = wat::parse_bytes(b"(module)").unwrap();
    assert!(matches!(engine(false).load(&wasm, &cache(), None).await, Err(LoadError::Inspect(_))));
}

#[tokio::test]
async fn other_bytes_than_the_approved_ones_are_refused() {
    let refused = engine(false).load(&component("minimal"), &cache(), Some(&"0".repeat(64))).await.err().unwrap();
    assert!(matches!(refused, LoadError::Digest { .. }), "{refused}");
}

#[tokio::test]
async fn machine_code_is_loaded_from_the_cache_only_when_this_host_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, wasm) = (engine(false), component("minimal"));
    let ours = Cache::new(folder.path(), [1; 32]);
    assert_eq!(engine.load(&wasm, &ours, None).await.unwrap().origin, Origin::Compiled);
    assert_eq!(engine.load(&wasm, &ours, None).await.unwrap().origin, Origin::Cache);
    // Another host's key.
    let theirs = Cache::new(folder.path(), [2; 32]);
    assert_eq!(engine.load(&wasm, &theirs, None).await.unwrap().origin, Origin::Compiled);
    assert_eq!(engine.load(&wasm, &theirs, None).await.unwrap().origin, Origin::Cache);
    // One byte of the artifact changed.
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(engine.load(&wasm, &theirs, None).await.unwrap().origin, Origin::Compiled);
}
