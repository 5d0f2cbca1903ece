//! A stock location.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A stock location. The zero GUID is the location "Default", which every account has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Location {
    /// Id.
    pub stock_location_id: Uuid,
    /// Number.
    pub stock_location_int_id: i32,
    /// Name.
    pub location_name: String,
    /// A fulfilment centre: its orders are parked or locked and parked (reference 3.7).
    pub is_fulfillment_center: bool,
    /// For a fulfilment centre: does processing deduct stock? If not, its orders are locked as well as parked.
    pub fulfilment_center_deduct_stock_when_processed: bool,
    /// Orders count until the centre acknowledged them.
    pub count_in_order_until_acknowledgement: bool,
    /// Managed by shelf.
    pub is_warehouse_managed: bool,
    /// Stock is not tracked.
    pub is_not_trackable: bool,
    /// Free tag.
    pub location_tag: Option<String>,
    /// First address line.
    pub address1: Option<String>,
    /// Second address line.
    pub address2: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// County.
    pub county: Option<String>,
    /// Country name.
    pub country: Option<String>,
    /// Postcode.
    pub zip_code: Option<String>,
}

impl Location {
    /// The location that every account has.
    pub fn default_location() -> Self {
        Self { location_name: "Default".to_owned(), stock_location_int_id: 1, ..Self::default() }
    }
}
