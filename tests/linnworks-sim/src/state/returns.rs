//! Returns, exchanges and resends (RMAs) and refunds of an account, with the numbering of their headers and lines (8).

use super::{order_parts::null_as_default, render, stamp::Stamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a header or line stands: open, done, or refused by the channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PostSale {
    /// Booked, to be actioned.
    #[default]
    Open,
    /// Actioned.
    Processed,
    /// Actioned and refused.
    Error,
    /// The same, and somebody has seen it.
    ErrorAcked,
    /// Sent to the channel, whose answer is awaited.
    Pending,
}

/// What a line of an RMA is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RmaKind {
    /// Goods come back.
    #[default]
    Return,
    /// Goods come back and others are sent.
    Exchange,
    /// The same goods are sent once more.
    Resend,
}

/// A refusal of a line by the channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct PostSaleError {
    /// Text.
    pub error_message: String,
    /// When.
    pub date_stamp: Stamp,
    /// Has somebody seen it?
    pub acknowledged: bool,
}

/// An RMA: what comes back, and is sent instead, for one order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Rma {
    /// Number of the header; given one when it is zero.
    #[serde(rename = "RMAHeaderId")]
    pub header_id: i32,
    /// The order.
    pub order_id: Uuid,
    /// The reference that the booking gave, or one made of order number and header.
    pub external_reference: String,
    /// Did the channel begin it?
    pub channel_initiated: bool,
    /// When it was booked.
    pub created_date: Stamp,
    /// When anything was last done with it.
    #[serde(skip_serializing_if = "render::omitted")]
    pub last_action_date: Option<Stamp>,
    /// Lines.
    #[serde(deserialize_with = "null_as_default")]
    pub lines: Vec<RmaLine>,
}

/// A line of an RMA.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct RmaLine {
    /// Number of the line; given one when it is zero.
    #[serde(rename = "RMARowId")]
    pub row_id: i32,
    /// Return, exchange or resend.
    #[serde(rename = "Type")]
    pub kind: RmaKind,
    /// Where it stands.
    pub status: PostSale,
    /// The order's line, or a component of it.
    pub order_item_row_id: Uuid,
    /// Where the goods go.
    pub return_location: Uuid,
    /// How many come back.
    pub return_quantity: i32,
    /// How many of them are thrown away.
    pub scrap_quantity: i32,
    /// The batch that they go back to.
    #[serde(skip_serializing_if = "render::omitted")]
    pub batch_inventory_id: Option<i32>,
    /// Money to be given back.
    pub refund_amount: f64,
    /// The refund line made of that.
    #[serde(skip_serializing_if = "render::omitted")]
    pub refund_row_id: Option<Uuid>,
    /// Category.
    pub reason_category: String,
    /// Free text.
    pub reason: String,
    /// The channel's reason.
    pub reason_tag: String,
    /// The channel's second reason.
    pub sub_reason_tag: String,
    /// Shelf for the components of a batched composite.
    pub binrack_override: String,
    /// What is sent in an exchange.
    #[serde(skip_serializing_if = "render::omitted")]
    pub exchange_stock_item_id: Option<Uuid>,
    /// How many are.
    pub exchange_quantity: i32,
    /// How many are sent once more in a resend.
    pub resend_quantity: i32,
    /// Where exchanges and resends leave from.
    pub despatch_location_id: Uuid,
    /// What the customer pays for it.
    pub additional_cost: f64,
    /// The order that exchange or resend made.
    #[serde(skip_serializing_if = "render::omitted")]
    pub new_order_id: Option<Uuid>,
    /// When it was actioned.
    #[serde(skip_serializing_if = "render::omitted")]
    pub actioned_date: Option<Stamp>,
    /// Refusals by the channel.
    #[serde(deserialize_with = "null_as_default")]
    pub errors: Vec<PostSaleError>,
}

/// A refund of one order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Refund {
    /// Number of the header; given one when it is zero.
    #[serde(rename = "RefundHeaderId")]
    pub header_id: i32,
    /// The order.
    pub order_id: Uuid,
    /// Made of order number and header.
    pub external_reference: String,
    /// Did the channel begin it?
    pub channel_initiated: bool,
    /// When it was made.
    pub created_date: Stamp,
    /// When anything was last done with it.
    #[serde(skip_serializing_if = "render::omitted")]
    pub last_action_date: Option<Stamp>,
    /// Lines.
    #[serde(deserialize_with = "null_as_default")]
    pub lines: Vec<RefundLine>,
}

/// A line of a refund.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct RefundLine {
    /// Row; given one when it is zero.
    pub refund_row_id: Uuid,
    /// `Item`, `Shipping`, `Service` or `Additional`.
    pub refunded_unit: String,
    /// Where it stands.
    pub status: PostSale,
    /// The order's line, for items and services.
    #[serde(skip_serializing_if = "render::omitted")]
    pub order_item_row_id: Option<Uuid>,
    /// The line of the return that it belongs to.
    #[serde(skip_serializing_if = "render::omitted")]
    pub return_row_id: Option<i32>,
    /// Money.
    pub amount: f64,
    /// How many.
    pub quantity: i32,
    /// Reason as text, or a note.
    pub free_text_or_note: String,
    /// The channel's reason.
    pub reason_tag: String,
    /// The channel's second reason.
    pub sub_reason_tag: String,
    /// Category.
    pub reason_category: String,
    /// When it was actioned.
    #[serde(skip_serializing_if = "render::omitted")]
    pub actioned_date: Option<Stamp>,
    /// Refusals by the channel.
    #[serde(deserialize_with = "null_as_default")]
    pub errors: Vec<PostSaleError>,
}

/// A category of returns, chosen from a list by people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ReturnCategory {
    /// Number; given one when it is zero.
    #[serde(rename = "pkItemId")]
    pub id: i32,
    /// Name.
    pub category_name: String,
}

/// A reason that the channel of an order demands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ChannelReason {
    /// Source of the orders that it is for; empty: all.
    pub source: String,
    /// What it is for, for example `ItemReturn` or `ItemRefund`.
    pub types: String,
    /// Tag.
    pub tag: String,
    /// Text.
    pub display_name: String,
}

/// All that comes after a sale, in the sequence of its numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AfterSales {
    /// Returns, exchanges and resends.
    #[serde(rename = "RMAs")]
    pub rmas: Vec<Rma>,
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// Categories.
    pub return_categories: Vec<ReturnCategory>,
    /// Reasons of channels.
    pub channel_reasons: Vec<ChannelReason>,
    /// The last number given to an RMA header.
    pub last_rma_header: i32,
    /// The last number given to a line of an RMA.
    pub last_rma_row: i32,
    /// The last number given to a refund header.
    pub last_refund_header: i32,
}

/// What state all lines together give their header.
fn together(lines: impl Iterator<Item = PostSale>) -> PostSale {
    let lines: Vec<PostSale> = lines.collect();
    let any = |state| lines.contains(&state);
    if any(PostSale::Error) {
        PostSale::Error
    } else if any(PostSale::Open) || lines.is_empty() {
        PostSale::Open
    } else if any(PostSale::Pending) {
        PostSale::Pending
    } else if any(PostSale::ErrorAcked) {
        PostSale::ErrorAcked
    } else {
        PostSale::Processed
    }
}

impl PostSale {
    /// Done with: nothing more is expected of it.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Processed | Self::ErrorAcked)
    }
}

impl Rma {
    /// Where the whole stands.
    pub fn status(&self) -> PostSale {
        together(self.lines.iter().map(|line| line.status))
    }
}

impl Refund {
    /// Where the whole stands.
    pub fn status(&self) -> PostSale {
        together(self.lines.iter().map(|line| line.status))
    }
}

impl AfterSales {
    /// Adds an RMA or replaces the one with its number; gives numbers where they are zero. Returns the header's.
    pub fn put_rma(&mut self, mut rma: Rma) -> i32 {
        if rma.header_id == 0 {
            rma.header_id = self.last_rma_header + 1;
        }
        self.last_rma_header = self.last_rma_header.max(rma.header_id);
        for line in &mut rma.lines {
            if line.row_id == 0 {
                line.row_id = self.last_rma_row + 1;
            }
            self.last_rma_row = self.last_rma_row.max(line.row_id);
        }
        let id = rma.header_id;
        match self.rmas.iter_mut().find(|known| known.header_id == id) {
            Some(known) => *known = rma,
            None => self.rmas.push(rma),
        }
        id
    }

    /// Adds a refund or replaces the one with its number; gives a number where it is zero. Returns it.
    pub fn put_refund(&mut self, mut refund: Refund) -> i32 {
        if refund.header_id == 0 {
            refund.header_id = self.last_refund_header + 1;
        }
        self.last_refund_header = self.last_refund_header.max(refund.header_id);
        let id = refund.header_id;
        match self.refunds.iter_mut().find(|known| known.header_id == id) {
            Some(known) => *known = refund,
            None => self.refunds.push(refund),
        }
        id
    }

    /// The RMA with this number.
    pub fn rma(&self, header: i32) -> Option<&Rma> {
        self.rmas.iter().find(|rma| rma.header_id == header)
    }

    /// The RMAs of an order.
    pub fn rmas_of(&self, order: Uuid) -> impl Iterator<Item = &Rma> {
        self.rmas.iter().filter(move |rma| rma.order_id == order)
    }

    /// The refund with this number.
    pub fn refund(&self, header: i32) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.header_id == header)
    }

    /// The refunds of an order.
    pub fn refunds_of(&self, order: Uuid) -> impl Iterator<Item = &Refund> {
        self.refunds.iter().filter(move |refund| refund.order_id == order)
    }
}
