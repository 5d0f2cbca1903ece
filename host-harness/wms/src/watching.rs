//! The switch of a connection that has its requests kept: since when it is on, and when it goes off by itself.
//!
//! The row of `request_logging` is written by whoever saves a connection, so the 48 hours count from the switch and from
//! nothing else: not from another edit, not from a restart.

use crate::connections::Connection;
use crate::store::Tx;
use crate::{Store, StoreResult};
use serde_json::{Value, json};

/// The switch among a connection's settings.
const SWITCH: &str = "LogAPIRequests";

/// After so long it goes off by itself.
const LASTS: i64 = 48 * 60 * 60_000;

/// Notes whether a connection that is being saved has its requests kept, and since when.
pub(crate) async fn note(tx: &mut Tx, connection: i64, settings: &Value, now: i64) -> StoreResult<()> {
    let on = settings.get(SWITCH).and_then(Value::as_bool).unwrap_or(false);
    let sql = if on {
        "INSERT INTO request_logging (connection_id, since) VALUES ($1, $2) ON CONFLICT (connection_id) DO NOTHING"
    } else {
        "DELETE FROM request_logging WHERE connection_id = $1 AND $2 >= 0"
    };
    sqlx::query(sql).bind(connection).bind(now).execute(&mut **tx).await?;
    Ok(())
}

impl Store {
    /// Whether the requests of a connection are kept now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keeps_requests(&self, connection: i64, now: i64) -> StoreResult<bool> {
        let since: Option<i64> = sqlx::query_scalar("SELECT since FROM request_logging WHERE connection_id = $1")
            .bind(connection)
            .fetch_optional(self.reader())
            .await?;
        Ok(since.is_some_and(|since| now - since < LASTS))
    }

    /// Switches off the keeping of requests where it has been on for 48 hours, and answers the connections.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_request_logging(&self, now: i64) -> StoreResult<Vec<Connection>> {
        let over: Vec<i64> = sqlx::query_scalar("SELECT connection_id FROM request_logging WHERE since <= $1")
            .bind(now - LASTS)
            .fetch_all(self.reader())
            .await?;
        let mut ended = Vec::with_capacity(over.len());
        for id in over {
            let mut connection = self.connection_by_id(id).await?;
            if let Some(settings) = connection.settings.as_object_mut() {
                settings.insert(SWITCH.into(), json!(false));
            }
            self.update_connection(&connection, now).await?;
            ended.push(connection);
        }
        Ok(ended)
    }
}
