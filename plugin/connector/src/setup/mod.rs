//! What a person needs while connecting an account: the check, and the list of locations. Migration of settings lies with the
//! settings.
mod check;
mod locations;

pub use check::check;
pub use locations::list_locations;

pub use crate::settings::migrate;
