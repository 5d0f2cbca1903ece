//! The account at Linnworks: generated orders, a few odd ones, and what happens to it in the course of the day.

use chrono::{DateTime, Utc};
use linnworks_sim::generate::{GenerateOptions, generate};
use linnworks_sim::{Config, Mutation, SimHandle, Which};
use serde_json::{Value, json};

/// Id and secret of the application, as the simulator's example has them.
pub(crate) const APPLICATION: [(&str, &str); 2] = [
    ("ApplicationId", "11111111-1111-4111-8111-111111111111"),
    ("ApplicationSecret", "22222222-2222-4222-8222-222222222222"),
];
/// The token of its installation.
pub(crate) const TOKEN: &str = "33333333-3333-4333-8333-333333333333";
/// An order that is parked.
pub(crate) const PARKED: &str = "DEMO-PARKED";
/// An order that is not paid until later.
pub(crate) const UNPAID: &str = "DEMO-UNPAID";
/// An order with a product that the warehouse does not have until later.
pub(crate) const UNKNOWN_SKU: &str = "DEMO-UNKNOWN-SKU";
/// An order of another location.
pub(crate) const ELSEWHERE: &str = "DEMO-ELSEWHERE";
/// Two plain orders, one of which has its invoice printed.
pub(crate) const INVOICED: &str = "DEMO-INVOICED";
/// See [`INVOICED`].
pub(crate) const NOT_INVOICED: &str = "DEMO-NO-INVOICE";
/// A product that every odd order has.
pub(crate) const KETTLE: &str = "KETTLE";
/// A product that the warehouse does not have until later.
pub(crate) const MISSING: &str = "TENT-2P";
/// Id of the location Default.
pub(crate) const DEFAULT: &str = "00000000-0000-0000-0000-000000000000";
/// A purchase order.
pub(crate) const PURCHASE: &str = "PO-DEMO";

/// Generates the account. Linnworks processes no order whose invoice is not printed.
pub(crate) fn fill(sim: &SimHandle, orders: usize, now: DateTime<Utc>) -> anyhow::Result<()> {
    let options = GenerateOptions { orders, items: 4, now, clean: true, ..GenerateOptions::default() };
    let mut account = generate(&options);
    account.purchase_orders = Default::default();
    sim.with(|world| {
        world.replace(vec![account]);
        let mut config = Config::default();
        config.gates.invoice = true;
        world.config = config;
    });
    let kettle = json!([{ "SKU": KETTLE }]);
    let odd = [
        json!({ "ReferenceNum": PARKED, "Parked": true, "Items": kettle }),
        json!({ "ReferenceNum": UNPAID, "Paid": false, "Items": kettle }),
        json!({ "ReferenceNum": UNKNOWN_SKU, "Items": [{ "SKU": KETTLE }, { "SKU": MISSING }] }),
        json!({ "ReferenceNum": ELSEWHERE, "Location": "Warehouse 2", "Items": kettle }),
        json!({ "ReferenceNum": INVOICED, "InvoicePrinted": true, "Items": [{ "SKU": KETTLE, "Quantity": 2 }] }),
        json!({ "ReferenceNum": NOT_INVOICED, "Items": kettle }),
    ];
    for value in odd {
        sim.apply(Mutation::Add { to: Which::Orders, value, account: None })?;
    }
    let value = json!({ "Reference": PURCHASE, "Supplier": "Example Metalware Ltd", "Expected": now.format("%Y-%m-%d").to_string(),
        "Items": [{ "SKU": KETTLE, "Quantity": 24, "UnitCost": 9.5 }] });
    sim.apply(Mutation::Add { to: Which::PurchaseOrders, value, account: None })?;
    Ok(())
}

/// The buyer of an order pays.
pub(crate) fn pay(sim: &SimHandle, reference: &str) -> anyhow::Result<()> {
    let with = json!({ "Paid": true, "Parked": false });
    sim.apply(Mutation::Patch { of: Which::Orders, key: json!(reference), with, account: None })?;
    Ok(())
}

/// Somebody does something in Linnworks.
pub(crate) fn person(sim: &SimHandle, endpoint: &str, body: Value) -> anyhow::Result<Value> {
    Ok(sim.apply(Mutation::Call { endpoint: endpoint.to_owned(), body, account: None })?)
}

/// SKUs of everything that the account sells and the warehouse can put into a parcel at the beginning of the day.
pub(crate) fn skus(sim: &SimHandle) -> Vec<String> {
    let skus = sim.with(|world| world.account().items.iter().map(|item| item.item_number.clone()).collect::<Vec<_>>());
    skus.into_iter().filter(|sku| sku != MISSING).collect()
}

/// Level of a product at the location Default.
pub(crate) fn level(sim: &SimHandle, sku: &str) -> Option<i64> {
    sim.with(|world| {
        let item = world.account().items.by_sku(sku)?;
        item.levels.iter().find(|row| row.location_id.is_nil()).map(|row| i64::from(row.level))
    })
}

/// Whether an order is processed, and its tracking number.
pub(crate) fn processed(sim: &SimHandle, reference: &str) -> Option<(bool, String)> {
    sim.with(|world| {
        let order = world.account().order_by_key(reference)?;
        Some((order.processed, order.shipping_info.tracking_number.clone().unwrap_or_default()))
    })
}
