//! The flows: one file for each kind of work. Each gathers from the warehouse, calls the component, and applies the outcome in
//! one transaction.
//!
//! [`run`] is the frame of every run, [`call`] one connection's component with its context, capabilities and accounting, [`queue`]
//! what the flows share that tell the source of items one by one. [`FLOWS`] says which there are and which beat drives each.

pub mod adapters;
pub mod backfill;
pub mod by_reference;
pub mod call;
mod convert;
pub mod export_returns;
pub mod guard;
pub mod import_orders;
pub mod import_purchase_orders;
pub(crate) mod lease;
pub mod lists;
pub mod push_despatch;
pub mod queue;
pub mod request_log;
pub mod review_orders;
pub mod run;
pub mod sync_stock;
pub mod why;
mod words;

use std::sync::Arc;

use futures::future::LocalBoxFuture;
use harness_capability::http::AuthFailure;
use harness_capability::progress::Progress;
use harness_contract::manifest::Description;
use harness_contract::review::interface_of;
use harness_contract::types::{Failure, Mode};
use harness_engine::Ended;
use harness_wms::{Connection, StoreError};
use serde_json::Value;

use crate::connection::field;
use crate::platform::Platform;
use run::{Ran, Told};

/// What drives a flow: each beat of a connection has a frequency of its own, and is due, late and backed off by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Orders and all that follows them, at Frequency.
    Orders,
    /// Stock, at StockSyncFrequency: however slow, it never delays orders.
    Stock,
}

impl Beat {
    /// All beats.
    pub const ALL: [Self; 2] = [Self::Orders, Self::Stock];

    /// Its name in the table of due times.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Stock => "stock",
        }
    }
}

/// One flow, as the schedule and the command line see it.
pub struct Flow {
    /// In the database, the contract and on the command line.
    pub name: &'static str,
    /// What drives it.
    pub beat: Beat,
    /// The switch among the connection's settings without which it does nothing; none where it is always wanted.
    pub switch: Option<&'static str>,
    /// All that it does is work its queue off: with an empty one, the beat passes it over.
    pub queued: bool,
    run: fn(&Platform, Connection, Mode, Arc<Progress>) -> Running<'_>,
}

/// A run under way, whatever its flow.
type Running<'a> = LocalBoxFuture<'a, Result<Ran<Told>, FlowError>>;

/// Every flow that the host carries out, in the order in which one beat runs them.
pub const FLOWS: &[Flow] = &[
    Flow {
        name: import_orders::FLOW,
        beat: Beat::Orders,
        switch: None,
        queued: false,
        run: |platform, connection, mode, progress| {
            Box::pin(async move {
                import_orders::watched(platform, &connection, mode, import_orders::Scope::New, progress).await?.told()
            })
        },
    },
    // After the import, whose list it uses; before anything is told of orders that may be gone.
    Flow {
        name: review_orders::FLOW,
        beat: Beat::Orders,
        switch: None,
        queued: false,
        run: |platform, connection, mode, progress| {
            Box::pin(async move {
                review_orders::watched(platform, &connection, mode, review_orders::Scope::Due, progress).await?.told()
            })
        },
    },
    Flow {
        name: push_despatch::FLOW,
        beat: Beat::Orders,
        switch: None,
        queued: true,
        run: |platform, connection, mode, progress| {
            Box::pin(async move { push_despatch::watched(platform, &connection, mode, progress).await?.told() })
        },
    },
    Flow {
        name: import_purchase_orders::FLOW,
        beat: Beat::Orders,
        switch: Some(import_purchase_orders::SWITCH),
        queued: false,
        run: |platform, connection, mode, progress| {
            Box::pin(async move { import_purchase_orders::run(platform, &connection, mode, progress).await?.told() })
        },
    },
    Flow {
        name: export_returns::FLOW,
        beat: Beat::Orders,
        switch: Some(export_returns::SWITCH),
        queued: true,
        run: |platform, connection, mode, progress| {
            Box::pin(async move { export_returns::run(platform, &connection, mode, progress).await?.told() })
        },
    },
    Flow {
        name: sync_stock::FLOW,
        beat: Beat::Stock,
        switch: Some(field::SYNC_STOCK_LEVELS),
        queued: false,
        run: |platform, connection, mode, progress| {
            Box::pin(async move {
                sync_stock::watched(platform, &connection, mode, sync_stock::Scope::Due, progress).await?.told()
            })
        },
    },
];

impl Flow {
    /// The flow of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FLOWS.iter().find(|flow| flow.name == name)
    }

    /// Whether a connector has it.
    pub fn is_of(&self, connector: &Description) -> bool {
        connector.flows.iter().any(|flow| interface_of(*flow).strip_prefix("wms:connector/") == Some(self.name))
    }

    /// Whether the connection's settings ask for it.
    pub fn is_wanted(&self, connection: &Connection) -> bool {
        let on = |switch: &str| connection.settings.get(switch).and_then(Value::as_bool).unwrap_or(false);
        self.switch.is_none_or(on)
    }

    /// Runs it once; `progress` tells meanwhile how far it is.
    ///
    /// # Errors
    /// See [`FlowError`].
    pub async fn run(
        &self,
        platform: &Platform,
        connection: &Connection,
        mode: Mode,
        progress: Arc<Progress>,
    ) -> Result<Ran<Told>, FlowError> {
        (self.run)(platform, connection.clone(), mode, progress).await
    }
}

/// Why a flow did not go through.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The component was ended by the host, or broke off.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The component says that the call as a whole failed.
    #[error("{}", crate::connection::say(.0))]
    Failed(Failure),
    /// The account's budget of calls is spent; `opens` is when there are calls again, where that is known. What was done before
    /// stays, and the next run goes on.
    #[error("{text}")]
    Throttled {
        /// What was said.
        text: String,
        /// Unix milliseconds.
        opens: Option<i64>,
    },
    /// The connector's list has no end in sight.
    #[error(
        "the connector listed more than {limit} {what} and was not done; if the account has really grown that large, raise runs.{what} in the configuration, else report it to the connector's author"
    )]
    TooMuch {
        /// `pages` or `candidates`.
        what: &'static str,
        /// How many are taken.
        limit: u64,
    },
    /// The connector does not keep to the contract.
    #[error("the connector breaks its contract: {0}; report it to its author")]
    Breach(String),
    /// The source does not let us in, or is not usable.
    #[error(transparent)]
    Authentication(AuthFailure),
    /// The connection is not active, so nothing may be done for it.
    #[error("{0}")]
    NotActive(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else of the host's own.
    #[error(transparent)]
    Host(#[from] anyhow::Error),
}

impl FlowError {
    /// Code and remedy of the problem that stands after a run that this broke off. What a person has to mend at the credentials
    /// is one code, what passes by itself others.
    pub fn cause(&self) -> (&'static str, &'static str) {
        match self {
            Self::Ended(_) | Self::TooMuch { .. } | Self::Breach(_) => {
                ("run.connector-ended", "look at the connector's log; if it happens again, report it to its author")
            }
            Self::Authentication(AuthFailure::Rejected(_) | AuthFailure::Missing(_)) => (
                "run.not-authorised",
                "check the token of the connection with `harness connection check`, and enter a new one with \
                 `harness connection edit NAME --secret-stdin`",
            ),
            Self::Authentication(AuthFailure::OtherAccount) => (
                "run.not-authorised",
                "enter a token of the account that the connection was set up with; if it is the same account under another name, \
                 say so with `harness connection edit NAME --secret-stdin --same-account`",
            ),
            Self::Authentication(AuthFailure::NotReady(_)) => (
                "run.source-not-ready",
                "nothing to do: the next run tries again; if it lasts, ask the source why the account is in that state",
            ),
            Self::Authentication(AuthFailure::Unavailable(_)) => (
                "run.source-unavailable",
                "nothing to do: the next run tries again; if it lasts, look at the source's status page",
            ),
            Self::Throttled { .. } | Self::Authentication(AuthFailure::BudgetSpent(_)) => (
                "run.throttled",
                "nothing to do: the next run goes on; if it lasts, look for other integrations that log in to the account",
            ),
            Self::Authentication(AuthFailure::Refused(_)) => (
                "run.session-refused",
                "compare the address with the connector's allowed hosts (`harness plugin inspect`); report it to its author",
            ),
            Self::Failed(_) => ("run.failed", "see the message; the next run tries again"),
            Self::NotActive(_) => ("run.not-active", "activate the connection with `harness connection activate`"),
            Self::Store(_) | Self::Host(_) => ("run.host-failed", "see the host's log"),
        }
    }

    /// Whether the cause may lie in what this one invocation was given, so that another part of the work may do.
    fn is_of_its_batch(&self) -> bool {
        matches!(self, Self::Ended(Ended::Limit(_) | Ended::Trap(_)) | Self::Failed(Failure::UnexpectedAnswer(_)))
    }

    /// Whether no flow of the connection can do any better now.
    pub(crate) fn is_of_the_connection(&self) -> bool {
        matches!(
            self,
            Self::Authentication(_)
                | Self::NotActive(_)
                | Self::Failed(Failure::Unauthorised(_) | Failure::InvalidSettings(_))
                | Self::Store(_)
                | Self::Host(_)
        )
    }

    /// Whether nothing is wrong: the work was only put off.
    fn is_a_pause(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Ended(Ended::Stopped))
    }
}

impl From<AuthFailure> for FlowError {
    fn from(failure: AuthFailure) -> Self {
        match failure {
            AuthFailure::BudgetSpent(opens) => Self::Throttled { text: failure.to_string(), opens: Some(opens) },
            failure => Self::Authentication(failure),
        }
    }
}
