//! What it costs to begin: a fresh instance, and a host.

use std::time::Instant;

use harness_contract::types::Mode;
use harness_engine::Invocation;
use host_harness::flow::import_orders::{self, Scope};
use host_harness::platform::Platform;

use crate::Row;
use bench::lab::{self, SimulatorProcess};

/// Instances that are made for one figure.
const INSTANCES: u32 = 2_000;

/// Figures of starting.
pub(crate) async fn rows() -> anyhow::Result<Vec<Row>> {
    let simulator = SimulatorProcess::start(10)?;
    let folder = tempfile::tempdir()?;
    let (platform, connection) = lab::platform(folder.path(), &simulator.url, false).await?;
    let plugin = platform.plugins.newest(&platform, "linnworks").await?;
    let invocation = Invocation::without_capabilities();
    plugin.instantiate(&invocation).await?;
    let began = Instant::now();
    for _ in 0..INSTANCES {
        plugin.instantiate(&invocation).await?;
    }
    let instance = began.elapsed().as_secs_f64() * 1e6 / f64::from(INSTANCES);

    // Everything that a host does between its start and the end of its first run, the component compiled beforehand.
    drop(plugin);
    platform.store.clone().close().await;
    drop(platform);
    let began = Instant::now();
    let platform = Platform::open_with(
        lab::config(folder.path(), &simulator.url),
        std::sync::Arc::new(lab::HastyClock::default()),
    )
    .await?;
    let report = import_orders::run(&platform, &connection, Mode::Apply, Scope::New).await?;
    let start = began.elapsed().as_secs_f64() * 1e3;
    anyhow::ensure!(report.report.imported == 10, "the first run imported {} of 10 orders", report.report.imported);
    Ok(vec![
        Row::new("fresh instance", instance, "us", Some(30.0)),
        Row::new("start of the host to the end of its first run of 10 orders", start, "ms", Some(150.0)),
    ])
}
