//! Goods that come back to the warehouse.

use schemars::JsonSchema;
use serde::Deserialize;

/// A return that is begun, or one that is changed; it is confirmed unless it is to stay open.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Comeback {
    /// Of which order: a new return is begun.
    pub order: Option<String>,
    /// Which return: `RET-1`.
    #[serde(rename = "return")]
    pub reference: Option<String>,
    /// Reopen it first.
    pub reopen: bool,
    /// Rows to take out, by their place.
    pub remove: Vec<i64>,
    /// What came back.
    pub items: Vec<Row>,
    /// Do not confirm it.
    pub open: bool,
}

/// What came back of one line.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Row {
    /// SKU.
    pub sku: String,
    /// How many.
    #[serde(default = "one")]
    pub quantity: u32,
    /// One of the warehouse's reasons.
    #[serde(default = "unwanted")]
    pub reason: String,
    /// What is done with them; what the reason says when left out.
    #[serde(default)]
    pub action: Option<Action>,
    /// The order's line, where several have the SKU.
    #[serde(default)]
    pub line: Option<i64>,
    /// Remarks.
    #[serde(default)]
    pub comments: String,
}

fn one() -> u32 {
    1
}

fn unwanted() -> String {
    "Unwanted".to_owned()
}

/// What is done with goods that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Back to the shelf.
    Restock,
    /// Not fit for sale.
    Scrap,
}
