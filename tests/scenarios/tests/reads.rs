//! What the connector's own table of operations calls a read is one: a dry run lets it through.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

use harness_contract::manifest::{Base, Description, Effect, Encoding, Method, Operation};
use harness_engine::{Cache, Engine, EngineOptions};
use linnworks_sim::generate::{GenerateOptions, generate};
use linnworks_sim::state::Account;
use linnworks_sim::{Config, Mutation, SimHandle, SimOptions, Simulator, Which};
use reqwest::Client;
use scenarios::places;
use serde_json::{Value, json};

const DEFAULT: &str = "00000000-0000-0000-0000-000000000000";

/// The manifest of the component that is built, as the host reads it.
async fn manifest() -> Description {
    let engine = Engine::new(EngineOptions { concurrent_invocations: 2, ..EngineOptions::default() }).unwrap();
    let wasm = std::fs::read(places::component("linnworks")).expect("build it with `cargo xtask build`");
    let cache = Cache::new(places::compiled(), [5; 32]);
    engine.load(&wasm, &cache, None).await.unwrap().description
}

/// What the calls need beside the generated orders. An order that a write wants to itself has the operation's name as
/// its reference.
fn seed(sim: &SimHandle) {
    let mugs = json!([{"SKU": "MUG", "Quantity": 2}]);
    let records = [
        (Which::Items, json!({"SKU": "MUG", "Level": 50})),
        (
            Which::Items,
            json!({"SKU": "CREAM", "Level": 9, "InventoryTrackingType": 1, "BatchNumberScanRequired": true,
                "Batches": [{"BatchId": 1, "BatchInventoryId": 7, "BatchNumber": "B1", "Quantity": 9}]}),
        ),
        (Which::Orders, json!({"ReferenceNum": "Orders/SetOrderShippingInfo", "Items": mugs})),
        (Which::Orders, json!({"ReferenceNum": "Orders/ChangeOrderTag", "Items": mugs, "Parked": true})),
        (
            Which::Orders,
            json!({"ReferenceNum": "Orders/ProcessOrder_RequiredBatchScans",
                "Items": [{"SKU": "CREAM", "Quantity": 2}]}),
        ),
        (Which::Orders, json!({"ReferenceNum": "Orders/ProcessOrdersInBatch", "Items": mugs})),
        (Which::Orders, json!({"ReferenceNum": "Orders/ProcessOrder", "Items": mugs})),
        (Which::Orders, json!({"ReferenceNum": "Orders/SplitOrder", "Items": mugs})),
        (Which::Orders, json!({"ReferenceNum": "ReturnsRefunds/CreateRMABooking", "Items": mugs, "Processed": true})),
        (Which::Orders, json!({"ReferenceNum": "ReturnsRefunds/ActionRMABooking", "Items": mugs, "Processed": true})),
        (
            Which::Rmas,
            json!({"Order": "ReturnsRefunds/ActionRMABooking", "Reference": "RET-1",
                "Lines": [{"SKU": "MUG", "Quantity": 1}]}),
        ),
        (
            Which::PurchaseOrders,
            json!({"Reference": "PO-1", "Supplier": "Pottery Ltd", "Items": [{"SKU": "MUG", "Quantity": 10}]}),
        ),
    ];
    for (to, value) in records {
        sim.apply(Mutation::Add { to, value, account: None }).unwrap();
    }
}

/// Query and body of a call; the members of a form's body are its fields.
type Arguments = (Vec<(&'static str, String)>, Value);

fn query(fields: &[(&'static str, &str)]) -> Arguments {
    (fields.iter().map(|(name, text)| (*name, (*text).to_owned())).collect(), Value::Null)
}

fn body(body: Value) -> Arguments {
    (Vec::new(), body)
}

/// A plausible call of each operation.
fn plausible(name: &str, account: &Account) -> Option<Arguments> {
    orders(name, account)
        .or_else(|| changed_orders(name, account))
        .or_else(|| stock(name, account))
        .or_else(|| purchase_orders(name, account))
        .or_else(|| returns(name, account))
}

fn orders(name: &str, account: &Account) -> Option<Arguments> {
    let order = account.orders.iter().next().unwrap();
    let (id, reference) = (order.order_id.to_string(), order.general_info.reference_num.as_str());
    Some(match name {
        "Orders/GetAllOpenOrders" => {
            body(json!({"filters": {}, "sorting": [], "fulfilmentCenter": DEFAULT, "additionalFilter": ""}))
        }
        "Orders/GetOpenOrders" => body(json!({"entriesPerPage": 200, "pageNumber": 1, "filters": {}, "sorting": [],
            "fulfilmentCenter": DEFAULT, "additionalFilter": ""})),
        "Orders/GetOrdersById" | "Orders/SetInvoicesPrinted" => body(json!({"pkOrderIds": [id], "orderIds": [id]})),
        "OpenOrders/GetOpenOrdersDetails" => body(json!({"OrderIds": [id]})),
        "OpenOrders/GetViewStats" => body(json!({"request": {"LocationId": DEFAULT, "OnlyVisible": false}})),
        "OpenOrders/GetOpenOrderIds" => {
            body(json!({"ViewId": 1, "LocationId": DEFAULT, "EntriesPerPage": 100, "PageNumber": 1}))
        }
        "OpenOrders/SearchOrders" => {
            body(json!({"LocationId": DEFAULT, "SearchTerm": reference, "IncludeProcessed": true}))
        }
        "Orders/GetOrderById" => query(&[("pkOrderId", &id)]),
        "Orders/GetOrderDetailsByNumOrderId" => query(&[("OrderId", &order.num_order_id.to_string())]),
        "Orders/GetOrderDetailsByReferenceId" => query(&[("ReferenceId", reference)]),
        "Orders/GetOrderRelations" => query(&[("orderId", &id)]),
        "Inventory/GetStockLocations"
        | "Inventory/GetCountries"
        | "Inventory/GetSuppliers"
        | "Orders/GetAvailableFolders"
        | "OpenOrders/GetIdentifiers"
        | "PostalServices/GetPostalServices" => query(&[]),
        "Orders/AssignToFolder" => body(json!({"orderIds": [id], "folder": "To 3PL"})),
        "OpenOrders/AssignOrderIdentifier" => body(json!({"OrderIds": [id], "Tag": "PRIME"})),
        _ => return None,
    })
}

/// Those that want an order to themselves.
fn changed_orders(name: &str, account: &Account) -> Option<Arguments> {
    let order = account.order_by_key(name)?;
    let (id, row, shipping) = (order.order_id, order.items[0].row_id, &order.shipping_info);
    Some(match name {
        "Orders/SetOrderShippingInfo" => body(json!({"orderId": id, "info": {
            "PostalServiceId": shipping.postal_service_id, "TotalWeight": shipping.total_weight,
            "ItemWeight": shipping.item_weight, "PostageCost": shipping.postage_cost,
            "TrackingNumber": "TRACK-1", "ManualAdjust": shipping.manual_adjust}})),
        "Orders/ChangeOrderTag" => body(json!({"orderIds": [id]})),
        "Orders/ProcessOrder_RequiredBatchScans" => body(json!({"BatchAssignment": {"orderId": id,
            "batchToItemMapping": [{"orderItemRowId": row, "batchInventoryId": 7, "quantity": 2}]}})),
        "Orders/ProcessOrdersInBatch" => body(json!({"ordersIds": [id], "locationId": DEFAULT})),
        "Orders/ProcessOrder" => body(json!({"orderId": id, "scanPerformed": true, "locationId": DEFAULT})),
        "Orders/SplitOrder" => body(json!({"orderId": id, "type": "", "fulfilmentLocationId": DEFAULT,
            "recalcPackaging": false, "newOrders": [{"Items": [{"RowId": row, "Quantity": 1}],
            "PostalServiceId": shipping.postal_service_id, "ParkOrder": false}]})),
        "ReturnsRefunds/CreateRMABooking" => body(json!({"request": {
            "ChannelInitiated": false, "OrderId": id, "Reference": "RET-2",
            "ReturnItems": [{"OrderItemRowId": row, "ReturnLocation": DEFAULT, "ReturnQuantity": 1,
                "ScrapQuantity": 0, "RefundAmount": 0, "ReasonCategory": "Faulty", "Reason": "Faulty",
                "BatchInventoryId": 0}],
            "ExchangeItems": [], "ResendItems": []}})),
        _ => return None,
    })
}

fn stock(name: &str, account: &Account) -> Option<Arguments> {
    let id = |sku: &str| account.items.by_sku(sku).unwrap().stock_item_id;
    Some(match name {
        "Stock/GetStockItems" => query(&[
            ("keyWord", ""),
            ("locationId", DEFAULT),
            ("entriesPerPage", "50"),
            ("pageNumber", "1"),
            ("excludeComposites", "true"),
            ("excludeVariations", "true"),
            ("excludeBatches", "false"),
        ]),
        "Inventory/GetBatchesByStockItemId" => query(&[
            ("stockItemId", &id("CREAM").to_string()),
            ("onlyAvailable", "false"),
            ("stockLocationId", DEFAULT),
        ]),
        "Inventory/GetStockItemIdsBySKU" => body(json!({"request": {"SKUS": ["MUG"]}})),
        "Stock/GetStockItemsByIds" => body(json!({"StockItemIds": [id("MUG")]})),
        "Stock/GetStockItemsFullByIds" => {
            body(json!({"request": {"StockItemIds": [id("MUG")], "DataRequirements": ["StockLevels"]}}))
        }
        "Stock/GetStockLevel_Batch" => body(json!({"request": {"StockItemIds": [id("MUG")]}})),
        "Stock/SetStockLevel" => body(json!({"stockLevels": [{"SKU": "MUG", "LocationId": DEFAULT, "Level": 30}],
            "changeSource": "Warehouse"})),
        _ => return None,
    })
}

fn purchase_orders(name: &str, account: &Account) -> Option<Arguments> {
    let order = account.purchase_orders.by_key("PO-1").unwrap();
    let search = json!({"Status": "OPEN", "EntriesPerPage": 100, "PageNumber": 1, "Location": [DEFAULT]});
    Some(match name {
        "PurchaseOrder/Search_PurchaseOrders2" => body(search),
        "PurchaseOrder/Search_PurchaseOrders" => body(json!({"searchParameter": search})),
        "PurchaseOrder/Get_PurchaseOrder" => body(json!({"pkPurchaseId": order.id})),
        "PurchaseOrder/Deliver_PurchaseItem" => body(json!({"deliverItemParameter": {
            "pkPurchaseId": order.id, "pkPurchaseItemId": order.items[0].id, "Delivered": 4}})),
        _ => return None,
    })
}

fn returns(name: &str, account: &Account) -> Option<Arguments> {
    let booked = &account.after_sales.rmas[0];
    Some(match name {
        "ReturnsRefunds/GetRMAHeadersByOrderId" => body(json!({"request": {"OrderId": booked.order_id}})),
        "ReturnsRefunds/ActionRMABooking" => body(json!({"request": {
            "RMAHeaderId": booked.header_id, "OrderId": booked.order_id, "Request": null}})),
        _ => return None,
    })
}

async fn login(sim: &SimHandle) -> String {
    let application = sim.with(|world| world.account().applications[0].clone());
    let credentials = json!({ "ApplicationId": application.application_id,
        "ApplicationSecret": application.application_secret, "Token": application.token });
    let url = format!("{}/api/Auth/AuthorizeByApplication", sim.url());
    let answer = Client::new().post(url).json(&credentials).send().await.unwrap().json::<Value>().await.unwrap();
    answer["Token"].as_str().unwrap().to_owned()
}

/// The fields of a form, whose values are JSON.
fn form(body: &Value) -> Vec<(&str, String)> {
    body.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.to_string())).collect()
}

/// Calls the operation; the status.
async fn call(sim: &SimHandle, token: &str, operation: &Operation) -> u16 {
    let Some((query, body)) = sim.with(|world| plausible(&operation.name, world.account())) else {
        panic!("{} is new: give it a plausible call in this test", operation.name);
    };
    assert!(matches!(operation.base, Base::Session));
    let url = format!("{}{}", sim.url(), operation.path);
    let request = match (operation.method, operation.encoding) {
        (Method::Get, _) => Client::new().get(url),
        (Method::Post, Encoding::Json) => Client::new().post(url).json(&body),
        (Method::Post, Encoding::Form) => Client::new().post(url).form(&form(&body)),
        (Method::Put | Method::Delete, _) => panic!("{} is neither GET nor POST", operation.name),
    };
    request.query(&query).header("Authorization", token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn no_operation_that_the_connectors_table_calls_a_read_changes_anything_at_linnworks() {
    let manifest = manifest().await;
    let config = Config { throttle: false, ..Config::default() };
    let sim = Simulator::start(SimOptions { config, ..SimOptions::default() }).await.unwrap();
    let account = generate(&GenerateOptions { orders: 40, items: 20, clean: true, ..GenerateOptions::default() });
    sim.with(|world| *world.account_mut() = account);
    seed(&sim);
    let token = login(&sim).await;
    let mut moved = Vec::new();
    for operation in &manifest.operations {
        let before = sim.hash();
        let status = call(&sim, &token, operation).await;
        assert!((200..300).contains(&status), "{} answers {status}: the call is not plausible", operation.name);
        if sim.hash() != before {
            moved.push((operation.name.clone(), operation.effect));
        }
    }
    let reads: Vec<_> = moved.iter().filter(|(_, effect)| matches!(effect, Effect::Read)).collect();
    assert!(reads.is_empty(), "called a read, and changes: {reads:?}");
    // The same look sees what does change, or it would prove nothing.
    let writes = manifest.operations.iter().filter(|operation| !matches!(operation.effect, Effect::Read)).count();
    assert!(writes > 0 && moved.len() == writes, "{writes} writes, seen to change: {moved:?}");
}
