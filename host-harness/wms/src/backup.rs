//! Copies of an SQLite database: made while a host works on it, and looked through before anybody relies on one.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Connection as _};

use crate::store::{beside, newest_schema, sqlite_url};
use crate::{StoreError, StoreResult};

/// What lies in a database file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// Its schema: the number of the last migration that it went through.
    pub schema: i64,
    /// How many connections it holds.
    pub connections: i64,
    /// How many orders it holds.
    pub orders: i64,
    /// What is wrong with it, in SQLite's words or ours; nothing when it can be relied on.
    pub findings: Vec<String>,
}

/// Copies the SQLite database `from`, as it is at one moment, into `to`, a file that must not exist. A host may be at work on it
/// meanwhile. The copy is on the disk when this returns; its folder's entry is the caller's.
///
/// # Errors
/// When `from` is not there, or `to` is or cannot be written.
pub async fn copy_database(from: &Path, to: &Path) -> StoreResult<()> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::File { path, source }
    };
    std::fs::metadata(from).map_err(failed(from))?;
    if to.exists() {
        return Err(StoreError::Conflict {
            what: format!("a copy of the database was to be made at {}", to.display()),
            found: "there is a file already".to_owned(),
            remedy: "name a place where nothing is".to_owned(),
        });
    }
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&sqlite_url(from, "ro")).await?;
    sqlx::query("PRAGMA busy_timeout = 10000").execute(&mut connection).await?;
    // One read transaction, so one moment; and whole pages, whatever the write-ahead log still holds.
    sqlx::query("VACUUM INTO $1").bind(to.to_string_lossy().into_owned()).execute(&mut connection).await?;
    connection.close().await?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(failed(to))
}

/// Looks through the SQLite database `file`, which no host has open: every page, every index, every reference from one row to
/// another, and whether this program knows its schema.
///
/// # Errors
/// When the file cannot be opened at all. What is wrong inside is no error but a finding.
pub async fn examine_database(file: &Path) -> StoreResult<Examined> {
    std::fs::metadata(file).map_err(|source| StoreError::File { path: file.to_owned(), source })?;
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&sqlite_url(file, "ro")).await?;
    let examined = look_through(&mut connection).await.unwrap_or_else(|error| Examined {
        findings: vec![format!("it cannot be read: {error}")],
        ..Examined::default()
    });
    connection.close().await?;
    Ok(examined)
}

async fn look_through(connection: &mut AnyConnection) -> Result<Examined, sqlx::Error> {
    let told: Vec<String> =
        sqlx::query_scalar("SELECT integrity_check FROM pragma_integrity_check").fetch_all(&mut *connection).await?;
    let mut findings: Vec<String> = told.into_iter().filter(|line| line != "ok").collect();
    let dangling: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT \"table\" || ' refers to ' || parent FROM pragma_foreign_key_check")
            .fetch_all(&mut *connection)
            .await?;
    findings.extend(dangling.into_iter().map(|line| format!("{line}, where that row is not")));
    let count = async |connection: &mut AnyConnection, sql: &'static str| {
        sqlx::query_scalar::<_, i64>(sql).fetch_one(connection).await
    };
    let schema = count(connection, "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success").await?;
    if schema > newest_schema() {
        let known = newest_schema();
        findings.push(format!("its schema is {schema}, and this program knows {known}: use the newer program"));
    }
    Ok(Examined {
        schema,
        connections: count(connection, "SELECT COUNT(*) FROM connections").await?,
        orders: count(connection, "SELECT COUNT(*) FROM orders").await?,
        findings,
    })
}

/// The files that belong to an SQLite database: itself, its write-ahead log, and that log's index.
pub fn database_files(database: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| beside(database, ending))
}
