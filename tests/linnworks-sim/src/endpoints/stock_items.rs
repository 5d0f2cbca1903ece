//! Products under `Stock/` (4).

use super::{Call, Endpoint, item_view, paging::Page};
use crate::state::render::put;
use crate::{
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    state::StockItem,
};
use serde_json::{Value, json};

const MOST_PER_PAGE: i64 = 200;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::get("Stock/GetStockItems", 150, list),
    Endpoint::read("Stock/GetStockItemsFull", 150, Wrapper::Flat, full_list),
    Endpoint::read("Stock/GetStockItemsFullByIds", 250, Wrapper::Wrapped("request"), full_by_ids),
    Endpoint::read("Stock/GetStockItemsByIds", 150, Wrapper::Unwrapped("request"), by_ids),
    Endpoint::read("Stock/GetStockItemsByKey", 250, Wrapper::Flat, by_key),
    Endpoint::get("Stock/SKUExists", 250, sku_exists),
];

/// Names of `dataRequirements` in `GetStockItemsFull`, by number.
const PARTS: &[&str] = &[
    "StockLevels",
    "Pricing",
    "Supplier",
    "ShippingInformation",
    "ChannelTitle",
    "ChannelDescription",
    "ChannelPrice",
    "ExtendedProperties",
    "Images",
];
/// The same in `GetStockItemsFullByIds`, which numbers them differently.
const PARTS_BY_IDS: &[&str] =
    &["StockLevels", "Supplier", "ChannelTitle", "ChannelDescription", "ChannelPrice", "ExtendedProperties", "Images"];
const SEARCHES: &[&str] = &["SKU", "Title", "Barcode"];

/// Active items; parents of variations are left out.
fn list(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let page = Page::of(call, "pageNumber", "entriesPerPage", 100)?;
    let word = call.params.text("keyWord").unwrap_or_default().to_lowercase();
    let location = call.params.location("locationId")?;
    let without = |name: &str| Ok::<_, ApiError>(call.params.boolean(name)?.unwrap_or_default());
    let (composites, batches) = (without("excludeComposites")?, without("excludeBatches")?);
    let found: Vec<_> = call
        .account
        .items
        .iter()
        .filter(|item| !item.archived && !item.is_variation_parent)
        .filter(|item| !(composites && item.is_composite() || batches && item.is_batched()))
        .filter(|item| matches(item, &word, SEARCHES))
        .collect();
    let rows: Vec<_> =
        page.rows(&found).iter().map(|item| item_view::stock_item(item, call.account, Some(location))).collect();
    page.reply(&rows, found.len(), call)
}

fn matches(item: &StockItem, word: &str, searches: &[&str]) -> bool {
    word.is_empty()
        || searches.iter().any(|search| {
            let text = match *search {
                "SKU" => &item.item_number,
                "Title" => &item.item_title,
                _ => &item.barcode_number,
            };
            text.to_lowercase().contains(word)
        })
}

/// Members of an enumeration sent by name or number.
fn named<'a>(params: &Params, name: &str, names: &'a [&'a str]) -> Result<Option<Vec<&'a str>>, ApiError> {
    let Some(rows) = params.list(name)? else { return Ok(None) };
    let found = rows.iter().map(|row| {
        let by_number = row.as_u64().and_then(|at| usize::try_from(at).ok()).and_then(|at| names.get(at));
        let by_name = || names.iter().find(|name| row.as_str().is_some_and(|sent| sent.eq_ignore_ascii_case(name)));
        by_number.or_else(by_name).copied().ok_or_else(ApiError::invalid)
    });
    found.collect::<Result<_, _>>().map(Some)
}

/// A bare list; a page past the end is 400, which ends a client's loop.
fn full_list(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let page = Page::of(call, "pageNumber", "entriesPerPage", MOST_PER_PAGE)?;
    if page.size > MOST_PER_PAGE {
        return Err(ApiError::refused(format!("Number must be between 1 and {MOST_PER_PAGE}")));
    }
    let word = call.params.text("keyword").unwrap_or_default().to_lowercase();
    let composites = call.params.boolean("loadCompositeParents")?.unwrap_or_default();
    let variations = call.params.boolean("loadVariationParents")?.unwrap_or_default();
    let searches = named(&call.params, "searchTypes", SEARCHES)?.filter(|list| !list.is_empty());
    let parts = named(&call.params, "dataRequirements", PARTS)?.unwrap_or_default();
    let found: Vec<_> = call
        .account
        .items
        .iter()
        .filter(|item| !item.archived && (composites || !item.is_composite()))
        .filter(|item| variations || !item.is_variation_parent)
        .filter(|item| matches(item, &word, searches.as_deref().unwrap_or(SEARCHES)))
        .collect();
    let rows = page.rows(&found);
    if rows.is_empty() {
        return Err(ApiError::refused("No items found with given filter."));
    }
    let wants = |part: &str| parts.contains(&part);
    let rows: Vec<_> = rows.iter().map(|item| item_view::full(item, call.account, wants)).collect();
    Reply::json(&rows, call.config)
}

fn full_by_ids(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("StockItemIds")?;
    let parts = named(&call.params, "DataRequirements", PARTS_BY_IDS)?.unwrap_or_default();
    let found = ids.iter().filter_map(|id| call.account.items.get(*id));
    let rows: Vec<_> = found
        .map(|item| {
            let mut row = item_view::full(item, call.account, |part| parts.contains(&part));
            put(&mut row, &["IsCompositeParent"], Value::Bool(item.is_composite()));
            if let Value::Object(row) = &mut row {
                row.shift_remove("IsVariationParent");
            }
            row
        })
        .collect();
    Reply::json(&json!({ "StockItemsFullExtended": rows }), call.config)
}

fn by_ids(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("StockItemIds")?;
    let found = ids.iter().filter_map(|id| call.account.items.get(*id));
    let rows: Vec<_> = found.map(|item| Value::Object(item_view::header(item))).collect();
    Reply::json(&json!({ "Items": rows }), call.config)
}

/// By exact SKU or barcode.
fn by_key(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("stockIdentifier")?;
    let key = sent.need_text("Key")?;
    let location = sent.location("LocationId")?;
    let found =
        call.account.items.iter().filter(|item| {
            !item.archived && (item.item_number.eq_ignore_ascii_case(&key) || item.barcode_number == key)
        });
    let rows: Vec<_> = found.map(|item| item_view::stock_item(item, call.account, Some(location))).collect();
    Reply::json(&rows, call.config)
}

fn sku_exists(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sku = call.params.need_text("SKU")?;
    Reply::json(&call.account.items.by_sku(&sku).is_some(), call.config)
}
