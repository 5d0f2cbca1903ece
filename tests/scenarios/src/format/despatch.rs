//! How orders leave.

use harness_wms::Parcel;
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

impl Sent {
    /// As the warehouse takes them; without any, one parcel without number.
    #[must_use]
    pub fn parcels(sent: Option<&Self>) -> Vec<Parcel> {
        let numbered = |number: &str| Parcel { tracking_number: Some(number.to_owned()), ..Parcel::default() };
        match sent {
            None => vec![Parcel::default()],
            Some(Self::One(number)) => vec![numbered(number)],
            Some(Self::Several(parcels)) => parcels
                .iter()
                .map(|parcel| match parcel {
                    OneParcel::Number(number) => numbered(number),
                    OneParcel::Named(NamedParcel { tracking, courier }) => {
                        Parcel { tracking_number: tracking.clone(), courier_service: courier.clone() }
                    }
                })
                .collect(),
        }
    }
}
