//! Stock items and their levels: ids by SKU, what kind of item each is, its level at each location, and the one call that sets
//! levels. That call is absolute: done twice it is as if done once.
//!
//! Linnworks documents no maximum of rows for any of these; callers give at most [`BATCH`].
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::CallError;
use super::post;
use super::value::{Flag, Guid, Int, List, Record, Text};
use crate::host::Host;
use crate::manifest::operations::{
    GET_STOCK_ITEM_IDS_BY_SKU, GET_STOCK_ITEMS_BY_IDS, GET_STOCK_ITEMS_FULL_BY_IDS, GET_STOCK_LEVEL_BATCH,
    SET_STOCK_LEVEL,
};

/// Most items that one call is given.
pub const BATCH: usize = 100;

/// An item as the search by SKU names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// As Linnworks writes it.
    pub sku: String,
    /// Its id.
    pub id: String,
}

/// One item with its levels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// As Linnworks writes it; empty where the answer does not say.
    pub sku: String,
    /// Its level follows from its parts.
    pub composite: bool,
    /// Its stock is counted by batch.
    pub batched: bool,
    /// One for each location that the answer names.
    pub levels: Vec<Level>,
}

/// The level of one item at one location.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Level {
    /// The location; the zero GUID is the default location, or where the answer names none.
    pub location: String,
    /// The item, where the answer names it.
    pub id: Option<String>,
    /// Its SKU, where the answer names it.
    pub sku: String,
    /// Physical stock.
    pub level: i64,
    /// Whether Linnworks counts the item's stock at all, where the answer says.
    pub adjusts: Option<bool>,
    /// What changed it last, as Linnworks calls it.
    pub changed_by: String,
    /// When that was, in milliseconds UTC.
    pub changed_at: Option<i64>,
}

/// A level that is to be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Update {
    /// As Linnworks writes it.
    #[serde(rename = "SKU")]
    pub sku: String,
    /// Where.
    #[serde(rename = "LocationId")]
    pub location: String,
    /// Physical stock from now on.
    #[serde(rename = "Level")]
    pub level: i32,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Found<'a> {
    #[serde(rename = "Items")]
    items: List<FoundItem<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundItem<'a> {
    #[serde(rename = "SKU")]
    sku: Text<'a>,
    #[serde(rename = "StockItemId")]
    id: Guid<'a>,
    #[serde(rename = "IsVariationParent")]
    variation_parent: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Full<'a> {
    #[serde(rename = "StockItemsFullExtended")]
    items: List<FullItem<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FullItem<'a> {
    #[serde(rename = "StockItemId")]
    id: Guid<'a>,
    #[serde(rename = "ItemNumber")]
    sku: Text<'a>,
    #[serde(rename = "IsCompositeParent")]
    composite: Flag,
    #[serde(rename = "isBatchedStockType", alias = "IsBatchedStockType")]
    batched: Flag,
    #[serde(rename = "InventoryTrackingType")]
    tracking: Int,
    #[serde(rename = "StockLevels")]
    levels: List<Row<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct OfItem<'a> {
    #[serde(rename = "pkStockItemId")]
    id: Guid<'a>,
    #[serde(rename = "StockItemLevels")]
    levels: List<Row<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "Location")]
    location: Record<Place<'a>>,
    #[serde(rename = "StockItemId")]
    id: Guid<'a>,
    #[serde(rename = "SKU")]
    sku: Text<'a>,
    #[serde(rename = "StockLevel")]
    level: Int,
    #[serde(rename = "AutoAdjust")]
    adjusts: Option<Flag>,
    #[serde(rename = "LastUpdateOperation")]
    changed_by: Text<'a>,
    #[serde(rename = "LastUpdateDate")]
    changed_at: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Place<'a> {
    #[serde(rename = "StockLocationId")]
    id: Guid<'a>,
}

impl From<&Row<'_>> for Level {
    fn from(row: &Row<'_>) -> Self {
        Level {
            location: row.location.0.id.or_zero(),
            id: row.id.get(),
            sku: row.sku.trimmed().to_owned(),
            level: row.level.0,
            adjusts: row.adjusts.map(|flag| flag.0),
            changed_by: row.changed_by.trimmed().to_owned(),
            changed_at: row.changed_at.instant(),
        }
    }
}

/// The items with these SKUs; those that Linnworks does not know are missing.
///
/// # Errors
/// Why there is no usable answer.
pub async fn ids_by_sku<H: Host>(host: &H, skus: &[String]) -> Result<Vec<Named>, CallError> {
    let answer = post(host, &GET_STOCK_ITEM_IDS_BY_SKU, &json!({"request": {"SKUS": skus}})).await?;
    let found: Found<'_> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let named = |item: &FoundItem<'_>| Some(Named { sku: item.sku.trimmed().to_owned(), id: item.id.get()? });
    Ok(found.items.0.iter().filter_map(named).collect())
}

/// Ids of those of the items that are parents of variations.
///
/// # Errors
/// Why there is no usable answer.
pub async fn variation_parents<H: Host>(host: &H, ids: &[String]) -> Result<Vec<String>, CallError> {
    let answer = post(host, &GET_STOCK_ITEMS_BY_IDS, &json!({"StockItemIds": ids})).await?;
    let found: Found<'_> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    Ok(found.items.0.iter().filter(|item| item.variation_parent.0).filter_map(|item| item.id.get()).collect())
}

/// The items with these ids, with their kinds and levels; unknown ids are missing.
///
/// # Errors
/// Why there is no usable answer.
pub async fn items<H: Host>(host: &H, ids: &[String]) -> Result<Vec<Item>, CallError> {
    let body = json!({"request": {"StockItemIds": ids, "DataRequirements": ["StockLevels"]}});
    let answer = post(host, &GET_STOCK_ITEMS_FULL_BY_IDS, &body).await?;
    let full: Full<'_> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let item = |item: &FullItem<'_>| {
        Some(Item {
            id: item.id.get()?,
            sku: item.sku.trimmed().to_owned(),
            composite: item.composite.0,
            batched: item.batched.0 || item.tracking.0 != 0,
            levels: item.levels.0.iter().map(Level::from).collect(),
        })
    };
    Ok(full.items.0.iter().filter_map(item).collect())
}

/// The levels of the items with these ids, without their kinds; unknown ids are missing.
///
/// # Errors
/// Why there is no usable answer.
pub async fn levels<H: Host>(host: &H, ids: &[String]) -> Result<Vec<(String, Vec<Level>)>, CallError> {
    let answer = post(host, &GET_STOCK_LEVEL_BATCH, &json!({"request": {"StockItemIds": ids}})).await?;
    let rows: List<OfItem<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let of_item = |item: &OfItem<'_>| Some((item.id.get()?, item.levels.0.iter().map(Level::from).collect::<Vec<_>>()));
    Ok(rows.0.iter().filter_map(of_item).collect())
}

/// Sets levels and gives the rows that Linnworks answers with: of an item that it does not know, none. `source` is what its
/// history calls the change. An answer without content is no rows.
///
/// # Errors
/// Why there is no usable answer.
pub async fn set<H: Host>(host: &H, updates: &[Update], source: &str) -> Result<Vec<Level>, CallError> {
    let answer = post(host, &SET_STOCK_LEVEL, &json!({"stockLevels": updates, "changeSource": source})).await?;
    // It was done, whatever the answer looks like: what it does not tell is read again.
    let rows: List<Row<'_>> = serde_json::from_slice(&answer).unwrap_or_default();
    Ok(rows.0.iter().map(Level::from).collect())
}
