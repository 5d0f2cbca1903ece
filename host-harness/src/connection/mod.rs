//! Connections: their settings checked and sealed, their life from draft to active.
//!
//! Here: adding, editing, what the connector says about a set-up. [`life`]: activating and its opposite. [`remove`]: the end.
//! [`settings`]: the schema.
//! Not here: rows (`harness-wms`), running flows.

pub mod life;
mod removal;
mod sharing;
mod upgrade;

pub use life::{GoLive, activate, deactivate};
pub use removal::{remove, waiting};
pub use upgrade::{Moved, upgrade};

use anyhow::{Context as _, bail};
use harness_contract::setup::Location;
use harness_contract::types::{Failure, Mode, Verdict};
use harness_engine::functions::{Check, ListLocations};
use harness_wms::{Connection, Lifecycle, NewConnection};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::config;
use crate::flow::FlowError;
use crate::flow::call::Call;
use crate::platform::Platform;
pub use harness_contract::settings;
use settings::{Checked, Wrong};

/// Settings that the platform acts on, under the names that every connector's schema gives them.
pub mod field {
    /// Code of the client; absent in multichannel mode.
    pub const CLIENT: &str = "Client";
    /// Code of the warehouse.
    pub const WAREHOUSE: &str = "Warehouse";
    /// Name of the channel that orders are imported against.
    pub const CHANNEL: &str = "Channel";
    /// Whether the warehouse's stock is told to the source.
    pub const SYNC_STOCK_LEVELS: &str = "SyncStockLevels";
    /// Whether this connection tells the stock of goods that another connection offers at the same account, too.
    pub const SHARE_STOCK: &str = "ShareStock";
    /// Minutes between two stock runs.
    pub const STOCK_SYNC_FREQUENCY: &str = "StockSyncFrequency";
    /// Minutes between two runs of the order flows.
    pub const FREQUENCY: &str = "Frequency";
    /// Where orders are fulfilled at the source.
    pub const LOCATION: &str = "Location";
    /// Whether the connection is to be active: kept as its state, never among the settings.
    pub const ACTIVE: &str = "Active";
    /// Whether new orders wait in status HOLDING until somebody releases them.
    pub const HOLD_NEW_ORDERS: &str = "HoldNewOrders";
    /// Nothing older is imported.
    pub const EARLIEST_ORDER_DATE: &str = "EarliestOrderDate";
    /// What is put in front of order numbers.
    pub const ORDER_PREFIX: &str = "OrderPrefix";
}

/// Code and name of the only client in multichannel mode.
pub const ACCOUNT_CLIENT: &str = "ACCOUNT";

/// Code of the check that says whether the source accepts the connection's token.
const TOKEN_CHECK: &str = "token";

/// A saved connection and what is worth knowing about it.
#[derive(Debug, Serialize)]
pub struct Saved {
    /// As stored.
    pub connection: Connection,
    /// Not wrong, worth a thought.
    pub warnings: Vec<String>,
    /// Of a new connection: where a person obtains its token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub install_address: Option<String>,
}

/// What is to be changed of a connection.
#[derive(Debug, Default)]
pub struct Changes {
    /// Settings by name, secrets among them.
    pub settings: Map<String, Value>,
    /// A person says that the account which a new token names is the one that the connection has, under another name.
    pub same_account: bool,
}

impl From<Map<String, Value>> for Changes {
    fn from(settings: Map<String, Value>) -> Self {
        Self { settings, ..Self::default() }
    }
}

/// Adds a connection as a draft. Nothing runs and nothing is asked of the source before it is saved, nor afterwards unless the
/// switch `Active` is given as on.
///
/// # Errors
/// When the plugin, client, warehouse or channel does not exist, or with every setting that does not fit the schema.
pub async fn add(
    platform: &Platform,
    name: &str,
    plugin: &str,
    mut given: Map<String, Value>,
) -> anyhow::Result<Saved> {
    let switch = life::take_switch(&mut given)?;
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
    let install_address = platform.plugins.install_address(platform, plugin).await?;
    switched_on(platform, Saved { connection, warnings, install_address }, switch).await
}

/// Changes settings of a connection; those not named stay, and so do stored secrets. What an active connection would run with
/// is first checked by the connector.
///
/// # Errors
/// As for [`add`]; another client for a connection that has an account; what the connector has against a new location or token.
pub async fn edit(platform: &Platform, name: &str, changes: impl Into<Changes>) -> anyhow::Result<Saved> {
    let Changes { settings: mut changes, same_account } = changes.into();
    let switch = life::take_switch(&mut changes)?;
    let before = platform.store.connection(name).await?;
    let mut connection = before.clone();
    let loaded = platform.plugins.of(platform, &connection).await?;
    let schema = &loaded.description.settings_schema;
    let mut secrets = kept(platform, &connection, schema, &changes)?;
    let mut given = connection.settings.as_object().cloned().unwrap_or_default();
    given.extend(changes);
    let names: Vec<String> = secrets.iter().map(|(name, _)| name.clone()).collect();
    let checked = check(platform, schema, given, &names, &connection.plugin).await?;
    let places = places(platform, &checked.plain).await?;
    refuse_other_client(platform, &before, places.client).await?;
    let new_token = !checked.secrets.is_empty();
    for (name, secret) in checked.secrets {
        secrets.retain(|(known, _)| *known != name);
        secrets.push((name, secret));
    }
    connection.client_id = places.client;
    connection.warehouse_id = places.warehouse;
    connection.channel_id = places.channel;
    connection.settings = Value::Object(checked.plain);
    connection.sealed_secrets = Some(seal(platform, &connection.name, secrets)?);
    if switch == Some(false) {
        connection.state = Lifecycle::Inactive;
    }
    let mut warnings = Vec::new();
    let moved = before.settings.get(field::LOCATION) != connection.settings.get(field::LOCATION);
    if connection.state == Lifecycle::Active && (moved || new_token || for_connector(schema, &before, &connection)?) {
        let mut tried = connection.clone();
        if same_account {
            tried.account_id = None;
        }
        warnings.extend(life::recheck(platform, &tried, moved || new_token).await?);
        sharing::refuse_double_offer(platform, &connection).await?;
    }
    if same_account {
        rename_account(platform, &connection).await?;
    }
    // A run that goes on meanwhile may have found the account out.
    connection.account_id = platform.store.connection_by_id(connection.id).await?.account_id;
    platform.store.update_connection(&connection, platform.now()).await?;
    if for_connector(schema, &before, &connection)? {
        // What kept a purchase order out may be another switch now.
        platform.store.reconsider_purchase_orders(connection.id).await?;
    }
    if moved {
        warnings.push(
            "the location changed: orders imported from the old one keep it for despatch; stock there is left as it is"
                .into(),
        );
    }
    warnings.extend(self::warnings(platform, &connection).await?);
    let connection = platform.store.connection_by_id(connection.id).await?;
    switched_on(platform, Saved { connection, warnings, install_address: None }, switch).await
}

/// Activates what was saved with the switch `Active` on. A connection that cannot be activated is saved all the same: that is
/// then among the warnings.
async fn switched_on(platform: &Platform, mut saved: Saved, switch: Option<bool>) -> anyhow::Result<Saved> {
    if switch == Some(true) && saved.connection.state != Lifecycle::Active {
        match activate(platform, &saved.connection.name, None).await {
            Ok(connection) => saved.connection = connection,
            Err(error) => saved.warnings.push(format!("it is saved, but not active: {error:#}")),
        }
    }
    Ok(saved)
}

/// Secrets that stay. Those that do not open any more may go when all of them are given anew.
fn kept(
    platform: &Platform,
    connection: &Connection,
    schema: &str,
    changes: &Map<String, Value>,
) -> anyhow::Result<Vec<(String, SecretString)>> {
    let schema: Value = serde_json::from_str(schema)?;
    match open(platform, connection) {
        Err(_) if settings::secret_fields(&schema).iter().all(|name| changes.contains_key(name)) => Ok(Vec::new()),
        opened => opened,
    }
}

/// Under another client every open order of the account would come in again.
async fn refuse_other_client(platform: &Platform, before: &Connection, client: i64) -> anyhow::Result<()> {
    if before.client_id == client || before.account_id.is_none() {
        return Ok(());
    }
    let clients = platform.store.clients().await?;
    let code = |id: i64| clients.iter().find(|client| client.id == id).map_or("", |client| client.code.as_str());
    bail!(
        "{}: connection {} has read an account for client {}; for {} every open order would come in a second time. \
         Leave this connection to {} and add another one for {}: `harness connection add`",
        field::CLIENT,
        before.name,
        code(before.client_id),
        code(client),
        code(before.client_id),
        code(client),
    );
}

/// Whether anything changed that the connector reads, as against what the platform alone acts on.
fn for_connector(schema: &str, before: &Connection, after: &Connection) -> anyhow::Result<bool> {
    let schema: Value = serde_json::from_str(schema)?;
    let platform = |name: &str| schema.pointer(&format!("/properties/{name}/x-platform")) == Some(&Value::Bool(true));
    let Some(after) = after.settings.as_object() else { return Ok(false) };
    Ok(after.iter().any(|(name, value)| !platform(name) && before.settings.get(name) != Some(value)))
}

/// Gives the connection's account the name that its token says now.
async fn rename_account(platform: &Platform, connection: &Connection) -> anyhow::Result<()> {
    let Some(account) = connection.account_id else { return Ok(()) };
    let unbound = Connection { account_id: None, ..connection.clone() };
    let named = Call::new(platform, &unbound, "setup", Mode::Plan).await?.account_name().await?;
    Ok(platform.store.rename_account(account, &named).await?)
}

/// Settings of a stored connection, checked as they are before they are stored.
async fn check_stored(
    platform: &Platform,
    connection: &Connection,
    given: Map<String, Value>,
) -> anyhow::Result<Map<String, Value>> {
    let loaded = platform.plugins.of(platform, connection).await?;
    let kept: Vec<String> = open(platform, connection)?.into_iter().map(|(name, _)| name).collect();
    let checked = check(platform, &loaded.description.settings_schema, given, &kept, &connection.plugin).await?;
    Ok(checked.plain)
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

/// What the secrets of a connection are bound to.
pub(crate) fn place(connection: &str) -> String {
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
    let mut warnings = without_effect(platform, connection).await?;
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

/// Switches that are on while the one that they need, by the schema's `x-needs`, is off.
async fn without_effect(platform: &Platform, connection: &Connection) -> anyhow::Result<Vec<String>> {
    let loaded = platform.plugins.of(platform, connection).await?;
    let schema: Value = serde_json::from_str(&loaded.description.settings_schema)?;
    let is_on = |name: &str| connection.settings.get(name) == Some(&Value::Bool(true));
    let properties = schema.get("properties").and_then(Value::as_object);
    let needy = properties
        .into_iter()
        .flatten()
        .filter_map(|(name, property)| Some((name, property.get("x-needs")?.as_str()?)));
    let idle = needy.filter(|(name, needed)| is_on(name) && !is_on(needed));
    Ok(idle.map(|(name, needed)| format!("{name} has no effect while {needed} is off")).collect())
}

/// What the connector says about credentials, settings and the source. A token that is not accepted is told with the address
/// where a person gets one.
///
/// # Errors
/// When the call as a whole failed; the text names the cause and the remedy.
pub async fn verdicts(platform: &Platform, connection: &Connection) -> Result<Vec<Verdict>, FlowError> {
    let call = Call::new(platform, connection, "setup", Mode::Plan).await?;
    let attempt = call.begin().await?;
    let invoked = call.invoke(&attempt, Check {}).await;
    let (mut verdicts, _) = call.settle(&attempt, invoked)?;
    let install_address = platform.plugins.install_address(platform, &connection.plugin).await?;
    if let Some(address) = install_address {
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.check == TOKEN_CHECK && !verdict.passed) {
            verdict.remedy.push_str(&format!(" (install address: {address})"));
        }
    }
    Ok(verdicts)
}

/// All locations of the connection's account.
///
/// # Errors
/// As for [`verdicts`].
pub async fn locations(platform: &Platform, connection: &Connection) -> anyhow::Result<Vec<Location>> {
    let call = Call::new(platform, connection, "setup", Mode::Plan).await?;
    let attempt = call.begin().await?;
    let invoked = call.invoke(&attempt, ListLocations {}).await;
    Ok(call.settle(&attempt, invoked)?.0)
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
