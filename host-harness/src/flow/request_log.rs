//! What the host notes of every call at a source: operation, outcome, time and size; never bodies or query values. And that stock
//! of an account was, or may have been, moved.
//!
//! Every call goes to the host's log, at level debug. Those of a run are held until it ends, and kept in the database where the
//! connection's switch `LogAPIRequests` is on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use harness_capability::clock::Clock;
use harness_capability::http::{CallSink, Ending, Finished};
use harness_wms::{Connection, LoggedRequest, Store, StoreResult};

/// Calls of one run that are held; what comes after is counted by the run itself and not kept.
const MOST: usize = 20_000;

/// Hears of each finished call.
pub struct RequestLog {
    store: Store,
    clock: Arc<dyn Clock>,
    held: Mutex<HashMap<i64, Vec<LoggedRequest>>>,
}

impl RequestLog {
    /// By the host's clock; moves of stock are counted in `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, held: Mutex::default() }
    }

    /// Keeps the calls of a run that has ended where the connection has them kept, and lets go of them otherwise.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, store: &Store, connection: &Connection, run: i64, now: i64) -> StoreResult<()> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&run);
        let Some(mut calls) = held else { return Ok(()) };
        if !store.keeps_requests(connection.id, now).await? {
            return Ok(());
        }
        calls.iter_mut().for_each(|call| call.connection_id = connection.id);
        store.log_requests(&calls).await
    }
}

fn ending(ending: Ending) -> (&'static str, Option<i64>) {
    match ending {
        Ending::Status(429) => ("throttled", Some(429)),
        Ending::Status(status) => ("answered", Some(i64::from(status))),
        Ending::Denied => ("denied", None),
        Ending::NotSent => ("not-sent", None),
        Ending::OutcomeUnknown => ("unknown", None),
        Ending::TooLarge => ("too-large", None),
    }
}

impl CallSink for RequestLog {
    fn finished(&self, finished: Finished<'_>) {
        tracing::debug!(
            target: "requests",
            tenant = finished.call.scope.tenant,
            connection = finished.call.scope.connection,
            run = finished.call.scope.run,
            operation = finished.call.operation,
            attempt = finished.call.attempt,
            ending = ?finished.ending,
            ms = finished.ms,
            bytes_in = finished.bytes_in,
            bytes_out = finished.bytes_out,
        );
        // Calls outside a run (a check) belong to nobody's log.
        let Ok(run) = finished.call.scope.run.parse::<i64>() else { return };
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let (outcome, status) = ending(finished.ending);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = held.entry(run).or_default();
        if calls.len() < MOST {
            calls.push(LoggedRequest {
                connection_id: 0,
                run_id: run,
                at: self.clock.now_ms(),
                operation: finished.call.operation.to_owned(),
                outcome: outcome.to_owned(),
                status,
                duration_ms: number(finished.ms),
                bytes_out: number(finished.bytes_out),
                bytes_in: number(finished.bytes_in),
            });
        }
    }

    fn moves_stock<'a>(&'a self, application: &'a str, account: &'a str) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let noted = self.store.stock_moved(application, account).await;
            noted.map_err(|error| format!("it moves stock, and that could not be noted: {error}"))
        })
    }
}
