//! Finding purchase orders (7).

use super::{Call, Endpoint, paging::Page, purchase_view};
use crate::{
    http::{
        bind::{Encoding, Wrapper},
        params::Params,
        reply::{ApiError, Reply},
    },
    state::{Account, PurchaseOrder, PurchaseStatus, Stamp},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    // Flat on purpose: a body wrapped in `request` is accepted, and every filter in it silently ignored (1.4, observed).
    Endpoint::read("PurchaseOrder/Search_PurchaseOrders2", 150, Wrapper::Flat, search),
    Endpoint::read("PurchaseOrder/Search_PurchaseOrders", 250, Wrapper::Wrapped("searchParameter"), search_older),
    Endpoint::read(
        "PurchaseOrder/GetPurchaseOrdersWithStockItems",
        150,
        Wrapper::Wrapped("purchaseOrder"),
        with_stock_item,
    ),
    Endpoint::read("PurchaseOrder/GetPurchaseOrderStatusList", 150, Wrapper::Flat, statuses),
    Endpoint::read("PurchaseOrder/FindStockItem", 150, Wrapper::Wrapped("request"), find_item),
];

/// What `SearchValue` is looked for in, by number.
const PLACES: [&str; 5] = ["All", "Reference", "StockItemSKU", "SupplierCode", "SupplierReference"];

/// A status by name or number.
pub(super) fn status(params: &Params, name: &str) -> Result<Option<PurchaseStatus>, ApiError> {
    let Some(text) = params.text(name).filter(|text| !text.trim().is_empty() && text != "null") else {
        return Ok(None);
    };
    let by_name = PurchaseStatus::ALL.into_iter().find(|status| status.name().eq_ignore_ascii_case(text.trim()));
    let by_number = || text.trim().parse::<usize>().ok().and_then(|at| PurchaseStatus::ALL.get(at).copied());
    by_name.or_else(by_number).map(Some).ok_or_else(ApiError::invalid)
}

/// What both searches filter by.
struct Filter {
    from: Option<Stamp>,
    to: Option<Stamp>,
    status: Option<PurchaseStatus>,
    locations: Vec<Uuid>,
    suppliers: Vec<Uuid>,
}

impl Filter {
    fn of(params: &Params) -> Result<Self, ApiError> {
        Ok(Self {
            from: params.date("DateFrom")?.filter(|date| !date.is_unset()),
            to: params.date("DateTo")?.filter(|date| !date.is_unset()),
            status: status(params, "Status")?,
            locations: params.guids("Location")?.unwrap_or_default(),
            suppliers: params.guids("Supplier")?.unwrap_or_default(),
        })
    }

    fn takes(&self, order: &PurchaseOrder) -> bool {
        self.from.is_none_or(|from| order.date_of_purchase >= from)
            && self.to.is_none_or(|to| order.date_of_purchase <= to)
            && self.status.is_none_or(|status| order.status == status)
            && (self.locations.is_empty() || self.locations.contains(&order.location_id))
            && (self.suppliers.is_empty() || self.suppliers.contains(&order.supplier_id))
    }
}

fn search(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    // A form has one field for each parameter of the method, so there the wrapper is right.
    if call.encoding == Encoding::Form
        && let Some(inner) = call.params.object("request")
    {
        call.params = inner;
    }
    let filter = Filter::of(&call.params)?;
    let word = call.params.text("SearchValue").unwrap_or_default().trim().to_lowercase();
    let place = place(&call.params)?;
    let found = |order: &PurchaseOrder| filter.takes(order) && (word.is_empty() || mentions(order, call, place, &word));
    answer(call, found)
}

/// The deprecated search: one text, looked for in both numbers.
fn search_older(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let filter = Filter::of(&call.params)?;
    let word = call.params.text("ReferenceLike").unwrap_or_default().trim().to_lowercase();
    let found = |order: &PurchaseOrder| {
        let numbers = [&order.external_invoice_number, &order.supplier_reference_number];
        filter.takes(order) && numbers.iter().any(|number| number.to_lowercase().contains(&word))
    };
    answer(call, found)
}

fn place(params: &Params) -> Result<&'static str, ApiError> {
    let Some(text) = params.text("SearchType").filter(|text| !text.trim().is_empty() && text != "null") else {
        return Ok("All");
    };
    let by_name = PLACES.into_iter().find(|place| place.eq_ignore_ascii_case(text.trim()));
    let by_number = || text.trim().parse::<usize>().ok().and_then(|at| PLACES.get(at).copied());
    by_name.or_else(by_number).ok_or_else(ApiError::invalid)
}

fn mentions(order: &PurchaseOrder, call: &Call<'_>, place: &str, word: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(word);
    let sku = || order.items.iter().any(|line| has(&line.sku));
    let code = || {
        let items = order.items.iter().filter_map(|line| call.account.items.get(line.stock_item_id));
        items.flat_map(|item| &item.suppliers).any(|row| row.supplier_id == order.supplier_id && has(&row.code))
    };
    match place {
        "Reference" => has(&order.external_invoice_number),
        "StockItemSKU" => sku(),
        "SupplierCode" => code(),
        "SupplierReference" => has(&order.supplier_reference_number),
        _ => has(&order.external_invoice_number) || has(&order.supplier_reference_number) || sku() || code(),
    }
}

fn answer(call: &Call<'_>, takes: impl Fn(&PurchaseOrder) -> bool) -> Result<Reply, ApiError> {
    let rules = &call.config.purchase;
    let mut page = Page::of(call, "PageNumber", "EntriesPerPage", rules.page_size)?;
    if let Some(most) = rules.most_rows {
        page.size = page.size.min(most.max(1));
    }
    let mut found: Vec<&PurchaseOrder> = call.account.purchase_orders.iter().filter(|order| takes(order)).collect();
    found.sort_by_key(|order| (order.date_of_purchase, order.id));
    if rules.newest_first {
        found.reverse();
    }
    let rows: Vec<Value> = page.rows(&found).iter().map(|order| purchase_view::header(order, call.config)).collect();
    let reply = json!({
        "Result": rows,
        "TotalPages": page.pages(found.len()),
        "CurrentPageNumber": page.number,
        "EntriesPerPage": page.size,
        "TotalNumberOfRecords": found.len(),
    });
    Reply::json(&reply, call.config)
}

/// Ids of the orders that still bring an item to any of the locations.
fn with_stock_item(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let item = call.params.need_guid("StockItemId")?;
    let locations = call.params.guids("LocationIds")?.unwrap_or_default();
    let brings = |order: &&PurchaseOrder| {
        order.status.is_due()
            && (locations.is_empty() || locations.contains(&order.location_id))
            && order.items.iter().any(|line| line.stock_item_id == item && line.outstanding() > 0)
    };
    let ids: Vec<Uuid> = call.account.purchase_orders.iter().filter(brings).map(|order| order.id).collect();
    Reply::json(&ids, call.config)
}

fn statuses(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    Reply::json(&PurchaseStatus::ALL, call.config)
}

/// Products by SKU or by a supplier's code for them.
fn find_item(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let codes = call.params.texts("Codes")?.ok_or_else(ApiError::invalid)?;
    let found: Vec<Value> = codes.iter().flat_map(|code| found_by(call.account, code)).collect();
    Reply::json(&json!({ "Items": found }), call.config)
}

fn found_by(account: &Account, code: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for item in account.items.iter().filter(|item| !item.archived) {
        let source = item.suppliers.iter().find(|row| row.code.eq_ignore_ascii_case(code));
        if source.is_none() && !item.item_number.eq_ignore_ascii_case(code) {
            continue;
        }
        let source = source.or_else(|| item.suppliers.iter().find(|row| row.is_default));
        rows.push(json!({
            "pkStockItemId": item.stock_item_id,
            "ItemNumber": item.item_number,
            "ItemTitle": item.item_title,
            "InventoryTrackingType": item.inventory_tracking_type,
            "TaxRate": item.tax_rate,
            "PurchasePrice": item.purchase_price,
            "KnownPurchasePrice": source.map_or(item.purchase_price, |row| row.purchase_price),
            "SupplierCode": source.map(|row| row.code.as_str()).unwrap_or_default(),
            "SupplierBarcode": source.map(|row| row.supplier_barcode.as_str()).unwrap_or_default(),
            "fkSupplierId": source.map(|row| row.supplier_id).unwrap_or_default(),
            "SupplierMinOrderQty": source.map_or(0, |row| row.supplier_min_order_qty),
            "SupplierPackSize": source.map_or(0, |row| row.supplier_pack_size),
            "ContainsComposites": item.is_composite(),
            "StockItemIntId": item.stock_item_int_id,
            "fkStockLocationId": Uuid::nil(),
        }));
    }
    rows
}
