//! Another manifest than the connector's own.
//!
//! A manifest is a constant of its component, so a test that wants another writes it over [`ROOM`] in the component's bytes: a
//! JSON object, filled up with spaces. What it does not name stays as in `manifest`.

use std::hint::black_box;

use serde_json::Value;

/// How much room there is.
const LENGTH: usize = 16 << 10;

/// What a test finds the room by.
const MARK: &[u8] = br#"{"disguise":"none, 53a1b0ce"}"#;

static ROOM: [u8; LENGTH] = room();

#[allow(clippy::indexing_slicing, reason = "done by the compiler, which would say so")]
const fn room() -> [u8; LENGTH] {
    let mut bytes = [b' '; LENGTH];
    let mut at = 0;
    while at < MARK.len() {
        bytes[at] = MARK[at];
        at += 1;
    }
    bytes
}

/// What was written there.
pub(crate) fn disguise() -> Value {
    // Looked up when it runs: the compiler does not know what the room will hold.
    let room: &[u8] = black_box(&ROOM);
    serde_json::from_slice(room).unwrap_or_default()
}
