//! Which orders are to be looked at: those that have vanished from the list, those that somebody waits for, and of the others
//! those that were looked at longest ago.
use crate::sql::{in_list, list};
use crate::{Store, StoreResult};
use sqlx::Row;
use sqlx::any::AnyRow;

/// An order that is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReview {
    /// The warehouse's order.
    pub order_id: i64,
    /// The source's id.
    pub source_id: String,
    /// As the importer stored it; empty when it is not known.
    pub version: String,
    /// Where it was imported from.
    pub location: String,
}

/// What is to be looked at in one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueReviews {
    /// To be read, the most pressing first.
    pub read: Vec<DueReview>,
    /// Source ids of orders that were cancelled here and that the list has: nothing has to be read to know that they are open.
    pub still_listed: Vec<String>,
    /// Orders of the connection that are not final.
    pub open: u64,
}

/// What was looked at so short a time ago, in milliseconds, is not looked at again.
pub const LATELY: i64 = 60_000;

/// Statuses in which an order may still be shipped; the others are 3 cancelled, 4 to 6 despatched.
const OPEN: &str = "(1, 2, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)";

/// It left, and the source is still to be told: until then it may become another order there, with the same goods on it.
const UNTOLD: &str = "(o.status_id IN (4, 5, 6) AND EXISTS (SELECT 1 FROM queue q WHERE q.connection_id = o.connection_id \
                      AND q.flow = 'push-despatch' AND q.order_id = o.id AND q.state = 1))";

const COLUMNS: &str = "SELECT o.id, o.source_order_id, COALESCE(o.version, ''), o.source_location";

fn read(row: &AnyRow) -> StoreResult<DueReview> {
    Ok(DueReview {
        order_id: row.try_get(0)?,
        source_id: row.try_get(1)?,
        version: row.try_get(2)?,
        location: row.try_get(3)?,
    })
}

impl Store {
    /// The connection's orders that are to be looked at now. `listed` are the ids that the source has just listed as open; an order
    /// that is not among them is looked at at once, unless that is known already. `most` bounds the others. What was looked
    /// at within the last minute is not looked at again.
    pub async fn reviews_due(
        &self,
        connection: i64,
        account: i64,
        listed: Option<&[String]>,
        most: u32,
        now: i64,
    ) -> StoreResult<DueReviews> {
        let client = self.connection_by_id(connection).await?.client_id;
        let open: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT count(*) FROM orders WHERE client_id = $1 AND connection_id = $2 AND status_id IN {OPEN}"
        )))
        .bind(client)
        .bind(connection)
        .fetch_one(self.reader())
        .await?;
        let mut due = DueReviews { open: u64::try_from(open).unwrap_or_default(), ..DueReviews::default() };
        if let Some(listed) = listed {
            let ids: Vec<&str> = listed.iter().map(String::as_str).collect();
            let ids = list(self.engine(), &ids)?;
            let vanished = format!(
                "{COLUMNS} FROM orders o LEFT JOIN order_reviews r ON r.order_id = o.id \
                 WHERE o.client_id = $1 AND o.account_id = $2 AND o.connection_id = $3 \
                 AND (o.status_id IN {OPEN} OR {UNTOLD}) AND COALESCE(r.unlisted, 0) = 0 AND COALESCE(r.reviewed_at, 0) <= $5 AND NOT o.source_order_id"
            );
            let watched = format!(
                "{COLUMNS} FROM order_reviews r JOIN orders o ON o.id = r.order_id \
                 WHERE r.watched = 1 AND o.client_id = $1 AND o.account_id = $2 AND o.connection_id = $3 \
                 AND r.reviewed_at <= $5 AND NOT o.source_order_id"
            );
            for head in [vanished, watched] {
                let rows = sqlx::query(in_list(self.engine(), &head, 4))
                    .bind(client)
                    .bind(account)
                    .bind(connection)
                    .bind(ids.clone())
                    .bind(now - LATELY)
                    .fetch_all(self.reader())
                    .await?;
                due.read.extend(rows.iter().map(read).collect::<StoreResult<Vec<_>>>()?);
            }
            let head = "SELECT o.source_order_id FROM order_reviews r JOIN orders o ON o.id = r.order_id \
                        WHERE r.watched > 0 AND o.client_id = $1 AND o.account_id = $2 AND o.connection_id = $3 \
                        AND o.source_order_id";
            due.still_listed = sqlx::query_scalar(in_list(self.engine(), head, 4))
                .bind(client)
                .bind(account)
                .bind(connection)
                .bind(ids)
                .fetch_all(self.reader())
                .await?;
        }
        let rolling = format!(
            "{COLUMNS} FROM orders o LEFT JOIN order_reviews r ON r.order_id = o.id \
             WHERE o.client_id = $1 AND o.account_id = $2 AND o.connection_id = $3 \
             AND ((o.status_id IN {OPEN} AND (COALESCE(r.reviewed_at, 0) <= $5 OR r.urgent = 1)) OR (r.urgent = 1 AND {UNTOLD})) \
             ORDER BY COALESCE(r.urgent, 0) DESC, COALESCE(r.reviewed_at, o.order_date), o.id LIMIT $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(rolling))
            .bind(client)
            .bind(account)
            .bind(connection)
            .bind(i64::from(most))
            .bind(now - LATELY)
            .fetch_all(self.reader())
            .await?;
        let known: std::collections::HashSet<i64> = due.read.iter().map(|one| one.order_id).collect();
        for row in &rows {
            let one = read(row)?;
            if !known.contains(&one.order_id) {
                due.read.push(one);
            }
        }
        Ok(due)
    }

    /// Whether an order that is not final, or of which the source is still to be told, is missing from `listed`, what the source has
    /// just listed as open, and that is news.
    pub async fn has_vanished(&self, connection: i64, account: i64, listed: &[String]) -> StoreResult<bool> {
        let client = self.connection_by_id(connection).await?.client_id;
        let ids: Vec<&str> = listed.iter().map(String::as_str).collect();
        let head = format!(
            "SELECT count(*) FROM orders o LEFT JOIN order_reviews r ON r.order_id = o.id \
             WHERE o.client_id = $1 AND o.account_id = $2 AND o.connection_id = $3 \
             AND (o.status_id IN {OPEN} OR {UNTOLD}) AND COALESCE(r.unlisted, 0) = 0 AND NOT o.source_order_id"
        );
        let missing: i64 = sqlx::query_scalar(in_list(self.engine(), &head, 4))
            .bind(client)
            .bind(account)
            .bind(connection)
            .bind(list(self.engine(), &ids)?)
            .fetch_one(self.reader())
            .await?;
        Ok(missing > 0)
    }

    /// These orders, as a review takes them, whatever their status; those that are not known are left out.
    pub async fn reviews_of(&self, orders: &[i64]) -> StoreResult<Vec<DueReview>> {
        let mut found = Vec::with_capacity(orders.len());
        for order in orders {
            let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} FROM orders o WHERE o.id = $1")))
                .bind(*order)
                .fetch_optional(self.reader())
                .await?;
            found.extend(row.as_ref().map(read).transpose()?);
        }
        Ok(found)
    }

    /// Orders that left and of which the source is still to be told.
    pub async fn untold_reviews(&self, connection: i64) -> StoreResult<Vec<DueReview>> {
        let sql = format!("{COLUMNS} FROM orders o WHERE o.connection_id = $1 AND {UNTOLD} ORDER BY o.id LIMIT 1000");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(connection).fetch_all(self.reader()).await?;
        rows.iter().map(read).collect()
    }

    /// Orders that are not final and that somebody waits for: an order came in that may have been made from them.
    pub async fn urgent_reviews(&self, connection: i64) -> StoreResult<Vec<DueReview>> {
        let sql = format!(
            "{COLUMNS} FROM order_reviews r JOIN orders o ON o.id = r.order_id \
             WHERE r.urgent = 1 AND o.connection_id = $1 AND o.status_id IN {OPEN} ORDER BY o.id LIMIT 1000"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(connection).fetch_all(self.reader()).await?;
        rows.iter().map(read).collect()
    }
}
