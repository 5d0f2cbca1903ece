//! `harness runs`: what ran when, with what result, and which calls it made where these are kept.

use clap::Args;
use serde_json::Value;

use super::output::{instant, table};
use super::{Done, Output};
use crate::platform::Platform;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only of that connection.
    #[arg(long)]
    connection: Option<String>,
    /// How many, newest first.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Which calls that run made, where its connection has `LogAPIRequests` on: no bodies, no parameters.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["connection", "limit"])]
    requests: Option<i64>,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    if let Some(run) = arguments.requests {
        return requests(platform, run, output).await;
    }
    let connection = match &arguments.connection {
        Some(name) => Some(platform.store.connection(name).await?.id),
        None => None,
    };
    let runs = platform.store.runs(connection, arguments.limit).await?;
    output.show(&runs, |runs| {
        table(
            ["RUN", "STARTED", "CONNECTION", "FLOW", "MODE", "STATE", "RESULT"],
            runs.iter().map(|run| {
                let word = |value: Result<Value, serde_json::Error>| {
                    value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
                };
                let told = |name: &str| run.counts.get(name).and_then(Value::as_str).map(str::to_owned);
                let result = told("error").or_else(|| told("summary")).unwrap_or_default();
                [
                    run.id.to_string(),
                    instant(run.started_at),
                    run.connection_id.to_string(),
                    run.flow.clone(),
                    word(serde_json::to_value(run.mode)),
                    word(serde_json::to_value(run.state)),
                    result,
                ]
            }),
        )
    })?;
    Ok(Done::Well)
}

async fn requests(platform: &Platform, run: i64, output: Output) -> anyhow::Result<Done> {
    // A run that does not exist is another answer than one of which nothing was kept.
    let run = platform.store.run(run).await?;
    output.show(&platform.store.requests(run.id).await?, |requests| {
        table(
            ["AT", "OPERATION", "OUTCOME", "STATUS", "MS", "SENT", "RECEIVED"],
            requests.iter().map(|one| {
                [
                    instant(one.at),
                    one.operation.clone(),
                    one.outcome.clone(),
                    one.status.map(|status| status.to_string()).unwrap_or_default(),
                    one.duration_ms.to_string(),
                    one.bytes_out.to_string(),
                    one.bytes_in.to_string(),
                ]
            }),
        )
    })?;
    Ok(Done::Well)
}
