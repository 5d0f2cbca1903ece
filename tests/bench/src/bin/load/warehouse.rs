//! The host: its clients, products, stock and connections, and its serving.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use bench::lab;
use harness_capability::clock::{Clock as _, VirtualClock};
use harness_capability::http::{Draw, Fault};
use harness_wms::{Connection, Lifecycle, NewProduct, Run, RunState};
use host_harness::config::Config;
use host_harness::platform::Platform;
use host_harness::{connection, schedule};
use linnworks_sim::state::Application;
use serde_json::json;

use crate::lateness::Lateness;
use crate::shape::Size;
use crate::source::{BEGIN, SKUS, Source, UNITS, sku, token};
use crate::traffic::Traffic;
use crate::{BEAT, MINUTE, clock};

/// How long calls take in virtual time, in milliseconds: of ten, so many.
const LATENCIES: [(u64, i64); 3] = [(6, 250), (3, 500), (1, 1_000)];

/// Everything happens at whole quarters of a second. The host is told to stop between two of them, so that what is
/// under way then does not end in that very instant.
const BETWEEN: i64 = 100;

/// For a run to be under way when the host is told to stop, so many seconds are waited at most.
const WAITED: u32 = 60;

/// So many of the last runs are looked at for those that are under way.
const RECENT: u32 = 1_000;

/// What the host was at when it was told to stop.
#[derive(Debug, Default)]
pub(crate) struct Stopped {
    /// Runs that were under way, and ended after that.
    pub(crate) under_way: usize,
    /// Those of them that left the rest to the next start.
    pub(crate) put_off: usize,
}

/// The host and where it lives.
pub(crate) struct Warehouse {
    platform: Option<Platform>,
    clock: Arc<VirtualClock>,
    config: Config,
    /// Ids, by place.
    pub(crate) connections: Vec<i64>,
    /// Ids of clients and of each connection's warehouse, by place.
    pub(crate) clients: Vec<i64>,
    pub(crate) warehouses: Vec<i64>,
    _folder: tempfile::TempDir,
}

impl Warehouse {
    /// A host with all connections, active, their beats spread over a quarter of an hour as if each had gone live at a time of its
    /// own.
    pub(crate) async fn new(size: &Size, source: &Source, workers: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut config = lab::config(folder.path(), source.url());
        config.schedule.workers = workers;
        let clock = Arc::new(VirtualClock::new(BEGIN));
        let platform = Platform::open_with(config.clone(), clock.clone()).await?;
        platform.plugins.add(&platform, &lab::component()?, None).await?;
        let application = Application::example();
        for (name, secret) in
            [("ApplicationId", application.application_id), ("ApplicationSecret", application.application_secret)]
        {
            platform.set_platform_secret("linnworks", name, &secret.to_string().into()).await?;
        }
        let mut warehouse = Self {
            platform: None,
            clock,
            config,
            connections: Vec::with_capacity(size.connections()),
            clients: Vec::with_capacity(size.clients()),
            warehouses: Vec::with_capacity(size.connections()),
            _folder: folder,
        };
        warehouse.add_clients(&platform, size).await?;
        for place in 0..size.connections() {
            warehouse.connect(&platform, size, place).await.with_context(|| format!("connection {place}"))?;
        }
        warehouse.platform = Some(platform);
        warehouse.fill_shelves(size).await?;
        warehouse.be_slow()?;
        Ok(warehouse)
    }

    /// Clients, each with a channel and the same products.
    async fn add_clients(&mut self, platform: &Platform, size: &Size) -> anyhow::Result<()> {
        let products: Vec<NewProduct> = (0..SKUS)
            .map(|place| NewProduct { sku: sku(place), name: format!("Product {place}"), ..NewProduct::default() })
            .collect();
        for place in 0..size.clients() {
            let client = platform.store.add_client(&format!("C{place}"), &format!("Client {place}"), BEGIN).await?;
            platform.store.add_channel(client.id, "Linnworks").await?;
            platform.store.add_products(client.id, &products, BEGIN).await?;
            self.clients.push(client.id);
        }
        Ok(())
    }

    async fn connect(&mut self, platform: &Platform, size: &Size, place: usize) -> anyhow::Result<()> {
        let (store, name) = (&platform.store, format!("c{place}"));
        // A warehouse of its own, so that its stock is its own.
        let warehouse = store.add_warehouse(&format!("W{place}"), &name, "Europe/London").await?;
        let settings = json!({
            "Client": format!("C{}", size.client_of(place)), "Warehouse": warehouse.code, "Channel": "Linnworks",
            "ApiToken": token(place), "Location": uuid::Uuid::nil(), "OrderPrefix": prefix(place), "Frequency": BEAT,
            "SyncStockLevels": true, "StockSyncFrequency": BEAT,
            "ImportPurchaseOrdersAsAsn": true, "ExportReturns": true,
        });
        let saved =
            connection::add(platform, &name, "linnworks", settings.as_object().cloned().unwrap_or_default()).await?;
        // Gone live without the connection check, whose calls are not what is measured.
        let connection = Connection { state: Lifecycle::Active, go_live: Some("all".to_owned()), ..saved.connection };
        store.update_connection(&connection, BEGIN).await?;
        let quarter = BEAT * MINUTE / 250;
        for (beat, spread) in [("orders", 7_919), ("stock", 6_007)] {
            let phase = (i64::try_from(place)? + 1) * spread % quarter * 250;
            store.set_due(connection.id, beat, connection.client_id, BEGIN + phase).await?;
        }
        self.connections.push(connection.id);
        self.warehouses.push(warehouse.id);
        Ok(())
    }

    /// Stock of all products in all warehouses, by one statement: by hand it would be a commit for each.
    async fn fill_shelves(&self, size: &Size) -> anyhow::Result<()> {
        let pool = self.database().await?;
        sqlx::query("BEGIN").execute(&pool).await?;
        for (place, warehouse) in self.warehouses.iter().enumerate() {
            sqlx::query(
                "INSERT INTO stock (product_id, warehouse_id, level, allocated, quarantine, last_updated) \
                 SELECT id, $1, $2, 0, 0, $3 FROM products WHERE client_id = $4",
            )
            .bind(*warehouse)
            .bind(UNITS)
            .bind(BEGIN)
            .bind(self.clients.get(size.client_of(place)).copied())
            .execute(&pool)
            .await?;
        }
        sqlx::query("COMMIT").execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// The host's database, beside the host.
    async fn database(&self) -> anyhow::Result<sqlx::AnyPool> {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}", self.config.data.join("harness.db").display());
        Ok(sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&url).await?)
    }

    /// Has each call take its time, which is the only one that goes by while nobody waits for a limit.
    fn be_slow(&self) -> anyhow::Result<()> {
        let calls = std::sync::atomic::AtomicU64::new(0);
        self.platform()?.faults.draw(Draw::new(move |_| {
            let mut nth = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed).wrapping_mul(7) % 10;
            let found = LATENCIES.iter().find(|(share, _)| {
                let within = nth < *share;
                nth = nth.saturating_sub(*share);
                within
            });
            found.map(|(_, ms)| Fault::Delay(*ms))
        }));
        Ok(())
    }

    pub(crate) fn platform(&self) -> anyhow::Result<&Platform> {
        self.platform.as_ref().context("the host is not running")
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Has the host serve until `until`, or until all is through where nothing more is to come; then it is told to stop, and ends
    /// what it does. Tells what that was.
    pub(crate) async fn serve(
        &self,
        source: &Source,
        lateness: &Lateness,
        traffic: &mut Traffic,
        until: i64,
    ) -> anyhow::Result<Stopped> {
        let platform = self.platform()?;
        lateness.know(&self.connections);
        lateness.begin(self.now());
        let (busy, health) = (AtomicBool::new(false), schedule::Health::default());
        let serving = async {
            let people = async {
                let done = async {
                    traffic.go_on(self, source, &busy, until).await?;
                    self.before_the_stop(lateness, &busy, !traffic.rest).await
                };
                let done = done.await;
                platform.stop.ask();
                // Also when something failed: what is under way needs time to end.
                busy.store(false, Ordering::SeqCst);
                done
            };
            let ((), stopped_at) = tokio::join!(schedule::run(platform, &health), people);
            let stopped_at = stopped_at?;
            let runs = platform.store.runs(None, RECENT).await?;
            let was_under_way =
                |run: &&Run| run.started_at <= stopped_at && run.ended_at.is_none_or(|ended| ended > stopped_at);
            let under_way: Vec<&Run> = runs.iter().filter(was_under_way).collect();
            let put_off = under_way.iter().filter(|run| run.state == RunState::Stopped).count();
            anyhow::Ok(Stopped { under_way: under_way.len(), put_off })
        };
        clock::drive(&self.clock, source, platform, &busy, serving).await?
    }

    /// Notes which beats are due and have not begun, and answers when the host is to be told to stop: now, or where it
    /// is to be `amid` runs once one is under way. `busy` stays set, so that it is still that instant when it is told.
    async fn before_the_stop(&self, lateness: &Lateness, busy: &AtomicBool, amid: bool) -> anyhow::Result<i64> {
        let store = &self.platform()?.store;
        let mut left = if amid { WAITED } else { 0 };
        let mut at = self.now() + BETWEEN;
        loop {
            self.clock.sleep_until(at).await;
            busy.store(true, Ordering::SeqCst);
            if left == 0 || store.runs(None, RECENT).await?.iter().any(|run| run.state == RunState::Running) {
                break;
            }
            busy.store(false, Ordering::SeqCst);
            left -= 1;
            at += 1_000;
        }
        let now = self.now();
        let pool = self.database().await?;
        let waiting: Vec<(i64, i64)> =
            sqlx::query_as("SELECT connection_id, due_at FROM due_times WHERE due_at <= $1 AND lease_until <= $1")
                .bind(now)
                .fetch_all(&pool)
                .await?;
        pool.close().await;
        lateness.note_waiting(&waiting, now);
        Ok(now)
    }

    /// The host, which has ended, is started again on the same data.
    pub(crate) async fn start_again(&mut self) -> anyhow::Result<()> {
        if let Some(platform) = self.platform.take() {
            let store = platform.store.clone();
            drop(platform);
            store.close().await;
        }
        self.platform = Some(Platform::open_with(self.config.clone(), self.clock.clone()).await?);
        self.be_slow()
    }
}

/// What is put in front of a connection's order numbers.
pub(crate) fn prefix(connection: usize) -> String {
    format!("L{connection}-")
}
