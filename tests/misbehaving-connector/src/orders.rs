//! Orders that no warehouse should take: a sound one, with what the settings name in `order` replaced.

use serde_json::Value;

use crate::bindings::exports::wms::connector::import_orders::{Address, Fetched, Order, OrderLine, Totals};
use crate::wishes::Wishes;

/// The answer of `fetch` for `ids` by the misdeed that is wished for.
pub(crate) fn fetched(wishes: &Wishes, ids: Vec<String>) -> Vec<Fetched> {
    let ready = |id: String| Fetched::Ready(order(wishes, id));
    match wishes.misdeed() {
        "orders-of-others" => {
            let theirs = wishes.list("ids").into_iter().map(ready);
            theirs.collect()
        }
        "orders-twice" => ids.iter().chain(&ids).cloned().map(ready).collect(),
        _ => ids.into_iter().map(ready).collect(),
    }
}

fn order(wishes: &Wishes, id: String) -> Order {
    let changed = wishes.value("order");
    let field = |name: &str| changed.get(name);
    let text = |name: &str, sound: &str| match field(name) {
        Some(Value::String(text)) => text.clone(),
        // A number is a length.
        Some(Value::Number(length)) => "x".repeat(length.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0)),
        _ => sound.to_owned(),
    };
    let nothing = || "0".to_owned();
    let quantity = field("quantity").and_then(Value::as_i64).unwrap_or(1);
    let line = OrderLine {
        source_line_id: "1".into(),
        sku: text("sku", "TEE"),
        // As a connector does it that forgot the sign.
        quantity: quantity as u32,
        details: String::new(),
        unit_price: text("unit-price", "10"),
        unit_price_vat: nothing(),
        discount: nothing(),
        name_values: vec![],
    };
    let lines = field("lines").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok()).unwrap_or(1);
    let nobody = String::new;
    Order {
        version: text("version", "1"),
        order_number: text("order-number", &format!("N-{id}")),
        id,
        external_order_reference: nobody(),
        source_reference: text("source-reference", "R"),
        channel: text("channel", "Shop"),
        source_order_date: field("source-order-date").and_then(Value::as_i64),
        required_despatch: field("required-despatch").and_then(Value::as_i64),
        delivery_address: Address {
            full_name: text("full-name", "A. Buyer"),
            company: nobody(),
            address1: nobody(),
            address2: nobody(),
            address3: nobody(),
            town: nobody(),
            county: nobody(),
            post_code: nobody(),
            country: "GB".into(),
            email: nobody(),
            phone: nobody(),
        },
        courier_service: None,
        currency: "GBP".into(),
        totals: Totals {
            order_value: text("order-value", "10"),
            shipping_total_ex_vat: nothing(),
            shipping_total_vat: nothing(),
            discount_total_ex_vat: nothing(),
            discount_total_vat: nothing(),
            total_vat: nothing(),
        },
        comments: text("comments", ""),
        delivery_notes: nobody(),
        gift_messages: nobody(),
        vat_number: nobody(),
        total_weight: None,
        lines: std::iter::repeat_with(|| line.clone()).take(lines).collect(),
        name_values: vec![],
        tags: vec![],
        warnings: vec![],
        acknowledge: false,
    }
}
