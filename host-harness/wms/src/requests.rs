//! The request log: which operations were called, with sizes and outcomes; never bodies, headers or addresses.

use crate::sql::insert_many;
use crate::{Store, StoreResult};
use serde::Serialize;

/// One HTTP call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct LoggedRequest {
    /// Connection.
    pub connection_id: i64,
    /// Run.
    pub run_id: i64,
    /// Unix milliseconds.
    pub at: i64,
    /// Operation of the manifest.
    pub operation: String,
    /// `answered`, `not-sent`, `unknown`, `denied`, `throttled`.
    pub outcome: String,
    /// HTTP status, when answered.
    pub status: Option<i64>,
    /// From sending to the end of the answer.
    pub duration_ms: i64,
    /// Bytes of the body sent.
    pub bytes_out: i64,
    /// Bytes of the body received.
    pub bytes_in: i64,
}

impl Store {
    /// Adds calls to the log.
    pub async fn log_requests(&self, requests: &[LoggedRequest]) -> StoreResult<()> {
        if requests.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let mut id = self.next_ids("request", requests.len(), &mut tx).await?;
        insert_many(
            &mut tx,
            "INSERT INTO request_log (id, connection_id, run_id, at, operation, outcome, status, duration_ms, bytes_out, \
             bytes_in)",
            10,
            "",
            requests,
            |args, r| {
                args.push(id).push(r.connection_id).push(r.run_id).push(r.at).push(r.operation.clone());
                args.push(r.outcome.clone()).push(r.status).push(r.duration_ms).push(r.bytes_out).push(r.bytes_in);
                id += 1;
            },
        )
        .await?;
        tx.commit().await
    }

    /// The calls of a run, in their order.
    pub async fn requests(&self, run: i64) -> StoreResult<Vec<LoggedRequest>> {
        Ok(sqlx::query_as(
            "SELECT connection_id, run_id, at, operation, outcome, status, duration_ms, bytes_out, bytes_in \
             FROM request_log WHERE run_id = $1 ORDER BY id",
        )
        .bind(run)
        .fetch_all(self.reader())
        .await?)
    }

    /// Forgets calls and runs from before the given instants (Unix milliseconds).
    pub async fn prune_logs(&self, requests_before: i64, runs_before: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM request_log WHERE at < $1").bind(requests_before).execute(&mut *tx).await?;
        sqlx::query("DELETE FROM runs WHERE COALESCE(ended_at, started_at) < $1")
            .bind(runs_before)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}
