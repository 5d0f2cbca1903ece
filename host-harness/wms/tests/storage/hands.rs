//! What people do to orders and stock.

use crate::place::*;
use harness_wms::*;

pub(crate) async fn a_despatch_takes_the_goods_out_of_stock(place: Place) {
    let id = place.imported("1", &[("A", 3)], NOON).await;
    assert_eq!(place.stock("A").await, (7, 3));
    place.store.pick(id, NOON + 1).await.unwrap();
    assert_eq!(place.status(id).await, OrderStatus::Picked);
    let parcels = [
        Parcel { tracking_number: Some("T1".into()), courier_service: "Royal Mail 24".into() },
        Parcel { tracking_number: Some("T2".into()), ..Default::default() },
    ];
    place.store.despatch(id, &parcels, NOON + 2).await.unwrap();
    let order = place.store.order_by_id(id).await.unwrap();
    assert_eq!(order.order_status, OrderStatus::Despatched);
    assert_eq!((order.tracking_number.as_deref(), order.number_of_parcels), (Some("T1"), 2));
    assert_eq!(order.despatch_date, Some(NOON + 2));
    assert_eq!(place.stock("A").await, (7, 0));
    let events: Vec<String> = place.store.timeline(id).await.unwrap().into_iter().map(|e| e.event).collect();
    assert_eq!(events, ["imported", "picked", "despatched"]);
    let again = place.store.despatch(id, &parcels, NOON + 3).await.unwrap_err().to_string();
    assert!(again.contains("it is DESPATCHED"), "{again}");
    assert_eq!(place.store.canonical_dump().await.unwrap()["shipments"].as_array().unwrap().len(), 2);
}

pub(crate) async fn a_cancelled_order_gives_its_stock_to_the_order_that_waits_longest(place: Place) {
    let first = place.imported("1", &[("B", 2)], NOON).await;
    let second = place.imported("2", &[("B", 1)], NOON).await;
    let third = place.imported("3", &[("B", 2)], NOON).await;
    assert_eq!(place.status(second).await, OrderStatus::OnBackOrder);
    place.store.cancel(first, "changed their mind", NOON + 1).await.unwrap();
    assert_eq!(place.status(first).await, OrderStatus::Cancelled);
    assert_eq!(place.status(second).await, OrderStatus::New);
    assert_eq!(place.status(third).await, OrderStatus::OnBackOrder);
    assert_eq!(place.store.order_by_id(third).await.unwrap().order_items[0].allocated, 1);
    assert_eq!(place.stock("B").await, (0, 2));
}

pub(crate) async fn new_stock_serves_back_orders_first(place: Place) {
    let id = place.imported("1", &[("C", 4)], NOON).await;
    place.store.set_stock(place.client, place.warehouse, "C", 3, 0, NOON).await.unwrap();
    assert_eq!((place.stock("C").await, place.status(id).await), ((0, 3), OrderStatus::OnBackOrder));
    place.store.set_stock(place.client, place.warehouse, "C", 6, 0, NOON).await.unwrap();
    assert_eq!((place.stock("C").await, place.status(id).await), ((2, 4), OrderStatus::New));
}

pub(crate) async fn a_released_order_returns_to_where_it_was(place: Place) {
    let id = place.imported("1", &[("C", 1)], NOON).await;
    place.store.hold(id, "fraud check", NOON).await.unwrap();
    assert!(place.store.despatch(id, &[Parcel::default()], NOON).await.is_err());
    assert!(place.store.hold(id, "again", NOON).await.is_err());
    // Its stock comes while it is held.
    place.store.set_stock(place.client, place.warehouse, "C", 1, 0, NOON).await.unwrap();
    place.store.release(id, NOON).await.unwrap();
    assert_eq!((place.status(id).await, place.stock("C").await), (OrderStatus::New, (0, 1)));
    assert!(place.store.release(id, NOON).await.is_err());
}

pub(crate) async fn a_picked_order_cannot_be_cancelled(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    place.store.pick(id, NOON).await.unwrap();
    let refused = place.store.cancel(id, "", NOON).await.unwrap_err().to_string();
    assert_eq!(refused, "cancelling order LW-1: it is PICKED; speak to the warehouse floor");
    assert_eq!(place.stock("A").await, (9, 1));
}

pub(crate) async fn stock_cannot_fall_below_what_is_allocated(place: Place) {
    place.imported("1", &[("A", 4)], NOON).await;
    let refused = place.store.set_stock(place.client, place.warehouse, "A", 3, 0, NOON).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })));
    place.store.set_stock(place.client, place.warehouse, "A", 4, 0, NOON).await.unwrap();
    assert_eq!(place.stock("A").await, (0, 4));
}
