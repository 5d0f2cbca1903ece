//! Opening the database: engines, pools, the lock that keeps a second process out, transactions and ids.

use crate::{Point, Points, StoreError, StoreResult};
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, Migrator};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Executor, SqlSafeStr, Transaction};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::net::IpAddr;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// Connections to an SQLite file that read at once, where nobody says.
pub const READERS: u32 = 4;

/// How long the connection that writes waits for a lock.
const PATIENCE: &str = "PRAGMA busy_timeout = 10000";

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Which database serves the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file, one process.
    Sqlite,
    /// A server, any number of processes.
    Postgres,
}

/// Where the database is. As text: `postgres://..` is PostgreSQL, everything else the path of an SQLite file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseAddress {
    /// Path of the file; it is created when absent, its folder is not.
    Sqlite(PathBuf),
    /// Connection URL. May hold a password: never show it.
    Postgres(String),
}

impl FromStr for DatabaseAddress {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(text.to_owned())
        } else {
            Self::Sqlite(PathBuf::from(text.strip_prefix("sqlite:").unwrap_or(text)))
        })
    }
}

impl DatabaseAddress {
    /// Whether somebody on the way could read or change what is said to the database: it is on another machine, and its
    /// certificate is not looked at. Judged as the driver reads the address and the environment (`PGHOST`, `PGSSLMODE`).
    ///
    /// # Errors
    /// When it is no address of PostgreSQL.
    pub fn is_exposed(&self) -> StoreResult<bool> {
        let Self::Postgres(url) = self else { return Ok(false) };
        let options = PgConnectOptions::from_str(url)?;
        let host = options.get_host();
        let here = options.get_socket().is_some()
            || host.starts_with('/')
            || host == "localhost"
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        Ok(!here && !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull))
    }
}

/// Keeps hosts away from an SQLite file.
#[derive(Debug)]
pub struct DatabaseLock(#[expect(dead_code, reason = "the lock is held by its being open")] File);

/// The open database. Clones share it; it is closed when the last one goes.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    /// One connection on SQLite, so that writers queue here and not at the file.
    write: AnyPool,
    read: AnyPool,
    /// Ids are reserved in transactions of their own on PostgreSQL, which must not wait for those that need the ids.
    ids: AnyPool,
    points: Arc<Points>,
    _lock: Option<Arc<File>>,
    /// On PostgreSQL, the one connection by which the server knows that this process is there.
    presence: Option<AnyPool>,
}

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has the SQLite file; [`StoreError::Migrate`] when the schema is newer
    /// than this program.
    pub async fn open(address: &DatabaseAddress) -> StoreResult<Self> {
        Self::open_for(address, READERS).await
    }

    /// The same, with so many connections to an SQLite file that read at once.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_for(address: &DatabaseAddress, readers: u32) -> StoreResult<Self> {
        sqlx::any::install_default_drivers();
        let store = match address {
            DatabaseAddress::Sqlite(path) => Self::open_sqlite(path, readers).await?,
            DatabaseAddress::Postgres(url) => {
                let pool = AnyPoolOptions::new()
                    .max_connections(16)
                    .after_connect(|conn, _| {
                        Box::pin(async move {
                            // Lists are parameters: a plan that does not know their length is a bad one.
                            conn.execute("SET plan_cache_mode = force_custom_plan").await?;
                            Ok(())
                        })
                    })
                    .connect(url)
                    .await?;
                let ids = AnyPoolOptions::new().max_connections(2).connect_lazy(url)?;
                let presence = Some(present(url).await?);
                Self {
                    engine: Engine::Postgres,
                    write: pool.clone(),
                    read: pool,
                    ids,
                    points: Arc::default(),
                    _lock: None,
                    presence,
                }
            }
        };
        migrations(store.engine).run(&store.write).await?;
        Ok(store)
    }

    async fn open_sqlite(path: &Path, readers: u32) -> StoreResult<Self> {
        let lock = lock_file(path)?;
        let url = sqlite_url(path, "rwc");
        let write = AnyPoolOptions::new()
            .max_connections(1)
            .after_connect(|conn, _| {
                Box::pin(async move {
                    // Ids of sources are random, so that a batch touches a page per order in each of their indexes: what a
                    // commit costs is mostly the number of pages written.
                    conn.execute("PRAGMA page_size = 8192").await?;
                    conn.execute("PRAGMA journal_mode = WAL").await?;
                    // A commit that was answered for survives a power cut: the acknowledgement at the source relies on it.
                    conn.execute("PRAGMA synchronous = FULL").await?;
                    conn.execute("PRAGMA foreign_keys = ON").await?;
                    // What is deleted or replaced is overwritten, not only let go: erased buyers, secrets under an old key.
                    conn.execute("PRAGMA secure_delete = ON").await?;
                    conn.execute(PATIENCE).await?;
                    conn.execute("PRAGMA cache_size = -65536").await?;
                    // What undoes a single statement is no data: it need not go through a file.
                    conn.execute("PRAGMA temp_store = MEMORY").await?;
                    // A page that several commits change is copied back once.
                    conn.execute("PRAGMA wal_autocheckpoint = 4000").await?;
                    Ok(())
                })
            })
            .connect(&url)
            .await?;
        let read = AnyPoolOptions::new()
            .max_connections(readers.max(1))
            .after_connect(|conn, _| {
                Box::pin(async move {
                    conn.execute("PRAGMA busy_timeout = 10000").await?;
                    conn.execute("PRAGMA query_only = ON").await?;
                    conn.execute("PRAGMA temp_store = MEMORY").await?;
                    Ok(())
                })
            })
            .connect_lazy(&url)?;
        let (ids, points, lock) = (write.clone(), Arc::default(), Some(Arc::new(lock)));
        Ok(Self { engine: Engine::Sqlite, ids, write, read, points, _lock: lock, presence: None })
    }

    /// Where a test has the host die.
    #[must_use]
    pub fn points(&self) -> &Arc<Points> {
        &self.points
    }

    /// Keeps hosts away from an SQLite file for as long as the answer lives, without opening it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when a host has it.
    pub fn keep_away_from(database: &Path) -> StoreResult<DatabaseLock> {
        lock_file(database).map(DatabaseLock)
    }

    /// Which database this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Closes all connections; open transactions are rolled back. Needed only where the file is opened again at once.
    pub async fn close(self) {
        if let Some(presence) = &self.presence {
            presence.close().await;
        }
        self.ids.close().await;
        self.read.close().await;
        self.write.close().await;
    }

    /// Takes what was just overwritten out of SQLite's log, too, which else keeps it until it is written over by and by. What was
    /// committed stays committed, whatever comes of this.
    pub(crate) async fn empty_log(&self) {
        if self.engine != Engine::Sqlite {
            return;
        }
        match self.checkpoint().await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(
                "somebody reads the database, so its log still holds what was just erased; the next erasure empties it, or the end of this host"
            ),
            Err(error) => tracing::warn!(
                %error,
                "the database's log could not be emptied and still holds what was just erased; the next erasure tries again"
            ),
        }
    }

    /// Whether the log was emptied.
    async fn checkpoint(&self) -> Result<bool, sqlx::Error> {
        let mut writer = self.write.acquire().await?;
        // Who writes waits meanwhile: a backup may read for long.
        writer.execute("PRAGMA busy_timeout = 1000").await?;
        let ended: Result<i64, _> = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *writer).await;
        writer.execute(PATIENCE).await?;
        Ok(ended? == 0)
    }

    /// Whether nobody asks the database for anything at this moment.
    pub fn is_at_rest(&self) -> bool {
        [&self.write, &self.read]
            .into_iter()
            .all(|pool| pool.num_idle() >= usize::try_from(pool.size()).unwrap_or_default())
    }

    pub(crate) fn reader(&self) -> &AnyPool {
        &self.read
    }

    pub(crate) fn presence(&self) -> Option<&AnyPool> {
        self.presence.as_ref()
    }

    /// Begins a transaction that will write. Dropping it rolls it back.
    pub(crate) async fn begin(&self) -> StoreResult<Tx> {
        let inner = match self.engine {
            Engine::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => self.write.begin().await?,
        };
        Ok(Tx { engine: self.engine, points: Arc::clone(&self.points), inner })
    }

    /// Reserves `count` ids of one kind and answers the first. On PostgreSQL this is a transaction of its own: else the
    /// row would be locked until the caller commits, and all writers would queue behind one another. Ids may have gaps.
    pub(crate) async fn next_ids(&self, kind: &str, count: usize, tx: &mut Tx) -> StoreResult<i64> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let query = sqlx::query_scalar::<_, i64>(
            "INSERT INTO sequences (name, next_id) VALUES ($1, $2 + 1) \
             ON CONFLICT (name) DO UPDATE SET next_id = sequences.next_id + $2 RETURNING next_id",
        )
        .bind(kind.to_owned())
        .bind(count);
        let next = match self.engine {
            Engine::Sqlite => query.fetch_one(&mut **tx).await?,
            Engine::Postgres => query.fetch_one(&self.ids).await?,
        };
        Ok(next - count)
    }
}

/// A transaction that writes.
pub(crate) struct Tx {
    engine: Engine,
    points: Arc<Points>,
    inner: Transaction<'static, Any>,
}

impl Tx {
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Makes transactions that touch one client's orders or stock wait for each other. SQLite has one writer anyway.
    pub(crate) async fn lock_client(&mut self, client: i64) -> StoreResult<()> {
        if self.engine == Engine::Postgres {
            sqlx::query("SELECT pg_advisory_xact_lock(1, CAST($1 AS INTEGER))")
                .bind(client)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> StoreResult<()> {
        self.points.pass(Point::BeforeTransaction).await;
        self.inner.commit().await?;
        self.points.pass(Point::AfterTransaction).await;
        Ok(())
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

/// The migrations in the engine's dialect; they are written in SQLite's.
fn migrations(engine: Engine) -> Migrator {
    let migrations = MIGRATIONS.iter().map(|m| match engine {
        Engine::Sqlite => m.clone(),
        Engine::Postgres => {
            let sql =
                m.sql.as_str().replace("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY").replace(" WITHOUT ROWID;", ";");
            Migration::new(
                m.version,
                m.description.clone(),
                m.migration_type,
                AssertSqlSafe(sql).into_sql_str(),
                m.no_tx,
            )
        }
    });
    Migrator::with_migrations(migrations.collect())
}

/// The number of the newest migration.
pub(crate) fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// How SQLite is told where its file is; `mode` is `rwc` or `ro`.
pub(crate) fn sqlite_url(path: &Path, mode: &str) -> String {
    let mut url = String::from("sqlite://");
    for c in path.to_string_lossy().chars() {
        match c {
            '%' => url.push_str("%25"),
            '?' => url.push_str("%3F"),
            '#' => url.push_str("%23"),
            _ => url.push(c),
        }
    }
    url + "?mode=" + mode
}

/// A connection that lasts as long as the process and holds a lock that any number of them share. It waits for one that keeps all
/// others out ([`Store::keep_others_out`]).
async fn present(url: &str) -> StoreResult<AnyPool> {
    let pool = AnyPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute("SELECT pg_advisory_lock_shared(2, 1)").await?;
                Ok(())
            })
        })
        .connect(url)
        .await?;
    Ok(pool)
}

/// A file that belongs to a database file, by what its name adds.
pub(crate) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The file by whose lock a host keeps others away from an SQLite database.
pub fn lock_of(database: &Path) -> PathBuf {
    beside(database, ".lock")
}

/// The file that a path leads to through all links, also when it is not there yet: the same one for every host.
fn behind_links(database: &Path) -> std::io::Result<PathBuf> {
    match database.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return found,
    }
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A link to a file that is still to be made.
    if let Ok(target) = database.read_link() {
        return behind_links(&folder.join(target));
    }
    Ok(folder.canonicalize()?.join(database.file_name().unwrap_or_default()))
}

/// Takes the lock beside the database file. The system drops it when the process ends, however it ends.
fn lock_file(database: &Path) -> StoreResult<File> {
    let database = &behind_links(database).map_err(|source| StoreError::File { path: database.to_owned(), source })?;
    let path = lock_of(database);
    let failed = |source| StoreError::File { path: path.clone(), source };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
            write!(file, "{}", std::process::id()).map_err(failed)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            let by_pid = if pid.is_empty() { "unknown".into() } else { pid };
            Err(StoreError::Locked { by_pid, path: database.to_owned() })
        }
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_sqlite_commit_is_on_the_disk_before_it_is_answered_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseAddress::Sqlite(folder.path().join("wms.db"))).await.unwrap();
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&store.write).await.unwrap();
        let level: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&store.write).await.unwrap();
        // 2 is FULL: the log is brought to the disk with each commit.
        assert_eq!((mode.as_str(), level), ("wal", 2));
    }

    #[tokio::test]
    async fn a_host_that_comes_by_a_link_finds_the_lock_of_the_one_that_came_by_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("wms.db"), folder.path().join("link.db"));
        let other = folder.path().join("other");
        // Both lead to a file that is not there yet.
        std::os::unix::fs::symlink("wms.db", &link).unwrap();
        std::os::unix::fs::symlink(folder.path(), &other).unwrap();
        for first in [&file, &link] {
            let store = Store::open(&DatabaseAddress::Sqlite(first.clone())).await.unwrap();
            for path in [&file, &link, &other.join("wms.db"), &other.join("link.db")] {
                let refused = Store::open(&DatabaseAddress::Sqlite(path.clone())).await;
                assert!(matches!(refused, Err(StoreError::Locked { .. })), "{path:?}: {refused:?}");
                assert!(matches!(Store::keep_away_from(path), Err(StoreError::Locked { .. })), "{path:?}");
            }
            store.close().await;
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(beside(&file, ending));
            }
        }
    }
}
