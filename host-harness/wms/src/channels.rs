//! Sales channels of a client, and the courier services of the warehouse.

use crate::{Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize};

/// A sales channel of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Channel {
    /// Id.
    pub id: i64,
    /// Whose.
    pub client_id: i64,
    /// Exact name; unique per client.
    pub name: String,
}

/// A courier service that the warehouse ships with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct CourierService {
    /// Id.
    pub id: i64,
    /// Exact name; unique.
    pub name: String,
    /// Address of the courier's page, with `{}` for the number.
    pub tracking_url: Option<String>,
}

impl Store {
    /// Adds a sales channel to a client.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the client has one of that name.
    pub async fn add_channel(&self, client_id: i64, name: &str) -> StoreResult<Channel> {
        let mut tx = self.begin().await?;
        let id = self.next_ids("channel", 1, &mut tx).await?;
        sqlx::query("INSERT INTO channels (id, client_id, name, active) VALUES ($1, $2, $3, 1)")
            .bind(id)
            .bind(client_id)
            .bind(name)
            .execute(&mut *tx)
            .await
            .map_err(|e| StoreError::taken(e, "channel", name))?;
        tx.commit().await?;
        Ok(Channel { id, client_id, name: name.into() })
    }

    /// A client's channels, by name.
    pub async fn channels(&self, client_id: i64) -> StoreResult<Vec<Channel>> {
        let mut all: Vec<Channel> = sqlx::query_as("SELECT id, client_id, name FROM channels WHERE client_id = $1")
            .bind(client_id)
            .fetch_all(self.reader())
            .await?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Adds a courier service.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of that name.
    pub async fn add_courier_service(&self, name: &str, tracking_url: Option<&str>) -> StoreResult<CourierService> {
        let mut tx = self.begin().await?;
        let id = self.next_ids("courier service", 1, &mut tx).await?;
        sqlx::query("INSERT INTO courier_services (id, name, tracking_url, active) VALUES ($1, $2, $3, 1)")
            .bind(id)
            .bind(name)
            .bind(tracking_url)
            .execute(&mut *tx)
            .await
            .map_err(|e| StoreError::taken(e, "courier service", name))?;
        tx.commit().await?;
        Ok(CourierService { id, name: name.into(), tracking_url: tracking_url.map(Into::into) })
    }

    /// All courier services, by name.
    pub async fn courier_services(&self) -> StoreResult<Vec<CourierService>> {
        let mut all: Vec<CourierService> =
            sqlx::query_as("SELECT id, name, tracking_url FROM courier_services").fetch_all(self.reader()).await?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }
}
