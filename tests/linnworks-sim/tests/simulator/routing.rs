//! Paths, verbs and parameters.
use crate::common::{ZERO, read, sim, sim_with};
use linnworks_sim::Config;
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpStream,
};

#[tokio::test]
async fn paths_are_matched_in_any_case_and_with_doubled_slashes() {
    let sim = sim(json!({})).await;
    for path in
        ["/api/inventory/GETSTOCKLOCATIONS", "//api/Inventory/GetStockLocations", "/API/Inventory//GetStockLocations"]
    {
        let call = sim.client.get(format!("{}{path}", sim.sim.url())).header("Authorization", &sim.token);
        assert_eq!(call.send().await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_missing_api_prefix_and_unknown_methods_are_404() {
    let sim = sim(json!({})).await;
    for path in ["/Inventory/GetStockLocations", "/api/Inventory/GetEverything", "/api/Inventory", "/"] {
        let call = sim.client.get(format!("{}{path}", sim.sim.url())).header("Authorization", &sim.token);
        assert_eq!(call.send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn an_endpoint_can_be_absent_on_an_account() {
    let config = Config { absent: vec!["orders/getallopenorders".to_owned()], ..Config::default() };
    let sim = sim_with(config, json!({})).await;
    assert_eq!(sim.call("Orders/GetAllOpenOrders", json!({})).await.0, 404);
    sim.ok("Orders/GetOpenOrders", json!({ "entriesPerPage": 10, "pageNumber": 1 })).await;
}

#[tokio::test]
async fn reads_described_as_get_also_take_post_and_writes_take_no_get() {
    let sim = sim(json!({ "Items": ["TEE"] })).await;
    sim.ok("Inventory/GetStockLocations", json!({})).await;
    let item = sim.ok("Inventory/GetInventoryItem", json!({ "sku": "TEE" })).await;
    assert_eq!(item["ItemNumber"], "TEE");
    let get = sim.get("Orders/ProcessOrder").query(&[("orderId", ZERO)]).send().await.unwrap();
    assert_eq!(get.status(), 405);
}

#[tokio::test]
async fn a_post_without_content_length_is_411() {
    let sim = sim(json!({})).await;
    let (address, token) = (sim.sim.address(), sim.token.clone());
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let head =
            format!("POST /api/Main/Ping HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.await.unwrap().starts_with("HTTP/1.1 411"));
}

#[tokio::test]
async fn a_form_carries_json_text_in_its_fields() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A-1" }] })).await;
    let ids = format!("[\"{}\"]", sim.id("A-1"));
    let rows = read(sim.post("Orders/GetOrdersById").form(&[("pkOrderIds", &ids)]).send().await.unwrap()).await.1;
    assert_eq!(rows[0]["GeneralInfo"]["ReferenceNum"], "A-1");
    let lock = [("orderIds", ids.as_str()), ("lockOrder", "True")];
    assert_eq!(sim.post("Orders/LockOrder").form(&lock).send().await.unwrap().status(), 204);
    assert_eq!(sim.order("A-1").await["GeneralInfo"]["HoldOrCancel"], true);
    let all = [("fulfilmentCenter", ""), ("filters", ""), ("sorting", ""), ("additionalFilter", "")];
    let (status, open) = read(sim.post("Orders/GetAllOpenOrders").form(&all).send().await.unwrap()).await;
    assert_eq!((status, open.as_array().unwrap().len()), (200, 1));
}

#[tokio::test]
async fn member_names_are_matched_in_any_case_and_trimmed() {
    let sim = sim(json!({ "Locations": ["Warehouse"], "Orders": [{ "ReferenceNum": "A-1" }] })).await;
    let rows = sim.ok("Orders/GetOrdersById", json!({ "PKORDERIDS": [sim.id("A-1")] })).await;
    assert_eq!(rows.as_array().unwrap().len(), 1);
    let location = sim.fetch(&format!("Locations/GetLocation?pkStockLocationId+={ZERO}")).await;
    assert_eq!(location["LocationName"], "Default");
}

#[tokio::test]
async fn a_missing_parameter_is_400_with_the_frameworks_words() {
    let sim = sim(json!({})).await;
    let (status, body) = sim.call("Orders/GetOrdersById", json!({})).await;
    assert_eq!((status, body), (400, json!({ "Message": "The request is invalid." })));
}

#[tokio::test]
async fn lists_in_the_query_must_be_json() {
    let sim = sim(json!({})).await;
    let path = "OpenOrders/FilterNotProcessedOpenOrders";
    sim.fetch(&format!("{path}?orderIds=[1,2]")).await;
    for query in ["orderIds=1,2", "orderIds=1&orderIds=2"] {
        let (status, body) = read(sim.get(&format!("{path}?{query}")).send().await.unwrap()).await;
        assert_eq!((status, &body["Message"]), (400, &json!("Invalid parameter orderIds")), "{query}");
    }
}

#[tokio::test]
async fn wrappers_are_optional_unless_strict() {
    let sim = sim(json!({ "Items": ["TEE"], "Orders": [{ "ReferenceNum": "A-1", "Items": ["TEE"] }] })).await;
    for body in [json!({ "SKUS": ["TEE"] }), json!({ "request": { "SKUS": ["TEE"] } })] {
        let found = sim.ok("Inventory/GetStockItemIdsBySKU", body).await;
        assert_eq!(found["Items"][0]["SKU"], "TEE");
    }
    for body in [json!({ "SearchTerm": "A-1" }), json!({ "request": { "SearchTerm": "A-1" } })] {
        let found = sim.ok("OpenOrders/SearchOrders", body).await;
        assert_eq!(found["OpenOrders"][0]["OrderIds"][0], sim.id("A-1"));
    }
}

#[tokio::test]
async fn strict_mode_has_the_live_wrapper_errors() {
    let sim = sim_with(Config { strict: true, ..Config::default() }, json!({})).await;
    let (status, body) = sim.call("OpenOrders/GetOrdersLowFidelity", json!({ "LocationId": ZERO })).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().contains("'request' parameter is missing"));
    let (status, body) = sim.call("OpenOrders/SearchOrders", json!({ "request": { "SearchTerm": "A" } })).await;
    assert_eq!((status, &body["Message"]), (400, &json!("Must provide a search term.")));
    sim.ok("OpenOrders/GetOrdersLowFidelity", json!({ "request": {} })).await;
}
