//! From `given` to a world.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::DateTime;
use harness_capability::clock::VirtualClock;
use harness_engine::Cache;
use host_harness::config::{Config, Mail, MailSecurity, Mode};
use host_harness::connection::{self, ACCOUNT_CLIENT};
use host_harness::platform::Platform;
use host_harness::sealing::Key;
use linnworks_sim::generate::{GenerateOptions, generate};
use linnworks_sim::state::{Account, Application, Stamp};
use linnworks_sim::{SimHandle, SimOptions, Simulator};
use mail_server::MailServer;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::{World, drive, texts};
use crate::capture::Capture;
use crate::format::{Activation, Given, GoLive, Operation, Simulated};
use crate::places;

/// Name of the plugin.
const PLUGIN: &str = "linnworks";

/// Name of the connection that a step means when it names none.
pub const MAIN: &str = "main";

/// The host's key in scenarios: always the same, so that machine code cached by one is trusted by the next.
const KEY: &str = "5ce7a21010000000000000000000000000000000000000000000000000000001";

/// Machine code of components, as the scenarios' hosts keep it.
///
/// # Errors
/// None that is known.
pub fn cache() -> anyhow::Result<Cache> {
    let key = Key::obtain(Some(KEY.to_owned()), Path::new(""))?;
    Ok(Cache::new(places::compiled(), key.derive("compiled components")))
}

impl World {
    /// Makes the world that `given` describes, on an engine that counts fuel or one that does not. Calls and log begin
    /// afterwards.
    ///
    /// # Errors
    /// When something given cannot be made.
    pub async fn new(given: &Given, component: &Path, fuel: bool) -> anyhow::Result<Self> {
        let now = texts::instant(&given.now, 0)?;
        let sim = simulator(&given.simulator, now).await.context("given.simulator")?;
        let folder = tempfile::tempdir()?;
        let mut config = config(given, folder.path(), &sim)?;
        config.engine.fuel = fuel;
        let post = post(given, &mut config).await?;
        let clock = Arc::new(VirtualClock::new(now));
        let log = Capture::start();
        let platform = Platform::open_with(config.clone(), clock.clone()).await?;
        let multichannel = given.mode == Operation::Multichannel;
        let clients = if multichannel { vec![ACCOUNT_CLIENT.to_owned()] } else { given.wms.clients.clone() };
        let home = (
            clients.first().cloned().context("given.wms.clients is empty")?,
            given.wms.warehouses.first().context("given.wms.warehouses is empty")?.code.clone(),
        );
        let mut world = Self {
            sim,
            log,
            secrets: applications_secrets(),
            planned: std::collections::BTreeMap::new(),
            post,
            clock,
            platform: Some(platform),
            config,
            home,
            clients,
            shelf: given.wms.stock,
            counting_faults: false,
            draw: None,
            session: None,
            _folder: folder,
        };
        world.let_in(component, given.application).await?;
        world.stock_warehouse(given).await.context("given.wms")?;
        if given.main {
            world.add(MAIN, &given.settings, Some(&given.active)).await.context("given: the connection main")?;
        }
        for (name, connected) in &given.connections {
            let added = world.add(name, &connected.settings, Some(&connected.active)).await;
            added.with_context(|| format!("given.connections.{name}"))?;
        }
        world.sim.clear_calls();
        Ok(world)
    }

    async fn let_in(&mut self, component: &Path, application: bool) -> anyhow::Result<()> {
        let host = self.host()?;
        host.plugins.add(host, &bytes(component)?, None).await?;
        if application {
            let example = Application::example();
            for (name, value) in
                [("ApplicationId", example.application_id), ("ApplicationSecret", example.application_secret)]
            {
                host.set_platform_secret(PLUGIN, name, &SecretString::from(value.to_string())).await?;
            }
        }
        Ok(())
    }

    /// Lets another component in and moves all connections to it.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn upgrade(&mut self, name: &str) -> anyhow::Result<Vec<connection::Moved>> {
        let bytes = bytes(&places::component(name))?;
        self.with_host(async move |host| {
            let (row, _) = host.plugins.add(host, &bytes, None).await?;
            connection::upgrade(host, &row.name, &row.digest).await
        })
        .await
    }

    /// Adds a connection with what is filled in for it, and activates it when an answer is given. Gives what was saved.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn add(
        &mut self,
        name: &str,
        settings: &Map<String, Value>,
        active: Option<&Activation>,
    ) -> anyhow::Result<Value> {
        let mut given = Map::new();
        if self.config.mode == Mode::ThreePl {
            given.insert("Client".into(), json!(self.home.0));
        }
        given.insert("Warehouse".into(), json!(self.home.1));
        let channels = self.host()?.store.channels(self.host()?.store.client(&self.home.0).await?.id).await?;
        // Ids are given in the order of adding.
        if let Some(channel) = channels.iter().min_by_key(|channel| channel.id) {
            given.insert("Channel".into(), json!(channel.name));
        }
        given.insert("ApiToken".into(), json!(Application::example().token));
        for (name, value) in settings {
            match value {
                Value::Null => given.remove(name),
                value => given.insert(name.clone(), value.clone()),
            };
        }
        let given = self.settings(given)?;
        let name = name.to_owned();
        let saved = {
            let name = name.clone();
            self.with_host(async move |host| connection::add(host, &name, PLUGIN, given).await).await?
        };
        if let Some(active) = active.filter(|active| !active.is_unanswered()) {
            self.activate(&name, active).await?;
        }
        Ok(serde_json::to_value(saved)?)
    }

    /// Activates a connection. Gives it as stored.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn activate(&mut self, name: &str, answer: &Activation) -> anyhow::Result<Value> {
        let go_live = match answer {
            Activation::Answer(GoLive::All) => Some(connection::GoLive::All),
            Activation::Answer(GoLive::Hold) => Some(connection::GoLive::Hold),
            Activation::Answer(GoLive::Unanswered) => None,
            Activation::From { from } => Some(connection::GoLive::From(from.clone())),
        };
        let name = name.to_owned();
        let active = self.with_host(async move |host| connection::activate(host, &name, go_live).await).await?;
        Ok(serde_json::to_value(active)?)
    }

    /// Settings with references resolved, their secrets remembered as never to be seen.
    ///
    /// # Errors
    /// When a reference leads nowhere.
    pub fn settings(&mut self, mut settings: Map<String, Value>) -> anyhow::Result<Map<String, Value>> {
        if let Some(token) = settings.get("ApiToken").and_then(Value::as_str) {
            self.secrets.insert(token.trim().to_owned());
        }
        let found = self.sim.with(|world| settings.values_mut().try_for_each(|value| texts::resolve(world, value)));
        found.map(|()| settings)
    }

    /// Replaces references in an expected value.
    ///
    /// # Errors
    /// When one leads nowhere.
    pub fn resolve(&self, value: &Value) -> anyhow::Result<Value> {
        let mut value = value.clone();
        self.sim.with(|world| texts::resolve(world, &mut value))?;
        Ok(value)
    }
}

fn bytes(component: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(component)
        .with_context(|| format!("there is no component {}; build it with `cargo xtask build`", component.display()))
}

fn applications_secrets() -> std::collections::BTreeSet<String> {
    let example = Application::example();
    [example.application_secret.to_string(), example.token.to_string()].into()
}

async fn simulator(given: &Simulated, now: i64) -> anyhow::Result<SimHandle> {
    let moment = DateTime::from_timestamp_millis(now).context("given.now is out of range")?;
    let sim = Simulator::start(SimOptions::default()).await?;
    sim.exchanges();
    sim.set_time(Stamp(moment));
    let config = given.config.clone();
    let seeds = if given.accounts.is_empty() {
        given.account.iter().collect()
    } else {
        given.accounts.iter().collect::<Vec<_>>()
    };
    let seeds: Vec<Value> = if seeds.is_empty() { vec![json!({})] } else { seeds.into_iter().cloned().collect() };
    sim.seed(json!({ "accounts": seeds, "config": config }))?;
    if let Some(wanted) = &given.generate {
        let options = GenerateOptions {
            orders: wanted.orders,
            items: wanted.items,
            seed_number: wanted.seed_number,
            now: moment,
            clean: wanted.clean,
        };
        let generated: Account = generate(&options);
        sim.with(|world| world.replace(vec![generated]));
    }
    Ok(sim)
}

fn config(given: &Given, folder: &Path, sim: &SimHandle) -> anyhow::Result<Config> {
    let data = folder.join("data");
    std::fs::create_dir_all(&data)?;
    let shared = places::compiled();
    std::fs::create_dir_all(&shared)?;
    // Compiling the component takes seconds, loading it milliseconds.
    std::os::unix::fs::symlink(&shared, data.join("compiled"))?;
    let key_file = folder.join("key");
    std::fs::write(&key_file, KEY)?;
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&key_file, private)?;
    // One: who waits for a second connection while holding one is found out.
    let mut config = Config { data, key_file: Some(key_file), database_readers: 1, ..Config::default() };
    config.mode = match given.mode {
        Operation::ThreePl => Mode::ThreePl,
        Operation::Multichannel => Mode::Multichannel,
    };
    config.egress.stand_ins.insert("api.linnworks.net".into(), sim.url());
    config.engine.concurrent_invocations = 8;
    config.retention.buyers_days = given.erase_buyers_after_days;
    Ok(config)
}

/// A mail server, where somebody is to be written to.
async fn post(given: &Given, config: &mut Config) -> anyhow::Result<Option<MailServer>> {
    if given.wms.notify.is_empty() {
        return Ok(None);
    }
    let server = MailServer::start(true).await?;
    config.mail = Mail {
        server: "127.0.0.1".into(),
        port: Some(server.port()),
        security: MailSecurity::None,
        from: "Warehouse <wms@example.com>".into(),
        ..Mail::default()
    };
    Ok(Some(server))
}

/// Lets both clocks show the same.
pub(super) fn together(world: &World) {
    use harness_capability::clock::Clock as _;
    drive::advance(&world.sim, &world.clock, world.clock.now_ms());
}
