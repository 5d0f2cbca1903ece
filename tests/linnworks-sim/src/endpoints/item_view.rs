//! How the API shows products and stock levels (4, 5). In these shapes `ItemNumber` is the SKU.

use super::suppliers;
use crate::state::{Account, StockItem, StockLevel};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What the vendor's `StockItemHeader` has and all other shapes of a product share.
pub(super) fn header(item: &StockItem) -> Map<String, Value> {
    let value = json!({
        "ItemNumber": item.item_number,
        "ItemTitle": item.item_title,
        "BarcodeNumber": item.barcode_number,
        "MetaData": item.meta_data,
        "IsVariationParent": item.is_variation_parent,
        "isBatchedStockType": item.is_batched(),
        "PurchasePrice": item.purchase_price,
        "RetailPrice": item.retail_price,
        "TaxRate": item.tax_rate,
        "PostalServiceId": item.postal_service_id,
        "PostalServiceName": item.postal_service_name,
        "CategoryId": item.category_id,
        "CategoryName": item.category_name,
        "PackageGroupId": item.package_group_id,
        "PackageGroupName": item.package_group_name,
        "Height": item.height,
        "Width": item.width,
        "Depth": item.depth,
        "Weight": item.weight,
        "CreationDate": item.creation_date,
        "InventoryTrackingType": item.inventory_tracking_type,
        "BatchNumberScanRequired": item.batch_number_scan_required,
        "SerialNumberScanRequired": item.serial_number_scan_required,
        "StockItemId": item.stock_item_id,
        "StockItemIntId": item.stock_item_int_id,
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// `StockItem` at a location, or over all when none is given.
pub(super) fn stock_item(item: &StockItem, account: &Account, location: Option<Uuid>) -> Value {
    let rows: Vec<_> = item.levels.iter().filter(|row| location.is_none_or(|at| row.location_id == at)).collect();
    let quantity: i32 = rows.iter().map(|row| row.level).sum();
    let locations: Vec<_> = match location {
        Some(location) => vec![location],
        None => account.locations.iter().map(|location| location.stock_location_id).collect(),
    };
    let in_order: i32 = locations.iter().map(|at| account.orders.reserved(item.stock_item_id, *at)).sum();
    let due: i32 = locations.iter().map(|at| account.due(item.stock_item_id, *at)).sum();
    let mut map = header(item);
    map.extend([
        ("ItemDescription".to_owned(), json!(item.meta_data)),
        ("Quantity".to_owned(), json!(quantity)),
        ("InOrder".to_owned(), json!(in_order)),
        ("Due".to_owned(), json!(due)),
        ("MinimumLevel".to_owned(), json!(rows.first().map_or(item.minimum_level, |row| row.minimum_level))),
        ("Available".to_owned(), json!(quantity - in_order)),
        ("IsCompositeParent".to_owned(), json!(item.is_composite())),
        ("ShippedSeparately".to_owned(), json!(item.shipped_separately)),
    ]);
    Value::Object(map)
}

/// `StockItemLevel`: an item at a location, also where it never had stock.
pub(super) fn level(item: &StockItem, account: &Account, location: Uuid) -> Value {
    let none = StockLevel { location_id: location, minimum_level: item.minimum_level, ..StockLevel::default() };
    let row = item.level(location).unwrap_or(&none);
    let reserved = account.orders.reserved(item.stock_item_id, location);
    let at = account.location(location);
    let unit = if row.level > 0 { row.stock_value / f64::from(row.level) } else { item.purchase_price };
    json!({
        "Location": {
            "StockLocationId": location,
            "StockLocationIntId": at.map_or(0, |at| at.stock_location_int_id),
            "LocationName": at.map(|at| at.location_name.as_str()).unwrap_or_default(),
            "LocationTag": at.and_then(|at| at.location_tag.as_deref()).unwrap_or_default(),
            "IsFulfillmentCenter": at.is_some_and(|at| at.is_fulfillment_center),
            "IsWarehouseManaged": at.is_some_and(|at| at.is_warehouse_managed),
            "BinRack": row.bin_rack,
        },
        "StockLevel": row.level,
        "StockValue": row.stock_value,
        "MinimumLevel": row.minimum_level,
        "InOrderBook": reserved,
        "InOrders": reserved,
        "Due": account.due(item.stock_item_id, location),
        "JIT": row.jit,
        "Available": row.level - reserved,
        "UnitCost": unit,
        "SKU": item.item_number,
        "AutoAdjust": true,
        "LastUpdateDate": row.last_update_date,
        "LastUpdateOperation": row.last_update_operation,
        "rowid": Uuid::new_v5(&item.stock_item_id, location.as_bytes()),
        "PendingUpdate": false,
        "StockItemPurchasePrice": item.purchase_price,
        "StockItemId": item.stock_item_id,
        "StockItemIntId": item.stock_item_int_id,
    })
}

/// A row per location.
pub(super) fn levels(item: &StockItem, account: &Account) -> Vec<Value> {
    account.locations.iter().map(|location| level(item, account, location.stock_location_id)).collect()
}

/// `StockItemFull` with the parts that are wanted; the others are empty.
pub(super) fn full(item: &StockItem, account: &Account, wants: impl Fn(&str) -> bool) -> Value {
    let mut map = header(item);
    let empty = || Value::Array(Vec::new());
    let properties: Vec<_> = item
        .extended_properties
        .iter()
        .map(|(name, value)| {
            json!({
                "pkRowId": Uuid::new_v5(&item.stock_item_id, name.as_bytes()),
                "fkStockItemId": item.stock_item_id,
                "ProperyName": name,
                "PropertyValue": value,
                "PropertyType": "Attribute",
            })
        })
        .collect();
    let levels = if wants("StockLevels") { Value::Array(levels(item, account)) } else { empty() };
    let properties = if wants("ExtendedProperties") { Value::Array(properties) } else { empty() };
    let suppliers = if wants("Supplier") { Value::Array(suppliers::stats(item, account)) } else { empty() };
    map.extend([
        ("Suppliers".to_owned(), suppliers),
        ("StockLevels".to_owned(), levels),
        ("ItemChannelDescriptions".to_owned(), empty()),
        ("ItemExtendedProperties".to_owned(), properties),
        ("ItemChannelTitles".to_owned(), empty()),
        ("ItemChannelPrices".to_owned(), empty()),
        ("Images".to_owned(), empty()),
    ]);
    Value::Object(map)
}
