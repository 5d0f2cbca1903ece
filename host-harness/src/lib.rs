//! The host: a small but real warehouse platform that runs connectors in a sandbox.
//!
//! [`platform::Platform`] is made once and holds everything; [`connection`] keeps connections and their settings, [`flow`]
//! runs one kind of work of one connection, [`schedule`] decides when, [`console`] shows it over HTTP, [`cli`] is the program
//! `harness`. [`labels`] says what a label is asked of Amazon by, [`recording`] keeps what a component was asked and asks it again,
//! [`backup`] copies all that a host knows, and [`rotation`] puts another key in the place of the one that secrets are sealed with.
//! Dependencies point one way: cli and console, then schedule, then
//! flow, then connection, then the platform.
//!
//! Not here: the database (`harness-wms`), WebAssembly (`harness-engine`), what the imports do (`harness-capability`).
#![deny(missing_docs)]
#![allow(clippy::result_large_err, reason = "the errors carry the contract's own records, and a failed run is rare")]

pub mod backup;
pub mod cli;
pub mod config;
pub mod connection;
pub mod console;
mod durable;
pub mod erasure;
pub mod flow;
pub mod labels;
pub mod notify;
pub mod platform;
pub mod plugins;
pub mod recording;
pub mod rotation;
pub mod schedule;
pub mod sealing;
pub mod stop;
