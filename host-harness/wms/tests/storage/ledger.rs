//! What needs to be fetched.

use crate::place::*;
use harness_wms::*;

async fn unknown(place: &Place, ids: &[&str], now: i64) -> Vec<String> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    place.store.ledger_unknown(place.account, place.client, &ids, now).await.unwrap()
}

fn skip(id: &str, found: &str) -> SkippedOrder {
    let verdict = Verdict { check: "status".into(), passed: false, found: found.into(), remedy: String::new() };
    SkippedOrder { id: id.into(), reference: id.into(), verdicts: vec![verdict], retry_at: None }
}

async fn skipped(place: &Place, skips: Vec<SkippedOrder>, now: i64) {
    let mut commit = place.batch(vec![], now).await;
    commit.skipped = skips;
    place.store.commit_import(&commit).await.unwrap();
}

pub(crate) async fn known_ids_are_taken_away_and_waiting_ones_are_not(place: Place) {
    let mut commit = place.batch(vec![order("in", &[("A", 1)]), order("refused", &[("NOPE", 1)])], NOON).await;
    commit.skipped =
        vec![skip("unpaid", "Status is 0"), SkippedOrder { retry_at: Some(NOON + HOUR), ..skip("later", "x") }];
    commit.absent = vec!["gone".into()];
    place.store.commit_import(&commit).await.unwrap();
    let ids = ["new", "in", "refused", "unpaid", "later", "gone", "new2"];
    assert_eq!(unknown(&place, &ids, NOON + MINUTE).await, ["new", "refused", "unpaid", "gone", "new2"]);
    assert_eq!(unknown(&place, &["later"], NOON + HOUR).await, ["later"]);
    let other = place.store.account("linnworks", "account-2", NOON).await.unwrap().id;
    let elsewhere = place.store.ledger_unknown(other, place.client, &["in".into()], NOON).await.unwrap();
    assert_eq!(elsewhere, ["in"], "a ledger is one account's");
}

pub(crate) async fn what_has_not_changed_for_a_day_is_read_once_an_hour(place: Place) {
    skipped(&place, vec![skip("1", "unpaid")], NOON).await;
    skipped(&place, vec![skip("1", "unpaid")], NOON + DAY - 1).await;
    assert_eq!(unknown(&place, &["1"], NOON + DAY - 1).await, ["1"], "on every run of the first day");
    // From then on it is due once in each hour: read it whenever it is, every five minutes for ten hours.
    let mut reads = Vec::new();
    for tick in 0..120 {
        let now = NOON + DAY + tick * 5 * MINUTE;
        if !unknown(&place, &["1"], now).await.is_empty() {
            reads.push(now);
            skipped(&place, vec![skip("1", "unpaid")], now).await;
        }
    }
    assert_eq!(reads.len(), 10);
    assert!(reads.windows(2).all(|pair| pair[1] - pair[0] == HOUR), "{reads:?}");
    skipped(&place, vec![skip("1", "parked")], NOON + 2 * DAY).await;
    assert_eq!(unknown(&place, &["1"], NOON + 2 * DAY).await, ["1"], "a change begins a new day");
}

pub(crate) async fn an_imported_order_stays_imported_whatever_is_said_later(place: Place) {
    let id = place.imported("1", &[("A", 1)], NOON).await;
    let mut commit = place.batch(vec![], NOON + 1).await;
    commit.skipped = vec![skip("1", "parked")];
    place.store.commit_import(&commit).await.unwrap();
    let entry = place.store.ledger_entry(place.account, place.client, "1").await.unwrap().unwrap();
    assert_eq!((entry.state, entry.order_id), (LedgerState::Imported, Some(id)));
    assert!(unknown(&place, &["1"], NOON + 2).await.is_empty());
}

pub(crate) async fn one_hundred_thousand_ids_are_compared(place: Place) {
    let id = |n: usize| format!("{n:08x}-0000-4000-8000-{n:012x}");
    for part in 0..10 {
        let mut commit = place.batch(vec![], NOON + part).await;
        let first = usize::try_from(part).unwrap() * 9_000;
        // Not to be read before tomorrow, so that they count as known.
        commit.skipped = (first..first + 9_000)
            .map(|n| SkippedOrder { retry_at: Some(NOON + DAY), ..skip(&id(n), "unpaid") })
            .collect();
        place.store.commit_import(&commit).await.unwrap();
    }
    let ids: Vec<String> = (0..100_000).map(id).collect();
    let begun = std::time::Instant::now();
    let unknown = place.store.ledger_unknown(place.account, place.client, &ids, NOON + HOUR).await.unwrap();
    println!("100,000 ids against 90,000: {:?}", begun.elapsed());
    assert_eq!(unknown, ids[90_000..]);
}
