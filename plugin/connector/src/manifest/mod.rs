//! What the connector is and what it may do, as data: the part that an operator reviews before letting it in.
//! The table of operations is in [`operations`]; the settings' schema lies beside [`crate::settings`].
pub mod operations;
mod recipe;

use crate::contract::manifest::{Description, Flow};
use crate::settings;

/// Linnworks' hosts: the exchange of credentials, and the three clusters that accounts live on.
const HOSTS: [&str; 4] = ["api.linnworks.net", "eu-ext.linnworks.net", "us-ext.linnworks.net", "as-ext.linnworks.net"];

/// The version of what the connector keeps in its storage.
const STORAGE_VERSION: u32 = 1;

/// The description: constant for one build.
pub fn describe() -> Description {
    Description {
        name: "linnworks".to_owned(),
        title: "Linnworks".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings_schema: settings::SCHEMA.to_owned(),
        settings_version: settings::VERSION,
        storage_version: STORAGE_VERSION,
        flows: vec![
            Flow::ImportOrders,
            Flow::ReviewOrders,
            Flow::PushDespatch,
            Flow::SyncStock,
            Flow::ImportPurchaseOrders,
            Flow::ExportReturns,
        ],
        allowed_hosts: HOSTS.iter().map(|host| (*host).to_owned()).collect(),
        operations: operations::TABLE.iter().map(|operation| operation.describe()).collect(),
        authentication: Some(recipe::recipe()),
    }
}
