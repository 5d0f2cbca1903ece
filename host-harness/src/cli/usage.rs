//! `harness usage`: what each tenant used.

use clap::Args;

use super::output::{instant, table};
use super::{Done, Output};
use crate::platform::Platform;

const DAY: i64 = 86_400_000;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How many days back, today included.
    #[arg(long, default_value_t = 30)]
    days: i64,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let usage = platform.store.usage(platform.now() - (arguments.days - 1) * DAY).await?;
    let clients = platform.store.clients().await?;
    output.show(&usage, |usage| {
        table(
            ["DAY", "CLIENT", "CPU MS", "CALLS", "BYTES IN", "BYTES OUT", "INVOCATIONS"],
            usage.iter().map(|row| {
                let code = clients.iter().find(|client| client.id == row.client_id).map(|client| client.code.clone());
                [
                    instant(row.day * DAY).chars().take(10).collect(),
                    code.unwrap_or_else(|| row.client_id.to_string()),
                    (row.cpu_us / 1_000).to_string(),
                    row.calls.to_string(),
                    row.bytes_in.to_string(),
                    row.bytes_out.to_string(),
                    row.invocations.to_string(),
                ]
            }),
        )
    })?;
    Ok(Done::Well)
}
