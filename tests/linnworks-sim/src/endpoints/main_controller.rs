//! `Main/Ping`: keeps a session alive.

use super::{Call, Endpoint};
use crate::http::reply::{ApiError, Reply};
use serde_json::json;

pub(super) const TABLE: &[Endpoint] = &[Endpoint::get("Main/Ping", 150, ping)];

fn ping(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    Reply::json(&json!({ "Time": call.now }), call.config)
}
