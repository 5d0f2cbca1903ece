//! Runs of flows, and the lease under which one runs. Each lease has a fence number, higher than any before it; what a run
//! commits is refused once another holds a higher one.

use crate::problems::{self, ProblemAt};
use crate::usage::{self, Usage};
use crate::{Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// Subject of the problems of a run as a whole: they stand until a run of the flow goes through.
pub const RUN_SUBJECT: &str = "run";

/// Whether a run may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunMode {
    /// A dry run: nothing is written, no lease is taken.
    Plan,
    /// The real thing.
    Apply,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Under way, or broken off without a word.
    #[default]
    Running,
    /// All done.
    Done,
    /// Done, some items have problems.
    DoneWithProblems,
    /// Ended by a guard or a spent budget; the next run goes on.
    Stopped,
    /// Failed as a whole.
    Failed,
}

impl RunState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::DoneWithProblems => "done-with-problems",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    fn from_column(text: &str) -> Self {
        match text {
            "done" => Self::Done,
            "done-with-problems" => Self::DoneWithProblems,
            "stopped" => Self::Stopped,
            "failed" => Self::Failed,
            _ => Self::Running,
        }
    }
}

/// One execution of one flow of one connection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// Id.
    pub id: i64,
    /// Connection.
    pub connection_id: i64,
    /// Flow: `import-orders`.
    pub flow: String,
    /// May it write.
    pub mode: RunMode,
    /// What became of it.
    pub state: RunState,
    /// Unix milliseconds.
    pub started_at: i64,
    /// Unix milliseconds; none while it runs.
    pub ended_at: Option<i64>,
    /// Number of its lease; 0 in a dry run.
    pub fence: i64,
    /// What it counted, as the flow names it.
    pub counts: Value,
    /// What else the flow kept of it, such as a plan to be approved.
    pub report: Option<Value>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd<'a> {
    /// Not [`RunState::Running`].
    pub state: RunState,
    /// What it counted.
    pub counts: &'a Value,
    /// What else is kept of it.
    pub report: Option<&'a Value>,
    /// What is wrong with the run as a whole.
    pub problem: Option<&'a ProblemAt>,
    /// What it used; its day is not looked at.
    pub usage: Option<&'a Usage>,
    /// Unix milliseconds.
    pub now: i64,
}

const COLUMNS: &str =
    "SELECT id, connection_id, flow, mode, state, started_at, ended_at, fence, counts, report FROM runs";

fn read(row: &AnyRow) -> StoreResult<Run> {
    let report: Option<String> = row.try_get(9)?;
    Ok(Run {
        id: row.try_get(0)?,
        connection_id: row.try_get(1)?,
        flow: row.try_get(2)?,
        mode: if row.try_get::<&str, _>(3)? == "plan" { RunMode::Plan } else { RunMode::Apply },
        state: RunState::from_column(row.try_get::<&str, _>(4)?),
        started_at: row.try_get(5)?,
        ended_at: row.try_get(6)?,
        fence: row.try_get(7)?,
        counts: serde_json::from_str(row.try_get::<&str, _>(8)?)?,
        report: report.map(|text| serde_json::from_str(&text)).transpose()?,
    })
}

impl Store {
    /// Begins a run. In mode [`RunMode::Apply`] it takes the flow's lease until `lease_until`, and what still counts as
    /// running under an earlier lease is closed as failed: whoever ran it is gone.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while another run holds the lease, [`StoreError::InDoubt`] while one that was broken off still
    /// does.
    pub async fn begin_run(
        &self,
        connection: i64,
        flow: &str,
        mode: RunMode,
        owner: &str,
        now: i64,
        lease_until: i64,
    ) -> StoreResult<Run> {
        let mut tx = self.begin().await?;
        let fence = match mode {
            RunMode::Plan => 0,
            RunMode::Apply => {
                let fence = take_lease(&mut tx, connection, flow, owner, now, lease_until).await?;
                close_interrupted(&mut tx, connection, flow, now).await?;
                fence
            }
        };
        let id = self.next_ids("run", 1, &mut tx).await?;
        sqlx::query(
            "INSERT INTO runs (id, connection_id, flow, mode, state, started_at, fence, counts) \
             VALUES ($1, $2, $3, $4, 'running', $5, $6, '{}')",
        )
        .bind(id)
        .bind(connection)
        .bind(flow)
        .bind(if mode == RunMode::Plan { "plan" } else { "apply" })
        .bind(now)
        .bind(fence)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Run {
            id,
            connection_id: connection,
            flow: flow.into(),
            mode,
            state: RunState::Running,
            started_at: now,
            ended_at: None,
            fence,
            counts: Value::Object(serde_json::Map::new()),
            report: None,
        })
    }

    /// Lengthens the lease of a run.
    ///
    /// # Errors
    /// [`StoreError::Fence`] when another has taken over.
    pub async fn renew_run(&self, run: &Run, lease_until: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        check_fence(&mut tx, run.id, run.fence).await?;
        sqlx::query("UPDATE leases SET lease_until = $1 WHERE connection_id = $2 AND flow = $3")
            .bind(lease_until)
            .bind(run.connection_id)
            .bind(run.flow.clone())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Ends a run and gives its lease back, unless another has taken over meanwhile.
    pub async fn end_run(&self, run: &Run, end: &RunEnd<'_>) -> StoreResult<()> {
        self.end_run_held_until(run, end, 0).await
    }

    /// The same for a run that was broken off, whose calls may still take effect: no other run takes the lease before
    /// `held_until`.
    pub async fn end_run_held_until(&self, run: &Run, end: &RunEnd<'_>, held_until: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE runs SET state = $1, counts = $2, report = $3, ended_at = $4 WHERE id = $5")
            .bind(end.state.as_str())
            .bind(end.counts.to_string())
            .bind(end.report.map(Value::to_string))
            .bind(end.now)
            .bind(run.id)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "UPDATE leases SET owner = NULL, lease_until = $1 WHERE connection_id = $2 AND flow = $3 AND fence = $4",
        )
        .bind(held_until)
        .bind(run.connection_id)
        .bind(run.flow.clone())
        .bind(run.fence)
        .execute(&mut *tx)
        .await?;
        if let Some(problem) = end.problem {
            let problem = std::slice::from_ref(problem);
            self.upsert_problems(&mut tx, run.connection_id, &run.flow, run.id, problem, end.now).await?;
        }
        if matches!(end.state, RunState::Done | RunState::DoneWithProblems) && run.mode == RunMode::Apply {
            // What had broken earlier runs off does not any more.
            problems::clear_subjects(&mut tx, run.connection_id, &run.flow, run.id, &[RUN_SUBJECT], end.now).await?;
        }
        if let Some(used) = end.usage {
            usage::add(&mut tx, used, end.now).await?;
        }
        tx.commit().await
    }

    /// The latest runs, newest first, of one connection or of all.
    pub async fn runs(&self, connection: Option<i64>, limit: u32) -> StoreResult<Vec<Run>> {
        let sql = format!("{COLUMNS} WHERE CAST($1 AS BIGINT) IS NULL OR connection_id = $1 ORDER BY id DESC LIMIT $2");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(connection)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The run of that id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn run(&self, id: i64) -> StoreResult<Run> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(id)
            .fetch_optional(self.reader())
            .await?
            .ok_or_else(|| StoreError::not_found("run", id, Some("`harness runs` lists them".into())))?;
        read(&row)
    }
}

/// Closes the runs of a flow that nobody works on any more; the caller has just taken their lease.
async fn close_interrupted(conn: &mut AnyConnection, connection: i64, flow: &str, now: i64) -> StoreResult<()> {
    let counts = serde_json::json!({ "error": "interrupted: the host that ran it ended or lost its lease" });
    sqlx::query(
        "UPDATE runs SET state = 'failed', ended_at = $1, counts = $2 \
         WHERE connection_id = $3 AND flow = $4 AND mode = 'apply' AND state = 'running'",
    )
    .bind(now)
    .bind(counts.to_string())
    .bind(connection)
    .bind(flow.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

async fn take_lease(
    conn: &mut AnyConnection,
    connection: i64,
    flow: &str,
    owner: &str,
    now: i64,
    until: i64,
) -> StoreResult<i64> {
    let fence: Option<i64> = sqlx::query_scalar(
        "INSERT INTO leases (connection_id, flow, owner, lease_until, fence) VALUES ($1, $2, $3, $4, 1) \
         ON CONFLICT (connection_id, flow) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until, \
         fence = leases.fence + 1 WHERE leases.lease_until <= $5 RETURNING fence",
    )
    .bind(connection)
    .bind(flow.to_owned())
    .bind(owner.to_owned())
    .bind(until)
    .bind(now)
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(fence) = fence {
        return Ok(fence);
    }
    let (owner, until): (Option<String>, i64) =
        sqlx::query_as("SELECT owner, lease_until FROM leases WHERE connection_id = $1 AND flow = $2")
            .bind(connection)
            .bind(flow.to_owned())
            .fetch_one(conn)
            .await?;
    let flow = flow.into();
    Err(match owner {
        Some(owner) => StoreError::Busy { connection, flow, owner, until },
        None => StoreError::InDoubt { connection, flow, until },
    })
}

/// Checks that the run's lease is still its own, and keeps it so until the transaction ends.
pub(crate) async fn check_fence(conn: &mut AnyConnection, run: i64, fence: i64) -> StoreResult<()> {
    // An update and not a select: on PostgreSQL it locks the row, so that nobody takes over before the commit.
    let current: Option<i64> = sqlx::query_scalar(
        "UPDATE leases SET lease_until = lease_until \
         WHERE (connection_id, flow) = (SELECT connection_id, flow FROM runs WHERE id = $1) RETURNING fence",
    )
    .bind(run)
    .fetch_optional(conn)
    .await?;
    let current = current.unwrap_or_default();
    if current != fence || fence == 0 {
        return Err(StoreError::Fence { run, given: fence, current });
    }
    Ok(())
}
