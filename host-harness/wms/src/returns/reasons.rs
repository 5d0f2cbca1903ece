//! Why goods come back, and what is usually done with them.

use super::StockAction;
use crate::model::near_miss;
use crate::{Store, StoreError, StoreResult};
use serde::Serialize;

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReturnReason {
    /// Id.
    #[serde(rename = "ID")]
    pub id: i64,
    /// Exact name; unique. The source is told it.
    pub name: String,
    /// What is done unless somebody says otherwise.
    pub stock_action: StockAction,
}

impl Store {
    /// All reasons that can be given, by name.
    pub async fn return_reasons(&self) -> StoreResult<Vec<ReturnReason>> {
        let rows: Vec<(i64, String, String)> =
            sqlx::query_as("SELECT id, name, stock_action FROM return_reasons WHERE active = 1")
                .fetch_all(self.reader())
                .await?;
        let mut all: Vec<ReturnReason> = rows
            .into_iter()
            .map(|(id, name, action)| ReturnReason { id, name, stock_action: StockAction::from_column(&action) })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Adds a reason.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of that name.
    pub async fn add_return_reason(&self, name: &str, stock_action: StockAction) -> StoreResult<ReturnReason> {
        let mut tx = self.begin().await?;
        let id = self.next_ids("return reason", 1, &mut tx).await?;
        sqlx::query("INSERT INTO return_reasons (id, name, stock_action, active) VALUES ($1, $2, $3, 1)")
            .bind(id)
            .bind(name)
            .bind(stock_action.name())
            .execute(&mut *tx)
            .await
            .map_err(|e| StoreError::taken(e, "return reason", name))?;
        tx.commit().await?;
        Ok(ReturnReason { id, name: name.into(), stock_action })
    }

    /// The reason of that name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] with a near miss, or with what there is.
    pub(super) async fn return_reason(&self, name: &str) -> StoreResult<ReturnReason> {
        let all = self.return_reasons().await?;
        let names = || all.iter().map(|reason| reason.name.as_str());
        let hint = match near_miss(name, names()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
        };
        let found = all.iter().find(|reason| reason.name == name).cloned();
        found.ok_or_else(|| StoreError::not_found("return reason", name, Some(hint)))
    }
}
