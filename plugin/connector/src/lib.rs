//! The Linnworks connector: everything it knows about Linnworks and about turning its orders into warehouse orders.
//!
//! Plain Rust without a way out: all of it runs against the [`Host`](host::Host) trait, which `plugin/component` implements by
//! the contract's imports and tests and benchmarks natively. The types of the contract are used as they are generated, so there
//! is one name for each thing and no conversion.
//!
//! - [`manifest`]: what the connector is and may do; [`settings`]: what a user can choose.
//! - [`linnworks`]: the typed client, one file per area of the API.
//! - [`import`]: the flow that brings sales orders in; [`returns`]: the one that tells of returns; [`setup`]: what a person needs
//!   while connecting an account.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![allow(clippy::result_large_err, reason = "the errors are the contract's, and boxing them would be a conversion")]

pub mod contract;
pub mod host;
pub mod import;
pub mod instant;
pub mod linnworks;
mod location;
pub mod manifest;
pub mod money;
mod nearness;
mod problem;
pub mod returns;
pub mod settings;
pub mod setup;
