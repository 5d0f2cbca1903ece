//! The end of a connection, of what is known of a person, and orders of days gone by.

use schemars::JsonSchema;
use serde::Deserialize;

use super::step::Reference;

/// How a connection is removed.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Removal {
    /// Although something waits to be told through it.
    pub abandon: bool,
    /// What becomes of its orders.
    pub orders: Orders,
}

/// What becomes of the orders of a removed connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Orders {
    /// They stay as they are.
    #[default]
    Keep,
    /// They stay, and their buyers are erased.
    Erase,
}

/// Whose personal data is erased.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Erasure {
    /// That of an order, or all of a buyer, by e-mail address.
    Whom(Reference),
    /// With a choice.
    Chosen(ErasureChosen),
}

/// Whose personal data is erased, with a choice.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ErasureChosen {
    /// An order or an e-mail address.
    pub whom: Reference,
    /// Say what would be blanked and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

impl Erasure {
    /// An order or an e-mail address.
    #[must_use]
    pub fn whom(&self) -> String {
        match self {
            Self::Whom(whom) | Self::Chosen(ErasureChosen { whom, .. }) => whom.to_string(),
        }
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn dry(&self) -> bool {
        matches!(self, Self::Chosen(ErasureChosen { dry_run: true, .. }))
    }
}

/// Open orders that were placed on some days, all of which are imported.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Backfill {
    /// The first day, `2026-02-01`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Say what would happen and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}
