//! The simulator's own controls at `/_sim/`: seeds, state, time, faults, the log of calls.
//!
//! Everything here also works in process through [`crate::SimHandle`]. None of it passes sessions, limits or faults, and
//! none of it is logged as a call.

mod mutation;
mod routes;
mod seed;

pub(crate) use mutation::apply;
pub use mutation::{ControlError, Mutation, Which};
pub(crate) use routes::routes;
pub(crate) use seed::{hash, seed};
