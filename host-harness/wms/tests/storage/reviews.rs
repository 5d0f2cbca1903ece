//! What the warehouse makes of what became of orders at the source.

use crate::place::*;
use harness_wms::*;

/// Commits findings in a run of their own.
async fn review(place: &Place, findings: Vec<(&str, Finding)>, now: i64) -> ReviewResult {
    listed(place, findings, None, now).await
}

async fn listed(place: &Place, findings: Vec<(&str, Finding)>, listed: Option<&[&str]>, now: i64) -> ReviewResult {
    part(place, findings, listed, true, now).await
}

/// As [`listed`]; `whole` says whether all that had vanished was looked at.
async fn part(
    place: &Place,
    findings: Vec<(&str, Finding)>,
    listed: Option<&[&str]>,
    whole: bool,
    now: i64,
) -> ReviewResult {
    let run = place.store.begin_run(place.connection, "review-orders", RunMode::Apply, "test", now, now).await.unwrap();
    let commit = ReviewCommit {
        run: run.id,
        fence: run.fence,
        connection: place.connection,
        account: place.account,
        now,
        findings: findings.into_iter().map(|(id, finding)| (id.to_owned(), finding)).collect(),
        listed: listed.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        whole,
        storage: None,
    };
    let planned = place.store.plan_review(&commit).await.unwrap();
    let before = place.store.canonical_dump().await.unwrap();
    assert_eq!(place.store.canonical_dump().await.unwrap(), before, "a plan writes nothing");
    let done = place.store.commit_review(&commit).await.unwrap();
    assert_eq!(planned, done, "done as planned");
    done
}

async fn done(place: &Place, id: &str, finding: Finding, now: i64) -> Done {
    review(place, vec![(id, finding)], now).await.orders[0].done
}

async fn problems(place: &Place) -> Vec<String> {
    let open = place.store.problems(Some(place.connection), false).await.unwrap();
    open.into_iter().map(|problem| format!("{} {}", problem.subject, problem.problem.code)).collect()
}

async fn events(place: &Place, order: i64) -> Vec<String> {
    let timeline = place.store.timeline(order).await.unwrap();
    timeline
        .into_iter()
        .map(|entry| format!("{} {} {}", entry.side, entry.event, entry.detail).trim().to_owned())
        .collect()
}

fn edited(mut order: NewOrder, change: impl FnOnce(&mut NewOrder)) -> Finding {
    change(&mut order);
    order.version.push_str("-edited");
    Finding::Edited(Box::new(order))
}

fn moved(same_warehouse: bool) -> Finding {
    Finding::Moved(Moved { location: "north".into(), connection: None, same_warehouse })
}

pub(crate) async fn an_edit_before_picking_changes_address_and_goods_and_reserves_anew(place: Place) {
    let id = place.imported("1", &[("A", 3), ("B", 1)], NOON).await;
    let finding = edited(order("1", &[("A", 1), ("C", 2)]), |order| {
        order.delivery_address.town = "York".into();
        order.order_number = "OTHER-PREFIX-1".into();
    });
    assert_eq!(done(&place, "1", finding, NOON + 1).await, Done::Applied);
    let order = place.store.order_by_id(id).await.unwrap();
    assert_eq!((order.town.as_str(), order.total_items, order.order_number.as_str()), ("York", 3, "LW-1"));
    let lines: Vec<_> =
        order.order_items.iter().map(|line| (line.sku.as_str(), line.quantity, line.allocated)).collect();
    assert_eq!(lines, [("A", 1, 1), ("C", 2, 0)]);
    assert_eq!(order.order_status, OrderStatus::OnBackOrder, "of C there is none");
    assert_eq!((place.stock("A").await, place.stock("B").await), ((9, 1), (2, 0)));
    assert_eq!(events(&place, id).await[1], "source edited delivery-address, lines");
    let due = place.store.reviews_of(&[id]).await.unwrap();
    assert_eq!(due[0].version, "v-1-edited");
    assert!(problems(&place).await.is_empty());
}

pub(crate) async fn an_edit_loses_nothing_to_orders_that_wait_and_gives_them_what_it_frees(place: Place) {
    let first = place.imported("1", &[("B", 2)], NOON).await;
    let second = place.imported("2", &[("B", 1)], NOON).await;
    assert_eq!(place.status(second).await, OrderStatus::OnBackOrder);
    done(&place, "1", edited(order("1", &[("B", 2)]), |order| order.comments = "door".into()), NOON + 1).await;
    assert_eq!((place.status(first).await, place.status(second).await), (OrderStatus::New, OrderStatus::OnBackOrder));
    done(&place, "1", edited(order("1", &[("B", 1)]), |order| order.version = "x".into()), NOON + 2).await;
    assert_eq!((place.status(first).await, place.status(second).await), (OrderStatus::New, OrderStatus::New));
    assert_eq!(place.stock("B").await, (0, 2));
}

pub(crate) async fn an_edit_while_picking_stops_the_order_until_a_person_decides(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    place.store.pick(id, NOON).await.unwrap();
    let finding = || edited(order("1", &[("A", 2)]), |_| {});
    assert_eq!(done(&place, "1", finding(), NOON + 1).await, Done::Stopped);
    assert_eq!(place.status(id).await, OrderStatus::QueryRaised);
    assert!(place.store.despatch(id, &[Parcel::default()], NOON + 2).await.is_err(), "nothing wrong is shipped");
    assert_eq!(problems(&place).await, ["1 review.edited-while-picking"]);
    assert_eq!(done(&place, "1", finding(), NOON + 3).await, Done::Stopped, "and again it is the same");
    let told = events(&place, id).await.len();
    // Put back, it is changed by itself.
    place.store.put_back(id, NOON + 4).await.unwrap();
    assert_eq!(place.status(id).await, OrderStatus::Holding);
    assert_eq!(done(&place, "1", finding(), NOON + 5).await, Done::Applied);
    assert_eq!((place.status(id).await, place.stock("A").await), (OrderStatus::New, (8, 2)));
    assert!(problems(&place).await.is_empty());
    assert_eq!(
        &events(&place, id).await[told..],
        ["warehouse put-back HOLDING", "source edited lines", "warehouse released as at the source again"]
    );
}

pub(crate) async fn what_a_person_releases_goes_on_until_it_is_edited_again(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    place.store.pick(id, NOON).await.unwrap();
    let finding = || edited(order("1", &[("A", 2)]), |_| {});
    done(&place, "1", finding(), NOON + 1).await;
    place.store.release(id, NOON + 2).await.unwrap();
    assert_eq!(place.status(id).await, OrderStatus::Picked);
    assert_eq!(done(&place, "1", finding(), NOON + 3).await, Done::Nothing);
    assert_eq!((place.status(id).await, problems(&place).await.len()), (OrderStatus::Picked, 0));
    let again = edited(order("1", &[("A", 3)]), |order| order.version = "other".into());
    assert_eq!(done(&place, "1", again, NOON + 4).await, Done::Stopped);
}

pub(crate) async fn an_edit_that_the_warehouse_cannot_take_holds_the_order_until_it_can(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    let finding = || edited(order("1", &[("D", 1)]), |_| {});
    assert_eq!(done(&place, "1", finding(), NOON + 1).await, Done::Stopped);
    assert_eq!(place.status(id).await, OrderStatus::Holding);
    assert_eq!(problems(&place).await, ["1 review.edit-refused"]);
    let product = NewProduct { sku: "D".into(), name: "D".into(), ..Default::default() };
    place.store.add_products(place.client, &[product], NOON).await.unwrap();
    assert_eq!(done(&place, "1", finding(), NOON + 2).await, Done::Applied);
    assert_eq!((place.status(id).await, place.stock("A").await), (OrderStatus::OnBackOrder, (10, 0)));
    assert!(problems(&place).await.is_empty());
}

pub(crate) async fn an_erased_order_is_not_given_its_names_back(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    place.store.erase(&Whose::Order(id), "on request", NOON).await.unwrap();
    done(&place, "1", edited(order("1", &[("A", 2)]), |_| {}), NOON + 1).await;
    let order = place.store.order_by_id(id).await.unwrap();
    assert_eq!((order.last_name.as_str(), order.total_items), ("", 2));
}

pub(crate) async fn a_cancellation_frees_the_stock_before_picking_and_stops_the_order_afterwards(place: Place) {
    let first = place.imported("1", &[("B", 2)], NOON).await;
    let second = place.imported("2", &[("B", 1)], NOON).await;
    assert_eq!(done(&place, "1", Finding::Cancelled, NOON + 1).await, Done::Cancelled);
    assert_eq!((place.status(first).await, place.status(second).await), (OrderStatus::Cancelled, OrderStatus::New));
    assert!(
        place
            .store
            .pending_acknowledgements(place.connection, NOON + 1, 10)
            .await
            .unwrap()
            .iter()
            .all(|one| one.order_id != first)
    );
    place.store.pick(second, NOON + 2).await.unwrap();
    assert_eq!(done(&place, "2", Finding::Cancelled, NOON + 3).await, Done::Stopped);
    assert_eq!(problems(&place).await, ["2 review.cancelled-while-picking"]);
    place.store.cancel(second, "goods are back", NOON + 4).await.unwrap();
    assert_eq!((place.status(second).await, place.stock("B").await), (OrderStatus::Cancelled, (2, 0)));
    done(&place, "2", Finding::Cancelled, NOON + 5).await;
    assert!(problems(&place).await.is_empty());
}

pub(crate) async fn what_is_blocked_or_moved_or_processed_waits_and_goes_on_by_itself(place: Place) {
    let locked =
        Finding::Blocked(vec![Verdict { check: "locked".into(), found: "It is locked".into(), ..Verdict::default() }]);
    let mut now = NOON;
    for (finding, code) in
        [(locked, "review.blocked"), (moved(false), "review.moved"), (Finding::Processed, "review.processed-at-source")]
    {
        let id = place.imported(code, &[("A", 1)], now).await;
        assert_eq!(done(&place, code, finding.clone(), now + 1).await, Done::Stopped);
        assert_eq!(place.status(id).await, OrderStatus::Holding);
        assert_eq!(problems(&place).await, [format!("{code} {code}")]);
        assert_eq!(done(&place, code, Finding::Unchanged, now + 2).await, Done::Released);
        assert_eq!((place.status(id).await, problems(&place).await.len()), (OrderStatus::New, 0));
        place.store.pick(id, now + 3).await.unwrap();
        assert_eq!(done(&place, code, finding, now + 4).await, Done::Stopped);
        assert_eq!(done(&place, code, Finding::Unchanged, now + 5).await, Done::Released);
        assert_eq!(place.status(id).await, OrderStatus::Picked);
        now += MINUTE;
    }
}

pub(crate) async fn what_a_person_holds_is_not_released_by_a_review(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    place.store.hold(id, "fraud check", NOON).await.unwrap();
    done(&place, "1", moved(false), NOON + 1).await;
    assert_eq!(done(&place, "1", Finding::Unchanged, NOON + 2).await, Done::Nothing);
    assert_eq!(place.status(id).await, OrderStatus::Holding);
}

pub(crate) async fn a_move_within_the_warehouse_is_told_and_stops_nothing(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    assert_eq!(done(&place, "1", moved(true), NOON + 1).await, Done::Told);
    assert_eq!((place.status(id).await, problems(&place).await), (OrderStatus::New, vec!["1 review.moved".to_owned()]));
}

pub(crate) async fn gone_counts_in_a_second_run_ten_minutes_later_and_nothing_is_picked_meanwhile(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    assert_eq!(done(&place, "1", Finding::Gone, NOON).await, Done::Missing);
    assert_eq!((place.status(id).await, problems(&place).await.len()), (OrderStatus::New, 0));
    let refused = place.store.pick(id, NOON + 1).await.unwrap_err().to_string();
    assert!(refused.contains("the source did not give it at the last look"), "{refused}");
    assert_eq!(done(&place, "1", Finding::Gone, NOON + GONE_AFTER - 1).await, Done::Missing);
    // Found in between, it has to be missed twice again.
    assert_eq!(done(&place, "1", Finding::Unchanged, NOON + GONE_AFTER).await, Done::Nothing);
    assert_eq!(done(&place, "1", Finding::Gone, NOON + GONE_AFTER).await, Done::Missing);
    assert_eq!(done(&place, "1", Finding::Gone, NOON + 2 * GONE_AFTER).await, Done::Cancelled);
    assert_eq!((place.status(id).await, place.stock("A").await), (OrderStatus::Cancelled, (10, 0)));
    // It turns up again: it is told, once the source lists it.
    let due = place
        .store
        .reviews_due(place.connection, place.account, Some(&["1".to_owned()]), 10, NOON + HOUR)
        .await
        .unwrap();
    assert_eq!((due.still_listed.as_slice(), due.read.len()), (["1".to_owned()].as_slice(), 0));
    assert_eq!(done(&place, "1", Finding::Listed, NOON + 3 * GONE_AFTER).await, Done::StillOpen);
}

pub(crate) async fn an_order_cancelled_here_and_open_there_is_told_until_it_is_closed(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    place.store.cancel(id, "", NOON).await.unwrap();
    assert_eq!(done(&place, "1", Finding::Listed, NOON + 1).await, Done::StillOpen);
    assert_eq!(problems(&place).await, ["1 cancelled-in-wms-still-open"]);
    let due = place.store.reviews_due(place.connection, place.account, Some(&[]), 10, NOON + HOUR).await.unwrap();
    assert_eq!(due.read.len(), 1, "no longer listed: it is looked at");
    done(&place, "1", Finding::Cancelled, NOON + 2).await;
    assert!(problems(&place).await.is_empty());
    let due = place.store.reviews_due(place.connection, place.account, Some(&[]), 10, NOON + HOUR).await.unwrap();
    assert!(due.read.is_empty() && due.still_listed.is_empty());
}

fn merged_order(id: &str, lines: &[(&str, u32)]) -> NewOrder {
    NewOrder { external_order_reference: "MERGED".into(), ..order(id, lines) }
}

pub(crate) async fn merged_orders_give_way_to_the_merged_one_when_none_is_being_picked(place: Place) {
    let (first, second) = (place.imported("1", &[("A", 1)], NOON).await, place.imported("2", &[("A", 2)], NOON).await);
    let into = || Finding::Merged(vec!["9".into()]);
    let result = review(&place, vec![("1", into()), ("2", into())], NOON + 1).await;
    assert_eq!(result.cancelled(), 2);
    let merged = place.import(vec![merged_order("9", &[("A", 3)])], NOON + 2).await;
    let Decision::Created { order_id } = merged.orders[0].decision else { panic!("{merged:?}") };
    assert_eq!(place.status(order_id).await, OrderStatus::New);
    assert_eq!(
        (place.status(first).await, place.status(second).await),
        (OrderStatus::Cancelled, OrderStatus::Cancelled)
    );
    assert_eq!((place.stock("A").await, problems(&place).await.len()), ((7, 3), 0));
}

pub(crate) async fn a_merged_order_waits_while_one_that_it_was_made_of_is_being_picked(place: Place) {
    let (first, second) = (place.imported("1", &[("A", 1)], NOON).await, place.imported("2", &[("A", 2)], NOON).await);
    place.store.pick(first, NOON).await.unwrap();
    let into = || Finding::Merged(vec!["9".into()]);
    let both = || vec![("1", into()), ("2", into())];
    let result = review(&place, both(), NOON + 1).await;
    assert_eq!(result.orders.iter().map(|order| order.done).collect::<Vec<_>>(), [Done::Told, Done::Told]);
    let merged = place.imported("9", &[("A", 3)], NOON + 2).await;
    assert_eq!(place.status(merged).await, OrderStatus::Holding);
    assert!(place.store.pick(merged, NOON + 2).await.is_err());
    review(&place, both(), NOON + 3).await;
    assert_eq!(problems(&place).await, ["1 review.merged", "2 review.merged", "9 review.made-from-another"]);
    // The one that is picked leaves; the other may still not be given up, since the merged one waits for both.
    place.store.despatch(first, &[Parcel::default()], NOON + 4).await.unwrap();
    review(&place, vec![("2", into())], NOON + 5).await;
    assert_eq!((place.status(second).await, place.status(merged).await), (OrderStatus::New, OrderStatus::Holding));
    assert_eq!(problems(&place).await, ["2 review.merged", "9 review.made-from-another"]);
    // A person decides for what is left of the merged one.
    place.store.cancel(second, "ships with the merged one", NOON + 6).await.unwrap();
    place.store.release(merged, NOON + 6).await.unwrap();
    review(&place, vec![("9", Finding::Unchanged)], NOON + 7).await;
    assert_eq!((place.status(merged).await, problems(&place).await.len()), (OrderStatus::New, 0));
}

pub(crate) async fn goods_put_back_let_the_merged_order_take_the_place(place: Place) {
    let first = place.imported("1", &[("A", 1)], NOON).await;
    place.store.pick(first, NOON).await.unwrap();
    let into = || Finding::Merged(vec!["9".into()]);
    review(&place, vec![("1", into())], NOON + 1).await;
    let merged = place.imported("9", &[("A", 3)], NOON + 2).await;
    place.store.put_back(first, NOON + 3).await.unwrap();
    let result = review(&place, vec![("1", into())], NOON + 4).await;
    assert_eq!((result.cancelled(), result.let_go), (1, 1));
    assert_eq!((place.status(merged).await, problems(&place).await.len()), (OrderStatus::New, 0));
}

pub(crate) async fn a_merged_order_that_came_in_first_is_stopped_when_the_merge_is_seen(place: Place) {
    let first = place.imported("1", &[("A", 1)], NOON).await;
    place.store.pick(first, NOON).await.unwrap();
    let merged = place.imported("9", &[("A", 3)], NOON + 1).await;
    review(&place, vec![("1", Finding::Merged(vec!["9".into()]))], NOON + 2).await;
    assert_eq!(place.status(merged).await, OrderStatus::Holding);
}

pub(crate) async fn parts_of_a_split_order_wait_while_the_whole_is_being_picked(place: Place) {
    let whole = place.imported("1", &[("A", 3)], NOON).await;
    let split = || Finding::Split {
        parts: vec!["2".into()],
        rest: Some(Box::new(NewOrder { version: "rest".into(), ..order("1", &[("A", 2)]) })),
    };
    place.store.pick(whole, NOON).await.unwrap();
    assert_eq!(done(&place, "1", split(), NOON + 1).await, Done::Stopped);
    let part = place.imported("2", &[("A", 1)], NOON + 2).await;
    assert_eq!((place.status(whole).await, place.status(part).await), (OrderStatus::QueryRaised, OrderStatus::Holding));
    place.store.put_back(whole, NOON + 3).await.unwrap();
    assert_eq!(done(&place, "1", split(), NOON + 4).await, Done::Applied);
    assert_eq!((place.status(whole).await, place.status(part).await), (OrderStatus::New, OrderStatus::New));
    assert_eq!((place.stock("A").await, problems(&place).await.len()), ((7, 3), 0));
}

pub(crate) async fn a_new_order_with_the_reference_of_an_open_one_waits_until_that_was_looked_at(place: Place) {
    let whole = place.imported("1", &[("A", 3)], NOON).await;
    place.store.pick(whole, NOON).await.unwrap();
    let part = NewOrder { external_order_reference: "ref-1".into(), ..order("2", &[("A", 1)]) };
    let result = place.import(vec![part], NOON + 1).await;
    let Decision::Created { order_id: part } = result.orders[0].decision else { panic!("{result:?}") };
    assert_eq!(place.status(part).await, OrderStatus::Holding);
    let urgent = place.store.urgent_reviews(place.connection).await.unwrap();
    assert_eq!(urgent.iter().map(|one| one.order_id).collect::<Vec<_>>(), [whole]);
    let first = place.store.reviews_due(place.connection, place.account, None, 1, NOON + HOUR).await.unwrap();
    assert_eq!(first.read[0].order_id, whole);
    let result = review(&place, vec![("1", Finding::Unchanged)], NOON + 2).await;
    assert_eq!((result.let_go, place.status(part).await), (1, OrderStatus::New));
    assert!(place.store.urgent_reviews(place.connection).await.unwrap().is_empty());
    // While the source does not know that an order has left, what comes with its reference may be made of it, and waits. Once
    // the source knows, it is a replacement.
    place.store.despatch(whole, &[Parcel::default()], NOON + 3).await.unwrap();
    place.store.cancel(part, "", NOON + 3).await.unwrap();
    for (id, status) in [("3", OrderStatus::Holding), ("4", OrderStatus::New)] {
        let again = NewOrder { external_order_reference: "ref-1".into(), ..order(id, &[("A", 1)]) };
        let result = place.import(vec![again], NOON + 4).await;
        let Decision::Created { order_id } = result.orders[0].decision else { panic!("{result:?}") };
        assert_eq!(place.status(order_id).await, status);
        place.store.cancel(order_id, "", NOON + 4).await.unwrap();
        place.told("1").await;
    }
}

pub(crate) async fn vanished_orders_are_due_at_once_and_the_others_in_the_order_of_their_last_look(place: Place) {
    let orders: Vec<NewOrder> = (1..=6).map(|n| order(&n.to_string(), &[("C", 1)])).collect();
    place.import(orders, NOON).await;
    let due = async |ids: Option<&[&str]>, most| {
        let ids: Option<Vec<String>> = ids.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
        let due =
            place.store.reviews_due(place.connection, place.account, ids.as_deref(), most, NOON + HOUR).await.unwrap();
        assert_eq!(due.open, 6);
        due.read.into_iter().map(|one| one.source_id).collect::<Vec<_>>()
    };
    assert_eq!(due(None, 2).await, ["1", "2"]);
    assert_eq!(due(Some(&["1", "2", "4", "5", "6"]), 2).await, ["3", "1", "2"]);
    let all = ["1", "2", "4", "5", "6"];
    // It is there, only not listed: that is no news from then on.
    listed(&place, vec![("3", Finding::Unchanged), ("1", Finding::Unchanged)], Some(&all), NOON + 1).await;
    assert_eq!(due(Some(&all), 3).await, ["2", "4", "5"]);
    assert_eq!(due(Some(&all), 10).await, ["2", "4", "5", "6", "1", "3"]);
    // Listed again, its next absence is news.
    listed(&place, vec![("3", Finding::Unchanged)], Some(&["3"]), NOON + 2).await;
    assert_eq!(due(Some(&all), 1).await, ["3", "2"]);
}

pub(crate) async fn new_orders_wait_until_it_is_known_what_became_of_vanished_ones(place: Place) {
    let old = place.imported("1", &[("A", 3)], NOON).await;
    let mut batch = place.batch(vec![order("9", &[("A", 3)])], NOON + 1).await;
    batch.unsettled = place.store.has_vanished(place.connection, place.account, &["9".to_owned()]).await.unwrap();
    assert!(batch.unsettled);
    let result = place.store.commit_import(&batch).await.unwrap();
    let Decision::Created { order_id: new } = result.orders[0].decision else { panic!("{result:?}") };
    assert_eq!(place.status(new).await, OrderStatus::Holding);
    part(&place, vec![], None, false, NOON + 2).await;
    assert_eq!(place.status(new).await, OrderStatus::Holding, "nothing was found out");
    let result = part(&place, vec![("1", Finding::Unchanged)], Some(&["9"]), true, NOON + 3).await;
    assert_eq!(
        (result.let_go, place.status(new).await, place.status(old).await),
        (1, OrderStatus::New, OrderStatus::New)
    );
    let listed = ["9".to_owned()];
    assert!(!place.store.has_vanished(place.connection, place.account, &listed).await.unwrap(), "that is known by now");
}
