//! What the host's key has sealed, and sealing all of it anew in one transaction.

use crate::store::Engine;
use crate::{Store, StoreError, StoreResult};
use sqlx::Executor as _;

/// Orders of one step.
const STEP: i64 = 1_000;

/// Where a sealed value lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sealed {
    /// A secret of the platform.
    PlatformSecret {
        /// The connector that it is for.
        plugin: String,
        /// Its name.
        name: String,
    },
    /// The secrets of a connection.
    ConnectionSecrets {
        /// The connection's name.
        connection: String,
    },
    /// The version of an order at its source, as text.
    OrderVersion,
}

/// How much was sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Resealed {
    /// Secrets of the platform.
    pub platform_secrets: u64,
    /// Connections with secrets.
    pub connections: u64,
    /// Orders.
    pub orders: u64,
}

impl Store {
    /// Some value that was sealed, to find out with which key; none where nothing was sealed yet.
    pub async fn any_sealed(&self) -> StoreResult<Option<(Sealed, Vec<u8>)>> {
        let secret: Option<(String, String, Vec<u8>)> =
            sqlx::query_as("SELECT plugin, name, sealed FROM platform_secrets ORDER BY plugin, name LIMIT 1")
                .fetch_optional(self.reader())
                .await?;
        if let Some((plugin, name, sealed)) = secret {
            return Ok(Some((Sealed::PlatformSecret { plugin, name }, sealed)));
        }
        let secrets: Option<(String, Vec<u8>)> = sqlx::query_as(
            "SELECT name, sealed_secrets FROM connections WHERE sealed_secrets IS NOT NULL ORDER BY id LIMIT 1",
        )
        .fetch_optional(self.reader())
        .await?;
        if let Some((connection, sealed)) = secrets {
            return Ok(Some((Sealed::ConnectionSecrets { connection }, sealed)));
        }
        let version: Option<(String,)> = sqlx::query_as(
            "SELECT version FROM orders WHERE version IS NOT NULL AND version <> '' ORDER BY id LIMIT 1",
        )
        .fetch_optional(self.reader())
        .await?;
        Ok(version.map(|(version,)| (Sealed::OrderVersion, version.into_bytes())))
    }

    /// Replaces every sealed value by what `anew` makes of it, in one transaction: all of them or none. An order's version of
    /// which it makes nothing stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with what `anew` said, when it makes nothing of a secret.
    pub async fn seal_anew(
        &self,
        anew: impl Fn(&Sealed, &[u8]) -> Result<Vec<u8>, String> + Send,
    ) -> StoreResult<Resealed> {
        let mut tx = self.begin().await?;
        let mut done = Resealed::default();
        let refused = |found| StoreError::Conflict {
            what: "sealing under a new key".into(),
            found,
            remedy: "nothing was changed; enter that secret again, or remove what it belongs to, and repeat".into(),
        };
        let secrets: Vec<(String, String, Vec<u8>)> =
            sqlx::query_as("SELECT plugin, name, sealed FROM platform_secrets").fetch_all(&mut *tx).await?;
        for (plugin, name, sealed) in secrets {
            let place = Sealed::PlatformSecret { plugin: plugin.clone(), name: name.clone() };
            sqlx::query("UPDATE platform_secrets SET sealed = $1 WHERE plugin = $2 AND name = $3")
                .bind(anew(&place, &sealed).map_err(refused)?)
                .bind(plugin)
                .bind(name)
                .execute(&mut *tx)
                .await?;
            done.platform_secrets += 1;
        }
        let connections: Vec<(i64, String, Vec<u8>)> =
            sqlx::query_as("SELECT id, name, sealed_secrets FROM connections WHERE sealed_secrets IS NOT NULL")
                .fetch_all(&mut *tx)
                .await?;
        for (id, connection, sealed) in connections {
            let sealed = anew(&Sealed::ConnectionSecrets { connection }, &sealed).map_err(refused)?;
            sqlx::query("UPDATE connections SET sealed_secrets = $1 WHERE id = $2")
                .bind(sealed)
                .bind(id)
                .execute(&mut *tx)
                .await?;
            done.connections += 1;
        }
        let mut after = i64::MIN;
        loop {
            let orders: Vec<(i64, String)> = sqlx::query_as(
                "SELECT id, version FROM orders WHERE id > $1 AND version IS NOT NULL AND version <> '' ORDER BY id LIMIT $2",
            )
            .bind(after)
            .bind(STEP)
            .fetch_all(&mut *tx)
            .await?;
            let Some((last, _)) = orders.last() else { break };
            after = *last;
            for (id, version) in orders {
                let Ok(version) = anew(&Sealed::OrderVersion, version.as_bytes()) else { continue };
                sqlx::query("UPDATE orders SET version = $1 WHERE id = $2")
                    .bind(String::from_utf8_lossy(&version).into_owned())
                    .bind(id)
                    .execute(&mut *tx)
                    .await?;
                done.orders += 1;
            }
        }
        // What a person has let pass is known by the version that it was let pass in.
        let details: Vec<(i64, String)> = sqlx::query_as(
            "SELECT order_id, detail FROM order_reviews WHERE finding IN ('edited', 'refused') AND detail IS NOT NULL AND detail <> ''",
        )
        .fetch_all(&mut *tx)
        .await?;
        for (order, detail) in details {
            let Ok(detail) = anew(&Sealed::OrderVersion, detail.as_bytes()) else { continue };
            sqlx::query("UPDATE order_reviews SET detail = $1 WHERE order_id = $2")
                .bind(String::from_utf8_lossy(&detail).into_owned())
                .bind(order)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        // What the old key opens is not to be found any more.
        self.empty_log().await;
        Ok(done)
    }

    /// Has the server know that this process is there, also after the connection by which it did was cut off.
    pub async fn stay_present(&self) -> StoreResult<()> {
        if let Some(presence) = self.presence() {
            // One that does not answer is replaced, and the new one takes the lock.
            presence.acquire().await?;
        }
        Ok(())
    }

    /// Keeps every other host out from now on, until this one ends. False when there is one. On SQLite there never is.
    pub async fn keep_others_out(&self) -> StoreResult<bool> {
        let (Engine::Postgres, Some(presence)) = (self.engine(), self.presence()) else { return Ok(true) };
        let mut here = presence.acquire().await?;
        // One that has just ended is still being let go by the server.
        here.execute("SET lock_timeout = '3s'").await?;
        match here.execute("SELECT pg_advisory_lock(2, 1)").await {
            Ok(_) => Ok(true),
            // It waited in vain, or somebody else waits for the same.
            Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("55P03" | "40P01")) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
