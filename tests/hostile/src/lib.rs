//! The gallery of hostile connectors: every attack that the sandbox and the host around it have to end, each carried out by a
//! real component in a real host, beside a neighbour that is not to notice.
//!
//! - [`attacks`]: the list, one file for each kind. It drives the program `hostile` and the tests alike.
//! - [`site`]: the host with its tenants; [`neighbour`]: the connection of another client that works meanwhile.
//! - [`source`]: what the attacker's requests arrive at, and a place inside that nothing may arrive at.
//! - [`disguise`]: components with another manifest than their own. [`memory`]: what the attack costs the host;
//!   [`processor`]: what it takes of the thread.
//! - [`row`]: carries out one attack and says whether all that was promised held.
#![deny(missing_docs)]
#![allow(clippy::indexing_slicing, reason = "members of JSON objects, which are there or made")]

pub mod attacks;
pub mod disguise;
pub mod memory;
pub mod neighbour;
pub mod processor;
pub mod row;
pub mod site;
pub mod source;
