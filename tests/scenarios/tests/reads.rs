//! What the connector's own table of operations calls a read is one: a dry run lets it through.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

use harness_contract::manifest::{Base, Description, Effect, Method, Operation};
use harness_engine::{Cache, Engine, EngineOptions};
use linnworks_sim::generate::{GenerateOptions, generate};
use linnworks_sim::state::Order;
use linnworks_sim::{Config, SimHandle, SimOptions, Simulator};
use reqwest::Client;
use scenarios::places;
use serde_json::{Value, json};

const DEFAULT: &str = "00000000-0000-0000-0000-000000000000";

/// The manifest of the component that is built, as the host reads it.
async fn manifest() -> Description {
    let engine = Engine::new(EngineOptions { concurrent_invocations: 2, ..EngineOptions::default() }).unwrap();
    let wasm = std::fs::read(places::component("linnworks")).expect("build it with `cargo xtask build`");
    let cache = Cache::new(places::compiled(), [5; 32]);
    engine.load(&wasm, &cache, None).await.unwrap().description
}

/// Query and body of a plausible call of each operation.
fn plausible(name: &str, order: &Order) -> Option<(Vec<(&'static str, String)>, Value)> {
    let query = |fields: &[(&'static str, &str)]| {
        (fields.iter().map(|(name, text)| (*name, (*text).to_owned())).collect(), Value::Null)
    };
    let body = |body: Value| (Vec::new(), body);
    let (id, reference) = (order.order_id.to_string(), order.general_info.reference_num.as_str());
    Some(match name {
        "Orders/GetAllOpenOrders" => {
            body(json!({"filters": {}, "sorting": [], "fulfilmentCenter": DEFAULT, "additionalFilter": ""}))
        }
        "Orders/GetOpenOrders" => body(json!({"entriesPerPage": 200, "pageNumber": 1, "filters": {}, "sorting": [],
            "fulfilmentCenter": DEFAULT, "additionalFilter": ""})),
        "Orders/GetOrdersById" | "Orders/SetInvoicesPrinted" => body(json!({"pkOrderIds": [id], "orderIds": [id]})),
        "OpenOrders/GetViewStats" => body(json!({"request": {"LocationId": DEFAULT, "OnlyVisible": false}})),
        "OpenOrders/GetOpenOrderIds" => {
            body(json!({"ViewId": 1, "LocationId": DEFAULT, "EntriesPerPage": 100, "PageNumber": 1}))
        }
        "OpenOrders/SearchOrders" => {
            body(json!({"LocationId": DEFAULT, "SearchTerm": reference, "IncludeProcessed": true}))
        }
        "Orders/GetOrderDetailsByNumOrderId" => query(&[("OrderId", &order.num_order_id.to_string())]),
        "Orders/GetOrderDetailsByReferenceId" => query(&[("ReferenceId", reference)]),
        "Orders/GetOrderRelations" => query(&[("orderId", &id)]),
        "Stock/GetStockItems" => query(&[
            ("keyWord", ""),
            ("locationId", DEFAULT),
            ("entriesPerPage", "50"),
            ("pageNumber", "1"),
            ("excludeComposites", "true"),
            ("excludeVariations", "true"),
            ("excludeBatches", "false"),
        ]),
        "Inventory/GetStockLocations"
        | "Inventory/GetCountries"
        | "Orders/GetAvailableFolders"
        | "OpenOrders/GetIdentifiers"
        | "PostalServices/GetPostalServices" => query(&[]),
        "Orders/AssignToFolder" => body(json!({"orderIds": [id], "folder": "To 3PL"})),
        "OpenOrders/AssignOrderIdentifier" => body(json!({"OrderIds": [id], "Tag": "PRIME"})),
        _ => return None,
    })
}

async fn login(sim: &SimHandle) -> String {
    let application = sim.with(|world| world.account().applications[0].clone());
    let credentials = json!({ "ApplicationId": application.application_id,
        "ApplicationSecret": application.application_secret, "Token": application.token });
    let url = format!("{}/api/Auth/AuthorizeByApplication", sim.url());
    let answer = Client::new().post(url).json(&credentials).send().await.unwrap().json::<Value>().await.unwrap();
    answer["Token"].as_str().unwrap().to_owned()
}

/// Calls the operation; the status.
async fn call(sim: &SimHandle, token: &str, operation: &Operation, order: &Order) -> u16 {
    let Some((query, body)) = plausible(&operation.name, order) else {
        panic!("{} is new: give it a plausible call in this test", operation.name);
    };
    assert!(matches!(operation.base, Base::Session));
    let url = format!("{}{}", sim.url(), operation.path);
    let request = match operation.method {
        Method::Get => Client::new().get(url),
        Method::Post => Client::new().post(url).json(&body),
        Method::Put | Method::Delete => panic!("{} is neither GET nor POST", operation.name),
    };
    request.query(&query).header("Authorization", token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn no_operation_that_the_connectors_table_calls_a_read_changes_anything_at_linnworks() {
    let manifest = manifest().await;
    let config = Config { throttle: false, ..Config::default() };
    let sim = Simulator::start(SimOptions { config, ..SimOptions::default() }).await.unwrap();
    let account = generate(&GenerateOptions { orders: 40, items: 20, clean: true, ..GenerateOptions::default() });
    let order = account.orders.iter().next().unwrap().clone();
    sim.with(|world| *world.account_mut() = account);
    let token = login(&sim).await;
    let mut moved = Vec::new();
    for operation in &manifest.operations {
        let before = sim.hash();
        let status = call(&sim, &token, operation, &order).await;
        assert!((200..300).contains(&status), "{} answers {status}: the call is not plausible", operation.name);
        if sim.hash() != before {
            moved.push((operation.name.clone(), operation.effect));
        }
    }
    let reads: Vec<_> = moved.iter().filter(|(_, effect)| matches!(effect, Effect::Read)).collect();
    assert!(reads.is_empty(), "called a read, and changes: {reads:?}");
    // The same look sees what does change, or it would prove nothing.
    let writes = manifest.operations.iter().filter(|operation| !matches!(operation.effect, Effect::Read)).count();
    assert!(writes > 0 && moved.len() == writes, "{writes} writes, seen to change: {moved:?}");
}
