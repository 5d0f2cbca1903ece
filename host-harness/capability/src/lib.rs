//! What a connector may do, one module for each import of the contract: [`http`], [`storage`], [`progress`] and [`log`], and
//! the [`clock`] that all of them live by.
//!
//! Each has a part that is made once (pools, rate groups, sessions, the operation table of a manifest) and a part that is made
//! for each invocation (its mode, its limits, its counters). An invocation that goes past a limit gets a
//! [`LimitExceeded`], which ends that run and nothing else.
//!
//! Not here: WebAssembly (`harness-engine` hands these parts to a guest), deciding when anything runs, and keeping anything
//! for good: what a run stages is handed to whoever commits it.
#![deny(missing_docs)]

pub mod clock;
pub mod http;
mod limit;
pub mod log;
pub mod progress;
pub mod storage;

pub use limit::{LimitExceeded, LimitKind};
