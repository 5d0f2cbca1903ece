//! Stock locations.
use serde::Deserialize;

use super::error::CallError;
use super::get;
use super::value::{Flag, Guid, List, Text};
use crate::host::Host;
use crate::manifest::operations::GET_STOCK_LOCATIONS;

/// One location, with what matters of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Lower case; the zero GUID is the default location.
    pub id: String,
    /// `Default`
    pub name: String,
    /// `LocationTag`.
    pub tag: String,
    /// Its orders are parked for Linnworks' own file export.
    pub fulfilment_centre: bool,
    /// Linnworks keeps no stock of it.
    pub not_tracked: bool,
    /// Linnworks' own warehouse management keeps its stock by bin.
    pub warehouse_managed: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "StockLocationId")]
    id: Guid<'a>,
    #[serde(rename = "LocationName")]
    name: Text<'a>,
    #[serde(rename = "LocationTag")]
    tag: Text<'a>,
    #[serde(rename = "IsFulfillmentCenter")]
    fulfilment_centre: Flag,
    #[serde(rename = "IsNotTrackable")]
    not_tracked: Flag,
    #[serde(rename = "IsWarehouseManaged")]
    warehouse_managed: Flag,
}

/// All locations of the account, in its order.
///
/// # Errors
/// Why there is no usable answer.
pub async fn all<H: Host>(host: &H) -> Result<Vec<Location>, CallError> {
    let answer = get(host, &GET_STOCK_LOCATIONS, &[]).await?;
    let rows: List<Row<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    Ok(rows.0.iter().map(Location::from).collect())
}

impl From<&Row<'_>> for Location {
    fn from(row: &Row<'_>) -> Self {
        Location {
            id: row.id.or_zero(),
            name: row.name.trimmed().to_owned(),
            tag: row.tag.trimmed().to_owned(),
            fulfilment_centre: row.fulfilment_centre.0,
            not_tracked: row.not_tracked.0,
            warehouse_managed: row.warehouse_managed.0,
        }
    }
}
