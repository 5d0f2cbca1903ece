//! Flags of orders.
use crate::common::sim;
use serde_json::{Value, json};

async fn held() -> crate::common::Sim {
    sim(json!({ "Folders": ["To 3PL"], "Orders": [
        { "ReferenceNum": "FREE", "Items": [{ "SKU": "TEE", "Quantity": 2 }] },
        { "ReferenceNum": "PARKED", "Parked": true, "Items": [{ "SKU": "TEE", "Quantity": 3 }] },
        { "ReferenceNum": "LOCKED", "Locked": true, "Items": [{ "SKU": "TEE", "Quantity": 5 }] },
    ] }))
    .await
}

fn ids(sim: &crate::common::Sim) -> Value {
    json!([sim.id("FREE"), sim.id("PARKED"), sim.id("LOCKED")])
}

#[tokio::test]
async fn invoices_and_folders_are_refused_on_locked_and_parked_orders_by_leaving_their_ids_out() {
    let sim = held().await;
    let printed = sim.ok("Orders/SetInvoicesPrinted", json!({ "orderIds": ids(&sim) })).await;
    assert_eq!(printed, json!([sim.id("FREE")]));
    assert_eq!(sim.order("PARKED").await["GeneralInfo"]["InvoicePrinted"], false);
    assert_eq!(sim.order("FREE").await["GeneralInfo"]["InvoicePrinted"], true);
    let moved = sim.ok("Orders/AssignToFolder", json!({ "orderIds": ids(&sim), "folder": "To 3PL" })).await;
    assert_eq!(moved, json!([sim.id("FREE")]));
    assert_eq!(sim.order("FREE").await["FolderName"], json!(["To 3PL"]));
    let labels = sim.ok("Orders/SetLabelsPrinted", json!({ "orderIds": ids(&sim) })).await;
    assert_eq!(labels.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_folder_must_exist() {
    let sim = held().await;
    let body = json!({ "orderIds": [sim.id("FREE")], "folder": "Nowhere" });
    assert_eq!(sim.call("Orders/AssignToFolder", body.clone()).await.0, 400);
    let all = json!({ "folders": [{ "FolderName": "To 3PL" }, { "FolderName": "Nowhere" }] });
    assert_eq!(sim.ok("Orders/SetAvailableFolders", all).await.as_array().unwrap().len(), 2);
    sim.ok("Orders/AssignToFolder", body).await;
}

#[tokio::test]
async fn an_unpaid_order_is_parked_and_its_status_cannot_be_changed_until_it_is_unparked() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A-1", "Paid": false }] })).await;
    let order = sim.order("A-1").await;
    assert_eq!((&order["GeneralInfo"]["IsParked"], &order["GeneralInfo"]["Marker"]), (&json!(true), &json!(7)));
    let pay = json!({ "orderIds": [sim.id("A-1")], "status": 1 });
    assert_eq!(sim.call("Orders/ChangeStatus", pay.clone()).await.0, 200);
    assert_eq!(sim.order("A-1").await["GeneralInfo"]["Status"], 0);
    let ids = format!("[\"{}\"]", sim.id("A-1"));
    assert_eq!(sim.post("Orders/ChangeOrderTag").form(&[("orderIds", &ids)]).send().await.unwrap().status(), 200);
    assert_eq!(sim.order("A-1").await["GeneralInfo"]["IsParked"], false);
    sim.sim.advance(60.0);
    sim.ok("Orders/ChangeStatus", pay).await;
    let order = sim.order("A-1").await;
    assert_eq!(order["GeneralInfo"]["Status"], 1);
    assert_eq!(order["PaidDateTime"], "2026-03-02T12:01:00Z");
}

#[tokio::test]
async fn parked_orders_reserve_stock_and_locked_ones_do_not() {
    let sim = held().await;
    let reserved = |order: Value| order["Items"][0]["InOrderBook"].clone();
    assert_eq!(reserved(sim.order("FREE").await), 5);
    sim.ok("Orders/LockOrder", json!({ "orderIds": [sim.id("LOCKED")], "lockOrder": false })).await;
    assert_eq!(reserved(sim.order("FREE").await), 10);
    assert_eq!(sim.order("LOCKED").await["GeneralInfo"]["HoldOrCancel"], false);
}

#[tokio::test]
async fn the_lock_can_be_hidden_and_is_then_known_by_the_filter_alone() {
    let sim = held().await;
    sim.sim.with(|world| world.config.locked_shows_hold = false);
    assert_eq!(sim.order("LOCKED").await["GeneralInfo"]["HoldOrCancel"], false);
    let locked = json!({ "filters": { "BooleanFields": [{ "FieldCode": "GENERAL_INFO_LOCKED", "Value": true }] } });
    assert_eq!(sim.open(locked).await, ["LOCKED"]);
}

#[tokio::test]
async fn identifiers_are_assigned_once() {
    let sim = held().await;
    let saved = sim.ok("OpenOrders/SaveIdentifier", json!({ "Identifier": { "Tag": "WMS", "Name": "In WMS" } })).await;
    assert_eq!(saved["Tag"], "WMS");
    let body = json!({ "OrderIds": [sim.id("FREE")], "Tag": "WMS" });
    let first = sim.ok("OpenOrders/AssignOrderIdentifier", body.clone()).await;
    assert_eq!(first, json!({ "Changed": [sim.id("FREE")], "NotChanged": [] }));
    let second = sim.ok("OpenOrders/AssignOrderIdentifier", body.clone()).await;
    assert_eq!(second["NotChanged"], json!([sim.id("FREE")]));
    assert_eq!(sim.order("FREE").await["GeneralInfo"]["Identifiers"][0]["Name"], "In WMS");
    sim.ok("OpenOrders/UnassignOrderIdentifier", body).await;
    assert_eq!(sim.order("FREE").await["GeneralInfo"]["Identifiers"], json!([]));
    let unknown = json!({ "OrderIds": [sim.id("FREE")], "Tag": "NOPE" });
    assert_eq!(sim.call("OpenOrders/AssignOrderIdentifier", unknown).await.0, 400);
}

#[tokio::test]
async fn every_change_of_a_flag_is_in_the_audit_trail() {
    let sim = held().await;
    sim.ok("Orders/SetInvoicesPrinted", json!({ "orderIds": [sim.id("FREE")] })).await;
    sim.ok("Orders/LockOrder", json!({ "orderIds": [sim.id("FREE")], "lockOrder": true })).await;
    let trail = sim.fetch(&format!("Orders/GetOrderAuditTrail?orderId={}", sim.id("FREE"))).await;
    let kinds: Vec<_> = trail.as_array().unwrap().iter().map(|row| row["Type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["INVOICE_PRINTED", "LOCK"]);
}
