//! Plans that a guard held back: what would be done, under the digest of exactly that, until a person releases it, once.
//!
//! Any flow can hold one back. The run that would have done it stores the plan and does without; `harness approve` shows and
//! releases it; a later run takes the released one, does what of it still is as it was shown, and marks it carried out.

use crate::{Run, Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// One change of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlannedChange {
    /// What is changed, stable: a SKU, a source's order id.
    pub subject: String,
    /// What a person calls it.
    pub reference: String,
    /// What is there now, where that is known.
    pub old: Option<String>,
    /// What would be there.
    pub new: String,
}

/// How far a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanState {
    /// Nobody has released it.
    Held,
    /// Released; the next run carries it out.
    Approved,
    /// Carried out. It is released no second time.
    CarriedOut,
    /// Another plan took its place, or nothing is held back any more.
    OutOfDate,
}

impl PlanState {
    const fn number(self) -> i64 {
        match self {
            Self::Held => 1,
            Self::Approved => 2,
            Self::CarriedOut => 3,
            Self::OutOfDate => 4,
        }
    }

    fn from_column(number: i64) -> Self {
        match number {
            1 => Self::Held,
            2 => Self::Approved,
            3 => Self::CarriedOut,
            _ => Self::OutOfDate,
        }
    }
}

/// A plan that was held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldPlan {
    /// Id.
    pub id: i64,
    /// Connection.
    pub connection_id: i64,
    /// Flow.
    pub flow: String,
    /// What held it back: `first-run`, `mass-zero`.
    pub guard: String,
    /// Digest of subjects and what they would become.
    pub hash: String,
    /// The latest run that came to it.
    pub run_id: i64,
    /// How far it is.
    pub state: PlanState,
    /// Its changes, by subject.
    pub changes: Vec<PlannedChange>,
    /// Unix milliseconds.
    pub held_at: i64,
    /// Unix milliseconds.
    pub approved_at: Option<i64>,
}

/// The digest of a plan: of what would be, in the order of subjects, whatever is there now.
#[must_use]
pub fn plan_hash(changes: &[PlannedChange]) -> String {
    let mut lines: Vec<String> =
        changes.iter().map(|change| format!("{}\u{1f}{}\n", change.subject, change.new)).collect();
    lines.sort();
    let digest = Sha256::digest(lines.concat());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

const COLUMNS: &str =
    "SELECT id, connection_id, flow, guard, hash, run_id, state, items, held_at, approved_at FROM held_plans";

fn read(row: &AnyRow) -> StoreResult<HeldPlan> {
    Ok(HeldPlan {
        id: row.try_get(0)?,
        connection_id: row.try_get(1)?,
        flow: row.try_get(2)?,
        guard: row.try_get(3)?,
        hash: row.try_get(4)?,
        run_id: row.try_get(5)?,
        state: PlanState::from_column(row.try_get(6)?),
        changes: serde_json::from_str(row.try_get::<&str, _>(7)?)?,
        held_at: row.try_get(8)?,
        approved_at: row.try_get(9)?,
    })
}

impl Store {
    /// Holds a plan back. The same plan as before stays the same, and now belongs to this run too; another one that is held takes its
    /// place. One that was released stays released until it is carried out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_plan(
        &self,
        run: &Run,
        guard: &str,
        changes: &[PlannedChange],
        now: i64,
    ) -> StoreResult<HeldPlan> {
        let mut changes = changes.to_vec();
        changes.sort();
        let hash = plan_hash(&changes);
        let mut tx = self.begin().await?;
        let same: Option<i64> = sqlx::query_scalar(
            "UPDATE held_plans SET run_id = $1 WHERE connection_id = $2 AND flow = $3 AND guard = $4 AND hash = $5 \
             AND state = 1 RETURNING id",
        )
        .bind(run.id)
        .bind(run.connection_id)
        .bind(run.flow.clone())
        .bind(guard.to_owned())
        .bind(hash.clone())
        .fetch_optional(&mut *tx)
        .await?;
        let id = match same {
            Some(id) => id,
            None => {
                retire(&mut tx, run.connection_id, &run.flow, guard, now).await?;
                let id = self.next_ids("held plan", 1, &mut tx).await?;
                sqlx::query(
                    "INSERT INTO held_plans (id, connection_id, flow, guard, hash, run_id, items, state, held_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)",
                )
                .bind(id)
                .bind(run.connection_id)
                .bind(run.flow.clone())
                .bind(guard.to_owned())
                .bind(hash)
                .bind(run.id)
                .bind(serde_json::to_string(&changes)?)
                .bind(now)
                .execute(&mut *tx)
                .await?;
                id
            }
        };
        tx.commit().await?;
        self.held_plan(id).await
    }

    /// What a person has released for a guard of a flow, and no run has carried out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approved_plan(&self, connection: i64, flow: &str, guard: &str) -> StoreResult<Option<HeldPlan>> {
        let sql = format!("{COLUMNS} WHERE connection_id = $1 AND flow = $2 AND guard = $3 AND state = 2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(connection)
            .bind(flow.to_owned())
            .bind(guard.to_owned())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Releases a plan that is held back.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not held any more.
    pub async fn approve_plan(&self, id: i64, now: i64) -> StoreResult<HeldPlan> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("UPDATE held_plans SET state = 2, approved_at = $1 WHERE id = $2 AND state = 1")
            .bind(now)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let plan = self.held_plan(id).await?;
        if done.rows_affected() == 0 {
            let found = match plan.state {
                PlanState::Approved => "it was approved before, and the next run carries it out",
                PlanState::CarriedOut => "it was approved and carried out before; a plan is released once",
                PlanState::Held | PlanState::OutOfDate => "another plan took its place, or it is not needed any more",
            };
            return Err(StoreError::Conflict {
                what: format!("approving the plan of run {}", plan.run_id),
                found: found.into(),
                remedy: "see what is held back with `harness approve`".into(),
            });
        }
        Ok(plan)
    }

    /// Says that a released plan was carried out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn plan_carried_out(&self, id: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE held_plans SET state = $1, settled_at = $2 WHERE id = $3 AND state = 2")
            .bind(PlanState::CarriedOut.number())
            .bind(now)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Says that a guard of a flow holds nothing back any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nothing_held(&self, connection: i64, flow: &str, guard: &str, now: i64) -> StoreResult<()> {
        let open: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM held_plans WHERE connection_id = $1 AND flow = $2 AND guard = $3 AND state = 1",
        )
        .bind(connection)
        .bind(flow.to_owned())
        .bind(guard.to_owned())
        .fetch_one(self.reader())
        .await?;
        if open == 0 {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        retire(&mut tx, connection, flow, guard, now).await?;
        tx.commit().await
    }

    /// The plans that wait for a person or for the run after, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_plans(&self) -> StoreResult<Vec<HeldPlan>> {
        let sql = format!("{COLUMNS} WHERE state <= 2 ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(self.reader()).await?;
        rows.iter().map(read).collect()
    }

    /// The plans that a run held back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_plans_of(&self, run: i64) -> StoreResult<Vec<HeldPlan>> {
        let sql = format!("{COLUMNS} WHERE run_id = $1 ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(run).fetch_all(self.reader()).await?;
        rows.iter().map(read).collect()
    }

    async fn held_plan(&self, id: i64) -> StoreResult<HeldPlan> {
        let sql = format!("{COLUMNS} WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(self.reader()).await?;
        row.as_ref().map(read).transpose()?.ok_or_else(|| StoreError::not_found("held plan", id, None))
    }
}

async fn retire(conn: &mut AnyConnection, connection: i64, flow: &str, guard: &str, now: i64) -> StoreResult<()> {
    sqlx::query(
        "UPDATE held_plans SET state = 4, settled_at = $1 WHERE connection_id = $2 AND flow = $3 AND guard = $4 AND state = 1",
    )
    .bind(now)
    .bind(connection)
    .bind(flow.to_owned())
    .bind(guard.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(subject: &str, old: &str, new: &str) -> PlannedChange {
        PlannedChange { subject: subject.into(), reference: subject.into(), old: Some(old.into()), new: new.into() }
    }

    #[test]
    fn the_digest_is_of_what_would_be_in_whatever_order() {
        let plan = [change("A", "1", "0"), change("B", "2", "0")];
        assert_eq!(plan_hash(&plan), plan_hash(&[change("B", "9", "0"), change("A", "1", "0")]));
        assert_ne!(plan_hash(&plan), plan_hash(&[change("A", "1", "0"), change("B", "2", "1")]));
        assert_ne!(plan_hash(&plan), plan_hash(&plan[..1]));
    }
}
