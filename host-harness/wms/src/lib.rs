//! Everything that lies in the database: the embedded warehouse (WMS) and what the platform remembers of its connections.
//!
//! One set of queries serves SQLite and PostgreSQL. Time is always an argument (Unix milliseconds, UTC); there is no clock
//! in here, and no transaction is open while anything but this crate runs. What goes over the network, what a connector
//! says and how secrets are sealed belongs to the crates above.
//!
//! A file has one subject; each adds its methods to [`Store`].
#![deny(missing_docs)]

mod accounts;
mod channels;
mod clients;
mod commit;
mod connections;
mod decide;
mod error;
mod ledger;
mod model;
mod orders;
mod problems;
mod products;
mod runs;
mod sql;
mod stock;
mod storage;
mod store;
mod timeline;
mod warehouses;

pub use accounts::Account;
pub use channels::{Channel, CourierService};
pub use clients::Client;
pub use commit::{Decided, Decision, ImportCommit, ImportResult, SkippedOrder};
pub use connections::{Connection, Lifecycle, NewConnection};
pub use error::{StoreError, StoreResult};
pub use ledger::{LedgerEntry, LedgerState};
pub use model::{Address, NameValue, NewOrder, NewOrderLine, Problem, Totals, Verdict};
pub use orders::{Order, OrderItem, OrderStatus};
pub use problems::{OpenProblem, ProblemAt};
pub use products::{NewProduct, Product};
pub use runs::{Run, RunMode, RunState};
pub use stock::StockLevel;
pub use storage::{Namespace, StagedStorage};
pub use store::{DatabaseAddress, Engine, Store};
pub use timeline::TimelineEntry;
pub use warehouses::Warehouse;
