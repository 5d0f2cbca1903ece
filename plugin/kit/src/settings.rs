//! The connection's settings, as a type of the connector's own.

use serde::de::DeserializeOwned;

use crate::contract::{Context, Failure, Retry};
use crate::json::describe;
use crate::problem::problem;

/// The settings; `settings::<Json>(ctx)` where no type is worth writing. The host has checked them by the manifest's schema and
/// filled in its defaults; secrets are never among them.
///
/// # Errors
/// [`Failure::InvalidSettings`] when the type is another than the schema describes.
pub fn settings<T: DeserializeOwned>(ctx: &Context) -> Result<T, Failure> {
    serde_json::from_str(&ctx.settings).map_err(|error| {
        Failure::InvalidSettings(vec![problem(
            "settings.unreadable",
            format!("The settings are {}.", describe(&error)),
            "Save the connection's settings again. If it stays, the connector's schema and its code differ: report it.",
            Retry::AfterAChange,
        )])
    })
}
