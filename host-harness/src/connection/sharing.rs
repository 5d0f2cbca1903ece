//! The same goods offered twice: two connections that tell the stock of one client in one warehouse to two locations of one account
//! would have the account sell each unit two times.

use anyhow::bail;
use harness_wms::{Connection, Lifecycle};
use serde_json::Value;

use super::field;
use crate::platform::Platform;

/// Refuses to have a connection tell stock that an active one tells to the same account already, unless its setting says that it
/// is to tell it all the same.
///
/// # Errors
/// Which connection is in the way, and what to do.
pub(super) async fn refuse_double_offer(platform: &Platform, connection: &Connection) -> anyhow::Result<()> {
    if !is_on(connection, field::SYNC_STOCK_LEVELS) || is_on(connection, field::SHARE_STOCK) {
        return Ok(());
    }
    let account = platform.store.connection_by_id(connection.id).await?.account_id.or(connection.account_id);
    let other = platform.store.connections().await?.into_iter().find(|other| {
        other.id != connection.id
            && other.state == Lifecycle::Active
            && is_on(other, field::SYNC_STOCK_LEVELS)
            && other.client_id == connection.client_id
            && other.warehouse_id == connection.warehouse_id
            && other.plugin == connection.plugin
            // Whose account is not known yet may be the same.
            && (account.is_none() || other.account_id.is_none() || other.account_id == account)
    });
    let Some(other) = other else { return Ok(()) };
    bail!(
        "connection {} would offer goods a second time: connection {} tells the stock of the same client in the same warehouse to \
         the same account already. Switch {} off in one of the two, or set {} in {} if its location is to show that stock, too",
        connection.name,
        other.name,
        field::SYNC_STOCK_LEVELS,
        field::SHARE_STOCK,
        connection.name,
    );
}

fn is_on(connection: &Connection, switch: &str) -> bool {
    connection.settings.get(switch).and_then(Value::as_bool).unwrap_or(false)
}
