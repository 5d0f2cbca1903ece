//! The smallest useful connector: paid orders of a made-up shop, which answers `GET /orders` with all of them.
#![allow(unsafe_code, reason = "the generated bindings hand memory over to the host")]

use std::collections::BTreeMap;

use exports::wms::connector::import_orders::{self, Address, Explanation, Fetched, Order, OrderLine, Totals};
use exports::wms::connector::manifest::{self, Base, Description, Effect, Encoding, Flow, Method, Operation};
use exports::wms::connector::setup::{self, Location};
use wms::connector::http::{self, Request};
use wms::connector::types::{Attempt, Candidate, Context, Failure, Outcome, Page, Problem, Retry, Skip, Verdict};

wit_bindgen::generate!({
    world: "order-importer",
    path: "../../wit",
    generate_all,
    additional_derives: [Default],
    // These hold an enum or a variant, for which nothing is the default.
    additional_derives_ignore: ["mode", "context", "retry", "problem", "failure", "attempt", "outcome", "level",
        "http-error", "storage-error", "directive", "flow", "method", "effect", "encoding", "base", "operation", "recipe", "fetched"],
});

struct Shop;
export!(Shop);

/// What the connector is and may do: data that an operator reviews and the host enforces.
impl manifest::Guest for Shop {
    fn describe() -> Description {
        Description {
            name: "shop".into(),
            title: "Made-up shop".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            settings_schema: r#"{"type": "object", "additionalProperties": false,
                "properties": {"Client": {"type": "string"}, "Warehouse": {"type": "string"}, "Channel": {"type": "string"}}}"#.into(),
            settings_version: 1,
            storage_version: 1,
            flows: vec![Flow::ImportOrders],
            allowed_hosts: vec!["shop.example".into()],
            operations: vec![Operation {
                name: "list-orders".into(),
                method: Method::Get,
                base: Base::Fixed("https://shop.example".into()),
                path: "/orders".into(),
                effect: Effect::Read,
                moves_stock: false,
                encoding: Encoding::Json,
                rate_group: "orders".into(),
                calls_per_minute: 60,
                time_limit: 10_000,
                size_limit: 1_000_000,
            }],
            authentication: None,
        }
    }
}

/// No credentials and no locations: there is nothing to check.
impl setup::Guest for Shop {
    async fn check(_: Context) -> Result<Vec<Verdict>, Failure> {
        Ok(vec![])
    }
    async fn list_locations(_: Context) -> Result<Vec<Location>, Failure> {
        Ok(vec![])
    }
    fn migrate(_: u32, settings: String) -> Result<String, Problem> {
        Ok(settings)
    }
}

impl import_orders::Guest for Shop {
    async fn discover(_: Context, _: Option<String>) -> Result<Page, Failure> {
        let candidate = |order: ShopOrder| Candidate { id: order.id, version: Some(order.changed) };
        let candidates = orders().await?.into_values().map(candidate).collect();
        Ok(Page { candidates, checkpoint: None, complete: true })
    }

    async fn fetch(context: Context, ids: Vec<String>) -> Result<Vec<Fetched>, Failure> {
        let mut orders = orders().await?;
        let judge = |id: String| match orders.remove(&id) {
            None => Fetched::Absent(id),
            Some(order) if order.paid => Fetched::Ready(to_contract(order, &context)),
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
        Ok(orders().await?.into_keys().filter(|id| *id == reference).collect())
    }

    async fn explain(_: Context, reference: String) -> Result<Vec<Explanation>, Failure> {
        let order = orders().await?.remove(&reference);
        let explain = |order: ShopOrder| Explanation { verdicts: verdicts(&order), reference, id: Some(order.id) };
        Ok(order.map(explain).into_iter().collect())
    }
}

/// An order as the shop tells it.
#[derive(serde::Deserialize)]
struct ShopOrder {
    id: String,
    changed: String,
    paid: bool,
    buyer: String,
    street: String,
    town: String,
    postcode: String,
    country: String,
    total: String,
    vat: String,
    items: Vec<ShopItem>,
}

#[derive(serde::Deserialize)]
struct ShopItem {
    sku: String,
    quantity: u32,
    price: String,
    vat: String,
}

/// The one call: the host turns the operation's name into an address and adds what the shop wants to see.
async fn orders() -> Result<BTreeMap<String, ShopOrder>, Failure> {
    let problem = |code: &str, message: String| {
        let remedy = "Look whether the shop is up; the next run tries again.".into();
        Problem { code: code.into(), message, remedy, retry: Retry::Later, field: None, sku: None }
    };
    let request = Request { operation: "list-orders".into(), query: vec![], body: None };
    let answer = http::send(request).await;
    let answer = answer.map_err(|error| Failure::Unavailable(problem("shop.no-answer", format!("{error:?}"))))?;
    let unreadable = |error: serde_json::Error| format!("status {}: {error}", answer.status);
    let orders: Vec<ShopOrder> = serde_json::from_slice(&answer.body)
        .map_err(|error| Failure::UnexpectedAnswer(problem("shop.unreadable", unreadable(error))))?;
    Ok(orders.into_iter().map(|order| (order.id.clone(), order)).collect())
}

/// The one check that decides whether an order comes in, for `fetch` and `explain` alike.
fn verdicts(order: &ShopOrder) -> Vec<Verdict> {
    let (found, remedy) = match order.paid {
        true => ("The order is paid", ""),
        false => ("The order is not paid", "Wait for the buyer's payment, or mark the order as paid in the shop."),
    };
    vec![Verdict { check: "paid".into(), passed: order.paid, found: found.into(), remedy: remedy.into() }]
}

fn to_contract(order: ShopOrder, context: &Context) -> Order {
    let none = || "0".to_owned();
    let line = |(index, item): (usize, ShopItem)| OrderLine {
        source_line_id: index.to_string(),
        sku: item.sku,
        quantity: item.quantity,
        unit_price: item.price,
        unit_price_vat: item.vat,
        discount: none(),
        ..OrderLine::default()
    };
    Order {
        order_number: format!("SHOP-{}", order.id),
        external_order_reference: order.id.clone(),
        source_reference: order.id.clone(),
        id: order.id,
        version: order.changed,
        channel: context.channel.clone(),
        delivery_address: Address {
            full_name: order.buyer,
            address1: order.street,
            town: order.town,
            post_code: order.postcode,
            country: order.country,
            ..Address::default()
        },
        currency: "GBP".into(),
        totals: Totals {
            order_value: order.total,
            total_vat: order.vat,
            shipping_total_ex_vat: none(),
            shipping_total_vat: none(),
            discount_total_ex_vat: none(),
            discount_total_vat: none(),
        },
        lines: order.items.into_iter().enumerate().map(line).collect(),
        ..Order::default()
    }
}
