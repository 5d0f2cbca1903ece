//! Everything that lies in the database: the embedded warehouse (WMS) and what the platform remembers of its connections.
//!
//! One set of queries serves SQLite and PostgreSQL. Time is always an argument (Unix milliseconds, UTC); there is no clock
//! in here, and no transaction is open while anything but this crate runs. What goes over the network, what a connector
//! says and how secrets are sealed belongs to the crates above.
//!
//! A file has one subject; each adds its methods to [`Store`].
#![deny(missing_docs)]

mod accounts;
mod acknowledgements;
mod asns;
mod backup;
mod channels;
mod clients;
mod commit;
mod connections;
mod decide;
mod departures;
mod dump;
mod erase;
mod error;
mod hands;
mod held_plans;
mod in_flight;
mod ledger;
mod model;
mod notices;
mod orders;
mod parts;
mod plugins;
mod problems;
mod products;
mod queue;
mod removal;
mod requests;
mod returns;
mod review;
mod runs;
mod schedule;
mod sql;
mod stock;
mod stock_feed;
mod stock_hands;
mod storage;
mod store;
mod timeline;
mod usage;
mod warehouses;
mod watching;

pub use accounts::Account;
pub use acknowledgements::{AcknowledgeCommit, PendingAcknowledgement};
pub use asns::{
    Asn, AsnCommit, AsnDecided, AsnDecision, AsnDelivery, AsnItem, AsnReceipt, AsnStatus, ListedAsn, NewAsn,
    NewAsnLine, NewAsnProduct, SkippedAsn,
};
pub use backup::{Examined, copy_database, database_files, examine_database};
pub use channels::{Channel, CourierService};
pub use clients::Client;
pub use commit::{Decided, Decision, ImportCommit, ImportResult, SkippedOrder};
pub use connections::{Connection, Lifecycle, NewConnection};
pub use departures::{DepartedLine, Departure};
pub use erase::{Erased, Whose};
pub use error::{StoreError, StoreResult};
pub use hands::Parcel;
pub use held_plans::{HeldPlan, PlanState, PlannedChange, plan_hash};
pub use in_flight::Despatched;
pub use ledger::{LedgerEntry, LedgerState};
pub use model::{Address, NameValue, NewOrder, NewOrderLine, Problem, Totals, Verdict};
pub use notices::Cause;
pub use orders::{Order, OrderItem, OrderStatus};
pub use parts::PickedBatch;
pub use plugins::Plugin;
pub use problems::{OpenProblem, ProblemAt};
pub use products::{NewProduct, Product};
pub use queue::{ItemOutcome, QueueCommit, QueueItem, QueueState, Queued, Told};
pub use removal::{Removal, Removed};
pub use requests::LoggedRequest;
pub use returns::{NewReturnItem, RETURNS_FLOW, Return, ReturnItem, ReturnReason, StockAction};
pub use review::{
    Done, DueReview, DueReviews, Finding, GONE_AFTER, LATELY, Moved, ReviewCommit, ReviewResult, Reviewed,
};
pub use runs::{RUN_SUBJECT, Run, RunEnd, RunMode, RunState};
pub use schedule::Due;
pub use stock::StockLevel;
pub use stock_feed::{Drift, Feed, FeedCommit, FeedItem, FeedOutcome, FeedState, ToldBefore};
pub use stock_hands::StockAdjustment;
pub use storage::{Namespace, StagedStorage};
pub use store::{DatabaseAddress, DatabaseLock, Engine, Store, lock_of};
pub use timeline::TimelineEntry;
pub use usage::Usage;
pub use warehouses::Warehouse;
