//! The findings of a run made real, in one transaction.
use super::decide::{Action, Facts, Moment, Subject, Trouble, decide};
use super::edit::{self, Edit, Edited};
use super::record::{self, Noted, Record};
use super::successors::{self, Link, Owner, SUCCESSOR};
use super::{Done, FLOW, Finding};
use crate::commit::{ImportCommit, Place};
use crate::orders::OrderStatus;
use crate::problems::{self, ProblemAt};
use crate::sql::{in_list, list};
use crate::stock::write_stock;
use crate::storage::{self, StagedStorage};
use crate::store::Tx;
use crate::{PlannedChange, Store, StoreResult, acknowledgements, hands, runs, timeline};
use serde::Serialize;
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What a run found out.
#[derive(Debug, Clone, Default)]
pub struct ReviewCommit {
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
    /// Source id and finding; an id twice counts once.
    pub findings: Vec<(String, Finding)>,
    /// Ids that the source listed as open in this run; none when nothing was listed.
    pub listed: Option<Vec<String>>,
    /// Whatever had vanished from that list was looked at, and nothing of it is held back.
    pub whole: bool,
    /// What the connector wrote to its storage.
    pub storage: Option<StagedStorage>,
}

/// What was done about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reviewed {
    /// The source's id.
    pub id: String,
    /// What a person at the source calls it.
    pub reference: String,
    /// The order's number.
    pub order_number: String,
    /// What was done.
    pub done: Done,
    /// Why, in words for people; empty when nothing was found.
    pub because: String,
}

impl Reviewed {
    /// Whether the order is lost: cancelled, or stopped since it was cancelled or deleted at the source.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.done == Done::Cancelled
            || (self.done == Done::Stopped && matches!(self.because.as_str(), "cancelled" | "gone"))
    }

    /// The change as a guard shows it.
    #[must_use]
    pub fn planned(&self) -> PlannedChange {
        let new = if self.done == Done::Cancelled { "cancelled" } else { "stopped" };
        PlannedChange {
            subject: self.id.clone(),
            reference: self.order_number.clone(),
            old: Some("open".into()),
            new: format!("{new}: {}", self.because),
        }
    }
}

/// What was done, one for each finding about an order that the warehouse has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReviewResult {
    /// Per order.
    pub orders: Vec<Reviewed>,
    /// Orders that had waited for another and go on.
    pub let_go: usize,
}

impl ReviewResult {
    /// How many orders were or would be cancelled.
    #[must_use]
    pub fn cancelled(&self) -> usize {
        self.orders.iter().filter(|order| order.done == Done::Cancelled).count()
    }
}

/// An order as it is found.
struct Found {
    id: i64,
    source_id: String,
    number: String,
    reference: String,
    status: OrderStatus,
    warehouse: i64,
    channel: String,
    record: Record,
}

impl Store {
    /// Does what the findings ask for, each by how far its order has come, and remembers that these orders were looked at.
    ///
    /// # Errors
    /// [`StoreError::Fence`](crate::StoreError::Fence), [`StoreError::StorageMoved`](crate::StoreError::StorageMoved) and
    /// [`StoreError::StorageFull`](crate::StoreError::StorageFull). Nothing is written then.
    pub async fn commit_review(&self, commit: &ReviewCommit) -> StoreResult<ReviewResult> {
        let mut tx = self.begin().await?;
        let place = Place::read(&mut tx, commit.connection).await?;
        tx.lock_client(place.client).await?;
        runs::check_fence(&mut tx, commit.run, commit.fence).await?;
        if let Some(staged) = &commit.storage {
            storage::apply(&mut tx, commit.connection, staged).await?;
        }
        let (result, told) = work(&mut tx, commit, &place).await?;
        self.upsert_problems(&mut tx, commit.connection, FLOW, commit.run, &told, commit.now).await?;
        let subjects: Vec<&str> = commit.findings.iter().map(|(id, _)| id.as_str()).collect();
        problems::clear_subjects(&mut tx, commit.connection, FLOW, commit.run, &subjects, commit.now).await?;
        clear_of_settled(&mut tx, commit).await?;
        tx.commit().await?;
        Ok(result)
    }

    /// What [`Store::commit_review`] would do now. Nothing is written, neither run nor fence is looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn plan_review(&self, commit: &ReviewCommit) -> StoreResult<ReviewResult> {
        let mut tx = self.begin().await?;
        let place = Place::read(&mut tx, commit.connection).await?;
        tx.lock_client(place.client).await?;
        // The same work, and then the transaction is given up.
        Ok(work(&mut tx, commit, &place).await?.0)
    }
}

async fn work(tx: &mut Tx, commit: &ReviewCommit, place: &Place) -> StoreResult<(ReviewResult, Vec<ProblemAt>)> {
    let owner = Owner { account: commit.account, client: place.client };
    let mut findings: BTreeMap<&str, &Finding> = BTreeMap::new();
    for (id, finding) in &commit.findings {
        findings.entry(id.as_str()).or_insert(finding);
    }
    let found = read(tx, owner, &findings).await?;
    let free = free_to_merge(tx, owner, &found, &findings).await?;
    let listed: Option<HashSet<&str>> =
        commit.listed.as_ref().map(|listed| listed.iter().map(String::as_str).collect());
    let (mut result, mut told, mut records) = (ReviewResult::default(), Vec::new(), Vec::with_capacity(found.len()));
    for order in &found {
        let Some(finding) = findings.get(order.source_id.as_str()).copied() else { continue };
        let edit = prepare(tx, commit, place, order, finding).await?;
        let facts = Facts {
            differs: edit.as_ref().map(|edit| edit.matters.clone()).unwrap_or_default(),
            refused: edit.as_ref().map(|edit| edit.refused.clone()).unwrap_or_default(),
            free_to_merge: free.contains(&order.id),
        };
        let subject = Subject { number: &order.number, status: order.status, record: &order.record };
        let action = decide(&subject, finding, &facts, Moment { run: commit.run, now: commit.now });
        let mut step = Step { tx, owner, now: commit.now, run: commit.run, order, finding };
        let done = step.carry_out(&action, edit.as_ref()).await?;
        step.links(&action).await?;
        let mut record = step.record(&action, done).await?;
        if let Some(listed) = &listed
            && !matches!(finding, Finding::Listed)
        {
            record.unlisted = !listed.contains(order.source_id.as_str()) && action != Action::Missing;
        }
        if let Action::Stop(trouble) | Action::Tell(trouble) | Action::StillOpen(trouble) = &action {
            told.push(trouble.at(&order.source_id, &order.reference));
        }
        result.orders.push(Reviewed {
            id: order.source_id.clone(),
            reference: order.reference.clone(),
            order_number: order.number.clone(),
            done,
            because: because(&action, edit.as_ref()),
        });
        records.push((order.id, record));
    }
    let rows: Vec<Noted<'_>> = records.iter().map(|(order_id, record)| Noted { order_id: *order_id, record }).collect();
    record::write(tx, &rows, commit.now).await?;
    let (waiting, let_go) = successors::settle(tx, owner, commit.connection, commit.whole, commit.now).await?;
    told.extend(waiting);
    result.let_go = let_go;
    Ok((result, told))
}

fn because(action: &Action, edit: Option<&Edit>) -> String {
    match action {
        Action::GoOn | Action::Nothing | Action::Closed => String::new(),
        Action::Apply => edit.map(|edit| edit.all.join(", ")).unwrap_or_default(),
        Action::Cancel(why) => (*why).to_owned(),
        Action::Missing => "not found at the source".to_owned(),
        Action::Stop(trouble) | Action::Tell(trouble) | Action::StillOpen(trouble) => trouble.finding.to_owned(),
    }
}

/// Reads the orders with these source ids, by number.
async fn read(tx: &mut Tx, owner: Owner, findings: &BTreeMap<&str, &Finding>) -> StoreResult<Vec<Found>> {
    let engine = tx.engine();
    let ids: Vec<&str> = findings.keys().copied().collect();
    let head = "SELECT o.id, o.source_order_id, o.order_number, o.source_reference, o.status_id, o.warehouse_id, c.name, \
                r.missing_since, r.missing_run, r.finding, r.detail, COALESCE(r.stopped, 0), COALESCE(r.overruled, 0), \
                COALESCE(r.watched, 0), COALESCE(r.unlisted, 0) \
                FROM orders o JOIN channels c ON c.id = o.channel_id LEFT JOIN order_reviews r ON r.order_id = o.id \
                WHERE o.client_id = $1 AND o.account_id = $2 AND o.source_order_id";
    let rows = sqlx::query(in_list(engine, head, 3))
        .bind(owner.client)
        .bind(owner.account)
        .bind(list(engine, &ids)?)
        .fetch_all(&mut **tx)
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let missing: (Option<i64>, Option<i64>) = (row.try_get(7)?, row.try_get(8)?);
        found.push(Found {
            id: row.try_get(0)?,
            source_id: row.try_get(1)?,
            number: row.try_get(2)?,
            reference: row.try_get(3)?,
            status: OrderStatus::from_id(row.try_get(4)?).unwrap_or(OrderStatus::Failed),
            warehouse: row.try_get(5)?,
            channel: row.try_get(6)?,
            record: Record {
                missing: missing.0.zip(missing.1),
                finding: row.try_get(9)?,
                detail: row.try_get(10)?,
                stopped: row.try_get::<i64, _>(11)? != 0,
                overruled: row.try_get::<i64, _>(12)? != 0,
                watched: row.try_get(13)?,
                unlisted: row.try_get::<i64, _>(14)? != 0,
            },
        });
    }
    found.sort_by_key(|order| order.id);
    Ok(found)
}

/// Ids of those merged orders that can be cancelled: all that went into the same order can.
async fn free_to_merge(
    tx: &mut Tx,
    owner: Owner,
    found: &[Found],
    findings: &BTreeMap<&str, &Finding>,
) -> StoreResult<HashSet<i64>> {
    let mut parts: BTreeMap<&str, BTreeMap<i64, OrderStatus>> = BTreeMap::new();
    for order in found {
        if let Some(Finding::Merged(into)) = findings.get(order.source_id.as_str()) {
            for id in into {
                parts.entry(id).or_default().insert(order.id, order.status);
            }
        }
    }
    let mut free = HashSet::new();
    if parts.is_empty() {
        return Ok(free);
    }
    let engine = tx.engine();
    let ids: Vec<&str> = parts.keys().copied().collect();
    let head = "SELECT l.source_id, o.id, o.status_id FROM order_links l JOIN orders o ON o.id = l.order_id \
                WHERE l.account_id = $1 AND l.client_id = $2 AND l.kind = 'merged' AND l.source_id";
    let linked: Vec<(String, i64, i64)> = sqlx::query_as(in_list(engine, head, 3))
        .bind(owner.account)
        .bind(owner.client)
        .bind(list(engine, &ids)?)
        .fetch_all(&mut **tx)
        .await?;
    for (source_id, id, status) in &linked {
        if let Some(orders) = parts.get_mut(source_id.as_str()) {
            orders.insert(*id, OrderStatus::from_id(*status).unwrap_or(OrderStatus::Failed));
        }
    }
    let mut bound: HashSet<i64> = HashSet::new();
    for orders in parts.values() {
        let all = orders.values().all(|status| status.is_editable() || *status == OrderStatus::Cancelled);
        if all { free.extend(orders.keys()) } else { bound.extend(orders.keys()) }
    }
    free.retain(|id| !bound.contains(id));
    Ok(free)
}

async fn prepare(
    tx: &mut Tx,
    commit: &ReviewCommit,
    place: &Place,
    order: &Found,
    finding: &Finding,
) -> StoreResult<Option<Edit>> {
    let (Finding::Edited(new) | Finding::Split { rest: Some(new), .. }) = finding else { return Ok(None) };
    if order.status.is_final() {
        return Ok(None);
    }
    let of = edited(order);
    let batch = ImportCommit { connection: commit.connection, account: commit.account, ..ImportCommit::default() };
    let place = place.at(order.warehouse);
    Ok(Some(edit::prepare(tx, &batch, &place, &of, new).await?))
}

fn edited(order: &Found) -> Edited<'_> {
    Edited { id: order.id, number: &order.number, channel: &order.channel, status: order.status }
}

/// One order on its way through.
struct Step<'a, 'b> {
    tx: &'a mut Tx,
    owner: Owner,
    now: i64,
    run: i64,
    order: &'b Found,
    finding: &'b Finding,
}

impl Step<'_, '_> {
    async fn carry_out(&mut self, action: &Action, edit: Option<&Edit>) -> StoreResult<Done> {
        let order = self.order;
        Ok(match action {
            Action::Nothing | Action::Closed => Done::Nothing,
            Action::Missing => {
                if order.record.missing.is_none() {
                    self.note("source", "missing", "not found; a second look decides").await?;
                }
                Done::Missing
            }
            Action::GoOn => self.release().await?,
            Action::Tell(trouble) => {
                self.news(trouble, "source").await?;
                self.release().await?;
                Done::Told
            }
            Action::StillOpen(trouble) => {
                self.news(trouble, "warehouse").await?;
                Done::StillOpen
            }
            Action::Apply => {
                if let Some(edit) = edit {
                    edit::apply(self.tx, edit, &edited(order), order.warehouse, self.now).await?;
                    if !edit.all.is_empty() {
                        self.note("source", "edited", &edit.all.join(", ")).await?;
                    }
                }
                let released = self.release().await?;
                if edit.is_some_and(|edit| edit.all.is_empty()) { released } else { Done::Applied }
            }
            Action::Cancel(why) => {
                self.cancel(why).await?;
                Done::Cancelled
            }
            Action::Stop(trouble) => {
                self.news(trouble, "source").await?;
                // Who is held by a person stays so for that person's reasons.
                let goes = order.status != OrderStatus::Holding && order.status != OrderStatus::QueryRaised;
                if !order.record.stopped && goes {
                    stop(self.tx, order.id, order.status, self.now).await?;
                    self.note("warehouse", "stopped", trouble.finding).await?;
                }
                Done::Stopped
            }
        })
    }

    async fn note(&mut self, side: &str, event: &str, detail: &str) -> StoreResult<()> {
        timeline::add(self.tx, self.order.id, side, event, detail, self.now).await
    }

    /// Notes a finding when it is a new one.
    async fn news(&mut self, trouble: &Trouble, side: &str) -> StoreResult<()> {
        let record = &self.order.record;
        let known = record.finding.as_deref() == Some(trouble.finding)
            && record.detail.as_deref() == Some(trouble.detail.as_str());
        // A version is a digest and says nothing to anybody.
        let detail = if matches!(trouble.finding, "edited" | "refused") { "" } else { &trouble.detail };
        if known { Ok(()) } else { self.note(side, trouble.finding, detail).await }
    }

    /// Lets the order go on when a review had stopped it, and nothing else keeps it.
    async fn release(&mut self) -> StoreResult<Done> {
        if !self.order.record.stopped || self.waits().await? {
            return Ok(Done::Nothing);
        }
        let_go(self.tx, self.order.id, self.now).await?;
        self.note("warehouse", "released", "as at the source again").await?;
        Ok(Done::Released)
    }

    /// Whether it was made from an order that stands in its way.
    async fn waits(&mut self) -> StoreResult<bool> {
        let standing: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM order_links WHERE account_id = $1 AND client_id = $2 AND source_id = $3 AND standing = 1",
        )
        .bind(self.owner.account)
        .bind(self.owner.client)
        .bind(self.order.source_id.clone())
        .fetch_one(&mut **self.tx)
        .await?;
        Ok(standing > 0)
    }

    async fn cancel(&mut self, why: &str) -> StoreResult<()> {
        let order = self.order;
        let mut products = BTreeSet::new();
        for line in hands::lines(self.tx, order.id).await? {
            if let Some(mut row) = hands::stock_row(self.tx, order.warehouse, line.product).await? {
                row.release(line.allocated);
                write_stock(self.tx, order.warehouse, &[row], self.now).await?;
            }
            products.insert(line.product);
        }
        sqlx::query("UPDATE order_lines SET allocated = 0 WHERE order_id = $1")
            .bind(order.id)
            .execute(&mut **self.tx)
            .await?;
        sqlx::query("UPDATE orders SET status_id = 3, held_from = NULL, last_updated = $1 WHERE id = $2")
            .bind(self.now)
            .bind(order.id)
            .execute(&mut **self.tx)
            .await?;
        self.note("source", "cancelled", why).await?;
        acknowledgements::withdraw(self.tx, order.id, self.now).await?;
        for product in products {
            hands::serve_back_orders(self.tx, order.warehouse, product, self.now).await?;
        }
        Ok(())
    }

    /// What the finding says of orders that were made from this one.
    async fn links(&mut self, action: &Action) -> StoreResult<()> {
        let order = self.order;
        match (self.finding, action) {
            (Finding::Merged(into), _) => {
                // What was despatched stands in the way for good.
                let standing = !matches!(action, Action::Cancel(_)) && order.status != OrderStatus::Cancelled;
                self.link(into, "merged", standing).await?;
                // What it became is known: others that came in with its reference have nothing to do with it.
                successors::unlink(self.tx, order.id, true).await?;
                successors::pass_on(self.tx, self.owner, &order.source_id, into, self.now).await
            }
            (Finding::Split { parts, .. }, _) if order.status.is_despatched() => {
                self.link(parts, "split", true).await?;
                successors::unlink(self.tx, order.id, true).await
            }
            (Finding::Split { .. }, Action::Apply) => successors::unlink(self.tx, order.id, false).await,
            (Finding::Split { parts, .. }, Action::Stop(_)) => {
                self.link(parts, "split", true).await?;
                successors::unlink(self.tx, order.id, true).await
            }
            (Finding::Unchanged, _) => successors::unlink(self.tx, order.id, false).await,
            (Finding::Gone | Finding::Listed | Finding::Split { .. }, _) => Ok(()),
            _ => successors::unlink(self.tx, order.id, true).await,
        }
    }

    async fn link(&mut self, ids: &[String], kind: &'static str, standing: bool) -> StoreResult<()> {
        let order_id = self.order.id;
        let links: Vec<Link<'_>> = ids.iter().map(|id| Link { source_id: id, order_id, kind, standing }).collect();
        successors::link(self.tx, self.owner, &links, self.now).await
    }

    /// What is remembered of the order from now on.
    async fn record(&mut self, action: &Action, done: Done) -> StoreResult<Record> {
        let was = &self.order.record;
        let mut next = Record { watched: was.watched, unlisted: was.unlisted, ..Record::default() };
        let keep = |next: &mut Record| {
            next.finding.clone_from(&was.finding);
            next.detail.clone_from(&was.detail);
            (next.stopped, next.overruled) = (was.stopped, was.overruled);
        };
        // What was found to be gone is gone until it is found again.
        let still_missing = if matches!(self.finding, Finding::Gone) { was.missing } else { None };
        match action {
            Action::Nothing => {
                keep(&mut next);
                next.missing = still_missing;
            }
            Action::Missing => {
                keep(&mut next);
                next.missing = was.missing.or(Some((self.now, self.run)));
            }
            Action::Closed => next.watched = 0,
            Action::Cancel(_) => {
                // What was only not found may turn up again.
                next.watched = if matches!(self.finding, Finding::Gone) { 2 } else { 0 };
            }
            Action::Stop(trouble) | Action::Tell(trouble) | Action::StillOpen(trouble) => {
                next.finding = Some(trouble.finding.to_owned());
                next.detail = Some(trouble.detail.clone());
                let by_person = matches!(self.order.status, OrderStatus::Holding | OrderStatus::QueryRaised);
                next.stopped = done == Done::Stopped && (was.stopped || !by_person);
                next.missing = still_missing;
            }
            Action::GoOn | Action::Apply => {}
        }
        if was.finding.as_deref() == Some(SUCCESSOR)
            && matches!(action, Action::GoOn | Action::Apply | Action::Tell(_))
            && self.waits().await?
        {
            keep(&mut next);
        } else if matches!(action, Action::GoOn | Action::Apply | Action::Tell(_))
            && was.stopped
            && self.waits().await?
        {
            (next.finding, next.detail, next.stopped) = (Some(SUCCESSOR.to_owned()), Some(String::new()), true);
        }
        Ok(next)
    }
}

/// Stops an order: one that waits to be picked is held, one that is being picked has a query raised.
pub(super) async fn stop(tx: &mut Tx, order_id: i64, status: OrderStatus, now: i64) -> StoreResult<()> {
    let to = if status.is_editable() { OrderStatus::Holding } else { OrderStatus::QueryRaised };
    sqlx::query(
        "UPDATE orders SET held_from = status_id, status_id = $1, last_updated = $2 WHERE id = $3 AND status_id <> $1",
    )
    .bind(to.id())
    .bind(now)
    .bind(order_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Lets a stopped order go on from where it was, or would be by now.
pub(super) async fn let_go(tx: &mut Tx, order_id: i64, now: i64) -> StoreResult<()> {
    sqlx::query(
        "UPDATE orders SET status_id = COALESCE(held_from, 1), held_from = NULL, last_updated = $1 \
         WHERE id = $2 AND status_id IN (7, 13)",
    )
    .bind(now)
    .bind(order_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Clears what was told of orders that waited and do not any more, or are final; they need not have been looked at.
async fn clear_of_settled(tx: &mut Tx, commit: &ReviewCommit) -> StoreResult<()> {
    sqlx::query(
        "UPDATE problems SET cleared_at = $1 WHERE connection_id = $2 AND flow = $3 AND run_id <> $4 AND cleared_at IS NULL \
         AND (code = 'review.made-from-another' OR (code <> 'cancelled-in-wms-still-open' AND EXISTS \
         (SELECT 1 FROM orders o JOIN connections n ON n.id = problems.connection_id AND n.client_id = o.client_id \
         WHERE o.source_order_id = problems.subject AND o.status_id IN (3, 4, 5, 6))))",
    )
    .bind(commit.now)
    .bind(commit.connection)
    .bind(FLOW.to_owned())
    .bind(commit.run)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
