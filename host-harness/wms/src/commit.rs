//! The central operation: what one invocation of an order import returned becomes real, in one transaction, or not at all.

use crate::decide::{Known, refusals};
use crate::ledger::{self, LedgerRow, LedgerState};
use crate::model::{Address, NewOrder, NewOrderLine, Problem, Verdict, loose};
use crate::orders::OrderStatus;
use crate::problems::{self, ProblemAt};
use crate::review::again;
use crate::review::successors::{self, Owner, Waiting};
use crate::sql::{in_list, insert_many, list};
use crate::stock::{StockRow, write_stock};
use crate::storage::{self, StagedStorage};
use crate::store::Tx;
use crate::warehouses::{local_date, zone};
use crate::{Engine, Store, StoreError, StoreResult, runs, split_off};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// Flow whose runs call this.
const FLOW: &str = "import-orders";

/// What one invocation returned.
#[derive(Debug, Clone, Default)]
pub struct ImportCommit {
    /// The run.
    pub run: i64,
    /// The run's fence.
    pub fence: i64,
    /// Through which connection.
    pub connection: i64,
    /// The account at the source.
    pub account: i64,
    /// Unix milliseconds.
    pub now: i64,
    /// Orders that are ready.
    pub ready: Vec<NewOrder>,
    /// Orders that the connector did not take.
    pub skipped: Vec<SkippedOrder>,
    /// Ids that the source does not know.
    pub absent: Vec<String>,
    /// What is wrong with orders that are not ready, beyond their verdicts; subjects are source ids.
    pub problems: Vec<ProblemAt>,
    /// What the connector wrote to its storage.
    pub storage: Option<StagedStorage>,
    /// New orders wait for a person to release them.
    pub hold: bool,
    /// Where at the source the orders are; empty where sources have no locations.
    pub location: String,
    /// Orders that were cancelled here come in again: a person says so.
    pub again: bool,
    /// Imported orders are missing from the source's list and nobody has found out why: new orders may have been made from them,
    /// and wait until a review has.
    pub unsettled: bool,
}

impl ImportCommit {
    /// All ids that it is about.
    fn ids(&self) -> impl Iterator<Item = &str> {
        let ready = self.ready.iter().map(|order| order.id.as_str());
        ready.chain(self.skipped.iter().map(|skip| skip.id.as_str())).chain(self.absent.iter().map(String::as_str))
    }
}

/// An order that the connector did not take.
#[derive(Debug, Clone, Default)]
pub struct SkippedOrder {
    /// The source's id.
    pub id: String,
    /// What a person at the source calls it.
    pub reference: String,
    /// The checks that did not pass.
    pub verdicts: Vec<Verdict>,
    /// Not to be read before, Unix milliseconds; none leaves it to the ledger.
    pub retry_at: Option<i64>,
}

/// What the warehouse decided about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It is in the warehouse now.
    Created {
        /// The warehouse's order.
        order_id: i64,
    },
    /// It was in the warehouse before.
    AlreadyImported {
        /// The warehouse's order.
        order_id: i64,
        /// Through which connection it came.
        by_connection: i64,
    },
    /// It stays out until something changes: all reasons, at least one.
    Refused(Vec<Problem>),
    /// It stays out because it is, or may be, what telling of a part that has left here split off at the source: its goods are those
    /// of this order. It is decided again as soon as that is known.
    SplitOff {
        /// The number of the order in the warehouse.
        from: String,
    },
}

/// The decision about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The source's id.
    pub id: String,
    /// The order's number.
    pub order_number: String,
    /// The decision.
    pub decision: Decision,
}

/// One decision for each ready order, in their order; an id that came twice is decided once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportResult {
    /// The decisions.
    pub orders: Vec<Decided>,
}

impl ImportResult {
    /// How many orders were created.
    #[must_use]
    pub fn created(&self) -> usize {
        self.orders.iter().filter(|o| matches!(o.decision, Decision::Created { .. })).count()
    }
}

/// An order that goes in, with what was reserved for each line.
struct Accepted<'a> {
    id: i64,
    order: &'a NewOrder,
    channel: i64,
    allocated: Vec<i64>,
    status: OrderStatus,
    held_from: Option<i64>,
}

/// The part of an order that names a person, as it is stored.
#[derive(Serialize)]
pub(crate) struct PersonalRef<'a> {
    pub(crate) address: &'a Address,
    pub(crate) comments: &'a str,
    pub(crate) delivery_notes: &'a str,
    pub(crate) gift_messages: &'a str,
    pub(crate) vat_number: &'a str,
}

impl Store {
    /// Creates the orders that the warehouse takes, each decided by itself; records why the others stay out; and makes the
    /// connector's storage writes real. All of it in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fence`] and [`StoreError::StorageMoved`] when the results are out of date, [`StoreError::StorageFull`],
    /// [`StoreError::Invalid`] for ids with control characters. Nothing is written then.
    pub async fn commit_import(&self, commit: &ImportCommit) -> StoreResult<ImportResult> {
        for id in commit.ids() {
            if id.is_empty() || id.chars().any(char::is_control) {
                return Err(StoreError::Invalid {
                    field: "order id",
                    found: format!("{id:?}"),
                    expected: "a text without control characters".into(),
                });
            }
        }
        let mut tx = self.begin().await?;
        let place = Place::read(&mut tx, commit.connection).await?;
        tx.lock_client(place.client).await?;
        runs::check_fence(&mut tx, commit.run, commit.fence).await?;
        if let Some(staged) = &commit.storage {
            storage::apply(&mut tx, commit.connection, staged).await?;
        }
        let mut known = gather(&mut tx, commit, &place).await?;
        let order_id =
            if commit.ready.is_empty() { 0 } else { self.next_ids("order", commit.ready.len(), &mut tx).await? };
        let (mut result, mut accepted) = decide(commit, &mut known, order_id);
        let owner = Owner { account: commit.account, client: place.client };
        let new: Vec<&NewOrder> = accepted.iter().map(|a| a.order).collect();
        let waits = successors::waiting(&mut tx, owner, &new).await?;
        let waiting = have_wait(&mut accepted, &waits, commit.unsettled);

        insert_orders(&mut tx, commit, &place, &accepted).await?;
        insert_lines(&mut tx, &known, &accepted).await?;
        let touched: HashSet<&str> =
            accepted.iter().flat_map(|a| a.order.lines.iter().map(|line| line.sku.as_str())).collect();
        let mut touched: Vec<&str> = touched.into_iter().collect();
        touched.sort_unstable();
        let rows: Vec<StockRow> = touched.iter().filter_map(|sku| known.products.get(*sku).cloned()).collect();
        write_stock(&mut tx, place.warehouse, &rows, commit.now).await?;
        insert_traces(&mut tx, commit, &place, &accepted).await?;
        // After the stock is written: what is taken in again takes from what is left.
        if commit.again {
            again::take_in(&mut tx, commit, &place, &mut result).await?;
        }
        successors::note_waiting(&mut tx, owner, &waiting, commit.now).await?;
        write_ledger(&mut tx, commit, &place, &known, &result).await?;
        self.write_problems(&mut tx, commit, &result).await?;
        tx.commit().await?;
        Ok(result)
    }

    /// What [`Store::commit_import`] would decide now. Nothing is written, neither run nor fence is looked at, and the ids of
    /// orders that would be created are 0.
    pub async fn plan_import(&self, commit: &ImportCommit) -> StoreResult<ImportResult> {
        let mut tx = self.begin().await?;
        let place = Place::read(&mut tx, commit.connection).await?;
        let mut known = gather(&mut tx, commit, &place).await?;
        let (mut result, _) = decide(commit, &mut known, 0);
        for decided in &mut result.orders {
            if let Decision::Created { order_id } = &mut decided.decision {
                *order_id = 0;
            }
        }
        Ok(result)
    }

    async fn write_problems(&self, tx: &mut Tx, commit: &ImportCommit, result: &ImportResult) -> StoreResult<()> {
        let mut standing = commit.problems.clone();
        for decided in &result.orders {
            if let Decision::Refused(reasons) = &decided.decision {
                standing.extend(reasons.iter().map(|problem| ProblemAt {
                    subject: decided.id.clone(),
                    reference: decided.order_number.clone(),
                    problem: problem.clone(),
                }));
            }
        }
        self.upsert_problems(tx, commit.connection, FLOW, commit.run, &standing, commit.now).await?;
        let subjects: Vec<&str> = commit.ids().collect();
        problems::clear_subjects(tx, commit.connection, FLOW, commit.run, &subjects, commit.now).await
    }
}

/// Decides each order by itself, in their order, so that two of one batch cannot take the same number or the same stock.
fn decide<'a>(commit: &'a ImportCommit, known: &mut Known, mut order_id: i64) -> (ImportResult, Vec<Accepted<'a>>) {
    let mut result = ImportResult::default();
    let mut accepted: Vec<Accepted<'_>> = Vec::with_capacity(commit.ready.len());
    let mut seen: HashSet<&str> = HashSet::with_capacity(commit.ready.len());
    for order in commit.ready.iter().filter(|order| seen.insert(&order.id)) {
        let decision = if let Some((order_id, by_connection)) = known.imported.get(&order.id).copied() {
            Decision::AlreadyImported { order_id, by_connection }
        } else if let Some(from) = known.split_off_from(order) {
            Decision::SplitOff { from }
        } else {
            let refused = refusals(order, known);
            match known.channel(&order.channel) {
                Some(channel) if refused.is_empty() => {
                    known.numbers.insert(order.order_number.clone(), order.id.clone());
                    accepted.push(accept(order_id, order, channel, commit.hold, known));
                    order_id += 1;
                    Decision::Created { order_id: order_id - 1 }
                }
                _ => Decision::Refused(refused),
            }
        };
        result.orders.push(Decided { id: order.id.clone(), order_number: order.order_number.clone(), decision });
    }
    (result, accepted)
}

/// Where a connection's orders go.
#[derive(Clone)]
pub(crate) struct Place {
    connection_name: String,
    pub(crate) client: i64,
    warehouse: i64,
    pub(crate) zone: chrono_tz::Tz,
}

impl Place {
    /// The same place in another warehouse.
    pub(crate) fn at(&self, warehouse: i64) -> Self {
        Self { warehouse, ..self.clone() }
    }

    pub(crate) async fn read(tx: &mut Tx, connection: i64) -> StoreResult<Self> {
        let found: Option<(String, i64, i64, String)> = sqlx::query_as(
            "SELECT c.name, c.client_id, c.warehouse_id, w.time_zone FROM connections c \
             JOIN warehouses w ON w.id = c.warehouse_id WHERE c.id = $1",
        )
        .bind(connection)
        .fetch_optional(&mut **tx)
        .await?;
        let (connection_name, client, warehouse, time_zone) =
            found.ok_or_else(|| StoreError::not_found("connection", connection, None))?;
        Ok(Self { connection_name, client, warehouse, zone: zone(&time_zone)? })
    }
}

/// Reads everything that the batch names, in a handful of statements.
pub(crate) async fn gather(tx: &mut Tx, commit: &ImportCommit, place: &Place) -> StoreResult<Known> {
    let mut known = Known::default();
    let client = place.client;
    let engine = tx.engine();
    // The others' too: an id that is an order stays one, whatever the source says of it later.
    let ids: Vec<&str> = commit.ids().collect();
    let head = "SELECT source_order_id, id, connection_id FROM orders \
                WHERE client_id = $1 AND account_id = $2 AND source_order_id";
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(in_list(engine, head, 3))
        .bind(client)
        .bind(commit.account)
        .bind(list(engine, &ids)?)
        .fetch_all(&mut **tx)
        .await?;
    known.imported.extend(rows.into_iter().map(|(source, order, connection)| (source, (order, connection))));
    if commit.ready.is_empty() {
        return Ok(known);
    }
    let references: Vec<&str> = commit.ready.iter().map(|order| order.external_order_reference.as_str()).collect();
    known.split_off = split_off::gather(tx, commit.account, &ids, &references).await?;
    known.channels =
        sqlx::query_as("SELECT name, id FROM channels WHERE client_id = $1").bind(client).fetch_all(&mut **tx).await?;
    if commit.ready.iter().any(|order| order.courier_service.is_some()) {
        known.couriers = sqlx::query_scalar("SELECT name FROM courier_services").fetch_all(&mut **tx).await?;
    }
    let numbers: Vec<&str> = commit.ready.iter().map(|order| order.order_number.as_str()).collect();
    let head = "SELECT order_number, account_id, source_order_id FROM orders WHERE client_id = $1 AND order_number";
    let rows: Vec<(String, i64, String)> = sqlx::query_as(in_list(engine, head, 2))
        .bind(client)
        .bind(list(engine, &numbers)?)
        .fetch_all(&mut **tx)
        .await?;
    // The same id in another account is another order.
    known.numbers.extend(
        rows.into_iter()
            .map(|(number, account, source)| (number, if account == commit.account { source } else { String::new() })),
    );
    let skus: HashSet<&str> =
        commit.ready.iter().flat_map(|order| order.lines.iter().map(|line| line.sku.as_str())).collect();
    let skus: Vec<&str> = skus.into_iter().collect();
    // Hundreds of rows, handed over by the database's thread one by one, cost more than the rest of the reading: one row.
    let row = "p.sku, p.id, COALESCE(s.level, 0), COALESCE(s.allocated, 0), COALESCE(s.quarantine, 0)";
    let row = match engine {
        Engine::Sqlite => format!("json_group_array(json_array({row}))"),
        Engine::Postgres => format!("CAST(COALESCE(json_agg(json_build_array({row})), '[]') AS TEXT)"),
    };
    let head = format!(
        "SELECT {row} FROM products p LEFT JOIN stock s ON s.product_id = p.id AND s.warehouse_id = $1 \
         WHERE p.client_id = $2 AND p.sku"
    );
    let rows: String = sqlx::query_scalar(in_list(engine, &head, 3))
        .bind(place.warehouse)
        .bind(client)
        .bind(list(engine, &skus)?)
        .fetch_one(&mut **tx)
        .await?;
    let rows: Vec<(String, i64, i64, i64, i64)> = serde_json::from_str(&rows)?;
    known.products.extend(rows.into_iter().map(|(sku, product_id, level, allocated, quarantine)| {
        (sku, StockRow { product_id, level, allocated, quarantine })
    }));
    let unknown: HashMap<String, &str> =
        skus.iter().filter(|sku| !known.products.contains_key(**sku)).map(|sku| (loose(sku), *sku)).collect();
    let keys: Vec<&str> = unknown.keys().map(String::as_str).collect();
    let head = "SELECT sku_key, sku FROM products WHERE client_id = $1 AND sku_key";
    let rows: Vec<(String, String)> =
        sqlx::query_as(in_list(engine, head, 2)).bind(client).bind(list(engine, &keys)?).fetch_all(&mut **tx).await?;
    for (key, sku) in rows {
        if let Some(wanted) = unknown.get(&key) {
            known.near_skus.insert((*wanted).to_owned(), sku);
        }
    }
    Ok(known)
}

/// Reserves what is free for an order that goes in.
fn accept<'a>(id: i64, order: &'a NewOrder, channel: i64, hold: bool, known: &mut Known) -> Accepted<'a> {
    let mut complete = true;
    let allocated = order
        .lines
        .iter()
        .map(|line| {
            let wanted = i64::from(line.quantity);
            let taken = known.products.get_mut(&line.sku).map_or(0, |stock| stock.allocate(wanted));
            complete &= taken == wanted;
            taken
        })
        .collect();
    let status = if complete { OrderStatus::New } else { OrderStatus::OnBackOrder };
    if hold {
        Accepted { id, order, channel, allocated, status: OrderStatus::Holding, held_from: Some(status.id()) }
    } else {
        Accepted { id, order, channel, allocated, status, held_from: None }
    }
}

/// Holds orders that were, or may have been, made from an order that is still on its way: both would ship the same goods.
fn have_wait<'w, 'a: 'w>(
    accepted: &mut [Accepted<'a>],
    waits: &'w HashMap<String, Vec<i64>>,
    unsettled: bool,
) -> Vec<Waiting<'w>> {
    let mut waiting = Vec::new();
    for one in accepted {
        let others = waits.get(&one.order.id);
        if others.is_none() && !unsettled {
            continue;
        }
        // One that a person has to release anyway is not released by a review.
        let stopped = one.held_from.is_none();
        if stopped {
            one.held_from = Some(one.status.id());
            one.status = OrderStatus::Holding;
        }
        waiting.push(Waiting {
            order_id: one.id,
            source_id: one.order.id.as_str(),
            others: others.map(Vec::as_slice).unwrap_or_default(),
            stopped,
            unsettled,
        });
    }
    waiting
}

async fn insert_orders(
    tx: &mut Tx,
    commit: &ImportCommit,
    place: &Place,
    accepted: &[Accepted<'_>],
) -> StoreResult<()> {
    insert_many(
        tx,
        "INSERT INTO orders (id, client_id, warehouse_id, channel_id, account_id, source_order_id, connection_id, \
         order_number, external_order_reference, source_reference, status_id, held_from, order_date, source_order_date, \
         required_despatch_date, courier_service, number_of_parcels, total_items, total_weight, currency, order_value, \
         totals, personal, name_values, tags, warnings, pii_removed, last_updated, version, source_location)",
        30,
        "",
        accepted,
        |args, a| {
            let o = a.order;
            let items: i64 = o.lines.iter().map(|line| i64::from(line.quantity)).sum();
            let personal = PersonalRef {
                address: &o.delivery_address,
                comments: &o.comments,
                delivery_notes: &o.delivery_notes,
                gift_messages: &o.gift_messages,
                vat_number: &o.vat_number,
            };
            args.push(a.id).push(place.client).push(place.warehouse).push(a.channel).push(commit.account);
            args.push(o.id.clone()).push(commit.connection).push(o.order_number.clone());
            args.push(o.external_order_reference.clone()).push(o.source_reference.clone());
            args.push(a.status.id()).push(a.held_from).push(commit.now).push(o.source_order_date);
            args.push(o.required_despatch.and_then(|at| local_date(at, place.zone))).push(o.courier_service.clone());
            args.push(1_i64).push(items).push(o.total_weight.clone()).push(o.currency.clone());
            args.push(o.totals.order_value.clone()).push(json(&o.totals)).push(json(&personal));
            args.push(json_list(&o.name_values)).push(json_list(&o.tags)).push(json_list(&o.warnings));
            args.push(0_i64).push(commit.now).push(o.version.clone()).push(commit.location.clone());
        },
    )
    .await
}

async fn insert_lines(tx: &mut Tx, known: &Known, accepted: &[Accepted<'_>]) -> StoreResult<()> {
    let lines: Vec<_> = accepted
        .iter()
        .flat_map(|a| {
            a.order.lines.iter().zip(&a.allocated).zip(1_i64..).map(move |((line, got), no)| (a.id, no, line, *got))
        })
        .collect();
    write_lines(tx, known, &lines).await
}

/// Inserts the lines of one order: number, line, and what is reserved for it.
pub(crate) async fn insert_order_lines(
    tx: &mut Tx,
    order_id: i64,
    known: &Known,
    lines: &[(i64, &NewOrderLine, i64)],
) -> StoreResult<()> {
    let lines: Vec<_> = lines.iter().map(|(no, line, allocated)| (order_id, *no, *line, *allocated)).collect();
    write_lines(tx, known, &lines).await
}

/// Order, number, line, and what is reserved for it.
async fn write_lines(tx: &mut Tx, known: &Known, lines: &[(i64, i64, &NewOrderLine, i64)]) -> StoreResult<()> {
    insert_many(
        tx,
        "INSERT INTO order_lines (order_id, line_no, product_id, sku, source_line_id, quantity, allocated, details, \
         unit_price, unit_price_vat, discount, name_values)",
        12,
        "",
        lines,
        |args, (order_id, no, line, allocated)| {
            let product = known.products.get(&line.sku).map_or(0, |stock| stock.product_id);
            args.push(*order_id).push(*no).push(product).push(line.sku.clone()).push(line.source_line_id.clone());
            args.push(i64::from(line.quantity)).push(*allocated).push(line.details.clone());
            args.push(line.unit_price.clone()).push(line.unit_price_vat.clone()).push(line.discount.clone());
            args.push(json_list(&line.name_values));
        },
    )
    .await
}

/// The timeline's first entry of each new order, and its place in the queue of acknowledgements.
async fn insert_traces(
    tx: &mut Tx,
    commit: &ImportCommit,
    place: &Place,
    accepted: &[Accepted<'_>],
) -> StoreResult<()> {
    insert_many(
        tx,
        "INSERT INTO timeline (order_id, entry_no, at, side, event, detail)",
        6,
        "",
        accepted,
        |args, a| {
            let detail = format!("imported by connection {} as {}", place.connection_name, a.status.name());
            args.push(a.id)
                .push(1_i64)
                .push(commit.now)
                .push("warehouse".to_owned())
                .push("imported".to_owned())
                .push(detail);
        },
    )
    .await?;
    let marked: Vec<&Accepted<'_>> = accepted.iter().filter(|a| a.order.acknowledge).collect();
    insert_many(
        tx,
        "INSERT INTO acknowledgements (order_id, connection_id, source_id, attempts, next_at, queued_at)",
        6,
        "",
        &marked,
        |args, a| {
            args.push(a.id)
                .push(commit.connection)
                .push(a.order.id.clone())
                .push(0_i64)
                .push(commit.now)
                .push(commit.now);
        },
    )
    .await
}

/// Writes what keeps the others out, and forgets what kept the accepted ones out.
async fn write_ledger(
    tx: &mut Tx,
    commit: &ImportCommit,
    place: &Place,
    known: &Known,
    result: &ImportResult,
) -> StoreResult<()> {
    let references: HashMap<&str, &str> =
        commit.ready.iter().map(|order| (order.id.as_str(), order.source_reference.as_str())).collect();
    let refused = result.orders.iter().filter_map(|decided| match &decided.decision {
        Decision::Refused(reasons) => {
            let verdicts: Vec<Verdict> = reasons.iter().map(verdict).collect();
            let reference = references.get(decided.id.as_str()).copied().unwrap_or_default();
            Some(LedgerRow::new(&decided.id, LedgerState::Refused, reference, json(&verdicts)))
        }
        _ => None,
    });
    let skipped = commit.skipped.iter().map(|skip| LedgerRow {
        retry_at: skip.retry_at,
        ..LedgerRow::new(&skip.id, LedgerState::Skipped, &skip.reference, json(&skip.verdicts))
    });
    let absent = commit.absent.iter().map(|id| LedgerRow::new(id, LedgerState::Absent, "", "[]".to_owned()));
    let mut written: HashSet<&str> = HashSet::new();
    let waiting: Vec<LedgerRow<'_>> = refused
        .chain(skipped)
        .chain(absent)
        .filter(|row| !known.imported.contains_key(row.source_id) && written.insert(row.source_id))
        .collect();
    let book = ledger::Book { account: commit.account, client: place.client };
    ledger::write(tx, book, commit.connection, &waiting, commit.now).await?;
    let settled = result.orders.iter().filter(|decided| !matches!(decided.decision, Decision::Refused(_)));
    let settled: Vec<&str> = settled.map(|decided| decided.id.as_str()).collect();
    ledger::forget(tx, book, &settled).await
}

fn verdict(problem: &Problem) -> Verdict {
    Verdict {
        check: problem.code.clone(),
        passed: false,
        found: problem.message.clone(),
        remedy: problem.remedy.clone(),
    }
}

/// The model's own types have text keys only, so that this cannot fail.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(crate) fn json_list<T: Serialize>(values: &Vec<T>) -> String {
    if values.is_empty() { "[]".to_owned() } else { json(values) }
}
