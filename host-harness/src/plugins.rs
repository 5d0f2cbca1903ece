//! Connectors that were let in: kept as files named by their digest, loaded once, pinned.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use harness_capability::http::{Credentials, OperationTable, install_address};
use harness_contract::manifest::{Base, Description};
use harness_engine::{Cache, LoadError, Plugin};
use harness_wms::{Connection, Plugin as PluginRow};
use serde::Serialize;

use crate::platform::Platform;

/// A connector ready to be called.
pub struct Loaded {
    /// The component.
    pub plugin: Plugin,
    /// Its operations, as the host enforces them.
    pub table: Arc<OperationTable>,
}

impl std::ops::Deref for Loaded {
    type Target = Plugin;

    fn deref(&self) -> &Plugin {
        &self.plugin
    }
}

/// The catalogue.
pub struct Plugins {
    folder: PathBuf,
    cache: Cache,
    loaded: Mutex<BTreeMap<String, Arc<Loaded>>>,
}

/// What differs between two versions of a manifest, for the operator who approves the newer one.
#[derive(Debug, Default, Serialize)]
pub struct Difference {
    /// Operations, hosts, flows and the way of logging in that are new, in words.
    pub added: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
}

impl Plugins {
    pub(crate) fn new(folder: PathBuf, cache: Cache) -> Self {
        Self { folder, cache, loaded: Mutex::default() }
    }

    /// Lets the component in `wasm` in, as the newest version of its name. `pinned` is the digest that the operator expects.
    ///
    /// # Errors
    /// When it does not fit the contract, its manifest is refused, or that version is known with other bytes.
    pub async fn add(
        &self,
        platform: &Platform,
        wasm: &[u8],
        pinned: Option<&str>,
    ) -> anyhow::Result<(PluginRow, Difference)> {
        let loaded = self.load(platform, wasm, pinned).await?;
        let description = &loaded.description;
        let before = platform.store.plugin(&description.name).await.ok();
        let difference = match &before {
            Some(row) => difference(&serde_json::from_value(row.manifest.clone())?, description),
            None => Difference::default(),
        };
        std::fs::create_dir_all(&self.folder)?;
        let path = self.path(&loaded.inspection.digest);
        std::fs::write(&path, wasm).with_context(|| format!("{} cannot be written", path.display()))?;
        let row = PluginRow {
            digest: loaded.inspection.digest.clone(),
            name: description.name.clone(),
            version: description.version.clone(),
            manifest: serde_json::to_value(description)?,
            component_path: path.display().to_string(),
            settings_version: i64::from(description.settings_version),
            storage_version: i64::from(description.storage_version),
            current: true,
            added_at: platform.now(),
        };
        platform.store.put_plugin(&row).await?;
        Ok((row, difference))
    }

    /// The newest version of the connector `name`.
    ///
    /// # Errors
    /// When there is none of that name, or its file was changed.
    pub async fn newest(&self, platform: &Platform, name: &str) -> anyhow::Result<Arc<Loaded>> {
        let row =
            platform.store.plugin(name).await.with_context(|| {
                format!("there is no connector {name:?}; let one in with `harness plugin add FILE`")
            })?;
        self.by_digest(platform, &row.digest).await
    }

    /// The version that `connection` runs with.
    ///
    /// # Errors
    /// As for [`Plugins::newest`].
    pub async fn of(&self, platform: &Platform, connection: &Connection) -> anyhow::Result<Arc<Loaded>> {
        match &connection.plugin_digest {
            Some(digest) => self.by_digest(platform, digest).await,
            None => self.newest(platform, &connection.plugin).await,
        }
    }

    /// Where a person obtains the token for `plugin`; `None` when there is no such page or the application id is missing.
    ///
    /// # Errors
    /// When the connector cannot be loaded.
    pub async fn install_address(&self, platform: &Platform, plugin: &str) -> anyhow::Result<Option<String>> {
        let loaded = self.newest(platform, plugin).await?;
        let credentials = Credentials { platform: platform.platform_secrets(plugin).await?, ..Credentials::default() };
        Ok(install_address(&loaded.table, &credentials).ok().flatten())
    }

    /// The version with that digest.
    ///
    /// # Errors
    /// When its file is not there, or was changed.
    pub async fn by_digest(&self, platform: &Platform, digest: &str) -> anyhow::Result<Arc<Loaded>> {
        let known = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned();
        if let Some(loaded) = known {
            return Ok(loaded);
        }
        // A file in the folder is not enough: somebody has to have let it in.
        anyhow::ensure!(
            platform.store.plugins().await?.iter().any(|row| row.digest == digest),
            "no connector with the digest {digest} was let in; do so with `harness plugin add`"
        );
        let path = self.path(digest);
        let wasm = std::fs::read(&path).with_context(|| {
            format!("the component {} cannot be read; add it again with `harness plugin add`", path.display())
        })?;
        self.load(platform, &wasm, Some(digest)).await
    }

    async fn load(&self, platform: &Platform, wasm: &[u8], pinned: Option<&str>) -> anyhow::Result<Arc<Loaded>> {
        let plugin = platform.engine.load(wasm, &self.cache, pinned).await?;
        let table = match OperationTable::new(&plugin.description, &platform.operator_egress()) {
            Ok(table) => Arc::new(table),
            Err(wrong) => return Err(LoadError::Manifest(wrong).into()),
        };
        let digest = plugin.inspection.digest.clone();
        let loaded = Arc::new(Loaded { plugin, table });
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, loaded.clone());
        Ok(loaded)
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.wasm"))
    }
}

/// What an operator has to look at before approving `new` in place of `old`.
pub fn difference(old: &Description, new: &Description) -> Difference {
    let lines = |description: &Description| -> Vec<String> {
        let operations = description.operations.iter().map(|operation| {
            format!(
                "operation {}: {:?} {}{} ({:?}{}, {} calls a minute)",
                operation.name,
                operation.method,
                match &operation.base {
                    Base::Fixed(address) => address.as_str(),
                    Base::Session => "(the session's address)",
                },
                operation.path,
                operation.effect,
                if operation.moves_stock { ", moves stock" } else { "" },
                operation.calls_per_minute
            )
        });
        let hosts = description.allowed_hosts.iter().map(|host| format!("host {host}"));
        let flows = description.flows.iter().map(|flow| format!("flow {flow:?}"));
        // Where the secrets go, which of them, and in what they come back.
        let logs_in = description.authentication.iter().map(|recipe| {
            format!(
                "logs in at {} with {}, header {}: {}",
                recipe.address, recipe.body, recipe.header_name, recipe.header_value
            )
        });
        operations.chain(hosts).chain(flows).chain(logs_in).collect()
    };
    let (old, new) = (lines(old), lines(new));
    Difference {
        added: new.iter().filter(|line| !old.contains(line)).cloned().collect(),
        removed: old.iter().filter(|line| !new.contains(line)).cloned().collect(),
    }
}
