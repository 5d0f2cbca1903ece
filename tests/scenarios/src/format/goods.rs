//! Goods that come in: what the warehouse's hands do to advance shipment notices, and what is expected of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Count;

/// What happens to notices, in this sequence. They are called by their purchase order's reference, its id or their own.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AsnHands {
    /// To confirm.
    pub confirm: Vec<String>,
    /// What arrived for each: SKU to units.
    pub receive: BTreeMap<String, BTreeMap<String, u32>>,
    /// Whose goods that arrived go to the stock.
    pub book_in: Vec<String>,
    /// Of which nothing more comes.
    pub complete: Vec<String>,
    /// Of which nothing more comes although less came than was announced.
    pub complete_short: Vec<String>,
}

/// What holds of goods in, and of products.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Goods {
    /// Notices by their purchase order's reference, as the warehouse's own JSON has them; null for one that is not there.
    pub asns: Option<BTreeMap<String, Value>>,
    /// How many notices there are.
    pub asn_count: Option<Count>,
    /// Products of the first client by SKU; null for one that is not there.
    pub products: Option<BTreeMap<String, Value>>,
    /// Units that were booked in and of which the connection's source is still to be told, by SKU, all of them.
    pub untold: Option<BTreeMap<String, i64>>,
}
