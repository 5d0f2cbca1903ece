//! Names that orders can be filed and marked under, and services they can be sent by.
use std::collections::BTreeSet;

use serde::Deserialize;

use super::error::CallError;
use super::get;
use super::value::{List, Text};
use crate::host::Host;
use crate::manifest::operations::{GET_AVAILABLE_FOLDERS, GET_IDENTIFIERS, GET_POSTAL_SERVICES, Operation};

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Named<'a> {
    #[serde(rename = "FolderName")]
    folder: Text<'a>,
    #[serde(rename = "Tag")]
    tag: Text<'a>,
    #[serde(rename = "PostalServiceName")]
    service: Text<'a>,
}

/// Names of all folders of the account.
///
/// # Errors
/// Why there is no usable answer.
pub async fn folders<H: Host>(host: &H) -> Result<BTreeSet<String>, CallError> {
    names(host, &GET_AVAILABLE_FOLDERS, |row| row.folder.trimmed().to_owned()).await
}

/// Tags of all identifiers of the account.
///
/// # Errors
/// Why there is no usable answer.
pub async fn identifiers<H: Host>(host: &H) -> Result<BTreeSet<String>, CallError> {
    names(host, &GET_IDENTIFIERS, |row| row.tag.trimmed().to_owned()).await
}

/// Names of all postal services of the account.
///
/// # Errors
/// Why there is no usable answer.
pub async fn postal_services<H: Host>(host: &H) -> Result<BTreeSet<String>, CallError> {
    names(host, &GET_POSTAL_SERVICES, |row| row.service.trimmed().to_owned()).await
}

async fn names<H: Host>(
    host: &H,
    operation: &Operation,
    name: impl Fn(&Named<'_>) -> String,
) -> Result<BTreeSet<String>, CallError> {
    let answer = get(host, operation, &[]).await?;
    let rows: List<Named<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    Ok(rows.0.iter().map(name).filter(|name| !name.is_empty()).collect())
}
