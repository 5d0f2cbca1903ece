//! The manifest: some operations of every kind that a host has to tell apart.

use crate::bindings::exports::wms::connector::manifest::{
    self, Base, Description, Effect, Encoding, Flow, Method, Operation,
};
use crate::bindings::exports::wms::connector::setup::{self, Location};
use crate::bindings::wms::connector::types::{Context, Failure, Problem, Verdict};

const SETTINGS: &str = r#"{"type":"object","properties":{
    "misbehave":{"type":"string"},"in":{"enum":["discover","fetch"]},"only":{"type":"string"},"operation":{"type":"string"},
    "times":{"type":"integer","minimum":0},"size":{"type":"integer","minimum":0},"secret":{"type":"string","writeOnly":true}}}"#;

impl manifest::Guest for crate::Misbehaving {
    fn describe() -> Description {
        Description {
            name: "misbehaving".into(),
            title: "Misbehaving".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            settings_schema: SETTINGS.into(),
            settings_version: 1,
            storage_version: 1,
            flows: vec![Flow::ImportOrders],
            allowed_hosts: vec!["misbehaving.example".into()],
            operations: vec![
                operation("read", Method::Get, Effect::Read),
                operation("write", Method::Post, Effect::Write),
                operation("idempotent-write", Method::Put, Effect::IdempotentWrite),
                Operation { moves_stock: true, ..operation("move-stock", Method::Post, Effect::Write) },
                Operation { size_limit: 10, ..operation("small", Method::Get, Effect::Read) },
                Operation { calls_per_minute: 1, ..operation("rare", Method::Get, Effect::Read) },
                Operation { time_limit: 200, ..operation("hasty", Method::Get, Effect::Read) },
            ],
            authentication: None,
        }
    }
}

/// `/NAME` at the one allowed host, in a rate group of its own that is never the limit.
fn operation(name: &str, method: Method, effect: Effect) -> Operation {
    Operation {
        name: name.into(),
        method,
        base: Base::Fixed("https://misbehaving.example".into()),
        path: format!("/{name}"),
        effect,
        moves_stock: false,
        encoding: Encoding::Json,
        rate_group: name.into(),
        calls_per_minute: 1_000_000,
        time_limit: 5_000,
        size_limit: 1_000_000,
    }
}

impl setup::Guest for crate::Misbehaving {
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
