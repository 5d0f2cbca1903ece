//! One description file: its definitions and how to find them.

use serde_json::{Map, Value};

/// The definitions of one Swagger 2.0 or OpenAPI 3 file.
#[derive(Debug)]
pub(crate) struct Document {
    /// File name, as in `orders.json`.
    pub(crate) file: String,
    definitions: Map<String, Value>,
}

impl Document {
    /// Takes the definitions out of a parsed file; both dialects name them differently.
    pub(crate) fn new(file: String, root: &Value) -> Self {
        let definitions = root
            .pointer("/definitions")
            .or_else(|| root.pointer("/components/schemas"))
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        Document { file, definitions }
    }

    /// The definition called `name`.
    pub(crate) fn definition(&self, name: &str) -> Option<&Value> {
        self.definitions.get(name)
    }

    /// Follows references, also those wrapped in a one-element `allOf` as OpenAPI 3.0 needs beside `nullable`.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match reference(schema).and_then(|name| self.definition(name)) {
            Some(target) => self.resolve(target),
            None => schema,
        }
    }

    /// The properties of an object schema, with those that it inherits by `allOf`; its own win.
    pub(crate) fn properties(&self, schema: &Value) -> Map<String, Value> {
        let mut properties = Map::new();
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            properties.extend(self.properties(self.resolve(part)));
        }
        if let Some(own) = schema.get("properties").and_then(Value::as_object) {
            properties.extend(own.clone());
        }
        properties
    }
}

/// The name of the definition that a schema refers to, if it is a mere reference.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return target.rsplit('/').next();
    }
    if schema.get("properties").is_some() {
        return None;
    }
    match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => reference(only),
        _ => None,
    }
}
