//! The queue of what is to be told to a source: despatches, returns, receipts. The hand that does the work in the warehouse
//! queues the item in its own transaction; a run of the flow tells it, and what came of that is committed here.

use crate::problems::{self, ProblemAt};
use crate::sql::{in_list, list};
use crate::storage::{self, StagedStorage};
use crate::store::Tx;
use crate::{Store, StoreResult, runs};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

/// How far an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueState {
    /// To be told.
    Pending,
    /// Told.
    Done,
    /// It will not be told by itself; a person has to decide.
    GivenUp,
}

impl QueueState {
    const fn number(self) -> i64 {
        match self {
            Self::Pending => 1,
            Self::Done => 2,
            Self::GivenUp => 3,
        }
    }

    fn from_column(number: i64) -> Self {
        match number {
            2 => Self::Done,
            3 => Self::GivenUp,
            _ => Self::Pending,
        }
    }
}

/// An item to be queued.
#[derive(Debug, Clone, Default)]
pub struct QueueItem {
    /// Through which connection it is told.
    pub connection: i64,
    /// By which flow.
    pub flow: &'static str,
    /// What the flow knows it by: the source's order id, the id of a return.
    pub item_id: String,
    /// What a person calls it.
    pub reference: String,
    /// The warehouse's order that it is about.
    pub order_id: Option<i64>,
}

/// An item as it stands in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Queued {
    /// Connection.
    pub connection_id: i64,
    /// Flow.
    pub flow: String,
    /// What the flow knows it by.
    pub item_id: String,
    /// What a person calls it.
    pub reference: String,
    /// The warehouse's order that it is about.
    pub order_id: Option<i64>,
    /// How far it is.
    pub state: QueueState,
    /// Counts up when the item changes.
    pub revision: i64,
    /// The last attempt was sent and not answered.
    pub in_doubt: bool,
    /// What the source calls it, once it has said so.
    pub remote_id: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// Unix milliseconds.
    pub queued_at: i64,
    /// Not tried before, Unix milliseconds.
    pub next_at: i64,
    /// When it was told or given up, Unix milliseconds.
    pub settled_at: Option<i64>,
}

/// What became of an attempt to tell an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The source knows it.
    Done,
    /// To be tried again, not before that instant.
    Again {
        /// Unix milliseconds.
        at: i64,
        /// It was sent and not answered.
        in_doubt: bool,
    },
    /// Nothing was sent: its turn did not come. It stays as it is.
    Untried,
    /// It will not be tried again by itself.
    GivenUp,
}

/// The outcome of one item.
#[derive(Debug, Clone)]
pub struct ItemOutcome {
    /// [`Queued::item_id`].
    pub item_id: String,
    /// [`Queued::revision`] of what was told.
    pub revision: i64,
    /// What became of it.
    pub told: Told,
    /// What the source calls it; none leaves what is known.
    pub remote_id: Option<String>,
}

/// What one invocation of a flow that tells things returned.
#[derive(Debug, Clone, Default)]
pub struct QueueCommit {
    /// The run.
    pub run: i64,
    /// The run's fence.
    pub fence: i64,
    /// Through which connection.
    pub connection: i64,
    /// By which flow.
    pub flow: String,
    /// Unix milliseconds.
    pub now: i64,
    /// One for each item.
    pub outcomes: Vec<ItemOutcome>,
    /// Problems to report; subjects are item ids. Other problems of tried items are cleared.
    pub problems: Vec<ProblemAt>,
    /// What the connector wrote to its storage.
    pub storage: Option<StagedStorage>,
}

const COLUMNS: &str = "SELECT connection_id, flow, item_id, reference, order_id, state, revision, in_doubt, remote_id, attempts, \
                       queued_at, next_at, settled_at FROM queue";

fn read(row: &AnyRow) -> StoreResult<Queued> {
    Ok(Queued {
        connection_id: row.try_get(0)?,
        flow: row.try_get(1)?,
        item_id: row.try_get(2)?,
        reference: row.try_get(3)?,
        order_id: row.try_get(4)?,
        state: QueueState::from_column(row.try_get(5)?),
        revision: row.try_get(6)?,
        in_doubt: row.try_get::<i64, _>(7)? != 0,
        remote_id: row.try_get(8)?,
        attempts: row.try_get(9)?,
        queued_at: row.try_get(10)?,
        next_at: row.try_get(11)?,
        settled_at: row.try_get(12)?,
    })
}

/// Queues an item, or, where it is in the queue, has it told again as it is now; what the source called it is kept.
pub(crate) async fn add(tx: &mut Tx, item: &QueueItem, now: i64) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO queue (connection_id, flow, item_id, reference, order_id, state, revision, in_doubt, attempts, queued_at, \
         next_at) VALUES ($1, $2, $3, $4, $5, 1, 1, 0, 0, $6, $6) ON CONFLICT (connection_id, flow, item_id) DO UPDATE SET \
         reference = excluded.reference, state = 1, revision = queue.revision + 1, attempts = 0, queued_at = excluded.queued_at, \
         next_at = CASE WHEN queue.in_doubt = 1 THEN queue.next_at ELSE excluded.next_at END, settled_at = NULL",
    )
    .bind(item.connection)
    .bind(item.flow.to_owned())
    .bind(item.item_id.clone())
    .bind(item.reference.clone())
    .bind(item.order_id)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What is still to be told through a connection, or was given up and waits for a person.
pub(crate) async fn waiting(tx: &mut Tx, connection: i64) -> StoreResult<Vec<Queued>> {
    let sql = format!("{COLUMNS} WHERE connection_id = $1 AND state <> 2 ORDER BY queued_at, flow, item_id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(connection).fetch_all(&mut **tx).await?;
    rows.iter().map(read).collect()
}

impl Store {
    /// Queues an item outside of any other work; see [`QueueItem`].
    pub async fn enqueue(&self, item: &QueueItem, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        add(&mut tx, item, now).await?;
        tx.commit().await
    }

    /// What a connection's flow is to tell by `now`: who waits longest for a turn comes first, so that those that were just
    /// tried in vain do not stand before the others.
    pub async fn queue_due(&self, connection: i64, flow: &str, now: i64, limit: u32) -> StoreResult<Vec<Queued>> {
        let sql = format!(
            "{COLUMNS} WHERE connection_id = $1 AND flow = $2 AND state = 1 AND next_at <= $3 \
             ORDER BY next_at, queued_at, item_id LIMIT $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(connection)
            .bind(flow.to_owned())
            .bind(now)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(read).collect()
    }

    /// What is in the queue, oldest first: of one connection or of all, with or without what is done.
    pub async fn queue(&self, connection: Option<i64>, with_done: bool) -> StoreResult<Vec<Queued>> {
        let sql = format!(
            "{COLUMNS} WHERE (CAST($1 AS BIGINT) IS NULL OR connection_id = $1) AND ($2 = 1 OR state <> 2) \
             ORDER BY queued_at, connection_id, flow, item_id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(connection)
            .bind(i64::from(with_done))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(read).collect()
    }

    /// Has items that were given up, or wait, tried on the next run: all of the connection's flow, or the one called `reference`
    /// or known as that id. How many there are. What is in doubt keeps its pause.
    pub async fn retry_queued(
        &self,
        connection: i64,
        flow: Option<&str>,
        reference: Option<&str>,
        now: i64,
    ) -> StoreResult<u64> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE queue SET state = 1, settled_at = NULL, queued_at = $1, \
             next_at = CASE WHEN in_doubt = 1 THEN next_at ELSE $1 END \
             WHERE connection_id = $2 AND state <> 2 AND (CAST($3 AS TEXT) IS NULL OR flow = $3) \
             AND (CAST($4 AS TEXT) IS NULL OR reference = $4 OR item_id = $4)",
        )
        .bind(now)
        .bind(connection)
        .bind(flow.map(str::to_owned))
        .bind(reference.map(str::to_owned))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Makes real what one invocation told, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fence`](crate::StoreError::Fence), [`StoreError::StorageMoved`](crate::StoreError::StorageMoved),
    /// [`StoreError::StorageFull`](crate::StoreError::StorageFull); nothing is written then.
    pub async fn commit_queue(&self, commit: &QueueCommit) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        self.commit_queue_in(&mut tx, commit).await?;
        tx.commit().await
    }

    /// The same within a transaction that makes more real.
    pub(crate) async fn commit_queue_in(&self, tx: &mut Tx, commit: &QueueCommit) -> StoreResult<()> {
        let QueueCommit { run, fence, connection, flow, now, outcomes, .. } = commit;
        runs::check_fence(tx, *run, *fence).await?;
        if let Some(staged) = &commit.storage {
            storage::apply(tx, *connection, staged).await?;
        }
        for (told, group) in groups(outcomes) {
            let (state, in_doubt, next_at, settled_at) = match told {
                Told::Done => (QueueState::Done, false, *now, Some(*now)),
                Told::GivenUp => (QueueState::GivenUp, false, *now, Some(*now)),
                Told::Again { at, in_doubt } => (QueueState::Pending, in_doubt, at, None),
                Told::Untried => continue,
            };
            for (revision, remote_id, ids) in group {
                // What changed since it was handed out is still to be told.
                let head = "UPDATE queue SET attempts = attempts + 1, in_doubt = $1, next_at = $2, \
                            remote_id = COALESCE(CAST($3 AS TEXT), remote_id), \
                            state = CASE WHEN revision = $4 THEN $5 ELSE state END, \
                            settled_at = CASE WHEN revision = $4 THEN CAST($6 AS BIGINT) ELSE settled_at END \
                            WHERE connection_id = $7 AND flow = $8 AND item_id";
                sqlx::query(in_list(self.engine(), head, 9))
                    .bind(i64::from(in_doubt))
                    .bind(next_at)
                    .bind(remote_id.map(str::to_owned))
                    .bind(revision)
                    .bind(state.number())
                    .bind(settled_at)
                    .bind(*connection)
                    .bind(flow.clone())
                    .bind(list(self.engine(), &ids)?)
                    .execute(&mut **tx)
                    .await?;
            }
        }
        self.upsert_problems(tx, *connection, flow, *run, &commit.problems, *now).await?;
        let tried = outcomes.iter().filter(|outcome| outcome.told != Told::Untried);
        let tried: Vec<&str> = tried.map(|outcome| outcome.item_id.as_str()).collect();
        problems::clear_subjects(tx, *connection, flow, *run, &tried, *now).await
    }

    /// The item of a flow, where it is in the queue.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queued(&self, connection: i64, flow: &str, item_id: &str) -> StoreResult<Option<Queued>> {
        let sql = format!("{COLUMNS} WHERE connection_id = $1 AND flow = $2 AND item_id = $3");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(connection)
            .bind(flow.to_owned())
            .bind(item_id.to_owned())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(read).transpose()
    }
}

/// Outcomes that one statement can write: of one kind, one revision, and one remote id or none.
type Group<'a> = Vec<(i64, Option<&'a str>, Vec<&'a str>)>;

fn groups(outcomes: &[ItemOutcome]) -> Vec<(Told, Group<'_>)> {
    let mut groups: Vec<(Told, Group<'_>)> = Vec::new();
    for outcome in outcomes {
        let at = groups.iter().position(|(told, _)| *told == outcome.told).unwrap_or_else(|| {
            groups.push((outcome.told, Vec::new()));
            groups.len() - 1
        });
        let Some((_, group)) = groups.get_mut(at) else { continue };
        let remote = outcome.remote_id.as_deref();
        match group.iter_mut().find(|(revision, known, _)| *revision == outcome.revision && *known == remote) {
            Some((_, _, ids)) => ids.push(&outcome.item_id),
            None => group.push((outcome.revision, remote, vec![&outcome.item_id])),
        }
    }
    groups
}
