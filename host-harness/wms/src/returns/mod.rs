//! Goods that come back: a return is put together, confirmed, and then told to the source.
//!
//! `hands` is what people do to returns, `reasons` why goods come back, `telling` what the flow needs that tells the source.
//! A confirmed return can be reopened; whatever the source was told meanwhile stays told there, so a return keeps its one
//! reference for ever.

mod hands;
mod reasons;
mod telling;

pub use hands::NewReturnItem;
pub use reasons::ReturnReason;
pub use telling::RETURNS_FLOW;

use crate::{Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

/// What is done with goods that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StockAction {
    /// Back to the shelf, to be sold again.
    Restock,
    /// Not fit for sale.
    Scrap,
}

impl StockAction {
    /// The warehouse's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Restock => "RESTOCK",
            Self::Scrap => "SCRAP",
        }
    }

    fn from_column(name: &str) -> Self {
        if name == "RESTOCK" { Self::Restock } else { Self::Scrap }
    }
}

/// One row of a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReturnItem {
    /// Place in the return, from 1.
    #[serde(rename = "ID")]
    pub id: i64,
    /// The order's line, by its place there.
    pub order_item_id: i64,
    /// Product.
    pub product_id: i64,
    /// The client's SKU.
    #[serde(rename = "SKU")]
    pub sku: String,
    /// The source's id of the order's line.
    pub source_line_id: String,
    /// How many came back.
    pub quantity: i64,
    /// Reason.
    pub return_reason_id: i64,
    /// The reason's name when the row was made.
    pub return_reason_name: String,
    /// What is done with them.
    pub stock_action: StockAction,
    /// They lie on the shelf again.
    pub returned_to_stock: bool,
    /// Remarks.
    pub comments: String,
}

/// A return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Return {
    /// Id.
    #[serde(rename = "ID")]
    pub id: i64,
    /// The order that it is of.
    pub order_id: i64,
    /// That order's number.
    pub order_number: String,
    /// That order's id at the source.
    pub source_order_id: String,
    /// The order's client.
    pub client_id: i64,
    /// Where the goods came back to.
    pub warehouse_id: i64,
    /// What it is known by outside: `RET-7`.
    pub reference: String,
    /// Its stock has moved.
    pub confirmed: bool,
    /// When, Unix milliseconds.
    pub confirmed_at: Option<i64>,
    /// Unix milliseconds.
    pub last_updated: i64,
    /// What came back.
    pub return_items: Vec<ReturnItem>,
}

const COLUMNS: &str = "SELECT r.id, r.order_id, o.order_number, o.source_order_id, r.client_id, r.warehouse_id, r.reference, \
                       r.confirmed_at, r.last_updated FROM returns r JOIN orders o ON o.id = r.order_id";

fn read(row: &AnyRow) -> StoreResult<Return> {
    let confirmed_at: Option<i64> = row.try_get(7)?;
    Ok(Return {
        id: row.try_get(0)?,
        order_id: row.try_get(1)?,
        order_number: row.try_get(2)?,
        source_order_id: row.try_get(3)?,
        client_id: row.try_get(4)?,
        warehouse_id: row.try_get(5)?,
        reference: row.try_get(6)?,
        confirmed: confirmed_at.is_some(),
        confirmed_at,
        last_updated: row.try_get(8)?,
        return_items: Vec::new(),
    })
}

const ITEMS: &str = "SELECT item_no, line_no, product_id, sku, source_line_id, quantity, stock_action, reason_id, reason, comments \
                     FROM return_items WHERE return_id = $1 ORDER BY item_no";

fn read_item(row: &AnyRow) -> StoreResult<ReturnItem> {
    Ok(ReturnItem {
        id: row.try_get(0)?,
        order_item_id: row.try_get(1)?,
        product_id: row.try_get(2)?,
        sku: row.try_get(3)?,
        source_line_id: row.try_get(4)?,
        quantity: row.try_get(5)?,
        stock_action: StockAction::from_column(&row.try_get::<String, _>(6)?),
        return_reason_id: row.try_get(7)?,
        return_reason_name: row.try_get(8)?,
        returned_to_stock: false,
        comments: row.try_get(9)?,
    })
}

impl Store {
    /// Returns by id: of one client or of all, only confirmed or only open ones or both, at most `limit` after `after`.
    pub async fn returns(
        &self,
        client: Option<i64>,
        confirmed: Option<bool>,
        after: i64,
        limit: u32,
    ) -> StoreResult<Vec<Return>> {
        let sql = format!(
            "{COLUMNS} WHERE (CAST($1 AS BIGINT) IS NULL OR r.client_id = $1) AND (CAST($2 AS BIGINT) IS NULL \
             OR ($2 = 1 AND r.confirmed_at IS NOT NULL) OR ($2 = 0 AND r.confirmed_at IS NULL)) AND r.id > $3 \
             ORDER BY r.id LIMIT $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(client)
            .bind(confirmed.map(i64::from))
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?;
        let mut returns = rows.iter().map(read).collect::<StoreResult<Vec<_>>>()?;
        for one in &mut returns {
            self.fill(one).await?;
        }
        Ok(returns)
    }

    /// The return of that reference or id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn find_return(&self, reference: &str) -> StoreResult<Return> {
        let reference = reference.trim();
        let id = reference.parse::<i64>().unwrap_or_default();
        let sql = format!("{COLUMNS} WHERE r.reference = $1 OR r.id = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(reference.to_owned())
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        let hint = || Some("give its reference (RET-7) or id; `harness wms returns list` shows them".to_owned());
        let mut found = read(&row.ok_or_else(|| StoreError::not_found("return", reference, hint()))?)?;
        self.fill(&mut found).await?;
        Ok(found)
    }

    async fn fill(&self, one: &mut Return) -> StoreResult<()> {
        let rows = sqlx::query(ITEMS).bind(one.id).fetch_all(self.reader()).await?;
        one.return_items = rows.iter().map(read_item).collect::<StoreResult<_>>()?;
        for item in &mut one.return_items {
            item.returned_to_stock = one.confirmed && item.stock_action == StockAction::Restock;
        }
        Ok(())
    }
}
