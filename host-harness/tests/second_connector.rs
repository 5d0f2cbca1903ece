//! A connector to another source, the one of `docs/write-a-connector.md`, brings orders in by the same contract.
//! It is made with the author's kit (`plugin/kit`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::{Host, Stub, host};
use harness_contract::manifest::Flow;
use harness_contract::sync_stock::StockLevel;
use harness_contract::types::{Attempt, Mode, Problem, Retry};
use harness_wms::NewProduct;
use host_harness::config::Config;
use host_harness::flow::call::Call;
use host_harness::flow::import_orders::{self, Scope};
use host_harness::flow::why;
use serde_json::{Value, json};

fn order(id: &str, paid: bool) -> Value {
    json!({
        "id": id, "changed": "1", "paid": paid,
        "buyer": "A. Buyer", "street": "1 High Street", "town": "Leeds", "postcode": "LS1 1AA", "country": "GB",
        "total": "12.00", "vat": "2.00", "items": [{ "sku": "MUG", "quantity": 2, "price": "5.00", "vat": "1.00" }],
    })
}

async fn shop(stub: &Stub) -> Host {
    let shop = host("minimal", "shop.example", stub, json!({}), Config::default()).await;
    let mug = NewProduct { sku: "MUG".into(), name: "Mug".into(), ..NewProduct::default() };
    shop.platform.store.add_products(shop.connection.client_id, &[mug], 0).await.unwrap();
    shop
}

#[tokio::test]
async fn two_paid_orders_of_the_shop_come_in_and_an_unpaid_one_stays_out_with_its_reason() {
    let answer = json!([order("7", true), order("8", true), order("9", false)]);
    let stub = Stub::start(Some(answer.to_string())).await;
    let Host { platform, connection, .. } = &shop(&stub).await;
    let report = import_orders::run(platform, connection, Mode::Apply, Scope::New).await.unwrap();
    assert_eq!((report.report.imported, report.report.skipped["paid"]), (2, 1), "{report:?}");
    assert_eq!(
        (report.report.acknowledged, report.report.unacknowledged),
        (0, 0),
        "the shop asks for no marks: {report:?}"
    );

    let orders = platform.store.orders(None, None, 0, 10).await.unwrap();
    let numbers: Vec<&str> = orders.iter().map(|order| order.order_number.as_str()).collect();
    assert_eq!(numbers, ["SHOP-7", "SHOP-8"]);
    let first = serde_json::to_value(&orders[0]).unwrap();
    assert_eq!(
        (&first["OrderItems"][0]["SKU"], &first["OrderItems"][0]["Quantity"]),
        (&json!("MUG"), &json!(2)),
        "{first}"
    );

    // By any of its names, with every check, and what to do about the one that did not pass.
    for name in ["9", "shop-9"] {
        let why = why::why(platform, connection, name).await.unwrap();
        assert_eq!(why.conclusion, "order 9 is not imported: The order is not paid", "{why:?}");
        let verdicts: Vec<(&str, bool)> =
            why.orders[0].verdicts.iter().map(|verdict| (verdict.check.as_str(), verdict.passed)).collect();
        assert_eq!(verdicts, [("paid", false), ("readable", true), ("whole", true)], "{why:?}");
        assert!(why.orders[0].verdicts[0].remedy.starts_with("Wait for the payment"), "{why:?}");
    }
    let why = why::why(platform, connection, "10").await.unwrap();
    assert_eq!(why.orders[0].verdicts[0].check, "known", "{why:?}");

    let again = import_orders::run(platform, connection, Mode::Apply, Scope::New).await.unwrap();
    assert_eq!((again.report.imported, platform.store.orders(None, None, 0, 10).await.unwrap().len()), (0, 2));
}

#[tokio::test]
async fn amounts_come_in_with_the_digits_that_the_shop_wrote() {
    let mut precise = order("7", true);
    // Numbers, and none that a binary float can hold.
    precise["total"] = json!(12.10);
    precise["items"][0]["price"] = json!(5.05);
    precise["items"][0]["vat"] = json!(1.01);
    let stub = Stub::start(Some(json!([precise]).to_string())).await;
    let Host { platform, connection, .. } = &shop(&stub).await;
    let report = import_orders::run(platform, connection, Mode::Apply, Scope::New).await.unwrap();
    assert_eq!(report.report.imported, 1, "{report:?}");
    let orders = platform.store.orders(None, None, 0, 10).await.unwrap();
    let order = serde_json::to_value(&orders[0]).unwrap().to_string();
    for amount in ["12.1", "5.05", "1.01"] {
        assert!(order.contains(amount), "{amount}: {order}");
    }
    assert!(!order.contains("000000"), "no noise of a double: {order}");
}

#[tokio::test]
async fn an_order_that_cannot_be_read_stays_out_with_every_fault_and_holds_no_other_up() {
    let mut broken = order("8", true);
    broken["postcode"] = json!(null);
    broken["items"][0]["quantity"] = json!("two");
    let stub = Stub::start(Some(json!([order("7", true), broken]).to_string())).await;
    let Host { platform, connection, .. } = &shop(&stub).await;
    let report = import_orders::run(platform, connection, Mode::Apply, Scope::New).await.unwrap();
    assert_eq!((report.report.imported, report.report.skipped["readable"]), (1, 1), "{report:?}");
    let why = why::why(platform, connection, "8").await.unwrap();
    let found = "`items/0/quantity` is no whole number; `postcode` is missing";
    assert_eq!(why.conclusion, format!("order 8 is not imported: {found}"), "{why:?}");
    let problems = platform.store.problems(None, false).await.unwrap();
    assert!(problems.iter().any(|problem| problem.problem.message.contains(found)), "a person is told: {problems:?}");
}

#[tokio::test]
async fn an_order_that_breaks_the_contract_stays_out_and_holds_no_other_up() {
    // This connector passes on what the shop says.
    let mut painted = order("8", true);
    painted["items"][0]["sku"] = json!("MUG\u{1b}[2J");
    let mut smuggled = order("9", true);
    smuggled["buyer"] = json!("A.\u{0} Buyer");
    let stub = Stub::start(Some(json!([order("7", true), painted, smuggled]).to_string())).await;
    let Host { platform, connection, .. } = &shop(&stub).await;
    let report = import_orders::run(platform, connection, Mode::Apply, Scope::New).await.unwrap();
    assert_eq!((report.report.imported, report.report.skipped["connector-failed"]), (1, 2), "{report:?}");
    let problems = platform.store.problems(None, false).await.unwrap();
    for fault in ["line 1 sku holds control characters", "full-name holds the character NUL"] {
        let told = problems.iter().any(|problem| problem.problem.message.contains(fault));
        assert!(told, "a person is told: {problems:?}");
    }
    assert!(problems.iter().all(|problem| !problem.problem.message.contains("Buyer")), "{problems:?}");
}

#[tokio::test]
async fn an_answer_that_the_connector_cannot_read_fails_the_run_and_says_what_to_do() {
    let stub = Stub::start(Some("<html>busy</html>".into())).await;
    let Host { platform, connection, .. } = &shop(&stub).await;
    let error = import_orders::run(platform, connection, Mode::Apply, Scope::New).await.map(drop).unwrap_err();
    let told = error.to_string();
    for part in ["source.unreadable", "orders: the answer cannot be read: no JSON", "look whether the source is up"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("busy"), "the source's own words are not repeated: {told}");
    assert!(platform.store.orders(None, None, 0, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_flow_written_by_hand_works_next_to_the_kits() {
    let stub = Stub::start(Some(json!({ "MUG": 3, "CUP": 1 }).to_string())).await;
    let Host { platform, connection, .. } =
        &host("two-flows", "shop.example", &stub, json!({}), Config::default()).await;
    // Letting it in compared the flows of the manifest with what the component exports.
    let plugin = platform.plugins.newest(platform, "two-flows").await.unwrap();
    assert_eq!(plugin.description.flows, [Flow::ImportOrders, Flow::SyncStock]);

    let level = |sku: &str, on_hand| StockLevel {
        sku: sku.into(),
        on_hand,
        allocated: 0,
        returned_unbooked: 0,
        received_undelivered: 0,
    };
    for (mode, cup, asked) in [
        (Mode::Plan, Attempt::NotAttempted, vec!["GET /stock"]),
        // The stub takes what is put and shows what it showed before.
        (Mode::Apply, Attempt::RetryLater(refusal("stock.not-taken")), vec!["GET /stock", "PUT /stock", "GET /stock"]),
    ] {
        let before = stub.asked().len();
        let call = Call::new(platform, connection, "sync-stock", mode).await.unwrap();
        let attempt = call.begin().await.unwrap();
        let levels = vec![level("MUG", 3), level("CUP", -2), level("JUG", 5)];
        let invoked = plugin.sync_stock(attempt.invocation(), attempt.context.clone(), levels, vec![]).await;
        let outcomes = invoked.result.unwrap().unwrap();
        let codes: Vec<(&str, Attempt)> =
            outcomes.iter().map(|outcome| (outcome.id.as_str(), by_code(&outcome.attempt))).collect();
        let unknown = Attempt::Refused(refusal("stock.sku-unknown"));
        assert_eq!(codes, [("MUG", Attempt::AlreadyDone), ("CUP", cup), ("JUG", unknown)], "{mode:?}");
        let change = &outcomes[1].changes[0];
        assert_eq!((change.old.as_deref(), change.new.as_deref()), (Some("1"), Some("0")), "never less than nothing");
        assert_eq!(stub.asked()[before..], asked, "{mode:?}");
    }
}

/// A problem of which only the code counts.
fn refusal(code: &str) -> Problem {
    Problem {
        code: code.into(),
        message: String::new(),
        remedy: String::new(),
        retry: Retry::Never,
        field: None,
        sku: None,
    }
}

/// The attempt without the words of its problem.
fn by_code(attempt: &Attempt) -> Attempt {
    match attempt {
        Attempt::Refused(problem) => Attempt::Refused(refusal(&problem.code)),
        Attempt::RetryLater(problem) => Attempt::RetryLater(refusal(&problem.code)),
        other => other.clone(),
    }
}
