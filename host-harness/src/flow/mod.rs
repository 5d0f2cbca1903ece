//! The flows: one file for each kind of work. Each gathers from the warehouse, calls the component, and applies the outcome in
//! one transaction.
//!
//! [`call`] is what all of them stand on: one connection's component with its context, capabilities and accounting.

pub mod adapters;
pub mod call;
mod convert;
pub mod import_orders;
pub mod request_log;
pub mod why;

use harness_contract::types::Failure;
use harness_engine::Ended;
use harness_wms::StoreError;

/// Why a flow did not go through.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The component was ended by the host, or broke off.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The component says that the call as a whole failed.
    #[error("{}", crate::connection::say(.0))]
    Failed(Failure),
    /// The source does not let us in, or is not usable.
    #[error("{0}")]
    Authentication(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else of the host's own.
    #[error(transparent)]
    Host(#[from] anyhow::Error),
}
