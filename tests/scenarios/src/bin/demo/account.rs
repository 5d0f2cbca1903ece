//! The account that the demo imports from: generated orders, and four odd ones.

use chrono::Utc;
use linnworks_sim::generate::{GenerateOptions, generate};
use linnworks_sim::{Mutation, SimHandle, Which};
use serde_json::json;

/// Id and secret of the application, as the simulator's example has them.
pub(crate) const APPLICATION: [(&str, &str); 2] = [
    ("ApplicationId", "11111111-1111-4111-8111-111111111111"),
    ("ApplicationSecret", "22222222-2222-4222-8222-222222222222"),
];
/// The token of its installation.
pub(crate) const TOKEN: &str = "33333333-3333-4333-8333-333333333333";
/// An order that is parked.
pub(crate) const PARKED: &str = "DEMO-PARKED";
/// An order that is not paid.
pub(crate) const UNPAID: &str = "DEMO-UNPAID";
/// An order with a product that the warehouse does not have.
pub(crate) const UNKNOWN_SKU: &str = "DEMO-UNKNOWN-SKU";
/// An order of another location.
pub(crate) const ELSEWHERE: &str = "DEMO-ELSEWHERE";
/// A product that the warehouse does not have.
pub(crate) const MISSING: &str = "TENT-2P";
/// Another one.
const MISSING_TOO: &str = "STOVE";

/// Generates the account.
pub(crate) fn fill(sim: &SimHandle, orders: usize) -> anyhow::Result<()> {
    let options = GenerateOptions { orders, items: 20, now: Utc::now(), clean: true, ..GenerateOptions::default() };
    let account = generate(&options);
    sim.with(|world| world.replace(vec![account]));
    let odd = [
        json!({ "ReferenceNum": PARKED, "Parked": true, "Items": [{ "SKU": "KETTLE" }] }),
        json!({ "ReferenceNum": UNPAID, "Paid": false, "Items": [{ "SKU": "KETTLE" }] }),
        json!({ "ReferenceNum": UNKNOWN_SKU, "Items": [{ "SKU": "KETTLE" }, { "SKU": MISSING }] }),
        json!({ "ReferenceNum": "DEMO-UNKNOWN-TOO", "Items": [{ "SKU": MISSING_TOO }] }),
        json!({ "ReferenceNum": ELSEWHERE, "Location": "Warehouse 2", "Items": [{ "SKU": "KETTLE" }] }),
    ];
    for value in odd {
        sim.apply(Mutation::Add { to: Which::Orders, value, account: None })?;
    }
    Ok(())
}

/// The products of the warehouse, as a table to import: all but two.
pub(crate) fn products(sim: &SimHandle) -> String {
    let skus = sim.with(|world| world.account().items.iter().map(|item| item.item_number.clone()).collect::<Vec<_>>());
    let rows = skus.iter().filter(|sku| *sku != MISSING && *sku != MISSING_TOO).map(|sku| format!("{sku},{sku}\n"));
    std::iter::once("sku,name\n".to_owned()).chain(rows).collect()
}
