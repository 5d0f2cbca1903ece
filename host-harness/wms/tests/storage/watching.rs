//! What is kept for watching, and who is written to.

use crate::place::*;
use harness_wms::*;
use serde_json::json;

async fn save(place: &Place, settings: serde_json::Value, now: i64) {
    let connection = place.store.connection_by_id(place.connection).await.unwrap();
    place.store.update_connection(&Connection { settings, ..connection }, now).await.unwrap();
}

pub(crate) async fn requests_are_kept_for_48_hours_from_the_switch_and_from_nothing_else(place: Place) {
    let keeps = async |now| place.store.keeps_requests(place.connection, now).await.unwrap();
    assert!(!keeps(NOON).await);
    save(&place, json!({"LogAPIRequests": true}), NOON).await;
    assert!(keeps(NOON + HOUR).await);
    save(&place, json!({"LogAPIRequests": true, "Frequency": 5}), NOON + DAY).await;
    assert!(place.store.end_request_logging(NOON + 2 * DAY - 1).await.unwrap().is_empty());
    assert!(keeps(NOON + 2 * DAY - 1).await && !keeps(NOON + 2 * DAY).await, "another edit does not prolong it");
    let ended = place.store.end_request_logging(NOON + 2 * DAY).await.unwrap();
    assert_eq!(ended.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["first"]);
    let stored = place.store.connection_by_id(place.connection).await.unwrap();
    assert_eq!(stored.settings, json!({"LogAPIRequests": false, "Frequency": 5}));
    assert!(place.store.end_request_logging(NOON + 3 * DAY).await.unwrap().is_empty());
    save(&place, json!({"LogAPIRequests": true}), NOON + 4 * DAY).await;
    assert!(keeps(NOON + 5 * DAY).await, "switched on again it counts anew");
    place.store.remove_connection(place.connection, Removal::default(), NOON).await.unwrap();
    assert!(!keeps(NOON + 5 * DAY).await);
}

fn at(subject: &str, code: &str) -> ProblemAt {
    ProblemAt {
        subject: subject.into(),
        reference: subject.into(),
        problem: Problem { code: code.into(), message: "m".into(), remedy: "r".into(), ..Default::default() },
    }
}

async fn report(place: &Place, problems: &[ProblemAt], now: i64) {
    let run = place.run_of(place.connection, now).await;
    place.store.report_problems(place.connection, "import-orders", run.id, problems, now).await.unwrap();
}

/// Codes to be told, each with its number of problems; and notes them as told.
async fn tell(place: &Place, now: i64) -> Vec<(String, usize)> {
    let causes = place.store.causes_to_tell(place.connection, place.client, "import-orders", now).await.unwrap();
    for cause in &causes {
        place.store.note_told(place.connection, place.client, &cause.code, now).await.unwrap();
    }
    causes.into_iter().map(|cause| (cause.code, cause.problems.len())).collect()
}

pub(crate) async fn a_cause_is_told_once_a_day_and_only_when_there_is_something_new(place: Place) {
    assert!(tell(&place, NOON).await.is_empty());
    report(&place, &[at("1", "sku-unknown"), at("2", "sku-unknown"), at("3", "address")], NOON).await;
    assert_eq!(tell(&place, NOON).await, [("address".into(), 1), ("sku-unknown".into(), 2)]);
    report(&place, &[at("1", "sku-unknown"), at("4", "sku-unknown")], NOON + HOUR).await;
    assert!(tell(&place, NOON + HOUR).await.is_empty(), "not twice a day");
    assert_eq!(tell(&place, NOON + DAY).await, [("sku-unknown".into(), 3)]);
    report(&place, &[at("1", "sku-unknown"), at("3", "address")], NOON + 2 * DAY).await;
    assert!(tell(&place, NOON + 3 * DAY).await.is_empty(), "nothing new");
    let other = place.store.causes_to_tell(place.other_connection, place.client, "import-orders", NOON).await.unwrap();
    assert!(other.is_empty(), "each connection has its own");
}

pub(crate) async fn a_client_is_written_to_so_often_a_day_and_no_more(place: Place) {
    let many: Vec<ProblemAt> = (0..25).map(|n| at("1", &format!("cause-{n:02}"))).collect();
    report(&place, &many, NOON).await;
    assert_eq!(tell(&place, NOON).await.len(), 20);
    assert!(tell(&place, NOON + HOUR).await.is_empty());
    assert_eq!(tell(&place, NOON + DAY).await.len(), 5);
}

pub(crate) async fn addresses_are_added_once_and_taken_out(place: Place) {
    for email in ["b@example.test", " a@example.test ", "a@example.test"] {
        place.store.add_notified_user(place.client, email).await.unwrap();
    }
    assert_eq!(place.store.notified_users(place.client).await.unwrap(), ["a@example.test", "b@example.test"]);
    for wrong in ["", "nobody", "@example.test", "a@b", "a@example.test\r\nBcc: c@example.test"] {
        assert!(place.store.add_notified_user(place.client, wrong).await.is_err(), "{wrong}");
    }
    place.store.remove_notified_user(place.client, "a@example.test").await.unwrap();
    assert!(place.store.remove_notified_user(place.client, "a@example.test").await.is_err());
    assert_eq!(place.store.notified_users(place.client).await.unwrap(), ["b@example.test"]);
}
