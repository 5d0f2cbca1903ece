//! A connection moves to a newer connector and back without losing anything, and one that cannot be moved stays visible.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::path::Path;

use common::{component, object};
use harness_wms::Lifecycle;
use host_harness::config::Config;
use host_harness::connection;
use host_harness::platform::Platform;
use secrecy::ExposeSecret as _;
use serde_json::json;

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

/// The connection with secrets that this host's key does not open.
async fn sealed_elsewhere(platform: &Platform, name: &str) {
    let mut connection = platform.store.connection(name).await.unwrap();
    connection.sealed_secrets = Some(vec![7; 80]);
    platform.store.update_connection(&connection, 0).await.unwrap();
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
    assert_eq!((moved[0].from_version, moved[0].to_version, &moved[0].problem), (Some(1), 2, &None));
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

#[tokio::test]
async fn connections_that_cannot_be_moved_are_told_and_hold_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let platform = older(folder.path()).await;
    let stored = platform.store.connection("acme").await.unwrap().settings;
    for name in ["unknown-version", "well"] {
        let mut settings = stored.as_object().cloned().unwrap();
        settings.insert("ApiToken".into(), json!("33333333-3333-4333-8333-333333333333"));
        settings.insert("Prefix".into(), json!(format!("{name}-")));
        connection::add(&platform, name, "linnworks", settings).await.unwrap();
    }
    sealed_elsewhere(&platform, "acme").await;
    let mut lost = platform.store.connection("unknown-version").await.unwrap();
    lost.plugin_digest = Some("0".repeat(64));
    platform.store.update_connection(&lost, 0).await.unwrap();

    let newer = digest(&platform, "linnworks").await;
    let moved = connection::upgrade(&platform, "linnworks", &newer).await.unwrap();
    let told: Vec<(&str, bool)> = moved.iter().map(|one| (one.connection.as_str(), one.problem.is_some())).collect();
    assert_eq!(told, [("acme", true), ("unknown-version", true), ("well", false)]);
    for (name, state, cause) in [
        ("acme", Lifecycle::NeedsAttention, Some("does not open")),
        ("unknown-version", Lifecycle::NeedsAttention, Some("was let in")),
        ("well", Lifecycle::Draft, None),
    ] {
        let stored = platform.store.connection(name).await.unwrap();
        assert_eq!(stored.state, state, "{name}");
        assert_eq!(stored.plugin_digest.as_deref() == Some(newer.as_str()), cause.is_none(), "{name}");
        let attention = stored.attention.unwrap_or_default();
        assert!(attention.contains(cause.unwrap_or_default()), "{name}: {attention}");
    }
}

#[tokio::test]
async fn secrets_that_do_not_open_are_replaced_by_entering_them_again_and_not_lost_over_another_edit() {
    let folder = tempfile::tempdir().unwrap();
    let platform = older(folder.path()).await;
    sealed_elsewhere(&platform, "acme").await;
    let error = connection::edit(&platform, "acme", object(json!({ "Prefix": "X-" }))).await.unwrap_err();
    assert!(format!("{error:#}").contains("enter every secret of it again"), "{error:#}");
    assert_eq!(platform.store.connection("acme").await.unwrap().sealed_secrets, Some(vec![7; 80]));

    let token = "44444444-4444-4444-8444-444444444444";
    connection::edit(&platform, "acme", object(json!({ "ApiToken": token }))).await.unwrap();
    let secrets = connection::open(&platform, &platform.store.connection("acme").await.unwrap()).unwrap();
    assert_eq!((secrets.len(), secrets[0].1.expose_secret()), (1, token));
}
