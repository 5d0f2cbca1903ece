//! Marks that say "taken by the warehouse": folder, identifier, invoice printed. Each is as if done once when done twice.
use serde_json::json;

use super::error::CallError;
use super::post;
use crate::host::Host;
use crate::manifest::operations::{ASSIGN_ORDER_IDENTIFIER, ASSIGN_TO_FOLDER, SET_INVOICES_PRINTED};

/// One kind of mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark<'a> {
    /// Into this folder, which must exist.
    Folder(&'a str),
    /// With this identifier, by its tag.
    Identifier(&'a str),
    /// The invoice as printed.
    InvoicePrinted,
}

/// Marks orders. The answers name the orders that were changed, but silent no-ops occur: the caller reads back.
///
/// # Errors
/// Why there is no usable answer.
pub async fn set<H: Host>(host: &H, mark: Mark<'_>, ids: &[String]) -> Result<(), CallError> {
    match mark {
        Mark::Folder(name) => post(host, &ASSIGN_TO_FOLDER, &json!({"orderIds": ids, "folder": name})).await?,
        Mark::Identifier(tag) => post(host, &ASSIGN_ORDER_IDENTIFIER, &json!({"OrderIds": ids, "Tag": tag})).await?,
        Mark::InvoicePrinted => post(host, &SET_INVOICES_PRINTED, &json!({"orderIds": ids})).await?,
    };
    Ok(())
}
