//! A host with three tenants: one whose connector attacks, one whose connector works, and one that has something to lose.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use harness_capability::clock::VirtualClock;
use harness_capability::http::{HttpCapability, HttpSetup};
use harness_contract::types::Mode;
use harness_engine::Limits;
use harness_wms::{Client, Connection, Lifecycle, NewProduct};
use host_harness::config::{Config, Runs};
use host_harness::connection;
use host_harness::flow::FlowError;
use host_harness::flow::import_orders::{self, Report, Scope};
use host_harness::flow::run::Ran;
use host_harness::platform::Platform;
use linnworks_sim::{SimHandle, SimOptions, Simulator};
use scenarios::capture::Capture;
use serde_json::{Map, Value, json};

use crate::disguise;
use crate::source::{Inside, Names, Source};

/// The host's key: that of the scenarios, so that machine code which one cached is trusted by the other.
const KEY: &str = "5ce7a21010000000000000000000000000000000000000000000000000000001";
/// When all of it happens; the clock stands still, so whoever waited for it would wait for ever.
const NOW: i64 = 1_772_442_760_000;

/// What one invocation may use: the host's own limits, those lowered that take long to reach.
#[must_use]
pub fn limits() -> Limits {
    Limits {
        cpu_ms: 1_000,
        // Letting a component in compiles it, on the same thread: so long nothing else goes on.
        wall_ms: 8_000,
        host_call_bytes: 8 << 20,
        http_calls: 200,
        http_bytes: 16 << 20,
        host_calls: 20_000,
        ..Limits::default()
    }
}

/// How far an attack may raise the host's memory: what its sandbox may hold, what it may hand over in one call and once more
/// as the host's own copy, what it may be answered, and some for the host's own work and the neighbour's.
#[must_use]
pub fn memory_bound() -> u64 {
    let limits = limits();
    limits.memory_bytes as u64 + 2 * limits.host_call_bytes as u64 + limits.http_bytes + (48 << 20)
}

/// The host and all that is around it.
pub struct Site {
    /// The host.
    pub platform: Platform,
    /// What the attacker's requests arrive at: the stand-in of `misbehaving.example`.
    pub source: Source,
    /// What nothing may arrive at: the stand-in of `rebound.example` is a name that leads there.
    pub inside: Inside,
    /// The name server.
    pub names: Arc<Names>,
    /// The neighbour's Linnworks.
    pub sim: SimHandle,
    /// What the host logs.
    pub log: Capture,
    /// Who attacks.
    pub hostile: Client,
    /// Who works.
    pub neighbour: Client,
    /// What letting attackers in took of the thread. It compiles them, which is the operator's wish and no attack.
    pub letting_in: Cell<Duration>,
    _folder: tempfile::TempDir,
}

impl Site {
    /// Makes the host; nobody attacks yet.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn open() -> anyhow::Result<Self> {
        let (source, inside) = (Source::start().await?, Inside::start().await?);
        let sim = Simulator::start(SimOptions::default()).await?;
        let order = |number: u32| json!({ "NumOrderId": number, "Items": [{ "SKU": "TEE", "Quantity": 1 }] });
        let account = json!({ "Items": [{ "ItemNumber": "TEE" }], "Orders": (1..=20).map(order).collect::<Vec<_>>() });
        sim.seed(account).map_err(|error| anyhow::anyhow!("the simulator's seed: {error:?}"))?;

        let folder = tempfile::tempdir()?;
        let log = Capture::start();
        let config = config(folder.path(), &source, &inside, &sim)?;
        let clock = Arc::new(VirtualClock::new(NOW));
        let mut platform = Platform::open_with(config, clock.clone()).await?;
        let names = Arc::new(Names::default());
        platform.http = HttpCapability::new(HttpSetup {
            clock,
            resolver: names.clone(),
            sink: platform.requests.clone(),
            faults: platform.faults.clone(),
            ..HttpSetup::default()
        });
        platform.store.add_warehouse("MAIN", "Main", "Europe/London").await?;
        let hostile = client(&platform, "HOSTILE").await?;
        let neighbour = client(&platform, "NEIGHBOUR").await?;
        let letting_in = Cell::default();
        Ok(Self { platform, source, inside, names, sim, log, hostile, neighbour, letting_in, _folder: folder })
    }

    /// Another tenant.
    ///
    /// # Errors
    /// When it cannot be added.
    pub async fn tenant(&self, code: &str) -> anyhow::Result<Client> {
        client(&self.platform, code).await
    }

    /// Lets the misbehaving connector in, with what `manifest` names in place of its own, and connects the hostile tenant.
    ///
    /// # Errors
    /// Why it is not let in.
    pub async fn attacker(&self, manifest: Value, settings: Value) -> anyhow::Result<Connection> {
        let wasm = disguise::misbehaving(&manifest)?;
        let mut adding = pin!(self.platform.plugins.add(&self.platform, &wasm, None));
        let added = poll_fn(|context| {
            let began = Instant::now();
            let added = adding.as_mut().poll(context);
            self.letting_in.set(self.letting_in.get() + began.elapsed());
            added
        });
        let (plugin, _) = added.await?;
        self.connect("attack", &self.hostile, &plugin.name, settings).await
    }

    /// A connection that is live.
    ///
    /// # Errors
    /// When its settings are refused.
    pub async fn connect(
        &self,
        name: &str,
        client: &Client,
        plugin: &str,
        settings: Value,
    ) -> anyhow::Result<Connection> {
        let mut given = json!({ "Client": client.code, "Warehouse": "MAIN", "Channel": "Shop" });
        for (name, value) in object(settings)? {
            given[name.as_str()] = value;
        }
        let added = connection::add(&self.platform, name, plugin, object(given)?).await?.connection;
        // Gone live without the connection check, of which a connector that misbehaves has none to speak of.
        let live = Connection { state: Lifecycle::Active, go_live: Some("all".to_owned()), ..added };
        self.platform.store.update_connection(&live, NOW).await?;
        Ok(self.platform.store.connection_by_id(live.id).await?)
    }

    /// Runs the import of `connection` as it is stored now.
    ///
    /// # Errors
    /// Those of the flow.
    pub async fn run(&self, connection: &Connection, mode: Mode) -> Result<Ran<Report>, FlowError> {
        let stored = self.platform.store.connection_by_id(connection.id).await?;
        import_orders::run(&self.platform, &stored, mode, Scope::New).await
    }

    /// What the connector tells of the misdeed of `connection`, which it does in `fetch`.
    ///
    /// # Errors
    /// Those of the flow, or when nothing is told.
    pub async fn told(&self, connection: &Connection) -> anyhow::Result<Vec<String>> {
        let ran = self.run(connection, Mode::Apply).await?;
        let first = ran.report.orders.first().context("nothing was told")?;
        Ok(first.because.iter().map(|line| line.strip_prefix("told: ").unwrap_or(line).to_owned()).collect())
    }

    /// What every tenant was charged, by client, of the day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage(&self) -> anyhow::Result<BTreeMap<i64, harness_wms::Usage>> {
        let rows = self.platform.store.usage(NOW).await?;
        Ok(rows.into_iter().map(|row| (row.client_id, row)).collect())
    }
}

async fn client(platform: &Platform, code: &str) -> anyhow::Result<Client> {
    let client = platform.store.add_client(code, code, NOW).await?;
    platform.store.add_channel(client.id, "Shop").await?;
    let product = NewProduct { sku: "TEE".into(), name: "Tee".into(), ..Default::default() };
    platform.store.add_products(client.id, &[product], NOW).await?;
    Ok(client)
}

fn config(folder: &std::path::Path, source: &Source, inside: &Inside, sim: &SimHandle) -> anyhow::Result<Config> {
    let data = folder.join("data");
    std::fs::create_dir_all(&data)?;
    let shared = scenarios::places::compiled();
    std::fs::create_dir_all(&shared)?;
    // Compiling a component takes seconds, loading it milliseconds.
    std::os::unix::fs::symlink(&shared, data.join("compiled"))?;
    let key_file = folder.join("key");
    std::fs::write(&key_file, KEY)?;
    std::fs::set_permissions(&key_file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let mut config = Config { data, key_file: Some(key_file), ..Config::default() };
    config.limits = limits();
    config.runs = Runs { pages: 20, candidates: 1_000 };
    config.engine.fuel = true;
    config.engine.concurrent_invocations = 8;
    let stand_ins = &mut config.egress.stand_ins;
    stand_ins.insert("api.linnworks.net".into(), sim.url());
    stand_ins.insert("misbehaving.example".into(), format!("http://{}", source.address));
    stand_ins.insert("rebound.example".into(), format!("https://rebound.inside:{}", inside.port));
    stand_ins.insert("local.example".into(), format!("http://localhost:{}", source.address.port()));
    Ok(config)
}

fn object(value: Value) -> anyhow::Result<Map<String, Value>> {
    match value {
        Value::Object(fields) => Ok(fields),
        other => anyhow::bail!("{other} is no object"),
    }
}
