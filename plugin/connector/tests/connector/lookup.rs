//! What a person asks about an order.
use linnworks_connector::contract::orders::Explanation;
use linnworks_connector::import;
use serde_json::{Value, json};

use crate::fake::{Fake, ctx, ok, refused, run};
use crate::order::{ID, bent, good};

/// An account with one order, found by number, reference and id.
fn account(order: &Value) -> Fake {
    let host = Fake::with_orders(std::slice::from_ref(order));
    let found = order.clone();
    host.on("Orders/GetOrderDetailsByNumOrderId", move |asked| {
        if asked["OrderId"] == "100001" {
            ok(&found)
        } else {
            ok(&json!({"OrderId": "00000000-0000-0000-0000-000000000000"}))
        }
    });
    let found = order.clone();
    host.on("Orders/GetOrderDetailsByReferenceId", move |asked| {
        if asked["ReferenceId"] == "5551-A" { ok(&json!([found])) } else { ok(&json!([])) }
    });
    host.always("OpenOrders/SearchOrders", json!({"OpenOrders": [], "ProcessedOrders": []}));
    host.always("Orders/GetOrderRelations", json!([]));
    host.always("Orders/GetAllOpenOrders", json!([]));
    host
}

fn explain(order: &Value, settings: Value, reference: &str) -> Explanation {
    let mut found = run(import::explain(&account(order), &ctx(settings), reference)).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// The first check that did not pass.
fn why(order: &Value, settings: Value) -> String {
    let explanation = explain(order, settings, "100001");
    explanation
        .verdicts
        .into_iter()
        .find(|verdict| !verdict.passed)
        .map_or_else(|| "nothing".to_owned(), |verdict| verdict.check)
}

#[test]
fn an_order_is_found_by_number_reference_and_id_with_and_without_the_prefix() {
    for (settings, reference) in [
        (json!({}), "100001"),
        (json!({}), " 5551-A "),
        (json!({}), ID),
        (json!({}), &ID.to_uppercase()),
        (json!({"OrderPrefix": "UNL-"}), "UNL-100001"),
        (json!({"OrderPrefix": "UNL-"}), "unl-5551-A"),
        (json!({"OrderPrefix": "UNL-"}), "100001"),
    ] {
        let found = run(import::find(&account(&good()), &ctx(settings), reference)).unwrap();
        assert_eq!(found, [ID], "{reference}");
    }
}

#[test]
fn the_search_is_asked_only_when_nothing_else_finds_the_order() {
    let host = account(&good());
    run(import::find(&host, &ctx(json!({})), "100001")).unwrap();
    assert_eq!(host.count("OpenOrders/SearchOrders"), 0);
    host.always("OpenOrders/SearchOrders", json!({"OpenOrders": [{"ViewId": 1, "OrderIds": [ID]}, {"ViewId": 4, "OrderIds": [ID]}], "ProcessedOrders": [ID]}));
    assert_eq!(run(import::find(&host, &ctx(json!({})), "EXT-9")).unwrap(), [ID]);
}

#[test]
fn an_unknown_reference_finds_nothing_even_where_linnworks_answers_with_refusals() {
    let host = Fake::new();
    for operation in [
        "Orders/GetOrdersById",
        "Orders/GetOrderDetailsByNumOrderId",
        "Orders/GetOrderDetailsByReferenceId",
        "OpenOrders/SearchOrders",
    ] {
        host.on(operation, |_| refused());
    }
    assert!(run(import::find(&host, &ctx(json!({})), "777")).unwrap().is_empty());
}

#[test]
fn an_explanation_lists_every_check_with_what_was_found() {
    insta::assert_json_snapshot!(explain(&good(), json!({"OrderPrefix": "UNL-"}), "UNL-100001"));
}

#[test]
fn the_explanation_agrees_with_the_import() {
    let cases: [(&str, Value, Value, &str); 8] = [
        ("/GeneralInfo/Status", json!(0), json!({}), "unpaid"),
        ("/GeneralInfo/IsParked", json!(true), json!({"IgnoreParkedOrders": true}), "parked"),
        ("/GeneralInfo/IsParked", json!(true), json!({}), "nothing"),
        ("/GeneralInfo/HoldOrCancel", json!(true), json!({}), "locked"),
        ("/Processed", json!(true), json!({}), "processed"),
        ("/Items/0/IsUnlinked", json!(true), json!({}), "unlinked-item"),
        ("/TotalsInfo/Currency", json!("UNK"), json!({}), "currency-unknown"),
        ("/CustomerInfo/Address/Address1", json!(""), json!({}), "address-incomplete"),
    ];
    for (pointer, value, settings, check) in cases {
        assert_eq!(why(&bent(&[(pointer, value)]), settings), check, "{pointer}");
    }
}

#[test]
fn an_order_elsewhere_is_explained_with_the_names_of_both_locations() {
    let there = "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a";
    let host = account(&bent(&[("/FulfilmentLocationId", json!(there))]));
    host.always(
        "Inventory/GetStockLocations",
        json!([
            {"StockLocationId": "00000000-0000-0000-0000-000000000000", "LocationName": "Default"},
            {"StockLocationId": there, "LocationName": "Leeds"},
        ]),
    );
    let explanation = run(import::explain(&host, &ctx(json!({})), "100001")).unwrap().remove(0);
    let verdict = explanation.verdicts.into_iter().find(|verdict| verdict.check == "location").unwrap();
    assert!(!verdict.passed);
    assert!(verdict.found.contains("\"Leeds\"") && verdict.found.contains("\"Default\""), "{}", verdict.found);
}

#[test]
fn an_unknown_order_is_explained_as_such_and_a_merged_one_names_what_it_became() {
    let explanation =
        run(import::explain(&account(&good()), &ctx(json!({"OrderPrefix": "UNL-"})), "UNL-9")).unwrap().remove(0);
    assert_eq!(explanation.id, None);
    assert_eq!(explanation.verdicts[0].found, "Looked for: UNL-9, 9");
    assert_eq!((explanation.verdicts[1].check.as_str(), explanation.verdicts[1].passed), ("known", false));

    let gone = "3f6d1c52-0000-4a55-9d0c-000000000077";
    let host = account(&good());
    host.always(
        "Orders/GetOrderRelations",
        json!([{"ParentOrderId": gone, "ChildOrderId": ID, "Parent": 77, "Child": 100_001, "Type": "MERGED"}]),
    );
    let explanation = run(import::explain(&host, &ctx(json!({})), gone)).unwrap().remove(0);
    assert_eq!(explanation.verdicts[0].check, "merged");
    assert!(explanation.verdicts[0].found.contains("100001"));
}
