//! Every switch of the simulator. What the vendor leaves open, or where sources disagree, is a switch here, with the
//! section of the collected API facts that it stems from; the default is what is likeliest or best witnessed.

mod purchase;

pub use purchase::PurchaseRules;
mod returns;

pub use returns::{Again, ReturnRules, Scrap};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Are members without a value left out of answers, or written as null? Both occur live (2.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NullMode {
    /// Left out.
    #[default]
    Omit,
    /// Written as null.
    Include,
}

/// How a refusal to process an order is told (3.3: both were seen).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Status 200 with `Processed: false` and `Error`.
    #[default]
    Soft,
    /// Status 400 with a message; of a batch nothing is done then.
    Hard,
}

/// What `SetExtendedProperties` does with properties that the call does not name (3.4, inferred).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropertyMode {
    /// They go: the list is replaced.
    #[default]
    Replace,
    /// They stay: named ones are updated.
    Merge,
}

/// What becomes of an edit of a locked or parked order (3.4, 3.7 and 10: "not editable", but which calls refuse, and
/// how, is not stated).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditMode {
    /// It is carried out.
    #[default]
    Allowed,
    /// It is answered as if it were.
    Ignored,
    /// It is refused with 400.
    Refused,
}

/// Checks made before an order is processed (3.3). Parked, locked, cancelled and processed orders are always refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gates {
    /// The order must be paid.
    pub paid: bool,
    /// The invoice must be printed.
    pub invoice: bool,
    /// The label must be printed.
    pub label: bool,
    /// Stock at the location must suffice and every line must be linked.
    pub stock: bool,
    /// Items that demand it must be scanned: `scanPerformed`, and batches assigned.
    pub scan: bool,
    /// Processing notes must be acknowledged. Only `ProcessOrderByOrderOrReferenceId` can say so; other calls fail.
    pub notes: bool,
    /// Tracking number and weight where the postal service demands them.
    pub postal_service: bool,
}

impl Default for Gates {
    fn default() -> Self {
        Self { paid: true, invoice: false, label: false, stock: false, scan: true, notes: false, postal_service: false }
    }
}

/// All switches. Read and changed while running with `GET` and `PATCH /_sim/config`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The `Server` that a session answer names; unset: the simulator's own base URL (1.1).
    pub server: Option<String>,
    /// `TTL` of the session answer; null was seen in 2019 (1.1).
    pub ttl: Option<i64>,
    /// Minutes without a call after which a session ends (1.3: 20 by the docs, 30 by others).
    pub session_minutes: f64,
    /// Does a new login end the older sessions of the same installation? (1.3, inferred: no.)
    pub single_session: bool,
    /// Status for bad credentials at login (1.1, unknown; inferred 400).
    pub bad_credentials_status: u16,
    /// Reproduce the errors of a wrong `request` wrapper instead of accepting both forms (1.4).
    pub strict: bool,
    /// Nulls in answers (2.5).
    pub null_mode: NullMode,
    /// Money with binary noise, `18.4900000000001` (2.4).
    pub float_noise: bool,
    /// Status of calls without an answer: 204 by the specification, 200 with an empty body seen live (9.2).
    pub void_status: u16,
    /// Count calls per minute at all? (9.1)
    pub throttle: bool,
    /// Calls per minute where they differ from the built-in table, by `Controller/Method` in lower case.
    pub limits: BTreeMap<String, u32>,
    /// Endpoints that do not exist on this account, by `Controller/Method`: they answer 404.
    pub absent: Vec<String>,
    /// `FolderName` of an order without folder in `Orders/GetOpenOrders`: `[""]` when true (2.5), else `[]`.
    pub blank_folder: bool,
    /// Does `HoldOrCancel` show the lock of an open order? (2.4, inferred from one live order.)
    pub locked_shows_hold: bool,
    /// Are cancelled orders shown with `Processed: true`? (8.5, inferred.)
    pub cancelled_shows_processed: bool,
    /// Are the ids and details of an order that was merged away still served by `GetOrdersById`? (10: they vanish.)
    pub merged_orders_stay: bool,
    /// Park orders that come in unpaid (3.7).
    pub park_unpaid: bool,
    /// Is `ChangeStatus` as JSON accepted with no effect? (3.4: seen; the form encoding works.)
    pub change_status_json_ignored: bool,
    /// Is `SetLabelsPrinted` refused on locked and parked orders, as the invoice flag is? (3.4: not stated.)
    pub label_refused_when_locked: bool,
    /// Is `ChangeOrderTag` as JSON accepted with no effect, as `ChangeStatus` was seen to be? (3.4: the form is proven.)
    pub change_tag_json_ignored: bool,
    /// Do members that `SetOrderShippingInfo` is not given lose their value? (3.2, inferred: they keep it.)
    pub shipping_info_overwrites: bool,
    /// Edits of shipping, customer and general information of locked or parked orders.
    pub locked_edits: EditMode,
    /// `SetExtendedProperties` (3.4).
    pub set_extended_properties: PropertyMode,
    /// Does `UpdateStockLevelsBulk` answer with an empty body? (5: specification and a live caller disagree.)
    pub bulk_levels_empty: bool,
    /// Does setting the level of a composite fail with 400? Otherwise nothing happens (5, inferred).
    pub composite_level_refused: bool,
    /// Do plain calls set levels at a location whose stock Linnworks keeps by bin? Otherwise nothing happens (6, inferred).
    pub managed_location_takes_levels: bool,
    /// Does an unknown SKU fail the whole of `SetStockLevel`? Otherwise it is missing in the answer (5, inferred).
    pub unknown_sku_refused: bool,
    /// Checks before processing (3.3).
    pub gates: Gates,
    /// How a refused processing is told (3.3).
    pub refusal: Refusal,
    /// Returns and refunds (8).
    pub returns: ReturnRules,
    /// Can stock fall below zero when orders are processed? Otherwise it is floored.
    pub negative_stock: bool,
    /// Merge orders of one customer by itself every quarter of an hour (10).
    pub auto_merge: bool,
    /// Minutes between two merge runs.
    pub merge_minutes: f64,
    /// Most ids that `GetOrdersById` answers; unset: all (2.1: no maximum is documented).
    pub max_orders_by_id: Option<usize>,
    /// Most rows of a page of any list; unset: as many as are asked for (9.3: no maximum is documented for most lists).
    pub most_rows_per_page: Option<i64>,
    /// Purchase orders (7).
    pub purchase: PurchaseRules,
    /// Keep the bodies of received calls in the call log.
    pub log_bodies: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: None,
            ttl: Some(1800),
            session_minutes: 20.0,
            single_session: false,
            bad_credentials_status: 400,
            strict: false,
            null_mode: NullMode::Omit,
            float_noise: false,
            void_status: 204,
            throttle: true,
            limits: BTreeMap::new(),
            absent: Vec::new(),
            blank_folder: true,
            locked_shows_hold: true,
            cancelled_shows_processed: true,
            merged_orders_stay: false,
            park_unpaid: true,
            change_status_json_ignored: false,
            label_refused_when_locked: false,
            change_tag_json_ignored: false,
            shipping_info_overwrites: false,
            locked_edits: EditMode::Allowed,
            set_extended_properties: PropertyMode::Replace,
            bulk_levels_empty: false,
            composite_level_refused: false,
            managed_location_takes_levels: false,
            unknown_sku_refused: false,
            gates: Gates::default(),
            refusal: Refusal::Soft,
            returns: ReturnRules::default(),
            negative_stock: false,
            auto_merge: false,
            merge_minutes: 15.0,
            max_orders_by_id: None,
            most_rows_per_page: None,
            purchase: PurchaseRules::default(),
            log_bodies: true,
        }
    }
}
