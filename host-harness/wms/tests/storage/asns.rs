//! Goods that are announced, received and booked in.

use crate::place::*;
use harness_wms::*;

const FLOW: &str = "import-purchase-orders";

fn line(id: &str, sku: &str, ordered: u32, delivered: u32) -> NewAsnLine {
    let (quantity, product) = (ordered.saturating_sub(delivered), None);
    NewAsnLine { source_line_id: id.into(), sku: sku.into(), quantity, ordered, delivered, product }
}

fn asn(id: &str, lines: Vec<NewAsnLine>) -> NewAsn {
    let print: Vec<String> = lines.iter().map(|line| format!("{}={}", line.sku, line.ordered)).collect();
    NewAsn {
        id: id.into(),
        version: print.join(","),
        header_version: "h1".into(),
        po_reference: format!("PO-{id}"),
        supplier: "Pottery Ltd".into(),
        estimated_delivery: Some(NOON + DAY),
        comments: String::new(),
        lines,
    }
}

async fn batch(place: &Place, connection: i64, now: i64) -> AsnCommit {
    let run = place.store.begin_run(connection, FLOW, RunMode::Apply, "test", now, now).await.unwrap();
    AsnCommit { run: run.id, fence: run.fence, connection, account: place.account, now, ..Default::default() }
}

async fn commit(place: &Place, ready: Vec<NewAsn>, now: i64) -> Vec<AsnDecision> {
    let commit = AsnCommit { ready, ..batch(place, place.connection, now).await };
    place.store.commit_asns(&commit).await.unwrap().into_iter().map(|one| one.decision).collect()
}

/// A notice of 6 A and 4 B that was confirmed.
async fn confirmed(place: &Place) -> i64 {
    let lines = vec![line("l1", "A", 10, 4), line("l2", "B", 4, 0)];
    let decided = commit(place, vec![asn("1", lines)], NOON).await;
    let AsnDecision::Created { asn_id, .. } = decided[0] else { panic!("{decided:?}") };
    place.store.confirm_asn(asn_id, NOON).await.unwrap();
    asn_id
}

async fn codes(place: &Place) -> Vec<String> {
    place.store.problems(None, false).await.unwrap().into_iter().map(|one| one.problem.code).collect()
}

async fn due(place: &Place, connection: i64, listed: &[(&str, &str)], now: i64) -> Vec<String> {
    let listed: Vec<ListedAsn> =
        listed.iter().map(|(id, version)| ListedAsn { id: (*id).into(), version: (*version).into() }).collect();
    place.store.asns_to_read(place.account, place.client, connection, &listed, now).await.unwrap()
}

fn units(sku: &str, units: u32) -> Vec<(String, u32)> {
    vec![(sku.to_owned(), units)]
}

pub(crate) async fn a_purchase_order_becomes_one_notice_of_what_is_still_to_come(place: Place) {
    let lines = vec![line("l1", "A", 10, 4), line("l2", "B", 5, 5), line("l3", "C", 1, 0)];
    let decided = commit(&place, vec![asn("1", lines)], NOON).await;
    assert!(matches!(&decided[0], AsnDecision::Created { products, .. } if products.is_empty()));
    let asn = place.store.asn("PO-1").await.unwrap();
    assert_eq!((asn.status, asn.status.id(), asn.supplier.as_str()), (AsnStatus::New, 1, "Pottery Ltd"));
    assert_eq!((asn.goods_in_type.as_str(), asn.quantity, asn.estimated_delivery), ("Carton", 1, Some(NOON + DAY)));
    let items: Vec<(&str, i64, i64)> =
        asn.items.iter().map(|item| (item.sku.as_str(), item.quantity_expected, item.delivered_before)).collect();
    assert_eq!(items, [("A", 6, 4), ("C", 1, 0)]);
    assert_eq!(place.stock("A").await, (10, 0), "announced is not there");
    assert_eq!(place.store.asns(Some(place.client), Some(AsnStatus::New)).await.unwrap().len(), 1);
    let by_id = place.store.asn(&asn.id.to_string()).await.unwrap();
    assert_eq!(by_id.source_id, "1");
}

pub(crate) async fn a_notice_is_made_once_however_often_and_through_whom_it_is_committed(place: Place) {
    let new = || vec![asn("1", vec![line("l1", "A", 2, 0)])];
    commit(&place, new(), NOON).await;
    let again = commit(&place, new(), NOON + 1).await;
    assert!(matches!(&again[0], AsnDecision::Known { differences, .. } if differences.is_empty()));
    let other = AsnCommit { ready: new(), ..batch(&place, place.other_connection, NOON + 2).await };
    let decided = place.store.commit_asns(&other).await.unwrap();
    let AsnDecision::Refused(reasons) = &decided[0].decision else { panic!("{decided:?}") };
    assert_eq!(reasons[0].code, "already-imported-by");
    assert!(reasons[0].message.contains("first"));
    assert_eq!(place.store.asns(None, None).await.unwrap().len(), 1);
    assert!(codes(&place).await.is_empty(), "it is nobody's problem");
    // Once the first connection is gone, the notice is the other's.
    place.store.remove_connection(place.connection, Removal::default(), NOON).await.unwrap();
    let other = AsnCommit { ready: new(), ..batch(&place, place.other_connection, NOON + HOUR).await };
    let decided = place.store.commit_asns(&other).await.unwrap();
    assert!(matches!(decided[0].decision, AsnDecision::Known { .. }));
    assert_eq!(place.store.asn("PO-1").await.unwrap().connection_id, place.other_connection);
}

pub(crate) async fn an_unknown_sku_keeps_it_out_until_the_product_is_there(place: Place) {
    let new = || vec![asn("1", vec![line("l1", "A", 2, 0), line("l2", "a", 1, 0), line("l3", "NEW", 1, 0)])];
    let decided = commit(&place, new(), NOON).await;
    let AsnDecision::Refused(reasons) = &decided[0] else { panic!("{decided:?}") };
    assert_eq!(reasons[0].code, "sku-unknown");
    assert!(reasons[0].message.contains("`a` (did you mean `A`?)"), "{}", reasons[0].message);
    assert!(place.store.asns(None, None).await.unwrap().is_empty());
    assert_eq!(codes(&place).await, ["sku-unknown"]);
    assert!(due(&place, place.connection, &[("1", "h1")], NOON + MINUTE).await.is_empty());
    let products: Vec<NewProduct> =
        ["a", "NEW"].map(|sku| NewProduct { sku: sku.into(), name: sku.into(), ..Default::default() }).into();
    place.store.add_products(place.client, &products, NOON).await.unwrap();
    assert_eq!(due(&place, place.connection, &[("1", "h1")], NOON + MINUTE).await, ["1"]);
    let decided = commit(&place, new(), NOON + MINUTE).await;
    assert!(matches!(decided[0], AsnDecision::Created { .. }));
    assert!(codes(&place).await.is_empty());
}

pub(crate) async fn products_are_created_only_where_they_are_missing_and_wanted(place: Place) {
    let warning = Problem { code: "product.weight-implausible".into(), ..Default::default() };
    let described = |sku: &str, name: &str| NewAsnLine {
        product: Some(NewAsnProduct {
            name: name.into(),
            ean: Some("501".into()),
            weight: Some("350".into()),
            height: Some("10".into()),
            warnings: vec![warning.clone()],
            ..Default::default()
        }),
        ..line(&format!("l-{sku}-{name}"), sku, 2, 0)
    };
    let lines = || {
        vec![
            described("MUG", "Mug"),
            described("MUG", "Mug again"),
            described("A", "Another name"),
            described("b", "b"),
        ]
    };
    let planned = AsnCommit { ready: vec![asn("1", lines())], ..batch(&place, place.connection, NOON).await };
    let planned = place.store.plan_asns(&planned).await.unwrap();
    assert!(matches!(&planned[0].decision, AsnDecision::Created { asn_id: 0, products } if products.len() == 2));
    assert_eq!(place.store.products(place.client).await.unwrap().len(), 3, "a plan writes nothing");
    let decided = commit(&place, vec![asn("1", lines())], NOON).await;
    assert!(matches!(&decided[0], AsnDecision::Created { products, .. } if *products == ["MUG", "b"]));
    let mug = place.store.product(place.client, "MUG").await.unwrap();
    assert_eq!((mug.name.as_str(), mug.ean.as_deref(), mug.weight.as_deref()), ("Mug", Some("501"), Some("350")));
    assert_eq!(place.store.product(place.client, "A").await.unwrap().name, "A", "what is there is not changed");
    let standing = codes(&place).await;
    assert_eq!(standing.iter().filter(|code| *code == "product.weight-implausible").count(), 2);
    assert!(standing.contains(&"product.near-miss".to_owned()), "{standing:?}");
}

pub(crate) async fn only_what_moved_or_waits_is_read_again(place: Place) {
    let me = place.connection;
    commit(&place, vec![asn("1", vec![line("l1", "A", 2, 0)])], NOON).await;
    let skipped = SkippedAsn { id: "2".into(), header_version: "h2".into(), ..Default::default() };
    let skips = AsnCommit { skipped: vec![skipped], ..batch(&place, me, NOON).await };
    place.store.commit_asns(&skips).await.unwrap();
    let listed = [("1", "h1"), ("2", "h2"), ("3", "h3")];
    assert_eq!(due(&place, me, &listed, NOON + MINUTE).await, ["3"]);
    assert_eq!(due(&place, me, &[("1", "moved"), ("2", "moved")], NOON + MINUTE).await, ["1", "2"]);
    assert_eq!(due(&place, me, &listed, NOON + HOUR).await, ["2", "3"]);
    // One that is not listed any more proves nothing and is read, once.
    assert_eq!(due(&place, me, &[("2", "h2")], NOON + MINUTE).await, ["1"]);
    assert!(due(&place, place.other_connection, &[("2", "h2")], NOON + MINUTE).await.is_empty());
    let gone = AsnCommit { absent: vec!["1".into()], ..batch(&place, me, NOON + MINUTE).await };
    place.store.commit_asns(&gone).await.unwrap();
    assert!(due(&place, me, &[("2", "h2")], NOON + 2 * MINUTE).await.is_empty());
    assert_eq!(
        due(&place, me, &[("1", "h1"), ("2", "h2")], NOON + 2 * MINUTE).await,
        ["1"],
        "listed again, read again"
    );
    place.store.reconsider_purchase_orders(me).await.unwrap();
    assert_eq!(due(&place, me, &[("2", "h2")], NOON + 2 * MINUTE).await, ["2"]);
}

pub(crate) async fn what_was_ordered_anew_is_told_and_the_notice_stays(place: Place) {
    let id = confirmed(&place).await;
    let changed = asn("1", vec![line("l1", "A", 12, 4), line("l2", "B", 4, 0)]);
    let decided = commit(&place, vec![changed.clone()], NOON + 1).await;
    let AsnDecision::Known { asn_id, differences } = &decided[0] else { panic!("{decided:?}") };
    assert_eq!((*asn_id, differences.as_slice()), (id, &["A: 10 were ordered, now 12".to_owned()][..]));
    assert_eq!(place.store.asn("PO-1").await.unwrap().items[0].quantity_expected, 6);
    let problems = place.store.problems(None, false).await.unwrap();
    assert_eq!((problems[0].problem.code.as_str(), problems[0].reference.as_str()), ("asn.drift", "PO-1"));
    // Set back, it clears.
    commit(&place, vec![asn("1", vec![line("l1", "A", 10, 9), line("l2", "B", 4, 0)])], NOON + 2).await;
    assert!(codes(&place).await.is_empty());
}

pub(crate) async fn a_purchase_order_that_was_closed_or_deleted_is_told_while_goods_are_expected(place: Place) {
    let id = confirmed(&place).await;
    let closed = || SkippedAsn {
        id: "1".into(),
        verdicts: vec![Verdict { found: "The purchase order is DELIVERED".into(), ..Default::default() }],
        ..Default::default()
    };
    let skips = AsnCommit { skipped: vec![closed()], ..batch(&place, place.connection, NOON + 1).await };
    place.store.commit_asns(&skips).await.unwrap();
    assert_eq!(codes(&place).await, ["asn.no-longer-awaited"]);
    assert!(!place.store.asn("PO-1").await.unwrap().awaited);
    // Reopened, it clears; deleted once all came, it is no problem.
    commit(&place, vec![asn("1", vec![line("l1", "A", 10, 4), line("l2", "B", 4, 0)])], NOON + 2).await;
    assert!(codes(&place).await.is_empty());
    place.store.receive_asn(id, &[("A".into(), 6), ("B".into(), 4)], NOON + 3).await.unwrap();
    place.store.book_in_asn(id, NOON + 3).await.unwrap();
    let gone = AsnCommit { absent: vec!["1".into()], ..batch(&place, place.connection, NOON + 4).await };
    place.store.commit_asns(&gone).await.unwrap();
    assert!(codes(&place).await.is_empty());
}

pub(crate) async fn goods_are_received_in_parts_and_serve_back_orders(place: Place) {
    let waits = place.imported("order", &[("B", 5)], NOON).await;
    assert_eq!(place.status(waits).await, OrderStatus::OnBackOrder);
    let id = confirmed(&place).await;
    let status = async || place.store.asn("PO-1").await.unwrap().status;
    place.store.receive_asn(id, &units("B", 3), NOON + 1).await.unwrap();
    assert_eq!(status().await, AsnStatus::AwaitingPutaway);
    assert_eq!(place.stock("B").await, (0, 2), "on the dock is not in the stock");
    assert_eq!(place.store.book_in_asn(id, NOON + 2).await.unwrap(), 3);
    assert_eq!(status().await, AsnStatus::PartBooked);
    assert_eq!((place.stock("B").await, place.status(waits).await), ((0, 5), OrderStatus::New));
    place.store.receive_asn(id, &[("A".into(), 6), ("B".into(), 1)], NOON + 3).await.unwrap();
    assert_eq!(place.store.book_in_asn(id, NOON + 4).await.unwrap(), 7);
    assert_eq!(status().await, AsnStatus::BookedIn);
    assert_eq!((place.stock("A").await, place.stock("B").await), ((16, 0), (1, 5)));
    place.store.complete_asn(id, false, NOON + 5).await.unwrap();
    let asn = place.store.asn("PO-1").await.unwrap();
    assert_eq!((asn.status, asn.booked_in_date), (AsnStatus::Complete, Some(NOON + 4)));
    assert!(asn.items.iter().all(|item| item.complete && item.on_order == 0));
}

pub(crate) async fn more_and_less_than_announced_is_reported(place: Place) {
    let id = confirmed(&place).await;
    place.store.receive_asn(id, &units("A", 8), NOON + 1).await.unwrap();
    place.store.book_in_asn(id, NOON + 1).await.unwrap();
    let problems = place.store.problems(None, false).await.unwrap();
    assert_eq!(problems[0].problem.code, "asn.over-receipt");
    assert!(problems[0].problem.message.contains("8 of 6 A"), "{}", problems[0].problem.message);
    let short = place.store.complete_asn(id, false, NOON + 2).await.unwrap_err().to_string();
    assert!(short.contains("0 of 4 B") && short.contains("--short"), "{short}");
    place.store.complete_asn(id, true, NOON + 3).await.unwrap();
    assert_eq!(place.store.asn("PO-1").await.unwrap().status, AsnStatus::BookedInPartial);
    assert_eq!(codes(&place).await, ["asn.over-receipt", "asn.under-receipt"]);
}

pub(crate) async fn the_hands_keep_their_order(place: Place) {
    commit(&place, vec![asn("1", vec![line("l1", "A", 2, 0)])], NOON).await;
    let id = place.store.asn("PO-1").await.unwrap().id;
    let early = place.store.receive_asn(id, &units("A", 1), NOON).await.unwrap_err().to_string();
    assert!(early.contains("it is New"), "{early}");
    place.store.confirm_asn(id, NOON).await.unwrap();
    assert!(place.store.confirm_asn(id, NOON).await.is_err());
    assert!(place.store.book_in_asn(id, NOON).await.is_err(), "nothing arrived");
    let unknown = place.store.receive_asn(id, &units("C", 1), NOON).await.unwrap_err().to_string();
    assert!(unknown.contains("announces A"), "{unknown}");
    assert!(place.store.receive_asn(id, &units("A", 0), NOON).await.is_err());
    place.store.receive_asn(id, &units("A", 2), NOON).await.unwrap();
    assert!(place.store.complete_asn(id, false, NOON).await.is_err(), "it is still on the dock");
    place.store.book_in_asn(id, NOON).await.unwrap();
    place.store.complete_asn(id, false, NOON).await.unwrap();
    assert!(place.store.receive_asn(id, &units("A", 1), NOON).await.is_err());
    assert!(place.store.asn("nothing").await.is_err());
}

pub(crate) async fn what_the_source_is_told_are_totals_that_settle(place: Place) {
    let mut connection = place.store.connection_by_id(place.connection).await.unwrap();
    connection.settings = serde_json::json!({"DeliverPOOnBookIn": true});
    place.store.update_connection(&connection, NOON).await.unwrap();
    let id = confirmed(&place).await;
    assert!(place.store.asn_delivery(id).await.unwrap().is_none());
    place.store.receive_asn(id, &units("A", 2), NOON).await.unwrap();
    assert!(place.store.asn_delivery(id).await.unwrap().is_none(), "received is not booked in");
    place.store.book_in_asn(id, NOON).await.unwrap();
    let first = place.store.asn_delivery(id).await.unwrap().unwrap();
    assert_eq!((first.source_id.as_str(), first.lines.len()), ("1", 1));
    assert_eq!((first.lines[0].booked, first.lines[0].total), (2, 6));
    // More comes while the first is under way.
    place.store.receive_asn(id, &[("A".into(), 4), ("B".into(), 4)], NOON).await.unwrap();
    place.store.book_in_asn(id, NOON).await.unwrap();
    place.store.settle_asn_delivery(&first).await.unwrap();
    let outstanding = place.store.received_undelivered(place.connection).await.unwrap();
    assert_eq!(outstanding.into_iter().collect::<Vec<_>>(), [("A".to_owned(), 4), ("B".to_owned(), 4)]);
    let second = place.store.asn_delivery(id).await.unwrap().unwrap();
    assert_eq!(second.lines.iter().map(|line| line.total).collect::<Vec<_>>(), [10, 4]);
    place.store.settle_asn_delivery(&second).await.unwrap();
    // One that comes late settles nothing twice.
    place.store.settle_asn_delivery(&first).await.unwrap();
    assert!(place.store.asn_delivery(id).await.unwrap().is_none());
    assert!(place.store.received_undelivered(place.connection).await.unwrap().is_empty());
}

pub(crate) async fn without_the_option_nothing_is_to_be_told(place: Place) {
    let id = confirmed(&place).await;
    place.store.receive_asn(id, &units("A", 2), NOON).await.unwrap();
    place.store.book_in_asn(id, NOON).await.unwrap();
    assert!(place.store.asn_delivery(id).await.unwrap().is_none());
    assert!(place.store.received_undelivered(place.connection).await.unwrap().is_empty());
}
