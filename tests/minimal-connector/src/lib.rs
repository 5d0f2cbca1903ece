//! The smallest useful connector: paid orders of a made-up shop, which answers `GET /orders` with all of them.
#![allow(unsafe_code, reason = "the generated bindings hand memory over to the host")]

mod manifest;

use std::collections::BTreeMap;

use exports::wms::connector::import_orders::{self, Address, Explanation, Fetched, Order, OrderLine, Totals};
use wms::connector::http::{self, Request};
use wms::connector::types::{Attempt, Candidate, Context, Failure, Outcome, Page, Problem, Retry, Skip, Verdict};

wit_bindgen::generate!({
    world: "order-importer",
    path: "../../wit",
    generate_all,
    additional_derives: [Clone, Default],
    // These hold an enum or a variant, for which nothing is the default.
    additional_derives_ignore: ["mode", "context", "retry", "problem", "failure", "attempt", "outcome", "level",
        "http-error", "storage-error", "directive", "flow", "method", "effect", "encoding", "base", "operation", "recipe", "fetched"],
});

/// An order as the shop tells it.
#[derive(serde::Deserialize)]
struct ShopOrder {
    id: String,
    changed: String,
    paid: bool,
    buyer: String,
    street: String,
    city: String,
    postcode: String,
    country: String,
    currency: String,
    total: String,
    vat: String,
    items: Vec<ShopItem>,
}

/// A line of it.
#[derive(serde::Deserialize)]
struct ShopItem {
    sku: String,
    quantity: u32,
    price: String,
    vat: String,
}

struct Shop;
export!(Shop);

impl import_orders::Guest for Shop {
    async fn discover(_: Context, _: Option<String>) -> Result<Page, Failure> {
        let orders = all_orders().await?.into_values();
        let candidates = orders.map(|order| Candidate { id: order.id, version: Some(order.changed) }).collect();
        Ok(Page { candidates, checkpoint: None, complete: true })
    }

    async fn fetch(context: Context, ids: Vec<String>) -> Result<Vec<Fetched>, Failure> {
        let mut orders = all_orders().await?;
        let judge = |id: String| match orders.remove(&id) {
            None => Fetched::Absent(id),
            Some(order) if order.paid => Fetched::Ready(to_contract(order, context.channel.clone())),
            Some(order) => {
                Fetched::Skipped(Skip { reference: id.clone(), id, verdicts: verdicts(&order), needs_attention: false })
            }
        };
        Ok(ids.into_iter().map(judge).collect())
    }

    async fn acknowledge(_: Context, ids: Vec<String>) -> Result<Vec<Outcome>, Failure> {
        let nothing_to_mark = |id| Outcome { id, attempt: Attempt::AlreadyDone, changes: vec![], remote_id: None };
        Ok(ids.into_iter().map(nothing_to_mark).collect())
    }

    async fn find(_: Context, reference: String) -> Result<Vec<String>, Failure> {
        Ok(all_orders().await?.into_keys().filter(|id| *id == reference).collect())
    }

    async fn explain(_: Context, reference: String) -> Result<Vec<Explanation>, Failure> {
        let order = all_orders().await?.remove(&reference);
        let explain = |order: ShopOrder| Explanation { verdicts: verdicts(&order), reference, id: Some(order.id) };
        Ok(order.map(explain).into_iter().collect())
    }
}

/// The one call: the host turns the operation's name into an address and adds what the shop wants to see.
async fn all_orders() -> Result<BTreeMap<String, ShopOrder>, Failure> {
    let request = Request { operation: "list-orders".into(), query: vec![], body: None };
    let response = http::send(request)
        .await
        .map_err(|error| Failure::Unavailable(problem("shop.no-answer", format!("{error:?}"))))?;
    let orders: Vec<ShopOrder> = serde_json::from_slice(&response.body).map_err(|error| {
        Failure::UnexpectedAnswer(problem("shop.unreadable", format!("status {}: {error}", response.status)))
    })?;
    Ok(orders.into_iter().map(|order| (order.id.clone(), order)).collect())
}

fn verdicts(order: &ShopOrder) -> Vec<Verdict> {
    let (found, remedy) = match order.paid {
        true => ("The order is paid", ""),
        false => ("The order is not paid", "Wait for the buyer's payment, or mark the order as paid in the shop."),
    };
    vec![Verdict { check: "paid".into(), passed: order.paid, found: found.into(), remedy: remedy.into() }]
}

fn to_contract(order: ShopOrder, channel: String) -> Order {
    let line = |(index, item): (usize, ShopItem)| OrderLine {
        source_line_id: index.to_string(),
        sku: item.sku,
        quantity: item.quantity,
        unit_price: item.price,
        unit_price_vat: item.vat,
        discount: "0".into(),
        ..OrderLine::default()
    };
    Order {
        order_number: format!("SHOP-{}", order.id),
        external_order_reference: order.id.clone(),
        source_reference: order.id.clone(),
        id: order.id,
        version: order.changed,
        channel,
        delivery_address: Address {
            full_name: order.buyer,
            address1: order.street,
            town: order.city,
            post_code: order.postcode,
            country: order.country,
            ..Address::default()
        },
        currency: order.currency,
        totals: Totals {
            order_value: order.total,
            total_vat: order.vat,
            shipping_total_ex_vat: "0".into(),
            shipping_total_vat: "0".into(),
            discount_total_ex_vat: "0".into(),
            discount_total_vat: "0".into(),
        },
        lines: order.items.into_iter().enumerate().map(line).collect(),
        ..Order::default()
    }
}

fn problem(code: &str, message: String) -> Problem {
    let remedy = "Look whether the shop is up; the next run tries again.".into();
    Problem { code: code.into(), message, remedy, retry: Retry::Later, field: None, sku: None }
}
