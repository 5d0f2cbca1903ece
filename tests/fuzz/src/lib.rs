//! What the fuzzers try, one module for each target, and what always has to hold there; the programs in `fuzz_targets/` only hand
//! bytes over. A module panics when something does not hold, which is how a fuzzer hears of it.
//!
//! - [`connector_answers`]: answers of Linnworks into the connector, all flows of it.
//! - [`connector_results`]: answers of a connector, its manifest first, into the host.
//! - [`connection_settings`]: settings against the schema, and through `migrate`.
//! - [`scenario_files`]: the format of scenario files.
//! - [`session_answers`]: answers to the exchange of credentials.
//! - [`egress`]: addresses, hosts and IP addresses.
//!
//! [`document`]: JSON that can be anything; [`mutate`]: how it is changed; [`tape`]: a host that answers from a document;
//! [`bug`]: deliberate bugs, by which each target shows that it can fail.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "panicking is how a target tells"
)]

pub mod bug;
pub mod connection_settings;
pub mod connector_answers;
pub mod connector_results;
pub mod document;
pub mod egress;
pub mod mutate;
pub mod scenario_files;
pub mod session_answers;
pub mod tape;

/// The format of scenario files, without what runs them: that would be the whole host.
#[path = "../../scenarios/src/format/mod.rs"]
#[allow(dead_code, unused_imports, unfulfilled_lint_expectations, reason = "the fuzzer only reads")]
mod format;
