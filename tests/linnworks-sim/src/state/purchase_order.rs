//! Purchase orders: what was ordered from a supplier, for which location, and what of it has come.

use super::{order_parts::null_as_default, render, stamp::Stamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a purchase order stands (7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PurchaseStatus {
    /// A draft: can be edited, has no effect on stock.
    #[default]
    Pending,
    /// Sent to the supplier: what is on it is due.
    Open,
    /// Some of it has come.
    Partial,
    /// Finished.
    Delivered,
}

impl PurchaseStatus {
    /// All, in the sequence of their numbers.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Open, Self::Partial, Self::Delivered];

    /// The name that the API writes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Open => "OPEN",
            Self::Partial => "PARTIAL",
            Self::Delivered => "DELIVERED",
        }
    }

    /// Are goods awaited?
    pub fn is_due(self) -> bool {
        matches!(self, Self::Open | Self::Partial)
    }
}

/// A purchase order. Totals, counts of lines and what is due are worked out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PurchaseOrder {
    /// Id.
    #[serde(rename = "pkPurchaseID")]
    pub id: Uuid,
    /// Supplier; the zero GUID is the default one.
    #[serde(rename = "fkSupplierId")]
    pub supplier_id: Uuid,
    /// Location that it is delivered to.
    #[serde(rename = "fkLocationId")]
    pub location_id: Uuid,
    /// The order's own number (`PO00001`).
    pub external_invoice_number: String,
    /// Where it stands.
    pub status: PurchaseStatus,
    /// Currency of its money.
    pub currency: String,
    /// The supplier's number for it.
    pub supplier_reference_number: String,
    /// Locked, for the use of other programs only.
    pub locked: bool,
    /// 0 costs are without tax, 1 with tax, 2 there is no tax.
    pub unit_amount_tax_included_type: i32,
    /// When it was made out.
    pub date_of_purchase: Stamp,
    /// When it was delivered; the date of purchase until then.
    pub date_of_delivery: Stamp,
    /// When the goods are expected.
    pub quoted_delivery_date: Stamp,
    /// Postage without tax.
    #[serde(serialize_with = "render::money")]
    pub postage_paid: f64,
    /// Tax rate of the postage, per cent.
    pub shipping_tax_rate: f64,
    /// Factor from its currency to the system's.
    pub conversion_rate: f64,
    /// Lines.
    #[serde(deserialize_with = "null_as_default")]
    pub items: Vec<PurchaseItem>,
    /// What has come, oldest first.
    #[serde(deserialize_with = "null_as_default")]
    pub delivered_records: Vec<DeliveredRecord>,
    /// Notes, oldest first.
    #[serde(deserialize_with = "null_as_default")]
    pub notes: Vec<PurchaseNote>,
    /// Extended properties.
    #[serde(deserialize_with = "null_as_default")]
    pub extended_properties: Vec<PurchaseProperty>,
    /// Audit trail, oldest first.
    #[serde(deserialize_with = "null_as_default")]
    pub audit: Vec<PurchaseAudit>,
}

impl Default for PurchaseOrder {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            supplier_id: Uuid::nil(),
            location_id: Uuid::nil(),
            external_invoice_number: String::new(),
            status: PurchaseStatus::Pending,
            currency: "GBP".to_owned(),
            supplier_reference_number: String::new(),
            locked: false,
            unit_amount_tax_included_type: 1,
            date_of_purchase: Stamp::unset(),
            date_of_delivery: Stamp::unset(),
            quoted_delivery_date: Stamp::unset(),
            postage_paid: 0.0,
            shipping_tax_rate: 0.0,
            conversion_rate: 1.0,
            items: Vec::new(),
            delivered_records: Vec::new(),
            notes: Vec::new(),
            extended_properties: Vec::new(),
            audit: Vec::new(),
        }
    }
}

impl PurchaseOrder {
    /// The line with this id.
    pub fn item(&self, id: Uuid) -> Option<&PurchaseItem> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The status that the delivered quantities make of an order that is no draft.
    pub fn status_by_lines(&self) -> PurchaseStatus {
        if !self.items.is_empty() && self.items.iter().all(|item| item.outstanding() == 0) {
            PurchaseStatus::Delivered
        } else if self.items.iter().any(|item| item.delivered > 0) {
            PurchaseStatus::Partial
        } else {
            PurchaseStatus::Open
        }
    }
}

/// A line of a purchase order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PurchaseItem {
    /// Id of the line.
    #[serde(rename = "pkPurchaseItemId")]
    pub id: Uuid,
    /// Product.
    #[serde(rename = "fkStockItemId")]
    pub stock_item_id: Uuid,
    /// Its SKU, kept when the product is deleted.
    #[serde(rename = "SKU")]
    pub sku: String,
    /// Its title, kept when the product is deleted.
    pub item_title: String,
    /// Ordered.
    pub quantity: i32,
    /// Delivered; never decreases.
    pub delivered: i32,
    /// Cost of the whole line with tax.
    #[serde(serialize_with = "render::money")]
    pub cost: f64,
    /// Tax rate, per cent.
    pub tax_rate: f64,
    /// Packs, for show only.
    pub pack_quantity: i32,
    /// Size of a pack, for show only.
    pub pack_size: i32,
    /// Place in the order, from 0.
    pub sort_order: i32,
}

impl Default for PurchaseItem {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            stock_item_id: Uuid::nil(),
            sku: String::new(),
            item_title: String::new(),
            quantity: 0,
            delivered: 0,
            cost: 0.0,
            tax_rate: 0.0,
            pack_quantity: 1,
            pack_size: 1,
            sort_order: 0,
        }
    }
}

impl PurchaseItem {
    /// What has not come yet; nothing when more came than was ordered.
    pub fn outstanding(&self) -> i32 {
        self.quantity.saturating_sub(self.delivered).max(0)
    }
}

/// One delivery of a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct DeliveredRecord {
    /// The delivery that it came with.
    #[serde(rename = "fkDeliveryId")]
    pub delivery_id: i32,
    /// Id.
    #[serde(rename = "pkDeliveryRecordId")]
    pub id: i32,
    /// Line.
    #[serde(rename = "fkPurchaseItemId")]
    pub item_id: Uuid,
    /// Location that took it.
    #[serde(rename = "fkStockLocationId")]
    pub location_id: Uuid,
    /// Cost of one, in the system's currency.
    #[serde(serialize_with = "render::money")]
    pub unit_cost: f64,
    /// How many came.
    pub delivered_quantity: i32,
    /// When.
    pub created_date_time: Stamp,
    /// Last change.
    pub modified_date_time: Stamp,
    /// The batch that it was put in.
    #[serde(rename = "fkBatchInventoryId", skip_serializing_if = "render::omitted")]
    pub batch_inventory_id: Option<i32>,
}

/// A note.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PurchaseNote {
    /// Id.
    #[serde(rename = "pkPurchaseOrderNoteId")]
    pub id: Uuid,
    /// Text, at most 2,000 characters.
    pub note: String,
    /// When.
    pub note_date_time: Stamp,
    /// Who.
    pub user_name: String,
}

/// An extended property; the name is unique in the order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PurchaseProperty {
    /// Id.
    pub row_id: i32,
    /// Name, at most 255 characters.
    pub property_name: String,
    /// Value, at most 600 characters.
    pub property_value: String,
    /// When it was added.
    pub added_date_time: Stamp,
    /// Who added it.
    pub user_name: String,
}

/// A row of the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PurchaseAudit {
    /// Id.
    #[serde(rename = "pkPurchaseAuditTrailId")]
    pub id: Uuid,
    /// When.
    pub audit_trail_date_time_stamp: Stamp,
    /// Kind, for example `STATUS_CHANGED` (the vendor does not list them).
    pub audit_trail_type: String,
    /// Text.
    pub audit_trail_note: String,
    /// Who.
    pub user_name: String,
}
