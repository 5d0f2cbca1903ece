//! What became of imported orders: every finding, and that one bad answer makes nothing vanish.
use linnworks_connector::contract::reviews::{Finding, ImportedOrder};
use linnworks_connector::contract::{Failure, Verdict};
use linnworks_connector::import::version;
use linnworks_connector::linnworks::orders::Orders;
use linnworks_connector::review::review;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, Fake, LEEDS, ctx, ok, problem, refused, run, text};
use crate::order::{ID, bent, good, id, line};

/// A host that gives these orders by every operation and knows of no relations.
fn account(orders: &[Value]) -> Fake {
    let host = Fake::with_orders(orders);
    let all = orders.to_vec();
    host.on("Orders/GetOrderById", move |asked| {
        let found = all.iter().find(|order| order["OrderId"] == asked["pkOrderId"]);
        ok(found.unwrap_or(&json!({"OrderId": DEFAULT, "NumOrderId": 0})))
    });
    let all = orders.to_vec();
    host.on("OpenOrders/GetOpenOrdersDetails", move |asked| {
        let ids = asked["OrderIds"].as_array().unwrap();
        let open = all.iter().filter(|order| ids.contains(&order["OrderId"]) && order["Processed"] != true);
        ok(&json!({"Orders": open.collect::<Vec<_>>()}))
    });
    host.always("Orders/GetOrderRelations", json!([]));
    host.always("Orders/GetAllOpenOrders", json!([]));
    host
}

fn version_of(order: &Value) -> String {
    let answer = Orders::new(json!([order]).to_string().into_bytes()).unwrap();
    version(&answer.read().unwrap().0[0])
}

/// As it was imported: the order `was`.
fn imported(was: &Value) -> ImportedOrder {
    ImportedOrder {
        id: was["OrderId"].as_str().unwrap().to_owned(),
        version: version_of(was),
        location: was["FulfilmentLocationId"].as_str().unwrap().to_owned(),
    }
}

fn numbered(n: usize) -> Value {
    bent(&[("/OrderId", json!(id(n))), ("/NumOrderId", json!(100_000 + n))])
}

fn findings(host: &Fake, orders: &[ImportedOrder], settings: Value) -> Vec<Finding> {
    let results = run(review(host, &ctx(settings), orders)).unwrap();
    let ids: Vec<&str> = results.iter().map(|result| result.id.as_str()).collect();
    assert_eq!(ids, orders.iter().map(|order| order.id.as_str()).collect::<Vec<_>>(), "one result for each, in order");
    results.into_iter().map(|result| result.finding).collect()
}

/// The finding about the good order, which is `is` by now.
fn finding(is: &Value, settings: Value) -> Finding {
    findings(&account(std::slice::from_ref(is)), &[imported(&good())], settings).remove(0)
}

fn edited(is: &Value) -> (Vec<String>, linnworks_connector::contract::orders::Order) {
    match finding(is, json!({})) {
        Finding::Edited((changes, order)) => (changes.into_iter().map(|change| change.field).collect(), order),
        other => panic!("not edited: {other:?}"),
    }
}

fn blocked(finding: Finding) -> Vec<String> {
    match finding {
        Finding::Blocked(verdicts) => verdicts.into_iter().map(|verdict: Verdict| verdict.check).collect(),
        other => panic!("not blocked: {other:?}"),
    }
}

#[test]
fn an_order_that_is_as_it_was_is_unchanged_and_costs_one_call() {
    let host = account(&[good()]);
    assert_eq!(findings(&host, &[imported(&good())], json!({})), [Finding::Unchanged]);
    assert_eq!(host.called(), ["Orders/GetOrdersById"]);
}

#[test]
fn marks_folders_and_printed_flags_are_no_edit() {
    let is = bent(&[
        ("/FolderName", json!(["Taken"])),
        ("/GeneralInfo/InvoicePrinted", json!(true)),
        ("/GeneralInfo/Identifiers", json!([{"Tag": "TAKEN", "Name": "Taken"}])),
        ("/GeneralInfo/IsParked", json!(true)),
    ]);
    assert_eq!(finding(&is, json!({"FolderFilter": {"Exclude": ["Taken"]}})), Finding::Unchanged);
}

#[test]
fn an_edit_names_what_differs_and_gives_the_order_as_it_is_now() {
    let (fields, order) = edited(&bent(&[("/CustomerInfo/Address/Address1", json!("2 Other Street"))]));
    assert_eq!(fields, ["delivery-address"]);
    assert_eq!(order.delivery_address.address1, "2 Other Street");
    assert_ne!(order.version, version_of(&good()));

    let mut more = good();
    more["Items"].as_array_mut().unwrap().push(line(3, "CAP", 1, 8.33, 10.0));
    more["TotalsInfo"]["TotalCharge"] = json!(38.6);
    let (fields, order) = edited(&more);
    assert_eq!(fields, ["totals", "lines"]);
    assert_eq!(order.lines.len(), 3);

    let note =
        json!([{"OrderNoteId": id(7), "NoteDate": "2026-03-02T10:00:00Z", "Internal": true, "Note": "ring first"}]);
    let (fields, order) = edited(&bent(&[("/Notes", note)]));
    assert_eq!((fields, order.comments.as_str()), (vec!["notes".to_owned()], "ring first"));
    let (fields, _) = edited(&bent(&[("/ShippingInfo/PostalServiceName", json!("Express"))]));
    assert_eq!(fields, ["references"]);
}

#[test]
fn an_order_of_an_unknown_version_is_given_as_edited() {
    let mut was = imported(&good());
    for version in ["", "0123456789abcdef"] {
        was.version = version.to_owned();
        let found = findings(&account(&[good()]), std::slice::from_ref(&was), json!({})).remove(0);
        assert!(matches!(&found, Finding::Edited((changes, _)) if changes.is_empty()), "{found:?}");
    }
}

#[test]
fn a_state_in_which_it_would_not_come_in_blocks_it_and_an_edit_that_cannot_be_mapped_too() {
    let plain = json!({});
    for (pointer, value, settings, check) in [
        ("/GeneralInfo/HoldOrCancel", json!(true), plain.clone(), "locked"),
        ("/GeneralInfo/Status", json!(0), plain.clone(), "unpaid"),
        ("/GeneralInfo/Status", json!(2), plain.clone(), "return"),
        ("/GeneralInfo/IsParked", json!(true), json!({"IgnoreParkedOrders": true}), "parked"),
        ("/CustomerInfo/Address/Address1", json!(""), plain.clone(), "address-incomplete"),
        ("/Items", json!([]), plain.clone(), "no-lines"),
    ] {
        assert_eq!(blocked(finding(&bent(&[(pointer, value)]), settings))[0], check, "{pointer}");
    }
    let mut unlinked = good();
    unlinked["Items"][0]["IsUnlinked"] = json!(true);
    unlinked["Items"][0]["SKU"] = json!("WHAT");
    assert_eq!(blocked(finding(&unlinked, plain)), ["unlinked-item"]);
}

#[test]
fn a_parked_order_that_the_id_list_calls_locked_is_blocked() {
    let host = account(&[bent(&[("/GeneralInfo/IsParked", json!(true))])]);
    host.always("Orders/GetAllOpenOrders", json!([ID]));
    assert_eq!(blocked(findings(&host, &[imported(&good())], json!({})).remove(0)), ["locked"]);
    host.on("Orders/GetAllOpenOrders", |_| refused());
    assert_eq!(findings(&host, &[imported(&good())], json!({})), [Finding::Unchanged], "nobody says that it is");
}

#[test]
fn a_replacement_stays_in_when_replacements_are_switched_off_meanwhile() {
    let resend = bent(&[("/GeneralInfo/Status", json!(4))]);
    assert_eq!(
        findings(&account(std::slice::from_ref(&resend)), &[imported(&resend)], json!({})),
        [Finding::Unchanged]
    );
}

#[test]
fn processed_and_cancelled_are_told_apart_and_what_was_redacted_since_is_no_edit() {
    let redacted = [
        ("/CustomerInfo/Address/FullName", json!("*****")),
        ("/CustomerInfo/Address/Address1", json!("*****")),
        ("/CustomerInfo/Address/EmailAddress", json!("")),
    ];
    let processed = [&redacted[..], &[("/Processed", json!(true))]].concat();
    assert_eq!(finding(&bent(&processed), json!({})), Finding::Processed);
    let cancelled = [&processed[..], &[("/GeneralInfo/HoldOrCancel", json!(true))]].concat();
    assert_eq!(finding(&bent(&cancelled), json!({})), Finding::Cancelled);
}

#[test]
fn an_order_in_another_location_moved_there_whatever_the_connections_location_is_by_now() {
    let there = bent(&[("/FulfilmentLocationId", json!(LEEDS)), ("/GeneralInfo/Location", json!(LEEDS))]);
    assert_eq!(finding(&there, json!({})), Finding::Moved(LEEDS.to_owned()));
    // The connection's location was changed after the import: by id, nothing moved and nothing vanished.
    assert_eq!(finding(&good(), json!({"Location": LEEDS})), Finding::Unchanged);
    let host = account(std::slice::from_ref(&there));
    assert_eq!(findings(&host, &[imported(&there)], json!({"Location": DEFAULT})), [Finding::Unchanged]);
}

fn relation(parent: usize, child: usize, kind: &str) -> Value {
    json!({"ParentOrderId": id(parent), "ChildOrderId": id(child), "Parent": 100_000 + parent, "Child": 100_000 + child, "Type": kind})
}

#[test]
fn merged_orders_are_followed_to_the_order_that_there_is() {
    for kind in ["MERGE", "Merged", ""] {
        let host = account(&[numbered(9)]);
        host.always("Orders/GetOrderRelations", json!([relation(1, 9, kind), relation(2, 9, kind)]));
        let found = findings(&host, &[imported(&numbered(1)), imported(&numbered(2))], json!({}));
        assert_eq!(found, [Finding::Merged(vec![id(9)]), Finding::Merged(vec![id(9)])]);
    }
    // Merged again, once told in one answer and once only when asked for the order between.
    for whole in [true, false] {
        let host = account(&[numbered(9)]);
        host.on("Orders/GetOrderRelations", move |asked| {
            let (first, second) = (relation(1, 5, "MERGE"), relation(5, 9, "MERGE"));
            ok(&if whole {
                json!([first, second])
            } else if asked["orderId"] == id(1) {
                json!([first])
            } else {
                json!([second])
            })
        });
        assert_eq!(findings(&host, &[imported(&numbered(1))], json!({})), [Finding::Merged(vec![id(9)])]);
    }
}

#[test]
fn a_relation_that_is_told_the_other_way_round_is_followed_too() {
    let host = account(&[numbered(9)]);
    host.always("Orders/GetOrderRelations", json!([relation(9, 1, "MERGE")]));
    assert_eq!(findings(&host, &[imported(&numbered(1))], json!({})), [Finding::Merged(vec![id(9)])]);
    // But what a merged order was made of is not what it became.
    let mut part = numbered(1);
    (part["Processed"], part["GeneralInfo"]["HoldOrCancel"]) = (json!(true), json!(true));
    let host = account(&[part]);
    host.always("Orders/GetOrderRelations", json!([relation(1, 9, "MERGE")]));
    assert_eq!(findings(&host, &[imported(&numbered(9))], json!({})), [Finding::Gone]);
}

#[test]
fn an_order_that_is_kept_as_cancelled_when_it_was_merged_is_merged() {
    let mut kept = numbered(1);
    (kept["Processed"], kept["GeneralInfo"]["HoldOrCancel"]) = (json!(true), json!(true));
    let host = account(&[kept, numbered(9)]);
    host.always("Orders/GetOrderRelations", json!([relation(1, 9, "MERGE")]));
    assert_eq!(findings(&host, &[imported(&numbered(1))], json!({})), [Finding::Merged(vec![id(9)])]);
}

#[test]
fn an_order_whose_merged_order_was_deleted_is_gone() {
    let host = account(&[]);
    host.always("Orders/GetOrderRelations", json!([relation(1, 9, "MERGE")]));
    assert_eq!(findings(&host, &[imported(&numbered(1))], json!({})), [Finding::Gone]);
}

#[test]
fn an_answer_on_relations_that_cannot_be_read_does_not_say_that_an_order_is_gone() {
    for answer in ["<html></html>", "", "[{", r#"[{"ParentOrderId": 7}]"#] {
        let host = account(&[numbered(9)]);
        host.on("Orders/GetOrderRelations", move |_| text(200, answer));
        let failed = run(review(&host, &ctx(json!({})), &[imported(&numbered(1))])).unwrap_err();
        assert!(format!("{failed:?}").contains("Orders/GetOrderRelations"), "{answer}: {failed:?}");
    }
}

#[test]
fn a_split_order_is_told_with_all_that_it_is_now() {
    let mut rest = good();
    rest["Items"].as_array_mut().unwrap().truncate(1);
    let host = account(&[rest]);
    host.always("Orders/GetOrderRelations", json!([relation(1, 8, "SPLIT"), relation(1, 9, "Split")]));
    assert_eq!(findings(&host, &[imported(&good())], json!({})), [Finding::Split(vec![id(1), id(8), id(9)])]);
}

#[test]
fn relations_are_asked_for_only_when_lines_differ() {
    let host = account(&[bent(&[("/CustomerInfo/Address/Town", json!("York"))])]);
    findings(&host, &[imported(&good())], json!({}));
    assert_eq!(host.count("Orders/GetOrderRelations"), 0);
}

#[test]
fn an_order_is_gone_only_when_no_operation_gives_it() {
    let host = account(&[]);
    assert_eq!(findings(&host, &[imported(&good())], json!({})), [Finding::Gone]);
    assert_eq!(host.called(), ["Orders/GetOrdersById", "Orders/GetOrderRelations", "Orders/GetOrderById"]);
    host.on("Orders/GetOrderById", |_| refused());
    assert_eq!(findings(&host, &[imported(&good())], json!({})), [Finding::Gone], "not found may be a refusal");
}

#[test]
fn an_empty_answer_to_the_list_makes_nothing_vanish() {
    let orders: Vec<Value> = (1..=40).map(numbered).collect();
    let was: Vec<ImportedOrder> = orders.iter().map(imported).collect();
    let host = account(&orders);
    host.always("Orders/GetOrdersById", json!([]));
    assert_eq!(findings(&host, &was, json!({})), vec![Finding::Unchanged; 40]);
    assert_eq!(host.called(), ["Orders/GetOrdersById", "OpenOrders/GetOpenOrdersDetails"]);
    // One that the second list cannot give, since it is processed, is read by itself.
    let mut processed = orders.clone();
    processed[3]["Processed"] = json!(true);
    let host = account(&processed);
    host.always("Orders/GetOrdersById", json!([]));
    let found = findings(&host, &was, json!({}));
    assert_eq!(found.iter().filter(|one| **one == Finding::Processed).count(), 1);
    assert_eq!(host.count("Orders/GetOrderById"), 1);
    // Where the second list is refused, each is read by itself.
    let host = account(&orders);
    host.always("Orders/GetOrdersById", json!([]));
    host.on("OpenOrders/GetOpenOrdersDetails", |_| text(403, ""));
    assert_eq!(findings(&host, &was, json!({})), vec![Finding::Unchanged; 40]);
}

#[test]
fn an_answer_cut_short_makes_nothing_vanish_and_no_order_spoils_another() {
    let host = account(&[numbered(1), numbered(2)]);
    host.always("Orders/GetOrdersById", json!([numbered(1), numbered(7)]));
    let was = [imported(&numbered(1)), imported(&numbered(2))];
    assert_eq!(findings(&host, &was, json!({})), [Finding::Unchanged, Finding::Unchanged]);

    let mut odd = numbered(2);
    odd["Items"] = json!("none");
    let found = findings(&account(&[numbered(1), odd]), &was, json!({}));
    assert_eq!(found[0], Finding::Unchanged);
    assert_eq!(blocked(found[1].clone()), ["unreadable"]);
}

#[test]
fn no_answer_is_a_failure_and_no_finding() {
    for operation in ["Orders/GetOrdersById", "Orders/GetOrderRelations", "Orders/GetOrderById"] {
        let host = account(&[]);
        host.on(operation, |_| text(503, "<html>maintenance</html>"));
        let failure = run(review(&host, &ctx(json!({})), &[imported(&good())])).unwrap_err();
        let (kind, problem) = problem(&failure);
        assert_eq!(kind, "unavailable");
        assert!(problem.message.starts_with(operation), "{}", problem.message);
    }
    let host = account(&[]);
    *host.stop.borrow_mut() = true;
    let many: Vec<ImportedOrder> = (1..=201).map(|n| imported(&numbered(n))).collect();
    assert_eq!(run(review(&host, &ctx(json!({})), &many)), Err(Failure::Cancelled));
}

#[test]
fn every_operation_of_a_review_reads() {
    use linnworks_connector::contract::manifest::Effect;
    let host = account(&[]);
    host.always("Orders/GetOrderRelations", json!([relation(1, 9, "MERGE")]));
    let was: Vec<ImportedOrder> = (1..=5).map(|n| imported(&numbered(n))).collect();
    findings(&host, &was, json!({}));
    let table = linnworks_connector::manifest::describe().operations;
    for name in host.called() {
        let operation = table.iter().find(|operation| operation.name == name).unwrap();
        assert_eq!(operation.effect, Effect::Read, "{name}");
    }
}
