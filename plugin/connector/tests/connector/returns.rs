//! Returns that are told to Linnworks.
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use linnworks_connector::contract::returns::{OrderReturn, ReturnLine};
use linnworks_connector::contract::{Attempt, Context, Failure, HttpError, Mode, Outcome, Problem};
use linnworks_connector::returns;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, Fake, LEEDS, ctx, ok, run, text};
use crate::order::{good, id};

const HEADERS: &str = "ReturnsRefunds/GetRMAHeadersByOrderId";
const CREATE: &str = "ReturnsRefunds/CreateRMABooking";
const ACTION: &str = "ReturnsRefunds/ActionRMABooking";
const TEE: &str = "7b2f0000-0000-4000-8000-000000000001";
const MUG: &str = "7b2f0000-0000-4000-8000-000000000002";

/// An account that really books.
struct Account {
    host: Fake,
    booked: Rc<RefCell<Vec<Value>>>,
    /// Whether the bookings are shown although they were made.
    hidden: Rc<Cell<bool>>,
}

fn processed(n: usize) -> Value {
    let mut order = good();
    order["OrderId"] = json!(id(n));
    order["Processed"] = json!(true);
    order
}

fn make(booked: &RefCell<Vec<Value>>, asked: &Value) -> Value {
    let request = &asked["request"];
    let number = booked.borrow().len() + 41;
    let lines: Vec<Value> = request["ReturnItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let mut line = item.clone();
            line["Type"] = json!("Return");
            line
        })
        .collect();
    let header = json!({ "RMAHeaderId": number, "OrderId": request["OrderId"], "ExternalReference": request["Reference"],
        "Actioned": false, "RMALines": lines });
    booked.borrow_mut().push(header);
    json!({ "RMAHeaderId": number, "Items": lines, "Errors": [], "Info": [] })
}

fn act(booked: &RefCell<Vec<Value>>, asked: &Value) -> Value {
    let number = &asked["request"]["RMAHeaderId"];
    for header in booked.borrow_mut().iter_mut().filter(|header| header["RMAHeaderId"] == *number) {
        header["Actioned"] = json!(true);
    }
    json!({ "RMAHeaderId": number, "SuccessfullyActioned": true, "Errors": [] })
}

fn account(orders: &[Value]) -> Account {
    let host = Fake::with_orders(orders);
    let booked: Rc<RefCell<Vec<Value>>> = Rc::default();
    let hidden = Rc::new(Cell::new(false));
    let (held, dark) = (Rc::clone(&booked), Rc::clone(&hidden));
    host.on(HEADERS, move |asked| {
        let order = &asked["request"]["OrderId"];
        let held = held.borrow();
        let of = held.iter().filter(|header| header["OrderId"] == *order && !dark.get());
        ok(&json!({ "RMAHeaders": of.collect::<Vec<_>>() }))
    });
    let held = Rc::clone(&booked);
    host.on(CREATE, move |asked| ok(&make(&held, asked)));
    let held = Rc::clone(&booked);
    host.on(ACTION, move |asked| ok(&act(&held, asked)));
    Account { host, booked, hidden }
}

fn line(row: &str, sku: &str, restocked: u32, scrapped: u32) -> ReturnLine {
    ReturnLine {
        source_line_id: row.to_owned(),
        sku: sku.to_owned(),
        restocked,
        scrapped,
        reason: "Damaged".to_owned(),
        comments: String::new(),
    }
}

fn back(n: usize, lines: Vec<ReturnLine>) -> OrderReturn {
    OrderReturn { id: n.to_string(), order_id: id(n), remote_id: None, lines, in_doubt: false }
}

fn one_tee() -> OrderReturn {
    back(1, vec![line(TEE, "TEE", 1, 0)])
}

fn action() -> Context {
    ctx(json!({ "ExportReturns": true, "ActionReturns": true }))
}

fn book_only() -> Context {
    ctx(json!({ "ExportReturns": true }))
}

fn export(account: &Account, ctx: &Context, returns: &[OrderReturn]) -> Vec<Outcome> {
    run(returns::export(&account.host, ctx, returns)).unwrap()
}

fn told(outcome: &Outcome) -> (&'static str, Option<&Problem>) {
    match &outcome.attempt {
        Attempt::Done => ("done", None),
        Attempt::AlreadyDone => ("already-done", None),
        Attempt::Refused(problem) => ("refused", Some(problem)),
        Attempt::RetryLater(problem) => ("retry-later", Some(problem)),
        Attempt::Held(problem) => ("held", Some(problem)),
        Attempt::InDoubt(problem) => ("in-doubt", Some(problem)),
        Attempt::NotAttempted => ("not-attempted", None),
    }
}

fn attempt(outcome: &Outcome) -> (&'static str, &str) {
    let (kind, problem) = told(outcome);
    (kind, problem.map_or("", |problem| problem.code.as_str()))
}

#[test]
fn without_returns_nothing_is_called() {
    let account = account(&[]);
    assert!(export(&account, &action(), &[]).is_empty());
    assert!(account.host.calls.borrow().is_empty());
}

#[test]
fn a_return_is_booked_under_its_id_at_the_connections_location_and_not_actioned_unless_wanted() {
    let account = account(&[processed(1)]);
    let ret = back(1, vec![line(TEE, "TEE", 1, 1), line(MUG, "MUG", 0, 1)]);
    let settings = ctx(json!({ "ExportReturns": true, "Location": LEEDS }));
    let outcomes = export(&account, &settings, std::slice::from_ref(&ret));
    assert_eq!(attempt(&outcomes[0]), ("done", ""));
    assert_eq!(outcomes[0].remote_id.as_deref(), Some("41"));
    assert_eq!(account.host.called(), ["Orders/GetOrdersById", HEADERS, CREATE, HEADERS]);
    let asked = account.host.asked(CREATE)["request"].clone();
    assert_eq!((&asked["Reference"], &asked["ChannelInitiated"]), (&json!("1"), &json!(false)));
    assert_eq!((&asked["ExchangeItems"], &asked["ResendItems"]), (&json!([]), &json!([])));
    let items = asked["ReturnItems"].as_array().unwrap();
    let seen: Vec<_> = items
        .iter()
        .map(|item| (&item["OrderItemRowId"], &item["ReturnQuantity"], &item["ScrapQuantity"], &item["ReturnLocation"]))
        .collect();
    assert_eq!(
        seen,
        [(&json!(TEE), &json!(2), &json!(1), &json!(LEEDS)), (&json!(MUG), &json!(1), &json!(1), &json!(LEEDS)),]
    );
    assert_eq!((&items[0]["Reason"], &items[0]["RefundAmount"]), (&json!("Damaged"), &json!(0)));
    account.host.forget_calls();
    assert_eq!(attempt(&export(&account, &settings, &[ret])[0]), ("already-done", ""));
    assert_eq!(account.host.called(), ["Orders/GetOrdersById", HEADERS]);
}

#[test]
fn rows_of_one_line_are_booked_as_one() {
    let account = account(&[processed(1)]);
    let mut scrapped = line(&TEE.to_uppercase(), "TEE", 0, 1);
    (scrapped.reason, scrapped.comments) = ("Faulty".to_owned(), "torn".to_owned());
    export(&account, &book_only(), &[back(1, vec![line(TEE, "TEE", 1, 0), scrapped])]);
    let items = account.host.asked(CREATE)["request"]["ReturnItems"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!((&items[0]["ReturnQuantity"], &items[0]["ScrapQuantity"]), (&json!(2), &json!(1)));
    assert_eq!(items[0]["ReasonCategory"], "Damaged; Faulty");
    assert_eq!(items[0]["Reason"], "Damaged; Faulty; torn");
}

#[test]
fn actioning_follows_the_booking_and_an_actioned_return_is_left_alone() {
    let account = account(&[processed(1)]);
    let outcomes = export(&account, &action(), &[one_tee()]);
    assert_eq!(attempt(&outcomes[0]), ("done", ""));
    assert_eq!(account.host.called(), ["Orders/GetOrdersById", HEADERS, CREATE, ACTION, HEADERS]);
    assert_eq!(account.host.asked(ACTION)["request"]["RMAHeaderId"], 41);
    assert_eq!(outcomes[0].changes.last().unwrap().field, "Actioned");
    account.host.forget_calls();
    assert_eq!(attempt(&export(&account, &action(), &[one_tee()])[0]), ("already-done", ""));
    assert_eq!(account.host.count(ACTION), 0);
}

#[test]
fn a_return_that_was_booked_before_is_only_actioned() {
    let account = account(&[processed(1)]);
    export(&account, &book_only(), &[one_tee()]);
    account.host.forget_calls();
    let booked = OrderReturn { remote_id: Some("41".to_owned()), ..one_tee() };
    assert_eq!(attempt(&export(&account, &action(), &[booked])[0]), ("done", ""));
    assert_eq!((account.host.count(CREATE), account.host.count(ACTION)), (0, 1));
}

#[test]
fn a_plan_tells_what_would_be_and_writes_nothing() {
    let account = account(&[processed(1)]);
    let plan = Context { mode: Mode::Plan, ..action() };
    let outcomes = export(&account, &plan, &[one_tee()]);
    assert_eq!(attempt(&outcomes[0]), ("not-attempted", ""));
    let changes: Vec<(&str, &str)> =
        outcomes[0].changes.iter().map(|change| (change.field.as_str(), change.new.as_deref().unwrap())).collect();
    assert_eq!(changes, [("Reference", "1"), ("Return of TEE", "1 to stock, 0 scrapped"), ("Actioned", "true")]);
    assert_eq!(account.host.called(), ["Orders/GetOrdersById", HEADERS]);
    export(&account, &book_only(), &[one_tee()]);
    let outcomes = export(&account, &plan, &[one_tee()]);
    assert_eq!(outcomes[0].changes.len(), 1);
    assert_eq!(account.host.count(ACTION), 0);
}

#[test]
fn what_cannot_be_booked_is_told_by_its_cause_and_holds_nobody_back() {
    let mut open = processed(2);
    open["Processed"] = json!(false);
    let mut cancelled = processed(3);
    cancelled["GeneralInfo"]["HoldOrCancel"] = json!(true);
    let account = account(&[processed(1), open, cancelled, processed(5), processed(6), processed(7), processed(8)]);
    let tee = |n: usize| back(n, vec![line(TEE, "TEE", 1, 0)]);
    let returns = [
        tee(2),
        tee(3),
        tee(4),
        back(5, vec![line(TEE, "TEE", 1, 0), line("7b2f0000-0000-4000-8000-000000000099", "MUG", 1, 0)]),
        back(6, vec![line(TEE, "TEE", 2, 1)]),
        back(7, vec![line(TEE, "TEE", 0, 0)]),
        tee(8),
    ];
    let outcomes = export(&account, &action(), &returns);
    let seen: Vec<_> = outcomes.iter().map(attempt).collect();
    assert_eq!(
        seen,
        [
            ("retry-later", "returns.order-not-processed"),
            ("refused", "returns.order-cancelled"),
            ("refused", "returns.order-gone"),
            ("refused", "returns.line-unknown"),
            ("refused", "returns.more-than-sold"),
            ("refused", "returns.empty"),
            ("done", ""),
        ]
    );
    assert_eq!(told(&outcomes[3]).1.unwrap().sku.as_deref(), Some("MUG"));
    assert_eq!(account.booked.borrow().len(), 1);
}

#[test]
fn lines_are_matched_by_id_and_never_by_sku() {
    let account = account(&[processed(1)]);
    let renamed = back(1, vec![line(TEE, "AN-OLD-NAME", 1, 0)]);
    assert_eq!(attempt(&export(&account, &book_only(), &[renamed])[0]), ("done", ""));
    let by_text = OrderReturn { id: "2".to_owned(), ..back(1, vec![line("TEE", "TEE", 1, 0)]) };
    assert_eq!(attempt(&export(&account, &book_only(), &[by_text])[0]), ("refused", "returns.line-unknown"));
}

#[test]
fn a_part_of_a_composite_is_booked_as_the_part() {
    let mut order = processed(1);
    let part = crate::order::line(9, "PART", 4, 0.0, 0.0);
    order["Items"][0]["CompositeSubItems"] = json!([part]);
    let account = account(&[order]);
    let row = part["RowId"].as_str().unwrap();
    assert_eq!(attempt(&export(&account, &book_only(), &[back(1, vec![line(row, "PART", 3, 0)])])[0]), ("done", ""));
    assert_eq!(account.host.asked(CREATE)["request"]["ReturnItems"][0]["OrderItemRowId"], row);
}

#[test]
fn units_that_somebody_else_booked_are_not_booked_again() {
    let account = account(&[processed(1)]);
    account.booked.borrow_mut().push(json!({ "RMAHeaderId": 7, "OrderId": id(1), "ExternalReference": "by hand",
        "Actioned": true, "RMALines": [{ "Type": "Return", "OrderItemRowId": TEE, "ReturnQuantity": 1 }] }));
    assert_eq!(attempt(&export(&account, &book_only(), &[one_tee()])[0]), ("done", ""), "one of two is left");
    let more = OrderReturn { id: "2".to_owned(), ..one_tee() };
    assert_eq!(attempt(&export(&account, &book_only(), &[more])[0]), ("refused", "returns.booked-by-others"));
    assert_eq!(account.host.count(CREATE), 1);
}

#[test]
fn errors_in_an_answer_of_200_are_a_refusal_and_do_not_pass_for_a_booking() {
    let account = account(&[processed(1), processed(2)]);
    account.host.on(CREATE, |_| {
        ok(&json!({ "RMAHeaderId": 0, "Items": [], "Errors": ["Order item mail@example.test cannot be returned"] }))
    });
    let outcomes = export(&account, &action(), &[one_tee()]);
    assert_eq!(attempt(&outcomes[0]), ("refused", "returns.booking-refused"));
    assert!(told(&outcomes[0]).1.unwrap().message.ends_with("Order item (address) cannot be returned"));
    assert_eq!(outcomes[0].remote_id, None);
    assert_eq!(account.host.count(ACTION), 0);
}

#[test]
fn errors_beside_a_booking_that_was_made_do_not_make_a_second_one() {
    let account = account(&[processed(1)]);
    let held = Rc::clone(&account.booked);
    account.host.on(CREATE, move |asked| {
        let mut answer = make(&held, asked);
        answer["Errors"] = json!(["The channel was not told"]);
        ok(&answer)
    });
    assert_eq!(attempt(&export(&account, &book_only(), &[one_tee()])[0]), ("done", ""));
    assert_eq!(attempt(&export(&account, &book_only(), &[one_tee()])[0]), ("already-done", ""));
    assert_eq!(account.host.count(CREATE), 1);
}

#[test]
fn a_lost_answer_on_booking_is_in_doubt_unless_the_booking_is_seen() {
    let lost = account(&[processed(1)]);
    lost.host.on(CREATE, |_| Err(HttpError::OutcomeUnknown("broken off".to_owned())));
    assert_eq!(attempt(&export(&lost, &action(), &[one_tee()])[0]), ("in-doubt", "returns.call-failed"));
    let committed = account(&[processed(1)]);
    let held = Rc::clone(&committed.booked);
    committed.host.on(CREATE, move |asked| {
        make(&held, asked);
        Err(HttpError::OutcomeUnknown("broken off".to_owned()))
    });
    let outcomes = export(&committed, &action(), &[one_tee()]);
    assert_eq!((attempt(&outcomes[0]), outcomes[0].remote_id.as_deref()), (("done", ""), Some("41")));
    assert_eq!(committed.host.count(ACTION), 1, "what is seen is actioned, too");
}

#[test]
fn a_booking_that_shows_later_is_found_and_not_made_again() {
    let account = account(&[processed(1)]);
    account.hidden.set(true);
    assert_eq!(attempt(&export(&account, &book_only(), &[one_tee()])[0]), ("in-doubt", "returns.booking-not-seen"));
    account.hidden.set(false);
    let again = OrderReturn { in_doubt: true, ..one_tee() };
    assert_eq!(attempt(&export(&account, &action(), &[again])[0]), ("done", ""));
    assert_eq!((account.host.count(CREATE), account.host.count(ACTION)), (1, 1));
}

#[test]
fn a_booking_that_is_actioned_and_shows_later_is_found_and_not_made_again() {
    let account = account(&[processed(1)]);
    account.hidden.set(true);
    let outcomes = export(&account, &action(), &[one_tee()]);
    assert_eq!(attempt(&outcomes[0]), ("in-doubt", "returns.booking-not-seen"));
    assert_eq!(outcomes[0].remote_id, None, "nobody has seen the number");
    account.hidden.set(false);
    let again = OrderReturn { in_doubt: true, ..one_tee() };
    let outcomes = export(&account, &action(), &[again]);
    assert_eq!((attempt(&outcomes[0]), outcomes[0].remote_id.as_deref()), (("already-done", ""), Some("41")));
    assert_eq!(account.host.count(CREATE), 1);
}

#[test]
fn a_booking_that_was_answered_and_never_made_is_made_after_a_look() {
    for answered in [
        json!({ "RMAHeaderId": 41, "SuccessfullyActioned": true, "Errors": [] }),
        json!({ "RMAHeaderId": 41, "SuccessfullyActioned": false, "Errors": ["There is no such booking"] }),
    ] {
        let account = account(&[processed(1)]);
        account.host.always(CREATE, json!({ "RMAHeaderId": 41, "Items": [], "Errors": [] }));
        account.host.always(ACTION, answered);
        let outcomes = export(&account, &action(), &[one_tee()]);
        assert_eq!(attempt(&outcomes[0]), ("in-doubt", "returns.booking-not-seen"));
        assert_eq!(outcomes[0].remote_id, None);
        let held = Rc::clone(&account.booked);
        account.host.on(CREATE, move |asked| ok(&make(&held, asked)));
        let held = Rc::clone(&account.booked);
        account.host.on(ACTION, move |asked| ok(&act(&held, asked)));
        account.host.forget_calls();
        let again = OrderReturn { in_doubt: true, ..one_tee() };
        assert_eq!(attempt(&export(&account, &action(), &[again])[0]), ("done", ""));
        assert_eq!(account.host.called(), ["Orders/GetOrdersById", HEADERS, CREATE, ACTION, HEADERS]);
        assert_eq!(account.booked.borrow().len(), 1);
    }
}

#[test]
fn a_booking_that_cannot_be_read_back_is_in_doubt_and_found_later() {
    let account = account(&[processed(1)]);
    let (held, reads) = (Rc::clone(&account.booked), Cell::new(0));
    account.host.on(HEADERS, move |_| {
        reads.set(reads.get() + 1);
        if reads.get() == 2 { text(503, "") } else { ok(&json!({ "RMAHeaders": *held.borrow() })) }
    });
    let outcomes = export(&account, &action(), &[one_tee()]);
    assert_eq!((attempt(&outcomes[0]), &outcomes[0].remote_id), (("in-doubt", "returns.call-failed"), &None));
    let again = OrderReturn { in_doubt: true, ..one_tee() };
    assert_eq!(attempt(&export(&account, &action(), &[again])[0]), ("already-done", ""));
    assert_eq!(account.host.count(CREATE), 1);
}

#[test]
fn a_known_booking_that_vanishes_while_it_is_actioned_keeps_its_number() {
    let account = account(&[processed(1)]);
    export(&account, &book_only(), &[one_tee()]);
    let held = Rc::clone(&account.booked);
    account.host.on(ACTION, move |_| {
        held.borrow_mut().clear();
        ok(&json!({ "SuccessfullyActioned": true, "Errors": [] }))
    });
    let booked = OrderReturn { remote_id: Some("41".to_owned()), ..one_tee() };
    let outcomes = export(&account, &action(), std::slice::from_ref(&booked));
    assert_eq!(attempt(&outcomes[0]), ("in-doubt", "returns.action-not-seen"));
    assert_eq!(outcomes[0].remote_id.as_deref(), Some("41"));
    let again = OrderReturn { in_doubt: true, ..booked };
    assert_eq!(attempt(&export(&account, &action(), &[again])[0]), ("refused", "returns.booking-vanished"));
    assert_eq!(account.host.count(CREATE), 1);
}

#[test]
fn a_lost_answer_on_action_is_in_doubt_and_keeps_the_booking() {
    let account = account(&[processed(1)]);
    account.host.on(ACTION, |_| Err(HttpError::OutcomeUnknown("broken off".to_owned())));
    let outcomes = export(&account, &action(), &[one_tee()]);
    assert_eq!(attempt(&outcomes[0]), ("in-doubt", "returns.call-failed"));
    assert_eq!(outcomes[0].remote_id.as_deref(), Some("41"));
    let held = Rc::clone(&account.booked);
    account.host.on(ACTION, move |asked| {
        act(&held, asked);
        Err(HttpError::OutcomeUnknown("broken off".to_owned()))
    });
    let booked = OrderReturn { remote_id: Some("41".to_owned()), in_doubt: true, ..one_tee() };
    assert_eq!(attempt(&export(&account, &action(), &[booked])[0]), ("done", ""));
    assert_eq!(account.host.count(CREATE), 1);
}

#[test]
fn a_refused_action_leaves_the_booking_and_says_why() {
    let account = account(&[processed(1)]);
    account
        .host
        .on(ACTION, |_| ok(&json!({ "RMAHeaderId": 41, "SuccessfullyActioned": false, "Errors": ["No batch"] })));
    let outcomes = export(&account, &action(), &[one_tee()]);
    assert_eq!(attempt(&outcomes[0]), ("refused", "returns.action-refused"));
    assert!(told(&outcomes[0]).1.unwrap().message.ends_with("No batch"));
    assert_eq!(outcomes[0].remote_id.as_deref(), Some("41"));
    account.host.on(ACTION, |_| ok(&json!({ "SuccessfullyActioned": true, "Errors": [] })));
    let booked = OrderReturn { remote_id: Some("41".to_owned()), ..one_tee() };
    assert_eq!(attempt(&export(&account, &action(), &[booked])[0]), ("in-doubt", "returns.action-not-seen"));
}

#[test]
fn a_booking_that_its_channel_refused_or_has_not_answered_is_not_sent_again() {
    for (status, kind, code) in [
        ("ERROR", "refused", "returns.action-refused"),
        ("ERROR_ACKED", "refused", "returns.booking-closed"),
        ("PENDING", "retry-later", "returns.channel-awaited"),
    ] {
        let account = account(&[processed(1)]);
        export(&account, &book_only(), &[one_tee()]);
        let header = &mut account.booked.borrow_mut()[0];
        header["Status"] = json!({ "StatusHeader": status });
        header["RMALines"][0]["Error"] = json!("The channel says no");
        let outcomes = {
            let copy = header.clone();
            account.host.on(HEADERS, move |_| ok(&json!({ "RMAHeaders": [copy] })));
            export(&account, &action(), &[one_tee()])
        };
        assert_eq!(attempt(&outcomes[0]), (kind, code), "{status}");
        assert_eq!(account.host.count(ACTION), 0, "{status}");
    }
}

#[test]
fn a_booking_that_differs_or_vanished_is_told_and_neither_changed_nor_made_again() {
    let account = account(&[processed(1)]);
    export(&account, &book_only(), &[one_tee()]);
    let changed = OrderReturn { remote_id: Some("41".to_owned()), ..back(1, vec![line(TEE, "TEE", 0, 1)]) };
    assert_eq!(
        attempt(&export(&account, &action(), std::slice::from_ref(&changed))[0]),
        ("refused", "returns.booking-differs")
    );
    account.booked.borrow_mut().clear();
    assert_eq!(attempt(&export(&account, &action(), &[changed])[0]), ("refused", "returns.booking-vanished"));
    assert_eq!((account.host.count(CREATE), account.host.count(ACTION)), (1, 0));
}

#[test]
fn deleted_and_exchanged_lines_of_a_booking_do_not_count() {
    let account = account(&[processed(1)]);
    export(&account, &book_only(), &[one_tee()]);
    let more = [
        json!({ "Type": "Return", "Deleted": true, "OrderItemRowId": MUG, "ReturnQuantity": 1 }),
        json!({ "Type": "Exchange", "OrderItemRowId": MUG, "ReturnQuantity": 1 }),
    ];
    account.booked.borrow_mut()[0]["RMALines"].as_array_mut().unwrap().extend(more);
    assert_eq!(attempt(&export(&account, &book_only(), &[one_tee()])[0]), ("already-done", ""));
}

#[test]
fn an_empty_answer_does_not_pass_for_nothing_booked() {
    let account = account(&[processed(1)]);
    account.host.on(HEADERS, |_| text(200, ""));
    assert_eq!(attempt(&export(&account, &action(), &[one_tee()])[0]), ("retry-later", "returns.call-failed"));
    for answer in ["<html></html>", "{}", r#"{"RMAHeaders":{}}"#, r#"{"RMAHeaders":[{"RMAHeaderId":0}]}"#] {
        account.host.on(HEADERS, move |_| text(200, answer));
        let outcomes = export(&account, &action(), &[one_tee()]);
        assert_eq!(attempt(&outcomes[0]), ("retry-later", "returns.call-failed"), "{answer}");
    }
    assert_eq!(account.host.count(CREATE), 0);
}

#[test]
fn a_spent_quota_leaves_the_rest_and_keeps_what_was_booked() {
    let account = account(&[processed(1), processed(2), processed(3)]);
    let tees: Vec<_> = (1..=3).map(|n| back(n, vec![line(TEE, "TEE", 1, 0)])).collect();
    let count = Cell::new(0);
    let held = Rc::clone(&account.booked);
    account.host.on(ACTION, move |asked| {
        count.set(count.get() + 1);
        if count.get() > 1 { text(429, "") } else { ok(&act(&held, asked)) }
    });
    let outcomes = export(&account, &action(), &tees);
    let seen: Vec<_> = outcomes.iter().map(|one| (attempt(one).0, one.remote_id.as_deref())).collect();
    assert_eq!(seen, [("done", Some("41")), ("retry-later", Some("42")), ("not-attempted", None)]);
    assert_eq!(account.host.count(CREATE), 2);
}

#[test]
fn a_failed_first_reading_or_a_dead_session_fails_the_call() {
    let account = account(&[processed(1)]);
    account.host.on(HEADERS, |_| text(401, ""));
    let failure = run(returns::export(&account.host, &action(), &[one_tee()])).unwrap_err();
    assert!(matches!(failure, Failure::Unauthorised(_)));
    account.host.on("Orders/GetOrdersById", |_| text(503, ""));
    let failure = run(returns::export(&account.host, &action(), &[one_tee()])).unwrap_err();
    assert!(matches!(failure, Failure::Unavailable(_)));
}

#[test]
fn told_to_stop_it_ends_after_the_return_in_hand() {
    let account = account(&[processed(1), processed(2)]);
    *account.host.stop.borrow_mut() = true;
    let tees: Vec<_> = (1..=2).map(|n| back(n, vec![line(TEE, "TEE", 1, 0)])).collect();
    let seen: Vec<_> = export(&account, &book_only(), &tees).iter().map(|one| attempt(one).0).collect();
    assert_eq!(seen, ["done", "not-attempted"]);
}

#[test]
fn returns_of_one_order_are_booked_one_by_one() {
    let account = account(&[processed(1)]);
    let second = OrderReturn { id: "2".to_owned(), ..one_tee() };
    let third = OrderReturn { id: "3".to_owned(), ..one_tee() };
    let outcomes = export(&account, &book_only(), &[one_tee(), second, third]);
    let seen: Vec<_> = outcomes.iter().map(attempt).collect();
    assert_eq!(seen, [("done", ""), ("done", ""), ("refused", "returns.booked-by-others")]);
    assert_eq!(account.host.count("Orders/GetOrdersById"), 1);
    let of: Vec<_> = account.booked.borrow().iter().map(|header| header["ExternalReference"].clone()).collect();
    assert_eq!(of, [json!("1"), json!("2")]);
    assert_eq!(account.host.asked(CREATE)["request"]["ReturnItems"][0]["ReturnLocation"], DEFAULT);
}
