//! Recordings: what an invocation sent and was answered, as the guest saw it, redacted before it is handed to anybody.
//!
//! There is no raw recording. A [`RecordSink`] receives calls in which personal data and secrets are replaced already
//! ([`super::Redactor`]); repeats by the host and session exchanges are not in it, since the guest knows nothing of them.

use std::sync::{Arc, Mutex, PoisonError};

use harness_contract::http::{HttpError, Request, Response};
use secrecy::SecretString;

use super::redact::Redactor;

/// One call of the guest.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RecordedCall {
    /// Place in the order of sending, from 0.
    pub sequence: u64,
    /// Name of the operation.
    pub operation: String,
    /// The query, redacted.
    pub query: Vec<(String, String)>,
    /// The body, redacted.
    pub body: Option<String>,
    /// What came back.
    pub outcome: RecordedOutcome,
}

/// What a recorded call came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedOutcome {
    /// An answer.
    Answer {
        /// 100 to 599.
        status: u16,
        /// Their values redacted.
        headers: Vec<(String, String)>,
        /// Redacted.
        body: String,
    },
    /// No answer, and why.
    Error(HttpError),
}

/// Where recorded calls go.
pub trait RecordSink: Send + Sync + 'static {
    /// Takes one call. Calls arrive in the order in which they end; `sequence` says how they were sent.
    fn call(&self, call: RecordedCall);
}

/// Keeps recorded calls in memory.
#[derive(Debug, Default)]
pub struct MemoryRecord(Mutex<Vec<RecordedCall>>);

impl MemoryRecord {
    /// What was recorded, in the order of sending.
    pub fn calls(&self) -> Vec<RecordedCall> {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        calls.sort_by_key(|call| call.sequence);
        calls
    }
}

impl RecordSink for MemoryRecord {
    fn call(&self, call: RecordedCall) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }
}

/// Records one invocation.
#[derive(Clone)]
pub struct Recorder {
    /// Replaces what must not be kept; the same for all that belongs to one recording.
    pub redactor: Arc<Redactor>,
    /// Takes what is left.
    pub sink: Arc<dyn RecordSink>,
}

/// A request, redacted when it was made; its outcome follows.
pub(crate) struct Begun {
    sequence: u64,
    operation: String,
    query: Vec<(String, String)>,
    body: Option<String>,
}

impl Recorder {
    pub(crate) fn begin(
        &self,
        sequence: u64,
        request: &Request,
        content_type: &str,
        secrets: &[SecretString],
    ) -> Begun {
        let redact = |(name, value): &(String, String)| {
            (name.clone(), self.redactor.without(&self.redactor.pair(name, value), secrets))
        };
        Begun {
            sequence,
            operation: request.operation.clone(),
            query: request.query.iter().map(redact).collect(),
            body: request.body.as_ref().map(|body| self.redactor.body(body, content_type, secrets)),
        }
    }

    pub(crate) fn end(&self, begun: Begun, outcome: &Result<Response, HttpError>, secrets: &[SecretString]) {
        let header = |(name, value): &(String, String)| (name.clone(), self.redactor.header(name, value, secrets));
        let outcome = match outcome {
            Ok(response) => {
                let kind =
                    response.headers.iter().find(|(name, _)| name == "content-type").map_or("", |(_, value)| value);
                RecordedOutcome::Answer {
                    status: response.status,
                    headers: response.headers.iter().map(header).collect(),
                    body: self.redactor.body(&response.body, kind, secrets),
                }
            }
            Err(error) => RecordedOutcome::Error(error.clone()),
        };
        let Begun { sequence, operation, query, body } = begun;
        self.sink.call(RecordedCall { sequence, operation, query, body, outcome });
    }
}
