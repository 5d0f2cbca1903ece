//! Plugins that the operator has let in, pinned by digest, and the platform's own secrets for them.

use crate::{Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A version of a plugin that was let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    /// Digest of the component.
    pub digest: String,
    /// Name: `linnworks`.
    pub name: String,
    /// Version, as the manifest says.
    pub version: String,
    /// The manifest that the operator approved.
    pub manifest: Value,
    /// Where the component lies.
    pub component_path: String,
    /// Version of the settings' schema.
    pub settings_version: i64,
    /// Version of what it keeps in its storage.
    pub storage_version: i64,
    /// Whether new connections get this version.
    pub current: bool,
    /// Unix milliseconds.
    pub added_at: i64,
}

const COLUMNS: &str = "SELECT digest, name, version, manifest, component_path, settings_version, storage_version, current, \
     added_at FROM plugins";

fn read(row: &AnyRow) -> StoreResult<Plugin> {
    Ok(Plugin {
        digest: row.try_get(0)?,
        name: row.try_get(1)?,
        version: row.try_get(2)?,
        manifest: serde_json::from_str(row.try_get::<&str, _>(3)?)?,
        component_path: row.try_get(4)?,
        settings_version: row.try_get(5)?,
        storage_version: row.try_get(6)?,
        current: row.try_get::<i64, _>(7)? != 0,
        added_at: row.try_get(8)?,
    })
}

impl Store {
    /// Lets a version of a plugin in, or renews what is known of that digest. When it is `current` no other version is.
    pub async fn put_plugin(&self, plugin: &Plugin) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        if plugin.current {
            sqlx::query("UPDATE plugins SET current = 0 WHERE name = $1")
                .bind(plugin.name.clone())
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(
            "INSERT INTO plugins (digest, name, version, manifest, component_path, settings_version, storage_version, \
             current, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (digest) DO UPDATE SET \
             name = excluded.name, version = excluded.version, manifest = excluded.manifest, \
             component_path = excluded.component_path, settings_version = excluded.settings_version, \
             storage_version = excluded.storage_version, current = excluded.current",
        )
        .bind(plugin.digest.clone())
        .bind(plugin.name.clone())
        .bind(plugin.version.clone())
        .bind(plugin.manifest.to_string())
        .bind(plugin.component_path.clone())
        .bind(plugin.settings_version)
        .bind(plugin.storage_version)
        .bind(i64::from(plugin.current))
        .bind(plugin.added_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// All versions of all plugins, by name, the newest first.
    pub async fn plugins(&self) -> StoreResult<Vec<Plugin>> {
        let rows = sqlx::query(COLUMNS).fetch_all(self.reader()).await?;
        let mut all: Vec<Plugin> = rows.iter().map(read).collect::<StoreResult<_>>()?;
        all.sort_by(|a, b| (&a.name, b.added_at, &a.digest).cmp(&(&b.name, a.added_at, &b.digest)));
        Ok(all)
    }

    /// The current version of the plugin of that name, or the version of that digest.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] with the plugins that there are.
    pub async fn plugin(&self, name_or_digest: &str) -> StoreResult<Plugin> {
        let all = self.plugins().await?;
        let hint = match all.iter().filter(|p| p.current).map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => "none was added yet: `harness plugin add FILE`".to_owned(),
            names => format!("there are: {names}"),
        };
        all.into_iter()
            .find(|p| p.digest == name_or_digest || (p.current && p.name == name_or_digest))
            .ok_or_else(|| StoreError::not_found("plugin", name_or_digest, Some(hint)))
    }

    /// Removes all versions of a plugin, with the platform's secrets for it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] while connections use it.
    pub async fn remove_plugin(&self, name: &str) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let used: i64 = sqlx::query_scalar("SELECT count(*) FROM connections WHERE plugin = $1")
            .bind(name.to_owned())
            .fetch_one(&mut *tx)
            .await?;
        if used > 0 {
            return Err(StoreError::Conflict {
                what: format!("removing the plugin {name}"),
                found: format!("{used} connection(s) use it"),
                remedy: "remove them first".into(),
            });
        }
        for sql in ["DELETE FROM plugins WHERE name = $1", "DELETE FROM platform_secrets WHERE plugin = $1"] {
            sqlx::query(sql).bind(name.to_owned()).execute(&mut *tx).await?;
        }
        tx.commit().await
    }

    /// Keeps a secret of the platform for a plugin, sealed by the caller.
    pub async fn set_platform_secret(&self, plugin: &str, name: &str, sealed: &[u8], now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO platform_secrets (plugin, name, sealed, updated_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (plugin, name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
        )
        .bind(plugin.to_owned())
        .bind(name.to_owned())
        .bind(sealed.to_vec())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// The platform's secrets for a plugin: name and sealed value, by name.
    pub async fn platform_secrets(&self, plugin: &str) -> StoreResult<Vec<(String, Vec<u8>)>> {
        let mut all: Vec<(String, Vec<u8>)> =
            sqlx::query_as("SELECT name, sealed FROM platform_secrets WHERE plugin = $1")
                .bind(plugin.to_owned())
                .fetch_all(self.reader())
                .await?;
        all.sort();
        Ok(all)
    }
}
