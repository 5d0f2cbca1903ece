//! `harness queue`: what is to be told to the sources, and trying it again.

use clap::{Args, Subcommand};
use harness_wms::QueueState;
use serde_json::json;

use super::output::{instant, table};
use super::{Done, Output};
use crate::flow::FLOWS;
use crate::platform::Platform;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// What waits to be told, how often it was tried, and when it is tried next.
    List(List),
    /// Have what was given up, or waits, tried on the next run.
    Retry(Retry),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only of this connection.
    connection: Option<String>,
    /// Also what was told.
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
pub(super) struct Retry {
    /// Name or id of the connection.
    connection: String,
    /// Number or id of one item; without it, everything.
    reference: Option<String>,
    /// Only of this flow.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(FLOWS.iter().map(|flow| flow.name)))]
    flow: Option<String>,
}

pub(super) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<Done> {
    match command {
        Command::List(list) => {
            let connection = match &list.connection {
                Some(name) => Some(platform.store.connection(name).await?.id),
                None => None,
            };
            let queue = platform.store.queue(connection, list.all).await?;
            output.show(&queue, |queue| {
                table(
                    ["FLOW", "ITEM", "STATE", "ATTEMPTS", "SINCE", "NEXT"],
                    queue.iter().map(|item| {
                        let state = match item.state {
                            QueueState::Pending if item.in_doubt => "in doubt",
                            QueueState::Pending => "pending",
                            QueueState::Done => "done",
                            QueueState::GivenUp => "given up",
                        };
                        let next =
                            if item.state == QueueState::Pending { instant(item.next_at) } else { String::new() };
                        [
                            item.flow.clone(),
                            item.reference.clone(),
                            state.into(),
                            item.attempts.to_string(),
                            instant(item.queued_at),
                            next,
                        ]
                    }),
                )
            })?;
            let stuck = queue.iter().any(|item| item.state == QueueState::GivenUp);
            Ok(if stuck { Done::WithProblems } else { Done::Well })
        }
        Command::Retry(retry) => {
            let connection = platform.store.connection(&retry.connection).await?;
            let (store, now) = (&platform.store, platform.now());
            let count =
                store.retry_queued(connection.id, retry.flow.as_deref(), retry.reference.as_deref(), now).await?;
            anyhow::ensure!(
                count > 0 || retry.reference.is_none(),
                "nothing called {:?} waits to be told; `harness queue list` shows what does",
                retry.reference.unwrap_or_default()
            );
            output.show(&json!({ "retried": count }), |_| format!("{count} will be tried on the next run\n"))?;
            Ok(Done::Well)
        }
    }
}
