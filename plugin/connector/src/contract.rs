//! The contract's types under short names. Nothing is defined here.
pub use connector_bindings::exports::wms::connector::{
    export_returns as returns, import_orders as orders, import_purchase_orders as asns, manifest,
    push_despatch as despatch, review_orders as reviews, setup, sync_stock as stock,
};
pub use connector_bindings::wasi::logging::logging::Level;
pub use connector_bindings::wms::connector::http::{HttpError, Request, Response};
pub use connector_bindings::wms::connector::progress::Directive;
pub use connector_bindings::wms::connector::storage::StorageError;
pub use connector_bindings::wms::connector::types::{
    Attempt, Candidate, Change, Context, Failure, Mode, NameValue, Outcome, Page, Problem, Retry, Skip, Verdict,
};
