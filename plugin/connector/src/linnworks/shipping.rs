//! Tracking number and postal service of an order.
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::CallError;
use super::standing::Shipping;
use super::value::{Guid, List, Text};
use super::{get, post};
use crate::host::Host;
use crate::manifest::operations::{GET_POSTAL_SERVICES, SET_ORDER_SHIPPING_INFO};

#[derive(Serialize)]
struct Request<'a> {
    #[serde(rename = "orderId")]
    order: &'a str,
    info: Info<'a>,
}

/// Every member is sent: which of those left out keep their value is nowhere promised.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Info<'a> {
    postal_service_id: &'a str,
    total_weight: Box<RawValue>,
    item_weight: Box<RawValue>,
    postage_cost: Box<RawValue>,
    tracking_number: &'a str,
    manual_adjust: bool,
}

/// Writes how an order is shipped, all of it as given.
///
/// # Errors
/// Why there is no usable answer.
pub async fn set<H: Host>(host: &H, order: &str, shipping: &Shipping) -> Result<(), CallError> {
    let info = Info {
        postal_service_id: &shipping.service_id,
        total_weight: number(shipping.total_weight)?,
        item_weight: number(shipping.item_weight)?,
        postage_cost: number(shipping.cost)?,
        tracking_number: &shipping.tracking_number,
        manual_adjust: shipping.manual,
    };
    post(host, &SET_ORDER_SHIPPING_INFO, &Request { order, info }).await?;
    Ok(())
}

/// A decimal as a JSON number, with the digits that it has.
fn number(decimal: Decimal) -> Result<Box<RawValue>, CallError> {
    RawValue::from_string(decimal.to_string()).map_err(|error| CallError::Denied(error.to_string()))
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Service<'a> {
    #[serde(rename = "id")]
    id: Guid<'a>,
    #[serde(rename = "pkPostalServiceId")]
    key: Guid<'a>,
    #[serde(rename = "PostalServiceName")]
    name: Text<'a>,
}

/// Ids of the account's postal services by their names.
///
/// # Errors
/// Why there is no usable answer.
pub async fn services<H: Host>(host: &H) -> Result<BTreeMap<String, String>, CallError> {
    let answer = get(host, &GET_POSTAL_SERVICES, &[]).await?;
    let rows: List<Service<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let pair = |row: &Service<'_>| (row.name.trimmed().to_owned(), row.id.get().unwrap_or_else(|| row.key.or_zero()));
    Ok(rows.0.iter().map(pair).collect())
}
