//! The stock feed, the hands on the shelf, and plans that are held back.

use crate::place::*;
use harness_wms::*;

async fn feed(place: &Place, now: i64) -> Vec<FeedItem> {
    let connection = place.store.connection_by_id(place.connection).await.unwrap();
    place.store.stock_feed(&connection, "settings", now).await.unwrap()
}

async fn of(place: &Place, sku: &str, now: i64) -> FeedItem {
    feed(place, now).await.into_iter().find(|item| item.sku == sku).unwrap()
}

async fn tell(place: &Place, items: &[FeedItem], state: FeedState, next_at: i64, now: i64) {
    let run = place.store.begin_run(place.connection, "sync-stock", RunMode::Apply, "test", now, now).await.unwrap();
    let outcome = |item: &FeedItem| FeedOutcome {
        product_id: item.product_id,
        state,
        digest: item.digest.clone(),
        offered: Some(item.on_hand > 0),
        next_at,
    };
    let commit = FeedCommit {
        run: run.id,
        fence: run.fence,
        connection: place.connection,
        flow: "sync-stock".into(),
        now,
        outcomes: items.iter().map(outcome).collect(),
        skus: items.iter().map(|item| item.sku.clone()).collect(),
        ..FeedCommit::default()
    };
    place.store.commit_feed(&commit).await.unwrap();
}

pub(crate) async fn only_what_changed_is_news_and_what_has_no_row_is_never_told(place: Place) {
    place
        .store
        .add_products(place.client, &[NewProduct { sku: "GHOST".into(), ..Default::default() }], NOON)
        .await
        .unwrap();
    let items = feed(&place, NOON).await;
    assert!(!items.is_empty() && items.iter().all(|item| item.is_news(NOON) && item.sku != "GHOST"));
    tell(&place, &items, FeedState::Told, NOON, NOON).await;
    assert!(feed(&place, NOON).await.iter().all(|item| !item.is_news(NOON) && item.was_settled()));
    place.store.adjust_stock(place.client, place.warehouse, "A", 1, "found behind the shelf", NOON).await.unwrap();
    let news: Vec<String> =
        feed(&place, NOON).await.into_iter().filter(|item| item.is_news(NOON)).map(|item| item.sku).collect();
    assert_eq!(news, ["A"]);
}

pub(crate) async fn what_is_in_doubt_waits_and_what_was_refused_is_no_news(place: Place) {
    let items = feed(&place, NOON).await;
    tell(&place, &items[..1], FeedState::Again, NOON + 120_000, NOON).await;
    tell(&place, &items[1..], FeedState::Refused, NOON, NOON).await;
    let after = feed(&place, NOON).await;
    assert!(!after[0].is_news(NOON + 119_999) && after[0].is_news(NOON + 120_000));
    assert!(after[1..].iter().all(|item| !item.is_news(NOON) && item.was_refused()));
}

pub(crate) async fn parts_that_left_are_in_flight_until_the_one_that_tells_for_all_has_told(place: Place) {
    let id = place.imported("1", &[("A", 3)], NOON).await;
    let part = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    place.store.despatch(part, &[Parcel::default()], NOON).await.unwrap();
    let weeks_later = NOON + 30 * 24 * 60 * 60 * 1000;
    assert_eq!(of(&place, "A", weeks_later).await.in_flight, 1, "it waits for the rest, however long that takes");
    place.store.despatch(id, &[Parcel::default()], weeks_later).await.unwrap();
    assert_eq!(of(&place, "A", weeks_later).await.in_flight, 3);
    let connection = place.store.connection_by_id(place.connection).await.unwrap();
    let (_, left) = place.store.stock_feed_of(&connection, "settings", weeks_later, &["A"]).await.unwrap();
    assert_eq!(left, [Despatched { source_id: "1".into(), lines: vec![("A".into(), 3)] }]);
    place.told("1#1").await;
    assert_eq!(of(&place, "A", weeks_later).await.in_flight, 0);
}

pub(crate) async fn parts_told_one_by_one_are_in_flight_one_by_one(place: Place) {
    let mut connection = place.store.connection_by_id(place.connection).await.unwrap();
    connection.settings["SplitOrders"] = serde_json::json!("SplitInLinnworks");
    place.store.update_connection(&connection, NOON).await.unwrap();
    let id = place.imported("1", &[("A", 3)], NOON).await;
    let part = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    place.store.despatch(part, &[Parcel::default()], NOON).await.unwrap();
    assert_eq!(of(&place, "A", NOON).await.in_flight, 1);
    place.told("1#2").await;
    assert_eq!(of(&place, "A", NOON).await.in_flight, 0);
    place.store.despatch(id, &[Parcel::default()], NOON).await.unwrap();
    assert_eq!(of(&place, "A", NOON).await.in_flight, 2);
    place.told("1#1").await;
    assert_eq!(of(&place, "A", NOON).await.in_flight, 0);
}

pub(crate) async fn what_left_is_in_flight_until_the_source_was_told(place: Place) {
    let id = place.imported("1", &[("A", 3)], NOON).await;
    assert_eq!(of(&place, "A", NOON).await.in_flight, 0);
    // It queues what is to be told, too.
    place.store.despatch(id, &[Parcel::default()], NOON).await.unwrap();
    let item = of(&place, "A", NOON).await;
    assert_eq!((item.on_hand, item.allocated, item.in_flight), (7, 0, 3));
    let connection = place.store.connection_by_id(place.connection).await.unwrap();
    let (_, left) = place.store.stock_feed_of(&connection, "settings", NOON, &["A"]).await.unwrap();
    assert_eq!(left, [Despatched { source_id: "1".into(), lines: vec![("A".into(), 3)] }]);
    place.told("1").await;
    assert_eq!(of(&place, "A", NOON).await.in_flight, 0);
}

pub(crate) async fn quarantine_is_in_none_of_the_numbers(place: Place) {
    place.store.quarantine(place.client, place.warehouse, "A", 4, "wet", NOON).await.unwrap();
    let item = of(&place, "A", NOON).await;
    assert_eq!((item.on_hand, item.allocated), (6, 0));
    let too_many =
        place.store.quarantine(place.client, place.warehouse, "A", 7, "", NOON).await.unwrap_err().to_string();
    assert!(too_many.contains("6 are free"), "{too_many}");
    place.store.release_quarantine(place.client, place.warehouse, "A", 4, "dried", NOON).await.unwrap();
    assert_eq!(of(&place, "A", NOON).await.on_hand, 10);
    let log = place.store.stock_adjustments(place.client, place.warehouse, 10).await.unwrap();
    let kinds: Vec<(&str, i64)> = log.iter().map(|one| (one.kind.as_str(), one.quantity)).collect();
    assert_eq!(kinds, [("release", 4), ("quarantine", 4)]);
}

pub(crate) async fn stock_moves_are_counted_per_account(place: Place) {
    for expected in 1..=3 {
        place.store.stock_moved("linnworks", "one").await.unwrap();
        assert_eq!(place.store.stock_moves("linnworks", "one").await.unwrap(), expected);
    }
    assert_eq!(place.store.stock_moves("linnworks", "two").await.unwrap(), 0);
}

fn change(sku: &str, old: &str, new: &str) -> PlannedChange {
    PlannedChange { subject: sku.into(), reference: sku.into(), old: Some(old.into()), new: new.into() }
}

pub(crate) async fn a_held_plan_is_released_once_and_only_as_it_was_shown(place: Place) {
    let store = &place.store;
    let run = |now| store.begin_run(place.connection, "sync-stock", RunMode::Apply, "test", now, now);
    let first = run(NOON).await.unwrap();
    let plan =
        store.hold_plan(&first, "mass-zero", &[change("B", "2", "0"), change("A", "1", "0")], NOON).await.unwrap();
    assert_eq!(plan.changes[0].subject, "A");
    let second = run(NOON + 1).await.unwrap();
    let same =
        store.hold_plan(&second, "mass-zero", &[change("A", "9", "0"), change("B", "2", "0")], NOON + 1).await.unwrap();
    assert_eq!((same.id, same.run_id, same.state), (plan.id, second.id, PlanState::Held));
    let third = run(NOON + 2).await.unwrap();
    let other = store.hold_plan(&third, "mass-zero", &[change("A", "1", "0")], NOON + 2).await.unwrap();
    let late = store.approve_plan(plan.id, NOON + 3).await.unwrap_err().to_string();
    assert!(late.contains("another plan took its place"), "{late}");
    assert!(store.approved_plan(place.connection, "sync-stock", "mass-zero").await.unwrap().is_none());
    store.approve_plan(other.id, NOON + 3).await.unwrap();
    let released = store.approved_plan(place.connection, "sync-stock", "mass-zero").await.unwrap().unwrap();
    assert_eq!((released.id, released.state), (other.id, PlanState::Approved));
    store.plan_carried_out(other.id, NOON + 4).await.unwrap();
    let again = store.approve_plan(other.id, NOON + 5).await.unwrap_err().to_string();
    assert!(again.contains("released once"), "{again}");
    assert!(store.held_plans().await.unwrap().is_empty());
}
