//! Stock levels of the warehouse at Linnworks.
use std::rc::Rc;

use linnworks_connector::contract::stock::{InFlightOrder, StockLevel};
use linnworks_connector::contract::{Failure, HttpError};
use linnworks_connector::stock::CHANGE_SOURCE;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, LEEDS, ok, problem, refused, text};
use crate::shop::{Shop, have, id_of, on, plan, told, words, write};

fn settings() -> Value {
    json!({})
}

#[test]
fn only_differences_are_written_and_each_is_told_with_what_set_it_before() {
    let shop = Shop::new(&[("TEE", 10), ("MUG", 4)]);
    shop.item("MUG", |item| item.changed_by = "Direct adjustment".to_owned());
    let outcomes = shop.sync(settings(), &[have("TEE", 7, 3), have("MUG", 5, 1)]).unwrap();
    assert_eq!(words(&outcomes), ["already-done", "done"]);
    assert!(outcomes[0].changes.is_empty());
    let changes: Vec<(&str, Option<&str>, Option<&str>)> = outcomes[1]
        .changes
        .iter()
        .map(|change| (change.field.as_str(), change.old.as_deref(), change.new.as_deref()))
        .collect();
    assert_eq!(
        changes,
        [
            ("StockLevel", Some("4"), Some("6")),
            ("LastUpdateOperation", Some("Direct adjustment at 2026-03-09 10:30 UTC"), Some(CHANGE_SOURCE)),
        ]
    );
    assert_eq!(shop.level("MUG"), 6);
    let written = shop.host.asked("Stock/SetStockLevel");
    assert_eq!(
        written,
        json!({"stockLevels": [{"SKU": "MUG", "LocationId": DEFAULT, "Level": 6}], "changeSource": CHANGE_SOURCE})
    );
}

#[test]
fn a_second_time_costs_one_call_and_writes_nothing() {
    let shop = Shop::new(&[("TEE", 10), ("MUG", 4)]);
    let levels = [have("TEE", 1, 0), have("MUG", 2, 0)];
    shop.sync(settings(), &levels).unwrap();
    assert_eq!(
        shop.host.called(),
        [
            "Inventory/GetStockItemIdsBySKU",
            "Stock/GetStockItemsByIds",
            "Stock/GetStockItemsFullByIds",
            "Stock/SetStockLevel",
            "Stock/GetStockLevel_Batch"
        ]
    );
    shop.host.forget_calls();
    assert_eq!(words(&shop.sync(settings(), &levels).unwrap()), ["already-done"; 2]);
    assert_eq!(shop.host.called(), ["Stock/GetStockItemsFullByIds"]);
}

#[test]
fn a_thousand_skus_cost_a_call_for_each_hundred_and_one_for_each_hundred_changes() {
    let skus: Vec<String> = (0..1000).map(|n| format!("SKU-{n:04}")).collect();
    let items: Vec<(&str, i64)> = skus.iter().map(|sku| (sku.as_str(), 5)).collect();
    let shop = Shop::new(&items);
    let mut levels: Vec<StockLevel> = skus.iter().map(|sku| have(sku, 5, 0)).collect();
    shop.sync(settings(), &levels).unwrap();
    shop.host.forget_calls();
    levels.iter_mut().take(10).for_each(|level| level.on_hand = 6);
    shop.sync(settings(), &levels).unwrap();
    assert_eq!((shop.host.count("Stock/GetStockItemsFullByIds"), shop.writes_of()), (10, 1));
    assert_eq!(shop.host.called().len(), 12, "and one to read back");
}

#[test]
fn without_its_storage_it_says_the_same() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.item("SET", |item| item.composite = true);
    let levels = [have("TEE", 1, 0), have("SET", 2, 0)];
    let first = told(&shop.sync_with(&plan(settings()), &levels, &[]).unwrap());
    let second = told(&shop.sync_with(&plan(settings()), &levels, &[]).unwrap());
    shop.host.storage.borrow_mut().clear();
    assert_eq!((told(&shop.sync_with(&plan(settings()), &levels, &[]).unwrap()), second), (first.clone(), first));
}

#[test]
fn a_plan_tells_the_changes_and_writes_nothing() {
    let shop = Shop::new(&[("TEE", 10), ("MUG", 4)]);
    let outcomes = shop.sync_with(&plan(settings()), &[have("TEE", 10, 0), have("MUG", 9, 0)], &[]).unwrap();
    assert_eq!(words(&outcomes), ["already-done", "not-attempted"]);
    assert_eq!(outcomes[1].changes[0].new.as_deref(), Some("9"));
    assert_eq!((shop.writes_of(), shop.level("MUG")), (0, 4));
}

#[test]
fn nothing_leaves_while_the_switch_is_off() {
    let shop = Shop::new(&[("TEE", 10)]);
    let off = crate::fake::ctx(json!({"SyncStockLevels": false}));
    assert_eq!(words(&shop.sync_with(&off, &[have("TEE", 1, 0)], &[]).unwrap()), ["held stock.switched-off"]);
    assert!(shop.host.calls.borrow().is_empty());
}

#[test]
fn on_hand_leaves_out_what_is_allocated() {
    let shop = Shop::new(&[("TEE", 0)]);
    shop.sync(json!({"StockSyncValueType": "OnHand"}), &[have("TEE", 7, 3)]).unwrap();
    assert_eq!(shop.level("TEE"), 7);
    shop.sync(json!({"StockSyncValueType": "StockLevel"}), &[have("TEE", 7, 3)]).unwrap();
    assert_eq!(shop.level("TEE"), 10);
}

#[test]
fn composites_parents_of_variations_batched_and_untracked_items_are_never_set() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.item("SET", |item| item.composite = true);
    shop.item("GROUP", |item| item.parent = true);
    shop.item("CREAM", |item| item.batched = true);
    shop.item("GIFT-WRAP", |item| item.untracked = true);
    let levels = ["SET", "GROUP", "CREAM", "GIFT-WRAP", "TEE"].map(|sku| have(sku, 3, 0));
    for last in ["done", "already-done"] {
        assert_eq!(
            words(&shop.sync(settings(), &levels).unwrap()),
            [
                "held stock.composite",
                "held stock.variation-parent",
                "held stock.batched",
                "held stock.not-tracked",
                last
            ]
        );
    }
    assert_eq!(shop.writes_of(), 1);
}

#[test]
fn an_item_that_becomes_a_composite_is_left_alone_from_then_on() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.sync(settings(), &[have("TEE", 3, 0)]).unwrap();
    shop.item("TEE", |item| item.composite = true);
    assert_eq!(words(&shop.sync(settings(), &[have("TEE", 8, 0)]).unwrap()), ["held stock.composite"]);
}

#[test]
fn where_no_item_says_that_it_is_tracked_the_flag_means_nothing() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.item("TEE", |item| item.untracked = true);
    assert_eq!(words(&shop.sync(settings(), &[have("TEE", 3, 0)]).unwrap()), ["done"]);
    shop.item("MUG", |_| {});
    shop.sync(settings(), &[have("MUG", 1, 0)]).unwrap();
    let later = shop.sync(settings(), &[have("TEE", 4, 0)]).unwrap();
    assert_eq!(words(&later), ["held stock.not-tracked"], "the account was seen to use the flag");
}

#[test]
fn an_unknown_sku_is_refused_and_holds_back_nobody_and_is_found_once_it_exists() {
    let shop = Shop::new(&[("TEE", 10)]);
    let levels = [have("NOPE", 3, 0), have("TEE", 3, 0)];
    let outcomes = shop.sync(settings(), &levels).unwrap();
    assert_eq!(words(&outcomes), ["refused stock.unknown-sku", "done"]);
    shop.item("NOPE", |_| {});
    assert_eq!(words(&shop.sync(settings(), &levels).unwrap()), ["done", "already-done"]);
}

#[test]
fn case_and_outer_spaces_do_not_count_and_two_skus_of_one_item_are_both_refused() {
    let shop = Shop::new(&[("Tee-S", 10)]);
    assert_eq!(words(&shop.sync(settings(), &[have("TEE-S ", 3, 0)]).unwrap()), ["done"]);
    assert_eq!(shop.host.asked("Stock/SetStockLevel")["stockLevels"][0]["SKU"], "Tee-S");
    let outcomes = shop.sync(settings(), &[have("TEE-S ", 4, 0), have("tee-s", 9, 0)]).unwrap();
    assert_eq!(words(&outcomes), ["refused stock.ambiguous-sku"; 2]);
    assert_eq!(shop.level("Tee-S"), 3);
}

#[test]
fn one_sku_that_linnworks_refuses_holds_back_nobody() {
    let skus: Vec<String> = (0..9).map(|n| format!("SKU-{n}")).collect();
    let items: Vec<(&str, i64)> = skus.iter().map(|sku| (sku.as_str(), 0)).collect();
    let shop = Shop::new(&items);
    shop.item("SKU-4", |item| item.refused = true);
    let levels: Vec<StockLevel> = skus.iter().map(|sku| have(sku, 1, 0)).collect();
    let expected: Vec<&str> = (0..9).map(|n| if n == 4 { "refused stock.refused" } else { "done" }).collect();
    assert_eq!(words(&shop.sync(settings(), &levels).unwrap()), expected);
}

#[test]
fn an_answer_that_says_nothing_is_read_back_and_a_silent_no_op_is_seen() {
    let shop = Shop::new(&[("TEE", 10), ("MUG", 4)]);
    shop.item("MUG", |item| item.deaf = true);
    let state = Rc::clone(&shop.state);
    shop.host.on("Stock/SetStockLevel", move |request| {
        write(&mut state.borrow_mut(), request)?;
        text(200, "")
    });
    let levels = [have("TEE", 1, 0), have("MUG", 1, 0)];
    let outcomes = shop.sync(settings(), &levels).unwrap();
    assert_eq!(words(&outcomes), ["done", "retry-later stock.not-applied"]);
    assert!(outcomes[1].changes.is_empty(), "nothing was changed");
    assert_eq!(shop.host.count("Stock/GetStockLevel_Batch"), 1);
}

#[test]
fn an_answer_that_tells_of_a_level_which_was_not_set_is_not_believed() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.host.always("Stock/SetStockLevel", json!([{"StockItemId": id_of("TEE"), "SKU": "TEE", "StockLevel": 1}]));
    assert_eq!(words(&shop.sync(settings(), &[have("TEE", 1, 0)]).unwrap()), ["retry-later stock.not-applied"]);
    shop.host.on("Stock/GetStockLevel_Batch", |_| text(503, ""));
    assert_eq!(words(&shop.sync(settings(), &[have("TEE", 1, 0)]).unwrap()), ["done"], "there is only the answer");
}

#[test]
fn a_lost_answer_is_in_doubt_unless_the_level_is_seen() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.host.on("Stock/SetStockLevel", |_| Err(HttpError::OutcomeUnknown("broken off".to_owned())));
    assert_eq!(words(&shop.sync(settings(), &[have("TEE", 1, 0)]).unwrap()), ["in-doubt stock.in-doubt"]);
    let state = Rc::clone(&shop.state);
    shop.host.on("Stock/SetStockLevel", move |request| {
        write(&mut state.borrow_mut(), request)?;
        Err(HttpError::OutcomeUnknown("broken off".to_owned()))
    });
    assert_eq!(words(&shop.sync(settings(), &[have("TEE", 1, 0)]).unwrap()), ["done"]);
}

#[test]
fn a_spent_quota_before_anything_was_written_fails_the_call_and_later_leaves_the_rest() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.host.on("Stock/SetStockLevel", |_| text(429, ""));
    assert_eq!(words(&shop.sync(settings(), &[have("TEE", 1, 0)]).unwrap()), ["not-attempted"]);
    shop.host.on("Stock/GetStockItemsFullByIds", |_| text(429, ""));
    let failure = shop.sync(settings(), &[have("TEE", 1, 0)]).unwrap_err();
    assert!(matches!(failure, Failure::Throttled(_)));
}

#[test]
fn when_told_to_stop_it_leaves_what_it_has_not_begun() {
    let skus: Vec<String> = (0..250).map(|n| format!("SKU-{n:03}")).collect();
    let items: Vec<(&str, i64)> = skus.iter().map(|sku| (sku.as_str(), 0)).collect();
    let shop = Shop::new(&items);
    *shop.host.stop.borrow_mut() = true;
    let levels: Vec<StockLevel> = skus.iter().map(|sku| have(sku, 1, 0)).collect();
    let words = words(&shop.sync(settings(), &levels).unwrap());
    assert_eq!(words.len(), 250);
    assert_eq!(words.iter().filter(|word| *word == "done").count(), 100);
    assert_eq!(words[249], "not-attempted");
}

fn order(n: u64) -> String {
    format!("0bde0000-0000-4000-8000-{n:012}")
}

fn despatched(n: u64, lines: &[(&str, u32)]) -> InFlightOrder {
    InFlightOrder { id: order(n), lines: lines.iter().map(|(sku, count)| ((*sku).to_owned(), *count)).collect() }
}

#[test]
fn what_was_despatched_counts_while_linnworks_holds_the_order_open_at_this_location() {
    let shop = Shop::new(&[("TEE", 10), ("MUG", 10)]);
    let at = |location: &str, processed: bool, n: u64| json!({"OrderId": order(n), "FulfilmentLocationId": location, "Processed": processed});
    let orders = json!([at(DEFAULT, false, 1), at(DEFAULT, true, 2), at(LEEDS, false, 3)]);
    shop.host.on("Orders/GetOrdersById", move |_| ok(&orders));
    let in_flight = [
        despatched(1, &[("TEE", 2), ("MUG", 1)]),
        despatched(2, &[("TEE", 100)]),
        despatched(3, &[("TEE", 100)]),
        despatched(4, &[("TEE", 100)]),
    ];
    let levels = [have("TEE", 8, 0), have("MUG", 9, 0)];
    let outcomes = shop.sync_with(&on(settings()), &levels, &in_flight).unwrap();
    assert_eq!(words(&outcomes), ["already-done", "already-done"]);
    assert_eq!(shop.host.count("Orders/GetOrdersById"), 1);
}

#[test]
fn orders_that_hold_none_of_these_skus_are_not_read() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.sync_with(&on(settings()), &[have("TEE", 1, 0)], &[despatched(1, &[("MUG", 1)])]).unwrap();
    assert_eq!(shop.host.count("Orders/GetOrdersById"), 0);
}

#[test]
fn an_order_in_flight_that_cannot_be_read_keeps_its_skus_from_being_set() {
    let shop = Shop::new(&[("TEE", 10), ("MUG", 10)]);
    shop.host.on("Orders/GetOrdersById", |_| ok(&json!([{"OrderId": order(1), "NumOrderId": {"odd": true}}])));
    let levels = [have("TEE", 1, 0), have("MUG", 1, 0)];
    let outcomes = shop.sync_with(&on(settings()), &levels, &[despatched(1, &[("TEE", 1)])]).unwrap();
    assert_eq!(words(&outcomes), ["retry-later stock.in-flight-unreadable", "done"]);
}

#[test]
fn levels_that_the_first_reading_leaves_out_are_read_by_the_other_call() {
    let shop = Shop::new(&[("TEE", 10), ("MUG", 3)]);
    shop.item("TEE", |item| item.bare = true);
    let outcomes = shop.sync(settings(), &[have("TEE", 10, 0), have("MUG", 3, 0)]).unwrap();
    assert_eq!(words(&outcomes), ["already-done"; 2]);
    let asked = shop.host.asked("Stock/GetStockLevel_Batch");
    assert_eq!(asked["request"]["StockItemIds"], json!([id_of("TEE")]));
}

#[test]
fn only_this_locations_row_counts() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.host.always("Inventory/GetStockLocations", json!([{"StockLocationId": LEEDS, "LocationName": "Leeds"}]));
    let ctx = on(json!({"Location": LEEDS}));
    // The default location's row says 10, Leeds has none yet.
    shop.host.on("Stock/SetStockLevel", |request| {
        let row = &request["stockLevels"][0];
        assert_eq!((&row["LocationId"], &row["Level"]), (&json!(LEEDS), &json!(10)));
        ok(&json!([{"Location": {"StockLocationId": LEEDS}, "SKU": "TEE", "StockLevel": 10}]))
    });
    let outcomes = shop.sync_with(&ctx, &[have("TEE", 10, 0)], &[]).unwrap();
    assert_eq!((words(&outcomes), outcomes[0].changes[0].old.clone()), (vec!["done".to_owned()], None));
    assert_eq!(words(&shop.sync_with(&ctx, &[have("TEE", 0, 0)], &[]).unwrap()), ["already-done"]);
}

#[test]
fn a_fulfilment_centre_and_an_untracked_location_take_no_levels() {
    for (member, code) in
        [("IsFulfillmentCenter", "location.fulfilment-centre"), ("IsNotTrackable", "location.not-tracked")]
    {
        let shop = Shop::new(&[("TEE", 10)]);
        let mut location = json!({"StockLocationId": DEFAULT, "LocationName": "Default"});
        location[member] = json!(true);
        shop.host.always("Inventory/GetStockLocations", json!([location]));
        let failure = shop.sync(settings(), &[have("TEE", 1, 0)]).unwrap_err();
        let (kind, found) = problem(&failure);
        assert_eq!((kind, found.code.as_str()), ("invalid-settings", code));
        assert!(shop.host.called().is_empty());
    }
}

#[test]
fn a_question_for_parents_of_variations_that_is_refused_holds_back_nothing() {
    let shop = Shop::new(&[("TEE", 10)]);
    shop.host.on("Stock/GetStockItemsByIds", |_| refused());
    assert_eq!(words(&shop.sync(settings(), &[have("TEE", 1, 0)]).unwrap()), ["done"]);
}
