use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::*;
use futures::FutureExt as _;
use harness_capability::clock::Clock;
use harness_capability::http::{Ended, HttpLimits};
use harness_capability::{LimitExceeded, LimitKind};
use harness_contract::http::{HttpError, Request};

#[tokio::test]
async fn the_call_past_the_limit_ends_the_run() {
    let server = Server::start(|_, _| ok("")).await;
    let mut bench = Bench::new(&plain(), &server);
    bench.spec.limits.calls = 2;
    let invocation = bench.invocation();
    for _ in 0..2 {
        invocation.send(request("read")).await.unwrap().unwrap();
    }
    let ended = invocation.send(request("read")).await.unwrap_err();
    assert_eq!(ended, Ended::Limit(LimitExceeded { kind: LimitKind::HttpCalls, limit: 2 }));
    assert_eq!(server.seen().len(), 2);
    assert!(bench.send("read").await.is_ok(), "another invocation has its own");
}

#[tokio::test]
async fn repeats_by_the_host_count_as_calls() {
    let server = Server::start(|_, _| status(503)).await;
    let mut bench = Bench::new(&plain(), &server);
    bench.spec.limits.calls = 2;
    let invocation = bench.invocation();
    assert!(bench.drive(invocation.send(request("read"))).await.is_err());
    assert_eq!(invocation.usage().calls["read"], 2);
}

#[tokio::test]
async fn bytes_past_the_limit_end_the_run() {
    let server = Server::start(|_, _| ok(&"x".repeat(60))).await;
    let mut bench = Bench::new(&plain(), &server);
    bench.spec.limits.bytes = 100;
    let invocation = bench.invocation();
    invocation.send(request("read")).await.unwrap().unwrap();
    let ended = invocation.send(request("read")).await.unwrap_err();
    assert_eq!(ended, Ended::Limit(LimitExceeded { kind: LimitKind::HttpBytes, limit: 100 }));
    assert_eq!((invocation.usage().bytes_out, invocation.usage().bytes_in), (4, 120));
}

#[tokio::test]
async fn answers_that_are_under_way_together_stay_within_the_bytes_of_the_invocation() {
    let part = |size: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{}", "x".repeat(size));
    // None of them ever ends.
    let server = Server::start(move |_, _| Reply::Raw(part(60))).await;
    let mut bench = Bench::new(&plain(), &server);
    bench.spec.limits.bytes = 1_000;
    let invocation = bench.invocation();
    let all = futures::future::try_join_all((0..20).map(|_| invocation.send(request("write"))));
    let ended = all.await.unwrap_err();
    assert_eq!(ended, Ended::Limit(LimitExceeded { kind: LimitKind::HttpBytes, limit: 1_000 }));
    assert!(invocation.usage().bytes_in <= 1_020, "{:?}", invocation.usage());
}

#[tokio::test]
async fn the_bytes_of_an_answer_that_is_too_large_or_cut_off_count() {
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n", "x".repeat(1_001));
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart".to_owned();
    for (reply, bytes) in [(Reply::Raw(chunked), 1_001), (Reply::Cut(cut), 4)] {
        let server = Server::start(move |_, _| reply.clone()).await;
        let bench = Bench::new(&plain(), &server);
        let invocation = bench.invocation();
        assert!(bench.drive(invocation.send(request("write"))).await.unwrap().is_err());
        assert_eq!(invocation.usage().bytes_in, bytes);
    }
}

#[tokio::test]
async fn session_exchanges_count_as_calls_and_bytes_of_who_needed_them() {
    let server = Server::start(|seen, _| match seen.path() {
        "/exchange" => session("token-of-the-session", "https://eu.example.net"),
        _ => ok(""),
    })
    .await;
    let mut bench = Bench::new(&authenticated(), &server);
    bench.spec.limits.calls = 2;
    let (first, second) = (bench.invocation(), bench.invocation());
    first.send(request("read")).await.unwrap().unwrap();
    let usage = first.usage();
    assert_eq!((usage.exchanges, usage.calls["read"]), (1, 1));
    assert!(usage.bytes_in > 0 && usage.bytes_out > 2, "{usage:?}");
    let ended = first.send(request("read")).await.unwrap_err();
    assert_eq!(ended, Ended::Limit(LimitExceeded { kind: LimitKind::HttpCalls, limit: 2 }));
    for _ in 0..2 {
        second.send(request("read")).await.unwrap().unwrap();
    }
    assert_eq!(second.usage().exchanges, 0, "the session was there");
}

#[tokio::test]
async fn bodies_of_requests_that_wait_for_their_turn_count_already() {
    let server = Server::start(|_, _| Reply::Hang).await;
    let mut bench = Bench::new(&plain(), &server);
    bench.spec.limits = HttpLimits { at_once: 1, bytes: 100, ..HttpLimits::default() };
    let invocation = bench.invocation();
    let large = || Request { body: Some(vec![b'x'; 60]), ..request("write") };
    let first = invocation.send(large());
    tokio::pin!(first);
    assert!((&mut first).now_or_never().is_none(), "it is under way");
    let second = invocation.send(large()).now_or_never().expect("it does not wait to be refused");
    assert_eq!(second.unwrap_err(), Ended::Limit(LimitExceeded { kind: LimitKind::HttpBytes, limit: 100 }));
}

#[tokio::test]
async fn no_more_than_the_limit_are_under_way_at_once() {
    let (most, now) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let server = Server::start(|_, _| ok("")).await;
    let mut bench = Bench::new(&plain(), &server);
    bench.spec.limits = HttpLimits { at_once: 3, ..HttpLimits::default() };
    let invocation = bench.invocation();
    let all = futures::future::join_all((0..20).map(|_| invocation.send(request("read"))));
    tokio::pin!(all);
    loop {
        now.store(bench.http.in_flight(), Ordering::SeqCst);
        most.fetch_max(now.load(Ordering::SeqCst), Ordering::SeqCst);
        tokio::select! {
            biased;
            _ = &mut all => break,
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert_eq!(server.seen().len(), 20);
}

#[tokio::test]
async fn a_write_leaves_only_when_the_lease_outlives_it() {
    let server = Server::start(|_, _| ok("")).await;
    let mut bench = Bench::new(&plain(), &server);
    let now = bench.clock.now_ms();
    // The operation may take 2 s, the margin is 5 s.
    bench.spec.lease = Some(Arc::new(move || now + 6_999));
    assert!(matches!(bench.send("write").await, Err(HttpError::NotSent(_))));
    assert!(bench.send("read").await.is_ok(), "a read harms nobody");
    bench.spec.lease = Some(Arc::new(move || now + 7_000));
    assert!(bench.send("write").await.is_ok());
    assert_eq!(server.paths(), ["/v1/read", "/v1/write"]);
}
