//! Despatches that are told to Linnworks: what is written, in which order, how often, and how it is known to be done.
use std::rc::Rc;

use linnworks_connector::contract::despatch::{Despatch, Parcel};
use linnworks_connector::contract::{Context, Failure, HttpError, Mode};
use linnworks_connector::despatch;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, LEEDS, ctx, ok, problem, run, text};
use crate::order::id;
use crate::shipping_account::{account, changed, despatch as left, fates, set, shipped};

fn plain() -> Context {
    ctx(json!({}))
}

fn parcels(n: usize, numbers: &[&str]) -> Despatch {
    let parcel = |number: &&str| Parcel {
        tracking_number: (!number.is_empty()).then(|| (*number).to_owned()),
        courier_service: "RM48".to_owned(),
    };
    Despatch { parcels: numbers.iter().map(parcel).collect(), ..left(n, "") }
}

#[test]
fn tracking_is_written_and_read_back_before_the_order_is_processed_and_read_back() {
    let account = account(vec![shipped(1)]);
    let outcomes = account.push(&plain(), &[left(1, "RM123GB")]);
    assert_eq!(fates(&outcomes), ["done"]);
    assert_eq!(changed(&outcomes[0]), [("TrackingNumber", "RM123GB"), ("Processed", "true")]);
    let steps = [
        "Orders/GetOrdersById",
        "Orders/SetOrderShippingInfo",
        "Orders/GetOrdersById",
        "Orders/ProcessOrdersInBatch",
        "Orders/GetOrdersById",
    ];
    assert_eq!(account.host.called(), steps);
    assert_eq!(account.order(1)["ShippingInfo"]["TrackingNumber"], json!("RM123GB"));
}

#[test]
fn service_weights_and_cost_are_given_back_as_they_were_read() {
    let account = account(vec![shipped(1)]);
    account.push(&plain(), &[left(1, "RM123GB")]);
    let info = &account.host.asked("Orders/SetOrderShippingInfo")["info"];
    let before = &shipped(1)["ShippingInfo"];
    for member in ["PostalServiceId", "TotalWeight", "ItemWeight", "PostageCost", "ManualAdjust"] {
        assert_eq!(info[member], before[member], "{member}");
    }
}

#[test]
fn a_thousand_orders_cost_few_more_calls_than_their_tracking_numbers() {
    let account = account((1..=1_000).map(shipped).collect());
    let all: Vec<Despatch> = (1..=1_000).map(|n| left(n, &format!("T{n}"))).collect();
    for batch in all.chunks(200) {
        assert!(fates(&account.push(&plain(), batch)).iter().all(|fate| fate == "done"));
    }
    let calls = account.host.calls.borrow().len();
    assert_eq!(account.host.count("Orders/SetOrderShippingInfo"), 1_000);
    assert!(calls <= 1_050, "{calls} calls");
}

#[test]
fn nothing_to_tell_costs_nothing() {
    let account = account(vec![shipped(1)]);
    assert!(account.push(&plain(), &[]).is_empty());
    assert!(account.host.calls.borrow().is_empty());
}

#[test]
fn a_number_that_is_there_is_not_written_again_and_no_number_is_no_write() {
    let mut there = shipped(1);
    there["ShippingInfo"]["TrackingNumber"] = json!("T1");
    let account = account(vec![there, shipped(2)]);
    assert_eq!(fates(&account.push(&plain(), &[left(1, "T1"), left(2, "")])), ["done", "done"]);
    assert_eq!(account.host.count("Orders/SetOrderShippingInfo"), 0);
}

#[test]
fn a_despatch_without_number_is_held_where_one_is_required() {
    let account = account(vec![shipped(1)]);
    let ctx = ctx(json!({"RequireTrackingNumber": true}));
    assert_eq!(fates(&account.push(&ctx, &[left(1, "")])), ["held despatch.tracking-number-missing"]);
    assert!(account.host.calls.borrow().is_empty());
}

#[test]
fn several_numbers_become_one_by_the_policy() {
    for (policy, numbers, expected) in [
        ("First", vec!["A1", "A2"], "A1"),
        ("CommaJoined", vec!["A1", "A2", "A1", ""], "A1,A2"),
        ("First", vec!["", " B2 "], "B2"),
    ] {
        let account = account(vec![shipped(1)]);
        let outcomes = account.push(&ctx(json!({"ParcelJoinPolicy": policy})), &[parcels(1, &numbers)]);
        assert_eq!(changed(&outcomes[0])[0], ("TrackingNumber", expected), "{policy}");
    }
}

#[test]
fn an_address_on_the_web_is_never_written_as_a_number() {
    for address in ["https://track.example.test/RM1", "www.example.test/1", "HTTP://x.test", "parcel.co.uk/track?n=1"] {
        let account = account(vec![shipped(1)]);
        assert_eq!(fates(&account.push(&plain(), &[left(1, address)])), ["done"], "{address}");
        assert_eq!(account.host.count("Orders/SetOrderShippingInfo"), 0, "{address}");
        let strict = ctx(json!({"RequireTrackingNumber": true}));
        assert_eq!(fates(&account.push(&strict, &[left(1, address)])), ["held despatch.tracking-number-missing"]);
    }
    let account = account(vec![shipped(1)]);
    account.push(&plain(), &[parcels(1, &["https://x.test/1", "RM1"])]);
    assert_eq!(account.order(1)["ShippingInfo"]["TrackingNumber"], json!("RM1"));
}

#[test]
fn the_service_changes_only_where_the_mapping_says_another() {
    let mapping = json!({"CourierMapping": [
        {"Linnworks": "Royal Mail 48", "CourierService": "RM48"},
        {"Linnworks": "DPD Next Day", "CourierService": "DPD"},
        {"Linnworks": "DPD 12:00", "CourierService": "DPD"},
        {"Linnworks": "Gone", "CourierService": "GONE"},
    ]});
    let with = |courier: &str| {
        let mut despatch = left(1, "T1");
        despatch.parcels[0].courier_service = courier.to_owned();
        despatch
    };
    let services = json!([
        {"id": "11111111-0000-4000-8000-000000000048", "PostalServiceName": "Royal Mail 48"},
        {"pkPostalServiceId": "22222222-0000-4000-8000-000000000001", "PostalServiceName": "DPD Next Day"},
    ]);
    for (courier, fate, service) in [
        ("RM48", "done", "11111111-0000-4000-8000-000000000048"),
        ("unmapped", "done", "11111111-0000-4000-8000-000000000048"),
        ("DPD", "done", "22222222-0000-4000-8000-000000000001"),
        ("GONE", "refused despatch.postal-service-unknown", "11111111-0000-4000-8000-000000000048"),
    ] {
        let account = account(vec![shipped(1)]);
        account.host.always("PostalServices/GetPostalServices", services.clone());
        assert_eq!(fates(&account.push(&ctx(mapping.clone()), &[with(courier)])), [fate], "{courier}");
        assert_eq!(account.order(1)["ShippingInfo"]["PostalServiceId"], json!(service), "{courier}");
        assert_eq!(
            account.host.count("PostalServices/GetPostalServices"),
            usize::from(service.starts_with('2') || courier == "GONE")
        );
    }
    let mut noon = shipped(1);
    noon["ShippingInfo"]["PostalServiceName"] = json!("DPD 12:00");
    let account = account(vec![noon]);
    assert_eq!(fates(&account.push(&ctx(mapping), &[with("DPD")])), ["done"]);
    assert_eq!(account.host.count("PostalServices/GetPostalServices"), 0, "it has one of the two that DPD stands for");
}

#[test]
fn a_plan_tells_what_would_change_and_writes_nothing() {
    let mut parked = shipped(2);
    parked["GeneralInfo"]["IsParked"] = json!(true);
    let account = account(vec![shipped(1), parked]);
    let plan = Context { mode: Mode::Plan, ..plain() };
    let outcomes = account.push(&plan, &[left(1, "T1"), left(2, "")]);
    assert_eq!(fates(&outcomes), ["not-attempted", "not-attempted"]);
    assert_eq!(changed(&outcomes[0]), [("TrackingNumber", "T1"), ("Processed", "true")]);
    assert_eq!(changed(&outcomes[1]), [("IsParked", "false"), ("Processed", "true")]);
    assert_eq!(account.host.called(), ["Orders/GetOrdersById", "Orders/GetAllOpenOrders"]);
}

#[test]
fn a_number_that_silently_does_not_stick_keeps_the_order_from_being_processed() {
    let account = account(vec![shipped(1)]);
    account.host.always("Orders/SetOrderShippingInfo", json!({"ShippingInfo": {"TrackingNumber": "T1"}}));
    assert_eq!(fates(&account.push(&plain(), &[left(1, "T1")])), ["later despatch.tracking-not-applied"]);
    assert_eq!(account.host.count("Orders/ProcessOrdersInBatch"), 0);
}

#[test]
fn processing_that_silently_does_nothing_is_seen() {
    let account = account(vec![shipped(1)]);
    account.host.always("Orders/ProcessOrdersInBatch", json!([{"OrderId": id(1), "Processed": true}]));
    assert_eq!(fates(&account.push(&plain(), &[left(1, "T1")])), ["later despatch.not-applied"]);
}

#[test]
fn a_lost_answer_of_processing_is_done_where_the_order_shows_it_and_in_doubt_where_not() {
    let account = account(vec![shipped(1), shipped(2)]);
    let held = Rc::clone(&account.orders);
    account.host.on("Orders/ProcessOrdersInBatch", move |_| {
        held.borrow_mut()[0]["Processed"] = json!(true);
        Err(HttpError::OutcomeUnknown("broken off".to_owned()))
    });
    assert_eq!(fates(&account.push(&plain(), &[left(1, "A"), left(2, "B")])), ["done", "in-doubt despatch.in-doubt"]);
}

#[test]
fn processing_without_a_usable_answer_is_in_doubt_unless_the_order_shows_it_or_it_was_never_sent() {
    for (status, answer) in [(500, ""), (502, "<html>"), (200, "<html>"), (200, ""), (200, "[]")] {
        let account = account(vec![shipped(1), shipped(2)]);
        let held = Rc::clone(&account.orders);
        account.host.on("Orders/ProcessOrdersInBatch", move |_| {
            held.borrow_mut()[0]["Processed"] = json!(true);
            text(status, answer)
        });
        let outcomes = account.push(&plain(), &[left(1, "A"), left(2, "B")]);
        assert_eq!(fates(&outcomes), ["done", "in-doubt despatch.in-doubt"], "{status} {answer}");
    }
    let account = account(vec![shipped(1)]);
    account.host.on("Orders/ProcessOrdersInBatch", |_| Err(HttpError::NotSent("no route".to_owned())));
    assert_eq!(fates(&account.push(&plain(), &[left(1, "A")])), ["later despatch.unavailable"]);
}

#[test]
fn a_row_of_processing_that_cannot_be_read_leaves_its_order_in_doubt_and_no_other() {
    let account = account(vec![shipped(1), shipped(2)]);
    let held = Rc::clone(&account.orders);
    account.host.on("Orders/ProcessOrdersInBatch", move |_| {
        held.borrow_mut()[1]["Processed"] = json!(true);
        ok(&json!([{"OrderId": id(1), "Processed": "seven"}, {"OrderId": id(2), "Processed": true}]))
    });
    let outcomes = account.push(&plain(), &[left(1, "A"), left(2, "B")]);
    assert_eq!(fates(&outcomes), ["in-doubt despatch.in-doubt", "done"]);
}

#[test]
fn what_cannot_be_read_back_is_in_doubt() {
    let account = account(vec![shipped(1)]);
    let held = Rc::clone(&account.orders);
    let reads = std::cell::Cell::new(0);
    account.host.on("Orders/GetOrdersById", move |_| {
        reads.set(reads.get() + 1);
        if reads.get() == 3 { text(502, "") } else { ok(&Value::Array(held.borrow().clone())) }
    });
    assert_eq!(fates(&account.push(&plain(), &[left(1, "A")])), ["in-doubt despatch.in-doubt"]);
}

#[test]
fn a_lost_answer_of_a_number_is_in_doubt_unless_it_is_read_back() {
    let account = account(vec![shipped(1), shipped(2)]);
    let held = Rc::clone(&account.orders);
    account.host.on("Orders/SetOrderShippingInfo", move |asked| {
        if asked["orderId"] == json!(id(1)) {
            set(asked, &held)?;
        }
        Err(HttpError::OutcomeUnknown("broken off".to_owned()))
    });
    let outcomes = account.push(&plain(), &[left(1, "A"), left(2, "B")]);
    assert_eq!(fates(&outcomes), ["done", "in-doubt despatch.in-doubt"]);
    assert_eq!(account.host.asked("Orders/ProcessOrdersInBatch")["ordersIds"], json!([id(1)]));
}

#[test]
fn throttling_half_way_leaves_the_rest_and_finishes_what_has_its_number() {
    let account = account((1..=30).map(shipped).collect());
    let held = Rc::clone(&account.orders);
    let taken = std::cell::Cell::new(0);
    account.host.on("Orders/SetOrderShippingInfo", move |asked| {
        taken.set(taken.get() + 1);
        if taken.get() > 8 { text(429, "") } else { set(asked, &held) }
    });
    let all: Vec<Despatch> = (1..=30).map(|n| left(n, &format!("T{n}"))).collect();
    let fates = fates(&account.push(&plain(), &all));
    assert_eq!(fates.iter().filter(|fate| *fate == "done").count(), 8);
    assert_eq!(fates.iter().filter(|fate| *fate == "not-attempted").count(), 22);
    assert_eq!(account.host.count("Orders/SetOrderShippingInfo"), 16, "eight at once");
}

#[test]
fn a_spent_quota_or_a_dead_session_before_the_first_write_fails_the_call() {
    let account = account(vec![shipped(1)]);
    for (status, kind) in [(429, "throttled"), (401, "unauthorised")] {
        account.host.on("Orders/SetOrderShippingInfo", move |_| text(status, ""));
        let failure = run(despatch::push(&account.host, &plain(), &[left(1, "T1")])).unwrap_err();
        assert_eq!(problem(&failure).0, kind);
    }
    account.host.on("Orders/GetOrdersById", |_| text(503, ""));
    let failure = run(despatch::push(&account.host, &plain(), &[left(1, "T1")])).unwrap_err();
    assert!(matches!(failure, Failure::Unavailable(_)));
}

#[test]
fn a_session_that_dies_in_the_middle_tells_what_was_done() {
    let account = account((1..=60).map(shipped).collect());
    let held = Rc::clone(&account.orders);
    let batches = std::cell::Cell::new(0);
    account.host.on("Orders/ProcessOrdersInBatch", move |asked| {
        batches.set(batches.get() + 1);
        if batches.get() > 1 {
            return text(401, "");
        }
        let mut rows = Vec::new();
        for order in held
            .borrow_mut()
            .iter_mut()
            .filter(|order| asked["ordersIds"].as_array().unwrap().contains(&order["OrderId"]))
        {
            order["Processed"] = json!(true);
            rows.push(json!({"OrderId": order["OrderId"], "Processed": true}));
        }
        ok(&Value::Array(rows))
    });
    let all: Vec<Despatch> = (1..=60).map(|n| left(n, "")).collect();
    let fates = fates(&account.push(&plain(), &all));
    assert_eq!(fates.iter().filter(|fate| *fate == "done").count(), 50);
    assert_eq!(fates.iter().filter(|fate| *fate == "not-attempted").count(), 10);
}

#[test]
fn a_batch_that_is_refused_as_a_whole_is_halved_until_the_order_at_fault_stands_alone() {
    let account = account((1..=9).map(shipped).collect());
    let held = Rc::clone(&account.orders);
    account.host.on("Orders/ProcessOrdersInBatch", move |asked| {
        let ids = asked["ordersIds"].as_array().unwrap();
        if ids.contains(&json!(id(4))) {
            return text(400, r#"{"Message":"Order is wrong"}"#);
        }
        for order in held.borrow_mut().iter_mut().filter(|order| ids.contains(&order["OrderId"])) {
            order["Processed"] = json!(true);
        }
        ok(&ids.iter().map(|id| json!({"OrderId": id, "Processed": true})).collect())
    });
    let all: Vec<Despatch> = (1..=9).map(|n| left(n, "")).collect();
    let fates = fates(&account.push(&plain(), &all));
    for (n, fate) in fates.iter().enumerate() {
        assert_eq!(fate == "done", n != 3, "{n} {fate}");
    }
}

#[test]
fn an_account_without_the_call_for_many_is_served_one_by_one() {
    let account = account((1..=3).map(shipped).collect());
    account.host.on("Orders/ProcessOrdersInBatch", |_| text(404, ""));
    let all: Vec<Despatch> = (1..=3).map(|n| left(n, "")).collect();
    assert_eq!(fates(&account.push(&plain(), &all)), ["done", "done", "done"]);
    assert_eq!(account.host.count("Orders/ProcessOrder"), 3);
}

#[test]
fn orders_are_processed_at_the_location_they_were_imported_from() {
    let mut leeds = shipped(1);
    leeds["FulfilmentLocationId"] = json!(LEEDS);
    let account = account(vec![leeds, shipped(2)]);
    let mut of_leeds = left(1, "");
    of_leeds.name_values[0].value = LEEDS.to_owned();
    assert_eq!(fates(&account.push(&plain(), &[of_leeds, left(2, "")])), ["done", "done"]);
    let calls = account.host.calls.borrow();
    let places: Vec<&Value> = calls
        .iter()
        .filter(|(name, _)| name == "Orders/ProcessOrdersInBatch")
        .map(|(_, asked)| &asked["locationId"])
        .collect();
    assert_eq!(places, [&json!(DEFAULT), &json!(LEEDS)]);
}

#[test]
fn a_host_that_asks_to_stop_gets_an_outcome_for_each() {
    let account = account((1..=30).map(shipped).collect());
    *account.host.stop.borrow_mut() = true;
    let all: Vec<Despatch> = (1..=30).map(|n| left(n, &format!("T{n}"))).collect();
    let fates = fates(&account.push(&plain(), &all));
    assert_eq!((fates.len(), fates.iter().filter(|fate| *fate == "done").count()), (30, 8));
}
