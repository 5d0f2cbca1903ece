//! What left the warehouse while its order is still open at the source, by the imported order.
//!
//! An order is in flight while its leaving is queued. One that was split leaves in parts, and each part counts from the moment
//! it leaves: while it is told by itself, while it waits for the others, and while the part that tells for all is queued.

use sqlx::AnyConnection;

use crate::{Connection, StoreResult};

/// The flow whose queue says what the source has been told.
const FLOW: &str = "push-despatch";

/// For so long a whole order that left without being queued counts as open at the source, in milliseconds.
const UNQUEUED: i64 = 14 * 24 * 60 * 60 * 1000;

/// An order that left the warehouse and may still be open at the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Despatched {
    /// The source's id.
    pub source_id: String,
    /// SKU and units that left.
    pub lines: Vec<(String, i64)>,
}

/// What left from the connection's warehouse and is not known to be processed at the source.
pub(crate) async fn despatched(
    conn: &mut AnyConnection,
    connection: &Connection,
    now: i64,
) -> StoreResult<Vec<Despatched>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        // `queued`: those that tell and have not told. `left_open`: these; the parts for which one of them tells; the parts that wait
        // for another to leave; and whole orders that left lately without being queued.
        "WITH queued AS (SELECT o.id, o.told_as, COALESCE(o.split_from, o.id) AS root, o.number_of_parts AS parts FROM queue q \
         JOIN orders o ON o.id = q.order_id WHERE q.connection_id = $3 AND q.flow = $1 AND q.state <> 2), \
         left_open AS (SELECT id FROM queued \
         UNION SELECT p.id FROM queued t JOIN orders p ON p.id = t.root OR p.split_from = t.root \
         WHERE t.told_as = 2 AND t.parts > 1 AND p.told_as IS NULL \
         UNION SELECT p.id FROM orders s JOIN orders r ON r.id = s.split_from AND r.connection_id = $3 \
         JOIN orders p ON p.id = r.id OR p.split_from = r.id \
         WHERE s.split_from IS NOT NULL AND p.told_as IS NULL \
         AND NOT EXISTS (SELECT 1 FROM orders t WHERE (t.id = r.id OR t.split_from = r.id) AND t.told_as = 2) \
         UNION SELECT d.id FROM orders d WHERE d.client_id = $2 AND d.connection_id = $3 AND d.number_of_parts = 1 \
         AND d.despatch_date > $5 AND NOT EXISTS (SELECT 1 FROM queue k WHERE k.order_id = d.id AND k.flow = $1)) \
         SELECT r.source_order_id, l.sku, CAST(SUM(l.allocated) AS BIGINT) FROM left_open i JOIN orders o ON o.id = i.id \
         JOIN orders r ON r.id = COALESCE(o.split_from, o.id) JOIN order_lines l ON l.order_id = o.id \
         WHERE r.connection_id = $3 AND o.warehouse_id = $4 AND o.status_id IN (4, 5, 6) \
         GROUP BY r.source_order_id, l.sku ORDER BY r.source_order_id, l.sku",
    )
    .bind(FLOW.to_owned())
    .bind(connection.client_id)
    .bind(connection.id)
    .bind(connection.warehouse_id)
    .bind(now - UNQUEUED)
    .fetch_all(conn)
    .await?;
    let mut orders: Vec<Despatched> = Vec::new();
    for (source_id, sku, units) in rows {
        match orders.last_mut().filter(|order| order.source_id == source_id) {
            Some(order) => order.lines.push((sku, units)),
            None => orders.push(Despatched { source_id, lines: vec![(sku, units)] }),
        }
    }
    Ok(orders)
}
