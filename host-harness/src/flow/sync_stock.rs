//! The warehouse's stock goes out.
//!
//! A run tells what changed since the last time; on a slower beat everything is compared, so that what others changed at the source
//! is seen, set right, and noted as drift. It looks first and writes second: all that differs is planned, the guard judges the plan
//! as a whole, and only then the differing SKUs are read again, written and read back, a hundred at a time. A run of few SKUs, which
//! can do no mass of anything, writes at once.
//!
//! Stock at the source moves while a chunk is under way when another flow of ours has an order processed there, a return actioned, a
//! receipt delivered. The host counts those calls; when the count moved, the chunk is done again at once.
//!
//! `chunks`: from SKUs to outcomes; `report`: what a run did.

mod chunks;
mod report;

use std::sync::Arc;

use harness_capability::progress::Progress;
use harness_contract::types::Mode;
use harness_wms::{Connection, Feed, FeedItem, PlannedChange};
use sha2::{Digest as _, Sha256};

use super::FlowError;
use super::guard::{self, FEW, Unreleased};
use super::run::{Ran, Running, carry_out};
use crate::connection::field;
use crate::platform::Platform;
use chunks::{Difference, Settled};
pub use report::Report;

/// The flow's name, in the database, the contract and on the command line.
pub const FLOW: &str = "sync-stock";

/// SKUs of one invocation: what the contract allows at most.
const BATCH: usize = 100;

/// Guard of a connection's first stock run.
const FIRST_RUN: &str = "first-run";

/// Guard against setting many SKUs to zero.
const MASS_ZERO: &str = "mass-zero";

const MINUTE: i64 = 60_000;

/// Which SKUs a run looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What changed since the last time; all, when it is time for that. A dry run looks at all.
    Due,
    /// All.
    All,
}

/// Runs the flow once. A run that was put off is no error: its report says so.
///
/// # Errors
/// See [`FlowError`]; what earlier chunks committed stays.
pub async fn watched(
    platform: &Platform,
    connection: &Connection,
    mode: Mode,
    scope: Scope,
    progress: Arc<Progress>,
) -> Result<Ran<Report>, FlowError> {
    carry_out(platform, connection, FLOW, mode, progress, async |running| work(running, scope).await).await
}

async fn work(running: &mut Running<'_, Report>, scope: Scope) -> Result<(), FlowError> {
    if !running.is_on(field::SYNC_STOCK_LEVELS) {
        return Ok(());
    }
    let (platform, connection, now) = (running.platform, running.call.connection.clone(), running.platform.now());
    let store = &platform.store;
    let feed = store.feed_state(connection.id).await?;
    let slower = i64::from(platform.config.schedule.compare_stock_minutes) * MINUTE;
    let first = feed.released_at.is_none();
    let all = running.plans() || scope == Scope::All || first || feed.compared_at.is_none_or(|at| now - at >= slower);
    let items = store.stock_feed(&connection, &settings(&connection), now).await?;
    let due = due(items, all, now);
    running.report.all = all;
    if !due.is_empty() {
        let account = running.account().await?;
        let telling = chunks::Telling { settings: settings(&connection), account };
        if running.plans() || all || due.len() > FEW {
            plan_and_write(running, &telling, &due, first).await?;
        } else {
            telling.write(running, &due).await?;
        }
        let released_at = feed.released_at.or_else(|| running.report.released.then_some(now));
        let compared_at = if all { Some(now) } else { feed.compared_at };
        let next = Feed { released_at, compared_at };
        if next != feed && !running.plans() {
            store.set_feed_state(connection.id, next).await?;
        }
    }
    if !running.plans() {
        if !running.report.judged {
            guard::nothing_of(running, MASS_ZERO).await?;
        }
        // What this run did not hold back again is over.
        running.clear_problems(&[MASS_ZERO]).await?;
    }
    Ok(())
}

/// What is looked at, in the order in which fewest calls are spent: what changed stands together, and so does what the source did
/// not take the last time.
fn due(items: Vec<FeedItem>, all: bool, now: i64) -> Vec<FeedItem> {
    let waits = |item: &FeedItem| item.told.as_ref().is_some_and(|told| told.next_at > now);
    let mut due: Vec<FeedItem> = items.into_iter().filter(|item| !waits(item) && (all || item.is_news(now))).collect();
    due.sort_by_key(|item| (item.was_refused(), !item.is_news(now)));
    due
}

/// Reads and compares all, has the guard judge what differs, and writes what may be written.
async fn plan_and_write(
    running: &mut Running<'_, Report>,
    telling: &chunks::Telling,
    due: &[FeedItem],
    first: bool,
) -> Result<(), FlowError> {
    let differences = telling.plan(running, due).await?;
    let changes = |differences: &[&Difference]| -> Vec<PlannedChange> {
        differences.iter().map(|difference| difference.planned()).collect()
    };
    let every: Vec<&Difference> = differences.iter().collect();
    let zeros: Vec<&Difference> = differences.iter().filter(|difference| difference.is_emptied()).collect();
    let (passed, kind) = if first {
        let plan = changes(&every);
        let passed =
            guard::pass(running, FIRST_RUN, "levels would be set by the first run", &plan, |rest, released| {
                match (rest, released) {
                    (0, _) => Unreleased::Do,
                    // Another plan than the one that was shown is for the next run to judge.
                    (_, true) => Unreleased::Wait,
                    (_, false) => Unreleased::Hold,
                }
            });
        (passed.await?, FIRST_RUN)
    } else {
        let plan = changes(&zeros);
        let offered = usize::try_from(running.platform.store.stock_offered(running.run.connection_id).await?);
        let offered = offered.unwrap_or_default().max(plan.len());
        let passed = guard::pass(running, MASS_ZERO, "SKUs would be set to zero", &plan, |rest, _| {
            if guard::is_mass(rest, offered) { Unreleased::Hold } else { Unreleased::Do }
        });
        (passed.await?, MASS_ZERO)
    };
    running.report.held_back = passed.held;
    running.report.judged = true;
    // Where the source knows none of the SKUs, nothing was shown to anybody.
    running.report.released = first && passed.held == 0 && running.report.unchanged + differences.len() > 0;
    let may = |difference: &&Difference| {
        passed.subjects.contains(&difference.item.sku) || (kind == MASS_ZERO && !difference.is_emptied())
    };
    let (go, held): (Vec<&Difference>, Vec<&Difference>) = differences.iter().partition(may);
    for difference in held {
        running.report.tell(difference, "hold", vec!["a person has to release it: `harness approve`".into()]);
    }
    if running.plans() {
        for difference in go {
            running.report.written += 1;
            running.report.tell(difference, "write", Vec::new());
        }
        return Ok(());
    }
    let items: Vec<FeedItem> = go.iter().map(|difference| difference.item.clone()).collect();
    telling.write(running, &items).await?;
    passed.carried_out(running).await
}

/// What a product's digest takes in of the settings: all of them. Whichever changes, everything is told anew.
fn settings(connection: &Connection) -> String {
    let digest = Sha256::digest(connection.settings.to_string());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What is counted of settled SKUs.
fn count(report: &mut Report, settled: Settled) {
    match settled {
        Settled::Unchanged => report.unchanged += 1,
        Settled::Written => report.written += 1,
        Settled::Refused => report.refused += 1,
        Settled::LeftAlone => report.left_alone += 1,
        Settled::Later => report.later += 1,
        Settled::InDoubt => report.in_doubt += 1,
        Settled::Untried => report.untried += 1,
    }
}
