//! The import `http`: the only way out of the sandbox.
//!
//! A request passes these layers, in this order, and [`HttpInvocation::send`] is where they stand one under the other:
//!
//! 1. **operation table** ([`OperationTable`]): what is not in the manifest is denied; address, effect, budget and limits come from it;
//! 2. **mode**: `plan` denies everything whose effect is not `read`;
//! 3. **authentication** ([`Credentials`]): a session, shared and renewed; before the rate group, so that a call leaves at the very
//!    instant that its group counted it for;
//! 4. **rate group** ([`rate`]): waits for a call of the account's budget;
//! 5. **lease**: a write leaves only when the run's lease outlives its time limit; after all waiting, so that it is still true;
//! 6. **limits** of the invocation; bodies of requests count as soon as they are taken over, before layer 1;
//! 7. **faults** ([`Faults`]), for tests;
//! 8. **transport**: egress policy ([`egress`]) on the socket, pools per tenant, limits on time and size; bodies of
//!    answers count as they come in, so that all that are under way together stay within the invocation's bytes.
//!
//! Around 3 to 8 goes the repeating of what is harmless (see `retry.rs`), after it the blanking of secrets (see `blanks.rs`),
//! around everything the recording ([`Recorder`]); every attempt is told to a [`CallSink`]. It is a plain chain and not tower services: a layer here needs what an outer one found out
//! (entry, session, account), repeating goes back to the middle of the chain, and two kinds of ending (an answer for the guest, the
//! end of the run) would have to be told apart in every layer's error type.
//!
//! Not here: the order in which answers are handed to the guest (the engine's), and what the request log keeps.

mod attempt;
mod auth;
#[cfg(fuzzing)]
pub mod bare;
mod blanks;
mod dial;
pub mod egress;
mod events;
mod fault;
mod invocation;
mod pool;
pub mod rate;
mod record;
mod redact;
mod retry;
mod table;
mod template;
mod transport;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use rustls::pki_types::CertificateDer;

use crate::clock::{Clock, SystemClock};

pub use auth::{AuthFailure, Credentials, EXCHANGE};
pub use dial::{Resolve, SystemResolver};
pub use events::{CallSink, Ending, Finished, NoSink, Sending};
pub use fault::{CrashPoint, Draw, Fault, Faults, Rule};
pub use invocation::{Ended, HttpInvocation, HttpLimits, HttpUsage, InvocationSpec, LEASE_MARGIN, Lease, Scope, Taken};
pub use record::{MemoryRecord, RecordSink, RecordedCall, RecordedOutcome, Recorder};
pub use redact::Redactor;
pub use table::OperationTable;

/// What a text in an address need not be encoded for (RFC 3986).
pub(crate) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the capability is made of; every part can be replaced in a test.
pub struct HttpSetup {
    /// The host's clock: rate groups, back-off, leases.
    pub clock: Arc<dyn Clock>,
    /// Finds addresses of hosts.
    pub resolver: Arc<dyn Resolve>,
    /// Certificates (DER) that are trusted as roots beyond the machine's own.
    pub extra_roots: Vec<Vec<u8>>,
    /// Is told of every call.
    pub sink: Arc<dyn CallSink>,
    /// Faults on demand.
    pub faults: Arc<Faults>,
}

impl Default for HttpSetup {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            resolver: Arc::new(SystemResolver),
            extra_roots: Vec::new(),
            sink: Arc::new(NoSink),
            faults: Arc::new(Faults::default()),
        }
    }
}

/// What all invocations share: sessions, rate groups, connections. Made once for a host.
#[derive(Clone)]
pub struct HttpCapability {
    parts: Arc<Parts>,
}

pub(crate) struct Parts {
    clock: Arc<dyn Clock>,
    sink: Arc<dyn CallSink>,
    faults: Arc<Faults>,
    rates: rate::RateGroups,
    sessions: auth::Sessions,
    transport: transport::Transport,
}

impl HttpCapability {
    /// Makes the capability; nothing is connected yet.
    pub fn new(setup: HttpSetup) -> Self {
        let HttpSetup { clock, resolver, extra_roots, sink, faults } = setup;
        let roots = extra_roots.into_iter().map(CertificateDer::from).collect();
        let transport = transport::Transport::new(dial::Dialler::new(resolver, roots));
        let rates = rate::RateGroups::new(clock.clone());
        Self { parts: Arc::new(Parts { clock, sink, faults, rates, sessions: auth::Sessions::default(), transport }) }
    }

    /// The part of one invocation.
    pub fn invocation(&self, spec: InvocationSpec) -> HttpInvocation {
        HttpInvocation::new(self.parts.clone(), spec)
    }

    /// How many requests are on the wire. A driver of a virtual clock moves time only when it is 0.
    pub fn in_flight(&self) -> usize {
        self.parts.transport.in_flight()
    }

    /// For each rate group, the calls in its current window and how many it may hold.
    pub fn rate_usage(&self) -> BTreeMap<rate::GroupKey, (usize, usize)> {
        self.parts.rates.usage()
    }

    /// Ends sessions and connections of `tenant`, as when a connection of it is removed or gets a new token. What is left is
    /// obtained anew with the next call.
    pub fn forget(&self, tenant: &str) {
        self.parts.sessions.forget(tenant);
        self.parts.transport.pools.forget(tenant);
    }
}

/// Where a person goes to obtain the token of a connection; `None` when the connector needs none.
///
/// # Errors
/// Which of the platform's secrets is missing.
pub fn install_address(table: &OperationTable, credentials: &Credentials) -> Result<Option<String>, String> {
    table.recipe.as_ref().map(|recipe| recipe.install_address(credentials)).transpose()
}
