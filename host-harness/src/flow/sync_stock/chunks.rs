//! From SKUs to outcomes, a chunk at a time: gather what the warehouse has at that very moment, invoke, and commit what came of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use harness_contract::sync_stock::{InFlightOrder, StockLevel};
use harness_contract::types::{Attempt, Change, Mode, Outcome, Problem};
use harness_engine::functions::SyncStock;
use harness_wms::{Account, Drift, FeedCommit, FeedItem, FeedOutcome, FeedState, PlannedChange, StagedStorage};

use super::{BATCH, FLOW, Report, count};
use crate::flow::FlowError;
use crate::flow::queue::DOUBT;
use crate::flow::run::{Change as Told, Fate, Running, breaking, committed, of_item, sound};

/// How often a chunk is done when stock moves at the source all the while. The next run goes on.
const ROUNDS: usize = 4;

/// Halves that one run tries to find SKUs on which the connector breaks.
const HALVES: usize = 48;

/// What came of one SKU, to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    Unchanged,
    Written,
    Refused,
    LeftAlone,
    Later,
    InDoubt,
    Untried,
}

/// A SKU that is not as it should be at the source.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    pub(super) item: FeedItem,
    /// As the connector tells them: the first is the level.
    pub(super) changes: Vec<Change>,
}

impl Difference {
    /// As a guard sees it.
    pub(super) fn planned(&self) -> PlannedChange {
        let level = self.changes.first();
        PlannedChange {
            subject: self.item.sku.clone(),
            reference: self.item.sku.clone(),
            old: level.and_then(|level| level.old.clone()),
            new: level.and_then(|level| level.new.clone()).unwrap_or_default(),
        }
    }

    /// Whether the source offers some, and would offer none.
    pub(super) fn is_emptied(&self) -> bool {
        self.changes.first().is_some_and(|level| {
            number(level.new.as_deref()) == Some(0) && number(level.old.as_deref()).is_some_and(|old| old != 0)
        })
    }
}

fn number(text: Option<&str>) -> Option<i64> {
    text?.trim().parse().ok()
}

/// What all chunks of a run are told with.
pub(super) struct Telling {
    pub(super) settings: String,
    pub(super) account: Account,
}

/// What one invocation returned.
struct Invoked {
    /// The warehouse's numbers that it was given.
    items: Vec<FeedItem>,
    outcomes: Vec<Outcome>,
    storage: Option<StagedStorage>,
    /// Stock moved at the source while it went on: its results are out of date.
    moved: bool,
    /// What earlier rounds changed, by SKU.
    before: HashMap<String, Vec<Change>>,
}

impl Telling {
    /// Compares `items` and gives those that differ. What is as it should be, or cannot be set, is settled.
    pub(super) async fn plan(
        &self,
        running: &mut Running<'_, Report>,
        items: &[FeedItem],
    ) -> Result<Vec<Difference>, FlowError> {
        let mut differences = Vec::new();
        self.each_chunk(running, Mode::Plan, items, |invoked| {
            let (settled, differing) = split(invoked);
            differences.extend(differing);
            settled
        })
        .await?;
        Ok(differences)
    }

    /// Reads `items` anew and sets what differs now.
    pub(super) async fn write(&self, running: &mut Running<'_, Report>, items: &[FeedItem]) -> Result<(), FlowError> {
        self.each_chunk(running, Mode::Apply, items, |invoked| invoked).await
    }

    async fn each_chunk(
        &self,
        running: &mut Running<'_, Report>,
        mode: Mode,
        items: &[FeedItem],
        mut take: impl FnMut(Invoked) -> Invoked,
    ) -> Result<(), FlowError> {
        let mut halves = HALVES;
        let mut stack: Vec<&[FeedItem]> = items.chunks(BATCH).rev().collect();
        while let Some(chunk) = stack.pop() {
            running.go_on()?;
            match self.invoke(running, mode, chunk).await {
                Ok(invoked) => {
                    let settled = take(invoked);
                    self.commit(running, mode, settled).await?;
                }
                Err(error) if error.is_of_its_batch() && (chunk.len() == 1 || halves > 0) => {
                    if let [item] = chunk {
                        let attempt = Attempt::RetryLater(breaking("stock.connector-failed", &error.to_string()));
                        let outcomes = vec![outcome(item, attempt)];
                        let invoked = Invoked {
                            items: vec![item.clone()],
                            outcomes,
                            storage: None,
                            moved: false,
                            before: HashMap::new(),
                        };
                        self.commit(running, mode, invoked).await?;
                    } else {
                        halves -= 1;
                        let (first, second) = chunk.split_at(chunk.len() / 2);
                        stack.extend([second, first]);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Does one chunk, again while stock moves at the source.
    async fn invoke(
        &self,
        running: &mut Running<'_, Report>,
        mode: Mode,
        chunk: &[FeedItem],
    ) -> Result<Invoked, FlowError> {
        let store = &running.platform.store;
        let skus: Vec<&str> = chunk.iter().map(|item| item.sku.as_str()).collect();
        let mut before: HashMap<String, Vec<Change>> = HashMap::new();
        let mut round = 0;
        loop {
            round += 1;
            let moves = store.stock_moves(&self.account.source_system, &self.account.account).await?;
            let now = running.platform.now();
            let (items, despatched) = store.stock_feed_of(&running.call.connection, &self.settings, now, &skus).await?;
            let wanted: BTreeSet<&str> = items.iter().map(|item| item.sku.as_str()).collect();
            let in_flight: Vec<InFlightOrder> = despatched
                .into_iter()
                .filter(|order| order.lines.iter().any(|(sku, _)| wanted.contains(sku.as_str())))
                .map(|order| InFlightOrder {
                    id: order.source_id,
                    lines: order
                        .lines
                        .into_iter()
                        .map(|(sku, units)| (sku, u32::try_from(units).unwrap_or(0)))
                        .collect(),
                })
                .collect();
            let levels: Vec<StockLevel> = items.iter().map(level).collect();
            let attempt = running.call.begin_in(mode).await?;
            let invoked = running.call.invoke(&attempt, SyncStock { levels, in_flight }).await;
            let (outcomes, storage) = running.call.settle(&attempt, invoked)?;
            let outcomes: Vec<_> = outcomes.into_iter().map(|one| sound(one, "stock.connector-failed")).collect();
            let moved = store.stock_moves(&self.account.source_system, &self.account.account).await? != moves;
            if !moved || round == ROUNDS {
                return Ok(Invoked { items, outcomes, storage, moved, before });
            }
            running.report.done_again += 1;
            for outcome in outcomes {
                if matches!(outcome.attempt, Attempt::Done) {
                    before.entry(outcome.id).or_insert(outcome.changes);
                }
            }
        }
    }

    /// Commits what became of a chunk, and counts it.
    async fn commit(&self, running: &mut Running<'_, Report>, mode: Mode, invoked: Invoked) -> Result<(), FlowError> {
        let now = running.platform.now();
        let Invoked { items, outcomes, storage, moved, before } = invoked;
        let mut commit = FeedCommit {
            run: running.run.id,
            fence: running.run.fence,
            connection: running.call.connection.id,
            flow: FLOW.to_owned(),
            now,
            storage,
            ..FeedCommit::default()
        };
        let again = !before.is_empty() || moved;
        let mut open: BTreeMap<&str, &FeedItem> = items.iter().map(|item| (item.sku.as_str(), item)).collect();
        let mut strangers = 0;
        for outcome in outcomes {
            let Some(item) = open.remove(outcome.id.as_str()) else {
                strangers += 1;
                continue;
            };
            let mut outcome = outcome;
            if let Some(changes) = before.get(&item.sku) {
                // Done in two steps: what it was, is of the first.
                outcome.changes = joined(changes, &outcome.changes);
                if matches!(outcome.attempt, Attempt::AlreadyDone) {
                    outcome.attempt = Attempt::Done;
                }
            }
            note(&mut running.report, &mut commit, item, outcome, moved, again);
        }
        if strangers > 0 {
            tracing::warn!(strangers, "the connector told of SKUs that it was not given, or twice; they are dropped");
        }
        if mode == Mode::Apply {
            for item in open.into_values() {
                let problem = breaking("stock.connector-failed", "it gave no result for it");
                note(&mut running.report, &mut commit, item, outcome(item, Attempt::RetryLater(problem)), moved, again);
            }
        }
        if running.plans() {
            return Ok(());
        }
        committed(running.platform, running.platform.store.commit_feed(&commit)).await?;
        Ok(())
    }
}

/// Parts the SKUs that differ from those that are settled by having been compared.
fn split(invoked: Invoked) -> (Invoked, Vec<Difference>) {
    let items: HashMap<String, FeedItem> = invoked.items.iter().map(|item| (item.sku.clone(), item.clone())).collect();
    let differs = |outcome: &Outcome| matches!(outcome.attempt, Attempt::NotAttempted) && !outcome.changes.is_empty();
    let (differing, settled): (Vec<Outcome>, Vec<Outcome>) = invoked.outcomes.into_iter().partition(differs);
    let difference =
        |outcome: Outcome| Some(Difference { item: items.get(&outcome.id)?.clone(), changes: outcome.changes });
    let differences = differing.into_iter().filter_map(difference).collect();
    (Invoked { outcomes: settled, ..invoked }, differences)
}

/// What the first of two changes found, and the second left.
fn joined(first: &[Change], second: &[Change]) -> Vec<Change> {
    let mut joined = first.to_vec();
    if let (Some(level), Some(last)) = (joined.first_mut(), second.first()) {
        level.new.clone_from(&last.new);
    }
    joined
}

fn outcome(item: &FeedItem, attempt: Attempt) -> Outcome {
    Outcome { id: item.sku.clone(), attempt, changes: Vec::new(), remote_id: None }
}

fn level(item: &FeedItem) -> StockLevel {
    StockLevel {
        sku: item.sku.clone(),
        on_hand: item.on_hand,
        allocated: item.allocated,
        returned_unbooked: item.returned_unbooked,
        received_undelivered: item.received_undelivered,
    }
}

/// What is committed, and told, of one SKU.
fn note(report: &mut Report, commit: &mut FeedCommit, item: &FeedItem, outcome: Outcome, moved: bool, again: bool) {
    let now = commit.now;
    let mut state = FeedState::Told;
    let (mut offered, mut next_at) = (None, now);
    let settled = match outcome.attempt {
        Attempt::Done => {
            offered = outcome.changes.first().and_then(|level| number(level.new.as_deref())).map(|new| new > 0);
            // What a person does there while the chunk goes on looks like this, too; only what stood there before is drift.
            if item.was_settled() && !again {
                report.drifted += 1;
                commit.drift.push(drift(item, &outcome.changes, commit.run, now));
            }
            report.items.push(fate(item, "write", Vec::new(), &outcome.changes));
            Settled::Written
        }
        Attempt::AlreadyDone => {
            offered = Some(item.on_hand + item.allocated + item.in_flight > 0);
            Settled::Unchanged
        }
        Attempt::Refused(problem) => {
            state = FeedState::Refused;
            trouble(report, commit, item, "refuse", problem);
            Settled::Refused
        }
        Attempt::Held(problem) => {
            state = FeedState::Refused;
            report.items.push(fate(item, "leave", vec![problem.message], &[]));
            Settled::LeftAlone
        }
        Attempt::RetryLater(problem) => {
            state = FeedState::Again;
            trouble(report, commit, item, "later", problem);
            Settled::Later
        }
        Attempt::InDoubt(problem) => {
            (state, next_at) = (FeedState::Again, now + DOUBT);
            trouble(report, commit, item, "in-doubt", problem);
            Settled::InDoubt
        }
        Attempt::NotAttempted => {
            count(report, Settled::Untried);
            return;
        }
    };
    if moved {
        // Stock still moved in the last round: whatever was found may be out of date.
        state = FeedState::Again;
    }
    count(report, settled);
    commit.skus.push(item.sku.clone());
    commit.outcomes.push(FeedOutcome {
        product_id: item.product_id,
        state,
        digest: item.digest.clone(),
        offered,
        next_at,
    });
}

fn trouble(report: &mut Report, commit: &mut FeedCommit, item: &FeedItem, fate_is: &'static str, problem: Problem) {
    report.items.push(fate(item, fate_is, vec![problem.message.clone()], &[]));
    commit.problems.push(of_item(&item.sku, &item.sku, problem));
}

fn fate(item: &FeedItem, fate: &'static str, because: Vec<String>, changes: &[Change]) -> Fate {
    let changes = changes.iter().cloned().map(Told::from).collect();
    Fate { reference: item.sku.clone(), order_number: None, fate, because, changes }
}

fn drift(item: &FeedItem, changes: &[Change], run_id: i64, at: i64) -> Drift {
    let level = changes.first();
    Drift {
        sku: item.sku.clone(),
        at,
        run_id,
        old: level.and_then(|level| level.old.clone()),
        new: level.and_then(|level| level.new.clone()),
        changed_by: changes.get(1).and_then(|by| by.old.clone()),
    }
}
