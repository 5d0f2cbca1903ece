//! What each client used, per day.

use crate::{Store, StoreResult};
use serde::Serialize;
use sqlx::AnyConnection;

const DAY: i64 = 86_400_000;

/// What was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Usage {
    /// Whose.
    pub client_id: i64,
    /// Days since 1970-01-01, UTC.
    pub day: i64,
    /// Calls of components.
    pub invocations: i64,
    /// Microseconds of CPU time in the sandbox.
    pub cpu_us: i64,
    /// HTTP calls.
    pub calls: i64,
    /// Bytes sent.
    pub bytes_out: i64,
    /// Bytes received.
    pub bytes_in: i64,
}

impl Store {
    /// Usage per client and day, from the day of `since` on.
    pub async fn usage(&self, since: i64) -> StoreResult<Vec<Usage>> {
        Ok(sqlx::query_as(
            "SELECT client_id, day, invocations, cpu_us, calls, bytes_out, bytes_in FROM usage_by_day \
             WHERE day >= $1 ORDER BY day, client_id",
        )
        .bind(since.div_euclid(DAY))
        .fetch_all(self.reader())
        .await?)
    }
}

/// Adds to a client's usage of the day of `now`; `usage.day` is not looked at.
pub(crate) async fn add(conn: &mut AnyConnection, usage: &Usage, now: i64) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO usage_by_day (client_id, day, invocations, cpu_us, calls, bytes_out, bytes_in) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (client_id, day) DO UPDATE SET \
         invocations = usage_by_day.invocations + excluded.invocations, \
         cpu_us = usage_by_day.cpu_us + excluded.cpu_us, calls = usage_by_day.calls + excluded.calls, \
         bytes_out = usage_by_day.bytes_out + excluded.bytes_out, \
         bytes_in = usage_by_day.bytes_in + excluded.bytes_in",
    )
    .bind(usage.client_id)
    .bind(now.div_euclid(DAY))
    .bind(usage.invocations)
    .bind(usage.cpu_us)
    .bind(usage.calls)
    .bind(usage.bytes_out)
    .bind(usage.bytes_in)
    .execute(conn)
    .await?;
    Ok(())
}
