//! The simulator's own controls.
use crate::common::{Sim, ZERO, read, sim};
use linnworks_sim::generate::{GenerateOptions, generate};
use serde_json::{Value, json};

async fn control(sim: &Sim, method: &str, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/_sim/{path}", sim.sim.url());
    let request = sim.client.request(method.parse().unwrap(), url).json(&body);
    read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_seed_replaces_everything_and_can_bring_switches_and_time() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "OLD" }] })).await;
    let seed = json!({ "config": { "null_mode": "include" }, "time": "2026-05-01T08:00:00Z",
                       "accounts": [{ "Orders": [{ "reference_num": "NEW", "source": "ebay" }] }] });
    assert_eq!(control(&sim, "POST", "seed", seed).await.0, 200);
    let orders = control(&sim, "GET", "orders", Value::Null).await.1;
    assert_eq!(orders[0]["GeneralInfo"]["ReferenceNum"], "NEW");
    assert_eq!(orders[0]["GeneralInfo"]["ReceivedDate"], "2026-05-01T08:00:00Z");
    assert_eq!(control(&sim, "GET", "config", Value::Null).await.1["null_mode"], "include");
    assert_eq!(sim.call("Main/Ping", json!({})).await.0, 401);
}

#[tokio::test]
async fn a_seed_with_an_unknown_name_says_which_and_what_is_known() {
    let sim = sim(json!({})).await;
    for (seed, words) in [
        (json!({ "Ordesr": [] }), "`Ordesr`"),
        (json!({ "Orders": [{ "Refrence": "A" }] }), "`Refrence` is not a field of an order"),
        (json!({ "Orders": [{ "Items": [{ "SKUU": "A" }] }] }), "`SKUU`"),
        (json!({ "Orders": [{ "Location": "Moon" }] }), "no location `Moon`; there are Default"),
        (json!({ "Orders": [{ "ReceivedDate": "soon" }] }), "`soon` is no date"),
        (json!({ "Items": [{ "SKU": "S", "Components": { "NOPE": 1 } }] }), "no item with SKU `NOPE`"),
    ] {
        let (status, answer) = control(&sim, "POST", "seed", seed).await;
        assert_eq!(status, 422);
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer} lacks {words}");
    }
}

#[tokio::test]
async fn orders_are_patched_by_number_or_reference_and_items_by_sku() {
    let sim =
        sim(json!({ "Items": [{ "SKU": "TEE", "Level": 5 }], "Orders": [{ "ReferenceNum": "A", "Items": ["TEE"] }] }))
            .await;
    control(&sim, "PATCH", "orders/A", json!({ "Parked": true, "GeneralInfo": { "InvoicePrinted": true } })).await;
    control(&sim, "PATCH", "orders/100001", json!({ "Items": [{ "SKU": "TEE", "Quantity": 4, "PricePerUnit": 3 }] }))
        .await;
    control(&sim, "PATCH", "items/tee", json!({ "Levels": { "Default": 9 } })).await;
    let order = sim.order("A").await;
    assert_eq!((&order["GeneralInfo"]["Marker"], &order["GeneralInfo"]["InvoicePrinted"]), (&json!(7), &json!(true)));
    assert_eq!(order["TotalsInfo"]["TotalCharge"], 12.0);
    let line = &order["Items"][0];
    assert_eq!((&line["Level"], &line["InOrderBook"]), (&json!(9), &json!(4)));
    assert_eq!(control(&sim, "PATCH", "orders/NOPE", json!({})).await.0, 422);
    assert_eq!(control(&sim, "DELETE", "orders/A", Value::Null).await.0, 200);
    assert!(sim.open(json!({})).await.is_empty());
}

#[tokio::test]
async fn records_are_added_while_running() {
    let sim = sim(json!({})).await;
    control(&sim, "POST", "locations", json!({ "LocationName": "Warehouse" })).await;
    let (status, made) =
        control(&sim, "POST", "orders", json!([{ "Reference": "A" }, { "Reference": "B", "Location": "Warehouse" }]))
            .await;
    assert_eq!((status, made.as_array().unwrap().len()), (200, 2));
    assert_eq!(sim.open(json!({})).await, ["A"]);
    control(&sim, "PATCH", "account", json!({ "Status": "LOCKED_FULL", "Folders": ["X"] })).await;
    assert_eq!(sim.fetch("Orders/GetAvailableFolders").await[0]["FolderName"], "X");
}

#[tokio::test]
async fn a_person_in_linnworks_is_a_call_past_sessions_faults_and_log() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A" }] })).await;
    let cancel = json!({ "do": "call", "endpoint": "Orders/CancelOrder", "body": { "orderId": "@A", "refund": 0 } });
    assert_eq!(control(&sim, "POST", "do", json!([cancel, { "do": "advance", "seconds": 60 }])).await.0, 200);
    assert!(sim.order("A").await["Processed"] == true);
    let wrong = json!({ "do": "call", "endpoint": "Orders/CancelOrder", "body": { "orderId": "@NOPE" } });
    assert_eq!(control(&sim, "POST", "do", wrong).await.0, 422);
    assert_eq!(sim.sim.calls().len(), 1);
}

#[tokio::test]
async fn the_clock_stands_still_until_it_is_told() {
    let sim = sim(json!({})).await;
    assert_eq!(control(&sim, "GET", "time", Value::Null).await.1, json!({ "now": crate::common::NOON, "fixed": true }));
    let (_, later) = control(&sim, "POST", "time", json!({ "advance": 90.5 })).await;
    assert_eq!(later["now"], "2026-03-02T12:01:30.500Z");
    assert_eq!(control(&sim, "POST", "time", json!({ "real": true })).await.1["fixed"], false);
    assert_eq!(control(&sim, "POST", "time", json!({ "advanse": 1 })).await.0, 422);
}

#[tokio::test]
async fn calls_are_logged_counted_and_forgotten() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A" }] })).await;
    sim.fetch("Main/Ping").await;
    sim.call("Orders/GetOrdersById", json!({ "pkOrderIds": [] })).await;
    sim.call("Nothing/Here", json!({})).await;
    let (_, calls) = control(&sim, "GET", "calls", Value::Null).await;
    assert_eq!(calls[1]["endpoint"], "Orders/GetOrdersById");
    assert_eq!((&calls[1]["effect"], &calls[1]["status"]), (&json!("read"), &json!(200)));
    assert_eq!(calls[1]["body"], "{\"pkOrderIds\":[]}");
    assert_eq!(calls[2]["status"], 404);
    let (_, counts) = control(&sim, "GET", "calls/counts", Value::Null).await;
    assert_eq!(counts["Main/Ping"], 1);
    control(&sim, "DELETE", "calls", Value::Null).await;
    sim.fetch("Main/Ping").await;
    let (_, calls) = control(&sim, "GET", "calls?endpoint=main/ping", Value::Null).await;
    assert_eq!(calls.as_array().unwrap().len(), 1);
    assert!(calls[0]["number"].as_u64().unwrap() > 3, "numbers go on after a reset");
}

#[tokio::test]
async fn secrets_of_a_login_are_not_in_the_log() {
    let mut sim = sim(json!({})).await;
    sim.login().await;
    let log = control(&sim, "GET", "calls", Value::Null).await.1.to_string();
    assert!(log.contains("AuthorizeByApplication") && !log.contains(crate::common::SECRET));
}

/// Calls every endpoint that the catalogue calls a read, and compares the fingerprint.
#[tokio::test]
async fn no_read_changes_the_state() {
    let sim = sim(json!({ "Items": [{ "SKU": "SET", "Components": {} }, { "SKU": "TEE", "Level": 5 }],
                          "Orders": [{ "ReferenceNum": "A", "Items": ["TEE"] }, { "ReferenceNum": "P", "Processed": true }],
                          "PurchaseOrders": [{ "Reference": "PO", "Items": ["TEE"] }],
                          "Refunds": [{ "Order": "A", "Lines": [{ "SKU": "TEE", "Amount": 1 }] }] }))
    .await;
    let purchase = sim.sim.with(|world| world.account().purchase_orders.by_key("PO").unwrap().id);
    let before = sim.sim.hash();
    let item = sim.sim.with(|world| world.account().items.by_sku("TEE").unwrap().stock_item_id);
    let order = sim.id("A");
    let everything = json!({
        "pkOrderIds": [order], "orderIds": [order], "OrderIds": [order], "pkOrderId": order, "orderId": order,
        "ReferenceId": "A", "orderOrReferenceId": "A", "entriesPerPage": 10, "pageNumber": 1, "ViewId": 1,
        "SearchTerm": "A", "ResultsPerPage": 50, "StockItemIds": [item], "InventoryItemIds": [item], "stockItemId": item,
        "inventoryItemId": item, "id": item, "SKU": "TEE", "SKUS": ["TEE"], "pkStockLocationId": ZERO,
        "stockIdentifier": { "Key": "TEE", "LocationId": ZERO }, "fromIndex": 0, "toIndex": 5,
        "pkPurchaseId": purchase, "PurchaseId": purchase, "Codes": ["TEE"], "supplierId": ZERO,
        "inventoryItemIds": [item],
        "RefundHeaderId": 1, "fkOrderId": order,
    });
    let mut answered = 0;
    for (path, _, effect) in linnworks_sim::catalogue().into_iter().filter(|row| row.2 == "read") {
        let mut body = everything.clone();
        match path {
            "Orders/GetOrderDetailsByNumOrderId" => body["orderId"] = json!(100_001),
            "OpenOrders/FilterNotProcessedOpenOrders" => body["orderIds"] = json!([100_001]),
            path if path.starts_with("ProcessedOrders/") => body["pkOrderId"] = json!(sim.id("P")),
            _ => {}
        }
        if path == "OpenOrders/FilterNotProcessedOpenOrders" {
            body.as_object_mut().unwrap().shift_remove("OrderIds");
        }
        let (status, answer) = sim.call(path, body).await;
        assert_eq!(status, 200, "{effect} {path}: {answer}");
        assert_eq!(sim.sim.hash(), before, "{path} changed the state");
        answered += 1;
    }
    assert!(answered > 30, "{answered}");
    sim.ok("Orders/LockOrder", json!({ "orderIds": [order], "lockOrder": true })).await;
    assert_ne!(sim.sim.hash(), before);
}

#[tokio::test]
async fn state_read_back_seeds_the_same_state() {
    let sim = sim(json!({})).await;
    sim.sim.with(|world| {
        world.replace(vec![generate(&GenerateOptions { orders: 60, items: 30, ..GenerateOptions::default() })])
    });
    let before = sim.sim.hash();
    let state = control(&sim, "GET", "state", Value::Null).await.1;
    assert_eq!(control(&sim, "POST", "seed", state.clone()).await.0, 200);
    let again = control(&sim, "GET", "state", Value::Null).await.1;
    for (name, value) in state.as_object().unwrap() {
        match value {
            Value::Array(rows) => {
                assert_eq!(again[name].as_array().unwrap().len(), rows.len(), "{name}");
                rows.iter().zip(again[name].as_array().unwrap()).for_each(|(old, new)| assert_eq!(old, new, "{name}"));
            }
            value => assert_eq!(&again[name], value, "{name}"),
        }
    }
    assert_eq!(sim.sim.hash(), before);
}

#[tokio::test]
async fn a_hundred_thousand_orders_are_listed_in_one_answer() {
    let sim = sim(json!({})).await;
    let options = GenerateOptions { orders: 100_000, items: 500, clean: true, ..GenerateOptions::default() };
    sim.sim.with(|world| world.replace(vec![generate(&options)]));
    let mut sim = sim;
    sim.login().await;
    let ids = sim.ok("Orders/GetAllOpenOrders", json!({})).await;
    let ids = ids.as_array().unwrap();
    assert_eq!(ids.len(), 100_000);
    let rows = sim.ok("Orders/GetOrdersById", json!({ "pkOrderIds": ids[99_800..] })).await;
    assert_eq!(rows.as_array().unwrap().len(), 200);
}
