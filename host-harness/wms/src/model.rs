//! The warehouse's own model of a new order: the fields of the contract's `order`, under the same names.

use serde::{Deserialize, Serialize};

/// Where an order goes. Personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Address {
    pub full_name: String,
    pub company: String,
    pub address1: String,
    pub address2: String,
    pub address3: String,
    pub town: String,
    pub county: String,
    pub post_code: String,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    pub email: String,
    pub phone: String,
}

/// A named value of an order or a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NameValue {
    pub name: String,
    pub value: String,
}

/// Money of an order, in its currency, as decimals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Totals {
    /// What the buyer paid, VAT and shipping included.
    pub order_value: String,
    pub shipping_total_ex_vat: String,
    pub shipping_total_vat: String,
    pub discount_total_ex_vat: String,
    pub discount_total_vat: String,
    pub total_vat: String,
}

/// One line of a new order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewOrderLine {
    /// The source's id of the line.
    pub source_line_id: String,
    /// The client's SKU.
    pub sku: String,
    /// At least 1.
    pub quantity: u32,
    /// What the buyer saw.
    pub details: String,
    /// Of one unit, without VAT, after discount; decimal.
    pub unit_price: String,
    /// VAT of one unit; decimal.
    pub unit_price_vat: String,
    /// Of the whole line, already taken off the prices; decimal.
    pub discount: String,
    /// Further values.
    pub name_values: Vec<NameValue>,
}

/// An order that is to be created.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewOrder {
    /// The source's own id.
    pub id: String,
    /// A keyed digest of the source's version; kept with the order as it comes.
    pub version: String,
    /// The number that the warehouse shows, prefix included. Unique per client.
    pub order_number: String,
    /// The sales channel's own reference, untouched.
    pub external_order_reference: String,
    /// What a person at the source calls it.
    pub source_reference: String,
    /// Name of one of the client's channels.
    pub channel: String,
    /// Unix milliseconds.
    pub source_order_date: Option<i64>,
    /// Despatch by, Unix milliseconds; becomes a date in the warehouse's time zone.
    pub required_despatch: Option<i64>,
    /// Where it goes.
    pub delivery_address: Address,
    /// Name of a courier service of the warehouse.
    pub courier_service: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// Money.
    pub totals: Totals,
    /// Notes for the warehouse.
    pub comments: String,
    /// Notes for the courier.
    pub delivery_notes: String,
    /// Words to the receiver.
    pub gift_messages: String,
    /// Of the buyer.
    pub vat_number: String,
    /// Kilograms, decimal.
    pub total_weight: Option<String>,
    /// At least one.
    pub lines: Vec<NewOrderLine>,
    /// Further values.
    pub name_values: Vec<NameValue>,
    /// Tags.
    pub tags: Vec<String>,
    /// Not enough to keep the order out, worth showing.
    pub warnings: Vec<Problem>,
    /// To be acknowledged at the source once it is created.
    pub acknowledge: bool,
}

/// Something that is wrong, told so that a person can act on it: the contract's `problem`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// Stable code: `sku-unknown`.
    pub code: String,
    /// What was found and what was expected.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// `now`, `later`, `after-a-change` or `never`.
    pub retry: String,
    /// The field at fault.
    pub field: Option<String>,
    /// The SKU at fault.
    pub sku: Option<String>,
}

/// One check with its result: the contract's `verdict`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// Stable code of the check.
    pub check: String,
    /// Whether it passed.
    pub passed: bool,
    /// What was found.
    pub found: String,
    /// What to do when it did not pass.
    pub remedy: String,
}

/// The part of a stored order that names a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Personal {
    pub(crate) address: Address,
    pub(crate) comments: String,
    pub(crate) delivery_notes: String,
    pub(crate) gift_messages: String,
    pub(crate) vat_number: String,
}

/// Upper and lower case and spaces apart, the same.
pub(crate) fn loose(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Of `names` the one that is `wanted` but for case and spaces, as a hint.
pub(crate) fn near_miss<'a>(wanted: &str, mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let key = loose(wanted);
    names.find(|name| loose(name) == key)
}
