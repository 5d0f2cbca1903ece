//! Rate groups: how often a source may be called.
//!
//! A source counts the calls of an account in windows whose beginning only it knows. A **sliding log** keeps all of them: at
//! most N calls in any [`WINDOW`], whatever window the source has in mind. The window is a second longer than the minute
//! that is promised, because calls are counted where they arrive and not where they leave. (A token bucket that allows a
//! burst of N sends 2 N - 1 in its first minute.)
//!
//! A group belongs to an application and an account at the source, and so is shared by all connections of that account, even
//! across clients. Who waits is served by priority; every [`AGEING`] of waiting lifts a waiter by one step, so that nothing
//! starves. Everything in here is a function of (state, now) and names the next instant at which it changes; waiting itself
//! is done with the host's clock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

use crate::clock::{Clock, Instant};

/// Length of the window that is kept, in milliseconds.
pub const WINDOW: i64 = 61_000;
/// How long a waiter stands before it counts as one step more urgent, in milliseconds.
pub const AGEING: i64 = 30_000;
/// How long a group is closed when the source gives no time, in milliseconds.
pub const DEFAULT_CLOSURE: i64 = 60_000;
/// Longest closure that is believed, in milliseconds: a source must not be able to stop a flow for a year.
pub const LONGEST_CLOSURE: i64 = 3_600_000;

/// Who goes first when a group is short of calls; the earlier, the more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// A parcel has left; the buyer waits for the number.
    Despatch,
    /// Orders to be packed.
    Import,
    /// Changes of orders under way.
    Review,
    /// Goods in and returns.
    PurchaseOrdersAndReturns,
    /// Changed stock levels.
    Stock,
    /// All stock levels again, to find drift.
    Reconcile,
}

/// Which budget a call is taken from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// Which application of ours the source sees.
    pub application: String,
    /// Which account at the source.
    pub account: String,
    /// The manifest's rate group.
    pub group: String,
}

/// When calls were sent, and until when the source wants none.
#[derive(Debug, Clone)]
pub struct SlidingLog {
    limit: usize,
    sent: VecDeque<Instant>,
    closed_until: Instant,
}

impl SlidingLog {
    /// An empty log that allows `limit` calls in a window; 0 counts as 1.
    pub fn new(limit: u32) -> Self {
        Self { limit: limit.max(1) as usize, sent: VecDeque::new(), closed_until: Instant::MIN }
    }

    /// The earliest instant, not before `now`, at which one more call may be sent after `ahead` others.
    pub fn free_at(&self, now: Instant, ahead: usize) -> Instant {
        let open = now.max(self.closed_until);
        // The calls ahead go out `limit` at a time, each round a window after the one before; within a round, a call is free
        // when the one that lies `limit` back leaves the window.
        let (rounds, rest) = (ahead / self.limit, ahead % self.limit);
        let blocking = (self.sent.len() + rest).checked_sub(self.limit).and_then(|index| self.sent.get(index));
        let in_round = blocking.map_or(open, |sent| open.max(sent.saturating_add(WINDOW)));
        in_round.saturating_add(WINDOW.saturating_mul(i64::try_from(rounds).unwrap_or(i64::MAX)))
    }

    /// Believes the clock when it was set back: nothing was sent in the future.
    fn settle(&mut self, now: Instant) {
        for sent in self.sent.iter_mut().rev().take_while(|sent| **sent > now) {
            *sent = now;
        }
        self.closed_until = self.closed_until.min(now.saturating_add(LONGEST_CLOSURE));
    }

    /// Takes a call at `now`, when one is free.
    pub fn take(&mut self, now: Instant) -> bool {
        if self.free_at(now, 0) > now {
            return false;
        }
        while self.sent.front().is_some_and(|&oldest| oldest.saturating_add(WINDOW) <= now) {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        true
    }

    /// Sends nothing before `instant`.
    pub fn close_until(&mut self, instant: Instant) {
        self.closed_until = self.closed_until.max(instant);
    }

    /// How many calls lie in the window that ends at `now`.
    pub fn in_window(&self, now: Instant) -> usize {
        self.sent.iter().filter(|sent| sent.saturating_add(WINDOW) > now).count()
    }
}

/// Somebody who wants to send.
#[derive(Debug)]
struct Waiter {
    priority: Priority,
    since: Instant,
    granted: oneshot::Sender<Instant>,
}

/// One group: its log and who waits for it.
#[derive(Debug)]
struct Group {
    log: SlidingLog,
    tickets: u64,
    waiters: BTreeMap<u64, Waiter>,
}

impl Group {
    /// The lower, the earlier served: a step of priority is worth [`AGEING`] of waiting.
    fn rank(&self, ticket: u64) -> Option<(i64, u64)> {
        let waiter = self.waiters.get(&ticket)?;
        Some(((waiter.priority as i64).saturating_mul(AGEING).saturating_add(waiter.since), ticket))
    }

    fn first(&self) -> Option<u64> {
        self.waiters.keys().filter_map(|&ticket| self.rank(ticket)).min().map(|(_, ticket)| ticket)
    }

    /// How many waiters are served before `ticket`.
    fn ahead_of(&self, ticket: u64) -> usize {
        let own = self.rank(ticket);
        self.waiters.keys().filter(|&&other| self.rank(other) < own).count()
    }

    /// Hands out what is free at `now`.
    fn pump(&mut self, now: Instant) {
        self.log.settle(now);
        while self.log.free_at(now, 0) <= now {
            let Some(waiter) = self.first().and_then(|ticket| self.waiters.remove(&ticket)) else { return };
            // Whoever gave up meanwhile takes no call from the others.
            if !waiter.granted.is_closed() && self.log.take(now) {
                let _ = waiter.granted.send(now);
            }
        }
    }
}

/// All rate groups of a host.
pub struct RateGroups {
    clock: Arc<dyn Clock>,
    groups: Mutex<BTreeMap<GroupKey, Arc<Shared>>>,
}

struct Shared {
    group: Mutex<Group>,
    changed: Notify,
}

impl Shared {
    fn group(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No call is free in time; the instant at which one will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSpent(pub Instant);

/// Removes a waiter that is dropped or gives up.
struct Place<'a> {
    shared: &'a Shared,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.shared.group().waiters.remove(&self.ticket).is_some() {
            self.shared.changed.notify_waiters();
        }
    }
}

impl RateGroups {
    /// No group yet; time is `clock`'s.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, groups: Mutex::default() }
    }

    fn shared(&self, key: &GroupKey, calls_per_minute: u32) -> Arc<Shared> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = groups.entry(key.clone()).or_insert_with(|| {
            let log = SlidingLog::new(calls_per_minute);
            Arc::new(Shared {
                group: Mutex::new(Group { log, tickets: 0, waiters: BTreeMap::new() }),
                changed: Notify::new(),
            })
        });
        // A new version of a manifest may name another number; it counts from the next call on.
        shared.group().log.limit = calls_per_minute.max(1) as usize;
        shared.clone()
    }

    /// Waits for a call of the group and takes it; the answer is the instant at which it counts as sent.
    ///
    /// # Errors
    /// [`BudgetSpent`] as soon as it is clear that none will be free by `deadline`.
    pub async fn acquire(
        &self,
        key: &GroupKey,
        calls_per_minute: u32,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Instant, BudgetSpent> {
        let shared = self.shared(key, calls_per_minute);
        let (granted, mut grant) = oneshot::channel();
        let ticket = {
            let mut group = shared.group();
            let ticket = group.tickets;
            group.tickets += 1;
            group.waiters.insert(ticket, Waiter { priority, since: self.clock.now_ms(), granted });
            ticket
        };
        let place = Place { shared: &shared, ticket };
        loop {
            // Registered before looking, so that no change falls between looking and waiting.
            let changed = shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let next = {
                let mut group = shared.group();
                let now = self.clock.now_ms();
                group.pump(now);
                if let Ok(instant) = grant.try_recv() {
                    return Ok(instant);
                }
                let expected = group.log.free_at(now, group.ahead_of(ticket));
                if expected > deadline {
                    drop(group);
                    drop(place);
                    return Err(BudgetSpent(expected));
                }
                group.log.free_at(now, 0)
            };
            tokio::select! {
                instant = &mut grant => if let Ok(instant) = instant { return Ok(instant) },
                () = self.clock.sleep_until(next) => {}
                () = changed => {}
            }
        }
    }

    /// Closes a group because the source asked for it: `seconds` as `Retry-After` gave them, `None` when it gave none.
    /// Returns the instant at which it opens.
    pub fn close(&self, key: &GroupKey, calls_per_minute: u32, seconds: Option<u64>) -> Instant {
        let closure = match seconds.and_then(|seconds| i64::try_from(seconds).ok()) {
            // 0 comes from proxies that know nothing of the quota behind them.
            None | Some(0) => DEFAULT_CLOSURE,
            Some(seconds) => seconds.saturating_mul(1_000).min(LONGEST_CLOSURE),
        };
        let until = self.clock.now_ms().saturating_add(closure);
        let shared = self.shared(key, calls_per_minute);
        shared.group().log.close_until(until);
        shared.changed.notify_waiters();
        until
    }

    /// For each group, how many calls lie in its current window and how many it may hold.
    pub fn usage(&self) -> BTreeMap<GroupKey, (usize, usize)> {
        let now = self.clock.now_ms();
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let usage = |shared: &Shared| {
            let group = shared.group();
            (group.log.in_window(now), group.log.limit)
        };
        groups.iter().map(|(key, shared)| (key.clone(), usage(shared))).collect()
    }
}

#[cfg(test)]
mod tests;
