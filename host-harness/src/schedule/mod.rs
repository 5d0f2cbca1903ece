//! When flows run: due times as rows, claimed by lease, fair between clients, with back-off and a graceful stop.
//!
//! Each active connection has one beat, `orders`, at its Frequency. Who claims a due row runs the flow and sets the next
//! time. Several hosts on one PostgreSQL share the rows; on SQLite there is only one host.

mod stop;

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use harness_contract::types::Mode;
use harness_wms::{Connection, Due, Lifecycle};
use serde_json::Value;

use crate::connection::field;
use crate::flow::import_orders::{self, Scope};
use crate::platform::Platform;
pub use stop::{Stop, signal};

/// The beat of the order flows.
const ORDERS: &str = "orders";

const MINUTE: i64 = 60_000;

/// A failing connection is tried again after its frequency times two to the power of its failures, at most this.
const LONGEST_BACK_OFF: i64 = 60 * MINUTE;

/// How long nothing is asked of the database when nothing is due; also how soon an edit is noticed.
const GLANCE: i64 = 5_000;

/// Runs what is due until `stop` is asked for, then waits for what is under way.
///
/// # Errors
/// When the database fails.
pub async fn run(platform: &Platform, stop: Stop) -> anyhow::Result<()> {
    let mut running = FuturesUnordered::new();
    while !stop.is_asked() {
        plan(platform).await?;
        let free = platform.config.schedule.workers.saturating_sub(running.len());
        for due in claim(platform, free).await? {
            running.push(one(platform, due));
        }
        let now = platform.now();
        let next = platform.store.next_due().await?.unwrap_or(now + GLANCE).clamp(now + 200, now + GLANCE);
        tokio::select! {
            () = platform.clock.sleep_until(next) => {}
            () = stop.asked() => {}
            Some(result) = running.next() => report(result),
        }
    }
    let grace = Duration::from_secs(platform.config.schedule.grace_seconds.into());
    let rest = async {
        while let Some(result) = running.next().await {
            report(result)
        }
    };
    if tokio::time::timeout(grace, rest).await.is_err() {
        tracing::warn!(
            "runs did not end in {} s and are dropped; the next start takes their work up again",
            grace.as_secs()
        );
    }
    Ok(())
}

fn report(result: anyhow::Result<()>) {
    if let Err(error) = result {
        tracing::error!(error = format!("{error:#}"), "a scheduled run could not be carried out");
    }
}

/// Runs everything that is due at the clock's now, one after the other; how many there were. For tests and for driving a
/// virtual clock.
///
/// # Errors
/// When the database fails.
pub async fn turn(platform: &Platform) -> anyhow::Result<usize> {
    plan(platform).await?;
    let due = claim(platform, usize::MAX).await?;
    let count = due.len();
    for one_due in due {
        one(platform, one_due).await?;
    }
    Ok(count)
}

/// Gives each active connection a due time and takes it from the others; writes only where that changes something.
async fn plan(platform: &Platform) -> anyhow::Result<()> {
    let scheduled = platform.store.scheduled(ORDERS).await?;
    for connection in platform.store.connections().await? {
        let active = connection.state == Lifecycle::Active;
        if active && !scheduled.contains(&connection.id) {
            platform.store.set_due(connection.id, ORDERS, connection.client_id, platform.now()).await?;
        } else if !active && scheduled.contains(&connection.id) {
            platform.store.remove_due(connection.id).await?;
        }
    }
    Ok(())
}

async fn claim(platform: &Platform, free: usize) -> anyhow::Result<Vec<Due>> {
    if free == 0 {
        return Ok(Vec::new());
    }
    let now = platform.now();
    let lease = i64::from(platform.config.schedule.lease_seconds) * 1_000;
    let limit = u32::try_from(free).unwrap_or(u32::MAX).min(1_000);
    Ok(platform.store.claim_due(&platform.owner, now, now + lease, limit).await?)
}

async fn one(platform: &Platform, due: Due) -> anyhow::Result<()> {
    let connection = platform.store.connection_by_id(due.connection_id).await?;
    let result = import_orders::run(platform, &connection, Mode::Apply, Scope::New).await;
    if let Err(error) = &result {
        tracing::warn!(connection = connection.name, %error, "the run failed");
    }
    let next = next_time(&connection, &due, platform.now(), result.is_err());
    platform.store.finish_due(&due, next, result.is_err()).await?;
    Ok(())
}

/// One frequency later; after failures later still. Connections of one frequency do not all start at the same instant.
fn next_time(connection: &Connection, due: &Due, now: i64, failed: bool) -> i64 {
    let minutes = connection.settings.get(field::FREQUENCY).and_then(Value::as_i64).unwrap_or(15).max(1);
    let frequency = minutes * MINUTE;
    if failed {
        let doublings = u32::try_from(due.failures.clamp(0, 16)).unwrap_or(0);
        return now + frequency.saturating_mul(1 << doublings).clamp(frequency, LONGEST_BACK_OFF.max(frequency));
    }
    let jitter = connection.id.wrapping_mul(7_919).rem_euclid(frequency / 20 + 1);
    // Counted from when it was due, so that a beat does not drift; but never in the past.
    (due.due_at + frequency).max(now + 1_000) + if due.due_at == 0 { jitter } else { 0 }
}
