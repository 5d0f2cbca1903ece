//! Accounts at source systems, as the session's answer names them. They outlive connections and tokens.

use crate::{Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize};

/// An account at a source system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Account {
    /// Id.
    pub id: i64,
    /// `linnworks`.
    pub source_system: String,
    /// What the source calls it.
    pub account: String,
}

impl Store {
    /// The account of that name, added when it is new.
    pub async fn account(&self, source_system: &str, account: &str, now: i64) -> StoreResult<Account> {
        let find = "SELECT id, source_system, account FROM accounts WHERE source_system = $1 AND account = $2";
        if let Some(found) =
            sqlx::query_as(find).bind(source_system).bind(account).fetch_optional(self.reader()).await?
        {
            return Ok(found);
        }
        let mut tx = self.begin().await?;
        let id = self.next_ids("account", 1, &mut tx).await?;
        sqlx::query(
            "INSERT INTO accounts (id, source_system, account, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (source_system, account) DO NOTHING",
        )
        .bind(id)
        .bind(source_system)
        .bind(account)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let found = sqlx::query_as(find).bind(source_system).bind(account).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Gives an account the name by which its source calls it now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another account has that name.
    pub async fn rename_account(&self, id: i64, account: &str) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE accounts SET account = $2 WHERE id = $1")
            .bind(id)
            .bind(account)
            .execute(&mut *tx)
            .await
            .map_err(|error| match StoreError::taken(error, "account", account) {
                StoreError::Conflict { found, .. } => StoreError::Conflict {
                    what: format!("calling the account {account}"),
                    found,
                    remedy: "the token is of another account that is in use here: enter one of this connection's account, or add \
                             a connection for the other one"
                        .into(),
                },
                other => other,
            })?;
        tx.commit().await
    }

    /// The account of that id, when there is one.
    pub async fn account_by_id(&self, id: i64) -> StoreResult<Option<Account>> {
        Ok(sqlx::query_as("SELECT id, source_system, account FROM accounts WHERE id = $1")
            .bind(id)
            .fetch_optional(self.reader())
            .await?)
    }
}
