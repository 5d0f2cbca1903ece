//! A published contract never changes: guests that were compiled against it are out there, and one added case of an enum
//! breaks every one of them.
//!
//! - [`structure`] reads a folder of WIT into names and shapes.
//! - [`compare`] says what changed between two of them that may not.
//! - `contract.rs` guards the project's own contract; `checker.rs` proves that the checker sees each kind of change.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end by a panic"
)]

mod checker;
mod compare;
mod contract;
mod structure;
