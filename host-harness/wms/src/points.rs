//! Points at which a test has the host die, and how often they were passed. As long as nobody asked, passing them is the reading of
//! a flag.
//!
//! Each transaction of the store passes two of them by itself, whatever it is for: nothing becomes durable anywhere else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// A point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// A batch was fetched and decided about by the connector; nothing of it is written.
    BeforeCommit,
    /// A batch is in the warehouse; nobody was told.
    AfterCommit,
    /// Orders are about to be marked at the source.
    BeforeAcknowledge,
    /// Any transaction, that of a batch or one that stands alone, is complete and not yet durable.
    BeforeTransaction,
    /// Any transaction is durable; nobody knows.
    AfterTransaction,
    /// A new key is written; nothing is sealed with it.
    KeyWritten,
    /// Everything is sealed with the new key, which is not yet in its place.
    KeySealed,
}

/// The points that a test asked for.
#[derive(Debug, Default)]
pub struct Points {
    armed: AtomicBool,
    state: Mutex<State>,
    died: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Which, and how often it is passed before it strikes.
    wanted: Option<(Point, u64)>,
    passed: BTreeMap<Point, u64>,
}

impl Points {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host dies when `point` is reached for the `nth` time from now on, counted from 1.
    pub fn die_at(&self, point: Point, nth: u64) {
        self.state().wanted = Some((point, nth.max(1)));
        self.armed.store(true, Ordering::Release);
    }

    /// Counts from now on how often points are passed.
    pub fn count(&self) {
        self.state().passed.clear();
        self.armed.store(true, Ordering::Release);
    }

    /// How often `point` was passed since [`Points::count`].
    pub fn passed(&self, point: Point) -> u64 {
        self.state().passed.get(&point).copied().unwrap_or_default()
    }

    /// Resolves when the host has died, for each death once. Who plays the death drops the run then.
    pub async fn died(&self) {
        self.died.notified().await;
    }

    /// Passes `point`; never returns when the host dies there.
    pub async fn pass(&self, point: Point) {
        if self.armed.load(Ordering::Acquire) && self.strikes(point) {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn strikes(&self, point: Point) -> bool {
        let mut state = self.state();
        *state.passed.entry(point).or_default() += 1;
        match state.wanted.as_mut() {
            Some((at, left)) if *at == point && *left > 0 => {
                *left -= 1;
                *left == 0
            }
            _ => false,
        }
    }
}
