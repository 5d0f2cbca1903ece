//! The frame of every run of every flow: its lease, its progress, and its end, however it comes.
//!
//! A flow's own file says what the work is; what surrounds it is here, once: the lease that one run of a connection's flow
//! holds and that is kept alive beside the work, the word to stop and the patience after it, the row of the run with its counts,
//! problem and usage.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use harness_capability::progress::Progress;
use harness_capability::sabotage::{self, Sabotage};
use harness_contract::results;
use harness_contract::types::{Attempt, Mode, Outcome, Problem, Retry};
use harness_engine::Ended;
use harness_wms::{
    Account, Connection, Point, ProblemAt, RUN_SUBJECT, Run, RunEnd, RunMode, RunState, StoreError, StoreResult,
};
use serde::Serialize;
use serde_json::Value;

use super::call::{Call, Spent};
use super::queue::DOUBT;
use super::{FlowError, convert, lease};
use crate::connection::life;
use crate::platform::Platform;

/// What a flow tells of one run, beyond what the frame tells of every run.
pub trait Report: Serialize + Default {
    /// Whether something of it needs a person.
    fn is_troubled(&self) -> bool;

    /// What was done, or in a dry run would be, in a few lines for a person.
    fn summary(&self, dry_run: bool) -> Vec<String>;

    /// What became of each item, where the run keeps that.
    fn fates(&self) -> &[Fate];
}

/// What became, or in a dry run would become, of one item of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fate {
    /// What a person at the source calls it: an order's number, a SKU.
    pub reference: String,
    /// The number in the warehouse, where it has or gets one.
    pub order_number: Option<String>,
    /// One word: `import`, `skip`, `refuse`, `write`, `unchanged`.
    pub fate: &'static str,
    /// Why, where that is not plain.
    pub because: Vec<String>,
    /// What was or would be changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// One field that was or would be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The field, as the side that has it calls it.
    pub field: String,
    /// What it held; none where that is not known or nothing was there.
    pub old: Option<String>,
    /// What it holds then; none where it is emptied.
    pub new: Option<String>,
}

impl From<harness_contract::types::Change> for Change {
    fn from(change: harness_contract::types::Change) -> Self {
        Self { field: change.field, old: change.old, new: change.new }
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
        write!(out, "{}: {} -> {}", self.field, side(&self.old), side(&self.new))
    }
}

/// A run that came to an end, with what its flow tells of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ran<R> {
    /// The run, to be looked up later.
    pub run: i64,
    /// How it ended.
    pub state: RunState,
    /// Nothing was written.
    pub dry_run: bool,
    /// Why it ended before all was done, though nothing is wrong.
    pub stopped: Option<String>,
    /// When the rest can be done, where that is known; Unix milliseconds.
    pub go_on_at: Option<i64>,
    /// What it used.
    pub spent: Spent,
    /// What the flow tells.
    #[serde(flatten)]
    pub report: R,
}

impl<R: Report> Ran<R> {
    /// Whether something of it needs a person.
    pub fn is_troubled(&self) -> bool {
        self.report.is_troubled()
    }

    /// The same for those who do not care which flow it was.
    pub fn told(self) -> Result<Ran<Told>, FlowError> {
        let told = Told {
            json: serde_json::to_value(&self.report).map_err(anyhow::Error::from)?,
            troubled: self.report.is_troubled(),
            summary: self.report.summary(self.dry_run),
            fates: self.report.fates().to_vec(),
        };
        Ok(Ran {
            run: self.run,
            state: self.state,
            dry_run: self.dry_run,
            stopped: self.stopped,
            go_on_at: self.go_on_at,
            spent: self.spent,
            report: told,
        })
    }
}

/// What any flow tells, as data and in words.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Told {
    #[serde(flatten)]
    json: Value,
    #[serde(skip)]
    troubled: bool,
    #[serde(skip)]
    summary: Vec<String>,
    #[serde(skip)]
    fates: Vec<Fate>,
}

impl Report for Told {
    fn is_troubled(&self) -> bool {
        self.troubled
    }

    fn summary(&self, _: bool) -> Vec<String> {
        self.summary.clone()
    }

    fn fates(&self) -> &[Fate] {
        &self.fates
    }
}

/// A run under way: what its work needs at hand.
pub struct Running<'a, R> {
    /// The platform.
    pub platform: &'a Platform,
    /// The connection's component.
    pub call: Call<'a>,
    /// The run's row.
    pub run: Run,
    /// What is told of it so far.
    pub report: R,
}

impl<R> Running<'_, R> {
    /// Whether nothing may be changed.
    pub fn plans(&self) -> bool {
        self.call.context.mode == Mode::Plan
    }

    /// Between two steps: whether there is to be a next one.
    ///
    /// # Errors
    /// When the host was told to stop.
    pub fn go_on(&self) -> Result<(), FlowError> {
        if self.platform.stop.is_asked() { Err(Ended::Stopped.into()) } else { Ok(()) }
    }

    /// The account at the source; the connection is bound to it the first time.
    ///
    /// # Errors
    /// As for [`Call::account`].
    pub async fn account(&mut self) -> Result<Account, FlowError> {
        let account = self.call.account().await?;
        self.call.connection.account_id.get_or_insert(account.id);
        Ok(account)
    }

    /// Clears the flow's problems of `subjects`, except those that this run has reported.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_problems(&self, subjects: &[&str]) -> Result<(), FlowError> {
        if subjects.is_empty() {
            return Ok(());
        }
        let Run { id, connection_id, flow, .. } = &self.run;
        Ok(self.platform.store.clear_problems(*connection_id, flow, *id, subjects, self.platform.now()).await?)
    }

    /// Reports problems of the flow; a dry run has none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_problems(&self, problems: &[ProblemAt]) -> Result<(), FlowError> {
        if self.plans() {
            return Ok(());
        }
        let Run { id, connection_id, flow, .. } = &self.run;
        Ok(self.platform.store.report_problems(*connection_id, flow, *id, problems, self.platform.now()).await?)
    }

    /// A setting of the connection; null where it has none.
    pub fn setting(&self, name: &str) -> Value {
        self.call.connection.settings.get(name).cloned().unwrap_or(Value::Null)
    }

    /// Whether a switch of the connection is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.setting(name).as_bool().unwrap_or(false)
    }
}

/// Runs `flow` once: takes its lease, has `work` done, and tells how it went. `progress` tells meanwhile how far the invocation
/// under way is. A run that was put off (the account's calls are spent, the host was told to stop) is no error: its report says so.
///
/// # Errors
/// See [`FlowError`]; what `work` committed stays.
pub async fn carry_out<R: Report>(
    platform: &Platform,
    connection: &Connection,
    flow: &'static str,
    mode: Mode,
    progress: Arc<Progress>,
    work: impl AsyncFnOnce(&mut Running<'_, R>) -> Result<(), FlowError>,
) -> Result<Ran<R>, FlowError> {
    if mode == Mode::Apply {
        life::require_active(connection)?;
    }
    // Before the lease is taken, so that nobody waits for the lease of a run that cannot begin.
    let call = Call::new(platform, connection, flow, mode).await;
    let run_mode = if mode == Mode::Plan { RunMode::Plan } else { RunMode::Apply };
    let now = platform.now();
    let lease_until = now + lease::length(platform);
    let run = platform.store.begin_run(connection.id, flow, run_mode, &platform.owner, now, lease_until).await?;
    let until = Arc::new(AtomicI64::new(lease_until));
    let held = Arc::clone(&until);
    let call = match call {
        Ok(call) => call.within(run.id, Arc::new(move || held.load(Ordering::Relaxed)), Arc::clone(&progress)),
        Err(error) => {
            return end(platform, connection, &run, R::default(), Spent::default(), Err(error), None).await;
        }
    };
    let renew = async |lease_until| {
        if run.mode == RunMode::Apply {
            platform.store.renew_run(&run, lease_until).await?;
            until.store(lease_until, Ordering::Relaxed);
        }
        Ok(())
    };
    let mut running = Running { platform, call, run: run.clone(), report: R::default() };
    let (result, dropped) = tokio::select! {
        biased;
        worked = lease::keeping(platform, renew, work(&mut running)) => {
            (worked.unwrap_or_else(|lost| Err(lost.into())), false)
        }
        () = patience(platform, &progress) => (Err(Ended::Stopped.into()), true),
    };
    let spent = running.call.spent();
    // A write may be on its way: nobody begins before it is either there or will never be.
    let held_until = if dropped && run.mode == RunMode::Apply { Some(platform.now() + DOUBT) } else { None };
    end(platform, connection, &run, running.report, spent, result, held_until).await
}

/// Makes the commit of a batch, between the points at which a test has the host die.
///
/// # Errors
/// Those of the commit.
pub(super) async fn committed<T: Default>(
    platform: &Platform,
    commit: impl Future<Output = StoreResult<T>>,
) -> StoreResult<T> {
    platform.points.pass(Point::BeforeCommit).await;
    let done = if sabotage::asked(Sabotage::DroppedCommit) { T::default() } else { commit.await? };
    platform.points.pass(Point::AfterCommit).await;
    Ok(done)
}

/// Resolves when the host was told to stop and the run, asked to come to an end, has not.
async fn patience(platform: &Platform, progress: &Progress) {
    platform.stop.asked().await;
    progress.stop();
    let grace = i64::from(platform.config.schedule.grace_seconds) * 1_000;
    platform.clock.pass_by(platform.now() + grace).await;
}

/// Ends a run, however it went: its row, its lease, its problem and its usage in one. The lease is given back at once where no
/// `held_until` is given.
async fn end<R: Report>(
    platform: &Platform,
    connection: &Connection,
    run: &Run,
    report: R,
    spent: Spent,
    result: Result<(), FlowError>,
    held_until: Option<i64>,
) -> Result<Ran<R>, FlowError> {
    let dry_run = run.mode == RunMode::Plan;
    let mut ran = Ran { run: run.id, dry_run, spent, report, state: RunState::Done, stopped: None, go_on_at: None };
    let result = match result {
        Err(pause) if pause.is_a_pause() => {
            ran.state = RunState::Stopped;
            ran.stopped = Some(pause.to_string());
            ran.go_on_at = if let FlowError::Throttled { opens, .. } = pause { opens } else { held_until };
            Ok(())
        }
        Err(error) => {
            ran.state = RunState::Failed;
            Err(error)
        }
        Ok(()) => {
            ran.state = if ran.is_troubled() { RunState::DoneWithProblems } else { RunState::Done };
            Ok(())
        }
    };
    let mut counts = serde_json::to_value(&ran).map_err(anyhow::Error::from)?;
    if let Some(counts) = counts.as_object_mut() {
        // Of single items, which are read in the warehouse and at the source.
        counts.retain(|_, value| !value.is_array());
        counts.insert("summary".into(), ran.report.summary(dry_run).join("; ").into());
        if let Err(error) = &result {
            counts.insert("error".into(), error.to_string().into());
        }
    }
    let problem = match &result {
        // Whoever has taken over tells how it goes.
        Ok(()) | Err(FlowError::Store(StoreError::Fence { .. })) => None,
        Err(_) if dry_run => None,
        Err(error) => Some(of_run(error)),
    };
    let usage = usage(connection, &ran.spent);
    let end = RunEnd {
        state: ran.state,
        counts: &counts,
        report: None,
        problem: problem.as_ref(),
        usage: Some(&usage),
        now: platform.now(),
    };
    let ended = platform.store.end_run_held_until(run, &end, held_until.unwrap_or_default()).await;
    if let (Err(_), Err(error)) = (&result, &ended) {
        tracing::error!(run = run.id, %error, "the end of a failed run was not noted; its lease runs out by itself");
    }
    if let Err(error) = platform.requests.keep(&platform.store, connection, run.id, platform.now()).await {
        tracing::error!(run = run.id, %error, "the requests of the run were not kept");
    }
    result?;
    ended?;
    Ok(ran)
}

fn usage(connection: &Connection, spent: &Spent) -> harness_wms::Usage {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    harness_wms::Usage {
        client_id: connection.client_id,
        day: 0,
        invocations: number(spent.invocations),
        cpu_us: number(spent.cpu_us),
        calls: number(spent.calls.values().sum()),
        bytes_out: number(spent.bytes_out),
        bytes_in: number(spent.bytes_in),
    }
}

/// The problem of a run that broke off.
fn of_run(error: &FlowError) -> ProblemAt {
    let (code, remedy) = error.cause();
    ProblemAt {
        subject: RUN_SUBJECT.into(),
        reference: String::new(),
        problem: harness_wms::Problem {
            code: code.into(),
            message: error.to_string(),
            remedy: remedy.into(),
            retry: "later".into(),
            field: None,
            sku: None,
        },
    }
}

/// A problem that the connector tells of `subject`, which a person calls `reference`.
pub(super) fn of_item(subject: &str, reference: &str, problem: Problem) -> ProblemAt {
    ProblemAt { subject: subject.to_owned(), reference: reference.to_owned(), problem: convert::problem(problem) }
}

/// What is wrong with an item that the connector breaks on; `code` says at what.
pub(super) fn breaking(code: &str, error: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: format!("The connector cannot deal with this: {error}."),
        remedy:
            "Look at the connector's log and report it to its author with the item's id; it is tried again by itself."
                .into(),
        retry: Retry::Later,
        field: None,
        sku: None,
    }
}

/// An outcome that can be kept. One that breaks the contract may tell of something that was written all the same: its item
/// is in doubt, and what cannot be kept of it is dropped. `code` says at what the connector broke.
pub(super) fn sound(outcome: Outcome, code: &str) -> Outcome {
    let faults = results::outcome(&outcome);
    if faults.is_empty() {
        return outcome;
    }
    let attempt = Attempt::InDoubt(breaking(code, &convert::breach(&faults)));
    Outcome { attempt, changes: Vec::new(), remote_id: None, ..outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_that_cannot_be_kept_leaves_its_item_in_doubt() {
        let told = |remote_id: &str| {
            let (id, remote_id) = ("1".into(), Some(remote_id.into()));
            sound(Outcome { id, attempt: Attempt::Done, changes: vec![], remote_id }, "export-returns.connector-failed")
        };
        let kept = told("RMA-1");
        assert!(kept.attempt == Attempt::Done && kept.remote_id.as_deref() == Some("RMA-1"), "{kept:?}");
        let broken = told("RMA\0");
        assert_eq!(broken.remote_id, None);
        let fault = "remote-id holds the character NUL";
        assert!(matches!(&broken.attempt, Attempt::InDoubt(problem) if problem.message.contains(fault)), "{broken:?}");
    }
}
