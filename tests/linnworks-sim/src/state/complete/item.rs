//! A product from a few fields.

use super::{
    SeedError,
    names::{canonical, drop_all, folded, merge, take, template},
};
use crate::state::render::put;
use crate::state::{Account, Batch, Component, ItemSupplier, ProductIdentifier, Stamp, StockItem, StockLevel};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Members that the API shows and the state does not hold.
const DERIVED: &[&str] =
    &["itemdescription", "quantity", "inorder", "due", "available", "iscompositeparent", "isbatchedstocktype"];

/// Does this row name components?
pub(crate) fn names_components(row: &Value) -> bool {
    row.as_object().is_some_and(|row| {
        row.iter().any(|(key, value)| {
            matches!(folded(key).as_str(), "composition" | "components")
                && (value.as_array().is_some_and(|list| !list.is_empty()) || value.is_object())
        })
    })
}

/// A new product. Shorthands: a bare text is the SKU; `Level: 5` is the stock at "Default"; `Levels` and `Components`
/// may be maps (`{Warehouse: 5}`, `{SKU: 2}`).
///
/// # Errors
/// When a field is unknown or a location or component does not exist.
pub(crate) fn new_item(row: Value, account: &Account, now: Stamp) -> Result<StockItem, SeedError> {
    let row = match row {
        Value::String(sku) => json!({ "ItemNumber": sku }),
        other => other,
    };
    let mut item: StockItem = typed(named(row, account)?)?;
    if item.item_number.is_empty() {
        return Err(SeedError::new("item", "an item needs a SKU (`SKU` or `ItemNumber`)"));
    }
    if item.stock_item_id.is_nil() {
        item.stock_item_id = Uuid::new_v5(&account.id, format!("item/{}", item.item_number).as_bytes());
    }
    if item.stock_item_int_id == 0 {
        item.stock_item_int_id = i32::try_from(account.items.len()).unwrap_or_default() + 1001;
    }
    if item.item_title.is_empty() {
        item.item_title.clone_from(&item.item_number);
    }
    if item.creation_date.is_unset() {
        item.creation_date = now;
    }
    Ok(item)
}

/// A product with a patch laid over it.
///
/// # Errors
/// Those of [`new_item`].
pub(crate) fn patched_item(item: &StockItem, patch: Value, account: &Account) -> Result<StockItem, SeedError> {
    let mut whole = template(item);
    let mut patch = named(patch, account)?;
    // Levels are patched by location, so that one location's level can be set without naming the others.
    if let Some(Value::Array(rows)) = patch.get_mut("Levels").map(Value::take) {
        let mut kept: BTreeMap<String, Value> = BTreeMap::new();
        for row in whole.get("Levels").and_then(Value::as_array).into_iter().flatten().cloned().chain(rows) {
            let key = row.get("LocationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            merge(kept.entry(key).or_insert(Value::Null), row);
        }
        put(&mut patch, &["Levels"], Value::Array(kept.into_values().collect()));
    }
    merge(&mut whole, patch);
    let mut changed: StockItem = typed(whole)?;
    changed.stock_item_id = item.stock_item_id;
    Ok(changed)
}

fn typed(value: Value) -> Result<StockItem, SeedError> {
    let place = value.get("ItemNumber").and_then(Value::as_str).unwrap_or("item").to_owned();
    serde_json::from_value(value).map_err(|error| SeedError::new(format!("item {place}"), error))
}

fn named(row: Value, account: &Account) -> Result<Value, SeedError> {
    let Value::Object(mut row) = row else {
        return Err(SeedError::new("item", "expected an object with at least `SKU`"));
    };
    drop_all(&mut row, DERIVED);
    for (alias, name) in [("sku", "ItemNumber"), ("title", "ItemTitle"), ("barcode", "BarcodeNumber")] {
        if let Some(value) = take(&mut row, alias) {
            row.insert(name.to_owned(), value);
        }
    }
    if let Some(parts) = take(&mut row, "components") {
        row.insert("Composition".to_owned(), parts);
    }
    if let Some(parts) = take(&mut row, "composition") {
        row.insert("Composition".to_owned(), components(parts, account)?);
    }
    if let Some(level) = take(&mut row, "level") {
        row.insert("Levels".to_owned(), json!([{ "LocationId": Uuid::nil(), "StockLevel": level }]));
    }
    if let Some(levels) = take(&mut row, "levels") {
        row.insert("Levels".to_owned(), self::levels(levels, account)?);
    }
    if let Some(rows) = take(&mut row, "suppliers") {
        row.insert("Suppliers".to_owned(), suppliers(rows, account)?);
    }
    let pattern = template(&StockItem {
        composition: vec![Component::default()],
        batches: vec![Batch::default()],
        identifiers: vec![ProductIdentifier::default()],
        suppliers: vec![ItemSupplier::default()],
        levels: vec![StockLevel::default()],
        ..StockItem::default()
    });
    canonical(Value::Object(row), &pattern, "item")
}

fn levels(levels: Value, account: &Account) -> Result<Value, SeedError> {
    let Value::Object(levels) = levels else { return Ok(levels) };
    let mut rows = Vec::new();
    for (key, value) in levels {
        let Some(location) = account.location_by_key(&key) else {
            let known: Vec<_> = account.locations.iter().map(|location| location.location_name.as_str()).collect();
            return Err(SeedError::new("item levels", format!("no location `{key}`; there are {}", known.join(", "))));
        };
        let mut row = match value {
            Value::Object(row) => row,
            number => Map::from_iter([("StockLevel".to_owned(), number)]),
        };
        row.insert("LocationId".to_owned(), json!(location.stock_location_id));
        rows.push(Value::Object(row));
    }
    Ok(Value::Array(rows))
}

/// A row may name its supplier (`Supplier: ACME`).
fn suppliers(rows: Value, account: &Account) -> Result<Value, SeedError> {
    let Value::Array(rows) = rows else { return Ok(rows) };
    let linked = rows.into_iter().map(|row| {
        let Value::Object(mut row) = row else { return Ok(row) };
        if let Some(name) = take(&mut row, "supplier") {
            let name = name.as_str().unwrap_or_default().to_owned();
            let Some(known) = account.supplier_by_key(&name) else {
                let known: Vec<_> = account.suppliers.iter().map(|known| known.supplier_name.as_str()).collect();
                let problem = format!("no supplier `{name}`; there are {}", known.join(", "));
                return Err(SeedError::new("item suppliers", problem));
            };
            row.insert("SupplierID".to_owned(), json!(known.id));
        }
        Ok(Value::Object(row))
    });
    Ok(Value::Array(linked.collect::<Result<_, _>>()?))
}

fn components(parts: Value, account: &Account) -> Result<Value, SeedError> {
    let rows: Vec<Value> = match parts {
        Value::Object(parts) => {
            parts.into_iter().map(|(sku, quantity)| json!({ "SKU": sku, "Quantity": quantity })).collect()
        }
        Value::Array(rows) => rows,
        _ => Vec::new(),
    };
    let mut linked = Vec::new();
    for row in rows {
        let Value::Object(mut row) = row else { continue };
        let sku = take(&mut row, "sku").and_then(|sku| sku.as_str().map(str::to_owned)).unwrap_or_default();
        if !row.keys().any(|key| folded(key) == "linkedstockitemid") {
            let Some(item) = account.items.by_sku(&sku) else {
                return Err(SeedError::new(
                    "item components",
                    format!("no item with SKU `{sku}`; list it under Items"),
                ));
            };
            row.insert("LinkedStockItemId".to_owned(), json!(item.stock_item_id));
        }
        row.insert("SKU".to_owned(), Value::String(sku));
        linked.push(Value::Object(row));
    }
    Ok(Value::Array(linked))
}
