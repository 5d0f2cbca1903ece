//! Orders that leave in parts, their batches, and what is told of them.

use crate::place::*;
use harness_wms::*;

fn parcel(number: &str) -> Parcel {
    Parcel { tracking_number: Some(number.into()), courier_service: "Royal Mail 24".into() }
}

/// Id, whether it is partial, tracking numbers, units by SKU.
type Told = (String, bool, Vec<String>, Vec<(String, i64)>);

async fn told(place: &Place, orders: &[i64]) -> Vec<Told> {
    let departures = place.store.departures(orders).await.unwrap();
    let one = |d: Departure| {
        let numbers = d.parcels.into_iter().filter_map(|parcel| parcel.tracking_number).collect();
        (d.id, d.partial, numbers, d.lines.into_iter().map(|line| (line.sku, line.quantity)).collect())
    };
    departures.into_iter().map(one).collect()
}

/// A connection that has parts told one by one.
async fn told_in_parts(place: &Place) {
    let mut connection = place.store.connection_by_id(place.connection).await.unwrap();
    connection.settings["SplitOrders"] = serde_json::json!("SplitInLinnworks");
    place.store.update_connection(&connection, NOON).await.unwrap();
}

pub(crate) async fn an_order_that_leaves_whole_is_told_with_its_parcels_lines_and_batches(place: Place) {
    let id = place.imported("1", &[("A", 3), ("B", 1)], NOON).await;
    assert!(told(&place, &[id]).await.is_empty(), "it has not left");
    place.store.pick(id, NOON).await.unwrap();
    let batch = |sku: &str, number: &str, quantity| PickedBatch { sku: sku.into(), number: number.into(), quantity };
    place.store.pick_batches(id, &[batch("A", "OLD", 3)], NOON).await.unwrap();
    place.store.pick_batches(id, &[batch("A", "B1", 2), batch("A", "B2", 1)], NOON).await.unwrap();
    assert!(place.store.pick_batches(id, &[batch("A", "B1", 4)], NOON).await.is_err(), "more than it has");
    place.store.pack(id, NOON).await.unwrap();
    assert_eq!(place.status(id).await, OrderStatus::Packed);
    place.store.despatch(id, &[parcel("T1"), parcel("T2")], NOON + 5).await.unwrap();
    let queue = place.store.queue(None, false).await.unwrap();
    assert_eq!((queue[0].item_id.as_str(), queue[0].order_id, queue.len()), ("1", Some(id), 1));
    assert_eq!((queue[0].flow.as_str(), queue[0].reference.as_str()), ("push-despatch", "LW-1"));
    let departure = place.store.departures(&[id]).await.unwrap().remove(0);
    assert_eq!((departure.id.as_str(), departure.source_order_id.as_str(), departure.partial), ("1", "1", false));
    assert_eq!((departure.order_number.as_str(), departure.despatched_at), ("LW-1", NOON + 5));
    assert_eq!(departure.parcels, [parcel("T1"), parcel("T2")]);
    assert_eq!(departure.name_values[0].name, "OriginalSource");
    let a = departure.lines.iter().find(|line| line.sku == "A").unwrap();
    assert_eq!((a.source_line_id.as_str(), a.quantity), ("1-A", 3));
    assert_eq!(a.batches, [("B1".to_owned(), 2), ("B2".to_owned(), 1)]);
}

pub(crate) async fn a_billed_order_has_left_all_the_same(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    assert!(place.store.bill(id, NOON).await.is_err());
    place.store.despatch(id, &[parcel("T1")], NOON).await.unwrap();
    place.store.bill(id, NOON).await.unwrap();
    assert_eq!(place.status(id).await, OrderStatus::Invoiced);
    assert!(place.status(id).await.is_despatched());
    assert_eq!(told(&place, &[id]).await.len(), 1);
}

pub(crate) async fn a_split_moves_units_and_what_is_allocated_to_them(place: Place) {
    let id = place.imported("1", &[("A", 3), ("C", 2)], NOON).await;
    assert_eq!(place.status(id).await, OrderStatus::OnBackOrder);
    let new = place.store.split(id, &[("A".into(), 2)], NOON).await.unwrap();
    assert_eq!((place.status(new).await, place.status(id).await), (OrderStatus::New, OrderStatus::OnBackOrder));
    let (part, rest) = (place.store.order_by_id(new).await.unwrap(), place.store.order_by_id(id).await.unwrap());
    assert_eq!((part.order_number.as_str(), part.part, part.number_of_parts), ("LW-1/2", 2, 2));
    assert_eq!((part.split_from, part.connection_id, rest.number_of_parts), (Some(id), 0, 2));
    let lines =
        |order: &Order| order.order_items.iter().map(|i| (i.sku.clone(), i.quantity, i.allocated)).collect::<Vec<_>>();
    assert_eq!(lines(&part), [("A".to_owned(), 2, 2)]);
    assert_eq!(lines(&rest), [("A".to_owned(), 1, 1), ("C".to_owned(), 2, 0)]);
    assert_eq!((part.total_items, rest.total_items), (2, 3));
    assert_eq!(place.stock("A").await, (7, 3));
    assert_eq!(place.store.order("ref-1").await.unwrap().id, id, "the reference means the imported order");
    assert_eq!(place.store.parts_of(new).await.unwrap(), [id, new]);
    for (wrong, units) in [("A", 2), ("B", 1), ("A", 0)] {
        assert!(place.store.split(id, &[(wrong.into(), units)], NOON).await.is_err(), "{units} of {wrong}");
    }
    assert!(place.store.split(id, &[("A".into(), 1), ("C".into(), 2)], NOON).await.is_err(), "nothing would stay");
}

pub(crate) async fn nothing_is_told_until_the_last_part_has_left(place: Place) {
    let id = place.imported("1", &[("A", 3)], NOON).await;
    let second = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    let third = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    place.store.despatch(second, &[parcel("T2")], NOON).await.unwrap();
    place.store.despatch(id, &[parcel("T1")], NOON).await.unwrap();
    assert!(told(&place, &[id, second, third]).await.is_empty());
    assert!(place.store.queue(None, false).await.unwrap().is_empty());
    place.store.despatch(third, &[parcel("T3")], NOON).await.unwrap();
    let numbers = vec!["T1".to_owned(), "T2".to_owned(), "T3".to_owned()];
    assert_eq!(
        told(&place, &[id, second, third]).await,
        [("1#3".to_owned(), false, numbers, vec![("A".to_owned(), 3)])]
    );
}

pub(crate) async fn a_cancelled_last_part_lets_the_others_be_told(place: Place) {
    let id = place.imported("1", &[("A", 2)], NOON).await;
    let second = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    place.store.despatch(id, &[parcel("T1")], NOON).await.unwrap();
    place.store.cancel(second, "", NOON).await.unwrap();
    assert_eq!(
        told(&place, &[id, second]).await,
        [("1#1".to_owned(), false, vec!["T1".to_owned()], vec![("A".to_owned(), 1)])]
    );
}

pub(crate) async fn parts_are_told_one_by_one_where_the_connection_says_so(place: Place) {
    told_in_parts(&place).await;
    let id = place.imported("1", &[("A", 3)], NOON).await;
    let second = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    place.store.despatch(id, &[parcel("T1")], NOON).await.unwrap();
    place.store.despatch(second, &[parcel("T2")], NOON).await.unwrap();
    assert_eq!(
        told(&place, &[id, second]).await,
        [
            ("1#1".to_owned(), true, vec!["T1".to_owned()], vec![("A".to_owned(), 2)]),
            ("1#2".to_owned(), false, vec!["T2".to_owned()], vec![("A".to_owned(), 1)]),
        ]
    );
}
