//! Each order among the live-shaped samples can be put into the simulator, which gives it back in the same shape.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as expected ends the test")]

use linnworks_sim::{Config, NullMode, SimHandle, SimOptions, Simulator};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::mem::discriminant;
use std::path::PathBuf;
use test_needs::{Need, VENDOR_FOLDER, skip, vendor_folder};

/// Members that the simulator works out from its own stock, lines and switches, so that only their presence and type
/// can be compared.
const WORKED_OUT: [&str; 23] = [
    "OnOrder",
    "InOrderBook",
    "Level",
    "MinimumLevel",
    "AvailableStock",
    "StockLevelIndicator",
    "CompositeAvailablity",
    "CanFulfil",
    "FulfillmentState",
    "NumItems",
    "Notes",
    "HasImage",
    "ImageId",
    "ItemName",
    "StockItemIntId",
    "ItemId",
    "AddedDate",
    "Continent",
    "TotalEntries",
    // Taken from the product where the line leaves them out.
    "CategoryName",
    "ChannelSKU",
    "ChannelTitle",
    // The zero GUID on the lines of live open orders.
    "Items.OrderId",
];

fn samples() -> Option<PathBuf> {
    let folder = vendor_folder().join("samples");
    if folder.is_dir() {
        return Some(folder);
    }
    let reason = format!("there are no samples at {}; set {VENDOR_FOLDER}", folder.display());
    skip(Need::VendorDescription, &reason);
    None
}

fn sample(folder: &std::path::Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

/// A simulator that holds this one order, and a session on it.
async fn holding(order: &Value, config: Config) -> (SimHandle, String) {
    let sim = Simulator::start(SimOptions { config, ..SimOptions::default() }).await.unwrap();
    let location = order["GeneralInfo"]["Location"].as_str().unwrap();
    let mut locations = vec![json!({ "StockLocationId": uuid::Uuid::nil(), "LocationName": "Default" })];
    if location != uuid::Uuid::nil().to_string() {
        locations.push(json!({ "StockLocationId": location, "LocationName": "Warehouse" }));
    }
    sim.seed(json!({ "Locations": locations, "Orders": [order] })).unwrap();
    let application = sim.with(|world| world.account().applications[0].clone());
    let login = json!({ "ApplicationId": application.application_id,
        "ApplicationSecret": application.application_secret, "Token": application.token });
    let session = post(&sim, "", "Auth/AuthorizeByApplication", login).await;
    let token = session["Token"].as_str().unwrap().to_owned();
    (sim, token)
}

async fn post(sim: &SimHandle, token: &str, path: &str, body: Value) -> Value {
    let request = reqwest::Client::new().post(format!("{}/api/{path}", sim.url())).json(&body);
    let response = request.header("Authorization", token).send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

fn nulls(null_mode: NullMode) -> Config {
    Config { null_mode, ..Config::default() }
}

async fn open_orders(order: &Value, null_mode: NullMode) -> Value {
    let (sim, token) = holding(order, nulls(null_mode)).await;
    let body = json!({ "entriesPerPage": 200, "pageNumber": 1, "filters": null, "sorting": null,
        "fulfilmentCenter": order["GeneralInfo"]["Location"], "additionalFilter": "" });
    let page = post(&sim, &token, "Orders/GetOpenOrders", body).await;
    sim.stop().await;
    page
}

/// Every leaf (and empty list or object) by its path, for example `Items[0].SKU`.
fn leaves(value: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(member, &below, into);
            }
        }
        Value::Array(entries) if !entries.is_empty() => {
            for (place, entry) in entries.iter().enumerate() {
                leaves(entry, &format!("{path}[{place}]"), into);
            }
        }
        leaf => {
            into.insert(path.to_owned(), leaf.clone());
        }
    }
}

/// Nothing, an empty text and an empty list all mean "not set" to the live system, and each occurs in the samples.
fn is_unset(value: &Value) -> bool {
    value.is_null() || *value == json!("") || *value == json!([])
}

fn is_worked_out(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    WORKED_OUT.iter().any(|known| match known.split_once('.') {
        Some((list, known)) => known == name && path.contains(&format!("{list}[")),
        None => *known == name,
    })
}

fn agree(path: &str, wanted: &Value, given: &Value) -> bool {
    if is_unset(wanted) && is_unset(given) || wanted.as_f64().is_some() && wanted.as_f64() == given.as_f64() {
        return true;
    }
    if is_worked_out(path) {
        return discriminant(wanted) == discriminant(given) || is_unset(wanted) || is_unset(given);
    }
    wanted == given
}

/// How an answer differs from a sample; nothing when it has the same members with the same values.
fn differences(sample: &Value, answer: &Value) -> Vec<String> {
    let (mut wanted, mut given) = (BTreeMap::new(), BTreeMap::new());
    leaves(sample, "", &mut wanted);
    leaves(answer, "", &mut given);
    let mut found = Vec::new();
    for (path, value) in &wanted {
        match given.get(path) {
            None => found.push(format!("{path} is missing")),
            Some(other) if !agree(path, value, other) => {
                found.push(format!("{path} is {other}, in the sample {value}"))
            }
            Some(_) => {}
        }
    }
    found.extend(given.keys().filter(|path| !wanted.contains_key(*path)).map(|path| format!("{path} is too much")));
    found
}

fn assert_same(sample: &Value, answer: &Value) {
    let found = differences(sample, answer);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn the_full_order_comes_back_from_get_orders_by_id_with_every_member() {
    let Some(folder) = samples() else { return };
    let order = sample(&folder, "orderdetails.synthetic-full.json");
    let (sim, token) = holding(&order, nulls(NullMode::Include)).await;
    let answer = post(&sim, &token, "Orders/GetOrdersById", json!({ "pkOrderIds": [order["OrderId"]] })).await;
    assert_same(&order, &answer[0]);
    sim.stop().await;
}

#[tokio::test]
async fn the_full_page_comes_back_from_get_open_orders_with_every_member() {
    let Some(folder) = samples() else { return };
    let page = sample(&folder, "orders-getopenorders.synthetic-page.json");
    let answer = open_orders(&page["Data"][0], NullMode::Include).await;
    assert_same(&page, &answer);
}

#[tokio::test]
async fn the_live_row_of_2026_comes_back_without_the_members_that_are_null() {
    let Some(folder) = samples() else { return };
    let row = sample(&folder, "orders-getopenorders-row.live-redacted-2026.json");
    let answer = open_orders(&row, NullMode::Omit).await;
    assert_same(&row, &answer["Data"][0]);
}

#[tokio::test]
async fn the_merged_order_of_2023_comes_back_with_its_nulls() {
    let Some(folder) = samples() else { return };
    let order = sample(&folder, "openorders-getopenorders-merged.hrollings24-2023.json");
    let config = Config { blank_folder: false, ..nulls(NullMode::Include) };
    let (sim, token) = holding(&order, config).await;
    let location = &order["GeneralInfo"]["Location"];
    let body = json!({ "ViewId": 1, "LocationId": location, "EntriesPerPage": 50, "PageNumber": 1 });
    let page = post(&sim, &token, "OpenOrders/GetOpenOrders", body).await;
    let mut found = differences(&order, &page["Data"][0]);
    // The API has gained these members since 2023; all the others are there, and no more.
    let gained = ["InvoicePrintError", "PIIRedactionDays", "PickListPrintError", "AddedDate"];
    found.retain(|found| !gained.iter().any(|name| found.ends_with(&format!(".{name} is too much"))));
    assert!(found.is_empty(), "{}", found.join("\n"));
    sim.stop().await;
}

#[tokio::test]
async fn open_orders_have_the_keys_that_live_ones_had_and_no_others() {
    let Some(folder) = samples() else { return };
    let text = fs::read_to_string(folder.join("openorder-live-key-presence.tanviacorn-2026.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|row| row.split('\t').collect()).collect();
    let known: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    let row = sample(&folder, "orders-getopenorders-row.live-redacted-2026.json");
    let answer = open_orders(&row, NullMode::Omit).await;
    let mut shown = BTreeSet::new();
    keys(&answer["Data"][0], "", &mut shown);
    // `ImageId` was there once in five orders: only a line whose product has a picture carries it.
    let always: BTreeSet<&str> = known.iter().copied().filter(|key| *key != "Items[].ImageId").collect();
    let missing: Vec<&&str> = always.iter().filter(|key| !shown.contains(**key)).collect();
    let extra: Vec<&String> = shown.iter().filter(|key| !known.contains(key.as_str())).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing: {missing:?}\ntoo many: {extra:?}");
}

fn keys(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                into.insert(below.clone());
                keys(member, &below, into);
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| keys(entry, &format!("{path}[]"), into)),
        _ => {}
    }
}

#[test]
fn differences_are_found_in_members_and_values() {
    let sample = json!({ "A": 1.0, "B": [{ "C": null }], "Level": 3, "D": {} });
    assert!(differences(&sample, &json!({ "A": 1, "B": [{ "C": null }], "Level": 9, "D": {} })).is_empty());
    assert_eq!(differences(&sample, &json!({ "A": 2, "B": [{}], "Level": "x", "D": {}, "E": 0 })).len(), 5);
}
