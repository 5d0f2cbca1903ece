//! How things stand before the first step.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::step::{Activation, GoLive, Word};

/// How things stand before the first step. Everything has a default: an empty Linnworks account, a warehouse with the client
/// `ACME`, and a connection `main` that is active.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Given {
    /// Linnworks.
    pub simulator: Simulated,
    /// The warehouse.
    pub wms: Warehouse,
    /// Settings of the connection `main` beside those that are filled in: `Client`, `Warehouse`, `Channel`, `ApiToken`. A
    /// null takes one of these away. `@location:NAME` stands for the id of that location.
    pub settings: Map<String, Value>,
    /// How `main` was activated before the first step; `unanswered` leaves it a draft.
    pub active: Activation,
    /// Whether there is a connection `main` at all.
    pub main: bool,
    /// Further connections.
    pub connections: BTreeMap<String, Connected>,
    /// The instant at which it begins, on both sides.
    pub now: String,
    /// Who the host is run for.
    pub mode: Operation,
    /// Days after an order left, or was cancelled, at which the host erases its buyer; 0 for never.
    pub erase_buyers_after_days: u32,
    /// Whether the operator has entered the application's id and secret.
    pub application: bool,
    /// The component that was let in, by its name in `target/plugin`: `linnworks`, or `older`, whose settings are of an older
    /// version.
    pub component: String,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            simulator: Simulated::default(),
            wms: Warehouse::default(),
            settings: Map::new(),
            active: Activation::Answer(GoLive::All),
            main: true,
            connections: BTreeMap::new(),
            now: "2026-03-02T09:12:40Z".into(),
            mode: Operation::ThreePl,
            erase_buyers_after_days: 0,
            application: true,
            component: "linnworks".into(),
        }
    }
}

/// A Linnworks account, or several.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Simulated {
    /// The account as the simulator's seed has it: `{Orders: [{ReferenceNum: A-1, Items: [{SKU: TEE}]}]}`.
    pub account: Option<Value>,
    /// In place of `account`: several.
    pub accounts: Vec<Value>,
    /// In place of `account`: a generated one.
    pub generate: Option<Generated>,
    /// Switches of the simulator.
    pub config: Map<String, Value>,
}

/// A generated account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Generated {
    /// Open orders.
    pub orders: usize,
    /// Products.
    #[serde(default = "fifty")]
    pub items: usize,
    /// Another number, another account.
    #[serde(default = "one")]
    pub seed_number: u64,
    /// Without unpaid, parked and otherwise odd orders.
    #[serde(default)]
    pub clean: bool,
}

fn fifty() -> usize {
    50
}

fn one() -> u64 {
    1
}

/// The warehouse.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Warehouse {
    /// Codes of clients; the first is that of `main`.
    pub clients: Vec<String>,
    /// Warehouses; the first is that of `main`.
    pub warehouses: Vec<Warehoused>,
    /// Channels of every client; the first is that of `main`.
    pub channels: Vec<String>,
    /// Courier services.
    pub couriers: Vec<String>,
    /// Products of every client. Left out: one for every SKU at Linnworks.
    pub products: Option<Vec<Product>>,
    /// Connect Notifications: code of a client to the addresses of its people who are written to.
    pub notify: BTreeMap<String, Vec<String>>,
    /// Units of each product that lie on the shelf unless the product says otherwise.
    pub stock: i64,
}

impl Default for Warehouse {
    fn default() -> Self {
        Self {
            clients: vec!["ACME".into()],
            warehouses: vec![Warehoused { code: "MAIN".into(), time_zone: "Europe/London".into() }],
            channels: vec!["Online".into()],
            couriers: Vec::new(),
            products: None,
            notify: BTreeMap::new(),
            stock: 100,
        }
    }
}

/// A warehouse.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Warehoused {
    /// Its code.
    pub code: String,
    /// Its zone, by its IANA name.
    #[serde(default = "london")]
    pub time_zone: String,
}

fn london() -> String {
    "Europe/London".into()
}

/// A product, by its SKU alone or with more.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Product {
    /// The SKU.
    Sku(String),
    /// With more.
    Named(NamedProduct),
}

/// A product with more than its SKU.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamedProduct {
    /// Exact.
    pub sku: String,
    /// Units on the shelf.
    #[serde(default)]
    pub stock: Option<i64>,
}

impl Product {
    /// The SKU.
    #[must_use]
    pub fn sku(&self) -> &str {
        match self {
            Self::Sku(sku) | Self::Named(NamedProduct { sku, .. }) => sku,
        }
    }

    /// Units on the shelf, where it says so.
    #[must_use]
    pub fn stock(&self) -> Option<i64> {
        match self {
            Self::Sku(_) => None,
            Self::Named(product) => product.stock,
        }
    }
}

/// A connection beside `main`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Connected {
    /// As for `main`.
    pub settings: Map<String, Value>,
    /// As for `main`.
    pub active: Activation,
}

impl Default for Connected {
    fn default() -> Self {
        Self { settings: Map::new(), active: Activation::Answer(GoLive::All) }
    }
}

/// Who the host is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Operation {
    /// A logistics firm with clients.
    #[serde(rename = "3pl")]
    ThreePl,
    /// One seller.
    #[serde(rename = "multichannel")]
    Multichannel,
}

impl Activation {
    /// Whether nothing was answered.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Answer(GoLive::Unanswered))
    }
}

impl From<Word> for &'static str {
    fn from(word: Word) -> Self {
        match word {
            Word::Check => "check",
            Word::Locations => "locations",
            Word::InstallAddress => "install-address",
            Word::Due => "due",
            Word::CompareStock => "compare-stock",
            Word::Approve => "approve",
            Word::Deactivate => "deactivate",
            Word::RemoveConnection => "remove-connection",
            Word::EmptyStorage => "empty-storage",
            Word::Restart => "restart",
            Word::ClearFaults => "clear-faults",
            Word::Nothing => "nothing",
        }
    }
}
