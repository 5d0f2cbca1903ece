//! Points of a run at which a test has the host die. As long as nobody asked for one, passing them is the reading of a flag.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// A point of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A batch was fetched and decided about by the connector; nothing of it is written.
    BeforeCommit,
    /// A batch is in the warehouse; nobody was told.
    AfterCommit,
    /// Orders are about to be marked at the source.
    BeforeAcknowledge,
    /// A new key is written; nothing is sealed with it.
    KeyWritten,
    /// Everything is sealed with the new key, which is not yet in its place.
    KeySealed,
}

/// The points that a test asked for.
#[derive(Debug, Default)]
pub struct Points {
    armed: AtomicBool,
    /// Which, and how often it is passed before it strikes.
    wanted: Mutex<Option<(Point, u64)>>,
    died: Notify,
}

impl Points {
    /// The host dies when `point` is reached for the `nth` time from now on, counted from 1.
    pub fn die_at(&self, point: Point, nth: u64) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some((point, nth.max(1)));
        self.armed.store(true, Ordering::Release);
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
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        match wanted.as_mut() {
            Some((at, left)) if *at == point => {
                *left -= 1;
                *left == 0
            }
            _ => false,
        }
    }
}
