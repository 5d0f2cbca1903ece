//! What a measurement stands on: a simulator in another process, a platform on SQLite in a folder of its own, one connection.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use harness_capability::clock::{Clock, Instant, VirtualClock};
use harness_wms::{Connection, Lifecycle, NewProduct};
use host_harness::config::Config;
use host_harness::platform::Platform;
use linnworks_sim::generate::{GenerateOptions, generate};
use linnworks_sim::state::Application;
use serde_json::json;

/// Products of the generated account.
pub const ITEMS: usize = 2_000;
/// The same account for every measurement.
pub const SEED: u64 = 7;

/// The machine's clock, except that nobody waits: a sleep moves it on at once. Rate limits are kept in its time, and a
/// benchmark of a hundred thousand orders does not sit through their minutes.
#[derive(Default)]
pub struct HastyClock {
    ahead: std::sync::atomic::AtomicI64,
}

impl HastyClock {
    fn real() -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

impl Clock for HastyClock {
    fn now_ms(&self) -> Instant {
        Self::real() + self.ahead.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn sleep_until(&self, instant: Instant) -> futures::future::BoxFuture<'static, ()> {
        self.ahead.fetch_max(instant - Self::real(), std::sync::atomic::Ordering::Relaxed);
        Box::pin(tokio::task::yield_now())
    }

    fn pass_by(&self, instant: Instant) -> futures::future::BoxFuture<'static, ()> {
        // Of the machine's time: what goes on beside the work would run round and round in this one's.
        let wait = u64::try_from(instant - self.now_ms()).unwrap_or_default();
        Box::pin(tokio::time::sleep(std::time::Duration::from_millis(wait)))
    }
}

/// Carries `work` through on a clock that stands still while anything is done, and goes on to the next instant that somebody waits
/// for when nothing else is going on: what is measured in its time is the waiting alone, and exact.
pub async fn waiting_only<T>(clock: &VirtualClock, platform: &Platform, work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = work => done,
        never = move_on(clock, platform) => match never {},
    }
}

async fn move_on(clock: &VirtualClock, platform: &Platform) -> Infallible {
    let mut quiet = 0;
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        let next = clock.next_waiter().filter(|_| platform.is_at_rest());
        quiet = if next.is_some() { quiet + 1 } else { 0 };
        // The database answers from a thread of its own, so one look is not enough.
        if quiet >= 5
            && let Some(next) = next
        {
            clock.advance_to(next);
            quiet = 0;
        }
    }
}

/// A simulator in a process of its own; ends with this value.
pub struct SimulatorProcess {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
}

impl SimulatorProcess {
    /// Starts one with a clean account of `orders` orders and without limits on calls (the host keeps them by itself).
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(orders: usize) -> anyhow::Result<Self> {
        Self::start_with(orders, ITEMS)
    }

    /// The same with so many products.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_with(orders: usize, items: usize) -> anyhow::Result<Self> {
        let (orders, items, seed) = (orders.to_string(), items.to_string(), SEED.to_string());
        Self::start_as(&["--clean", "--no-throttle", "--orders", &orders, "--items", &items, "--seed-number", &seed])
    }

    /// Starts one with these arguments.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_as(arguments: &[&str]) -> anyhow::Result<Self> {
        let program = beside("linnworks-sim")?;
        let mut child = Command::new(&program)
            .args(["--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let mut line = String::new();
        let out = child.stdout.take().context("the simulator has no output")?;
        BufReader::new(out).read_line(&mut line)?;
        let url =
            line.trim().strip_prefix("listening on ").context("the simulator did not say where it listens")?.to_owned();
        Ok(Self { child, url })
    }
}

impl Drop for SimulatorProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program built beside this one.
///
/// # Errors
/// When it is not there.
pub fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    ensure!(path.exists(), "{} is missing; `cargo xtask bench` builds it", path.display());
    Ok(path)
}

/// The connector's component.
///
/// # Errors
/// When it is not built.
pub fn component() -> anyhow::Result<Vec<u8>> {
    let path = workspace().join("target/plugin/linnworks.wasm");
    std::fs::read(&path).with_context(|| format!("{} is missing; `cargo xtask build` makes it", path.display()))
}

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
}

/// A configuration that reaches `simulator` and keeps its data in `folder`.
pub fn config(folder: &Path, simulator: &str) -> Config {
    let mut config = Config { data: folder.to_owned(), ..Config::default() };
    config.egress.stand_ins.insert("api.linnworks.net".into(), simulator.to_owned());
    config
}

/// A platform with a warehouse that has every product of the account, and a connection ready to run.
///
/// # Errors
/// When it cannot be made.
pub async fn platform(folder: &Path, simulator: &str, fuel: bool) -> anyhow::Result<(Platform, Connection)> {
    platform_with(folder, simulator, fuel, ITEMS).await
}

/// The same with so many products.
///
/// # Errors
/// When it cannot be made.
pub async fn platform_with(
    folder: &Path,
    simulator: &str,
    fuel: bool,
    items: usize,
) -> anyhow::Result<(Platform, Connection)> {
    platform_on(folder, simulator, fuel, items, Arc::new(HastyClock::default())).await
}

/// The same on a clock of the caller's.
///
/// # Errors
/// When it cannot be made.
pub async fn platform_on(
    folder: &Path,
    simulator: &str,
    fuel: bool,
    items: usize,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<(Platform, Connection)> {
    let mut config = config(folder, simulator);
    config.engine.fuel = fuel;
    let platform = Platform::open_with(config, clock).await?;
    platform.plugins.add(&platform, &component()?, None).await?;
    let application = Application::example();
    for (name, secret) in
        [("ApplicationId", application.application_id), ("ApplicationSecret", application.application_secret)]
    {
        platform.set_platform_secret("linnworks", name, &secret.to_string().into()).await?;
    }
    let (store, now) = (&platform.store, platform.now());
    let client = store.add_client("ACME", "Acme", now).await?;
    store.add_warehouse("MAIN", "Main", "Europe/London").await?;
    store.add_channel(client.id, "Linnworks").await?;
    let account =
        generate(&GenerateOptions { orders: 1, items, seed_number: SEED, clean: true, ..GenerateOptions::default() });
    let products: Vec<NewProduct> = account
        .items
        .iter()
        .map(|item| NewProduct {
            sku: item.item_number.clone(),
            name: item.item_title.clone(),
            ean: None,
            weight: None,
        })
        .collect();
    store.add_products(client.id, &products, now).await?;
    let settings = json!({
        "Client": "ACME", "Warehouse": "MAIN", "Channel": "Linnworks",
        "ApiToken": application.token.to_string(),
        "Location": "00000000-0000-0000-0000-000000000000",
    });
    let saved = host_harness::connection::add(
        &platform,
        "bench",
        "linnworks",
        settings.as_object().cloned().unwrap_or_default(),
    )
    .await?;
    // Gone live without the connection check, which would cost calls that are not measured.
    let connection = Connection { state: Lifecycle::Active, go_live: Some("all".to_owned()), ..saved.connection };
    platform.store.update_connection(&connection, now).await?;
    Ok((platform, connection))
}
