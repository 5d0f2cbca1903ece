//! What the warehouse gets of an order.
use linnworks_connector::contract::NameValue;
use linnworks_connector::linnworks::orders::Orders;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fake::ctx;
use crate::order::{ID, bent, good, line, ready};

fn value<'a>(values: &'a [NameValue], name: &str) -> Option<&'a str> {
    values.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
}

#[test]
fn the_whole_order_is_mapped() {
    insta::assert_json_snapshot!(ready(&good(), &ctx(json!({}))));
}

#[test]
fn the_prefix_goes_before_the_order_number_and_nowhere_else() {
    let plain = ready(&good(), &ctx(json!({})));
    let mut prefixed = ready(&good(), &ctx(json!({"OrderPrefix": "UNL-"})));
    assert_eq!(prefixed.order_number, "UNL-100001");
    prefixed.order_number.clone_from(&plain.order_number);
    assert_eq!(prefixed, plain);
}

#[test]
fn the_order_number_and_the_external_reference_follow_their_settings() {
    let order = |settings: Value| ready(&good(), &ctx(settings));
    assert_eq!(order(json!({"OrderNumberSource": "ReferenceNum"})).order_number, "5551-A");
    assert_eq!(order(json!({})).external_order_reference, " 5551-A ", "untouched");
    for (source, expected) in [("ExternalReferenceNum", "EXT-9"), ("SecondaryReference", "#1042")] {
        assert_eq!(order(json!({"ExternalReferenceSource": source})).external_order_reference, expected);
    }
}

#[test]
fn an_amazon_order_carries_its_ids_unchanged_whatever_the_settings() {
    let amazon =
        bent(&[("/GeneralInfo/Source", json!("AMAZON")), ("/GeneralInfo/ReferenceNum", json!("204-1234567-7654321"))]);
    let settings = json!({"OrderPrefix": "UNL-", "ExternalReferenceSource": "SecondaryReference"});
    let order = ready(&amazon, &ctx(settings));
    assert_eq!(order.external_order_reference, "204-1234567-7654321");
    assert_eq!(value(&order.name_values, "OriginalSource"), Some("AMAZON"));
    assert_eq!(value(&order.lines[0].name_values, "Amazon-OrderItemId"), Some("CH-1"));
    assert_eq!(value(&ready(&good(), &ctx(json!({}))).lines[0].name_values, "Amazon-OrderItemId"), None);
}

#[test]
fn the_channel_is_the_exact_sub_source_then_the_exact_source_then_the_connections() {
    let channel = |source: &str, sub: &str, on: bool| {
        let order = bent(&[("/GeneralInfo/Source", json!(source)), ("/GeneralInfo/SubSource", json!(sub))]);
        let order = ready(&order, &ctx(json!({"MapSubSourceToChannel": on})));
        (order.channel, order.warnings.into_iter().map(|problem| problem.code).collect::<Vec<_>>())
    };
    let (shop, ebay) = ("Web shop".to_owned(), "eBay".to_owned());
    assert_eq!(channel("X", "eBay", true), (ebay.clone(), vec![]));
    assert_eq!(channel(" eBay ", "EBAY1", true), (ebay, vec![]));
    assert_eq!(channel("WOO", "", true), (shop.clone(), vec![]));
    assert_eq!(channel("eBay", "eBay", false), (shop.clone(), vec![]));
    assert_eq!(channel("EBAY", "EBAY1", true), (shop, vec!["order.channel-near-miss".to_owned()]));
}

#[test]
fn a_near_miss_of_a_channel_names_both_spellings() {
    let order = ready(&good(), &ctx(json!({"MapSubSourceToChannel": true})));
    assert_eq!(
        order.warnings[0].message,
        "There is no channel \"EBAY\"; did you mean \"eBay\"? The connection's channel \"Web shop\" was taken."
    );
}

#[test]
fn a_courier_is_mapped_and_its_name_cut_to_sixty_characters() {
    let long = "é".repeat(70);
    let order = bent(&[("/ShippingInfo/PostalServiceName", json!(long))]);
    let mapping = json!({"CourierMapping": [{"Linnworks": long, "CourierService": "Tracked 48"}]});
    let order = ready(&order, &ctx(mapping));
    assert_eq!(order.courier_service.as_deref(), Some("Tracked 48"));
    assert_eq!(value(&order.name_values, "SourceCourierServiceName").unwrap().chars().count(), 60);
}

#[test]
fn the_despatch_date_comes_only_when_asked_for() {
    assert_eq!(ready(&good(), &ctx(json!({}))).required_despatch, None);
    let on = ctx(json!({"ImportRequiredDespatchDate": true}));
    assert_eq!(ready(&good(), &on).required_despatch, Some(1_772_668_799_000));
    assert_eq!(
        ready(&bent(&[("/GeneralInfo/DespatchByDate", json!("0001-01-01T00:00:00Z"))]), &on).required_despatch,
        None
    );
}

#[test]
fn weights_are_kilograms_or_grams_as_the_setting_says_and_an_absurd_one_is_left_out() {
    let weight = |number: f64, grams: bool| {
        let order =
            ready(&bent(&[("/ShippingInfo/TotalWeight", json!(number))]), &ctx(json!({"WeightInGrams": grams})));
        (order.total_weight, order.warnings.into_iter().map(|problem| problem.code).collect::<Vec<_>>())
    };
    assert_eq!(weight(1.5, false), (Some("1.5".to_owned()), vec![]));
    assert_eq!(weight(1110.0, true), (Some("1.11".to_owned()), vec![]));
    assert_eq!(weight(250.0, false), (None, vec!["order.weight-implausible".to_owned()]));
    assert_eq!(weight(0.0, false), (None, vec![]));
}

#[test]
fn notes_and_gift_messages_go_where_they_belong_and_only_when_wanted() {
    let order = bent(&[
        (
            "/Notes",
            json!([
                {"OrderNoteId": "1", "NoteDate": "2026-03-02T10:00:00Z", "Internal": false, "Note": "second"},
                {"OrderNoteId": "2", "NoteDate": "2026-03-02T09:00:00Z", "Internal": false, "Note": "first"},
                {"OrderNoteId": "3", "NoteDate": "2026-03-02T09:00:00Z", "Internal": true, "Note": "for us"},
            ]),
        ),
        (
            "/Items/0/AdditionalInfo",
            json!([{"Property": "Gift message", "Value": "Happy day"}, {"Property": "Gift wrap", "Value": "Yes"}]),
        ),
        ("/ExtendedProperties", json!([{"Name": "gift_message", "Value": "Happy day"}, {"Name": "x", "Value": "y"}])),
    ]);
    let mapped = ready(&order, &ctx(json!({"CarryBinRacks": true})));
    assert_eq!(
        (mapped.comments.as_str(), mapped.delivery_notes.as_str(), mapped.gift_messages.as_str()),
        ("for us", "first\nsecond", "Happy day")
    );
    assert_eq!(value(&mapped.lines[0].name_values, "Gift wrap"), Some("Yes"));
    assert_eq!(value(&mapped.lines[0].name_values, "BinRack"), Some("A1"));
    let mapped = ready(&order, &ctx(json!({"CarryNotes": false, "CarryGiftMessages": false})));
    assert_eq!((mapped.comments.as_str(), mapped.delivery_notes.as_str(), mapped.gift_messages.as_str()), ("", "", ""));
    assert_eq!(value(&mapped.lines[0].name_values, "BinRack"), None);
}

#[test]
fn a_service_line_is_shipping_and_no_line_of_goods() {
    let mut wrap = line(3, "WRAP", 1, 2.0, 2.4);
    wrap["IsService"] = json!(true);
    wrap["StockItemId"] = Value::Null;
    let mut order = bent(&[("/TotalsInfo/TotalCharge", json!(31.0))]);
    order["Items"].as_array_mut().unwrap().push(wrap);
    let order = ready(&order, &ctx(json!({})));
    assert_eq!(order.lines.len(), 2);
    assert_eq!(
        (order.totals.shipping_total_ex_vat.as_str(), order.totals.shipping_total_vat.as_str()),
        ("5.00", "1.00")
    );
}

#[test]
fn a_price_comes_from_the_line_when_the_unit_price_is_zero_and_from_the_unit_price_when_the_line_is() {
    let order = ready(&good(), &ctx(json!({})));
    assert_eq!((order.lines[0].unit_price.as_str(), order.lines[0].unit_price_vat.as_str()), ("8.335", "1.665"));
    let priced = bent(&[
        ("/Items/0/Cost", json!(0.0)),
        ("/Items/0/CostIncTax", json!(0)),
        ("/Items/0/PricePerUnit", json!(12.5)),
        ("/Items/0/Discount", json!(20.0)),
    ]);
    let order = ready(&priced, &ctx(json!({})));
    assert_eq!((order.lines[0].unit_price.as_str(), order.lines[0].unit_price_vat.as_str()), ("8.335", "1.665"));
    assert_eq!(order.lines[0].discount, "5.00");
}

#[test]
fn every_way_of_saying_nothing_gives_the_same_order() {
    let silent = |value: Option<Value>| {
        let mut order = good();
        for (parent, members) in [
            ("/GeneralInfo", vec!["SecondaryReference", "ExternalReferenceNum", "SiteCode", "SubSource"]),
            ("/CustomerInfo/Address", vec!["Address2", "Address3", "Company", "Region", "EmailAddress"]),
            ("", vec!["TaxId"]),
            ("/Items/0", vec!["ChannelTitle", "BinRack", "ItemNumber"]),
        ] {
            let object = order.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            for member in members {
                match &value {
                    Some(value) => object.insert(member.to_owned(), value.clone()),
                    None => object.remove(member),
                };
            }
        }
        for (parent, member) in [
            ("/GeneralInfo", "DespatchByDate"),
            ("/Items/0", "DiscountValue"),
            ("", "Notes"),
            ("/GeneralInfo", "Identifiers"),
        ] {
            let object = order.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            match &value {
                Some(Value::Null) => object.insert(member.to_owned(), Value::Null),
                Some(_) => object.get(member).cloned(),
                None => object.remove(member),
            };
        }
        order["GeneralInfo"]["DespatchByDate"] = match &value {
            None => Value::Null,
            Some(Value::Null) => json!("0001-01-01T00:00:00Z"),
            Some(_) => json!(""),
        };
        ready(&order, &ctx(json!({"ImportRequiredDespatchDate": true})))
    };
    let absent = silent(None);
    assert_eq!(silent(Some(Value::Null)), absent);
    assert_eq!(silent(Some(json!(""))), absent);
}

fn version_of(order: &Value) -> String {
    let answer = Orders::new(json!([order]).to_string().into_bytes()).unwrap();
    linnworks_connector::import::version(&answer.read().unwrap().0[0])
}

#[test]
fn the_version_moves_with_what_the_warehouse_cares_for_and_with_nothing_else() {
    let version = version_of(&good());
    for (pointer, value) in [
        ("/CustomerInfo/Address/PostCode", json!("LS1 1AB")),
        ("/Items/0/Quantity", json!(3)),
        ("/Items/0/SKU", json!("TEE-L")),
        ("/ShippingInfo/PostalServiceName", json!("DPD")),
        ("/Notes", json!([{"Note": "ring"}])),
        ("/TotalsInfo/TotalCharge", json!(28.61)),
        ("/GeneralInfo/DespatchByDate", json!("2026-03-05T23:59:59Z")),
    ] {
        assert_ne!(version_of(&bent(&[(pointer, value)])), version, "{pointer}");
    }
    for (pointer, value) in [
        ("/FolderName", json!(["Taken"])),
        ("/GeneralInfo/InvoicePrinted", json!(true)),
        ("/GeneralInfo/Identifiers", json!([{"Tag": "TAKEN"}])),
        ("/GeneralInfo/IsParked", json!(true)),
        ("/FulfilmentLocationId", json!("8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a")),
        ("/TotalsInfo/TotalCharge", json!(28.6000000000001)),
        ("/CustomerInfo/Address/Address3", json!("")),
        ("/Items/0/BinRack", json!("Z9")),
    ] {
        assert_eq!(version_of(&bent(&[(pointer, value)])), version, "{pointer}");
    }
    let mut turned = good();
    turned["Items"].as_array_mut().unwrap().reverse();
    assert_eq!(version_of(&turned), version, "the order of lines");
}

proptest! {
    #[test]
    fn no_prefix_ever_touches_a_reference(prefix in "[A-Z0-9-]{0,20}", reference in "[ -~]{0,40}") {
        let order = bent(&[("/GeneralInfo/ReferenceNum", json!(reference))]);
        let mapped = ready(&order, &ctx(json!({"OrderPrefix": prefix})));
        prop_assert_eq!(mapped.external_order_reference, reference);
        prop_assert_eq!(mapped.source_reference, "100001");
        prop_assert_eq!(mapped.id, ID);
        prop_assert_eq!(mapped.order_number, format!("{prefix}100001"));
    }

    #[test]
    fn lines_and_shipping_sum_up_to_what_the_buyer_paid(
        lines in proptest::collection::vec((1i64..50, 0i64..2_000_000, 0i64..=20), 1..6),
        postage in 0i64..10_000,
        noise in -9i64..=9,
    ) {
        let cents = |amount: i64| json!(format!("{}.{:02}{}", amount / 100, amount % 100, if noise > 0 { format!("0000000000{noise}") } else { String::new() }));
        let mut gross_sum = postage;
        let items: Vec<Value> = lines.iter().enumerate().map(|(n, (quantity, gross, rate))| {
            gross_sum += gross;
            let net = gross * 100 / (100 + rate);
            let mut item = line(n + 1, "X", *quantity, 0.0, 0.0);
            item["Cost"] = cents(net);
            item["CostIncTax"] = cents(*gross);
            item
        }).collect();
        let order = bent(&[
            ("/Items", json!(items)), ("/TotalsInfo/TotalCharge", cents(gross_sum)),
            ("/TotalsInfo/PostageCost", cents(postage)), ("/TotalsInfo/PostageCostExTax", cents(postage)),
        ]);
        let mapped = ready(&order, &ctx(json!({})));
        prop_assert!(mapped.warnings.is_empty());
        let number = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap();
        let mut sum = number(&mapped.totals.shipping_total_ex_vat) + number(&mapped.totals.shipping_total_vat);
        for line in &mapped.lines {
            for price in [&line.unit_price, &line.unit_price_vat] {
                prop_assert!(number(price).scale() <= 6, "{price}");
                sum += (number(price) * rust_decimal::Decimal::from(line.quantity)).round_dp(2);
            }
        }
        prop_assert_eq!(sum, number(&mapped.totals.order_value));
        prop_assert_eq!(number(&mapped.totals.order_value).scale(), 2);
    }
}
