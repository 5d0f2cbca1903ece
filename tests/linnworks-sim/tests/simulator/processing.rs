//! Processing (despatching) orders.
use crate::common::{Sim, sim, sim_with};
use linnworks_sim::{Config, Gates, Refusal};
use serde_json::{Value, json};

async fn process(sim: &Sim, key: &str) -> Value {
    sim.ok("Orders/ProcessOrder", json!({ "orderId": sim.id(key), "scanPerformed": true })).await
}

async fn level(sim: &Sim, sku: &str, place: &str) -> i64 {
    let id = sim.sim.with(|world| world.account().items.by_sku(sku).unwrap().stock_item_id);
    let rows = sim.fetch(&format!("Stock/GetStockLevel?stockItemId={id}")).await;
    let row = rows.as_array().unwrap().iter().find(|row| row["Location"]["LocationName"] == place).unwrap().clone();
    row["StockLevel"].as_i64().unwrap()
}

#[tokio::test]
async fn processing_moves_the_order_to_the_processed_and_deducts_stock_at_its_location() {
    let sim = sim(json!({
        "Locations": ["Warehouse"],
        "Items": [{ "SKU": "TEE", "Levels": { "Default": 10, "Warehouse": 10 } }],
        "Orders": [{ "ReferenceNum": "A-1", "Location": "Warehouse", "Items": [{ "SKU": "TEE", "Quantity": 3 }] }],
    }))
    .await;
    let result = process(&sim, "A-1").await;
    assert_eq!(result, json!({ "OrderId": sim.id("A-1"), "Processed": true }));
    assert_eq!((level(&sim, "TEE", "Warehouse").await, level(&sim, "TEE", "Default").await), (7, 10));
    let order = sim.order("A-1").await;
    assert_eq!((&order["Processed"], &order["ProcessedDateTime"]), (&json!(true), &json!(crate::common::NOON)));
    let found =
        json!({ "request": { "DateField": "processed", "PageNumber": 1, "ResultsPerPage": 20, "SearchTerm": "A-1" } });
    let found = sim.ok("ProcessedOrders/SearchProcessedOrders", found).await;
    assert_eq!(found["ProcessedOrders"]["Data"][0]["pkOrderID"], sim.id("A-1"));
    let again = process(&sim, "A-1").await;
    assert_eq!(again["Processed"], false);
    assert_eq!(level(&sim, "TEE", "Warehouse").await, 7);
}

#[tokio::test]
async fn stock_is_floored_at_zero_and_components_are_deducted_for_composites() {
    let sim = sim(json!({
        "Items": [{ "SKU": "MUG", "Level": 12 }, { "SKU": "COASTER", "Level": 3 }, { "SKU": "SET", "Components": { "MUG": 2, "COASTER": 4 } }],
        "Orders": [{ "ReferenceNum": "A-1", "Items": [{ "SKU": "SET", "Quantity": 2 }] }],
    }))
    .await;
    let order = sim.order("A-1").await;
    assert_eq!(order["Items"][0]["CompositeSubItems"][0]["Quantity"], 4);
    assert_eq!(order["Items"][0]["CompositeSubItems"][1]["Quantity"], 8);
    process(&sim, "A-1").await;
    assert_eq!((level(&sim, "MUG", "Default").await, level(&sim, "COASTER", "Default").await), (8, 0));
}

#[tokio::test]
async fn parked_locked_unpaid_and_cancelled_orders_are_not_processed() {
    let sim = sim(json!({ "Orders": [
        { "ReferenceNum": "PARKED", "Parked": true },
        { "ReferenceNum": "LOCKED", "Locked": true },
        { "ReferenceNum": "UNPAID", "Paid": false, "Parked": false },
        { "ReferenceNum": "CANCELLED", "Cancelled": true },
    ] }))
    .await;
    for key in ["PARKED", "LOCKED", "UNPAID", "CANCELLED"] {
        let before = sim.sim.hash();
        let result = process(&sim, key).await;
        assert_eq!(result["Processed"], false, "{key}");
        assert!(result["Error"].as_str().unwrap().starts_with("Order 1000"), "{result}");
        assert_eq!(sim.sim.hash(), before);
    }
    let unknown = sim.ok("Orders/ProcessOrder", json!({ "orderId": "99999999-9999-4999-8999-999999999999" })).await;
    assert_eq!(unknown["Processed"], false);
}

#[tokio::test]
async fn each_gate_refuses_until_it_is_met() {
    let gates =
        Gates { invoice: true, label: true, stock: true, notes: true, postal_service: true, ..Gates::default() };
    let sim = sim_with(
        Config { gates, ..Config::default() },
        json!({
            "PostalServices": [{ "PostalServiceName": "Tracked", "TrackingNumberRequired": true, "WeightRequired": true }],
            "Items": [{ "SKU": "TEE", "Level": 0 }],
            "Orders": [{ "ReferenceNum": "A-1", "Service": "Tracked", "Notes": [{ "Note": "Gift", "NoteTypeId": 1 }],
                         "Items": [{ "SKU": "TEE", "Quantity": 1, "Weight": 0 }] }],
        }),
    )
    .await;
    let refused = async |word: &str| {
        let error = process(&sim, "A-1").await["Error"].as_str().unwrap().to_owned();
        assert!(error.contains(word), "{error}, not {word}");
    };
    let id = sim.id("A-1");
    refused("invoice").await;
    sim.ok("Orders/SetInvoicesPrinted", json!({ "orderIds": [id] })).await;
    refused("label").await;
    sim.ok("Orders/SetLabelsPrinted", json!({ "orderIds": [id] })).await;
    refused("stock").await;
    sim.ok(
        "Stock/SetStockLevel",
        json!({ "stockLevels": [{ "SKU": "TEE", "LocationId": crate::common::ZERO, "Level": 5 }] }),
    )
    .await;
    refused("tracking").await;
    sim.ok("Orders/SetOrderShippingInfo", json!({ "orderId": id, "info": { "TrackingNumber": "T1" } })).await;
    refused("weight").await;
    sim.ok("Orders/SetOrderShippingInfo", json!({ "orderId": id, "info": { "TotalWeight": 100 } })).await;
    refused("notes").await;
    let number = sim.order("A-1").await["NumOrderId"].to_string();
    let body = |acknowledged: bool| json!({ "request": { "OrderOrReferenceId": number, "ScansPerformed": true, "OrderProcessingNotesAcknowledged": acknowledged } });
    let path = "Orders/ProcessOrderByOrderOrReferenceId";
    assert_eq!(sim.ok(path, body(false)).await["ProcessedState"], "NOTE_ACKNOWLEDGEMENT_REQUIRED");
    let done = sim.ok(path, body(true)).await;
    assert_eq!((&done["ProcessedState"], &done["OrderId"]), (&json!("PROCESSED"), &json!(id)));
    assert_eq!(sim.ok(path, body(true)).await["ProcessedState"], "NOT_FOUND");
}

#[tokio::test]
async fn an_unlinked_line_cannot_be_processed_where_stock_is_checked() {
    let gates = Gates { stock: true, ..Gates::default() };
    let seed = json!({ "Orders": [{ "ReferenceNum": "A-1", "Items": [{ "SKU": "X", "IsUnlinked": true }] }] });
    let sim = sim_with(Config { gates, ..Config::default() }, seed).await;
    assert!(process(&sim, "A-1").await["Error"].as_str().unwrap().contains("not linked"));
    let line = &sim.order("A-1").await["Items"][0];
    assert_eq!((&line["IsUnlinked"], &line["StockItemId"]), (&json!(true), &json!(crate::common::ZERO)));
}

#[tokio::test]
async fn a_refusal_can_be_status_400() {
    let config = Config { refusal: Refusal::Hard, ..Config::default() };
    let sim = sim_with(config, json!({ "Orders": [{ "ReferenceNum": "A-1", "Parked": true }] })).await;
    let (status, body) = sim.call("Orders/ProcessOrder", json!({ "orderId": sim.id("A-1") })).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().contains("parked"));
}

#[tokio::test]
async fn items_that_need_a_scan_want_their_batches_first() {
    let sim = sim(json!({
        "Items": [{ "SKU": "CREAM", "Level": 9, "InventoryTrackingType": 1, "BatchNumberScanRequired": true,
                    "Batches": [{ "BatchInventoryId": 7, "Quantity": 5 }, { "BatchInventoryId": 8, "Quantity": 4 }] }],
        "Orders": [{ "ReferenceNum": "A-1", "Items": [{ "SKU": "CREAM", "Quantity": 3 }] }],
    }))
    .await;
    assert!(process(&sim, "A-1").await["Error"].as_str().unwrap().contains("scanned"));
    let row = sim.order("A-1").await["Items"][0]["RowId"].clone();
    let scans = |quantity: i32| {
        json!({ "BatchAssignment": { "orderId": sim.id("A-1"), "batchToItemMapping": [
            { "orderItemRowId": row, "batchInventoryId": 8, "quantity": quantity } ] } })
    };
    assert_eq!(sim.call("Orders/ProcessOrder_RequiredBatchScans", scans(2)).await.0, 400);
    assert_eq!(sim.call("Orders/ProcessOrder_RequiredBatchScans", scans(3)).await.0, 204);
    let unscanned = sim.ok("Orders/ProcessOrder", json!({ "orderId": sim.id("A-1"), "scanPerformed": false })).await;
    assert_eq!(unscanned["Processed"], false);
    assert_eq!(process(&sim, "A-1").await["Processed"], true);
    let left = sim.sim.with(|world| {
        let item = world.account().items.by_sku("CREAM").unwrap();
        item.batches.iter().map(|batch| batch.quantity).collect::<Vec<_>>()
    });
    assert_eq!(left, [5, 1]);
}

#[tokio::test]
async fn a_fulfilment_centres_orders_are_parked_and_go_by_their_own_call() {
    let sim = sim(json!({
        "Locations": [{ "LocationName": "3PL", "IsFulfillmentCenter": true },
                      { "LocationName": "3PL stock", "IsFulfillmentCenter": true, "FulfilmentCenterDeductStockWhenProcessed": true }],
        "Items": [{ "SKU": "TEE", "Levels": { "3PL": 5, "3PL stock": 5 } }],
        "Orders": [{ "ReferenceNum": "L", "Location": "3PL", "Items": ["TEE"] },
                   { "ReferenceNum": "P", "Location": "3PL stock", "Items": ["TEE"] },
                   { "ReferenceNum": "D", "Items": ["TEE"] }],
    }))
    .await;
    let (locked, parked) = (sim.order("L").await["GeneralInfo"].clone(), sim.order("P").await["GeneralInfo"].clone());
    assert_eq!((&locked["IsParked"], &locked["HoldOrCancel"]), (&json!(true), &json!(true)));
    assert_eq!((&parked["IsParked"], &parked["HoldOrCancel"]), (&json!(true), &json!(false)));
    assert_eq!(process(&sim, "P").await["Processed"], false);
    for (key, processed) in [("L", true), ("P", true), ("D", false)] {
        let body = json!({ "orderId": sim.id(key) });
        assert_eq!(sim.ok("Orders/ProcessFulfilmentCentreOrder", body).await["Processed"], processed, "{key}");
    }
    assert_eq!((level(&sim, "TEE", "3PL").await, level(&sim, "TEE", "3PL stock").await), (5, 4));
    assert_eq!(sim.order("L").await["GeneralInfo"]["HoldOrCancel"], false);
}

#[tokio::test]
async fn a_batch_of_orders_is_processed_one_by_one() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A" }, { "ReferenceNum": "B", "Parked": true }] })).await;
    let rows = sim.ok("Orders/ProcessOrdersInBatch", json!({ "ordersIds": [sim.id("A"), sim.id("B")] })).await;
    assert_eq!((&rows[0]["Processed"], &rows[1]["Processed"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn where_refusals_are_hard_one_order_is_enough_to_refuse_a_batch() {
    let config = Config { refusal: Refusal::Hard, ..Config::default() };
    let seed = json!({ "Orders": [{ "ReferenceNum": "A" }, { "ReferenceNum": "B", "Parked": true }] });
    let sim = sim_with(config, seed).await;
    let (status, body) =
        sim.call("Orders/ProcessOrdersInBatch", json!({ "ordersIds": [sim.id("A"), sim.id("B")] })).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().contains("parked"));
    assert_eq!(sim.order("A").await["Processed"], false);
}

#[tokio::test]
async fn what_a_write_of_the_shipping_leaves_out_is_kept_or_lost_as_configured() {
    let seed =
        json!({ "Orders": [{ "ReferenceNum": "A", "ShippingInfo": { "TotalWeight": 500, "ManualAdjust": true } }] });
    for (overwrites, weight) in [(false, 500.0), (true, 0.0)] {
        let config = Config { shipping_info_overwrites: overwrites, ..Config::default() };
        let sim = sim_with(config, seed.clone()).await;
        let info = json!({ "orderId": sim.id("A"), "info": { "TrackingNumber": "T1" } });
        sim.ok("Orders/SetOrderShippingInfo", info).await;
        let shipping = sim.order("A").await["ShippingInfo"].clone();
        assert_eq!((shipping["TotalWeight"].as_f64(), &shipping["TrackingNumber"]), (Some(weight), &json!("T1")));
        assert_eq!(shipping["ManualAdjust"], json!(!overwrites));
    }
}

#[tokio::test]
async fn unparking_works_as_a_form_and_may_be_ignored_as_json() {
    let config = Config { change_tag_json_ignored: true, ..Config::default() };
    let sim = sim_with(config, json!({ "Orders": [{ "ReferenceNum": "A", "Parked": true }] })).await;
    sim.ok("Orders/ChangeOrderTag", json!({ "orderIds": [sim.id("A")], "tag": null })).await;
    assert_eq!(sim.order("A").await["GeneralInfo"]["IsParked"], true);
}

#[tokio::test]
async fn batches_of_an_item_are_listed_with_where_they_lie() {
    let sim = sim(json!({
        "Locations": ["Leeds"],
        "Items": [{ "SKU": "CREAM", "Level": 9, "InventoryTrackingType": 1, "Batches": [
            { "BatchInventoryId": 7, "BatchNumber": "B1", "Quantity": 5 }, { "BatchInventoryId": 8, "BatchNumber": "B2" }] }],
    }))
    .await;
    let id = sim.sim.with(|world| world.account().items.by_sku("CREAM").unwrap().stock_item_id);
    let numbers = async |query: &str| {
        let rows = sim.fetch(&format!("Inventory/GetBatchesByStockItemId?stockItemId={id}{query}")).await;
        rows.as_array().unwrap().iter().map(|row| row["BatchNumber"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(numbers("").await, ["B1", "B2"]);
    assert_eq!(numbers("&onlyAvailable=true").await, ["B1"]);
    assert!(numbers("&stockLocationId=8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a").await.is_empty());
}
