//! The misdeeds, one arm each.

use std::cell::RefCell;
use std::hint::black_box;

use crate::bindings::wasi::logging::logging::{Level, log};
use crate::bindings::wms::connector::http::{self, HttpError, Request};
use crate::bindings::wms::connector::{progress, storage};
use futures::future::join_all;

use crate::memory;
use crate::wishes::Wishes;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Does what the settings ask for. Returns what is worth telling; many never return.
pub(crate) async fn commit(wishes: &Wishes) -> Vec<String> {
    match wishes.misdeed() {
        // Time.
        "endless-loop" => endless_loop(),
        "endless-loop-of-host-calls" => loop {
            log(Level::Trace, "", "");
        },
        "endless-yielding" => loop {
            wit_bindgen::yield_async().await;
        },
        "wait-for-ever" => std::future::pending().await,

        // Memory.
        "recursion" => vec![recurse(0).to_string()],
        "memory-bomb" => memory_bomb(),
        "handle-bomb" => handle_bomb(wishes).await,
        "huge-result" => vec!["x".repeat(wishes.size(64 * MIB))],

        // Volume through the host.
        "huge-string-to-log" => {
            log(Level::Info, "huge", &"x".repeat(wishes.size(16 * MIB)));
            vec![]
        }
        "log-flood" => {
            let line = "x".repeat(wishes.size(64 * KIB));
            loop {
                log(Level::Info, "flood", &line);
            }
        }
        "progress-flood" => {
            for done in 0.. {
                progress::report(done, None);
            }
            vec![]
        }
        "huge-list-to-storage" => {
            let entries: Vec<_> = (0..wishes.times(100_000)).map(|number| (number.to_string(), vec![0; 100])).collect();
            vec![told(storage::set_many(&entries))]
        }
        "storage-flood" => storage_flood(wishes),
        "http-flood" => http_flood(wishes).await,

        // What is not allowed.
        "http-operation-not-in-table" => vec![send("not-in-table", 0).await],
        "write-in-plan" => vec![send("write", 0).await],
        "storage-bad-key" => bad_keys(),
        "keep" => vec![told(storage::set_many(&[(wishes.word("key").to_owned(), b"kept".to_vec())]))],
        "read-keys" => read_keys(wishes),
        "overwrite-keys" => each_key(wishes, |key| storage::set_many(&[(key, b"overwritten".to_vec())])),
        "delete-keys" => each_key(wishes, |key| storage::delete_many(&[key])),
        "send-operations" => {
            let mut answers = Vec::new();
            for operation in wishes.list("operations") {
                answers.push(send(&operation, 0).await);
            }
            answers
        }
        "send-parts" => send_parts(wishes).await,
        "log-lines" => {
            for line in wishes.list("lines") {
                log(Level::Error, &line, &line);
            }
            vec![]
        }
        "invalid-text" => vec![no_text()],
        "look-through-memory" => {
            let [pieces, planted] = ["pieces", "planted-pieces"].map(|field| memory::occurrences(&wishes.list(field)));
            vec![pieces.to_string(), planted.to_string()]
        }

        // Dying.
        "panic" => die(),
        "trap-mid-batch" => {
            let kept = storage::set_many(&[("trace".into(), b"left behind".to_vec())]);
            log(Level::Info, "trap-mid-batch", &told(kept));
            send(wishes.operation(), 0).await;
            die()
        }

        // Done where they belong, in `discover`, `fetch` and `acknowledge`.
        "pages-without-end" | "acknowledge-strangers" | "orders" | "orders-of-others" | "orders-twice" => {
            vec!["well-behaved".into()]
        }

        // Not misdeeds, but what tests look through.
        "echo-settings" => vec![wishes.text.clone()],
        "count" => vec![count()],
        "send" => sends(wishes).await,
        "sends-in-parallel" => in_parallel(wishes, wishes.times(20)).await,
        "" => vec!["well-behaved".into()],
        other => vec![format!("no such misdeed: {other}")],
    }
}

fn endless_loop() -> ! {
    let mut number = 0_u64;
    loop {
        number = black_box(number.wrapping_add(1));
    }
}

/// Not a tail call, so that each level keeps its place on the stack.
#[expect(unconditional_recursion, reason = "it is what is asked for")]
fn recurse(depth: u64) -> u64 {
    let here = black_box([depth; 16]);
    recurse(depth + 1) + here.iter().sum::<u64>()
}

fn memory_bomb() -> ! {
    let mut hoard = Vec::new();
    loop {
        // Not zero, or the memory would only be promised.
        hoard.push(black_box(vec![1_u8; MIB]));
    }
}

/// Panics with a message that is logged first, as a well-made connector does it.
#[expect(clippy::panic, reason = "it is what is asked for")]
fn die() -> ! {
    std::panic::set_hook(Box::new(|panic| log(Level::Critical, "panic", &panic.to_string())));
    panic!("a panic on purpose");
}

fn storage_flood(wishes: &Wishes) -> Vec<String> {
    let value = vec![0; wishes.size(64 * KIB)];
    for number in 0_u64.. {
        if let Err(error) = storage::set_many(&[(number.to_string(), value.clone())]) {
            return vec![number.to_string(), format!("{error:?}")];
        }
    }
    vec![]
}

async fn http_flood(wishes: &Wishes) -> Vec<String> {
    let mut number = 0;
    loop {
        let answer = send(wishes.operation(), number).await;
        // An answer that is no answer is where a host may stop it politely.
        if !answer.starts_with(|c: char| c.is_ascii_digit()) {
            return vec![number.to_string(), answer];
        }
        number += 1;
    }
}

async fn sends(wishes: &Wishes) -> Vec<String> {
    let mut answers = Vec::new();
    for number in 0..wishes.times(1) {
        answers.push(send(wishes.operation(), number).await);
    }
    answers
}

/// The answers in the order of their coming, which is what overlapping sends must not change.
async fn in_parallel(wishes: &Wishes, times: usize) -> Vec<String> {
    let answers = RefCell::new(Vec::new());
    join_all((0..times).map(async |number| {
        let body = Some(vec![b'x'; wishes.size(0)]).filter(|body| !body.is_empty());
        let query = vec![("n".into(), number.to_string())];
        let answer = answer(Request { operation: wishes.operation().into(), query, body }).await;
        answers.borrow_mut().push(format!("{number}: {answer}"));
    }))
    .await;
    answers.into_inner()
}

/// Begins sends, each held and none waited for.
async fn handle_bomb(wishes: &Wishes) -> Vec<String> {
    let mut held = Vec::new();
    for number in 0..wishes.times(1_000_000) {
        let mut one = Box::pin(send(wishes.operation(), number));
        let _ = futures::poll!(one.as_mut());
        held.push(one);
    }
    join_all(held).await
}

/// Sends one request with `n` in its query: the answer as `STATUS BODY`, or the error as `KIND: DETAIL`.
async fn send(operation: &str, number: usize) -> String {
    let query = vec![("n".into(), number.to_string())];
    answer(Request { operation: operation.into(), query, body: None }).await
}

async fn answer(request: Request) -> String {
    match http::send(request).await {
        Ok(response) => format!("{} {}", response.status, String::from_utf8_lossy(&response.body)),
        Err(HttpError::Denied(why)) => format!("denied: {why}"),
        Err(HttpError::NotSent(why)) => format!("not-sent: {why}"),
        Err(HttpError::OutcomeUnknown(why)) => format!("outcome-unknown: {why}"),
        Err(HttpError::TooLarge(limit)) => format!("too-large: {limit}"),
        Err(HttpError::RateBudgetSpent(until)) => format!("rate-budget-spent: {until}"),
    }
}

fn bad_keys() -> Vec<String> {
    let keys = [String::new(), "k".repeat(201), "line\nbreak".into()];
    keys.into_iter().map(|key| told(storage::set_many(&[(key, vec![])]))).collect()
}

/// Adds one to a number in the store: what a lost or a kept store looks like.
fn count() -> String {
    let stored = storage::get_many(&["count".into()]).ok().and_then(|values| values.into_iter().next().flatten());
    let text = stored.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let next = (text.parse::<u64>().unwrap_or_default() + 1).to_string();
    match storage::set_many(&[("count".into(), next.clone().into_bytes())]) {
        Ok(()) => next,
        Err(error) => format!("{error:?}"),
    }
}

/// What each key gives, asked for alone.
fn read_keys(wishes: &Wishes) -> Vec<String> {
    let one = |key: String| match storage::get_many(&[key]) {
        Ok(values) => match values.into_iter().flatten().next() {
            Some(value) => format!("found {}", String::from_utf8_lossy(&value)),
            None => "nothing".into(),
        },
        Err(error) => format!("{error:?}"),
    };
    wishes.list("keys").into_iter().map(one).collect()
}

/// What doing `to` each key gives.
fn each_key(wishes: &Wishes, to: impl Fn(String) -> Result<(), storage::StorageError>) -> Vec<String> {
    wishes.list("keys").into_iter().map(|key| told(to(key))).collect()
}

/// Sends query and body as the settings have them: pairs of texts, and a text.
async fn send_parts(wishes: &Wishes) -> Vec<String> {
    let pairs = wishes.list("query");
    let query = pairs.chunks(2).map(|pair| match pair {
        [name, value] => (name.clone(), value.clone()),
        _ => (pair.concat(), String::new()),
    });
    let body = Some(wishes.word("body").as_bytes().to_vec()).filter(|body| !body.is_empty());
    vec![answer(Request { operation: wishes.operation().into(), query: query.collect(), body }).await]
}

/// A text that is none.
fn no_text() -> String {
    // SAFETY: there is none. Whoever reads it has to find out, which is what is asked for.
    unsafe { String::from_utf8_unchecked(vec![b'a', 0xff, 0xfe, b'b']) }
}

fn told(result: Result<(), storage::StorageError>) -> String {
    result.map_or_else(|error| format!("{error:?}"), |()| "taken".into())
}
