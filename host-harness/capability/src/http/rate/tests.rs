use super::*;
use crate::clock::VirtualClock;
use futures::future::join_all;
use proptest::prelude::*;

fn key(account: &str) -> GroupKey {
    GroupKey { application: "app".into(), account: account.into(), group: "g".into() }
}

/// Drives the clock from waiter to waiter until `work` is done.
async fn drive<T>(clock: &VirtualClock, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::task::yield_now() => {}
        }
        if let Some(next) = clock.next_waiter() {
            clock.advance_to(next);
        }
    }
}

proptest! {
    #[test]
    fn never_more_than_the_limit_in_any_window(limit in 1u32..40, gaps in prop::collection::vec(0i64..4_000, 1..400)) {
        let mut log = SlidingLog::new(limit);
        let mut now = 0;
        let mut sent: Vec<i64> = Vec::new();
        for gap in gaps {
            now += gap;
            // Take when it is free, and check that the instant that is named is the first at which it is.
            let free = log.free_at(now, 0);
            if free > now {
                prop_assert!(!log.clone().take(free - 1));
                now = free;
            }
            prop_assert!(log.take(now));
            sent.push(now);
        }
        for (index, start) in sent.iter().enumerate() {
            let inside = sent.iter().skip(index).take_while(|&&at| at < start + WINDOW).count();
            prop_assert!(inside <= limit as usize, "{inside} calls from {start}");
        }
    }

    #[test]
    fn the_place_in_the_queue_foretells_the_instant(limit in 1u32..10, ahead in 0usize..40, used in 0usize..10) {
        let mut log = SlidingLog::new(limit);
        let mut now = 0;
        for _ in 0..used {
            now = log.free_at(now, 0) + 7;
            log.take(now);
        }
        let foretold = log.free_at(now, ahead);
        let mut at = now;
        for _ in 0..=ahead {
            at = log.free_at(at, 0);
            prop_assert!(log.take(at));
        }
        prop_assert_eq!(foretold, at);
    }
}

#[test]
fn a_busy_sender_gets_at_least_95_percent_of_the_limit() {
    for limit in [1u32, 15, 150, 250] {
        let mut log = SlidingLog::new(limit);
        let (mut now, mut calls) = (0, 0u32);
        while now < 3_600_000 {
            now = log.free_at(now, 0);
            if now < 3_600_000 && log.take(now) {
                calls += 1;
            }
        }
        assert!(f64::from(calls) >= 0.95 * 60.0 * f64::from(limit), "{calls} of {} with {limit} a minute", 60 * limit);
    }
}

#[tokio::test]
async fn connections_of_one_account_share_a_budget_and_accounts_do_not() {
    let clock = Arc::new(VirtualClock::new(0));
    let groups = RateGroups::new(clock.clone());
    for _ in 0..3 {
        assert_eq!(groups.acquire(&key("a"), 3, Priority::Stock, 0).await, Ok(0));
    }
    assert_eq!(groups.acquire(&key("a"), 3, Priority::Stock, WINDOW - 1).await, Err(BudgetSpent(WINDOW)));
    assert_eq!(groups.acquire(&key("b"), 3, Priority::Stock, 0).await, Ok(0));
    let waited = drive(&clock, groups.acquire(&key("a"), 3, Priority::Stock, WINDOW)).await;
    assert_eq!(waited, Ok(WINDOW));
}

#[tokio::test]
async fn despatch_goes_before_stock_and_age_beats_priority() {
    let clock = Arc::new(VirtualClock::new(0));
    let groups = RateGroups::new(clock.clone());
    let a = key("a");
    groups.acquire(&a, 1, Priority::Import, 0).await.unwrap();
    let order = Mutex::new(Vec::new());
    let wait = |name: &'static str, priority, from| {
        let (groups, clock, order, a) = (&groups, &clock, &order, &a);
        async move {
            clock.sleep_until(from).await;
            groups.acquire(a, 1, priority, i64::MAX).await.unwrap();
            order.lock().unwrap().push(name);
        }
    };
    // The reconcile run waits from the beginning; five steps behind despatch, it is as urgent after 150 seconds.
    let mut work: Vec<futures::future::BoxFuture<'_, ()>> = vec![
        Box::pin(wait("reconcile", Priority::Reconcile, 0)),
        Box::pin(wait("stock", Priority::Stock, 0)),
        Box::pin(wait("despatch 1", Priority::Despatch, 1)),
    ];
    for index in 0..8 {
        let name = ["d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9"][index];
        work.push(Box::pin(wait(name, Priority::Despatch, 40_000 * (index as i64 + 1))));
    }
    drive(&clock, join_all(work)).await;
    let order = order.into_inner().unwrap();
    let place = |name: &str| order.iter().position(|other| *other == name).unwrap();
    assert_eq!(order[0], "despatch 1");
    assert!(place("stock") < place("reconcile"), "{order:?}");
    assert!(place("reconcile") < place("d9"), "{order:?}");
}

#[tokio::test]
async fn waiters_of_one_priority_are_served_in_the_order_of_asking() {
    let clock = Arc::new(VirtualClock::new(0));
    let groups = RateGroups::new(clock.clone());
    let (a, order) = (key("a"), Mutex::new(Vec::new()));
    let work = join_all((0..50).map(|index| {
        let (groups, a, order) = (&groups, &a, &order);
        async move {
            let at = groups.acquire(a, 7, Priority::Import, i64::MAX).await.unwrap();
            order.lock().unwrap().push((at, index));
        }
    }));
    drive(&clock, work).await;
    let order = order.into_inner().unwrap();
    assert_eq!(order.iter().map(|(_, index)| *index).collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
    assert_eq!(order[49].0, 7 * WINDOW);
}

#[tokio::test]
async fn a_closed_group_sends_nothing_and_who_cannot_wait_is_told_at_once() {
    let clock = Arc::new(VirtualClock::new(1_000));
    let groups = RateGroups::new(clock.clone());
    let a = key("a");
    assert_eq!(groups.close(&a, 100, Some(20)), 21_000);
    assert_eq!(groups.acquire(&a, 100, Priority::Despatch, 20_999).await, Err(BudgetSpent(21_000)));
    assert_eq!(groups.close(&a, 100, Some(0)), 61_000, "a proxy's 0 means that it does not know");
    assert_eq!(groups.close(&a, 100, None), 61_000);
    assert_eq!(groups.close(&a, 100, Some(u64::MAX)), 61_000);
    assert_eq!(groups.close(&a, 100, Some(99_999_999)), 1_000 + LONGEST_CLOSURE);
}

#[tokio::test]
async fn a_waiter_learns_of_a_closure_that_comes_while_it_waits() {
    let clock = Arc::new(VirtualClock::new(0));
    let groups = Arc::new(RateGroups::new(clock.clone()));
    groups.acquire(&key("a"), 1, Priority::Import, 0).await.unwrap();
    let waiting = tokio::spawn({
        let groups = groups.clone();
        async move { groups.acquire(&key("a"), 1, Priority::Import, WINDOW).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(clock.next_waiter(), Some(WINDOW));
    groups.close(&key("a"), 1, Some(600));
    assert_eq!(waiting.await.unwrap(), Err(BudgetSpent(600_000)));
    assert_eq!(clock.waiting(), 0);
}

#[tokio::test]
async fn who_gives_up_takes_no_call_from_the_others() {
    let clock = Arc::new(VirtualClock::new(0));
    let groups = RateGroups::new(clock.clone());
    let a = key("a");
    groups.acquire(&a, 1, Priority::Import, 0).await.unwrap();
    {
        let urgent = groups.acquire(&a, 1, Priority::Despatch, i64::MAX);
        tokio::pin!(urgent);
        assert!(futures::poll!(&mut urgent).is_pending());
    }
    assert_eq!(drive(&clock, groups.acquire(&a, 1, Priority::Reconcile, WINDOW)).await, Ok(WINDOW));
}

#[test]
fn a_clock_that_is_set_back_does_not_block_a_group() {
    let mut log = SlidingLog::new(1);
    assert!(log.take(10_000_000));
    log.settle(1_000);
    assert_eq!(log.free_at(1_000, 0), 1_000 + WINDOW);
}
