//! One request and its answer.
use serde::Serialize;

use super::error::{self, CallError};
use crate::contract::{HttpError, Request, Response};
use crate::host::Host;
use crate::manifest::operations::Operation;

/// Calls a `GET` operation; arguments go into the query.
///
/// # Errors
/// Why there is no usable answer.
pub async fn get<H: Host>(host: &H, operation: &Operation, query: &[(&str, &str)]) -> Result<Vec<u8>, CallError> {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    send(host, operation, Request { operation: operation.name.to_owned(), query, body: None }).await
}

/// Calls a `POST` operation with a JSON body.
///
/// # Errors
/// Why there is no usable answer.
pub async fn post<H: Host, B: Serialize>(host: &H, operation: &Operation, body: &B) -> Result<Vec<u8>, CallError> {
    let body = serde_json::to_vec(body).map_err(|error| CallError::Denied(error.to_string()))?;
    send(host, operation, Request { operation: operation.name.to_owned(), query: Vec::new(), body: Some(body) }).await
}

/// Calls a `POST` operation with a form of one field, whose value is JSON.
///
/// # Errors
/// Why there is no usable answer.
pub async fn post_form<H: Host, B: Serialize>(
    host: &H,
    operation: &Operation,
    field: &str,
    value: &B,
) -> Result<Vec<u8>, CallError> {
    let value = serde_json::to_string(value).map_err(|error| CallError::Denied(error.to_string()))?;
    let body = format!("{field}={}", percent_encoded(&value)).into_bytes();
    send(host, operation, Request { operation: operation.name.to_owned(), query: Vec::new(), body: Some(body) }).await
}

/// The text as a value of a form.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

async fn send<H: Host>(host: &H, operation: &Operation, request: Request) -> Result<Vec<u8>, CallError> {
    let error = match host.send(request).await {
        Ok(Response { status: 200..=299, body, .. }) if !error::is_throttle(&body) => return Ok(body),
        Ok(response) => error::of_status(response.status, &response.body),
        Err(lost @ HttpError::NotSent(_)) => return Err(error::of_lost(lost)),
        Err(lost) => error::of_lost(lost),
    };
    Err(if operation.is_write() { error.of_write() } else { error })
}
