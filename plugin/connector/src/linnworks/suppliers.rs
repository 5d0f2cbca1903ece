//! Names of suppliers: a purchase order names its supplier by id only.
use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::CallError;
use super::get;
use super::value::{Guid, List, Text};
use crate::host::Host;
use crate::manifest::operations::GET_SUPPLIERS;

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "pkSupplierID")]
    id: Guid<'a>,
    #[serde(rename = "SupplierName")]
    name: Text<'a>,
}

/// Names of all suppliers by id, in lower case.
///
/// # Errors
/// Why there is no usable answer.
pub async fn names<H: Host>(host: &H) -> Result<BTreeMap<String, String>, CallError> {
    let answer = get(host, &GET_SUPPLIERS, &[]).await?;
    let rows: List<Row<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    Ok(rows.0.iter().map(|row| (row.id.or_zero(), row.name.trimmed().to_owned())).collect())
}
