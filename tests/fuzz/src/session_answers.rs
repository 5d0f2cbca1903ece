//! Answers to the exchange of credentials: a session comes of them only at a host that is listed, with a token that one header carries
//! as it is; and no failure repeats what could be a token.
//!
//! A document is `{"status", "body"}`; what is no document is taken as a body with status 200.

use std::sync::OnceLock;

use harness_capability::http::bare::{self, Opened};
use harness_capability::http::{AuthFailure, OperationTable, egress::OperatorEgress};
use harness_contract::manifest::Description;
use serde_json::Value;

use crate::{bug, document};

/// Reads a session out of `data`.
pub fn run(data: &[u8]) {
    let tape = document::read(data).filter(|tape| tape.get("body").is_some());
    let (status, body) = match &tape {
        Some(tape) => (
            tape.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok()).unwrap_or(200),
            tape.get("body").map(document::render).unwrap_or_default(),
        ),
        None => (200, data.to_vec()),
    };
    let answer: Option<Value> = serde_json::from_slice(&body).ok();
    match bare::session(table(), status, body) {
        Ok(opened) => judge(status, answer.as_ref(), &opened),
        Err(failure) => keeps_quiet(answer.as_ref(), &failure),
    }
}

/// The connector's own recipe: what it is called and where it may go.
fn table() -> &'static OperationTable {
    static TABLE: OnceLock<OperationTable> = OnceLock::new();
    TABLE.get_or_init(|| {
        let ours = serde_json::to_value(linnworks_connector::manifest::describe()).expect("a manifest is JSON");
        let description: Description = serde_json::from_value(ours).expect("both sides have one contract");
        OperationTable::new(&description, &OperatorEgress::default()).expect("our manifest is sound")
    })
}

const HOSTS: [&str; 4] = ["api.linnworks.net", "eu-ext.linnworks.net", "us-ext.linnworks.net", "as-ext.linnworks.net"];

fn judge(status: u16, answer: Option<&Value>, opened: &Opened) {
    assert!((200..300).contains(&status), "a session out of status {status}");
    let answer = answer.expect("a session out of what is no JSON");
    assert_eq!(answer.pointer("/Status/State"), Some(&Value::from("AVAILABLE")), "a session in maintenance");
    let origin = opened.origin.as_ref().expect("a session without a server");
    let listed = origin.secure && origin.port == 443 && HOSTS.contains(&origin.host.as_str());
    assert!(listed && !bug::asked(), "the session is at {origin}");
    let token = match answer.get("Token") {
        Some(Value::String(token)) => token.clone(),
        Some(Value::Number(number)) => number.to_string(),
        other => panic!("a session with the token {other:?}"),
    };
    assert!(!token.is_empty() && opened.header == token.as_bytes(), "the header is not the token");
    assert!(!opened.header.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "the token breaks out of its header");
    assert!(!opened.account.is_empty(), "a session of no account");
    assert!(
        opened.path.is_empty() || (opened.path.starts_with('/') && !opened.path.contains(['?', '#'])),
        "{:?}",
        opened.path
    );
}

fn keeps_quiet(answer: Option<&Value>, failure: &AuthFailure) {
    let Some(Value::String(token)) = answer.and_then(|answer| answer.get("Token")) else { return };
    let told = format!("{failure} {failure:?}");
    // The state is shown on purpose, and so is where the server is.
    let shown = |field: Option<&Value>| field.is_some_and(|value| value.to_string().contains(token.as_str()));
    let elsewhere = shown(answer.and_then(|answer| answer.pointer("/Status/State")))
        || shown(answer.and_then(|answer| answer.get("Server")));
    assert!(token.len() < 12 || elsewhere || !told.contains(token.as_str()), "the token is repeated in the failure");
    assert!(!told.chars().any(char::is_control), "control characters in {told:?}");
}
