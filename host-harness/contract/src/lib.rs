//! The contract in Rust, as seen from the host: the types of every record, generated from `wit/`, and what can be said about
//! a component before it runs ([`inspect`]: imports, exports, digest; [`review`]: whether its manifest holds together), about what
//! it is given ([`settings`]) and about what it answers ([`results`]).
//!
//! The generated types are the only Rust form of the contract in the host: they serialise with the field names of the WIT
//! in snake case. Not here: running a component (`harness-engine`) and the imports' behaviour (`harness-capability`).
#![deny(missing_docs)]

mod bindings;
pub mod inspect;
pub mod results;
pub mod review;
pub mod settings;

pub use bindings::exports::wms::connector::{
    export_returns, import_orders, import_purchase_orders, manifest, push_despatch, review_orders, setup, sync_stock,
};
pub use bindings::wasi::logging::logging;
pub use bindings::wms::connector::{http, progress, storage, types};
/// Generated glue that only the engine needs.
pub mod glue {
    pub use crate::bindings::exports::wms::connector as exports;
    pub use crate::bindings::{wasi, wms};
}
