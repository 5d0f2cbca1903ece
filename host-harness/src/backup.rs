//! Backups of a host on SQLite: a folder with the database as it was at one moment and the connectors that were let in, each file
//! with its digest; looked through when it is made, and again before anything of it is put back.
//!
//! The key is never in a backup, which would open every token in it; its fingerprint is, so that the wrong key is found out
//! before it matters. What is compiled of a connector is made anew where it is missing.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use harness_wms::{
    DatabaseAddress, Examined, Lifecycle, Store, copy_database, database_files, examine_database, lock_of,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::durable::{make_private, private_folder, sync_folder};
use crate::sealing::Key;

const CONTENTS: &str = "backup.json";
const DATABASE: &str = "harness.db";
const PLUGINS: &str = "plugins";
const FORMAT: u32 = 1;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The format of this document.
    pub format: u32,
    /// When it was made, in Unix milliseconds.
    pub made_at: i64,
    /// The version of the program that made it.
    pub program: String,
    /// The fingerprint of the key that the secrets in it are sealed with.
    pub key: String,
    /// What was in the database.
    pub database: Examined,
    /// Every file beside this one.
    pub files: Vec<Kept>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its path in the backup.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// How a backup is put back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Restoring {
    /// The database that there is moves aside.
    pub replace: bool,
    /// The key that the secrets were sealed with is lost: they have to be entered again.
    pub without_key: bool,
    /// Connections that were active stay so.
    pub keep_active: bool,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The backup.
    pub contents: Contents,
    /// Connections that were switched off.
    pub switched_off: Vec<String>,
    /// Where the database lies that was there before.
    pub moved_aside: Option<PathBuf>,
}

/// Makes a backup in `folder`, which must not exist. A host may be at work meanwhile.
///
/// # Errors
/// When the database is not SQLite, something cannot be read or written, or the copy does not stand being looked through.
pub async fn create(config: &Config, folder: &Path, now: i64) -> anyhow::Result<Contents> {
    let database = sqlite(config)?;
    let key = existing_key(config)?
        .with_context(|| format!("there is no key in {}: this is no data folder of a host", config.data.display()))?;
    if crate::rotation::is_under_way(&config.key_file()) {
        bail!(
            "the host's key is being rotated, or that was cut off; let it end (the next start of the host ends it), then back up"
        );
    }
    if folder.exists() {
        bail!("{} is there already; name a folder that is not", folder.display());
    }
    let beside = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(beside).with_context(|| format!("{} cannot be made", beside.display()))?;
    // Under another name until it is whole, so that nobody takes half of one for a backup. Such a folder is its owner's alone.
    let making =
        tempfile::Builder::new().prefix(".backup-").permissions(Permissions::from_mode(0o700)).tempdir_in(beside)?;
    copy_database(&database, &making.path().join(DATABASE)).await?;
    make_private(&making.path().join(DATABASE))?;
    private_folder(&making.path().join(PLUGINS))?;
    for plugin in plugins(&config.plugins())? {
        let to = making.path().join(PLUGINS).join(plugin.file_name().unwrap_or_default());
        copy_whole(&plugin, &to)?;
    }
    let contents = Contents {
        format: FORMAT,
        made_at: now,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        key: key.fingerprint(),
        database: examine_database(&making.path().join(DATABASE)).await?,
        files: list(making.path())?,
    };
    refuse_findings(&contents.database.findings, "the copy that was made")?;
    write_whole(&making.path().join(CONTENTS), &serde_json::to_vec_pretty(&contents)?)?;
    std::fs::rename(making.keep(), folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    sync_folder(folder)?;
    sync_folder(beside)?;
    Ok(contents)
}

/// Looks through a backup: every file's digest, then the database.
///
/// # Errors
/// What is wrong with it.
pub async fn verify(folder: &Path) -> anyhow::Result<Contents> {
    let text = std::fs::read(folder.join(CONTENTS))
        .with_context(|| format!("{} is no backup: it has no {CONTENTS} that can be read", folder.display()))?;
    let contents: Contents =
        serde_json::from_slice(&text).with_context(|| format!("{CONTENTS} is not what a backup says of itself"))?;
    if contents.format != FORMAT {
        bail!("the backup is of format {}, this program knows {FORMAT}: use the program that made it", contents.format);
    }
    let there = list(folder)?;
    let mut wrong = Vec::new();
    for kept in &contents.files {
        match there.iter().find(|file| file.name == kept.name) {
            None => wrong.push(format!("{} is missing", kept.name)),
            Some(file) if file != kept => {
                wrong.push(format!(
                    "{} was changed after it was made ({} bytes, {} were written)",
                    kept.name, file.bytes, kept.bytes
                ));
            }
            Some(_) => {}
        }
    }
    wrong.extend(
        there
            .iter()
            .filter(|file| !contents.files.iter().any(|kept| kept.name == file.name))
            .map(|file| format!("{} does not belong to it", file.name)),
    );
    refuse_findings(&wrong, "the backup")?;
    let database = examine_database(&folder.join(DATABASE)).await?;
    refuse_findings(&database.findings, "the database in the backup")?;
    Ok(contents)
}

/// Puts a backup back into the data folder of `config`, while no host works there.
///
/// # Errors
/// When the backup does not stand being looked through, its key is another one, a host is at work, or there is a database and
/// nobody said that it may move aside.
pub async fn restore(config: &Config, folder: &Path, how: Restoring, now: i64) -> anyhow::Result<Restored> {
    let database = sqlite(config)?;
    let contents = verify(folder).await?;
    let key = existing_key(config)?.map(|key| key.fingerprint());
    if key.as_deref() != Some(contents.key.as_str()) && !how.without_key {
        let here = if key.is_some() { "the key here is another one" } else { "there is no key here" };
        bail!(
            "the secrets in the backup are sealed with a key that belongs to it, and {here}: put that key's file at {} (mode 0600) \
             or set HARNESS_KEY, or say --without-key and enter every token and secret again",
            config.key_file().display()
        );
    }
    private_folder(&config.data).with_context(|| format!("{} cannot be made", config.data.display()))?;
    let _lock = Store::keep_away_from(&database)?;
    let begun = unfinished(config);
    if database.exists() && !how.replace && !begun.exists() {
        bail!("there is a database in {}: say --replace to have it moved aside", config.data.display());
    }
    // Made ready beside, so that what can go wrong does before anything moves.
    let ready = config.data.join("restoring.db");
    remove_files(&database_files(&ready))?;
    copy_whole(&folder.join(DATABASE), &ready)?;
    let switched_off = make_ready(&ready, how.keep_active, now).await?;
    write_whole(&begun, b"")?;
    sync_folder(&config.data)?;
    let moved_aside = move_aside(config, &database, now)?;
    std::fs::create_dir_all(config.plugins())?;
    for plugin in plugins(&folder.join(PLUGINS))? {
        copy_whole(&plugin, &config.plugins().join(plugin.file_name().unwrap_or_default()))?;
    }
    sync_folder(&config.plugins())?;
    std::fs::rename(&ready, &database)?;
    sync_folder(&config.data)?;
    std::fs::remove_file(&begun)?;
    sync_folder(&config.data)?;
    Ok(Restored { contents, switched_off, moved_aside })
}

/// Refuses a data folder in which a restore was cut off: what lies there is neither the old database nor the new one.
///
/// # Errors
/// When one was.
pub fn refuse_unfinished(config: &Config) -> anyhow::Result<()> {
    if unfinished(config).exists() {
        bail!(
            "a backup was being put back into {} and that was cut off: say `harness backup restore` again before anything else",
            config.data.display()
        );
    }
    Ok(())
}

/// Brings the schema up to date and switches connections off: what the warehouse knows is as old as the backup, and would be
/// told to the sources as if it were true.
async fn make_ready(database: &Path, keep_active: bool, now: i64) -> anyhow::Result<Vec<String>> {
    let store = Store::open(&DatabaseAddress::Sqlite(database.to_owned())).await?;
    let mut switched_off = Vec::new();
    for mut connection in store.connections().await? {
        if connection.state == Lifecycle::Active && !keep_active {
            connection.state = Lifecycle::Inactive;
            store.update_connection(&connection, now).await?;
            switched_off.push(connection.name);
        }
    }
    store.close().await;
    std::fs::remove_file(lock_of(database))?;
    Ok(switched_off)
}

fn move_aside(config: &Config, database: &Path, now: i64) -> anyhow::Result<Option<PathBuf>> {
    let there: Vec<PathBuf> = database_files(database).into_iter().filter(|file| file.exists()).collect();
    if there.is_empty() {
        return Ok(None);
    }
    let aside = config.data.join(format!("before-restore-{now}"));
    private_folder(&aside)?;
    for file in there {
        std::fs::rename(&file, aside.join(file.file_name().unwrap_or_default()))?;
    }
    sync_folder(&aside)?;
    Ok(Some(aside))
}

fn sqlite(config: &Config) -> anyhow::Result<PathBuf> {
    match config.database()? {
        DatabaseAddress::Sqlite(path) => Ok(path),
        DatabaseAddress::Postgres(_) => bail!(
            "this host's database is PostgreSQL, whose own tools back it up and put it back: `pg_dump --format=custom` and \
             `pg_restore`, or archived write-ahead logs; keep the folder {} and the key beside it",
            config.plugins().display()
        ),
    }
}

fn existing_key(config: &Config) -> anyhow::Result<Option<Key>> {
    Key::existing(std::env::var("HARNESS_KEY").ok(), &config.key_file())
}

fn unfinished(config: &Config) -> PathBuf {
    config.data.join("restore-unfinished")
}

fn refuse_findings(findings: &[String], of: &str) -> anyhow::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{of} cannot be relied on:\n- {}", findings.join("\n- "))
}

/// The components in a folder; none where there is no such folder.
fn plugins(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut found: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    found.retain(|file| file.extension().is_some_and(|ending| ending == "wasm"));
    found.sort();
    Ok(found)
}

/// Every file of a backup but the one that lists them.
fn list(folder: &Path) -> anyhow::Result<Vec<Kept>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(folder.join(&inner))? {
            let entry = entry?;
            let name = inner.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else if name != Path::new(CONTENTS) {
                let (bytes, sha256) = digest(&entry.path())?;
                found.push(Kept { name: name.display().to_string(), bytes, sha256 });
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Length and SHA-256 of a file.
fn digest(file: &Path) -> anyhow::Result<(u64, String)> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(file)?;
    let (mut hasher, mut bytes, mut part) = (Sha256::new(), 0, vec![0_u8; 1 << 16]);
    loop {
        match file.read(&mut part)? {
            0 => break,
            read => {
                hasher.update(part.get(..read).unwrap_or_default());
                bytes += read as u64;
            }
        }
    }
    Ok((bytes, hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

fn copy_whole(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::copy(from, to)
        .and_then(|_| make_private(to))
        .and_then(|()| std::fs::File::open(to)?.sync_all())
        .with_context(|| format!("{} cannot be copied to {}", from.display(), to.display()))
}

fn write_whole(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(file, bytes)
        .and_then(|()| make_private(file))
        .and_then(|()| std::fs::File::open(file)?.sync_all())
        .with_context(|| format!("{} cannot be written", file.display()))
}

fn remove_files(files: &[PathBuf]) -> anyhow::Result<()> {
    for file in files.iter().filter(|file| file.exists()) {
        std::fs::remove_file(file).with_context(|| format!("{} cannot be removed", file.display()))?;
    }
    Ok(())
}
