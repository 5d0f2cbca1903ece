//! Connections: their settings checked and sealed, their life from draft to active.
//!
//! Here: adding, editing, activating, what the connector says about a set-up. Not here: rows (`harness-wms`), running flows.

pub mod settings;
mod upgrade;

pub use upgrade::{Moved, upgrade};

use anyhow::{Context as _, bail};
use harness_contract::setup::Location;
use harness_contract::types::{Failure, Mode, Verdict};
use harness_wms::{Connection, Lifecycle, NewConnection};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::config;
use crate::flow::call::Call;
use crate::platform::Platform;
use settings::{Checked, Wrong};

/// Settings that the platform acts on, under the names that every connector's schema gives them.
pub mod field {
    /// Code of the client; absent in multichannel mode.
    pub const CLIENT: &str = "Client";
    /// Code of the warehouse.
    pub const WAREHOUSE: &str = "Warehouse";
    /// Name of the channel that orders are imported against.
    pub const CHANNEL: &str = "Channel";
    /// Minutes between two runs of the order flows.
    pub const FREQUENCY: &str = "Frequency";
    /// Whether new orders wait in status HOLDING until somebody releases them.
    pub const HOLD_NEW_ORDERS: &str = "HoldNewOrders";
    /// Nothing older is imported.
    pub const EARLIEST_ORDER_DATE: &str = "EarliestOrderDate";
    /// What is put in front of order numbers.
    pub const ORDER_PREFIX: &str = "OrderPrefix";
}

/// Code and name of the only client in multichannel mode.
pub const ACCOUNT_CLIENT: &str = "ACCOUNT";

/// What was said at the first activation about orders that are open already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoLive {
    /// Only those placed on that day or later (`YYYY-MM-DD`).
    From(String),
    /// All of them.
    All,
    /// All of them, to be released one by one.
    Hold,
}

/// A saved connection and what is worth knowing about it.
#[derive(Debug, Serialize)]
pub struct Saved {
    /// As stored.
    pub connection: Connection,
    /// Not wrong, worth a thought.
    pub warnings: Vec<String>,
}

/// Adds a connection as a draft. Nothing runs and nothing is asked of the source.
///
/// # Errors
/// When the plugin, client, warehouse or channel does not exist, or with every setting that does not fit the schema.
pub async fn add(platform: &Platform, name: &str, plugin: &str, given: Map<String, Value>) -> anyhow::Result<Saved> {
    let loaded = platform.plugins.newest(platform, plugin).await?;
    let checked = check(platform, &loaded.description.settings_schema, given, &[], plugin).await?;
    let places = places(platform, &checked.plain).await?;
    let new = NewConnection {
        name: name.to_owned(),
        client_id: places.client,
        warehouse_id: places.warehouse,
        channel_id: places.channel,
        plugin: plugin.to_owned(),
        plugin_digest: Some(loaded.inspection.digest.clone()),
        settings: Value::Object(checked.plain),
        sealed_secrets: Some(seal(platform, name, checked.secrets)?),
    };
    let connection = platform.store.add_connection(&new, platform.now()).await?;
    let warnings = warnings(platform, &connection).await?;
    Ok(Saved { connection, warnings })
}

/// Changes settings of a connection; those not named stay, and so do stored secrets.
///
/// # Errors
/// As for [`add`].
pub async fn edit(platform: &Platform, name: &str, changes: Map<String, Value>) -> anyhow::Result<Saved> {
    let mut connection = platform.store.connection(name).await?;
    let loaded = platform.plugins.of(platform, &connection).await?;
    let mut given = connection.settings.as_object().cloned().unwrap_or_default();
    given.extend(changes);
    let mut secrets = open(platform, &connection)?;
    let kept: Vec<String> = secrets.iter().map(|(name, _)| name.clone()).collect();
    let checked = check(platform, &loaded.description.settings_schema, given, &kept, &connection.plugin).await?;
    let places = places(platform, &checked.plain).await?;
    for (name, secret) in checked.secrets {
        secrets.retain(|(known, _)| *known != name);
        secrets.push((name, secret));
    }
    let mut warnings = Vec::new();
    let old = connection.settings.get("Location").cloned();
    if old != checked.plain.get("Location").cloned() {
        warnings.push(
            "the location changed: orders imported from the old one keep it for despatch; stock there is left as it is"
                .into(),
        );
    }
    connection.client_id = places.client;
    connection.warehouse_id = places.warehouse;
    connection.channel_id = places.channel;
    connection.settings = Value::Object(checked.plain);
    connection.sealed_secrets = Some(seal(platform, &connection.name, secrets)?);
    platform.store.update_connection(&connection, platform.now()).await?;
    warnings.extend(self::warnings(platform, &connection).await?);
    Ok(Saved { connection: platform.store.connection_by_id(connection.id).await?, warnings })
}

/// The secrets of a connection, opened.
///
/// # Errors
/// When they were sealed with another key.
pub fn open(platform: &Platform, connection: &Connection) -> anyhow::Result<Vec<(String, SecretString)>> {
    let Some(sealed) = &connection.sealed_secrets else { return Ok(Vec::new()) };
    let text = platform.key.open(&place(&connection.name), sealed)?;
    let map: Map<String, Value> =
        serde_json::from_str(text.expose_secret()).context("the stored secrets are not readable")?;
    Ok(map
        .into_iter()
        .filter_map(|(name, value)| value.as_str().map(|text| (name, SecretString::from(text.to_owned()))))
        .collect())
}

fn seal(platform: &Platform, name: &str, secrets: Vec<(String, SecretString)>) -> anyhow::Result<Vec<u8>> {
    let map: Map<String, Value> =
        secrets.into_iter().map(|(name, secret)| (name, Value::String(secret.expose_secret().to_owned()))).collect();
    platform.key.seal(&place(name), &SecretString::from(Value::Object(map).to_string()))
}

fn place(connection: &str) -> String {
    format!("connection {connection}")
}

async fn check(
    platform: &Platform,
    schema: &str,
    mut given: Map<String, Value>,
    kept: &[String],
    plugin: &str,
) -> anyhow::Result<Checked> {
    let mut schema: Value = serde_json::from_str(schema)?;
    if platform.config.mode == config::Mode::Multichannel {
        if given.contains_key(field::CLIENT) && given.get(field::CLIENT) != Some(&Value::String(ACCOUNT_CLIENT.into()))
        {
            bail!(
                "{}: this platform runs in multichannel mode, where there is one account and no client to choose; leave it out",
                field::CLIENT
            );
        }
        if schema.pointer(&format!("/properties/{}", field::CLIENT)).is_some() {
            given.insert(field::CLIENT.into(), ACCOUNT_CLIENT.into());
        }
    }
    if let Some(address) = platform.plugins.install_address(platform, plugin).await? {
        point_to_install_address(&mut schema, &address);
    }
    settings::check(&schema, given, kept).map_err(|wrong| refused(&wrong))
}

/// The remedy for a missing or malformed token names the page where a person gets one.
fn point_to_install_address(schema: &mut Value, address: &str) {
    for name in settings::secret_fields(schema) {
        if let Some(property) = schema.pointer_mut(&format!("/properties/{name}")).and_then(Value::as_object_mut) {
            let remedy = property.get("x-remedy").and_then(Value::as_str).unwrap_or_default();
            let remedy = format!("{remedy} (install address: {address})");
            property.insert("x-remedy".into(), remedy.into());
        }
    }
}

fn refused(wrong: &[Wrong]) -> anyhow::Error {
    let list: Vec<String> = wrong.iter().map(|wrong| format!("- {wrong}")).collect();
    anyhow::anyhow!("the settings are refused:\n{}", list.join("\n"))
}

struct Places {
    client: i64,
    warehouse: i64,
    channel: i64,
}

async fn places(platform: &Platform, plain: &Map<String, Value>) -> anyhow::Result<Places> {
    let text = |name: &str| plain.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let client = match platform.config.mode {
        config::Mode::ThreePl => platform.store.client(&text(field::CLIENT)).await?,
        config::Mode::Multichannel => platform.account_client().await?,
    };
    let warehouse = platform.store.warehouse(&text(field::WAREHOUSE)).await?;
    let wanted = text(field::CHANNEL);
    let channels = platform.store.channels(client.id).await?;
    let Some(channel) = channels.iter().find(|channel| channel.name == wanted) else {
        let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
        let near = names.iter().find(|name| name.eq_ignore_ascii_case(&wanted));
        let hint = near.map(|near| format!(" did you mean {near:?}?")).unwrap_or_default();
        bail!(
            "{}: client {} has no channel {wanted:?};{hint} there are: {}; `harness wms channel add` makes one",
            field::CHANNEL,
            client.code,
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        );
    };
    Ok(Places { client: client.id, warehouse: warehouse.id, channel: channel.id })
}

/// What is allowed and often not meant.
async fn warnings(platform: &Platform, connection: &Connection) -> anyhow::Result<Vec<String>> {
    let mut warnings = Vec::new();
    let prefix = |connection: &Connection| {
        connection.settings.get(field::ORDER_PREFIX).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let twin = platform.store.connections().await?.into_iter().find(|other| {
        other.id != connection.id && other.client_id == connection.client_id && prefix(other) == prefix(connection)
    });
    if let Some(twin) = twin {
        warnings.push(format!(
            "connection {} of the same client has the same order prefix {:?}: an order number of both would collide, and the later one would be refused; give each its own {}",
            twin.name,
            prefix(connection),
            field::ORDER_PREFIX
        ));
    }
    if platform.config.mode == config::Mode::ThreePl && prefix(connection).is_empty() {
        warnings.push(format!(
            "{} is empty; with several clients a prefix keeps their order numbers apart",
            field::ORDER_PREFIX
        ));
    }
    Ok(warnings)
}

/// What the connector says about credentials, settings and the source.
///
/// # Errors
/// When the call as a whole failed; the text names the cause and the remedy.
pub async fn verdicts(platform: &Platform, connection: &Connection) -> anyhow::Result<Vec<Verdict>> {
    let call = Call::new(platform, connection, "setup", Mode::Plan).await?;
    let attempt = call.begin().await?;
    let invoked = call.plugin.check(attempt.invocation(), attempt.context.clone()).await;
    Ok(call.settle(&attempt, invoked)?.0)
}

/// All locations of the connection's account.
///
/// # Errors
/// As for [`verdicts`].
pub async fn locations(platform: &Platform, connection: &Connection) -> anyhow::Result<Vec<Location>> {
    let call = Call::new(platform, connection, "setup", Mode::Plan).await?;
    let attempt = call.begin().await?;
    let invoked = call.plugin.list_locations(attempt.invocation(), attempt.context.clone()).await;
    Ok(call.settle(&attempt, invoked)?.0)
}

/// Makes a connection active, when the connector has nothing against it. The first time it imports orders, `go_live` must say
/// what happens to those that are open already.
///
/// # Errors
/// With each verdict that did not pass; or with the counts that the answer to `go_live` needs.
pub async fn activate(platform: &Platform, name: &str, go_live: Option<GoLive>) -> anyhow::Result<Connection> {
    let mut connection = platform.store.connection(name).await?;
    let failed: Vec<Verdict> =
        verdicts(platform, &connection).await?.into_iter().filter(|verdict| !verdict.passed).collect();
    if !failed.is_empty() {
        let list: Vec<String> = failed.iter().map(|v| format!("- {}: {}; {}", v.check, v.found, v.remedy)).collect();
        bail!("connection {name} cannot be activated:\n{}", list.join("\n"));
    }
    let connection_settings = connection.settings.as_object_mut().context("the settings are not an object")?;
    match (&go_live, &connection.go_live) {
        (None, None) => {
            let preview =
                crate::flow::import_orders::preview(platform, &platform.store.connection(name).await?).await?;
            bail!("connection {name} would import its first orders: {preview}; say --from DATE, --all or --hold");
        }
        (None, Some(_)) => {}
        (Some(GoLive::From(date)), _) => {
            connection_settings.insert(field::EARLIEST_ORDER_DATE.into(), date.clone().into());
            connection.go_live = Some(format!("from {date}"));
        }
        (Some(GoLive::All), _) => connection.go_live = Some("all".into()),
        (Some(GoLive::Hold), _) => {
            connection_settings.insert(field::HOLD_NEW_ORDERS.into(), true.into());
            connection.go_live = Some("hold".into());
        }
    }
    connection.state = Lifecycle::Active;
    connection.attention = None;
    platform.store.update_connection(&connection, platform.now()).await?;
    Ok(platform.store.connection_by_id(connection.id).await?)
}

/// Stops all flows of a connection; queues are kept.
///
/// # Errors
/// When there is no such connection.
pub async fn deactivate(platform: &Platform, name: &str) -> anyhow::Result<Connection> {
    let mut connection = platform.store.connection(name).await?;
    connection.state = Lifecycle::Inactive;
    platform.store.update_connection(&connection, platform.now()).await?;
    Ok(platform.store.connection_by_id(connection.id).await?)
}

/// A whole-call failure, in one sentence for a person.
pub fn say(failure: &Failure) -> String {
    let one = |what: &str, problem: &harness_contract::types::Problem| {
        format!("{what} ({}): {}; {}", problem.code, problem.message, problem.remedy)
    };
    match failure {
        Failure::Unauthorised(problem) => one("not authorised", problem),
        Failure::Throttled(problem) => one("throttled", problem),
        Failure::Unavailable(problem) => one("unavailable", problem),
        Failure::InvalidSettings(problems) => {
            problems.iter().map(|problem| one("invalid settings", problem)).collect::<Vec<_>>().join("\n")
        }
        Failure::UnexpectedAnswer(problem) => one("unexpected answer", problem),
        Failure::Cancelled => "stopped before it was done".into(),
    }
}
