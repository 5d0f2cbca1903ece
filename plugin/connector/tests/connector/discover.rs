//! The list of candidates.
use linnworks_connector::contract::{Context, Mode};
use linnworks_connector::import;
use serde_json::{Value, json};

use crate::fake::{Fake, NOW, ctx, ok, problem, refused, run, text};
use crate::order::id;

fn ids(n: usize) -> Value {
    (1..=n).map(|n| json!(id(n))).collect()
}

fn at(now: i64, settings: Value) -> Context {
    Context { now, ..ctx(settings) }
}

fn discover(host: &Fake, ctx: &Context) -> usize {
    let page = run(import::discover(host, ctx)).unwrap();
    assert!(page.complete && page.checkpoint.is_none());
    page.candidates.len()
}

#[test]
fn one_call_lists_the_location_and_is_narrowed_to_paid_orders_but_for_once_a_day() {
    let host = Fake::new();
    host.always("Orders/GetAllOpenOrders", ids(3));
    let location = "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a";
    let narrowed = |now| {
        host.forget_calls();
        assert_eq!(discover(&host, &at(now, json!({"Location": location}))), 3);
        assert_eq!(host.called(), ["Orders/GetAllOpenOrders"]);
        let asked = host.asked("Orders/GetAllOpenOrders");
        assert_eq!(asked["fulfilmentCenter"], location);
        asked["filters"]["NumericFields"] == json!([{"FieldCode": "GENERAL_INFO_STATUS", "Type": "Equal", "Value": 1}])
    };
    assert!(!narrowed(NOW));
    assert!(narrowed(NOW + 900_000));
    assert!(narrowed(NOW + 86_399_000));
    assert!(!narrowed(NOW + 86_400_000));
}

#[test]
fn nothing_is_narrowed_in_a_dry_run_or_when_resends_come_in() {
    let host = Fake::new();
    host.always("Orders/GetAllOpenOrders", ids(1));
    discover(&host, &ctx(json!({})));
    discover(&host, &Context { mode: Mode::Plan, ..ctx(json!({})) });
    assert_eq!(host.asked("Orders/GetAllOpenOrders")["filters"], json!({}));
    discover(&host, &ctx(json!({"ImportResends": true})));
    assert_eq!(host.asked("Orders/GetAllOpenOrders")["filters"], json!({}));
}

#[test]
fn ids_come_once_each_and_in_their_order() {
    let host = Fake::new();
    host.always("Orders/GetAllOpenOrders", json!([id(2), id(1).to_uppercase(), id(2), id(1), null]));
    let page = run(import::discover(&host, &ctx(json!({})))).unwrap();
    let found: Vec<String> = page.candidates.into_iter().map(|candidate| candidate.id).collect();
    assert_eq!(found, [id(2), id(1)]);
}

#[test]
fn an_empty_or_halved_list_is_read_once_more_by_another_operation() {
    for (now_listed, doubted) in [(0, true), (19, true), (20, false), (40, false)] {
        let host = Fake::new();
        host.always("Orders/GetAllOpenOrders", ids(40));
        host.always("OpenOrders/GetViewStats", json!([{"ViewId": 0, "TotalOrders": 99}, {"ViewId": 4, "TotalOrders": 7}, {"ViewId": 1, "TotalOrders": 40}]));
        host.always("OpenOrders/GetOpenOrderIds", json!({"TotalPages": 1, "Data": ids(40)}));
        discover(&host, &at(NOW, json!({"ImportResends": true})));
        host.always("Orders/GetAllOpenOrders", ids(now_listed));
        let found = discover(&host, &at(NOW + 900_000, json!({"ImportResends": true})));
        assert_eq!(found, if doubted { 40 } else { now_listed });
        assert_eq!(host.count("OpenOrders/GetOpenOrderIds"), usize::from(doubted), "{now_listed}");
        if doubted {
            assert_eq!(host.asked("OpenOrders/GetOpenOrderIds")["ViewId"], 1);
        }
    }
}

#[test]
fn an_empty_list_is_believed_when_the_second_reading_is_empty_too() {
    let host = Fake::new();
    host.always("Orders/GetAllOpenOrders", ids(2));
    discover(&host, &ctx(json!({"ImportResends": true})));
    host.always("Orders/GetAllOpenOrders", json!([]));
    host.always("OpenOrders/GetViewStats", json!([]));
    host.always("Orders/GetOpenOrders", json!({"TotalPages": 0, "Data": []}));
    assert_eq!(discover(&host, &ctx(json!({"ImportResends": true}))), 0);
    assert_eq!(host.count("Orders/GetOpenOrders"), 1);
    assert_eq!(discover(&host, &ctx(json!({"ImportResends": true}))), 0);
    assert_eq!(host.count("Orders/GetOpenOrders"), 1, "and not doubted again");
}

#[test]
fn a_refused_list_is_replaced_by_a_view_and_that_is_remembered_for_a_day() {
    let host = Fake::new();
    host.on("Orders/GetAllOpenOrders", |_| refused());
    host.always("OpenOrders/GetViewStats", json!([{"ViewId": 1, "TotalOrders": 2}]));
    host.on("OpenOrders/GetOpenOrderIds", |asked| {
        ok(&json!({"TotalPages": 2, "Data": [id(asked["PageNumber"].as_u64().unwrap() as usize)]}))
    });
    assert_eq!(discover(&host, &ctx(json!({}))), 2);
    host.forget_calls();
    assert_eq!(discover(&host, &at(NOW + 900_000, json!({}))), 2);
    assert_eq!(host.called(), ["OpenOrders/GetOpenOrderIds", "OpenOrders/GetOpenOrderIds"]);
    discover(&host, &at(NOW + 86_400_000, json!({})));
    assert_eq!(host.count("Orders/GetAllOpenOrders"), 1, "tried again after a day");
}

#[test]
fn without_list_and_view_the_orders_are_paged() {
    let host = Fake::new();
    host.on("Orders/GetAllOpenOrders", |_| refused());
    host.on("OpenOrders/GetViewStats", |_| refused());
    host.on("Orders/GetOpenOrders", |asked| {
        ok(&json!({"TotalPages": 3, "Data": [{"OrderId": id(asked["pageNumber"].as_u64().unwrap() as usize)}]}))
    });
    assert_eq!(discover(&host, &ctx(json!({}))), 3);
    host.forget_calls();
    assert_eq!(discover(&host, &at(NOW + 900_000, json!({}))), 3);
    assert_eq!(host.count("Orders/GetAllOpenOrders"), 0);
}

#[test]
fn a_spent_quota_is_no_reason_to_look_for_another_way() {
    let host = Fake::new();
    host.on("Orders/GetAllOpenOrders", |_| {
        text(429, r#"{"Message":"API calls quota exceeded! Maximum admitted 250 per Minute."}"#)
    });
    let failure = run(import::discover(&host, &ctx(json!({})))).unwrap_err();
    assert_eq!(problem(&failure).0, "throttled");
    assert_eq!(host.called().len(), 1);
}

#[test]
fn losing_the_cache_costs_calls_and_changes_no_list() {
    let host = Fake::new();
    host.always("Orders/GetAllOpenOrders", ids(5));
    for minutes in 0..4 {
        assert_eq!(discover(&host, &at(NOW + minutes * 60_000, json!({}))), 5);
        host.storage.borrow_mut().clear();
    }
}
