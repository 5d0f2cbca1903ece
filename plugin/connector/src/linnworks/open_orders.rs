//! Lists of the ids of open orders, in the three ways that Linnworks offers.
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::CallError;
use super::post;
use super::value::{Guid, Int, List};
use crate::host::Host;
use crate::manifest::operations::{GET_ALL_OPEN_ORDERS, GET_OPEN_ORDER_IDS, GET_OPEN_ORDERS, GET_VIEW_STATS};

/// What the id list is narrowed by. Linnworks ignores filters it does not understand, so this only ever saves work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrow {
    /// All open orders.
    No,
    /// Status PAID.
    Paid,
    /// Locked and parked.
    LockedAndParked,
    /// Locked.
    Locked,
}

/// The ids of all open orders of one location, in one call.
///
/// # Errors
/// Why there is no usable answer.
pub async fn all<H: Host>(host: &H, location: &str, narrow: Narrow) -> Result<Vec<String>, CallError> {
    let filters = match narrow {
        Narrow::No => json!({}),
        Narrow::Paid => json!({"NumericFields": [{"FieldCode": "GENERAL_INFO_STATUS", "Type": "Equal", "Value": 1}]}),
        Narrow::LockedAndParked => json!({"BooleanFields": [
            {"FieldCode": "GENERAL_INFO_LOCKED", "Value": true},
            {"FieldCode": "GENERAL_INFO_PARKED", "Value": true},
        ]}),
        Narrow::Locked => json!({"BooleanFields": [{"FieldCode": "GENERAL_INFO_LOCKED", "Value": true}]}),
    };
    let body = json!({"filters": filters, "sorting": [], "fulfilmentCenter": location, "additionalFilter": ""});
    let answer = post(host, &GET_ALL_OPEN_ORDERS, &body).await?;
    let ids: List<Guid<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    Ok(distinct(&ids.0))
}

/// One page of an id list.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct IdPage<'a> {
    #[serde(rename = "TotalPages")]
    pages: Int,
    #[serde(rename = "Data")]
    ids: List<Guid<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct OrderPage<'a> {
    #[serde(rename = "TotalPages")]
    pages: Int,
    #[serde(rename = "Data")]
    orders: List<Row<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "OrderId")]
    id: Guid<'a>,
}

#[derive(Serialize)]
struct ViewPage<'a> {
    #[serde(rename = "ViewId")]
    view: i64,
    #[serde(rename = "LocationId")]
    location: &'a str,
    #[serde(rename = "EntriesPerPage")]
    entries: u32,
    #[serde(rename = "PageNumber")]
    page: i64,
}

/// Most pages that are read of one list: more is a server that counts wrongly.
const PAGES: i64 = 1_000;

/// The ids of the open orders of one location that the view shows.
///
/// # Errors
/// Why there is no usable answer.
pub async fn by_view<H: Host>(host: &H, location: &str, view: i64) -> Result<Vec<String>, CallError> {
    let mut ids = Vec::new();
    for page in 1..=PAGES {
        let body = ViewPage { view, location, entries: 50_000, page };
        let answer = post(host, &GET_OPEN_ORDER_IDS, &body).await?;
        let read: IdPage<'_> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
        let empty = read.ids.0.is_empty();
        ids.extend(read.ids.0.iter().filter_map(Guid::get));
        if empty || page >= read.pages.0 {
            break;
        }
    }
    Ok(unique(ids))
}

/// The ids of the open orders of one location from the paged list of whole orders: the dearest way, and the one that every
/// account has.
///
/// # Errors
/// Why there is no usable answer.
pub async fn by_page<H: Host>(host: &H, location: &str) -> Result<Vec<String>, CallError> {
    let mut ids = Vec::new();
    for page in 1..=PAGES {
        let body = json!({"entriesPerPage": 200, "pageNumber": page, "filters": {}, "sorting": [],
            "fulfilmentCenter": location, "additionalFilter": ""});
        let answer = post(host, &GET_OPEN_ORDERS, &body).await?;
        let read: OrderPage<'_> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
        let empty = read.orders.0.is_empty();
        ids.extend(read.orders.0.iter().filter_map(|row| row.id.get()));
        if empty || page >= read.pages.0 {
            break;
        }
    }
    Ok(unique(ids))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ViewStats {
    #[serde(rename = "ViewId")]
    id: Int,
    #[serde(rename = "TotalOrders")]
    orders: Int,
    #[serde(rename = "IsSystem")]
    system: super::value::Flag,
}

/// The view that shows most open orders of a location; among equals a system view, then the lowest id. `None` when the account
/// has no view that can be asked (view 0 is an error at Linnworks).
///
/// # Errors
/// Why there is no usable answer.
pub async fn widest_view<H: Host>(host: &H, location: &str) -> Result<Option<i64>, CallError> {
    let body = json!({"request": {"LocationId": location, "OnlyVisible": false}});
    let answer = post(host, &GET_VIEW_STATS, &body).await?;
    let views: List<ViewStats> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let usable = views.0.iter().filter(|view| view.id.0 > 0);
    Ok(usable.max_by_key(|view| (view.orders.0, view.system.0, -view.id.0)).map(|view| view.id.0))
}

fn distinct(ids: &[Guid<'_>]) -> Vec<String> {
    unique(ids.iter().filter_map(Guid::get).collect())
}

/// Each id once, in the order of its first appearance: pages shift while orders leave the list.
pub(crate) fn unique(ids: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::with_capacity(ids.len());
    let keep: Vec<bool> = ids.iter().map(|id| seen.insert(id.as_str())).collect();
    if keep.iter().all(|keep| *keep) {
        return ids;
    }
    ids.iter().zip(keep).filter(|(_, keep)| *keep).map(|(id, _)| id.clone()).collect()
}
