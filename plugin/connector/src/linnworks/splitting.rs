//! Making an order of its own of some lines of an order.
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::CallError;
use super::post;
use super::value::{Guid, List};
use crate::host::Host;
use crate::manifest::operations::SPLIT_ORDER;

/// Units of one line that go into the new order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Taken {
    /// Row of the line.
    pub row_id: String,
    /// Units.
    pub quantity: i64,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "OrderId")]
    id: Guid<'a>,
}

/// Splits one new order off, with the same postal service, and gives the ids of all orders in the answer: of the original and
/// of what was split off.
///
/// # Errors
/// Why there is no usable answer.
pub async fn split<H: Host>(
    host: &H,
    order: &str,
    location: &str,
    service: &str,
    taken: &[Taken],
) -> Result<Vec<String>, CallError> {
    // Which values `type` may have is not documented; none is the safest.
    let body = json!({
        "orderId": order, "type": "", "fulfilmentLocationId": location, "recalcPackaging": false,
        "newOrders": [{"Items": taken, "PostalServiceId": service, "ParkOrder": false}],
    });
    let answer = post(host, &SPLIT_ORDER, &body).await?;
    let rows: List<Row<'_>> =
        serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error).of_write())?;
    Ok(rows.0.iter().filter_map(|row| row.id.get()).collect())
}
