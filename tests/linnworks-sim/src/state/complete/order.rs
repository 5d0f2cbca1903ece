//! An order from a few fields.

use super::{
    SeedError,
    names::{canonical, drop_all, folded, merge, take, template},
};
use crate::state::{
    Account, Address, CustomerInfo, ExtendedProperty, GeneralInfo, Identifier, Note, Order, OrderItem,
    ScheduledDelivery, ShippingInfo, Stamp, StockItem, StockLevel, TotalsInfo, render::rounded,
};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use uuid::Uuid;

/// Members of the API's orders that are worked out, hence not part of the state.
const DERIVED: &[&str] = &["ispostfilteredout", "canfulfil", "fulfillment", "hasitems", "totalitemssum"];
const DERIVED_GENERAL: &[&str] = &["hasscheduleddelivery", "numitems", "notes", "location"];
const DERIVED_ITEM: &[&str] = &[
    "itemid",
    "compositeavailablity",
    "stocklevelsspecified",
    "onorder",
    "onpurchaseorder",
    "inorderbook",
    "level",
    "minimumlevel",
    "availablestock",
    "hasimage",
    "imageid",
    "stocklevelindicator",
    "itemname",
    "isbatchedstockitem",
    "iswarehousemanaged",
    "boxes",
    "orderid",
];

/// Price of a line whose price is not written and whose item has none.
const USUAL_PRICE: f64 = 10.0;
/// Tax rate of a line where none is written, per cent.
const USUAL_TAX_RATE: f64 = 20.0;

/// Shorthands of an order's members and where they belong.
const ALIASES: &[(&str, &str)] = &[
    ("reference", "ReferenceNum"),
    ("parked", "IsParked"),
    ("locked", "HoldOrCancel"),
    ("received", "ReceivedDate"),
    ("despatchby", "DespatchByDate"),
    ("tracking", "TrackingNumber"),
    ("service", "PostalServiceName"),
    ("postage", "PostageCost"),
    ("number", "NumOrderId"),
    ("lines", "Items"),
    ("properties", "ExtendedProperties"),
];

/// The names of an order's fields, built once.
static PATTERN: LazyLock<Value> = LazyLock::new(|| {
    template(&Order {
        general_info: GeneralInfo {
            identifiers: vec![Identifier::default()],
            scheduled_delivery: Some(ScheduledDelivery::default()),
            ..GeneralInfo::default()
        },
        customer_info: CustomerInfo { billing_address: Some(Address::default()), ..CustomerInfo::default() },
        extended_properties: vec![ExtendedProperty::default()],
        notes: vec![Note::default()],
        items: vec![OrderItem { composite_sub_items: vec![OrderItem::default()], ..OrderItem::default() }],
        ..Order::default()
    })
});
static GENERAL: LazyLock<Value> = LazyLock::new(|| template(&GeneralInfo::default()));
static SHIPPING: LazyLock<Value> = LazyLock::new(|| template(&ShippingInfo::default()));
static TOTALS: LazyLock<Value> = LazyLock::new(|| template(&TotalsInfo::default()));
static CUSTOMER: LazyLock<Value> = LazyLock::new(|| template(&CustomerInfo::default()));
static ADDRESS: LazyLock<Value> = LazyLock::new(|| template(&Address::default()));

/// A new order. Members of the nested records may stand at the top (`ReferenceNum`, `Source`, `Status`, `Country`,
/// `TrackingNumber`, ...); `Location` takes a name; items are linked by SKU, made when the SKU is new, and left alone
/// when they say `IsUnlinked: true` or name the zero GUID.
///
/// # Errors
/// When a field is unknown, a value has the wrong form, or the location does not exist.
pub(crate) fn new_order(row: Value, account: &mut Account, now: Stamp) -> Result<Order, SeedError> {
    let named = named(row, account)?;
    let given = |path: &str| named.pointer(path).is_some();
    let (has_parked, has_hold) = (given("/GeneralInfo/IsParked"), given("/GeneralInfo/HoldOrCancel"));
    let (has_totals, has_paid) = (given("/TotalsInfo/TotalCharge"), given("/PaidDateTime"));
    let has_postage = given("/ShippingInfo/PostageCostExTax");
    let has_weight = given("/ShippingInfo/TotalWeight");
    let has_due = given("/GeneralInfo/DespatchByDate");
    let has_external = given("/GeneralInfo/ExternalReferenceNum");
    let mut order = typed(named)?;
    if order.num_order_id == 0 {
        order.num_order_id = account.orders.next_number();
    }
    if order.order_id.is_nil() {
        order.order_id = Uuid::new_v5(&account.id, format!("order/{}", order.num_order_id).as_bytes());
    }
    let open = order.is_open();
    let info = &mut order.general_info;
    if info.reference_num.is_empty() {
        info.reference_num = format!("REF-{}", order.num_order_id);
    }
    if !has_external {
        info.external_reference_num = Some(info.reference_num.clone());
    }
    if info.received_date.is_unset() {
        info.received_date = now;
    }
    if !has_due {
        info.despatch_by_date = info.received_date.plus_seconds(86_400.0);
    }
    if !has_paid && info.status == 1 {
        order.paid_date_time = Some(info.received_date);
    }
    if !open && order.processed_date_time.is_none() {
        order.processed_date_time = Some(now);
    }
    let centre = account.location(order.fulfilment_location_id).filter(|location| location.is_fulfillment_center);
    let locks = centre.is_some_and(|location| !location.fulfilment_center_deduct_stock_when_processed);
    if !has_parked && open && (info.status == 0 || centre.is_some() || info.marker == 7) {
        info.is_parked = true;
    }
    if !has_hold && open && locks {
        info.hold_or_cancel = true;
    }
    let parked = info.is_parked;
    order.set_parked(parked);
    if !has_postage {
        order.shipping_info.postage_cost_ex_tax = rounded(order.shipping_info.postage_cost / 1.2, 3);
    }
    settle(&mut order, account, now)?;
    if !has_totals {
        let (total, weight) = (order.shipping_info.total_weight, order.shipping_info.item_weight);
        order.recalculate();
        if has_weight {
            (order.shipping_info.total_weight, order.shipping_info.item_weight) = (total, weight);
        }
    }
    Ok(order)
}

/// An order with a patch laid over it. Lists (items, notes, folders) are replaced as a whole; totals follow from new
/// items unless they are patched too.
///
/// # Errors
/// Those of [`new_order`].
pub(crate) fn patched_order(
    order: &Order,
    patch: Value,
    account: &mut Account,
    now: Stamp,
) -> Result<Order, SeedError> {
    let patch = named(patch, account)?;
    let given = |path: &str| patch.pointer(path).is_some();
    let recalculate = given("/Items") && !given("/TotalsInfo/TotalCharge");
    let (parked, marker) = (given("/GeneralInfo/IsParked"), given("/GeneralInfo/Marker"));
    let mut whole = template(order);
    merge(&mut whole, patch);
    let mut changed = typed(whole)?;
    changed.order_id = order.order_id;
    changed.num_order_id = order.num_order_id;
    if parked {
        let parked = changed.general_info.is_parked;
        changed.set_parked(parked);
    } else if marker {
        changed.general_info.is_parked = changed.general_info.marker == 7;
    }
    if changed.processed && changed.processed_date_time.is_none() {
        changed.processed_date_time = Some(now);
    }
    settle(&mut changed, account, now)?;
    if recalculate {
        changed.recalculate();
    }
    Ok(changed)
}

fn typed(value: Value) -> Result<Order, SeedError> {
    let place = value.get("NumOrderId").map_or_else(|| "order".to_owned(), |number| format!("order {number}"));
    serde_json::from_value(value).map_err(|error| SeedError::new(place, error))
}

/// Brings what was written to the form of the state: nested, with the API's names.
fn named(row: Value, account: &Account) -> Result<Value, SeedError> {
    let Value::Object(mut row) = row else {
        return Err(SeedError::new(
            "order",
            "expected an object, for example {ReferenceNum: A-1, Items: [{SKU: TEE}]}",
        ));
    };
    let place = take(&mut row, "numorderid").map_or_else(
        || "order".to_owned(),
        |number| {
            row.insert("NumOrderId".to_owned(), number.clone());
            format!("order {number}")
        },
    );
    drop_all(&mut row, DERIVED);
    for (alias, name) in ALIASES {
        if let Some(value) = take(&mut row, alias) {
            row.insert((*name).to_owned(), value);
        }
    }
    if let Some(paid) = take(&mut row, "paid") {
        row.insert("Status".to_owned(), json!(i32::from(paid == Value::Bool(true))));
    }
    if take(&mut row, "cancelled") == Some(Value::Bool(true)) {
        row.insert("Processed".to_owned(), Value::Bool(true));
        row.insert("HoldOrCancel".to_owned(), Value::Bool(true));
    }
    if let Some(Value::Object(mut tax)) = take(&mut row, "taxinfo") {
        row.entry("TaxId").or_insert(take(&mut tax, "taxnumber").unwrap_or_default());
    }
    if let Some(folder) = take(&mut row, "folder") {
        row.insert("FolderName".to_owned(), json!([folder]));
    }
    let mut location = take(&mut row, "location");
    let mut out = Map::new();
    for name in ["GeneralInfo", "ShippingInfo", "TotalsInfo", "CustomerInfo"] {
        if let Some(value) = take(&mut row, &folded(name)) {
            out.insert(name.to_owned(), value);
        }
    }
    if let Some(Value::Object(general)) = out.get_mut("GeneralInfo") {
        let shown = take(general, "location");
        location = location.or(shown);
        drop_all(general, DERIVED_GENERAL);
    }
    for (key, value) in row {
        place_member(&mut out, &key, value, &place)?;
    }
    if let Some(location) = location.filter(|_| !out.contains_key("FulfilmentLocationId")) {
        let key = location.as_str().unwrap_or_default();
        let Some(known) = account.location_by_key(key) else {
            let names: Vec<_> = account.locations.iter().map(|known| known.location_name.as_str()).collect();
            return Err(SeedError::new(place, format!("no location `{key}`; there are {}", names.join(", "))));
        };
        out.insert("FulfilmentLocationId".to_owned(), json!(known.stock_location_id));
    }
    if let Some(Value::Array(items)) = out.get_mut("Items") {
        for item in items {
            prepare_item(item, account, false);
        }
    }
    for (list, field) in [("Notes", "Note"), ("ExtendedProperties", "Name")] {
        if let Some(Value::Array(rows)) = out.get_mut(list) {
            for row in rows {
                if let Value::String(text) = row {
                    *row = json!({ field: text });
                }
            }
        } else if let Some(Value::Object(map)) = out.get_mut(list) {
            let rows = std::mem::take(map).into_iter().map(|(name, value)| json!({ "Name": name, "Value": value }));
            let rows = Value::Array(rows.collect());
            out.insert(list.to_owned(), rows);
        }
    }
    canonical(Value::Object(out), &PATTERN, &place)
}

/// Puts a top-level member where it belongs.
fn place_member(out: &mut Map<String, Value>, key: &str, value: Value, place: &str) -> Result<(), SeedError> {
    let name = folded(key);
    let has =
        |pattern: &Value| pattern.as_object().is_some_and(|known| known.keys().any(|known| folded(known) == name));
    let nested: &[&str] = if has(&PATTERN) {
        &[]
    } else if has(&GENERAL) {
        &["GeneralInfo"]
    } else if has(&SHIPPING) {
        &["ShippingInfo"]
    } else if has(&TOTALS) {
        &["TotalsInfo"]
    } else if has(&CUSTOMER) || name == "billingaddress" {
        &["CustomerInfo"]
    } else if has(&ADDRESS) {
        &["CustomerInfo", "Address"]
    } else {
        return Err(SeedError::new(
            place,
            format!(
                "`{key}` is not a field of an order; use those of the API (nested or at the top), or Location, Paid, \
                 Parked, Locked, Cancelled, Folder, Reference, Tracking, Service, Postage, Lines"
            ),
        ));
    };
    let mut target = out;
    for step in nested {
        let below = target.entry(*step).or_insert_with(|| Value::Object(Map::new()));
        if !below.is_object() {
            *below = Value::Object(Map::new());
        }
        let Value::Object(map) = below else { return Ok(()) };
        target = map;
    }
    target.insert(key.to_owned(), value);
    Ok(())
}

/// What is only seen before defaults are filled in: is the line linked, and is it priced?
fn prepare_item(item: &mut Value, account: &Account, component: bool) {
    if let Value::String(sku) = item {
        *item = json!({ "SKU": sku });
    }
    let Value::Object(row) = item else { return };
    drop_all(row, DERIVED_ITEM);
    for (alias, name) in [("qty", "Quantity"), ("price", "PricePerUnit"), ("barcode", "BarcodeNumber")] {
        if let Some(value) = take(row, alias) {
            row.insert(name.to_owned(), value);
        }
    }
    let unlinked = take(row, "isunlinked").or_else(|| take(row, "unlinked")) == Some(Value::Bool(true));
    let given = |row: &Map<String, Value>, names: &[&str]| row.keys().any(|key| names.contains(&folded(key).as_str()));
    let linked = given(row, &["stockitemid"]);
    if unlinked && !linked {
        row.insert("StockItemId".to_owned(), json!(Uuid::nil()));
    }
    if !unlinked && !linked {
        // Told apart from the zero GUID, which means "not linked", until the item is looked up by SKU.
        row.insert("StockItemId".to_owned(), json!(Uuid::max()));
    }
    if !component && !given(row, &["cost", "costinctax"]) {
        if !given(row, &["priceperunit", "isservice"]) {
            let sku = row.iter().find(|(key, _)| folded(key) == "sku").and_then(|(_, sku)| sku.as_str());
            let retail = sku.and_then(|sku| account.items.by_sku(sku)).map(|item| item.retail_price);
            row.insert("PricePerUnit".to_owned(), json!(retail.filter(|price| *price > 0.0).unwrap_or(USUAL_PRICE)));
        }
        if !given(row, &["taxrate"]) {
            row.insert("TaxRate".to_owned(), json!(USUAL_TAX_RATE));
        }
    }
    if let Some(Value::Array(parts)) =
        row.iter_mut().find(|(key, _)| folded(key) == "compositesubitems").map(|(_, v)| v)
    {
        for part in parts {
            prepare_item(part, account, true);
        }
    }
}

/// Everything that needs the account: links, ids of rows, addresses, services, folders.
fn settle(order: &mut Order, account: &mut Account, now: Stamp) -> Result<(), SeedError> {
    let (id, location) = (order.order_id, order.fulfilment_location_id);
    if account.location(location).is_none() {
        return Err(SeedError::new(
            format!("order {}", order.num_order_id),
            format!("there is no location with the id {location}; list it under Locations"),
        ));
    }
    let row_id = |kind: &str, index: usize| Uuid::new_v5(&id, format!("{kind}/{index}").as_bytes());
    let source = order.general_info.source.clone();
    for (index, line) in order.items.iter_mut().enumerate() {
        link(line, account, location, now);
        if line.item_number.is_empty() {
            line.item_number = format!("{}-{}", order.num_order_id, index + 1);
        }
        if line.row_id.is_nil() {
            line.row_id = row_id("line", index);
        }
        line.item_source.get_or_insert_with(|| source.clone());
        if line.added_date.is_unset() {
            line.added_date = order.general_info.received_date;
        }
        let (parent, added) = (line.row_id, line.added_date);
        for (index, part) in line.composite_sub_items.iter_mut().enumerate() {
            if part.row_id.is_nil() {
                part.row_id = Uuid::new_v5(&parent, format!("part/{index}").as_bytes());
            }
            if part.added_date.is_unset() {
                part.added_date = added;
            }
        }
    }
    for (index, note) in order.notes.iter_mut().enumerate() {
        note.order_id = id;
        if note.order_note_id.is_nil() {
            note.order_note_id = row_id("note", index);
        }
        if note.note_date.is_unset() {
            note.note_date = now;
        }
        if note.created_by.is_empty() {
            note.created_by = "Channel".to_owned();
        }
        note.note_type_id.get_or_insert(0);
    }
    for (index, property) in order.extended_properties.iter_mut().enumerate() {
        if property.row_id.is_nil() {
            property.row_id = row_id("property", index);
        }
        if property.kind.is_empty() {
            property.kind = "Order".to_owned();
        }
    }
    if order.customer_info.address.country_id.is_nil() {
        account.locate(&mut order.customer_info.address);
    }
    if let Some(address) = order.customer_info.billing_address.as_mut().filter(|address| address.country_id.is_nil()) {
        account.locate(address);
    }
    let service = &mut order.shipping_info;
    if service.postal_service_name != "Default" && service.postal_service_id.is_nil() {
        let known = account.service_by_name(&service.postal_service_name, &service.vendor);
        (service.postal_service_id, service.vendor) = (known.id, known.vendor);
    }
    for folder in order.folder_name.iter().filter(|name| !name.is_empty()) {
        account.add_folder(folder);
    }
    order.folder_name.retain(|name| !name.is_empty());
    Ok(())
}

/// Links a line to its stock item and takes over from it what the line leaves out.
fn link(line: &mut OrderItem, account: &mut Account, location: Uuid, now: Stamp) {
    let by_sku = line.stock_item_id == Uuid::max();
    if by_sku {
        let linkable = !line.is_service && !line.sku.is_empty();
        line.stock_item_id = match account.items.by_sku(&line.sku).filter(|_| linkable) {
            Some(item) => item.stock_item_id,
            None if linkable => Uuid::new_v5(&account.id, format!("item/{}", line.sku).as_bytes()),
            None => Uuid::nil(),
        };
    }
    if line.cost == 0.0 && line.cost_inc_tax == 0.0 && line.price_per_unit != 0.0 {
        line.recalculate();
    }
    for part in &mut line.composite_sub_items {
        link(part, account, location, now);
    }
    if line.stock_item_id.is_nil() {
        return;
    }
    if account.items.get(line.stock_item_id).is_none() && !line.sku.is_empty() {
        account.items.insert(StockItem {
            stock_item_id: line.stock_item_id,
            stock_item_int_id: line.stock_item_int_id,
            item_number: line.sku.clone(),
            item_title: if line.title.is_empty() { line.sku.clone() } else { line.title.clone() },
            barcode_number: line.barcode_number.clone().unwrap_or_default(),
            weight: line.weight,
            retail_price: line.price_per_unit,
            creation_date: now,
            levels: vec![StockLevel { location_id: location, level: 100, ..StockLevel::default() }],
            ..StockItem::default()
        });
    }
    if !by_sku && !line.title.is_empty() {
        return;
    }
    if let Some(item) = account.items.get(line.stock_item_id).cloned() {
        line.take_over(&item, account);
    }
}
