//! A connector that misbehaves, as the plugin of a connection: what the configuration allows is what the host lets it do.
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

use common::{Host, Stub, host};
use harness_contract::types::Mode;
use harness_engine::{Ended, Limit, Limits};
use harness_wms::RunState;
use host_harness::config::Config;
use host_harness::flow::FlowError;
use host_harness::flow::import_orders::{self, FLOW, Report, Scope};
use host_harness::flow::run::Ran;
use serde_json::{Value, json};

/// A host whose connection commits one misdeed in `fetch`, where three orders are under way.
async fn misbehaving(stub: &Stub, limits: Limits, mut settings: Value) -> Host {
    settings["in"] = "fetch".into();
    host("misbehaving", "misbehaving.example", stub, settings, Config { limits, ..Config::default() }).await
}

async fn run(host: &Host, mode: Mode) -> Result<Ran<Report>, FlowError> {
    import_orders::run(&host.platform, &host.connection, mode, Scope::New).await
}

/// What the connector told, in a run that went through.
async fn told(host: &Host, mode: Mode) -> Vec<String> {
    let report = run(host, mode).await.unwrap();
    assert_eq!((report.report.orders.len(), report.report.imported), (3, 0), "{report:?}");
    report.report.orders[0].because.iter().map(|line| line.strip_prefix("told: ").unwrap().to_owned()).collect()
}

/// Each limit, by its key in the configuration, with a value that is soon reached and the misdeed that goes over it.
fn over_each_limit() -> Vec<(&'static str, Value, Limit, Value)> {
    vec![
        ("memory_bytes", json!(16 << 20), Limit::Memory, json!({"misbehave": "memory-bomb"})),
        // The functions that any connector refers to are more.
        ("table_elements", json!(10), Limit::TableElements, json!({})),
        ("cpu_ms", json!(300), Limit::CpuTime, json!({"misbehave": "endless-loop"})),
        ("wall_ms", json!(300), Limit::WallTime, json!({"misbehave": "send"})),
        ("host_call_bytes", json!(1 << 20), Limit::HostCallBytes, json!({"misbehave": "huge-string-to-log"})),
        ("host_table_entries", json!(100), Limit::HostTableEntries, json!({"misbehave": "handle-bomb"})),
        ("http_calls", json!(50), Limit::HttpCalls, json!({"misbehave": "http-flood"})),
        ("http_bytes", json!(100_000), Limit::HttpBytes, json!({"misbehave": "http-flood"})),
        ("host_calls", json!(500), Limit::HostCalls, json!({"misbehave": "progress-flood"})),
        ("log_bytes", json!(10_000), Limit::LogBytes, json!({"misbehave": "log-flood", "size": 1_000})),
    ]
}

#[tokio::test]
async fn each_limit_of_the_configuration_ends_the_run_with_its_name() {
    for (key, value, limit, settings) in over_each_limit() {
        let mut limits = json!({});
        limits[key] = value;
        // Only time shall run out here: this source never answers.
        let body = (limit != Limit::WallTime).then(|| "x".repeat(10_000));
        let stub = Stub::start(body).await;
        let host = misbehaving(&stub, serde_json::from_value(limits).unwrap(), settings).await;
        let error = run(&host, Mode::Apply).await.map(drop).unwrap_err();
        assert!(matches!(&error, FlowError::Ended(Ended::Limit(found)) if *found == limit), "{key}: {error}");
        let store = &host.platform.store;
        assert_eq!(store.runs(None, 1).await.unwrap()[0].state, RunState::Failed, "{key}");
        let problems = store.problems(None, false).await.unwrap();
        assert!(problems[0].problem.message.contains(&limit.to_string()), "{key}: {}", problems[0].problem.message);
        match limit {
            // Each invocation of the run: the batch, and its halves down to single orders.
            Limit::HttpCalls => assert_eq!(stub.asked().len() % 50, 0),
            // Ten answers just fit; the next one goes over, and nothing is sent after it.
            Limit::HttpBytes => assert_eq!(stub.asked().len() % 11, 0),
            _ => {}
        }
    }
}

#[test]
fn every_limit_of_the_configuration_has_its_misdeed() {
    let every = serde_json::to_value(Limits::default()).unwrap();
    let tested: BTreeSet<&str> = over_each_limit().iter().map(|row| row.0).collect();
    let untested: Vec<&String> =
        every.as_object().unwrap().keys().filter(|key| !tested.contains(key.as_str())).collect();
    // Going over this one is an answer to the connector, see the next test.
    assert_eq!(untested, ["storage_bytes"]);
}

#[tokio::test]
async fn a_flood_of_storage_is_answered_with_the_quota_and_what_fitted_is_kept() {
    let stub = Stub::start(Some(String::new())).await;
    let limits = Limits { storage_bytes: 1 << 20, ..Limits::default() };
    let host = misbehaving(&stub, limits, json!({"misbehave": "storage-flood"})).await;
    let told = told(&host, Mode::Apply).await;
    // A value of 64 KiB and the key beside it: fifteen fit into a mebibyte, sixteen do not.
    assert_eq!(told[0], "15");
    assert!(told[1].contains("QuotaExceeded(1048576)"), "{told:?}");
    let kept = host.platform.store.storage_namespace(host.connection.id, FLOW, 1).await.unwrap();
    assert!((15 << 16..=1 << 20).contains(&kept.bytes), "{} bytes are kept", kept.bytes);
}

#[tokio::test]
async fn bad_keys_are_refused_one_by_one_and_nothing_is_kept() {
    let stub = Stub::start(Some(String::new())).await;
    let host = misbehaving(&stub, Limits::default(), json!({"misbehave": "storage-bad-key"})).await;
    let told = told(&host, Mode::Apply).await;
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|answer| answer.contains("InvalidKey")), "{told:?}");
    assert_eq!(host.platform.store.storage_namespace(host.connection.id, FLOW, 1).await.unwrap().bytes, 0);
}

#[tokio::test]
async fn an_operation_that_the_manifest_lacks_is_refused_and_reaches_nobody() {
    let stub = Stub::start(Some(String::new())).await;
    let host = misbehaving(&stub, Limits::default(), json!({"misbehave": "http-operation-not-in-table"})).await;
    let told = told(&host, Mode::Apply).await;
    assert!(told[0].starts_with("denied: ") && told[0].contains("not-in-table"), "{told:?}");
    assert_eq!(stub.asked(), [""; 0]);
}

#[tokio::test]
async fn a_write_in_a_dry_run_is_refused_and_reaches_nobody_while_a_real_run_sends_it() {
    let stub = Stub::start(Some(String::new())).await;
    let host = misbehaving(&stub, Limits::default(), json!({"misbehave": "write-in-plan"})).await;
    let dry = told(&host, Mode::Plan).await;
    assert!(dry[0].starts_with("denied: ") && dry[0].contains("plan"), "{dry:?}");
    assert_eq!(stub.asked(), [""; 0]);
    assert_eq!(told(&host, Mode::Apply).await, ["200 "]);
    assert_eq!(stub.asked(), ["POST /write"]);
}

#[tokio::test]
async fn a_connector_that_breaks_off_in_a_batch_leaves_nothing_of_it_in_the_warehouse() {
    let stub = Stub::start(Some(String::new())).await;
    let host = misbehaving(&stub, Limits::default(), json!({"misbehave": "trap-mid-batch"})).await;
    let error = run(&host, Mode::Apply).await.map(drop).unwrap_err();
    assert!(matches!(&error, FlowError::Ended(Ended::Trap(_))), "{error}");
    assert_eq!(stub.asked(), ["GET /read"; 5], "it broke off after its request, for the batch and for each part of it");
    let store = &host.platform.store;
    assert!(store.orders(None, None, 0, 10).await.unwrap().is_empty());
    let kept = store.storage_get(host.connection.id, FLOW, &["trace".into()]).await.unwrap();
    assert_eq!(kept, [None], "what it had staged is gone");
    let connection = store.connection("main").await.unwrap();
    let ids = ["1", "2", "3"].map(String::from);
    let account = connection.account_id.unwrap();
    let unknown = store.ledger_unknown(account, connection.client_id, &ids, host.platform.now()).await.unwrap();
    assert_eq!(unknown, ids, "the next run is offered all three again");
}

#[tokio::test]
async fn the_settings_that_a_connector_gets_hold_no_secret() {
    let stub = Stub::start(Some(String::new())).await;
    let settings = json!({"misbehave": "echo-settings", "secret": "open sesame"});
    let host = misbehaving(&stub, Limits::default(), settings).await;
    let settings: Value = serde_json::from_str(&told(&host, Mode::Apply).await[0]).unwrap();
    assert_eq!(settings["Warehouse"], "MAIN");
    assert!(!settings.to_string().contains("secret") && !settings.to_string().contains("sesame"), "{settings}");
}
