//! Erasing persons: what names one goes, the order stays.

use crate::model::Personal;
use crate::{Store, StoreResult};

impl Store {
    /// Empties names, addresses and notes of one order, and the remarks on its returns.
    pub async fn erase_order(&self, order_id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE orders SET personal = '{}', pii_removed = 1, last_updated = $1 WHERE id = $2")
            .bind(now)
            .bind(order_id)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "UPDATE return_items SET comments = '' WHERE return_id IN (SELECT id FROM returns WHERE order_id = $1)",
        )
        .bind(order_id)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// Empties names, addresses and notes of all orders with that e-mail address (case apart), and answers their ids.
    pub async fn erase_customer(&self, email: &str, now: i64) -> StoreResult<Vec<i64>> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, personal FROM orders WHERE pii_removed = 0 ORDER BY id")
                .fetch_all(self.reader())
                .await?;
        let mut erased = Vec::new();
        for (id, personal) in rows {
            let personal: Personal = serde_json::from_str(&personal)?;
            if personal.address.email.eq_ignore_ascii_case(email.trim()) && !email.trim().is_empty() {
                self.erase_order(id, now).await?;
                erased.push(id);
            }
        }
        Ok(erased)
    }
}
