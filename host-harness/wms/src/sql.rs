//! Small helpers around sqlx: many rows per statement, lists in conditions.

use crate::{StoreError, StoreResult};
use sqlx::any::AnyArguments;
use sqlx::{Any, AnyConnection, Arguments, AssertSqlSafe, Encode, Type};
use std::fmt::Write;

/// Statements come in few sizes, so that the connection's cache of prepared statements keeps them all.
const ROWS: [usize; 4] = [128, 32, 8, 1];
const LIST: [usize; 5] = [4096, 512, 64, 8, 1];

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

/// Runs `head VALUES (..),(..) tail` for all items; `bind` pushes exactly `columns` arguments for one item.
pub(crate) async fn insert_many<T>(
    conn: &mut AnyConnection,
    head: &str,
    columns: usize,
    tail: &str,
    items: &[T],
    mut bind: impl FnMut(&mut Args, &T),
) -> StoreResult<()> {
    for chunk in chunks(items, &ROWS) {
        let mut sql = String::with_capacity(head.len() + tail.len() + chunk.len() * columns * 6);
        sql.push_str(head);
        sql.push_str(" VALUES ");
        let mut args = Args::default();
        args.inner.reserve(chunk.len() * columns, 0);
        for (row, item) in chunk.iter().enumerate() {
            sql.push_str(if row == 0 { "(" } else { "),(" });
            for column in 1..=columns {
                let _ = write!(sql, "{}${}", if column == 1 { "" } else { "," }, row * columns + column);
            }
            bind(&mut args, item);
        }
        sql.push_str(") ");
        sql.push_str(tail);
        sqlx::query_with(AssertSqlSafe(sql), args.done()?).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Calls for each part of `values` the statement `head IN ($n, ..) tail`; `first` pushes the arguments before the list,
/// of which there are `before`.
pub(crate) fn in_lists<'a>(
    head: &'a str,
    tail: &'a str,
    before: usize,
    values: &'a [&'a str],
    first: impl Fn(&mut Args) + 'a,
) -> impl Iterator<Item = (AssertSqlSafe<String>, StoreResult<AnyArguments>)> + 'a {
    chunks(values, &LIST).map(move |chunk| {
        let mut sql = String::with_capacity(head.len() + tail.len() + chunk.len() * 7);
        sql.push_str(head);
        let mut args = Args::default();
        args.inner.reserve(before + chunk.len(), 0);
        first(&mut args);
        sql.push_str(" IN (");
        for (at, value) in chunk.iter().enumerate() {
            let _ = write!(sql, "{}${}", if at == 0 { "" } else { "," }, before + at + 1);
            args.push((*value).to_owned());
        }
        sql.push_str(") ");
        sql.push_str(tail);
        (AssertSqlSafe(sql), args.done())
    })
}
