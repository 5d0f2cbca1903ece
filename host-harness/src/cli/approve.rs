//! `harness approve`: plans that a guard held back.

use clap::Args;
use harness_wms::{HeldPlan, PlanState};

use super::output::{agreed, instant, table};
use super::{Done, Output};
use crate::platform::Platform;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The run whose plan was held back; without it, all that wait are listed.
    run: Option<i64>,
    /// Release it without asking.
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let store = &platform.store;
    let Some(run) = arguments.run else {
        let plans = store.held_plans().await?;
        output.show(&plans, |plans| list(plans))?;
        return Ok(if plans.iter().any(|plan| plan.state == PlanState::Held) {
            Done::WithProblems
        } else {
            Done::Well
        });
    };
    let plans = store.held_plans_of(run).await?;
    anyhow::ensure!(!plans.is_empty(), "run {run} held nothing back; `harness approve` lists the plans that wait");
    let mut released = Vec::new();
    for plan in plans {
        output.note(&shown(&plan));
        let question = format!("Release exactly these {} changes, once?", plan.changes.len());
        if arguments.yes || (!output.json && agreed(&question)?) {
            released.push(store.approve_plan(plan.id, platform.now()).await?);
        } else {
            released.push(plan);
        }
    }
    let approved = released.iter().all(|plan| plan.state == PlanState::Approved);
    output.show(&released, |_| match approved {
        true => "released: the next run carries out exactly that, once".to_owned(),
        false => "nothing is released; say --yes to release it without being asked".to_owned(),
    })?;
    Ok(if approved { Done::Well } else { Done::WithProblems })
}

fn list(plans: &[HeldPlan]) -> String {
    table(
        ["RUN", "FLOW", "GUARD", "CHANGES", "SINCE", "STATE"],
        plans.iter().map(|plan| {
            [
                plan.run_id.to_string(),
                plan.flow.clone(),
                plan.guard.clone(),
                plan.changes.len().to_string(),
                instant(plan.held_at),
                if plan.state == PlanState::Approved { "released".into() } else { "held back".to_owned() },
            ]
        }),
    )
}

fn shown(plan: &HeldPlan) -> String {
    let head = format!("{} ({}), plan {}\n", plan.flow, plan.guard, plan.hash.get(..12).unwrap_or_default());
    head + &table(
        ["WHAT", "NOW", "WOULD BE"],
        plan.changes
            .iter()
            .map(|change| [change.reference.clone(), change.old.clone().unwrap_or_default(), change.new.clone()]),
    )
}
