//! Purchase orders: which are announced, what of them, and what is booked in.
use std::cell::RefCell;
use std::rc::Rc;

use linnworks_connector::contract::asns::{Asn, FetchedAsn, Receipt};
use linnworks_connector::contract::{Attempt, Context, HttpError, Mode, Outcome, Response, Retry};
use linnworks_connector::purchase_orders;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, Fake, LEEDS, ctx, ok, problem, refused, run, text};

const SEARCH: &str = "PurchaseOrder/Search_PurchaseOrders2";
const GET: &str = "PurchaseOrder/Get_PurchaseOrder";
const DELIVER: &str = "PurchaseOrder/Deliver_PurchaseItem";
const SUPPLIER: &str = "55555555-5555-4555-8555-555555555555";

fn id(n: usize) -> String {
    format!("{n:08x}-0000-4000-8000-00000000abcd")
}

fn item(n: usize, sku: &str, quantity: i64, delivered: i64) -> Value {
    json!({"pkPurchaseItemId": id(1000 + n), "fkStockItemId": id(2000 + n), "SKU": sku, "ItemTitle": format!("The {sku}"),
        "Quantity": quantity, "Delivered": delivered, "BarcodeNumber": "5000000000017", "DimHeight": 2.5, "DimWidth": 0.0,
        "DimDepth": null, "InventoryTrackingType": 0, "IsDeleted": false})
}

fn order(n: usize, status: &str, items: &[Value]) -> Value {
    json!({"PurchaseOrderHeader": {"pkPurchaseID": id(n), "fkSupplierId": SUPPLIER, "fkLocationId": DEFAULT,
        "ExternalInvoiceNumber": format!("PO-{n}"), "SupplierReferenceNumber": "S-9", "Status": status, "Currency": "GBP",
        "LineCount": items.len(), "DeliveredLinesCount": 0, "DateOfPurchase": "2026-03-01T00:00:00Z",
        "QuotedDeliveryDate": "2026-03-20T00:00:00Z", "TotalCost": 120.0, "taxPaid": 20.0},
        "PurchaseOrderItem": items})
}

/// An account that really searches, reads and books in.
struct Account {
    host: Fake,
    orders: Rc<RefCell<Vec<Value>>>,
}

fn account(orders: Vec<Value>) -> Account {
    let host = Fake::new();
    let orders = Rc::new(RefCell::new(orders));
    let held = Rc::clone(&orders);
    host.on(SEARCH, move |asked| ok(&search(&held.borrow(), asked)));
    let held = Rc::clone(&orders);
    host.on(GET, move |asked| read(&held.borrow(), asked));
    let held = Rc::clone(&orders);
    host.on(DELIVER, move |asked| book(&mut held.borrow_mut(), asked));
    host.always("Inventory/GetSuppliers", json!([{"pkSupplierID": SUPPLIER, "SupplierName": "Pottery Ltd"}]));
    host.always(
        "Stock/GetStockItemsFullByIds",
        json!({"StockItemsFullExtended": [
            {"StockItemId": id(2001), "ItemNumber": "MUG", "ItemTitle": "Mug, blue", "BarcodeNumber": "501", "Weight": 350.0,
             "Height": 10.0, "Width": 8.0, "Depth": 8.0}]}),
    );
    Account { host, orders }
}

fn search(orders: &[Value], asked: &Value) -> Value {
    let status = asked["Status"].as_str();
    let location = asked["Location"][0].as_str();
    let fits = |order: &&Value| {
        let header = &order["PurchaseOrderHeader"];
        status.is_none_or(|status| header["Status"] == status)
            && location.is_none_or(|location| header["fkLocationId"] == location)
    };
    let rows: Vec<Value> = orders.iter().filter(fits).map(|order| order["PurchaseOrderHeader"].clone()).collect();
    let size = asked["EntriesPerPage"].as_u64().unwrap_or(200) as usize;
    let number = asked["PageNumber"].as_u64().unwrap_or(1) as usize;
    let page: Vec<Value> = rows.iter().skip((number - 1) * size).take(size).cloned().collect();
    json!({"Result": page, "TotalPages": rows.len().div_ceil(size), "CurrentPageNumber": number, "EntriesPerPage": size,
        "TotalNumberOfRecords": rows.len()})
}

fn read(orders: &[Value], asked: &Value) -> Result<Response, HttpError> {
    match orders.iter().find(|order| order["PurchaseOrderHeader"]["pkPurchaseID"] == asked["pkPurchaseId"]) {
        Some(order) => ok(order),
        None => text(400, r#"{"Code":"-","Message":"Purchase Order does not exist"}"#),
    }
}

fn book(orders: &mut [Value], asked: &Value) -> Result<Response, HttpError> {
    let asked = &asked["deliverItemParameter"];
    for order in orders {
        for item in order["PurchaseOrderItem"].as_array_mut().unwrap() {
            if item["pkPurchaseItemId"] == asked["pkPurchaseItemId"] {
                item["Delivered"] = asked["Delivered"].clone();
                return ok(&json!({"NewPurchaseOrderItem": item}));
            }
        }
    }
    refused()
}

fn wanted() -> Context {
    ctx(json!({"ImportPurchaseOrdersAsAsn": true}))
}

fn listed(host: &Fake, ctx: &Context) -> Vec<String> {
    let page = run(purchase_orders::discover(host, ctx)).unwrap();
    assert!(page.complete && page.checkpoint.is_none());
    page.candidates.into_iter().map(|candidate| candidate.id).collect()
}

fn versions(host: &Fake) -> Vec<Option<String>> {
    run(purchase_orders::discover(host, &wanted())).unwrap().candidates.into_iter().map(|one| one.version).collect()
}

fn fetched(host: &Fake, ctx: &Context, n: usize) -> FetchedAsn {
    run(purchase_orders::fetch(host, ctx, &[id(n)])).unwrap().remove(0)
}

fn ready(fetched: FetchedAsn) -> Asn {
    match fetched {
        FetchedAsn::Ready(asn) => asn,
        other => panic!("{other:?}"),
    }
}

fn check(fetched: FetchedAsn) -> (String, bool) {
    match fetched {
        FetchedAsn::Skipped(skip) => (skip.verdicts[0].check.clone(), skip.needs_attention),
        other => panic!("{other:?}"),
    }
}

#[test]
fn open_and_partial_ones_of_the_location_are_listed_with_two_calls() {
    let mut other = order(5, "OPEN", &[]);
    other["PurchaseOrderHeader"]["fkLocationId"] = json!(LEEDS);
    let account = account(vec![
        order(1, "PENDING", &[]),
        order(2, "OPEN", &[]),
        order(3, "PARTIAL", &[]),
        order(4, "DELIVERED", &[]),
        other,
    ]);
    assert_eq!(listed(&account.host, &wanted()), [id(2), id(3)]);
    assert_eq!(account.host.called(), [SEARCH, SEARCH]);
    let asked = account.host.asked(SEARCH);
    assert_eq!((&asked["Status"], &asked["Location"]), (&json!("PARTIAL"), &json!([DEFAULT])));
}

#[test]
fn without_the_option_nothing_is_called() {
    let account = account(vec![order(2, "OPEN", &[])]);
    assert!(listed(&account.host, &ctx(json!({"AutomaticallyImportNewProducts": true}))).is_empty());
    assert!(account.host.calls.borrow().is_empty());
}

#[test]
fn all_pages_are_read_and_one_that_repeats_does_not_go_round_for_ever() {
    let orders: Vec<Value> = (1..=450).map(|n| order(n, "OPEN", &[])).collect();
    let account = account(orders.clone());
    assert_eq!(listed(&account.host, &wanted()).len(), 450);
    assert_eq!(account.host.count(SEARCH), 4);
    account.host.forget_calls();
    let first = search(&orders, &json!({}));
    account.host.on(SEARCH, move |_| ok(&json!({"Result": first["Result"], "TotalPages": 99})));
    assert_eq!(listed(&account.host, &wanted()).len(), 200);
    assert_eq!(account.host.count(SEARCH), 4);
}

#[test]
fn a_search_that_ignores_its_filters_is_filtered_here_and_asked_once() {
    let mut elsewhere = order(4, "OPEN", &[]);
    elsewhere["PurchaseOrderHeader"]["fkLocationId"] = json!(LEEDS);
    let account = account(Vec::new());
    let orders = vec![order(1, "DELIVERED", &[]), order(2, "OPEN", &[]), order(3, "PARTIAL", &[]), elsewhere];
    account.host.on(SEARCH, move |_| ok(&search(&orders, &json!({}))));
    assert_eq!(listed(&account.host, &wanted()), [id(2), id(3)]);
    assert_eq!(account.host.count(SEARCH), 1);
}

#[test]
fn an_account_that_wants_the_request_wrapped_is_asked_so_and_remembered() {
    let account = account(Vec::new());
    let orders = vec![order(2, "OPEN", &[])];
    account.host.on(SEARCH, move |asked| match asked.get("request") {
        Some(request) => ok(&search(&orders, request)),
        None => text(400, r#"{"Message":"The 'request' parameter is missing."}"#),
    });
    assert_eq!(listed(&account.host, &wanted()), [id(2)]);
    assert_eq!(account.host.count(SEARCH), 3);
    account.host.forget_calls();
    assert_eq!(listed(&account.host, &wanted()), [id(2)]);
    assert_eq!(account.host.count(SEARCH), 2);
}

#[test]
fn an_account_without_the_newer_search_is_asked_by_its_older_name() {
    let account = account(Vec::new());
    let orders = vec![order(2, "OPEN", &[])];
    account.host.on(SEARCH, |_| text(404, ""));
    account
        .host
        .on("PurchaseOrder/Search_PurchaseOrders", move |asked| ok(&search(&orders, &asked["searchParameter"])));
    assert_eq!(listed(&account.host, &wanted()), [id(2)]);
    assert_eq!(account.host.count(SEARCH), 1, "what is not there is asked once");
}

#[test]
fn when_every_form_is_refused_the_usual_ones_message_is_told() {
    let account = account(Vec::new());
    account.host.on(SEARCH, |_| text(400, r#"{"Message":"No permission for purchase orders"}"#));
    let failure = run(purchase_orders::discover(&account.host, &wanted())).unwrap_err();
    let (kind, told) = problem(&failure);
    assert_eq!(kind, "unexpected-answer");
    assert!(told.message.contains("No permission"), "{}", told.message);
}

#[test]
fn the_headers_digest_moves_with_the_header_and_not_with_noise() {
    let account = account(vec![order(2, "OPEN", &[])]);
    let before = versions(&account.host);
    account.orders.borrow_mut()[0]["PurchaseOrderHeader"]["TotalCost"] = json!(120.00000000001);
    assert_eq!(versions(&account.host), before);
    account.orders.borrow_mut()[0]["PurchaseOrderHeader"]["DeliveredLinesCount"] = json!(1);
    assert_ne!(versions(&account.host), before);
}

#[test]
fn what_is_still_to_come_is_announced_with_what_was_ordered_and_delivered() {
    let mut gone = item(4, "GONE", 1, 0);
    gone["IsDeleted"] = json!(true);
    let items = [item(1, "MUG", 10, 4), item(2, "TEE", 5, 5), item(3, "CAP", 3, 4), gone];
    let account = account(vec![order(2, "PARTIAL", &items)]);
    let asn = ready(fetched(&account.host, &wanted(), 2));
    assert_eq!((asn.po_reference.as_str(), asn.supplier.as_str()), ("PO-2", "Pottery Ltd"));
    assert_eq!(asn.estimated_delivery, Some(1_773_964_800_000));
    assert!(asn.comments.contains(&id(2)) && asn.comments.contains("S-9"));
    let lines: Vec<(&str, u32, u32, u32)> =
        asn.lines.iter().map(|line| (line.sku.as_str(), line.quantity, line.ordered, line.delivered)).collect();
    assert_eq!(lines, [("MUG", 6, 10, 4), ("TEE", 0, 5, 5), ("CAP", 0, 3, 4)]);
    assert!(asn.lines.iter().all(|line| line.product.is_none()));
    assert_eq!(account.host.count("Stock/GetStockItemsFullByIds"), 0);
}

#[test]
fn the_orders_digest_moves_with_what_was_ordered_and_not_with_what_came() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 0), item(2, "TEE", 5, 0)])]);
    let version = |account: &Account| ready(fetched(&account.host, &wanted(), 2)).version;
    let before = version(&account);
    account.orders.borrow_mut()[0]["PurchaseOrderItem"][0]["Delivered"] = json!(3);
    account.orders.borrow_mut()[0]["PurchaseOrderItem"].as_array_mut().unwrap().reverse();
    assert_eq!(version(&account), before);
    account.orders.borrow_mut()[0]["PurchaseOrderItem"][0]["Quantity"] = json!(6);
    assert_ne!(version(&account), before);
}

#[test]
fn what_is_no_open_order_of_the_location_is_left_out_with_the_reason() {
    let mut elsewhere = order(3, "OPEN", &[item(1, "MUG", 1, 0)]);
    elsewhere["PurchaseOrderHeader"]["fkLocationId"] = json!(LEEDS);
    let account = account(vec![
        order(1, "PENDING", &[item(1, "MUG", 1, 0)]),
        order(2, "DELIVERED", &[item(1, "MUG", 1, 1)]),
        elsewhere,
        order(4, "OPEN", &[item(1, "MUG", 1, 1)]),
        order(5, "OPEN", &[item(1, "MUG", 1, 0), item(2, "", 1, 0)]),
        order(6, "SENT", &[item(1, "MUG", 1, 0)]),
        order(7, "OPEN", &[item(1, "MUG", 1, 0), item(1, "MUG", 1, 0)]),
        order(8, "OPEN", &[item(1, "MUG\u{0}", 1, 0)]),
    ]);
    let found: Vec<(String, bool)> = (1..=8).map(|n| check(fetched(&account.host, &wanted(), n))).collect();
    let found: Vec<(&str, bool)> = found.iter().map(|(check, attention)| (check.as_str(), *attention)).collect();
    assert_eq!(
        found,
        [
            ("status", false),
            ("status", false),
            ("location", false),
            ("nothing-to-come", false),
            ("line-unlinked", true),
            ("status", true),
            ("line-repeated", true),
            ("control-characters", true)
        ]
    );
    assert_eq!(fetched(&account.host, &wanted(), 9), FetchedAsn::Absent(id(9)));
}

#[test]
fn a_purchase_order_that_cannot_be_read_does_not_hold_back_the_others() {
    let account = account(vec![order(1, "OPEN", &[item(1, "MUG", 1, 0)])]);
    let good = account.orders.borrow()[0].clone();
    account.host.on(GET, move |asked| {
        if asked["pkPurchaseId"] == id(1) { ok(&good) } else { ok(&json!({"PurchaseOrderItem": {"a": 1}})) }
    });
    let both = run(purchase_orders::fetch(&account.host, &wanted(), &[id(2), id(1)])).unwrap();
    assert!(matches!(&both[0], FetchedAsn::Skipped(skip) if skip.verdicts[0].check == "unreadable"));
    assert!(matches!(&both[1], FetchedAsn::Ready(asn) if asn.id == id(1)));
}

#[test]
fn products_are_described_where_they_are_wanted_with_the_weight_in_kilograms() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 1, 0), item(2, "TEE", 1, 0)])]);
    let with = |grams: bool| {
        let settings =
            json!({"ImportPurchaseOrdersAsAsn": true, "AutomaticallyImportNewProducts": true, "WeightInGrams": grams});
        ready(fetched(&account.host, &ctx(settings), 2))
            .lines
            .into_iter()
            .map(|line| line.product.unwrap())
            .collect::<Vec<_>>()
    };
    let products = with(true);
    let mug = &products[0];
    assert_eq!((mug.name.as_str(), mug.barcode.as_str(), mug.weight.as_deref()), ("Mug, blue", "501", Some("0.35")));
    assert_eq!((mug.height.as_deref(), mug.width.as_deref()), (Some("10"), Some("8")));
    assert!(mug.warnings.is_empty());
    // What the stock items do not tell, the line does.
    let tee = &products[1];
    assert_eq!((tee.name.as_str(), tee.weight.as_deref(), tee.height.as_deref()), ("The TEE", None, Some("2.5")));
    let heavy = &with(false)[0];
    assert_eq!(heavy.weight.as_deref(), Some("350"));
    assert_eq!(heavy.warnings[0].code, "product.weight-implausible");
    assert!(heavy.warnings[0].remedy.contains("WeightInGrams"));
}

#[test]
fn control_characters_of_suppliers_and_products_never_reach_the_warehouse() {
    let mut odd = order(2, "OPEN", &[item(2, "TEE", 1, 0)]);
    odd["PurchaseOrderItem"][0]["ItemTitle"] = json!("The\u{1b} TEE");
    odd["PurchaseOrderItem"][0]["BarcodeNumber"] = json!("5\u{1d}01");
    odd["PurchaseOrderHeader"]["SupplierReferenceNumber"] = json!("S\u{0}1");
    let account = account(vec![odd]);
    let names = json!([{ "pkSupplierID": SUPPLIER, "SupplierName": "Pott\u{0}ery Ltd" }]);
    account.host.always("Inventory/GetSuppliers", names);
    let settings = json!({ "ImportPurchaseOrdersAsAsn": true, "AutomaticallyImportNewProducts": true });
    let asn = ready(fetched(&account.host, &ctx(settings), 2));
    assert_eq!((asn.supplier.as_str(), asn.comments.ends_with("reference S1")), ("Pottery Ltd", true), "{asn:?}");
    let product = asn.lines[0].product.as_ref().unwrap();
    assert_eq!((product.name.as_str(), product.barcode.as_str()), ("The TEE", "501"));
}

#[test]
fn suppliers_are_read_once_a_day_and_unnamed_where_they_are_forbidden() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 1, 0)])]);
    fetched(&account.host, &wanted(), 2);
    fetched(&account.host, &wanted(), 2);
    assert_eq!(account.host.count("Inventory/GetSuppliers"), 1);
    account.host.storage.borrow_mut().clear();
    account.host.on("Inventory/GetSuppliers", |_| text(403, "{}"));
    assert_eq!(ready(fetched(&account.host, &wanted(), 2)).supplier, "");
}

#[test]
fn no_notice_is_made_without_its_suppliers_name_because_an_answer_could_not_be_read() {
    for answer in ["<html>", "", "[{\"pkSupplierID\"", "{\"Suppliers\": 3}"] {
        let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 1, 0)])]);
        account.host.on("Inventory/GetSuppliers", move |_| text(200, answer));
        let failed = run(purchase_orders::fetch(&account.host, &wanted(), &[id(2)])).unwrap_err();
        assert!(format!("{failed:?}").contains("Inventory/GetSuppliers"), "{failed:?}");
    }
}

fn delivering() -> Context {
    ctx(json!({"ImportPurchaseOrdersAsAsn": true, "DeliverPOOnBookIn": true}))
}

fn receipt(lines: &[(usize, u32)]) -> Receipt {
    let lines = lines.iter().map(|(n, total)| (id(1000 + n), *total)).collect();
    Receipt { id: id(2), lines, in_doubt: false }
}

fn deliver(account: &Account, ctx: &Context, lines: &[(usize, u32)]) -> Outcome {
    run(purchase_orders::deliver(&account.host, ctx, &[receipt(lines)])).unwrap().remove(0)
}

fn code(attempt: &Attempt) -> &str {
    match attempt {
        Attempt::Done => "done",
        Attempt::AlreadyDone => "already-done",
        Attempt::NotAttempted => "not-attempted",
        Attempt::Refused(problem)
        | Attempt::RetryLater(problem)
        | Attempt::Held(problem)
        | Attempt::InDoubt(problem) => &problem.code,
    }
}

fn counted(account: &Account) -> Vec<i64> {
    let orders = account.orders.borrow();
    orders[0]["PurchaseOrderItem"].as_array().unwrap().iter().map(|item| item["Delivered"].as_i64().unwrap()).collect()
}

#[test]
fn totals_are_booked_in_once_and_read_back() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 2), item(2, "TEE", 5, 0)])]);
    let first = deliver(&account, &delivering(), &[(1, 6), (2, 0)]);
    assert_eq!(first.attempt, Attempt::Done);
    assert_eq!((first.changes[0].old.as_deref(), first.changes[0].new.as_deref()), (Some("2"), Some("6")));
    assert_eq!(account.host.called(), [GET, DELIVER, GET]);
    assert_eq!(counted(&account), [6, 0]);
    let again = deliver(&account, &delivering(), &[(1, 6), (2, 0)]);
    assert_eq!(again.attempt, Attempt::AlreadyDone);
    assert_eq!(account.host.count(DELIVER), 1);
}

#[test]
fn a_plan_tells_what_would_be_booked_in_and_books_nothing() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 2)])]);
    let plan = Context { mode: Mode::Plan, ..delivering() };
    let outcome = deliver(&account, &plan, &[(1, 6)]);
    assert_eq!((code(&outcome.attempt), outcome.changes[0].new.as_deref()), ("not-attempted", Some("6")));
    assert_eq!(account.host.count(DELIVER), 0);
}

#[test]
fn switched_off_everything_waits_without_a_call() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 2)])]);
    assert_eq!(code(&deliver(&account, &wanted(), &[(1, 6)]).attempt), "deliver.switched-off");
    assert!(account.host.calls.borrow().is_empty());
}

#[test]
fn a_lost_answer_is_in_doubt_unless_reading_back_shows_it_done() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 0), item(2, "TEE", 5, 0)])]);
    account.host.on(DELIVER, |_| Err(HttpError::OutcomeUnknown("cut".to_owned())));
    let lost = deliver(&account, &delivering(), &[(1, 6), (2, 5)]);
    assert!(matches!(lost.attempt, Attempt::InDoubt(_)));
    assert_eq!(account.host.count(DELIVER), 1, "nothing more is written after a write in doubt");
    // It was booked all the same, and the answer got lost: the next attempt finds it counted.
    account.orders.borrow_mut()[0]["PurchaseOrderItem"][0]["Delivered"] = json!(6);
    let held = Rc::clone(&account.orders);
    account.host.on(DELIVER, move |asked| book(&mut held.borrow_mut(), asked));
    let next = deliver(&account, &delivering(), &[(1, 6), (2, 5)]);
    assert_eq!(next.attempt, Attempt::Done);
    assert_eq!(counted(&account), [6, 5]);
    assert_eq!(account.host.count(DELIVER), 2);
}

#[test]
fn booking_in_without_a_usable_answer_is_in_doubt_unless_it_shows_or_was_never_sent() {
    for (status, answer) in [(500, ""), (503, "<html>"), (200, "<html>"), (200, "")] {
        let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 0)])]);
        account.host.on(DELIVER, move |_| text(status, answer));
        let outcome = deliver(&account, &delivering(), &[(1, 6)]);
        assert!(matches!(outcome.attempt, Attempt::InDoubt(_)), "{status} {answer}");
        let held = Rc::clone(&account.orders);
        account.host.on(DELIVER, move |asked| {
            book(&mut held.borrow_mut(), asked)?;
            text(status, answer)
        });
        assert_eq!(deliver(&account, &delivering(), &[(1, 6)]).attempt, Attempt::Done, "{status} {answer}");
    }
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 0)])]);
    account.host.on(DELIVER, |_| Err(HttpError::NotSent("no route".to_owned())));
    assert!(matches!(deliver(&account, &delivering(), &[(1, 6)]).attempt, Attempt::RetryLater(_)));
}

#[test]
fn a_booking_that_does_not_show_is_tried_later() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 0)])]);
    account.host.always(DELIVER, json!({}));
    let outcome = deliver(&account, &delivering(), &[(1, 6)]);
    assert_eq!(code(&outcome.attempt), "deliver.not-applied");
    assert!(matches!(outcome.attempt, Attempt::RetryLater(_)) && outcome.changes.is_empty());
}

#[test]
fn of_what_came_beyond_the_order_the_ordered_is_booked_in_and_the_rest_told() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 0)])]);
    let held = Rc::clone(&account.orders);
    account.host.on(DELIVER, move |asked| {
        let total = asked["deliverItemParameter"]["Delivered"].as_i64().unwrap();
        if total > 10 { refused() } else { book(&mut held.borrow_mut(), asked) }
    });
    let outcome = deliver(&account, &delivering(), &[(1, 12)]);
    assert_eq!(code(&outcome.attempt), "deliver.over-receipt");
    assert_eq!(outcome.changes[0].new.as_deref(), Some("10"));
    assert_eq!(counted(&account), [10]);
}

#[test]
fn what_came_after_the_order_was_closed_is_given_up_once_linnworks_has_refused_it() {
    let account = account(vec![order(2, "DELIVERED", &[item(1, "MUG", 10, 0)])]);
    account.host.on(DELIVER, |_| refused());
    let outcome = deliver(&account, &delivering(), &[(1, 6)]);
    assert_eq!(code(&outcome.attempt), "deliver.closed");
    assert!(matches!(&outcome.attempt, Attempt::Refused(problem) if problem.retry == Retry::Never));
    // Whether it is refused is for Linnworks to say.
    let held = Rc::clone(&account.orders);
    account.host.on(DELIVER, move |asked| book(&mut held.borrow_mut(), asked));
    assert_eq!(deliver(&account, &delivering(), &[(1, 6)]).attempt, Attempt::Done);
}

#[test]
fn what_cannot_be_booked_in_says_why_and_writes_nothing() {
    let mut batched = item(1, "CREAM", 10, 0);
    batched["InventoryTrackingType"] = json!(1);
    let mut elsewhere = order(2, "OPEN", &[item(1, "MUG", 10, 0)]);
    elsewhere["PurchaseOrderHeader"]["fkLocationId"] = json!(LEEDS);
    for (order, expected) in [
        (order(2, "OPEN", &[batched]), "deliver.batched"),
        (elsewhere, "deliver.elsewhere"),
        (order(2, "PENDING", &[item(1, "MUG", 10, 0)]), "deliver.pending"),
        (order(2, "OPEN", &[item(7, "MUG", 10, 0)]), "deliver.line-gone"),
        (order(3, "OPEN", &[]), "deliver.purchase-order-gone"),
    ] {
        let account = account(vec![order]);
        let outcome = deliver(&account, &delivering(), &[(1, 4)]);
        assert_eq!(code(&outcome.attempt), expected);
        assert_eq!(account.host.count(DELIVER), 0, "{expected}");
    }
}

#[test]
fn a_finished_purchase_order_that_counts_all_of_it_needs_nothing() {
    let account = account(vec![order(2, "DELIVERED", &[item(1, "MUG", 10, 10)])]);
    assert_eq!(deliver(&account, &delivering(), &[(1, 10)]).attempt, Attempt::AlreadyDone);
}

#[test]
fn when_the_quota_is_spent_the_rest_is_not_attempted() {
    let account = account(vec![order(2, "OPEN", &[item(1, "MUG", 10, 0)])]);
    account.host.on(GET, |_| text(429, ""));
    let receipts = [receipt(&[(1, 6)]), receipt(&[(1, 6)])];
    let outcomes = run(purchase_orders::deliver(&account.host, &delivering(), &receipts)).unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.attempt == Attempt::NotAttempted));
    assert_eq!(account.host.count(GET), 1);
}
