//! The connector against a host whose answers are data. Every test names a fact.
// Helpers of tests may fail loudly, and nothing outside sees them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]
#![allow(clippy::result_large_err, reason = "the errors are the contract's, and boxing them would be a conversion")]
mod acknowledge;
mod admission;
mod composites;
mod discover;
mod fake;
mod fetch;
mod location;
mod lookup;
mod manifest;
mod mapping;
mod migrate;
mod order;
mod returns;
mod samples;
mod setup;
