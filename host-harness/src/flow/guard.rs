//! The guard against mass changes: when a run would do too much of one kind at once, nothing of that kind is done. The plan is kept,
//! a problem shows it, and a person releases exactly that plan, once (`harness approve`).
//!
//! A flow plans first and asks here before it does. What is too much is the flow's to say; [`is_mass`] is the usual measure.

use std::collections::{BTreeMap, BTreeSet};

use harness_wms::{PlannedChange, Problem, ProblemAt};

use super::FlowError;
use super::run::Running;

/// Code of the problem that stands while a plan is held back.
pub const CODE: &str = "guard.mass-change";

/// So many changes of a kind are never too many.
pub const FEW: usize = 20;

/// How many changes of a plan its problem names.
const SHOWN: usize = 20;

/// Whether `changed` of `all` are more than [`FEW`] and more than a fifth.
pub fn is_mass(changed: usize, all: usize) -> bool {
    changed > FEW && changed.saturating_mul(5) > all
}

/// What becomes of changes that nobody has released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreleased {
    /// They are done.
    Do,
    /// They are left to a later run.
    Wait,
    /// They are held back until somebody releases them.
    Hold,
}

/// What of a plan may be done now.
#[derive(Debug, Default)]
pub struct Passed {
    /// Subjects that may be changed.
    pub subjects: BTreeSet<String>,
    /// How many are held back.
    pub held: usize,
    /// The released plan that this run carries out.
    plan: Option<i64>,
}

/// Asks whether `changes` may be done. What a person has released, and would become what was shown, may; `judge` says what becomes
/// of the rest, given how many these are and whether a released plan is there. `kind` names the guard and is the problem's
/// subject; `what` says in words what the changes are.
///
/// # Errors
/// When the database fails.
pub async fn pass<R>(
    running: &Running<'_, R>,
    kind: &str,
    what: &str,
    changes: &[PlannedChange],
    judge: impl FnOnce(usize, bool) -> Unreleased,
) -> Result<Passed, FlowError> {
    let (store, run, now) = (&running.platform.store, &running.run, running.platform.now());
    let plan = store.approved_plan(run.connection_id, &run.flow, kind).await?;
    let released: BTreeMap<&str, &str> = plan
        .iter()
        .flat_map(|plan| &plan.changes)
        .map(|change| (change.subject.as_str(), change.new.as_str()))
        .collect();
    let (may, rest): (Vec<_>, Vec<_>) =
        changes.iter().partition(|change| released.get(change.subject.as_str()) == Some(&change.new.as_str()));
    let mut passed = Passed {
        subjects: may.iter().map(|change| change.subject.clone()).collect(),
        held: 0,
        plan: plan.as_ref().map(|plan| plan.id),
    };
    match judge(rest.len(), plan.is_some()) {
        Unreleased::Do => passed.subjects.extend(rest.iter().map(|change| change.subject.clone())),
        Unreleased::Wait => {}
        Unreleased::Hold => passed.held = rest.len(),
    }
    if running.plans() {
        return Ok(passed);
    }
    if passed.held == 0 {
        store.nothing_held(run.connection_id, &run.flow, kind, now).await?;
        running.clear_problems(&[kind]).await?;
    } else {
        let rest: Vec<PlannedChange> = rest.into_iter().cloned().collect();
        store.hold_plan(run, kind, &rest, now).await?;
        let problem =
            ProblemAt { subject: kind.to_owned(), reference: String::new(), problem: problem(run.id, what, &rest) };
        running.report_problems(&[problem]).await?;
    }
    Ok(passed)
}

/// Says that a run has nothing of a kind that would need judging: what was held back or released of it is out of date.
///
/// # Errors
/// When the database fails.
pub async fn nothing_of<R>(running: &Running<'_, R>, kind: &str) -> Result<(), FlowError> {
    let (store, run, now) = (&running.platform.store, &running.run, running.platform.now());
    store.nothing_held(run.connection_id, &run.flow, kind, now).await?;
    match store.approved_plan(run.connection_id, &run.flow, kind).await? {
        Some(plan) => Ok(store.plan_carried_out(plan.id, now).await?),
        None => Ok(()),
    }
}

impl Passed {
    /// Says that what was released has been done: it is released no second time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn carried_out<R>(&self, running: &Running<'_, R>) -> Result<(), FlowError> {
        match self.plan.filter(|_| !running.plans()) {
            Some(plan) => Ok(running.platform.store.plan_carried_out(plan, running.platform.now()).await?),
            None => Ok(()),
        }
    }
}

fn problem(run: i64, what: &str, changes: &[PlannedChange]) -> Problem {
    let shown: Vec<String> = changes.iter().take(SHOWN).map(line).collect();
    let more = changes.len().saturating_sub(shown.len());
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Problem {
        code: CODE.into(),
        message: format!("{} {what}, so nothing of that kind was done: {}{and_more}.", changes.len(), shown.join(", ")),
        remedy: format!(
            "See the whole list with `harness approve {run}`, and release it there if it is right. If it is not, correct what it \
             comes from; the next run looks again."
        ),
        retry: "after-a-change".into(),
        field: None,
        sku: None,
    }
}

fn line(change: &PlannedChange) -> String {
    format!("{} {} -> {}", change.reference, change.old.as_deref().unwrap_or("nothing"), change.new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mass_is_more_than_twenty_and_more_than_a_fifth() {
        for (changed, all, mass) in [(20, 20, false), (21, 21, true), (21, 104, true), (21, 105, false), (0, 0, false)]
        {
            assert_eq!(is_mass(changed, all), mass, "{changed} of {all}");
        }
    }
}
