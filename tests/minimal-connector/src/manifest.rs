//! What the connector is and what it may do: data that an operator reviews and the host enforces.

use crate::exports::wms::connector::manifest::{self, Base, Description, Effect, Encoding, Flow, Method, Operation};
use crate::exports::wms::connector::setup::{self, Location};
use crate::wms::connector::types::{Context, Failure, Problem, Verdict};

impl manifest::Guest for crate::Shop {
    fn describe() -> Description {
        Description {
            name: "shop".into(),
            title: "Made-up shop".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            settings_schema: r#"{"type":"object","additionalProperties":false}"#.into(),
            settings_version: 1,
            storage_version: 1,
            flows: vec![Flow::ImportOrders],
            allowed_hosts: vec!["shop.example".into()],
            operations: vec![Operation {
                name: "list-orders".into(),
                method: Method::Get,
                base: Base::Fixed("https://shop.example".into()),
                path: "/orders".into(),
                effect: Effect::Read,
                moves_stock: false,
                encoding: Encoding::Json,
                rate_group: "orders".into(),
                calls_per_minute: 60,
                time_limit: 10_000,
                size_limit: 1_000_000,
            }],
            authentication: None,
        }
    }
}

/// No settings and no locations: there is nothing to set up.
impl setup::Guest for crate::Shop {
    async fn check(_: Context) -> Result<Vec<Verdict>, Failure> {
        Ok(vec![])
    }

    async fn list_locations(_: Context) -> Result<Vec<Location>, Failure> {
        Ok(vec![])
    }

    fn migrate(_: u32, settings: String) -> Result<String, Problem> {
        Ok(settings)
    }
}
