//! What left the warehouse, as it is told to the source: by the order that was imported, whatever the warehouse made of it.
//!
//! An order that was split leaves in parts. Unless the connection says that each part is to be told as it leaves, nothing is
//! told until none is outstanding; the part that leaves last, or is cancelled last, tells of all that were not told before.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::connections::{self, Teller};
use crate::hands::Parcel;
use crate::model::NameValue;
use crate::queue::{self, QueueItem};
use crate::store::Tx;
use crate::{Store, StoreResult};

/// The flow that tells it.
const FLOW: &str = "push-despatch";

/// `orders.told_as` of a part that is told by itself.
const PART: i64 = 1;
/// `orders.told_as` of the order that tells of all that is left.
const REST: i64 = 2;

/// The setting that decides, and its value that has parts told one by one.
const SETTING: (&str, &str) = ("SplitOrders", "SplitInLinnworks");

/// One despatch as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Departure {
    /// The order that left.
    pub order_id: i64,
    /// Names the despatch: the source's id of the order, with the part behind a `#` where it left in parts.
    pub id: String,
    /// The source's id of the imported order.
    pub source_order_id: String,
    /// Number of the imported order.
    pub order_number: String,
    /// As imported.
    pub name_values: Vec<NameValue>,
    /// Unix milliseconds.
    pub despatched_at: i64,
    /// At least one.
    pub parcels: Vec<Parcel>,
    /// At least one.
    pub lines: Vec<DepartedLine>,
    /// The rest of the imported order follows by itself.
    pub partial: bool,
}

/// What left of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DepartedLine {
    /// The source's id of the line.
    pub source_line_id: String,
    /// SKU.
    pub sku: String,
    /// Units.
    pub quantity: i64,
    /// Number and units of the batches that are known.
    pub batches: Vec<(String, i64)>,
}

impl Store {
    /// What is told of these orders, each of which left; an order of which nothing is told is missing.
    pub async fn departures(&self, order_ids: &[i64]) -> StoreResult<Vec<Departure>> {
        let mut departures = Vec::with_capacity(order_ids.len());
        for id in order_ids {
            departures.extend(self.departure(*id).await?);
        }
        Ok(departures)
    }

    async fn departure(&self, order_id: i64) -> StoreResult<Option<Departure>> {
        let head: Option<(i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT COALESCE(split_from, id), told_as, COALESCE(despatch_date, 0), part FROM orders \
             WHERE id = $1 AND told_as IS NOT NULL",
        )
        .bind(order_id)
        .fetch_optional(self.reader())
        .await?;
        let Some((root, told_as, despatched_at, part)) = head else { return Ok(None) };
        let (source_order_id, order_number, name_values, parts): (String, String, String, i64) = sqlx::query_as(
            "SELECT source_order_id, order_number, name_values, number_of_parts FROM orders WHERE id = $1",
        )
        .bind(root)
        .fetch_one(self.reader())
        .await?;
        let covered = if told_as == PART { vec![order_id] } else { self.untold(root, order_id).await? };
        let mut parcels = Vec::new();
        let mut lines: BTreeMap<String, DepartedLine> = BTreeMap::new();
        for id in covered {
            parcels.extend(self.parcels(id).await?);
            self.add_lines(id, &mut lines).await?;
        }
        Ok(Some(Departure {
            order_id,
            id: item_id(&source_order_id, part, parts),
            source_order_id,
            order_number,
            name_values: serde_json::from_str(&name_values)?,
            despatched_at,
            parcels,
            lines: lines.into_values().collect(),
            partial: told_as == PART,
        }))
    }

    /// The parts that left and are told of by the last one, itself included.
    async fn untold(&self, root: i64, last: i64) -> StoreResult<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT id FROM orders WHERE (id = $1 OR split_from = $1) AND status_id IN (4, 5, 6) \
             AND (told_as IS NULL OR id = $2) ORDER BY part, id",
        )
        .bind(root)
        .bind(last)
        .fetch_all(self.reader())
        .await?)
    }

    async fn parcels(&self, order_id: i64) -> StoreResult<Vec<Parcel>> {
        let rows: Vec<(Option<String>, String)> = sqlx::query_as(
            "SELECT tracking_number, courier_service FROM shipments WHERE order_id = $1 ORDER BY parcel_no",
        )
        .bind(order_id)
        .fetch_all(self.reader())
        .await?;
        let parcel = |(tracking_number, courier_service)| Parcel { tracking_number, courier_service };
        Ok(rows.into_iter().map(parcel).collect())
    }

    async fn add_lines(&self, order_id: i64, lines: &mut BTreeMap<String, DepartedLine>) -> StoreResult<()> {
        let rows: Vec<(i64, String, String, i64)> = sqlx::query_as(
            "SELECT line_no, source_line_id, sku, quantity FROM order_lines WHERE order_id = $1 ORDER BY line_no",
        )
        .bind(order_id)
        .fetch_all(self.reader())
        .await?;
        let batches: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT line_no, batch_no, quantity FROM picked_batches WHERE order_id = $1 ORDER BY line_no, batch_no",
        )
        .bind(order_id)
        .fetch_all(self.reader())
        .await?;
        for (no, source_line_id, sku, quantity) in rows {
            let line = lines.entry(source_line_id.clone()).or_insert(DepartedLine {
                source_line_id,
                sku,
                quantity: 0,
                batches: Vec::new(),
            });
            line.quantity += quantity;
            line.batches.extend(batches.iter().filter(|(line, ..)| *line == no).map(|(_, b, q)| (b.clone(), *q)));
        }
        Ok(())
    }
}

/// Queues what is to be told of an order that has just left.
pub(crate) async fn left(tx: &mut Tx, order_id: i64, now: i64) -> StoreResult<()> {
    let head = Head::of(tx, order_id).await?;
    let Some(teller) = connections::teller(tx, order_id).await? else { return Ok(()) };
    let told_as = match (outstanding(tx, head.root, order_id).await?, told_in_parts(&teller)) {
        (0, _) => REST,
        (_, true) => PART,
        (_, false) => return Ok(()),
    };
    tell(tx, order_id, &head, &teller, told_as, now).await
}

/// The same of an order that is cancelled: when the others have left, they are told of now.
pub(crate) async fn will_not_leave(tx: &mut Tx, order_id: i64, now: i64) -> StoreResult<()> {
    let head = Head::of(tx, order_id).await?;
    let Some(teller) = connections::teller(tx, order_id).await? else { return Ok(()) };
    if outstanding(tx, head.root, order_id).await? > 0 {
        return Ok(());
    }
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM orders WHERE (id = $1 OR split_from = $1) AND status_id IN (4, 5, 6) AND told_as IS NULL \
         ORDER BY despatch_date DESC, id DESC LIMIT 1",
    )
    .bind(head.root)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(last) = last else { return Ok(()) };
    let head = Head::of(tx, last).await?;
    tell(tx, last, &head, &teller, REST, now).await
}

async fn tell(tx: &mut Tx, order_id: i64, head: &Head, teller: &Teller, told_as: i64, now: i64) -> StoreResult<()> {
    sqlx::query("UPDATE orders SET told_as = $1 WHERE id = $2").bind(told_as).bind(order_id).execute(&mut **tx).await?;
    let item = QueueItem {
        connection: teller.connection,
        flow: FLOW,
        item_id: item_id(&head.source_order_id, head.part, head.parts),
        reference: head.order_number.clone(),
        order_id: Some(order_id),
    };
    queue::add(tx, &item, now).await
}

/// The source's id of the order, with the part behind a `#` where it left in parts.
fn item_id(source_order_id: &str, part: i64, parts: i64) -> String {
    if parts > 1 { format!("{source_order_id}#{part}") } else { source_order_id.to_owned() }
}

/// An order, and the imported one that it is or was split off.
struct Head {
    root: i64,
    source_order_id: String,
    order_number: String,
    part: i64,
    parts: i64,
}

impl Head {
    async fn of(tx: &mut Tx, order_id: i64) -> StoreResult<Self> {
        let (root, source_order_id, order_number, part, parts) = sqlx::query_as(
            "SELECT r.id, r.source_order_id, o.order_number, o.part, r.number_of_parts FROM orders o \
             JOIN orders r ON r.id = COALESCE(o.split_from, o.id) WHERE o.id = $1",
        )
        .bind(order_id)
        .fetch_one(&mut **tx)
        .await?;
        Ok(Self { root, source_order_id, order_number, part, parts })
    }
}

/// How many other parts may still leave.
async fn outstanding(tx: &mut Tx, root: i64, but: i64) -> StoreResult<i64> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM orders WHERE (id = $1 OR split_from = $1) AND id <> $2 AND status_id NOT IN (3, 4, 5, 6)",
    )
    .bind(root)
    .bind(but)
    .fetch_one(&mut **tx)
    .await?)
}

/// Whether the connection has parts told one by one.
fn told_in_parts(teller: &Teller) -> bool {
    teller.settings.get(SETTING.0).and_then(serde_json::Value::as_str) == Some(SETTING.1)
}
