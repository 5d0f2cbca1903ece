//! The simulator's behaviour over real HTTP, one file per subject; one program, because each would link the same client.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as expected ends the test")]

#[path = "../common/mod.rs"]
mod common;

mod auth;
mod control;
mod editing;
mod faults;
mod filters;
mod flags;
mod lifecycle;
mod orders_read;
mod processing;
mod purchase_orders;
mod returns;
mod routing;
mod stock;
mod throttle;
