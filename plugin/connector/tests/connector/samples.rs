//! The vendor-shaped samples, read where they stand: importable ones import, the others are refused for the right reason.
use linnworks_connector::contract::orders::Fetched;
use linnworks_connector::import;
use serde_json::{Value, json};
use test_needs::{Need, VENDOR_FOLDER, skip, vendor_folder};

use crate::fake::{Fake, ctx, run};

/// The sample, or `None` and the test told as skipped, where the samples are not at hand.
fn sample(name: &str) -> Option<Value> {
    let path = vendor_folder().join("samples").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(_) => {
            skip(Need::VendorDescription, &format!("{} is not there; set {VENDOR_FOLDER}", path.display()));
            None
        }
    }
}

fn fetch(order: &Value, location: &str) -> Fetched {
    let host = Fake::with_orders(std::slice::from_ref(order));
    let ids = [order["OrderId"].as_str().unwrap().to_owned()];
    run(import::fetch(&host, &ctx(json!({"Location": location, "WeightInGrams": true})), &ids)).unwrap().remove(0)
}

#[test]
fn the_complete_order_imports() {
    let Some(order) = sample("orderdetails.synthetic-full.json") else { return };
    let Fetched::Ready(order) = fetch(&order, "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a") else { panic!("not ready") };
    assert_eq!((order.order_number.as_str(), order.external_order_reference.as_str()), ("100234", "5551234567890"));
    let lines: Vec<(&str, u32, &str)> =
        order.lines.iter().map(|line| (line.sku.as_str(), line.quantity, line.unit_price.as_str())).collect();
    assert_eq!(lines[0], ("TEE-BLK-M", 2, "10.415"));
    assert_eq!(
        lines.iter().map(|line| (line.0, line.1)).collect::<Vec<_>>(),
        [("TEE-BLK-M", 2), ("MUG-RED", 2), ("COASTER", 4)]
    );
    assert_eq!(
        (
            order.totals.order_value.as_str(),
            order.totals.shipping_total_ex_vat.as_str(),
            order.totals.shipping_total_vat.as_str()
        ),
        ("48.99", "3.33", "0.66")
    );
    assert_eq!(
        (order.delivery_address.country.as_str(), order.delivery_notes.as_str()),
        ("GB", "Please leave with neighbour")
    );
    assert_eq!(
        (order.total_weight.as_deref(), order.tags.as_slice()),
        (Some("1.11"), ["AMAZON_PREMIUM".to_owned()].as_slice())
    );
    assert!(order.warnings.is_empty(), "{:?}", order.warnings);
}

/// Codes of the failed checks after `mend` has taken the earlier reasons away.
fn reasons(mut order: Value, location: &str, mend: impl Fn(&mut Value)) -> Vec<String> {
    mend(&mut order);
    match fetch(&order, location) {
        Fetched::Skipped(skip) => skip.verdicts.into_iter().map(|verdict| verdict.check).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_locked_live_row_is_refused_as_locked_and_beneath_that_as_unlinked_and_without_country() {
    let Some(order) = sample("orders-getopenorders-row.live-redacted-2026.json") else { return };
    let default = "00000000-0000-0000-0000-000000000000";
    assert_eq!(reasons(order.clone(), default, |_| ()), ["locked"]);
    let unlocked = reasons(order, default, |order| order["GeneralInfo"]["HoldOrCancel"] = json!(false));
    assert_eq!(unlocked, ["country-unknown", "unlinked-item"]);
}

#[test]
fn the_merged_live_order_is_refused_for_its_address() {
    let Some(order) = sample("openorders-getopenorders-merged.hrollings24-2023.json") else { return };
    let order = order.get(0).cloned().unwrap_or(order);
    assert_eq!(
        reasons(order, "a9d95f89-fd1a-4d57-98da-9d5ef91b8fc1", |_| ()),
        ["address-incomplete", "country-unknown"]
    );
}

#[test]
fn a_page_of_open_orders_gives_the_ids_when_the_list_is_refused() {
    let Some(page) = sample("orders-getopenorders.synthetic-page.json") else {
        return;
    };
    let host = Fake::new();
    host.always("Orders/GetOpenOrders", page.clone());
    let found = run(import::discover(&host, &ctx(json!({})))).unwrap();
    let ids: Vec<&str> =
        page["Data"].as_array().unwrap().iter().filter_map(|order| order["OrderId"].as_str()).collect();
    assert_eq!(found.candidates.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ids);
}

#[test]
fn every_observed_error_body_becomes_a_failure_with_a_remedy() {
    let Some(bodies) = sample("error-bodies.json") else { return };
    for observed in bodies["observed"].as_array().unwrap() {
        let Some(status) = observed["status"].as_u64() else { continue };
        let body = observed
            .get("body")
            .map_or_else(|| observed["body_text_contains"].as_str().unwrap().to_owned(), Value::to_string);
        let host = Fake::new();
        host.on("Orders/GetOrdersById", move |_| crate::fake::text(u16::try_from(status).unwrap(), &body));
        let failure = run(import::fetch(&host, &ctx(json!({})), &[crate::order::id(1)])).unwrap_err();
        let (kind, problem) = crate::fake::problem(&failure);
        assert!(!problem.remedy.is_empty());
        assert_eq!(kind == "throttled", status == 429, "{observed}");
        assert_eq!(kind == "unauthorised", status == 401, "{observed}");
    }
}
