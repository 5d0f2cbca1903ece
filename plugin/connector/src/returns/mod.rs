//! Returns that the warehouse has confirmed are told to Linnworks: booked as an RMA under the warehouse's id of the return, and,
//! where the settings say so, actioned, which is what moves Linnworks' stock.
//!
//! [`export`](export()) is the flow; `matching` finds the order's lines, `state` says how far a return is by what Linnworks
//! has booked, `problems` has the words. A booking is looked for before it is made and read again after, so that a return is booked
//! once whatever becomes of an answer.
mod export;
mod matching;
mod problems;
mod state;

pub use export::export;
