//! Advance shipment notices (ASN): goods that are announced, received and booked in.
//!
//! `commit`: what one invocation of the import returned becomes real. `drift`: what a purchase order says now, compared with its
//! notice. `hands`: what people do to notices. `waiting`: which purchase orders need to be read. `deliveries`: what the source
//! is still to be told. `problems`: which of them have lost their cause.

mod commit;
mod deliveries;
mod drift;
mod hands;
mod problems;
mod waiting;

use crate::{Store, StoreError, StoreResult};
pub use commit::{AsnCommit, AsnDecided, AsnDecision, NewAsn, NewAsnLine, NewAsnProduct, SkippedAsn};
pub use deliveries::{AsnDelivery, AsnReceipt};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
pub use waiting::ListedAsn;

/// The flow that makes notices, and tells of what came.
const FLOW: &str = "import-purchase-orders";

/// Status of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the warehouse's own words")]
pub enum AsnStatus {
    New = 1,
    AwaitingApproval = 2,
    AwaitingDelivery = 3,
    BookedIn = 4,
    Complete = 6,
    PartBooked = 7,
    #[serde(rename = "BookedIn-Partial")]
    BookedInPartial = 8,
    Delivered = 9,
    Shipped = 10,
    Late = 11,
    AwaitingPutaway = 12,
}

impl AsnStatus {
    const ALL: [(Self, &'static str); 11] = [
        (Self::New, "New"),
        (Self::AwaitingApproval, "Awaiting Approval"),
        (Self::AwaitingDelivery, "Awaiting Delivery"),
        (Self::BookedIn, "BookedIn"),
        (Self::Complete, "Complete"),
        (Self::PartBooked, "Part Booked"),
        (Self::BookedInPartial, "BookedIn-Partial"),
        (Self::Delivered, "Delivered"),
        (Self::Shipped, "Shipped"),
        (Self::Late, "Late"),
        (Self::AwaitingPutaway, "Awaiting Putaway"),
    ];

    /// The warehouse's id of the status.
    #[must_use]
    pub fn id(self) -> i64 {
        self as i64
    }

    /// The status of that id.
    #[must_use]
    pub fn from_id(id: i64) -> Option<Self> {
        Self::ALL.iter().map(|(status, _)| *status).find(|status| status.id() == id)
    }

    /// The warehouse's name of the status.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("", |(_, name)| name)
    }

    /// Whether nothing more will come.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Complete | Self::BookedInPartial)
    }
}

/// One line of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the warehouse's own words")]
pub struct AsnItem {
    /// Place in the notice, from 1.
    #[serde(rename = "ID")]
    pub id: i64,
    pub product_id: i64,
    #[serde(rename = "SKU")]
    pub sku: String,
    /// The source's id of the line.
    pub source_line_id: String,
    pub quantity_expected: i64,
    /// The warehouse's own spelling.
    pub quantity_receieved: i64,
    pub quantity_booked: i64,
    /// Expected and not received yet.
    pub on_order: i64,
    pub complete: bool,
    /// Ordered in all when the notice was made, deliveries before it included.
    pub ordered: i64,
    /// Counted as delivered by the source when the notice was made.
    pub delivered_before: i64,
    /// Of the booked ones, those that the source need not be told of any more.
    pub settled: i64,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the warehouse's own words")]
pub struct Asn {
    #[serde(rename = "ID")]
    pub id: i64,
    pub client_id: i64,
    pub warehouse_id: i64,
    pub connection_id: i64,
    pub account_id: i64,
    /// The source's id of the purchase order.
    pub source_id: String,
    #[serde(rename = "POReference")]
    pub po_reference: String,
    pub supplier: String,
    /// Unix milliseconds.
    pub estimated_delivery: Option<i64>,
    pub comments: String,
    pub goods_in_type: String,
    /// Packages, not goods.
    pub quantity: i64,
    #[serde(rename = "ASNStatusId")]
    pub status_id: i64,
    #[serde(rename = "ASNStatus")]
    pub status: AsnStatus,
    /// Unix milliseconds.
    pub booked_in_date: Option<i64>,
    /// Whether the source awaits goods for it.
    pub awaited: bool,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub last_updated: i64,
    pub items: Vec<AsnItem>,
}

const COLUMNS: &str = "SELECT id, client_id, warehouse_id, connection_id, account_id, source_id, po_reference, supplier, \
     estimated_delivery, comments, goods_in_type, packages, status_id, booked_in_date, awaited, created_at, last_updated \
     FROM asns";

const ITEM_COLUMNS: &str = "SELECT line_no, product_id, sku, source_line_id, expected, received, booked, ordered, \
     delivered_before, settled FROM asn_lines";

fn read(row: &AnyRow) -> StoreResult<Asn> {
    let status_id: i64 = row.try_get(12)?;
    Ok(Asn {
        id: row.try_get(0)?,
        client_id: row.try_get(1)?,
        warehouse_id: row.try_get(2)?,
        connection_id: row.try_get(3)?,
        account_id: row.try_get(4)?,
        source_id: row.try_get(5)?,
        po_reference: row.try_get(6)?,
        supplier: row.try_get(7)?,
        estimated_delivery: row.try_get(8)?,
        comments: row.try_get(9)?,
        goods_in_type: row.try_get(10)?,
        quantity: row.try_get(11)?,
        status_id,
        status: AsnStatus::from_id(status_id).unwrap_or(AsnStatus::New),
        booked_in_date: row.try_get(13)?,
        awaited: row.try_get::<i64, _>(14)? != 0,
        created_at: row.try_get(15)?,
        last_updated: row.try_get(16)?,
        items: Vec::new(),
    })
}

fn read_item(row: &AnyRow) -> StoreResult<AsnItem> {
    let (expected, received): (i64, i64) = (row.try_get(4)?, row.try_get(5)?);
    let booked: i64 = row.try_get(6)?;
    Ok(AsnItem {
        id: row.try_get(0)?,
        product_id: row.try_get(1)?,
        sku: row.try_get(2)?,
        source_line_id: row.try_get(3)?,
        quantity_expected: expected,
        quantity_receieved: received,
        quantity_booked: booked,
        on_order: (expected - received).max(0),
        complete: booked >= expected,
        ordered: row.try_get(7)?,
        delivered_before: row.try_get(8)?,
        settled: row.try_get(9)?,
    })
}

/// The lines of a notice, in their order.
async fn items(conn: &mut sqlx::AnyConnection, asn: i64) -> StoreResult<Vec<AsnItem>> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{ITEM_COLUMNS} WHERE asn_id = $1 ORDER BY line_no")))
        .bind(asn)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read_item).collect()
}

impl Store {
    /// Notices by id: of one client or of all, in one status or in any.
    pub async fn asns(&self, client: Option<i64>, status: Option<AsnStatus>) -> StoreResult<Vec<Asn>> {
        let sql = format!(
            "{COLUMNS} WHERE (CAST($1 AS BIGINT) IS NULL OR client_id = $1) \
             AND (CAST($2 AS BIGINT) IS NULL OR status_id = $2) ORDER BY id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(client)
            .bind(status.map(AsnStatus::id))
            .fetch_all(self.reader())
            .await?;
        let mut asns = rows.iter().map(read).collect::<StoreResult<Vec<_>>>()?;
        let mut conn = self.reader().acquire().await?;
        for asn in &mut asns {
            asn.items = items(&mut conn, asn.id).await?;
        }
        Ok(asns)
    }

    /// The notice of that id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn asn_by_id(&self, id: i64) -> StoreResult<Asn> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        let row = row.ok_or_else(|| StoreError::not_found("ASN", id, None))?;
        let mut asn = read(&row)?;
        let mut conn = self.reader().acquire().await?;
        asn.items = items(&mut conn, asn.id).await?;
        Ok(asn)
    }

    /// The notice of that purchase order's reference or source id, or of that id; the reference wins.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] when there are several.
    pub async fn asn(&self, reference: &str) -> StoreResult<Asn> {
        let id = reference.parse::<i64>().unwrap_or_default();
        for condition in ["po_reference = $1", "source_id = $1", "id = $2"] {
            let sql = format!("{COLUMNS} WHERE {condition} AND ($1 <> '' OR $2 <> 0) ORDER BY id LIMIT 2");
            let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(reference.to_owned())
                .bind(id)
                .fetch_all(self.reader())
                .await?;
            if rows.len() > 1 {
                return Err(StoreError::Conflict {
                    what: format!("finding the ASN {reference}"),
                    found: "several have that reference".into(),
                    remedy: "give the ASN's id, or the source's id of the purchase order".into(),
                });
            }
            if let Some(row) = rows.first() {
                let mut asn = read(row)?;
                let mut conn = self.reader().acquire().await?;
                asn.items = items(&mut conn, asn.id).await?;
                return Ok(asn);
            }
        }
        let hint = "give the purchase order's reference, the source's id of it, or the ASN's id";
        Err(StoreError::not_found("ASN", reference, Some(hint.into())))
    }
}
