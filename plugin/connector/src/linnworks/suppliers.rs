//! Names of suppliers: a purchase order names its supplier by id only.
use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::CallError;
use super::get;
use super::value::{Guid, List};
use crate::host::Host;
use crate::manifest::operations::GET_SUPPLIERS;

/// What is not of this shape is not read: a name that is none would stay on the notice.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "pkSupplierID")]
    id: Guid<'a>,
    #[serde(rename = "SupplierName")]
    name: Option<String>,
}

/// Names of all suppliers by id, in lower case.
///
/// # Errors
/// Why there is no usable answer.
pub async fn names<H: Host>(host: &H) -> Result<BTreeMap<String, String>, CallError> {
    let answer = get(host, &GET_SUPPLIERS, &[]).await?;
    let rows: List<Row<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    Ok(rows.0.into_iter().map(|row| (row.id.or_zero(), row.name.unwrap_or_default().trim().to_owned())).collect())
}
