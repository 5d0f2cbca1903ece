//! An order, open or processed.

use super::{
    order_item::OrderItem,
    order_parts::{CustomerInfo, ExtendedProperty, GeneralInfo, Note, ShippingInfo, TotalsInfo, null_as_default},
    render,
    stamp::Stamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An order. Open until it is processed; cancelled is `processed` with `general_info.hold_or_cancel` set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Order {
    /// Id; stable until the order is merged.
    pub order_id: Uuid,
    /// The number people use.
    pub num_order_id: i32,
    /// Processed (despatched), or cancelled.
    pub processed: bool,
    /// When.
    #[serde(skip_serializing_if = "render::omitted")]
    pub processed_date_time: Option<Stamp>,
    /// Location; the zero GUID is "Default".
    pub fulfilment_location_id: Uuid,
    /// Status, flags, references.
    pub general_info: GeneralInfo,
    /// Shipping.
    pub shipping_info: ShippingInfo,
    /// Buyer and addresses.
    pub customer_info: CustomerInfo,
    /// Totals.
    pub totals_info: TotalsInfo,
    /// Extended properties.
    #[serde(deserialize_with = "null_as_default")]
    pub extended_properties: Vec<ExtendedProperty>,
    /// Folders.
    #[serde(deserialize_with = "null_as_default")]
    pub folder_name: Vec<String>,
    /// Lines.
    #[serde(deserialize_with = "null_as_default")]
    pub items: Vec<OrderItem>,
    /// Notes.
    #[serde(deserialize_with = "null_as_default")]
    pub notes: Vec<Note>,
    /// When the order was marked as paid.
    #[serde(skip_serializing_if = "render::omitted")]
    pub paid_date_time: Option<Stamp>,
    /// The buyer's tax number.
    #[serde(skip_serializing_if = "render::omitted")]
    pub tax_id: Option<String>,
    /// Not part of the API: a draft that was not completed yet.
    pub draft: bool,
}

impl Order {
    /// Open: neither processed nor cancelled.
    pub fn is_open(&self) -> bool {
        !self.processed
    }

    /// Open and locked.
    pub fn is_locked(&self) -> bool {
        self.is_open() && self.general_info.hold_or_cancel
    }

    /// Parked.
    pub fn is_parked(&self) -> bool {
        self.general_info.is_parked
    }

    /// Cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.processed && self.general_info.hold_or_cancel
    }

    /// Open and not locked, hence counted in `InOrders`; parked orders count too (reference 3.7).
    pub fn reserves_stock(&self) -> bool {
        self.is_open() && !self.general_info.hold_or_cancel
    }

    /// Parks or unparks: flag and marker together.
    pub fn set_parked(&mut self, parked: bool) {
        self.general_info.is_parked = parked;
        if parked {
            self.general_info.marker = 7;
        } else if self.general_info.marker == 7 {
            self.general_info.marker = 0;
        }
    }

    /// What leaves the shelf when this order is despatched: stock item and quantity, one entry per line part.
    pub fn stock_parts(&self) -> Vec<(Uuid, i32)> {
        self.items.iter().flat_map(OrderItem::stock_parts).collect()
    }

    /// Sums the lines into the totals and the weights: subtotal and tax from the lines and the postage, weight from
    /// the lines (a composite counts its own weight if set, else that of its components; reference 9.5).
    pub fn recalculate(&mut self) {
        let goods: f64 = self.items.iter().map(|line| line.cost).sum();
        let goods_tax: f64 = self.items.iter().map(|line| line.cost_inc_tax - line.cost).sum();
        let postage_tax = self.shipping_info.postage_cost - self.shipping_info.postage_cost_ex_tax;
        let totals = &mut self.totals_info;
        totals.subtotal = render::rounded(goods, 2);
        totals.postage_cost = self.shipping_info.postage_cost;
        totals.postage_cost_ex_tax = self.shipping_info.postage_cost_ex_tax;
        totals.tax = render::rounded(goods_tax + postage_tax, 3);
        totals.total_charge = render::rounded(totals.subtotal + totals.postage_cost_ex_tax + totals.tax, 2);
        let packaging = (self.shipping_info.total_weight - self.shipping_info.item_weight).max(0.0);
        let weight = self.items.iter().map(line_weight).sum::<f64>();
        self.shipping_info.item_weight = render::rounded(weight, 3);
        self.shipping_info.total_weight = render::rounded(weight + packaging, 3);
    }
}

fn line_weight(line: &OrderItem) -> f64 {
    if line.weight == 0.0 && !line.composite_sub_items.is_empty() {
        return line.composite_sub_items.iter().map(|part| part.weight * f64::from(part.quantity)).sum();
    }
    line.weight * f64::from(line.quantity)
}
