//! The ledger: what became of each id of a source, per account and client. It is the host's; a connector remembers nothing.
//!
//! An id that was imported is known by its order; the table `ledger` keeps those that are none yet, and why.

use crate::model::Verdict;
use crate::sql::{engine_of, in_list, insert_many, list};
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
    /// As the table has it, where 1 stood for imported ids once.
    fn code(self) -> i64 {
        match self {
            Self::Imported => 1,
            Self::Skipped => 2,
            Self::Refused => 3,
            Self::Absent => 4,
        }
    }

    fn from_code(code: i64) -> Self {
        match code {
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
    /// Unix milliseconds.
    pub first_seen: i64,
    /// Unix milliseconds.
    pub last_read: i64,
    /// When state or verdicts last changed, Unix milliseconds.
    pub changed_at: i64,
}

/// `ids` without those that are in one of the lists, whose ids are joined by line breaks.
fn without(ids: &[String], joined: &[Option<String>]) -> Vec<String> {
    let known: HashSet<&str> = joined.iter().flatten().flat_map(|text| text.split('\n')).collect();
    ids.iter().filter(|id| !known.contains(id.as_str())).cloned().collect()
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
        // One row of joined ids: rows cost far more than bytes. Ids hold no line breaks (see `write`).
        let wanted = list(self.engine(), &wanted)?;
        let imported = self.imported(account, client, &wanted).await?;
        let waiting = "SELECT string_agg(source_id, $4) FROM ledger WHERE account_id = $1 AND client_id = $2 \
                       AND (retry_at > $3 OR (changed_at <= $3 - 86400000 \
                       AND last_read >= ($3 - slot) / 3600000 * 3600000 + slot)) AND source_id";
        let waiting: Option<String> = sqlx::query_scalar(in_list(self.engine(), waiting, 5))
            .bind(account)
            .bind(client)
            .bind(now)
            .bind("\n".to_owned())
            .bind(wanted.clone())
            .fetch_one(self.reader())
            .await?;
        let split_off = self.split_off(account, &wanted).await?;
        Ok(without(ids, &[imported, waiting, split_off]))
    }

    /// Which of `ids` are no orders in the warehouse, in their order, whatever they wait for.
    pub async fn ledger_not_imported(&self, account: i64, client: i64, ids: &[String]) -> StoreResult<Vec<String>> {
        let wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
        let wanted = list(self.engine(), &wanted)?;
        let imported = self.imported(account, client, &wanted).await?;
        let split_off = self.split_off(account, &wanted).await?;
        Ok(without(ids, &[imported, split_off]))
    }

    /// Those of `wanted` that are orders in the warehouse, joined by line breaks.
    async fn imported(&self, account: i64, client: i64, wanted: &str) -> StoreResult<Option<String>> {
        let imported = "SELECT string_agg(source_order_id, $3) FROM orders WHERE client_id = $1 AND account_id = $2 \
                        AND source_order_id";
        Ok(sqlx::query_scalar(in_list(self.engine(), imported, 4))
            .bind(client)
            .bind(account)
            .bind("\n".to_owned())
            .bind(wanted.to_owned())
            .fetch_one(self.reader())
            .await?)
    }

    /// What the ledger says of one id.
    pub async fn ledger_entry(&self, account: i64, client: i64, source_id: &str) -> StoreResult<Option<LedgerEntry>> {
        let order = sqlx::query(
            "SELECT source_order_id, connection_id, id, source_reference, version, order_date FROM orders \
             WHERE client_id = $1 AND account_id = $2 AND source_order_id = $3",
        )
        .bind(client)
        .bind(account)
        .bind(source_id.to_owned())
        .fetch_optional(self.reader())
        .await?;
        if let Some(row) = order {
            let imported_at = row.try_get(5)?;
            return Ok(Some(LedgerEntry {
                source_id: row.try_get(0)?,
                state: LedgerState::Imported,
                connection_id: row.try_get(1)?,
                order_id: row.try_get(2)?,
                reference: row.try_get(3)?,
                version: row.try_get(4)?,
                verdicts: Vec::new(),
                first_seen: imported_at,
                last_read: imported_at,
                changed_at: imported_at,
            }));
        }
        let row = sqlx::query(
            "SELECT source_id, state, connection_id, reference, verdicts, first_seen, last_read, changed_at \
             FROM ledger WHERE account_id = $1 AND client_id = $2 AND source_id = $3",
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
                order_id: None,
                reference: row.try_get(3)?,
                version: None,
                verdicts: serde_json::from_str(row.try_get::<&str, _>(4)?)?,
                first_seen: row.try_get(5)?,
                last_read: row.try_get(6)?,
                changed_at: row.try_get(7)?,
            })
        })
        .transpose()
    }
}

/// Whose ids a line of the ledger is about.
#[derive(Clone, Copy)]
pub(crate) struct Book {
    pub(crate) account: i64,
    pub(crate) client: i64,
}

/// One line of the ledger that is to be written.
pub(crate) struct LedgerRow<'a> {
    pub(crate) source_id: &'a str,
    pub(crate) state: LedgerState,
    pub(crate) reference: &'a str,
    pub(crate) verdicts: String,
    pub(crate) retry_at: Option<i64>,
}

impl<'a> LedgerRow<'a> {
    pub(crate) fn new(source_id: &'a str, state: LedgerState, reference: &'a str, verdicts: String) -> Self {
        Self { source_id, state, reference, verdicts, retry_at: None }
    }
}

/// Writes rows of ids that are no order, each once.
pub(crate) async fn write(
    conn: &mut AnyConnection,
    book: Book,
    connection: i64,
    rows: &[LedgerRow<'_>],
    now: i64,
) -> StoreResult<()> {
    insert_many(
        conn,
        "INSERT INTO ledger (account_id, client_id, source_id, state, connection_id, reference, verdicts, first_seen, \
         last_read, changed_at, retry_at, slot)",
        12,
        "ON CONFLICT (account_id, client_id, source_id) DO UPDATE SET state = excluded.state, \
         connection_id = excluded.connection_id, reference = excluded.reference, verdicts = excluded.verdicts, \
         last_read = excluded.last_read, retry_at = excluded.retry_at, \
         changed_at = CASE WHEN ledger.state = excluded.state AND ledger.verdicts = excluded.verdicts \
         THEN ledger.changed_at ELSE excluded.changed_at END",
        rows,
        |args, row| {
            args.push(book.account).push(book.client).push(row.source_id.to_owned()).push(row.state.code());
            args.push(connection).push(row.reference.to_owned()).push(row.verdicts.clone());
            args.push(now).push(now).push(now).push(row.retry_at.unwrap_or_default()).push(slot(row.source_id));
        },
    )
    .await
}

/// Removes ids that are orders now.
pub(crate) async fn forget(conn: &mut AnyConnection, book: Book, ids: &[&str]) -> StoreResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let engine = engine_of(conn);
    let head = "DELETE FROM ledger WHERE account_id = $1 AND client_id = $2 AND source_id";
    sqlx::query(in_list(engine, head, 3))
        .bind(book.account)
        .bind(book.client)
        .bind(list(engine, ids)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Spreads ids over the hour, the same way every time.
fn slot(id: &str) -> i64 {
    // FNV-1a.
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    i64::try_from(hash % 3_600_000).unwrap_or_default()
}

const _: () = assert!(DAY == 86_400_000 && HOUR == 3_600_000, "as written in `ledger_unknown`");
