//! `ReturnsRefunds/*`, and of `ProcessedOrders/*` what returns need (8).
//!
//! A rejected booking is answered with status 200 and the texts in `Errors`; a header or order that does not exist in a
//! reading call gives an empty list.

mod booked;
mod lists;
mod options;
mod processed;
mod refunds;
mod rmas;
mod view;

use super::{Call, Endpoint};
use crate::{
    config::NullMode,
    http::reply::{ApiError, Reply},
};
use serde_json::Value;

pub(super) const TABLES: &[&[Endpoint]] =
    &[booked::TABLE, lists::TABLE, options::TABLE, processed::TABLE, refunds::TABLE, rmas::TABLE];

/// Answers a value built by hand: members that are null are left out where the switch says so.
fn answer(mut value: Value, call: &Call<'_>) -> Result<Reply, ApiError> {
    if call.config.null_mode == NullMode::Omit {
        without_nulls(&mut value);
    }
    Reply::json(&value, call.config)
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(rows) => rows.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// A number of a header or row.
fn number(call: &Call<'_>, name: &str) -> Result<i32, ApiError> {
    let number = call.params.int(name)?.and_then(|number| i32::try_from(number).ok());
    number.ok_or_else(ApiError::invalid)
}
