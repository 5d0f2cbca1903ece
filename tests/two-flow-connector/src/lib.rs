//! Two flows: the kit's orders, and stock written by hand next to them. The made-up shop gives its orders by `GET /orders` and
//! its stock by `GET /stock`, an object of SKUs and quantities, and takes a part of such an object by `PUT /stock`.

use std::collections::BTreeMap;

use connector_kit::call::{CallError, call};
use connector_kit::contract::{Attempt, Change, Flow, Mode, Outcome, Problem, Retry};
use connector_kit::host::go_on;
use connector_kit::orders::outcome;
use connector_kit::prelude::*;
use connector_kit::problem::problem;

use sync_stock::{Guest, InFlightOrder, StockLevel};

struct Shop;
connector_kit::export!(Shop);
connector_kit::flow!(sync_stock for Shop in "../../wit");

impl OrderSource for Shop {
    fn describe() -> Description {
        let operations = [
            Operation::read("orders", "https://shop.example/orders"),
            Operation::read("stock", "https://shop.example/stock"),
            Operation { moves_stock: true, ..Operation::set("set-stock", "https://shop.example/stock") },
        ];
        let shop = Description::new("two-flows", "Made-up shop", env!("CARGO_PKG_VERSION"), operations);
        Description { flows: vec![Flow::ImportOrders, Flow::SyncStock], ..shop }
    }

    async fn all(host: &impl Host, _: &Context) -> Result<Vec<Json>, Failure> {
        get(host, "orders", &[]).await?.records("")
    }

    fn order(shop: &Json, _: &Context, _: &mut Checks) -> Option<Order> {
        Some(Order {
            delivery_address: Address { country: shop.text("country"), ..Address::default() },
            currency: shop.text("currency"),
            totals: Totals { order_value: shop.amount("total"), total_vat: shop.amount("vat"), ..Totals::default() },
            lines: shop.each("items", |item| OrderLine {
                sku: item.text("sku"),
                quantity: item.whole("quantity"),
                unit_price: item.amount("price"),
                unit_price_vat: item.amount("vat"),
                ..OrderLine::default()
            }),
            ..Order::default()
        })
    }
}

/// Quantities by SKU, as the shop shows them.
type Shown = BTreeMap<String, i64>;

impl Guest for Shop {
    /// The shop reserves nothing for its open orders, so what it shows is what the warehouse has.
    async fn sync(ctx: Context, levels: Vec<StockLevel>, _: Vec<InFlightOrder>) -> Result<Vec<Outcome>, Failure> {
        let host = connector_kit::host();
        let before: Shown = get(&host, "stock", &[]).await?.read()?;
        let differs = |level: &&StockLevel| before.get(&level.sku).is_some_and(|shown| *shown != wanted(level));
        let wrong: Shown = levels.iter().filter(differs).map(|level| (level.sku.clone(), wanted(level))).collect();
        // In a dry run the outcomes say what would be written.
        if wrong.is_empty() || ctx.mode == Mode::Plan {
            return Ok(levels.iter().map(|level| told(level, &before, None)).collect());
        }
        go_on(&host, 0, levels.len())?;
        // What a write answers is no proof: what the shop shows afterwards is.
        let answer = call(&host, "set-stock", &[], Some(&wrong)).await.map(drop);
        let after: Shown = get(&host, "stock", &[]).await?.read()?;
        Ok(levels.iter().map(|level| told(level, &before, Some((&answer, &after)))).collect())
    }
}

/// What the shop shall show: never less than nothing.
fn wanted(level: &StockLevel) -> i64 {
    level.on_hand.max(0)
}

/// What became of one SKU, from what the shop showed before and, where something was written, its answer and what it showed after.
fn told(level: &StockLevel, before: &Shown, written: Option<(&Result<(), CallError>, &Shown)>) -> Outcome {
    let (sku, wanted) = (&level.sku, wanted(level));
    let Some(old) = before.get(sku) else { return outcome(sku, Attempt::Refused(unknown(sku))) };
    if *old == wanted {
        return outcome(sku, Attempt::AlreadyDone);
    }
    let attempt = match written {
        None => Attempt::NotAttempted,
        Some((_, after)) if after.get(sku) == Some(&wanted) => Attempt::Done,
        Some((Err(error), _)) => error.attempt("set-stock"),
        Some((Ok(()), _)) => Attempt::RetryLater(unchanged(sku)),
    };
    let change = Change { field: "stock".into(), old: Some(old.to_string()), new: Some(wanted.to_string()) };
    Outcome { changes: vec![change], ..outcome(sku, attempt) }
}

fn unknown(sku: &str) -> Problem {
    let unknown = problem(
        "stock.sku-unknown",
        "The shop has no product with this SKU.",
        "Create the product in the shop, or take the SKU out of the connection.",
        Retry::AfterAChange,
    );
    Problem { sku: Some(sku.to_owned()), ..unknown }
}

fn unchanged(sku: &str) -> Problem {
    let unchanged = problem(
        "stock.not-taken",
        "The shop took the new quantity and shows another one.",
        "Look in the shop whether something else sets the stock of this product.",
        Retry::Later,
    );
    Problem { sku: Some(sku.to_owned()), ..unchanged }
}
