//! Filters, sorting and pages of open orders.
use crate::common::{Sim, sim};
use serde_json::{Value, json};

async fn shop() -> Sim {
    sim(json!({
        "Locations": [{ "LocationName": "Warehouse" }],
        "Orders": [
            { "ReferenceNum": "A", "Source": "SHOPIFY", "SubSource": "uk", "Received": "2026-02-01", "Folder": "To 3PL" },
            { "ReferenceNum": "B", "Source": "AMAZON", "Paid": false, "Received": "2026-02-02" },
            { "ReferenceNum": "C", "Source": "AMAZON FBA", "Locked": true, "Parked": true, "Received": "2026-02-03" },
            { "ReferenceNum": "D", "Source": "EBAY", "Location": "Warehouse", "Received": "2026-02-04" },
        ],
    }))
    .await
}

async fn filtered(kind: &str, filter: Value) -> Vec<String> {
    shop().await.open(json!({ "filters": { kind: [filter] } })).await
}

#[tokio::test]
async fn a_list_is_of_one_location_and_no_location_means_default() {
    let sim = shop().await;
    assert_eq!(sim.open(json!({})).await, ["A", "B", "C"]);
    let warehouse = sim.sim.with(|world| world.account().location_by_key("Warehouse").unwrap().stock_location_id);
    assert_eq!(sim.open(json!({ "fulfilmentCenter": warehouse })).await, ["D"]);
}

#[tokio::test]
async fn fields_are_filtered_by_name_or_number() {
    let status = |code: Value| json!({ "FieldCode": code, "Type": "Equal", "Value": 1 });
    assert_eq!(filtered("NumericFields", status(json!("GENERAL_INFO_STATUS"))).await, ["A", "C"]);
    assert_eq!(filtered("NumericFields", status(json!(19))).await, ["A", "C"]);
    let parked = json!({ "FieldCode": "GENERAL_INFO_PARKED", "Value": true });
    assert_eq!(filtered("BooleanFields", parked).await, ["B", "C"]);
    let locked = json!({ "FieldCode": 14, "Value": "True" });
    assert_eq!(filtered("BooleanFields", locked).await, ["C"]);
    let source = json!({ "FieldCode": "GENERAL_INFO_SOURCE", "Type": "StartWith", "Text": "amazon" });
    assert_eq!(filtered("TextFields", source).await, ["B", "C"]);
    let folder = json!({ "FieldCode": "FOLDER", "Type": "Is", "Value": "To 3PL" });
    assert_eq!(filtered("ListFields", folder).await, ["A"]);
    let folder = json!({ "FieldCode": "FOLDER", "Type": "Not", "Value": "To 3PL" });
    assert_eq!(filtered("ListFields", folder).await, ["B", "C"]);
}

#[tokio::test]
async fn dates_are_filtered_by_range_and_by_age() {
    let code = "GENERAL_INFO_DATE";
    let range = json!({ "FieldCode": code, "Type": "Range", "DateFrom": "2026-02-02T00:00:00Z", "DateTo": "2026-02-02 23:00:00" });
    assert_eq!(filtered("DateFields", range).await, ["B"]);
    assert_eq!(
        filtered("DateFields", json!({ "FieldCode": code, "Type": "OlderThan", "Value": 28 })).await,
        ["A", "B"]
    );
    assert_eq!(filtered("DateFields", json!({ "FieldCode": code, "Type": "LastDays", "Value": 28 })).await, ["C"]);
}

#[tokio::test]
async fn a_filter_on_an_unknown_field_is_silently_ignored() {
    let wrong = json!({ "FieldCode": "GENERAL_INFO_PARKT", "Value": true });
    assert_eq!(filtered("BooleanFields", wrong).await, ["A", "B", "C"]);
    let sim = shop().await;
    let body = json!({ "filters": { "BoolFields": [{ "FieldCode": "GENERAL_INFO_PARKED", "Value": true }] } });
    assert_eq!(sim.open(body).await, ["A", "B", "C"]);
}

#[tokio::test]
async fn orders_are_sorted_and_paged_from_one() {
    let sim = shop().await;
    let page = |number: i32| {
        json!({ "entriesPerPage": 2, "pageNumber": number, "fulfilmentCenter": "",
                "sorting": [{ "FieldCode": "GENERAL_INFO_DATE", "Direction": 1, "Order": 0 }] })
    };
    let first = sim.ok("Orders/GetOpenOrders", page(1)).await;
    let references = |rows: &Value| -> Vec<String> {
        rows["Data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["GeneralInfo"]["ReferenceNum"].as_str().unwrap().into())
            .collect()
    };
    assert_eq!(references(&first), ["C", "B"]);
    assert_eq!((&first["TotalEntries"], &first["TotalPages"], &first["PageNumber"]), (&json!(3), &json!(2), &json!(1)));
    assert_eq!(references(&sim.ok("Orders/GetOpenOrders", page(2)).await), ["A"]);
    assert!(references(&sim.ok("Orders/GetOpenOrders", page(3)).await).is_empty());
}

#[tokio::test]
async fn the_free_text_finds_references() {
    let sim = shop().await;
    assert_eq!(sim.open(json!({ "additionalFilter": "b", "exactMatch": true })).await, ["B"]);
    let window = sim.ok("Orders/GetAllOpenOrdersBetweenIndex", json!({ "fromIndex": 1, "toIndex": 2 })).await;
    assert_eq!(window, json!([sim.id("B"), sim.id("C")]));
}

#[tokio::test]
async fn a_list_row_has_the_open_order_shape() {
    let sim = shop().await;
    let page = sim.ok("Orders/GetOpenOrders", json!({ "entriesPerPage": 1, "pageNumber": 2 })).await;
    let row = &page["Data"][0];
    assert_eq!(row["FolderName"], json!([""]));
    assert_eq!(row["GeneralInfo"]["IsParked"], true);
    for name in ["Notes", "ExtendedProperties", "FulfilmentLocationId", "PaidDateTime", "Processed"] {
        assert!(row.get(name).is_none(), "{name}");
    }
    for name in ["TaxInfo", "CanFulfil", "Fulfillment", "HasItems", "TotalItemsSum", "IsPostFilteredOut"] {
        assert!(row.get(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn views_page_ids_and_an_unknown_view_is_a_null_reference() {
    let sim = shop().await;
    let stats = sim.ok("OpenOrders/GetViewStats", json!({ "request": {} })).await;
    assert_eq!((&stats[0]["ViewId"], &stats[0]["TotalOrders"]), (&json!(1), &json!(3)));
    let ids =
        sim.ok("OpenOrders/GetOpenOrderIds", json!({ "ViewId": 1, "EntriesPerPage": 50000, "PageNumber": 1 })).await;
    assert_eq!(ids["Data"].as_array().unwrap().len(), 3);
    let (status, body) = sim.call("OpenOrders/GetOpenOrders", json!({ "ViewId": 0 })).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().contains("Object reference"));
}
