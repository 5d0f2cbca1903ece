//! Scans, batches, and orders that leave in parts.
use std::rc::Rc;

use linnworks_connector::contract::HttpError;
use linnworks_connector::contract::despatch::{Despatch, DespatchedLine};
use serde_json::{Value, json};

use crate::fake::{DEFAULT, ctx, ok, text};
use crate::order::{id, line};
use crate::shipping_account::{Account, account, batch, despatch as whole, fates, left, shipped};

const TEE: &str = "7b2f0000-0000-4000-8000-000000000001";

fn batched() -> Value {
    let mut order = shipped(1);
    order["Items"][0]["BatchNumberScanRequired"] = json!(true);
    order
}

fn stocked(account: &Account, batches: &[(&str, i64, i64)]) {
    let row = |(number, id, quantity): &(&str, i64, i64)| {
        json!({"BatchNumber": number, "Inventory": [
            {"BatchInventoryId": id, "StockLocationId": DEFAULT, "Quantity": quantity},
            {"BatchInventoryId": id + 1_000, "StockLocationId": "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a", "Quantity": 50},
        ]})
    };
    account.host.always("Inventory/GetBatchesByStockItemId", batches.iter().map(row).collect());
    account.host.always("Orders/ProcessOrder_RequiredBatchScans", Value::Null);
}

fn picked(batches: Vec<linnworks_connector::contract::despatch::Batch>) -> Despatch {
    Despatch { lines: vec![DespatchedLine { batches, ..left(1, "TEE", 2) }, left(2, "MUG", 1)], ..whole(1, "T1") }
}

#[test]
fn a_serial_number_is_vouched_for_by_the_warehouse() {
    let mut order = shipped(1);
    order["Items"][0]["SerialNumberScanRequired"] = json!(true);
    let account = account(vec![order, shipped(2)]);
    assert_eq!(fates(&account.push(&ctx(json!({})), &[whole(1, "T1"), whole(2, "T2")])), ["done", "done"]);
    assert_eq!(account.host.asked("Orders/ProcessOrder")["scanPerformed"], json!(true));
    assert_eq!(account.host.asked("Orders/ProcessOrdersInBatch")["ordersIds"], json!([id(2)]));
}

#[test]
fn batches_are_assigned_as_the_warehouse_picked_them() {
    let account = account(vec![batched()]);
    stocked(&account, &[("B1", 11, 5), ("B2", 12, 5)]);
    assert_eq!(fates(&account.push(&ctx(json!({})), &[picked(vec![batch("b2", 1), batch("B1", 1)])])), ["done"]);
    let row = |batch: i64| json!({"orderItemRowId": TEE, "batchInventoryId": batch, "quantity": 1});
    assert_eq!(
        account.host.asked("Orders/ProcessOrder_RequiredBatchScans"),
        json!({"BatchAssignment": {"orderId": id(1), "batchToItemMapping": [row(12), row(11)]}})
    );
}

#[test]
fn the_only_batch_can_be_no_other_and_among_several_nobody_guesses() {
    let one = account(vec![batched()]);
    stocked(&one, &[("B1", 11, 5), ("OLD", 12, 0)]);
    assert_eq!(fates(&one.push(&ctx(json!({})), &[whole(1, "T1")])), ["done"]);
    for (batches, told) in [
        (vec![("B1", 11, 5), ("B2", 12, 5)], Vec::new()),
        (vec![("B1", 11, 5)], vec![batch("B9", 2)]),
        (vec![("B1", 11, 5)], vec![batch("B1", 1)]),
        (Vec::new(), Vec::new()),
    ] {
        let several = account(vec![batched()]);
        stocked(&several, &batches);
        assert_eq!(fates(&several.push(&ctx(json!({})), &[picked(told)])), ["refused despatch.batch-unknown"]);
        assert_eq!(several.host.count("Orders/ProcessOrder"), 0);
    }
}

#[test]
fn batches_that_linnworks_has_assigned_stay_unless_the_warehouse_says_others() {
    let mut order = batched();
    order["Items"][0]["BinRacks"] = json!([{"BatchId": 11, "Quantity": 2}]);
    let account = account(vec![order]);
    assert_eq!(fates(&account.push(&ctx(json!({})), &[whole(1, "T1")])), ["done"]);
    assert_eq!(account.host.count("Orders/ProcessOrder_RequiredBatchScans"), 0);
}

#[test]
fn a_scan_that_linnworks_still_wants_has_its_own_code() {
    let account = account(vec![batched()]);
    stocked(&account, &[("B1", 11, 5)]);
    account.host.always("Orders/ProcessOrder", json!({"OrderId": id(1), "Processed": false, "Error": "scan first"}));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[whole(1, "T1")])), ["refused despatch.scan-required"]);
}

/// An account whose orders can be split.
fn splittable() -> Account {
    let account = account(vec![shipped(1)]);
    let held = Rc::clone(&account.orders);
    account.host.on("Orders/SplitOrder", move |asked| {
        let mut orders = held.borrow_mut();
        let n = 50 + orders.len();
        let mut child = shipped(n);
        let taken = asked["newOrders"][0]["Items"].as_array().unwrap();
        let sku = orders[0]["Items"][0]["SKU"].as_str().unwrap().to_owned();
        child["Items"] = json!([line(90 + n, &sku, taken[0]["Quantity"].as_i64().unwrap(), 1.0, 1.2)]);
        let rest = orders[0]["Items"][0]["Quantity"].as_i64().unwrap() - taken[0]["Quantity"].as_i64().unwrap();
        orders[0]["Items"][0]["Quantity"] = json!(rest);
        orders.push(child);
        ok(&json!([{"OrderId": id(1)}, {"OrderId": id(n)}]))
    });
    let held = Rc::clone(&account.orders);
    account.host.on("Orders/GetOrderRelations", move |_| {
        let orders = held.borrow();
        let children = orders.iter().skip(1);
        ok(&children
            .map(|child| json!({"ParentOrderId": id(1), "ChildOrderId": child["OrderId"], "Type": "SPLIT"}))
            .collect())
    });
    account
}

fn part(number: &str) -> Despatch {
    Despatch { id: format!("{}/2", id(1)), lines: vec![left(1, "TEE", 1)], partial: true, ..whole(1, number) }
}

#[test]
fn a_part_becomes_an_order_of_its_own_and_is_processed_alone() {
    let account = splittable();
    let outcomes = account.push(&ctx(json!({})), &[part("T2")]);
    assert_eq!(fates(&outcomes), ["done"]);
    assert_eq!(outcomes[0].remote_id.as_deref(), Some(id(51).as_str()));
    assert_eq!(account.order(51)["ShippingInfo"]["TrackingNumber"], json!("T2"));
    assert_eq!((&account.order(51)["Processed"], &account.order(1)["Processed"]), (&json!(true), &json!(false)));
    let rest = account.push(&ctx(json!({})), &[whole(1, "T1")]);
    assert_eq!(fates(&rest), ["done"]);
    assert_eq!(account.host.count("Orders/SplitOrder"), 1);
}

#[test]
fn what_was_split_off_before_is_not_split_off_again() {
    let account = splittable();
    account.push(&ctx(json!({})), &[part("T2")]);
    // The outcome was lost.
    account.change(51, "/Processed", json!(false));
    let again = account.push(&ctx(json!({})), &[Despatch { in_doubt: true, ..part("T2") }]);
    assert_eq!(fates(&again), ["done"]);
    assert_eq!(account.host.count("Orders/SplitOrder"), 1);
    let known = Despatch { remote_id: Some(id(51)), ..part("T2") };
    assert_eq!(fates(&account.push(&ctx(json!({})), &[known])), ["already-done"]);
    assert_eq!(account.host.count("Orders/SplitOrder"), 1);
}

#[test]
fn a_lost_answer_of_a_split_is_in_doubt() {
    let account = splittable();
    account.host.on("Orders/SplitOrder", |_| Err(HttpError::OutcomeUnknown("broken off".to_owned())));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[part("T2")])), ["in-doubt despatch.in-doubt"]);
    for (status, answer) in [(500, ""), (200, "<html>")] {
        account.host.on("Orders/SplitOrder", move |_| text(status, answer));
        assert_eq!(fates(&account.push(&ctx(json!({})), &[part("T2")])), ["in-doubt despatch.in-doubt"], "{status}");
    }
    account.host.on("Orders/SplitOrder", |_| Err(HttpError::NotSent("no route".to_owned())));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[part("T2")])), ["later despatch.unavailable"]);
}

#[test]
fn a_split_that_linnworks_refuses_is_told_and_nothing_is_processed() {
    let account = splittable();
    account.host.on("Orders/SplitOrder", |_| text(400, r#"{"Message":"Order splitting is restricted"}"#));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[part("T2")])), ["refused despatch.refused"]);
    let composite = Despatch { lines: vec![left(9, "GONE", 1)], ..part("T2") };
    assert_eq!(fates(&account.push(&ctx(json!({})), &[composite])), ["refused despatch.not-split"]);
    assert_eq!(account.order(1)["Processed"], json!(false));
}

#[test]
fn the_rest_waits_for_the_parts_of_the_same_call() {
    let account = splittable();
    let outcomes = account.push(&ctx(json!({})), &[part("T2"), whole(1, "T1")]);
    assert_eq!(fates(&outcomes), ["done", "not-attempted"]);
}
