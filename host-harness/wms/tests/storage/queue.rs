//! What is to be told to a source.

use crate::place::*;
use harness_wms::*;

const FLOW: &str = "push-despatch";

fn item(place: &Place, id: &str) -> QueueItem {
    QueueItem {
        connection: place.connection,
        flow: FLOW,
        item_id: id.into(),
        reference: format!("LW-{id}"),
        order_id: None,
    }
}

async fn queue(place: &Place, ids: &[&str], now: i64) {
    for id in ids {
        place.store.enqueue(&item(place, id), now).await.unwrap();
    }
}

async fn due(place: &Place, now: i64) -> Vec<Queued> {
    place.store.queue_due(place.connection, FLOW, now, 100).await.unwrap()
}

/// Tells `outcomes` in a run of its own.
async fn tell(place: &Place, outcomes: &[(&Queued, Told, Option<&str>)], problems: Vec<ProblemAt>, now: i64) {
    let run = place.store.begin_run(place.connection, FLOW, RunMode::Apply, "test", now, now).await.unwrap();
    let outcomes = outcomes.iter().map(|(item, told, remote_id)| ItemOutcome {
        item_id: item.item_id.clone(),
        revision: item.revision,
        told: *told,
        remote_id: remote_id.map(str::to_owned),
    });
    let commit = QueueCommit {
        run: run.id,
        fence: run.fence,
        connection: place.connection,
        flow: FLOW.into(),
        now,
        outcomes: outcomes.collect(),
        problems,
        storage: None,
    };
    place.store.commit_queue(&commit).await.unwrap();
}

fn refused(item: &Queued) -> ProblemAt {
    ProblemAt {
        subject: item.item_id.clone(),
        reference: item.reference.clone(),
        problem: Problem { code: "despatch.parked".into(), ..Default::default() },
    }
}

pub(crate) async fn an_item_is_due_until_it_is_told(place: Place) {
    queue(&place, &["1", "2"], NOON).await;
    assert!(due(&place, NOON - 1).await.is_empty());
    let items = due(&place, NOON).await;
    assert_eq!(items.len(), 2);
    tell(&place, &[(&items[0], Told::Done, Some("remote-1"))], vec![], NOON + 1).await;
    let left = due(&place, NOON + 2).await;
    assert_eq!(left.iter().map(|item| item.item_id.as_str()).collect::<Vec<_>>(), ["2"]);
    let all = place.store.queue(Some(place.connection), true).await.unwrap();
    assert_eq!((all[0].state, all[0].remote_id.as_deref(), all[0].attempts), (QueueState::Done, Some("remote-1"), 1));
    assert_eq!(place.store.queue(None, false).await.unwrap().len(), 1);
}

pub(crate) async fn what_is_in_doubt_waits_and_says_so(place: Place) {
    queue(&place, &["1"], NOON).await;
    let item = due(&place, NOON).await.remove(0);
    tell(&place, &[(&item, Told::Again { at: NOON + 2 * MINUTE, in_doubt: true }, None)], vec![], NOON).await;
    assert!(due(&place, NOON + MINUTE).await.is_empty());
    // Neither a change nor a person's impatience shortens the pause.
    queue(&place, &["1"], NOON + MINUTE).await;
    assert_eq!(place.store.retry_queued(place.connection, None, Some("LW-1"), NOON + MINUTE).await.unwrap(), 1);
    assert!(due(&place, NOON + MINUTE).await.is_empty());
    let again = due(&place, NOON + 2 * MINUTE).await.remove(0);
    assert!(again.in_doubt);
    tell(&place, &[(&again, Told::Again { at: NOON + 3 * MINUTE, in_doubt: false }, None)], vec![], NOON + 2 * MINUTE)
        .await;
    assert!(!due(&place, NOON + 3 * MINUTE).await[0].in_doubt);
}

pub(crate) async fn an_outcome_of_what_an_item_was_before_does_not_settle_it(place: Place) {
    queue(&place, &["1"], NOON).await;
    let item = due(&place, NOON).await.remove(0);
    queue(&place, &["1"], NOON + 1).await;
    tell(&place, &[(&item, Told::Done, Some("remote-1"))], vec![], NOON + 2).await;
    let changed = due(&place, NOON + 3).await.remove(0);
    assert_eq!((changed.revision, changed.remote_id.as_deref()), (2, Some("remote-1")));
    tell(&place, &[(&changed, Told::Done, None)], vec![], NOON + 4).await;
    assert!(due(&place, NOON + 5).await.is_empty());
    let done = place.store.queued(place.connection, FLOW, "1").await.unwrap().unwrap();
    assert_eq!(done.remote_id.as_deref(), Some("remote-1"), "an outcome without an id keeps the one that is known");
}

pub(crate) async fn problems_of_an_item_stand_until_it_goes_through(place: Place) {
    queue(&place, &["1", "2"], NOON).await;
    let items = due(&place, NOON).await;
    let again = Told::Again { at: NOON + 1, in_doubt: false };
    tell(&place, &[(&items[0], again, None), (&items[1], Told::Untried, None)], vec![refused(&items[0])], NOON).await;
    assert_eq!(place.store.problems(None, false).await.unwrap()[0].reference, "LW-1");
    assert_eq!(
        due(&place, NOON + 1).await.iter().map(|item| item.attempts).collect::<Vec<_>>(),
        [0, 1],
        "who waits comes first"
    );
    let item = place.store.queued(place.connection, FLOW, "1").await.unwrap().unwrap();
    tell(&place, &[(&item, Told::Done, None)], vec![], NOON + 2).await;
    assert!(place.store.problems(None, false).await.unwrap().is_empty());
}

pub(crate) async fn what_was_given_up_is_tried_again_when_a_person_says_so(place: Place) {
    queue(&place, &["1"], NOON).await;
    let item = due(&place, NOON).await.remove(0);
    tell(&place, &[(&item, Told::GivenUp, None)], vec![refused(&item)], NOON).await;
    assert!(due(&place, NOON + DAY).await.is_empty());
    assert_eq!(place.store.queue(None, false).await.unwrap()[0].state, QueueState::GivenUp);
    assert_eq!(place.store.retry_queued(place.connection, Some(FLOW), None, NOON + DAY).await.unwrap(), 1);
    assert_eq!(due(&place, NOON + DAY).await.len(), 1);
    assert_eq!(place.store.retry_queued(place.connection, Some("export-returns"), None, NOON).await.unwrap(), 0);
}
