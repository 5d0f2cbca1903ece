//! Whether a manifest holds together: what is checked before an operator is even asked.

use std::collections::BTreeSet;

use crate::manifest::{Base, Description, Flow, Operation};

/// Everything that is wrong with `description`, each in one sentence; empty when it can be let in.
///
/// `exports` are the interface names that the component offers, as `inspect` lists them.
pub fn review(description: &Description, exports: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    size_is_bounded(description, &mut wrong);
    if !wrong.is_empty() {
        // What follows compares each with each.
        return wrong;
    }
    name_is_plain(&description.name, &mut wrong);
    words_are_plain(description, &mut wrong);
    schema_is_valid(&description.settings_schema, &mut wrong);
    flows_match_exports(&description.flows, exports, &mut wrong);
    hosts_are_exact(&description.allowed_hosts, &mut wrong);
    let mut seen = BTreeSet::new();
    for operation in &description.operations {
        if operation.name.is_empty() || !operation.name.bytes().all(|byte| byte.is_ascii_graphic()) {
            wrong.push(format!("operation {:?}: expected is a name of letters, digits and signs", operation.name));
        }
        if !seen.insert(operation.name.as_str()) {
            wrong.push(format!("operation {:?} is listed twice; names must be unique", operation.name));
        }
        operation_is_sound(operation, description, &mut wrong);
    }
    if let Some(recipe) = &description.authentication {
        address_is_allowed("the authentication recipe", &recipe.address, &description.allowed_hosts, &mut wrong);
        if !recipe.header_value.contains("{session}") {
            wrong.push("the recipe's header value has no {session} in it; the session would never be sent".into());
        }
        for (what, pointer) in [("token", &recipe.token), ("account", &recipe.account)] {
            if !pointer.starts_with('/') {
                wrong.push(format!("the recipe's {what} is {pointer:?}; expected a JSON pointer such as \"/Token\""));
            }
        }
    }
    wrong.into_iter().map(harmless).collect()
}

/// A sentence as an operator may read it: nothing of what it quotes moves his cursor.
fn harmless(sentence: String) -> String {
    if !sentence.chars().any(char::is_control) {
        return sentence;
    }
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    sentence.chars().map(escaped).collect()
}

fn name_is_plain(name: &str, wrong: &mut Vec<String>) {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        wrong.push(format!("the name is {name:?}; expected lower-case letters, digits and hyphens"));
    }
}

/// More operations, hosts or secrets than this is no manifest that a person can review.
const MOST_ENTRIES: usize = 1_000;
/// Longest settings schema and body of a recipe, in bytes.
const MOST_SCHEMA: usize = 256 << 10;
/// Longest other text, in bytes.
const MOST_TEXT: usize = 2_000;
/// Largest size limit of an operation, in bytes: an answer is held in the host's memory, and many are at once.
const MOST_ANSWER: u64 = 16 << 20;

fn size_is_bounded(description: &Description, wrong: &mut Vec<String>) {
    for (what, count) in [
        ("operations", description.operations.len()),
        ("allowed hosts", description.allowed_hosts.len()),
        ("flows", description.flows.len()),
    ] {
        if count > MOST_ENTRIES {
            wrong.push(format!("it lists {count} {what}; expected are at most {MOST_ENTRIES}"));
        }
    }
    if description.settings_schema.len() > MOST_SCHEMA {
        wrong.push(format!(
            "the settings schema is {} bytes long; expected are at most {MOST_SCHEMA}",
            description.settings_schema.len()
        ));
    }
    if let Some((what, text)) = texts(description).find(|(_, text)| text.len() > MOST_TEXT) {
        wrong.push(format!("{what} is {} bytes long; expected are at most {MOST_TEXT}", text.len()));
    }
    if let Some(recipe) = &description.authentication {
        if recipe.platform_secrets.len() > MOST_ENTRIES {
            wrong.push(format!("the recipe names more than {MOST_ENTRIES} secrets"));
        }
        if recipe.body.len() > MOST_SCHEMA {
            wrong.push(format!("the recipe's body is longer than {MOST_SCHEMA} bytes"));
        }
    }
}

/// What an operator reads, with what it is.
fn texts(description: &Description) -> impl Iterator<Item = (&'static str, &str)> {
    let own =
        [("the name", &description.name), ("the title", &description.title), ("the version", &description.version)];
    let hosts = description.allowed_hosts.iter().map(|host| ("an allowed host", host));
    let operations = description.operations.iter().flat_map(|operation| {
        let base = match &operation.base {
            Base::Fixed(address) => Some(("an operation's address", address)),
            Base::Session => None,
        };
        [
            ("an operation's name", &operation.name),
            ("an operation's path", &operation.path),
            ("a rate group", &operation.rate_group),
        ]
        .into_iter()
        .chain(base)
    });
    let recipe = description.authentication.iter().flat_map(|recipe| {
        [
            ("the recipe's address", &recipe.address),
            ("the recipe's header", &recipe.header_name),
            ("the recipe's header value", &recipe.header_value),
            ("the install address", &recipe.install_address),
        ]
    });
    own.into_iter().chain(hosts).chain(operations).chain(recipe).map(|(what, text)| (what, text.as_str()))
}

/// An operator approves what he sees on a terminal.
fn words_are_plain(description: &Description, wrong: &mut Vec<String>) {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let told = texts(description).filter(|(_, text)| text.contains(unseen));
    wrong.extend(told.map(|(what, text)| format!("{what} is {text:?}; control and invisible characters are refused")));
}

/// A schema of settings refers to nothing: one that leads to itself has no end.
fn refers(schema: &serde_json::Value) -> bool {
    match schema {
        serde_json::Value::Object(fields) => {
            fields.keys().any(|name| matches!(name.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef"))
                || fields.values().any(refers)
        }
        serde_json::Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

/// A default of a secret would be filled in for everybody and be readable by all who have the component.
fn secrets_have_no_value(schema: &serde_json::Value, wrong: &mut Vec<String>) {
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let secret = property.get("writeOnly") == Some(&serde_json::Value::Bool(true));
        if let Some(keyword) =
            ["default", "const", "enum"].into_iter().find(|key| secret && property.get(key).is_some())
        {
            wrong.push(format!("the setting {name} is a secret (writeOnly) and has a value in the schema ({keyword})"));
        }
    }
}

fn schema_is_valid(schema: &str, wrong: &mut Vec<String>) {
    match serde_json::from_str::<serde_json::Value>(schema) {
        Err(error) => wrong.push(format!("the settings schema is not JSON: {error}")),
        Ok(schema) => {
            if let Err(error) = jsonschema::validator_for(&schema) {
                wrong.push(format!("the settings schema is not a JSON Schema: {error}"));
            }
            if refers(&schema) {
                wrong.push("the settings schema refers ($ref) to other schemas; expected is one that is whole".into());
            }
            secrets_have_no_value(&schema, wrong);
        }
    }
}

/// The interface that carries `flow`, without version.
pub fn interface_of(flow: Flow) -> &'static str {
    match flow {
        Flow::ImportOrders => "wms:connector/import-orders",
        Flow::ReviewOrders => "wms:connector/review-orders",
        Flow::PushDespatch => "wms:connector/push-despatch",
        Flow::SyncStock => "wms:connector/sync-stock",
        Flow::ImportPurchaseOrders => "wms:connector/import-purchase-orders",
        Flow::ExportReturns => "wms:connector/export-returns",
    }
}

/// Every flow of the contract.
pub const FLOWS: [Flow; 6] = [
    Flow::ImportOrders,
    Flow::ReviewOrders,
    Flow::PushDespatch,
    Flow::SyncStock,
    Flow::ImportPurchaseOrders,
    Flow::ExportReturns,
];

fn flows_match_exports(flows: &[Flow], exports: &[String], wrong: &mut Vec<String>) {
    for flow in FLOWS {
        let interface = interface_of(flow);
        let exported = exports.iter().any(|export| export.split('@').next() == Some(interface));
        match (flows.contains(&flow), exported) {
            (true, false) => {
                wrong.push(format!("the manifest declares {interface} and the component does not export it"))
            }
            (false, true) => {
                wrong.push(format!("the component exports {interface} and the manifest does not declare it"))
            }
            _ => {}
        }
    }
}

fn hosts_are_exact(hosts: &[String], wrong: &mut Vec<String>) {
    for host in hosts {
        let exact =
            url::Host::parse(host).is_ok_and(|parsed| matches!(parsed, url::Host::Domain(name) if name == *host));
        if !exact || host.contains('*') {
            wrong.push(format!(
                "allowed host {host:?} is not an exact lower-case host name; wildcards and addresses are refused"
            ));
        }
    }
}

fn operation_is_sound(operation: &Operation, description: &Description, wrong: &mut Vec<String>) {
    let name = &operation.name;
    if !operation.path.starts_with('/') || operation.path.contains(['?', '#', '{']) || operation.path.contains("..") {
        wrong.push(format!(
            "operation {name}: path is {:?}; expected a path from / without query, fragment, placeholder or ..",
            operation.path
        ));
    }
    if operation.calls_per_minute == 0 || operation.time_limit == 0 || operation.size_limit == 0 {
        wrong.push(format!("operation {name}: calls per minute, time limit and size limit must be above zero"));
    }
    if operation.size_limit > MOST_ANSWER {
        wrong.push(format!(
            "operation {name}: its size limit is {} bytes; expected are at most {MOST_ANSWER}",
            operation.size_limit
        ));
    }
    let same_group = description.operations.iter().filter(|other| other.rate_group == operation.rate_group);
    if same_group.clone().any(|other| other.calls_per_minute != operation.calls_per_minute) {
        wrong.push(format!(
            "operation {name}: its rate group {:?} is listed with different calls per minute",
            operation.rate_group
        ));
    }
    match &operation.base {
        Base::Fixed(address) => {
            address_is_allowed(&format!("operation {name}"), address, &description.allowed_hosts, wrong)
        }
        Base::Session => {
            if description.authentication.as_ref().is_none_or(|recipe| recipe.base.is_none()) {
                wrong.push(format!(
                    "operation {name}: its base is the session's, and the authentication recipe gives none"
                ));
            }
        }
    }
}

fn address_is_allowed(what: &str, address: &str, hosts: &[String], wrong: &mut Vec<String>) {
    match url::Url::parse(address) {
        Ok(url)
            if url.scheme() == "https"
                && url.host_str().is_some_and(|host| hosts.iter().any(|allowed| allowed == host)) => {}
        Ok(_) => wrong.push(format!("{what}: {address} is not https to one of the allowed hosts")),
        Err(error) => wrong.push(format!("{what}: {address:?} is not an address: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Effect, Encoding, Method};

    #[test]
    fn an_operation_whose_answers_would_fill_the_hosts_memory_is_refused_by_name() {
        let wrong = |size_limit| {
            let operation = Operation { size_limit, ..operation() };
            review(&of(vec![operation]), &[])
        };
        assert_eq!(wrong(16 << 20), Vec::<String>::new());
        let refused = |size| [format!("operation read: its size limit is {size} bytes; expected are at most 16777216")];
        assert_eq!(wrong((16 << 20) + 1), refused(16_777_217));
        assert_eq!(wrong(u64::MAX), refused(u64::MAX));
    }

    fn operation() -> Operation {
        Operation {
            name: "read".into(),
            method: Method::Get,
            base: Base::Fixed("https://shop.example".into()),
            path: "/read".into(),
            effect: Effect::Read,
            moves_stock: false,
            encoding: Encoding::Json,
            rate_group: "all".into(),
            calls_per_minute: 1,
            time_limit: 1,
            size_limit: 1,
        }
    }

    fn of(operations: Vec<Operation>) -> Description {
        Description {
            name: "shop".into(),
            title: "Shop".into(),
            version: "1".into(),
            settings_schema: "{}".into(),
            settings_version: 1,
            storage_version: 1,
            flows: vec![],
            allowed_hosts: vec!["shop.example".into()],
            operations,
            authentication: None,
        }
    }

    #[test]
    fn a_manifest_paints_nothing_on_the_operators_terminal() {
        let operation = Operation {
            name: "read\u{1b}[2J".into(),
            base: Base::Fixed("https://evil.example/\u{1b}[2J".into()),
            path: "/a\u{1b}?".into(),
            ..operation()
        };
        let description = Description {
            title: "Shop\nApproved by the operator".into(),
            version: "1\r2".into(),
            settings_schema: "{\"type\": \"\u{7f}\"}".into(),
            allowed_hosts: vec!["a\u{1b}.example".into()],
            ..of(vec![operation])
        };
        let wrong = review(&description, &[]);
        for part in [
            "the title is",
            "the version is",
            "an operation's name is",
            "operation \"read\\u{1b}[2J\": expected is a name",
            "allowed host",
        ] {
            assert!(wrong.iter().any(|line| line.contains(part)), "{part}: {wrong:?}");
        }
        assert!(wrong.iter().all(|line| !line.chars().any(char::is_control)), "{wrong:?}");
    }
}
