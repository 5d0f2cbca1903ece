use super::support::*;
use harness_capability::clock::Clock;
use harness_capability::http::egress::OperatorEgress;
use harness_contract::http::HttpError;
use harness_contract::manifest::{Effect, Operation};

#[tokio::test]
async fn every_status_is_an_answer() {
    let server = Server::start(|_, _| status(404)).await;
    assert_eq!(Bench::new(&plain(), &server).send("write").await.unwrap().status, 404);
}

#[tokio::test]
async fn a_refused_connection_is_not_sent_and_is_tried_three_times() {
    let origin = format!("http://{}", closed_port().await);
    let stand_ins = [("api.example.net".to_owned(), origin)].into();
    let operator = OperatorEgress { allow_loopback: true, stand_ins, ..OperatorEgress::default() };
    let bench = Bench::with(&plain(), operator, Names::default());
    let began = bench.clock.now_ms();
    assert!(matches!(bench.send("write").await, Err(HttpError::NotSent(_))));
    let attempts = bench.events().iter().filter(|event| event.starts_with("write NotSent")).count();
    assert_eq!(attempts, 3);
    assert_eq!(bench.clock.now_ms() - began, 1_250, "back-off goes by the host's clock");
}

#[tokio::test]
async fn an_unknown_name_is_not_sent() {
    let bench = Bench::with(&plain(), OperatorEgress::default(), Names::default());
    assert!(matches!(bench.send("write").await, Err(HttpError::NotSent(_))));
}

#[tokio::test]
async fn a_write_that_is_cut_off_has_an_unknown_outcome_and_is_sent_once() {
    for partial in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart"] {
        let server = Server::start(move |_, _| Reply::Cut(partial.to_owned())).await;
        let result = Bench::new(&plain(), &server).send("write").await;
        assert!(matches!(result, Err(HttpError::OutcomeUnknown(_))), "{partial:?}: {result:?}");
        assert_eq!(server.seen().len(), 1, "{partial:?}");
    }
}

#[tokio::test]
async fn a_read_that_is_cut_off_or_fails_is_repeated() {
    let server = Server::start(|_, count| match count {
        0 => Reply::Cut(String::new()),
        1 => status(503),
        _ => ok("at last"),
    })
    .await;
    assert_eq!(Bench::new(&plain(), &server).send("read").await.unwrap().body, b"at last");
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_write_that_fails_at_the_source_is_not_repeated() {
    let server = Server::start(|_, _| status(503)).await;
    assert_eq!(Bench::new(&plain(), &server).send("write").await.unwrap().status, 503);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn no_answer_within_the_time_limit_is_an_unknown_outcome() {
    let server = Server::start(|_, _| Reply::Hang).await;
    let slow = Operation { time_limit: 50, ..operation("write", Effect::Write) };
    let result = Bench::new(&description(vec![slow]), &server).send("write").await;
    assert!(matches!(result, Err(HttpError::OutcomeUnknown(_))), "{result:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_time_limit_includes_the_last_byte() {
    let server = Server::start(|_, _| Reply::Raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart".into())).await;
    let slow = Operation { time_limit: 50, ..operation("write", Effect::Write) };
    let result = Bench::new(&description(vec![slow]), &server).send("write").await;
    assert!(matches!(result, Err(HttpError::OutcomeUnknown(_))), "{result:?}");
}

#[tokio::test]
async fn an_answer_over_the_size_limit_is_too_large_whether_announced_or_not() {
    for (reply, large) in [
        (ok(&"x".repeat(1_000)), false),
        (ok(&"x".repeat(1_001)), true),
        (Reply::Raw("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".into()), true),
        (
            Reply::Raw(format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n",
                "x".repeat(1_001)
            )),
            true,
        ),
    ] {
        let server = Server::start(move |_, _| reply.clone()).await;
        let result = Bench::new(&plain(), &server).send("read").await;
        assert_eq!(matches!(result, Err(HttpError::TooLarge(1_000))), large, "{result:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_429_closes_the_group_on_the_host_clock_and_the_call_is_repeated() {
    for (header, waited) in [
        (vec![("retry-after", "30".to_owned())], 30_000),
        (vec![], 60_000),
        (vec![("retry-after", "0".to_owned())], 60_000),
    ] {
        let server = Server::start(move |_, count| match count {
            0 => Reply::Answer(429, header.clone(), String::new()),
            _ => ok("now"),
        })
        .await;
        let bench = Bench::new(&plain(), &server);
        let (began, invocation) = (bench.clock.now_ms(), bench.invocation());
        let response = bench.drive(invocation.send(request("write"))).await.unwrap().unwrap();
        assert_eq!(response.body, b"now");
        assert_eq!(bench.clock.now_ms() - began, waited);
        assert_eq!(invocation.usage().waited_ms, waited as u64);
    }
}

#[tokio::test]
async fn a_wait_beyond_the_invocation_is_told_as_the_instant_at_which_there_is_budget() {
    let server = Server::start(|_, _| Reply::Answer(429, vec![("retry-after", "600".into())], String::new())).await;
    let bench = Bench::new(&plain(), &server);
    let opens = bench.clock.now_ms() + 600_000;
    assert_eq!(bench.send("write").await, Err(HttpError::RateBudgetSpent(opens)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn never_more_calls_than_the_limit_in_a_window() {
    let server = Server::start(|_, _| ok("")).await;
    let slow = Operation { calls_per_minute: 5, ..operation("read", Effect::Read) };
    let bench = Bench::new(&description(vec![slow]), &server);
    let began = bench.clock.now_ms();
    let invocation = bench.invocation();
    bench.drive(futures::future::join_all((0..12).map(|_| invocation.send(request("read"))))).await;
    assert_eq!(server.seen().len(), 12);
    assert_eq!(bench.clock.now_ms() - began, 2 * 61_000);
}

#[tokio::test]
async fn a_call_that_moves_stock_is_told_before_it_leaves_and_when_it_has_ended() {
    let server = Server::start(|_, _| ok("")).await;
    let mut description = plain();
    description.operations.push(Operation { moves_stock: true, ..operation("process", Effect::Write) });
    let mut bench = Bench::new(&description, &server);
    bench.spec.account = Some("acme".to_owned());
    bench.send("write").await.unwrap();
    assert!(!bench.events().iter().any(|event| event.contains("\"acme\" moves")), "{:?}", bench.events());
    bench.send("process").await.unwrap();
    let events = bench.events();
    let at = |text: &str| events.iter().rposition(|event| event.contains(text)).unwrap();
    let moves: Vec<usize> = (0..events.len()).filter(|at| events[*at].contains("\"acme\" moves")).collect();
    assert!(
        matches!(moves[..], [before, after] if before < at("sending") && at("process Status(200)") < after),
        "{events:?}"
    );
}
