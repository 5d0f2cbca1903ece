//! Answers that are not as they should be.
use linnworks_connector::contract::Failure;
use linnworks_connector::contract::orders::Fetched;
use linnworks_connector::import;
use serde_json::{Value, json};

use crate::fake::{Fake, NOW, ctx, ok, problem, run, text};
use crate::order::{good, id, ready};

fn numbered(n: usize) -> Value {
    let mut order = good();
    order["OrderId"] = json!(id(n));
    order["NumOrderId"] = json!(100_000 + n);
    order
}

#[test]
fn each_id_gets_exactly_one_result_whatever_the_answer_holds() {
    let host = Fake::new();
    let answer = json!([numbered(3), numbered(9), numbered(1), numbered(1)]);
    host.on("Orders/GetOrdersById", move |_| ok(&answer));
    let ids = [id(1), id(2), id(3).to_uppercase()];
    let got = run(import::fetch(&host, &ctx(json!({})), &ids)).unwrap();
    let shapes: Vec<String> = got
        .iter()
        .map(|one| match one {
            Fetched::Ready(order) => format!("ready {}", order.order_number),
            Fetched::Absent(id) => format!("absent {id}"),
            Fetched::Skipped(skip) => format!("skipped {}", skip.id),
        })
        .collect();
    assert_eq!(shapes, ["ready 100001".to_owned(), format!("absent {}", id(2)), "ready 100003".to_owned()]);
}

#[test]
fn an_order_of_an_unknown_shape_does_not_spoil_the_others() {
    let mut odd = numbered(2);
    odd["Items"] = json!("none");
    let host = Fake::with_orders(&[numbered(1), odd, numbered(3)]);
    let got = run(import::fetch(&host, &ctx(json!({})), &[id(1), id(2), id(3)])).unwrap();
    assert!(matches!(&got[0], Fetched::Ready(_)) && matches!(&got[2], Fetched::Ready(_)));
    let Fetched::Skipped(skip) = &got[1] else { panic!("{got:?}") };
    assert_eq!((skip.verdicts[0].check.as_str(), skip.needs_attention), ("unreadable", true));
}

#[test]
fn a_flag_that_is_neither_yes_nor_no_leaves_its_order_out_and_no_other() {
    let mut odd = numbered(2);
    odd["GeneralInfo"]["HoldOrCancel"] = json!("seven");
    let mut spelt = numbered(3);
    spelt["GeneralInfo"]["HoldOrCancel"] = json!("False");
    let host = Fake::with_orders(&[numbered(1), odd, spelt]);
    let got = run(import::fetch(&host, &ctx(json!({})), &[id(1), id(2), id(3)])).unwrap();
    assert!(matches!(&got[0], Fetched::Ready(_)) && matches!(&got[2], Fetched::Ready(_)));
    let Fetched::Skipped(skip) = &got[1] else { panic!("{got:?}") };
    assert_eq!(skip.verdicts[0].check, "unreadable");
}

#[test]
fn a_number_that_nothing_can_be_leaves_its_order_out_and_no_other() {
    for (field, number) in
        [("Quantity", "7922816251426433759354395033"), ("PricePerUnit", "1e28"), ("TaxRate", "-1e27")]
    {
        let mut odd = numbered(2);
        odd["Items"][0][field] = serde_json::from_str(&format!("\"{number}\"")).unwrap();
        let host = Fake::with_orders(&[numbered(1), odd]);
        let got = run(import::fetch(&host, &ctx(json!({})), &[id(1), id(2)])).unwrap();
        assert!(matches!(&got[0], Fetched::Ready(_)), "{field}");
        let Fetched::Skipped(skip) = &got[1] else { panic!("{got:?}") };
        assert_eq!(skip.verdicts[0].check, "unreadable", "{field}");
    }
}

#[test]
fn a_percentage_beyond_all_reason_is_no_end_of_the_connector() {
    let mut odd = numbered(1);
    for (field, value) in [
        ("PricePerUnit", 1e10),
        ("Quantity", 1e9),
        ("TaxRate", 1e10),
        ("Discount", -1e10),
        ("Cost", 0.0),
        ("CostIncTax", 0.0),
    ] {
        odd["Items"][0][field] = json!(value);
    }
    let got = run(import::fetch(&Fake::with_orders(&[odd]), &ctx(json!({})), &[id(1)])).unwrap();
    let Fetched::Skipped(skip) = &got[0] else { panic!("{got:?}") };
    assert_eq!(skip.verdicts[0].check, "total-mismatch");
}

#[test]
fn control_characters_never_reach_the_warehouse() {
    let mut noted = numbered(1);
    noted["CustomerInfo"]["Address"]["FullName"] = json!("Test\u{0} Buyer\u{1b}[2J");
    noted["Items"][0]["ChannelTitle"] = json!("Mug\u{7}");
    let mut known = numbered(2);
    known["Items"][0]["SKU"] = json!("MUG\u{0}");
    let mut named = numbered(3);
    named["GeneralInfo"]["ReferenceNum"] = json!("A\u{1b}[2J");
    let host = Fake::with_orders(&[noted, known, named]);
    let got = run(import::fetch(&host, &ctx(json!({})), &[id(1), id(2), id(3)])).unwrap();
    let Fetched::Ready(order) = &got[0] else { panic!("{got:?}") };
    assert_eq!((order.delivery_address.full_name.as_str(), order.lines[0].details.as_str()), ("Test Buyer[2J", "Mug"));
    for (one, what) in [(&got[1], "SKU"), (&got[2], "reference")] {
        let Fetched::Skipped(skip) = one else { panic!("{got:?}") };
        let verdict = &skip.verdicts[0];
        assert_eq!((verdict.check.as_str(), verdict.found.contains(what)), ("control-characters", true), "{verdict:?}");
    }
}

#[test]
fn an_order_that_shows_one_line_twice_is_left_out_until_it_is_read_otherwise() {
    let whole = numbered(1);
    let mut doubled = whole.clone();
    // As far as its money goes it adds up.
    let mut line = doubled["Items"][0].clone();
    for sum in ["PricePerUnit", "Cost", "CostIncTax", "Tax", "Discount"] {
        line[sum] = json!(0);
    }
    doubled["Items"].as_array_mut().unwrap().push(line);
    let got = run(import::fetch(&Fake::with_orders(&[doubled]), &ctx(json!({})), &[id(1)])).unwrap();
    let Fetched::Skipped(skip) = &got[0] else { panic!("{got:?}") };
    let checks: Vec<&str> = skip.verdicts.iter().map(|verdict| verdict.check.as_str()).collect();
    assert!(checks.contains(&"line-repeated"), "{skip:?}");
    let got = run(import::fetch(&Fake::with_orders(&[whole]), &ctx(json!({})), &[id(1)])).unwrap();
    assert!(matches!(got[0], Fetched::Ready(_)), "{got:?}");
}

#[test]
fn more_ids_than_fit_one_call_are_read_in_calls_of_two_hundred() {
    let orders: Vec<Value> = (1..=401).map(numbered).collect();
    let ids: Vec<String> = (1..=401).map(id).collect();
    let host = Fake::with_orders(&orders);
    let got = run(import::fetch(&host, &ctx(json!({})), &ids)).unwrap();
    assert_eq!(got.iter().filter(|one| matches!(one, Fetched::Ready(_))).count(), 401);
    assert_eq!((host.count("Orders/GetOrdersById"), host.count("Inventory/GetCountries")), (3, 1));
}

#[test]
fn every_bad_answer_is_a_failure_that_names_the_operation_and_no_person() {
    let cut = ok(&json!([good()])).unwrap().body;
    let cut = String::from_utf8(cut[..cut.len() / 2].to_vec()).unwrap();
    let cases: [(u16, String, &str, &str); 8] = [
        (
            429,
            r#"{"Message":"API calls quota exceeded! Maximum admitted 250 per Minute."}"#.to_owned(),
            "throttled",
            "linnworks.throttled",
        ),
        (
            200,
            r#"{"Message":"API calls quota exceeded! Maximum admitted 250 per Minute."}"#.to_owned(),
            "throttled",
            "linnworks.throttled",
        ),
        (401, String::new(), "unauthorised", "linnworks.unauthorised"),
        (
            400,
            r#"{"Code":"-","Message":"The request is invalid."}"#.to_owned(),
            "unexpected-answer",
            "linnworks.refused",
        ),
        (503, "<html>maintenance</html>".to_owned(), "unavailable", "linnworks.unavailable"),
        (200, "<html>welcome</html>".to_owned(), "unexpected-answer", "linnworks.unreadable"),
        (200, String::new(), "unexpected-answer", "linnworks.unreadable"),
        (200, cut, "unexpected-answer", "linnworks.unreadable"),
    ];
    for (status, body, kind, code) in cases {
        let host = Fake::new();
        host.on("Orders/GetOrdersById", move |_| text(status, &body));
        let failure = run(import::fetch(&host, &ctx(json!({})), &[id(1)])).unwrap_err();
        let (found, problem) = problem(&failure);
        assert_eq!((found, problem.code.as_str()), (kind, code), "{status}");
        assert!(problem.message.starts_with("Orders/GetOrdersById: "), "{}", problem.message);
        assert!(!problem.remedy.is_empty() && !problem.message.contains("Test Buyer"), "{}", problem.message);
    }
}

#[test]
fn countries_are_read_once_a_day_and_the_cache_may_vanish() {
    let host = Fake::with_orders(&[good()]);
    let at = |now| {
        let mut ctx = ctx(json!({}));
        ctx.now = now;
        run(import::fetch(&host, &ctx, &[id(1)])).unwrap()
    };
    let first = at(NOW);
    assert_eq!(at(NOW + 60_000), first);
    assert_eq!(host.count("Inventory/GetCountries"), 1);
    host.storage.borrow_mut().clear();
    assert_eq!(at(NOW + 120_000), first);
    assert_eq!(host.count("Inventory/GetCountries"), 2);
}

#[test]
fn an_unknown_country_has_the_list_read_again_only_after_a_day() {
    let mut strange = good();
    strange["CustomerInfo"]["Address"]["Country"] = json!("Atlantis");
    strange["CustomerInfo"]["Address"]["CountryId"] = Value::Null;
    let host = Fake::with_orders(&[strange]);
    for (now, reads) in [(NOW, 1), (NOW + 60_000, 1), (NOW + 86_400_000, 2)] {
        let mut ctx = ctx(json!({}));
        ctx.now = now;
        run(import::fetch(&host, &ctx, &[id(1)])).unwrap();
        assert_eq!(host.count("Inventory/GetCountries"), reads);
    }
}

#[test]
fn built_in_names_serve_where_linnworks_refuses_its_countries() {
    let host = Fake::with_orders(&[good()]);
    host.on("Inventory/GetCountries", |_| text(403, ""));
    let got = run(import::fetch(&host, &ctx(json!({})), &[id(1)])).unwrap();
    let Fetched::Ready(order) = &got[0] else { panic!("{got:?}") };
    assert_eq!(order.delivery_address.country, "GB");
}

#[test]
fn a_stop_before_the_end_is_told_as_such() {
    let host = Fake::with_orders(&[good()]);
    *host.stop.borrow_mut() = true;
    let ids: Vec<String> = (1..=201).map(id).collect();
    assert_eq!(run(import::fetch(&host, &ctx(json!({})), &ids)), Err(Failure::Cancelled));
    assert!(run(import::fetch(&host, &ctx(json!({})), &[id(1)])).is_ok());
}

#[test]
fn a_repeated_invocation_gives_the_same_orders() {
    assert_eq!(ready(&good(), &ctx(json!({}))), ready(&good(), &ctx(json!({}))));
}
