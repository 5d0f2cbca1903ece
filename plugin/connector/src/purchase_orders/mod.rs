//! Purchase orders become advance shipment notices: which there are ([`discover`]), what is still to come of each
//! ([`fetch`]), and, where the settings say so, that it came ([`deliver`]).
//!
//! What was announced is the host's to know; nothing here remembers a purchase order. Reading writes nothing.
mod deliver;
mod discover;
mod fetch;
mod map;
mod version;

pub use deliver::deliver;
pub use discover::discover;
pub use fetch::fetch;
