//! Moving connections to another version of their connector, forwards or back, without losing one.

use anyhow::Context as _;
use harness_wms::{Connection, Lifecycle};
use serde::Serialize;
use serde_json::{Map, Value};

use super::settings;
use crate::platform::Platform;

/// What became of one connection.
#[derive(Debug, Serialize)]
pub struct Moved {
    /// Its name.
    pub connection: String,
    /// Settings version before.
    pub from_version: u32,
    /// Settings version after.
    pub to_version: u32,
    /// Why it stays on the version that it had; its flows are stopped until a person acts.
    pub problem: Option<String>,
}

/// Moves every connection of `plugin` to the version with `digest`: its settings are migrated by that version and checked
/// against its schema. One that fails stays where it is, visible as needing attention.
///
/// # Errors
/// When the component cannot be loaded or the database fails.
pub async fn upgrade(platform: &Platform, plugin: &str, digest: &str) -> anyhow::Result<Vec<Moved>> {
    let mut moved = Vec::new();
    for connection in platform.store.connections().await? {
        if connection.plugin == plugin && connection.plugin_digest.as_deref() != Some(digest) {
            moved.push(one(platform, connection, digest).await?);
        }
    }
    Ok(moved)
}

async fn one(platform: &Platform, mut connection: Connection, digest: &str) -> anyhow::Result<Moved> {
    let old = platform.plugins.of(platform, &connection).await?;
    let before = connection.plugin_digest.replace(digest.to_owned());
    let new = platform.plugins.of(platform, &connection).await?;
    let (from, to) = (old.description.settings_version, new.description.settings_version);
    let migrated = migrate(platform, &connection, &old, &new).await?;
    let problem = match migrated {
        Ok(settings) => {
            connection.settings = Value::Object(settings);
            None
        }
        Err(problem) => {
            connection.plugin_digest = before;
            connection.state = Lifecycle::NeedsAttention;
            connection.attention = Some(problem.clone());
            Some(problem)
        }
    };
    platform.store.update_connection(&connection, platform.now()).await?;
    Ok(Moved { connection: connection.name, from_version: from, to_version: to, problem })
}

async fn migrate(
    platform: &Platform,
    connection: &Connection,
    old: &crate::plugins::Loaded,
    new: &crate::plugins::Loaded,
) -> anyhow::Result<Result<Map<String, Value>, String>> {
    let from = old.description.settings_version;
    let settings = if from == new.description.settings_version {
        connection.settings.clone()
    } else {
        let invoked = new.migrate(from, connection.settings.to_string()).await;
        match invoked.result? {
            Ok(text) => serde_json::from_str(&text)
                .context("the connector migrated the settings to something that is not JSON")?,
            Err(problem) => return Ok(Err(format!("{}; {}", problem.message, problem.remedy))),
        }
    };
    let schema: Value = serde_json::from_str(&new.description.settings_schema)?;
    let kept: Vec<String> = super::open(platform, connection)?.into_iter().map(|(name, _)| name).collect();
    let given = settings.as_object().cloned().unwrap_or_default();
    Ok(settings::check(&schema, given, &kept)
        .map(|checked| checked.plain)
        .map_err(|wrong| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}
