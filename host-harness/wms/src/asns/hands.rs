//! What people do to notices: confirm, receive at the dock, book in to the stock, complete. What differs from what was
//! announced is reported where it happens.

use super::deliveries;
use super::{AsnItem, AsnStatus, FLOW, items};
use crate::hands::serve_back_orders;
use crate::model::Problem;
use crate::problems::{ProblemAt, clear_subjects};
use crate::stock::{StockRow, write_stock};
use crate::store::Tx;
use crate::{QueueItem, Store, StoreError, StoreResult, queue};
use std::collections::BTreeMap;

/// What a hand needs to know of a notice.
struct InHand {
    id: i64,
    client: i64,
    warehouse: i64,
    connection: i64,
    reference: String,
    status: AsnStatus,
    items: Vec<AsnItem>,
}

impl InHand {
    fn must_be(&self, doing: &str, allowed: &[AsnStatus]) -> StoreResult<()> {
        if allowed.contains(&self.status) {
            return Ok(());
        }
        let names: Vec<&str> = allowed.iter().map(|status| status.name()).collect();
        Err(self.in_the_way(
            doing,
            format!("it is {}", self.status.name()),
            format!("it must be one of {}", names.join(", ")),
        ))
    }

    fn in_the_way(&self, doing: &str, found: String, remedy: String) -> StoreError {
        StoreError::Conflict { what: format!("{doing} ASN {} ({})", self.id, self.reference), found, remedy }
    }

    fn subject(&self) -> String {
        format!("asn {}", self.id)
    }

    /// The status that its quantities stand for.
    fn status_by_quantity(&self) -> AsnStatus {
        let booked: i64 = self.items.iter().map(|item| item.quantity_booked).sum();
        let on_the_dock = self.items.iter().any(|item| item.quantity_receieved > item.quantity_booked);
        if self.items.iter().all(|item| item.quantity_booked >= item.quantity_expected) {
            AsnStatus::BookedIn
        } else if booked > 0 {
            AsnStatus::PartBooked
        } else if on_the_dock {
            AsnStatus::AwaitingPutaway
        } else {
            AsnStatus::AwaitingDelivery
        }
    }
}

/// States in which goods are taken in.
const OPEN: [AsnStatus; 8] = [
    AsnStatus::AwaitingDelivery,
    AsnStatus::Delivered,
    AsnStatus::Shipped,
    AsnStatus::Late,
    AsnStatus::AwaitingPutaway,
    AsnStatus::PartBooked,
    AsnStatus::BookedIn,
    AsnStatus::AwaitingApproval,
];

impl Store {
    /// Confirms a notice: status Awaiting Delivery.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not new.
    pub async fn confirm_asn(&self, asn: i64, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let hand = take(&mut tx, asn).await?;
        hand.must_be("confirming", &[AsnStatus::New, AsnStatus::AwaitingApproval])?;
        set_status(&mut tx, &hand, AsnStatus::AwaitingDelivery, now).await?;
        tx.commit().await
    }

    /// Counts what arrived of each SKU; it is not in the stock yet. Units beyond what is expected are counted as well.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the notice was not confirmed or is complete; [`StoreError::NotFound`] for a SKU that it
    /// lacks; [`StoreError::Invalid`] for quantities below 1.
    pub async fn receive_asn(&self, asn: i64, arrived: &[(String, u32)], now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let mut hand = take(&mut tx, asn).await?;
        hand.must_be("receiving", &OPEN)?;
        for (sku, units) in arrived {
            spread(&mut hand, sku, *units)?;
        }
        write_lines(&mut tx, &hand).await?;
        let status = hand.status_by_quantity();
        set_status(&mut tx, &hand, status, now).await?;
        tx.commit().await
    }

    /// Puts all that arrived to the stock, where it can be sold at once: first to orders that wait. Tells of units beyond what was
    /// expected. Answers how many units were booked in.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when nothing arrived that is not booked in already.
    pub async fn book_in_asn(&self, asn: i64, now: i64) -> StoreResult<i64> {
        let mut tx = self.begin().await?;
        let mut hand = take(&mut tx, asn).await?;
        hand.must_be("booking in", &OPEN)?;
        let mut units: BTreeMap<i64, i64> = BTreeMap::new();
        for item in &mut hand.items {
            let more = item.quantity_receieved - item.quantity_booked;
            if more > 0 {
                *units.entry(item.product_id).or_default() += more;
                item.quantity_booked += more;
            }
        }
        let booked: i64 = units.values().sum();
        if booked == 0 {
            let remedy = "receive goods first: `harness wms asns receive`".to_owned();
            return Err(hand.in_the_way("booking in", "nothing arrived that is not booked in".to_owned(), remedy));
        }
        for (product, more) in &units {
            add_stock(&mut tx, hand.warehouse, *product, *more, now).await?;
        }
        if !deliveries::is_wanted(&mut tx, hand.connection).await? {
            for item in &mut hand.items {
                item.settled = item.quantity_booked;
            }
        }
        write_lines(&mut tx, &hand).await?;
        for product in units.keys() {
            serve_back_orders(&mut tx, hand.warehouse, *product, now).await?;
        }
        let status = hand.status_by_quantity();
        set_status(&mut tx, &hand, status, now).await?;
        sqlx::query("UPDATE asns SET booked_in_date = $1 WHERE id = $2")
            .bind(now)
            .bind(hand.id)
            .execute(&mut *tx)
            .await?;
        self.tell_over_receipt(&mut tx, &hand, now).await?;
        if hand.items.iter().any(|item| item.quantity_booked > item.settled) {
            let item = QueueItem {
                connection: hand.connection,
                flow: FLOW,
                item_id: hand.id.to_string(),
                reference: hand.reference.clone(),
                order_id: None,
            };
            queue::add(&mut tx, &item, now).await?;
        }
        tx.commit().await?;
        Ok(booked)
    }

    /// Ends a notice: Complete when all of it came, BookedIn-Partial when less did and that is accepted, which is reported.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when goods that arrived are not booked in, or less came than expected and `short` does not accept
    /// that.
    pub async fn complete_asn(&self, asn: i64, short: bool, now: i64) -> StoreResult<()> {
        let mut tx = self.begin().await?;
        let hand = take(&mut tx, asn).await?;
        let mut allowed = OPEN.to_vec();
        allowed.push(AsnStatus::New);
        hand.must_be("completing", &allowed)?;
        if hand.items.iter().any(|item| item.quantity_receieved > item.quantity_booked) {
            let remedy = "book in what arrived: `harness wms asns book-in`".to_owned();
            return Err(hand.in_the_way("completing", "goods that arrived are not booked in".to_owned(), remedy));
        }
        let lacking: Vec<String> = hand
            .items
            .iter()
            .filter(|item| item.quantity_booked < item.quantity_expected)
            .map(|item| format!("{} of {} {}", item.quantity_booked, item.quantity_expected, item.sku))
            .collect();
        if !lacking.is_empty() && !short {
            let remedy = "receive the rest, or complete it with `--short`".to_owned();
            return Err(hand.in_the_way("completing", format!("only {} came", lacking.join(", ")), remedy));
        }
        let status = if lacking.is_empty() { AsnStatus::Complete } else { AsnStatus::BookedInPartial };
        set_status(&mut tx, &hand, status, now).await?;
        let subject = hand.subject();
        if lacking.is_empty() {
            clear_subjects(&mut tx, hand.connection, FLOW, 0, &[&subject], now).await?;
        } else {
            let message = format!("ASN {} was completed short: {} came.", hand.id, lacking.join(", "));
            let remedy = "Close the purchase order at the source, or have the rest delivered on another one.";
            self.tell(&mut tx, &hand, "asn.under-receipt", message, remedy, now).await?;
        }
        tx.commit().await
    }

    async fn tell_over_receipt(&self, tx: &mut Tx, hand: &InHand, now: i64) -> StoreResult<()> {
        let over: Vec<String> = hand
            .items
            .iter()
            .filter(|item| item.quantity_booked > item.quantity_expected)
            .map(|item| format!("{} of {} {}", item.quantity_booked, item.quantity_expected, item.sku))
            .collect();
        if over.is_empty() {
            return Ok(());
        }
        let message = format!("More came than ASN {} announced: {}.", hand.id, over.join(", "));
        let remedy = "Agree with the supplier; raise the quantity of the purchase order if the goods stay.";
        self.tell(tx, hand, "asn.over-receipt", message, remedy, now).await
    }

    async fn tell(
        &self,
        tx: &mut Tx,
        hand: &InHand,
        code: &str,
        message: String,
        remedy: &str,
        now: i64,
    ) -> StoreResult<()> {
        let problem = Problem {
            code: code.into(),
            message,
            remedy: remedy.into(),
            retry: "never".into(),
            field: None,
            sku: None,
        };
        let at = ProblemAt { subject: hand.subject(), reference: hand.reference.clone(), problem };
        self.upsert_problems(tx, hand.connection, FLOW, 0, &[at], now).await
    }
}

/// Gives units of a SKU to the lines that have it: each up to what it expects, the rest to the last.
fn spread(hand: &mut InHand, sku: &str, units: u32) -> StoreResult<()> {
    if units == 0 {
        return Err(StoreError::Invalid { field: "quantity", found: "0".into(), expected: "at least 1".into() });
    }
    let known: Vec<&str> = hand.items.iter().map(|item| item.sku.as_str()).collect();
    let hint = format!("it announces {}", known.join(", "));
    let mut left = i64::from(units);
    let mut last = None;
    for (place, item) in hand.items.iter_mut().enumerate().filter(|(_, item)| item.sku == sku) {
        let taken = left.min((item.quantity_expected - item.quantity_receieved).max(0));
        item.quantity_receieved += taken;
        left -= taken;
        last = Some(place);
    }
    match last.and_then(|place| hand.items.get_mut(place)) {
        Some(item) => {
            item.quantity_receieved += left;
            Ok(())
        }
        None => Err(StoreError::not_found("line of the ASN with SKU", sku, Some(hint))),
    }
}

async fn take(tx: &mut Tx, asn: i64) -> StoreResult<InHand> {
    let client: Option<i64> =
        sqlx::query_scalar("SELECT client_id FROM asns WHERE id = $1").bind(asn).fetch_optional(&mut **tx).await?;
    let client = client.ok_or_else(|| StoreError::not_found("ASN", asn, None))?;
    tx.lock_client(client).await?;
    let (warehouse, connection, reference, status): (i64, i64, String, i64) =
        sqlx::query_as("SELECT warehouse_id, connection_id, po_reference, status_id FROM asns WHERE id = $1")
            .bind(asn)
            .fetch_one(&mut **tx)
            .await?;
    let status = AsnStatus::from_id(status).unwrap_or(AsnStatus::New);
    Ok(InHand { id: asn, client, warehouse, connection, reference, status, items: items(tx, asn).await? })
}

async fn set_status(tx: &mut Tx, hand: &InHand, to: AsnStatus, now: i64) -> StoreResult<()> {
    sqlx::query("UPDATE asns SET status_id = $1, last_updated = $2 WHERE id = $3 AND client_id = $4")
        .bind(to.id())
        .bind(now)
        .bind(hand.id)
        .bind(hand.client)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn write_lines(tx: &mut Tx, hand: &InHand) -> StoreResult<()> {
    for item in &hand.items {
        sqlx::query("UPDATE asn_lines SET received = $1, booked = $2, settled = $3 WHERE asn_id = $4 AND line_no = $5")
            .bind(item.quantity_receieved)
            .bind(item.quantity_booked)
            .bind(item.settled)
            .bind(hand.id)
            .bind(item.id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

async fn add_stock(tx: &mut Tx, warehouse: i64, product: i64, units: i64, now: i64) -> StoreResult<()> {
    let found: Option<(i64, i64, i64)> =
        sqlx::query_as("SELECT level, allocated, quarantine FROM stock WHERE product_id = $1 AND warehouse_id = $2")
            .bind(product)
            .bind(warehouse)
            .fetch_optional(&mut **tx)
            .await?;
    let (level, allocated, quarantine) = found.unwrap_or_default();
    let row = StockRow { product_id: product, level: level + units, allocated, quarantine };
    write_stock(tx, warehouse, &[row], now).await
}
