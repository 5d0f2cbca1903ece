//! The import `progress`: how far an invocation is, and whether it shall go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use harness_contract::progress::Directive;

/// How far an invocation says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Reached {
    /// Items done.
    pub done: u64,
    /// Items in all, where the connector knows.
    pub total: Option<u64>,
}

/// One for each invocation: the guest reports, the host looks and may ask to stop.
#[derive(Debug, Default)]
pub struct Progress {
    stop: AtomicBool,
    reached: Mutex<Reached>,
}

impl Progress {
    /// Takes the guest's report and tells it whether to go on.
    pub fn report(&self, done: u64, total: Option<u64>) -> Directive {
        *self.reached.lock().unwrap_or_else(PoisonError::into_inner) = Reached { done, total };
        if self.is_stopping() { Directive::Stop } else { Directive::GoOn }
    }

    /// From now on every report is answered with `stop`.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Whether [`Progress::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// The latest report.
    pub fn reached(&self) -> Reached {
        *self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_told_with_the_next_report_and_the_numbers_are_kept() {
        let progress = Progress::default();
        assert!(matches!(progress.report(1, Some(9)), Directive::GoOn));
        progress.stop();
        assert!(matches!(progress.report(2, Some(9)), Directive::Stop));
        assert_eq!(progress.reached(), Reached { done: 2, total: Some(9) });
    }
}
