//! All that a running simulator holds, behind one lock.

use crate::{
    clock::Clock,
    config::Config,
    http::{
        calllog::{CallLog, CallRecord},
        faults::Faults,
        session::Sessions,
        throttle::Throttle,
    },
    state::{Account, Stamp},
};
use bytes::Bytes;

/// The whole simulator. Reached in process through [`crate::SimHandle::with`].
pub struct World {
    /// Switches.
    pub config: Config,
    /// Time.
    pub clock: Clock,
    /// Accounts; the first is the one meant where none is named.
    pub accounts: Vec<Account>,
    /// Address that session answers name unless the configuration has another.
    pub(crate) base_url: String,
    pub(crate) sessions: Sessions,
    pub(crate) throttle: Throttle,
    pub(crate) faults: Faults,
    pub(crate) log: CallLog,
    pub(crate) deferred: Vec<Deferred>,
    pub(crate) merged_at: Option<Stamp>,
}

/// A call that was not answered and takes effect later.
pub(crate) struct Deferred {
    pub(crate) due: Stamp,
    pub(crate) account: usize,
    pub(crate) endpoint: &'static crate::endpoints::Endpoint,
    pub(crate) query: String,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

impl World {
    /// A simulator with one empty account.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            clock: Clock::default(),
            accounts: vec![Account::default()],
            base_url: String::new(),
            sessions: Sessions::default(),
            throttle: Throttle::default(),
            faults: Faults::default(),
            log: CallLog::default(),
            deferred: Vec::new(),
            merged_at: None,
        }
    }

    /// The present moment.
    pub fn now(&self) -> Stamp {
        self.clock.now()
    }

    /// The first account, whose place is never empty.
    #[allow(clippy::indexing_slicing, reason = "no operation leaves the list empty")]
    pub fn account(&self) -> &Account {
        &self.accounts[0]
    }

    /// The first account, to change it.
    #[allow(clippy::indexing_slicing, reason = "no operation leaves the list empty")]
    pub fn account_mut(&mut self) -> &mut Account {
        &mut self.accounts[0]
    }

    /// Calls received since the last reset.
    pub fn calls(&self) -> &[CallRecord] {
        &self.log.calls
    }
}
