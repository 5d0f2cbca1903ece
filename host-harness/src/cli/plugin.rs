//! `harness plugin`: connectors are let in, listed and looked into; the platform's secrets for them are entered.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use harness_contract::manifest::{Base, Description};
use harness_engine::Engine;
use secrecy::SecretString;
use serde_json::json;

use super::output::{instant, table};
use super::{Done, Output};
use crate::config::Config;
use crate::platform::Platform;
use crate::plugins::logs_in;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Let a component in, as the newest version of its name.
    Add(Add),
    /// Put a newer (or older) component in the place of one: shows what changes, migrates every connection's settings.
    Upgrade(Add),
    /// List the connectors that were let in.
    List,
    /// Show imports, exports, manifest and digest of a component file, without letting it in.
    Inspect(Inspect),
    /// Enter a secret of the platform for a connector (an application id): read from standard input, or asked for.
    #[command(subcommand)]
    Secret(Secret),
    /// Forget a connector that no connection uses.
    Remove {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The component.
    file: PathBuf,
    /// Refuse it unless its SHA-256 is this one.
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The component.
    file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum Secret {
    /// Enter a secret; it is never taken from the command line.
    Set {
        /// The connector.
        plugin: String,
        /// The secret's name, as the manifest has it.
        name: String,
    },
}

pub(super) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<Done> {
    match command {
        Command::Add(add) => {
            let (row, difference) = platform.plugins.add(platform, &read(&add.file)?, add.digest.as_deref()).await?;
            let missing = missing_secrets(platform, &row.name).await?;
            let shown = json!({ "name": row.name, "version": row.version, "digest": row.digest, "difference": difference, "missing_secrets": missing });
            output.show(&shown, |_| {
                let mut text = format!("{} {} is let in, pinned to {}\n", row.name, row.version, row.digest);
                for line in &difference.added {
                    text.push_str(&format!("  + {line}\n"));
                }
                for line in &difference.removed {
                    text.push_str(&format!("  - {line}\n"));
                }
                for name in &missing {
                    text.push_str(&format!("still to do: harness plugin secret set {} {name}\n", row.name));
                }
                text
            })?;
            Ok(Done::Well)
        }
        Command::Upgrade(add) => upgrade(platform, &add, output).await,
        Command::List => {
            let rows = platform.store.plugins().await?;
            output.show(&rows, |rows| {
                table(
                    ["NAME", "VERSION", "CURRENT", "ADDED", "DIGEST"],
                    rows.iter().map(|row| {
                        [
                            row.name.clone(),
                            row.version.clone(),
                            if row.current { "yes".into() } else { String::new() },
                            instant(row.added_at),
                            row.digest.clone(),
                        ]
                    }),
                )
            })?;
            Ok(Done::Well)
        }
        Command::Inspect(_) => Ok(Done::Well),
        Command::Secret(Secret::Set { plugin, name }) => {
            let loaded = platform.plugins.newest(platform, &plugin).await?;
            let known = loaded
                .description
                .authentication
                .as_ref()
                .map(|recipe| recipe.platform_secrets.clone())
                .unwrap_or_default();
            anyhow::ensure!(
                known.contains(&name),
                "{plugin} has no secret {name:?}; it has: {}",
                if known.is_empty() { "none".into() } else { known.join(", ") }
            );
            let secret = secret(&format!("{plugin} {name}: "))?;
            platform.set_platform_secret(&plugin, &name, &secret).await?;
            output.show(&json!({ "plugin": plugin, "secret": name, "stored": true }), |_| {
                format!("{name} is stored, sealed with this host's key")
            })?;
            Ok(Done::Well)
        }
        Command::Remove { name } => {
            let users: Vec<String> =
                platform.store.connections().await?.into_iter().filter(|c| c.plugin == name).map(|c| c.name).collect();
            anyhow::ensure!(
                users.is_empty(),
                "{name} is used by: {}; remove these connections first",
                users.join(", ")
            );
            platform.store.remove_plugin(&name).await?;
            output.show(&json!({ "removed": name }), |_| format!("{name} is forgotten"))?;
            Ok(Done::Well)
        }
    }
}

async fn upgrade(platform: &Platform, add: &Add, output: Output) -> anyhow::Result<Done> {
    let (row, difference) = platform.plugins.add(platform, &read(&add.file)?, add.digest.as_deref()).await?;
    let moved = crate::connection::upgrade(platform, &row.name, &row.digest).await?;
    let stayed = moved.iter().filter(|one| one.problem.is_some()).count();
    let shown = json!({ "name": row.name, "version": row.version, "digest": row.digest, "difference": difference, "connections": moved });
    output.show(&shown, |_| {
        let mut text = format!("{} is now {} ({})\n", row.name, row.version, row.digest);
        for line in &difference.added {
            text.push_str(&format!("  + {line}\n"));
        }
        for line in &difference.removed {
            text.push_str(&format!("  - {line}\n"));
        }
        text + &table(
            ["CONNECTION", "SETTINGS", "RESULT"],
            moved.iter().map(|one| {
                [
                    one.connection.clone(),
                    match one.from_version {
                        Some(from) => format!("version {from} to {}", one.to_version),
                        None => format!("to version {}", one.to_version),
                    },
                    one.problem.clone().unwrap_or_else(|| "migrated".into()),
                ]
            }),
        )
    })?;
    Ok(if stayed == 0 { Done::Well } else { Done::WithProblems })
}

async fn missing_secrets(platform: &Platform, plugin: &str) -> anyhow::Result<Vec<String>> {
    let loaded = platform.plugins.newest(platform, plugin).await?;
    let stored = platform.platform_secrets(plugin).await?;
    let needed =
        loaded.description.authentication.as_ref().map(|recipe| recipe.platform_secrets.clone()).unwrap_or_default();
    Ok(needed.into_iter().filter(|name| !stored.contains_key(name)).collect())
}

/// Needs no database, so that a file can be looked into before there is a platform.
pub(super) async fn inspect(inspect: &Inspect, config: &Config, output: Output) -> anyhow::Result<Done> {
    let wasm = read(&inspect.file)?;
    let inspection = harness_contract::inspect::inspect(&wasm)?;
    let engine = Engine::new(config.engine.clone())?;
    let plugin = super::load_once(&engine, &wasm, None).await?;
    let shown = json!({
        "digest": inspection.digest,
        "bytes": inspection.bytes,
        "imports": inspection.imports,
        "exports": inspection.exports,
        "manifest": manifest(&plugin.description)?,
    });
    output.show(&shown, |_| describe(&plugin.description, &inspection))?;
    Ok(Done::Well)
}

fn manifest(description: &Description) -> anyhow::Result<serde_json::Value> {
    let mut manifest = serde_json::to_value(description)?;
    // The schema is JSON in a string in the contract; shown, it is JSON.
    if let Some(object) = manifest.as_object_mut() {
        object.insert("settings_schema".into(), serde_json::from_str(&description.settings_schema)?);
    }
    Ok(manifest)
}

fn describe(description: &Description, inspection: &harness_contract::inspect::Inspection) -> String {
    let mut text = format!(
        "{} {} ({} bytes)\ndigest   {}\nimports  {}\nexports  {}\nhosts    {}\n\n",
        description.title,
        description.version,
        inspection.bytes,
        inspection.digest,
        inspection.imports.join("\n         "),
        inspection.exports.join("\n         "),
        description.allowed_hosts.join(", "),
    );
    text.push_str(&table(
        ["OPERATION", "METHOD", "PATH", "EFFECT", "PER MINUTE"],
        description.operations.iter().map(|operation| {
            [
                operation.name.clone(),
                format!("{:?}", operation.method).rsplit("::").next().unwrap_or_default().to_uppercase(),
                match &operation.base {
                    Base::Fixed(address) => format!("{address}{}", operation.path),
                    Base::Session => operation.path.clone(),
                },
                format!("{:?}", operation.effect).rsplit("::").next().unwrap_or_default().to_owned(),
                operation.calls_per_minute.to_string(),
            ]
        }),
    ));
    for line in logs_in(description) {
        text.push_str(&format!("\n{line}"));
    }
    text
}

fn read(file: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("the component {} cannot be read", file.display()))
}

/// A secret from standard input, or asked for on a terminal without showing it.
pub(super) fn secret(prompt: &str) -> anyhow::Result<SecretString> {
    use std::io::IsTerminal as _;
    let text = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(prompt)?
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        line
    };
    anyhow::ensure!(!text.trim().is_empty(), "nothing was entered; pipe the secret in or type it at the prompt");
    Ok(SecretString::from(text.trim().to_owned()))
}
