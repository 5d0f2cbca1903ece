//! The stock feed: what of the warehouse's stock a connection has to tell its source, and what it has told.
//!
//! Numbers are read when they are told, never queued. A product is told again when its numbers, what is under way with it, or the
//! connection's settings differ from those at the last time; and all products when the whole is compared. Only products that
//! have a row in the warehouse's stock are told: a row that is missing is not a zero. Quarantine is in none of the numbers.

use crate::in_flight::{Despatched, despatched};
use crate::problems::ProblemAt;
use crate::sql::{in_list, insert_many, list};
use crate::storage::{self, StagedStorage};
use crate::{Connection, Store, StoreResult, problems, runs};
use serde::Serialize;
use sqlx::Row;
use std::collections::HashMap;

/// What the warehouse has of one product, and how it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedItem {
    /// Product.
    pub product_id: i64,
    /// Of the product.
    pub sku: String,
    /// Free to be sold.
    pub on_hand: i64,
    /// Reserved for orders.
    pub allocated: i64,
    /// Returned to the shelf, and not yet at the source where we shall add it.
    pub returned_unbooked: i64,
    /// Received, and not yet delivered by us to the source's purchase order.
    pub received_undelivered: i64,
    /// Despatched, and not known to be processed at the source.
    pub in_flight: i64,
    /// What all of these and the settings come to, in short.
    pub digest: String,
    /// How it was told the last time.
    pub told: Option<ToldBefore>,
}

/// How a product was told the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldBefore {
    /// What came of it.
    pub state: FeedState,
    /// [`FeedItem::digest`] of that time.
    pub digest: String,
    /// Not to be told before, Unix milliseconds.
    pub next_at: i64,
}

impl FeedItem {
    /// Whether it is to be told although nobody asked for a comparison of everything.
    #[must_use]
    pub fn is_news(&self, now: i64) -> bool {
        match &self.told {
            None => true,
            Some(told) => (told.digest != self.digest || told.state == FeedState::Again) && told.next_at <= now,
        }
    }

    /// Whether the source was seen to have what the warehouse still has: a difference is then somebody else's doing.
    #[must_use]
    pub fn was_settled(&self) -> bool {
        self.told.as_ref().is_some_and(|told| told.state == FeedState::Told && told.digest == self.digest)
    }

    /// Whether the source did not take it the last time.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        self.told.as_ref().is_some_and(|told| told.state == FeedState::Refused)
    }
}

/// What came of telling a product's stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedState {
    /// It is to be told again.
    Again,
    /// The source has it.
    Told,
    /// The source does not take it; asked again when its numbers change, or everything is compared.
    Refused,
}

impl FeedState {
    const fn number(self) -> i64 {
        match self {
            Self::Again => 1,
            Self::Told => 2,
            Self::Refused => 3,
        }
    }

    fn from_column(number: i64) -> Self {
        match number {
            2 => Self::Told,
            3 => Self::Refused,
            _ => Self::Again,
        }
    }
}

/// The outcome of one product.
#[derive(Debug, Clone)]
pub struct FeedOutcome {
    /// Product.
    pub product_id: i64,
    /// What came of it.
    pub state: FeedState,
    /// [`FeedItem::digest`] of what was told.
    pub digest: String,
    /// Whether the source offers any of it now; none leaves what is known.
    pub offered: Option<bool>,
    /// Not to be told again before, Unix milliseconds.
    pub next_at: i64,
}

/// A level that somebody else had changed at the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// SKU.
    pub sku: String,
    /// When it was seen and set right, Unix milliseconds.
    pub at: i64,
    /// Run that set it right.
    pub run_id: i64,
    /// What was found.
    pub old: Option<String>,
    /// What it was set to.
    pub new: Option<String>,
    /// Who or what had changed it, as the source says.
    pub changed_by: Option<String>,
}

/// What one invocation of the stock flow returned.
#[derive(Debug, Clone, Default)]
pub struct FeedCommit {
    /// The run.
    pub run: i64,
    /// The run's fence.
    pub fence: i64,
    /// Through which connection.
    pub connection: i64,
    /// Its flow.
    pub flow: String,
    /// Unix milliseconds.
    pub now: i64,
    /// One for each product that was tried.
    pub outcomes: Vec<FeedOutcome>,
    /// What had been changed by others; `at` and `run_id` are those of the commit.
    pub drift: Vec<Drift>,
    /// Problems to report; subjects are SKUs. Other problems of the same SKUs are cleared.
    pub problems: Vec<ProblemAt>,
    /// SKUs that were tried.
    pub skus: Vec<String>,
    /// What the connector wrote to its storage.
    pub storage: Option<StagedStorage>,
}

/// Where a connection's feed is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Feed {
    /// When its first plan was released, Unix milliseconds; none until then.
    pub released_at: Option<i64>,
    /// When everything was compared last, Unix milliseconds.
    pub compared_at: Option<i64>,
}

impl Store {
    /// What the warehouse has of every product of the connection that has a row in its stock, by SKU. `settings` is what the
    /// digest takes in of the connection's settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_feed(&self, connection: &Connection, settings: &str, now: i64) -> StoreResult<Vec<FeedItem>> {
        Ok(self.feed(connection, settings, now, None).await?.0)
    }

    /// The same of a few products, with the orders that left the warehouse and that the source is not known to have processed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_feed_of(
        &self,
        connection: &Connection,
        settings: &str,
        now: i64,
        skus: &[&str],
    ) -> StoreResult<(Vec<FeedItem>, Vec<Despatched>)> {
        self.feed(connection, settings, now, Some(skus)).await
    }

    async fn feed(
        &self,
        connection: &Connection,
        settings: &str,
        now: i64,
        skus: Option<&[&str]>,
    ) -> StoreResult<(Vec<FeedItem>, Vec<Despatched>)> {
        let mut conn = self.reader().acquire().await?;
        // Three readings and no transaction around them, in the sequence in which what happens between two of them gives too little
        // and never too much: what leaves meanwhile is missed, what comes back is taken off.
        let left = despatched(&mut conn, connection, now).await?;
        let head = "SELECT p.id, p.sku, s.level, s.allocated, t.state, t.digest, t.next_at FROM stock s \
                    JOIN products p ON p.id = s.product_id \
                    LEFT JOIN stock_told t ON t.connection_id = $1 AND t.product_id = p.id \
                    WHERE s.warehouse_id = $2 AND p.client_id = $3";
        let rows = match skus {
            None => {
                sqlx::query(head)
                    .bind(connection.id)
                    .bind(connection.warehouse_id)
                    .bind(connection.client_id)
                    .fetch_all(&mut *conn)
                    .await?
            }
            Some(skus) => {
                let head = format!("{head} AND p.sku");
                sqlx::query(in_list(self.engine(), &head, 4))
                    .bind(connection.id)
                    .bind(connection.warehouse_id)
                    .bind(connection.client_id)
                    .bind(list(self.engine(), skus)?)
                    .fetch_all(&mut *conn)
                    .await?
            }
        };
        // What follows takes a connection of its own: who waited for one while holding one could wait for ever.
        drop(conn);
        let mut in_flight: HashMap<String, i64> = HashMap::new();
        for (sku, units) in left.iter().flat_map(|order| &order.lines) {
            *in_flight.entry(sku.clone()).or_default() += units;
        }
        let returned = self.returned_unbooked(connection.id).await?;
        let received = self.received_undelivered(connection.id).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            let (product_id, sku): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            let state: Option<i64> = row.try_get(4)?;
            let told = match state {
                None => None,
                Some(state) => Some(ToldBefore {
                    state: FeedState::from_column(state),
                    digest: row.try_get(5)?,
                    next_at: row.try_get(6)?,
                }),
            };
            let mut item = FeedItem {
                product_id,
                on_hand: row.try_get(2)?,
                allocated: row.try_get(3)?,
                returned_unbooked: returned.get(&sku).copied().unwrap_or_default(),
                received_undelivered: received.get(&sku).copied().unwrap_or_default(),
                in_flight: in_flight.get(&sku).copied().unwrap_or_default(),
                digest: String::new(),
                told,
                sku,
            };
            item.digest = format!(
                "{} {} {} {} {} {settings}",
                item.on_hand, item.allocated, item.returned_unbooked, item.received_undelivered, item.in_flight
            );
            items.push(item);
        }
        items.sort_by(|a, b| a.sku.cmp(&b.sku));
        Ok((items, left))
    }

    /// How many products the source offers through a connection, as far as is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_offered(&self, connection: i64) -> StoreResult<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM stock_told WHERE connection_id = $1 AND offered = 1")
            .bind(connection)
            .fetch_one(self.reader())
            .await?)
    }

    /// Makes real what one invocation told, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fence`](crate::StoreError::Fence), [`StoreError::StorageMoved`](crate::StoreError::StorageMoved),
    /// [`StoreError::StorageFull`](crate::StoreError::StorageFull); nothing is written then.
    pub async fn commit_feed(&self, commit: &FeedCommit) -> StoreResult<()> {
        let FeedCommit { run, fence, connection, flow, now, .. } = commit;
        let mut tx = self.begin().await?;
        runs::check_fence(&mut tx, *run, *fence).await?;
        if let Some(staged) = &commit.storage {
            storage::apply(&mut tx, *connection, staged).await?;
        }
        insert_many(
            &mut tx,
            "INSERT INTO stock_told (connection_id, product_id, state, digest, offered, next_at, told_at)",
            7,
            "ON CONFLICT (connection_id, product_id) DO UPDATE SET state = excluded.state, digest = excluded.digest, \
             offered = CASE WHEN excluded.offered < 0 THEN stock_told.offered ELSE excluded.offered END, \
             next_at = excluded.next_at, told_at = excluded.told_at",
            &commit.outcomes,
            |args, one| {
                args.push(*connection).push(one.product_id).push(one.state.number()).push(one.digest.clone());
                args.push(one.offered.map_or(-1_i64, i64::from)).push(one.next_at).push(*now);
            },
        )
        .await?;
        if !commit.drift.is_empty() {
            let mut id = self.next_ids("stock drift", commit.drift.len(), &mut tx).await?;
            insert_many(
                &mut tx,
                "INSERT INTO stock_drift (id, connection_id, run_id, sku, at, old, new, changed_by)",
                8,
                "",
                &commit.drift,
                |args, drift| {
                    args.push(id).push(*connection).push(*run).push(drift.sku.clone()).push(*now);
                    args.push(drift.old.clone()).push(drift.new.clone()).push(drift.changed_by.clone());
                    id += 1;
                },
            )
            .await?;
        }
        self.upsert_problems(&mut tx, *connection, flow, *run, &commit.problems, *now).await?;
        let skus: Vec<&str> = commit.skus.iter().map(String::as_str).collect();
        problems::clear_subjects(&mut tx, *connection, flow, *run, &skus, *now).await?;
        tx.commit().await
    }

    /// Where a connection's feed is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_state(&self, connection: i64) -> StoreResult<Feed> {
        let row: Option<(Option<i64>, Option<i64>)> =
            sqlx::query_as("SELECT released_at, compared_at FROM stock_feeds WHERE connection_id = $1")
                .bind(connection)
                .fetch_optional(self.reader())
                .await?;
        Ok(row.map_or_else(Feed::default, |(released_at, compared_at)| Feed { released_at, compared_at }))
    }

    /// Notes where a connection's feed is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_feed_state(&self, connection: i64, feed: Feed) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO stock_feeds (connection_id, released_at, compared_at) VALUES ($1, $2, $3) \
             ON CONFLICT (connection_id) DO UPDATE SET released_at = excluded.released_at, compared_at = excluded.compared_at",
        )
        .bind(connection)
        .bind(feed.released_at)
        .bind(feed.compared_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// What others had changed at the source, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_drift(&self, connection: i64, limit: u32) -> StoreResult<Vec<Drift>> {
        let rows = sqlx::query(
            "SELECT sku, at, run_id, old, new, changed_by FROM stock_drift WHERE connection_id = $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(connection)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Drift {
                    sku: row.try_get(0)?,
                    at: row.try_get(1)?,
                    run_id: row.try_get(2)?,
                    old: row.try_get(3)?,
                    new: row.try_get(4)?,
                    changed_by: row.try_get(5)?,
                })
            })
            .collect()
    }

    /// Counts a call that can move stock of an account: once before it leaves, once when it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_moved(&self, source_system: &str, account: &str) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO stock_moves (source_system, account, moves) VALUES ($1, $2, 1) \
             ON CONFLICT (source_system, account) DO UPDATE SET moves = stock_moves.moves + 1",
        )
        .bind(source_system.to_owned())
        .bind(account.to_owned())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// How often stock of an account was, or may have been, moved by us.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_moves(&self, source_system: &str, account: &str) -> StoreResult<i64> {
        let moves: Option<i64> =
            sqlx::query_scalar("SELECT moves FROM stock_moves WHERE source_system = $1 AND account = $2")
                .bind(source_system.to_owned())
                .bind(account.to_owned())
                .fetch_optional(self.reader())
                .await?;
        Ok(moves.unwrap_or_default())
    }
}
