//! How an order stands at Linnworks: the members that decide whether and how it can be despatched.
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::error::CallError;
use super::order::records;
use super::orders;
use super::value::{Flag, Guid, Int, List, Number, Record, Text};
use crate::host::Host;

/// The kind of note that has to be acknowledged while an order is processed.
const PROCESSING_NOTE: i64 = 1;

/// One order, as far as its despatch goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Lower case.
    pub id: String,
    /// The number that people see.
    pub number: i64,
    /// No longer open.
    pub processed: bool,
    /// On an open order: locked. On a processed one: cancelled.
    pub hold_or_cancel: bool,
    /// Parked.
    pub parked: bool,
    /// 0 unpaid, 1 paid, 2 return, 3 pending, 4 resend.
    pub status: i64,
    /// Id of the location, in lower case; the zero GUID is the default location.
    pub location: String,
    /// Whether the invoice is marked as printed.
    pub invoice_printed: bool,
    /// Whether the label is marked as printed.
    pub label_printed: bool,
    /// Whether a note has to be acknowledged while it is processed.
    pub note_to_acknowledge: bool,
    /// What is known of its shipping.
    pub shipping: Shipping,
    /// Its lines, services left out.
    pub lines: Vec<Line>,
}

/// What Linnworks keeps of the shipping of an order, and what a write of the tracking number has to give back unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shipping {
    /// The zero GUID is the service `Default`.
    pub service_id: String,
    /// Name of the postal service.
    pub service: String,
    /// Empty when there is none.
    pub tracking_number: String,
    /// Without unit.
    pub total_weight: Decimal,
    /// Without unit.
    pub item_weight: Decimal,
    /// VAT included.
    pub cost: Decimal,
    /// Whether a person set weights by hand.
    pub manual: bool,
}

/// A line of goods; of a composite each part is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Id of the line, or of the part.
    pub row: String,
    /// Id of the line as sold: of the composite, where it is a part.
    pub sold_row: String,
    /// SKU at Linnworks.
    pub sku: String,
    /// Zero GUID when linked to none.
    pub stock_item: String,
    /// Linked to no stock item.
    pub unlinked: bool,
    /// In all.
    pub quantity: i64,
    /// Its batches have to be told.
    pub batch_scan: bool,
    /// Its batch or serial number has to be scanned.
    pub scan: bool,
    /// Units that batches are assigned to already.
    pub assigned: i64,
}

records! {
    /// An order in the answer.
    Row {
        /// pkOrderID.
        id: Guid<'a> = "OrderId",
        /// For people.
        number: Int = "NumOrderId",
        /// No longer open.
        processed: Flag = "Processed",
        /// Where it is to be fulfilled from.
        location: Guid<'a> = "FulfilmentLocationId",
        /// Status and flags.
        general: Record<Flags<'a>> = "GeneralInfo",
        /// Courier.
        shipping: Record<Carriage<'a>> = "ShippingInfo",
        /// Lines.
        items: List<Goods<'a>> = "Items",
        /// Notes.
        notes: List<Remark<'a>> = "Notes",
    }
    /// `GeneralInfo`.
    Flags {
        /// 0 unpaid, 1 paid, 2 return, 3 pending, 4 resend.
        status: Int = "Status",
        /// 7 is parked.
        marker: Int = "Marker",
        /// Says the same.
        parked: Flag = "IsParked",
        /// Locked, or cancelled.
        hold_or_cancel: Flag = "HoldOrCancel",
        /// Invoice.
        invoice_printed: Flag = "InvoicePrinted",
        /// Label.
        label_printed: Flag = "LabelPrinted",
        /// The location again.
        location: Guid<'a> = "Location",
    }
    /// `ShippingInfo`.
    Carriage {
        /// Postal service.
        service_id: Guid<'a> = "PostalServiceId",
        /// Its name.
        service: Text<'a> = "PostalServiceName",
        /// Tracking number.
        tracking_number: Text<'a> = "TrackingNumber",
        /// Weight.
        total_weight: Number = "TotalWeight",
        /// Weight of the goods.
        item_weight: Number = "ItemWeight",
        /// Cost.
        cost: Number = "PostageCost",
        /// Set by hand.
        manual: Flag = "ManualAdjust",
    }
    /// One of `Items` or `CompositeSubItems`.
    Goods {
        /// Row.
        row: Guid<'a> = "RowId",
        /// Stock item.
        stock_item: Guid<'a> = "StockItemId",
        /// SKU.
        sku: Text<'a> = "SKU",
        /// In all.
        quantity: Number = "Quantity",
        /// Parts.
        parts: List<Goods<'a>> = "CompositeSubItems",
        /// A charge.
        service: Flag = "IsService",
        /// Not linked.
        unlinked: Flag = "IsUnlinked",
        /// Batch.
        batch_scan: Flag = "BatchNumberScanRequired",
        /// Serial number.
        serial_scan: Flag = "SerialNumberScanRequired",
        /// Batches assigned.
        racks: List<Rack<'a>> = "BinRacks",
    }
    /// One of `BinRacks`.
    Rack {
        /// Where it lies.
        name: Text<'a> = "BinRack",
        /// Units.
        quantity: Number = "Quantity",
        /// Batch; 0 when there is none.
        batch: Int = "BatchId",
    }
    /// One of `Notes`.
    Remark {
        /// Id.
        id: Guid<'a> = "OrderNoteId",
        /// Kind.
        kind: Int = "NoteTypeId",
    }
}

/// How these orders stand, by id; unknown ids are missing. One that cannot be read is missing too, and its fault is told.
///
/// # Errors
/// Why there is no usable answer.
pub async fn of<H: Host>(host: &H, ids: &[String]) -> Result<BTreeMap<String, Standing>, CallError> {
    let mut found = BTreeMap::new();
    for batch in ids.chunks(orders::BATCH) {
        let answer = orders::by_id(host, batch).await?;
        let (rows, _) = answer.read_as::<Row<'_>>()?;
        found.extend(rows.iter().filter_map(|row| Some((row.id.get()?, Standing::from(row)))));
    }
    Ok(found)
}

impl Standing {
    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.processed && self.hold_or_cancel
    }

    /// Whether its own record says that it is locked. Where it does not, the order may be locked all the same.
    pub fn is_locked(&self) -> bool {
        !self.processed && self.hold_or_cancel
    }

    /// Whether goods may be sent for it: paid, or a replacement.
    pub fn is_paid(&self) -> bool {
        matches!(self.status, 1 | 4)
    }

    /// Whether something of it has to be scanned.
    pub fn is_scanned(&self) -> bool {
        self.lines.iter().any(|line| line.scan)
    }
}

impl From<&Row<'_>> for Standing {
    fn from(row: &Row<'_>) -> Self {
        let (general, shipping) = (&row.general.0, &row.shipping.0);
        Standing {
            id: row.id.or_zero(),
            number: row.number.0,
            processed: row.processed.0,
            hold_or_cancel: general.hold_or_cancel.0,
            parked: general.parked.0 || general.marker.0 == 7,
            status: general.status.0,
            location: if row.location.is_set() { row.location.or_zero() } else { general.location.or_zero() },
            invoice_printed: general.invoice_printed.0,
            label_printed: general.label_printed.0,
            note_to_acknowledge: row.notes.0.iter().any(|note| note.kind.0 == PROCESSING_NOTE),
            shipping: Shipping {
                service_id: shipping.service_id.or_zero(),
                service: shipping.service.trimmed().to_owned(),
                tracking_number: shipping.tracking_number.trimmed().to_owned(),
                total_weight: shipping.total_weight.0,
                item_weight: shipping.item_weight.0,
                cost: shipping.cost.0,
                manual: shipping.manual.0,
            },
            lines: row.items.0.iter().filter(|item| !item.service.0).flat_map(lines).collect(),
        }
    }
}

fn lines(item: &Goods<'_>) -> Vec<Line> {
    if item.parts.0.is_empty() {
        return vec![line(item, item)];
    }
    item.parts.0.iter().filter(|part| !part.service.0).map(|part| line(part, item)).collect()
}

fn line(item: &Goods<'_>, sold: &Goods<'_>) -> Line {
    let assigned = item.racks.0.iter().filter(|rack| rack.batch.0 != 0);
    Line {
        row: item.row.or_zero(),
        sold_row: sold.row.or_zero(),
        sku: item.sku.trimmed().to_owned(),
        stock_item: item.stock_item.or_zero(),
        unlinked: item.unlinked.0 || !item.stock_item.is_set(),
        quantity: item.quantity.whole().unwrap_or_default(),
        batch_scan: item.batch_scan.0,
        scan: item.batch_scan.0 || item.serial_scan.0,
        assigned: assigned.filter_map(|rack| rack.quantity.whole()).sum(),
    }
}
