//! Sales orders come in.
//!
//! Discover all candidates, take away what the ledger knows, fetch the rest in batches, and for each batch commit in one
//! transaction: accepted orders created, each refused one with its verdict, the connector's storage. Only then are the
//! accepted ones acknowledged at the source, until done, from the queue that the same transaction filled.
//!
//! `batches`: from ids to commits, and what becomes of a batch that the connector breaks on. `acknowledge`: the marks.
//! `problems`: what is told of orders that stay out. `report`: what a run did.

mod acknowledge;
mod batches;
mod problems;
mod report;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use harness_capability::progress::Progress;
use harness_contract::types::Mode;
use harness_engine::functions::DiscoverOrders;
use harness_wms::{Connection, RUN_SUBJECT};

use super::run::{Ran, Running, carry_out};
use super::{Flow, FlowError, review_orders};
use crate::platform::Platform;
pub use report::Report;

/// The flow's name, in the database, the contract and on the command line.
pub const FLOW: &str = "import-orders";

/// What keeps an order out that a despatch of ours split off.
pub(super) const SPLIT_OFF: &str = "split-off-by-us";

/// The same in words, with the number of the order in the warehouse.
pub(super) fn split_off_from(order: &str) -> String {
    format!("its goods are those of a part of order {order}, which left here")
}

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
    /// Those ids, even where the warehouse has cancelled the order.
    Again(Vec<String>),
    /// Of all that the source lists, those placed within these instants (Unix milliseconds), whatever the ledger says of waiting.
    Placed(Range<i64>),
}

/// Runs the flow once. A run that was put off (the account's calls are spent, the host was told to stop) is no error: its
/// report says so.
///
/// # Errors
/// See [`FlowError`]; what earlier batches of the run committed stays.
pub async fn run(
    platform: &Platform,
    connection: &Connection,
    mode: Mode,
    scope: Scope,
) -> Result<Ran<Report>, FlowError> {
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
) -> Result<Ran<Report>, FlowError> {
    let work = async |running: &mut Running<'_, Report>| {
        running.report.keeps_all = mode == Mode::Plan;
        let placed = if let Scope::Placed(range) = &scope { Some(range.clone()) } else { None };
        let again = matches!(scope, Scope::Again(_));
        Importing { running, unsettled: false, again, placed, fetched_any: false }.work(scope).await
    };
    carry_out(platform, connection, FLOW, mode, progress, work).await
}

/// What a first run would do, in one sentence, for the decision at go-live.
///
/// # Errors
/// As for [`run`]; also when the run was put off, since half a preview would mislead.
pub async fn preview(platform: &Platform, connection: &Connection) -> Result<String, FlowError> {
    let ran = run(platform, connection, Mode::Plan, Scope::New).await?;
    match &ran.stopped {
        Some(text) => Err(FlowError::Throttled { text: text.clone(), opens: ran.go_on_at }),
        None => Ok(ran.report.preview()),
    }
}

struct Importing<'r, 'a> {
    running: &'r mut Running<'a, Report>,
    /// An imported order is missing from the list and nobody has found out why: new ones may have been made from it.
    unsettled: bool,
    /// Orders that were cancelled in the warehouse come in again.
    again: bool,
    /// Only orders placed within these instants come in, and nothing is noted of the others.
    placed: Option<Range<i64>>,
    /// Whether the connector could fetch anything at all.
    fetched_any: bool,
}

impl Importing<'_, '_> {
    async fn work(&mut self, scope: Scope) -> Result<(), FlowError> {
        let account = self.running.account().await?.id;
        let client = self.running.call.connection.client_id;
        let (wanted, listed) = match scope {
            Scope::Ids(ids) | Scope::Again(ids) => (ids, None),
            Scope::Placed(_) => {
                let ids = self.discover().await?;
                self.look_for_vanished(account, &ids).await?;
                (self.running.platform.store.ledger_not_imported(account, client, &ids).await?, None)
            }
            Scope::New => {
                let ids = self.discover().await?;
                self.look_for_vanished(account, &ids).await?;
                let unknown = self
                    .running
                    .platform
                    .store
                    .ledger_unknown(account, client, &ids, self.running.platform.now())
                    .await?;
                (unknown, Some(ids))
            }
        };
        self.running.report.fetched = wanted.len();
        let fetched = self.fetch_all(account, &wanted).await;
        if self.running.plans() {
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

    /// Clears the problems of orders that the source lists no more. Those of orders that were fetched were cleared, or not, with
    /// their commit; a waiting order that was not read again keeps its own.
    async fn clear_problems(&self, listed: &[String]) -> Result<(), FlowError> {
        let open = self.running.platform.store.problems(Some(self.running.run.connection_id), false).await?;
        if open.is_empty() {
            return Ok(());
        }
        let listed: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
        let gone: Vec<&str> = open
            .iter()
            .filter(|problem| problem.flow == FLOW && problem.subject != RUN_SUBJECT)
            .map(|problem| problem.subject.as_str())
            .filter(|subject| !listed.contains(subject))
            .collect();
        self.running.clear_problems(&gone).await
    }

    /// Hands the list on to the review, and has it find out about orders that are missing, before new ones come in that may have
    /// been made from them.
    async fn look_for_vanished(&mut self, account: i64, ids: &[String]) -> Result<(), FlowError> {
        let (platform, connection) = (self.running.platform, self.running.call.connection.id);
        let reviews =
            Flow::named(review_orders::FLOW).is_some_and(|flow| flow.is_of(&self.running.call.plugin.description));
        if self.running.plans() || !reviews {
            return Ok(());
        }
        platform.lists.keep(connection, ids, platform.now());
        if platform.store.has_vanished(connection, account, ids).await? {
            let connection = self.running.call.connection.clone();
            let progress = Arc::clone(&self.running.call.progress);
            // A run of its own within this one: what it finds out is done before anything new comes in.
            let review =
                review_orders::watched(platform, &connection, Mode::Apply, review_orders::Scope::Vanished, progress);
            self.unsettled = match Box::pin(review).await {
                Ok(ran) => !ran.report.whole,
                Err(error) => {
                    tracing::warn!(%error, "what became of vanished orders was not found out; new ones wait");
                    true
                }
            };
        }
        Ok(())
    }

    async fn discover(&mut self) -> Result<Vec<String>, FlowError> {
        let limits = &self.running.platform.config.runs;
        let (mut ids, mut seen) = (Vec::new(), BTreeSet::new());
        let mut checkpoint = None;
        for page_no in 0.. {
            if page_no >= limits.pages {
                return Err(FlowError::TooMuch { what: "pages", limit: limits.pages });
            }
            self.running.go_on()?;
            let attempt = self.running.call.begin().await?;
            let invoked = self.running.call.invoke(&attempt, DiscoverOrders { checkpoint }).await;
            let (page, staged) = self.running.call.settle(&attempt, invoked)?;
            if let Some(staged) = staged.filter(|_| !self.running.plans()) {
                self.running.platform.store.commit_storage(&self.running.run, &staged).await?;
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
        self.running.report.candidates = ids.len();
        Ok(ids)
    }
}

/// Whether an id is one that can be kept.
///
/// # Errors
/// [`FlowError::Breach`].
pub(super) fn check_id(id: &str) -> Result<(), FlowError> {
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
