//! Goods that come back.

use crate::place::*;
use harness_wms::*;
use serde_json::json;

/// An order of three A and one B that has left.
async fn sent(place: &Place, id: &str) -> i64 {
    let order = place.imported(id, &[("A", 3), ("B", 1)], NOON).await;
    place.store.despatch(order, &[Parcel::default()], NOON + 1).await.unwrap();
    order
}

fn row(sku: &str, quantity: u32, reason: &str) -> NewReturnItem {
    NewReturnItem { sku: sku.into(), quantity, reason: reason.into(), ..Default::default() }
}

/// A confirmed return of one unwanted A.
async fn one_a(place: &Place, order: i64) -> Return {
    let id = place.store.create_return(order, NOON + 2).await.unwrap();
    place.store.add_return_item(id, &row("A", 1, "Unwanted"), NOON + 2).await.unwrap();
    place.store.confirm_return(id, NOON + 3).await.unwrap();
    place.store.find_return(&id.to_string()).await.unwrap()
}

async fn switch(place: &Place, settings: serde_json::Value) {
    let connection =
        place.store.connections().await.unwrap().into_iter().find(|one| one.id == place.connection).unwrap();
    place.store.update_connection(&Connection { settings, ..connection }, NOON).await.unwrap();
}

async fn queue(place: &Place) -> Vec<(i64, String, QueueState, i64)> {
    let all = place.store.queue(None, true).await.unwrap();
    let returns = all.into_iter().filter(|item| item.flow == RETURNS_FLOW);
    returns.map(|item| (item.connection_id, item.item_id, item.state, item.revision)).collect()
}

/// What a run of the flow that told of all returns in the queue commits.
async fn tell(place: &Place, told: Told) {
    let run = place.store.begin_run(place.connection, RETURNS_FLOW, RunMode::Apply, "test", NOON, NOON).await.unwrap();
    let due = place.store.queue_due(place.connection, RETURNS_FLOW, NOON + DAY, u32::MAX).await.unwrap();
    let outcomes = due
        .iter()
        .map(|item| ItemOutcome {
            item_id: item.item_id.clone(),
            revision: item.revision,
            told,
            remote_id: Some("41".into()),
        })
        .collect();
    let commit = QueueCommit {
        run: run.id,
        fence: run.fence,
        connection: place.connection,
        flow: RETURNS_FLOW.into(),
        now: NOON + 4,
        outcomes,
        ..Default::default()
    };
    place.store.commit_queue(&commit).await.unwrap();
}

pub(crate) async fn goods_come_back_to_the_shelf_or_are_scrapped_when_a_return_is_confirmed(place: Place) {
    let order = sent(&place, "1").await;
    assert_eq!(place.stock("A").await, (7, 0));
    let id = place.store.create_return(order, NOON + 2).await.unwrap();
    place.store.add_return_item(id, &row("A", 1, "Unwanted"), NOON + 2).await.unwrap();
    let scrap = NewReturnItem { stock_action: Some(StockAction::Scrap), ..row("A", 2, "Unwanted") };
    let second = place.store.add_return_item(id, &scrap, NOON + 2).await.unwrap();
    place.store.add_return_item(id, &row("B", 1, "Faulty"), NOON + 2).await.unwrap();
    assert_eq!(place.stock("A").await, (7, 0), "nothing moves before the confirmation");
    place.store.confirm_return(id, NOON + 3).await.unwrap();
    assert_eq!((place.stock("A").await, place.stock("B").await), ((8, 0), (1, 0)));
    let found = place.store.find_return("RET-1").await.unwrap();
    assert_eq!((found.confirmed, found.confirmed_at, found.order_number.as_str()), (true, Some(NOON + 3), "LW-1"));
    let rows: Vec<_> = found
        .return_items
        .iter()
        .map(|item| (item.sku.as_str(), item.quantity, item.returned_to_stock, item.source_line_id.as_str()))
        .collect();
    assert_eq!(rows, [("A", 1, true, "1-A"), ("A", 2, false, "1-A"), ("B", 1, false, "1-B")]);
    let last = place.store.timeline(order).await.unwrap().pop().unwrap();
    assert_eq!((last.event.as_str(), last.detail.as_str()), ("returned", "RET-1: 1 to stock, 3 scrapped"));
    for refused in [
        place.store.confirm_return(id, NOON + 4).await,
        place.store.remove_return_item(id, second, NOON + 4).await,
        place.store.add_return_item(id, &row("A", 1, "Unwanted"), NOON + 4).await.map(drop),
    ] {
        assert!(refused.unwrap_err().to_string().contains("it is confirmed; reopen it first"));
    }
    assert_eq!(place.store.returns(Some(place.client), Some(true), 0, 10).await.unwrap(), [found]);
    assert!(place.store.returns(None, Some(false), 0, 10).await.unwrap().is_empty());
    assert_eq!(place.store.canonical_dump().await.unwrap()["returns"].as_array().unwrap().len(), 3);
}

pub(crate) async fn what_comes_back_serves_back_orders_first(place: Place) {
    let order = place.imported("1", &[("B", 2)], NOON).await;
    place.store.despatch(order, &[Parcel::default()], NOON).await.unwrap();
    let waiting = place.imported("2", &[("B", 1)], NOON).await;
    assert_eq!(place.status(waiting).await, OrderStatus::OnBackOrder);
    let id = place.store.create_return(order, NOON).await.unwrap();
    place.store.add_return_item(id, &row("B", 2, "Undelivered"), NOON).await.unwrap();
    place.store.confirm_return(id, NOON).await.unwrap();
    assert_eq!((place.status(waiting).await, place.stock("B").await), (OrderStatus::New, (1, 1)));
}

pub(crate) async fn only_what_was_sent_can_come_back_and_only_once(place: Place) {
    let waiting = place.imported("9", &[("A", 1)], NOON).await;
    let refused = place.store.create_return(waiting, NOON).await.unwrap_err().to_string();
    assert!(refused.contains("it is NEW") && refused.contains("cancel the order instead"), "{refused}");
    let order = sent(&place, "1").await;
    let first = place.store.create_return(order, NOON).await.unwrap();
    let empty = place.store.confirm_return(first, NOON).await.unwrap_err().to_string();
    assert!(empty.contains("it has no rows"), "{empty}");
    place.store.add_return_item(first, &row("A", 2, "Unwanted"), NOON).await.unwrap();
    let second = place.store.create_return(order, NOON).await.unwrap();
    // What an open return of the same order holds counts, too.
    let refused = place.store.add_return_item(second, &row("A", 2, "Unwanted"), NOON).await.unwrap_err().to_string();
    assert!(refused.contains("1 of what the order was sent did not come back yet"), "{refused}");
    place.store.add_return_item(second, &row("A", 1, "Unwanted"), NOON).await.unwrap();
    for (new, words) in [
        (row("C", 1, "Unwanted"), "no line of the order with SKU C"),
        (row("A", 0, "Unwanted"), "quantity is 0"),
        (NewReturnItem { order_item_id: Some(2), ..row("A", 1, "Unwanted") }, "no line of the order"),
    ] {
        let refused = place.store.add_return_item(second, &new, NOON).await.unwrap_err().to_string();
        assert!(refused.contains(words), "{refused} lacks {words}");
    }
    place.store.remove_return_item(second, 1, NOON).await.unwrap();
    assert!(place.store.remove_return_item(second, 1, NOON).await.is_err());
    assert!(place.store.find_return("RET-99").await.unwrap_err().to_string().contains("there is no return RET-99"));
}

pub(crate) async fn a_reason_must_be_one_of_the_warehouses_and_says_what_is_usually_done(place: Place) {
    let order = sent(&place, "1").await;
    let id = place.store.create_return(order, NOON).await.unwrap();
    let near = place.store.add_return_item(id, &row("A", 1, "unwanted"), NOON).await.unwrap_err().to_string();
    assert!(near.contains("did you mean Unwanted?"), "{near}");
    place.store.add_return_reason("Arrived late", StockAction::Restock).await.unwrap();
    assert!(place.store.add_return_reason("Arrived late", StockAction::Scrap).await.is_err());
    place.store.add_return_item(id, &row("A", 1, "Arrived late"), NOON).await.unwrap();
    place.store.add_return_item(id, &row("A", 1, "Damaged"), NOON).await.unwrap();
    let actions: Vec<_> =
        place.store.find_return("RET-1").await.unwrap().return_items.iter().map(|item| item.stock_action).collect();
    assert_eq!(actions, [StockAction::Restock, StockAction::Scrap]);
    assert_eq!(place.store.return_reasons().await.unwrap().len(), 6);
}

pub(crate) async fn a_confirmed_return_is_queued_where_the_connection_exports_returns(place: Place) {
    let order = sent(&place, "1").await;
    one_a(&place, order).await;
    assert!(queue(&place).await.is_empty(), "the option is off");
    switch(&place, json!({"ExportReturns": true})).await;
    let open = place.store.create_return(order, NOON).await.unwrap();
    place.store.add_return_item(open, &row("A", 1, "Unwanted"), NOON).await.unwrap();
    assert!(queue(&place).await.is_empty(), "it is not confirmed");
    place.store.confirm_return(open, NOON).await.unwrap();
    assert_eq!(queue(&place).await, [(place.connection, "RET-2".into(), QueueState::Pending, 1)]);
}

pub(crate) async fn a_reopened_return_takes_its_goods_off_the_shelf_and_is_looked_at_again(place: Place) {
    switch(&place, json!({"ExportReturns": true})).await;
    let order = sent(&place, "1").await;
    let one = one_a(&place, order).await;
    tell(&place, Told::Done).await;
    assert_eq!(queue(&place).await[0].2, QueueState::Done);
    place.store.reopen_return(one.id, NOON + 5).await.unwrap();
    assert_eq!(place.stock("A").await, (7, 0));
    assert_eq!(queue(&place).await, [(place.connection, "RET-1".into(), QueueState::Pending, 2)]);
    let queued = place.store.queued(place.connection, RETURNS_FLOW, "RET-1").await.unwrap().unwrap();
    assert_eq!(queued.remote_id.as_deref(), Some("41"), "what the source called it is kept");
    assert!(place.store.reopen_return(one.id, NOON + 5).await.is_err());
    place.store.remove_return_item(one.id, 1, NOON + 6).await.unwrap();
    place.store.add_return_item(one.id, &row("A", 1, "Damaged"), NOON + 6).await.unwrap();
    place.store.confirm_return(one.id, NOON + 7).await.unwrap();
    assert_eq!(place.stock("A").await, (7, 0));
    assert_eq!(queue(&place).await, [(place.connection, "RET-1".into(), QueueState::Pending, 3)]);
}

pub(crate) async fn goods_that_went_on_cannot_be_taken_back_by_reopening(place: Place) {
    let order = sent(&place, "1").await;
    let one = one_a(&place, order).await;
    place.imported("2", &[("A", 8)], NOON).await;
    let refused = place.store.reopen_return(one.id, NOON + 5).await.unwrap_err().to_string();
    assert!(refused.contains("only 0 are free"), "{refused}");
    assert!(place.store.find_return("RET-1").await.unwrap().confirmed);
}

pub(crate) async fn what_the_source_does_not_count_yet_is_what_will_be_actioned_and_is_not(place: Place) {
    let unbooked = async || {
        let found = place.store.returned_unbooked(place.connection).await.unwrap();
        found.get("A").copied().unwrap_or_default()
    };
    switch(&place, json!({"ExportReturns": true})).await;
    let order = sent(&place, "1").await;
    let one = one_a(&place, order).await;
    assert_eq!(unbooked().await, 0, "a person actions it");
    switch(&place, json!({"ExportReturns": true, "ActionReturns": true})).await;
    assert_eq!(unbooked().await, 1);
    tell(&place, Told::Again { at: NOON + 9, in_doubt: true }).await;
    assert_eq!(unbooked().await, 1);
    place.store.reopen_return(one.id, NOON + 5).await.unwrap();
    assert_eq!(unbooked().await, 0, "it lies on no shelf");
    place.store.confirm_return(one.id, NOON + 6).await.unwrap();
    tell(&place, Told::Done).await;
    assert_eq!(unbooked().await, 0, "the source counts it");
}

pub(crate) async fn another_connection_of_the_account_tells_when_the_first_was_removed(place: Place) {
    let order = sent(&place, "1").await;
    let other =
        place.store.connections().await.unwrap().into_iter().find(|one| one.id == place.other_connection).unwrap();
    let settings = json!({"ExportReturns": true});
    let bound = Connection { settings, account_id: Some(place.account), ..other };
    place.store.update_connection(&bound, NOON).await.unwrap();
    // That the order has left is never told then.
    let how = Removal { abandon: true, ..Removal::default() };
    assert!(place.store.remove_connection(place.connection, how, NOON).await.unwrap().removed);
    one_a(&place, order).await;
    assert_eq!(queue(&place).await, [(place.other_connection, "RET-1".into(), QueueState::Pending, 1)]);
}

pub(crate) async fn erasing_an_order_empties_the_remarks_on_its_returns(place: Place) {
    let order = sent(&place, "1").await;
    let id = place.store.create_return(order, NOON).await.unwrap();
    let new = NewReturnItem { comments: "Mrs King rang".into(), ..row("A", 1, "Unwanted") };
    place.store.add_return_item(id, &new, NOON).await.unwrap();
    place.store.erase(&Whose::Order(order), "on request", NOON).await.unwrap();
    let found = place.store.find_return("RET-1").await.unwrap();
    assert_eq!((found.return_items[0].comments.as_str(), found.return_items[0].quantity), ("", 1));
}
