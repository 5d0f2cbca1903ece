//! From query and body to parameters: two encodings and the wrapper of some endpoints (1.4).

use super::{params::Params, reply::ApiError};
use percent_encoding::percent_decode;
use serde_json::{Map, Value};

/// How an endpoint takes its parameters in a JSON body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapper {
    /// Each member of the body is a parameter.
    Flat,
    /// The parameters stand inside this one member.
    Wrapped(&'static str),
    /// As `Flat`, but clients of other endpoints are apt to wrap them into this member.
    Unwrapped(&'static str),
}

/// The encoding that a call came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Nothing but a query, or nothing at all.
    Query,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// JSON.
    Json,
}

/// Reads the parameters of a call. Body members win over query members.
pub(crate) fn bind(
    wrapper: Wrapper,
    strict: bool,
    query: &str,
    content_type: &str,
    body: &[u8],
) -> Result<(Params, Encoding), ApiError> {
    let mut members = pairs(query.as_bytes());
    let text = body.trim_ascii();
    let mut encoding = Encoding::Query;
    if !text.is_empty() {
        let content_type = content_type.to_ascii_lowercase();
        if content_type.contains("form-urlencoded") {
            encoding = Encoding::Form;
            members.extend(pairs(text));
        } else {
            encoding = Encoding::Json;
            match serde_json::from_slice(text) {
                Ok(Value::Object(map)) => members.extend(map),
                Ok(Value::Null) => {}
                // A form under a JSON content type ends here, as live.
                _ => return Err(ApiError::invalid()),
            }
        }
    }
    unwrap(Params(members), wrapper, strict && encoding == Encoding::Json).map(|params| (params, encoding))
}

fn unwrap(params: Params, wrapper: Wrapper, strict: bool) -> Result<Params, ApiError> {
    match wrapper {
        Wrapper::Flat => Ok(params),
        Wrapper::Wrapped(name) | Wrapper::Unwrapped(name) => match params.object(name) {
            Some(inner) if !(strict && matches!(wrapper, Wrapper::Unwrapped(_))) => Ok(inner),
            // The outer object goes on: its members are not those that the endpoint looks for.
            Some(_) => Ok(params),
            None if strict && matches!(wrapper, Wrapper::Wrapped(_)) => {
                Err(ApiError::plain(format!("The '{name}' parameter is missing.")))
            }
            None => Ok(params),
        },
    }
}

/// Form or query text. Names are trimmed; a name that comes twice keeps both values, joined by a comma.
fn pairs(text: &[u8]) -> Map<String, Value> {
    let mut map: Map<String, Value> = Map::new();
    for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => pair.split_at(at),
            None => (pair, &[][..]),
        };
        let name = decoded(name).trim().to_owned();
        let mut value = decoded(value.strip_prefix(b"=").unwrap_or(value));
        if let Some(Value::String(first)) = map.get(&name) {
            value = format!("{first},{value}");
        }
        map.insert(name, Value::String(value));
    }
    map
}

fn decoded(text: &[u8]) -> String {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}
