//! Configuration of the host: one TOML file, overridden by the environment, overridden by flags.
//!
//! Every key is listed here with its default; an unknown key is an error, since a misspelt limit would otherwise be no limit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use harness_engine::{EngineOptions, Limits};
use harness_wms::DatabaseAddress;
use serde::{Deserialize, Serialize};

/// Who the platform is run for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A third-party logistics firm: each connection belongs to one of its clients, and each client is a tenant.
    #[default]
    #[serde(rename = "3pl")]
    ThreePl,
    /// One seller with several channels: no client is asked for, the whole account is one tenant.
    Multichannel,
}

/// Which addresses may be dialled beyond a connector's own allow list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Egress {
    /// Addresses that stand in for a host of a manifest: `"api.linnworks.net" = "http://127.0.0.1:8080"`. For simulators and
    /// recording proxies. Loopback only; that is also the only place where plain HTTP is allowed.
    pub stand_ins: BTreeMap<String, String>,
}

/// How the scheduler works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// Runs at once.
    pub workers: usize,
    /// Seconds for which a worker holds a connection's flow without renewing its lease, at least 180.
    pub lease_seconds: u32,
    /// Seconds that a run is given to end by itself when the host is told to stop.
    pub grace_seconds: u32,
    /// Minutes between two comparisons of all stock; in between only what changed is told.
    pub compare_stock_minutes: u32,
}

/// A lease is renewed each time a third of it has gone by. Of one that is no shorter two minutes are left at any moment: when
/// a host dies, what it sent last is either there or will never be before another host takes over.
const SHORTEST_LEASE: u32 = 180;

impl Default for Schedule {
    fn default() -> Self {
        Self { workers: 4, lease_seconds: SHORTEST_LEASE, grace_seconds: 20, compare_stock_minutes: 360 }
    }
}

/// What one run takes from a connector, whose list may be without end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Runs {
    /// Pages of candidates.
    pub pages: u64,
    /// Candidates.
    pub candidates: u64,
}

impl Default for Runs {
    fn default() -> Self {
        Self { pages: 1_000, candidates: 1_000_000 }
    }
}

/// How long the host remembers what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Days for which runs are kept.
    pub runs_days: u32,
    /// Days for which the request log is kept.
    pub requests_days: u32,
    /// Days after an order left, or was cancelled, at which its buyer is erased; 0 for never. A client may have its own.
    pub buyers_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { runs_days: 90, requests_days: 30, buyers_days: 0 }
    }
}

/// How the way to the mail server is kept private.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// Begins open and goes over to TLS before anything is said; a server that cannot is refused.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Open. Only for a server on this machine.
    None,
}

/// The mail server by which clients are written to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// Its name; empty: no mail is sent.
    pub server: String,
    /// Its port; the usual one of `security` when left out.
    pub port: Option<u16>,
    /// See [`MailSecurity`].
    pub security: MailSecurity,
    /// Who logs in there; empty: nobody. The password is `HARNESS_MAIL_PASSWORD` of the environment.
    pub user: String,
    /// Sender: `Warehouse <wms@example.com>`.
    pub from: String,
}

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the database, the key file and the cache of compiled components.
    pub data: PathBuf,
    /// `sqlite` for a file in `data`, or a `postgres://` address without password (that comes from `PGPASSWORD` or a
    /// password file).
    pub database: String,
    /// Connections to an SQLite file that read at once.
    pub database_readers: u32,
    /// See [`Mode`].
    pub mode: Mode,
    /// File with the host's key, 64 hexadecimal digits, mode 0600. Made on first use when absent. `HARNESS_KEY` overrides it.
    pub key_file: Option<PathBuf>,
    /// Where `harness serve` listens; loopback unless a proxy with its own authentication stands in front.
    pub listen: String,
    /// Milliseconds that the host's clock is ahead of the machine's, for demonstrations against a simulator: only where there are
    /// stand-ins, since a real source is not fooled about the time.
    pub clock_offset_ms: i64,
    /// See [`Egress`].
    pub egress: Egress,
    /// See [`Limits`].
    pub limits: Limits,
    /// See [`EngineOptions`].
    pub engine: EngineOptions,
    /// See [`Schedule`].
    pub schedule: Schedule,
    /// See [`Runs`].
    pub runs: Runs,
    /// See [`Retention`].
    pub retention: Retention,
    /// See [`Mail`].
    pub mail: Mail,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("harness-data"),
            database: "sqlite".into(),
            database_readers: harness_wms::READERS,
            mode: Mode::default(),
            key_file: None,
            listen: "127.0.0.1:8470".into(),
            clock_offset_ms: 0,
            egress: Egress::default(),
            limits: Limits::default(),
            engine: EngineOptions::default(),
            schedule: Schedule::default(),
            runs: Runs::default(),
            retention: Retention::default(),
            mail: Mail::default(),
        }
    }
}

impl Config {
    /// Reads `file` (or `harness.toml` in the current folder when it exists), then applies the environment.
    ///
    /// # Errors
    /// When the file cannot be read, is not TOML, or holds an unknown key or an unusable value.
    pub fn load(file: Option<&Path>, environment: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let standard = Path::new("harness.toml");
        let file = file.or_else(|| standard.exists().then_some(standard));
        let mut config: Self = match file {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("the configuration {} cannot be read", path.display()))?;
                parse(&text).with_context(|| format!("the configuration {} is not usable", path.display()))?
            }
        };
        if let Some(data) = environment("HARNESS_DATA") {
            config.data = data.into();
        }
        if let Some(database) = environment("HARNESS_DATABASE") {
            config.database = database;
        }
        if let Some(listen) = environment("HARNESS_LISTEN") {
            config.listen = listen;
        }
        if let Some(offset) = environment("HARNESS_CLOCK_OFFSET_MS") {
            config.clock_offset_ms = offset.parse().ok().with_context(|| {
                format!("HARNESS_CLOCK_OFFSET_MS is {offset:?}; expected a whole number of milliseconds")
            })?;
        }
        if let Some(mode) = environment("HARNESS_MODE") {
            config.mode = match mode.as_str() {
                "3pl" => Mode::ThreePl,
                "multichannel" => Mode::Multichannel,
                other => bail!("HARNESS_MODE is {other:?}; expected 3pl or multichannel"),
            };
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        for (host, address) in &self.egress.stand_ins {
            let url = url::Url::parse(address)
                .with_context(|| format!("egress.stand_ins: {host} = {address:?} is not an address"))?;
            let loopback = match url.host() {
                Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
                Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
                Some(url::Host::Domain(name)) => name == "localhost",
                None => false,
            };
            if !loopback {
                bail!(
                    "egress.stand_ins: {host} = {address:?} is not on loopback; a stand-in is for simulators on this machine only"
                );
            }
        }
        if self.clock_offset_ms != 0 && self.egress.stand_ins.is_empty() {
            bail!(
                "clock_offset_ms is {}, which is for demonstrations with egress.stand_ins alone; leave it out",
                self.clock_offset_ms
            );
        }
        if self.limits.memory_bytes > self.engine.max_memory_bytes {
            bail!(
                "limits.memory_bytes ({}) is above engine.max_memory_bytes ({}); raise the latter too",
                self.limits.memory_bytes,
                self.engine.max_memory_bytes
            );
        }
        if self.schedule.lease_seconds < SHORTEST_LEASE {
            bail!(
                "schedule.lease_seconds is {}; expected is at least {SHORTEST_LEASE}: what a host that died had sent may take two \
                 minutes to show at the source, and nobody may take its work over before; leave it out",
                self.schedule.lease_seconds
            );
        }
        self.database()?;
        Ok(())
    }

    /// Where the connectors lie that were let in.
    pub fn plugins(&self) -> PathBuf {
        self.data.join("plugins")
    }

    /// Where the key lies, unless the environment has it.
    pub fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data.join("key"))
    }

    /// Where the database is.
    ///
    /// # Errors
    /// When `database` is neither of the two, or leads to another machine whose certificate is not looked at; it is not repeated,
    /// since an address may hold a password.
    pub fn database(&self) -> anyhow::Result<DatabaseAddress> {
        if self.database == "sqlite" {
            return Ok(DatabaseAddress::Sqlite(self.data.join("harness.db")));
        }
        match self.database.parse() {
            Ok(address @ DatabaseAddress::Postgres(_)) => {
                if address.is_exposed().context("database is no address of PostgreSQL")? {
                    bail!(
                        "database leads to another machine and does not say sslmode=verify-full: the password and what names buyers \
                         could be read on the way, or be given to a server that only poses as yours; add sslmode=verify-full to the \
                         address (`postgres://USER@HOST/NAME?sslmode=verify-full`), and sslrootcert=FILE where this machine does not \
                         know the authority of the server's certificate"
                    );
                }
                Ok(address)
            }
            _ => bail!(
                "database is neither \"sqlite\" nor an address that begins with postgres:// or postgresql:// (what it is, is not \
                 shown: it may hold a password)"
            ),
        }
    }
}

/// Reads the file. An error tells the line and not its text, which may hold a password.
fn parse(text: &str) -> anyhow::Result<Config> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        anyhow::anyhow!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("harness.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(Some(&file), |_| None)
    }

    #[test]
    fn both_spellings_of_a_postgres_address_are_accepted_and_sqlite_lies_in_the_data_folder() {
        for address in ["postgres://user:sesame@localhost/wms", "postgresql://user:sesame@localhost/wms"] {
            let found = load(&format!("database = \"{address}\"")).unwrap().database().unwrap();
            assert_eq!(found, DatabaseAddress::Postgres(address.into()));
        }
        let found = load("data = \"here\"").unwrap().database().unwrap();
        assert_eq!(found, DatabaseAddress::Sqlite("here/harness.db".into()));
    }

    #[test]
    fn a_database_on_another_machine_has_to_show_its_certificate() {
        let load = |address: &str| load(&format!("database = \"{address}\""));
        for here in [
            "postgres://user@localhost/wms",
            "postgres://user@127.0.0.1:5433/wms?sslmode=disable",
            "postgres://user@[::1]/wms",
            "postgres://user@%2Frun%2Fpostgresql/wms",
            "postgres://user@db/wms?host=/run/postgresql",
        ] {
            assert!(load(here).is_ok(), "{here}");
        }
        for mode in
            ["", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-ca", "?sslmode=verify-full&sslmode=allow"]
        {
            for host in ["db", "10.0.0.5", "[2001:db8::1]", "localhost.example"] {
                let error = format!("{:#}", load(&format!("postgres://user:sesame@{host}/wms{mode}")).unwrap_err());
                assert!(
                    error.contains("add sslmode=verify-full") && !error.contains("sesame"),
                    "{host}{mode}: {error}"
                );
            }
        }
        let elsewhere = load("postgres://user:sesame@localhost/wms?host=db").unwrap_err().to_string();
        assert!(elsewhere.contains("another machine"), "{elsewhere}");
        for shown in
            ["postgres://user@db/wms?sslmode=verify-full", "postgres://user@db/wms?sslmode=verify-full&sslrootcert=ca"]
        {
            assert_eq!(load(shown).unwrap().database().unwrap(), DatabaseAddress::Postgres(shown.into()));
        }
    }

    #[test]
    fn no_error_repeats_a_password() {
        for text in [
            "database = \"postgres://user:sesame@db/wms\"",
            "database = \"postgres://user:sesame@db:port/wms\"",
            "database = \"mysql://user:sesame@db/wms\"",
            "database = \"Postgres://user:sesame@db/wms\"",
            "database = postgres://user:sesame@db/wms",
            "database = \"postgres://user:sesame@db/wms",
            "databases = \"postgres://user:sesame@db/wms\"",
        ] {
            let error = format!("{:#} {0:?}", load(text).unwrap_err());
            assert!(!error.contains("sesame"), "{text}: {error}");
        }
        let environment = |name: &str| (name == "HARNESS_DATABASE").then(|| "mssql://user:sesame@db".to_owned());
        let error = Config::load(None, environment).unwrap_err();
        assert!(
            !format!("{error:#}").contains("sesame") && format!("{error:#}").contains("postgresql://"),
            "{error:#}"
        );
    }

    #[test]
    fn the_clock_is_moved_only_where_a_simulator_stands_in() {
        let error = format!("{:#}", load("clock_offset_ms = 5000").unwrap_err());
        assert!(error.contains("egress.stand_ins"), "{error}");
        let stand_in = "[egress.stand_ins]\n\"api.example\" = \"http://127.0.0.1:1\"\n";
        assert_eq!(load(&format!("clock_offset_ms = 5000\n{stand_in}")).unwrap().clock_offset_ms, 5_000);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("harness.toml");
        std::fs::write(&file, stand_in).unwrap();
        for (given, expected) in [("-86400000", Some(-86_400_000)), ("soon", None)] {
            let environment = |name: &str| (name == "HARNESS_CLOCK_OFFSET_MS").then(|| given.to_owned());
            let found = Config::load(Some(&file), environment).ok();
            assert_eq!(found.map(|config| config.clock_offset_ms), expected, "{given}");
        }
    }

    #[test]
    fn a_lease_that_could_be_taken_over_before_a_sent_write_shows_is_refused() {
        let lease = |seconds: u32| load(&format!("[schedule]\nlease_seconds = {seconds}\n"));
        assert_eq!(lease(180).unwrap().schedule.lease_seconds, 180);
        let error = format!("{:#}", lease(179).unwrap_err());
        assert!(error.contains("lease_seconds is 179") && error.contains("at least 180"), "{error}");
    }

    #[test]
    fn a_mistake_in_the_file_is_told_with_its_line_and_the_key() {
        let error = format!("{:#}", load("mode = \"3pl\"\n[limits]\nmemory_byte = 1\n").unwrap_err());
        assert!(error.contains("line 3") && error.contains("memory_byte"), "{error}");
    }
}
