//! Sparse seeds made whole: an order may be written with three fields.
//!
//! Works on JSON values, because only there can "left out" be told from "set to the default". Names are matched without
//! regard to case and underscores; a name that no field has is refused with the list of those that exist.

mod account;
mod item;
mod names;
mod order;
mod purchase;
mod returns;

pub(crate) use account::{account, patch_account};
pub(crate) use item::{new_item, patched_item};
pub(crate) use names::{merge, read};
pub(crate) use order::{new_order, patched_order};
pub(crate) use purchase::{new_purchase_order, patched_purchase_order};
pub(crate) use returns::{new_refund, new_rma, patched_refund, patched_rma};

/// A seed or patch that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct SeedError {
    /// Where: for example `order 100234`.
    pub place: String,
    /// What came, and what is expected.
    pub problem: String,
}

impl SeedError {
    pub(crate) fn new(place: impl Into<String>, problem: impl ToString) -> Self {
        Self { place: place.into(), problem: problem.to_string() }
    }
}
