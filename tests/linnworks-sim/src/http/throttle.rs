//! Calls per minute: a fixed window per application, account and endpoint, from its first call (9.1).

use crate::state::Stamp;
use std::collections::HashMap;
use uuid::Uuid;

const WINDOW_SECONDS: f64 = 60.0;

/// Whose calls are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) application: Uuid,
    pub(crate) account: Uuid,
    pub(crate) endpoint: &'static str,
}

/// All windows.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    windows: HashMap<Key, (Stamp, u32)>,
}

impl Throttle {
    /// Counts a call. When it is over the limit: the whole seconds until the window ends. Refused calls count as
    /// well, but do not lengthen the window.
    pub(crate) fn count(&mut self, key: Key, limit: u32, now: Stamp) -> Result<(), u64> {
        let (start, count) = self.windows.entry(key).or_insert((now, 0));
        let age = now.seconds_since(*start);
        if !(0.0..WINDOW_SECONDS).contains(&age) {
            (*start, *count) = (now, 0);
        }
        *count += 1;
        if *count > limit {
            let left = WINDOW_SECONDS - now.seconds_since(*start);
            return Err(left.ceil().max(1.0) as u64);
        }
        Ok(())
    }

    /// Forgets all windows.
    pub(crate) fn reset(&mut self) {
        self.windows.clear();
    }
}
