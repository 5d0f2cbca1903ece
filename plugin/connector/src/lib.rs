//! The Linnworks connector: everything it knows about Linnworks and about turning its orders into warehouse orders.
//!
//! Plain Rust without a way out: all of it runs against the [`Host`](host::Host) trait of `plugin/kit`, which is the contract's
//! imports in the sandbox, and data in tests and benchmarks. The types of the contract are used as they are generated, so there
//! is one name for each thing and no conversion.
//!
//! - [`manifest`]: what the connector is and may do; [`settings`]: what a user can choose.
//! - [`linnworks`]: the typed client, one file per area of the API.
//! - [`setup`]: what a person needs while connecting an account.
//! - The flows: [`import`] brings sales orders in, [`review`] finds what became of them since, [`despatch`] tells what left,
//!   [`stock`] tells stock levels, [`purchase_orders`] announces goods, [`returns`] tells what came back.
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
mod printable;
mod problem;
pub mod purchase_orders;
pub mod returns;
pub mod review;
pub mod settings;
pub mod setup;
pub mod stock;

pub use connector_kit::{instant, money};
