//! Short ways to say what is wrong: those of the kit.
pub(crate) use connector_kit::problem::{failed, on_field, passed, problem};
