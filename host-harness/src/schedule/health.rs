//! Whether the scheduler does its work, for whoever watches the host.

use std::sync::{Arc, Mutex, PoisonError};

/// A scheduler looks every five seconds; one that has not for this long, in milliseconds, hangs.
const HANGS: i64 = 60_000;

/// Written by the scheduler, read by the console.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    looked_at: Option<i64>,
    trouble: Option<String>,
}

impl Health {
    /// Notes that the scheduler looked at `now` for what is due, and what kept it from that.
    pub(super) fn looked(&self, now: i64, trouble: Option<&anyhow::Error>) {
        let trouble = trouble.map(|error| format!("it cannot look for what is due: {error:#}"));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { looked_at: Some(now), trouble };
    }

    /// Why the scheduler is not working at `now`; none while it is.
    pub fn trouble(&self, now: i64) -> Option<String> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.looked_at {
            None => Some("it has not begun".into()),
            Some(at) if now - at > HANGS => Some(format!("it has not looked for {} s", (now - at) / 1_000)),
            Some(_) => state.trouble.clone(),
        }
    }
}
