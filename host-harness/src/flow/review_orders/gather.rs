//! From orders to findings, batch by batch.
//!
//! A batch that the connector breaks on is halved until the order at fault stands alone: that one is left as it is, with a problem of
//! its own, and all others are looked at.

use std::collections::HashMap;

use harness_contract::results;
use harness_contract::review_orders::{Finding as Told, ImportedOrder, ReviewResult};
use harness_engine::functions::ReviewOrders;
use harness_wms::{Connection, DueReview, Finding, Lifecycle, Moved};
use serde_json::Value;

use super::{BATCH, Reviewing};
use crate::connection::field;
use crate::flow::{FlowError, convert, run};

/// Halves that one run tries to find orders at fault.
const HALVES: usize = 48;

/// Findings by the source's id.
type Findings = Vec<(String, Finding)>;

impl Reviewing<'_, '_> {
    /// The findings about `due`; and how the gathering ended, when it ended early.
    pub(super) async fn gather(&mut self, due: &[DueReview]) -> (Findings, Result<(), FlowError>) {
        let mut findings = Vec::with_capacity(due.len());
        let ended = self.gather_into(due, &mut findings).await;
        (findings, ended)
    }

    async fn gather_into(&mut self, due: &[DueReview], findings: &mut Findings) -> Result<(), FlowError> {
        let (mut halves, mut left, mut any) = (HALVES, None, false);
        for batch in due.chunks(BATCH) {
            let mut stack = vec![batch];
            while let Some(orders) = stack.pop() {
                self.running.go_on()?;
                match self.ask(orders).await {
                    Ok(results) => {
                        any = true;
                        findings.extend(self.understand(orders, results).await?);
                    }
                    Err(error) if error.is_of_its_batch() && orders.len() > 1 && halves > 0 => {
                        halves -= 1;
                        let (first, second) = orders.split_at(orders.len() / 2);
                        stack.extend([second, first]);
                    }
                    Err(error) if error.is_of_its_batch() => {
                        if let [one] = orders {
                            self.tell_of_breaking(one, &error).await?;
                        }
                        left.get_or_insert(error);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        // One order that cannot be looked at does not make the run a failure.
        match left {
            Some(error) if !any => Err(error),
            Some(_) => {
                self.running.report.not_reviewed += 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn tell_of_breaking(&self, order: &DueReview, error: &FlowError) -> Result<(), FlowError> {
        let number = self.running.platform.store.order_by_id(order.order_id).await?.order_number;
        let problem = run::breaking("review.connector-failed", &error.to_string());
        self.running.report_problems(&[run::of_item(&order.source_id, &number, problem)]).await
    }

    /// One call of the component.
    async fn ask(&self, orders: &[DueReview]) -> Result<Vec<ReviewResult>, FlowError> {
        let platform = self.running.platform;
        let imported = orders
            .iter()
            .map(|order| ImportedOrder {
                id: order.source_id.clone(),
                version: platform.key.open_version(&order.version).unwrap_or_default(),
                location: order.location.clone(),
            })
            .collect();
        self.review(imported).await
    }

    async fn review(&self, imported: Vec<ImportedOrder>) -> Result<Vec<ReviewResult>, FlowError> {
        let attempt = self.running.call.begin().await?;
        let invoked = self.running.call.invoke(&attempt, ReviewOrders { orders: imported }).await;
        let (results, staged) = self.running.call.settle(&attempt, invoked)?;
        if let Some(staged) = staged.filter(|_| !self.running.plans()) {
            self.running.platform.store.commit_storage(&self.running.run, &staged).await?;
        }
        Ok(results)
    }

    /// The connector's findings in the warehouse's words. What was not asked for is dropped; an order without a finding is simply
    /// not looked at in this run.
    async fn understand(&mut self, asked: &[DueReview], results: Vec<ReviewResult>) -> Result<Findings, FlowError> {
        let mut by_id: HashMap<&str, &DueReview> =
            asked.iter().map(|order| (order.source_id.as_str(), order)).collect();
        let mut findings = Vec::with_capacity(results.len());
        let mut split = Vec::new();
        for ReviewResult { id, finding } in results {
            let Some(order) = by_id.remove(id.as_str()) else {
                tracing::warn!("review gave a result for an order that it was not asked for, or twice; it is dropped");
                continue;
            };
            let faults = results::finding(&finding);
            if !faults.is_empty() {
                self.tell_of_breaking(order, &FlowError::Breach(convert::breach(&faults))).await?;
                self.running.report.not_reviewed += 1;
                continue;
            }
            let finding = match finding {
                Told::Unchanged => Finding::Unchanged,
                Told::Edited((_, new)) => self.edited(new),
                Told::Blocked(verdicts) => Finding::Blocked(verdicts.into_iter().map(convert::verdict).collect()),
                Told::Cancelled => Finding::Cancelled,
                Told::Processed => Finding::Processed,
                Told::Moved(location) => Finding::Moved(self.moved(location).await?),
                Told::Merged(into) => Finding::Merged(into),
                Told::Gone => Finding::Gone,
                Told::Split(ids) => {
                    if ids.contains(&id) {
                        split.push((id.clone(), order.location.clone()));
                    }
                    Finding::Split { parts: ids.into_iter().filter(|part| *part != id).collect(), rest: None }
                }
            };
            findings.push((id, finding));
        }
        if !split.is_empty() {
            self.add_rests(split, &mut findings).await?;
        }
        Ok(findings)
    }

    fn edited(&self, new: harness_contract::import_orders::Order) -> Finding {
        let key = &self.running.platform.key;
        Finding::Edited(Box::new(convert::new_order(new, |version| key.seal_version(version))))
    }

    /// What stayed of split orders. Asked without a version, the connector gives each as it is now.
    async fn add_rests(&self, split: Vec<(String, String)>, findings: &mut Findings) -> Result<(), FlowError> {
        let asked = split.into_iter().map(|(id, location)| ImportedOrder { id, version: String::new(), location });
        let mut rests = HashMap::new();
        for ReviewResult { id, finding } in self.review(asked.collect()).await? {
            if let Told::Edited((_, new)) = finding
                && results::order(&new).is_empty()
                && let Finding::Edited(order) = self.edited(new)
            {
                rests.insert(id, order);
            }
        }
        for (id, finding) in findings {
            if let Finding::Split { rest, .. } = finding {
                *rest = rests.remove(id);
            }
        }
        Ok(())
    }

    /// Who serves the location that an order went to.
    async fn moved(&self, location: String) -> Result<Moved, FlowError> {
        let own = &self.running.call.connection;
        let serves = |other: &Connection| {
            let theirs = other.settings.get(field::LOCATION).and_then(Value::as_str).unwrap_or_default();
            other.state == Lifecycle::Active
                && other.client_id == own.client_id
                && other.account_id == own.account_id
                && theirs.trim().eq_ignore_ascii_case(&location)
        };
        let connections = self.running.platform.store.connections().await?;
        let served = connections.iter().find(|other| serves(other));
        Ok(Moved {
            connection: served.map(|other| other.name.clone()),
            same_warehouse: served.is_some_and(|other| other.warehouse_id == own.warehouse_id),
            location,
        })
    }
}
