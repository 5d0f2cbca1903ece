use super::support::*;
use harness_capability::clock::Clock;
use harness_capability::http::{CrashPoint, Draw, EXCHANGE, Ended, Fault, Rule};
use harness_contract::http::HttpError;

fn rule(operation: Option<&str>, nth: Option<u64>, fault: Fault) -> Rule {
    Rule { operation: operation.map(str::to_owned), nth, fault }
}

#[tokio::test]
async fn a_crash_ends_the_run_before_or_after_the_source_has_done_it() {
    let server = Server::start(|_, _| ok("")).await;
    let bench = Bench::new(&plain(), &server);
    bench.faults.add(rule(Some("write"), Some(1), Fault::Crash(CrashPoint::BeforeSending)));
    bench.faults.add(rule(Some("write"), Some(2), Fault::Crash(CrashPoint::AfterAnswer)));
    let crash = async || bench.invocation().send(request("write")).await.unwrap_err();
    assert_eq!(crash().await, Ended::Crash(CrashPoint::BeforeSending));
    assert_eq!(server.seen().len(), 0);
    assert_eq!(crash().await, Ended::Crash(CrashPoint::AfterAnswer));
    assert_eq!(server.seen().len(), 1);
    assert!(bench.send("write").await.is_ok());
    assert_eq!(bench.faults.calls()["write"], 3);
}

#[tokio::test]
async fn a_crash_after_the_answer_was_seen_leaves_a_session_that_the_guest_never_got() {
    let server =
        Server::start(
            |seen, _| {
                if seen.line.contains("/exchange") { session("t", "https://eu.example.net") } else { ok("") }
            },
        )
        .await;
    let bench = Bench::new(&authenticated(), &server);
    for operation in [EXCHANGE, "read"] {
        bench.faults.add(rule(Some(operation), Some(1), Fault::Crash(CrashPoint::AnswerSeen)));
        assert_eq!(bench.invocation().send(request("read")).await, Err(Ended::Crash(CrashPoint::AnswerSeen)));
    }
    assert_eq!(server.paths().len(), 3, "{:?}", server.paths());
}

#[tokio::test]
async fn a_lost_answer_leaves_a_write_in_doubt() {
    let server = Server::start(|_, _| ok("")).await;
    let bench = Bench::new(&plain(), &server);
    bench.faults.add(rule(Some("write"), None, Fault::LoseAnswer));
    assert!(matches!(bench.send("write").await, Err(HttpError::OutcomeUnknown(_))));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn statuses_refusals_and_delays_come_on_demand() {
    let server = Server::start(|_, _| ok("real")).await;
    let bench = Bench::new(&plain(), &server);
    let began = bench.clock.now_ms();
    let throttled = Fault::Status { status: 429, retry_after: Some("7".into()), body: String::new() };
    bench.faults.add(rule(None, Some(1), throttled));
    bench.faults.add(rule(None, Some(2), Fault::NotSent));
    bench.faults.add(rule(None, Some(3), Fault::Delay(500)));
    assert_eq!(bench.send("write").await.unwrap().body, b"real");
    assert_eq!(bench.clock.now_ms() - began, 7_000 + 250 + 500);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_draw_decides_about_the_calls_that_no_rule_is_for_until_all_is_forgotten() {
    let server = Server::start(|_, _| ok("real")).await;
    let bench = Bench::new(&plain(), &server);
    let began = bench.clock.now_ms();
    bench.faults.add(rule(Some("write"), Some(1), Fault::Delay(700)));
    bench.faults.draw(Draw::new(|operation| (operation == "write").then_some(Fault::Delay(40))));
    for _ in 0..3 {
        assert_eq!(bench.send("write").await.unwrap().body, b"real");
    }
    assert_eq!(bench.clock.now_ms() - began, 700 + 40 + 40);
    bench.faults.clear();
    assert_eq!(bench.send("write").await.unwrap().body, b"real");
    assert_eq!(bench.clock.now_ms() - began, 780);
}

#[tokio::test]
async fn the_exchange_can_be_struck_too() {
    let server = Server::start(|_, _| session("t", "https://eu.example.net")).await;
    let bench = Bench::new(&authenticated(), &server);
    bench.faults.add(rule(Some(EXCHANGE), Some(1), Fault::Crash(CrashPoint::AfterAnswer)));
    assert_eq!(bench.invocation().send(request("read")).await, Err(Ended::Crash(CrashPoint::AfterAnswer)));
    assert_eq!(server.paths(), ["/exchange"]);
}
