//! The connectors' storage: one namespace per connection and flow. A namespace has a generation, which each commit that
//! writes raises, so that a result computed on an older state is refused.

use crate::sql::{engine_of, in_list, insert_many, list};
use crate::{Run, Store, StoreError, StoreResult, runs};
use sqlx::AnyConnection;
use std::collections::{BTreeMap, HashMap};

/// What an invocation wrote to its storage, and the state that it saw.
#[derive(Debug, Clone, Default)]
pub struct StagedStorage {
    /// Flow whose namespace it is.
    pub flow: String,
    /// From [`Store::storage_namespace`], read when the invocation began.
    pub generation: i64,
    /// The manifest's storage version.
    pub storage_version: i64,
    /// Keys to set.
    pub set: Vec<(String, Vec<u8>)>,
    /// Keys to remove.
    pub delete: Vec<String>,
    /// Bytes of keys and values that the namespace may hold.
    pub quota: u64,
}

/// The state of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace {
    /// Raised by each commit that writes.
    pub generation: i64,
    /// Bytes of keys and values that it holds.
    pub bytes: u64,
}

impl Store {
    /// The state of a namespace. One that was written under another storage version is emptied first: it is a cache.
    pub async fn storage_namespace(&self, connection: i64, flow: &str, storage_version: i64) -> StoreResult<Namespace> {
        let found: Option<(i64, i64)> = sqlx::query_as(
            "SELECT generation, storage_version FROM plugin_namespaces WHERE connection_id = $1 AND flow = $2",
        )
        .bind(connection)
        .bind(flow.to_owned())
        .fetch_optional(self.reader())
        .await?;
        if found.is_some_and(|(_, version)| version != 0 && version != storage_version) {
            self.empty_storage(connection, Some(flow)).await?;
            return Box::pin(self.storage_namespace(connection, flow, storage_version)).await;
        }
        let bytes = size(&mut *self.reader().acquire().await?, connection, flow).await?;
        Ok(Namespace { generation: found.map_or(0, |(generation, _)| generation), bytes })
    }

    /// The values of `keys`, in their order.
    pub async fn storage_get(&self, connection: i64, flow: &str, keys: &[String]) -> StoreResult<Vec<Option<Vec<u8>>>> {
        let mut found: HashMap<String, Vec<u8>> = HashMap::new();
        let wanted: Vec<&str> = keys.iter().map(String::as_str).collect();
        let head =
            "SELECT item_key, item_value FROM plugin_storage WHERE connection_id = $1 AND flow = $2 AND item_key";
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(in_list(self.engine(), head, 3))
            .bind(connection)
            .bind(flow.to_owned())
            .bind(list(self.engine(), &wanted)?)
            .fetch_all(self.reader())
            .await?;
        found.extend(rows);
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    /// Empties one flow's namespace, or all of a connection. Results that were computed before are refused afterwards.
    pub async fn empty_storage(&self, connection: i64, flow: Option<&str>) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        for sql in [
            "DELETE FROM plugin_storage WHERE connection_id = $1 AND (CAST($2 AS TEXT) IS NULL OR flow = $2)",
            // The version goes with the contents: the next commit writes its own.
            "UPDATE plugin_namespaces SET generation = generation + 1, storage_version = 0 \
             WHERE connection_id = $1 AND (CAST($2 AS TEXT) IS NULL OR flow = $2)",
        ] {
            sqlx::query(sql).bind(connection).bind(flow.map(str::to_owned)).execute(&mut *tx).await?;
        }
        tx.commit().await
    }

    /// Commits what a run's invocation staged when it returned nothing else that is stored.
    ///
    /// # Errors
    /// [`StoreError::Fence`], [`StoreError::StorageMoved`], [`StoreError::StorageFull`]; nothing is written then.
    pub async fn commit_storage(&self, run: &Run, staged: &StagedStorage) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        runs::check_fence(&mut tx, run.id, run.fence).await?;
        apply(&mut tx, run.connection_id, staged).await?;
        tx.commit().await
    }
}

async fn size(conn: &mut AnyConnection, connection: i64, flow: &str) -> StoreResult<u64> {
    let bytes: i64 = sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(length(item_key) + length(item_value)), 0) AS BIGINT) FROM plugin_storage \
         WHERE connection_id = $1 AND flow = $2",
    )
    .bind(connection)
    .bind(flow.to_owned())
    .fetch_one(conn)
    .await?;
    Ok(u64::try_from(bytes).unwrap_or_default())
}

/// Checks that the namespace has not moved since `staged` was begun, and writes it.
pub(crate) async fn apply(conn: &mut AnyConnection, connection: i64, staged: &StagedStorage) -> StoreResult<()> {
    let flow = &staged.flow;
    let current: Option<i64> =
        sqlx::query_scalar("SELECT generation FROM plugin_namespaces WHERE connection_id = $1 AND flow = $2")
            .bind(connection)
            .bind(flow.clone())
            .fetch_optional(&mut *conn)
            .await?;
    let current = current.unwrap_or_default();
    if current != staged.generation {
        return Err(StoreError::StorageMoved { flow: flow.clone(), read_at: staged.generation, current });
    }
    if staged.set.is_empty() && staged.delete.is_empty() {
        return Ok(());
    }
    // The insert is also what makes two writers of one namespace wait for each other on PostgreSQL; the loser then finds
    // the generation moved.
    let raised: i64 = sqlx::query_scalar(
        "INSERT INTO plugin_namespaces (connection_id, flow, generation, storage_version) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (connection_id, flow) DO UPDATE SET generation = plugin_namespaces.generation + 1, \
         storage_version = excluded.storage_version RETURNING generation",
    )
    .bind(connection)
    .bind(flow.clone())
    .bind(staged.storage_version)
    .fetch_one(&mut *conn)
    .await?;
    if raised != staged.generation + 1 {
        return Err(StoreError::StorageMoved { flow: flow.clone(), read_at: staged.generation, current: raised - 1 });
    }
    let gone: Vec<&str> = staged.delete.iter().map(String::as_str).collect();
    let head = "DELETE FROM plugin_storage WHERE connection_id = $1 AND flow = $2 AND item_key";
    sqlx::query(in_list(engine_of(conn), head, 3))
        .bind(connection)
        .bind(flow.clone())
        .bind(list(engine_of(conn), &gone)?)
        .execute(&mut *conn)
        .await?;
    // A key twice in one statement is an error on PostgreSQL; the last one counts.
    let set: BTreeMap<&String, &Vec<u8>> = staged.set.iter().map(|(key, value)| (key, value)).collect();
    let set: Vec<(&String, &Vec<u8>)> = set.into_iter().collect();
    insert_many(
        conn,
        "INSERT INTO plugin_storage (connection_id, flow, item_key, item_value)",
        4,
        "ON CONFLICT (connection_id, flow, item_key) DO UPDATE SET item_value = excluded.item_value",
        &set,
        |args, (key, value)| {
            args.push(connection).push(flow.clone()).push((*key).clone()).push((*value).clone());
        },
    )
    .await?;
    let bytes = size(conn, connection, flow).await?;
    if bytes > staged.quota {
        return Err(StoreError::StorageFull { flow: flow.clone(), bytes, quota: staged.quota });
    }
    Ok(())
}
