//! Sales orders come in.
//!
//! Discover all candidates, take away what the ledger knows, fetch the rest in batches, and for each batch commit in one
//! transaction: accepted orders created, each refused one with its verdict, the connector's storage. Only then are the
//! accepted ones acknowledged at the source, until done, from the queue that the same transaction filled.
//!
//! `batches`: from ids to commits, and what becomes of a batch that the connector breaks on. `acknowledge`: the marks.
//! `problems`: what is told of orders and runs. `report`: what a run did.

mod acknowledge;
mod batches;
mod problems;
mod report;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use harness_capability::progress::Progress;
use harness_contract::types::Mode;
use harness_engine::Ended;
use harness_wms::{Connection, Run, RunEnd, RunMode, RunState, StoreError};
use serde_json::Value;

use super::call::{Call, Spent};
use super::{FlowError, lease};
use crate::connection::life;
use crate::platform::Platform;
pub use report::{Fate, Report};

/// The flow's name, in the database, the contract and on the command line.
pub const FLOW: &str = "import-orders";

/// Ids of one `fetch`: what the contract allows at most.
const BATCH: usize = 200;

/// Halves that one run tries to find orders at fault: enough for three in a full batch. The next run goes on.
const HALVES: usize = 48;

/// Bytes of a source's id, at most.
const ID_LENGTH: usize = 200;

/// Which orders a run looks at.
#[derive(Debug, Clone)]
pub enum Scope {
    /// All that the source lists and the ledger does not settle.
    New,
    /// Those ids, whatever the ledger says of waiting.
    Ids(Vec<String>),
}

/// Runs the flow once. A run that was put off (the account's calls are spent, the host was told to stop) is no error: its
/// report says so.
///
/// # Errors
/// See [`FlowError`]; what earlier batches of the run committed stays.
pub async fn run(platform: &Platform, connection: &Connection, mode: Mode, scope: Scope) -> Result<Report, FlowError> {
    watched(platform, connection, mode, scope, Arc::default()).await
}

/// As [`run`]; `progress` tells meanwhile how far the invocation under way is.
///
/// # Errors
/// As for [`run`].
pub async fn watched(
    platform: &Platform,
    connection: &Connection,
    mode: Mode,
    scope: Scope,
    progress: Arc<Progress>,
) -> Result<Report, FlowError> {
    if mode == Mode::Apply {
        life::require_active(connection)?;
    }
    // Before the lease is taken, so that nobody waits for the lease of a run that cannot begin.
    let call = Call::new(platform, connection, FLOW, mode).await;
    let run_mode = if mode == Mode::Plan { RunMode::Plan } else { RunMode::Apply };
    let now = platform.now();
    let lease_until = now + lease::length(platform);
    let run = platform.store.begin_run(connection.id, FLOW, run_mode, &platform.owner, now, lease_until).await?;
    let report = Report { run: run.id, dry_run: mode == Mode::Plan, ..Report::default() };
    let until = Arc::new(AtomicI64::new(lease_until));
    let held = Arc::clone(&until);
    let call = match call {
        Ok(call) => call.within(run.id, Arc::new(move || held.load(Ordering::Relaxed)), Arc::clone(&progress)),
        Err(error) => return end(platform, connection, &run, report, Err(error)).await,
    };
    let mut importing = Importing { platform, call, run: run.clone(), report, fetched_any: false };
    let renew = async |lease_until| {
        if run.mode == RunMode::Apply {
            platform.store.renew_run(&run, lease_until).await?;
            until.store(lease_until, Ordering::Relaxed);
        }
        Ok(())
    };
    let result = tokio::select! {
        biased;
        worked = lease::keeping(platform, renew, importing.work(scope)) => worked.unwrap_or_else(|lost| Err(lost.into())),
        () = patience(platform, &progress) => Err(Ended::Stopped.into()),
    };
    importing.report.spent = importing.call.spent();
    end(platform, connection, &run, importing.report, result).await
}

/// What a first run would do, in one sentence, for the decision at go-live.
///
/// # Errors
/// As for [`run`]; also when the run was put off, since half a preview would mislead.
pub async fn preview(platform: &Platform, connection: &Connection) -> Result<String, FlowError> {
    let report = run(platform, connection, Mode::Plan, Scope::New).await?;
    match &report.stopped {
        Some(text) => Err(FlowError::Throttled { text: text.clone(), opens: report.go_on_at }),
        None => Ok(report.preview()),
    }
}

/// Resolves when the host was told to stop and the run, asked to come to an end, has not.
async fn patience(platform: &Platform, progress: &Progress) {
    platform.stop.asked().await;
    progress.stop();
    let grace = i64::from(platform.config.schedule.grace_seconds) * 1_000;
    platform.clock.pass_by(platform.now() + grace).await;
}

/// Ends a run, however it went: its row, its lease, its problem and its usage in one.
async fn end(
    platform: &Platform,
    connection: &Connection,
    run: &Run,
    mut report: Report,
    result: Result<(), FlowError>,
) -> Result<Report, FlowError> {
    let result = match result {
        Err(pause) if pause.is_a_pause() => {
            report.state = RunState::Stopped;
            report.stopped = Some(pause.to_string());
            report.go_on_at = if let FlowError::Throttled { opens, .. } = pause { opens } else { None };
            Ok(())
        }
        Err(error) => {
            report.state = RunState::Failed;
            Err(error)
        }
        Ok(()) => {
            report.state = if report.is_troubled() { RunState::DoneWithProblems } else { RunState::Done };
            Ok(())
        }
    };
    let mut counts = serde_json::to_value(&report).map_err(anyhow::Error::from)?;
    if let Some(counts) = counts.as_object_mut() {
        counts.remove("orders");
        if let Err(error) = &result {
            counts.insert("error".into(), error.to_string().into());
        }
    }
    let problem = match &result {
        // Whoever has taken over tells how it goes.
        Ok(()) | Err(FlowError::Store(StoreError::Fence { .. })) => None,
        Err(_) if report.dry_run => None,
        Err(error) => Some(problems::of_run(error)),
    };
    let usage = usage(connection, &report.spent);
    let end = RunEnd {
        state: report.state,
        counts: &counts,
        report: None,
        problem: problem.as_ref(),
        usage: Some(&usage),
        now: platform.now(),
    };
    let ended = platform.store.end_run(run, &end).await;
    if let (Err(_), Err(error)) = (&result, &ended) {
        tracing::error!(run = run.id, %error, "the end of a failed run was not noted; its lease runs out by itself");
    }
    result?;
    ended?;
    Ok(report)
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

struct Importing<'a> {
    platform: &'a Platform,
    call: Call<'a>,
    run: Run,
    report: Report,
    /// Whether the connector could fetch anything at all.
    fetched_any: bool,
}

impl Importing<'_> {
    fn plans(&self) -> bool {
        self.call.context.mode == Mode::Plan
    }

    async fn work(&mut self, scope: Scope) -> Result<(), FlowError> {
        let account = self.call.account().await?.id;
        if self.call.connection.account_id.is_none() {
            self.call.connection.account_id = Some(account);
        }
        let client = self.call.connection.client_id;
        let (wanted, listed) = match scope {
            Scope::Ids(ids) => (ids, None),
            Scope::New => {
                let ids = self.discover().await?;
                let unknown = self.platform.store.ledger_unknown(account, client, &ids, self.platform.now()).await?;
                (unknown, Some(ids))
            }
        };
        self.report.fetched = wanted.len();
        let fetched = self.fetch_all(account, &wanted).await;
        if self.plans() {
            return fetched;
        }
        // What is in the warehouse is marked even when the rest could not be fetched, unless nothing can be asked any more.
        let goes_on = match &fetched {
            Ok(()) | Err(FlowError::Throttled { .. }) => true,
            Err(error) => error.is_of_its_batch(),
        };
        if !goes_on {
            return fetched;
        }
        let acknowledged = self.acknowledge().await;
        if let Some(listed) = listed {
            self.clear_problems(&listed).await?;
        }
        fetched.and(acknowledged)
    }

    /// Between two steps: whether there is to be a next one.
    fn go_on(&self) -> Result<(), FlowError> {
        if self.platform.stop.is_asked() { Err(Ended::Stopped.into()) } else { Ok(()) }
    }

    /// Clears what broke an earlier run off, and the problems of orders that the source lists no more. Those of orders that were
    /// fetched were cleared, or not, with their commit; a waiting order that was not read again keeps its own.
    async fn clear_problems(&self, listed: &[String]) -> Result<(), FlowError> {
        let (store, connection) = (&self.platform.store, self.call.connection.id);
        let open = store.problems(Some(connection), false).await?;
        if open.is_empty() {
            return Ok(());
        }
        let listed: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
        let gone: Vec<&str> = open
            .iter()
            .filter(|problem| problem.flow == FLOW && !listed.contains(problem.subject.as_str()))
            .map(|problem| problem.subject.as_str())
            .collect();
        if !gone.is_empty() {
            store.clear_problems(connection, FLOW, self.run.id, &gone, self.platform.now()).await?;
        }
        Ok(())
    }

    async fn discover(&mut self) -> Result<Vec<String>, FlowError> {
        let limits = &self.platform.config.runs;
        let (mut ids, mut seen) = (Vec::new(), BTreeSet::new());
        let mut checkpoint = None;
        for page_no in 0.. {
            if page_no >= limits.pages {
                return Err(FlowError::TooMuch { what: "pages", limit: limits.pages });
            }
            self.go_on()?;
            let attempt = self.call.begin().await?;
            let invoked =
                self.call.plugin.discover_orders(attempt.invocation(), attempt.context.clone(), checkpoint).await;
            let (page, staged) = self.call.settle(&attempt, invoked)?;
            if let Some(staged) = staged.filter(|_| !self.plans()) {
                self.platform.store.commit_storage(&self.run, &staged).await?;
            }
            for candidate in page.candidates {
                check_id(&candidate.id)?;
                if seen.insert(candidate.id.clone()) {
                    ids.push(candidate.id);
                }
            }
            if ids.len() as u64 > limits.candidates {
                return Err(FlowError::TooMuch { what: "candidates", limit: limits.candidates });
            }
            checkpoint = page.checkpoint;
            if page.complete || checkpoint.is_none() {
                break;
            }
        }
        self.report.candidates = ids.len();
        Ok(ids)
    }

    fn setting(&self, name: &str) -> Value {
        self.call.connection.settings.get(name).cloned().unwrap_or(Value::Null)
    }
}

fn check_id(id: &str) -> Result<(), FlowError> {
    let controls = id.chars().any(char::is_control);
    if id.is_empty() || id.len() > ID_LENGTH || controls {
        let with = if controls { ", with control characters" } else { "" };
        return Err(FlowError::Breach(format!(
            "discover gave an id that is {} bytes long{with}; expected are 1 to {ID_LENGTH} bytes without control characters",
            id.len()
        )));
    }
    Ok(())
}
