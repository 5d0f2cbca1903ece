//! From ids to commits, batch by batch.
//!
//! A batch that the connector breaks on is halved until the order at fault stands alone: that one is left out with a problem of
//! its own, all others come in.

use std::collections::HashSet;
use std::ops::Range;

use harness_contract::import_orders::Fetched;
use harness_contract::results;
use harness_contract::types::{Failure, Skip};
use harness_engine::functions::FetchOrders;
use harness_wms::{ImportCommit, NewOrder, SkippedOrder, StagedStorage, StoreError, Verdict};

use super::{BATCH, HALVES, Importing, problems};
use crate::connection::field;
use crate::flow::run::committed;
use crate::flow::words::{self, REFERENCE};
use crate::flow::{FlowError, convert};

/// Batches that are fetched at once. More would only wait for the rate limit.
const IN_FLIGHT: usize = 3;

/// So many single orders at fault and nothing that could be fetched: it is not the orders.
const NOT_THE_ORDERS: usize = 3;

/// An order at fault is left alone for an hour.
const AGAIN: i64 = 60 * 60_000;

/// The check that an order fails which the connector breaks on.
const BREAKS: &str = "connector-failed";

/// What one `fetch` gave, with what is to be committed along with it.
type Batch = (Vec<Fetched>, Option<StagedStorage>);

impl Importing<'_, '_> {
    /// Fetches and commits the orders with `ids`. What was fetched is committed, whatever became of the rest.
    pub(super) async fn fetch_all(&mut self, account: i64, ids: &[String]) -> Result<(), FlowError> {
        let mut rest = ids.chunks(BATCH);
        let mut spoilt = Vec::new();
        // The first batch goes alone: it fills the connector's cache, which the others then share.
        let mut at_once = 1;
        loop {
            let group: Vec<&[String]> = rest.by_ref().take(at_once).collect();
            if group.is_empty() {
                return self.single_out(account, spoilt).await;
            }
            at_once = IN_FLIGHT;
            self.running.go_on()?;
            let fetched = futures::future::join_all(group.iter().map(|ids| self.fetch(ids))).await;
            let mut ended = Ok(());
            for (ids, batch) in group.into_iter().zip(fetched) {
                match batch {
                    Ok(batch) => self.commit_batch(account, ids, batch).await?,
                    Err(error) if error.is_of_its_batch() => spoilt.push((ids, error)),
                    Err(error) => ended = ended.and(Err(error)),
                }
            }
            ended?;
        }
    }

    async fn fetch(&self, ids: &[String]) -> Result<Batch, FlowError> {
        let attempt = self.running.call.begin().await?;
        let invoked = self.running.call.invoke(&attempt, FetchOrders { ids: ids.to_vec() }).await;
        self.running.call.settle(&attempt, invoked)
    }

    /// Finds the orders on which the connector broke.
    async fn single_out(&mut self, account: i64, spoilt: Vec<(&[String], FlowError)>) -> Result<(), FlowError> {
        let (mut stack, mut alone, mut left) = (spoilt, Vec::new(), None);
        let mut halves = HALVES;
        while let Some((ids, error)) = stack.pop() {
            if let [id] = ids {
                alone.push((id.clone(), error));
                continue;
            }
            if halves == 0 || (!self.fetched_any && alone.len() >= NOT_THE_ORDERS) {
                left.get_or_insert(error);
                continue;
            }
            let (first, second) = ids.split_at(ids.len() / 2);
            for half in [first, second] {
                self.running.go_on()?;
                halves = halves.saturating_sub(1);
                match self.fetch(half).await {
                    Ok(batch) => self.commit_batch(account, half, batch).await?,
                    Err(error) if error.is_of_its_batch() => stack.push((half, error)),
                    Err(error) => return Err(error),
                }
            }
        }
        // An answer that nobody can read says nothing about the one order that was asked for, as long as no other was read.
        let of_the_source = !self.fetched_any
            && (alone.len() >= NOT_THE_ORDERS
                || alone.iter().any(|(_, error)| matches!(error, FlowError::Failed(Failure::UnexpectedAnswer(_)))));
        if of_the_source {
            left = left.or_else(|| alone.pop().map(|(_, error)| error));
        } else if !alone.is_empty() {
            self.leave_out(account, &alone).await?;
        }
        left.map_or(Ok(()), Err)
    }

    async fn leave_out(&mut self, account: i64, alone: &[(String, FlowError)]) -> Result<(), FlowError> {
        let mut commit = self.empty_commit(account);
        let again = commit.now + AGAIN;
        for (id, error) in alone {
            tracing::warn!(order = id, %error, "the connector breaks on an order; it stays out");
            self.add_breaking(&mut commit, id, &error.to_string(), Some(again));
        }
        self.commit(&mut commit).await
    }

    fn add_breaking(&self, commit: &mut ImportCommit, id: &str, error: &str, retry_at: Option<i64>) {
        let problem = problems::of_breaking(id, &format!("import.{BREAKS}"), error);
        commit.skipped.push(SkippedOrder {
            id: id.to_owned(),
            reference: id.to_owned(),
            verdicts: vec![Verdict {
                check: BREAKS.into(),
                passed: false,
                found: error.to_owned(),
                remedy: problem.problem.remedy.clone(),
            }],
            retry_at,
        });
        commit.problems.push(problem);
    }

    fn empty_commit(&self, account: i64) -> ImportCommit {
        ImportCommit {
            run: self.running.run.id,
            fence: self.running.run.fence,
            connection: self.running.call.connection.id,
            account,
            now: self.running.platform.now(),
            hold: self.running.setting(field::HOLD_NEW_ORDERS).as_bool().unwrap_or(false),
            location: self.running.setting(field::LOCATION).as_str().unwrap_or_default().trim().to_ascii_lowercase(),
            unsettled: self.unsettled,
            again: self.again,
            ..ImportCommit::default()
        }
    }

    async fn commit_batch(
        &mut self,
        account: i64,
        asked: &[String],
        (fetched, storage): Batch,
    ) -> Result<(), FlowError> {
        self.fetched_any = true;
        let mut commit = self.empty_commit(account);
        commit.storage = storage;
        let mut open: HashSet<&str> = asked.iter().map(String::as_str).collect();
        let mut strangers = 0;
        for one in fetched {
            let id = match &one {
                Fetched::Ready(order) => &order.id,
                Fetched::Absent(id) => id,
                Fetched::Skipped(skip) => &skip.id,
            };
            if !open.remove(id.as_str()) {
                strangers += 1;
                continue;
            }
            match one {
                Fetched::Ready(order) => {
                    let faults = results::order(&order);
                    if !faults.is_empty() {
                        self.add_breaking(&mut commit, &order.id, &convert::breach(&faults), None);
                        continue;
                    }
                    let order = convert::new_order(order, |version| self.running.platform.key.seal_version(version));
                    commit.ready.push(order);
                }
                Fetched::Absent(id) => commit.absent.push(id),
                Fetched::Skipped(skip) => {
                    commit.problems.extend(problems::of_skip(&skip));
                    commit.skipped.push(skipped(skip));
                }
            }
        }
        if strangers > 0 {
            tracing::warn!(
                strangers,
                "fetch gave results for ids that it was not asked for, or twice; they are dropped"
            );
        }
        for id in asked.iter().filter(|id| open.contains(id.as_str())) {
            self.add_breaking(&mut commit, id, "fetch gave no result for it", None);
        }
        if let Some(placed) = self.placed.clone() {
            self.keep_to(&placed, &mut commit);
        }
        self.commit(&mut commit).await
    }

    /// Leaves in the commit what was placed within those instants. Of the rest the report tells, and the ledger keeps what it has:
    /// without the earliest order date the verdicts are not those of the connection.
    fn keep_to(&mut self, placed: &Range<i64>, commit: &mut ImportCommit) {
        let within = |order: &NewOrder| order.source_order_date.is_some_and(|at| placed.contains(&at));
        let (ready, other_days): (Vec<_>, Vec<_>) = std::mem::take(&mut commit.ready).into_iter().partition(within);
        commit.ready = ready;
        let report = &mut self.running.report;
        other_days.iter().for_each(|order| report.tell_of_another_day(order));
        std::mem::take(&mut commit.skipped).iter().for_each(|skip| report.tell_skipped(skip));
        report.absent += std::mem::take(&mut commit.absent).len();
        commit.problems.clear();
    }

    async fn commit(&mut self, commit: &mut ImportCommit) -> Result<(), FlowError> {
        let store = &self.running.platform.store;
        if self.running.plans() {
            let planned = store.plan_import(commit).await?;
            self.running.report.tell(&planned.orders, commit);
            return Ok(());
        }
        let written = async {
            match store.commit_import(commit).await {
                // Batches of one run are fetched side by side. The store of the connector is a cache: what another batch wrote
                // meanwhile wins, and the orders are as good as before.
                Err(StoreError::StorageMoved { .. }) => {
                    commit.storage = None;
                    store.commit_import(commit).await
                }
                other => other,
            }
        };
        let result = committed(self.running.platform, written).await?;
        self.running.report.tell(&result.orders, commit);
        Ok(())
    }
}

fn skipped(skip: Skip) -> SkippedOrder {
    SkippedOrder {
        id: skip.id,
        reference: words::plain(skip.reference, REFERENCE),
        verdicts: skip.verdicts.into_iter().map(convert::verdict).collect(),
        retry_at: None,
    }
}
