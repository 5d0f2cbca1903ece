//! What the warehouse's hands do between picking and billing beside despatching: the batches of what was picked, packing,
//! sending an order in parts, billing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hands::{lines, set_status, take};
use crate::orders::OrderStatus;
use crate::store::Tx;
use crate::{Store, StoreError, StoreResult, timeline};

/// Units of one batch that were picked for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickedBatch {
    /// Of the line.
    pub sku: String,
    /// As printed on the goods.
    pub number: String,
    /// Units.
    pub quantity: i64,
}

/// A line, and how many of its units are still to be placed.
struct Room {
    no: i64,
    sku: String,
    left: i64,
}

impl Store {
    /// Notes which batches were picked for an order; what was noted before of the same products is forgotten.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a SKU that the order does not have, or more units than it has;
    /// [`StoreError::Conflict`] once it has left.
    pub async fn pick_batches(&self, order_id: i64, batches: &[PickedBatch], now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        if order.status.is_final() {
            return Err(order.in_the_way("noting batches of", "the goods have left"));
        }
        let mut room = room(&mut tx, order_id).await?;
        for line in room.iter().filter(|line| batches.iter().any(|batch| batch.sku == line.sku)) {
            sqlx::query("DELETE FROM picked_batches WHERE order_id = $1 AND line_no = $2")
                .bind(order_id)
                .bind(line.no)
                .execute(&mut *tx)
                .await?;
        }
        for batch in batches {
            for (no, quantity) in place(&mut room, &batch.sku, batch.quantity)? {
                sqlx::query(
                    "INSERT INTO picked_batches (order_id, line_no, batch_no, quantity) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (order_id, line_no, batch_no) DO UPDATE SET quantity = picked_batches.quantity + excluded.quantity",
                )
                .bind(order_id)
                .bind(no)
                .bind(batch.number.trim().to_owned())
                .bind(quantity)
                .execute(&mut *tx)
                .await?;
            }
        }
        let numbers: Vec<&str> = batches.iter().map(|batch| batch.number.trim()).collect();
        timeline::add(&mut tx, order_id, "warehouse", "batches-picked", &numbers.join(", "), now).await?;
        tx.commit().await
    }

    /// Packs a picked order: status PACKED.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not picked.
    pub async fn pack(&self, order_id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        order.must_be("packing", &[OrderStatus::Picked, OrderStatus::Rebinned])?;
        set_status(&mut tx, &order, OrderStatus::Packed, now).await?;
        timeline::add(&mut tx, order_id, "warehouse", "packed", "", now).await?;
        tx.commit().await
    }

    /// Bills a despatched order: status INVOICED, which is despatched, too.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not despatched, or billed already.
    pub async fn bill(&self, order_id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        order.must_be("billing", &[OrderStatus::Despatched, OrderStatus::InvoiceFailed])?;
        set_status(&mut tx, &order, OrderStatus::Invoiced, now).await?;
        timeline::add(&mut tx, order_id, "warehouse", "billed", "", now).await?;
        tx.commit().await
    }

    /// Splits an order: these units go into a new order, with what is allocated to them, and the rest stays. The new order is of
    /// no connection: to the source both are the one order that was imported. Answers the new order's id.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a SKU that the order does not have, more units than it has, or all of them;
    /// [`StoreError::Conflict`] once picking has begun.
    pub async fn split(&self, order_id: i64, units: &[(String, i64)], now: i64) -> StoreResult<i64> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        if !order.status.is_editable() || order.status == OrderStatus::Holding {
            return Err(order.in_the_way("splitting", "only orders that wait to be picked can be split"));
        }
        let mut room = room(&mut tx, order_id).await?;
        let mut taken: BTreeMap<i64, i64> = BTreeMap::new();
        for (sku, quantity) in units {
            for (no, quantity) in place(&mut room, sku, *quantity)? {
                *taken.entry(no).or_default() += quantity;
            }
        }
        if taken.is_empty() || room.iter().all(|line| line.left == 0) {
            return Err(StoreError::Invalid {
                field: "lines",
                found: if taken.is_empty() { "nothing".into() } else { "all of the order".into() },
                expected: "some units of it, and some that stay".into(),
            });
        }
        let root: Option<i64> = sqlx::query_scalar("SELECT split_from FROM orders WHERE id = $1")
            .bind(order_id)
            .fetch_one(&mut *tx)
            .await?;
        let root = root.unwrap_or(order_id);
        let new = self.next_ids("order", 1, &mut tx).await?;
        let part = copy_head(&mut tx, order_id, root, new, now).await?;
        let (mut moved, mut kept) = (true, true);
        for line in lines(&mut tx, order_id).await? {
            let quantity = taken.get(&line.no).copied().unwrap_or_default();
            let allocated = quantity.min(line.allocated);
            moved &= allocated == quantity;
            kept &= line.allocated - allocated == line.quantity - quantity;
            if quantity > 0 {
                move_units(&mut tx, order_id, new, line.no, (quantity, allocated)).await?;
            }
        }
        for (id, complete) in [(new, moved), (order_id, kept)] {
            let status = if complete { OrderStatus::New } else { OrderStatus::OnBackOrder };
            sqlx::query(
                "UPDATE orders SET status_id = $1, total_items = (SELECT COALESCE(SUM(quantity), 0) FROM order_lines \
                 WHERE order_id = $2), last_updated = $3 WHERE id = $2",
            )
            .bind(status.id())
            .bind(id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        }
        let detail = format!("part {part} is order {new}");
        timeline::add(&mut tx, order_id, "warehouse", "split", &detail, now).await?;
        timeline::add(&mut tx, new, "warehouse", "split", &format!("part {part} of order {root}"), now).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Ids of all orders that one imported order has become, itself first.
    pub async fn parts_of(&self, order_id: i64) -> StoreResult<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT o.id FROM orders o JOIN orders one ON one.id = $1 \
             WHERE o.id = COALESCE(one.split_from, one.id) OR o.split_from = COALESCE(one.split_from, one.id) ORDER BY o.part, o.id",
        )
        .bind(order_id)
        .fetch_all(self.reader())
        .await?)
    }
}

async fn room(tx: &mut Tx, order_id: i64) -> StoreResult<Vec<Room>> {
    let rows: Vec<(i64, String, i64)> =
        sqlx::query_as("SELECT line_no, sku, quantity FROM order_lines WHERE order_id = $1 ORDER BY line_no")
            .bind(order_id)
            .fetch_all(&mut **tx)
            .await?;
    Ok(rows.into_iter().map(|(no, sku, left)| Room { no, sku, left }).collect())
}

/// Spreads units of a SKU over the lines that have it, in their order: line and units.
fn place(room: &mut [Room], sku: &str, units: i64) -> StoreResult<Vec<(i64, i64)>> {
    let has: i64 = room.iter().filter(|line| line.sku == sku).map(|line| line.left).sum();
    if units < 1 || units > has {
        return Err(StoreError::Invalid {
            field: "units",
            found: format!("{units} of {sku}"),
            expected: format!("1 to {has}, which the order has"),
        });
    }
    let mut wanted = units;
    let mut placed = Vec::new();
    for line in room.iter_mut().filter(|line| line.sku == sku && line.left > 0) {
        let here = wanted.min(line.left);
        if here > 0 {
            line.left -= here;
            wanted -= here;
            placed.push((line.no, here));
        }
    }
    Ok(placed)
}

/// The new order's row; answers which part it is.
async fn copy_head(tx: &mut Tx, from: i64, root: i64, new: i64, now: i64) -> StoreResult<i64> {
    let part: i64 = sqlx::query_scalar("SELECT MAX(part) + 1 FROM orders WHERE id = $1 OR split_from = $1")
        .bind(root)
        .fetch_one(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO orders (id, client_id, warehouse_id, channel_id, account_id, source_order_id, connection_id, order_number, \
         external_order_reference, source_reference, status_id, held_from, order_date, source_order_date, \
         required_despatch_date, courier_service, number_of_parcels, total_items, total_weight, currency, order_value, totals, \
         personal, name_values, tags, warnings, pii_removed, last_updated, version, split_from, part, number_of_parts) \
         SELECT CAST($1 AS BIGINT), o.client_id, o.warehouse_id, o.channel_id, o.account_id, \
         r.source_order_id || '#' || CAST($2 AS TEXT), 0, r.order_number || '/' || CAST($2 AS TEXT), o.external_order_reference, \
         o.source_reference, o.status_id, NULL, o.order_date, o.source_order_date, o.required_despatch_date, o.courier_service, \
         1, 0, NULL, o.currency, o.order_value, o.totals, o.personal, o.name_values, o.tags, o.warnings, o.pii_removed, \
         CAST($3 AS BIGINT), o.version, r.id, CAST($4 AS BIGINT), CAST($4 AS BIGINT) \
         FROM orders o JOIN orders r ON r.id = $5 WHERE o.id = $6",
    )
    .bind(new)
    .bind(part.to_string())
    .bind(now)
    .bind(part)
    .bind(root)
    .bind(from)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE orders SET number_of_parts = $1 WHERE id = $2 OR split_from = $2")
        .bind(part)
        .bind(root)
        .execute(&mut **tx)
        .await?;
    Ok(part)
}

/// Moves units of a line, and what is allocated to them.
async fn move_units(tx: &mut Tx, from: i64, to: i64, line: i64, (quantity, allocated): (i64, i64)) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO order_lines (order_id, line_no, product_id, sku, source_line_id, quantity, allocated, details, unit_price, \
         unit_price_vat, discount, name_values) SELECT CAST($1 AS BIGINT), line_no, product_id, sku, source_line_id, \
         CAST($2 AS BIGINT), CAST($3 AS BIGINT), details, unit_price, unit_price_vat, discount, name_values \
         FROM order_lines WHERE order_id = $4 AND line_no = $5",
    )
    .bind(to)
    .bind(quantity)
    .bind(allocated)
    .bind(from)
    .bind(line)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE order_lines SET quantity = quantity - $1, allocated = allocated - $2 WHERE order_id = $3 AND line_no = $4",
    )
    .bind(quantity)
    .bind(allocated)
    .bind(from)
    .bind(line)
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM order_lines WHERE order_id = $1 AND line_no = $2 AND quantity = 0")
        .bind(from)
        .bind(line)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
