//! What became of imported orders at the source: found by the connector, decided and done by the warehouse.
//!
//! A run looks at the orders that are missing from the list that the import has just read, at those that somebody waits for, and
//! at as many of the others as `CALLS` calls allow, those first that were looked at longest ago. All findings are gathered
//! before anything is done, so that a guard sees the whole of it, and then made real in one transaction.
//!
//! `gather`: from orders to findings. `report`: what a run did. `hands`: a look before an order is picked.

mod gather;
pub mod hands;
mod report;

use std::sync::Arc;

use harness_capability::progress::Progress;
use harness_contract::types::Mode;
use harness_wms::{Connection, DueReview, Finding, ReviewCommit, ReviewResult};

use super::FlowError;
use super::run::{Ran, Running, carry_out};
use crate::platform::Platform;
use crate::points::Point;
pub use report::Report;

/// The flow's name, in the database, the contract and on the command line.
pub const FLOW: &str = "review-orders";

/// Orders of one `review`: what the contract allows at most.
const BATCH: usize = 200;

/// Batches of one run, beside those of orders that have vanished: an account with 50,000 open orders would spend the quota that
/// import and despatch need, too.
const CALLS: u32 = 20;

/// Which orders a run looks at.
#[derive(Debug, Clone)]
pub enum Scope {
    /// Those that are due.
    Due,
    /// Of these, only those that have vanished from the list that was read last.
    Vanished,
    /// These orders of the warehouse, now.
    Orders(Vec<i64>),
}

/// Runs the flow once; `progress` tells meanwhile how far the invocation under way is. A run that was put off is no error: its
/// report says so.
///
/// # Errors
/// See [`FlowError`]; what was found until then is done.
pub async fn watched(
    platform: &Platform,
    connection: &Connection,
    mode: Mode,
    scope: Scope,
    progress: Arc<Progress>,
) -> Result<Ran<Report>, FlowError> {
    let work = async |running: &mut Running<'_, Report>| {
        running.report.keeps_all = mode == Mode::Plan || matches!(scope, Scope::Orders(_));
        Reviewing { running }.work(&scope).await
    };
    carry_out(platform, connection, FLOW, mode, progress, work).await
}

struct Reviewing<'r, 'a> {
    running: &'r mut Running<'a, Report>,
}

impl Reviewing<'_, '_> {
    async fn work(&mut self, scope: &Scope) -> Result<(), FlowError> {
        let account = self.running.account().await?.id;
        let connection = self.running.call.connection.id;
        let platform = self.running.platform;
        let mut listed = None;
        let (due, mut findings, open) = match scope {
            Scope::Orders(orders) => (platform.store.reviews_of(orders).await?, Vec::new(), 0),
            Scope::Due | Scope::Vanished => {
                let now = platform.now();
                listed = platform.lists.recent(connection, now);
                let all = CALLS * u32::try_from(BATCH).unwrap_or(u32::MAX);
                let most = if matches!(scope, Scope::Due) { all } else { 0 };
                let due = platform.store.reviews_due(connection, account, listed.as_deref(), most, now).await?;
                let listed = due.still_listed.into_iter().map(|id| (id, Finding::Listed)).collect();
                (due.read, listed, due.open)
            }
        };
        self.running.report.due = due.len();
        let (found, ended) = self.gather(&due).await;
        self.running.report.reviewed = found.len();
        findings.extend(found);
        let commit = ReviewCommit {
            run: self.running.run.id,
            fence: self.running.run.fence,
            connection,
            account,
            now: platform.now(),
            findings,
            whole: listed.is_some() && ended.is_ok() && self.running.report.not_reviewed == 0,
            listed: listed.map(|listed| listed.to_vec()),
            storage: None,
        };
        self.make_real(commit, open, &due).await?;
        ended
    }

    async fn make_real(&mut self, mut commit: ReviewCommit, open: u64, due: &[DueReview]) -> Result<(), FlowError> {
        let platform = self.running.platform;
        let planned = platform.store.plan_review(&commit).await?;
        let held = self.guard(&planned, open).await?;
        if !held.is_empty() {
            commit.findings.retain(|(id, _)| !held.contains(id));
            commit.whole = false;
            self.running.report.held_back = held.len();
        }
        if self.running.plans() {
            self.running.report.tell(&planned, due);
            return Ok(());
        }
        platform.points.pass(Point::BeforeCommit).await;
        let result = platform.store.commit_review(&commit).await?;
        platform.points.pass(Point::AfterCommit).await;
        self.running.report.whole = commit.whole;
        self.running.report.tell(&result, due);
        Ok(())
    }

    /// Ids of orders that would be cancelled or declared gone, when these are too many to be true; nothing is done about them
    /// then.
    async fn guard(&self, planned: &ReviewResult, open: u64) -> Result<Vec<String>, FlowError> {
        let (platform, run) = (self.running.platform, &self.running.run);
        let lost: Vec<_> = planned.orders.iter().filter(|order| order.is_lost()).collect();
        let open = usize::try_from(open).unwrap_or(usize::MAX);
        let is_mass = lost.len() > FEW && lost.len().saturating_mul(5) > open;
        if self.running.plans() {
            return Ok(if is_mass { lost.iter().map(|order| order.id.clone()).collect() } else { Vec::new() });
        }
        if !is_mass {
            platform.store.clear_problems(run.connection_id, FLOW, run.id, &[MASS], platform.now()).await?;
            return Ok(Vec::new());
        }
        let shown: Vec<String> =
            lost.iter().take(SHOWN).map(|order| format!("{} ({})", order.order_number, order.because)).collect();
        let problem = harness_wms::ProblemAt {
            subject: MASS.into(),
            reference: String::new(),
            problem: harness_wms::Problem {
                code: "guard.mass-change".into(),
                message: format!(
                    "{} of {open} open orders would be cancelled or stopped at once, so none of them was: {}.",
                    lost.len(),
                    shown.join(", ")
                ),
                remedy: "Look at these orders at the source. If they are there, it is the source's fault and the next run sees them again; \
                         if it is right, release the plan."
                    .into(),
                retry: "after-a-change".into(),
                field: None,
                sku: None,
            },
        };
        platform.store.report_problems(run.connection_id, FLOW, run.id, &[problem], platform.now()).await?;
        Ok(lost.iter().map(|order| order.id.clone()).collect())
    }
}

/// Subject of the problem of too many changes at once.
const MASS: &str = "mass-cancel";

/// So many cancellations are never too many.
const FEW: usize = 20;

/// How many orders that problem names.
const SHOWN: usize = 20;
