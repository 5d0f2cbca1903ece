//! Reading orders under `OpenOrders/`: views, pages by view, details, the low-fidelity list, search (2.1, 2.2).

use super::{
    Call, Endpoint,
    paging::Page,
    view::{OpenOrder, OrderDetails},
};
use crate::state::render::put;
use crate::{
    http::{
        bind::Wrapper,
        reply::{ApiError, Code, Reply},
    },
    state::{Order, OrderItem},
};
use serde_json::{Value, json};
use std::collections::HashSet;
use uuid::Uuid;

const REQUEST: Wrapper = Wrapper::Unwrapped("request");
const WRAPPED: Wrapper = Wrapper::Wrapped("request");

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::read("OpenOrders/GetViewStats", 150, WRAPPED, view_stats),
    Endpoint::read("OpenOrders/GetOpenOrders", 150, REQUEST, open_orders),
    Endpoint::read("OpenOrders/GetOpenOrderIds", 150, REQUEST, open_order_ids),
    Endpoint::read("OpenOrders/GetOpenOrdersDetails", 150, REQUEST, details),
    Endpoint::read("OpenOrders/GetOrdersLowFidelity", 150, WRAPPED, low_fidelity),
    Endpoint::read("OpenOrders/SearchOrders", 150, REQUEST, search),
    Endpoint::get("OpenOrders/FilterNotProcessedOpenOrders", 150, not_processed),
];

/// A view: number, name, which orders it shows.
type View = (i64, &'static str, fn(&Order) -> bool);

const VIEWS: &[View] = &[
    (1, "All Open Orders", |_| true),
    (2, "Unpaid", |order| order.general_info.status == 0),
    (3, "Unprinted", |order| !order.general_info.invoice_printed),
    (4, "Paid", |order| order.general_info.status == 1),
];

fn view_stats(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let location = call.params.location("LocationId")?;
    let only = call.params.int("ViewId")?;
    let views = VIEWS.iter().filter(|view| only.is_none_or(|only| only == 0 || only == view.0));
    let rows: Vec<_> = views
        .map(|(number, name, shows)| {
            json!({
                "ViewId": number,
                "ViewName": name,
                "IsSystem": *number == 1,
                "TotalOrders": call.account.orders.open_at(location).filter(|order| shows(order)).count(),
                "LocationId": location,
                "ExpiryDate": call.now.plus_seconds(900.0),
                "IsCalculating": false,
                "ViewExists": true,
                "LastRequested": call.now,
                "IsCacheable": true,
                "IsCalculated": true,
            })
        })
        .collect();
    Reply::json(&rows, call.config)
}

/// The orders of a view. View 0 and unknown views end in a null reference, as live.
fn viewed<'a>(call: &'a Call<'_>) -> Result<Vec<&'a Order>, ApiError> {
    let number = call.params.int("ViewId")?.unwrap_or_default();
    let Some((_, _, shows)) = VIEWS.iter().find(|view| view.0 == number) else {
        let message = "Object reference not set to an instance of an object.".to_owned();
        return Err(ApiError { status: 400, code: Code::Dash, message });
    };
    let only: Option<HashSet<Uuid>> =
        call.params.guids("OrderIds")?.filter(|ids| !ids.is_empty()).map(|ids| ids.into_iter().collect());
    let location = call.params.location("LocationId")?;
    let orders = call.account.orders.open_at(location).filter(|order| shows(order));
    Ok(orders.filter(|order| only.as_ref().is_none_or(|only| only.contains(&order.order_id))).collect())
}

fn open_orders(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let page = Page::of(call, "PageNumber", "EntriesPerPage", 100)?;
    let orders = viewed(call)?;
    let rows: Vec<_> =
        page.rows(&orders).iter().map(|order| OpenOrder::new(order, call.account, call.config)).collect();
    page.filtered_reply(&rows, orders.len(), Some(0), call)
}

fn open_order_ids(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let page = Page::of(call, "PageNumber", "EntriesPerPage", 100)?;
    let orders = viewed(call)?;
    let ids: Vec<_> = page.rows(&orders).iter().map(|order| order.order_id).collect();
    page.reply(&ids, orders.len(), call)
}

/// Open orders only; what no detail level names is empty.
fn details(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let levels = call.params.texts("DetailLevel")?.unwrap_or_default();
    let wants = |name: &str| levels.is_empty() || levels.iter().any(|level| level.eq_ignore_ascii_case(name));
    let ids = call.params.need_guids("OrderIds")?;
    let orders: Vec<_> = ids
        .iter()
        .filter_map(|id| call.account.orders.get(*id))
        .filter(|order| order.is_open())
        .map(|order| {
            let mut order = order.clone();
            if !wants("FOLDER") {
                order.folder_name.clear();
            }
            if !wants("NOTES") {
                order.notes.clear();
            }
            if !wants("IDENTIFIERS") {
                order.general_info.identifiers.clear();
            }
            if !wants("EXTENDEDPROPERTIES") {
                order.extended_properties.clear();
            }
            if !wants("BINRACKS") {
                order.items.iter_mut().for_each(|line| line.bin_racks.clear());
            }
            order
        })
        .collect();
    #[derive(serde::Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer<'a> {
        orders: Vec<OrderDetails<'a>>,
    }
    let orders = orders.iter().map(|order| OrderDetails::new(order, call.account, call.config)).collect();
    Reply::json(&Answer { orders }, call.config)
}

/// A whole location with what can be scanned.
fn low_fidelity(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let location = call.params.location("LocationId")?;
    let rows: Vec<_> = call
        .account
        .orders
        .open_at(location)
        .map(|order| {
            let info = &order.general_info;
            let items: Vec<_> = order
                .items
                .iter()
                .map(|line| {
                    let mut row = scannable(line);
                    let children: Vec<_> = line.composite_sub_items.iter().map(scannable).collect();
                    put(&mut row, &["ContainsComposites"], Value::Bool(!children.is_empty()));
                    put(&mut row, &["CompositeChild"], Value::Array(children));
                    row
                })
                .collect();
            json!({
                "pkOrderID": order.order_id,
                "OrderId": order.num_order_id,
                "Status": info.status,
                "ReferenceNum": info.reference_num,
                "ExternalReference": info.external_reference_num.as_deref().unwrap_or_default(),
                "PostalTrackingNumber": order.shipping_info.tracking_number.as_deref().unwrap_or_default(),
                "OrderDate": info.received_date,
                "DispatchBy": info.despatch_by_date,
                "Items": items,
            })
        })
        .collect();
    Reply::json(&json!({ "Orders": rows }), call.config)
}

fn scannable(line: &OrderItem) -> Value {
    json!({
        "StockItemId": line.stock_item_id,
        "SKU": line.sku,
        "BarcodeNumber": line.barcode_number.as_deref().unwrap_or_default(),
        "ItemTitle": line.title,
        "Quantity": line.quantity,
        "ProductIdentifiers": [],
    })
}

/// By number, references, buyer or SKU. An order may come back under several views.
fn search(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let term = call.params.text("SearchTerm").filter(|term| !term.trim().is_empty());
    let Some(term) = term.map(|term| term.trim().to_lowercase()) else {
        return Err(ApiError::refused("Must provide a search term."));
    };
    let location = call.params.location("LocationId")?;
    let mut views = Vec::new();
    for (number, _, shows) in VIEWS {
        let found = call.account.orders.open_at(location).filter(|order| shows(order) && mentions(order, &term));
        let ids: Vec<_> = found.map(|order| order.order_id).collect();
        if !ids.is_empty() {
            views.push(json!({
                "ViewId": number,
                "LocationId": location,
                "TotalOrders": ids.len(),
                "Count": ids.len(),
                "OrderIds": ids,
            }));
        }
    }
    let mut processed = Vec::new();
    if call.params.boolean("IncludeProcessed")?.unwrap_or_default() {
        let found = call.account.orders.iter().filter(|order| !order.is_open() && mentions(order, &term));
        processed.extend(found.map(|order| order.order_id));
    }
    Reply::json(&json!({ "OpenOrders": views, "ProcessedOrders": processed }), call.config)
}

/// Does an order match a lower-case search term?
pub(super) fn mentions(order: &Order, term: &str) -> bool {
    let info = &order.general_info;
    let address = &order.customer_info.address;
    let has = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains(term));
    order.num_order_id.to_string() == term
        || has(Some(&info.reference_num))
        || has(info.secondary_reference.as_deref())
        || has(info.external_reference_num.as_deref())
        || has(address.full_name.as_deref())
        || has(address.email_address.as_deref())
        || has(order.shipping_info.tracking_number.as_deref())
        || order.items.iter().any(|line| has(Some(&line.sku)))
}

/// Works on numbers.
fn not_processed(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let numbers = call.params.list("orderIds")?.ok_or_else(ApiError::invalid)?;
    let numbers = numbers.iter().filter_map(Value::as_i64).filter_map(|number| i32::try_from(number).ok());
    let open = numbers.filter(|number| call.account.orders.by_number(*number).is_some_and(Order::is_open));
    let open: Vec<_> = open.collect();
    Reply::json(&json!({ "OrderIds": open }), call.config)
}
