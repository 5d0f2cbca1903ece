//! Version 1 of the settings, for those who go back to it: its schema, and the way from version 2.
//!
//! A connector of version 1 is this one with [`schema`] in its manifest, [`migrate`] as its `setup.migrate`, and settings passed
//! through [`super::migrate`] before they are used.
use serde_json::{Map, Value};

use super::SCHEMA;
use super::migrate::{RENAMED, object, refusal};
use crate::contract::Problem;

/// The number of this version.
pub const VERSION: u32 = 1;

/// Properties that came with version 2.
const NEW_IN_2: [&str; 4] = ["FolderFilter", "IdentifierFilter", "ShippingMethodFilter", "SplitOrders"];

/// The JSON Schema of version 1.
pub fn schema() -> String {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap_or_default();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let current = std::mem::take(properties);
        let older = current.into_iter().filter(|(name, _)| !NEW_IN_2.contains(&name.as_str()));
        *properties = older.map(|(name, property)| (old_name(&name), property)).collect();
    }
    schema.to_string()
}

/// Settings written by `from`, 1 or 2, as version 1 writes them.
///
/// # Errors
/// They are no object, of another version, or use what version 1 lacks.
pub fn migrate(from: u32, settings: &str) -> Result<String, Problem> {
    let settings = object(settings)?;
    match from {
        VERSION => Ok(Value::Object(settings).to_string()),
        2 => down_from_2(settings).map(|settings| Value::Object(settings).to_string()),
        _ => Err(refusal(format!("Version 1 knows nothing of version {from}."), "Go back by way of version 2.", None)),
    }
}

fn down_from_2(settings: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let used = |value: &Value| {
        value
            .as_object()
            .is_some_and(|lists| lists.values().any(|list| list.as_array().is_none_or(|list| !list.is_empty())))
    };
    let lost: Vec<&str> = NEW_IN_2.into_iter().filter(|name| settings.get(*name).is_some_and(used)).collect();
    if let Some(first) = lost.first() {
        return Err(refusal(
            format!("Version 1 of the settings cannot say: {}.", lost.join(", ")),
            "Empty these filters first, if the connection can do without them.",
            Some(first),
        ));
    }
    let kept = settings.into_iter().filter(|(name, _)| !NEW_IN_2.contains(&name.as_str()));
    let older = kept.map(|(name, value)| match (name.as_str(), value) {
        ("Location", Value::String(id)) => (old_name(&name), Value::String(id.to_ascii_uppercase())),
        (_, value) => (old_name(&name), value),
    });
    Ok(older.collect())
}

fn old_name(name: &str) -> String {
    RENAMED.iter().find(|(_, new)| *new == name).map_or(name, |(old, _)| old).to_owned()
}
