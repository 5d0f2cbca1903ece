//! Marks of orders that the warehouse has.
use std::cell::RefCell;
use std::rc::Rc;

use linnworks_connector::contract::{Attempt, Context, Failure, HttpError, Mode, Outcome, Response};
use linnworks_connector::import;
use serde_json::{Value, json};

use crate::fake::{Fake, ctx, ok, refused, run, text};
use crate::order::{good, id};

/// An account that really is marked.
struct Account {
    host: Fake,
    orders: Rc<RefCell<Vec<Value>>>,
}

fn set(order: &mut Value, operation: &str, asked: &Value) {
    match operation {
        "Orders/AssignToFolder" => order["FolderName"].as_array_mut().unwrap().push(asked["folder"].clone()),
        "OpenOrders/AssignOrderIdentifier" => {
            order["GeneralInfo"]["Identifiers"].as_array_mut().unwrap().push(json!({"Tag": asked["Tag"]}));
        }
        _ => order["GeneralInfo"]["InvoicePrinted"] = json!(true),
    }
}

fn account(orders: Vec<Value>) -> Account {
    let host = Fake::new();
    let orders = Rc::new(RefCell::new(orders));
    let held = Rc::clone(&orders);
    host.on("Orders/GetOrdersById", move |asked| {
        let ids: Vec<&Value> = asked["pkOrderIds"].as_array().unwrap().iter().collect();
        ok(&held.borrow().iter().filter(|order| ids.contains(&&order["OrderId"])).cloned().collect())
    });
    for operation in ["Orders/AssignToFolder", "OpenOrders/AssignOrderIdentifier", "Orders/SetInvoicesPrinted"] {
        let held = Rc::clone(&orders);
        host.on(operation, move |asked| write(operation, asked, &held, |_| true));
    }
    Account { host, orders }
}

fn write(
    operation: &str,
    asked: &Value,
    held: &RefCell<Vec<Value>>,
    takes: impl Fn(&str) -> bool,
) -> Result<Response, HttpError> {
    let ids = asked.get("orderIds").or_else(|| asked.get("OrderIds")).unwrap().as_array().unwrap();
    if ids.iter().any(|id| !takes(id.as_str().unwrap())) {
        return refused();
    }
    for order in held.borrow_mut().iter_mut().filter(|order| ids.contains(&order["OrderId"])) {
        set(order, operation, asked);
    }
    ok(&json!(ids))
}

fn numbered(n: usize) -> Value {
    let mut order = good();
    order["OrderId"] = json!(id(n));
    order
}

fn acknowledge(host: &Fake, ctx: &Context, n: usize) -> Vec<Outcome> {
    let ids: Vec<String> = (1..=n).map(id).collect();
    run(import::acknowledge(host, ctx, &ids)).unwrap()
}

fn attempts(outcomes: &[Outcome]) -> Vec<&'static str> {
    outcomes
        .iter()
        .map(|outcome| match outcome.attempt {
            Attempt::Done => "done",
            Attempt::AlreadyDone => "already-done",
            Attempt::Refused(_) => "refused",
            Attempt::RetryLater(_) => "retry-later",
            Attempt::Held(_) => "held",
            Attempt::InDoubt(_) => "in-doubt",
            Attempt::NotAttempted => "not-attempted",
        })
        .collect()
}

fn folder() -> Context {
    ctx(json!({"MarkAsTaken": {"By": "Folder", "Name": "Taken"}}))
}

#[test]
fn without_marks_to_make_nothing_is_called() {
    let host = Fake::new();
    assert_eq!(
        attempts(&acknowledge(&host, &ctx(json!({"MarkInvoicePrinted": "OnDespatch"})), 2)),
        ["already-done"; 2]
    );
    assert!(host.called().is_empty());
}

#[test]
fn each_kind_of_mark_is_written_once_read_back_and_told() {
    let settings = [
        (json!({"MarkAsTaken": {"By": "Folder", "Name": "Taken"}}), "Orders/AssignToFolder", "FolderName"),
        (
            json!({"MarkAsTaken": {"By": "Identifier", "Name": "TAKEN"}}),
            "OpenOrders/AssignOrderIdentifier",
            "Identifiers",
        ),
        (json!({"MarkInvoicePrinted": "OnImport"}), "Orders/SetInvoicesPrinted", "InvoicePrinted"),
    ];
    for (settings, operation, field) in settings {
        let account = account(vec![numbered(1), numbered(2)]);
        let outcomes = acknowledge(&account.host, &ctx(settings.clone()), 2);
        assert_eq!(attempts(&outcomes), ["done", "done"]);
        assert_eq!(outcomes[0].changes[0].field, field);
        assert_eq!(account.host.called(), ["Orders/GetOrdersById", operation, "Orders/GetOrdersById"]);
        account.host.forget_calls();
        let again = acknowledge(&account.host, &ctx(settings), 2);
        assert_eq!(attempts(&again), ["already-done", "already-done"]);
        assert_eq!(account.host.called(), ["Orders/GetOrdersById"]);
    }
}

#[test]
fn a_plan_tells_the_changes_and_writes_nothing() {
    let account = account(vec![numbered(1)]);
    let both = ctx(json!({"MarkInvoicePrinted": "OnImport", "MarkAsTaken": {"By": "Folder", "Name": "Taken"}}));
    let outcomes = acknowledge(&account.host, &Context { mode: Mode::Plan, ..both }, 1);
    assert_eq!(attempts(&outcomes), ["not-attempted"]);
    let changes: Vec<(&str, Option<&str>)> =
        outcomes[0].changes.iter().map(|change| (change.field.as_str(), change.new.as_deref())).collect();
    assert_eq!(changes, [("InvoicePrinted", Some("true")), ("FolderName", Some("Taken"))]);
    assert_eq!(account.host.called(), ["Orders/GetOrdersById"]);
}

#[test]
fn a_silent_no_op_is_seen_and_tried_later() {
    let account = account(vec![numbered(1)]);
    account.host.always("Orders/AssignToFolder", json!([id(1)]));
    let outcomes = acknowledge(&account.host, &folder(), 1);
    assert_eq!(attempts(&outcomes), ["retry-later"]);
    assert!(outcomes[0].changes.is_empty());
}

#[test]
fn one_order_that_cannot_be_marked_does_not_hold_back_the_others() {
    let account = account((1..=9).map(numbered).collect());
    let held = Rc::clone(&account.orders);
    account
        .host
        .on("Orders/AssignToFolder", move |asked| write("Orders/AssignToFolder", asked, &held, |one| one != id(4)));
    let outcomes = acknowledge(&account.host, &folder(), 9);
    let expected: Vec<&str> = (1..=9).map(|n| if n == 4 { "refused" } else { "done" }).collect();
    assert_eq!(attempts(&outcomes), expected);
}

#[test]
fn parked_and_locked_orders_wait_for_a_folder_and_take_an_identifier() {
    for member in ["IsParked", "HoldOrCancel"] {
        let mut blocked = numbered(1);
        blocked["GeneralInfo"][member] = json!(true);
        let one = account(vec![blocked.clone(), numbered(2)]);
        assert_eq!(attempts(&acknowledge(&one.host, &folder(), 2)), ["refused", "done"]);
        let two = account(vec![blocked]);
        let identifier = ctx(json!({"MarkAsTaken": {"By": "Identifier", "Name": "TAKEN"}}));
        assert_eq!(attempts(&acknowledge(&two.host, &identifier, 1)), ["done"]);
    }
}

#[test]
fn a_processed_order_needs_no_mark_and_a_vanished_one_cannot_have_any() {
    let mut processed = numbered(1);
    processed["Processed"] = json!(true);
    let account = account(vec![processed]);
    assert_eq!(attempts(&acknowledge(&account.host, &folder(), 2)), ["already-done", "refused"]);
    assert_eq!(account.host.called(), ["Orders/GetOrdersById"]);
}

#[test]
fn a_lost_answer_is_in_doubt_unless_the_mark_is_seen() {
    let lost = account(vec![numbered(1)]);
    lost.host.on("Orders/AssignToFolder", |_| Err(HttpError::OutcomeUnknown("broken off".to_owned())));
    assert_eq!(attempts(&acknowledge(&lost.host, &folder(), 1)), ["in-doubt"]);
    let committed = account(vec![numbered(1)]);
    let held = Rc::clone(&committed.orders);
    committed.host.on("Orders/AssignToFolder", move |asked| {
        write("Orders/AssignToFolder", asked, &held, |_| true)?;
        Err(HttpError::OutcomeUnknown("broken off".to_owned()))
    });
    assert_eq!(attempts(&acknowledge(&committed.host, &folder(), 1)), ["done"]);
}

#[test]
fn a_spent_quota_leaves_the_rest_for_later_and_a_failed_first_reading_fails_the_call() {
    let account = account(vec![numbered(1)]);
    account.host.on("Orders/AssignToFolder", |_| text(429, ""));
    assert_eq!(attempts(&acknowledge(&account.host, &folder(), 1)), ["not-attempted"]);
    account.host.on("Orders/GetOrdersById", |_| text(503, ""));
    let failure = run(import::acknowledge(&account.host, &folder(), &[id(1)])).unwrap_err();
    assert!(matches!(failure, Failure::Unavailable(_)));
}
