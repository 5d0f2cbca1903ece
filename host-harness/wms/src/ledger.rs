//! The ledger: what became of each id of a source, per account and client. It is the host's; a connector remembers nothing.

use crate::model::Verdict;
use crate::sql::{in_list, insert_many, list};
use crate::{Store, StoreResult};
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row};
use std::collections::HashSet;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What became of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerState {
    /// It is an order in the warehouse.
    Imported,
    /// The connector did not take it.
    Skipped,
    /// The warehouse did not take it.
    Refused,
    /// The source did not know it.
    Absent,
}

impl LedgerState {
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Imported => 1,
            Self::Skipped => 2,
            Self::Refused => 3,
            Self::Absent => 4,
        }
    }

    fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Imported,
            2 => Self::Skipped,
            3 => Self::Refused,
            _ => Self::Absent,
        }
    }
}

/// What the host remembers of one id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// The source's id.
    pub source_id: String,
    /// What became of it.
    pub state: LedgerState,
    /// Through which connection.
    pub connection_id: i64,
    /// The warehouse's order, when imported.
    pub order_id: Option<i64>,
    /// What a person at the source calls it.
    pub reference: String,
    /// The keyed digest of what was imported.
    pub version: Option<String>,
    /// Why it was not taken.
    pub verdicts: Vec<Verdict>,
    /// An id that the source gave for it later.
    pub remote_id: Option<String>,
    /// Unix milliseconds.
    pub first_seen: i64,
    /// Unix milliseconds.
    pub last_read: i64,
    /// When state or verdicts last changed, Unix milliseconds.
    pub changed_at: i64,
}

impl Store {
    /// Which of `ids` need to be fetched, in their order: those never seen, and those that wait (skipped, refused, absent).
    /// A waiting one that has not changed for a day is read once an hour only, each id at its own minute of the hour.
    pub async fn ledger_unknown(
        &self,
        account: i64,
        client: i64,
        ids: &[String],
        now: i64,
    ) -> StoreResult<Vec<String>> {
        let wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut known: HashSet<String> = HashSet::new();
        // One row of joined ids: rows cost far more than bytes. Ids hold no line breaks (see `write`).
        let head = "SELECT string_agg(source_id, $4) FROM ledger WHERE account_id = $1 AND client_id = $2 AND (state = 1 \
                    OR retry_at > $3 OR (changed_at <= $3 - 86400000 \
                    AND last_read >= ($3 - slot) / 3600000 * 3600000 + slot)) AND source_id";
        let joined: Option<String> = sqlx::query_scalar(in_list(self.engine(), head, 5))
            .bind(account)
            .bind(client)
            .bind(now)
            .bind("\n".to_owned())
            .bind(list(self.engine(), &wanted)?)
            .fetch_one(self.reader())
            .await?;
        known.extend(joined.iter().flat_map(|text| text.split('\n')).map(str::to_owned));
        Ok(ids.iter().filter(|id| !known.contains(*id)).cloned().collect())
    }

    /// What the ledger says of one id.
    pub async fn ledger_entry(&self, account: i64, client: i64, source_id: &str) -> StoreResult<Option<LedgerEntry>> {
        let row = sqlx::query(
            "SELECT source_id, state, connection_id, order_id, reference, version, verdicts, remote_id, first_seen, \
             last_read, changed_at FROM ledger WHERE account_id = $1 AND client_id = $2 AND source_id = $3",
        )
        .bind(account)
        .bind(client)
        .bind(source_id.to_owned())
        .fetch_optional(self.reader())
        .await?;
        row.map(|row| {
            Ok(LedgerEntry {
                source_id: row.try_get(0)?,
                state: LedgerState::from_code(row.try_get(1)?),
                connection_id: row.try_get(2)?,
                order_id: row.try_get(3)?,
                reference: row.try_get(4)?,
                version: row.try_get(5)?,
                verdicts: serde_json::from_str(row.try_get::<&str, _>(6)?)?,
                remote_id: row.try_get(7)?,
                first_seen: row.try_get(8)?,
                last_read: row.try_get(9)?,
                changed_at: row.try_get(10)?,
            })
        })
        .transpose()
    }
}

/// One line of the ledger that is to be written.
pub(crate) struct LedgerRow<'a> {
    pub(crate) source_id: &'a str,
    pub(crate) state: LedgerState,
    pub(crate) connection: i64,
    pub(crate) order_id: Option<i64>,
    pub(crate) reference: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) verdicts: String,
    pub(crate) retry_at: Option<i64>,
}

/// Writes rows, each id once. An imported id stays imported whatever is said of it later.
pub(crate) async fn write(
    conn: &mut AnyConnection,
    account: i64,
    client: i64,
    rows: &[LedgerRow<'_>],
    now: i64,
) -> StoreResult<()> {
    insert_many(
        conn,
        "INSERT INTO ledger (account_id, client_id, source_id, state, connection_id, order_id, reference, version, \
         verdicts, first_seen, last_read, changed_at, retry_at, slot)",
        14,
        "ON CONFLICT (account_id, client_id, source_id) DO UPDATE SET state = excluded.state, \
         connection_id = excluded.connection_id, order_id = excluded.order_id, reference = excluded.reference, \
         version = excluded.version, verdicts = excluded.verdicts, last_read = excluded.last_read, \
         retry_at = excluded.retry_at, changed_at = CASE WHEN ledger.state = excluded.state \
         AND ledger.verdicts = excluded.verdicts THEN ledger.changed_at ELSE excluded.changed_at END \
         WHERE ledger.state <> 1",
        rows,
        |args, row| {
            args.push(account).push(client).push(row.source_id.to_owned()).push(row.state.code());
            args.push(row.connection).push(row.order_id).push(row.reference.to_owned());
            args.push(row.version.map(str::to_owned)).push(row.verdicts.clone()).push(now).push(now).push(now);
            args.push(row.retry_at.unwrap_or_default()).push(slot(row.source_id));
        },
    )
    .await
}

/// Spreads ids over the hour, the same way every time.
fn slot(id: &str) -> i64 {
    // FNV-1a.
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    i64::try_from(hash % 3_600_000).unwrap_or_default()
}

const _: () = assert!(DAY == 86_400_000 && HOUR == 3_600_000, "as written in `ledger_unknown`");
