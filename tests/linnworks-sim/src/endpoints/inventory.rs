//! Products under `Inventory/` (4).

use super::{Call, Endpoint, item_view};
use crate::state::render::put;
use crate::{
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    state::StockItem,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

const WRAPPED: Wrapper = Wrapper::Wrapped("request");
const MOST_COMPOSITIONS: usize = 100;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::read("Inventory/GetStockItemIdsBySKU", 250, WRAPPED, ids_by_sku),
    Endpoint::get("Inventory/GetInventoryItemById", 250, by_id),
    Endpoint::get("Inventory/GetInventoryItem", 150, by_id_or_sku),
    Endpoint::get("Inventory/GetInventoryItemCompositions", 250, compositions),
    Endpoint::read("Inventory/GetInventoryItemsCompositionByIds", 250, WRAPPED, compositions_of_many),
    Endpoint::read("Inventory/GetProductIdentifiersByStockItemId", 250, WRAPPED, identifiers),
    Endpoint::get("Inventory/GetBatchesByStockItemId", 250, batches),
    Endpoint::write("Inventory/AddInventoryItem", 150, Wrapper::Flat, add),
    Endpoint::write("Inventory/UpdateInventoryItem", 250, Wrapper::Flat, update),
];

fn ids_by_sku(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let skus = call.params.texts("SKUS")?.ok_or_else(ApiError::invalid)?;
    let found = skus.iter().filter_map(|sku| call.account.items.by_sku(sku)).filter(|item| !item.archived);
    let rows: Vec<_> =
        found.map(|item| json!({ "SKU": item.item_number, "StockItemId": item.stock_item_id })).collect();
    Reply::json(&json!({ "Items": rows }), call.config)
}

/// The batches of an item with where they lie: of one location where one is named, else of all.
fn batches(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("stockItemId")?;
    let at = call.params.guid("stockLocationId")?;
    let only = call.params.boolean("onlyAvailable")?.unwrap_or_default();
    let rows = call.account.items.get(id).map(|item| batch_rows(item, at, only)).unwrap_or_default();
    Reply::json(&rows, call.config)
}

fn batch_rows(item: &StockItem, at: Option<Uuid>, only_available: bool) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    let wanted = item.batches.iter().filter(|batch| at.is_none_or(|at| batch.stock_location_id == at));
    for batch in wanted.filter(|batch| !only_available || batch.quantity > 0) {
        let place = json!({
            "BatchInventoryId": batch.batch_inventory_id,
            "BatchId": batch.batch_id,
            "StockLocationId": batch.stock_location_id,
            "BinRack": batch.bin_rack,
            "PrioritySequence": batch.priority_sequence,
            "Quantity": batch.quantity,
            "StockValue": 0.0,
            "StartQuantity": batch.quantity,
            "PickedQuantity": 0,
            "BatchStatus": "Available",
            "IsDeleted": false,
        });
        let number = json!(batch.batch_number);
        let same = rows.iter_mut().find(|row| row.get("BatchNumber") == Some(&number));
        if let Some(places) = same.and_then(|row| row.get_mut("Inventory")?.as_array_mut()) {
            places.push(place);
            continue;
        }
        rows.push(json!({
            "BatchId": batch.batch_id,
            "SKU": item.item_number,
            "InventoryTrackingType": item.inventory_tracking_type,
            "StockItemId": item.stock_item_id,
            "BatchNumber": batch.batch_number,
            "ExpiresOn": batch.expires_on,
            "SellBy": batch.sell_by,
            "Inventory": [place],
            "IsDeleted": false,
        }));
    }
    rows
}

fn shown(item: &StockItem, call: &Call<'_>) -> Value {
    let mut value = item_view::stock_item(item, call.account, None);
    put(&mut value, &["VariationGroupName"], json!(item.variation_group_name.as_deref().unwrap_or_default()));
    value
}

fn by_id(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("id")?;
    match call.account.items.get(id) {
        Some(item) => Reply::json(&shown(item, call), call.config),
        None => Err(ApiError::refused(format!("Stock item {id} does not exist"))),
    }
}

/// Unknown and archived SKUs are refused alike.
fn by_id_or_sku(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.guid("stockItemId")?.filter(|id| !id.is_nil());
    let sku = call.params.text("sKU").filter(|sku| !sku.is_empty());
    let item = match (id, &sku) {
        (Some(id), _) => call.account.items.get(id),
        (None, Some(sku)) => call.account.items.by_sku(sku).filter(|item| !item.archived),
        (None, None) => return Err(ApiError::invalid()),
    };
    let Some(item) = item else {
        return Err(ApiError::refused("Could not determine inventory item id from SKU"));
    };
    if sku.is_some_and(|sku| !item.item_number.eq_ignore_ascii_case(sku.trim())) {
        return Err(ApiError::refused("Stock item id and SKU do not relate to the same item"));
    }
    Reply::json(&shown(item, call), call.config)
}

fn components(call: &Call<'_>, id: Uuid) -> Vec<Value> {
    let Some(parent) = call.account.items.get(id) else { return Vec::new() };
    let rows = parent.composition.iter().filter_map(|part| {
        let item = call.account.items.get(part.linked_stock_item_id)?;
        Some(json!({
            "LinkedStockItemId": item.stock_item_id,
            "ItemTitle": item.item_title,
            "SKU": item.item_number,
            "Quantity": part.quantity,
            "PurchasePrice": item.purchase_price,
            "InventoryTrackingType": item.inventory_tracking_type,
            "DimHeight": item.height,
            "DimWidth": item.width,
            "DimDepth": item.depth,
            "Weight": item.weight,
            "PackageGroupId": item.package_group_id,
            "TaxRate": item.tax_rate,
            "StockItemId": parent.stock_item_id,
            "StockItemIntId": parent.stock_item_int_id,
        }))
    });
    rows.collect()
}

fn compositions(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("inventoryItemId")?;
    Reply::json(&components(call, id), call.config)
}

/// At most 100 ids; what is no composite is left out.
fn compositions_of_many(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("InventoryItemIds")?;
    if ids.len() > MOST_COMPOSITIONS {
        return Err(ApiError::plain(format!("The maximum items count for this call is {MOST_COMPOSITIONS}")));
    }
    let mut map = Map::new();
    for id in ids {
        let parts = components(call, id);
        if !parts.is_empty() {
            map.insert(id.to_string(), Value::Array(parts));
        }
    }
    Reply::json(&json!({ "InventoryItemsCompositionByIds": map }), call.config)
}

fn identifiers(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("StockItemId")?;
    let rows: Vec<_> = call
        .account
        .items
        .get(id)
        .into_iter()
        .flat_map(|item| item.identifiers.iter().zip(1..).map(move |(known, number)| (item, known, number)))
        .map(|(item, known, number)| {
            json!({
                "PkId": number,
                "StockItemId": item.stock_item_id,
                "Type": known.kind,
                "Site": known.site,
                "Value": known.value,
                "ModifiedDate": item.creation_date,
                "ModifiedUserName": "",
            })
        })
        .collect();
    Reply::json(&json!({ "ProductIdentifiers": rows }), call.config)
}

/// The client makes the id.
fn add(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("inventoryItem")?;
    let Some(id) = sent.guid("StockItemId")?.filter(|id| !id.is_nil()) else {
        return Err(ApiError::refused("StockItem StockItemId could not be empty"));
    };
    let sku = sent.need_text("ItemNumber")?;
    if call.account.items.by_sku(&sku).is_some() || call.account.items.get(id).is_some() {
        return Err(ApiError::refused(format!("Stock item with SKU {sku} already exists")));
    }
    let fresh = StockItem { stock_item_id: id, creation_date: call.now, ..StockItem::default() };
    let item = read(&sent, fresh)?;
    call.account.items.insert(item);
    Ok(Reply::Void)
}

/// Replaces the whole item: what is not sent falls back to its default. Found by id, or by SKU when that is empty.
fn update(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("inventoryItem")?;
    let id = sent.guid("StockItemId")?.filter(|id| !id.is_nil());
    let known = match (id, sent.text("ItemNumber")) {
        (Some(id), _) => call.account.items.get(id),
        (None, Some(sku)) => call.account.items.by_sku(&sku),
        (None, None) => None,
    };
    let Some(known) = known.cloned() else { return Err(ApiError::refused("Stock item does not exist")) };
    let fresh = StockItem {
        stock_item_id: known.stock_item_id,
        stock_item_int_id: known.stock_item_int_id,
        item_number: known.item_number,
        creation_date: known.creation_date,
        composition: known.composition,
        batches: known.batches,
        identifiers: known.identifiers,
        extended_properties: known.extended_properties,
        levels: known.levels,
        archived: known.archived,
        ..StockItem::default()
    };
    let item = read(&sent, fresh)?;
    call.account.items.insert(item);
    Ok(Reply::Void)
}

fn read(sent: &Params, fresh: StockItem) -> Result<StockItem, ApiError> {
    const OWN: &[&str] =
        &["StockItemId", "StockItemIntId", "CreationDate", "Composition", "Batches", "Levels", "Archived"];
    let mut whole = serde_json::to_value(&fresh).unwrap_or_default();
    if let Value::Object(fields) = &mut whole {
        for (name, value) in fields.iter_mut().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            if let Some(new) = sent.get(name) {
                *value = new.clone();
            }
        }
    }
    serde_json::from_value(whole).map_err(|_| ApiError::invalid())
}
