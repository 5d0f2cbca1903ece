//! Sessions with sliding expiry (1.3).

use crate::state::{Application, Stamp};
use std::collections::HashMap;
use uuid::Uuid;

/// An open session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Position of the account among the simulator's accounts.
    pub(crate) account: usize,
    /// Who logged in.
    pub(crate) application: Application,
    /// Last call.
    pub(crate) used: Stamp,
}

/// All sessions, by token.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: HashMap<Uuid, Session>,
    given: u64,
}

impl Sessions {
    /// Opens a session and names its token.
    pub(crate) fn open(&mut self, account: usize, application: Application, now: Stamp, single: bool) -> Uuid {
        if single {
            self.open.retain(|_, session| session.application != application);
        }
        self.given += 1;
        let token = Uuid::new_v5(&application.token, format!("session/{}", self.given).as_bytes());
        self.open.insert(token, Session { account, application, used: now });
        token
    }

    /// The session of an `Authorization` header, kept alive by this call. The bare token; `Bearer` is refused.
    pub(crate) fn touch(&mut self, header: &str, now: Stamp, minutes: f64) -> Option<Session> {
        let token = Uuid::parse_str(header.trim()).ok()?;
        if now.seconds_since(self.open.get(&token)?.used) > minutes * 60.0 {
            self.open.remove(&token);
            return None;
        }
        let session = self.open.get_mut(&token)?;
        session.used = now;
        Some(session.clone())
    }

    /// Ends the session of a header.
    pub(crate) fn end(&mut self, header: &str) {
        if let Ok(token) = Uuid::parse_str(header.trim()) {
            self.open.remove(&token);
        }
    }

    /// Ends all sessions.
    pub(crate) fn end_all(&mut self) {
        self.open.clear();
    }

    /// How many are open, expired ones among them that were not used since.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }
}
