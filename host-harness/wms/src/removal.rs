//! The end of a connection: all that was its own goes at once; what belongs to the warehouse stays.

use crate::erase::{self, Erased, Whose};
use crate::queue::{self, Queued};
use crate::{Store, StoreError, StoreResult};
use serde::Serialize;

/// How a connection is removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removal {
    /// Although something waits to be told through it, which then is never told.
    pub abandon: bool,
    /// The buyers of its orders are erased.
    pub erase: bool,
}

/// What removing a connection came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Removed {
    /// Its name.
    pub name: String,
    /// Whether it is gone. It is not while something waits that was not to be abandoned; nothing was written then.
    pub removed: bool,
    /// What waits, or waited, to be told: despatches, returns, receipts; also what was given up and waits for a person.
    pub waiting: Vec<Queued>,
    /// Orders that have still to be marked as taken at the source, or had.
    pub unmarked: i64,
    /// Orders in the warehouse that came through it and have neither left nor been cancelled.
    pub open_orders: i64,
    /// The connection of the same client and account with which its orders go on, where there is one.
    pub heir: Option<String>,
    /// Orders whose buyers were erased.
    pub erased: Vec<Erased>,
}

/// What is the connection's own, beside its row.
const ITS_OWN: [&str; 15] = [
    "plugin_storage",
    "plugin_namespaces",
    "due_times",
    "leases",
    "queue",
    "problems",
    "request_log",
    "acknowledgements",
    "stock_told",
    "stock_feeds",
    "stock_drift",
    "held_plans",
    "request_logging",
    "notices",
    "connections",
];

impl Store {
    /// Removes a connection with its secrets, due times, queue, problems, request log and its connector's storage, in one
    /// transaction. Orders, notices, returns, ledger and timeline stay, so that nothing comes in again through another connection.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]. That something waits to be told is no error: see [`Removed::removed`].
    pub async fn remove_connection(&self, id: i64, how: Removal, now: i64) -> StoreResult<Removed> {
        let mut tx = self.begin().await?;
        let found: Option<(String, i64, Option<i64>)> =
            sqlx::query_as("SELECT name, client_id, account_id FROM connections WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        let (name, client, account) = found.ok_or_else(|| StoreError::not_found("connection", id, None))?;
        // Who despatches at this moment queues before, or finds no connection.
        tx.lock_client(client).await?;
        let waiting = queue::waiting(&mut tx, id).await?;
        let unmarked: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM acknowledgements WHERE connection_id = $1 AND done_at IS NULL")
                .bind(id)
                .fetch_one(&mut *tx)
                .await?;
        let open_orders: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM orders WHERE status_id NOT IN (3, 4, 5, 6) AND (connection_id = $1 OR split_from IN \
             (SELECT id FROM orders WHERE connection_id = $1))",
        )
        .bind(id)
        .fetch_one(&mut *tx)
        .await?;
        let mut removed =
            Removed { name, removed: false, waiting, unmarked, open_orders, heir: None, erased: Vec::new() };
        if !removed.waiting.is_empty() && !how.abandon {
            return Ok(removed);
        }
        for table in ITS_OWN {
            let column = if table == "connections" { "id" } else { "connection_id" };
            let sql = format!("DELETE FROM {table} WHERE {column} = $1");
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).execute(&mut *tx).await?;
        }
        if how.erase {
            removed.erased =
                erase::erase(&mut tx, &Whose::Connection(id), "with its connection, which was removed", now).await?;
        }
        let heir: Option<(i64, String)> = sqlx::query_as(
            "SELECT id, name FROM connections WHERE client_id = $1 AND account_id = $2 \
             ORDER BY CASE WHEN state = 'active' THEN 0 ELSE 1 END, id DESC LIMIT 1",
        )
        .bind(client)
        .bind(account)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some((heir, name)) = heir {
            sqlx::query("UPDATE orders SET connection_id = $1 WHERE connection_id = $2")
                .bind(heir)
                .bind(id)
                .execute(&mut *tx)
                .await?;
            removed.heir = Some(name);
        }
        tx.commit().await?;
        // Its secrets, and the buyers if so asked.
        self.empty_log().await;
        removed.removed = true;
        Ok(removed)
    }

    /// Gives a connection the orders of its client and account whose own connection was removed, so that they are reviewed, and told
    /// of, through it. How many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adopt_orders(&self, connection: i64) -> StoreResult<u64> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE orders SET connection_id = $1 WHERE split_from IS NULL \
             AND connection_id NOT IN (SELECT id FROM connections) \
             AND client_id = (SELECT client_id FROM connections WHERE id = $1) \
             AND account_id = (SELECT account_id FROM connections WHERE id = $1)",
        )
        .bind(connection)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
