//! Erasing persons: what names one goes, the order stays, so that it is neither imported again nor read as edited.
//!
//! Names, addresses, e-mail, phone and notes lie in one column of the order. Where texts about an order repeat any of it (warnings,
//! problems, timeline, remarks on returns), what they repeat is blanked. Ids, numbers, goods, money and the keyed digest of what was
//! imported stay: none of them names anybody. The request log and notices hold no personal data by their make.

mod scrub;

use crate::model::Personal;
use crate::store::Tx;
use crate::{Store, StoreResult, timeline};
use scrub::Scrub;
use serde::Serialize;

/// Whose personal data is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The buyer of the order with this id, and of all that was split off it or that it was split off.
    Order(i64),
    /// The buyer with this e-mail address, case apart.
    Customer(String),
    /// All buyers whose orders came in through the connection with this id.
    Connection(i64),
    /// All buyers of a client whose orders left, or were cancelled, before an instant.
    Finished {
        /// Id of the client.
        client: i64,
        /// Unix milliseconds.
        before: i64,
        /// Orders at once, at most.
        limit: u32,
    },
}

/// An order whose buyer was erased, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// The warehouse's id of the order.
    pub order_id: i64,
    /// Its number in the warehouse.
    pub order_number: String,
    /// What a person at the source calls it.
    pub source_reference: String,
    /// Parts that held something, by name; never what they held.
    pub blanked: Vec<String>,
}

/// An order with what it says of its buyer.
struct Named {
    id: i64,
    number: String,
    source_reference: String,
    source_order_id: String,
    warnings: String,
    personal: Personal,
}

impl Store {
    /// What [`erase`](Self::erase) would blank. Nothing is written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn would_erase(&self, whose: &Whose) -> StoreResult<Vec<Erased>> {
        // Seen within a transaction that ends without a trace, so that both look with the same eyes.
        let mut tx = self.begin().await?;
        erase(&mut tx, whose, "", 0).await
    }

    /// Erases personal data, in one transaction. Orders whose buyer was erased before are left alone. `because` is noted on the
    /// timeline of each order.
    ///
    /// # Errors
    /// When the database fails; nothing is erased then.
    pub async fn erase(&self, whose: &Whose, because: &str, now: i64) -> StoreResult<Vec<Erased>> {
        let mut tx = self.begin().await?;
        let erased = erase(&mut tx, whose, because, now).await?;
        tx.commit().await?;
        // One that was erased before may be repeated elsewhere, so also where no order was found.
        if !erased.is_empty() || matches!(whose, Whose::Customer(_)) {
            self.empty_log().await;
        }
        Ok(erased)
    }

    /// After how many days a client's buyers are erased: 0 for never, none for what the host's configuration says.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase_after_days(&self, client: i64) -> StoreResult<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT erase_after_days FROM clients WHERE id = $1")
            .bind(client)
            .fetch_one(self.reader())
            .await?)
    }

    /// Sets what [`erase_after_days`](Self::erase_after_days) gives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_erase_after_days(&self, client: i64, days: Option<i64>) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE clients SET erase_after_days = $1 WHERE id = $2")
            .bind(days)
            .bind(client)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}

/// Erases within a transaction that makes more real.
pub(crate) async fn erase(tx: &mut Tx, whose: &Whose, because: &str, now: i64) -> StoreResult<Vec<Erased>> {
    // A review or an import that is being committed has read orders as they were.
    let clients: Vec<i64> = match whose {
        Whose::Finished { client, .. } => vec![*client],
        _ => sqlx::query_scalar("SELECT id FROM clients ORDER BY id").fetch_all(&mut **tx).await?,
    };
    for client in clients {
        tx.lock_client(client).await?;
    }
    let found = named(tx, whose).await?;
    if found.is_empty() && !matches!(whose, Whose::Customer(_)) {
        return Ok(Vec::new());
    }
    let mut scrub = Scrub::open(tx).await?;
    let mut erased = Vec::with_capacity(found.len());
    for order in &found {
        erased.push(one(tx, &mut scrub, order, because, now).await?);
    }
    if let Whose::Customer(email) = whose {
        scrub.everywhere(tx, email.trim()).await?;
    }
    Ok(erased)
}

async fn one(tx: &mut Tx, scrub: &mut Scrub, order: &Named, because: &str, now: i64) -> StoreResult<Erased> {
    let mut blanked: Vec<String> = order.personal.parts().map(str::to_owned).collect();
    let words = order.personal.words();
    let warnings = scrub::json(&order.warnings, &words);
    if warnings != order.warnings {
        blanked.push("warnings".into());
    }
    sqlx::query("UPDATE orders SET personal = '{}', warnings = $1, pii_removed = 1, last_updated = $2 WHERE id = $3")
        .bind(warnings)
        .bind(now)
        .bind(order.id)
        .execute(&mut **tx)
        .await?;
    let remarks = sqlx::query(
        "UPDATE return_items SET comments = '' WHERE comments <> '' AND return_id IN (SELECT id FROM returns WHERE order_id = $1)",
    )
    .bind(order.id)
    .execute(&mut **tx)
    .await?;
    if remarks.rows_affected() > 0 {
        blanked.push("remarks on returns".into());
    }
    let called = [order.source_order_id.as_str(), &order.number, &order.source_reference];
    if scrub.problems(tx, &called, &words).await? {
        blanked.push("problems".into());
    }
    if scrub::timeline(tx, order.id, &words).await? {
        blanked.push("timeline".into());
    }
    timeline::add(&mut *tx, order.id, "warehouse", "erased", because, now).await?;
    Ok(Erased {
        order_id: order.id,
        order_number: order.number.clone(),
        source_reference: order.source_reference.clone(),
        blanked,
    })
}

/// Orders that still name the buyer, by id.
async fn named(tx: &mut Tx, whose: &Whose) -> StoreResult<Vec<Named>> {
    let head = "SELECT id, order_number, source_reference, source_order_id, warnings, personal FROM orders";
    type Row = (i64, String, String, String, String, String);
    let rows: Vec<Row> = match whose {
        Whose::Order(id) => {
            let sql = format!(
                "{head} WHERE pii_removed = 0 AND COALESCE(split_from, id) = \
                 (SELECT COALESCE(split_from, id) FROM orders WHERE id = $1) ORDER BY id"
            );
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(*id).fetch_all(&mut **tx).await?
        }
        Whose::Customer(email) if email.trim().is_empty() => Vec::new(),
        Whose::Customer(email) => {
            // Finds too many (case, wildcards), never too few.
            let like = format!("%{}%", scrub::escaped(email.trim()).to_lowercase());
            let sql = format!("{head} WHERE pii_removed = 0 AND LOWER(personal) LIKE $1 ORDER BY id");
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(like).fetch_all(&mut **tx).await?
        }
        Whose::Connection(id) => {
            let sql = format!(
                "{head} WHERE pii_removed = 0 AND (connection_id = $1 OR split_from IN \
                 (SELECT id FROM orders WHERE connection_id = $1)) ORDER BY id"
            );
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(*id).fetch_all(&mut **tx).await?
        }
        Whose::Finished { client, before, limit } => {
            let sql = format!(
                "{head} WHERE pii_removed = 0 AND client_id = $1 AND status_id IN (3, 4, 5, 6) \
                 AND COALESCE(despatch_date, last_updated) < $2 ORDER BY last_updated, id LIMIT $3"
            );
            sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(*client)
                .bind(*before)
                .bind(i64::from(*limit))
                .fetch_all(&mut **tx)
                .await?
        }
    };
    let mut found = Vec::with_capacity(rows.len());
    for (id, number, source_reference, source_order_id, warnings, personal) in rows {
        let personal: Personal = serde_json::from_str(&personal)?;
        if let Whose::Customer(email) = whose
            && !scrub::same(&personal.address.email, email.trim())
        {
            continue;
        }
        found.push(Named { id, number, source_reference, source_order_id, warnings, personal });
    }
    Ok(found)
}

impl Personal {
    /// Each text with the name of the part that it belongs to.
    fn texts(&self) -> [(&'static str, &str); 15] {
        let address = &self.address;
        [
            ("name", &address.full_name),
            ("name", &address.company),
            ("address", &address.address1),
            ("address", &address.address2),
            ("address", &address.address3),
            ("address", &address.town),
            ("address", &address.county),
            ("address", &address.post_code),
            ("address", &address.country),
            ("e-mail", &address.email),
            ("phone", &address.phone),
            ("notes", &self.comments),
            ("notes", &self.delivery_notes),
            ("notes", &self.gift_messages),
            ("VAT number", &self.vat_number),
        ]
    }

    /// Names of the parts that hold anything.
    fn parts(&self) -> impl Iterator<Item = &'static str> {
        let mut last = "";
        self.texts().into_iter().filter(|(_, text)| !text.is_empty()).filter_map(move |(part, _)| {
            let news = part != last;
            last = part;
            news.then_some(part)
        })
    }

    /// What names the person wherever it is repeated, longest first. A country names nobody, nor does a text of two letters.
    fn words(&self) -> Vec<&str> {
        let named = self.texts().into_iter().map(|(_, text)| text.trim());
        let mut words: Vec<&str> =
            named.filter(|text| *text != self.address.country && text.chars().count() > 2).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    }
}
