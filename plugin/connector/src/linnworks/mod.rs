//! The typed Linnworks client: one file per area of the API, each with the calls that it makes and the parts of the answers
//! that are used. Unknown members are ignored; a member that is missing, `null`, empty, a zero GUID or `0001-01-01` means the
//! same. No decision about orders is taken here.
pub mod batches;
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
pub mod processing;
pub mod products;
pub mod purchase_orders;
pub mod rma;
pub mod shipping;
pub mod splitting;
pub mod standing;
pub mod stock;
pub mod suppliers;
pub mod value;

pub use call::{get, post, post_form};
pub use error::CallError;
