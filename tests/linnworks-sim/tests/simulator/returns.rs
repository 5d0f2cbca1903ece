//! Booking, changing, actioning and looking up returns; refunds.
use crate::common::{Sim, ZERO, sim, sim_with};
use linnworks_sim::{Again, Config, Fault, ReturnRules, Scrap};
use serde_json::{Value, json};

/// A shop with a processed order of three TEEs and one set, at "Warehouse".
fn shop() -> Value {
    json!({
        "Locations": ["Warehouse"],
        "Items": [{ "SKU": "TEE", "Levels": { "Default": 10, "Warehouse": 10 } }, { "SKU": "MUG", "Level": 5 },
                  { "SKU": "COASTER", "Level": 5 }, { "SKU": "SET", "Components": { "MUG": 1, "COASTER": 4 } }],
        "Orders": [
            { "ReferenceNum": "A-1", "Processed": true, "Items": [{ "SKU": "TEE", "Quantity": 3 }, { "SKU": "SET" }] },
            { "ReferenceNum": "OPEN", "Items": ["TEE"] },
        ],
    })
}

fn row(sim: &Sim, key: &str, sku: &str) -> Value {
    sim.sim.with(|world| {
        let order = world.account().order_by_key(key).unwrap();
        json!(order.items.iter().find(|line| line.sku == sku).unwrap().row_id)
    })
}

fn level(sim: &Sim, sku: &str, place: &str) -> i32 {
    sim.sim.with(|world| {
        let account = world.account();
        let place = account.location_by_key(place).unwrap().stock_location_id;
        account.items.by_sku(sku).unwrap().level(place).map_or(0, |row| row.level)
    })
}

fn booking(sim: &Sim, key: &str, sku: &str, quantity: i32, scrap: i32) -> Value {
    json!({ "request": { "ChannelInitiated": false, "OrderId": sim.id(key), "Reference": "WMS-7", "ReturnItems": [{
        "OrderItemRowId": row(sim, key, sku), "ReturnLocation": ZERO, "ReturnQuantity": quantity,
        "ScrapQuantity": scrap, "RefundAmount": 0, "ReasonCategory": "Faulty item", "Reason": "Broken" }],
        "ExchangeItems": [], "ResendItems": [] } })
}

async fn book(sim: &Sim, sku: &str, quantity: i32, scrap: i32) -> Value {
    sim.ok("ReturnsRefunds/CreateRMABooking", booking(sim, "A-1", sku, quantity, scrap)).await
}

async fn action(sim: &Sim, header: &Value) -> Value {
    let body = json!({ "request": { "RMAHeaderId": header, "OrderId": sim.id("A-1"), "Request": null } });
    sim.ok("ReturnsRefunds/ActionRMABooking", body).await
}

async fn headers(sim: &Sim) -> Vec<Value> {
    let body = json!({ "request": { "OrderId": sim.id("A-1") } });
    sim.ok("ReturnsRefunds/GetRMAHeadersByOrderId", body).await["RMAHeaders"].as_array().unwrap().clone()
}

#[tokio::test]
async fn goods_come_back_to_stock_when_a_booking_is_actioned_and_scrap_does_not() {
    let sim = sim(shop()).await;
    let made = book(&sim, "TEE", 2, 1).await;
    assert_eq!((&made["RMAHeaderId"], &made["Errors"]), (&json!(1), &json!([])));
    assert_eq!(made["Items"][0]["ReturnItemSKU"], "TEE");
    assert_eq!(level(&sim, "TEE", "Default"), 10);
    let done = action(&sim, &made["RMAHeaderId"]).await;
    assert_eq!((&done["SuccessfullyActioned"], &done["Errors"]), (&json!(true), &json!([])));
    assert_eq!(done["Status"]["StatusHeader"], "PROCESSED");
    assert_eq!(level(&sim, "TEE", "Default"), 11);
    let header = &headers(&sim).await[0];
    assert_eq!((&header["ExternalReference"], &header["Actioned"]), (&json!("WMS-7"), &json!(true)));
    assert_eq!(header["RMALines"][0]["ScrapQuantity"], 1);
}

#[tokio::test]
async fn goods_come_back_to_the_return_location_and_components_for_a_composite() {
    let sim = sim(shop()).await;
    let mut body = booking(&sim, "A-1", "SET", 1, 0);
    let place = sim.sim.with(|world| world.account().location_by_key("Warehouse").unwrap().stock_location_id);
    body["request"]["ReturnItems"][0]["ReturnLocation"] = json!(place);
    let made = sim.ok("ReturnsRefunds/CreateRMABooking", body).await;
    action(&sim, &made["RMAHeaderId"]).await;
    assert_eq!((level(&sim, "MUG", "Warehouse"), level(&sim, "COASTER", "Warehouse")), (1, 4));
    assert_eq!((level(&sim, "MUG", "Default"), level(&sim, "SET", "Warehouse")), (5, 0));
}

#[tokio::test]
async fn a_booking_that_is_wrong_is_rejected_inside_a_200_answer_and_changes_nothing() {
    let sim = sim(shop()).await;
    let before = sim.sim.hash();
    for (key, sku, quantity, scrap, word) in [
        ("OPEN", "TEE", 1, 0, "open"),
        ("A-1", "TEE", 4, 0, "3 of TEE"),
        ("A-1", "TEE", 0, 0, "at least 1"),
        ("A-1", "TEE", 1, 2, "scrapped"),
    ] {
        let answer = sim.ok("ReturnsRefunds/CreateRMABooking", booking(&sim, key, sku, quantity, scrap)).await;
        let errors = answer["Errors"].to_string();
        assert!(errors.contains(word), "{errors}, not {word}");
        assert_eq!(answer["RMAHeaderId"], 0);
    }
    let mut unknown = booking(&sim, "A-1", "TEE", 1, 0);
    unknown["request"]["OrderId"] = json!("99999999-9999-4999-8999-999999999999");
    assert!(sim.ok("ReturnsRefunds/CreateRMABooking", unknown).await["Errors"][0].as_str().unwrap().contains("exist"));
    assert_eq!(sim.sim.hash(), before);
    assert!(headers(&sim).await.is_empty());
}

#[tokio::test]
async fn a_rejection_names_the_line_and_can_be_status_400() {
    let sim = sim(shop()).await;
    let answer = book(&sim, "TEE", 9, 0).await;
    assert!(answer["Items"][0]["ValidationError"].as_str().unwrap().contains("3 of TEE"), "{answer}");
    let returns = ReturnRules { rejected_status: 400, ..ReturnRules::default() };
    let hard = sim_with(Config { returns, ..Config::default() }, shop()).await;
    let (status, body) = hard.call("ReturnsRefunds/CreateRMABooking", booking(&hard, "A-1", "TEE", 9, 0)).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().contains("3 of TEE"));
}

#[tokio::test]
async fn bookings_count_against_what_can_still_come_back() {
    let sim = sim(shop()).await;
    book(&sim, "TEE", 2, 0).await;
    let info = sim.fetch(&format!("ProcessedOrders/GetReturnItemsInfo?pkOrderId={}", sim.id("A-1"))).await;
    assert_eq!(
        (&info[0]["ReturnedQty"], &info[0]["ReturnableQty"], &info[0]["OrderQty"]),
        (&json!(2), &json!(1), &json!(3))
    );
    assert_eq!(info[1]["ChildItems"][1]["OrderQty"], 4);
    assert!(!book(&sim, "TEE", 2, 0).await["Errors"].as_array().unwrap().is_empty());
    assert!(book(&sim, "TEE", 1, 0).await["Errors"].as_array().unwrap().is_empty());
    book(&sim, "SET", 1, 0).await;
    let path = format!("ProcessedOrders/CheckOrderFullyReturned?pkOrderId={}", sim.id("A-1"));
    assert_eq!(sim.fetch(&path).await, json!(true));
    let options = json!({ "request": { "OrderId": sim.id("A-1") } });
    let options = sim.ok("ReturnsRefunds/GetReturnOptions", options).await["ReturnOptions"].clone();
    assert_eq!(
        (&options["CanReturn"], &options["CannotReturnReason"]),
        (&json!(false), &json!("AlreadyReturnedInLinnworks"))
    );
    assert_eq!(options["AllExistingRMAs"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_reasons_why_an_order_cannot_be_returned_are_told_by_the_options() {
    let sim = sim(shop()).await;
    for (id, reason) in [
        (sim.id("OPEN"), "OpenOrderInLinnworks"),
        (sim.id("A-1"), "None"),
        ("99999999-9999-4999-8999-999999999999".to_owned(), "MissingOrderInLinnworks"),
    ] {
        let answer = sim.ok("ReturnsRefunds/GetReturnOptions", json!({ "request": { "OrderId": id } })).await;
        assert_eq!(answer["ReturnOptions"]["CannotReturnReason"], reason);
    }
}

#[tokio::test]
async fn actioning_once_more_is_refused_ignored_or_counts_twice() {
    for (again, done, expected) in
        [(Again::Refused, false, 12), (Again::Ignored, true, 12), (Again::Repeated, true, 14)]
    {
        let returns = ReturnRules { action_again: again, ..ReturnRules::default() };
        let sim = sim_with(Config { returns, ..Config::default() }, shop()).await;
        let made = book(&sim, "TEE", 2, 0).await;
        action(&sim, &made["RMAHeaderId"]).await;
        let second = action(&sim, &made["RMAHeaderId"]).await;
        assert_eq!(second["SuccessfullyActioned"], done, "{again:?}");
        assert_eq!(level(&sim, "TEE", "Default"), expected, "{again:?}");
    }
}

#[tokio::test]
async fn an_rma_is_actioned_only_with_the_order_that_it_belongs_to() {
    let sim = sim(shop()).await;
    book(&sim, "TEE", 1, 0).await;
    let body = json!({ "request": { "RMAHeaderId": 1, "OrderId": sim.id("OPEN") } });
    let answer = sim.ok("ReturnsRefunds/ActionRMABooking", body).await;
    assert_eq!(answer["SuccessfullyActioned"], false);
    assert_eq!(level(&sim, "TEE", "Default"), 10);
}

#[tokio::test]
async fn scrap_may_count_beside_what_comes_back_and_stock_may_move_at_booking() {
    let returns = ReturnRules { scrap: Scrap::Beside, stock_at_booking: true, ..ReturnRules::default() };
    let sim = sim_with(Config { returns, ..Config::default() }, shop()).await;
    let made = book(&sim, "TEE", 1, 2).await;
    assert_eq!(level(&sim, "TEE", "Default"), 11);
    action(&sim, &made["RMAHeaderId"]).await;
    assert_eq!(level(&sim, "TEE", "Default"), 11);
}

#[tokio::test]
async fn a_booking_is_changed_and_deleted_until_it_is_actioned() {
    let sim = sim(shop()).await;
    let made = book(&sim, "TEE", 1, 0).await;
    let line = made["Items"][0]["RMARowId"].clone();
    let change = |quantity: i32, remove: bool| {
        json!({ "request": { "OrderId": sim.id("A-1"), "RMAHeaderId": 1, "ReturnItems": [{ "RMARowId": line,
            "ReturnQuantity": quantity, "ReturnLocation": ZERO, "RemoveFromBooking": remove }], "ExchangeItems": [], "ResendItems": [] } })
    };
    let path = "ReturnsRefunds/UpdateRMABooking";
    let changed = sim.ok(path, change(3, false)).await;
    assert_eq!((&changed["Errors"], &changed["Items"][0]["ReturnQuantity"]), (&json!([]), &json!(3)));
    assert!(!sim.ok(path, change(4, false)).await["Errors"].as_array().unwrap().is_empty());
    sim.ok(path, change(1, true)).await;
    assert!(headers(&sim).await.is_empty());
    let second = book(&sim, "TEE", 1, 0).await;
    assert_eq!(second["RMAHeaderId"], 2, "numbers are not given twice");
    sim.ok("ReturnsRefunds/DeleteRMA", json!({ "request": { "RMAHeaderId": 2 } })).await;
    assert!(headers(&sim).await.is_empty());
    assert_eq!(sim.call("ReturnsRefunds/DeleteRMA", json!({ "request": { "RMAHeaderId": 2 } })).await.0, 400);
}

#[tokio::test]
async fn what_was_actioned_stays_when_an_rma_is_deleted() {
    let sim = sim(shop()).await;
    let made = book(&sim, "TEE", 1, 0).await;
    action(&sim, &made["RMAHeaderId"]).await;
    sim.ok("ReturnsRefunds/DeleteRMA", json!({ "request": { "RMAHeaderId": 1 } })).await;
    assert_eq!(headers(&sim).await.len(), 1);
}

#[tokio::test]
async fn a_refusal_by_the_channel_leaves_an_error_that_is_acknowledged() {
    let returns = ReturnRules { channel_refuses: Some("Return window closed".to_owned()), ..ReturnRules::default() };
    let sim = sim_with(Config { returns, ..Config::default() }, shop()).await;
    let made = book(&sim, "TEE", 1, 0).await;
    let refused = action(&sim, &made["RMAHeaderId"]).await;
    assert_eq!(
        (&refused["SuccessfullyActioned"], &refused["Status"]["StatusHeader"]),
        (&json!(false), &json!("ERROR"))
    );
    assert_eq!(refused["Errors"], json!(["Return window closed"]));
    assert_eq!(level(&sim, "TEE", "Default"), 10);
    let body = json!({ "request": { "RMAHeaderId": 1, "AcknowledgeAllErrors": true } });
    let seen = sim.ok("ReturnsRefunds/AcknowledgeRMAErrors", body).await;
    assert_eq!(seen["EntireRMAHeaderSetToErrorAcked"], true);
    let pages = json!({ "request": { "Page": 1, "Filters": { "Type": "ORDER_ID", "Value": sim.id("A-1") } } });
    let closed = sim.ok("ReturnsRefunds/GetProcessedOrAckedErrorRMAHeaders", pages.clone()).await;
    assert_eq!((&closed["TotalHeaders"], &closed["Page"]), (&json!(1), &json!(1)));
    assert_eq!(sim.ok("ReturnsRefunds/GetActionableRMAHeaders", pages).await["TotalHeaders"], 0);
}

#[tokio::test]
async fn exchanges_and_resends_become_orders_and_money_becomes_a_refund() {
    let sim = sim(shop()).await;
    let mug = sim.sim.with(|world| world.account().items.by_sku("MUG").unwrap().stock_item_id);
    // The new orders carry the reference too, so the sold one is known by its id.
    let id = sim.id("A-1");
    let tee = row(&sim, "A-1", "TEE");
    let body = json!({ "request": { "OrderId": sim.id("A-1"), "ReturnItems": [],
        "ExchangeItems": [{ "OrderItemRowId": tee, "ReturnLocation": ZERO, "ReturnQuantity": 1, "RefundAmount": 4.5,
            "ExchangeStockItemId": mug, "ExchangeQuantity": 1, "DespatchLocationId": ZERO }],
        "ResendItems": [{ "OrderItemRowId": tee, "ResendQuantity": 1, "DespatchLocationId": ZERO }] } });
    let made = sim.ok("ReturnsRefunds/CreateRMABooking", body).await;
    let done = action(&sim, &made["RMAHeaderId"]).await;
    assert_eq!(done["RefundHeaderId"], 1);
    let sent: Vec<String> =
        done["Items"].as_array().unwrap().iter().map(|line| line["NewOrderId"].as_str().unwrap().to_owned()).collect();
    let orders = sim.ok("Orders/GetOrdersById", json!({ "pkOrderIds": sent })).await;
    assert_eq!((&orders[0]["Items"][0]["SKU"], &orders[1]["Items"][0]["SKU"]), (&json!("MUG"), &json!("TEE")));
    assert_eq!(orders[0]["GeneralInfo"]["Status"], 4);
    let refunds = json!({ "request": { "OrderId": id } });
    let refunds = sim.ok("ReturnsRefunds/GetRefundHeadersByOrderId", refunds).await;
    assert_eq!(refunds["RefundHeaders"][0]["Amount"], 4.5);
    let body = json!({ "request": { "RefundHeaderId": 1, "OrderId": id } });
    assert_eq!(sim.ok("ReturnsRefunds/ActionRefund", body.clone()).await["SuccessfullyActioned"], true);
    assert_eq!(sim.ok("ReturnsRefunds/ActionRefund", body).await["SuccessfullyActioned"], false);
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_booking_made() {
    let sim = sim(shop()).await;
    let fault = json!({ "endpoint": "ReturnsRefunds/CreateRMABooking", "nth": 1, "do": "cut_after" });
    sim.sim.fault(Fault::read(fault).unwrap());
    let body = booking(&sim, "A-1", "TEE", 1, 0);
    assert!(sim.post("ReturnsRefunds/CreateRMABooking").json(&body).send().await.is_err());
    assert_eq!(headers(&sim).await[0]["ExternalReference"], "WMS-7");
}

#[tokio::test]
async fn a_batched_item_goes_back_to_the_batch_that_is_named() {
    let sim = sim(json!({
        "Items": [{ "SKU": "CREAM", "Level": 9, "InventoryTrackingType": 1,
                    "Batches": [{ "BatchInventoryId": 7, "Quantity": 9 }] }],
        "Orders": [{ "ReferenceNum": "A-1", "Processed": true, "Items": [{ "SKU": "CREAM", "Quantity": 3 }] }],
    }))
    .await;
    assert!(book(&sim, "CREAM", 1, 0).await["Errors"][0].as_str().unwrap().contains("batches"));
    let mut body = booking(&sim, "A-1", "CREAM", 2, 0);
    body["request"]["ReturnItems"][0]["BatchInventoryId"] = json!(7);
    let made = sim.ok("ReturnsRefunds/CreateRMABooking", body).await;
    action(&sim, &made["RMAHeaderId"]).await;
    let batch = sim.sim.with(|world| world.account().items.by_sku("CREAM").unwrap().batches[0].quantity);
    assert_eq!((batch, level(&sim, "CREAM", "Default")), (11, 11));
}

#[tokio::test]
async fn the_older_calls_see_the_same_bookings() {
    let sim = sim(shop()).await;
    book(&sim, "TEE", 1, 0).await;
    let rows = sim.fetch("ReturnsRefunds/GetBookedReturnsExchangeOrders").await;
    assert_eq!(rows[0]["pkOrderID"], sim.id("A-1"));
    sim.ok("ReturnsRefunds/ActionBookedOrder", json!({ "pkOrderId": sim.id("A-1"), "bookedItems": [] })).await;
    assert_eq!(level(&sim, "TEE", "Default"), 11);
    let rows = sim.fetch(&format!("ProcessedOrders/GetReturnsExchanges?pkOrderId={}", sim.id("A-1"))).await;
    assert_eq!((&rows[0]["RowType"], &rows[0]["Completed"]), (&json!("RETURN"), &json!(true)));
}

#[tokio::test]
async fn returns_are_seeded_shown_changed_and_rendered_again() {
    let mut seed = shop();
    seed["RMAs"] = json!([{ "Order": "A-1", "Reference": "R-1", "Lines": [{ "SKU": "TEE", "Quantity": 1, "Location": "Warehouse" }] }]);
    seed["ReturnCategories"] = json!(["Faulty", "Unwanted"]);
    let sim = sim(seed).await;
    let control = |path: &str| format!("{}/_sim/{path}", sim.sim.url());
    let listed: Value = sim.client.get(control("rmas")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&listed[0]["RMAHeaderId"], &listed[0]["Lines"][0]["Status"]), (&json!(1), &json!("OPEN")));
    let patch = json!({ "Lines": [{ "SKU": "TEE", "Quantity": 2, "Status": "PROCESSED" }] });
    sim.client.patch(control("rmas/R-1")).json(&patch).send().await.unwrap().error_for_status().unwrap();
    assert_eq!(headers(&sim).await[0]["Status"]["StatusHeader"], "PROCESSED");
    let categories = sim.fetch("ProcessedOrders/GetReturnCategories").await;
    assert_eq!(
        categories,
        json!([{ "pkItemId": 1, "CategoryName": "Faulty" }, { "pkItemId": 2, "CategoryName": "Unwanted" }])
    );
    let state: Value = sim.client.get(control("state")).send().await.unwrap().json().await.unwrap();
    let before = sim.sim.hash();
    sim.sim.seed(state).unwrap();
    assert_eq!(sim.sim.hash(), before);
    let wrong = sim.client.post(control("rmas")).json(&json!({ "Order": "B-9" })).send().await.unwrap();
    assert_eq!(wrong.status(), 422);
}

#[tokio::test]
async fn in_strict_mode_a_booking_must_be_wrapped() {
    let sim = sim_with(Config { strict: true, ..Config::default() }, shop()).await;
    let (status, body) = sim.call("ReturnsRefunds/GetRMAHeadersByOrderId", json!({ "OrderId": sim.id("A-1") })).await;
    assert_eq!((status, &body["Message"]), (400, &json!("The 'request' parameter is missing.")));
}
