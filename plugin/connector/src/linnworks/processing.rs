//! Processing orders, which is Linnworks' word for despatching them, and taking them out of the car park first.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::error::{CallError, tidy};
use super::value::{Flag, Guid, List, Text};
use super::{post, post_form};
use crate::host::Host;
use crate::manifest::operations::{CHANGE_ORDER_TAG, GET_STOCK_LEVEL_BATCH, PROCESS_ORDER, PROCESS_ORDERS};

/// Most orders of one call: so many are in doubt when its answer is lost.
pub const BATCH: usize = 50;

/// What Linnworks says became of one order. Only reading the order again proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whether it is processed.
    pub processed: bool,
    /// Why not, in words that are nowhere promised.
    pub text: String,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "OrderId")]
    id: Guid<'a>,
    #[serde(rename = "Processed")]
    processed: Flag,
    #[serde(rename = "Error")]
    error: Text<'a>,
}

impl Row<'_> {
    fn said(&self) -> Said {
        Said { processed: self.processed.0, text: tidy(self.error.trimmed()) }
    }
}

/// Processes orders of one location, each by itself. An order of which the answer does not say what became of it is missing.
///
/// # Errors
/// Why there is no usable answer.
pub async fn many<H: Host>(host: &H, location: &str, ids: &[String]) -> Result<BTreeMap<String, Said>, CallError> {
    let answer = post(host, &PROCESS_ORDERS, &json!({"ordersIds": ids, "locationId": location})).await?;
    let rows: List<&RawValue> =
        serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error).of_write())?;
    // A row that cannot be read says nothing of its order, and leaves the other rows as good as they are.
    let readable = rows.0.iter().filter_map(|row| serde_json::from_str::<Row<'_>>(row.get()).ok());
    Ok(readable.filter_map(|row| Some((row.id.get()?, row.said()))).collect())
}

/// Processes one order whose goods the warehouse scanned.
///
/// # Errors
/// Why there is no usable answer.
pub async fn one<H: Host>(host: &H, location: &str, id: &str) -> Result<Said, CallError> {
    let body = json!({"orderId": id, "scanPerformed": true, "locationId": location});
    let answer = post(host, &PROCESS_ORDER, &body).await?;
    let row: Row<'_> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error).of_write())?;
    Ok(row.said())
}

/// Unparks orders. Silent no-ops occur: the caller reads back.
///
/// # Errors
/// Why there is no usable answer.
pub async fn unpark<H: Host>(host: &H, ids: &[String]) -> Result<(), CallError> {
    // Without a tag, and as a form: the only way that was seen to work.
    post_form(host, &CHANGE_ORDER_TAG, "orderIds", &ids).await?;
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Levels<'a> {
    #[serde(rename = "pkStockItemId")]
    item: Guid<'a>,
    #[serde(rename = "StockItemLevels")]
    levels: List<Level<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Level<'a> {
    #[serde(rename = "Location")]
    location: super::value::Record<Place<'a>>,
    #[serde(rename = "StockLevel")]
    level: super::value::Int,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Place<'a> {
    #[serde(rename = "StockLocationId")]
    id: Guid<'a>,
}

/// What lies on the shelf, by stock item and location.
///
/// # Errors
/// Why there is no usable answer.
pub async fn levels<H: Host>(host: &H, items: &[String]) -> Result<BTreeMap<(String, String), i64>, CallError> {
    let answer = post(host, &GET_STOCK_LEVEL_BATCH, &json!({"request": {"StockItemIds": items}})).await?;
    let rows: List<Levels<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let of = |row: &Levels<'_>| {
        let item = row.item.or_zero();
        let level = |level: &Level<'_>| ((item.clone(), level.location.0.id.or_zero()), level.level.0);
        row.levels.0.iter().map(level).collect::<Vec<_>>()
    };
    Ok(rows.0.iter().flat_map(of).collect())
}
