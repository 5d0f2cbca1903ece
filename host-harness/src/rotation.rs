//! Another key in the place of the host's: everything that was sealed with the old one is sealed with the new one.
//!
//! | Step | A crash after it leaves |
//! |---|---|
//! | 1. the new key is written beside the old one, as `key.next` | the old key in force; the next start removes `key.next` |
//! | 2. everything is sealed anew, in one transaction | the new key in force; the next start takes `key.next` |
//! | 3. `key.next` takes the place of `key` | the new key in force |
//!
//! Which of the two a database was sealed with is found out by opening something (`settle`); no mark is kept that could be
//! wrong. What is derived from the key: versions of orders are opened and sealed anew, since they are compared with later
//! ones; compiled components, whose tags are derived, are compiled anew. Sessions are in memory alone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use harness_wms::{Point, Resealed, Sealed, Store, StoreError, StoreResult};

use crate::connection;
use crate::durable::sync_folder_of;
use crate::platform::{Platform, secret_place};
use crate::sealing::Key;

/// Variable of the environment with the new key, where the old one comes from there, too.
const NEW_KEY: &str = "HARNESS_NEW_KEY";

/// What a rotation came to.
#[derive(Debug, serde::Serialize)]
pub struct Rotated {
    /// What was sealed anew.
    pub resealed: Resealed,
    /// What is still to be done by a person.
    pub to_do: Option<String>,
}

/// Puts another key in the place of the host's.
///
/// # Errors
/// When another host runs, when something does not open with the key there is, or the new one cannot be written: then all is as
/// it was.
pub async fn rotate(platform: &Platform) -> anyhow::Result<Rotated> {
    if !platform.store.keep_others_out().await? {
        bail!("another host or command uses this database; stop it and run `harness key rotate` again");
    }
    let Some(file) = &platform.key_file else { return in_the_environment(platform).await };
    let beside = next(file);
    let new = Key::create(&beside)?;
    platform.points.pass(Point::KeyWritten).await;
    let resealed = match reseal(&platform.store, &platform.key, &new).await {
        Ok(resealed) => resealed,
        Err(error @ StoreError::Conflict { .. }) => {
            // Something did not open, so nothing was committed.
            let _ = std::fs::remove_file(&beside);
            return Err(error.into());
        }
        // Whether it was committed is not known, and the new key may be the only one that opens anything.
        Err(error) => {
            return Err(anyhow::Error::new(error).context(format!(
                "the new key is kept in {}; the next start of the host finds out which of the two is in force",
                beside.display()
            )));
        }
    };
    platform.points.pass(Point::KeySealed).await;
    replace(&beside, file)?;
    Ok(Rotated { resealed, to_do: None })
}

async fn in_the_environment(platform: &Platform) -> anyhow::Result<Rotated> {
    let Some(text) = std::env::var_os(NEW_KEY) else {
        bail!(
            "the key comes from HARNESS_KEY, which this command cannot change; make a new one (`openssl rand -hex 32`), run \
             `harness key rotate` with it in {NEW_KEY} and the old one in HARNESS_KEY, then put the new one into HARNESS_KEY for good"
        );
    };
    let new = Key::parse(&text.to_string_lossy()).with_context(|| format!("{NEW_KEY} is not usable"))?;
    let resealed = reseal(&platform.store, &platform.key, &new).await?;
    let to_do =
        format!("put the key of {NEW_KEY} into HARNESS_KEY, wherever that is set; the old one opens nothing any more");
    Ok(Rotated { resealed, to_do: Some(to_do) })
}

async fn reseal(store: &Store, old: &Key, new: &Key) -> StoreResult<Resealed> {
    let anew = |place: &Sealed, sealed: &[u8]| -> Result<Vec<u8>, String> {
        match place {
            Sealed::OrderVersion => {
                let text = std::str::from_utf8(sealed).map_err(|error| error.to_string())?;
                let version = old.open_version(text).ok_or("it does not open")?;
                Ok(new.seal_version(&version).into_bytes())
            }
            place => {
                let place = place_of(place);
                let secret = old.open(&place, sealed).map_err(|error| error.to_string())?;
                new.seal(&place, &secret).map_err(|error| error.to_string())
            }
        }
    };
    store.seal_anew(anew).await
}

/// What a secret is bound to.
fn place_of(place: &Sealed) -> String {
    match place {
        Sealed::PlatformSecret { plugin, name } => secret_place(plugin, name),
        Sealed::ConnectionSecrets { connection } => connection::place(connection),
        Sealed::OrderVersion => String::new(),
    }
}

/// Ends a rotation that a crash has cut off: the key that this database was sealed with, alone in `file`.
///
/// # Errors
/// When neither of the two keys is the one, or the files cannot be moved.
pub(crate) async fn settle(store: &Store, key: Key, file: &Path) -> anyhow::Result<Key> {
    let beside = next(file);
    if !beside.exists() {
        return Ok(key);
    }
    // A file that was cut off before it was whole has sealed nothing.
    let new = Key::read(&beside).ok();
    let (old_fits, new_fits) = match store.any_sealed().await? {
        None => (true, false),
        Some((place, sealed)) => {
            (opens(&key, &place, &sealed), new.as_ref().is_some_and(|new| opens(new, &place, &sealed)))
        }
    };
    match (old_fits, new) {
        (true, _) => {
            tracing::warn!(
                "a rotation of the key was cut off before anything was sealed with the new one; it is forgotten"
            );
            std::fs::remove_file(&beside).with_context(|| format!("{} cannot be removed", beside.display()))?;
            Ok(key)
        }
        (false, Some(new)) if new_fits => {
            tracing::warn!(
                "a rotation of the key was cut off after everything was sealed with the new one; it is ended"
            );
            // It is the right one wherever it lies.
            if let Err(error) = replace(&beside, file) {
                tracing::warn!(error = format!("{error:#}"), "the new key stays beside the old one");
            }
            Ok(new)
        }
        _ => bail!(
            "the secrets in the database open neither with {} nor with {}; restore the key that they were sealed with",
            file.display(),
            beside.display()
        ),
    }
}

fn opens(key: &Key, place: &Sealed, sealed: &[u8]) -> bool {
    match place {
        Sealed::OrderVersion => std::str::from_utf8(sealed).is_ok_and(|text| key.open_version(text).is_some()),
        place => key.open(&place_of(place), sealed).is_ok(),
    }
}

/// Whether a rotation was begun and not ended.
pub(crate) fn is_under_way(file: &Path) -> bool {
    next(file).exists()
}

/// Where the new key lies until it is in force.
fn next(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".next");
    PathBuf::from(name)
}

fn replace(beside: &Path, file: &Path) -> anyhow::Result<()> {
    // So that a power cut does not bring the old name back.
    let moved = std::fs::rename(beside, file).map_err(anyhow::Error::from).and_then(|()| sync_folder_of(file));
    moved.with_context(|| {
        format!(
            "everything is sealed with the key in {}, which could not be moved to {}; the next start of the host tries again",
            beside.display(),
            file.display()
        )
    })
}
