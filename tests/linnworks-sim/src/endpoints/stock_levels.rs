//! Stock levels: reading, setting (absolute), changing (delta), in bulk, and their history (5).

use super::{Call, Endpoint, item_view, paging::Page};
use crate::state::render::put;
use crate::{
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::stock::set_level,
};
use serde_json::{Value, json};
use uuid::Uuid;

const WRAPPED: Wrapper = Wrapper::Wrapped("request");

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::get("Stock/GetStockLevel", 250, of_item),
    Endpoint::read("Stock/GetStockLevel_Batch", 250, WRAPPED, of_items),
    Endpoint::read("Stock/GetStockLevelByLocation", 250, WRAPPED, at_location),
    Endpoint::write("Stock/SetStockLevel", 250, Wrapper::Flat, set),
    Endpoint::write("Stock/UpdateStockLevelsBySKU", 150, Wrapper::Flat, change),
    Endpoint::write("Stock/UpdateStockLevelsBulk", 150, Wrapper::Unwrapped("request"), bulk),
    Endpoint::get("Stock/GetItemChangesHistory", 250, history),
];

fn of_item(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("stockItemId")?;
    let rows = call.account.items.get(id).map(|item| item_view::levels(item, call.account));
    Reply::json(&rows.unwrap_or_default(), call.config)
}

fn of_items(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("StockItemIds")?;
    let found = ids.iter().filter_map(|id| call.account.items.get(*id));
    let rows: Vec<_> = found
        .map(|item| {
            json!({ "pkStockItemId": item.stock_item_id, "StockItemLevels": item_view::levels(item, call.account) })
        })
        .collect();
    Reply::json(&rows, call.config)
}

fn at_location(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("StockItemId")?;
    let location = call.params.location("LocationId")?;
    let Some(item) = call.account.items.get(id) else {
        return Err(ApiError::refused(format!("Stock item {id} does not exist")));
    };
    Reply::json(&json!({ "StockLevel": item_view::level(item, call.account, location) }), call.config)
}

fn set(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    write(call, |_, sent| sent)
}

/// Not idempotent.
fn change(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    write(call, |old, sent| old.saturating_add(sent))
}

/// Sets each row to what `level` makes of its old level and the number sent. Rows of unknown SKUs are missing in the
/// answer; what has no level of its own, and what lies at a location whose stock is kept by bin, stays as it is.
fn write(call: &mut Call<'_>, level: fn(i32, i32) -> i32) -> Result<Reply, ApiError> {
    let rows = call.params.objects("stockLevels")?.ok_or_else(ApiError::invalid)?;
    let source = call.params.text("changeSource").unwrap_or_default();
    let note = if source.is_empty() { "Direct adjustment".to_owned() } else { source };
    let mut read = Vec::new();
    for row in rows {
        let sku = row.need_text("SKU")?;
        let sent = row.int("Level")?.and_then(|level| i32::try_from(level).ok()).ok_or_else(ApiError::invalid)?;
        read.push((sku, row.location("LocationId")?, sent));
    }
    if let Some((sku, ..)) = read.iter().find(|(sku, ..)| call.account.items.by_sku(sku).is_none())
        && call.config.unknown_sku_refused
    {
        return Err(ApiError::refused(format!("SKU {sku} does not exist")));
    }
    let mut answered: Vec<Value> = Vec::new();
    for (sku, location, sent) in read {
        let Some(item) = call.account.items.by_sku(&sku) else { continue };
        let Some(at) = call.account.location(location) else {
            return Err(ApiError::refused(format!("Location {location} does not exist")));
        };
        let by_bin = at.is_warehouse_managed && !call.config.managed_location_takes_levels;
        let id = item.stock_item_id;
        if item.is_composite() && call.config.composite_level_refused {
            return Err(ApiError::refused(format!("Stock level of composite item {sku} can not be changed")));
        }
        if item.takes_level() && !by_bin {
            let old = item.level(location).map_or(0, |row| row.level);
            set_level(call.account, id, location, level(old, sent), call.now, &note);
        }
        if let Some(item) = call.account.items.get(id) {
            answered.push(item_view::level(item, call.account, location));
        }
    }
    Reply::json(&answered, call.config)
}

/// By SKU or id, location by id or name; each row has its own errors. Not for batched or composite items.
fn bulk(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let rows = call.params.objects("Items")?.ok_or_else(ApiError::invalid)?;
    let mut answered = Vec::new();
    for row in rows {
        let mut shown = Value::Object(row.0.clone());
        let mut errors: Vec<String> = Vec::new();
        let id = row.guid("StockItemId")?.filter(|id| !id.is_nil());
        let item = match (id, row.text("SKU")) {
            (Some(id), _) => call.account.items.get(id),
            (None, Some(sku)) => call.account.items.by_sku(&sku),
            (None, None) => None,
        };
        let location = match (row.guid("StockLocationId")?, row.text("StockLocationName")) {
            (Some(id), _) => call.account.location(id),
            (None, Some(name)) => call.account.location_by_key(&name),
            (None, None) => call.account.location(Uuid::nil()),
        };
        let location = location.map(|location| location.stock_location_id);
        match item {
            None => errors.push("Stock item could not be found".to_owned()),
            Some(item) if item.is_composite() => errors.push("Stock item is composite".to_owned()),
            Some(item) if item.is_batched() => errors.push("Stock item is batched".to_owned()),
            Some(_) => {}
        }
        if location.is_none() {
            errors.push("Stock location could not be found".to_owned());
        }
        let found = item.map(|item| (item.stock_item_id, item.item_number.clone()));
        if let (Some((id, sku)), Some(location), true) = (found, location, errors.is_empty()) {
            put(&mut shown, &["StockItemId"], json!(id));
            put(&mut shown, &["SKU"], json!(sku));
            put(&mut shown, &["StockLocationId"], json!(location));
            if let Some(level) = row.int("StockLevel")?.and_then(|level| i32::try_from(level).ok()) {
                set_level(call.account, id, location, level, call.now, "Bulk update");
            }
            let (value, unit) = (row.number("StockValue")?, row.number("UnitCost")?);
            let (minimum, shelf) = (row.int("MinimumLevel")?, row.text("Binrack").filter(|shelf| !shelf.is_empty()));
            if let Some(item) = call.account.items.get_mut(id) {
                let level = item.level_mut(location);
                if let Some(value) = value.or(unit.map(|unit| unit * f64::from(level.level))) {
                    level.stock_value = value;
                }
                if let Some(minimum) = minimum.and_then(|minimum| i32::try_from(minimum).ok()) {
                    level.minimum_level = minimum;
                }
                if let Some(shelf) = shelf {
                    level.bin_rack = shelf;
                }
                put(&mut shown, &["StockLevel"], json!(level.level));
            }
        }
        put(&mut shown, &["Errors"], json!(errors));
        answered.push(shown);
    }
    if call.config.bulk_levels_empty {
        return Ok(Reply::Empty);
    }
    Reply::json(&json!({ "Items": answered }), call.config)
}

/// Newest first.
fn history(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let page = Page::of(call, "pageNumber", "entriesPerPage", 100)?;
    let id = call.params.need_guid("stockItemId")?;
    let location = call.params.guid("locationId")?;
    let mut found: Vec<_> = call
        .account
        .stock_changes
        .iter()
        .filter(|change| change.stock_item_id == id && location.is_none_or(|at| at == change.location_id))
        .collect();
    found.reverse();
    let rows: Vec<_> = page
        .rows(&found)
        .iter()
        .map(|change| {
            json!({
                "StockItemId": change.stock_item_id,
                "Date": change.date,
                "Level": change.level,
                "StockValue": change.stock_value,
                "Note": change.note,
                "ChangeQty": change.change_qty,
                "ChangeValue": change.change_value,
            })
        })
        .collect();
    page.reply(&rows, found.len(), call)
}
