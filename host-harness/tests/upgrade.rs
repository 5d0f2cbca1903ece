//! A connection moves to a newer connector and back without losing anything, and one that cannot be moved stays visible.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

use std::path::{Path, PathBuf};

use harness_wms::Lifecycle;
use host_harness::config::Config;
use host_harness::connection;
use host_harness::platform::Platform;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};

fn component(name: &str) -> Vec<u8> {
    let workspace: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    let path = workspace.join("target/plugin").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing; run `cargo xtask build`", path.display()))
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// A platform with the older connector and one connection of version 1.
async fn older(folder: &Path) -> Platform {
    let platform = Platform::open(Config { data: folder.to_owned(), ..Config::default() }).await.unwrap();
    platform.plugins.add(&platform, &component("older"), None).await.unwrap();
    let client = platform.store.add_client("ACME", "Acme", 0).await.unwrap();
    platform.store.add_warehouse("MAIN", "Main", "Europe/London").await.unwrap();
    platform.store.add_channel(client.id, "Linnworks").await.unwrap();
    let settings = json!({
        "Client": "ACME", "Warehouse": "MAIN", "Channel": "Linnworks", "ApiToken": "33333333-3333-4333-8333-333333333333",
        "LocationId": "8E5D5960-9E3A-4C30-9C4E-9B45FB64B12A", "Prefix": "UNL-", "IgnoreParked": true,
    });
    connection::add(&platform, "acme", "linnworks", object(settings)).await.unwrap();
    platform
}

async fn digest(platform: &Platform, name: &str) -> String {
    platform.plugins.add(platform, &component(name), None).await.unwrap().0.digest
}

#[tokio::test]
async fn settings_of_version_1_become_settings_of_version_2_and_go_back_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let platform = older(folder.path()).await;
    let before = platform.store.connection("acme").await.unwrap();

    let newer = digest(&platform, "linnworks").await;
    let moved = connection::upgrade(&platform, "linnworks", &newer).await.unwrap();
    assert_eq!((moved[0].from_version, moved[0].to_version, &moved[0].problem), (1, 2, &None));
    let upgraded = platform.store.connection("acme").await.unwrap();
    assert_eq!(upgraded.settings["Location"], "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a");
    assert_eq!(
        (&upgraded.settings["OrderPrefix"], &upgraded.settings["IgnoreParkedOrders"]),
        (&json!("UNL-"), &json!(true))
    );
    assert_eq!(upgraded.plugin_digest.as_deref(), Some(newer.as_str()));
    let secrets = connection::open(&platform, &upgraded).unwrap();
    assert_eq!(secrets[0].1.expose_secret(), "33333333-3333-4333-8333-333333333333");

    let older = digest(&platform, "older").await;
    let back = connection::upgrade(&platform, "linnworks", &older).await.unwrap();
    assert_eq!(back[0].problem, None);
    assert_eq!(platform.store.connection("acme").await.unwrap().settings, before.settings);
}

#[tokio::test]
async fn a_rollback_that_would_lose_a_setting_leaves_the_connection_where_it_is_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let platform = older(folder.path()).await;
    let newer = digest(&platform, "linnworks").await;
    connection::upgrade(&platform, "linnworks", &newer).await.unwrap();
    let filter = object(json!({ "FolderFilter": { "Include": ["To 3PL"], "Exclude": [] } }));
    connection::edit(&platform, "acme", filter).await.unwrap();

    let older = digest(&platform, "older").await;
    let back = connection::upgrade(&platform, "linnworks", &older).await.unwrap();
    assert!(back[0].problem.as_deref().unwrap().contains("FolderFilter"), "{back:?}");
    let stayed = platform.store.connection("acme").await.unwrap();
    assert_eq!(stayed.plugin_digest.as_deref(), Some(newer.as_str()));
    assert_eq!(stayed.state, Lifecycle::NeedsAttention);
    assert_eq!(stayed.settings["FolderFilter"]["Include"], json!(["To 3PL"]));
}
