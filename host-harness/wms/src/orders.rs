//! Orders as the warehouse shows them.

use crate::model::{NameValue, Personal, Problem, Totals};
use crate::{Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize, Serializer};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// Status of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the warehouse's own words")]
pub enum OrderStatus {
    New = 1,
    Printed = 2,
    Cancelled = 3,
    Despatched = 4,
    Invoiced = 5,
    InvoiceFailed = 6,
    Holding = 7,
    Failed = 8,
    OnBackOrder = 9,
    AwaitingConfirmation = 10,
    AwaitingDocumentation = 11,
    AwaitingPayment = 12,
    QueryRaised = 13,
    PackAndHold = 14,
    AwaitingPicking = 15,
    PickingStarted = 16,
    Picked = 17,
    FraudRisk = 18,
    PickingSkipped = 19,
    Packed = 20,
    AwaitingReplen = 21,
    Processing = 22,
    Rebinned = 23,
}

impl OrderStatus {
    const ALL: [(Self, &'static str); 23] = [
        (Self::New, "NEW"),
        (Self::Printed, "PRINTED"),
        (Self::Cancelled, "CANCELLED"),
        (Self::Despatched, "DESPATCHED"),
        (Self::Invoiced, "INVOICED"),
        (Self::InvoiceFailed, "INVOICEFAILED"),
        (Self::Holding, "HOLDING"),
        (Self::Failed, "FAILED"),
        (Self::OnBackOrder, "ONBACKORDER"),
        (Self::AwaitingConfirmation, "AWAITINGCONFIRMATION"),
        (Self::AwaitingDocumentation, "AWAITINGDOCUMENTATION"),
        (Self::AwaitingPayment, "AWAITINGPAYMENT"),
        (Self::QueryRaised, "QUERYRAISED"),
        (Self::PackAndHold, "PACKANDHOLD"),
        (Self::AwaitingPicking, "AWAITINGPICKING"),
        (Self::PickingStarted, "PICKINGSTARTED"),
        (Self::Picked, "PICKED"),
        (Self::FraudRisk, "FRAUDRISK"),
        (Self::PickingSkipped, "PICKINGSKIPPED"),
        (Self::Packed, "PACKED"),
        (Self::AwaitingReplen, "AWAITINGREPLEN"),
        (Self::Processing, "PROCESSING"),
        (Self::Rebinned, "REBINNED"),
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

    /// The warehouse's name of the status: `ONBACKORDER`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("", |(_, name)| name)
    }

    /// Whether the goods have left. Orders move on to 5 and 6 at billing.
    #[must_use]
    pub fn is_despatched(self) -> bool {
        matches!(self, Self::Despatched | Self::Invoiced | Self::InvoiceFailed)
    }

    /// Whether nothing more will be done.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.is_despatched() || self == Self::Cancelled
    }

    /// Whether the warehouse still lets an order be changed or cancelled.
    #[must_use]
    pub fn is_editable(self) -> bool {
        matches!(
            self,
            Self::New
                | Self::Holding
                | Self::OnBackOrder
                | Self::AwaitingConfirmation
                | Self::AwaitingDocumentation
                | Self::AwaitingPayment
                | Self::AwaitingPicking
                | Self::AwaitingReplen
        )
    }
}

/// Named values as the warehouse shows them: `[{Name, Value}]`.
fn in_the_warehouses_words<S: Serializer>(values: &[NameValue], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Shown<'a> {
        name: &'a str,
        value: &'a str,
    }
    serializer.collect_seq(values.iter().map(|one| Shown { name: &one.name, value: &one.value }))
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the warehouse's own words")]
pub struct OrderItem {
    /// Place in the order, from 1.
    #[serde(rename = "ID")]
    pub id: i64,
    pub product_id: i64,
    #[serde(rename = "SKU")]
    pub sku: String,
    /// The source's id of the line.
    pub source_line_id: String,
    pub quantity: i64,
    pub allocated: i64,
    pub on_back_order: i64,
    pub details: String,
    /// Of one unit, without VAT; decimal.
    pub price: String,
    /// VAT of one unit; decimal.
    pub vat: String,
    /// Of the line; decimal.
    pub discount: String,
    #[serde(serialize_with = "in_the_warehouses_words")]
    pub order_item_name_values: Vec<NameValue>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the warehouse's own words")]
pub struct Order {
    #[serde(rename = "ID")]
    pub id: i64,
    pub client_id: i64,
    pub warehouse_id: i64,
    pub channel_id: i64,
    pub connection_id: i64,
    pub account_id: i64,
    /// The source's own id.
    pub source_order_id: String,
    /// What a person at the source calls it.
    pub source_reference: String,
    pub order_number: String,
    pub external_order_reference: String,
    pub order_status_id: i64,
    pub order_status: OrderStatus,
    pub order_date: i64,
    pub source_order_date: Option<i64>,
    /// `YYYY-MM-DD` in the warehouse's time zone.
    pub required_despatch_date: Option<String>,
    pub despatch_date: Option<i64>,
    pub courier_service_name: Option<String>,
    pub tracking_number: Option<String>,
    pub number_of_parcels: i64,
    /// The order that this one was split off.
    pub split_from: Option<i64>,
    pub part: i64,
    pub number_of_parts: i64,
    pub total_items: i64,
    pub total_weight: Option<String>,
    pub currency: String,
    pub order_value: String,
    pub shipping_total_ex_vat: String,
    pub shipping_total_vat: String,
    pub discount_total_ex_vat: String,
    pub discount_total_vat: String,
    pub total_vat: String,
    pub first_name: String,
    pub last_name: String,
    pub company_name: String,
    pub address1: String,
    pub address2: String,
    pub address3: String,
    pub town: String,
    pub county: String,
    pub post_code: String,
    pub country: String,
    pub email: String,
    pub phone: String,
    pub comments: String,
    pub delivery_notes: String,
    pub gift_messages: String,
    #[serde(rename = "VATNumber")]
    pub vat_number: String,
    #[serde(serialize_with = "in_the_warehouses_words")]
    pub order_name_values: Vec<NameValue>,
    pub tags: Vec<String>,
    pub warnings: Vec<Problem>,
    #[serde(rename = "PIIRemoved")]
    pub pii_removed: bool,
    pub last_updated: i64,
    pub order_items: Vec<OrderItem>,
}

const COLUMNS: &str = "SELECT id, client_id, warehouse_id, channel_id, connection_id, account_id, source_order_id, \
     source_reference, order_number, external_order_reference, status_id, order_date, source_order_date, \
     required_despatch_date, despatch_date, courier_service, tracking_number, number_of_parcels, total_items, \
     total_weight, currency, order_value, totals, personal, name_values, tags, warnings, pii_removed, last_updated, \
     split_from, part, number_of_parts FROM orders";

fn read(row: &AnyRow) -> StoreResult<Order> {
    let status_id: i64 = row.try_get(10)?;
    let totals: Totals = serde_json::from_str(row.try_get(22)?)?;
    let personal: Personal = serde_json::from_str(row.try_get(23)?)?;
    let address = personal.address;
    // The source gives one name; the last word is the last name, as on a label.
    let (first_name, last_name) = match address.full_name.trim().rsplit_once(' ') {
        Some((first, last)) => (first.trim().to_owned(), last.to_owned()),
        None => (String::new(), address.full_name.trim().to_owned()),
    };
    Ok(Order {
        id: row.try_get(0)?,
        client_id: row.try_get(1)?,
        warehouse_id: row.try_get(2)?,
        channel_id: row.try_get(3)?,
        connection_id: row.try_get(4)?,
        account_id: row.try_get(5)?,
        source_order_id: row.try_get(6)?,
        source_reference: row.try_get(7)?,
        order_number: row.try_get(8)?,
        external_order_reference: row.try_get(9)?,
        order_status_id: status_id,
        order_status: OrderStatus::from_id(status_id).unwrap_or(OrderStatus::Failed),
        order_date: row.try_get(11)?,
        source_order_date: row.try_get(12)?,
        required_despatch_date: row.try_get(13)?,
        despatch_date: row.try_get(14)?,
        courier_service_name: row.try_get(15)?,
        tracking_number: row.try_get(16)?,
        number_of_parcels: row.try_get(17)?,
        split_from: row.try_get(29)?,
        part: row.try_get(30)?,
        number_of_parts: row.try_get(31)?,
        total_items: row.try_get(18)?,
        total_weight: row.try_get(19)?,
        currency: row.try_get(20)?,
        order_value: row.try_get(21)?,
        shipping_total_ex_vat: totals.shipping_total_ex_vat,
        shipping_total_vat: totals.shipping_total_vat,
        discount_total_ex_vat: totals.discount_total_ex_vat,
        discount_total_vat: totals.discount_total_vat,
        total_vat: totals.total_vat,
        first_name,
        last_name,
        company_name: address.company,
        address1: address.address1,
        address2: address.address2,
        address3: address.address3,
        town: address.town,
        county: address.county,
        post_code: address.post_code,
        country: address.country,
        email: address.email,
        phone: address.phone,
        comments: personal.comments,
        delivery_notes: personal.delivery_notes,
        gift_messages: personal.gift_messages,
        vat_number: personal.vat_number,
        order_name_values: serde_json::from_str(row.try_get(24)?)?,
        tags: serde_json::from_str(row.try_get(25)?)?,
        warnings: serde_json::from_str(row.try_get(26)?)?,
        pii_removed: row.try_get::<i64, _>(27)? != 0,
        last_updated: row.try_get(28)?,
        order_items: Vec::new(),
    })
}

impl Store {
    /// Orders by id: of one client or of all, in one status or in any, at most `limit` after the order `after`.
    pub async fn orders(
        &self,
        client: Option<i64>,
        status: Option<OrderStatus>,
        after: i64,
        limit: u32,
    ) -> StoreResult<Vec<Order>> {
        let sql = format!(
            "{COLUMNS} WHERE (CAST($1 AS BIGINT) IS NULL OR client_id = $1) \
             AND (CAST($2 AS BIGINT) IS NULL OR status_id = $2) AND id > $3 ORDER BY id LIMIT $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(client)
            .bind(status.map(OrderStatus::id))
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?;
        self.with_items(rows.iter().map(read).collect::<StoreResult<_>>()?).await
    }

    /// The order of that number, external reference, source id or id; the number wins.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] when several clients have such an order.
    pub async fn order(&self, reference: &str) -> StoreResult<Order> {
        let id = reference.parse::<i64>().unwrap_or_default();
        for condition in [
            "order_number = $1",
            "source_order_id = $1",
            "external_order_reference = $1 AND split_from IS NULL",
            "id = $2",
        ] {
            let sql = format!("{COLUMNS} WHERE {condition} AND ($1 <> '' OR $2 <> 0) LIMIT 2");
            let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(reference.to_owned())
                .bind(id)
                .fetch_all(self.reader())
                .await?;
            if rows.len() > 1 {
                return Err(StoreError::Conflict {
                    what: format!("finding the order {reference}"),
                    found: "several orders have that reference".into(),
                    remedy: "give the order's id".into(),
                });
            }
            if let Some(row) = rows.first() {
                let found = self.with_items(vec![read(row)?]).await?;
                return found.into_iter().next().ok_or_else(|| StoreError::not_found("order", reference, None));
            }
        }
        Err(StoreError::not_found(
            "order",
            reference,
            Some("give its number with prefix, its reference, the source's id or its id".into()),
        ))
    }

    /// The order of that id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn order_by_id(&self, id: i64) -> StoreResult<Order> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        let orders = row.as_ref().map(read).transpose()?.into_iter().collect();
        self.with_items(orders).await?.into_iter().next().ok_or_else(|| StoreError::not_found("order", id, None))
    }

    async fn with_items(&self, mut orders: Vec<Order>) -> StoreResult<Vec<Order>> {
        let (Some(first), Some(last)) = (orders.iter().map(|o| o.id).min(), orders.iter().map(|o| o.id).max()) else {
            return Ok(orders);
        };
        // A list is a range of ids, of which the lines in between are few.
        let rows = sqlx::query(
            "SELECT order_id, line_no, product_id, sku, source_line_id, quantity, allocated, details, unit_price, \
             unit_price_vat, discount, name_values FROM order_lines WHERE order_id BETWEEN $1 AND $2 \
             ORDER BY order_id, line_no",
        )
        .bind(first)
        .bind(last)
        .fetch_all(self.reader())
        .await?;
        let mut items: HashMap<i64, Vec<OrderItem>> = HashMap::new();
        for row in &rows {
            let (quantity, allocated): (i64, i64) = (row.try_get(5)?, row.try_get(6)?);
            items.entry(row.try_get(0)?).or_default().push(OrderItem {
                id: row.try_get(1)?,
                product_id: row.try_get(2)?,
                sku: row.try_get(3)?,
                source_line_id: row.try_get(4)?,
                quantity,
                allocated,
                on_back_order: quantity - allocated,
                details: row.try_get(7)?,
                price: row.try_get(8)?,
                vat: row.try_get(9)?,
                discount: row.try_get(10)?,
                order_item_name_values: serde_json::from_str(row.try_get(11)?)?,
            });
        }
        for order in &mut orders {
            order.order_items = items.remove(&order.id).unwrap_or_default();
        }
        Ok(orders)
    }
}
