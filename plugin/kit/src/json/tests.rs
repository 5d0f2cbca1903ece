use super::*;
use proptest::prelude::*;

fn json(text: &str) -> Json {
    Json::of(text.as_bytes()).unwrap()
}

fn faults(json: &Json) -> Vec<String> {
    json.take_faults().into_iter().collect()
}

#[test]
fn members_are_read_by_their_paths() {
    let order = json(
        r#"{"id": 7, "paid": true, "note": null, "total": 12.00, "weight": "0.350", "changed": "2026-03-02T09:12:40Z",
            "buyer": {"name": "A. \"Buyer\"", "address": {"town": "Leeds"}}, "items": [{"sku": "MUG"}, {"sku": "CUP"}]}"#,
    );
    assert_eq!((order.text("id"), order.text("buyer/name")), ("7".into(), "A. \"Buyer\"".into()));
    assert_eq!((order.text("buyer/address/town"), order.flag("paid")), ("Leeds".into(), true));
    assert_eq!((order.amount("total"), order.amount("weight")), ("12.00".into(), "0.350".into()));
    assert_eq!(order.instant("changed"), Some(1_772_442_760_000));
    assert_eq!(order.each("items", |item| item.text("sku")), ["MUG", "CUP"]);
    assert_eq!(order.object("buyer").object("address").text("town"), "Leeds");
    assert_eq!((order.has("note"), order.has("buyer/phone"), order.has("id")), (false, false, true));
    assert_eq!((order.text_or("note", "-"), order.amount_or("shipping", "0")), ("-".into(), "0".into()));
    assert_eq!((order.instant("note"), faults(&order)), (None, vec![]));
}

#[test]
fn everything_that_cannot_be_read_is_told_at_once_and_by_its_place() {
    let order = json(
        r#"{"id": true, "paid": 1, "total": "much", "items": [{"quantity": 1.5}], "when": "soon", "buyer": "me"}"#,
    );
    assert_eq!((order.text("id"), order.flag("paid"), order.amount("total")), (String::new(), false, "0".into()));
    assert_eq!(order.each("items", |item| item.whole("quantity")), [0]);
    assert_eq!(order.instant("when"), None);
    assert_eq!(order.object("buyer").text("name"), "");
    assert_eq!(order.object("parcel/size").text("width"), "");
    assert_eq!(
        faults(&order),
        [
            "`buyer` is no object",
            "`id` is no text",
            "`items/0/quantity` is no whole number",
            "`paid` is neither true nor false",
            "`parcel/size` is missing",
            "`total` is no amount",
            "`when` is no instant",
        ]
    );
    assert_eq!(faults(&order), Vec::<String>::new(), "told once");
}

#[test]
fn a_list_that_is_something_else_is_empty_and_a_fault() {
    let order = json(r#"{"items": {"0": {}}}"#);
    assert!(order.list("items").is_empty() && order.list("lines").is_empty());
    assert_eq!(faults(&order), ["`items` is no list", "`lines` is missing"]);
}

#[test]
fn a_quantity_is_whole_and_not_negative_and_fits() {
    let item = json(r#"{"a": 2, "b": "2", "c": 2.0, "d": 2e1, "e": -1, "f": 4294967296, "g": 1.5, "h": ""}"#);
    assert_eq!(["a", "b", "c", "d"].map(|name| item.whole(name)), [2, 2, 2, 20]);
    assert_eq!(faults(&item), Vec::<String>::new());
    assert_eq!(["e", "f", "g", "h"].map(|name| item.whole(name)), [0; 4]);
    assert_eq!(faults(&item).len(), 4);
}

#[test]
fn a_type_of_ones_own_reads_amounts_without_a_binary_float() {
    #[derive(Deserialize)]
    struct Order {
        total: Amount,
        vat: Amount,
    }
    let order: Order = json(r#"{"total": 0.1000000000000000055511151231, "vat": "2.00"}"#).read().unwrap();
    assert_eq!(
        (order.total.to_string(), order.vat.to_string()),
        ("0.1000000000000000055511151231".into(), "2.00".into())
    );
}

#[test]
fn a_type_that_does_not_fit_is_a_fault_that_quotes_nobody() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Order {
        quantity: u32,
    }
    let wrong = json(r#"{"quantity": "Jane Doe"}"#);
    assert!(wrong.read::<Order>().is_none());
    assert_eq!(faults(&wrong), ["the record is of another shape than expected, at line 1 column 23"]);
    let without = json(r#"{"Jane": 1}"#);
    assert!(without.read::<Order>().is_none());
    assert_eq!(faults(&without), ["the record is without the member `quantity`"]);
    assert!(!format!("{wrong:?}").contains("Jane"), "nor does the log");
}

#[test]
fn a_value_nested_deeper_than_the_stack_is_only_skipped() {
    let deep = format!(r#"{{"id": "7", "deep": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    match Json::of(deep.as_bytes()) {
        Ok(order) => assert_eq!(order.text("id"), "7"),
        Err(error) => assert!(error.to_string().contains("recursion"), "{error}"),
    }
}

proptest! {
    #[test]
    fn an_amount_is_what_stands_in_the_answer_digit_by_digit(whole in 0u64..1_000_000_000_000, fraction in "[0-9]{1,12}", minus: bool) {
        let text = format!("{}{whole}.{fraction}", if minus { "-" } else { "" });
        prop_assume!(text.parse::<Decimal>().is_ok_and(|amount| !amount.is_zero()));
        let order = json(&format!(r#"{{"number": {text}, "text": "{text}"}}"#));
        prop_assert_eq!(order.amount("number"), text.clone());
        prop_assert_eq!(order.amount("text"), text);
    }
}
