//! What became of imported orders at the source, and what the warehouse makes of it: apply, cancel, stop or tell, by how far
//! the order has come. Never a second shipment.
//!
//! - `due`: which orders are to be looked at.
//! - `decide`: from a finding and a status to an action; touches no database.
//! - `commit`: a run's findings made real in one transaction.
//! - `edit`: an order as it is now takes the place of the order as it was.
//! - `successors`: orders that were made from an order of the warehouse, and wait for it.
//! - `again`: an order that was cancelled here is taken in again.
//! - `record`: what is remembered of each order.
pub(crate) mod again;
mod commit;
mod decide;
mod due;
mod edit;
pub(crate) mod record;
pub(crate) mod successors;

pub use commit::{ReviewCommit, ReviewResult, Reviewed};
pub use due::{DueReview, DueReviews, LATELY};

use crate::model::{NewOrder, Verdict};

/// Flow whose runs review.
pub(crate) const FLOW: &str = "review-orders";

/// How far apart two findings that an order is gone have to be, at least.
pub const GONE_AFTER: i64 = 10 * 60_000;

/// What a review found out about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is as it was.
    Unchanged,
    /// As it is now.
    Edited(Box<NewOrder>),
    /// It is open and would not be imported as it is now.
    Blocked(Vec<Verdict>),
    /// Cancelled.
    Cancelled,
    /// Despatched by somebody else.
    Processed,
    /// Moved to another location.
    Moved(Moved),
    /// These orders took its place.
    Merged(Vec<String>),
    /// These orders were split off, its own id left out.
    Split {
        /// Ids of the others.
        parts: Vec<String>,
        /// What stayed of it, when that could be read.
        rest: Option<Box<NewOrder>>,
    },
    /// Found by no reading of this run.
    Gone,
    /// The source lists it as open; it was not read.
    Listed,
}

/// Where an order went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// The source's id of the location.
    pub location: String,
    /// The connection that serves it, where one does.
    pub connection: Option<String>,
    /// It is served from the warehouse that the order is in already.
    pub same_warehouse: bool,
}

/// What was done about one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    /// Nothing had to be.
    Nothing,
    /// It was changed to what it is now.
    Applied,
    /// It was cancelled and its stock given free.
    Cancelled,
    /// It goes no further until a person has decided.
    Stopped,
    /// It goes on again.
    Released,
    /// A person is told; it goes on.
    Told,
    /// It was not found; a second finding in another run will count.
    Missing,
    /// Cancelled here and open there.
    StillOpen,
}
