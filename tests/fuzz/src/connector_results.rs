//! What a connector gives to the host: its manifest, before anybody trusts it, and its records, before they are committed.
//!
//! A document is `{"manifest"}`, `{"order"}` or `{"asn"}`, as the contract has them.

use harness_capability::http::OperationTable;
use harness_capability::http::egress::OperatorEgress;
use harness_contract::import_orders::Order;
use harness_contract::import_purchase_orders::Asn;
use harness_contract::manifest::{Base, Description};
use harness_contract::results;
use harness_contract::review::{FLOWS, interface_of, review};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{bug, document};

/// Has the host look at what is in `data`.
pub fn run(data: &[u8]) {
    let Some(tape) = document::read(data) else { return };
    if let Some(description) = part(&tape, "manifest") {
        manifest(&description);
    }
    if let Some(order) = part(&tape, "order") {
        taken(&results::order(&order), &order, |order: &Order| {
            let totals = &order.totals;
            let amounts = [&totals.order_value, &totals.total_vat, &totals.shipping_total_ex_vat];
            let prices = order.lines.iter().flat_map(|line| [&line.unit_price, &line.unit_price_vat, &line.discount]);
            amounts.into_iter().chain(prices).for_each(|text| number(text));
            assert!(order.lines.iter().all(|line| line.quantity > 0), "a line of nothing");
        });
    }
    if let Some(asn) = part(&tape, "asn") {
        taken(&results::asn(&asn), &asn, |asn: &Asn| {
            for product in asn.lines.iter().filter_map(|line| line.product.as_ref()) {
                [&product.weight, &product.height].into_iter().flatten().for_each(|text| number(text));
            }
        });
    }
}

fn part<T: DeserializeOwned>(tape: &Value, name: &str) -> Option<T> {
    serde_json::from_value(tape.get(name)?.clone()).ok()
}

/// A record without faults is one that every store takes and every reader reads; one with faults is refused in plain words.
fn taken<T: serde::Serialize>(faults: &[String], record: &T, reads: impl FnOnce(&T)) {
    plain(faults);
    if faults.is_empty() || bug::asked() {
        let text = serde_json::to_string(record).expect("a record is JSON");
        assert!(!text.contains("\\u0000"), "a text with NUL is let through");
        reads(record);
    }
}

/// Another reader of decimals than the one that is tried.
fn number(text: &str) {
    assert!(text.parse::<f64>().is_ok_and(f64::is_finite), "{text:?} is let through as a number");
    assert!(!text.contains(['e', 'E', '+', ' ', 'n', 'i']), "{text:?} is let through as a decimal");
}

/// What an operator reads is text: no character in it moves his cursor.
fn plain(told: &[String]) {
    for line in told {
        let odd = line.chars().find(|c| c.is_control());
        assert!(odd.is_none(), "{odd:?} in what an operator reads: {line:?}");
    }
}

fn manifest(description: &Description) {
    let exports: Vec<String> = FLOWS
        .iter()
        .filter(|flow| description.flows.contains(flow))
        .map(|flow| format!("{}@0.1.0", interface_of(*flow)))
        .collect();
    let wrong = review(description, &exports);
    plain(&wrong);
    let table = OperationTable::new(description, &OperatorEgress::default());
    if let Err(wrong) = &table {
        assert!(!wrong.is_empty(), "refused without a reason");
        plain(wrong);
    }
    if !wrong.is_empty() || table.is_err() {
        return;
    }
    // It is let in: every address is at a host that it lists, by https and the usual port.
    let fixed = description.operations.iter().filter_map(|operation| match &operation.base {
        Base::Fixed(address) => Some(address),
        Base::Session => None,
    });
    let recipe = description.authentication.iter().map(|recipe| &recipe.address);
    for address in fixed.chain(recipe) {
        let host = address.strip_prefix("https://").map(|rest| rest.split('/').next().unwrap_or_default());
        // A name in another spelling is the parser's business; see the target `egress`.
        if let Some(host) = host.filter(|host| host.is_ascii() && !host.contains('%')) {
            let host = host.to_ascii_lowercase();
            let host = host.strip_suffix(":443").unwrap_or(&host);
            let host = host.strip_suffix('.').unwrap_or(host);
            assert!(description.allowed_hosts.iter().any(|allowed| allowed == host), "{address} is let in");
        }
    }
    for operation in &description.operations {
        assert!(operation.path.starts_with('/') && !operation.path.contains(".."), "{:?} is let in", operation.path);
        plain(&[operation.name.clone()]);
    }
    plain(&[description.name.clone(), description.title.clone(), description.version.clone()]);
}
