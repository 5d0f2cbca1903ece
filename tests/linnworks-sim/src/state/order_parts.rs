//! The parts of an order that are records of their own: addresses, totals, shipping, notes, properties, identifiers.
//!
//! Field names are those of the API. `Option` marks what the live API leaves out or sends as null.

use super::{render, stamp::Stamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// State of an order that the vendor groups as "general information". What can be counted (lines, notes) or follows
/// from elsewhere (location, lock) is not kept here but worked out when it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct GeneralInfo {
    /// 0 unpaid, 1 paid, 2 return, 3 pending, 4 resend.
    pub status: i32,
    /// Shipping label printed.
    pub label_printed: bool,
    /// Text of the last label error.
    #[serde(skip_serializing_if = "render::omitted")]
    pub label_error: Option<String>,
    /// Invoice printed.
    pub invoice_printed: bool,
    /// Text of the last invoice error.
    #[serde(skip_serializing_if = "render::omitted")]
    pub invoice_print_error: Option<String>,
    /// Pick list printed.
    pub pick_list_printed: bool,
    /// Text of the last pick-list error.
    #[serde(skip_serializing_if = "render::omitted")]
    pub pick_list_print_error: Option<String>,
    /// Did a rule of the rules engine run?
    pub is_rule_run: bool,
    /// Part of the order is shipped.
    pub part_shipped: bool,
    /// 0 none, 1 to 6 tags, 7 parked. Kept in step with `is_parked`.
    pub marker: i32,
    /// Parked: reserves stock, cannot be processed or edited.
    pub is_parked: bool,
    /// Identifiers (Prime, Scheduled, own ones).
    #[serde(deserialize_with = "null_as_default")]
    pub identifiers: Vec<Identifier>,
    /// The channel's order number. Not unique.
    pub reference_num: String,
    /// A second number of some channels.
    #[serde(skip_serializing_if = "render::omitted")]
    pub secondary_reference: Option<String>,
    /// A third number, eBay's as a rule.
    #[serde(skip_serializing_if = "render::omitted")]
    pub external_reference_num: Option<String>,
    /// When the order was placed on the channel.
    pub received_date: Stamp,
    /// Channel, for example `SHOPIFY`, `AMAZON FBA`, `DIRECT`.
    pub source: String,
    /// The account on the channel.
    #[serde(skip_serializing_if = "render::omitted")]
    pub sub_source: Option<String>,
    /// The channel's country site.
    #[serde(skip_serializing_if = "render::omitted")]
    pub site_code: Option<String>,
    /// Locked (on hold). On a processed order: cancelled.
    pub hold_or_cancel: bool,
    /// Despatch by.
    pub despatch_by_date: Stamp,
    /// Delivery slot.
    #[serde(skip_serializing_if = "render::omitted")]
    pub scheduled_delivery: Option<ScheduledDelivery>,
    /// Pick waves that the order is in.
    #[serde(deserialize_with = "null_as_default")]
    #[serde(skip_serializing_if = "render::omitted_list", serialize_with = "render::list_or_null")]
    pub pickwave_ids: Vec<i32>,
    /// Days after processing at which personal data is blanked.
    #[serde(rename = "PIIRedactionDays")]
    #[serde(skip_serializing_if = "render::omitted")]
    pub pii_redaction_days: Option<i32>,
    /// `NotAllocated`, `Insuffient` (the vendor's spelling), `Partial`, `Full`, `OverAllocated`.
    #[serde(skip_serializing_if = "render::omitted")]
    pub stock_allocation_type: Option<String>,
}

impl Default for GeneralInfo {
    fn default() -> Self {
        Self {
            status: 1,
            label_printed: false,
            label_error: None,
            invoice_printed: false,
            invoice_print_error: None,
            pick_list_printed: false,
            pick_list_print_error: None,
            is_rule_run: false,
            part_shipped: false,
            marker: 0,
            is_parked: false,
            identifiers: Vec::new(),
            reference_num: String::new(),
            secondary_reference: Some(String::new()),
            external_reference_num: Some(String::new()),
            received_date: Stamp::unset(),
            source: "DIRECT".to_owned(),
            sub_source: Some(String::new()),
            site_code: Some(String::new()),
            hold_or_cancel: false,
            despatch_by_date: Stamp::unset(),
            scheduled_delivery: None,
            pickwave_ids: Vec::new(),
            pii_redaction_days: None,
            stock_allocation_type: None,
        }
    }
}

/// A delivery slot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ScheduledDelivery {
    /// Start.
    #[serde(skip_serializing_if = "render::omitted")]
    pub from: Option<Stamp>,
    /// End.
    #[serde(skip_serializing_if = "render::omitted")]
    pub to: Option<Stamp>,
}

/// A mark on an order that users and integrations can search by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Identifier {
    /// Number of the identifier.
    pub identifier_id: i32,
    /// Made by a user, not by the system?
    pub is_custom: bool,
    /// Its picture.
    #[serde(skip_serializing_if = "render::omitted")]
    pub image_id: Option<Uuid>,
    /// Address of its picture.
    #[serde(skip_serializing_if = "render::omitted")]
    pub image_url: Option<String>,
    /// The name used in calls.
    pub tag: String,
    /// The name shown.
    pub name: String,
}

/// Shipping method, parcel and tracking number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ShippingInfo {
    /// Courier.
    pub vendor: String,
    /// Postal service; the zero GUID is the service "Default".
    pub postal_service_id: Uuid,
    /// Its name.
    pub postal_service_name: String,
    /// Weight with packaging, in grams.
    #[serde(serialize_with = "render::money")]
    pub total_weight: f64,
    /// Weight of the goods, in grams.
    #[serde(serialize_with = "render::money")]
    pub item_weight: f64,
    /// Package group.
    pub package_category_id: Uuid,
    /// Its name.
    #[serde(skip_serializing_if = "render::omitted")]
    pub package_category: Option<String>,
    /// Package type.
    #[serde(skip_serializing_if = "render::omitted")]
    pub package_type_id: Option<Uuid>,
    /// Its name.
    #[serde(skip_serializing_if = "render::omitted")]
    pub package_type: Option<String>,
    /// Postage paid by the customer, with tax.
    #[serde(serialize_with = "render::money")]
    pub postage_cost: f64,
    /// The same without tax.
    #[serde(serialize_with = "render::money")]
    pub postage_cost_ex_tax: f64,
    /// Tracking number.
    #[serde(skip_serializing_if = "render::omitted")]
    pub tracking_number: Option<String>,
    /// Was the postage changed by hand?
    pub manual_adjust: bool,
}

impl Default for ShippingInfo {
    fn default() -> Self {
        Self {
            vendor: "NONE".to_owned(),
            postal_service_id: Uuid::nil(),
            postal_service_name: "Default".to_owned(),
            total_weight: 0.0,
            item_weight: 0.0,
            package_category_id: Uuid::nil(),
            package_category: Some("Default".to_owned()),
            package_type_id: None,
            package_type: None,
            postage_cost: 0.0,
            postage_cost_ex_tax: 0.0,
            tracking_number: Some(String::new()),
            manual_adjust: false,
        }
    }
}

/// Buyer and addresses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct CustomerInfo {
    /// Name of the buyer on the channel.
    #[serde(skip_serializing_if = "render::omitted")]
    pub channel_buyer_name: Option<String>,
    /// Delivery address.
    pub address: Address,
    /// Billing address; absent when the channel gave none.
    #[serde(skip_serializing_if = "render::omitted")]
    pub billing_address: Option<Address>,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Address {
    /// E-mail.
    #[serde(skip_serializing_if = "render::omitted")]
    pub email_address: Option<String>,
    /// First line.
    #[serde(skip_serializing_if = "render::omitted")]
    pub address1: Option<String>,
    /// Second line.
    #[serde(skip_serializing_if = "render::omitted")]
    pub address2: Option<String>,
    /// Third line.
    #[serde(skip_serializing_if = "render::omitted")]
    pub address3: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "render::omitted")]
    pub town: Option<String>,
    /// Region.
    #[serde(skip_serializing_if = "render::omitted")]
    pub region: Option<String>,
    /// Postcode.
    #[serde(skip_serializing_if = "render::omitted")]
    pub post_code: Option<String>,
    /// English country name, or `UNKNOWN`.
    #[serde(skip_serializing_if = "render::omitted")]
    pub country: Option<String>,
    /// Continent.
    #[serde(skip_serializing_if = "render::omitted")]
    pub continent: Option<String>,
    /// Full name.
    #[serde(skip_serializing_if = "render::omitted")]
    pub full_name: Option<String>,
    /// Company.
    #[serde(skip_serializing_if = "render::omitted")]
    pub company: Option<String>,
    /// Telephone.
    #[serde(skip_serializing_if = "render::omitted")]
    pub phone_number: Option<String>,
    /// Country record; zero GUID when unknown.
    pub country_id: Uuid,
}

impl Default for Address {
    fn default() -> Self {
        let empty = || Some(String::new());
        Self {
            email_address: Some("buyer@example.test".to_owned()),
            address1: Some("1 Test Street".to_owned()),
            address2: empty(),
            address3: empty(),
            town: Some("Leeds".to_owned()),
            region: empty(),
            post_code: Some("LS1 1AA".to_owned()),
            country: Some("United Kingdom".to_owned()),
            continent: None,
            full_name: Some("Test Buyer".to_owned()),
            company: empty(),
            phone_number: empty(),
            country_id: Uuid::nil(),
        }
    }
}

/// Money of the order as a whole, in `currency`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct TotalsInfo {
    /// Goods without tax.
    #[serde(serialize_with = "render::money")]
    pub subtotal: f64,
    /// Postage with tax.
    #[serde(serialize_with = "render::money")]
    pub postage_cost: f64,
    /// Postage without tax.
    #[serde(serialize_with = "render::money")]
    pub postage_cost_ex_tax: f64,
    /// Tax.
    #[serde(serialize_with = "render::money")]
    pub tax: f64,
    /// Subtotal, postage without tax and tax.
    #[serde(serialize_with = "render::money")]
    pub total_charge: f64,
    /// Payment method.
    #[serde(skip_serializing_if = "render::omitted")]
    pub payment_method: Option<String>,
    /// Its id.
    pub payment_method_id: Uuid,
    /// Profit.
    #[serde(serialize_with = "render::money")]
    pub profit_margin: f64,
    /// Discount.
    #[serde(serialize_with = "render::money")]
    pub total_discount: f64,
    /// ISO code, or `UNK`.
    pub currency: String,
    /// Tax rate of the country, per cent.
    #[serde(serialize_with = "render::money")]
    pub country_tax_rate: f64,
    /// Rate to the base currency.
    #[serde(serialize_with = "render::money")]
    pub conversion_rate: f64,
}

impl Default for TotalsInfo {
    fn default() -> Self {
        Self {
            subtotal: 0.0,
            postage_cost: 0.0,
            postage_cost_ex_tax: 0.0,
            tax: 0.0,
            total_charge: 0.0,
            payment_method: Some("Default".to_owned()),
            payment_method_id: Uuid::nil(),
            profit_margin: 0.0,
            total_discount: 0.0,
            currency: "GBP".to_owned(),
            country_tax_rate: 20.0,
            conversion_rate: 1.0,
        }
    }
}

/// A named value on an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ExtendedProperty {
    /// Row; given one when it is zero.
    pub row_id: Uuid,
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Type, free text.
    #[serde(rename = "Type")]
    pub kind: String,
}

/// A note on an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Note {
    /// Row; given one when it is zero.
    pub order_note_id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// When it was written.
    pub note_date: Stamp,
    /// Internal: not printed on the invoice.
    pub internal: bool,
    /// Text.
    #[serde(rename = "Note")]
    pub text: String,
    /// Who wrote it.
    pub created_by: String,
    /// 0 ordinary, 1 to be acknowledged when the order is processed.
    pub note_type_id: Option<i32>,
}

/// Reads null as the type's default.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
