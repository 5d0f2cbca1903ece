//! Calls per minute.
use crate::common::{sim, sim_with};
use linnworks_sim::Config;
use serde_json::{Value, json};

#[tokio::test]
async fn the_call_over_the_limit_is_429_with_the_live_body_and_the_seconds_left() {
    let sim = sim(json!({})).await;
    for _ in 0..150 {
        sim.fetch("Inventory/GetStockLocations").await;
    }
    sim.sim.advance(20.0);
    let answer = sim.get("Inventory/GetStockLocations").send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "40");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({ "Message": "API calls quota exceeded! Maximum admitted 150 per Minute." }));
}

#[tokio::test]
async fn the_window_is_fixed_from_its_first_call() {
    let config = Config { limits: [("main/ping".to_owned(), 2)].into(), ..Config::default() };
    let sim = sim_with(config, json!({})).await;
    sim.fetch("Main/Ping").await;
    sim.sim.advance(59.0);
    sim.fetch("Main/Ping").await;
    assert_eq!(sim.call("Main/Ping", json!({})).await.0, 429);
    sim.sim.advance(1.0);
    sim.fetch("Main/Ping").await;
    sim.fetch("Main/Ping").await;
    assert_eq!(sim.call("Main/Ping", json!({})).await.0, 429);
}

#[tokio::test]
async fn endpoints_are_counted_apart_and_sessions_of_one_installation_together() {
    let config = Config { limits: [("main/ping".to_owned(), 1)].into(), ..Config::default() };
    let mut sim = sim_with(config, json!({})).await;
    sim.fetch("Main/Ping").await;
    sim.fetch("Inventory/GetStockLocations").await;
    sim.login().await;
    assert_eq!(sim.call("Main/Ping", json!({})).await.0, 429);
}

#[tokio::test]
async fn the_endpoints_of_the_faster_group_take_250() {
    let rows = linnworks_sim::catalogue();
    let limit = |path: &str| rows.iter().find(|row| row.0 == path).unwrap().1;
    for path in ["Orders/GetOpenOrders", "Orders/GetOrdersById", "Orders/ProcessOrder", "Stock/SetStockLevel"] {
        assert_eq!(limit(path), 250, "{path}");
    }
    for path in ["OpenOrders/GetOpenOrders", "Orders/ChangeStatus", "Inventory/GetStockLocations"] {
        assert_eq!(limit(path), 150, "{path}");
    }
}
