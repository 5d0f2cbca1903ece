//! An order as it is now takes the place of the order as it was.
//!
//! Its number, its channel and its place in the warehouse stay: the warehouse has printed or promised them. What it had reserved
//! is given back and reserved anew, in the same transaction, so that it loses nothing to an order that waits.
use crate::StoreResult;
use crate::commit::{ImportCommit, PersonalRef, Place, gather, json, json_list};
use crate::decide::{Known, refusals};
use crate::hands;
use crate::model::{NameValue, NewOrder, Personal, Problem, Totals};
use crate::orders::OrderStatus;
use crate::stock::{StockRow, write_stock};
use crate::store::Tx;
use crate::warehouses::local_date;
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};

/// The part of an order that is its goods.
pub(super) const LINES: &str = "lines";

/// What is kept of an order, as far as an edit may change it.
pub(super) struct Stored {
    personal: Personal,
    totals: Totals,
    name_values: Vec<NameValue>,
    tags: Vec<String>,
    courier_service: Option<String>,
    required_despatch_date: Option<String>,
    references: (String, String),
    currency: String,
    total_weight: Option<String>,
    lines: Vec<StoredLine>,
    erased: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct StoredLine {
    product: i64,
    sku: String,
    source_line_id: String,
    quantity: i64,
    allocated: i64,
    details: String,
    unit_price: String,
    unit_price_vat: String,
    discount: String,
    name_values: Vec<NameValue>,
}

/// An edit with all that is needed to decide about it.
pub(super) struct Edit {
    pub(super) order: NewOrder,
    stored: Stored,
    known: Known,
    required_despatch_date: Option<String>,
    /// Parts that differ and matter to what is picked and where it goes.
    pub(super) matters: Vec<&'static str>,
    /// All parts that differ.
    pub(super) all: Vec<&'static str>,
    /// Why the warehouse does not take the order as it is now.
    pub(super) refused: Vec<Problem>,
}

impl Edit {
    /// Writes the buyer, too, where that was erased.
    pub(super) fn bring_buyer_back(&mut self) {
        self.stored.erased = false;
    }
}

/// Which order is edited.
pub(super) struct Edited<'a> {
    pub(super) id: i64,
    pub(super) number: &'a str,
    pub(super) channel: &'a str,
    pub(super) status: OrderStatus,
}

/// Compares an order with what it is to become.
pub(super) async fn prepare(
    tx: &mut Tx,
    commit: &ImportCommit,
    place: &Place,
    of: &Edited<'_>,
    new: &NewOrder,
) -> StoreResult<Edit> {
    let order = NewOrder { order_number: of.number.to_owned(), channel: of.channel.to_owned(), ..new.clone() };
    let batch = ImportCommit { ready: vec![order], ..commit.clone() };
    let known = gather(tx, &batch, place).await?;
    let order = batch.ready.into_iter().next().unwrap_or_default();
    let stored = stored(tx, of.id).await?;
    let required_despatch_date = order.required_despatch.and_then(|at| local_date(at, place.zone));
    let (matters, all) = differences(&stored, &order, required_despatch_date.as_deref());
    let refused = refusals(&order, &known);
    Ok(Edit { order, stored, known, required_despatch_date, matters, all, refused })
}

async fn stored(tx: &mut Tx, id: i64) -> StoreResult<Stored> {
    let row = sqlx::query(
        "SELECT personal, totals, name_values, tags, courier_service, required_despatch_date, external_order_reference, \
         source_reference, currency, total_weight, pii_removed FROM orders WHERE id = $1",
    )
    .bind(id)
    .fetch_one(&mut **tx)
    .await?;
    let lines = sqlx::query(
        "SELECT product_id, sku, source_line_id, quantity, allocated, details, unit_price, unit_price_vat, discount, \
         name_values FROM order_lines WHERE order_id = $1 ORDER BY line_no",
    )
    .bind(id)
    .fetch_all(&mut **tx)
    .await?;
    let line = |row: &sqlx::any::AnyRow| -> StoreResult<StoredLine> {
        Ok(StoredLine {
            product: row.try_get(0)?,
            sku: row.try_get(1)?,
            source_line_id: row.try_get(2)?,
            quantity: row.try_get(3)?,
            allocated: row.try_get(4)?,
            details: row.try_get(5)?,
            unit_price: row.try_get(6)?,
            unit_price_vat: row.try_get(7)?,
            discount: row.try_get(8)?,
            name_values: serde_json::from_str(row.try_get(9)?)?,
        })
    };
    Ok(Stored {
        personal: serde_json::from_str(row.try_get(0)?)?,
        totals: serde_json::from_str(row.try_get(1)?)?,
        name_values: serde_json::from_str(row.try_get(2)?)?,
        tags: serde_json::from_str(row.try_get(3)?)?,
        courier_service: row.try_get(4)?,
        required_despatch_date: row.try_get(5)?,
        references: (row.try_get(6)?, row.try_get(7)?),
        currency: row.try_get(8)?,
        total_weight: row.try_get(9)?,
        erased: row.try_get::<i64, _>(10)? != 0,
        lines: lines.iter().map(line).collect::<StoreResult<_>>()?,
    })
}

/// Names of the parts that differ: those that matter on the floor, and all.
fn differences(was: &Stored, is: &NewOrder, required: Option<&str>) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut matters = Vec::new();
    if !was.erased {
        for (part, differs) in [
            ("delivery-address", was.personal.address != is.delivery_address),
            ("comments", was.personal.comments != is.comments),
            ("delivery-notes", was.personal.delivery_notes != is.delivery_notes),
            ("gift-messages", was.personal.gift_messages != is.gift_messages),
        ] {
            if differs {
                matters.push(part);
            }
        }
    }
    if goods(was.lines.iter().map(|line| (line.sku.as_str(), line.quantity)))
        != goods(is.lines.iter().map(|line| (line.sku.as_str(), i64::from(line.quantity))))
    {
        matters.push(LINES);
    }
    if was.courier_service != is.courier_service {
        matters.push("courier-service");
    }
    let mut all = matters.clone();
    let prices = was.lines.len() != is.lines.len()
        || was.lines.iter().zip(&is.lines).any(|(was, is)| {
            (&was.details, &was.unit_price, &was.unit_price_vat, &was.discount, &was.name_values, &was.source_line_id)
                != (&is.details, &is.unit_price, &is.unit_price_vat, &is.discount, &is.name_values, &is.source_line_id)
        });
    for (part, differs) in [
        ("prices", prices && !matters.contains(&LINES)),
        ("totals", was.totals != is.totals || was.currency != is.currency),
        ("required-despatch", was.required_despatch_date.as_deref() != required),
        ("references", was.references != (is.external_order_reference.clone(), is.source_reference.clone())),
        ("name-values", was.name_values != is.name_values || was.tags != is.tags),
        ("total-weight", was.total_weight != is.total_weight),
        ("vat-number", !was.erased && was.personal.vat_number != is.vat_number),
    ] {
        if differs {
            all.push(part);
        }
    }
    (matters, all)
}

/// SKUs with their quantities; how they are spread over lines does not matter.
fn goods<'a>(lines: impl Iterator<Item = (&'a str, i64)>) -> BTreeMap<&'a str, i64> {
    let mut goods = BTreeMap::new();
    for (sku, quantity) in lines {
        *goods.entry(sku).or_default() += quantity;
    }
    goods
}

/// Makes the edit real. The order's status follows from what can be reserved, unless it is past that.
pub(super) async fn apply(tx: &mut Tx, edit: &Edit, of: &Edited<'_>, warehouse: i64, now: i64) -> StoreResult<()> {
    let complete = reserve(tx, edit, of.id, warehouse, now).await?;
    let (order, stored) = (&edit.order, &edit.stored);
    let personal = if stored.erased {
        json(&stored.personal)
    } else {
        json(&PersonalRef {
            address: &order.delivery_address,
            comments: &order.comments,
            delivery_notes: &order.delivery_notes,
            gift_messages: &order.gift_messages,
            vat_number: &order.vat_number,
        })
    };
    sqlx::query(
        "UPDATE orders SET external_order_reference = $1, source_reference = $2, required_despatch_date = $3, \
         courier_service = $4, total_items = $5, total_weight = $6, currency = $7, order_value = $8, totals = $9, \
         personal = $10, name_values = $11, tags = $12, warnings = $13, version = $14, last_updated = $15 WHERE id = $16",
    )
    .bind(order.external_order_reference.clone())
    .bind(order.source_reference.clone())
    .bind(edit.required_despatch_date.clone())
    .bind(order.courier_service.clone())
    .bind(order.lines.iter().map(|line| i64::from(line.quantity)).sum::<i64>())
    .bind(order.total_weight.clone())
    .bind(order.currency.clone())
    .bind(order.totals.order_value.clone())
    .bind(json(&order.totals))
    .bind(personal)
    .bind(json_list(&order.name_values))
    .bind(json_list(&order.tags))
    .bind(json_list(&order.warnings))
    .bind(order.version.clone())
    .bind(now)
    .bind(of.id)
    .execute(&mut **tx)
    .await?;
    let to = if complete { OrderStatus::New } else { OrderStatus::OnBackOrder };
    let sql = match of.status {
        OrderStatus::New | OrderStatus::OnBackOrder => "UPDATE orders SET status_id = $1 WHERE id = $2",
        OrderStatus::Holding => {
            "UPDATE orders SET held_from = $1 WHERE id = $2 AND (held_from IS NULL OR held_from IN (1, 9))"
        }
        _ => return Ok(()),
    };
    sqlx::query(sql).bind(to.id()).bind(of.id).execute(&mut **tx).await?;
    Ok(())
}

/// Replaces the lines and what is reserved for them; answers whether all of it could be.
async fn reserve(tx: &mut Tx, edit: &Edit, id: i64, warehouse: i64, now: i64) -> StoreResult<bool> {
    let product = |sku: &str| edit.known.products.get(sku).map(|row| row.product_id).unwrap_or_default();
    let products: BTreeSet<i64> = edit
        .stored
        .lines
        .iter()
        .map(|line| line.product)
        .chain(edit.order.lines.iter().map(|line| product(&line.sku)))
        .collect();
    let mut stock: BTreeMap<i64, StockRow> = BTreeMap::new();
    for product in products {
        if let Some(row) = hands::stock_row(tx, warehouse, product).await? {
            stock.insert(product, row);
        }
    }
    for line in &edit.stored.lines {
        if let Some(row) = stock.get_mut(&line.product) {
            row.release(line.allocated);
        }
    }
    sqlx::query("DELETE FROM order_lines WHERE order_id = $1").bind(id).execute(&mut **tx).await?;
    let mut complete = true;
    let lines: Vec<(i64, &crate::model::NewOrderLine, i64)> = edit
        .order
        .lines
        .iter()
        .zip(1_i64..)
        .map(|(line, no)| {
            let wanted = i64::from(line.quantity);
            let taken = stock.get_mut(&product(&line.sku)).map_or(0, |row| row.allocate(wanted));
            complete &= taken == wanted;
            (no, line, taken)
        })
        .collect();
    crate::commit::insert_order_lines(tx, id, &edit.known, &lines).await?;
    write_stock(tx, warehouse, &stock.values().cloned().collect::<Vec<_>>(), now).await?;
    for product in stock.keys() {
        hands::serve_back_orders(tx, warehouse, *product, now).await?;
    }
    Ok(complete)
}
