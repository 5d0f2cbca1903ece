//! Switches of purchase orders: what the vendor leaves open about them (7).

use super::EditMode;
use serde::{Deserialize, Serialize};

/// Switches of purchase orders. What is not a switch was observed or is stated by the description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PurchaseRules {
    /// Searches list the newest date of purchase first; otherwise the oldest ("sorted by purchase date", no more).
    pub newest_first: bool,
    /// Rows of a page where the search names no number.
    pub page_size: i64,
    /// Most rows of a page; unset: as many as are asked for.
    pub most_rows: Option<i64>,
    /// Does closing an order with `Change_PurchaseOrderStatus` book in what is outstanding? The description says only
    /// that it "will consolidate Due values".
    pub closing_books_in: bool,
    /// What becomes of a delivered total that is lower than before ("cannot be decreased").
    pub decrease: EditMode,
    /// Is a delivery of more than was ordered refused?
    pub over_delivery_refused: bool,
    /// What becomes of a delivery to an order that is delivered already.
    pub after_delivered: EditMode,
    /// Must deliveries of batched products name a batch?
    pub batch_number_required: bool,
    /// Is `QuantityDelivered` of `Deliver_PurchaseItems_WithQuantity` the total? Otherwise it is added.
    pub quantity_is_total: bool,
    /// Is tax added on top of `Cost`, as the description of `Tax` has it? Otherwise it is contained in it, as the
    /// description of `Cost` has it.
    pub tax_on_top: bool,
    /// Does `Update_PurchaseOrderHeader` keep members that the call leaves out? Seen: it clears them.
    pub header_keeps_omitted: bool,
    /// Does `GetSuppliers` show more than ids and names?
    pub supplier_details: bool,
}

impl Default for PurchaseRules {
    fn default() -> Self {
        Self {
            newest_first: true,
            page_size: 50,
            most_rows: None,
            closing_books_in: false,
            decrease: EditMode::Refused,
            over_delivery_refused: false,
            after_delivered: EditMode::Refused,
            batch_number_required: true,
            quantity_is_total: false,
            tax_on_top: false,
            header_keeps_omitted: false,
            supplier_details: false,
        }
    }
}
