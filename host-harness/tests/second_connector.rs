//! A connector to another source, the one of `docs/write-a-connector.md`, brings orders in by the same contract.
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
use harness_contract::types::Mode;
use harness_wms::NewProduct;
use host_harness::config::Config;
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

    let why = why::why(platform, connection, "9").await.unwrap();
    assert_eq!(why.orders[0].verdicts[0].found, "The order is not paid", "{why:?}");

    let again = import_orders::run(platform, connection, Mode::Apply, Scope::New).await.unwrap();
    assert_eq!((again.report.imported, platform.store.orders(None, None, 0, 10).await.unwrap().len()), (0, 2));
}

#[tokio::test]
async fn an_answer_that_the_connector_cannot_read_fails_the_run_and_says_so() {
    let stub = Stub::start(Some("<html>busy</html>".into())).await;
    let Host { platform, connection, .. } = &shop(&stub).await;
    let error = import_orders::run(platform, connection, Mode::Apply, Scope::New).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("shop.unreadable"), "{error}");
    assert!(platform.store.orders(None, None, 0, 10).await.unwrap().is_empty());
}
