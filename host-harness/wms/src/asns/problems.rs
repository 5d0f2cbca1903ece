//! Which problems of goods in have lost their cause.

use super::{AsnStatus, FLOW};
use crate::{Store, StoreResult};
use std::collections::{BTreeSet, HashMap};

impl Store {
    /// Subjects of the connection's problems whose cause is gone: runs that broke off, purchase orders that are not listed any
    /// more and have no notice, notices that came to an end, products whose weight was corrected.
    ///
    /// What waits in the queue is not among them: telling it clears its problems.
    pub async fn goods_in_problems_gone(&self, connection: i64, listed: &BTreeSet<&str>) -> StoreResult<Vec<String>> {
        let standing = self.problems(Some(connection), false).await?;
        let standing: Vec<_> = standing.into_iter().filter(|problem| problem.flow == FLOW).collect();
        if standing.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(i64, String, i64, i64)> = sqlx::query_as(
            "SELECT n.id, n.source_id, n.status_id, n.awaited FROM asns n JOIN connections c ON c.client_id = n.client_id \
             WHERE c.id = $1",
        )
        .bind(connection)
        .fetch_all(self.reader())
        .await?;
        let by_source: HashMap<&str, bool> =
            rows.iter().map(|(_, source, status, _)| (source.as_str(), is_final(*status))).collect();
        let closed: HashMap<i64, bool> =
            rows.iter().map(|(id, _, status, awaited)| (*id, is_final(*status) && *awaited == 0)).collect();
        let client: Option<i64> = sqlx::query_scalar("SELECT client_id FROM connections WHERE id = $1")
            .bind(connection)
            .fetch_optional(self.reader())
            .await?;
        let mut gone = BTreeSet::new();
        for problem in standing {
            let subject = problem.subject;
            let is_gone = if let Some(asn) = subject.strip_prefix("asn ") {
                asn.parse().is_ok_and(|asn: i64| closed.get(&asn).copied().unwrap_or(true))
            } else if let Some(sku) = subject.strip_prefix("product ") {
                self.is_plausible(client.unwrap_or_default(), sku).await?
            } else if subject.parse::<i64>().is_ok() {
                false
            } else {
                // A notice's purchase order that is closed keeps its problem until the notice ends.
                by_source.get(subject.as_str()).copied().unwrap_or(!listed.contains(subject.as_str()))
            };
            if is_gone {
                gone.insert(subject);
            }
        }
        Ok(gone.into_iter().collect())
    }

    /// Whether a product weighs what products weigh, or is there no more.
    async fn is_plausible(&self, client: i64, sku: &str) -> StoreResult<bool> {
        let weight: Option<Option<String>> =
            sqlx::query_scalar("SELECT weight FROM products WHERE client_id = $1 AND sku = $2")
                .bind(client)
                .bind(sku.to_owned())
                .fetch_optional(self.reader())
                .await?;
        let Some(weight) = weight else { return Ok(true) };
        let weight = weight.and_then(|weight| weight.parse::<f64>().ok());
        Ok(weight.is_some_and(|weight| (0.001..=70.0).contains(&weight)))
    }
}

fn is_final(status: i64) -> bool {
    AsnStatus::from_id(status).is_some_and(AsnStatus::is_final)
}
