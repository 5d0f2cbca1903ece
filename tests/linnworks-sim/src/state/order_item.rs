//! A line of an order.

use super::{order_parts::null_as_default, render, stamp::Stamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A line of an order, or a component of a composite line. Stock figures (`Level`, `InOrderBook`, ...) are not kept
/// here: they are read from the account's stock when the line is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct OrderItem {
    /// The line's row; given one when it is zero.
    pub row_id: Uuid,
    /// Stock item; zero GUID when the line is not linked.
    pub stock_item_id: Uuid,
    /// Number of the stock item; 0 when not linked.
    pub stock_item_int_id: i32,
    /// The line's number on the channel.
    pub item_number: String,
    /// SKU.
    #[serde(rename = "SKU")]
    pub sku: String,
    /// Channel that the line came from.
    #[serde(skip_serializing_if = "render::omitted")]
    pub item_source: Option<String>,
    /// Title.
    pub title: String,
    /// Quantity.
    pub quantity: i32,
    /// Product category.
    #[serde(skip_serializing_if = "render::omitted")]
    pub category_name: Option<String>,
    /// Price of one; may be 0 while the line's cost is set.
    #[serde(serialize_with = "render::money")]
    pub price_per_unit: f64,
    /// Purchase cost of one.
    #[serde(serialize_with = "render::money")]
    pub unit_cost: f64,
    /// Purchase cost of one at despatch.
    #[serde(serialize_with = "render::money")]
    pub despatch_stock_unit_cost: f64,
    /// Discount, per cent.
    #[serde(serialize_with = "render::money")]
    pub discount: f64,
    /// Discount as money.
    #[serde(serialize_with = "render::money")]
    pub discount_value: f64,
    /// Tax of the line.
    #[serde(serialize_with = "render::money")]
    pub tax: f64,
    /// Tax rate, per cent.
    #[serde(serialize_with = "render::money")]
    pub tax_rate: f64,
    /// Cost of the line without tax.
    #[serde(serialize_with = "render::money")]
    pub cost: f64,
    /// Cost of the line with tax.
    #[serde(serialize_with = "render::money")]
    pub cost_inc_tax: f64,
    /// Tax once more, as the API has it.
    #[serde(serialize_with = "render::money")]
    pub sales_tax: f64,
    /// Does the price include tax?
    pub tax_cost_inclusive: bool,
    /// Shipping cost of the line.
    #[serde(serialize_with = "render::money")]
    pub shipping_cost: f64,
    /// A charge, not a thing: no stock.
    pub is_service: bool,
    /// Is a part of the line shipped?
    pub part_shipped: bool,
    /// How many are.
    pub part_shipped_qty: i32,
    /// Weight of one, in grams.
    #[serde(serialize_with = "render::money")]
    pub weight: f64,
    /// Barcode.
    #[serde(skip_serializing_if = "render::omitted")]
    pub barcode_number: Option<String>,
    /// Market number.
    pub market: i32,
    /// SKU on the channel.
    #[serde(rename = "ChannelSKU", skip_serializing_if = "render::omitted")]
    pub channel_sku: Option<String>,
    /// Title on the channel.
    #[serde(skip_serializing_if = "render::omitted")]
    pub channel_title: Option<String>,
    /// Options chosen by the buyer.
    #[serde(deserialize_with = "null_as_default")]
    pub additional_info: Vec<ItemOption>,
    /// Components with their whole quantity (not per one of the parent).
    #[serde(deserialize_with = "null_as_default")]
    pub composite_sub_items: Vec<OrderItem>,
    /// Must a batch be scanned before processing?
    pub batch_number_scan_required: bool,
    /// Must a serial number be scanned before processing?
    pub serial_number_scan_required: bool,
    /// 0 none, 1 by sell-by date, 2 by priority.
    pub inventory_tracking_type: i32,
    /// Shelf.
    #[serde(skip_serializing_if = "render::omitted")]
    pub bin_rack: Option<String>,
    /// Batches and shelves assigned to the line.
    #[serde(deserialize_with = "null_as_default")]
    pub bin_racks: Vec<BinRack>,
    /// When the line came.
    pub added_date: Stamp,
}

impl Default for OrderItem {
    fn default() -> Self {
        Self {
            row_id: Uuid::nil(),
            stock_item_id: Uuid::nil(),
            stock_item_int_id: 0,
            item_number: String::new(),
            sku: String::new(),
            item_source: None,
            title: String::new(),
            quantity: 1,
            category_name: Some("Default".to_owned()),
            price_per_unit: 0.0,
            unit_cost: 0.0,
            despatch_stock_unit_cost: 0.0,
            discount: 0.0,
            discount_value: 0.0,
            tax: 0.0,
            tax_rate: 0.0,
            cost: 0.0,
            cost_inc_tax: 0.0,
            sales_tax: 0.0,
            tax_cost_inclusive: true,
            shipping_cost: 0.0,
            is_service: false,
            part_shipped: false,
            part_shipped_qty: 0,
            weight: 0.0,
            barcode_number: None,
            market: 0,
            channel_sku: None,
            channel_title: None,
            additional_info: Vec::new(),
            composite_sub_items: Vec::new(),
            batch_number_scan_required: false,
            serial_number_scan_required: false,
            inventory_tracking_type: 0,
            bin_rack: Some(String::new()),
            bin_racks: Vec::new(),
            added_date: Stamp::unset(),
        }
    }
}

impl OrderItem {
    /// A goods line that no stock item is linked to: it reserves nothing and cannot be despatched.
    pub fn is_unlinked(&self) -> bool {
        self.stock_item_id.is_nil() && !self.is_service
    }

    /// Works out cost, tax and cost with tax from price, quantity, discount and rate (reference 2.4).
    pub fn recalculate(&mut self) {
        let gross = self.price_per_unit * f64::from(self.quantity);
        self.discount_value = render::rounded(gross * self.discount / 100.0, 2);
        let charged = gross - self.discount_value;
        let (without, with) = if self.tax_cost_inclusive {
            (charged / (1.0 + self.tax_rate / 100.0), charged)
        } else {
            (charged, charged * (1.0 + self.tax_rate / 100.0))
        };
        self.cost = render::rounded(without, 2);
        self.cost_inc_tax = render::rounded(with, 2);
        self.tax = render::rounded(self.cost_inc_tax - self.cost, 2);
        self.sales_tax = self.tax;
    }

    /// The things that leave the shelf for this line: itself, or its components, each with stock item and quantity.
    /// Services and lines that are not linked have none.
    pub fn stock_parts(&self) -> Vec<(Uuid, i32)> {
        if self.is_service {
            return Vec::new();
        }
        if self.composite_sub_items.is_empty() {
            return if self.stock_item_id.is_nil() { Vec::new() } else { vec![(self.stock_item_id, self.quantity)] };
        }
        self.composite_sub_items.iter().flat_map(OrderItem::stock_parts).collect()
    }
}

/// An option chosen by the buyer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ItemOption {
    /// Row.
    #[serde(rename = "pkOptionId")]
    pub option_id: Uuid,
    /// Name.
    pub property: String,
    /// Value.
    pub value: String,
}

/// A shelf, and the batch on it, that a line is to be taken from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BinRack {
    /// How many.
    pub quantity: i32,
    /// Shelf.
    #[serde(rename = "BinRack")]
    pub name: String,
    /// Location.
    pub location: Uuid,
    /// Batch row; null or 0 when there is none.
    #[serde(skip_serializing_if = "render::omitted")]
    pub batch_id: Option<i32>,
    /// Row of the assignment.
    #[serde(skip_serializing_if = "render::omitted")]
    pub order_item_batch_id: Option<i32>,
}
