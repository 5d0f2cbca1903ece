//! Connections that are kept open between requests.
//!
//! **The rule.** A connection is used by one tenant and with one set of credentials, from its first byte to its last. What a
//! broken or hostile source leaves behind on it (a second answer that nobody asked for) can then only be read by those whom
//! it was sent to.
//!
//! The pool is our own and small, because it has to know one thing exactly that a general client hides: whether a request
//! had left when its connection broke.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;

use super::egress::Origin;

/// How long a connection is kept unused: below what servers and proxies allow, since a request on a connection that is just
/// being closed has an unknown outcome.
const IDLE_LIMIT: Duration = Duration::from_secs(15);
/// How many unused ones are kept for one key.
const MOST_IDLE: usize = 32;

/// Whose connections.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PoolKey {
    pub(crate) tenant: String,
    /// Distinguishes the accounts of a tenant; not the account's id, which is not known before the first session.
    pub(crate) credentials: String,
    pub(crate) origin: Origin,
}

pub(crate) type Sender = SendRequest<Full<Bytes>>;

#[derive(Default)]
pub(crate) struct Pools {
    idle: Mutex<BTreeMap<PoolKey, Vec<(Instant, Sender)>>>,
}

impl Pools {
    fn idle(&self) -> MutexGuard<'_, BTreeMap<PoolKey, Vec<(Instant, Sender)>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An open connection of `key`, the one used last.
    pub(crate) async fn take(&self, key: &PoolKey) -> Option<Sender> {
        loop {
            let (since, mut sender) = self.idle().get_mut(key)?.pop()?;
            if since.elapsed() >= IDLE_LIMIT || sender.is_closed() {
                continue;
            }
            // Ready once the task that owns the socket has seen the end of the last answer, or it errs.
            if let Ok(Ok(())) = tokio::time::timeout(Duration::from_secs(1), sender.ready()).await {
                return Some(sender);
            }
        }
    }

    /// Keeps `sender` for the next request of `key`, and closes what has been unused for too long, whosever it is.
    pub(crate) fn put(&self, key: PoolKey, sender: Sender) {
        let mut idle = self.idle();
        idle.retain(|_, senders| {
            senders.retain(|(since, sender)| since.elapsed() < IDLE_LIMIT && !sender.is_closed());
            !senders.is_empty()
        });
        let senders = idle.entry(key).or_default();
        if senders.len() < MOST_IDLE {
            senders.push((Instant::now(), sender));
        }
    }

    /// Closes what `tenant` has open and unused.
    pub(crate) fn forget(&self, tenant: &str) {
        self.idle().retain(|key, _| key.tenant != tenant);
    }
}
