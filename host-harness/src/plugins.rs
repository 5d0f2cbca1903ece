//! Connectors that were let in: kept as files named by their digest, loaded once, pinned.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use harness_capability::http::{Credentials, OperationTable, install_address};
use harness_contract::manifest::{Base, Description, Recipe};
use harness_engine::{Cache, LoadError, Plugin};
use harness_wms::{Connection, Plugin as PluginRow, StoreError};
use serde::Serialize;
use serde_json::Value;

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

/// What differs between two versions of a manifest, for the operator who approves the newer; of a first one, all.
#[derive(Debug, Default, Serialize)]
pub struct Difference {
    /// Operations, hosts, flows, secrets and the way of logging in that are new, in words.
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
        let before = match platform.store.plugin(&description.name).await {
            Ok(row) => Some(serde_json::from_value(row.manifest)?),
            Err(StoreError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let difference = difference(before.as_ref(), description);
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
        let address = install_address(&loaded.table, &credentials).ok().flatten();
        Ok(address.filter(|address| !address.is_empty()))
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

/// What an operator looks at before approving `new` in place of `old`; all that it asks for, where there is no `old`.
pub fn difference(old: Option<&Description>, new: &Description) -> Difference {
    let before = old.map(lines).unwrap_or_default();
    let after = lines(new);
    // A setting that is no secret any more reaches the connector, and is shown to everybody.
    let settings = settings(new);
    let laid_open = old.map(secrets).unwrap_or_default().into_iter().filter(|name| settings.contains(name));
    let laid_open = laid_open.filter(|name| !secrets(new).contains(name));
    let laid_open = laid_open.map(|name| one_line(format!("setting {name}: a secret no more, the connector reads it")));
    Difference {
        added: after.iter().filter(|line| !before.contains(line)).cloned().chain(laid_open).collect(),
        removed: before.iter().filter(|line| !after.contains(line)).cloned().collect(),
    }
}

fn lines(description: &Description) -> Vec<String> {
    let operations = description.operations.iter().map(|operation| {
        format!(
            "operation {}: {:?} {}{} ({:?}{}, {} calls a minute in the group {:?}, at most {} ms and {} bytes)",
            operation.name,
            operation.method,
            base(&operation.base),
            operation.path,
            operation.effect,
            if operation.moves_stock { ", moves stock" } else { "" },
            operation.calls_per_minute,
            operation.rate_group,
            operation.time_limit,
            operation.size_limit,
        )
    });
    let hosts = description.allowed_hosts.iter().map(|host| format!("host {host}"));
    let flows = description.flows.iter().map(|flow| format!("flow {flow:?}"));
    operations.chain(hosts).chain(flows).map(one_line).chain(logs_in(description)).collect()
}

/// Where an operation is, before its path.
fn base(base: &Base) -> &str {
    match base {
        Base::Fixed(address) => address,
        Base::Session => "(the session's address)",
    }
}

/// Which secrets a connector asks for, where they go, and in what they come back.
pub(crate) fn logs_in(description: &Description) -> Vec<String> {
    let mut lines: Vec<String> =
        secrets(description).into_iter().map(|name| format!("setting {name}: a secret")).collect();
    lines.extend(description.authentication.iter().flat_map(of_recipe));
    lines.into_iter().map(one_line).collect()
}

/// Nothing that a manifest holds passes for a line of ours.
fn one_line(line: String) -> String {
    harness_capability::log::harmless(&line, usize::MAX)
}

fn of_recipe(recipe: &Recipe) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(recipe.platform_secrets.iter().map(|name| format!("platform secret {name}")));
    lines.push(format!(
        "logs in at {} with {}, header {}: {} ({:?}, {:?}, {} calls a minute)",
        recipe.address,
        recipe.body,
        recipe.header_name,
        recipe.header_value,
        recipe.method,
        recipe.encoding,
        recipe.calls_per_minute
    ));
    lines.push(format!("reads the session's token at {}", recipe.token));
    lines.push(format!("reads the account at {}", recipe.account));
    lines.extend(recipe.base.iter().map(|pointer| format!("reads the session's address at {pointer}")));
    lines.extend(recipe.ready.iter().map(|(pointer, value)| format!("is ready when {pointer} is {value:?}")));
    lines.push(format!(
        "takes {:?} of the exchange for wrong credentials, {:?} of an operation for the session's end",
        recipe.rejected, recipe.expired
    ));
    if !recipe.install_address.is_empty() {
        lines.push(format!("sends people for a token to {}", recipe.install_address));
    }
    lines
}

/// Names of the settings that are secrets.
fn secrets(description: &Description) -> Vec<String> {
    harness_contract::settings::secret_fields(&schema(description))
}

fn settings(description: &Description) -> Vec<String> {
    let schema = schema(description);
    schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|all| all.keys().cloned()).collect()
}

/// What is let in has a schema that is JSON.
fn schema(description: &Description) -> Value {
    serde_json::from_str(&description.settings_schema).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use harness_contract::manifest::{Effect, Encoding, Flow, Method, Operation};

    use super::*;

    fn description() -> Description {
        Description {
            name: "shop".into(),
            title: "Shop".into(),
            version: "1.0.0".into(),
            settings_schema: r#"{"properties":{"ApiToken":{"type":"string","writeOnly":true},"Prefix":{}}}"#.into(),
            settings_version: 1,
            storage_version: 1,
            flows: vec![Flow::ImportOrders],
            allowed_hosts: vec!["shop.example".into()],
            operations: vec![Operation {
                name: "read".into(),
                method: Method::Get,
                base: Base::Session,
                path: "/read".into(),
                effect: Effect::Read,
                moves_stock: false,
                encoding: Encoding::Json,
                rate_group: "all".into(),
                calls_per_minute: 150,
                time_limit: 2_000,
                size_limit: 1_000,
            }],
            authentication: Some(Recipe {
                platform_secrets: vec!["AppSecret".into()],
                method: Method::Post,
                address: "https://shop.example/exchange".into(),
                encoding: Encoding::Json,
                body: r#"{"app":"{secret:AppSecret}","token":"{setting:ApiToken}"}"#.into(),
                calls_per_minute: 60,
                token: "/Token".into(),
                base: Some("/Server".into()),
                account: "/Id".into(),
                ready: Some(("/State".into(), "OPEN".into())),
                header_name: "Authorization".into(),
                header_value: "{session}".into(),
                rejected: vec![400],
                expired: vec![401],
                install_address: "https://shop.example/install".into(),
            }),
        }
    }

    #[test]
    fn of_a_first_version_everything_is_shown_that_an_operator_approves() {
        let Difference { added, removed } = difference(None, &description());
        assert_eq!(removed, Vec::<String>::new());
        let added = added.join("\n");
        for words in [
            "operation read: Method::Get (the session's address)/read",
            "150 calls a minute in the group \"all\", at most 2000 ms and 1000 bytes",
            "host shop.example",
            "flow Flow::ImportOrders",
            "setting ApiToken: a secret",
            "platform secret AppSecret",
            "logs in at https://shop.example/exchange with",
            "header Authorization: {session}",
            "token at /Token",
            "account at /Id",
            "address at /Server",
            "ready when /State is \"OPEN\"",
            "[400] of the exchange",
            "to https://shop.example/install",
        ] {
            assert!(added.contains(words), "{words}: {added}");
        }
    }

    #[test]
    fn a_line_break_in_a_manifest_makes_no_line_of_its_own() {
        let mut new = description();
        new.authentication.as_mut().unwrap().body = "{\n  + host evil.example\n}".into();
        let added = difference(None, &new).added;
        assert!(added.iter().all(|line| !line.contains('\n')), "{added:?}");
    }

    #[test]
    fn nothing_is_shown_of_a_version_that_asks_for_the_same() {
        let Difference { added, removed } = difference(Some(&description()), &description());
        assert_eq!((added, removed), (vec![], vec![]));
    }

    #[test]
    fn a_secret_that_a_newer_version_lays_open_is_shown() {
        let mut new = description();
        new.settings_schema = r#"{"properties":{"ApiToken":{"type":"string"},"Prefix":{}}}"#.into();
        let Difference { added, removed } = difference(Some(&description()), &new);
        assert_eq!(added, ["setting ApiToken: a secret no more, the connector reads it"]);
        assert_eq!(removed, ["setting ApiToken: a secret"]);

        new.settings_schema = r#"{"properties":{"Prefix":{}}}"#.into();
        let Difference { added, removed } = difference(Some(&description()), &new);
        assert_eq!((added, removed), (vec![], vec!["setting ApiToken: a secret".to_owned()]));
    }

    #[test]
    fn what_a_newer_version_changes_of_limits_and_of_logging_in_is_shown() {
        type Change = fn(&mut Operation, &mut Recipe);
        let changes: [(Change, &str); 9] = [
            (|operation, _| operation.size_limit = 9, "and 9 bytes"),
            (|operation, _| operation.time_limit = 9, "at most 9 ms"),
            (|operation, _| operation.rate_group = "own".into(), "group \"own\""),
            (|_, recipe| recipe.install_address = "https://shop.example/other".into(), "shop.example/other"),
            (|_, recipe| recipe.token = "/Other".into(), "token at /Other"),
            (|_, recipe| recipe.account = "/Other".into(), "account at /Other"),
            (|_, recipe| recipe.base = Some("/Other".into()), "address at /Other"),
            (|_, recipe| recipe.platform_secrets = vec!["Other".into()], "platform secret Other"),
            (|_, recipe| recipe.expired = vec![403], "[403] of an operation"),
        ];
        for (change, words) in changes {
            let mut new = description();
            change(new.operations.first_mut().unwrap(), new.authentication.as_mut().unwrap());
            let Difference { added, removed } = difference(Some(&description()), &new);
            assert_eq!((added.len(), removed.len()), (1, 1), "{added:?} {removed:?}");
            assert!(added[0].contains(words), "{words}: {added:?}");
        }
    }
}
