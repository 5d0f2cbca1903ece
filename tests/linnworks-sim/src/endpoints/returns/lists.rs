//! Looking up RMAs and refunds: by order, and in pages with a filter.

use super::{answer, number, view};
use crate::{
    endpoints::{Call, Endpoint, paging::Page},
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    state::{Account, PostSale, Refund, Rma},
};
use serde_json::{Value, json};
use uuid::Uuid;

const REQUEST: Wrapper = Wrapper::Wrapped("request");

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::read("ReturnsRefunds/GetRMAHeadersByOrderId", 150, REQUEST, rmas_of_order),
    Endpoint::read("ReturnsRefunds/GetRefundHeadersByOrderId", 150, REQUEST, refunds_of_order),
    Endpoint::read("ReturnsRefunds/GetRefundLinesByHeaderId", 150, REQUEST, refund_lines),
    Endpoint::read("ReturnsRefunds/GetActionableRMAHeaders", 150, REQUEST, actionable_rmas),
    Endpoint::read("ReturnsRefunds/GetProcessedOrAckedErrorRMAHeaders", 150, REQUEST, closed_rmas),
    Endpoint::read("ReturnsRefunds/GetActionableRefundHeaders", 150, REQUEST, actionable_refunds),
    Endpoint::read("ReturnsRefunds/GetProcessedOrAckedErrorRefundHeaders", 150, REQUEST, closed_refunds),
];

fn rmas_of_order(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("OrderId")?;
    let rows: Vec<Value> = call.account.after_sales.rmas_of(id).map(|rma| view::rma(rma, call.account)).collect();
    answer(json!({ "RMAHeaders": rows }), call)
}

fn refunds_of_order(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("OrderId")?;
    let rows: Vec<Value> =
        call.account.after_sales.refunds_of(id).map(|refund| view::refund(refund, call.account)).collect();
    answer(json!({ "RefundHeaders": rows }), call)
}

fn refund_lines(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let (header, order) = (number(call, "RefundHeaderId")?, call.params.need_guid("OrderId")?);
    let Some(refund) = call.account.after_sales.refund(header).filter(|refund| refund.order_id == order) else {
        return Err(ApiError::refused(format!("Refund {header} of order {order} does not exist")));
    };
    let body = json!({
        "RefundHeaderId": header,
        "RefundLines": view::refund_lines(refund, call.account),
        "RefundOptions": super::options::refund_options(call, order, Some(refund)),
    });
    answer(body, call)
}

fn actionable_rmas(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    rmas(call, |status| !status.is_closed())
}

fn closed_rmas(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    rmas(call, PostSale::is_closed)
}

fn rmas(call: &Call<'_>, fits: fn(PostSale) -> bool) -> Result<Reply, ApiError> {
    let filters = call.params.object("Filters").unwrap_or_default();
    let found: Vec<&Rma> = call
        .account
        .after_sales
        .rmas
        .iter()
        .filter(|rma| fits(rma.status()))
        .filter(|rma| chosen(call.account, &filters, rma.header_id, rma.order_id, &rma.external_reference))
        .collect();
    let page = page(call)?;
    let rows: Vec<Value> = page.rows(&found).iter().map(|rma| view::rma(rma, call.account)).collect();
    answer(paged(&page, found.len(), "RMAHeaders", rows), call)
}

fn actionable_refunds(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    refunds(call, |status| !status.is_closed())
}

fn closed_refunds(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    refunds(call, PostSale::is_closed)
}

fn refunds(call: &Call<'_>, fits: fn(PostSale) -> bool) -> Result<Reply, ApiError> {
    let filters = call.params.object("Filters").unwrap_or_default();
    let found: Vec<&Refund> = call
        .account
        .after_sales
        .refunds
        .iter()
        .filter(|refund| fits(refund.status()))
        .filter(|row| chosen(call.account, &filters, row.header_id, row.order_id, &row.external_reference))
        .collect();
    let page = page(call)?;
    let rows: Vec<Value> = page.rows(&found).iter().map(|refund| view::refund(refund, call.account)).collect();
    answer(paged(&page, found.len(), "RefundHeaders", rows), call)
}

fn page(call: &Call<'_>) -> Result<Page, ApiError> {
    // The size of a page is the server's: no member of the request sets it.
    Page::of(call, "Page", "", call.config.returns.headers_per_page)
}

fn paged(page: &Page, total: usize, name: &str, rows: Vec<Value>) -> Value {
    let mut body = json!({ "Page": page.number, "TotalHeaders": total, "HeadersPerPage": page.size });
    crate::state::render::put(&mut body, &[name], Value::Array(rows));
    body
}

/// Without a type or value every header fits.
fn chosen(account: &Account, filters: &Params, header: i32, order_id: Uuid, reference: &str) -> bool {
    let value = filters.text("Value").unwrap_or_default();
    let wanted = value.trim().to_lowercase();
    let kind = filters.text("Type").unwrap_or_default().to_ascii_uppercase();
    if wanted.is_empty() || kind.is_empty() {
        return true;
    }
    let order = account.orders.get(order_id);
    let has = |text: Option<&String>| text.is_some_and(|text| text.to_lowercase().contains(&wanted));
    match kind.as_str() {
        "HEADER_ID" => header.to_string() == wanted,
        "ORDER_ID" => {
            order_id.to_string() == wanted || order.is_some_and(|order| order.num_order_id.to_string() == wanted)
        }
        "HEADER_REFERENCE" => reference.to_lowercase().contains(&wanted),
        "ORDER_REFERENCES" => order.is_some_and(|order| {
            let info = &order.general_info;
            has(Some(&info.reference_num))
                || has(info.secondary_reference.as_ref())
                || has(info.external_reference_num.as_ref())
        }),
        "ORDER_TRACKING" => order.is_some_and(|order| has(order.shipping_info.tracking_number.as_ref())),
        "ITEM_INFO" => {
            order.is_some_and(|order| order.items.iter().any(|line| has(Some(&line.sku)) || has(Some(&line.title))))
        }
        "CUSTOMER_INFO" => order.is_some_and(|order| {
            let address = &order.customer_info.address;
            has(address.full_name.as_ref()) || has(address.email_address.as_ref()) || has(address.post_code.as_ref())
        }),
        _ => true,
    }
}
