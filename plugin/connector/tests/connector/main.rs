//! The connector against a host whose answers are data. Every test names a fact.
// Helpers of tests may fail loudly, and nothing outside sees them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]
#![allow(clippy::result_large_err, reason = "the errors are the contract's, and boxing them would be a conversion")]
mod acknowledge;
mod admission;
mod composites;
mod despatch;
mod despatch_gates;
mod despatch_parts;
mod discover;
mod fake;
mod fetch;
mod location;
mod lookup;
mod manifest;
mod mapping;
mod migrate;
mod order;
mod purchase_orders;
mod returns;
mod review;
mod samples;
mod setup;
mod shipping_account;
mod shop;
mod stock;
mod stock_history;
