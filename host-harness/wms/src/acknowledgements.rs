//! The queue of orders that are in the warehouse and not yet marked as taken at the source. Filled by the commit that
//! creates an order, emptied by what the connector's `acknowledge` answered.

use crate::problems::{self, ProblemAt};
use crate::sql::{in_list, list};
use crate::storage::{self, StagedStorage};
use crate::{Store, StoreResult, runs};
use sqlx::AnyConnection;

/// The flow under which problems of acknowledging stand.
const FLOW: &str = "acknowledge";

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
    /// Source ids that will never be marked, however often it is tried: they leave the queue, their problems stay.
    pub given_up: Vec<String>,
    /// Problems to report; subjects are source ids. Other problems of ids in `done`, `later` and `given_up` are cleared.
    pub problems: Vec<ProblemAt>,
    /// What the connector wrote to its storage.
    pub storage: Option<StagedStorage>,
}

impl Store {
    /// The connection's orders that are to be acknowledged by `now`: who waits longest for a turn comes first, so that those
    /// that were just tried in vain do not stand before the others.
    pub async fn pending_acknowledgements(
        &self,
        connection: i64,
        now: i64,
        limit: u32,
    ) -> StoreResult<Vec<PendingAcknowledgement>> {
        Ok(sqlx::query_as(
            "SELECT order_id, source_id, attempts FROM acknowledgements \
             WHERE connection_id = $1 AND done_at IS NULL AND next_at <= $2 ORDER BY next_at, order_id LIMIT $3",
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
        let AcknowledgeCommit { run, fence, connection, now, done, later, given_up, .. } = commit;
        let mut tx = self.begin().await?;
        runs::check_fence(&mut tx, *run, *fence).await?;
        if let Some(staged) = &commit.storage {
            storage::apply(&mut tx, *connection, staged).await?;
        }
        let head = "UPDATE acknowledgements SET done_at = $1, attempts = attempts + 1 \
                    WHERE connection_id = $2 AND done_at IS NULL AND source_id";
        sqlx::query(in_list(self.engine(), head, 3))
            .bind(*now)
            .bind(*connection)
            .bind(list(self.engine(), &texts(done))?)
            .execute(&mut *tx)
            .await?;
        let head = "DELETE FROM acknowledgements WHERE connection_id = $1 AND done_at IS NULL AND source_id";
        sqlx::query(in_list(self.engine(), head, 2))
            .bind(*connection)
            .bind(list(self.engine(), &texts(given_up))?)
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
        let settled: Vec<&str> =
            done.iter().chain(given_up).chain(later.iter().map(|(id, _)| id)).map(String::as_str).collect();
        problems::clear_subjects(&mut tx, *connection, FLOW, *run, &settled, *now).await?;
        tx.commit().await
    }
}

fn texts(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}

/// Takes an order off the queue because nobody is to be told of it any more, and clears what was wrong with telling.
pub(crate) async fn withdraw(conn: &mut AnyConnection, order_id: i64, now: i64) -> StoreResult<()> {
    sqlx::query("DELETE FROM acknowledgements WHERE order_id = $1 AND done_at IS NULL")
        .bind(order_id)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "UPDATE problems SET cleared_at = $1 WHERE flow = $2 AND cleared_at IS NULL AND (connection_id, subject) = \
         (SELECT connection_id, source_order_id FROM orders WHERE id = $3)",
    )
    .bind(now)
    .bind(FLOW.to_owned())
    .bind(order_id)
    .execute(conn)
    .await?;
    Ok(())
}
