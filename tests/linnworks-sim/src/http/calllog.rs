//! The log of calls received.

use crate::state::Stamp;
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;

/// One call received, answered or not.
#[derive(Debug, Clone, Serialize)]
pub struct CallRecord {
    /// Counts from 1; goes on after a reset.
    pub number: u64,
    /// Virtual time.
    pub time: Stamp,
    /// `Controller/Method` as the API spells it, or the path when there is no such endpoint.
    pub endpoint: String,
    /// HTTP method.
    pub method: String,
    /// `read`, `write`, or `none` for login and unknown paths.
    pub effect: &'static str,
    /// Position of the account, for calls with a session.
    pub account: Option<usize>,
    /// Query text.
    pub query: String,
    /// First 16 hex digits of the SHA-256 of query and body.
    pub digest: String,
    /// Bytes of the body received.
    pub bytes_in: usize,
    /// Bytes of the body answered.
    pub bytes_out: usize,
    /// Status answered; 0 when the connection was closed without an answer.
    pub status: u16,
    /// Did the endpoint run to its end and change what it had to change? Deferred commits count when they happen.
    pub done: bool,
    /// Did a fault change what was done or answered? One that found nothing to change, such as no row to double, did not.
    pub changed: bool,
    /// The faults that struck.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Their numbers.
    #[serde(skip)]
    pub fault_ids: Vec<u64>,
    /// Body received, where bodies are kept and it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// One call as it went over the wire, with credentials and personal data: for a judge in the same process, never for a log.
#[derive(Clone)]
pub struct Exchange {
    /// HTTP method.
    pub method: String,
    /// Path as it was called.
    pub path: String,
    /// Query text.
    pub query: String,
    /// Type of the body received.
    pub content_type: Option<String>,
    /// Body received.
    pub body: Bytes,
    /// Status and body of the answer; `None` when a fault struck, since what came then is the fault's doing.
    pub answer: Option<(u16, Vec<u8>)>,
}

/// All calls since the last reset.
#[derive(Default)]
pub(crate) struct CallLog {
    pub(crate) calls: Vec<CallRecord>,
    numbered: u64,
    /// Whole calls, once somebody has asked for them.
    pub(crate) exchanges: Option<Vec<Exchange>>,
}

impl CallLog {
    /// Adds a call and gives it its number.
    pub(crate) fn push(&mut self, mut call: CallRecord) {
        self.numbered += 1;
        call.number = self.numbered;
        self.calls.push(call);
    }

    /// Calls by endpoint.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for call in &self.calls {
            *counts.entry(call.endpoint.clone()).or_default() += 1;
        }
        counts
    }
}
