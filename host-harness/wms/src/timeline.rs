//! What happened to an order, over both systems.

use crate::{Store, StoreResult};
use serde::Serialize;
use sqlx::AnyConnection;

/// One thing that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct TimelineEntry {
    /// Unix milliseconds.
    pub at: i64,
    /// `warehouse` or `source`: where it happened.
    pub side: String,
    /// Stable word: `imported`, `despatched`.
    pub event: String,
    /// For people; no personal data.
    pub detail: String,
}

impl Store {
    /// Adds to an order's timeline what happened at the source.
    pub async fn note_on_timeline(&self, order_id: i64, event: &str, detail: &str, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        add(&mut tx, order_id, "source", event, detail, now).await?;
        tx.commit().await
    }

    /// Adds to the timelines of a client's orders, by their numbers, what happened at the source: number, event and detail.
    pub async fn note_on_timelines(
        &self,
        client_id: i64,
        notes: &[(String, &'static str, String)],
        now: i64,
    ) -> StoreResult<()> {
        if notes.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for (number, event, detail) in notes {
            let order: Option<i64> =
                sqlx::query_scalar("SELECT id FROM orders WHERE client_id = $1 AND order_number = $2")
                    .bind(client_id)
                    .bind(number.clone())
                    .fetch_optional(&mut *tx)
                    .await?;
            if let Some(order) = order {
                add(&mut tx, order, "source", event, detail, now).await?;
            }
        }
        tx.commit().await
    }

    /// An order's timeline, oldest first.
    pub async fn timeline(&self, order_id: i64) -> StoreResult<Vec<TimelineEntry>> {
        Ok(sqlx::query_as("SELECT at, side, event, detail FROM timeline WHERE order_id = $1 ORDER BY entry_no")
            .bind(order_id)
            .fetch_all(self.reader())
            .await?)
    }
}

pub(crate) async fn add(
    conn: &mut AnyConnection,
    order_id: i64,
    side: &str,
    event: &str,
    detail: &str,
    now: i64,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO timeline (order_id, entry_no, at, side, event, detail) \
         SELECT CAST($1 AS BIGINT), COALESCE(MAX(entry_no), 0) + 1, CAST($2 AS BIGINT), CAST($3 AS TEXT), \
         CAST($4 AS TEXT), CAST($5 AS TEXT) FROM timeline WHERE order_id = $1",
    )
    .bind(order_id)
    .bind(now)
    .bind(side.to_owned())
    .bind(event.to_owned())
    .bind(detail.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}
