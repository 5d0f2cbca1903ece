//! `harness problems`: what is wrong now, why, and what to do.

use clap::Args;

use super::output::{instant, table};
use super::{Done, Output};
use crate::platform::Platform;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only of that connection.
    #[arg(long)]
    connection: Option<String>,
    /// Also those that have cleared.
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let connection = match &arguments.connection {
        Some(name) => Some(platform.store.connection(name).await?.id),
        None => None,
    };
    let problems = platform.store.problems(connection, arguments.all).await?;
    let open = problems.iter().any(|problem| problem.cleared_at.is_none());
    output.show(&problems, |problems| {
        table(
            ["SINCE", "ORDER", "PROBLEM", "CAUSE", "REMEDY"],
            problems.iter().map(|one| {
                let reference = if one.reference.is_empty() { &one.subject } else { &one.reference };
                [
                    instant(one.first_seen),
                    reference.clone(),
                    one.problem.code.clone(),
                    one.problem.message.clone(),
                    one.problem.remedy.clone(),
                ]
            }),
        )
    })?;
    Ok(if open { Done::WithProblems } else { Done::Well })
}
