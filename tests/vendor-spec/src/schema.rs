//! From the vendor's schemas to JSON Schema 2020-12.
//!
//! The vendor's schemas are lax where the live system is strict and strict where it is lax. What changes:
//! - every property may be null or absent, because the live system sends either for "not set";
//! - unknown members are allowed in responses (the live system adds some) and reported in requests, where a misspelt
//!   member silently does nothing;
//! - enumerations are names in responses; requests may also give the number;
//! - `uuid`, `date-time`, `int32` and `int64` are checked.

use crate::document::{Document, reference};
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How strictly a schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// As the body or query of a request: unknown members are violations, required members are required.
    Request,
    /// As a response of the live system: unknown members are allowed.
    Response,
    /// As a response of something that imitates the live system: unknown members are violations.
    ClosedResponse,
}

/// Compiles a schema of a document, with just the definitions that it reaches.
pub(crate) fn compile(
    schema: &Value,
    document: &Document,
    reading: Reading,
) -> Result<Validator, ValidationError<'static>> {
    let mut reached = BTreeSet::new();
    let mut root = convert(schema, document, reading, false, &mut reached);
    let mut definitions = Map::new();
    while let Some(name) = reached.iter().find(|name| !definitions.contains_key(*name)).cloned() {
        let definition = document.definition(&name).cloned().unwrap_or(Value::Bool(false));
        definitions.insert(name, convert(&definition, document, reading, true, &mut reached));
    }
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
    jsonschema::options()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format("guid-in", |text: &str| uuid::Uuid::try_parse(text).is_ok())
        .with_format("guid-out", |text: &str| {
            text.len() == 36 && uuid::Uuid::try_parse(text).is_ok_and(|id| id.hyphenated().to_string() == text)
        })
        .with_format("instant-in", is_instant_with_or_without_zone)
        .with_format("instant-out", |text: &str| text.ends_with('Z') && is_instant_with_or_without_zone(text))
        .build(&root)
}

/// The live system takes dates without a zone; it answers in UTC, with up to seven decimals and a `Z`.
fn is_instant_with_or_without_zone(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
        || ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .any(|form| chrono::NaiveDateTime::parse_from_str(text, form).is_ok())
}

fn convert(
    schema: &Value,
    document: &Document,
    reading: Reading,
    nullable: bool,
    reached: &mut BTreeSet<String>,
) -> Value {
    if let Some(name) = reference(schema) {
        reached.insert(name.to_owned());
        let target = format!("#/$defs/{name}");
        // Every definition admits null by itself; where null is no member's absence it is refused here.
        return if nullable { json!({ "$ref": target }) } else { json!({ "$ref": target, "not": { "type": "null" } }) };
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        // With optional members several choices can match at once, so that "exactly one" cannot hold.
        let choices: Vec<Value> = choices.iter().map(|c| convert(c, document, reading, nullable, reached)).collect();
        return json!({ "anyOf": choices });
    }
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "string" | "integer" | "number" | "boolean" => scalar(schema, kind, reading, nullable),
        "array" => {
            let items = schema.get("items").map(|items| convert(items, document, reading, false, reached));
            json!({ "type": types(&["array"], nullable), "items": items.unwrap_or(Value::Bool(true)) })
        }
        _ => object(schema, document, reading, nullable, reached),
    }
}

fn types(kinds: &[&str], nullable: bool) -> Value {
    let null = nullable.then_some("null");
    kinds.iter().copied().chain(null).collect()
}

fn scalar(schema: &Value, kind: &str, reading: Reading, nullable: bool) -> Value {
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        let kinds: &[&str] = if reading == Reading::Request { &["string", "integer"] } else { &["string"] };
        return json!({
            "type": types(kinds, nullable),
            "if": { "type": "string" }, "then": { "enum": names }, "else": { "minimum": 0 },
        });
    }
    let mut converted = json!({ "type": types(&[kind], nullable) });
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let incoming = reading == Reading::Request;
    let checks = match (kind, format) {
        ("string", "uuid") => json!({ "format": if incoming { "guid-in" } else { "guid-out" } }),
        ("string", "date-time") => json!({ "format": if incoming { "instant-in" } else { "instant-out" } }),
        ("integer", "int32") => json!({ "minimum": i32::MIN, "maximum": i32::MAX }),
        ("integer", "int64") => json!({ "minimum": i64::MIN, "maximum": i64::MAX }),
        _ => return converted,
    };
    if let (Some(converted), Value::Object(checks)) = (converted.as_object_mut(), checks) {
        converted.extend(checks);
    }
    converted
}

fn object(
    schema: &Value,
    document: &Document,
    reading: Reading,
    nullable: bool,
    reached: &mut BTreeSet<String>,
) -> Value {
    let properties = document.properties(schema);
    let others = schema.get("additionalProperties").filter(|others| others.is_object());
    if properties.is_empty() && others.is_none() {
        // The vendor writes a bare `object` where any value may stand.
        return json!({});
    }
    let properties: Map<String, Value> = properties
        .iter()
        .map(|(name, property)| (name.clone(), convert(property, document, reading, true, reached)))
        .collect();
    let others = match others {
        Some(others) => convert(others, document, reading, true, reached),
        None => Value::Bool(reading == Reading::Response),
    };
    let mut converted =
        json!({ "type": types(&["object"], nullable), "properties": properties, "additionalProperties": others });
    let required = schema.get("required").filter(|_| reading == Reading::Request);
    if let (Some(converted), Some(required)) = (converted.as_object_mut(), required) {
        converted.insert("required".to_owned(), required.clone());
    }
    converted
}
