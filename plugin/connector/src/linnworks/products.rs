//! Stock items, as far as set-up looks at them.
use rust_decimal::Decimal;
use serde::Deserialize;

use super::error::CallError;
use super::get;
use super::value::{List, Number};
use crate::host::Host;
use crate::manifest::operations::GET_STOCK_ITEMS;

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
