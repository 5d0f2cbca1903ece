//! Which of the purchase orders that a source lists need to be read: those never seen, those whose header moved, and those that
//! wait for something that may have changed.

use crate::sql::{in_list, list};
use crate::{Store, StoreResult};
use sqlx::Row;
use std::collections::{BTreeSet, HashMap};

/// One that did not change is read again after this long: what keeps it out may be mended without its header moving.
const AGAIN: i64 = 3_600_000;

/// A purchase order as the source's list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAsn {
    /// The source's id.
    pub id: String,
    /// What changes whenever it does; empty when the source cannot tell.
    pub version: String,
}

struct Waiting {
    version: String,
    last_read: i64,
    missing: Vec<String>,
}

impl Store {
    /// Which of `listed` need to be read, in their order; `products_are_created` when unknown SKUs keep nothing out any more.
    ///
    /// And which notices of this connection are not listed, though goods were awaited for them when they were read last: being
    /// absent proves nothing, so those are read as well.
    pub async fn asns_to_read(
        &self,
        account: i64,
        client: i64,
        connection: i64,
        listed: &[ListedAsn],
        now: i64,
    ) -> StoreResult<Vec<String>> {
        let engine = self.engine();
        let ids: Vec<&str> = listed.iter().map(|one| one.id.as_str()).collect();
        let wanted = list(engine, &ids)?;
        // Those of other connections go by what was found out about them when they were read here.
        let head = "SELECT source_id, header_version, awaited FROM asns WHERE client_id = $1 AND account_id = $2 \
                    AND (connection_id = $3 OR connection_id NOT IN (SELECT id FROM connections)) AND source_id";
        let known: Vec<(String, String, i64)> = sqlx::query_as(in_list(engine, head, 4))
            .bind(client)
            .bind(account)
            .bind(connection)
            .bind(wanted.clone())
            .fetch_all(self.reader())
            .await?;
        let known: HashMap<String, (String, bool)> =
            known.into_iter().map(|(id, version, awaited)| (id, (version, awaited != 0))).collect();
        let head = "SELECT source_id, header_version, last_read, missing FROM purchase_orders \
                    WHERE client_id = $1 AND account_id = $2 AND source_id";
        let rows = sqlx::query(in_list(engine, head, 3))
            .bind(client)
            .bind(account)
            .bind(wanted)
            .fetch_all(self.reader())
            .await?;
        let mut waiting: HashMap<String, Waiting> = HashMap::with_capacity(rows.len());
        for row in &rows {
            let one = Waiting {
                version: row.try_get(1)?,
                last_read: row.try_get(2)?,
                missing: serde_json::from_str(row.try_get::<&str, _>(3)?)?,
            };
            waiting.insert(row.try_get(0)?, one);
        }
        let missing: BTreeSet<&str> = waiting.values().flat_map(|one| one.missing.iter().map(String::as_str)).collect();
        let there = self.skus_there(client, &missing.into_iter().collect::<Vec<_>>()).await?;
        let is_due = |one: &&ListedAsn| {
            if let Some((version, awaited)) = known.get(&one.id) {
                return *version != one.version || one.version.is_empty() || !awaited;
            }
            waiting.get(&one.id).is_none_or(|wait| {
                wait.version != one.version
                    || one.version.is_empty()
                    || now - wait.last_read >= AGAIN
                    || wait.missing.iter().any(|sku| there.contains(sku))
            })
        };
        let mut due: Vec<String> = listed.iter().filter(is_due).map(|one| one.id.clone()).collect();
        let listed: BTreeSet<&str> = ids.into_iter().collect();
        let awaited: Vec<String> =
            sqlx::query_scalar("SELECT source_id FROM asns WHERE connection_id = $1 AND awaited = 1 ORDER BY id")
                .bind(connection)
                .fetch_all(self.reader())
                .await?;
        due.extend(awaited.into_iter().filter(|id| !listed.contains(id.as_str())));
        Ok(due)
    }

    async fn skus_there(&self, client: i64, skus: &[&str]) -> StoreResult<BTreeSet<String>> {
        if skus.is_empty() {
            return Ok(BTreeSet::new());
        }
        let head = "SELECT sku FROM products WHERE client_id = $1 AND sku";
        let found: Vec<String> = sqlx::query_scalar(in_list(self.engine(), head, 2))
            .bind(client)
            .bind(list(self.engine(), skus)?)
            .fetch_all(self.reader())
            .await?;
        Ok(found.into_iter().collect())
    }

    /// Lets every purchase order of a connection that no notice was made of be read on the next run: after its settings changed.
    pub async fn reconsider_purchase_orders(&self, connection: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE purchase_orders SET last_read = 0 WHERE connection_id = $1")
            .bind(connection)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}
