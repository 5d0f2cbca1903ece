//! Reading orders.
use crate::common::{NOON, ZERO, sim, sim_with};
use linnworks_sim::{Config, NullMode};
use serde_json::json;

#[tokio::test]
async fn an_order_of_two_fields_gets_a_plausible_rest() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A-1", "Items": [{ "SKU": "TEE", "Quantity": 2 }] }] })).await;
    let ids = sim.ok("Orders/GetAllOpenOrders", json!({ "fulfilmentCenter": ZERO })).await;
    assert_eq!(ids.as_array().unwrap().len(), 1);
    let rows = sim.ok("Orders/GetOrdersById", json!({ "pkOrderIds": ids })).await;
    let order = &rows[0];
    assert_eq!(order["NumOrderId"], 100_001);
    assert_eq!(order["GeneralInfo"]["ReferenceNum"], "A-1");
    assert_eq!(order["GeneralInfo"]["Status"], 1);
    assert_eq!(order["GeneralInfo"]["ReceivedDate"], NOON);
    assert_eq!(order["PaidDateTime"], NOON);
    assert_eq!(order["Items"][0]["SKU"], "TEE");
    assert_eq!(order["Items"][0]["InOrderBook"], 2);
    assert_ne!(order["Items"][0]["StockItemId"], ZERO);
    assert_eq!(order["CustomerInfo"]["Address"]["Country"], "United Kingdom");
    let counts = sim.sim.calls().iter().map(|call| call.endpoint.clone()).collect::<Vec<_>>();
    assert_eq!(counts, ["Orders/GetAllOpenOrders", "Orders/GetOrdersById"]);
}

#[tokio::test]
async fn unknown_ids_are_absent_from_the_answer() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A-1" }] })).await;
    let ids = [sim.id("A-1"), "77777777-7777-4777-8777-777777777777".to_owned()];
    let rows = sim.ok("Orders/GetOrdersById", json!({ "pkOrderIds": ids })).await;
    assert_eq!(rows.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nulls_are_left_out_or_shown_as_configured() {
    let seed = json!({ "Orders": [{ "ReferenceNum": "A-1", "Items": ["TEE"] }] });
    let omitting = sim(seed.clone()).await;
    let order = omitting.order("A-1").await;
    assert!(order["CustomerInfo"].get("BillingAddress").is_none());
    assert!(order["Items"][0].get("OnPurchaseOrder").is_none());
    let config = Config { null_mode: NullMode::Include, ..Config::default() };
    let including = sim_with(config, seed).await;
    let order = including.order("A-1").await;
    assert!(order["CustomerInfo"].get("BillingAddress").unwrap().is_null());
    assert!(order["Items"][0].get("OnPurchaseOrder").unwrap().is_null());
    assert!(order["GeneralInfo"].get("LabelError").unwrap().is_null());
}
