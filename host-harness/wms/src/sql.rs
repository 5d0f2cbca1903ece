//! Small helpers around sqlx: many rows per statement, lists in conditions.

use crate::{Engine, StoreError, StoreResult};
use sqlx::any::AnyArguments;
use sqlx::{Any, AnyConnection, Arguments, AssertSqlSafe, Encode, Type};
use std::fmt::Write;

/// Statements come in few sizes, so that the connection's cache of prepared statements keeps them all. Each is a trip to the
/// database's thread and back, which costs more than a row: a full batch of orders is one.
const ROWS: [usize; 9] = [200, 128, 64, 32, 16, 8, 4, 2, 1];

/// Arguments of one statement, in their order.
#[derive(Default)]
pub(crate) struct Args {
    inner: AnyArguments,
    failed: Option<sqlx::error::BoxDynError>,
}

impl Args {
    pub(crate) fn push<'q, T: Encode<'q, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.inner.add(value) {
            self.failed = Some(error);
        }
        self
    }

    pub(crate) fn done(self) -> StoreResult<AnyArguments> {
        match self.failed {
            None => Ok(self.inner),
            Some(error) => Err(StoreError::Database(sqlx::Error::Encode(error))),
        }
    }
}

fn chunks<'a, T>(mut items: &'a [T], sizes: &'static [usize]) -> impl Iterator<Item = &'a [T]> {
    std::iter::from_fn(move || {
        let size = *sizes.iter().find(|size| **size <= items.len())?;
        let (chunk, rest) = items.split_at_checked(size)?;
        items = rest;
        Some(chunk)
    })
}

/// Which database a connection leads to.
pub(crate) fn engine_of(conn: &AnyConnection) -> Engine {
    if conn.backend_name() == "PostgreSQL" { Engine::Postgres } else { Engine::Sqlite }
}

/// Runs `head VALUES (..),(..) tail` for all items; `bind` pushes exactly `columns` arguments for one item.
pub(crate) async fn insert_many<T>(
    conn: &mut AnyConnection,
    head: &str,
    columns: usize,
    tail: &str,
    items: &[T],
    mut bind: impl FnMut(&mut Args, &T),
) -> StoreResult<()> {
    // Numbered parameters are found by a linear search in SQLite, which makes thousands of them slow.
    let numbered = engine_of(conn) == Engine::Postgres;
    for chunk in chunks(items, &ROWS) {
        let mut sql = String::with_capacity(head.len() + tail.len() + chunk.len() * columns * 6);
        // A row that fails ends the transaction anyway, so SQLite need not copy each page to be able to undo this statement alone.
        match head.strip_prefix("INSERT INTO").filter(|_| !numbered && tail.is_empty()) {
            Some(into) => sql.extend(["INSERT OR FAIL INTO", into]),
            None => sql.push_str(head),
        }
        sql.push_str(" VALUES ");
        let mut args = Args::default();
        args.inner.reserve(chunk.len() * columns, 0);
        for (row, item) in chunk.iter().enumerate() {
            sql.push_str(if row == 0 { "(" } else { "),(" });
            for column in 1..=columns {
                if column > 1 {
                    sql.push(',');
                }
                if numbered {
                    let _ = write!(sql, "${}", row * columns + column);
                } else {
                    sql.push('?');
                }
            }
            bind(&mut args, item);
        }
        sql.push_str(") ");
        sql.push_str(tail);
        sqlx::query_with(AssertSqlSafe(sql), args.done()?).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Completes `head`, which ends in the name of a column, with the condition that the column is in a list of texts; the list
/// is parameter number `at`, as [`list`] writes it. One parameter for any length: the statement stays the same, and neither
/// engine binds thousands of values.
pub(crate) fn in_list(engine: Engine, head: &str, at: usize) -> AssertSqlSafe<String> {
    AssertSqlSafe(match engine {
        Engine::Sqlite => format!("{head} IN (SELECT value FROM json_each(${at}))"),
        // Neither a join, which on a table without statistics was planned as a loop over both, nor a cast to an array, which
        // is not immutable and was done again for each row. This one is folded when planned and looked up by hash.
        Engine::Postgres => format!("{head} = ANY(string_to_array(CAST(${at} AS TEXT), chr(31)))"),
    })
}

/// The argument that goes with [`in_list`]: JSON for SQLite, texts with unit separators between them for PostgreSQL.
pub(crate) fn list(engine: Engine, values: &[&str]) -> StoreResult<String> {
    Ok(match engine {
        Engine::Sqlite => serde_json::to_string(values)?,
        Engine::Postgres => values.join("\u{1f}"),
    })
}
