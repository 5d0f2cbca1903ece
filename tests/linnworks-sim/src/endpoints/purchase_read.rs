//! One purchase order with all that is on it (7).

use super::{
    Call, Endpoint,
    purchase_view::{self, Record},
};
use crate::{
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::purchasing::does_not_exist,
    state::PurchaseOrder,
};
use serde::Serialize;
use serde_json::{Value, json};

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::read("PurchaseOrder/Get_PurchaseOrder", 250, Wrapper::Flat, whole),
    Endpoint::read("PurchaseOrder/Get_DeliveredRecords", 150, Wrapper::Flat, records),
];

/// The order that a call names.
pub(super) fn known<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a PurchaseOrder, ApiError> {
    let id = call.params.need_guid(name)?;
    call.account.purchase_orders.get(id).ok_or_else(does_not_exist)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Whole {
    note_count: usize,
    purchase_order_header: Value,
    purchase_order_item: Vec<Value>,
    additional_costs: [(); 0],
    payment_statements: [(); 0],
    delivered_records: Vec<Record>,
}

fn whole(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "pkPurchaseId")?;
    let whole = Whole {
        note_count: order.notes.len(),
        purchase_order_header: purchase_view::header(order, call.config),
        purchase_order_item: purchase_view::items(order, call.account, call.config),
        additional_costs: [],
        payment_statements: [],
        delivered_records: purchase_view::records(order, true),
    };
    Reply::json(&whole, call.config)
}

fn records(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Records {
        items: Vec<Record>,
    }
    let items = purchase_view::records(known(call, "pkPurchaseId")?, false);
    if items.is_empty() {
        return Reply::json(&json!({ "Items": [] }), call.config);
    }
    Reply::json(&Records { items }, call.config)
}
