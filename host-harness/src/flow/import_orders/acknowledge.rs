//! The marks at the source that say an order was taken.

use std::collections::HashSet;

use harness_contract::types::{Attempt, Outcome, Retry};
use harness_engine::functions::AcknowledgeOrders;
use harness_wms::{AcknowledgeCommit, Point, StagedStorage};

use super::{BATCH, HALVES, Importing, problems};
use crate::flow::{FlowError, run};

/// Two minutes: how long a mark that did not work, or is in doubt, is left alone.
const AGAIN: i64 = 120_000;

impl Importing<'_, '_> {
    /// Has the orders of the queue marked, each at most once in a run.
    pub(super) async fn acknowledge(&mut self) -> Result<(), FlowError> {
        let begun = self.running.platform.now();
        let mut halves = HALVES;
        loop {
            let store = &self.running.platform.store;
            let pending = store.pending_acknowledgements(self.running.call.connection.id, begun, BATCH as u32).await?;
            if pending.is_empty() {
                return Ok(());
            }
            let ids: Vec<String> = pending.into_iter().map(|one| one.source_id).collect();
            if !self.acknowledge_page(&ids, &mut halves).await? {
                return Ok(());
            }
        }
    }

    /// Whether anything became of any of `ids`. A part that the connector breaks on is halved until one order stands alone.
    async fn acknowledge_page(&mut self, ids: &[String], halves: &mut usize) -> Result<bool, FlowError> {
        let (mut stack, mut moved) = (vec![ids], false);
        while let Some(ids) = stack.pop() {
            self.running.go_on()?;
            match self.invoke(ids).await {
                Ok((outcomes, storage)) => moved |= self.settle_outcomes(ids, outcomes, storage).await?,
                Err(error) if error.is_of_its_batch() => {
                    if let [id] = ids {
                        let mut commit = self.commit_of(None);
                        fault(&mut commit, id, &error.to_string());
                        moved |= self.commit_outcomes(&commit).await?;
                    } else if *halves == 0 {
                        return Err(error);
                    } else {
                        *halves -= 1;
                        let (first, second) = ids.split_at(ids.len() / 2);
                        stack.extend([second, first]);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    }

    async fn invoke(&self, ids: &[String]) -> Result<(Vec<Outcome>, Option<StagedStorage>), FlowError> {
        let attempt = self.running.call.begin().await?;
        self.running.platform.points.pass(Point::BeforeAcknowledge).await;
        let invoked = self.running.call.invoke(&attempt, AcknowledgeOrders { ids: ids.to_vec() }).await;
        self.running.call.settle(&attempt, invoked)
    }

    async fn settle_outcomes(
        &mut self,
        ids: &[String],
        outcomes: Vec<Outcome>,
        storage: Option<StagedStorage>,
    ) -> Result<bool, FlowError> {
        let mut commit = self.commit_of(storage);
        let mut open: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let (mut strangers, mut untried) = (0, 0);
        for Outcome { id, attempt, .. } in outcomes {
            if !open.remove(id.as_str()) {
                strangers += 1;
                continue;
            }
            match attempt {
                Attempt::Done | Attempt::AlreadyDone => commit.done.push(id),
                Attempt::Refused(problem) if problem.retry == Retry::Never => {
                    commit.problems.push(run::of_item(&id, "", problem));
                    commit.given_up.push(id);
                }
                Attempt::Refused(problem)
                | Attempt::RetryLater(problem)
                | Attempt::Held(problem)
                | Attempt::InDoubt(problem) => {
                    commit.problems.push(run::of_item(&id, "", problem));
                    commit.later.push((id, commit.now + AGAIN));
                }
                Attempt::NotAttempted => untried += 1,
            }
        }
        if strangers > 0 {
            tracing::warn!(strangers, "acknowledge told of ids that it was not given, or twice; they are dropped");
        }
        for id in ids.iter().filter(|id| open.contains(id.as_str())) {
            fault(&mut commit, id, "acknowledge gave no result for it");
        }
        let moved = self.commit_outcomes(&commit).await?;
        if !moved {
            // Else they are in the next page, too.
            self.running.report.unacknowledged += untried;
        }
        Ok(moved)
    }

    fn commit_of(&self, storage: Option<StagedStorage>) -> AcknowledgeCommit {
        AcknowledgeCommit {
            run: self.running.run.id,
            fence: self.running.run.fence,
            connection: self.running.call.connection.id,
            now: self.running.platform.now(),
            storage,
            ..AcknowledgeCommit::default()
        }
    }

    /// Commits, and whether that moved anything.
    async fn commit_outcomes(&mut self, commit: &AcknowledgeCommit) -> Result<bool, FlowError> {
        self.running.report.acknowledged += commit.done.len();
        self.running.report.unacknowledged += commit.later.len();
        self.running.report.needs_attention += commit.given_up.len();
        self.running.platform.store.commit_acknowledge(commit).await?;
        Ok(!(commit.done.is_empty() && commit.later.is_empty() && commit.given_up.is_empty()))
    }
}

/// Notes an order that the connector could not deal with.
fn fault(commit: &mut AcknowledgeCommit, id: &str, error: &str) {
    tracing::warn!(order = id, error, "the connector cannot acknowledge an order");
    commit.problems.push(problems::of_breaking(id, "acknowledge.connector-failed", error));
    commit.later.push((id.to_owned(), commit.now + AGAIN));
}
