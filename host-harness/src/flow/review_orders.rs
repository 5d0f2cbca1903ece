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

use std::collections::BTreeSet;
use std::sync::Arc;

use harness_capability::progress::Progress;
use harness_contract::types::Mode;
use harness_wms::{Connection, DueReview, Finding, PlannedChange, ReviewCommit, ReviewResult, Reviewed};

use super::FlowError;
use super::guard::{self, Passed, Unreleased};
use super::run::{Ran, Running, carry_out, committed};
use crate::platform::Platform;
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
        let (mut found, mut ended) = self.gather(&due).await;
        if ended.is_ok() && found.iter().any(|(_, finding)| matches!(finding, Finding::Merged(_))) {
            let others = self.merged_with(scope, account, &due).await?;
            let (more, end) = self.gather(&others).await;
            found.extend(more);
            ended = end;
        }
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
        self.make_real(commit, scope, open, &due).await?;
        ended
    }

    /// Whether a merged order may be cancelled hangs on the others that went into the same one: on those that left and are not told
    /// of yet, and, where only a few orders were asked for, on all that are here.
    async fn merged_with(&self, scope: &Scope, account: i64, due: &[DueReview]) -> Result<Vec<DueReview>, FlowError> {
        let (store, connection) = (&self.running.platform.store, self.running.call.connection.id);
        let mut others = store.untold_reviews(connection).await?;
        if matches!(scope, Scope::Orders(_)) {
            let all = CALLS * u32::try_from(BATCH).unwrap_or(u32::MAX);
            // Those that were looked at a moment ago, too: they may have been merged since.
            let now = self.running.platform.now() + harness_wms::LATELY;
            others.extend(store.reviews_due(connection, account, None, all, now).await?.read);
        }
        others.retain(|other| !due.contains(other));
        Ok(others)
    }

    async fn make_real(
        &mut self,
        mut commit: ReviewCommit,
        scope: &Scope,
        open: u64,
        due: &[DueReview],
    ) -> Result<(), FlowError> {
        let platform = self.running.platform;
        let planned = platform.store.plan_review(&commit).await?;
        let Judged { held, passed } = self.guard(&planned, scope, open).await?;
        if !held.is_empty() {
            commit.findings.retain(|(id, _)| !held.contains(id));
            commit.whole = false;
            self.running.report.held_back = held.len();
        }
        if self.running.plans() {
            self.running.report.tell(&planned, due);
            return Ok(());
        }
        let result = committed(platform, platform.store.commit_review(&commit)).await?;
        self.running.report.whole = commit.whole;
        self.running.report.tell(&result, due);
        passed.carried_out(self.running).await
    }

    /// Has the guard judge the orders that would be cancelled or declared gone, of so many that are open.
    async fn guard(&self, planned: &ReviewResult, scope: &Scope, open: u64) -> Result<Judged, FlowError> {
        let lost: Vec<PlannedChange> =
            planned.orders.iter().filter(|order| order.is_lost()).map(Reviewed::planned).collect();
        let open = usize::try_from(open).unwrap_or(usize::MAX);
        if matches!(scope, Scope::Orders(_)) && !guard::is_mass(lost.len(), open) {
            // A few orders that somebody asked for say nothing of a plan that covers all.
            return Ok(Judged::default());
        }
        let what = format!("of {open} open orders would be cancelled or stopped at once");
        let passed = guard::pass(self.running, MASS, &what, &lost, |rest, _| {
            if guard::is_mass(rest, open) { Unreleased::Hold } else { Unreleased::Do }
        })
        .await?;
        let held = lost.into_iter().map(|change| change.subject).filter(|id| !passed.subjects.contains(id)).collect();
        Ok(Judged { held, passed })
    }
}

/// What the guard said.
#[derive(Default)]
struct Judged {
    /// Source ids of orders that are left as they are.
    held: BTreeSet<String>,
    passed: Passed,
}

/// Names the guard of too many cancellations at once.
const MASS: &str = "mass-cancel";
