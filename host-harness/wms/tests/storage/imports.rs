//! The commit of an import.

use crate::place::*;
use harness_wms::*;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

fn refusal(decided: &Decided) -> &Problem {
    match &decided.decision {
        Decision::Refused(reasons) => &reasons[0],
        other => panic!("{} was not refused: {other:?}", decided.id),
    }
}

pub(crate) async fn an_order_is_created_with_lines_stock_timeline_ledger_and_acknowledgement(place: Place) {
    let id = place.imported("1", &[("A", 3), ("B", 1)], NOON).await;
    let order = place.store.order("LW-1").await.unwrap();
    assert_eq!((order.id, order.order_status, order.total_items), (id, OrderStatus::New, 4));
    assert_eq!((order.first_name.as_str(), order.last_name.as_str()), ("Ada King", "Lovelace"));
    assert_eq!(order.external_order_reference, "ref-1");
    let lines: Vec<_> = order.order_items.iter().map(|l| (l.sku.as_str(), l.quantity, l.allocated)).collect();
    assert_eq!(lines, [("A", 3, 3), ("B", 1, 1)]);
    assert_eq!(place.stock("A").await, (7, 3));
    let timeline = place.store.timeline(id).await.unwrap();
    assert_eq!(timeline[0].detail, "imported by connection first as NEW");
    let entry = place.store.ledger_entry(place.account, place.client, "1").await.unwrap().unwrap();
    assert_eq!((entry.state, entry.order_id, entry.version.as_deref()), (LedgerState::Imported, Some(id), Some("v-1")));
    let pending = place.store.pending_acknowledgements(place.connection, NOON, 10).await.unwrap();
    assert_eq!(pending, [PendingAcknowledgement { order_id: id, source_id: "1".into(), attempts: 0 }]);
    for reference in ["1", "ref-1", &id.to_string()] {
        assert_eq!(place.store.order(reference).await.unwrap().id, id, "{reference}");
    }
    let json = serde_json::to_value(&order).unwrap();
    assert_eq!((&json["OrderStatus"], &json["OrderItems"][0]["SKU"]), (&"NEW".into(), &"A".into()));
}

pub(crate) async fn an_order_comes_in_once_however_often_it_is_committed(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    let again = place.import(vec![order("1", &[("A", 1)]), order("1", &[("A", 1)])], NOON + 1).await;
    assert_eq!(again.orders.len(), 1, "an id that comes twice is decided once");
    let expected = Decision::AlreadyImported { order_id: id, by_connection: place.connection };
    assert_eq!(again.orders[0].decision, expected);
    assert_eq!(place.stock("A").await, (9, 1));
    assert_eq!(place.store.orders(None, None, 0, 10).await.unwrap().len(), 1);
}

pub(crate) async fn an_order_of_another_connection_is_not_imported_again(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    let commit = place.batch_of(place.other_connection, vec![order("1", &[("A", 1)])], NOON).await;
    let result = place.store.commit_import(&commit).await.unwrap();
    let expected = Decision::AlreadyImported { order_id: id, by_connection: place.connection };
    assert_eq!(result.orders[0].decision, expected);
    let entry = place.store.ledger_entry(place.account, place.client, "1").await.unwrap().unwrap();
    assert_eq!(entry.connection_id, place.connection);
    // The same id in another account is another order.
    let account = place.store.account("linnworks", "account-2", NOON).await.unwrap().id;
    let mut twin = order("1", &[("A", 1)]);
    twin.order_number = "OTHER-1".into();
    let run = place.run_of(place.connection, NOON + 1).await;
    let commit = ImportCommit {
        run: run.id,
        fence: run.fence,
        connection: place.connection,
        account,
        ready: vec![twin],
        ..commit
    };
    assert_eq!(place.store.commit_import(&commit).await.unwrap().created(), 1);
}

pub(crate) async fn a_refused_order_does_not_hold_back_the_others(place: Place) {
    let batch = vec![order("1", &[("A", 1)]), order("2", &[("NOPE", 1), ("A", 1)]), order("3", &[("A", 1)])];
    let result = place.import(batch, NOON).await;
    assert_eq!(result.created(), 2);
    assert_eq!(refusal(&result.orders[1]).code, "sku-unknown");
    assert_eq!(place.stock("A").await, (8, 2), "nothing is reserved for the refused one");
    let entry = place.store.ledger_entry(place.account, place.client, "2").await.unwrap().unwrap();
    assert_eq!((entry.state, entry.verdicts[0].check.as_str()), (LedgerState::Refused, "sku-unknown"));
    let pending = place.store.pending_acknowledgements(place.connection, NOON, 10).await.unwrap();
    let pending: Vec<_> = pending.iter().map(|p| p.source_id.as_str()).collect();
    assert_eq!(pending, ["1", "3"], "a refused order is never marked at the source");
}

pub(crate) async fn all_unknown_skus_are_named_with_near_misses(place: Place) {
    let result = place.import(vec![order("1", &[("Z9", 1), ("a ", 1), ("A", 1)])], NOON).await;
    let problem = refusal(&result.orders[0]);
    assert_eq!(problem.message, "The client has no product with the SKUs `Z9`, `a ` (did you mean `A`?).");
}

pub(crate) async fn an_unknown_sku_goes_in_once_the_product_is_added_and_its_problem_clears(place: Place) {
    place.import(vec![order("1", &[("NEW", 1)])], NOON).await;
    place.import(vec![order("1", &[("NEW", 1)])], NOON + 1).await;
    let problems = place.store.problems(Some(place.connection), false).await.unwrap();
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].seen_count, problems[0].first_seen, problems[0].last_seen), (2, NOON, NOON + 1));
    assert_eq!((problems[0].subject.as_str(), problems[0].reference.as_str()), ("1", "LW-1"));
    let again = place.store.ledger_unknown(place.account, place.client, &["1".into()], NOON + 2).await.unwrap();
    assert_eq!(again, ["1"], "a refused order is offered again");
    let product = NewProduct { sku: "NEW".into(), ..Default::default() };
    place.store.add_products(place.client, &[product], NOON + 2).await.unwrap();
    let id = place.imported("1", &[("NEW", 1)], NOON + 2).await;
    assert_eq!(place.status(id).await, OrderStatus::OnBackOrder);
    assert!(place.store.problems(Some(place.connection), false).await.unwrap().is_empty());
    assert_eq!(place.store.problems(None, true).await.unwrap()[0].cleared_at, Some(NOON + 2));
}

pub(crate) async fn an_order_number_of_another_order_is_refused_with_the_prefix_as_remedy(place: Place) {
    place.imported("1", &[("A", 1)], NOON).await;
    let mut other = order("2", &[("A", 1)]);
    other.order_number = "LW-1".into();
    let result = place.import(vec![other], NOON + 1).await;
    let problem = refusal(&result.orders[0]);
    assert_eq!(problem.code, "order-number-taken");
    assert!(problem.remedy.contains("OrderPrefix"), "{}", problem.remedy);
}

pub(crate) async fn two_orders_of_one_batch_do_not_share_a_number(place: Place) {
    let mut second = order("2", &[("A", 1)]);
    second.order_number = "LW-1".into();
    let result = place.import(vec![order("1", &[("A", 1)]), second], NOON).await;
    assert_eq!(result.created(), 1);
    assert_eq!(refusal(&result.orders[1]).code, "order-number-taken");
}

pub(crate) async fn an_unknown_channel_or_courier_service_is_refused_with_a_near_miss(place: Place) {
    let mut one = order("1", &[("A", 1)]);
    one.channel = "EBAY".into();
    let mut two = order("2", &[("A", 1)]);
    two.courier_service = Some("royal mail 24".into());
    let mut three = order("3", &[("A", 1)]);
    three.courier_service = Some("Royal Mail 24".into());
    let result = place.import(vec![one, two, three], NOON).await;
    assert_eq!(refusal(&result.orders[0]).message, "The client has no channel `EBAY` (did you mean `eBay`?).");
    assert!(refusal(&result.orders[1]).message.contains("did you mean `Royal Mail 24`?"));
    assert_eq!(result.created(), 1);
}

pub(crate) async fn what_is_free_is_allocated_and_the_rest_is_on_back_order(place: Place) {
    let result = place.import(vec![order("1", &[("B", 1), ("B", 3)]), order("2", &[("B", 1)])], NOON).await;
    assert_eq!(result.created(), 2);
    let orders = place.store.orders(Some(place.client), Some(OrderStatus::OnBackOrder), 0, 10).await.unwrap();
    let lines: Vec<_> = orders.iter().flat_map(|o| &o.order_items).map(|l| (l.allocated, l.on_back_order)).collect();
    assert_eq!(lines, [(1, 0), (1, 2), (0, 1)]);
    assert_eq!(place.stock("B").await, (0, 2), "quarantine is never allocated");
}

pub(crate) async fn held_orders_wait_in_status_holding(place: Place) {
    let mut commit = place.batch(vec![order("1", &[("A", 1)]), order("2", &[("C", 1)])], NOON).await;
    commit.hold = true;
    place.store.commit_import(&commit).await.unwrap();
    let held = place.store.orders(None, Some(OrderStatus::Holding), 0, 10).await.unwrap();
    assert_eq!(held.len(), 2);
    place.store.release(held[0].id, NOON).await.unwrap();
    place.store.release(held[1].id, NOON).await.unwrap();
    assert_eq!(place.status(held[0].id).await, OrderStatus::New);
    assert_eq!(place.status(held[1].id).await, OrderStatus::OnBackOrder);
}

pub(crate) async fn the_despatch_date_is_the_date_of_the_warehouse_on_both_sides_of_a_clock_change(place: Place) {
    // London: summer time began on 2026-03-29 at 01:00 UTC and ends on 2026-10-25 at 01:00 UTC.
    let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
    let cases = [
        ("2026-03-28T23:30:00Z", "2026-03-28"),
        ("2026-03-29T22:59:59Z", "2026-03-29"),
        ("2026-03-29T23:00:00Z", "2026-03-30"),
        ("2026-10-24T23:00:00Z", "2026-10-25"),
        ("2026-10-25T23:30:00Z", "2026-10-25"),
    ];
    let orders = cases
        .iter()
        .enumerate()
        .map(|(n, (instant, _))| NewOrder {
            required_despatch: Some(at(instant)),
            ..order(&n.to_string(), &[("A", 1)])
        })
        .collect();
    place.import(orders, NOON).await;
    for (n, (instant, date)) in cases.iter().enumerate() {
        let order = place.store.order(&format!("LW-{n}")).await.unwrap();
        assert_eq!(order.required_despatch_date.as_deref(), Some(*date), "{instant}");
    }
}

pub(crate) async fn a_lost_fence_commits_nothing(place: Place) {
    let stale = place.batch(vec![order("1", &[("A", 1)])], NOON).await;
    let before = place.store.canonical_dump().await.unwrap();
    let fresh = place.batch(vec![order("1", &[("A", 1)])], NOON + MINUTE).await;
    let refused = place.store.commit_import(&stale).await.unwrap_err();
    assert!(matches!(refused, StoreError::Fence { given: 1, current: 2, .. }), "{refused}");
    assert_eq!(place.store.canonical_dump().await.unwrap(), before);
    assert_eq!(place.store.commit_import(&fresh).await.unwrap().created(), 1);
}

fn staged(generation: i64, value: &[u8]) -> StagedStorage {
    StagedStorage {
        flow: "import-orders".into(),
        generation,
        storage_version: 1,
        set: vec![("countries".into(), value.to_vec())],
        delete: vec![],
        quota: 100,
    }
}

pub(crate) async fn storage_that_moved_commits_nothing(place: Place) {
    let (store, connection) = (&place.store, place.connection);
    let read_at = store.storage_namespace(connection, "import-orders", 1).await.unwrap().generation;
    let mut commit = place.batch(vec![order("1", &[("A", 1)])], NOON).await;
    commit.storage = Some(staged(read_at, b"mine"));
    let run = store.run(commit.run).await.unwrap();
    store.commit_storage(&run, &staged(read_at, b"theirs")).await.unwrap();
    let refused = store.commit_import(&commit).await.unwrap_err();
    assert!(matches!(refused, StoreError::StorageMoved { read_at: 0, current: 1, .. }), "{refused}");
    assert!(store.orders(None, None, 0, 1).await.unwrap().is_empty());
    let keys = ["countries".to_owned(), "none".to_owned()];
    let values = store.storage_get(connection, "import-orders", &keys).await.unwrap();
    assert_eq!(values, [Some(b"theirs".to_vec()), None]);
    commit.storage = Some(staged(1, b"mine"));
    store.commit_import(&commit).await.unwrap();
    let values = store.storage_get(connection, "import-orders", &keys).await.unwrap();
    assert_eq!(values, [Some(b"mine".to_vec()), None]);
}

pub(crate) async fn storage_beyond_its_quota_commits_nothing(place: Place) {
    let mut commit = place.batch(vec![order("1", &[("A", 1)])], NOON).await;
    commit.storage = Some(staged(0, &[0; 92]));
    let refused = place.store.commit_import(&commit).await.unwrap_err();
    assert!(matches!(refused, StoreError::StorageFull { bytes: 101, quota: 100, .. }), "{refused}");
    assert!(place.store.orders(None, None, 0, 1).await.unwrap().is_empty());
    commit.storage = Some(staged(0, &[0; 91]));
    place.store.commit_import(&commit).await.unwrap();
}

/// Drops `work` after it was polled `polls` times; whether it had ended by then.
async fn dropped_after(polls: usize, work: impl Future) -> bool {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        work.as_mut().poll(cx).map(|_| true)
    })
    .await
}

pub(crate) async fn a_commit_that_is_dropped_at_any_point_leaves_nothing_or_all(place: Place) {
    let before = place.store.canonical_dump().await.unwrap();
    let batch = || vec![order("1", &[("A", 1)]), order("2", &[("NOPE", 1)]), order("3", &[("C", 1)])];
    let (mut polls, mut nothing, mut all) = (0, 0, 0);
    loop {
        polls += 1;
        let mut commit = place.batch(batch(), NOON + polls * MINUTE).await;
        let read_at = place.store.storage_namespace(place.connection, "import-orders", 1).await.unwrap().generation;
        commit.storage = Some(staged(read_at, b"x"));
        let ended = dropped_after(usize::try_from(polls).unwrap(), place.store.commit_import(&commit)).await;
        let dump = place.store.canonical_dump().await.unwrap();
        let kept = place.store.storage_get(place.connection, "import-orders", &["countries".into()]).await.unwrap();
        if dump == before {
            assert!(!ended, "a commit that answered is kept");
            assert_eq!(kept, [None], "storage goes with the rest");
            nothing += 1;
        } else {
            assert_eq!(dump["orders"].as_array().unwrap().len(), 2);
            assert_eq!(dump["lines"].as_array().unwrap().len(), 2);
            assert_eq!(dump["ledger"].as_array().unwrap().len(), 1, "the refused one; the others are orders");
            assert_eq!(dump["problems"].as_array().unwrap().len(), 1);
            assert_eq!(dump["acknowledgements"].as_array().unwrap().len(), 2);
            assert!(kept[0].is_some(), "storage goes with the rest");
            all += 1;
            if ended {
                break;
            }
        }
    }
    assert!(nothing >= 2 && all >= 1, "the cuts lay within the commit: {nothing} before, {all} after");
    assert_eq!(place.stock("A").await, (9, 1));
}

pub(crate) async fn problems_of_orders_left_out_are_part_of_the_commit(place: Place) {
    let left_out = |id: &str| ProblemAt {
        subject: id.into(),
        reference: id.into(),
        problem: Problem { code: "import.x".into(), ..Default::default() },
    };
    let stale = ImportCommit { problems: vec![left_out("1")], ..place.batch(vec![], NOON).await };
    let fresh = ImportCommit { problems: vec![left_out("2")], ..place.batch(vec![], NOON).await };
    assert!(matches!(place.store.commit_import(&stale).await, Err(StoreError::Fence { .. })));
    assert!(place.store.problems(None, false).await.unwrap().is_empty(), "who lost the lease reports nothing");
    place.store.commit_import(&fresh).await.unwrap();
    let standing = place.store.problems(None, false).await.unwrap();
    assert_eq!(standing.iter().map(|problem| problem.subject.as_str()).collect::<Vec<_>>(), ["2"]);
}

/// A commit of acknowledgements in a new run at `now`, with a problem for each id in `later` and `given_up`.
async fn told(place: &Place, now: i64, done: &[&str], later: &[&str], given_up: &[&str]) {
    let run = place.run_of(place.connection, now).await;
    let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let problem = |id: &&str| ProblemAt {
        subject: (*id).into(),
        reference: String::new(),
        problem: Problem { code: format!("acknowledge.at-{now}"), ..Default::default() },
    };
    let commit = AcknowledgeCommit {
        run: run.id,
        fence: run.fence,
        connection: place.connection,
        now,
        done: texts(done),
        later: texts(later).into_iter().map(|id| (id, now + MINUTE)).collect(),
        given_up: texts(given_up),
        problems: later.iter().chain(given_up).map(problem).collect(),
        storage: None,
    };
    place.store.commit_acknowledge(&commit).await.unwrap();
}

pub(crate) async fn who_was_tried_in_vain_goes_to_the_end_of_the_queue(place: Place) {
    place.import(["1", "2", "3"].map(|id| order(id, &[("A", 1)])).into(), NOON).await;
    told(&place, NOON + 1, &[], &["1", "2"], &[]).await;
    let pending = place.store.pending_acknowledgements(place.connection, NOON + HOUR, 10).await.unwrap();
    assert_eq!(pending.iter().map(|one| one.source_id.as_str()).collect::<Vec<_>>(), ["3", "1", "2"]);
}

pub(crate) async fn what_will_never_be_acknowledged_leaves_the_queue_and_its_problem_stays(place: Place) {
    place.import(["1", "2"].map(|id| order(id, &[("A", 1)])).into(), NOON).await;
    told(&place, NOON + 1, &[], &["1", "2"], &[]).await;
    told(&place, NOON + HOUR, &[], &["2"], &["1"]).await;
    let pending = place.store.pending_acknowledgements(place.connection, NOON + DAY, 10).await.unwrap();
    assert_eq!(pending.iter().map(|one| one.source_id.as_str()).collect::<Vec<_>>(), ["2"]);
    let standing = place.store.problems(None, false).await.unwrap();
    let code = format!("acknowledge.at-{}", NOON + HOUR);
    assert_eq!(standing.len(), 2, "what the earlier attempt said of them is out of date");
    assert!(standing.iter().all(|problem| problem.problem.code == code), "{standing:?}");
}

pub(crate) async fn a_cancelled_order_is_not_acknowledged_any_more_and_its_problem_clears(place: Place) {
    let cancelled = place.imported("1", &[("A", 1)], NOON).await;
    place.imported("2", &[("A", 1)], NOON).await;
    told(&place, NOON + 1, &[], &["1", "2"], &[]).await;
    place.store.cancel(cancelled, "test", NOON + 2).await.unwrap();
    let pending = place.store.pending_acknowledgements(place.connection, NOON + DAY, 10).await.unwrap();
    assert_eq!(pending.iter().map(|one| one.source_id.as_str()).collect::<Vec<_>>(), ["2"]);
    let standing = place.store.problems(None, false).await.unwrap();
    assert_eq!(standing.iter().map(|problem| problem.subject.as_str()).collect::<Vec<_>>(), ["2"]);
}

pub(crate) async fn acknowledgements_are_repeated_until_done(place: Place) {
    place.import(vec![order("1", &[("A", 1)]), order("2", &[("A", 1)])], NOON).await;
    let run = place.run_of(place.connection, NOON + 1).await;
    let problem = ProblemAt {
        subject: "2".into(),
        reference: "LW-2".into(),
        problem: Problem { code: "folder-missing".into(), ..Default::default() },
    };
    let commit = AcknowledgeCommit {
        run: run.id,
        fence: run.fence,
        connection: place.connection,
        now: NOON + 1,
        done: vec!["1".into()],
        later: vec![("2".into(), NOON + 2 * MINUTE)],
        given_up: vec![],
        problems: vec![problem],
        storage: None,
    };
    place.store.commit_acknowledge(&commit).await.unwrap();
    let pending = |now| place.store.pending_acknowledgements(place.connection, now, 10);
    assert!(pending(NOON + MINUTE).await.unwrap().is_empty());
    let later = pending(NOON + 2 * MINUTE).await.unwrap();
    assert_eq!((later.len(), later[0].source_id.as_str(), later[0].attempts), (1, "2", 1));
    let run = place.run_of(place.connection, NOON + HOUR).await;
    let commit = AcknowledgeCommit {
        run: run.id,
        fence: run.fence,
        now: NOON + HOUR,
        done: vec!["2".into()],
        later: vec![],
        problems: vec![],
        ..commit
    };
    place.store.commit_acknowledge(&commit).await.unwrap();
    assert!(pending(NOON + DAY).await.unwrap().is_empty());
    assert!(place.store.problems(None, false).await.unwrap().is_empty());
}
