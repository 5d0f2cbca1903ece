//! Clients: whose goods lie in the warehouse.

use crate::{Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize};

/// A client of the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Client {
    /// Id.
    pub id: i64,
    /// Short, unique: `ACME`.
    pub code: String,
    /// For people.
    pub name: String,
}

const COLUMNS: &str = "SELECT id, code, name FROM clients";

impl Store {
    /// Adds a client.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the code is taken.
    pub async fn add_client(&self, code: &str, name: &str, now: i64) -> StoreResult<Client> {
        let mut tx = self.begin().await?;
        let id = self.next_ids("client", 1, &mut tx).await?;
        sqlx::query("INSERT INTO clients (id, code, name, active, created_at) VALUES ($1, $2, $3, 1, $4)")
            .bind(id)
            .bind(code)
            .bind(name)
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(|e| StoreError::taken(e, "client", code))?;
        tx.commit().await?;
        Ok(Client { id, code: code.into(), name: name.into() })
    }

    /// All clients, by code.
    pub async fn clients(&self) -> StoreResult<Vec<Client>> {
        let mut all: Vec<Client> = sqlx::query_as(COLUMNS).fetch_all(self.reader()).await?;
        all.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(all)
    }

    /// The client of that code.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] with the codes that there are.
    pub async fn client(&self, code: &str) -> StoreResult<Client> {
        let all = self.clients().await?;
        let codes = all.iter().map(|c| c.code.as_str()).collect::<Vec<_>>().join(", ");
        all.into_iter()
            .find(|c| c.code == code)
            .ok_or_else(|| StoreError::not_found("client", code, Some(format!("there are: {codes}"))))
    }
}
