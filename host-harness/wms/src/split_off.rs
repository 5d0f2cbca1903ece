//! Orders at the source that our own despatches split off: the goods of such an order are those of an order in the warehouse, so it
//! is no new one, however long its despatch takes to be told, and whether or not the answer that named it came.

use crate::sql::{in_list, list};
use crate::store::Tx;
use crate::{Store, StoreResult};
use std::collections::HashMap;

/// What despatches of parts split off, or may have. The values are numbers of orders in the warehouse.
#[derive(Debug, Default)]
pub(crate) struct SplitOff {
    /// By the split-off order's id, where it is known.
    pub(crate) ids: HashMap<String, String>,
    /// By the channel's reference, which all parts share, while a part is still to be told of, or was given up: it may have been split
    /// off, and the answer be lost. An order without a reference cannot be told from others by it.
    pub(crate) references: HashMap<String, String>,
}

/// What an account's despatches split off, of these ids and references.
pub(crate) async fn gather(tx: &mut Tx, account: i64, ids: &[&str], references: &[&str]) -> StoreResult<SplitOff> {
    let engine = tx.engine();
    // By the id first: what an account has told is much.
    let by_id = "SELECT q.remote_id, o.order_number FROM queue q CROSS JOIN connections n CROSS JOIN orders o \
                 WHERE n.id = q.connection_id AND n.account_id = $1 AND o.id = q.order_id AND q.flow = 'push-despatch' \
                 AND q.remote_id";
    let by_reference = "SELECT o.external_order_reference, o.order_number FROM connections n CROSS JOIN queue q CROSS JOIN orders o \
                        WHERE n.account_id = $1 AND q.connection_id = n.id AND q.flow = 'push-despatch' AND q.state <> 2 \
                        AND q.remote_id IS NULL AND o.id = q.order_id AND o.number_of_parts > 1 AND o.external_order_reference";
    let references: Vec<&str> = references.iter().copied().filter(|reference| !reference.is_empty()).collect();
    let mut found = SplitOff::default();
    for (head, wanted, into) in
        [(by_id, ids, &mut found.ids), (by_reference, references.as_slice(), &mut found.references)]
    {
        let rows: Vec<(String, String)> = sqlx::query_as(in_list(engine, head, 2))
            .bind(account)
            .bind(list(engine, wanted)?)
            .fetch_all(&mut **tx)
            .await?;
        into.extend(rows);
    }
    Ok(found)
}

impl Store {
    /// The number of the order in the warehouse from which an account's despatch split off the order with this id at the source;
    /// none where none did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn split_off_from(&self, account: i64, id: &str) -> StoreResult<Option<String>> {
        Ok(sqlx::query_scalar(
            "SELECT o.order_number FROM queue q JOIN connections n ON n.id = q.connection_id JOIN orders o ON o.id = q.order_id \
             WHERE q.remote_id = $2 AND n.account_id = $1 AND q.flow = 'push-despatch'",
        )
        .bind(account)
        .bind(id.to_owned())
        .fetch_optional(self.reader())
        .await?)
    }

    /// Those of `wanted`, a [`list`], that an account's despatches split off, joined by line breaks.
    pub(crate) async fn split_off(&self, account: i64, wanted: &str) -> StoreResult<Option<String>> {
        let split_off = "SELECT string_agg(q.remote_id, $2) FROM queue q CROSS JOIN connections n \
                         WHERE n.id = q.connection_id AND n.account_id = $1 AND q.flow = 'push-despatch' AND q.remote_id";
        Ok(sqlx::query_scalar(in_list(self.engine(), split_off, 3))
            .bind(account)
            .bind("\n".to_owned())
            .bind(wanted.to_owned())
            .fetch_one(self.reader())
            .await?)
    }
}
