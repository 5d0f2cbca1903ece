//! `harness serve`: the scheduler and the status page, until the process is told to stop.

use clap::Args;

use super::{Done, Output};
use crate::platform::Platform;
use crate::stop::signal;
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
    let signalled = signal();
    output.note(&format!("listening on http://{}", listener.local_addr()?));
    let health = schedule::Health::default();
    // Whichever of them ends takes the others along: a host that only seems to work is worse than none.
    let stop = &platform.stop;
    let scheduling = async {
        schedule::run(platform, &health).await;
        stop.ask();
    };
    let serving = async {
        let served = console::serve(platform, listener, health.clone()).await;
        stop.ask();
        served
    };
    let told = async {
        tokio::select! {
            () = signalled => output.note("stopping: runs under way are given time to end"),
            () = stop.asked() => {}
        }
        stop.ask();
    };
    let ((), (), served) = tokio::join!(told, scheduling, serving);
    served?;
    Ok(Done::Well)
}
