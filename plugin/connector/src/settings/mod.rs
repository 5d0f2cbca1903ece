//! What a user can choose. `schema.json` is what people and forms see; [`Settings`] is the only reader of it, and a test holds
//! the two together: the defaults of one are the defaults of the other, property for property.
mod migrate;
#[cfg(test)]
mod tests;
pub mod version_1;

pub use migrate::migrate;
use serde::{Deserialize, Serialize};

use crate::contract::{Failure, Retry};
use crate::instant;
use crate::money::Currency;
use crate::problem::{on_field, problem};

/// JSON Schema 2020-12 of the settings.
pub const SCHEMA: &str = include_str!("schema.json");

/// The version that [`SCHEMA`] describes.
pub const VERSION: u32 = 2;

/// The settings of one connection; fields without comment mean what the schema says of the property of the same name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Settings {
    pub client: String,
    pub warehouse: String,
    pub channel: String,
    pub location: String,
    pub frequency: u32,
    pub order_prefix: String,
    pub order_number_source: OrderNumberSource,
    pub external_reference_source: ExternalReferenceSource,
    pub map_sub_source_to_channel: bool,
    pub import_required_despatch_date: bool,
    pub weight_in_grams: bool,
    pub composite_items: CompositeItems,
    pub default_currency: String,
    pub carry_notes: bool,
    pub carry_gift_messages: bool,
    pub carry_bin_racks: bool,
    pub hold_new_orders: bool,
    pub ignore_parked_orders: bool,
    pub import_resends: bool,
    pub earliest_order_date: String,
    pub folder_filter: Filter,
    pub identifier_filter: Filter,
    pub shipping_method_filter: Filter,
    pub mark_as_taken: MarkAsTaken,
    pub mark_invoice_printed: MarkInvoicePrinted,
    pub courier_mapping: Vec<CourierPair>,
    pub unmapped_courier: UnmappedCourier,
    pub on_despatch_parked: OnDespatchParked,
    pub require_tracking_number: bool,
    pub parcel_join_policy: ParcelJoinPolicy,
    pub split_orders: SplitOrders,
    pub sync_stock_levels: bool,
    pub stock_sync_frequency: u32,
    pub stock_sync_value_type: StockSyncValueType,
    pub stock_buffer: u32,
    pub stock_minimum: u32,
    pub stock_maximum: u32,
    pub stock_zero_below: u32,
    pub share_stock: bool,
    pub import_purchase_orders_as_asn: bool,
    pub automatically_import_new_products: bool,
    #[serde(rename = "DeliverPOOnBookIn")]
    pub deliver_po_on_book_in: bool,
    pub export_returns: bool,
    pub action_returns: bool,
    #[serde(rename = "LogAPIRequests")]
    pub log_api_requests: bool,
    pub import_error_emails: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            client: String::new(),
            warehouse: String::new(),
            channel: String::new(),
            location: "00000000-0000-0000-0000-000000000000".to_owned(),
            frequency: 15,
            order_prefix: String::new(),
            order_number_source: OrderNumberSource::NumOrderId,
            external_reference_source: ExternalReferenceSource::ReferenceNum,
            map_sub_source_to_channel: false,
            import_required_despatch_date: false,
            weight_in_grams: false,
            composite_items: CompositeItems::Children,
            default_currency: String::new(),
            carry_notes: true,
            carry_gift_messages: true,
            carry_bin_racks: false,
            hold_new_orders: false,
            ignore_parked_orders: false,
            import_resends: false,
            earliest_order_date: String::new(),
            folder_filter: Filter::default(),
            identifier_filter: Filter::default(),
            shipping_method_filter: Filter::default(),
            mark_as_taken: MarkAsTaken::default(),
            mark_invoice_printed: MarkInvoicePrinted::Never,
            courier_mapping: Vec::new(),
            unmapped_courier: UnmappedCourier::ImportWithout,
            on_despatch_parked: OnDespatchParked::Unpark,
            require_tracking_number: false,
            parcel_join_policy: ParcelJoinPolicy::First,
            split_orders: SplitOrders::WaitForAll,
            sync_stock_levels: false,
            stock_sync_frequency: 60,
            stock_sync_value_type: StockSyncValueType::StockLevel,
            stock_buffer: 0,
            stock_minimum: 0,
            stock_maximum: 0,
            stock_zero_below: 0,
            share_stock: false,
            import_purchase_orders_as_asn: false,
            automatically_import_new_products: false,
            deliver_po_on_book_in: false,
            export_returns: false,
            action_returns: false,
            log_api_requests: false,
            import_error_emails: false,
        }
    }
}

/// Declares the choices of a property: the names are those of the schema.
macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($choice:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum $name { $($choice),* }
    )*};
}

choices! {
    /// What an order number is made of.
    OrderNumberSource { NumOrderId, ReferenceNum }
    /// Which reference is kept.
    ExternalReferenceSource { ReferenceNum, ExternalReferenceNum, SecondaryReference }
    /// What is picked of a composite.
    CompositeItems { Children, Parent }
    /// When invoices are marked as printed.
    MarkInvoicePrinted { Never, OnImport, OnDespatch }
    /// What happens to an unmapped postal service.
    UnmappedCourier { ImportWithout, Hold }
    /// What happens to an order that is parked when it is despatched.
    OnDespatchParked { Unpark, Hold }
    /// How several tracking numbers become one field.
    ParcelJoinPolicy { First, CommaJoined }
    /// What happens to an order that leaves in parts.
    SplitOrders { WaitForAll, SplitInLinnworks }
    /// Which stock value is sent.
    StockSyncValueType { StockLevel, OnHand }
    /// What marks an order as taken.
    MarkBy { None, Identifier, Folder }
}

/// Names that let an order in or keep it out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Filter {
    /// Only orders with one of these; empty: all.
    pub include: Vec<String>,
    /// No orders with one of these.
    pub exclude: Vec<String>,
}

impl Filter {
    /// Whether it decides anything.
    pub fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether an order with these names is let in.
    pub fn admits<'a>(&self, names: impl Iterator<Item = &'a str> + Clone) -> bool {
        let any = |list: &[String]| names.clone().any(|name| list.iter().any(|wanted| same_name(wanted, name)));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }
}

/// Whether two names of Linnworks are the same to a person: neither case nor outer spaces count.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    one.eq_ignore_ascii_case(other) || (!one.is_ascii() && one.to_lowercase() == other.to_lowercase())
}

/// The mark of orders that the warehouse has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct MarkAsTaken {
    /// Its kind.
    pub by: MarkBy,
    /// Its name at Linnworks.
    pub name: String,
}

impl Default for MarkAsTaken {
    fn default() -> Self {
        MarkAsTaken { by: MarkBy::None, name: String::new() }
    }
}

/// A postal service and what it means to the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CourierPair {
    /// Name of the postal service at Linnworks.
    pub linnworks: String,
    /// Name of the courier service in the warehouse platform.
    pub courier_service: String,
}

impl Settings {
    /// Reads the settings of an invocation: valid against the schema, the secret removed.
    ///
    /// # Errors
    /// `invalid-settings` when the host gave something that the schema does not allow.
    pub fn parse(json: &str) -> Result<Self, Failure> {
        let mut settings: Settings = serde_json::from_str(json).map_err(|error| {
            Failure::InvalidSettings(vec![problem(
                "settings.unreadable",
                format!("The settings do not fit the schema, version {VERSION}: {error}."),
                "Save the connection's settings again; the form shows what is wrong.",
                Retry::AfterAChange,
            )])
        })?;
        settings.location = settings.location.trim().to_ascii_lowercase();
        settings.validate()?;
        Ok(settings)
    }

    /// What the schema cannot say.
    fn validate(&self) -> Result<(), Failure> {
        let mut problems = Vec::new();
        if !self.earliest_order_date.is_empty() && instant::day(&self.earliest_order_date).is_none() {
            problems.push(on_field(
                problem(
                    "settings.earliest-order-date",
                    format!("{:?} is no day of the calendar.", self.earliest_order_date),
                    "Write the day as 2026-03-01.",
                    Retry::AfterAChange,
                ),
                "EarliestOrderDate",
            ));
        }
        if !self.default_currency.is_empty() && Currency::find(&self.default_currency).is_none() {
            problems.push(on_field(
                problem(
                    "settings.default-currency",
                    format!("{:?} is no currency of ISO 4217.", self.default_currency),
                    "Use a code such as GBP, or leave the field empty.",
                    Retry::AfterAChange,
                ),
                "DefaultCurrency",
            ));
        }
        if problems.is_empty() { Ok(()) } else { Err(Failure::InvalidSettings(problems)) }
    }

    /// The instant before which orders are left out.
    pub fn earliest(&self) -> Option<i64> {
        instant::day(&self.earliest_order_date)
    }
}
