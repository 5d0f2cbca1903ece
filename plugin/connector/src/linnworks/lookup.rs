//! Orders by what a person calls them, and what became of orders that are gone.
use serde::Deserialize;
use serde_json::json;

use super::error::CallError;
use super::orders::Orders;
use super::value::{Guid, Int, List, Text};
use super::{get, post};
use crate::host::Host;
use crate::manifest::operations::{GET_ORDER_BY_NUMBER, GET_ORDER_RELATIONS, GET_ORDERS_BY_REFERENCE, SEARCH_ORDERS};

/// The order with this number; its id is not set when there is none.
///
/// # Errors
/// Why there is no usable answer.
pub async fn by_number<H: Host>(host: &H, number: i32) -> Result<Orders, CallError> {
    Orders::new(get(host, &GET_ORDER_BY_NUMBER, &[("OrderId", &number.to_string())]).await?)
}

/// Up to 50 orders with this channel reference, open or processed.
///
/// # Errors
/// Why there is no usable answer.
pub async fn by_reference<H: Host>(host: &H, reference: &str) -> Result<Orders, CallError> {
    Orders::new(get(host, &GET_ORDERS_BY_REFERENCE, &[("ReferenceId", reference)]).await?)
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Found<'a> {
    #[serde(rename = "OpenOrders")]
    open: List<InView<'a>>,
    #[serde(rename = "ProcessedOrders")]
    processed: List<Guid<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct InView<'a> {
    #[serde(rename = "OrderIds")]
    ids: List<Guid<'a>>,
}

/// Ids of the orders of a location, open or processed, that Linnworks' own search finds; the same order comes back under
/// several views.
///
/// # Errors
/// Why there is no usable answer.
pub async fn search<H: Host>(host: &H, location: &str, term: &str) -> Result<Vec<String>, CallError> {
    let body = json!({"LocationId": location, "SearchTerm": term, "IncludeProcessed": true});
    let answer = post(host, &SEARCH_ORDERS, &body).await?;
    let found: Found<'_> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let mut ids = Vec::new();
    for id in found.open.0.iter().flat_map(|view| &view.ids.0).chain(&found.processed.0).filter_map(Guid::get) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// How an order came from, or became, another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Id of the order that was.
    pub parent: String,
    /// Id of the order that is.
    pub child: String,
    /// Number of the order that is.
    pub child_number: i64,
    /// Linnworks' word for it, `MERGED`.
    pub kind: String,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "ParentOrderId")]
    parent: Guid<'a>,
    #[serde(rename = "ChildOrderId")]
    child: Guid<'a>,
    #[serde(rename = "Child")]
    number: Int,
    #[serde(rename = "Type")]
    kind: Text<'a>,
}

/// The relations of one order, which itself may be gone.
///
/// # Errors
/// Why there is no usable answer.
pub async fn relations<H: Host>(host: &H, id: &str) -> Result<Vec<Relation>, CallError> {
    let answer = get(host, &GET_ORDER_RELATIONS, &[("orderId", id)]).await?;
    let rows: List<Row<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let relation = |row: &Row<'_>| Relation {
        parent: row.parent.or_zero(),
        child: row.child.or_zero(),
        child_number: row.number.0,
        kind: row.kind.trimmed().to_owned(),
    };
    Ok(rows.0.iter().map(relation).collect())
}
