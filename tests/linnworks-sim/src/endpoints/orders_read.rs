//! Reading orders under `Orders/` (2.1 to 2.3).

use super::{
    Call, Endpoint,
    paging::Page,
    view::{OpenOrder, OrderDetails},
};
use crate::{
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::filters::Query,
    state::Order,
};
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::read("Orders/GetOpenOrders", 250, Wrapper::Flat, open_orders),
    Endpoint::read("Orders/GetAllOpenOrders", 250, Wrapper::Flat, all_open_orders),
    Endpoint::read("Orders/GetAllOpenOrdersBetweenIndex", 150, Wrapper::Flat, open_orders_between),
    Endpoint::read("Orders/GetOrdersById", 250, Wrapper::Flat, by_ids),
    Endpoint::get("Orders/GetOrderById", 150, by_id),
    Endpoint::get("Orders/GetOrderDetailsByNumOrderId", 250, by_number),
    Endpoint::get("Orders/GetOrderDetailsByReferenceId", 250, by_reference),
    Endpoint::read("Orders/GetOpenOrderIdByOrderOrReferenceId", 150, Wrapper::Flat, open_id),
];

fn open_orders(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let page = Page::of(call, "pageNumber", "entriesPerPage", 100)?;
    let orders = Query::of(call)?.run(call.account);
    let rows: Vec<_> =
        page.rows(&orders).iter().map(|order| OpenOrder::new(order, call.account, call.config)).collect();
    page.reply(&rows, orders.len(), call)
}

fn all_open_orders(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids: Vec<_> = Query::of(call)?.run(call.account).into_iter().map(|order| order.order_id).collect();
    Reply::json(&ids, call.config)
}

fn open_orders_between(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let from = usize::try_from(call.params.int("fromIndex")?.unwrap_or(0).max(0)).unwrap_or_default();
    let to = usize::try_from(call.params.int("toIndex")?.unwrap_or(0).max(0)).unwrap_or_default();
    let orders = Query::of(call)?.run(call.account);
    let window = orders.iter().skip(from).take((to + 1).saturating_sub(from));
    Reply::json(&window.map(|order| order.order_id).collect::<Vec<_>>(), call.config)
}

fn by_ids(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut ids = call.params.need_guids("pkOrderIds")?;
    if let Some(most) = call.config.max_orders_by_id {
        ids.truncate(most);
    }
    let known = ids.iter().filter_map(|id| call.account.orders.get(*id));
    let rows: Vec<_> = known.map(|order| OrderDetails::new(order, call.account, call.config)).collect();
    Reply::json(&rows, call.config)
}

fn by_id(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("pkOrderId")?;
    details_or_empty(call, call.account.orders.get(id))
}

fn by_number(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let number = call.params.int("OrderId")?.ok_or_else(ApiError::invalid)?;
    let order = i32::try_from(number).ok().and_then(|number| call.account.orders.by_number(number));
    details_or_empty(call, order)
}

/// "If not found empty class is returned": an order with the zero GUID.
fn details_or_empty(call: &Call<'_>, order: Option<&Order>) -> Result<Reply, ApiError> {
    match order {
        Some(order) => Reply::json(&OrderDetails::new(order, call.account, call.config), call.config),
        None => Reply::json(&OrderDetails::new(&Order::default(), call.account, call.config), call.config),
    }
}

/// At most 50, open and processed.
fn by_reference(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let reference = call.params.need_text("ReferenceId")?;
    let found = call.account.orders.iter().filter(|order| {
        let info = &order.general_info;
        info.reference_num == reference
            || info.external_reference_num.as_deref() == Some(&*reference)
            || info.secondary_reference.as_deref() == Some(&*reference)
    });
    let rows: Vec<_> = found.take(50).map(|order| OrderDetails::new(order, call.account, call.config)).collect();
    Reply::json(&rows, call.config)
}

fn open_id(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let key = call.params.need_text("orderOrReferenceId")?;
    let location = call.params.location("locationId")?;
    let found = call.account.orders.open_at(location).find(|order| {
        order.num_order_id.to_string() == key
            || order.general_info.reference_num == key
            || order.general_info.external_reference_num.as_deref() == Some(&*key)
    });
    Reply::json(&found.map_or(Uuid::nil(), |order| order.order_id), call.config)
}
