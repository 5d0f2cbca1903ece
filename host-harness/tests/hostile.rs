//! Connectors that break their contract are stopped, named, and hold up nothing that is not their fault.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::{Host, Stub, host};
use harness_contract::types::Mode;
use harness_wms::{Connection, ImportCommit, NewOrder, NewOrderLine, NewProduct, RunMode, RunState};
use host_harness::config::{Config, Runs};
use host_harness::flow::FlowError;
use host_harness::flow::import_orders::{self, FLOW, Report, Scope};
use host_harness::flow::run::Ran;
use serde_json::{Value, json};

/// A host whose connection commits one misdeed.
async fn misbehaving(misdeed: Value) -> Host {
    let stub = Stub::start(None).await;
    let config = Config { runs: Runs { pages: 5, candidates: 20 }, ..Config::default() };
    let host = host("misbehaving", "misbehaving.example", &stub, misdeed, config).await;
    let product = NewProduct { sku: "TEE".into(), name: "Tee".into(), ..Default::default() };
    host.platform.store.add_products(host.connection.client_id, &[product], 0).await.unwrap();
    host
}

/// The connection as it is stored now.
async fn stored(host: &Host) -> Connection {
    host.platform.store.connection_by_id(host.connection.id).await.unwrap()
}

async fn run(host: &Host) -> Result<Ran<Report>, FlowError> {
    import_orders::run(&host.platform, &stored(host).await, Mode::Apply, Scope::New).await
}

/// Orders in the warehouse whose mark is pending.
async fn pending(host: &Host, ids: &[&str]) {
    let (store, now) = (&host.platform.store, host.platform.now());
    let connection = stored(host).await;
    let account = store.account("misbehaving", &connection.name, now).await.unwrap().id;
    let run = store.begin_run(connection.id, FLOW, RunMode::Apply, "test", now, now).await.unwrap();
    let ready = ids.iter().map(|id| NewOrder {
        id: (*id).into(),
        order_number: (*id).into(),
        channel: "Shop".into(),
        acknowledge: true,
        lines: vec![NewOrderLine { sku: "TEE".into(), quantity: 1, ..Default::default() }],
        ..Default::default()
    });
    let commit = ImportCommit {
        run: run.id,
        fence: run.fence,
        connection: connection.id,
        account,
        now,
        ready: ready.collect(),
        ..Default::default()
    };
    assert_eq!(store.commit_import(&commit).await.unwrap().created(), ids.len());
}

#[tokio::test]
async fn a_list_without_end_ends_the_run_at_its_limit_of_pages() {
    let host = misbehaving(json!({ "misbehave": "pages-without-end" })).await;
    let error = run(&host).await.unwrap_err();
    assert!(matches!(error, FlowError::TooMuch { what: "pages", limit: 5 }), "{error}");
    let problems = host.platform.store.problems(None, false).await.unwrap();
    assert_eq!(problems[0].problem.code, "run.connector-ended");
    assert!(problems[0].problem.message.contains("runs.pages"), "{problems:?}");
}

#[tokio::test]
async fn a_list_of_too_many_candidates_ends_the_run_at_its_limit() {
    let host = misbehaving(json!({ "misbehave": "pages-without-end", "times": 15 })).await;
    let error = run(&host).await.unwrap_err();
    assert!(matches!(error, FlowError::TooMuch { what: "candidates", limit: 20 }), "{error}");
}

#[tokio::test]
async fn an_id_that_is_as_long_as_a_book_is_refused() {
    let host = misbehaving(json!({ "misbehave": "huge-result", "size": 5_000 })).await;
    let error = run(&host).await.unwrap_err();
    assert!(matches!(error, FlowError::Breach(_)) && error.to_string().contains("5000 bytes"), "{error}");
}

#[tokio::test]
async fn an_order_that_the_connector_traps_on_stays_out_alone() {
    let host = misbehaving(json!({ "misbehave": "panic", "in": "fetch", "only": "2" })).await;
    let report = run(&host).await.unwrap();
    assert_eq!((report.state, report.report.absent), (RunState::DoneWithProblems, 2), "{report:?}");
    assert_eq!((report.report.skipped["connector-failed"], report.report.needs_attention), (1, 1));
    let problems = host.platform.store.problems(None, false).await.unwrap();
    assert_eq!((problems.len(), problems[0].subject.as_str()), (1, "2"));
    let next = run(&host).await.unwrap();
    assert_eq!((next.state, next.report.fetched), (RunState::Done, 2), "it is left alone for a while: {next:?}");
}

#[tokio::test]
async fn a_connector_that_traps_on_every_order_fails_the_run_and_no_order_is_blamed() {
    let host = misbehaving(json!({ "misbehave": "panic", "in": "fetch" })).await;
    let error = run(&host).await.unwrap_err();
    assert!(matches!(error, FlowError::Ended(_)), "{error}");
    let problems = host.platform.store.problems(None, false).await.unwrap();
    assert_eq!(problems.iter().map(|problem| problem.subject.as_str()).collect::<Vec<_>>(), ["run"]);
}

#[tokio::test]
async fn orders_that_fetch_gives_no_result_for_are_not_passed_over_in_silence() {
    let host = misbehaving(json!({ "misbehave": "no-results", "in": "fetch" })).await;
    let report = run(&host).await.unwrap();
    assert_eq!((report.report.skipped["connector-failed"], report.report.absent), (3, 0), "{report:?}");
    assert_eq!(host.platform.store.problems(None, false).await.unwrap().len(), 3);
}

#[tokio::test]
async fn acknowledging_ids_that_nobody_gave_ends_the_run_and_settles_nothing() {
    let host = misbehaving(json!({ "misbehave": "acknowledge-strangers" })).await;
    pending(&host, &["A", "B"]).await;
    let report = run(&host).await.unwrap();
    assert_eq!((report.report.acknowledged, report.report.unacknowledged), (0, 2), "{report:?}");
    let store = &host.platform.store;
    let connection = stored(&host).await;
    let later = host.platform.now() + 600_000;
    assert_eq!(store.pending_acknowledgements(connection.id, later, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_run_that_cannot_begin_is_told_of_and_leaves_no_lease_behind() {
    let host = misbehaving(json!({ "misbehave": "" })).await;
    let store = &host.platform.store;
    let mut connection = stored(&host).await;
    connection.sealed_secrets = Some(b"sealed with another key".to_vec());
    store.update_connection(&connection, 0).await.unwrap();
    let error = run(&host).await.unwrap_err();
    let problems = store.problems(None, false).await.unwrap();
    assert_eq!((problems.len(), problems[0].problem.code.as_str()), (1, "run.host-failed"), "{error}");
    assert_eq!(store.runs(None, 10).await.unwrap()[0].state, RunState::Failed);
    let again = run(&host).await.unwrap_err();
    assert!(!again.to_string().contains("is being run"), "{again}");
}
