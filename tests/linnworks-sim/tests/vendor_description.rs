//! The simulator speaks the API that the vendor describes: every endpoint is called over HTTP with a plausible request,
//! and request, answer and limit per minute are judged by the vendor's description.
//!
//! `requests` holds the table, one row an endpoint.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as expected ends the test")]

#[path = "vendor_description/requests.rs"]
mod requests;
#[path = "vendor_description/returns.rs"]
mod returns;

use linnworks_sim::generate::{FULFILMENT_CENTRE, GenerateOptions, generate};
use linnworks_sim::state::{Account, Relation, Stamp, StockChange};
use linnworks_sim::{Config, SimHandle, SimOptions, Simulator, catalogue};
use requests::{Request, plausible};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vendor_spec::{Operation, VendorSpec, Violation};

const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";
const JSON: &str = "application/json; charset=utf-8";

/// Endpoints that clients use although the description lacks them, each with who uses it.
const NOT_DESCRIBED: [(&str, &str); 1] =
    [("Main/Ping", "the Square-Linnworks-Sync client keeps its session alive with it")];

fn spec() -> Option<VendorSpec> {
    VendorSpec::load().unwrap().or_skip()
}

/// A generated account with an order at the fulfilment centre, two processed ones, of which one is cancelled, and a
/// little history.
fn account() -> Account {
    let options = GenerateOptions { orders: 60, items: 40, clean: true, ..GenerateOptions::default() };
    let mut account = generate(&options);
    let ids: Vec<uuid::Uuid> = account.orders.iter().map(|order| order.order_id).collect();
    account.orders.update(ids[requests::AT_CENTRE], |order| {
        order.fulfilment_location_id = FULFILMENT_CENTRE;
        order.set_parked(true);
    });
    let processed = [(requests::PROCESSED, false), (requests::PROCESSED + 1, true), (requests::RETURNED, false)];
    for (place, cancelled) in processed {
        account.orders.update(ids[place], |order| {
            order.processed = true;
            order.processed_date_time = Some(Stamp(options.now));
            order.general_info.hold_or_cancel = cancelled;
        });
    }
    returns::seed(&mut account, Stamp(options.now));
    let item = account.items.iter().next().map(|item| item.stock_item_id).unwrap();
    let (first, second, now) = (ids[0], ids[1], Stamp(options.now));
    account.audit(first, now, "owner@example.test", "ORDER_CREATED", "Order created");
    let (parent_order_id, child_order_id) = (first, second);
    account.relations.push(Relation {
        parent_order_id,
        child_order_id,
        kind: "SPLIT".to_owned(),
        ..Relation::default()
    });
    let level = StockChange { stock_item_id: item, date: now, level: 5, change_qty: -1, ..StockChange::default() };
    account.stock_changes.push(level);
    requests::add_purchase_orders(&mut account);
    account
}

fn described<'a>(spec: &'a VendorSpec, path: &str) -> Option<&'a Operation> {
    spec.operations().iter().find(|operation| operation.path.eq_ignore_ascii_case(&format!("/api/{path}")))
}

fn is_described(path: &str) -> bool {
    NOT_DESCRIBED.iter().all(|(other, _)| *other != path)
}

fn listed(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("\n    {violation}")).collect()
}

async fn session(sim: &SimHandle, account: &Account) -> String {
    let application = &account.applications[0];
    let login = json!({ "ApplicationId": application.application_id,
        "ApplicationSecret": application.application_secret, "Token": application.token });
    let url = format!("{}/api/Auth/AuthorizeByApplication", sim.url());
    let answer = reqwest::Client::new().post(url).json(&login).send().await.unwrap();
    let session: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    session["Token"].as_str().unwrap().to_owned()
}

/// Sends one request of the table; returns what is wrong with it or its answer.
async fn judge(
    spec: &VendorSpec,
    sim: &SimHandle,
    token: &str,
    operation: &Operation,
    request: &Request,
) -> Vec<String> {
    let (query, content_type, body) = match request {
        Request::Query(parameters) => (encoded(parameters), None, String::new()),
        Request::Json(body) => (String::new(), Some(JSON), body.to_string()),
        Request::Form(fields) => (String::new(), Some(FORM), encoded(fields)),
    };
    let mut wrong = Vec::new();
    let path = &operation.path;
    let found = spec.check_request(&operation.method, path, &query, content_type, body.as_bytes());
    if !found.is_empty() {
        wrong.push(format!("request of {path}:{}", listed(&found)));
    }
    let method = reqwest::Method::from_bytes(operation.method.as_bytes()).unwrap();
    let mut call = reqwest::Client::new().request(method, format!("{}{path}?{query}", sim.url()));
    if let Some(content_type) = content_type {
        call = call.header("Content-Type", content_type).body(body);
    }
    let answer = call.header("Authorization", token).send().await.unwrap();
    let (status, body) = (answer.status().as_u16(), answer.bytes().await.unwrap());
    if !(200..300).contains(&status) {
        wrong.push(format!("{path} answers {status} {}", String::from_utf8_lossy(&body)));
        return wrong;
    }
    let found = spec.check_closed_response(&operation.method, path, status, &body);
    if !found.is_empty() {
        wrong.push(format!("answer {status} of {path}:{}", listed(&found)));
    }
    wrong
}

fn encoded(fields: &[(&str, String)]) -> String {
    let escape =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, text)| format!("{name}={}", escape(text))).collect::<Vec<_>>().join("&")
}

async fn judge_all(config: Config) {
    let Some(spec) = spec() else { return };
    let sim = Simulator::start(SimOptions { config, ..SimOptions::default() }).await.unwrap();
    let account = account();
    sim.with(|world| *world.account_mut() = account.clone());
    let token = session(&sim, &account).await;
    let mut wrong = Vec::new();
    for (path, _, _) in catalogue() {
        let Some(operation) = described(&spec, path) else { continue };
        for request in plausible(path, &account) {
            // A fresh account each time, so that no call depends on the one before it.
            sim.with(|world| *world.account_mut() = account.clone());
            wrong.extend(judge(&spec, &sim, &token, operation, &request).await);
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    sim.stop().await;
}

#[tokio::test]
async fn every_endpoint_speaks_as_described_with_nulls_left_out() {
    judge_all(Config { throttle: false, ..Config::default() }).await;
}

#[tokio::test]
async fn every_endpoint_speaks_as_described_with_nulls_written_and_noisy_money() {
    let null_mode = linnworks_sim::NullMode::Include;
    judge_all(Config { throttle: false, null_mode, float_noise: true, ..Config::default() }).await;
}

#[tokio::test]
async fn every_endpoint_takes_the_described_form_of_request_in_strict_mode() {
    judge_all(Config { throttle: false, strict: true, ..Config::default() }).await;
}

#[test]
fn every_endpoint_has_a_row_in_the_table() {
    let account = account();
    let missing: Vec<&str> = catalogue()
        .iter()
        .map(|row| row.0)
        .filter(|path| is_described(path) && plausible(path, &account).is_empty())
        .collect();
    assert!(missing.is_empty(), "add rows to vendor_description/requests.rs for {missing:?}");
}

#[test]
fn every_row_of_the_table_has_an_endpoint() {
    let known: BTreeSet<&str> = catalogue().iter().map(|row| row.0).collect();
    let idle: Vec<&str> =
        requests::PATHS.iter().chain(returns::PATHS).copied().filter(|path| !known.contains(path)).collect();
    assert!(idle.is_empty(), "the simulator has no endpoint for the rows {idle:?}");
}

#[test]
fn every_endpoint_is_described_or_has_a_reason() {
    let Some(spec) = spec() else { return };
    let known = |path: &str| described(&spec, path).is_some();
    let undescribed: Vec<&str> = catalogue().iter().map(|row| row.0).filter(|path| !known(path)).collect();
    let excused: Vec<&str> = NOT_DESCRIBED.iter().map(|(path, _)| *path).collect();
    assert_eq!(undescribed, excused);
}

#[test]
fn every_limit_per_minute_is_the_described_one() {
    let Some(spec) = spec() else { return };
    let mut wrong = Vec::new();
    for (path, limit, _) in catalogue() {
        let described = described(&spec, path).map(|operation| operation.rate_limit_per_minute);
        // What states no limit has the common one.
        if described.is_some_and(|stated| stated.unwrap_or(150) != limit) {
            wrong.push(format!("{path}: {limit} here, {described:?} described"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
