//! Batches of products, and which of them went into an order.
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::CallError;
use super::value::{Flag, Guid, Int, List, Text};
use super::{get, post};
use crate::host::Host;
use crate::manifest::operations::{ASSIGN_BATCHES, GET_BATCHES};

/// A batch of a product at one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Linnworks' id of the batch at this location.
    pub inventory_id: i64,
    /// As printed on the goods.
    pub number: String,
    /// Units there are.
    pub quantity: i64,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "BatchNumber")]
    number: Text<'a>,
    #[serde(rename = "Inventory")]
    places: List<Place<'a>>,
    #[serde(rename = "IsDeleted")]
    deleted: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Place<'a> {
    #[serde(rename = "BatchInventoryId")]
    id: Int,
    #[serde(rename = "StockLocationId")]
    location: Guid<'a>,
    #[serde(rename = "Quantity")]
    quantity: Int,
    #[serde(rename = "IsDeleted")]
    deleted: Flag,
}

/// The batches of a product at a location.
///
/// # Errors
/// Why there is no usable answer.
pub async fn of<H: Host>(host: &H, item: &str, location: &str) -> Result<Vec<Batch>, CallError> {
    let query = [("stockItemId", item), ("onlyAvailable", "false"), ("stockLocationId", location)];
    let answer = get(host, &GET_BATCHES, &query).await?;
    let rows: List<Row<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let mut batches = Vec::new();
    for row in rows.0.iter().filter(|row| !row.deleted.0) {
        let here = row.places.0.iter().filter(|place| !place.deleted.0 && place.location.or_zero() == location);
        batches.extend(here.map(|place| Batch {
            inventory_id: place.id.0,
            number: row.number.trimmed().to_owned(),
            quantity: place.quantity.0,
        }));
    }
    Ok(batches)
}

/// Units of a batch for one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assigned {
    /// Row of the line.
    pub order_item_row_id: String,
    /// Linnworks' id of the batch.
    pub batch_inventory_id: i64,
    /// Units.
    pub quantity: i64,
}

/// Says which batches went into an order; every line that asks for batches has to be covered. What was said before is
/// overwritten.
///
/// # Errors
/// Why there is no usable answer.
pub async fn assign<H: Host>(host: &H, order: &str, rows: &[Assigned]) -> Result<(), CallError> {
    let body = json!({"BatchAssignment": {"orderId": order, "batchToItemMapping": rows}});
    post(host, &ASSIGN_BATCHES, &body).await?;
    Ok(())
}
