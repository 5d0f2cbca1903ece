//! Stock items: as far as set-up looks at them, and as the warehouse learns of new ones.
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::error::CallError;
use super::value::{Guid, List, Number, Text};
use super::{get, post};
use crate::host::Host;
use crate::manifest::operations::{GET_STOCK_ITEMS, GET_STOCK_ITEMS_FULL_BY_IDS};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    #[serde(rename = "Data")]
    items: List<Item>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    #[serde(rename = "Weight")]
    weight: Number,
}

/// The weights that are set among the first 50 items, as the numbers they are.
///
/// # Errors
/// Why there is no usable answer.
pub async fn weights<H: Host>(host: &H, location: &str) -> Result<Vec<Decimal>, CallError> {
    let query = [
        ("keyWord", ""),
        ("locationId", location),
        ("entriesPerPage", "50"),
        ("pageNumber", "1"),
        ("excludeComposites", "true"),
        ("excludeVariations", "true"),
        ("excludeBatches", "false"),
    ];
    let answer = get(host, &GET_STOCK_ITEMS, &query).await?;
    let text = std::str::from_utf8(&answer).map_err(|_| CallError::Unreadable("the answer is not UTF-8".to_owned()))?;
    let page: Page = serde_json::from_str(text).map_err(|error| CallError::unreadable(&error))?;
    Ok(page.items.0.iter().map(|item| item.weight.0).filter(|weight| *weight > Decimal::ZERO).collect())
}

/// Most ids that one call is given.
const BATCH: usize = 100;

#[derive(Serialize)]
struct Wanted<'a> {
    request: Ids<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ids<'a> {
    stock_item_ids: &'a [String],
    data_requirements: [&'a str; 0],
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Full<'a> {
    #[serde(rename = "StockItemsFullExtended")]
    items: List<Measured<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Measured<'a> {
    #[serde(rename = "StockItemId")]
    id: Guid<'a>,
    #[serde(rename = "ItemNumber")]
    sku: Text<'a>,
    #[serde(rename = "ItemTitle")]
    title: Text<'a>,
    #[serde(rename = "BarcodeNumber")]
    barcode: Text<'a>,
    #[serde(rename = "Weight")]
    weight: Number,
    #[serde(rename = "Height")]
    height: Number,
    #[serde(rename = "Width")]
    width: Number,
    #[serde(rename = "Depth")]
    depth: Number,
}

/// A product with what a warehouse wants to know of it; numbers as Linnworks has them, 0 where nothing is set.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Product {
    pub sku: String,
    pub title: String,
    pub barcode: String,
    pub weight: Decimal,
    pub height: Decimal,
    pub width: Decimal,
    pub depth: Decimal,
}

/// The products with these ids, by id; unknown ids are missing.
///
/// # Errors
/// Why there is no usable answer.
pub async fn by_id<H: Host>(host: &H, ids: &[String]) -> Result<BTreeMap<String, Product>, CallError> {
    let mut found = BTreeMap::new();
    for batch in ids.chunks(BATCH) {
        let wanted = Wanted { request: Ids { stock_item_ids: batch, data_requirements: [] } };
        let answer = post(host, &GET_STOCK_ITEMS_FULL_BY_IDS, &wanted).await?;
        let full: Full<'_> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
        for item in &full.items.0 {
            let Some(id) = item.id.get() else { continue };
            let product = Product {
                sku: item.sku.trimmed().to_owned(),
                title: item.title.trimmed().to_owned(),
                barcode: item.barcode.trimmed().to_owned(),
                weight: item.weight.0,
                height: item.height.0,
                width: item.width.0,
                depth: item.depth.0,
            };
            found.insert(id, product);
        }
    }
    Ok(found)
}
