//! What people do to the shelf by hand: count it anew, put units aside that may not be sold, and take them back. Each is noted with
//! its reason; what becomes free goes to the orders that wait.

use crate::hands::serve_back_orders;
use crate::stock::{StockRow, write_stock};
use crate::store::Tx;
use crate::{Product, Store, StoreError, StoreResult};
use serde::Serialize;

/// Something that was done to the shelf by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct StockAdjustment {
    /// SKU.
    pub sku: String,
    /// `adjust`, `quarantine`, `release`.
    pub kind: String,
    /// Units; of an adjustment negative where there were fewer.
    pub quantity: i64,
    /// Why.
    pub reason: String,
    /// Unix milliseconds.
    pub at: i64,
}

impl Store {
    /// Changes what is free by `units`, more or less.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown SKU; [`StoreError::Conflict`] when fewer are free than are to be taken off.
    pub async fn adjust_stock(
        &self,
        client: i64,
        warehouse: i64,
        sku: &str,
        units: i64,
        reason: &str,
        now: i64,
    ) -> StoreResult<()> {
        self.by_hand(client, warehouse, sku, ("adjust", units, reason), now, |row| {
            row.level += units;
            row.level >= 0
        })
        .await
    }

    /// Puts `units` of what is free aside: they are here, and not to be sold.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown SKU; [`StoreError::Conflict`] when fewer are free;
    /// [`StoreError::Invalid`] for less than one.
    pub async fn quarantine(
        &self,
        client: i64,
        warehouse: i64,
        sku: &str,
        units: i64,
        reason: &str,
        now: i64,
    ) -> StoreResult<()> {
        at_least_one(units)?;
        self.by_hand(client, warehouse, sku, ("quarantine", units, reason), now, |row| {
            row.level -= units;
            row.quarantine += units;
            row.level >= 0
        })
        .await
    }

    /// Takes `units` back from quarantine, to be sold.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown SKU; [`StoreError::Conflict`] when fewer are in quarantine;
    /// [`StoreError::Invalid`] for less than one.
    pub async fn release_quarantine(
        &self,
        client: i64,
        warehouse: i64,
        sku: &str,
        units: i64,
        reason: &str,
        now: i64,
    ) -> StoreResult<()> {
        at_least_one(units)?;
        self.by_hand(client, warehouse, sku, ("release", units, reason), now, |row| {
            row.quarantine -= units;
            row.level += units;
            row.quarantine >= 0
        })
        .await
    }

    /// What was done by hand to a client's stock in a warehouse, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_adjustments(
        &self,
        client: i64,
        warehouse: i64,
        limit: u32,
    ) -> StoreResult<Vec<StockAdjustment>> {
        Ok(sqlx::query_as(
            "SELECT p.sku, a.kind, a.quantity, a.reason, a.at FROM stock_adjustments a \
             JOIN products p ON p.id = a.product_id WHERE p.client_id = $1 AND a.warehouse_id = $2 ORDER BY a.id DESC LIMIT $3",
        )
        .bind(client)
        .bind(warehouse)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?)
    }

    async fn by_hand(
        &self,
        client: i64,
        warehouse: i64,
        sku: &str,
        (kind, units, reason): (&str, i64, &str),
        now: i64,
        change: impl FnOnce(&mut StockRow) -> bool,
    ) -> StoreResult<()> {
        let product = self.product(client, sku).await?;
        let mut tx = self.begin().await?;
        tx.lock_client(client).await?;
        let mut row = row(&mut tx, &product, warehouse).await?;
        let before = row.clone();
        if !change(&mut row) {
            return Err(StoreError::Conflict {
                what: format!("{kind} of {units} units of {sku}"),
                found: format!(
                    "{} are free, {} allocated, {} in quarantine",
                    before.level, before.allocated, before.quarantine
                ),
                remedy: "count the shelf, or cancel or despatch orders first".into(),
            });
        }
        write_stock(&mut tx, warehouse, &[row], now).await?;
        let id = self.next_ids("stock adjustment", 1, &mut tx).await?;
        sqlx::query(
            "INSERT INTO stock_adjustments (id, product_id, warehouse_id, kind, quantity, reason, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(product.id)
        .bind(warehouse)
        .bind(kind.to_owned())
        .bind(units)
        .bind(reason.to_owned())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        serve_back_orders(&mut tx, warehouse, product.id, now).await?;
        tx.commit().await
    }
}

fn at_least_one(units: i64) -> StoreResult<()> {
    if units > 0 {
        return Ok(());
    }
    Err(StoreError::Invalid { field: "units", found: units.to_string(), expected: "at least one".into() })
}

/// The row as the transaction holds it, under the client's lock; all zeros where there was none.
async fn row(tx: &mut Tx, product: &Product, warehouse: i64) -> StoreResult<StockRow> {
    let found: Option<(i64, i64, i64)> =
        sqlx::query_as("SELECT level, allocated, quarantine FROM stock WHERE product_id = $1 AND warehouse_id = $2")
            .bind(product.id)
            .bind(warehouse)
            .fetch_optional(&mut **tx)
            .await?;
    let (level, allocated, quarantine) = found.unwrap_or_default();
    Ok(StockRow { product_id: product.id, level, allocated, quarantine })
}
