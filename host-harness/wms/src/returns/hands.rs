//! What people do to returns: put one together, confirm it, reopen it.

use super::{ITEMS, ReturnItem, StockAction, read_item, telling};
use crate::hands::serve_back_orders;
use crate::orders::OrderStatus;
use crate::stock::{StockRow, write_stock};
use crate::store::Tx;
use crate::{Store, StoreError, StoreResult, timeline};
use std::collections::BTreeMap;

/// A row to be added to a return.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewReturnItem {
    /// The client's SKU, as the order has it.
    pub sku: String,
    /// The order's line, by its place there, where several have the SKU; the first with so much left when left out.
    pub order_item_id: Option<i64>,
    /// At least 1.
    pub quantity: u32,
    /// Exact name of a reason.
    pub reason: String,
    /// What is done with the goods; what the reason says when left out.
    pub stock_action: Option<StockAction>,
    /// Remarks.
    pub comments: String,
}

/// What a hand needs to know of a return.
pub(super) struct InHand {
    pub(super) id: i64,
    pub(super) order: i64,
    pub(super) client: i64,
    pub(super) warehouse: i64,
    pub(super) reference: String,
    pub(super) confirmed: bool,
}

impl InHand {
    fn must_be_open(&self, doing: &str) -> StoreResult<()> {
        if !self.confirmed {
            return Ok(());
        }
        Err(StoreError::Conflict {
            what: format!("{doing} return {}", self.reference),
            found: "it is confirmed".into(),
            remedy: "reopen it first".into(),
        })
    }
}

impl Store {
    /// Begins a return of an order that has left, and answers its id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] when the order has not been despatched.
    pub async fn create_return(&self, order_id: i64, now: i64) -> StoreResult<i64> {
        let mut tx = self.begin().await?;
        let found: Option<(i64, i64, String, i64)> =
            sqlx::query_as("SELECT client_id, warehouse_id, order_number, status_id FROM orders WHERE id = $1")
                .bind(order_id)
                .fetch_optional(&mut *tx)
                .await?;
        let (client, warehouse, number, status) =
            found.ok_or_else(|| StoreError::not_found("order", order_id, None))?;
        let status = OrderStatus::from_id(status).unwrap_or(OrderStatus::Failed);
        if !status.is_despatched() {
            return Err(StoreError::Conflict {
                what: format!("returning goods of order {number}"),
                found: format!("it is {}", status.name()),
                remedy: "only what was despatched can come back; cancel the order instead".into(),
            });
        }
        let id = self.next_ids("return", 1, &mut tx).await?;
        sqlx::query(
            "INSERT INTO returns (id, order_id, client_id, warehouse_id, reference, confirmed_at, created_at, last_updated) \
             VALUES ($1, $2, $3, $4, $5, NULL, $6, $6)",
        )
        .bind(id)
        .bind(order_id)
        .bind(client)
        .bind(warehouse)
        .bind(format!("RET-{id}"))
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Adds a row to a return that is not confirmed, and answers its place.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a line or reason that there is not; [`StoreError::Conflict`] when more would come back than
    /// was sent, all returns of the order counted, or when the return is confirmed; [`StoreError::Invalid`] for a quantity of 0.
    pub async fn add_return_item(&self, return_id: i64, new: &NewReturnItem, now: i64) -> StoreResult<i64> {
        if new.quantity == 0 {
            return Err(StoreError::Invalid { field: "quantity", found: "0".into(), expected: "at least 1".into() });
        }
        let reason = self.return_reason(&new.reason).await?;
        let mut tx = self.begin().await?;
        let one = take(&mut tx, return_id).await?;
        one.must_be_open("adding to")?;
        let line = line_for(&mut tx, &one, new).await?;
        let place: i64 =
            sqlx::query_scalar("SELECT COALESCE(MAX(item_no), 0) + 1 FROM return_items WHERE return_id = $1")
                .bind(one.id)
                .fetch_one(&mut *tx)
                .await?;
        sqlx::query(
            "INSERT INTO return_items (return_id, item_no, line_no, product_id, sku, source_line_id, quantity, stock_action, \
             reason_id, reason, comments) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(one.id)
        .bind(place)
        .bind(line.no)
        .bind(line.product)
        .bind(new.sku.clone())
        .bind(line.source_line_id)
        .bind(i64::from(new.quantity))
        .bind(new.stock_action.unwrap_or(reason.stock_action).name())
        .bind(reason.id)
        .bind(reason.name)
        .bind(new.comments.trim().to_owned())
        .execute(&mut *tx)
        .await?;
        touch(&mut tx, &one, one.confirmed, now).await?;
        tx.commit().await?;
        Ok(place)
    }

    /// Takes a row out of a return that is not confirmed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] when the return is confirmed.
    pub async fn remove_return_item(&self, return_id: i64, item: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let one = take(&mut tx, return_id).await?;
        one.must_be_open("changing")?;
        let gone = sqlx::query("DELETE FROM return_items WHERE return_id = $1 AND item_no = $2")
            .bind(one.id)
            .bind(item)
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            let hint = format!("`harness wms returns show {}` shows its rows", one.reference);
            return Err(StoreError::not_found("row of the return", item, Some(hint)));
        }
        touch(&mut tx, &one, false, now).await?;
        tx.commit().await
    }

    /// Confirms a return: what is restocked lies on the shelf, back orders first, and the source is to be told where the
    /// connection of the order exports returns.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is confirmed, or empty.
    pub async fn confirm_return(&self, return_id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let one = take(&mut tx, return_id).await?;
        one.must_be_open("confirming")?;
        let items = items(&mut tx, one.id).await?;
        if items.is_empty() {
            return Err(StoreError::Conflict {
                what: format!("confirming return {}", one.reference),
                found: "it has no rows".into(),
                remedy: "add what came back first".into(),
            });
        }
        let mut stock = stock_of(&mut tx, &one, &items).await?;
        let restocked = units(&items, StockAction::Restock);
        for (product, units) in &restocked {
            if let Some(row) = stock.get_mut(product) {
                row.level += units;
            }
        }
        let rows: Vec<StockRow> = restocked.keys().filter_map(|product| stock.get(product).cloned()).collect();
        write_stock(&mut tx, one.warehouse, &rows, now).await?;
        touch(&mut tx, &one, true, now).await?;
        let detail = said(&one.reference, &items);
        timeline::add(&mut tx, one.order, "warehouse", "returned", &detail, now).await?;
        telling::queue(&mut tx, &one, now).await?;
        for product in restocked.keys() {
            serve_back_orders(&mut tx, one.warehouse, *product, now).await?;
        }
        tx.commit().await
    }

    /// Reopens a confirmed return to correct it: what it had put on the shelf is taken off again. What the source was told stays
    /// told there; a person hears of it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not confirmed, or when its goods are reserved or gone meanwhile.
    pub async fn reopen_return(&self, return_id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let one = take(&mut tx, return_id).await?;
        let conflict = |found: String, remedy: &str| StoreError::Conflict {
            what: format!("reopening return {}", one.reference),
            found,
            remedy: remedy.into(),
        };
        if !one.confirmed {
            return Err(conflict("it is not confirmed".into(), "change it as it is"));
        }
        let items = items(&mut tx, one.id).await?;
        let mut stock = stock_of(&mut tx, &one, &items).await?;
        let restocked = units(&items, StockAction::Restock);
        for (product, units) in &restocked {
            let Some(row) = stock.get_mut(product) else { continue };
            if row.level < *units {
                let sku = items.iter().find(|item| item.product_id == *product).map_or("", |item| item.sku.as_str());
                let found = format!("of the {units} of {sku} that it put on the shelf only {} are free", row.level);
                return Err(conflict(found, "correct the stock by hand instead"));
            }
            row.level -= units;
        }
        let rows: Vec<StockRow> = restocked.keys().filter_map(|product| stock.get(product).cloned()).collect();
        write_stock(&mut tx, one.warehouse, &rows, now).await?;
        touch(&mut tx, &one, false, now).await?;
        timeline::add(&mut tx, one.order, "warehouse", "return-reopened", &one.reference, now).await?;
        telling::reopened(&mut tx, &one, now).await?;
        tx.commit().await
    }
}

/// Reads a return under its client's lock.
async fn take(tx: &mut Tx, return_id: i64) -> StoreResult<InHand> {
    let client: Option<i64> = sqlx::query_scalar("SELECT client_id FROM returns WHERE id = $1")
        .bind(return_id)
        .fetch_optional(&mut **tx)
        .await?;
    let client = client.ok_or_else(|| StoreError::not_found("return", return_id, None))?;
    tx.lock_client(client).await?;
    let (order, warehouse, reference, confirmed_at): (i64, i64, String, Option<i64>) =
        sqlx::query_as("SELECT order_id, warehouse_id, reference, confirmed_at FROM returns WHERE id = $1")
            .bind(return_id)
            .fetch_one(&mut **tx)
            .await?;
    Ok(InHand { id: return_id, order, client, warehouse, reference, confirmed: confirmed_at.is_some() })
}

async fn touch(tx: &mut Tx, one: &InHand, confirmed: bool, now: i64) -> StoreResult<()> {
    sqlx::query("UPDATE returns SET confirmed_at = $1, last_updated = $2 WHERE id = $3 AND client_id = $4")
        .bind(confirmed.then_some(now))
        .bind(now)
        .bind(one.id)
        .bind(one.client)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn items(tx: &mut Tx, return_id: i64) -> StoreResult<Vec<ReturnItem>> {
    sqlx::query(ITEMS).bind(return_id).fetch_all(&mut **tx).await?.iter().map(read_item).collect()
}

/// A line of the order that goods came back from.
struct Line {
    no: i64,
    product: i64,
    source_line_id: String,
}

/// The order's line that a new row is of: one that has so much left that did not come back yet.
async fn line_for(tx: &mut Tx, one: &InHand, new: &NewReturnItem) -> StoreResult<Line> {
    let lines: Vec<(i64, i64, String, i64, i64)> = sqlx::query_as(
        "SELECT l.line_no, l.product_id, l.source_line_id, l.quantity, CAST(COALESCE((SELECT SUM(i.quantity) FROM return_items i \
         JOIN returns r ON r.id = i.return_id WHERE r.order_id = l.order_id AND i.line_no = l.line_no), 0) AS BIGINT) \
         FROM order_lines l WHERE l.order_id = $1 AND l.sku = $2 ORDER BY l.line_no",
    )
    .bind(one.order)
    .bind(new.sku.clone())
    .fetch_all(&mut **tx)
    .await?;
    let meant: Vec<_> =
        lines.into_iter().filter(|(no, ..)| new.order_item_id.is_none_or(|wanted| wanted == *no)).collect();
    if meant.is_empty() {
        let hint = "the order has other SKUs or places; `harness wms order show` shows them".to_owned();
        return Err(StoreError::not_found("line of the order with SKU", &new.sku, Some(hint)));
    }
    let left: i64 = meant.iter().map(|(.., sent, back)| sent - back).sum();
    let fitting = meant.into_iter().find(|(.., sent, back)| sent - back >= i64::from(new.quantity));
    let (no, product, source_line_id, ..) = fitting.ok_or_else(|| StoreError::Conflict {
        what: format!("returning {} of {}", new.quantity, new.sku),
        found: format!("{left} of what the order was sent did not come back yet"),
        remedy: "correct the quantity, or split the row where the order has several lines".into(),
    })?;
    Ok(Line { no, product, source_line_id })
}

async fn stock_of(tx: &mut Tx, one: &InHand, items: &[ReturnItem]) -> StoreResult<BTreeMap<i64, StockRow>> {
    let mut stock = BTreeMap::new();
    for item in items {
        let found: Option<(i64, i64, i64)> = sqlx::query_as(
            "SELECT level, allocated, quarantine FROM stock WHERE product_id = $1 AND warehouse_id = $2",
        )
        .bind(item.product_id)
        .bind(one.warehouse)
        .fetch_optional(&mut **tx)
        .await?;
        let (level, allocated, quarantine) = found.unwrap_or_default();
        stock.insert(item.product_id, StockRow { product_id: item.product_id, level, allocated, quarantine });
    }
    Ok(stock)
}

/// Units by product of the rows with that action.
fn units(items: &[ReturnItem], action: StockAction) -> BTreeMap<i64, i64> {
    let mut units = BTreeMap::new();
    for item in items.iter().filter(|item| item.stock_action == action) {
        *units.entry(item.product_id).or_default() += item.quantity;
    }
    units
}

/// For the order's timeline: no remarks, which may name a person.
fn said(reference: &str, items: &[ReturnItem]) -> String {
    let of = |action| units(items, action).values().sum::<i64>();
    format!("{reference}: {} to stock, {} scrapped", of(StockAction::Restock), of(StockAction::Scrap))
}
