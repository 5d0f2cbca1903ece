//! The scheduler outlives what goes wrong around it, says so, and forgets what is old.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::Stub;
use harness_capability::clock::{Clock as _, VirtualClock};
use harness_contract::types::Mode;
use harness_wms::{RunEnd, RunMode, RunState, StoreError};
use host_harness::config::{Config, Schedule};
use host_harness::console;
use host_harness::flow::import_orders::{self, FLOW, Scope};
use host_harness::platform::Platform;
use host_harness::schedule::{self, Health};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const DAY: i64 = 86_400_000;
const NOW: i64 = 1_772_366_400_000;

struct Host {
    platform: Platform,
    clock: Arc<VirtualClock>,
    health: Health,
    folder: tempfile::TempDir,
}

impl Host {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(VirtualClock::new(NOW));
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let platform = Platform::open_with(config, clock.clone()).await.unwrap();
        Self { platform, clock, health: Health::default(), folder }
    }

    /// Has the scheduler work until `seen`, moving the clock whenever it waits.
    async fn until(&self, seen: impl AsyncFn() -> bool) {
        let work = schedule::run(&self.platform, &self.health);
        let drive = async {
            while !seen().await {
                tokio::time::sleep(Duration::from_millis(2)).await;
                if let Some(next) = self.clock.next_waiter() {
                    self.clock.advance_to(next);
                }
            }
        };
        tokio::select! {
            () = work => panic!("the scheduler ended by itself"),
            () = drive => {}
        }
    }

    async fn sql(&self, text: &'static str) {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}", self.folder.path().join("harness.db").display());
        let pool = sqlx::AnyPool::connect(&url).await.unwrap();
        sqlx::query(text).execute(&pool).await.unwrap();
        pool.close().await;
    }

    fn trouble(&self) -> Option<String> {
        self.health.trouble(self.clock.now_ms())
    }
}

#[tokio::test]
async fn an_error_of_the_database_does_not_end_the_scheduler_and_is_told_while_it_lasts() {
    let host = Host::new().await;
    assert!(host.trouble().is_some(), "it has not begun");
    host.until(async || host.trouble().is_none()).await;
    host.sql("ALTER TABLE due_times RENAME TO away").await;
    host.until(async || host.trouble().is_some_and(|text| text.contains("due_times"))).await;
    host.sql("ALTER TABLE away RENAME TO due_times").await;
    host.until(async || host.trouble().is_none()).await;
    host.clock.advance_to(host.clock.now_ms() + 120_000);
    assert!(host.trouble().unwrap().contains("has not looked for"));
}

#[tokio::test]
async fn the_scheduler_ends_when_it_is_told_to() {
    let host = Host::new().await;
    host.platform.stop.ask();
    schedule::run(&host.platform, &host.health).await;
}

#[tokio::test]
async fn a_run_that_is_broken_off_with_a_call_under_way_holds_its_lease_for_two_minutes() {
    // It never answers, and no time is given after the word to stop.
    let stub = Stub::start(None).await;
    let config = Config { schedule: Schedule { grace_seconds: 0, ..Schedule::default() }, ..Config::default() };
    let misdeed = json!({ "misbehave": "send", "in": "fetch", "operation": "write" });
    let host = common::host("misbehaving", "misbehaving.example", &stub, misdeed, config).await;
    let store = &host.platform.store;
    let stop = async {
        while stub.asked().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        host.platform.stop.ask();
        host.platform.now()
    };
    let (ran, told) = tokio::join!(import_orders::run(&host.platform, &host.connection, Mode::Apply, Scope::New), stop);
    let ran = ran.unwrap();
    assert_eq!((ran.state, stub.asked()), (RunState::Stopped, vec!["POST /write".to_owned()]));
    let free = ran.go_on_at.unwrap();
    assert!(free >= told + 120_000, "{free} is too soon after {told}");
    let begin = |now| store.begin_run(host.connection.id, FLOW, RunMode::Apply, "the next", now, now);
    let early = begin(free - 1).await.unwrap_err();
    assert!(matches!(early, StoreError::InDoubt { until, .. } if until == free), "{early}");
    begin(free).await.unwrap();
}

#[tokio::test]
async fn runs_are_forgotten_after_ninety_days() {
    let host = Host::new().await;
    let store = &host.platform.store;
    let counts = json!({});
    for (connection, at) in [(1, NOW - 91 * DAY), (2, NOW - 89 * DAY)] {
        let run = store.begin_run(connection, "f", RunMode::Apply, "test", at, at).await.unwrap();
        let end = RunEnd { state: RunState::Done, counts: &counts, report: None, problem: None, usage: None, now: at };
        store.end_run(&run, &end).await.unwrap();
    }
    host.until(async || store.runs(None, 10).await.unwrap().len() == 1).await;
    assert_eq!(store.runs(None, 10).await.unwrap()[0].connection_id, 2);
    host.clock.advance_to(NOW + 2 * DAY);
    host.until(async || store.runs(None, 10).await.unwrap().is_empty()).await;
}

#[tokio::test]
async fn healthz_says_that_the_scheduler_does_not_work() {
    let host = Host::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asking = async {
        let before = get(address).await;
        host.until(async || host.trouble().is_none()).await;
        let while_it_works = get(address).await;
        host.platform.stop.ask();
        (before, while_it_works)
    };
    let (served, (before, while_it_works)) =
        tokio::join!(console::serve(&host.platform, listener, host.health.clone()), asking);
    served.unwrap();
    assert!(before.starts_with("HTTP/1.1 503") && before.contains("has not begun"), "{before}");
    assert!(while_it_works.starts_with("HTTP/1.1 200"), "{while_it_works}");
}

async fn get(address: std::net::SocketAddr) -> String {
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    text
}
