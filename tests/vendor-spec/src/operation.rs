//! Operations as the description files state them.

use crate::document::Document;
use serde_json::Value;
use std::collections::BTreeMap;

/// One operation of the vendor's API.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Path from the server's root as the vendor spells it, for example `/api/Orders/GetOpenOrders`; the second version
    /// of the API starts with `/v2`.
    pub path: String,
    /// HTTP method in upper case.
    pub method: String,
    /// Calls admitted per minute, read from the description's text; `None` where it states none.
    pub rate_limit_per_minute: Option<u32>,
    /// Whether the vendor marks it deprecated.
    pub deprecated: bool,
    /// The description file that holds it, for example `orders.json`.
    pub file: String,
    pub(crate) document: usize,
    pub(crate) body: Option<Body>,
    pub(crate) query: Vec<Parameter>,
    pub(crate) responses: BTreeMap<u16, Option<Value>>,
}

/// The described request body.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// Parameter name: `Controller_MethodRequest` when its members are the method's parameters, else the one
    /// parameter's own name (`request`), whose object is the body.
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

/// A described query parameter.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

/// Reads all operations of a parsed file; `document` is its place in the list of documents.
pub(crate) fn operations(document_file: &Document, document: usize, root: &Value) -> Vec<Operation> {
    let prefix = if root.get("openapi").is_some() { "/v2" } else { "" };
    let mut operations = Vec::new();
    for (path, methods) in root.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (method, described) in methods.as_object().into_iter().flatten() {
            operations.push(Operation {
                path: format!("{prefix}{path}"),
                method: method.to_ascii_uppercase(),
                rate_limit_per_minute: described.get("description").and_then(Value::as_str).and_then(rate_limit),
                deprecated: described.get("deprecated").and_then(Value::as_bool).unwrap_or(false),
                file: document_file.file.clone(),
                document,
                body: body(described),
                query: query(described),
                responses: responses(described),
            });
        }
    }
    operations
}

fn parameters(described: &Value) -> impl Iterator<Item = &Value> {
    described.get("parameters").and_then(Value::as_array).into_iter().flatten()
}

fn is_in(parameter: &Value, place: &str) -> bool {
    parameter.get("in").and_then(Value::as_str) == Some(place)
}

fn name_of(parameter: &Value) -> String {
    parameter.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

fn is_required(parameter: &Value) -> bool {
    parameter.get("required").and_then(Value::as_bool).unwrap_or(false)
}

fn body(described: &Value) -> Option<Body> {
    if let Some(parameter) = parameters(described).find(|p| is_in(p, "body")) {
        return Some(Body {
            name: name_of(parameter),
            schema: parameter.get("schema").cloned().unwrap_or_default(),
            required: is_required(parameter),
        });
    }
    let request = described.get("requestBody")?;
    Some(Body { name: "request".to_owned(), schema: content_schema(request)?.clone(), required: is_required(request) })
}

fn query(described: &Value) -> Vec<Parameter> {
    parameters(described)
        .filter(|p| is_in(p, "query"))
        .map(|p| Parameter {
            name: name_of(p),
            // Swagger 2.0 puts the type into the parameter itself, OpenAPI 3 into a schema.
            schema: p.get("schema").unwrap_or(p).clone(),
            required: is_required(p),
        })
        .collect()
}

fn responses(described: &Value) -> BTreeMap<u16, Option<Value>> {
    let described = described.get("responses").and_then(Value::as_object).into_iter().flatten();
    described
        .filter_map(|(status, response)| {
            let schema = response.get("schema").or_else(|| content_schema(response)).cloned();
            Some((status.parse().ok()?, schema))
        })
        .collect()
}

fn content_schema(holder: &Value) -> Option<&Value> {
    holder.get("content")?.as_object()?.values().next()?.get("schema")
}

/// The figure in `<b>Rate limit: </b><span ..><b>250</b></span> / minute`.
fn rate_limit(description: &str) -> Option<u32> {
    let (_, tail) = description.split_once("Rate limit:")?;
    let mut inside_tag = false;
    let text: String = tail
        .chars()
        .filter(|c| {
            let keep = !inside_tag && *c != '<';
            inside_tag = (inside_tag || *c == '<') && *c != '>';
            keep
        })
        .collect();
    let (figure, _) = text.split_once("/ minute")?;
    figure.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::rate_limit;

    #[test]
    fn the_rate_limit_is_read_past_the_digits_of_its_markup() {
        let text =
            "Do it\n<b>Rate limit: </b><span style=\"background:#0272d9;padding:4px\"><b>250</b></span> / minute";
        assert_eq!(rate_limit(text), Some(250));
        assert_eq!(rate_limit("Do it 250 / minute"), None);
    }
}
