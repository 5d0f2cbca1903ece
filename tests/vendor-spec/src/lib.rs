//! The vendor's own description of the Linnworks API, as a judge of requests and responses in tests.
//!
//! The description is read where it stands (see [`test_needs::vendor_folder`]) and never copied. Where it is absent, [`VendorSpec::load`]
//! says so and the caller skips aloud; nothing here reaches the network.
//!
//! What lives where: `operation` reads the description files into operations, `schema` turns their schemas into JSON
//! Schema, `binding` turns query strings and forms into JSON, `spec` judges, `known_differences` lists where the live
//! system is known to differ from its description.
#![deny(missing_docs)]

mod binding;
mod document;
mod known_differences;
mod operation;
mod schema;
mod spec;
mod violation;

pub use known_differences::{Evidence, KnownDifference, known_differences};
pub use operation::Operation;
pub use schema::Reading;
pub use spec::{Loaded, SpecError, VendorSpec};
pub use violation::{Place, Violation};
