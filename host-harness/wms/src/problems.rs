//! Problems that stand: reported again they are counted, no longer reported they are cleared.

use crate::model::Problem;
use crate::sql::{engine_of, in_list, insert_many, list};
use crate::store::Tx;
use crate::{Store, StoreResult};
use serde::Serialize;
use sqlx::{AnyConnection, Row};
use std::collections::BTreeMap;

/// A problem with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemAt {
    /// What it is about, stable: the source's order id, a SKU; empty for the connection itself.
    pub subject: String,
    /// What a person calls the subject.
    pub reference: String,
    /// The problem.
    pub problem: Problem,
}

/// A problem as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenProblem {
    /// Id.
    pub id: i64,
    /// Connection.
    pub connection_id: i64,
    /// Flow that reported it.
    pub flow: String,
    /// What it is about.
    pub subject: String,
    /// What a person calls the subject.
    pub reference: String,
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
    /// Unix milliseconds.
    pub first_seen: i64,
    /// Unix milliseconds.
    pub last_seen: i64,
    /// How often it was reported.
    pub seen_count: i64,
    /// Unix milliseconds; none while it stands.
    pub cleared_at: Option<i64>,
}

impl Store {
    /// Reports problems of one run of a flow.
    pub async fn report_problems(
        &self,
        connection: i64,
        flow: &str,
        run: i64,
        problems: &[ProblemAt],
        now: i64,
    ) -> StoreResult<()> {
        if problems.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        self.upsert_problems(&mut tx, connection, flow, run, problems, now).await?;
        tx.commit().await
    }

    /// Clears the flow's problems of `subjects`, except those that `run` itself reported.
    pub async fn clear_problems(
        &self,
        connection: i64,
        flow: &str,
        run: i64,
        subjects: &[&str],
        now: i64,
    ) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        clear_subjects(&mut tx, connection, flow, run, subjects, now).await?;
        tx.commit().await
    }

    /// Problems, oldest first: of one connection or of all, with or without those that are cleared.
    pub async fn problems(&self, connection: Option<i64>, with_cleared: bool) -> StoreResult<Vec<OpenProblem>> {
        let rows = sqlx::query(
            "SELECT id, connection_id, flow, subject, reference, code, message, remedy, retry, field, sku, first_seen, \
             last_seen, seen_count, cleared_at FROM problems \
             WHERE (CAST($1 AS BIGINT) IS NULL OR connection_id = $1) AND ($2 = 1 OR cleared_at IS NULL) ORDER BY id",
        )
        .bind(connection)
        .bind(i64::from(with_cleared))
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(OpenProblem {
                    id: row.try_get(0)?,
                    connection_id: row.try_get(1)?,
                    flow: row.try_get(2)?,
                    subject: row.try_get(3)?,
                    reference: row.try_get(4)?,
                    problem: Problem {
                        code: row.try_get(5)?,
                        message: row.try_get(6)?,
                        remedy: row.try_get(7)?,
                        retry: row.try_get(8)?,
                        field: row.try_get(9)?,
                        sku: row.try_get(10)?,
                    },
                    first_seen: row.try_get(11)?,
                    last_seen: row.try_get(12)?,
                    seen_count: row.try_get(13)?,
                    cleared_at: row.try_get(14)?,
                })
            })
            .collect()
    }

    pub(crate) async fn upsert_problems(
        &self,
        tx: &mut Tx,
        connection: i64,
        flow: &str,
        run: i64,
        problems: &[ProblemAt],
        now: i64,
    ) -> StoreResult<()> {
        if problems.is_empty() {
            return Ok(());
        }
        let mut id = self.next_ids("problem", problems.len(), tx).await?;
        let unique: BTreeMap<(&str, &str), &ProblemAt> =
            problems.iter().map(|p| ((p.subject.as_str(), p.problem.code.as_str()), p)).collect();
        let unique: Vec<&ProblemAt> = unique.into_values().collect();
        insert_many(
            tx,
            "INSERT INTO problems (id, connection_id, flow, code, subject, reference, message, remedy, retry, field, sku, \
             run_id, first_seen, last_seen, seen_count)",
            15,
            "ON CONFLICT (connection_id, code, subject) DO UPDATE SET flow = excluded.flow, \
             reference = excluded.reference, message = excluded.message, remedy = excluded.remedy, \
             retry = excluded.retry, field = excluded.field, sku = excluded.sku, run_id = excluded.run_id, \
             first_seen = CASE WHEN problems.cleared_at IS NULL THEN problems.first_seen ELSE excluded.first_seen END, \
             seen_count = CASE WHEN problems.cleared_at IS NULL THEN problems.seen_count + 1 ELSE 1 END, \
             last_seen = excluded.last_seen, cleared_at = NULL",
            &unique,
            |args, at| {
                let p = &at.problem;
                args.push(id).push(connection).push(flow.to_owned()).push(p.code.clone()).push(at.subject.clone());
                args.push(at.reference.clone()).push(p.message.clone()).push(p.remedy.clone()).push(p.retry.clone());
                args.push(p.field.clone()).push(p.sku.clone()).push(run).push(now).push(now).push(1_i64);
                id += 1;
            },
        )
        .await
    }
}

/// Clears the flow's problems about `subjects` that `run` did not report.
pub(crate) async fn clear_subjects(
    conn: &mut AnyConnection,
    connection: i64,
    flow: &str,
    run: i64,
    subjects: &[&str],
    now: i64,
) -> StoreResult<()> {
    let open: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM problems WHERE connection_id = $1 AND flow = $2 AND cleared_at IS NULL AND run_id <> $3",
    )
    .bind(connection)
    .bind(flow.to_owned())
    .bind(run)
    .fetch_one(&mut *conn)
    .await?;
    if open == 0 {
        return Ok(());
    }
    let head = "UPDATE problems SET cleared_at = $1 \
                WHERE connection_id = $2 AND flow = $3 AND run_id <> $4 AND cleared_at IS NULL AND subject";
    sqlx::query(in_list(engine_of(conn), head, 5))
        .bind(now)
        .bind(connection)
        .bind(flow.to_owned())
        .bind(run)
        .bind(list(engine_of(conn), subjects)?)
        .execute(&mut *conn)
        .await?;
    Ok(())
}
