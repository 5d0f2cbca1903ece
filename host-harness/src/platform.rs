//! Everything that a host is made of, made once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use harness_capability::clock::{Clock, OffsetClock, SystemClock};
use harness_capability::http::egress::OperatorEgress;
use harness_capability::http::{Faults, HttpCapability, HttpSetup};
use harness_engine::{Cache, Engine};
use harness_wms::{Client, Points, Store};
use secrecy::ExposeSecret as _;

use crate::config::Config;
use crate::connection::ACCOUNT_CLIENT;
use crate::durable::private_folder;
use crate::flow::lists::Lists;
use crate::flow::request_log::RequestLog;
use crate::plugins::Plugins;
use crate::recording::Recordings;
use crate::rotation;
use crate::sealing::Key;
use crate::stop::Stop;

/// A running host.
pub struct Platform {
    /// As read at the start.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// Runs components.
    pub engine: Engine,
    /// The way out.
    pub http: HttpCapability,
    /// Hears of each call on that way.
    pub requests: Arc<RequestLog>,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// Seals secrets.
    pub key: Key,
    /// Where the key lies; none when it comes from the environment.
    pub key_file: Option<PathBuf>,
    /// Connectors that were let in.
    pub plugins: Plugins,
    /// Faults on demand; empty outside tests.
    pub faults: Arc<Faults>,
    /// Where a test has the host die; nowhere outside tests.
    pub points: Arc<Points>,
    /// Where invocations are recorded, while somebody wants that.
    pub recordings: Recordings,
    /// What the sources have just listed, for the flows of the same beat.
    pub lists: Lists,
    /// Asked for when this process is to end.
    pub stop: Stop,
    /// Names this process in leases.
    pub owner: String,
}

impl Platform {
    /// Opens the database, the key and the cache under `config.data`, on the machine's clock or as far from it as configured. That
    /// folder is made for its owner alone where it is missing.
    ///
    /// # Errors
    /// When one of them cannot be opened; the text says what to do.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = match config.clock_offset_ms {
            0 => Arc::new(SystemClock),
            offset => Arc::new(OffsetClock { offset }),
        };
        Self::open_with(config, clock).await
    }

    /// As [`Platform::open`], on a clock of the caller's.
    ///
    /// # Errors
    /// As for [`Platform::open`].
    pub async fn open_with(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        private_folder(&config.data)
            .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
        crate::backup::refuse_unfinished(&config)?;
        let environment = std::env::var("HARNESS_KEY").ok();
        let key_file = environment.is_none().then(|| config.key_file());
        let store = Store::open_for(&config.database()?, config.database_readers).await?;
        let key = match &key_file {
            Some(file) => rotation::settle(&store, Key::obtain(None, file)?, file).await?,
            None => Key::obtain(environment, Path::new(""))?,
        };
        let engine = Engine::new(config.engine.clone())?;
        let faults = Arc::new(Faults::default());
        let requests = Arc::new(RequestLog::new(store.clone(), clock.clone()));
        let http = HttpCapability::new(HttpSetup {
            clock: clock.clone(),
            faults: faults.clone(),
            sink: requests.clone(),
            ..HttpSetup::default()
        });
        let cache = Cache::new(config.data.join("compiled"), key.derive("compiled components"));
        let plugins = Plugins::new(config.plugins(), cache);
        let owner = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
        let (points, lists, stop) = (Arc::clone(store.points()), Lists::default(), Stop::default());
        let recordings = Recordings::default();
        Ok(Self {
            config,
            store,
            engine,
            http,
            requests,
            clock,
            key,
            key_file,
            plugins,
            faults,
            points,
            recordings,
            lists,
            stop,
            owner,
        })
    }

    /// Now, in Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Whether neither a call nor the database is under way: for whoever moves a clock on when nothing else is going on.
    pub fn is_at_rest(&self) -> bool {
        self.http.in_flight() == 0 && self.store.is_at_rest()
    }

    /// What the operator allows beyond the connectors' own lists.
    pub fn operator_egress(&self) -> OperatorEgress {
        operator_egress(&self.config)
    }

    /// The one client of multichannel mode, made on first use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_client(&self) -> anyhow::Result<Client> {
        if let Some(client) = self.store.clients().await?.into_iter().find(|client| client.code == ACCOUNT_CLIENT) {
            return Ok(client);
        }
        Ok(self.store.add_client(ACCOUNT_CLIENT, "The account", self.now()).await?)
    }

    /// A secret of the platform for a connector, by name.
    ///
    /// # Errors
    /// When it does not open with this host's key.
    pub async fn platform_secrets(
        &self,
        plugin: &str,
    ) -> anyhow::Result<std::collections::BTreeMap<String, secrecy::SecretString>> {
        let mut secrets = std::collections::BTreeMap::new();
        for (name, sealed) in self.store.platform_secrets(plugin).await? {
            secrets.insert(name.clone(), self.key.open(&secret_place(plugin, &name), &sealed)?);
        }
        Ok(secrets)
    }

    /// Seals and stores a secret of the platform for a connector.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_platform_secret(
        &self,
        plugin: &str,
        name: &str,
        secret: &secrecy::SecretString,
    ) -> anyhow::Result<()> {
        anyhow::ensure!(!secret.expose_secret().is_empty(), "the secret {name} is empty");
        let sealed = self.key.seal(&secret_place(plugin, name), secret)?;
        Ok(self.store.set_platform_secret(plugin, name, &sealed, self.now()).await?)
    }
}

/// What the operator allows, as the capability takes it.
pub fn operator_egress(config: &Config) -> OperatorEgress {
    OperatorEgress {
        allow_loopback: !config.egress.stand_ins.is_empty(),
        extra_origins: Vec::new(),
        stand_ins: config.egress.stand_ins.clone(),
    }
}

/// What a secret of the platform is bound to.
pub(crate) fn secret_place(plugin: &str, name: &str) -> String {
    format!("platform secret {plugin}/{name}")
}
