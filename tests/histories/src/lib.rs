//! Random histories: what people, channels and the network do to both sides, in an order that nobody thought of.
//!
//! `generate` makes a `history` of a seed, `course` carries it out in a scenario's world (the real component in the real
//! host, against the real simulator, on a virtual clock) and lets it come to rest, and `check` holds what is there then against
//! the `oracle`, which knows what has to become of an order and nothing of how the connector or the host do it. `shrink` drops
//! events from a history that does not hold, for as long as it still does not.
//!
//! A history may have chaos: faults that `faults` draws for each call while the events go on.
// A world carried through a history is one deep future.
#![recursion_limit = "256"]
#![deny(missing_docs)]

mod books;
pub mod chance;
mod check;
mod course;
pub mod faults;
pub mod generate;
mod hands;
pub mod history;
mod oracle;
pub mod run;
pub mod several;
pub mod shrink;
mod there;
