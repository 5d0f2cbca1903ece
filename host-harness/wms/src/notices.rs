//! Who of a client is written to about orders that do not come in, and what was written last.
//!
//! A cause of a connection is written about when there is something new of it, and then not again for a day, however many orders
//! it concerns; a client is written to at most so often a day over all its connections.

use crate::problems::OpenProblem;
use crate::{Store, StoreError, StoreResult};
use std::collections::BTreeMap;

const DAY: i64 = 24 * 60 * 60_000;

/// Mails about one client in a day, over all its connections and causes.
const MOST_A_DAY: i64 = 20;

/// One cause of one connection that is to be written about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The problems' code.
    pub code: String,
    /// All that stand, oldest first.
    pub problems: Vec<OpenProblem>,
}

impl Store {
    /// Adds an address that a client's people read; twice is as good as once.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for what is no address.
    pub async fn add_notified_user(&self, client: i64, email: &str) -> StoreResult<()> {
        let email = email.trim();
        let fits = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if !fits || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let expected = "an address such as orders@example.com".to_owned();
            return Err(StoreError::Invalid { field: "email", found: "something else".into(), expected });
        }
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO notified_users (client_id, email) VALUES ($1, $2) ON CONFLICT (client_id, email) DO NOTHING",
        )
        .bind(client)
        .bind(email.to_owned())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// Takes an address out.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn remove_notified_user(&self, client: i64, email: &str) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let gone = sqlx::query("DELETE FROM notified_users WHERE client_id = $1 AND email = $2")
            .bind(client)
            .bind(email.trim().to_owned())
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::not_found("notified user", "of that address", None));
        }
        tx.commit().await
    }

    /// A client's addresses, sorted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notified_users(&self, client: i64) -> StoreResult<Vec<String>> {
        let sql = "SELECT email FROM notified_users WHERE client_id = $1 ORDER BY email";
        Ok(sqlx::query_scalar(sql).bind(client).fetch_all(self.reader()).await?)
    }

    /// The causes of a flow's standing problems that are to be written about now, by code: those with something new since they were
    /// last written about, a day ago or longer, and as many as the client still gets today.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn causes_to_tell(&self, connection: i64, client: i64, flow: &str, now: i64) -> StoreResult<Vec<Cause>> {
        let mut causes: BTreeMap<String, Vec<OpenProblem>> = BTreeMap::new();
        for problem in self.problems(Some(connection), false).await?.into_iter().filter(|one| one.flow == flow) {
            causes.entry(problem.problem.code.clone()).or_default().push(problem);
        }
        if causes.is_empty() {
            return Ok(Vec::new());
        }
        let told: Vec<(String, i64)> = sqlx::query_as("SELECT code, told_at FROM notices WHERE connection_id = $1")
            .bind(connection)
            .fetch_all(self.reader())
            .await?;
        let told: BTreeMap<String, i64> = told.into_iter().collect();
        let today: i64 = sqlx::query_scalar("SELECT count(*) FROM notices WHERE client_id = $1 AND told_at > $2")
            .bind(client)
            .bind(now - DAY)
            .fetch_one(self.reader())
            .await?;
        let due = causes.into_iter().filter(|(code, problems)| match told.get(code) {
            None => true,
            Some(at) => now - at >= DAY && problems.iter().any(|problem| problem.first_seen > *at),
        });
        let left = usize::try_from(MOST_A_DAY - today).unwrap_or_default();
        Ok(due.map(|(code, problems)| Cause { code, problems }).take(left).collect())
    }

    /// Notes that a cause was written about.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_told(&self, connection: i64, client: i64, code: &str, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO notices (connection_id, code, client_id, told_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (connection_id, code) DO UPDATE SET client_id = excluded.client_id, told_at = excluded.told_at",
        )
        .bind(connection)
        .bind(code.to_owned())
        .bind(client)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}
