//! Stock per product and warehouse. `Level` is free to be sold, `Allocated` reserved for orders, and their sum is
//! `TotalStockLevel`; quarantine is counted apart and never sold.

use crate::hands::serve_back_orders;
use crate::sql::insert_many;
use crate::{Store, StoreResult};
use serde::{Deserialize, Serialize};

/// Stock of one product in one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StockLevel {
    /// Product.
    pub product_id: i64,
    /// Warehouse.
    pub warehouse_id: i64,
    /// Of the product.
    #[serde(rename = "SKU")]
    pub sku: String,
    /// Free to be sold (on hand).
    pub level: i64,
    /// Reserved for orders.
    pub allocated: i64,
    /// `level + allocated`.
    pub total_stock_level: i64,
    /// Here, but not to be sold.
    pub in_quarantine: i64,
    /// Unix milliseconds.
    pub last_updated: i64,
}

impl Store {
    /// Sets what lies on the shelf: `total` units that may be sold or are allocated, and `quarantine` units that may not.
    /// What is allocated stays so; what is free goes to back orders first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for an unknown SKU;
    /// [`StoreError::Conflict`](crate::StoreError::Conflict) when more is allocated than `total`.
    pub async fn set_stock(
        &self,
        client_id: i64,
        warehouse_id: i64,
        sku: &str,
        total: i64,
        quarantine: i64,
        now: i64,
    ) -> StoreResult<()> {
        let product = self.product(client_id, sku).await?;
        let mut tx = self.begin().await?;
        tx.lock_client(client_id).await?;
        let allocated: Option<i64> =
            sqlx::query_scalar("SELECT allocated FROM stock WHERE product_id = $1 AND warehouse_id = $2")
                .bind(product.id)
                .bind(warehouse_id)
                .fetch_optional(&mut *tx)
                .await?;
        let allocated = allocated.unwrap_or_default();
        if total < allocated {
            return Err(crate::StoreError::Conflict {
                what: format!("setting the stock of {sku} to {total}"),
                found: format!("{allocated} are allocated to orders"),
                remedy: "cancel or despatch orders first".into(),
            });
        }
        let row = StockRow { product_id: product.id, level: total - allocated, allocated, quarantine };
        write_stock(&mut tx, warehouse_id, &[row], now).await?;
        serve_back_orders(&mut tx, warehouse_id, product.id, now).await?;
        tx.commit().await
    }

    /// A client's stock in one warehouse, by SKU; every product, those that never had any with zeros.
    pub async fn stock_levels(&self, client_id: i64, warehouse_id: i64) -> StoreResult<Vec<StockLevel>> {
        let rows: Vec<(i64, String, i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT p.id, p.sku, COALESCE(s.level, 0), COALESCE(s.allocated, 0), COALESCE(s.quarantine, 0), \
             COALESCE(s.last_updated, 0) FROM products p \
             LEFT JOIN stock s ON s.product_id = p.id AND s.warehouse_id = $1 WHERE p.client_id = $2",
        )
        .bind(warehouse_id)
        .bind(client_id)
        .fetch_all(self.reader())
        .await?;
        let mut all: Vec<StockLevel> = rows
            .into_iter()
            .map(|(product_id, sku, level, allocated, in_quarantine, last_updated)| StockLevel {
                product_id,
                warehouse_id,
                sku,
                level,
                allocated,
                total_stock_level: level + allocated,
                in_quarantine,
                last_updated,
            })
            .collect();
        all.sort_by(|a, b| a.sku.cmp(&b.sku));
        Ok(all)
    }
}

/// Stock of one product as a transaction holds it.
#[derive(Debug, Clone)]
pub(crate) struct StockRow {
    pub(crate) product_id: i64,
    pub(crate) level: i64,
    pub(crate) allocated: i64,
    pub(crate) quarantine: i64,
}

impl StockRow {
    /// Reserves up to `wanted` units and answers how many.
    pub(crate) fn allocate(&mut self, wanted: i64) -> i64 {
        let taken = self.level.clamp(0, wanted.max(0));
        self.level -= taken;
        self.allocated += taken;
        taken
    }

    /// Gives `units` reserved ones back to be sold.
    pub(crate) fn release(&mut self, units: i64) {
        self.allocated -= units;
        self.level += units;
    }
}

/// Writes whole rows; the caller has read them in the same transaction, under the client's lock.
pub(crate) async fn write_stock(
    conn: &mut sqlx::AnyConnection,
    warehouse_id: i64,
    rows: &[StockRow],
    now: i64,
) -> StoreResult<()> {
    insert_many(
        conn,
        "INSERT INTO stock (product_id, warehouse_id, level, allocated, quarantine, last_updated)",
        6,
        "ON CONFLICT (product_id, warehouse_id) DO UPDATE SET level = excluded.level, allocated = excluded.allocated, \
         quarantine = excluded.quarantine, last_updated = excluded.last_updated",
        rows,
        |args, row| {
            args.push(row.product_id)
                .push(warehouse_id)
                .push(row.level)
                .push(row.allocated)
                .push(row.quarantine)
                .push(now);
        },
    )
    .await
}
