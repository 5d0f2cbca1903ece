//! Due times: when the beats of the connections are to run next. A worker claims what is due under a lease, takes turns
//! between clients, and says when the next time is.

use crate::store::Engine;
use crate::{Store, StoreError, StoreResult};

/// A beat of a connection that a worker has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Connection.
    pub connection_id: i64,
    /// Beat: `orders` or `stock`.
    pub beat: String,
    /// The connection's client.
    pub client_id: i64,
    /// When it was due, Unix milliseconds.
    pub due_at: i64,
    /// Number of this claim.
    pub fence: i64,
    /// How often in a row it has failed.
    pub failures: i64,
}

impl Store {
    /// Sets when a beat is due, adding it when it is new. A claim under way is not touched; it sets its own next time.
    pub async fn set_due(&self, connection: i64, beat: &str, client: i64, due_at: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO due_times (connection_id, beat, client_id, due_at, lease_until, fence, claimed_at, failures) \
             VALUES ($1, $2, $3, $4, 0, 0, 0, 0) ON CONFLICT (connection_id, beat) DO UPDATE SET \
             client_id = excluded.client_id, due_at = excluded.due_at",
        )
        .bind(connection)
        .bind(beat.to_owned())
        .bind(client)
        .bind(due_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// The connections that have a beat on the schedule.
    pub async fn scheduled(&self, beat: &str) -> StoreResult<Vec<i64>> {
        Ok(sqlx::query_scalar("SELECT connection_id FROM due_times WHERE beat = $1 ORDER BY connection_id")
            .bind(beat.to_owned())
            .fetch_all(self.reader())
            .await?)
    }

    /// Takes a connection's beat off the schedule.
    pub async fn remove_due(&self, connection: i64, beat: &str) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM due_times WHERE connection_id = $1 AND beat = $2")
            .bind(connection)
            .bind(beat.to_owned())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Claims up to `limit` beats that are due, until `lease_until`. Clients take turns: one with three hundred connections
    /// does not come before one with a single one, and what runs already counts.
    pub async fn claim_due(&self, owner: &str, now: i64, lease_until: i64, limit: u32) -> StoreResult<Vec<Due>> {
        // Nothing due is the usual answer: it should not cost a writing transaction.
        let any: Option<i64> =
            sqlx::query_scalar("SELECT connection_id FROM due_times WHERE due_at <= $1 AND lease_until <= $1 LIMIT 1")
                .bind(now)
                .fetch_optional(self.reader())
                .await?;
        if any.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let candidates: Vec<(i64, String, i64, i64, i64)> = sqlx::query_as(
            "SELECT d.connection_id, d.beat, d.client_id, d.due_at, d.failures FROM due_times d \
             LEFT JOIN (SELECT client_id, COUNT(*) AS running FROM due_times WHERE lease_until > $1 GROUP BY client_id) r \
             ON r.client_id = d.client_id WHERE d.due_at <= $1 AND d.lease_until <= $1 \
             ORDER BY ROW_NUMBER() OVER (PARTITION BY d.client_id ORDER BY d.due_at, d.connection_id, d.beat) \
             + COALESCE(r.running, 0), d.due_at, d.connection_id, d.beat LIMIT $2",
        )
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(&mut *tx)
        .await?;
        let skip_locked = if self.engine() == Engine::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "UPDATE due_times SET owner = $1, lease_until = $2, claimed_at = $3, fence = fence + 1 \
             WHERE (connection_id, beat) IN (SELECT connection_id, beat FROM due_times WHERE connection_id = $4 \
             AND beat = $5 AND due_at <= $3 AND lease_until <= $3 {skip_locked}) RETURNING fence"
        );
        let mut claimed = Vec::with_capacity(candidates.len());
        for (connection_id, beat, client_id, due_at, failures) in candidates {
            let fence: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone()))
                .bind(owner.to_owned())
                .bind(lease_until)
                .bind(now)
                .bind(connection_id)
                .bind(beat.clone())
                .fetch_optional(&mut *tx)
                .await?;
            claimed.extend(fence.map(|fence| Due { connection_id, beat, client_id, due_at, fence, failures }));
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// Lengthens a claim.
    ///
    /// # Errors
    /// [`StoreError::Fence`] when another worker has claimed the beat meanwhile.
    pub async fn renew_due(&self, due: &Due, lease_until: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let done =
            sqlx::query("UPDATE due_times SET lease_until = $1 WHERE connection_id = $2 AND beat = $3 AND fence = $4")
                .bind(lease_until)
                .bind(due.connection_id)
                .bind(due.beat.clone())
                .bind(due.fence)
                .execute(&mut *tx)
                .await?;
        if done.rows_affected() == 0 {
            let current = sqlx::query_scalar("SELECT fence FROM due_times WHERE connection_id = $1 AND beat = $2")
                .bind(due.connection_id)
                .bind(due.beat.clone())
                .fetch_optional(&mut *tx)
                .await?;
            return Err(StoreError::Fence { run: 0, given: due.fence, current: current.unwrap_or_default() });
        }
        tx.commit().await
    }

    /// Gives a claim back and says when the beat is due next. Does nothing when another worker has claimed it meanwhile.
    pub async fn finish_due(&self, due: &Due, next_at: i64, failed: bool) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "UPDATE due_times SET owner = NULL, lease_until = 0, due_at = $1, \
             failures = CASE WHEN $2 = 1 THEN failures + 1 ELSE 0 END \
             WHERE connection_id = $3 AND beat = $4 AND fence = $5",
        )
        .bind(next_at)
        .bind(i64::from(failed))
        .bind(due.connection_id)
        .bind(due.beat.clone())
        .bind(due.fence)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// The next instant at which something can be claimed, when there is any: a beat falls due, or a lease ends.
    pub async fn next_due(&self) -> StoreResult<Option<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) FROM due_times",
        )
        .fetch_one(self.reader())
        .await?)
    }
}
