//! Whether an order is whole: half an order is never returned.

use crate::checks::Checks;
use crate::contract::{Order, OrderLine};
use crate::money::{Currency, is_decimal};

/// Makes the check `whole`, which tells everything that is missing at once.
pub(super) fn check(order: &Order, checks: &mut Checks) {
    let missing = missing(order);
    let found = if missing.is_empty() {
        format!("The order is whole; it has {} lines", order.lines.len())
    } else {
        missing.join("; ")
    };
    checks.must(
        "whole",
        missing.is_empty(),
        found,
        "Complete the order at the source. If it is complete there, the connector reads it wrongly: report it with the order's id.",
    );
}

fn missing(order: &Order) -> Vec<String> {
    let mut missing = Vec::new();
    if Currency::find(&order.currency).is_none_or(|currency| currency.code != order.currency) {
        missing.push("the currency is no code of ISO 4217 (`GBP`)".to_owned());
    }
    let country = order.delivery_address.country.as_bytes();
    if country.len() != 2 || !country.iter().all(u8::is_ascii_uppercase) {
        missing.push("the country of the delivery address is no code of two letters (`GB`)".to_owned());
    }
    let totals = &order.totals;
    let amounts = [
        ("order value", &totals.order_value),
        ("VAT in total", &totals.total_vat),
        ("shipping", &totals.shipping_total_ex_vat),
        ("VAT of the shipping", &totals.shipping_total_vat),
        ("discount", &totals.discount_total_ex_vat),
        ("VAT of the discount", &totals.discount_total_vat),
    ];
    missing.extend(none("", &amounts));
    if let Some(weight) = &order.total_weight {
        missing.extend(none("", &[("weight", weight)]));
    }
    if order.lines.is_empty() {
        missing.push("the order has no lines".to_owned());
    }
    for (at, line) in order.lines.iter().enumerate() {
        missing.extend(missing_of(line, at + 1));
    }
    missing
}

fn missing_of(line: &OrderLine, number: usize) -> Vec<String> {
    let mut missing = Vec::new();
    if line.sku.trim().is_empty() {
        missing.push(format!("line {number} has no SKU"));
    }
    if line.quantity == 0 {
        missing.push(format!("line {number} has no quantity"));
    }
    let amounts = [("price", &line.unit_price), ("VAT", &line.unit_price_vat), ("discount", &line.discount)];
    missing.extend(none(&format!("line {number}: "), &amounts));
    missing
}

/// The amounts that are none.
fn none(of: &str, amounts: &[(&str, &String)]) -> Vec<String> {
    let wrong = amounts.iter().filter(|(_, amount)| !is_decimal(amount));
    wrong.map(|(name, _)| format!("{of}the {name} is no decimal (`12.50`)")).collect()
}
