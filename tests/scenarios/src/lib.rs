//! Scenarios: cases written in YAML, run against the real component, the real host and the real simulator.
//!
//! [`format`](mod@format) is what a file can say, [`run`](mod@run) carries it out in a [`world`] of its own and judges it, and
//! [`coverage`] tells which requirement is covered by which scenario; [`writes`] finds what Linnworks was told twice. Not here: the cases themselves, which lie in `cases/`
//! and need no Rust.
#![deny(missing_docs)]

pub mod capture;
pub mod coverage;
pub mod format;
pub mod matching;
pub mod places;
pub mod run;
pub mod world;
pub mod writes;
