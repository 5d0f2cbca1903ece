//! `harness connection`: add, look at, change, switch on and off, remove.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use harness_wms::{Connection, Removal, Removed};
use serde_json::{Map, Value};

use super::output::{agreed, table};
use super::record::{Record, recorded};
use super::{Done, Output};
use crate::connection::{self, Changes, GoLive, Saved, settings};
use crate::platform::Platform;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a connection as a draft. On a terminal it asks for what is missing.
    Add(Add),
    /// List all connections.
    List,
    /// Show one with all its settings, secrets left out.
    Show(Name),
    /// Change settings; what is not named stays.
    Edit(Edit),
    /// Switch on. The first time it needs to know about orders that are open already.
    Activate(Activate),
    /// Switch off; queues are kept.
    Deactivate(Name),
    /// List all locations of the account, with the ids to paste.
    Locations(Name),
    /// Have the connector check credentials, settings and the source.
    Check(Check),
    /// Remove a connection with its secrets, sessions, queue, problems, request log and the connector's storage. Refused while
    /// something waits to be told through it.
    Remove(Remove),
}

#[derive(Debug, Args)]
pub(super) struct Name {
    /// Name or id of the connection.
    connection: String,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Name or id of the connection.
    connection: String,
    #[command(flatten)]
    record: Record,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// A name of your choice, unique.
    name: String,
    /// The connector.
    #[arg(long, default_value = "linnworks")]
    plugin: String,
    #[command(flatten)]
    given: Given,
}

#[derive(Debug, Args)]
pub(super) struct Edit {
    /// Name or id of the connection.
    connection: String,
    #[command(flatten)]
    given: Given,
    /// The new token is of the same account, though the source calls that account otherwise now.
    #[arg(long)]
    same_account: bool,
}

#[derive(Debug, Args)]
struct Given {
    /// A setting, as the connector names it: `--set OrderPrefix=UNL-`. The value is JSON where that fits, else text.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// A JSON file of settings.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Read the secret setting (the API token) from standard input; secrets are never taken from the command line.
    #[arg(long)]
    secret_stdin: bool,
}

#[derive(Debug, Args)]
pub(super) struct Activate {
    /// Name or id of the connection.
    connection: String,
    /// Import only orders placed on that day or later.
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["all", "hold"])]
    from: Option<String>,
    /// Import all open orders.
    #[arg(long, conflicts_with = "hold")]
    all: bool,
    /// Import all open orders and hold new ones until released.
    #[arg(long)]
    hold: bool,
}

#[derive(Debug, Args)]
pub(super) struct Remove {
    /// Name or id of the connection.
    connection: String,
    /// Although despatches, returns or receipts wait to be told: they are listed, and never told.
    #[arg(long)]
    abandon: bool,
    /// What becomes of its orders, which stay in the warehouse: with their buyers' names and addresses (`keep`, the default), or
    /// without (`erase`). On a terminal it asks when this is left out.
    #[arg(long, value_enum)]
    orders: Option<Orders>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Orders {
    Keep,
    Erase,
}

/// What a person is asked who does not say what becomes of a removed connection's orders.
const ERASE: &str = "Its orders stay in the warehouse. Erase the names and addresses of their buyers?";

pub(super) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<Done> {
    match command {
        Command::Add(add) => {
            let loaded = platform.plugins.newest(platform, &add.plugin).await?;
            let schema: Value = serde_json::from_str(&loaded.description.settings_schema)?;
            let mut given = given(&add.given, &schema)?;
            if std::io::stdin().is_terminal() && !output.json {
                if let Some(address) = platform.plugins.install_address(platform, &add.plugin).await? {
                    output.note(&format!("The token comes from {address} (log in, then copy it)."));
                }
                ask(&schema, &mut given)?;
            }
            let saved = connection::add(platform, &add.name, &add.plugin, given).await?;
            show_saved(&saved, output)
        }
        Command::Edit(edit) => {
            let stored = platform.store.connection(&edit.connection).await?;
            let loaded = platform.plugins.of(platform, &stored).await?;
            let schema: Value = serde_json::from_str(&loaded.description.settings_schema)?;
            let changes = Changes { settings: given(&edit.given, &schema)?, same_account: edit.same_account };
            let saved = connection::edit(platform, &edit.connection, changes).await?;
            show_saved(&saved, output)
        }
        Command::List => {
            let connections = platform.store.connections().await?;
            output.show(&connections, |connections| {
                table(
                    ["ID", "NAME", "CONNECTOR", "STATE", "ATTENTION"],
                    connections.iter().map(|c| {
                        [
                            c.id.to_string(),
                            c.name.clone(),
                            c.plugin.clone(),
                            state(c),
                            c.attention.clone().unwrap_or_default(),
                        ]
                    }),
                )
            })?;
            Ok(Done::Well)
        }
        Command::Show(name) => {
            let connection = platform.store.connection(&name.connection).await?;
            output.show(&connection, text)?;
            Ok(Done::Well)
        }
        Command::Activate(activate) => {
            let go_live = match (&activate.from, activate.all, activate.hold) {
                (Some(date), _, _) => Some(GoLive::From(date.clone())),
                (None, true, _) => Some(GoLive::All),
                (None, false, true) => Some(GoLive::Hold),
                (None, false, false) => None,
            };
            let connection = connection::activate(platform, &activate.connection, go_live).await?;
            output.show(&connection, |c| format!("{} is active", c.name))?;
            Ok(Done::Well)
        }
        Command::Deactivate(name) => {
            let connection = connection::deactivate(platform, &name.connection).await?;
            output.show(&connection, |c| format!("{} is inactive", c.name))?;
            Ok(Done::Well)
        }
        Command::Locations(name) => {
            let stored = platform.store.connection(&name.connection).await?;
            let locations = connection::locations(platform, &stored).await?;
            output.show(&locations, |locations| {
                table(
                    ["LOCATION ID", "NAME", "TAG", "USABLE", "NOTES"],
                    locations.iter().map(|l| {
                        let why = l.problem.as_ref().map(|problem| problem.message.clone());
                        [
                            l.id.clone(),
                            l.name.clone(),
                            l.tag.clone(),
                            why.unwrap_or_else(|| "yes".into()),
                            l.notes.join(", "),
                        ]
                    }),
                )
            })?;
            Ok(Done::Well)
        }
        Command::Check(check) => {
            let stored = platform.store.connection(&check.connection).await?;
            recorded(platform, &check.record, "connection check".into(), async {
                let verdicts = connection::verdicts(platform, &stored).await?;
                output.show(&verdicts, |verdicts| super::why::verdicts(verdicts))?;
                Ok(if verdicts.iter().all(|verdict| verdict.passed) { Done::Well } else { Done::WithProblems })
            })
            .await
        }
        Command::Remove(remove) => {
            platform.store.connection(&remove.connection).await?;
            let orders = match remove.orders {
                Some(orders) => orders,
                None if !output.json && agreed(ERASE)? => Orders::Erase,
                None => Orders::Keep,
            };
            let how = Removal { abandon: remove.abandon, erase: orders == Orders::Erase };
            let removed = connection::remove(platform, &remove.connection, how).await?;
            output.show(&removed, removal)?;
            Ok(Done::Well)
        }
    }
}

fn given(given: &Given, schema: &Value) -> anyhow::Result<Map<String, Value>> {
    let mut settings = match &given.settings {
        None => Map::new(),
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            serde_json::from_str(&text).with_context(|| format!("{} is not a JSON object", file.display()))?
        }
    };
    for pair in &given.set {
        let (name, value) = pair.split_once('=').with_context(|| format!("--set {pair:?}: expected NAME=VALUE"))?;
        anyhow::ensure!(
            !settings::secret_fields(schema).iter().any(|secret| secret == name),
            "{name} is a secret and would stay in the shell's history; use --secret-stdin"
        );
        settings.insert(name.to_owned(), value_of(schema, name, value));
    }
    if given.secret_stdin {
        let name =
            settings::secret_fields(schema).into_iter().next().context("this connector has no secret setting")?;
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        settings.insert(name, line.trim().into());
    }
    Ok(settings)
}

/// Text stays text where the schema says so, though it may look like a number.
fn value_of(schema: &Value, name: &str, text: &str) -> Value {
    let is_text = schema.pointer(&format!("/properties/{name}/type")).and_then(Value::as_str) == Some("string");
    if is_text {
        return text.into();
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn ask(schema: &Value, given: &mut Map<String, Value>) -> anyhow::Result<()> {
    let required: Vec<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let secrets = settings::secret_fields(schema);
    for name in required {
        if given.contains_key(&name) {
            continue;
        }
        let title = schema.pointer(&format!("/properties/{name}/title")).and_then(Value::as_str).unwrap_or(&name);
        let answer = if secrets.contains(&name) {
            rpassword::prompt_password(format!("{title}: "))?
        } else {
            eprint!("{title}: ");
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line
        };
        given.insert(name.clone(), value_of(schema, &name, answer.trim()));
    }
    Ok(())
}

fn removal(removed: &Removed) -> String {
    let mut text = format!("{} is removed; its orders stay in the warehouse", removed.name);
    if !removed.erased.is_empty() {
        text.push_str(&format!(", the buyers of {} are erased", removed.erased.len()));
    }
    text.push('\n');
    if !removed.waiting.is_empty() {
        text.push_str(&format!("never told to the source:\n{}\n", connection::waiting(removed)));
    }
    if removed.unmarked > 0 {
        text.push_str(&format!("orders that are not marked as taken at the source: {}\n", removed.unmarked));
    }
    if removed.open_orders > 0 {
        let whither = match &removed.heir {
            Some(heir) => format!("they go on with connection {heir}"),
            None => {
                "nobody is told of their despatch unless the client gets another connection to the same account".into()
            }
        };
        text.push_str(&format!("orders that have not left: {}; {whither}\n", removed.open_orders));
    }
    text
}

fn show_saved(saved: &Saved, output: Output) -> anyhow::Result<Done> {
    output.show(saved, |saved| {
        let warnings: String = saved.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
        let address = saved.install_address.as_ref();
        let address = address.map(|address| format!("install address of the token: {address}\n")).unwrap_or_default();
        format!("{} ({}) is saved\n{address}{warnings}", saved.connection.name, state(&saved.connection))
    })?;
    Ok(Done::Well)
}

fn state(connection: &Connection) -> String {
    serde_json::to_value(connection.state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn text(connection: &Connection) -> String {
    let settings = connection.settings.as_object().cloned().unwrap_or_default();
    let head =
        format!("{} (id {}), {}, connector {}\n", connection.name, connection.id, state(connection), connection.plugin);
    head + &table(["SETTING", "VALUE"], settings.into_iter().map(|(name, value)| [name, value.to_string()]))
}
