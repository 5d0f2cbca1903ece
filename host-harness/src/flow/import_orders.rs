//! Sales orders come in.
//!
//! Discover all candidates, take away what the ledger knows, fetch the rest in batches, and for each batch commit in one
//! transaction: accepted orders created, each refused one with its verdict, the connector's storage. Only then are the
//! accepted ones acknowledged at the source, until done, from the queue that the same transaction filled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use harness_contract::import_orders::{Fetched, Order};
use harness_contract::types::{Attempt as Outcome, Mode, Problem, Skip};
use harness_wms::{
    AcknowledgeCommit, Connection, Decision, ImportCommit, NewOrder, ProblemAt, Run, RunMode, RunState, SkippedOrder,
    StoreError, Usage,
};
use serde::Serialize;
use serde_json::Value;

use super::FlowError;
use super::call::{Call, Spent};
use crate::connection::{self, field};
use crate::platform::Platform;

/// The flow's name, in the database, the contract and on the command line.
pub const FLOW: &str = "import-orders";

/// Ids of one `fetch`: what the contract allows at most.
const BATCH: usize = 200;

/// Two minutes: how long a mark that did not work, or is in doubt, is left alone.
const ACKNOWLEDGE_AGAIN: i64 = 120_000;

/// Batches that are fetched at once. More would only wait for the rate limit.
const IN_FLIGHT: usize = 3;

/// What a run did, or in a dry run would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The run, to be looked up later.
    pub run: i64,
    /// Nothing was written.
    pub dry_run: bool,
    /// Ids that the source listed.
    pub candidates: usize,
    /// Of those, the ones that the ledger did not settle.
    pub fetched: usize,
    /// Orders created, or to be created.
    pub imported: usize,
    /// Orders found to be in the warehouse already.
    pub already_imported: usize,
    /// Orders not taken by the connector: check to count.
    pub skipped: BTreeMap<String, usize>,
    /// Orders not taken by the warehouse: cause to count.
    pub refused: BTreeMap<String, usize>,
    /// Ids that the source did not know any more.
    pub absent: usize,
    /// Warnings on imported orders: code to count.
    pub warnings: BTreeMap<String, usize>,
    /// When the oldest imported order was placed, Unix milliseconds.
    pub oldest: Option<i64>,
    /// Orders marked as taken at the source.
    pub acknowledged: usize,
    /// Orders whose mark has still to be made.
    pub unacknowledged: usize,
    /// In a dry run, and for single orders: what becomes of each.
    pub orders: Vec<Fate>,
    /// What it used.
    pub spent: Spent,
}

/// What becomes of one order.
#[derive(Debug, Clone, Serialize)]
pub struct Fate {
    /// What a person at the source calls it.
    pub reference: String,
    /// The number in the warehouse, where it gets one.
    pub order_number: Option<String>,
    /// `import`, `skip`, `refuse` or `absent`.
    pub fate: &'static str,
    /// Why, when it is not imported.
    pub because: Vec<String>,
}

/// Which orders a run looks at.
#[derive(Debug, Clone)]
pub enum Scope {
    /// All that the source lists and the ledger does not settle.
    New,
    /// Those ids, whatever the ledger says of waiting.
    Ids(Vec<String>),
}

/// Runs the flow once.
///
/// # Errors
/// See [`FlowError`]; what earlier batches of the run committed stays.
pub async fn run(platform: &Platform, connection: &Connection, mode: Mode, scope: Scope) -> Result<Report, FlowError> {
    if mode == Mode::Apply {
        connection::life::require_active(connection)?;
    }
    let lease = i64::from(platform.config.schedule.lease_seconds) * 1_000;
    let run_mode = if mode == Mode::Plan { RunMode::Plan } else { RunMode::Apply };
    let now = platform.now();
    let run = platform.store.begin_run(connection.id, FLOW, run_mode, &platform.owner, now, now + lease).await?;
    let until = Arc::new(AtomicI64::new(now + lease));
    let held = Arc::clone(&until);
    let call = Call::new(platform, connection, FLOW, mode)
        .await?
        .within(run.id, Arc::new(move || held.load(Ordering::Relaxed)));
    let mut importing =
        Importing { platform, call, run, until, report: Report { dry_run: mode == Mode::Plan, ..Report::default() } };
    importing.report.run = importing.run.id;
    let result = importing.work(scope).await;
    importing.end(result).await
}

/// What a first run would do, in one sentence, for the decision at go-live.
///
/// # Errors
/// As for [`run`].
pub async fn preview(platform: &Platform, connection: &Connection) -> Result<String, FlowError> {
    let report = run(platform, connection, Mode::Plan, Scope::New).await?;
    let skipped: usize = report.skipped.values().sum();
    let refused: usize = report.refused.values().sum();
    let oldest = report.oldest.and_then(chrono::DateTime::from_timestamp_millis);
    let mut sentence = format!("{} open orders would be imported", report.imported);
    if let Some(oldest) = oldest {
        sentence.push_str(&format!(", the oldest of {}", oldest.format("%Y-%m-%d")));
    }
    for (code, count) in &report.warnings {
        sentence.push_str(&format!(", {count} with the warning {code}"));
    }
    sentence.push_str(&format!("; {skipped} stay out, {refused} would be refused by the warehouse"));
    Ok(sentence)
}

struct Importing<'a> {
    platform: &'a Platform,
    call: Call<'a>,
    run: Run,
    until: Arc<AtomicI64>,
    report: Report,
}

/// What one `fetch` gave, with what is to be committed along with it.
type Batch = Result<(Vec<Fetched>, Option<harness_wms::StagedStorage>), FlowError>;

impl Importing<'_> {
    fn plans(&self) -> bool {
        self.call.context.mode == Mode::Plan
    }

    async fn work(&mut self, scope: Scope) -> Result<(), FlowError> {
        let account = self.call.account().await?.id;
        if self.call.connection.account_id.is_none() {
            self.call.connection.account_id = Some(account);
        }
        let whole = matches!(scope, Scope::New);
        let ids = match scope {
            Scope::Ids(ids) => ids,
            Scope::New => self.discover().await?,
        };
        let client = self.call.connection.client_id;
        let (unknown, listed) = match whole {
            true => (self.platform.store.ledger_unknown(account, client, &ids, self.platform.now()).await?, ids),
            false => (ids, Vec::new()),
        };
        self.report.fetched = unknown.len();
        self.fetch_all(account, unknown).await?;
        if !self.plans() {
            self.acknowledge().await?;
            if whole {
                self.clear_problems(&listed).await?;
            }
        }
        Ok(())
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
        let (mut ids, mut checkpoint) = (Vec::new(), None);
        loop {
            let attempt = self.call.begin().await?;
            let invoked =
                self.call.plugin.discover_orders(attempt.invocation(), attempt.context.clone(), checkpoint).await;
            let (page, staged) = self.call.settle(&attempt, invoked)?;
            if let Some(staged) = staged.filter(|_| !self.plans()) {
                self.platform.store.commit_storage(self.call.connection.id, &staged).await?;
            }
            ids.extend(page.candidates.into_iter().map(|candidate| candidate.id));
            checkpoint = page.checkpoint;
            if page.complete || checkpoint.is_none() {
                break;
            }
        }
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        self.report.candidates = ids.len();
        Ok(ids)
    }

    async fn fetch_all(&mut self, account: i64, ids: Vec<String>) -> Result<(), FlowError> {
        let mut batches = ids.chunks(BATCH).map(<[String]>::to_vec);
        // The first batch goes alone: it fills the connector's cache, which the others then share.
        if let Some(first) = batches.next() {
            let batch = self.fetch(first).await;
            self.commit(account, batch).await?;
        }
        let rest: Vec<Vec<String>> = batches.collect();
        for group in rest.chunks(IN_FLIGHT) {
            let fetched = futures::future::join_all(group.iter().map(|ids| self.fetch(ids.clone()))).await;
            for batch in fetched {
                self.commit(account, batch).await?;
            }
        }
        Ok(())
    }

    async fn fetch(&self, ids: Vec<String>) -> Batch {
        let attempt = self.call.begin().await?;
        let invoked = self.call.plugin.fetch_orders(attempt.invocation(), attempt.context.clone(), ids).await;
        self.call.settle(&attempt, invoked)
    }

    async fn commit(&mut self, account: i64, batch: Batch) -> Result<(), FlowError> {
        let (fetched, storage) = batch?;
        self.extend_lease().await?;
        let mut commit = ImportCommit {
            run: self.run.id,
            fence: self.run.fence,
            connection: self.call.connection.id,
            account,
            now: self.platform.now(),
            ready: Vec::new(),
            skipped: Vec::new(),
            absent: Vec::new(),
            storage,
            hold: self.setting(field::HOLD_NEW_ORDERS).as_bool().unwrap_or(false),
        };
        let mut problems = Vec::new();
        for one in fetched {
            match one {
                Fetched::Ready(order) => commit.ready.push(self.new_order(order)),
                Fetched::Absent(id) => commit.absent.push(id),
                Fetched::Skipped(skip) => {
                    problems.extend(problem_of(&skip));
                    commit.skipped.push(self.skipped(skip));
                }
            }
        }
        self.report.absent += commit.absent.len();
        if self.plans() { self.plan(&commit).await } else { self.apply(&mut commit, &problems).await }
    }

    async fn plan(&mut self, commit: &ImportCommit) -> Result<(), FlowError> {
        let decided = self.platform.store.plan_import(commit).await?;
        self.tell(&decided.orders, commit);
        Ok(())
    }

    async fn apply(&mut self, commit: &mut ImportCommit, problems: &[ProblemAt]) -> Result<(), FlowError> {
        let store = &self.platform.store;
        // Reported first: the commit clears whatever problems its orders had in earlier runs and have no more.
        store.report_problems(commit.connection, FLOW, self.run.id, problems, self.platform.now()).await?;
        let result = match store.commit_import(commit).await {
            // Batches of one run are fetched side by side. The store of the connector is a cache: what another batch wrote
            // meanwhile wins, and the orders are as good as before.
            Err(StoreError::StorageMoved { .. }) => {
                commit.storage = None;
                store.commit_import(commit).await?
            }
            other => other?,
        };
        self.tell(&result.orders, commit);
        Ok(())
    }

    fn tell(&mut self, decided: &[harness_wms::Decided], commit: &ImportCommit) {
        let mut ready: std::collections::HashMap<&str, &NewOrder> =
            std::collections::HashMap::with_capacity(commit.ready.len());
        for order in &commit.ready {
            ready.insert(&order.id, order);
        }
        for one in decided {
            let order = ready.get(one.id.as_str()).copied();
            let (fate, because): (&'static str, Vec<String>) = match &one.decision {
                Decision::Created { .. } => {
                    self.report.imported += 1;
                    for warning in order.iter().flat_map(|order| &order.warnings) {
                        *self.report.warnings.entry(warning.code.clone()).or_default() += 1;
                    }
                    let placed = order.and_then(|order| order.source_order_date);
                    self.report.oldest = [self.report.oldest, placed].into_iter().flatten().min();
                    ("import", Vec::new())
                }
                Decision::AlreadyImported { order_id, .. } => {
                    self.report.already_imported += 1;
                    ("skip", vec![format!("already imported as order {order_id}")])
                }
                Decision::Refused(problems) => {
                    if let Some(first) = problems.first() {
                        *self.report.refused.entry(first.code.clone()).or_default() += 1;
                    }
                    (
                        "refuse",
                        problems.iter().map(|problem| format!("{} {}", problem.message, problem.remedy)).collect(),
                    )
                }
            };
            let reference = order.map(|order| order.source_reference.clone());
            self.note(reference.unwrap_or_default(), Some(one.order_number.clone()), fate, because);
        }
        for skip in &commit.skipped {
            if let Some(first) = skip.verdicts.first() {
                *self.report.skipped.entry(first.check.clone()).or_default() += 1;
            }
            let because = skip.verdicts.iter().map(|verdict| format!("{}: {}", verdict.check, verdict.found)).collect();
            self.note(skip.reference.clone(), None, "skip", because);
        }
    }

    fn note(&mut self, reference: String, order_number: Option<String>, fate: &'static str, because: Vec<String>) {
        // A real run of a hundred thousand orders is read in the warehouse, not here.
        if self.plans() || self.report.fetched <= BATCH {
            self.report.orders.push(Fate { reference, order_number, fate, because });
        }
    }

    async fn acknowledge(&mut self) -> Result<(), FlowError> {
        let store = &self.platform.store;
        loop {
            let pending =
                store.pending_acknowledgements(self.call.connection.id, self.platform.now(), BATCH as u32).await?;
            if pending.is_empty() {
                break;
            }
            self.extend_lease().await?;
            let attempt = self.call.begin().await?;
            let ids = pending.into_iter().map(|one| one.source_id).collect();
            let invoked = self.call.plugin.acknowledge_orders(attempt.invocation(), attempt.context.clone(), ids).await;
            let (outcomes, storage) = self.call.settle(&attempt, invoked)?;
            let now = self.platform.now();
            let mut commit = AcknowledgeCommit {
                run: self.run.id,
                fence: self.run.fence,
                connection: self.call.connection.id,
                now,
                done: Vec::new(),
                later: Vec::new(),
                problems: Vec::new(),
                storage,
            };
            for outcome in outcomes {
                match &outcome.attempt {
                    Outcome::Done | Outcome::AlreadyDone => commit.done.push(outcome.id),
                    Outcome::Refused(problem)
                    | Outcome::RetryLater(problem)
                    | Outcome::Held(problem)
                    | Outcome::InDoubt(problem) => {
                        commit.problems.push(at(&outcome.id, problem));
                        commit.later.push((outcome.id, now + ACKNOWLEDGE_AGAIN));
                    }
                    Outcome::NotAttempted => commit.later.push((outcome.id, now)),
                }
            }
            self.report.acknowledged += commit.done.len();
            self.report.unacknowledged += commit.later.len();
            let stuck = commit.done.is_empty();
            store.commit_acknowledge(&commit).await?;
            if stuck {
                break;
            }
        }
        Ok(())
    }

    async fn extend_lease(&self) -> Result<(), FlowError> {
        if self.plans() {
            return Ok(());
        }
        let lease = i64::from(self.platform.config.schedule.lease_seconds) * 1_000;
        let now = self.platform.now();
        // Renewed when half of it is gone: a statement for each batch of 200 would be a tenth of the whole cost.
        if self.until.load(Ordering::Relaxed) - now < lease / 2 {
            self.platform.store.renew_run(&self.run, now + lease).await?;
            self.until.store(now + lease, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn end(mut self, result: Result<(), FlowError>) -> Result<Report, FlowError> {
        self.report.spent = self.call.spent();
        let (store, now) = (&self.platform.store, self.platform.now());
        if let Err(error) = &result
            && !self.plans()
        {
            let problem = whole(error);
            let _ = store.report_problems(self.call.connection.id, FLOW, self.run.id, &[problem], now).await;
        }
        let state = match &result {
            Ok(()) => RunState::Done,
            Err(_) => RunState::Failed,
        };
        let mut counts = serde_json::to_value(&self.report).map_err(anyhow::Error::from)?;
        if let Some(counts) = counts.as_object_mut() {
            counts.remove("orders");
            if let Err(error) = &result {
                counts.insert("error".into(), error.to_string().into());
            }
        }
        let spent = &self.report.spent;
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let used = Usage {
            client_id: self.call.connection.client_id,
            day: 0,
            invocations: number(spent.invocations),
            cpu_us: number(spent.cpu_us),
            calls: number(spent.calls.values().sum()),
            bytes_out: number(spent.bytes_out),
            bytes_in: number(spent.bytes_in),
        };
        store.add_usage(&used, now).await?;
        store.end_run(&self.run, state, &counts, None, now).await?;
        result.map(|()| self.report)
    }

    fn setting(&self, name: &str) -> Value {
        self.call.connection.settings.get(name).cloned().unwrap_or(Value::Null)
    }

    fn new_order(&self, order: Order) -> NewOrder {
        super::convert::new_order(order, |version| self.platform.keyed_digest(version))
    }

    fn skipped(&self, skip: Skip) -> SkippedOrder {
        SkippedOrder {
            id: skip.id,
            reference: skip.reference,
            verdicts: skip.verdicts.into_iter().map(super::convert::verdict).collect(),
            retry_at: None,
        }
    }
}

/// The problem of an order that stays out though nobody meant it to.
fn problem_of(skip: &Skip) -> Option<ProblemAt> {
    let verdict = skip.verdicts.iter().find(|verdict| !verdict.passed).filter(|_| skip.needs_attention)?;
    Some(ProblemAt {
        subject: skip.id.clone(),
        reference: skip.reference.clone(),
        problem: harness_wms::Problem {
            code: format!("import.{}", verdict.check),
            message: verdict.found.clone(),
            remedy: verdict.remedy.clone(),
            retry: "after-a-change".into(),
            field: None,
            sku: None,
        },
    })
}

fn at(subject: &str, problem: &Problem) -> ProblemAt {
    ProblemAt {
        subject: subject.to_owned(),
        reference: String::new(),
        problem: super::convert::problem(problem.clone()),
    }
}

/// The problem of a run that broke off.
fn whole(error: &FlowError) -> ProblemAt {
    let (code, remedy) = error.cause();
    ProblemAt {
        subject: "run".into(),
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
