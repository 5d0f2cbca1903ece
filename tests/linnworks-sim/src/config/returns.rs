//! Switches of returns and refunds (8): what the vendor's description leaves open.

use serde::{Deserialize, Serialize};

/// How `ScrapQuantity` relates to `ReturnQuantity` (8, inferred: "minus").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scrap {
    /// So many of those that come back.
    #[default]
    PartOfReturned,
    /// So many beside those that come back to stock.
    Beside,
}

/// What becomes of the actioning of an RMA that was actioned before (8, not stated).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Refused in the answer's errors.
    #[default]
    Refused,
    /// Answered as if it had been done now; nothing happens.
    Ignored,
    /// Done once more: the goods are booked in twice.
    Repeated,
}

/// Switches of returns and refunds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReturnRules {
    /// Status of a rejected booking: 200 with `Errors`, or 400 with a message (8: 200).
    pub rejected_status: u16,
    /// Must the lists that stay empty (`ExchangeItems`, `ResendItems`) be sent? (8, inferred: send them.)
    pub empty_lists_required: bool,
    /// Are more than were sent refused? (8.5 shows what can still come back; the refusal is inferred.)
    pub too_many_refused: bool,
    /// Does a booking that was not actioned yet count as returned? (8.5, inferred.)
    pub bookings_count: bool,
    /// Is a second booking with the reference of another refused? (8, not stated.)
    pub same_reference_refused: bool,
    /// Must a line of a batched item name the batch? (8, inferred.)
    pub batch_required: bool,
    /// Are the goods of a return booked in when it is booked, and not when it is actioned? (8: when it is actioned.)
    pub stock_at_booking: bool,
    /// Scrapped goods.
    pub scrap: Scrap,
    /// Actioning once more.
    pub action_again: Again,
    /// Must `Request` be filled in when an RMA is actioned? (8, inferred: only where the channel asks.)
    pub form_required: bool,
    /// The channel refuses what is actioned, with this text: the lines end in `ERROR`.
    pub channel_refuses: Option<String>,
    /// Rows per page of the lists of headers (9.3: the size is not stated).
    pub headers_per_page: i64,
}

impl Default for ReturnRules {
    fn default() -> Self {
        Self {
            rejected_status: 200,
            empty_lists_required: false,
            too_many_refused: true,
            bookings_count: true,
            same_reference_refused: false,
            batch_required: true,
            stock_at_booking: false,
            scrap: Scrap::PartOfReturned,
            action_again: Again::Refused,
            form_required: false,
            channel_refuses: None,
            headers_per_page: 50,
        }
    }
}
