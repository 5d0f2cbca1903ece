//! Composite items: children or parent, never both.
use linnworks_connector::contract::orders::Order;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::fake::ctx;
use crate::order::{bent, line, ready, reasons};

/// Three bundles of two mugs and four coasters for 20.00 in all, and nothing else.
fn bundle() -> Value {
    let mut bundle = line(1, "BUNDLE", 3, 16.67, 20.0);
    bundle["CompositeSubItems"] =
        json!([line(11, "MUG", 6, 0.0, 0.0), line(12, "COASTER", 12, 0.0, 0.0), line(13, "CARD", 3, 0.0, 0.0)]);
    bundle
}

fn order(bundle: Value) -> Value {
    bent(&[("/Items", json!([bundle])), ("/TotalsInfo/TotalCharge", json!(23.6))])
}

fn lines(order: &Order) -> Vec<(&str, u32)> {
    order.lines.iter().map(|line| (line.sku.as_str(), line.quantity)).collect()
}

#[test]
fn children_come_with_their_resolved_quantities_and_without_the_parent() {
    let order = ready(&order(bundle()), &ctx(json!({})));
    assert_eq!(lines(&order), [("MUG", 6), ("COASTER", 12), ("CARD", 3)]);
    assert!(
        order
            .lines
            .iter()
            .all(|line| line.name_values.iter().any(|pair| pair.name == "CompositeSku" && pair.value == "BUNDLE"))
    );
}

#[test]
fn the_parents_money_is_spread_over_the_children_to_the_cent() {
    let order = ready(&order(bundle()), &ctx(json!({})));
    let sum = |price: fn(&linnworks_connector::contract::orders::OrderLine) -> &str| -> Decimal {
        let of_line = |line| (price(line).parse::<Decimal>().unwrap() * Decimal::from(line.quantity)).round_dp(2);
        order.lines.iter().map(of_line).sum()
    };
    assert_eq!(
        (sum(|line| &line.unit_price).to_string(), sum(|line| &line.unit_price_vat).to_string()),
        ("16.67".to_owned(), "3.33".to_owned())
    );
}

#[test]
fn the_parent_comes_alone_when_the_setting_says_so() {
    let order = ready(&order(bundle()), &ctx(json!({"CompositeItems": "Parent"})));
    assert_eq!(lines(&order), [("BUNDLE", 3)]);
}

#[test]
fn a_child_without_quantity_or_sku_holds_the_whole_order() {
    let mut short = bundle();
    short["CompositeSubItems"][1]["Quantity"] = json!(0);
    assert_eq!(reasons(&order(short), &ctx(json!({}))), ["quantity"]);
    let mut nameless = bundle();
    nameless["CompositeSubItems"][1]["SKU"] = json!("");
    assert_eq!(reasons(&order(nameless), &ctx(json!({}))), ["unlinked-item"]);
}

#[test]
fn children_without_row_ids_get_ids_of_their_own() {
    let mut bare = bundle();
    for child in bare["CompositeSubItems"].as_array_mut().unwrap() {
        child["RowId"] = Value::Null;
    }
    let order = ready(&order(bare), &ctx(json!({})));
    let mut ids: Vec<&str> = order.lines.iter().map(|line| line.source_line_id.as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}
