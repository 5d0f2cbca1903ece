//! What becomes of the work when the host dies, or the source misbehaves, at any point of it.
//!
//! `reference` holds one scenario for each flow and says which of its steps are swept; `play` carries it out in a scenario's world,
//! whole or cut at one point (`cut`), and lets both sides come to rest; `end` is what both sides hold then, in a form that two
//! ways to it have in common, and what Linnworks must not have been told twice. `sweep` does that for all points, `kill`
//! for the real program with a real SIGKILL, and `faults` for every endpoint and every way to misbehave.
// A world carried through a scenario is one deep future.
#![recursion_limit = "256"]
#![deny(missing_docs)]

pub mod crew;
pub mod cut;
pub mod end;
pub mod faults;
pub mod kill;
pub mod play;
pub mod reference;
pub mod sweep;
