//! Runs, leases, due times, problems, usage, logs.

use crate::place::*;
use harness_wms::*;
use serde_json::json;

pub(crate) async fn a_flow_of_a_connection_runs_once_at_a_time(place: Place) {
    let store = &place.store;
    let begin = |owner: &'static str, mode, now| store.begin_run(place.connection, "f", mode, owner, now, now + MINUTE);
    let first = begin("one", RunMode::Apply, NOON).await.unwrap();
    let busy = begin("two", RunMode::Apply, NOON + 1).await.unwrap_err();
    assert!(matches!(&busy, StoreError::Busy { owner, .. } if owner == "one"), "{busy}");
    begin("two", RunMode::Plan, NOON + 1).await.expect("a dry run disturbs nobody");
    store.renew_run(&first, NOON + 2 * MINUTE).await.unwrap();
    assert!(begin("two", RunMode::Apply, NOON + MINUTE).await.is_err());
    let second = begin("two", RunMode::Apply, NOON + 2 * MINUTE).await.unwrap();
    assert!(second.fence > first.fence);
    assert!(matches!(store.renew_run(&first, NOON + DAY).await, Err(StoreError::Fence { .. })));
    let (nothing, created, plan) = (json!({}), json!({"created": 2}), json!(["x"]));
    let end = RunEnd {
        state: RunState::Failed,
        counts: &nothing,
        report: None,
        problem: None,
        usage: None,
        now: NOON + 3 * MINUTE,
    };
    store.end_run(&first, &end).await.unwrap();
    store.renew_run(&second, NOON + 4 * MINUTE).await.expect("the loser's end does not free the winner's lease");
    let end = RunEnd { state: RunState::Done, counts: &created, report: Some(&plan), ..end };
    store.end_run(&second, &end).await.unwrap();
    let runs = store.runs(Some(place.connection), 10).await.unwrap();
    assert_eq!(runs.len(), 3);
    let ended = runs.into_iter().find(|run| run.id == second.id).unwrap();
    assert_eq!((ended.state, &ended.counts["created"], ended.report), (RunState::Done, &json!(2), Some(json!(["x"]))));
    let third = begin("three", RunMode::Apply, NOON + 3 * MINUTE).await.expect("an ended run has given its lease back");
    let free = NOON + 5 * MINUTE;
    store.end_run_held_until(&third, &end, free).await.unwrap();
    let early = begin("four", RunMode::Apply, free - 1).await.unwrap_err();
    assert!(matches!(early, StoreError::InDoubt { until, .. } if until == free), "{early}");
    begin("four", RunMode::Apply, free).await.expect("what a run that was broken off had sent is there by then");
}

pub(crate) async fn taking_a_lease_closes_the_runs_that_nobody_works_on_any_more(place: Place) {
    let dead = place.run_of(place.connection, NOON).await;
    let dry = place.store.begin_run(place.connection, "import-orders", RunMode::Plan, "x", NOON, NOON).await.unwrap();
    let elsewhere = place.run_of(place.other_connection, NOON).await;
    let next = place.run_of(place.connection, NOON + HOUR).await;
    let dead = place.store.run(dead.id).await.unwrap();
    assert_eq!((dead.state, dead.ended_at), (RunState::Failed, Some(NOON + HOUR)));
    assert!(dead.counts["error"].as_str().unwrap().starts_with("interrupted"), "{dead:?}");
    for other in [dry.id, elsewhere.id, next.id] {
        assert_eq!(place.store.run(other).await.unwrap().state, RunState::Running);
    }
}

pub(crate) async fn a_run_ends_with_its_problem_and_its_usage_in_one(place: Place) {
    let run = place.run_of(place.connection, NOON).await;
    let used = Usage { client_id: place.client, calls: 7, ..Default::default() };
    let problem = ProblemAt { subject: "run".into(), reference: String::new(), problem: Problem::default() };
    let counts = json!({});
    let end = RunEnd {
        state: RunState::Failed,
        counts: &counts,
        report: None,
        problem: Some(&problem),
        usage: Some(&used),
        now: NOON,
    };
    place.store.end_run(&run, &end).await.unwrap();
    assert_eq!(place.store.usage(NOON).await.unwrap()[0].calls, 7);
    let standing = place.store.problems(Some(place.connection), false).await.unwrap();
    assert_eq!((standing.len(), standing[0].flow.as_str()), (1, "import-orders"));
}

pub(crate) async fn who_lost_the_lease_writes_no_storage(place: Place) {
    let lost = place.run_of(place.connection, NOON).await;
    place.run_of(place.connection, NOON + HOUR).await;
    let staged = StagedStorage { flow: "f".into(), set: vec![("k".into(), vec![1])], quota: 100, ..Default::default() };
    assert!(matches!(place.store.commit_storage(&lost, &staged).await, Err(StoreError::Fence { .. })));
    assert_eq!(place.store.storage_get(place.connection, "f", &["k".into()]).await.unwrap(), [None]);
}

pub(crate) async fn problems_are_counted_and_cleared_by_subject(place: Place) {
    let store = &place.store;
    let at = |subject: &str| ProblemAt {
        subject: subject.into(),
        reference: subject.into(),
        problem: Problem { code: "x.y".into(), message: "m".into(), retry: "later".into(), ..Default::default() },
    };
    let report = |run, subjects: &[&str], now| {
        let all: Vec<_> = subjects.iter().map(|s| at(s)).collect();
        async move { store.report_problems(place.connection, "f", run, &all, now).await.unwrap() }
    };
    report(1, &["a", "b", "a"], NOON).await;
    report(2, &["b"], NOON + 1).await;
    store.clear_problems(place.connection, "f", 2, &["a", "b"], NOON + 2).await.unwrap();
    let open = store.problems(None, false).await.unwrap();
    assert_eq!((open.len(), open[0].subject.as_str(), open[0].seen_count), (1, "b", 2));
    report(3, &["a"], NOON + 3).await;
    let open = store.problems(Some(place.connection), false).await.unwrap();
    let a = open.iter().find(|p| p.subject == "a").unwrap();
    assert_eq!((a.first_seen, a.seen_count, a.cleared_at), (NOON + 3, 1, None), "it came back as a new one");
    assert!(store.problems(Some(place.other_connection), true).await.unwrap().is_empty());
}

pub(crate) async fn clients_take_turns(place: Place) {
    let store = &place.store;
    for connection in 100..110 {
        store.set_due(connection, "orders", 1, NOON).await.unwrap();
    }
    store.set_due(200, "orders", 2, NOON + 5).await.unwrap();
    store.set_due(300, "orders", 3, NOON + 6).await.unwrap();
    let now = NOON + MINUTE;
    let claimed = store.claim_due("w", now, now + MINUTE, 3).await.unwrap();
    let clients: Vec<i64> = claimed.iter().map(|due| due.client_id).collect();
    assert_eq!(clients, [1, 2, 3]);
    store.set_due(201, "orders", 2, NOON + 50).await.unwrap();
    store.finish_due(&claimed[1], now + DAY, false).await.unwrap();
    let next = store.claim_due("w", now, now + MINUTE, 1).await.unwrap();
    assert_eq!(next[0].client_id, 2, "what runs already counts: client 1 has one under way");
}

pub(crate) async fn a_beat_is_claimed_once_and_again_after_its_lease(place: Place) {
    let store = &place.store;
    store.set_due(1, "orders", 1, NOON).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(NOON));
    assert!(store.claim_due("a", NOON - 1, NOON, 9).await.unwrap().is_empty());
    let (one, two) = tokio::join!(store.claim_due("a", NOON, NOON + 10, 9), store.claim_due("b", NOON, NOON + 10, 9));
    let mut claims = one.unwrap();
    claims.extend(two.unwrap());
    assert_eq!(claims.len(), 1);
    assert_eq!(store.next_due().await.unwrap(), Some(NOON + 10), "the end of the lease");
    let taken_over = store.claim_due("c", NOON + 10, NOON + 20, 9).await.unwrap();
    assert_eq!(taken_over[0].fence, claims[0].fence + 1);
    assert!(matches!(store.renew_due(&claims[0], NOON + 99).await, Err(StoreError::Fence { .. })));
    store.finish_due(&claims[0], NOON + DAY, false).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(NOON + 20), "the loser changes nothing");
    store.finish_due(&taken_over[0], NOON + HOUR, true).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(NOON + HOUR));
    let again = store.claim_due("d", NOON + HOUR, NOON + 2 * HOUR, 9).await.unwrap();
    assert_eq!(again[0].failures, 1);
    store.finish_due(&again[0], NOON + DAY, false).await.unwrap();
    assert_eq!(store.claim_due("d", NOON + DAY, NOON + 2 * DAY, 9).await.unwrap()[0].failures, 0);
    store.remove_due(1, "orders").await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub(crate) async fn usage_adds_up_per_client_and_day(place: Place) {
    let one = Usage { client_id: 1, invocations: 1, cpu_us: 10, calls: 2, bytes_out: 3, bytes_in: 4, day: 0 };
    let counts = json!({});
    for now in [NOON, NOON + HOUR, NOON + DAY] {
        let run = place.run_of(place.connection, now).await;
        let end =
            RunEnd { state: RunState::Done, counts: &counts, report: None, problem: None, usage: Some(&one), now };
        place.store.end_run(&run, &end).await.unwrap();
    }
    let usage = place.store.usage(NOON).await.unwrap();
    let day = NOON / DAY;
    assert_eq!(usage.len(), 2);
    assert_eq!(usage[0], Usage { day, invocations: 2, cpu_us: 20, calls: 4, bytes_out: 6, bytes_in: 8, client_id: 1 });
    assert_eq!(place.store.usage(NOON + DAY).await.unwrap(), [Usage { day: day + 1, ..one }]);
}

pub(crate) async fn requests_are_logged_in_order_and_pruned(place: Place) {
    let request = |run_id, at, operation: &str, status| LoggedRequest {
        connection_id: place.connection,
        run_id,
        at,
        operation: operation.into(),
        outcome: "answered".into(),
        status,
        duration_ms: 5,
        bytes_out: 1,
        bytes_in: 2,
    };
    let all = [request(1, NOON, "b", Some(200)), request(1, NOON, "a", None), request(2, NOON + 1, "c", Some(429))];
    place.store.log_requests(&all).await.unwrap();
    assert_eq!(place.store.requests(1).await.unwrap(), all[..2]);
    let broken_off = place.run_of(place.connection, NOON).await;
    let recent = place.run_of(place.other_connection, NOON + DAY).await;
    place.store.prune_logs(NOON + 1, NOON + 1).await.unwrap();
    assert!(place.store.requests(1).await.unwrap().is_empty());
    assert_eq!(place.store.requests(2).await.unwrap(), all[2..]);
    assert!(place.store.run(broken_off.id).await.is_err(), "a run without an end is old, too");
    assert!(place.store.run(recent.id).await.is_ok());
}

pub(crate) async fn storage_of_another_version_is_emptied(place: Place) {
    let (store, connection) = (&place.store, place.connection);
    let run = place.run_of(connection, NOON).await;
    let staged = |generation, storage_version, set: &[(&str, &str)], delete: &[&str]| StagedStorage {
        flow: "f".into(),
        generation,
        storage_version,
        set: set.iter().map(|(k, v)| ((*k).to_owned(), v.as_bytes().to_vec())).collect(),
        delete: delete.iter().map(|k| (*k).to_owned()).collect(),
        quota: 1000,
    };
    store.commit_storage(&run, &staged(0, 1, &[("a", "1"), ("b", "2"), ("a", "3")], &[])).await.unwrap();
    let namespace = store.storage_namespace(connection, "f", 1).await.unwrap();
    assert_eq!(namespace, Namespace { generation: 1, bytes: 4 });
    store.commit_storage(&run, &staged(1, 1, &[], &["b"])).await.unwrap();
    let keys = ["a".to_owned(), "b".to_owned()];
    assert_eq!(store.storage_get(connection, "f", &keys).await.unwrap(), [Some(b"3".to_vec()), None]);
    let emptied = store.storage_namespace(connection, "f", 2).await.unwrap();
    assert_eq!(emptied, Namespace { generation: 3, bytes: 0 });
    let late = store.commit_storage(&run, &staged(2, 1, &[("a", "old")], &[])).await;
    assert!(matches!(late, Err(StoreError::StorageMoved { .. })), "what was computed on the old contents is refused");
    store.commit_storage(&run, &staged(3, 2, &[("a", "new")], &[])).await.unwrap();
    assert_eq!(store.storage_namespace(connection, "f", 2).await.unwrap().generation, 4);
}
