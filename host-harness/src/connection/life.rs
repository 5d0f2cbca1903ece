//! A connection's life: from draft to active, inactive and back, and what has to hold before anything is done for it.

use anyhow::{Context as _, bail};
use harness_contract::types::{Failure, Verdict};
use harness_wms::{Connection, Lifecycle};
use serde_json::{Map, Value};

use super::{check_stored, field, verdicts};
use crate::flow::FlowError;
use crate::platform::Platform;

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

/// Refuses to do the work of a flow for a connection that is not active: the one place that every run passes. Showing what
/// would be done is always allowed.
///
/// # Errors
/// [`FlowError::NotActive`] with the way to make it active.
pub fn require_active(connection: &Connection) -> Result<(), FlowError> {
    let name = &connection.name;
    let why = match (connection.state, &connection.go_live) {
        (Lifecycle::Active, Some(_)) => return Ok(()),
        (Lifecycle::Inactive, Some(_)) => format!(
            "connection {name} is switched off: nothing runs, and its queues are kept; `harness connection activate {name}` switches it on"
        ),
        (Lifecycle::NeedsAttention, Some(_)) => format!(
            "connection {name} was stopped: {}; remove the cause, then `harness connection activate {name}`",
            connection.attention.as_deref().unwrap_or("the cause is not known")
        ),
        (_, None) | (Lifecycle::Draft, _) => format!(
            "connection {name} has not gone live: nobody has said what happens to orders that are open already; see them with \
             `harness run {name} --dry-run`, then `harness connection activate {name}` with --from DATE, --all or --hold"
        ),
    };
    Err(FlowError::NotActive(why))
}

/// Makes a connection active, when the connector has nothing against it. The first time it imports orders, `go_live` must say
/// what happens to those that are open already.
///
/// # Errors
/// When the answer does not fit the settings; with each verdict that did not pass; or with the counts that the answer needs.
pub async fn activate(platform: &Platform, name: &str, go_live: Option<GoLive>) -> anyhow::Result<Connection> {
    let mut connection = platform.store.connection(name).await?;
    if let Some(answer) = &go_live {
        let mut settings = connection.settings.as_object().cloned().context("the settings are not an object")?;
        connection.go_live = Some(answer.apply(&mut settings));
        connection.settings = Value::Object(check_stored(platform, &connection, settings).await?);
    }
    let failed = failed(verdicts(platform, &connection).await?);
    super::sharing::refuse_double_offer(platform, &connection).await?;
    if !failed.is_empty() {
        bail!("connection {name} cannot be activated:\n{}", list(&failed));
    }
    if connection.go_live.is_none() {
        let preview = crate::flow::import_orders::preview(platform, &connection).await?;
        bail!("connection {name} would import its first orders: {preview}; say --from DATE, --all or --hold");
    }
    // The dry run or the check may have found the account out.
    connection.account_id = platform.store.connection_by_id(connection.id).await?.account_id;
    connection.state = Lifecycle::Active;
    connection.attention = None;
    platform.store.update_connection(&connection, platform.now()).await?;
    let adopted = platform.store.adopt_orders(connection.id).await?;
    if adopted > 0 {
        tracing::info!(
            connection = name,
            orders = adopted,
            "orders of a removed connection of the account go on with this one"
        );
    }
    Ok(platform.store.connection_by_id(connection.id).await?)
}

impl GoLive {
    /// Writes the answer into the settings, and gives it as it is kept with the connection.
    fn apply(&self, settings: &mut Map<String, Value>) -> String {
        match self {
            Self::From(date) => {
                settings.insert(field::EARLIEST_ORDER_DATE.into(), date.clone().into());
                format!("from {date}")
            }
            Self::All => {
                settings.remove(field::EARLIEST_ORDER_DATE);
                "all".into()
            }
            Self::Hold => {
                settings.remove(field::EARLIEST_ORDER_DATE);
                settings.insert(field::HOLD_NEW_ORDERS.into(), true.into());
                "hold".into()
            }
        }
    }
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

/// The switch that users of forms know as the setting `Active`: where a connection is in its life, and no setting of a connector.
///
/// # Errors
/// When it is neither true nor false.
pub(super) fn take_switch(settings: &mut Map<String, Value>) -> anyhow::Result<Option<bool>> {
    match settings.remove(field::ACTIVE) {
        None => Ok(None),
        Some(Value::Bool(on)) => Ok(Some(on)),
        Some(other) => bail!("{}: it is {other}; write true or false", field::ACTIVE),
    }
}

/// Has the connector check the settings that an active connection is to run with from now on. `strict` when it would reach
/// another location or go by another token: then nothing may be against it, else that is only worth a warning.
///
/// # Errors
/// What is against it.
pub(super) async fn recheck(platform: &Platform, edited: &Connection, strict: bool) -> anyhow::Result<Vec<String>> {
    let name = &edited.name;
    match verdicts(platform, edited).await {
        Err(FlowError::Failed(failure @ Failure::InvalidSettings(_))) => {
            bail!("the settings are refused, and connection {name} goes on as before:\n{}", super::say(&failure))
        }
        Err(error) if strict => Err(error).with_context(|| {
            format!("connection {name} is active and goes on as before: the new location or token could not be checked")
        }),
        Err(error) => Ok(vec![format!("the connection check could not be made: {error}")]),
        Ok(verdicts) => {
            let failed = failed(verdicts);
            if strict && !failed.is_empty() {
                bail!(
                    "connection {name} is active and goes on as before; the new settings do not pass:\n{}",
                    list(&failed)
                );
            }
            Ok(failed.iter().map(line).collect())
        }
    }
}

fn failed(verdicts: Vec<Verdict>) -> Vec<Verdict> {
    verdicts.into_iter().filter(|verdict| !verdict.passed).collect()
}

fn line(verdict: &Verdict) -> String {
    format!("{}: {}; {}", verdict.check, verdict.found, verdict.remedy)
}

fn list(failed: &[Verdict]) -> String {
    let lines: Vec<String> = failed.iter().map(|verdict| format!("- {}", line(verdict))).collect();
    lines.join("\n")
}
