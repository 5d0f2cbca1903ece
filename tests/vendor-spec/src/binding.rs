//! From query strings and forms to the JSON that the vendor's schemas describe.
//!
//! The platform binds one field per method parameter: scalars as plain text, objects and arrays as JSON text. Member
//! names are matched without regard to case.

use crate::document::Document;
use serde_json::{Map, Value};

/// The decoded pairs of a query string or form, names trimmed as the platform does.
pub(crate) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).map(|(name, text)| (name.trim().to_owned(), text.into_owned())).collect()
}

/// One field's text as the value that its schema expects. Text that does not fit stays a string, so that the schema
/// reports it.
pub(crate) fn field(text: &str, schema: &Value, document: &Document) -> Value {
    let schema = document.resolve(schema);
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let as_text = || Value::String(text.to_owned());
    match (kind, format) {
        ("string", "uuid" | "date-time") if text.is_empty() => Value::Null,
        ("string", _) => {
            let number = schema.get("enum").and_then(|_| text.parse::<i64>().ok());
            number.map_or_else(as_text, Value::from)
        }
        _ if text.is_empty() => Value::Null,
        ("integer", _) => text.trim().parse::<i64>().map_or_else(|_| as_text(), Value::from),
        ("number", _) => text.trim().parse::<f64>().map_or_else(|_| as_text(), Value::from),
        ("boolean", _) => match text.to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => as_text(),
        },
        _ => serde_json::from_str(text).unwrap_or_else(|_| as_text()),
    }
}

/// All texts that came under one name of the query string. Arrays come as JSON text or as the name repeated.
pub(crate) fn repeated(texts: &[String], schema: &Value, document: &Document) -> Value {
    let resolved = document.resolve(schema);
    let is_array = resolved.get("type").and_then(Value::as_str) == Some("array");
    match texts {
        [only] if !is_array || only.trim_start().starts_with('[') => field(only, schema, document),
        many if is_array => {
            let any = Value::Object(Map::new());
            let items = resolved.get("items").unwrap_or(&any);
            many.iter().map(|text| field(text, items, document)).collect()
        }
        many => many.iter().cloned().map(Value::String).collect(),
    }
}

/// The same value with member names spelt as described, wherever they differ only in case.
pub(crate) fn spelt_as_described(value: Value, schema: &Value, document: &Document) -> Value {
    let schema = document.resolve(schema);
    match value {
        Value::Array(entries) => match schema.get("items") {
            Some(items) => entries.into_iter().map(|entry| spelt_as_described(entry, items, document)).collect(),
            None => Value::Array(entries),
        },
        Value::Object(members) => {
            let properties = document.properties(schema);
            let others = schema.get("additionalProperties").filter(|others| others.is_object());
            let mut spelt = Map::new();
            for (name, member) in members {
                let described = properties
                    .get_key_value(&name)
                    .or_else(|| properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)));
                match (described, others) {
                    (Some((known, property)), _) if !spelt.contains_key(known) => {
                        spelt.insert(known.clone(), spelt_as_described(member, property, document));
                    }
                    (None, Some(others)) => {
                        spelt.insert(name, spelt_as_described(member, others, document));
                    }
                    _ => {
                        spelt.insert(name, member);
                    }
                }
            }
            Value::Object(spelt)
        }
        scalar => scalar,
    }
}
