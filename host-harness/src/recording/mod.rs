//! Recordings: what a component was asked, what it asked the host, and what it returned; and asking it the same again.
//!
//! [`document`] is the file, [`session`] makes one while a host works, [`tape`] stands in for the host when an invocation is carried
//! out again, [`replay`] does that and compares, [`difference`] says in words where two sides part.
//!
//! **There is no raw recording.** While an invocation runs, what it is given is held in memory only. When the session ends, all of
//! that is redacted ([`harness_capability::http::Redactor`]), and the component is asked once more, on a tape, with the redacted
//! input: what it does then is what the file expects. So a recording replays to the byte although replacing a name does not
//! commute with cutting, sorting or comparing it. Where the redaction made the component go another way than it went, the
//! invocation says so.
//!
//! Not here: who asks for a recording (the command line), and where files lie (wherever the operator said).

pub mod difference;
pub mod document;
pub mod replay;
pub mod session;
pub mod tape;
mod versions;

use std::sync::{Arc, Mutex, PoisonError};

pub use document::Recording;
pub use session::Session;

/// The session of a host, when somebody wants a recording. As long as nobody does, an invocation looks here once and that is all.
#[derive(Default)]
pub struct Recordings(Mutex<Option<Arc<Session>>>);

impl Recordings {
    /// From now on every invocation goes into `session`.
    pub fn begin(&self, session: Arc<Session>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }

    /// No further invocation does.
    pub fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
