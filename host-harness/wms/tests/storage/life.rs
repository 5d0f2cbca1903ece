//! The end of a connection, and of what the warehouse knows of a person.

use crate::place::*;
use harness_wms::*;
use serde_json::json;

const PERSONAL: [&str; 6] = ["Ada", "Lovelace", "High Street", "N1 1AA", "ada@", "ring twice"];

async fn order_text(place: &Place, number: &str) -> String {
    serde_json::to_string(&place.store.order(number).await.unwrap()).unwrap()
}

async fn erase(place: &Place, whose: Whose, now: i64) -> Vec<Erased> {
    place.store.erase(&whose, "on request", now).await.unwrap()
}

async fn leaves(place: &Place, id: i64, now: i64) {
    place.store.pick(id, now).await.unwrap();
    place.store.despatch(id, &[Parcel::default()], now).await.unwrap();
}

/// A problem of the first connection, about the order with that id at the source.
async fn problem(place: &Place, source_id: &str, message: &str) {
    let run = place.run_of(place.connection, NOON).await;
    let problem = ProblemAt {
        subject: source_id.into(),
        reference: source_id.into(),
        problem: Problem { code: "some.code".into(), message: message.into(), ..Default::default() },
    };
    let commit = ImportCommit {
        run: run.id,
        fence: run.fence,
        connection: place.connection,
        account: place.account,
        now: NOON,
        skipped: vec![SkippedOrder {
            id: source_id.into(),
            reference: source_id.into(),
            verdicts: vec![Verdict { check: "c".into(), found: message.into(), ..Default::default() }],
            retry_at: None,
        }],
        problems: vec![problem],
        ..Default::default()
    };
    place.store.commit_import(&commit).await.unwrap();
}

/// The first connection knows its account, as after its first session.
async fn bound(place: &Place, id: i64) {
    let connection = place.store.connection_by_id(id).await.unwrap();
    let bound = Connection { account_id: Some(place.account), ..connection };
    place.store.update_connection(&bound, NOON).await.unwrap();
}

pub(crate) async fn erasing_a_customer_empties_names_and_keeps_the_order(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    let mut stranger = order("2", &[("A", 1)]);
    stranger.delivery_address.email = "bada@example.com".into();
    place.import(vec![stranger], NOON).await;
    assert_eq!(place.store.order("LW-1").await.unwrap().first_name, "Ada King");
    let erased = erase(&place, Whose::Customer(" ADA@example.com".into()), NOON).await;
    assert_eq!(erased.iter().map(|one| one.order_id).collect::<Vec<_>>(), [id]);
    assert_eq!(erased[0].blanked, ["name", "address", "e-mail", "notes"]);
    let text = order_text(&place, "LW-1").await;
    for personal in PERSONAL {
        assert!(!text.contains(personal), "{personal} is still in {text}");
    }
    assert!(text.contains("\"PIIRemoved\":true") && text.contains("\"OrderNumber\":\"LW-1\""), "{text}");
    assert!(order_text(&place, "LW-2").await.contains("Lovelace"));
    assert!(erase(&place, Whose::Customer("ada@example.com".into()), NOON).await.is_empty());
    assert!(erase(&place, Whose::Customer(" ".into()), NOON).await.is_empty(), "nobody is no customer");
    let events = place.store.timeline(id).await.unwrap();
    let last = events.last().unwrap();
    assert_eq!((last.event.as_str(), last.detail.as_str()), ("erased", "on request"));
}

#[tokio::test]
async fn an_erased_buyer_is_in_no_file_of_the_database() {
    let place = Place::on_sqlite().await;
    let DatabaseAddress::Sqlite(path) = place.address.clone() else { panic!("{:?}", place.address) };
    let log = std::path::PathBuf::from(format!("{}-wal", path.display()));
    let holds = |text: &str| {
        let files = [std::fs::read(&path).unwrap(), std::fs::read(&log).unwrap()];
        files.iter().any(|file| file.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    let of = |id: &str, name: &str| {
        let mut new = order(id, &[("A", 1)]);
        new.delivery_address.full_name = name.into();
        new.delivery_address.email = format!("{id}@example.com");
        new
    };
    place.import(vec![of("1", "Grace Hopper"), of("2", "Mary Somerville"), of("3", "Emmy Noether")], NOON).await;
    erase(&place, Whose::Customer("1@example.com".into()), NOON).await;
    // Emptied with the first erasure and filled again, so that the others go from the file and from the log.
    place.store.cancel(place.store.order("LW-2").await.unwrap().id, "no", NOON).await.unwrap();
    assert!(!holds("Grace Hopper") && !holds("1@example.com"));
    assert!(holds("Mary Somerville") && holds("Emmy Noether"), "nothing to look for");
    erase(&place, Whose::Order(place.store.order("LW-2").await.unwrap().id), NOON).await;
    assert!(!holds("Mary Somerville") && !holds("2@example.com"));
    let how = Removal { abandon: true, erase: true };
    assert!(place.store.remove_connection(place.connection, how, NOON).await.unwrap().removed);
    assert!(!holds("Emmy Noether") && !holds("3@example.com"));
}

pub(crate) async fn what_an_erasure_would_blank_is_named_and_stays(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    let before = place.store.canonical_dump().await.unwrap();
    let would = place.store.would_erase(&Whose::Order(id)).await.unwrap();
    assert_eq!(place.store.canonical_dump().await.unwrap(), before);
    assert_eq!(erase(&place, Whose::Order(id), NOON).await, would);
    assert!(!would[0].blanked.is_empty());
}

pub(crate) async fn what_repeats_a_name_elsewhere_is_blanked_and_the_rest_of_it_stays(place: Place) {
    let mut new = order("1", &[("A", 1)]);
    new.warnings = vec![Problem { message: "1 High Street is no address of N1 1AA.".into(), ..Default::default() }];
    let result = place.import(vec![new], NOON).await;
    let Decision::Created { order_id } = result.orders[0].decision else { panic!("{result:?}") };
    problem(&place, "1", "Nobody delivers to Ada King Lovelace, London.").await;
    problem(&place, "waits", "ada@example.com is unpaid.").await;
    place.store.cancel(order_id, "Ada@example.com rang", NOON).await.unwrap();
    erase(&place, Whose::Customer("ada@example.com".into()), NOON).await;
    assert!(order_text(&place, "LW-1").await.contains("(erased) is no address of (erased)."));
    let mut messages: Vec<String> =
        place.store.problems(None, true).await.unwrap().into_iter().map(|open| open.problem.message).collect();
    messages.sort();
    assert_eq!(messages, ["(erased) is unpaid.", "Nobody delivers to (erased), (erased)."]);
    let entry = place.store.ledger_entry(place.account, place.client, "waits").await.unwrap().unwrap();
    assert_eq!(entry.verdicts[0].found, "(erased) is unpaid.");
    let timeline = place.store.timeline(order_id).await.unwrap();
    assert!(timeline.iter().any(|entry| entry.detail == "(erased) rang"), "{timeline:?}");
}

pub(crate) async fn all_parts_of_a_split_order_are_erased_together(place: Place) {
    let id = place.imported("1", &[("A", 3)], NOON).await;
    let part = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    let erased = erase(&place, Whose::Order(part), NOON).await;
    assert_eq!(erased.iter().map(|one| one.order_id).collect::<Vec<_>>(), [id, part]);
    let third = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    let third = place.store.order_by_id(third).await.unwrap();
    assert!(third.pii_removed && third.last_name.is_empty(), "a later part has no name to copy");
}

pub(crate) async fn buyers_are_erased_so_long_after_their_order_left_or_was_cancelled(place: Place) {
    let left = place.imported("1", &[("A", 1)], NOON).await;
    let cancelled = place.imported("2", &[("A", 1)], NOON).await;
    let later = place.imported("3", &[("A", 1)], NOON).await;
    place.imported("4", &[("A", 1)], NOON).await;
    leaves(&place, left, NOON + 1).await;
    place.store.cancel(cancelled, "no", NOON + 2).await.unwrap();
    leaves(&place, later, NOON + DAY).await;
    let at = |before| Whose::Finished { client: place.client, before, limit: 100 };
    assert!(erase(&place, at(NOON + 1), NOON + 3 * DAY).await.is_empty(), "on the day itself nothing is erased yet");
    let ids = |erased: Vec<Erased>| erased.into_iter().map(|one| one.order_id).collect::<Vec<_>>();
    assert_eq!(ids(erase(&place, at(NOON + 3), NOON + 3 * DAY).await), [left, cancelled]);
    assert_eq!(ids(erase(&place, at(NOON + 2 * DAY), NOON + 3 * DAY).await), [later]);
    assert!(erase(&place, at(NOON + 9 * DAY), NOON + 9 * DAY).await.is_empty(), "an open order needs its address");
    assert!(order_text(&place, "LW-4").await.contains("Lovelace"));

    assert_eq!(place.store.erase_after_days(place.client).await.unwrap(), None);
    place.store.set_erase_after_days(place.client, Some(30)).await.unwrap();
    assert_eq!(place.store.erase_after_days(place.client).await.unwrap(), Some(30));
}

pub(crate) async fn an_erased_order_that_is_committed_again_gets_no_names_back(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    erase(&place, Whose::Order(id), NOON).await;
    let again = place.import(vec![order("1", &[("A", 1)])], NOON + 1).await;
    assert!(matches!(again.orders[0].decision, Decision::AlreadyImported { order_id, .. } if order_id == id));
    assert!(!order_text(&place, "LW-1").await.contains("Lovelace"));
    let entry = place.store.ledger_entry(place.account, place.client, "1").await.unwrap().unwrap();
    assert_eq!(entry.version.as_deref(), Some("v-1"), "what was imported is still known");

    place.store.cancel(id, "no", NOON + 2).await.unwrap();
    let asked_for = ImportCommit { again: true, ..place.batch(vec![order("1", &[("A", 1)])], NOON + 3).await };
    place.store.commit_import(&asked_for).await.unwrap();
    let order = place.store.order("LW-1").await.unwrap();
    assert!(!order.pii_removed && order.last_name == "Lovelace", "who asks for it by name ships it to somebody");
}

pub(crate) async fn a_connection_with_something_to_tell_is_not_removed_unless_that_is_abandoned(place: Place) {
    bound(&place, place.connection).await;
    let id = place.imported("1", &[("A", 1)], NOON).await;
    place.imported("2", &[("A", 1)], NOON).await;
    leaves(&place, id, NOON).await;
    let kept = place.store.remove_connection(place.connection, Removal::default(), NOON).await.unwrap();
    let waiting: Vec<&str> = kept.waiting.iter().map(|item| item.reference.as_str()).collect();
    assert_eq!((kept.removed, waiting, kept.unmarked, kept.open_orders), (false, vec!["LW-1"], 2, 1));
    assert!(place.store.connection("first").await.is_ok());
    assert_eq!(place.store.queue(Some(place.connection), false).await.unwrap().len(), 1);

    let abandon = Removal { abandon: true, erase: false };
    let gone = place.store.remove_connection(place.connection, abandon, NOON).await.unwrap();
    assert_eq!(gone, Removed { removed: true, ..kept });
    assert!(place.store.queue(None, true).await.unwrap().is_empty());
    assert!(matches!(
        place.store.remove_connection(place.connection, abandon, NOON).await,
        Err(StoreError::NotFound { .. })
    ));
}

pub(crate) async fn all_that_was_a_connections_own_goes_with_it_and_no_orders(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    problem(&place, "2", "is unpaid").await;
    let run = place.run_of(place.connection, NOON).await;
    place.store.commit_storage(&run, &one_value()).await.unwrap();
    let request = LoggedRequest {
        connection_id: place.connection,
        run_id: run.id,
        at: NOON,
        operation: "op".into(),
        outcome: "answered".into(),
        status: Some(200),
        duration_ms: 1,
        bytes_out: 1,
        bytes_in: 1,
    };
    place.store.log_requests(&[request]).await.unwrap();
    place.store.set_due(place.connection, "orders", place.client, NOON).await.unwrap();

    let done = place.store.remove_connection(place.connection, Removal::default(), NOON).await.unwrap();
    assert!(done.removed && done.erased.is_empty());
    assert!(place.store.problems(None, true).await.unwrap().is_empty());
    assert!(place.store.requests(run.id).await.unwrap().is_empty());
    assert!(place.store.scheduled("orders").await.unwrap().is_empty());
    assert!(place.store.pending_acknowledgements(place.connection, NOON + DAY, 10).await.unwrap().is_empty());
    assert_eq!(place.store.storage_get(place.connection, "f", &["k".into()]).await.unwrap(), vec![None]);
    assert!(place.store.connection_by_id(place.connection).await.is_err());
    assert_eq!(place.store.order_by_id(id).await.unwrap().first_name, "Ada King", "orders stay as they are");
    let late = place.store.commit_import(&place.batch(vec![order("3", &[("A", 1)])], NOON + 1).await).await;
    assert!(late.is_err(), "nothing comes in through it any more: {late:?}");
}

pub(crate) async fn removing_a_connection_erases_the_buyers_of_its_orders_and_of_no_other(place: Place) {
    place.imported("1", &[("A", 1)], NOON).await;
    let others = place.batch_of(place.other_connection, vec![order("2", &[("A", 1)])], NOON).await;
    place.store.commit_import(&others).await.unwrap();
    let erase = Removal { abandon: false, erase: true };
    let done = place.store.remove_connection(place.connection, erase, NOON).await.unwrap();
    assert_eq!(done.erased.iter().map(|one| one.order_number.as_str()).collect::<Vec<_>>(), ["LW-1"]);
    assert!(place.store.order("LW-1").await.unwrap().pii_removed);
    assert!(!place.store.order("LW-2").await.unwrap().pii_removed);
}

pub(crate) async fn orders_of_a_removed_connection_go_to_the_next_of_their_account(place: Place) {
    let id = place.imported("1", &[("A", 3)], NOON).await;
    let part = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    assert_eq!(place.store.adopt_orders(place.other_connection).await.unwrap(), 0, "they have a connection");
    let done = place.store.remove_connection(place.connection, Removal::default(), NOON).await.unwrap();
    assert_eq!(done.heir, None);
    assert_eq!(place.store.adopt_orders(place.other_connection).await.unwrap(), 0, "it may be of another account");
    bound(&place, place.other_connection).await;
    assert_eq!(place.store.adopt_orders(place.other_connection).await.unwrap(), 1);
    assert_eq!(place.store.order_by_id(id).await.unwrap().connection_id, place.other_connection);
    assert_ne!(place.store.order_by_id(part).await.unwrap().connection_id, place.other_connection);
    assert_eq!(place.store.adopt_orders(place.other_connection).await.unwrap(), 0);
}

pub(crate) async fn orders_go_on_with_a_connection_of_their_account_that_is_there_already(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    bound(&place, place.connection).await;
    bound(&place, place.other_connection).await;
    let done = place.store.remove_connection(place.connection, Removal::default(), NOON).await.unwrap();
    assert_eq!((done.heir.as_deref(), done.open_orders), (Some("second"), 1));
    assert_eq!(place.store.order_by_id(id).await.unwrap().connection_id, place.other_connection);
}

pub(crate) async fn a_despatch_is_told_by_another_connection_of_the_account_when_the_first_was_removed(place: Place) {
    let id = place.imported("1", &[("A", 3)], NOON).await;
    let part = place.store.split(id, &[("A".into(), 1)], NOON).await.unwrap();
    let other = place.store.connection_by_id(place.other_connection).await.unwrap();
    let settings = json!({"SplitOrders": "SplitInLinnworks"});
    let bound = Connection { settings, account_id: Some(place.account), ..other };
    place.store.update_connection(&bound, NOON).await.unwrap();
    place.store.remove_connection(place.connection, Removal::default(), NOON).await.unwrap();
    leaves(&place, part, NOON).await;
    let queue = place.store.queue(None, false).await.unwrap();
    let told: Vec<(i64, &str)> = queue.iter().map(|item| (item.connection_id, item.reference.as_str())).collect();
    assert_eq!(told, [(place.other_connection, "LW-1/2")]);
}
