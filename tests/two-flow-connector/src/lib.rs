//! Two flows: the kit's orders, and stock written by hand next to them. The made-up shop gives its orders by `GET /orders` and
//! its stock by `GET /stock`, an object of SKUs and quantities, and takes a part of such an object by `PUT /stock`.

use std::collections::BTreeMap;

use connector_kit::call::{CallError, call};
use connector_kit::contract::{Attempt, Change, Flow, Outcome, Problem, Retry};
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
    async fn sync(_: Context, levels: Vec<StockLevel>, _: Vec<InFlightOrder>) -> Result<Vec<Outcome>, Failure> {
        let host = connector_kit::host();
        let before: Shown = get(&host, "stock", &[]).await?.read()?;
        let differs = |level: &&StockLevel| before.get(&level.sku).is_some_and(|shown| *shown != wanted(level));
        let wrong: Shown = levels.iter().filter(differs).map(|level| (level.sku.clone(), wanted(level))).collect();
        // What a write answered is no proof: what the shop shows afterwards is.
        let (written, after) = match wrong.is_empty() {
            true => (Ok(()), before.clone()),
            false => {
                go_on(&host, 0, levels.len())?;
                let written = call(&host, "set-stock", &[], Some(&wrong)).await.map(drop);
                (written, get(&host, "stock", &[]).await?.read()?)
            }
        };
        Ok(levels.iter().map(|level| told(level, &before, &written, &after)).collect())
    }
}

/// What the shop shall show: never less than nothing.
fn wanted(level: &StockLevel) -> i64 {
    level.on_hand.max(0)
}

fn told(level: &StockLevel, before: &Shown, written: &Result<(), CallError>, after: &Shown) -> Outcome {
    let wanted = wanted(level);
    let attempt = match (before.get(&level.sku), after.get(&level.sku), written) {
        (None, _, _) => Attempt::Refused(unknown(&level.sku)),
        (Some(shown), _, _) if *shown == wanted => return outcome(&level.sku, Attempt::AlreadyDone),
        (_, Some(shown), _) if *shown == wanted => Attempt::Done,
        (_, _, Err(error)) => error.attempt("set-stock"),
        (_, _, Ok(())) => Attempt::RetryLater(unchanged(&level.sku)),
    };
    let field = |shown: Option<&i64>| shown.map(ToString::to_string);
    let change = Change { field: "stock".into(), old: field(before.get(&level.sku)), new: Some(wanted.to_string()) };
    Outcome { changes: vec![change], ..outcome(&level.sku, attempt) }
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
