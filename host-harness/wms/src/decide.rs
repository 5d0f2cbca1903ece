//! Whether the warehouse takes an order, decided for each order by itself. Nothing here touches the database.

use crate::model::{NewOrder, Problem, near_miss};
use crate::split_off::SplitOff;
use crate::stock::StockRow;
use std::collections::{BTreeSet, HashMap};

/// What the database says about everything that a batch names.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Names of the client's channels, with their ids.
    pub(crate) channels: Vec<(String, i64)>,
    /// Names of the courier services.
    pub(crate) couriers: Vec<String>,
    /// Source order id: order, connection.
    pub(crate) imported: HashMap<String, (i64, i64)>,
    /// Order numbers that are taken, with the source order id that has them.
    pub(crate) numbers: HashMap<String, String>,
    /// SKU: stock in the warehouse.
    pub(crate) products: HashMap<String, StockRow>,
    /// Unknown SKU: the one that differs in case and spaces only.
    pub(crate) near_skus: HashMap<String, String>,
    /// What despatches of parts split off at the source.
    pub(crate) split_off: SplitOff,
}

impl Known {
    pub(crate) fn channel(&self, name: &str) -> Option<i64> {
        self.channels.iter().find(|(channel, _)| channel == name).map(|(_, id)| *id)
    }

    /// The number of the order that this one was, or may have been, split off from by our own despatch.
    pub(crate) fn split_off_from(&self, order: &NewOrder) -> Option<String> {
        let SplitOff { ids, references } = &self.split_off;
        ids.get(&order.id).or_else(|| references.get(&order.external_order_reference)).cloned()
    }
}

fn problem(code: &str, message: String, remedy: String, field: Option<&str>, sku: Option<&str>) -> Problem {
    Problem {
        code: code.into(),
        message,
        remedy,
        retry: "after-a-change".into(),
        field: field.map(Into::into),
        sku: sku.map(Into::into),
    }
}

/// All reasons why the warehouse does not take this order; none when it does.
pub(crate) fn refusals(order: &NewOrder, known: &Known) -> Vec<Problem> {
    let mut found = Vec::new();
    if order.lines.is_empty() {
        found.push(problem(
            "order-empty",
            "The order has no lines.".into(),
            "Add what is to be sent to the order at the source, or cancel it there.".into(),
            Some("lines"),
            None,
        ));
    }
    if let Some(line) = order.lines.iter().find(|line| line.quantity == 0) {
        found.push(problem(
            "quantity-zero",
            format!("A line with SKU `{}` has the quantity 0; at least 1 is expected.", line.sku),
            "Correct or remove the line at the source.".into(),
            Some("lines"),
            Some(&line.sku),
        ));
    }
    found.extend(unknown_skus(order, known));
    if order.order_number.is_empty() {
        found.push(problem(
            "order-number-missing",
            "The order has no number.".into(),
            "Choose in the connection's settings a field for the order number that every order has.".into(),
            Some("order-number"),
            None,
        ));
    } else if known.numbers.get(&order.order_number).is_some_and(|owner| *owner != order.id) {
        found.push(problem(
            "order-number-taken",
            format!("The order number {} belongs to another order of this client.", order.order_number),
            "Set an OrderPrefix in the connection's settings, another one than the client's other connections have."
                .into(),
            Some("order-number"),
            None,
        ));
    }
    if known.channel(&order.channel).is_none() {
        let hint = near_miss(&order.channel, known.channels.iter().map(|(name, _)| name.as_str()));
        found.push(problem(
            "channel-unknown",
            format!("The client has no channel `{}`{}.", order.channel, did_you_mean(hint)),
            "Add the channel to the client, or map the order to one that exists.".into(),
            Some("channel"),
            None,
        ));
    }
    if let Some(courier) = order.courier_service.as_deref()
        && !known.couriers.iter().any(|name| name == courier)
    {
        let hint = near_miss(courier, known.couriers.iter().map(String::as_str));
        found.push(problem(
            "courier-service-unknown",
            format!("The warehouse has no courier service `{courier}`{}.", did_you_mean(hint)),
            "Add the courier service, or map the source's service to one that exists.".into(),
            Some("courier-service"),
            None,
        ));
    }
    found
}

/// Part of an order is never imported: one unknown SKU keeps all of it out, and all of them are named.
fn unknown_skus(order: &NewOrder, known: &Known) -> Option<Problem> {
    let unknown: BTreeSet<&str> =
        order.lines.iter().map(|line| line.sku.as_str()).filter(|sku| !known.products.contains_key(*sku)).collect();
    let first = unknown.first()?;
    let named: Vec<String> = unknown
        .iter()
        .map(|sku| format!("`{sku}`{}", did_you_mean(known.near_skus.get(*sku).map(String::as_str))))
        .collect();
    let count = if named.len() == 1 { "SKU" } else { "SKUs" };
    Some(problem(
        "sku-unknown",
        format!("The client has no product with the {count} {}.", named.join(", ")),
        "Add the product to the client, or correct the SKU at the source; the order is tried again on every run."
            .into(),
        Some("lines"),
        Some(first),
    ))
}

fn did_you_mean(hint: Option<&str>) -> String {
    hint.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}
