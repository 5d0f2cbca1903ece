//! `harness serve`: the scheduler and the status page, until the process is told to stop.

use clap::Args;

use super::{Done, Output};
use crate::platform::Platform;
use crate::{console, schedule};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to listen; overrides the configuration.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let address = arguments.listen.unwrap_or_else(|| platform.config.listen.clone());
    let listener = tokio::net::TcpListener::bind(&address)
        .await
        .map_err(|error| anyhow::anyhow!("cannot listen on {address}: {error}; give another with --listen"))?;
    output.note(&format!("listening on http://{}", listener.local_addr()?));
    let stop = schedule::Stop::default();
    let serving = console::serve(platform, listener, stop.clone());
    let scheduling = schedule::run(platform, stop.clone());
    let signal = async {
        schedule::signal().await;
        output.note("stopping: runs under way are given time to end");
        stop.ask();
    };
    let ((), scheduled, served) = tokio::join!(signal, scheduling, serving);
    scheduled?;
    served?;
    Ok(Done::Well)
}
