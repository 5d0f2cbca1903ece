//! The typed Linnworks client: one file per area of the API, each with the calls that it makes and the parts of the answers
//! that are used. Unknown members are ignored; a member that is missing, `null`, empty, a zero GUID or `0001-01-01` means the
//! same. No decision about orders is taken here.
mod call;
pub mod countries;
mod error;
pub mod folders;
mod iso;
pub mod locations;
pub mod lookup;
pub mod marks;
pub mod open_orders;
pub mod order;
pub mod orders;
pub mod products;
pub mod rma;
pub mod value;

pub use call::{get, post};
pub use error::CallError;
