//! The queue of orders that are in the warehouse and not yet marked as taken at the source. Filled by the commit that
//! creates an order, emptied by what the connector's `acknowledge` answered.

use crate::problems::{self, ProblemAt};
use crate::sql::{in_list, list};
use crate::storage::{self, StagedStorage};
use crate::{Store, StoreResult, runs};

/// An order that is to be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PendingAcknowledgement {
    /// The warehouse's order.
    pub order_id: i64,
    /// The source's id.
    pub source_id: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// What one invocation of `acknowledge` returned.
#[derive(Debug, Clone, Default)]
pub struct AcknowledgeCommit {
    /// The run.
    pub run: i64,
    /// The run's fence.
    pub fence: i64,
    /// Through which connection.
    pub connection: i64,
    /// Unix milliseconds.
    pub now: i64,
    /// Source ids that are marked now, or were before.
    pub done: Vec<String>,
    /// Source ids that are to be tried again, with the instant before which not; in doubt is two minutes from now.
    pub later: Vec<(String, i64)>,
    /// Problems to report; subjects are source ids. Problems of the ids in `done` are cleared.
    pub problems: Vec<ProblemAt>,
    /// What the connector wrote to its storage.
    pub storage: Option<StagedStorage>,
}

impl Store {
    /// The connection's orders that are to be acknowledged by `now`, oldest first.
    pub async fn pending_acknowledgements(
        &self,
        connection: i64,
        now: i64,
        limit: u32,
    ) -> StoreResult<Vec<PendingAcknowledgement>> {
        Ok(sqlx::query_as(
            "SELECT order_id, source_id, attempts FROM acknowledgements \
             WHERE connection_id = $1 AND done_at IS NULL AND next_at <= $2 ORDER BY order_id LIMIT $3",
        )
        .bind(connection)
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?)
    }

    /// Makes real what an invocation of `acknowledge` returned, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fence`](crate::StoreError::Fence), [`StoreError::StorageMoved`](crate::StoreError::StorageMoved),
    /// [`StoreError::StorageFull`](crate::StoreError::StorageFull); nothing is written then.
    pub async fn commit_acknowledge(&self, commit: &AcknowledgeCommit) -> StoreResult<()> {
        const FLOW: &str = "acknowledge";
        let AcknowledgeCommit { run, fence, connection, now, done, later, .. } = commit;
        let mut tx = self.begin().await?;
        runs::check_fence(&mut tx, *run, *fence).await?;
        if let Some(staged) = &commit.storage {
            storage::apply(&mut tx, *connection, staged).await?;
        }
        let done: Vec<&str> = done.iter().map(String::as_str).collect();
        let head = "UPDATE acknowledgements SET done_at = $1, attempts = attempts + 1 \
                    WHERE connection_id = $2 AND done_at IS NULL AND source_id";
        sqlx::query(in_list(self.engine(), head, 3))
            .bind(*now)
            .bind(*connection)
            .bind(list(self.engine(), &done)?)
            .execute(&mut *tx)
            .await?;
        for (id, at) in later {
            sqlx::query(
                "UPDATE acknowledgements SET next_at = $1, attempts = attempts + 1 \
                 WHERE connection_id = $2 AND source_id = $3 AND done_at IS NULL",
            )
            .bind(*at)
            .bind(*connection)
            .bind(id.clone())
            .execute(&mut *tx)
            .await?;
        }
        self.upsert_problems(&mut tx, *connection, FLOW, *run, &commit.problems, *now).await?;
        problems::clear_subjects(&mut tx, *connection, FLOW, *run, &done, *now).await?;
        tx.commit().await
    }
}
