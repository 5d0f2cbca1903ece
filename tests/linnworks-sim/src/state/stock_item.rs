//! Products and their stock levels.

use super::{order_parts::null_as_default, render, stamp::Stamp, supplier::ItemSupplier};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A product, a composite (kit) when it has components, a variation parent, batched or archived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct StockItem {
    /// Id; given one when it is zero.
    pub stock_item_id: Uuid,
    /// Number.
    pub stock_item_int_id: i32,
    /// SKU (the API calls it `ItemNumber`; `SKU` is read too).
    #[serde(alias = "SKU")]
    pub item_number: String,
    /// Title.
    #[serde(alias = "Title")]
    pub item_title: String,
    /// Barcode.
    #[serde(alias = "Barcode")]
    pub barcode_number: String,
    /// Description.
    pub meta_data: String,
    /// Parent of variations: no stock of its own, left out of searches.
    pub is_variation_parent: bool,
    /// Name of the variation group.
    pub variation_group_name: Option<String>,
    /// Archived: no search finds it, `GetInventoryItem` does not know its SKU.
    pub archived: bool,
    /// Purchase price.
    pub purchase_price: f64,
    /// Retail price.
    pub retail_price: f64,
    /// Tax rate; -1 takes the country's.
    pub tax_rate: f64,
    /// Height in centimetres.
    pub height: f64,
    /// Width in centimetres.
    pub width: f64,
    /// Depth in centimetres.
    pub depth: f64,
    /// Weight in grams.
    pub weight: f64,
    /// Category id.
    pub category_id: Uuid,
    /// Category.
    pub category_name: String,
    /// Postal service id.
    pub postal_service_id: Uuid,
    /// Postal service.
    pub postal_service_name: String,
    /// Package group id.
    pub package_group_id: Uuid,
    /// Package group.
    pub package_group_name: String,
    /// When it was made.
    pub creation_date: Stamp,
    /// 0 not batched, 1 batches by sell-by date, 2 batches by priority.
    pub inventory_tracking_type: i32,
    /// Batches must be scanned at processing.
    pub batch_number_scan_required: bool,
    /// Serial numbers must be scanned at processing.
    pub serial_number_scan_required: bool,
    /// Composite whose components ship separately.
    pub shipped_separately: bool,
    /// Default minimum level; -1 is not watched.
    pub minimum_level: i32,
    /// Components, which make it a composite.
    #[serde(deserialize_with = "null_as_default")]
    pub composition: Vec<Component>,
    /// Batches.
    #[serde(deserialize_with = "null_as_default")]
    pub batches: Vec<Batch>,
    /// Product identifiers beside the barcode.
    #[serde(deserialize_with = "null_as_default")]
    pub identifiers: Vec<ProductIdentifier>,
    /// Extended properties, name to value.
    #[serde(deserialize_with = "null_as_default")]
    pub extended_properties: BTreeMap<String, String>,
    /// Who supplies it.
    #[serde(deserialize_with = "null_as_default")]
    pub suppliers: Vec<ItemSupplier>,
    /// Stock per location. In seeds also written as a map from location name or id to a number.
    #[serde(deserialize_with = "null_as_default")]
    pub levels: Vec<StockLevel>,
}

impl Default for StockItem {
    fn default() -> Self {
        Self {
            stock_item_id: Uuid::nil(),
            stock_item_int_id: 0,
            item_number: String::new(),
            item_title: String::new(),
            barcode_number: String::new(),
            meta_data: String::new(),
            is_variation_parent: false,
            variation_group_name: None,
            archived: false,
            purchase_price: 0.0,
            retail_price: 0.0,
            tax_rate: -1.0,
            height: 0.0,
            width: 0.0,
            depth: 0.0,
            weight: 0.0,
            category_id: Uuid::nil(),
            category_name: "Default".to_owned(),
            postal_service_id: Uuid::nil(),
            postal_service_name: "Default".to_owned(),
            package_group_id: Uuid::nil(),
            package_group_name: "Default".to_owned(),
            creation_date: Stamp::unset(),
            inventory_tracking_type: 0,
            batch_number_scan_required: false,
            serial_number_scan_required: false,
            shipped_separately: false,
            minimum_level: -1,
            composition: Vec::new(),
            batches: Vec::new(),
            identifiers: Vec::new(),
            extended_properties: BTreeMap::new(),
            suppliers: Vec::new(),
            levels: Vec::new(),
        }
    }
}

impl StockItem {
    /// Composite parents have no stock of their own.
    pub fn is_composite(&self) -> bool {
        !self.composition.is_empty()
    }

    /// Is stock kept in batches?
    pub fn is_batched(&self) -> bool {
        self.inventory_tracking_type != 0
    }

    /// The row of a location, if there is one.
    pub fn level(&self, location: Uuid) -> Option<&StockLevel> {
        self.levels.iter().find(|level| level.location_id == location)
    }

    /// The row of a location, made when absent.
    pub fn level_mut(&mut self, location: Uuid) -> &mut StockLevel {
        let at = self.levels.iter().position(|level| level.location_id == location).unwrap_or_else(|| {
            let minimum_level = self.minimum_level;
            self.levels.push(StockLevel { location_id: location, minimum_level, ..StockLevel::default() });
            self.levels.len() - 1
        });
        #[allow(clippy::indexing_slicing, reason = "`at` was found or pushed above")]
        &mut self.levels[at]
    }
}

/// What a composite is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Component {
    /// The component's stock item; found by `sku` when zero.
    pub linked_stock_item_id: Uuid,
    /// Its SKU.
    #[serde(rename = "SKU")]
    pub sku: String,
    /// How many in one composite.
    pub quantity: i32,
}

/// Stock of an item at a location.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct StockLevel {
    /// Location.
    pub location_id: Uuid,
    /// Physical stock.
    #[serde(rename = "StockLevel")]
    pub level: i32,
    /// Value of the stock.
    pub stock_value: f64,
    /// Minimum level; -1 is not watched.
    pub minimum_level: i32,
    /// Due beside what the account's purchase orders bring.
    pub due: i32,
    /// Just in time.
    #[serde(rename = "JIT")]
    pub jit: bool,
    /// Shelf.
    pub bin_rack: String,
    /// Last change.
    pub last_update_date: Stamp,
    /// What changed it.
    pub last_update_operation: String,
}

impl Default for StockLevel {
    fn default() -> Self {
        Self {
            location_id: Uuid::nil(),
            level: 0,
            stock_value: 0.0,
            minimum_level: -1,
            due: 0,
            jit: false,
            bin_rack: String::new(),
            last_update_date: Stamp::unset(),
            last_update_operation: String::new(),
        }
    }
}

/// A batch of an item at a location.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Batch {
    /// Batch.
    pub batch_id: i32,
    /// The batch at this location.
    pub batch_inventory_id: i32,
    /// Number on the box.
    pub batch_number: String,
    /// Location.
    pub stock_location_id: Uuid,
    /// Best before.
    #[serde(skip_serializing_if = "render::omitted")]
    pub expires_on: Option<Stamp>,
    /// Sell by.
    #[serde(skip_serializing_if = "render::omitted")]
    pub sell_by: Option<Stamp>,
    /// Order of use.
    pub priority_sequence: i32,
    /// Quantity.
    pub quantity: i32,
    /// Shelf.
    pub bin_rack: String,
}

/// A GTIN, MPN, ASIN or the like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ProductIdentifier {
    /// Kind, for example `GTIN`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Value.
    pub value: String,
    /// Site.
    pub site: String,
}

/// A row of an item's stock history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct StockChange {
    /// Item.
    pub stock_item_id: Uuid,
    /// Location.
    pub location_id: Uuid,
    /// When.
    pub date: Stamp,
    /// Level afterwards.
    pub level: i32,
    /// Value afterwards.
    pub stock_value: f64,
    /// Why, with the `changeSource` of the call.
    pub note: String,
    /// Change of the level.
    pub change_qty: i32,
    /// Change of the value.
    pub change_value: f64,
}
