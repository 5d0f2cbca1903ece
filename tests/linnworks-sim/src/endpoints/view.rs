//! How the API shows orders: the full `OrderDetails`, and the `OpenOrder` of lists, whose lines are the same.

use crate::{
    config::Config,
    state::{
        Account, CustomerInfo, ExtendedProperty, GeneralInfo, Note, Order, OrderItem, ShippingInfo, Stamp, TotalsInfo,
        render,
    },
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::borrow::Cow;
use uuid::Uuid;

/// The order as `GetOrdersById` and its like show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OrderDetails<'a> {
    order_id: Uuid,
    num_order_id: i32,
    processed: bool,
    #[serde(skip_serializing_if = "render::omitted")]
    processed_date_time: Option<Stamp>,
    fulfilment_location_id: Uuid,
    general_info: General<'a>,
    shipping_info: &'a ShippingInfo,
    customer_info: &'a CustomerInfo,
    totals_info: &'a TotalsInfo,
    extended_properties: &'a [ExtendedProperty],
    folder_name: &'a [String],
    items: Lines<'a>,
    notes: &'a [Note],
    #[serde(skip_serializing_if = "render::omitted")]
    paid_date_time: Option<Stamp>,
    #[serde(skip_serializing_if = "render::omitted")]
    tax_id: Option<&'a str>,
}

/// The order as lists of open orders show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OpenOrder<'a> {
    num_order_id: i32,
    general_info: General<'a>,
    shipping_info: &'a ShippingInfo,
    customer_info: &'a CustomerInfo,
    totals_info: &'a TotalsInfo,
    tax_info: TaxInfo<'a>,
    folder_name: Vec<&'a str>,
    is_post_filtered_out: bool,
    can_fulfil: bool,
    fulfillment: Fulfillment,
    items: Lines<'a>,
    has_items: bool,
    total_items_sum: i32,
    order_id: Uuid,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TaxInfo<'a> {
    #[serde(skip_serializing_if = "render::omitted")]
    tax_number: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Fulfillment {
    fulfillment_state: &'static str,
    #[serde(skip_serializing_if = "render::omitted")]
    purchase_order_state: Option<&'static str>,
}

/// `GeneralInfo` with what is counted and what follows from elsewhere.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct General<'a> {
    #[serde(flatten)]
    info: Cow<'a, GeneralInfo>,
    notes: usize,
    has_scheduled_delivery: bool,
    location: Uuid,
    num_items: usize,
}

impl<'a> General<'a> {
    fn new(order: &'a Order, config: &Config) -> Self {
        let mut info = Cow::Borrowed(&order.general_info);
        if order.is_locked() && !config.locked_shows_hold {
            info.to_mut().hold_or_cancel = false;
        }
        Self {
            notes: order.notes.len(),
            has_scheduled_delivery: order.general_info.scheduled_delivery.is_some(),
            location: order.fulfilment_location_id,
            num_items: order.items.len(),
            info,
        }
    }
}

impl<'a> OrderDetails<'a> {
    /// The details of an order; its lines show the stock of `account`.
    pub(crate) fn new(order: &'a Order, account: &'a Account, config: &Config) -> Self {
        Self {
            order_id: order.order_id,
            num_order_id: order.num_order_id,
            processed: order.processed && (config.cancelled_shows_processed || !order.is_cancelled()),
            processed_date_time: order.processed_date_time,
            fulfilment_location_id: order.fulfilment_location_id,
            general_info: General::new(order, config),
            shipping_info: &order.shipping_info,
            customer_info: &order.customer_info,
            totals_info: &order.totals_info,
            extended_properties: &order.extended_properties,
            folder_name: &order.folder_name,
            items: Lines { lines: &order.items, order, account },
            notes: &order.notes,
            paid_date_time: order.paid_date_time,
            tax_id: order.tax_id.as_deref(),
        }
    }
}

impl<'a> OpenOrder<'a> {
    /// The row of an order.
    pub(crate) fn new(order: &'a Order, account: &'a Account, config: &Config) -> Self {
        let mut folder_name: Vec<_> = order.folder_name.iter().map(String::as_str).collect();
        if folder_name.is_empty() && config.blank_folder {
            folder_name.push("");
        }
        let state = fulfilment_state(order, account);
        Self {
            num_order_id: order.num_order_id,
            general_info: General::new(order, config),
            shipping_info: &order.shipping_info,
            customer_info: &order.customer_info,
            totals_info: &order.totals_info,
            tax_info: TaxInfo { tax_number: order.tax_id.as_deref() },
            folder_name,
            is_post_filtered_out: false,
            can_fulfil: state == "Sufficient_Stock",
            fulfillment: Fulfillment { fulfillment_state: state, purchase_order_state: None },
            items: Lines { lines: &order.items, order, account },
            has_items: !order.items.is_empty(),
            total_items_sum: order.items.iter().map(|line| line.quantity).sum(),
            order_id: order.order_id,
        }
    }
}

/// `Unknown` with an unlinked line; `Insufficient_Stock` when a line cannot be filled at all from the location's stock;
/// `Insufficient_To_Fulfill_All` when it can, but not together with all other orders.
pub(crate) fn fulfilment_state(order: &Order, account: &Account) -> &'static str {
    if order.items.iter().any(OrderItem::is_unlinked) {
        return "Unknown";
    }
    let location = order.fulfilment_location_id;
    let mut state = "Sufficient_Stock";
    for (item, quantity) in order.stock_parts() {
        let level = account.items.get(item).and_then(|item| item.level(location)).map_or(0, |level| level.level);
        if level < quantity {
            return "Insufficient_Stock";
        }
        if level < account.orders.reserved(item, location) {
            state = "Insufficient_To_Fulfill_All";
        }
    }
    state
}

/// The lines of an order.
struct Lines<'a> {
    lines: &'a [OrderItem],
    order: &'a Order,
    account: &'a Account,
}

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.lines.iter().map(|line| Line { line, order: self.order, account: self.account }))
    }
}

/// A line with the stock figures of its item.
pub(crate) struct Line<'a> {
    pub(crate) line: &'a OrderItem,
    pub(crate) order: &'a Order,
    pub(crate) account: &'a Account,
}

struct Money(f64);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        render::money(&self.0, serializer)
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { line, order, account } = self;
        let item = account.items.get(line.stock_item_id);
        let location = order.fulfilment_location_id;
        let stock = item.and_then(|item| item.level(location));
        let level = stock.map_or(0, |stock| stock.level);
        let reserved = account.orders.reserved(line.stock_item_id, location);
        // What can be built of a composite: the scarcest component decides.
        let buildable = item.filter(|item| item.is_composite()).map(|item| {
            let each = item.composition.iter().filter(|part| part.quantity > 0).map(|part| {
                let stock = account.items.get(part.linked_stock_item_id).and_then(|item| item.level(location));
                let free =
                    stock.map_or(0, |stock| stock.level) - account.orders.reserved(part.linked_stock_item_id, location);
                free.max(0) / part.quantity
            });
            each.min().unwrap_or_default()
        });
        let shelf = stock.map(|stock| stock.bin_rack.as_str()).filter(|shelf| !shelf.is_empty());
        let mut map = serializer.serialize_map(None)?;
        // A line that is not linked still shows an id of its own, as live (its `StockItemId` is zero).
        let item_id = if line.stock_item_id.is_nil() { line.row_id } else { line.stock_item_id };
        map.serialize_entry("ItemId", &item_id)?;
        map.serialize_entry("ItemNumber", &line.item_number)?;
        map.serialize_entry("SKU", &line.sku)?;
        optional(&mut map, "ItemSource", line.item_source.as_deref())?;
        map.serialize_entry("Title", &line.title)?;
        map.serialize_entry("Quantity", &line.quantity)?;
        optional(&mut map, "CategoryName", line.category_name.as_deref())?;
        optional(&mut map, "CompositeAvailablity", buildable)?;
        map.serialize_entry("StockLevelsSpecified", &true)?;
        map.serialize_entry("OnOrder", &account.due(line.stock_item_id, location))?;
        optional(&mut map, "OnPurchaseOrder", None::<()>)?;
        map.serialize_entry("InOrderBook", &reserved)?;
        map.serialize_entry("Level", &level)?;
        map.serialize_entry("MinimumLevel", &stock.map_or(0, |stock| stock.minimum_level))?;
        map.serialize_entry("AvailableStock", &(level - reserved))?;
        for (name, value) in [
            ("PricePerUnit", line.price_per_unit),
            ("UnitCost", line.unit_cost),
            ("DespatchStockUnitCost", line.despatch_stock_unit_cost),
            ("Discount", line.discount),
            ("Tax", line.tax),
            ("TaxRate", line.tax_rate),
            ("Cost", line.cost),
            ("CostIncTax", line.cost_inc_tax),
            ("SalesTax", line.sales_tax),
            ("DiscountValue", line.discount_value),
            ("ShippingCost", line.shipping_cost),
            ("Weight", line.weight),
        ] {
            map.serialize_entry(name, &Money(value))?;
        }
        map.serialize_entry("CompositeSubItems", &Lines { lines: &line.composite_sub_items, order, account })?;
        map.serialize_entry("IsService", &line.is_service)?;
        map.serialize_entry("TaxCostInclusive", &line.tax_cost_inclusive)?;
        map.serialize_entry("PartShipped", &line.part_shipped)?;
        optional(&mut map, "BarcodeNumber", line.barcode_number.as_deref())?;
        map.serialize_entry("Market", &line.market)?;
        optional(&mut map, "ChannelSKU", line.channel_sku.as_deref())?;
        optional(&mut map, "ChannelTitle", line.channel_title.as_deref())?;
        map.serialize_entry("HasImage", &false)?;
        optional(&mut map, "ImageId", None::<Uuid>)?;
        map.serialize_entry("AdditionalInfo", &line.additional_info)?;
        map.serialize_entry("StockLevelIndicator", &3)?;
        map.serialize_entry("PartShippedQty", &line.part_shipped_qty)?;
        optional(&mut map, "ItemName", None::<&str>)?;
        map.serialize_entry("BatchNumberScanRequired", &line.batch_number_scan_required)?;
        map.serialize_entry("SerialNumberScanRequired", &line.serial_number_scan_required)?;
        optional(&mut map, "BinRack", shelf.or(line.bin_rack.as_deref()))?;
        optional(&mut map, "BinRacks", (!line.bin_racks.is_empty()).then_some(&line.bin_racks))?;
        map.serialize_entry("InventoryTrackingType", &line.inventory_tracking_type)?;
        map.serialize_entry("isBatchedStockItem", &(line.inventory_tracking_type != 0))?;
        map.serialize_entry("IsWarehouseManaged", &false)?;
        map.serialize_entry("IsUnlinked", &line.is_unlinked())?;
        map.serialize_entry("StockItemIntId", &line.stock_item_int_id)?;
        optional(&mut map, "Boxes", None::<&[()]>)?;
        map.serialize_entry("AddedDate", &line.added_date)?;
        map.serialize_entry("RowId", &line.row_id)?;
        map.serialize_entry("OrderId", &order.order_id)?;
        map.serialize_entry("StockItemId", &line.stock_item_id)?;
        map.end()
    }
}

fn optional<M: SerializeMap, T: Serialize>(map: &mut M, name: &'static str, value: Option<T>) -> Result<(), M::Error> {
    if render::omitted(&value) { Ok(()) } else { map.serialize_entry(name, &value) }
}

/// `UpdateTotalsResult` and the like.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Totals<'a> {
    totals_info: &'a TotalsInfo,
    shipping_info: &'a ShippingInfo,
}

impl<'a> Totals<'a> {
    /// Totals and shipping of an order.
    pub(crate) fn with_shipping(order: &'a Order) -> Self {
        Self { totals_info: &order.totals_info, shipping_info: &order.shipping_info }
    }
}
