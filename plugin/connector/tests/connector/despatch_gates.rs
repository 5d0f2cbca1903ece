//! Why Linnworks may not take a despatch: each cause is found by reading the order, and goes through once it is gone.
use linnworks_connector::contract::{Attempt, Outcome, Problem, Retry};
use serde_json::{Value, json};

use crate::fake::{DEFAULT, LEEDS, ctx};
use crate::order::id;
use crate::shipping_account::{account, changed, despatch as left, fates, guarded, shipped};

fn the_problem(outcome: &Outcome) -> &Problem {
    match &outcome.attempt {
        Attempt::Refused(problem) | Attempt::Held(problem) | Attempt::RetryLater(problem) => problem,
        other => panic!("{other:?} has no problem"),
    }
}

/// A member of an order that keeps it from being processed while it has a value, and what a person sees.
struct Case {
    pointer: &'static str,
    blocking: Value,
    cured: Value,
    says: &'static str,
    code: &'static str,
    remedy: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |pointer, blocking, cured, says, code, remedy| Case { pointer, blocking, cured, says, code, remedy };
    vec![
        case("/GeneralInfo/Status", json!(0), json!(1), "Payment!", "despatch.unpaid", "Mark the order as paid"),
        case(
            "/GeneralInfo/InvoicePrinted",
            json!(false),
            json!(true),
            "The order requires an invoice to be printed before processing",
            "despatch.invoice-not-printed",
            "Printed in Linnworks",
        ),
        case(
            "/GeneralInfo/LabelPrinted",
            json!(false),
            json!(true),
            "No label.",
            "despatch.label-not-printed",
            "label as Printed",
        ),
        case(
            "/Items/0/IsUnlinked",
            json!(true),
            json!(false),
            "Items not linked",
            "despatch.item-unlinked",
            "Link the channel's SKU",
        ),
        case(
            "/Notes",
            json!([{"NoteTypeId": 1}]),
            json!([]),
            "There are notes",
            "despatch.note-to-acknowledge",
            "Read the note",
        ),
        case(
            "/ShippingInfo/TotalWeight",
            json!(0),
            json!(2),
            "A weight is required",
            "despatch.weight-required",
            "Enter the order's weight",
        ),
    ]
}

#[test]
fn each_cause_has_its_code_and_remedy_and_goes_through_once_it_is_gone() {
    for Case { pointer, blocking, cured, says, code, remedy } in cases() {
        let wrong = blocking.clone();
        let account = guarded(vec![shipped(1)], move |order| (order.pointer(pointer) == Some(&wrong)).then_some(says));
        account.change(1, pointer, blocking);
        let outcomes = account.push(&ctx(json!({})), &[left(1, "T1")]);
        assert_eq!(fates(&outcomes), [format!("refused {code}")]);
        let problem = the_problem(&outcomes[0]);
        assert!(problem.remedy.contains(remedy), "{}", problem.remedy);
        assert!(problem.remedy.ends_with("stays queued and goes through after that."), "{}", problem.remedy);
        assert_eq!(problem.retry, Retry::AfterAChange);
        assert_eq!(account.order(1)["ShippingInfo"]["TrackingNumber"], json!("T1"), "the number is there already");
        account.host.forget_calls();
        account.change(1, pointer, cured);
        assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["done"], "{code}");
        assert_eq!(account.host.count("Orders/SetOrderShippingInfo"), 0);
    }
}

#[test]
fn the_remedy_for_an_unprinted_invoice_points_to_the_rule() {
    let account = guarded(vec![shipped(1)], |_| Some("requires an invoice"));
    let outcomes = account.push(&ctx(json!({})), &[left(1, "")]);
    let remedy = &the_problem(&outcomes[0]).remedy;
    assert!(remedy.contains("Linnworks Settings > General > Order Settings > Error prevention"), "{remedy}");
}

#[test]
fn the_words_of_a_refusal_never_decide_against_the_record() {
    let mut order = shipped(1);
    order["GeneralInfo"]["InvoicePrinted"] = json!(true);
    order["GeneralInfo"]["LabelPrinted"] = json!(true);
    let account = guarded(vec![order], |_| Some("requires an invoice to be printed"));
    let outcomes = account.push(&ctx(json!({})), &[left(1, "T1")]);
    assert_eq!(fates(&outcomes), ["refused despatch.refused"]);
    assert!(the_problem(&outcomes[0]).message.contains("requires an invoice to be printed"));
}

#[test]
fn a_refusal_without_words_is_explained_by_the_record_alone() {
    let account =
        guarded(vec![shipped(1)], |order| (order["GeneralInfo"]["InvoicePrinted"] != json!(true)).then_some(""));
    let outcomes = account.push(&ctx(json!({})), &[left(1, "T1")]);
    assert_eq!(fates(&outcomes), ["refused despatch.invoice-not-printed"]);
    assert!(the_problem(&outcomes[0]).message.contains("despatch.label-not-printed"), "the other that it may be");
}

#[test]
fn missing_stock_is_found_by_reading_the_levels_of_the_orders_location() {
    let account = guarded(vec![shipped(1)], |_| Some("can not be processed"));
    let item = "5a1e0000-0000-4000-8000-000000000001";
    let level = |place: &str, level: i64| json!({"Location": {"StockLocationId": place}, "StockLevel": level});
    account.host.always(
        "Stock/GetStockLevel_Batch",
        json!([{"pkStockItemId": item, "StockItemLevels": [level(LEEDS, 90), level(DEFAULT, 1)]}]),
    );
    let outcomes = account.push(&ctx(json!({})), &[left(1, "T1")]);
    assert_eq!(fates(&outcomes), ["refused despatch.no-stock"]);
    let problem = the_problem(&outcomes[0]);
    assert_eq!((problem.sku.as_deref(), problem.retry), (Some("TEE"), Retry::Later));
    assert_eq!(account.host.count("Stock/GetStockLevel_Batch"), 1);
}

#[test]
fn a_lock_that_the_record_hides_is_found_in_the_list() {
    let mut order = shipped(1);
    for printed in ["InvoicePrinted", "LabelPrinted"] {
        order["GeneralInfo"][printed] = json!(true);
    }
    let account = guarded(vec![order], |_| Some("no"));
    account.host.always("Orders/GetAllOpenOrders", json!([id(1)]));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["refused despatch.locked"]);
}

#[test]
fn a_locked_order_is_left_alone() {
    let mut order = shipped(1);
    order["GeneralInfo"]["HoldOrCancel"] = json!(true);
    let account = account(vec![order]);
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["refused despatch.locked"]);
    assert_eq!(account.host.called(), ["Orders/GetOrdersById"]);
}

#[test]
fn a_parked_order_is_unparked_or_waits_as_the_settings_say() {
    let mut order = shipped(1);
    order["GeneralInfo"]["Marker"] = json!(7);
    let unparked = account(vec![order.clone()]);
    let outcomes = unparked.push(&ctx(json!({})), &[left(1, "T1")]);
    assert_eq!(fates(&outcomes), ["done"]);
    assert_eq!(changed(&outcomes[0])[0], ("IsParked", "false"));
    assert_eq!(unparked.host.asked("Orders/ChangeOrderTag"), json!({"orderIds": [id(1)]}), "as a form without tag");
    let held = account(vec![order]);
    assert_eq!(
        fates(&held.push(&ctx(json!({"OnDespatchParked": "Hold"})), &[left(1, "T1")])),
        ["held despatch.parked"]
    );
    assert_eq!(held.host.called(), ["Orders/GetOrdersById"]);
}

#[test]
fn unparking_that_has_no_effect_is_seen() {
    let mut order = shipped(1);
    order["GeneralInfo"]["IsParked"] = json!(true);
    let account = account(vec![order]);
    account.host.always("Orders/ChangeOrderTag", json!([id(1)]));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["refused despatch.parked"]);
    assert_eq!(account.host.count("Orders/ProcessOrdersInBatch"), 0);
}

#[test]
fn an_unpaid_order_is_not_unparked() {
    let mut order = shipped(1);
    order["GeneralInfo"]["IsParked"] = json!(true);
    order["GeneralInfo"]["Status"] = json!(0);
    let account = account(vec![order]);
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["refused despatch.unpaid"]);
    assert_eq!(account.host.count("Orders/ChangeOrderTag"), 0);
}

#[test]
fn a_parked_order_that_the_list_says_is_locked_stays_parked() {
    let mut order = shipped(1);
    order["GeneralInfo"]["IsParked"] = json!(true);
    let account = account(vec![order, shipped(2)]);
    account.host.always("Orders/GetAllOpenOrders", json!([id(1)]));
    let both = [left(1, "T1"), left(2, "T2")];
    assert_eq!(fates(&account.push(&ctx(json!({})), &both)), ["refused despatch.locked", "done"]);
    // A list with an order that is not parked did not look at the filter.
    account.change(2, "/Processed", json!(false));
    account.host.always("Orders/GetAllOpenOrders", json!([id(1), id(2)]));
    assert_eq!(fates(&account.push(&ctx(json!({})), &both)), ["later despatch.lock-unknown", "done"]);
}

#[test]
fn invoices_are_marked_at_despatch_only_where_the_settings_say_so() {
    let gate =
        |order: &Value| (order["GeneralInfo"]["InvoicePrinted"] != json!(true)).then_some("an invoice is required");
    for setting in ["Never", "OnImport"] {
        let account = guarded(vec![shipped(1)], gate);
        let outcomes = account.push(&ctx(json!({"MarkInvoicePrinted": setting})), &[left(1, "T1")]);
        assert_eq!(fates(&outcomes), ["refused despatch.invoice-not-printed"]);
        assert_eq!(account.host.count("Orders/SetInvoicesPrinted"), 0);
    }
    let marked = guarded(vec![shipped(1), shipped(2)], gate);
    let on_despatch = ctx(json!({"MarkInvoicePrinted": "OnDespatch"}));
    let outcomes = marked.push(&on_despatch, &[left(1, "T1"), left(2, "T2")]);
    assert_eq!(fates(&outcomes), ["done", "done"]);
    assert_eq!(changed(&outcomes[0]), [("TrackingNumber", "T1"), ("InvoicePrinted", "true"), ("Processed", "true")]);
    assert_eq!(
        (marked.host.count("Orders/SetInvoicesPrinted"), marked.host.count("Orders/ProcessOrdersInBatch")),
        (1, 2)
    );
    let free = account(vec![shipped(1)]);
    free.push(&on_despatch, &[left(1, "T1")]);
    assert_eq!(free.host.count("Orders/SetInvoicesPrinted"), 0, "nobody asked for an invoice");
}

#[test]
fn an_order_of_a_location_that_became_a_fulfilment_centre_is_not_touched() {
    let account = account(vec![shipped(1)]);
    account.host.always(
        "Inventory/GetStockLocations",
        json!([{"StockLocationId": DEFAULT, "LocationName": "Default", "IsFulfillmentCenter": true}]),
    );
    let outcomes = account.push(&ctx(json!({})), &[left(1, "T1")]);
    assert_eq!(fates(&outcomes), ["refused despatch.fulfilment-centre"]);
    assert_eq!(account.host.called(), ["Orders/GetOrdersById"]);
}

#[test]
fn an_order_that_was_moved_elsewhere_waits_for_a_person() {
    let account = account(vec![shipped(1)]);
    account.change(1, "/FulfilmentLocationId", json!(LEEDS));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["refused despatch.moved"]);
    account.change(1, "/FulfilmentLocationId", json!(DEFAULT));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["done"]);
}

#[test]
fn a_processed_order_is_never_processed_again() {
    for (there, ours, fate) in [
        ("T1", "T1", "already-done"),
        ("", "", "already-done"),
        ("X9", "", "already-done"),
        ("T1,T2", "T1", "already-done"),
        ("", "T1", "refused despatch.already-processed"),
        ("X9", "T1", "refused despatch.already-processed"),
    ] {
        let mut order = shipped(1);
        order["Processed"] = json!(true);
        order["ShippingInfo"]["TrackingNumber"] = json!(there);
        let account = account(vec![order]);
        let outcomes = account.push(&ctx(json!({})), &[left(1, ours)]);
        assert_eq!(fates(&outcomes), [fate], "{there:?} {ours:?}");
        assert_eq!(account.host.called(), ["Orders/GetOrdersById"]);
        if fate.starts_with("refused") {
            assert_eq!(the_problem(&outcomes[0]).retry, Retry::Never);
        }
    }
}

#[test]
fn a_cancelled_order_needs_a_person() {
    let mut order = shipped(1);
    order["Processed"] = json!(true);
    order["GeneralInfo"]["HoldOrCancel"] = json!(true);
    let account = account(vec![order]);
    let outcomes = account.push(&ctx(json!({})), &[left(1, "T1")]);
    assert_eq!(fates(&outcomes), ["refused despatch.order-cancelled"]);
    assert_eq!(the_problem(&outcomes[0]).retry, Retry::Never);
}

#[test]
fn an_order_that_is_missing_is_looked_for_twice_and_then_among_the_merged() {
    let account = account(vec![shipped(7)]);
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["refused despatch.order-not-found"]);
    assert_eq!(account.host.called(), ["Orders/GetOrdersById", "Orders/GetOrdersById", "Orders/GetOrderRelations"]);
    account.host.always(
        "Orders/GetOrderRelations",
        json!([{"ParentOrderId": id(1), "ChildOrderId": id(7), "Parent": 100_001, "Child": 100_007, "Type": "MERGE"}]),
    );
    let merged = account.push(&ctx(json!({})), &[left(1, "T1")]);
    assert_eq!(fates(&merged), ["refused despatch.order-merged"]);
    assert!(the_problem(&merged[0]).message.contains("100007"));
    account.change(7, "/Processed", json!(true));
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["already-done"], "a person did it");
}

#[test]
fn both_ways_in_which_linnworks_refuses_are_understood() {
    let account = account(vec![shipped(1)]);
    account.host.on("Orders/ProcessOrdersInBatch", |_| {
        crate::fake::text(400, r#"{"Message":"Order 100001 requires an invoice to be printed before processing"}"#)
    });
    assert_eq!(fates(&account.push(&ctx(json!({})), &[left(1, "T1")])), ["refused despatch.invoice-not-printed"]);
}
