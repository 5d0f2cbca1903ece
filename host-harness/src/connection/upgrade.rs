//! Moving connections to another version of their connector, forwards or back, without losing one.

use anyhow::{Context as _, bail};
use harness_wms::{Connection, Lifecycle};
use serde::Serialize;
use serde_json::{Map, Value};

use super::settings;
use crate::platform::Platform;
use crate::plugins::Loaded;

/// What became of one connection.
#[derive(Debug, Serialize)]
pub struct Moved {
    /// Its name.
    pub connection: String,
    /// Settings version before; none when the version that it runs with cannot be loaded.
    pub from_version: Option<u32>,
    /// Settings version after.
    pub to_version: u32,
    /// Why it stays on the version that it had; its flows are stopped until a person acts.
    pub problem: Option<String>,
}

/// Moves every connection of `plugin` to the version with `digest`: its settings are migrated by that version and checked
/// against its schema. One that fails, for whatever cause, stays where it is, visible as needing attention, and holds up no other.
///
/// # Errors
/// When the component cannot be loaded or the database fails.
pub async fn upgrade(platform: &Platform, plugin: &str, digest: &str) -> anyhow::Result<Vec<Moved>> {
    let new = platform.plugins.by_digest(platform, digest).await?;
    let mut moved = Vec::new();
    for connection in platform.store.connections().await? {
        if connection.plugin == plugin && connection.plugin_digest.as_deref() != Some(digest) {
            moved.push(one(platform, connection, digest, &new).await?);
        }
    }
    Ok(moved)
}

async fn one(platform: &Platform, mut connection: Connection, digest: &str, new: &Loaded) -> anyhow::Result<Moved> {
    let mut from_version = None;
    let problem = match migrate(platform, &connection, new, &mut from_version).await {
        Ok(settings) => {
            connection.settings = Value::Object(settings);
            connection.plugin_digest = Some(digest.to_owned());
            None
        }
        Err(error) => {
            let problem = format!("{error:#}");
            connection.state = Lifecycle::NeedsAttention;
            connection.attention = Some(problem.clone());
            Some(problem)
        }
    };
    platform.store.update_connection(&connection, platform.now()).await?;
    let to_version = new.description.settings_version;
    Ok(Moved { connection: connection.name, from_version, to_version, problem })
}

/// The settings as the new version writes them; the version that they are of is told in passing.
async fn migrate(
    platform: &Platform,
    connection: &Connection,
    new: &Loaded,
    from_version: &mut Option<u32>,
) -> anyhow::Result<Map<String, Value>> {
    let from = platform.plugins.of(platform, connection).await?.description.settings_version;
    *from_version = Some(from);
    let settings = if from == new.description.settings_version {
        connection.settings.clone()
    } else {
        let invoked = new.migrate(from, connection.settings.to_string()).await;
        match invoked.result.context("the connector's migration of the settings did not end well")? {
            Ok(text) => serde_json::from_str(&text)
                .context("the connector migrated the settings to something that is not JSON")?,
            Err(problem) => bail!("{}; {}", problem.message, problem.remedy),
        }
    };
    let schema: Value = serde_json::from_str(&new.description.settings_schema)?;
    let kept: Vec<String> = super::open(platform, connection)?.into_iter().map(|(name, _)| name).collect();
    let given = settings.as_object().cloned().unwrap_or_default();
    let checked = settings::check(&schema, given, &kept);
    Ok(checked.map_err(|wrong| super::refused(&wrong))?.plain)
}
