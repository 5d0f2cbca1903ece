//! How orders leave.

use schemars::JsonSchema;
use serde::Deserialize;

/// What an order left in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Sent {
    /// One parcel with this tracking number.
    One(String),
    /// Several parcels.
    Several(Vec<OneParcel>),
}

/// A parcel.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneParcel {
    /// With this tracking number, by the order's own courier service.
    Number(String),
    /// With more.
    Named(NamedParcel),
}

/// A parcel with more than its number.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NamedParcel {
    /// Its tracking number.
    pub tracking: Option<String>,
    /// The courier service; the order's own when left out.
    pub courier: String,
}
