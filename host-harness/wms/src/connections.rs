//! Connections: one client's place at a source system, linked to one warehouse.

use crate::store::Tx;
use crate::{Store, StoreError, StoreResult, watching};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;

/// Where a connection is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lifecycle {
    /// Being set up; nothing runs.
    Draft,
    /// Its flows run.
    Active,
    /// Switched off by a person; queues are kept.
    Inactive,
    /// Stopped by the platform until a person acts; see [`Connection::attention`].
    NeedsAttention,
}

impl Lifecycle {
    fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::NeedsAttention => "needs-attention",
        }
    }

    fn from_column(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "inactive" => Self::Inactive,
            "needs-attention" => Self::NeedsAttention,
            _ => Self::Draft,
        }
    }
}

/// A connection that is to be added, as a draft.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Unique.
    pub name: String,
    /// Whose orders.
    pub client_id: i64,
    /// Where they are fulfilled.
    pub warehouse_id: i64,
    /// Imported against when nothing else is mapped.
    pub channel_id: i64,
    /// Name of the plugin.
    pub plugin: String,
    /// Digest of the plugin's component, where it is pinned.
    pub plugin_digest: Option<String>,
    /// Without secrets.
    pub settings: Value,
    /// Sealed by the caller; opaque here.
    pub sealed_secrets: Option<Vec<u8>>,
}

/// A connection.
#[derive(Clone, PartialEq, Serialize)]
pub struct Connection {
    /// Id.
    pub id: i64,
    /// Unique.
    pub name: String,
    /// Whose orders.
    pub client_id: i64,
    /// Where they are fulfilled.
    pub warehouse_id: i64,
    /// Imported against when nothing else is mapped.
    pub channel_id: i64,
    /// Name of the plugin.
    pub plugin: String,
    /// Digest of the plugin's component that it runs with.
    pub plugin_digest: Option<String>,
    /// The account at the source, known from the first session on.
    pub account_id: Option<i64>,
    /// Without secrets.
    pub settings: Value,
    /// Sealed; never shown.
    #[serde(skip)]
    pub sealed_secrets: Option<Vec<u8>>,
    /// Where it is in its life.
    pub state: Lifecycle,
    /// Why it needs attention.
    pub attention: Option<String>,
    /// What was answered at the first activation: `from DATE`, `all`, `hold`; none until then.
    pub go_live: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

const COLUMNS: &str = "SELECT id, name, client_id, warehouse_id, channel_id, plugin, plugin_digest, account_id, settings, \
     sealed_secrets, state, attention, go_live, created_at, updated_at FROM connections";

fn read(row: &sqlx::any::AnyRow) -> StoreResult<Connection> {
    Ok(Connection {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        client_id: row.try_get(2)?,
        warehouse_id: row.try_get(3)?,
        channel_id: row.try_get(4)?,
        plugin: row.try_get(5)?,
        plugin_digest: row.try_get(6)?,
        account_id: row.try_get(7)?,
        settings: serde_json::from_str(row.try_get::<&str, _>(8)?)?,
        sealed_secrets: row.try_get(9)?,
        state: Lifecycle::from_column(row.try_get::<&str, _>(10)?),
        attention: row.try_get(11)?,
        go_live: row.try_get(12)?,
        created_at: row.try_get(13)?,
        updated_at: row.try_get(14)?,
    })
}

/// The connection through which the source is told of an order.
pub(crate) struct Teller {
    /// Its id.
    pub(crate) connection: i64,
    /// Its settings.
    pub(crate) settings: Value,
}

/// Who tells of what becomes of an order: the connection that it, or the order that it was split off, came in by; where that was
/// removed, the newest other one of the same client and account; nobody where there is none.
pub(crate) async fn teller(tx: &mut Tx, order: i64) -> StoreResult<Option<Teller>> {
    let found: Option<(i64, String)> = sqlx::query_as(
        "SELECT n.id, n.settings FROM orders o JOIN orders r ON r.id = COALESCE(o.split_from, o.id) \
         JOIN connections n ON n.id = r.connection_id OR (n.client_id = r.client_id AND n.account_id = r.account_id) \
         WHERE o.id = $1 ORDER BY CASE WHEN n.id = r.connection_id THEN 0 ELSE 1 END, n.id DESC LIMIT 1",
    )
    .bind(order)
    .fetch_optional(&mut **tx)
    .await?;
    let Some((connection, settings)) = found else { return Ok(None) };
    Ok(Some(Teller { connection, settings: serde_json::from_str(&settings)? }))
}

impl Store {
    /// Adds a connection, as a draft.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub async fn add_connection(&self, new: &NewConnection, now: i64) -> StoreResult<Connection> {
        let mut tx = self.begin().await?;
        let id = self.next_ids("connection", 1, &mut tx).await?;
        sqlx::query(
            "INSERT INTO connections (id, name, client_id, warehouse_id, channel_id, plugin, plugin_digest, settings, \
             sealed_secrets, state, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'draft', $10, $10)",
        )
        .bind(id)
        .bind(&new.name)
        .bind(new.client_id)
        .bind(new.warehouse_id)
        .bind(new.channel_id)
        .bind(&new.plugin)
        .bind(new.plugin_digest.clone())
        .bind(new.settings.to_string())
        .bind(new.sealed_secrets.clone())
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(|e| StoreError::taken(e, "connection", &new.name))?;
        watching::note(&mut tx, id, &new.settings, now).await?;
        tx.commit().await?;
        self.connection_by_id(id).await
    }

    /// All connections, by id.
    pub async fn connections(&self) -> StoreResult<Vec<Connection>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY id"))).fetch_all(self.reader()).await?;
        rows.iter().map(read).collect()
    }

    /// The connection of that name or id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] with the names that there are.
    pub async fn connection(&self, name_or_id: &str) -> StoreResult<Connection> {
        let all = self.connections().await?;
        let names = all.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
        let id = name_or_id.parse::<i64>().ok();
        let at = all.iter().position(|c| c.name == name_or_id).or_else(|| all.iter().position(|c| Some(c.id) == id));
        at.and_then(|at| all.into_iter().nth(at))
            .ok_or_else(|| StoreError::not_found("connection", name_or_id, Some(format!("there are: {names}"))))
    }

    /// The connection of that id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn connection_by_id(&self, id: i64) -> StoreResult<Connection> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(id)
            .fetch_optional(self.reader())
            .await?
            .ok_or_else(|| StoreError::not_found("connection", id, None))?;
        read(&row)
    }

    /// Stores what may be changed of a connection: everything but `id` and `created_at`; `updated_at` becomes `now`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the new name is taken, [`StoreError::NotFound`].
    pub async fn update_connection(&self, connection: &Connection, now: i64) -> StoreResult<()> {
        let c = connection;
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE connections SET name = $2, client_id = $3, warehouse_id = $4, channel_id = $5, plugin = $6, \
             plugin_digest = $7, account_id = $8, settings = $9, sealed_secrets = $10, state = $11, attention = $12, \
             go_live = $13, updated_at = $14 WHERE id = $1",
        )
        .bind(c.id)
        .bind(&c.name)
        .bind(c.client_id)
        .bind(c.warehouse_id)
        .bind(c.channel_id)
        .bind(&c.plugin)
        .bind(c.plugin_digest.clone())
        .bind(c.account_id)
        .bind(c.settings.to_string())
        .bind(c.sealed_secrets.clone())
        .bind(c.state.as_str())
        .bind(c.attention.clone())
        .bind(c.go_live.clone())
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(|e| StoreError::taken(e, "connection", &c.name))?;
        if done.rows_affected() == 0 {
            return Err(StoreError::not_found("connection", c.id, None));
        }
        watching::note(&mut tx, c.id, &c.settings, now).await?;
        tx.commit().await
    }
}
