//! What is remembered of an order's reviews: one row per order, made when there is something to remember.
use crate::store::Tx;
use crate::{StoreError, StoreResult};

/// The row of one order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) missing: Option<(i64, i64)>,
    pub(crate) finding: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) stopped: bool,
    pub(crate) overruled: bool,
    pub(crate) watched: i64,
    pub(crate) unlisted: bool,
}

impl Record {
    /// Whether a person has let the order go on in spite of this very finding.
    pub(crate) fn has_overruled(&self, finding: &str, detail: &str) -> bool {
        self.overruled && self.finding.as_deref() == Some(finding) && self.detail.as_deref() == Some(detail)
    }
}

/// A record with the order that it is about.
pub(crate) struct Noted<'a> {
    pub(crate) order_id: i64,
    pub(crate) record: &'a Record,
}

/// Writes whole rows. `now` is when the source was asked.
pub(crate) async fn write(tx: &mut Tx, rows: &[Noted<'_>], now: i64) -> StoreResult<()> {
    crate::sql::insert_many(
        tx,
        "INSERT INTO order_reviews (order_id, reviewed_at, urgent, unlisted, missing_since, missing_run, finding, detail, \
         stopped, overruled, watched)",
        11,
        "ON CONFLICT (order_id) DO UPDATE SET reviewed_at = excluded.reviewed_at, urgent = excluded.urgent, \
         unlisted = excluded.unlisted, missing_since = excluded.missing_since, missing_run = excluded.missing_run, \
         finding = excluded.finding, detail = excluded.detail, stopped = excluded.stopped, \
         overruled = excluded.overruled, watched = excluded.watched",
        rows,
        |args, Noted { order_id, record: r }| {
            args.push(*order_id).push(now).push(0_i64).push(i64::from(r.unlisted));
            args.push(r.missing.map(|(since, _)| since)).push(r.missing.map(|(_, run)| run));
            args.push(r.finding.clone()).push(r.detail.clone());
            args.push(i64::from(r.stopped)).push(i64::from(r.overruled)).push(r.watched);
        },
    )
    .await
}

/// A person let the order go on: the finding that stands does not stop it again.
pub(crate) async fn overrule(tx: &mut Tx, order_id: i64) -> StoreResult<()> {
    sqlx::query("UPDATE order_reviews SET overruled = 1, stopped = 0 WHERE order_id = $1 AND finding IS NOT NULL")
        .bind(order_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether a review has stopped the order.
pub(crate) async fn is_stopped(tx: &mut Tx, order_id: i64) -> StoreResult<bool> {
    let stopped: Option<i64> = sqlx::query_scalar("SELECT stopped FROM order_reviews WHERE order_id = $1")
        .bind(order_id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(stopped == Some(1))
}

/// A person cancelled the order: it is watched until it is closed at the source, too.
pub(crate) async fn watch(tx: &mut Tx, order_id: i64, now: i64) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO order_reviews (order_id, reviewed_at, urgent, unlisted, stopped, overruled, watched) \
         VALUES ($1, $2, 0, 0, 0, 0, 1) \
         ON CONFLICT (order_id) DO UPDATE SET finding = NULL, detail = NULL, stopped = 0, overruled = 0, watched = 1",
    )
    .bind(order_id)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Refuses to go on with an order that the source did not give at the last look, unless a person has let it go since.
///
/// # Errors
/// [`StoreError::Conflict`]
pub(crate) async fn require_found(tx: &mut Tx, order_id: i64, number: &str, doing: &str) -> StoreResult<()> {
    let missing: Option<Option<i64>> =
        sqlx::query_scalar("SELECT missing_since FROM order_reviews WHERE order_id = $1 AND overruled = 0")
            .bind(order_id)
            .fetch_optional(&mut **tx)
            .await?;
    match missing.flatten() {
        None => Ok(()),
        Some(_) => Err(StoreError::Conflict {
            what: format!("{doing} order {number}"),
            found: "the source did not give it at the last look".into(),
            remedy: "wait for the next run, which finds out whether it was deleted there".into(),
        }),
    }
}
