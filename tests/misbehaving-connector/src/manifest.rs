//! The manifest: some operations of every kind that a host has to tell apart, unless `disguise` has another.

use serde_json::Value;

use crate::bindings::exports::wms::connector::manifest::{
    self, Base, Description, Effect, Encoding, Flow, Method, Operation, Recipe,
};
use crate::bindings::exports::wms::connector::setup::{self, Location};
use crate::bindings::wms::connector::types::{Context, Failure, Problem, Verdict};
use crate::disguise::disguise;

const SETTINGS: &str = r#"{"type":"object","properties":{
    "misbehave":{"type":"string"},"in":{"enum":["discover","fetch"]},"only":{"type":"string"},"operation":{"type":"string"},
    "times":{"type":"integer","minimum":0},"size":{"type":"integer","minimum":0},"keys":{"type":"array"},"ids":{"type":"array"},
    "lines":{"type":"array"},"operations":{"type":"array"},"query":{"type":"array"},"body":{"type":"string"},"order":{"type":"object"},
    "pieces":{"type":"array"},"planted-pieces":{"type":"array"},"planted":{"type":"string"},"key":{"type":"string"},
    "secret":{"type":"string","writeOnly":true}}}"#;

impl manifest::Guest for crate::Misbehaving {
    fn describe() -> Description {
        let disguise = disguise();
        match disguise.get("describe").and_then(Value::as_str) {
            Some("endless-loop") => loop {
                std::hint::spin_loop();
            },
            Some("trap") => std::process::abort(),
            _ => {}
        }
        let of = |name: &str| disguise.get(name);
        let mut description = own();
        for (name, place) in [
            ("name", &mut description.name),
            ("title", &mut description.title),
            ("settings_schema", &mut description.settings_schema),
        ] {
            match of(name) {
                Some(Value::String(text)) => text.clone_into(place),
                // A number is a length.
                Some(Value::Number(length)) => *place = "x".repeat(whole(length)),
                _ => {}
            }
        }
        if let Some(Value::Array(hosts)) = of("allowed_hosts") {
            description.allowed_hosts = hosts.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        match of("operations") {
            Some(Value::Array(operations)) => description.operations = operations.iter().map(read_operation).collect(),
            Some(Value::Number(count)) => {
                let one = operation("read", Method::Get, Effect::Read);
                description.operations = vec![one; whole(count)];
            }
            _ => {}
        }
        if of("flows").is_some() {
            description.flows = vec![Flow::ImportOrders, Flow::SyncStock];
        }
        description.authentication = of("authentication").map(read_recipe);
        description
    }
}

fn own() -> Description {
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

fn read_operation(lie: &Value) -> Operation {
    let text = |name: &str| lie.get(name).and_then(Value::as_str);
    let method = match text("method") {
        Some("post") => Method::Post,
        _ => Method::Get,
    };
    let effect = match text("effect") {
        Some("write") => Effect::Write,
        _ => Effect::Read,
    };
    let mut operation = operation(text("name").unwrap_or("read"), method, effect);
    match text("base") {
        Some("session") => operation.base = Base::Session,
        Some(address) => operation.base = Base::Fixed(address.into()),
        None => {}
    }
    if let Some(path) = text("path") {
        operation.path = path.into();
    }
    if let Some(size) = lie.get("size_limit").and_then(Value::as_u64) {
        operation.size_limit = size;
    }
    operation
}

fn read_recipe(lie: &Value) -> Recipe {
    let text = |name: &str, otherwise: &str| lie.get(name).and_then(Value::as_str).unwrap_or(otherwise).to_owned();
    Recipe {
        platform_secrets: vec![],
        method: Method::Post,
        address: text("address", "https://misbehaving.example/session"),
        encoding: Encoding::Json,
        body: text("body", r#"{"Token":"{setting:secret}"}"#),
        calls_per_minute: 1_000_000,
        token: text("token", "/Token"),
        base: Some(text("base", "/Server")),
        account: text("account", "/Account"),
        ready: None,
        header_name: text("header_name", "Authorization"),
        header_value: text("header_value", "{session}"),
        rejected: vec![400, 401],
        expired: vec![401],
        install_address: text("install_address", "https://misbehaving.example/install"),
    }
}

fn whole(number: &serde_json::Number) -> usize {
    number.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
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
