//! The warehouse's hands: what people do to orders there. Each keeps `TotalStockLevel = Level + Allocated`, and gives what
//! becomes free to the orders that wait longest.

use crate::orders::OrderStatus;
use crate::review::record;
use crate::stock::{StockRow, write_stock};
use crate::store::Tx;
use crate::{Store, StoreError, StoreResult, acknowledgements, departures, timeline};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One parcel of a despatch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parcel {
    /// The courier's number; untracked services have none.
    pub tracking_number: Option<String>,
    /// How it went; empty is the order's own courier service.
    pub courier_service: String,
}

/// What a hand needs to know of an order.
pub(crate) struct InHand {
    id: i64,
    client: i64,
    warehouse: i64,
    number: String,
    pub(crate) status: OrderStatus,
    courier: Option<String>,
}

/// One line of an order, as far as stock goes.
pub(crate) struct Line {
    pub(crate) no: i64,
    pub(crate) product: i64,
    pub(crate) quantity: i64,
    pub(crate) allocated: i64,
}

impl Store {
    /// Picks an order: status PICKED.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] unless all of it is allocated and nobody has picked, held or ended it.
    pub async fn pick(&self, order_id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        order.must_be(
            "picking",
            &[OrderStatus::New, OrderStatus::Printed, OrderStatus::AwaitingPicking, OrderStatus::PickingStarted],
        )?;
        record::require_found(&mut tx, order.id, &order.number, "picking").await?;
        set_status(&mut tx, &order, OrderStatus::Picked, now).await?;
        timeline::add(&mut tx, order.id, "warehouse", "picked", "", now).await?;
        tx.commit().await
    }

    /// Despatches an order: its goods leave the stock, status DESPATCHED, and the source is to be told.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is held, on back order, cancelled or despatched; [`StoreError::Invalid`] without a
    /// parcel.
    pub async fn despatch(&self, order_id: i64, parcels: &[Parcel], now: i64) -> StoreResult<()> {
        let Some(first) = parcels.first() else {
            return Err(StoreError::Invalid {
                field: "parcels",
                found: "empty".into(),
                expected: "at least one parcel".into(),
            });
        };
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        order.must_be(
            "despatching",
            &[
                OrderStatus::New,
                OrderStatus::Printed,
                OrderStatus::PackAndHold,
                OrderStatus::AwaitingPicking,
                OrderStatus::PickingStarted,
                OrderStatus::Picked,
                OrderStatus::Packed,
                OrderStatus::Processing,
            ],
        )?;
        record::require_found(&mut tx, order.id, &order.number, "despatching").await?;
        let lines = lines(&mut tx, order.id).await?;
        let mut stock = stock_of(&mut tx, &order, &lines).await?;
        for line in &lines {
            if let Some(row) = stock.get_mut(&line.product) {
                row.allocated -= line.allocated;
            }
        }
        write_stock(&mut tx, order.warehouse, &rows(&stock), now).await?;
        for (parcel, no) in parcels.iter().zip(1_i64..) {
            let courier = if parcel.courier_service.is_empty() {
                order.courier.clone().unwrap_or_default()
            } else {
                parcel.courier_service.clone()
            };
            sqlx::query(
                "INSERT INTO shipments (order_id, parcel_no, tracking_number, courier_service, shipped_at) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(order.id)
            .bind(no)
            .bind(parcel.tracking_number.clone())
            .bind(courier)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("UPDATE orders SET despatch_date = $1, tracking_number = $2, number_of_parcels = $3 WHERE id = $4")
            .bind(now)
            .bind(first.tracking_number.clone())
            .bind(i64::try_from(parcels.len()).unwrap_or(i64::MAX))
            .bind(order.id)
            .execute(&mut *tx)
            .await?;
        set_status(&mut tx, &order, OrderStatus::Despatched, now).await?;
        let detail =
            format!("{} parcel(s), tracking {}", parcels.len(), first.tracking_number.as_deref().unwrap_or("none"));
        timeline::add(&mut tx, order.id, "warehouse", "despatched", &detail, now).await?;
        departures::left(&mut tx, order.id, now).await?;
        tx.commit().await
    }

    /// Cancels an order; what was reserved for it goes to the orders that wait. The source is not told any more that the order
    /// was taken, unless it has been already.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] once picking has begun.
    pub async fn cancel(&self, order_id: i64, reason: &str, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        // Of an order that was stopped while it was picked, the goods are back on the shelf when it is cancelled.
        if !order.status.is_editable() && order.status != OrderStatus::QueryRaised {
            return Err(order.in_the_way("cancelling", "speak to the warehouse floor"));
        }
        let lines = lines(&mut tx, order.id).await?;
        let mut stock = stock_of(&mut tx, &order, &lines).await?;
        for line in &lines {
            if let Some(row) = stock.get_mut(&line.product) {
                row.release(line.allocated);
            }
        }
        write_stock(&mut tx, order.warehouse, &rows(&stock), now).await?;
        sqlx::query("UPDATE order_lines SET allocated = 0 WHERE order_id = $1")
            .bind(order.id)
            .execute(&mut *tx)
            .await?;
        set_status(&mut tx, &order, OrderStatus::Cancelled, now).await?;
        timeline::add(&mut tx, order.id, "warehouse", "cancelled", reason, now).await?;
        acknowledgements::withdraw(&mut tx, order.id, now).await?;
        departures::will_not_leave(&mut tx, order.id, now).await?;
        record::watch(&mut tx, order.id, now).await?;
        for product in stock.keys() {
            serve_back_orders(&mut tx, order.warehouse, *product, now).await?;
        }
        tx.commit().await
    }

    /// Holds an order until it is released: status HOLDING. Its stock stays reserved.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] once picking has begun.
    pub async fn hold(&self, order_id: i64, reason: &str, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        if !order.status.is_editable() || order.status == OrderStatus::Holding {
            return Err(order.in_the_way("holding", "only orders that wait to be picked can be held"));
        }
        sqlx::query("UPDATE orders SET held_from = status_id WHERE id = $1").bind(order.id).execute(&mut *tx).await?;
        set_status(&mut tx, &order, OrderStatus::Holding, now).await?;
        timeline::add(&mut tx, order.id, "warehouse", "held", reason, now).await?;
        tx.commit().await
    }

    /// Releases a held order, to where it was or would be by now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not held.
    pub async fn release(&self, order_id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        order.must_be("releasing", &[OrderStatus::Holding, OrderStatus::QueryRaised])?;
        let held_from: Option<i64> =
            sqlx::query_scalar("SELECT held_from FROM orders WHERE id = $1").bind(order.id).fetch_one(&mut *tx).await?;
        let to = held_from.and_then(OrderStatus::from_id).unwrap_or(OrderStatus::New);
        sqlx::query("UPDATE orders SET held_from = NULL WHERE id = $1").bind(order.id).execute(&mut *tx).await?;
        set_status(&mut tx, &order, to, now).await?;
        record::overrule(&mut tx, order.id).await?;
        timeline::add(&mut tx, order.id, "warehouse", "released", to.name(), now).await?;
        tx.commit().await
    }

    /// Puts the goods of an order that is being picked, or was stopped meanwhile, back on the shelf: status NEW. They stay
    /// reserved for it, and it may be changed again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not being picked, or has left.
    pub async fn put_back(&self, order_id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        order.must_be(
            "putting back",
            &[
                OrderStatus::Printed,
                OrderStatus::QueryRaised,
                OrderStatus::PackAndHold,
                OrderStatus::PickingStarted,
                OrderStatus::Picked,
                OrderStatus::PickingSkipped,
                OrderStatus::Packed,
                OrderStatus::Processing,
                OrderStatus::Rebinned,
            ],
        )?;
        // One that a review has stopped waits in HOLDING now, until the next review changes or releases it.
        let stopped = record::is_stopped(&mut tx, order.id).await?;
        let (to, held_from) =
            if stopped { (OrderStatus::Holding, Some(OrderStatus::New.id())) } else { (OrderStatus::New, None) };
        sqlx::query("UPDATE orders SET held_from = $1 WHERE id = $2")
            .bind(held_from)
            .bind(order.id)
            .execute(&mut *tx)
            .await?;
        set_status(&mut tx, &order, to, now).await?;
        timeline::add(&mut tx, order.id, "warehouse", "put-back", to.name(), now).await?;
        tx.commit().await
    }
}

impl InHand {
    pub(crate) fn must_be(&self, doing: &str, allowed: &[OrderStatus]) -> StoreResult<()> {
        if allowed.contains(&self.status) {
            return Ok(());
        }
        let names: Vec<&str> = allowed.iter().map(|status| status.name()).collect();
        Err(self.in_the_way(doing, &format!("it must be one of {}", names.join(", "))))
    }

    pub(crate) fn in_the_way(&self, doing: &str, remedy: &str) -> StoreError {
        StoreError::Conflict {
            what: format!("{doing} order {}", self.number),
            found: format!("it is {}", self.status.name()),
            remedy: remedy.into(),
        }
    }
}

/// Reads an order under its client's lock.
pub(crate) async fn take(tx: &mut Tx, order_id: i64) -> StoreResult<InHand> {
    let client: Option<i64> = sqlx::query_scalar("SELECT client_id FROM orders WHERE id = $1")
        .bind(order_id)
        .fetch_optional(&mut **tx)
        .await?;
    let client = client.ok_or_else(|| StoreError::not_found("order", order_id, None))?;
    tx.lock_client(client).await?;
    let (warehouse, number, status, courier): (i64, String, i64, Option<String>) =
        sqlx::query_as("SELECT warehouse_id, order_number, status_id, courier_service FROM orders WHERE id = $1")
            .bind(order_id)
            .fetch_one(&mut **tx)
            .await?;
    let status = OrderStatus::from_id(status).unwrap_or(OrderStatus::Failed);
    Ok(InHand { id: order_id, client, warehouse, number, status, courier })
}

pub(crate) async fn set_status(tx: &mut Tx, order: &InHand, to: OrderStatus, now: i64) -> StoreResult<()> {
    sqlx::query("UPDATE orders SET status_id = $1, last_updated = $2 WHERE id = $3 AND client_id = $4")
        .bind(to.id())
        .bind(now)
        .bind(order.id)
        .bind(order.client)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn lines(tx: &mut Tx, order_id: i64) -> StoreResult<Vec<Line>> {
    let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT line_no, product_id, quantity, allocated FROM order_lines WHERE order_id = $1 ORDER BY line_no",
    )
    .bind(order_id)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|(no, product, quantity, allocated)| Line { no, product, quantity, allocated }).collect())
}

async fn stock_of(tx: &mut Tx, order: &InHand, lines: &[Line]) -> StoreResult<BTreeMap<i64, StockRow>> {
    let mut stock = BTreeMap::new();
    for line in lines {
        if let Some(row) = stock_row(tx, order.warehouse, line.product).await? {
            stock.insert(line.product, row);
        }
    }
    Ok(stock)
}

pub(crate) async fn stock_row(tx: &mut Tx, warehouse: i64, product: i64) -> StoreResult<Option<StockRow>> {
    let found: Option<(i64, i64, i64)> =
        sqlx::query_as("SELECT level, allocated, quarantine FROM stock WHERE product_id = $1 AND warehouse_id = $2")
            .bind(product)
            .bind(warehouse)
            .fetch_optional(&mut **tx)
            .await?;
    Ok(found.map(|(level, allocated, quarantine)| StockRow { product_id: product, level, allocated, quarantine }))
}

fn rows(stock: &BTreeMap<i64, StockRow>) -> Vec<StockRow> {
    stock.values().cloned().collect()
}

/// Gives free stock of a product to the orders that lack it, first come first served; an order that lacks nothing any more
/// leaves the back orders. The caller holds the client's lock.
pub(crate) async fn serve_back_orders(tx: &mut Tx, warehouse: i64, product: i64, now: i64) -> StoreResult<()> {
    let Some(mut stock) = stock_row(tx, warehouse, product).await? else { return Ok(()) };
    if stock.level <= 0 {
        return Ok(());
    }
    let waiting: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT o.id, o.status_id FROM orders o WHERE o.warehouse_id = $1 AND o.status_id IN (7, 9) AND EXISTS \
         (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.product_id = $2 AND l.allocated < l.quantity) \
         ORDER BY o.id",
    )
    .bind(warehouse)
    .bind(product)
    .fetch_all(&mut **tx)
    .await?;
    for (order, status) in waiting {
        let lines = lines(tx, order).await?;
        let mut complete = true;
        for line in lines {
            let mut allocated = line.allocated;
            if line.product == product {
                allocated += stock.allocate(line.quantity - line.allocated);
            }
            complete &= allocated == line.quantity;
            if allocated != line.allocated {
                sqlx::query("UPDATE order_lines SET allocated = $1 WHERE order_id = $2 AND line_no = $3")
                    .bind(allocated)
                    .bind(order)
                    .bind(line.no)
                    .execute(&mut **tx)
                    .await?;
            }
        }
        if complete {
            let sql = if status == OrderStatus::Holding.id() {
                "UPDATE orders SET held_from = 1, last_updated = $1 WHERE id = $2 AND held_from = 9"
            } else {
                "UPDATE orders SET status_id = 1, last_updated = $1 WHERE id = $2"
            };
            sqlx::query(sql).bind(now).bind(order).execute(&mut **tx).await?;
        }
        if stock.level == 0 {
            break;
        }
    }
    write_stock(tx, warehouse, &[stock], now).await
}
