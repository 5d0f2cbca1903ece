//! The Linnworks connector: everything it knows about Linnworks and about turning its orders into warehouse orders.
//!
//! Plain Rust without a way out: all of it runs against the [`Host`](host::Host) trait of `plugin/kit`, which is the contract's
//! imports in the sandbox, and data in tests and benchmarks. The types of the contract are used as they are generated, so there
//! is one name for each thing and no conversion.
//!
//! - [`manifest`]: what the connector is and may do; [`settings`]: what a user can choose.
//! - [`linnworks`]: the typed client, one file per area of the API.
//! - [`import`]: the flow that brings sales orders in; [`despatch`]: the one that tells what left; [`setup`]: what a person needs while connecting an account.
//! - [`import`]: the flow that brings sales orders in; [`stock`]: the flow that tells stock levels; [`setup`]: what a person needs while connecting an account.
//! - [`import`]: the flow that brings sales orders in; [`review`]: what became of them since; [`setup`]: what a person needs while connecting an account.
//! - [`import`]: the flow that brings sales orders in; [`purchase_orders`]: the one that announces goods; [`setup`]: what a person needs while connecting an account.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![allow(clippy::result_large_err, reason = "the errors are the contract's, and boxing them would be a conversion")]

pub mod contract;
pub mod despatch;
mod fingerprint;
pub mod host;
pub mod import;
pub mod linnworks;
mod location;
pub mod manifest;
mod nearness;
mod problem;
pub mod review;
pub mod purchase_orders;
pub mod settings;
pub mod setup;

pub use connector_kit::{instant, money};
pub mod stock;
