//! Which orders come in, and why others do not.
use serde_json::{Value, json};

use crate::fake::{Fake, NOW, ctx, problem, run, text};
use crate::order::{bent, fetch, good, id, line, ready, reasons, skipped};
use linnworks_connector::contract::Context;
use linnworks_connector::contract::orders::Fetched;
use linnworks_connector::import;

/// The one check that does not pass, and whether it needs a person.
fn only(changes: &[(&str, Value)], settings: Value) -> (String, bool) {
    let skip = skipped(&bent(changes), &ctx(settings));
    assert_eq!(skip.verdicts.len(), 1, "{:?}", skip.verdicts);
    let verdict = &skip.verdicts[0];
    assert!(!verdict.passed && !verdict.found.is_empty() && !verdict.remedy.is_empty(), "{verdict:?}");
    assert_eq!(skip.reference, "100001");
    (verdict.check.clone(), skip.needs_attention)
}

fn deliberate(check: &str) -> (String, bool) {
    (check.to_owned(), false)
}

fn faulty(check: &str) -> (String, bool) {
    (check.to_owned(), true)
}

#[test]
fn a_paid_order_of_the_location_comes_in() {
    assert!(matches!(fetch(&good(), &ctx(json!({}))), Fetched::Ready(_)));
}

#[test]
fn only_paid_orders_come_in_and_each_other_status_has_its_own_reason() {
    for (status, check) in [(0, "unpaid"), (2, "return"), (3, "pending"), (4, "resend")] {
        assert_eq!(only(&[("/GeneralInfo/Status", json!(status))], json!({})), deliberate(check));
    }
    assert_eq!(only(&[("/GeneralInfo/Status", json!(9))], json!({})), faulty("status"));
}

#[test]
fn a_resend_comes_in_when_the_setting_says_so_and_an_unpaid_order_even_then_does_not() {
    let resends = ctx(json!({"ImportResends": true}));
    ready(&bent(&[("/GeneralInfo/Status", json!(4))]), &resends);
    assert_eq!(reasons(&bent(&[("/GeneralInfo/Status", json!(0))]), &resends), ["unpaid"]);
}

#[test]
fn a_parked_order_comes_in_by_default_and_stays_out_when_parked_orders_are_ignored() {
    for parked in [[("/GeneralInfo/IsParked", json!(true))], [("/GeneralInfo/Marker", json!(7))]] {
        ready(&bent(&parked), &ctx(json!({})));
        assert_eq!(only(&parked, json!({"IgnoreParkedOrders": true})), deliberate("parked"));
    }
}

#[test]
fn a_locked_order_stays_out_whatever_the_parked_setting() {
    for ignore in [false, true] {
        let found = only(&[("/GeneralInfo/HoldOrCancel", json!(true))], json!({"IgnoreParkedOrders": ignore}));
        assert_eq!(found, deliberate("locked"));
    }
}

#[test]
fn a_parked_order_that_the_id_list_calls_locked_stays_out() {
    let parked = bent(&[("/GeneralInfo/IsParked", json!(true))]);
    let host = Fake::with_orders(std::slice::from_ref(&parked));
    host.always("Orders/GetAllOpenOrders", json!([parked["OrderId"]]));
    let got = run(import::fetch(&host, &ctx(json!({})), &[id(1)])).unwrap();
    let Fetched::Skipped(skip) = &got[0] else { panic!("{got:?}") };
    assert_eq!(skip.verdicts[0].check, "locked");
    let asked = host.asked("Orders/GetAllOpenOrders");
    assert_eq!(asked["filters"]["BooleanFields"][0]["FieldCode"], "GENERAL_INFO_LOCKED");
    host.always("Orders/GetAllOpenOrders", json!([]));
    let got = run(import::fetch(&host, &ctx(json!({})), &[id(1)])).unwrap();
    assert!(matches!(&got[0], Fetched::Ready(_)), "an answer serves one fetch only: {got:?}");
}

#[test]
fn nobody_asks_for_locks_of_parked_orders_that_stay_out_anyway() {
    let parked = |changes: &[(&str, Value)]| {
        let order = bent(&[&[("/GeneralInfo/IsParked", json!(true))], changes].concat());
        let host = Fake::with_orders(std::slice::from_ref(&order));
        run(import::fetch(&host, &ctx(json!({})), &[id(1)])).unwrap();
        host.count("Orders/GetAllOpenOrders")
    };
    assert_eq!(parked(&[]), 1);
    assert_eq!(parked(&[("/GeneralInfo/Status", json!(0))]), 0);
    assert_eq!(parked(&[("/GeneralInfo/HoldOrCancel", json!(true))]), 0);
    assert_eq!(parked(&[("/GeneralInfo/Source", json!("AMAZON FBA"))]), 0);
    assert_eq!(parked(&[("/Processed", json!(true))]), 0);
}

#[test]
fn a_parked_order_stays_out_while_its_lock_is_unknown_and_after_an_hour_a_person_is_told() {
    let mut plain = good();
    plain["OrderId"] = json!(id(2));
    let host = Fake::with_orders(&[bent(&[("/GeneralInfo/IsParked", json!(true))]), plain]);
    let at = |now: i64| {
        let ctx = Context { now, ..ctx(json!({})) };
        let got = run(import::fetch(&host, &ctx, &[id(1), id(2)])).unwrap();
        assert!(matches!(&got[1], Fetched::Ready(_)), "the other comes in: {got:?}");
        match &got[0] {
            Fetched::Ready(_) => None,
            Fetched::Skipped(skip) => Some((skip.verdicts[0].check.clone(), skip.needs_attention)),
            Fetched::Absent(_) => panic!("absent"),
        }
    };
    for refusal in [(400, r#"{"Message":"The request is invalid."}"#), (403, ""), (200, "<html>")] {
        host.on("Orders/GetAllOpenOrders", move |_| text(refusal.0, refusal.1));
        assert_eq!(at(NOW), Some(deliberate("lock-unknown")), "{refusal:?}");
        assert_eq!(at(NOW + 3_599_999), Some(deliberate("lock-unknown")), "{refusal:?}");
        assert_eq!(at(NOW + 3_600_000), Some(faulty("lock-unknown")), "{refusal:?}");
        host.always("Orders/GetAllOpenOrders", json!([]));
        assert_eq!(at(NOW + 3_600_001), None);
    }
}

#[test]
fn a_fetch_that_cannot_ask_for_locks_at_present_fails_as_a_whole() {
    for (status, body, kind) in [(429, "", "throttled"), (503, "", "unavailable"), (401, "", "unauthorised")] {
        let host = Fake::with_orders(&[bent(&[("/GeneralInfo/IsParked", json!(true))])]);
        host.on("Orders/GetAllOpenOrders", move |_| text(status, body));
        let failure = run(import::fetch(&host, &ctx(json!({})), &[id(1)])).unwrap_err();
        assert_eq!(problem(&failure).0, kind);
    }
}

#[test]
fn a_lock_list_that_ignored_its_filter_tells_nothing_and_holds_the_parked_order_back() {
    let mut other = good();
    other["OrderId"] = json!(id(2));
    let parked = bent(&[("/GeneralInfo/IsParked", json!(true))]);
    let host = Fake::with_orders(&[parked, other]);
    host.always("Orders/GetAllOpenOrders", json!([id(1), id(2)]));
    let got = run(import::fetch(&host, &ctx(json!({})), &[id(1), id(2)])).unwrap();
    let Fetched::Skipped(skip) = &got[0] else { panic!("{got:?}") };
    assert_eq!(skip.verdicts[0].check, "lock-unknown");
    assert!(matches!(&got[1], Fetched::Ready(_)), "{got:?}");
}

#[test]
fn nobody_asks_for_locks_when_no_order_is_parked() {
    let host = Fake::with_orders(&[good()]);
    run(import::fetch(&host, &ctx(json!({})), &[id(1)])).unwrap();
    assert_eq!(host.called(), ["Orders/GetOrdersById", "Inventory/GetCountries"]);
}

#[test]
fn what_amazon_ships_itself_stays_out() {
    assert_eq!(only(&[("/GeneralInfo/Source", json!("AMAZON FBA"))], json!({})), deliberate("fulfilled-by-channel"));
}

#[test]
fn an_order_of_another_location_stays_out_and_the_zero_id_is_the_default_location() {
    let other = "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a";
    assert_eq!(only(&[("/FulfilmentLocationId", json!(other))], json!({})), deliberate("location"));
    assert_eq!(only(&[], json!({"Location": other})), deliberate("location"));
    ready(&bent(&[("/FulfilmentLocationId", json!(other))]), &ctx(json!({"Location": other.to_uppercase()})));
    ready(&bent(&[("/FulfilmentLocationId", Value::Null), ("/GeneralInfo/Location", json!(""))]), &ctx(json!({})));
}

#[test]
fn a_processed_order_and_a_cancelled_one_stay_out_for_different_reasons() {
    assert_eq!(only(&[("/Processed", json!(true))], json!({})), deliberate("processed"));
    let cancelled = [("/Processed", json!(true)), ("/GeneralInfo/HoldOrCancel", json!(true))];
    assert_eq!(only(&cancelled, json!({})), deliberate("cancelled"));
}

#[test]
fn nothing_older_than_the_earliest_order_date_comes_in() {
    for (day, comes) in [("2026-03-02", true), ("2026-03-03", false)] {
        let settings = ctx(json!({"EarliestOrderDate": day}));
        assert_eq!(matches!(fetch(&good(), &settings), Fetched::Ready(_)), comes, "{day}");
    }
    let undated = [("/GeneralInfo/ReceivedDate", json!("0001-01-01T00:00:00Z"))];
    assert_eq!(only(&undated, json!({"EarliestOrderDate": "2026-03-01"})), faulty("earliest-order-date"));
}

#[test]
fn filters_let_in_by_inclusion_and_keep_out_by_exclusion() {
    let marked = bent(&[
        ("/FolderName", json!(["To 3PL", "Fragile"])),
        ("/GeneralInfo/Identifiers", json!([{"Tag": "AMAZON_PRIME", "Name": "Prime"}])),
    ]);
    let cases = [
        ("FolderFilter", "to 3pl", "Other", "folder"),
        ("IdentifierFilter", "prime", "SCHEDULED", "identifier"),
        ("IdentifierFilter", "AMAZON_PRIME", "SCHEDULED", "identifier"),
        ("ShippingMethodFilter", "royal mail 48", "DPD", "shipping-method"),
    ];
    for (setting, has, lacks, check) in cases {
        let with = |kind: &str, name: &str| ctx(json!({setting: {kind: [name]}}));
        ready(&marked, &with("Include", has));
        ready(&marked, &with("Exclude", lacks));
        assert_eq!(reasons(&marked, &with("Include", lacks)), [check]);
        assert_eq!(reasons(&marked, &with("Exclude", has)), [check]);
    }
    assert_eq!(reasons(&good(), &ctx(json!({"FolderFilter": {"Include": ["To 3PL"]}}))), ["folder"]);
}

#[test]
fn an_unlinked_line_holds_the_whole_order() {
    for unlinked in [
        [("/Items/1/IsUnlinked", json!(true))],
        [("/Items/1/StockItemId", json!("00000000-0000-0000-0000-000000000000"))],
        [("/Items/1/SKU", Value::Null)],
    ] {
        assert_eq!(only(&unlinked, json!({})), faulty("unlinked-item"));
    }
}

#[test]
fn an_order_without_goods_and_one_with_a_wrong_quantity_are_held() {
    assert!(reasons(&bent(&[("/Items", json!([]))]), &ctx(json!({}))).contains(&"no-lines".to_owned()));
    let mut service = line(1, "WRAP", 1, 23.83, 28.6);
    service["IsService"] = json!(true);
    let services = bent(&[
        ("/Items", json!([service])),
        ("/TotalsInfo/PostageCost", json!(0.0)),
        ("/TotalsInfo/PostageCostExTax", json!(0.0)),
    ]);
    assert_eq!(reasons(&services, &ctx(json!({}))), ["no-lines"]);
    for quantity in [json!(0), json!(-1), json!(1.5)] {
        assert_eq!(only(&[("/Items/0/Quantity", quantity)], json!({})), faulty("quantity"));
    }
}

#[test]
fn an_address_that_nobody_can_deliver_to_is_refused_without_naming_it() {
    assert_eq!(only(&[("/CustomerInfo/Address/FullName", json!(" "))], json!({})), faulty("address-incomplete"));
    assert_eq!(only(&[("/CustomerInfo/Address/Address1", Value::Null)], json!({})), faulty("address-incomplete"));
    let unknown =
        [("/CustomerInfo/Address/Country", json!("UNKNOWN")), ("/CustomerInfo/Address/CountryId", Value::Null)];
    assert_eq!(only(&unknown, json!({})), faulty("country-unknown"));
    let skip = skipped(&bent(&[("/CustomerInfo/Address/Address1", json!(""))]), &ctx(json!({})));
    assert!(!format!("{skip:?}").contains("Leeds"));
}

#[test]
fn an_order_without_known_currency_is_held_unless_there_is_a_default() {
    for currency in [json!("UNK"), json!(""), Value::Null, json!("XXX")] {
        let order = [("/TotalsInfo/Currency", currency)];
        assert_eq!(only(&order, json!({})), faulty("currency-unknown"));
        assert_eq!(ready(&bent(&order), &ctx(json!({"DefaultCurrency": "EUR"}))).currency, "EUR");
    }
}

#[test]
fn lines_that_miss_the_total_warn_and_by_more_than_a_twentieth_hold() {
    for (total, warned, held) in [
        (28.6, false, false),
        (28.64, false, false),
        (28.7, true, false),
        (29.9, true, false),
        (31.0, false, true),
        (20.0, false, true),
    ] {
        let order = bent(&[("/TotalsInfo/TotalCharge", json!(total))]);
        match fetch(&order, &ctx(json!({}))) {
            Fetched::Ready(order) => {
                let codes: Vec<&str> = order.warnings.iter().map(|problem| problem.code.as_str()).collect();
                assert_eq!(codes, if warned { vec!["order.total-mismatch"] } else { vec![] }, "{total}");
                assert!(!held, "{total}");
            }
            Fetched::Skipped(skip) => {
                assert_eq!(skip.verdicts[0].check, "total-mismatch", "{total}");
                assert!(held, "{total}");
            }
            Fetched::Absent(_) => panic!("absent"),
        }
    }
}

#[test]
fn postage_that_is_given_without_vat_only_counts_towards_the_total_and_is_shipping() {
    for (gross, net) in [(4.99, 0.0), (0.0, 4.99)] {
        let order = bent(&[
            ("/TotalsInfo/PostageCost", json!(gross)),
            ("/TotalsInfo/PostageCostExTax", json!(net)),
            ("/TotalsInfo/TotalCharge", json!(29.99)),
        ]);
        let order = ready(&order, &ctx(json!({})));
        assert_eq!(order.warnings, [], "{gross} {net}");
        assert_eq!(
            (order.totals.shipping_total_ex_vat.as_str(), order.totals.shipping_total_vat.as_str()),
            ("4.99", "0.00")
        );
    }
}

#[test]
fn an_order_number_that_is_missing_shared_or_too_long_is_held() {
    let by_reference = json!({"OrderNumberSource": "ReferenceNum"});
    assert_eq!(only(&[("/GeneralInfo/ReferenceNum", json!(""))], by_reference.clone()), faulty("order-number"));
    assert_eq!(only(&[("/GeneralInfo/ReferenceNum", json!("MERGED"))], by_reference.clone()), faulty("order-number"));
    assert_eq!(only(&[("/GeneralInfo/ReferenceNum", json!("9".repeat(51)))], by_reference), faulty("order-number"));
    ready(&bent(&[("/GeneralInfo/ReferenceNum", json!("MERGED"))]), &ctx(json!({})));
}

#[test]
fn an_unmapped_courier_comes_in_without_service_or_is_held_as_the_setting_says() {
    let mapping = json!([{"Linnworks": "DPD Next Day", "CourierService": "DPD"}]);
    assert_eq!(only(&[], json!({"CourierMapping": mapping, "UnmappedCourier": "Hold"})), faulty("courier-unmapped"));
    let order = ready(&good(), &ctx(json!({"CourierMapping": mapping})));
    assert_eq!(order.courier_service, None);
    assert_eq!(order.warnings[0].code, "order.courier-unmapped");
}
