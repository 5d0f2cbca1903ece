//! Splitting, merging, cancelling, moving, creating and deleting orders.
use crate::common::{Sim, sim, sim_with};
use linnworks_sim::Config;
use serde_json::{Value, json};

fn twins() -> Value {
    json!({ "Orders": [
        { "ReferenceNum": "A", "Items": [{ "SKU": "TEE", "Quantity": 1, "PricePerUnit": 12 }], "Postage": 3 },
        { "ReferenceNum": "B", "Items": [{ "SKU": "MUG", "Quantity": 2, "PricePerUnit": 6 }], "Postage": 3 },
        { "ReferenceNum": "OTHER", "FullName": "Somebody Else" },
        { "ReferenceNum": "PRINTED", "InvoicePrinted": true },
        { "ReferenceNum": "HELD", "Parked": true },
    ] })
}

#[tokio::test]
async fn the_job_merges_alike_orders_every_quarter_of_an_hour_into_a_new_one() {
    let sim = sim_with(Config { auto_merge: true, ..Config::default() }, twins()).await;
    let (a, b) = (sim.id("A"), sim.id("B"));
    sim.sim.advance(14.0 * 60.0);
    assert_eq!(sim.open(json!({})).await, ["A", "B", "HELD", "OTHER", "PRINTED"]);
    sim.sim.advance(60.0);
    assert_eq!(sim.open(json!({})).await, ["HELD", "MERGED", "OTHER", "PRINTED"]);
    let merged = sim.order("MERGED").await;
    assert_eq!(merged["Items"].as_array().unwrap().len(), 2);
    assert_eq!(merged["TotalsInfo"]["TotalCharge"], 30.0);
    let gone = sim.ok("Orders/GetOrdersById", json!({ "pkOrderIds": [a, b] })).await;
    assert_eq!(gone, json!([]));
    let relations = sim.fetch(&format!("Orders/GetOrderRelations?orderId={a}")).await;
    assert_eq!(relations[0]["ChildOrderId"], merged["OrderId"]);
    assert_eq!(relations.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn printing_the_invoice_keeps_an_order_from_being_merged() {
    let sim = sim_with(Config { auto_merge: true, ..Config::default() }, twins()).await;
    sim.ok("Orders/SetInvoicesPrinted", json!({ "orderIds": [sim.id("A")] })).await;
    sim.sim.advance(15.0 * 60.0);
    assert!(sim.open(json!({})).await.contains(&"A".to_owned()));
}

#[tokio::test]
async fn a_merge_by_hand_answers_the_new_order_and_refuses_parked_ones() {
    let sim = sim(twins()).await;
    let body = json!({ "ordersToMerge": [sim.id("A"), sim.id("HELD")] });
    assert_eq!(sim.call("Orders/MergeOrders", body).await.0, 400);
    let merged = sim.ok("Orders/MergeOrders", json!({ "ordersToMerge": [sim.id("A"), sim.id("B")] })).await;
    assert_eq!(merged["GeneralInfo"]["ReferenceNum"], "MERGED");
    assert_eq!(merged["TotalItemsSum"], 3);
}

#[tokio::test]
async fn a_split_shares_the_reference_and_the_goods() {
    let sim = sim(json!({
        "Items": [{ "SKU": "MUG", "Level": 9 }, { "SKU": "SET", "Components": { "MUG": 2 } }],
        "Orders": [{ "ReferenceNum": "A", "Postage": 3, "Items": [{ "SKU": "SET", "Quantity": 4, "PricePerUnit": 10 }] }],
    }))
    .await;
    let row = sim.order("A").await["Items"][0]["RowId"].clone();
    let id = sim.id("A");
    let split = |quantity: i32| json!({ "orderId": id, "newOrders": [{ "Items": [{ "RowId": row, "Quantity": quantity }], "ParkOrder": false }], "type": "" });
    assert_eq!(sim.call("Orders/SplitOrder", split(5)).await.0, 400);
    let orders = sim.ok("Orders/SplitOrder", split(1)).await;
    let shape: Vec<_> = orders
        .as_array()
        .unwrap()
        .iter()
        .map(|order| {
            (
                order["GeneralInfo"]["ReferenceNum"].as_str().unwrap(),
                order["Items"][0]["Quantity"].as_i64().unwrap(),
                order["Items"][0]["CompositeSubItems"][0]["Quantity"].as_i64().unwrap(),
                order["TotalsInfo"]["TotalCharge"].as_f64().unwrap(),
            )
        })
        .collect();
    assert_eq!(shape, [("A", 3, 6, 33.0), ("A", 1, 2, 10.0)]);
    assert_ne!(orders[0]["OrderId"], orders[1]["OrderId"]);
    let found = sim.fetch("Orders/GetOrderDetailsByReferenceId?ReferenceId=A").await;
    assert_eq!(found.as_array().unwrap().len(), 2);
    let relations = sim.ok("Orders/GetOrdersRelations", json!({ "orderIds": [id] })).await;
    assert_eq!(relations[&id][0]["Type"], "SPLIT");
}

#[tokio::test]
async fn a_cancelled_order_is_processed_and_on_hold_and_gives_its_stock_back() {
    let sim =
        sim(json!({ "Items": [{ "SKU": "TEE", "Level": 5 }], "Orders": [{ "ReferenceNum": "A", "Items": ["TEE"] }] }))
            .await;
    let (status, body) = sim.call("Orders/CancelOrder", json!({ "orderId": sim.id("A") })).await;
    assert_eq!((status, body), (400, json!({ "Message": "The request is invalid." })));
    sim.ok("Orders/CancelOrder", json!({ "orderId": sim.id("A"), "refund": 0, "note": "" })).await;
    let order = sim.order("A").await;
    assert_eq!((&order["Processed"], &order["GeneralInfo"]["HoldOrCancel"]), (&json!(true), &json!(true)));
    assert_eq!((&order["Items"][0]["Level"], &order["Items"][0]["InOrderBook"]), (&json!(5), &json!(0)));
    assert!(sim.open(json!({})).await.is_empty());
    let found = json!({ "request": { "DateField": "cancelled", "PageNumber": 1, "ResultsPerPage": 20 } });
    let found = sim.ok("ProcessedOrders/SearchProcessedOrders", found).await;
    assert_eq!(found["ProcessedOrders"]["TotalEntries"], 1);
}

#[tokio::test]
async fn a_deleted_order_is_gone_and_a_read_by_number_answers_an_empty_order() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A" }] })).await;
    assert_eq!(sim.fetch("Orders/GetOrderDetailsByNumOrderId?OrderId=100001").await["OrderId"], sim.id("A"));
    sim.ok("Orders/DeleteOrder", json!({ "orderId": sim.id("A") })).await;
    assert_eq!(sim.fetch("Orders/GetOrderDetailsByNumOrderId?OrderId=100001").await["OrderId"], crate::common::ZERO);
}

#[tokio::test]
async fn moving_tells_each_orders_error_by_its_id() {
    let sim = sim(json!({
        "Locations": ["Warehouse", { "LocationName": "3PL", "IsFulfillmentCenter": true }],
        "Orders": [{ "ReferenceNum": "A" }, { "ReferenceNum": "FC", "Location": "3PL" }],
    }))
    .await;
    let to = sim.sim.with(|world| world.account().location_by_key("Warehouse").unwrap().stock_location_id);
    let body = json!({ "orderIds": [sim.id("A"), sim.id("FC")], "pkStockLocationId": to });
    let moved = sim.ok("Orders/MoveToLocation", body).await;
    assert_eq!(moved["OrdersMoved"], json!([sim.id("A")]));
    assert!(moved["KeyedErrors"][sim.id("FC")].as_str().unwrap().contains("parked"));
    assert_eq!(sim.open(json!({ "fulfilmentCenter": to })).await, ["A"]);
    assert_eq!(sim.order("A").await["GeneralInfo"]["Location"], json!(to));
}

fn channel(reference: &str, status: &str) -> Value {
    json!({ "Source": "SHOP", "SubSource": "uk", "ReferenceNumber": reference, "PaymentStatus": status, "Currency": "GBP",
            "AutomaticallyLinkBySKU": true, "PostalServiceCost": 2.4, "PostalServiceTaxRate": 20,
            "DeliveryAddress": { "FullName": "Jo Example", "Country": "France", "PostCode": "75001" },
            "OrderItems": [{ "ItemNumber": "1", "ChannelSKU": "TEE", "Qty": 2, "PricePerUnit": 6, "TaxRate": 20, "TaxCostInclusive": true },
                           { "ItemNumber": "2", "ChannelSKU": "NEW", "Qty": 1, "PricePerUnit": 6, "TaxRate": 20, "TaxCostInclusive": true }] })
}

async fn create(sim: &Sim, orders: Value) -> (u16, Value) {
    sim.call("Orders/CreateOrders", json!({ "orders": orders, "location": "Default" })).await
}

#[tokio::test]
async fn a_created_order_is_linked_by_sku_and_known_by_its_reference() {
    let sim = sim(json!({ "Items": ["TEE"] })).await;
    let (_, ids) = create(&sim, json!([channel("A", "Unpaid")])).await;
    let order = sim.order("A").await;
    assert_eq!(order["OrderId"], ids[0]);
    assert_eq!(order["GeneralInfo"]["IsParked"], true);
    assert_eq!(order["TotalsInfo"]["TotalCharge"], 20.4);
    assert_eq!((&order["Items"][0]["IsUnlinked"], &order["Items"][1]["IsUnlinked"]), (&json!(false), &json!(true)));
    assert_eq!(order["CustomerInfo"]["Address"]["Town"], "");
    let (_, again) = create(&sim, json!([channel("A", "Paid")])).await;
    assert_eq!(again, ids);
    let order = sim.order("A").await;
    assert_eq!((&order["GeneralInfo"]["Status"], &order["GeneralInfo"]["IsParked"]), (&json!(1), &json!(false)));
    let mut changed = channel("A", "Paid");
    changed["DeliveryAddress"]["PostCode"] = json!("69001");
    create(&sim, json!([changed])).await;
    assert_eq!(sim.order("A").await["CustomerInfo"]["Address"]["PostCode"], "75001");
}

#[tokio::test]
async fn a_line_number_that_comes_twice_is_refused() {
    let sim = sim(json!({})).await;
    let mut order = channel("A", "Paid");
    order["OrderItems"][1]["ItemNumber"] = json!("1");
    let (status, body) = create(&sim, json!([order])).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({ "Code": null, "Message": "Orders have invalid values: Order: A, LineId: 1 is duplicated" })
    );
}
