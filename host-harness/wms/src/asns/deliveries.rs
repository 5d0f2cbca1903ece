//! What the source is still to be told of goods that came: totals for each line, so that nothing can count twice.

use super::items;
use crate::store::Tx;
use crate::{Store, StoreResult};
use serde::Serialize;
use std::collections::BTreeMap;

/// The setting that says whether receipts are told to the source.
const SETTING: &str = "DeliverPOOnBookIn";

/// What came of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AsnReceipt {
    /// The source's id of the line.
    pub source_line_id: String,
    /// Booked in here.
    pub booked: i64,
    /// What the source shall count as delivered: what it counted when the notice was made, and what was booked in since.
    pub total: i64,
}

/// A notice of which the source is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AsnDelivery {
    /// The warehouse's notice.
    pub asn_id: i64,
    /// The source's id of the purchase order.
    pub source_id: String,
    /// What people call it.
    pub reference: String,
    /// Lines of which something came.
    pub lines: Vec<AsnReceipt>,
}

/// Whether a connection's receipts are told to the source.
pub(super) async fn is_wanted(tx: &mut Tx, connection: i64) -> StoreResult<bool> {
    let settings: Option<String> = sqlx::query_scalar("SELECT settings FROM connections WHERE id = $1")
        .bind(connection)
        .fetch_optional(&mut **tx)
        .await?;
    is_on(settings.as_deref())
}

fn is_on(settings: Option<&str>) -> StoreResult<bool> {
    let settings: serde_json::Value = serde_json::from_str(settings.unwrap_or("{}"))?;
    Ok(settings.get(SETTING) == Some(&serde_json::Value::Bool(true)))
}

impl Store {
    /// What the source is to be told of a notice now; none when it knows all of it.
    pub async fn asn_delivery(&self, asn: i64) -> StoreResult<Option<AsnDelivery>> {
        let found: Option<(String, String)> = sqlx::query_as("SELECT source_id, po_reference FROM asns WHERE id = $1")
            .bind(asn)
            .fetch_optional(self.reader())
            .await?;
        let Some((source_id, reference)) = found else { return Ok(None) };
        let mut conn = self.reader().acquire().await?;
        let items = items(&mut conn, asn).await?;
        if items.iter().all(|item| item.settled >= item.quantity_booked) {
            return Ok(None);
        }
        let lines = items
            .into_iter()
            .filter(|item| item.quantity_booked > 0)
            .map(|item| AsnReceipt {
                source_line_id: item.source_line_id,
                booked: item.quantity_booked,
                total: item.delivered_before + item.quantity_booked,
            })
            .collect();
        Ok(Some(AsnDelivery { asn_id: asn, source_id, reference, lines }))
    }

    /// Notes that the source knows what `delivery` told, or never will. What was booked in since stays to be told.
    pub async fn settle_asn_delivery(&self, delivery: &AsnDelivery) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        settle(&mut tx, delivery).await?;
        tx.commit().await
    }

    /// Units that were booked in for a connection's notices and that the source will be told of, but was not yet: by SKU. None
    /// where the connection does not tell any more, and none of those that were given up.
    pub async fn received_undelivered(&self, connection: i64) -> StoreResult<BTreeMap<String, i64>> {
        let settings: Option<String> = sqlx::query_scalar("SELECT settings FROM connections WHERE id = $1")
            .bind(connection)
            .fetch_optional(self.reader())
            .await?;
        if !is_on(settings.as_deref())? {
            return Ok(BTreeMap::new());
        }
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT l.sku, CAST(SUM(l.booked - l.settled) AS BIGINT) FROM asn_lines l JOIN asns a ON a.id = l.asn_id \
             WHERE a.connection_id = $1 AND l.booked > l.settled AND EXISTS (SELECT 1 FROM queue q \
             WHERE q.connection_id = $1 AND q.flow = 'import-purchase-orders' AND q.state = 1 \
             AND q.item_id = CAST(a.id AS TEXT)) GROUP BY l.sku",
        )
        .bind(connection)
        .fetch_all(self.reader())
        .await?;
        Ok(rows.into_iter().collect())
    }
}

/// The same within a transaction.
pub(crate) async fn settle(tx: &mut Tx, delivery: &AsnDelivery) -> StoreResult<()> {
    for line in &delivery.lines {
        sqlx::query(
            "UPDATE asn_lines SET settled = CASE WHEN settled < $1 THEN $1 ELSE settled END \
             WHERE asn_id = $2 AND source_line_id = $3",
        )
        .bind(line.booked)
        .bind(delivery.asn_id)
        .bind(line.source_line_id.clone())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
