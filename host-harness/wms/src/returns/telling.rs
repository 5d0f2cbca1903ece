//! What the flow needs that tells the source of returns: who is told, and what is not told yet.

use super::hands::InHand;
use crate::connections;
use crate::queue::{self, QueueItem};
use crate::store::Tx;
use crate::{Store, StoreResult};
use serde_json::Value;
use std::collections::HashMap;

/// Name of the flow that tells the source of returns. Its queue knows a return by [`Return::reference`](super::Return::reference).
pub const RETURNS_FLOW: &str = "export-returns";

/// The switch of a connection that has returns told.
const EXPORT: &str = "ExportReturns";
/// The switch that has them actioned there, too, which moves the source's stock.
const ACTION: &str = "ActionReturns";

/// Queues a confirmed return where the order's connection exports returns. A return that was confirmed while it does not is not
/// told later.
pub(super) async fn queue(tx: &mut Tx, one: &InHand, now: i64) -> StoreResult<()> {
    let Some(teller) = connections::teller(tx, one.order).await? else { return Ok(()) };
    if !is_on(&teller.settings, EXPORT) {
        return Ok(());
    }
    let item = QueueItem {
        connection: teller.connection,
        flow: RETURNS_FLOW,
        item_id: one.reference.clone(),
        reference: one.reference.clone(),
        order_id: Some(one.order),
    };
    queue::add(tx, &item, now).await
}

fn is_on(settings: &Value, switch: &str) -> bool {
    settings.get(switch).and_then(Value::as_bool).unwrap_or(false)
}

/// A return that is or was in the queue is another now: the flow has to look at it again. It is not taken off the queue, because a
/// run may be telling of it at this moment.
pub(super) async fn reopened(tx: &mut Tx, one: &InHand, now: i64) -> StoreResult<()> {
    sqlx::query(
        "UPDATE queue SET state = 1, revision = revision + 1, attempts = 0, settled_at = NULL, \
         next_at = CASE WHEN in_doubt = 1 THEN next_at ELSE $1 END WHERE flow = $2 AND item_id = $3",
    )
    .bind(now)
    .bind(RETURNS_FLOW.to_owned())
    .bind(one.reference.clone())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Units by SKU that lie on the shelf again and that the source does not count yet, because this connection will have their
    /// return actioned there and has not. Nothing where the connection leaves actioning to people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn returned_unbooked(&self, connection: i64) -> StoreResult<HashMap<String, i64>> {
        let settings: Option<String> = sqlx::query_scalar("SELECT settings FROM connections WHERE id = $1")
            .bind(connection)
            .fetch_optional(self.reader())
            .await?;
        let settings: Value = settings.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default();
        if !(is_on(&settings, EXPORT) && is_on(&settings, ACTION)) {
            return Ok(HashMap::new());
        }
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT i.sku, CAST(SUM(i.quantity) AS BIGINT) FROM queue q JOIN returns r ON r.reference = q.item_id \
             JOIN return_items i ON i.return_id = r.id WHERE q.connection_id = $1 AND q.flow = $2 AND q.state = 1 \
             AND r.confirmed_at IS NOT NULL AND i.stock_action = 'RESTOCK' GROUP BY i.sku",
        )
        .bind(connection)
        .bind(RETURNS_FLOW.to_owned())
        .fetch_all(self.reader())
        .await?;
        Ok(rows.into_iter().collect())
    }
}
