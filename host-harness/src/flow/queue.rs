//! Telling the source of items one by one: what the flows have in common that work a queue off.
//!
//! A flow gathers what each queued item is now and invokes the component with a batch of them; everything between is here: each
//! item is tried at most once in a run, a batch on which the connector breaks is halved until the item at fault stands alone,
//! the outcome of each item decides when it is tried again, and all of a batch is committed in one transaction.

use std::collections::HashMap;

use harness_contract::types::{Attempt, Outcome, Problem, Retry};
use harness_wms::{ItemOutcome, ProblemAt, QueueCommit, Queued, StagedStorage, Told};
use serde::Serialize;

use super::FlowError;
use super::run::{Change, Fate, Running, breaking, committed, of_item, sound};

/// Two minutes: longer than a source may take to commit what it did not answer.
pub(super) const DOUBT: i64 = 120_000;

/// How long an item may be refused for a cause outside before it needs a hand.
const PATIENCE: i64 = 14 * 24 * 60 * 60_000;

/// Halves that one run tries to find items at fault. The next run goes on.
const HALVES: usize = 48;

/// What one invocation returned, with what is to be committed along with it.
pub type Invoked = Result<(Vec<Outcome>, Option<StagedStorage>), FlowError>;

/// What a run that tells items counts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Items whose turn it was.
    pub due: usize,
    /// Items that the source knows now.
    pub done: usize,
    /// Of those, the ones that it knew before.
    pub already_done: usize,
    /// Items that wait for somebody to change something.
    pub waiting: usize,
    /// Items that are tried again by themselves.
    pub later: usize,
    /// Items that were sent and not answered.
    pub in_doubt: usize,
    /// Items that need a person's decision.
    pub given_up: usize,
    /// Items whose turn did not come.
    pub untried: usize,
    /// What became of each item.
    pub items: Vec<Fate>,
}

/// What a run tells whose work is, among other things, to tell items to the source.
pub trait Telling {
    /// The part about the items.
    fn telling(&mut self) -> &mut Report;
}

impl Telling for Report {
    fn telling(&mut self) -> &mut Report {
        self
    }
}

impl super::run::Report for Report {
    fn is_troubled(&self) -> bool {
        self.waiting + self.later + self.in_doubt + self.given_up > 0
    }

    fn summary(&self, dry_run: bool) -> Vec<String> {
        let Self { due, done, already_done, waiting, later, in_doubt, given_up, untried, .. } = self;
        let said = if dry_run { "to be told" } else { "told" };
        let mut lines = vec![format!("{due} due, {done} {said}, of these {already_done} known there before")];
        if self.is_troubled() || *untried > 0 {
            lines.push(format!(
                "{waiting} wait for a change, {later} are tried again, {in_doubt} in doubt, {given_up} need a decision, \
                 {untried} not tried (see `harness problems`)"
            ));
        }
        lines
    }

    fn fates(&self) -> &[Fate] {
        &self.items
    }
}

/// Works the queue of the run's flow off, `batch` items at a time: `invoke` gathers what the items are and has the component tell
/// them, one outcome for each, by [`Queued::item_id`].
///
/// # Errors
/// What ends the run; what was told before is committed.
pub async fn work_off<R: Telling>(
    running: &mut Running<'_, R>,
    batch: usize,
    invoke: impl AsyncFn(&Running<'_, R>, &[Queued]) -> Invoked,
) -> Result<(), FlowError> {
    let (store, begun) = (&running.platform.store, running.platform.now());
    let (connection, flow) = (running.call.connection.id, running.run.flow.clone());
    // Each item once: those of this instant, whatever is queued meanwhile.
    let due = store.queue_due(connection, &flow, begun, u32::MAX).await?;
    running.report.telling().due = due.len();
    let mut halves = HALVES;
    let mut stack: Vec<&[Queued]> = due.chunks(batch.max(1)).rev().collect();
    while let Some(items) = stack.pop() {
        running.go_on()?;
        match invoke(running, items).await {
            Ok((outcomes, storage)) => settle(running, items, outcomes, storage).await?,
            Err(error) if error.is_of_its_batch() => {
                if let [item] = items {
                    let attempt =
                        Attempt::RetryLater(breaking(&format!("{flow}.connector-failed"), &error.to_string()));
                    let outcome = Outcome { id: item.item_id.clone(), attempt, changes: vec![], remote_id: None };
                    settle(running, items, vec![outcome], None).await?;
                } else if halves == 0 {
                    return Err(error);
                } else {
                    halves -= 1;
                    let (first, second) = items.split_at(items.len() / 2);
                    stack.extend([second, first]);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Commits what became of `items`, and counts it.
async fn settle<R: Telling>(
    running: &mut Running<'_, R>,
    items: &[Queued],
    outcomes: Vec<Outcome>,
    storage: Option<StagedStorage>,
) -> Result<(), FlowError> {
    let now = running.platform.now();
    let flow = running.run.flow.clone();
    let mut open: HashMap<&str, &Queued> = items.iter().map(|item| (item.item_id.as_str(), item)).collect();
    let mut commit = QueueCommit {
        run: running.run.id,
        fence: running.run.fence,
        connection: running.call.connection.id,
        flow: flow.clone(),
        now,
        storage,
        ..QueueCommit::default()
    };
    let plans = running.plans();
    let mut strangers = 0;
    for outcome in outcomes {
        match open.remove(outcome.id.as_str()) {
            Some(item) => {
                let outcome = sound(outcome, &format!("{flow}.connector-failed"));
                note(running.report.telling(), &mut commit, item, outcome, plans);
            }
            None => strangers += 1,
        }
    }
    if strangers > 0 {
        tracing::warn!(
            flow,
            strangers,
            "the connector told of items that it was not given, or twice; they are dropped"
        );
    }
    for item in items.iter().filter(|item| open.contains_key(item.item_id.as_str())) {
        let problem = breaking(&format!("{flow}.connector-failed"), "it gave no result for it");
        let attempt = Attempt::RetryLater(problem);
        let outcome = Outcome { id: item.item_id.clone(), attempt, changes: vec![], remote_id: None };
        note(running.report.telling(), &mut commit, item, outcome, plans);
    }
    if plans {
        return Ok(());
    }
    committed(running.platform, running.platform.store.commit_queue(&commit)).await?;
    Ok(())
}

/// Decides what an attempt means for its item.
fn note(report: &mut Report, commit: &mut QueueCommit, item: &Queued, outcome: Outcome, plans: bool) {
    let now = commit.now;
    // On the next run, whenever that is; not in this one.
    let next_run = Told::Again { at: now + 1, in_doubt: false };
    let (told, fate, problem) = match outcome.attempt {
        Attempt::Done => {
            report.done += 1;
            (Told::Done, "done", None)
        }
        Attempt::AlreadyDone => {
            report.done += 1;
            report.already_done += 1;
            (Told::Done, "already-done", None)
        }
        Attempt::Refused(problem) if problem.retry == Retry::Never => {
            report.given_up += 1;
            (Told::GivenUp, "refused", Some(problem))
        }
        Attempt::Refused(problem) | Attempt::Held(problem) if now - item.queued_at >= PATIENCE => {
            report.given_up += 1;
            (Told::GivenUp, "refused", Some(needs_a_hand(problem)))
        }
        Attempt::Refused(problem) => {
            report.waiting += 1;
            (next_run, "refused", Some(problem))
        }
        Attempt::Held(problem) => {
            report.waiting += 1;
            (next_run, "held", Some(problem))
        }
        Attempt::RetryLater(problem) => {
            report.later += 1;
            (next_run, "retry-later", Some(problem))
        }
        Attempt::InDoubt(problem) => {
            report.in_doubt += 1;
            (Told::Again { at: now + DOUBT, in_doubt: true }, "in-doubt", Some(problem))
        }
        // What a dry run would write.
        Attempt::NotAttempted if plans && !outcome.changes.is_empty() => {
            report.done += 1;
            (Told::Untried, "write", None)
        }
        Attempt::NotAttempted => {
            report.untried += 1;
            (Told::Untried, "not-attempted", None)
        }
    };
    report.items.push(Fate {
        reference: item.reference.clone(),
        order_number: None,
        fate,
        because: problem.iter().map(|problem| format!("{} {}", problem.message, problem.remedy)).collect(),
        changes: outcome.changes.into_iter().map(Change::from).collect(),
    });
    commit
        .problems
        .extend(problem.map(|problem: Problem| -> ProblemAt { of_item(&item.item_id, &item.reference, problem) }));
    commit.outcomes.push(ItemOutcome {
        item_id: item.item_id.clone(),
        revision: item.revision,
        told,
        remote_id: outcome.remote_id,
    });
}

/// What is told when nobody has removed the cause for two weeks.
fn needs_a_hand(problem: Problem) -> Problem {
    Problem {
        remedy: format!(
            "{} It was tried for 14 days and is not tried any more; `harness queue retry` has it tried again.",
            problem.remedy
        ),
        retry: Retry::Never,
        ..problem
    }
}
