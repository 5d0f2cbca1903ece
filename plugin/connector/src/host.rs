//! What the connector asks of its host: the whole of its outside world, in the words of the kit.
pub use connector_kit::host::Host;
pub(crate) use connector_kit::host::{recall, remember};
