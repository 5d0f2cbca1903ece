use super::*;
use crate::contract::{Address, Candidate, Fetched, HttpError, Operation, OrderLine, Totals};
use crate::prelude::Failure;
use crate::testing::{Fake, context, finish};

struct Shop;

impl OrderSource for Shop {
    fn describe() -> Description {
        Description::new("shop", "Shop", "1.0.0", [Operation::read("orders", "https://shop.example/orders")])
    }

    async fn all(host: &impl Host, _: &Context) -> Result<Vec<Json>, Failure> {
        crate::get(host, "orders", &[]).await?.records("orders")
    }

    fn order(shop: &Json, _: &Context, checks: &mut Checks) -> Option<Order> {
        checks.that("paid", shop.flag("paid"), format!("paid: {}", shop.flag("paid")), "Wait for the payment.");
        let known = shop.text("country") != "Atlantis";
        checks.must("country", known, "The country", "Write the country as its code.");
        Some(Order {
            external_order_reference: shop.text_or("reference", ""),
            delivery_address: Address { country: shop.text("country"), ..Address::default() },
            currency: "GBP".into(),
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

/// An order of the shop; `changes` replaces members.
fn record(id: &str, changes: serde_json::Value) -> serde_json::Value {
    let mut record = serde_json::json!({
        "id": id, "paid": true, "country": "GB", "total": 12.10, "vat": 2.10,
        "items": [{"sku": "MUG", "quantity": 2, "price": "5.00", "vat": 1.05}],
    });
    record.as_object_mut().unwrap().extend(changes.as_object().cloned().unwrap_or_default());
    record
}

fn shop(records: &[serde_json::Value]) -> Fake {
    Fake::new().answers("orders", 200, &serde_json::json!({ "orders": records }).to_string())
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn fetched(fake: &Fake, asked: &[&str]) -> Vec<Fetched> {
    finish(fetch::<Shop>(fake, &context("{}"), &ids(asked))).unwrap()
}

fn skipped(record: serde_json::Value) -> (String, bool, Vec<Verdict>) {
    let fetched = fetched(&shop(&[record]), &["7"]);
    let [Fetched::Skipped(skip)] = fetched.as_slice() else { panic!("{fetched:?}") };
    assert!(skip.verdicts.iter().all(|verdict| !verdict.passed && !verdict.remedy.is_empty()), "{skip:?}");
    (skip.reference.clone(), skip.needs_attention, skip.verdicts.clone())
}

#[test]
fn there_is_one_result_for_each_id_in_the_order_of_asking() {
    let fake = shop(&[
        record("7", serde_json::json!({})),
        record("8", serde_json::json!({"paid": false})),
        record("9", serde_json::json!({})),
    ]);
    let results = fetched(&fake, &["9", "gone", "8", "9"]);
    let named: Vec<(&str, &str)> = results
        .iter()
        .map(|result| match result {
            Fetched::Ready(order) => ("ready", order.id.as_str()),
            Fetched::Skipped(skip) => ("skipped", skip.id.as_str()),
            Fetched::Absent(id) => ("absent", id.as_str()),
        })
        .collect();
    assert_eq!(named, [("ready", "9"), ("absent", "gone"), ("skipped", "8"), ("ready", "9")]);
    assert_eq!(fake.asked.borrow().len(), 1, "one call for all");
}

#[test]
fn what_the_connector_leaves_empty_is_filled_in() {
    let fake = shop(&[record("7", serde_json::json!({"reference": "A-1"}))]);
    let results = fetched(&fake, &["7"]);
    let [Fetched::Ready(order)] = results.as_slice() else { panic!("{results:?}") };
    assert_eq!(
        (order.order_number.as_str(), order.source_reference.as_str(), order.channel.as_str()),
        ("7", "7", "Shop")
    );
    assert_eq!(order.external_order_reference, "A-1");
    assert_eq!((order.lines[0].source_line_id.as_str(), order.lines[0].discount.as_str()), ("1", "0"));
    assert_eq!((order.totals.order_value.as_str(), order.totals.shipping_total_ex_vat.as_str()), ("12.1", "0"));
    assert!(!order.acknowledge, "nothing to mark");
    let page = finish(discover::<Shop>(&fake, &context("{}"))).unwrap();
    assert_eq!(page.candidates, [Candidate { id: "7".into(), version: Some(order.version.clone()) }]);
    assert!(page.complete);
}

#[test]
fn the_version_changes_with_the_record_and_only_then() {
    let version = |record: serde_json::Value| {
        finish(discover::<Shop>(&shop(&[record]), &context("{}"))).unwrap().candidates[0].version.clone().unwrap()
    };
    let first = version(record("7", serde_json::json!({})));
    assert_eq!(version(record("7", serde_json::json!({}))), first);
    assert_ne!(version(record("7", serde_json::json!({"vat": 2.11}))), first);
}

#[test]
fn a_filter_stays_out_quietly_and_a_demand_wants_attention() {
    let (reference, attention, verdicts) = skipped(record("7", serde_json::json!({"paid": false})));
    assert_eq!((reference.as_str(), attention, verdicts.len()), ("7", false, 1));
    assert_eq!((verdicts[0].check.as_str(), verdicts[0].found.as_str()), ("paid", "paid: false"));
    let (_, attention, verdicts) = skipped(record("7", serde_json::json!({"country": "Atlantis"})));
    let checks: Vec<&str> = verdicts.iter().map(|verdict| verdict.check.as_str()).collect();
    assert_eq!((attention, checks), (true, vec!["country", "whole"]));
}

#[test]
fn a_record_that_cannot_be_read_is_skipped_and_holds_no_other_up() {
    let broken = record(
        "7",
        serde_json::json!({"paid": null, "total": "much", "items": [{"sku": "MUG", "quantity": 1, "price": 5}]}),
    );
    let fake = shop(&[broken.clone(), record("8", serde_json::json!({}))]);
    assert!(matches!(fetched(&fake, &["7", "8"]).as_slice(), [Fetched::Skipped(_), Fetched::Ready(_)]));
    let (_, attention, verdicts) = skipped(broken);
    let readable = verdicts.iter().find(|verdict| verdict.check == "readable").unwrap();
    assert_eq!(readable.found, "`items/0/vat` is missing; `paid` is missing; `total` is no amount");
    assert!(attention);
}

#[test]
fn half_an_order_is_never_returned_and_all_that_is_missing_is_told() {
    for (changes, missing) in [
        (serde_json::json!({"items": []}), "the order has no lines"),
        (serde_json::json!({"items": [{"sku": " ", "quantity": 1, "price": 1, "vat": 0}]}), "line 1 has no SKU"),
        (
            serde_json::json!({"country": "gb", "items": [{"sku": "MUG", "quantity": 0, "price": 1, "vat": 0}]}),
            "the country of the delivery address is no code of two letters (`GB`); line 1 has no quantity",
        ),
    ] {
        let (_, attention, verdicts) = skipped(record("7", changes));
        let found: Vec<&str> = verdicts.iter().map(|verdict| verdict.found.as_str()).collect();
        assert_eq!((found, attention), (vec![missing], true));
    }
}

#[test]
fn a_forgotten_amount_keeps_the_order_out() {
    let order = Order { currency: "GBP".into(), lines: vec![OrderLine::default()], ..Order::default() };
    let mut checks = Checks::default();
    whole::check(&order, &mut checks);
    let verdicts = checks.into_failed();
    for forgotten in ["order value", "VAT in total", "line 1: the price", "line 1: the VAT"] {
        assert!(verdicts[0].found.contains(forgotten), "{forgotten}: {verdicts:?}");
    }
    assert!(!verdicts[0].found.contains("shipping"), "{verdicts:?}");
}

#[test]
fn explaining_tells_the_checks_by_which_fetching_decides() {
    let fake = shop(&[
        record("7", serde_json::json!({"reference": "A-1", "paid": false})),
        record("8", serde_json::json!({})),
    ]);
    for meant in ["7", " a-1 "] {
        let told = finish(explain::<Shop>(&fake, &context("{}"), meant)).unwrap();
        let verdicts: Vec<(&str, bool)> =
            told[0].verdicts.iter().map(|verdict| (verdict.check.as_str(), verdict.passed)).collect();
        assert_eq!(told[0].id.as_deref(), Some("7"), "{meant}");
        assert_eq!(verdicts, [("paid", false), ("country", true), ("readable", true), ("whole", true)]);
        assert_eq!(finish(find::<Shop>(&fake, &context("{}"), meant)).unwrap(), ["7"]);
    }
    let told = finish(explain::<Shop>(&fake, &context("{}"), "99")).unwrap();
    assert_eq!((told[0].id.as_ref(), told[0].verdicts[0].check.as_str()), (None, "known"));
    assert!(finish(find::<Shop>(&fake, &context("{}"), "")).unwrap().is_empty(), "nothing means nothing");
}

#[test]
fn a_record_that_comes_twice_is_one_candidate() {
    let fake = shop(&[record("7", serde_json::json!({})), record("7", serde_json::json!({"paid": false}))]);
    assert_eq!(finish(discover::<Shop>(&fake, &context("{}"))).unwrap().candidates.len(), 1);
    assert!(matches!(fetched(&fake, &["7"]).as_slice(), [Fetched::Ready(_)]), "the first counts");
}

#[test]
fn a_record_without_an_id_is_said_aloud_instead_of_lost() {
    for id in [serde_json::json!(null), serde_json::json!(" "), serde_json::json!([])] {
        let fake = shop(&[record("7", serde_json::json!({})), record("8", serde_json::json!({ "id": id }))]);
        let Err(Failure::UnexpectedAnswer(problem)) = finish(discover::<Shop>(&fake, &context("{}"))) else {
            panic!("{id} is no id")
        };
        assert!(problem.message.starts_with("Record 2 of 2 has no id"), "{problem:?}");
    }
}

#[test]
fn a_stop_ends_it_before_anything_is_asked() {
    let fake = shop(&[]);
    fake.stop.set(true);
    let ended = finish(fetch::<Shop>(&fake, &context("{}"), &ids(&["7"])));
    assert!(matches!(ended, Err(Failure::Cancelled)) && fake.asked.borrow().is_empty());
}

#[test]
fn a_check_of_the_connection_reads_and_says_what_it_saw() {
    let fake = shop(&[record("7", serde_json::json!({}))]);
    let verdicts = finish(Shop::check(&fake, &context("{}"))).unwrap();
    assert_eq!(verdicts, [passed("orders", "The source gives its orders; there are 1")]);
    let fake = Fake::new().answers("orders", 401, "");
    let verdicts = finish(Shop::check(&fake, &context("{}"))).unwrap();
    assert_eq!(
        (verdicts[0].check.as_str(), verdicts[0].passed),
        ("token", false),
        "the host adds where to get new ones"
    );
    let fake = Fake::new().fails("orders", HttpError::NotSent("no address".into()));
    assert!(matches!(finish(Shop::check(&fake, &context("{}"))), Err(Failure::Unavailable(_))));
}

#[test]
fn settings_of_another_version_are_not_passed_for_its_own() {
    assert_eq!(Shop::migrate(1, "{}".into()).unwrap(), "{}");
    assert_eq!(Shop::migrate(2, "{}".into()).unwrap_err().code, "settings.unknown-version");
}

/// Marks what it is asked to, but forgets one and tells of a stranger.
struct Forgetful;

impl OrderSource for Forgetful {
    fn describe() -> Description {
        Shop::describe()
    }

    async fn all(host: &impl Host, ctx: &Context) -> Result<Vec<Json>, Failure> {
        Shop::all(host, ctx).await
    }

    fn order(_: &Json, _: &Context, _: &mut Checks) -> Option<Order> {
        None
    }

    async fn acknowledge(_: &impl Host, _: &Context, _: &[String]) -> Result<Vec<Outcome>, Failure> {
        Ok(vec![outcome("8", Attempt::Done), outcome("stranger", Attempt::Done)])
    }
}

#[test]
fn an_order_that_acknowledging_forgets_was_not_attempted() {
    let outcomes = finish(acknowledge::<Forgetful>(&Fake::new(), &context("{}"), &ids(&["7", "8"]))).unwrap();
    assert_eq!(outcomes, [outcome("7", Attempt::NotAttempted), outcome("8", Attempt::Done)]);
    let outcomes = finish(acknowledge::<Shop>(&Fake::new(), &context("{}"), &ids(&["7"]))).unwrap();
    assert_eq!(outcomes, [outcome("7", Attempt::AlreadyDone)]);
}

#[test]
fn a_connector_that_gives_neither_order_nor_reason_is_told_so() {
    let fake = shop(&[record("7", serde_json::json!({}))]);
    let told = finish(explain::<Forgetful>(&fake, &context("{}"), "7")).unwrap();
    assert_eq!((told[0].verdicts[0].check.as_str(), told[0].verdicts[0].passed), ("readable", false));
}
