//! Small records of an account: postal services, countries, folders, audit rows, relations, applications.

use super::stamp::Stamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A shipping method.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PostalService {
    /// Id.
    #[serde(rename = "pkPostalServiceId")]
    pub id: Uuid,
    /// Name.
    pub postal_service_name: String,
    /// Tag.
    pub postal_service_tag: String,
    /// Code.
    pub postal_service_code: String,
    /// Courier.
    pub vendor: String,
    /// Orders with this service cannot be processed without a tracking number.
    pub tracking_number_required: bool,
    /// Orders with this service cannot be processed without a weight.
    pub weight_required: bool,
}

/// A country.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Country {
    /// Id.
    pub country_id: Uuid,
    /// English name.
    pub country_name: String,
    /// ISO 3166 code of two letters.
    pub country_code: String,
    /// Continent.
    pub continent: String,
    /// Currency.
    pub currency: String,
    /// Are customs papers needed?
    pub customs_required: bool,
    /// Tax rate, per cent.
    pub tax_rate: f64,
}

/// A folder that orders can be put in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Folder {
    /// Id.
    #[serde(rename = "pkFolderId")]
    pub id: Uuid,
    /// Name.
    pub folder_name: String,
}

/// A row of an order's audit trail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AuditEntry {
    /// The order.
    pub order_id: Uuid,
    /// When.
    pub date: Stamp,
    /// Kind, for example `ORDER_PROCESSED`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Text.
    pub note: String,
    /// Who.
    pub user: String,
}

/// A tie between two orders.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Relation {
    /// Where it came from.
    pub parent_order_id: Uuid,
    /// What became of it.
    pub child_order_id: Uuid,
    /// Number of the first.
    pub parent: i32,
    /// Number of the second.
    pub child: i32,
    /// `MERGE`, `SPLIT`, ... (the vendor does not list them).
    #[serde(rename = "Type")]
    pub kind: String,
}

/// An installed application: what a client needs to log in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Application {
    /// The application.
    pub application_id: Uuid,
    /// Its secret.
    pub application_secret: Uuid,
    /// The token of its installation on this account.
    pub token: Uuid,
}

impl Application {
    /// The application that an account has unless its seed says otherwise:
    /// `11111111-1111-4111-8111-111111111111`, secret `2222...`, token `3333...`.
    pub fn example() -> Self {
        Self {
            application_id: Uuid::from_u128(0x1111_1111_1111_4111_8111_1111_1111_1111),
            application_secret: Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222),
            token: Uuid::from_u128(0x3333_3333_3333_4333_8333_3333_3333_3333),
        }
    }
}

impl Default for Application {
    fn default() -> Self {
        Self::example()
    }
}
