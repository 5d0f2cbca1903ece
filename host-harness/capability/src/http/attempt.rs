//! One attempt: faults, then the wire, and its event.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::Parts;
use super::egress::AllowList;
use super::events::{Ending, Finished, Sending};
use super::fault::{CrashPoint, Fault};
use super::pool::PoolKey;
use super::transport::{Answer, Count, Lost, Outgoing};

/// What came of an attempt.
pub(crate) struct Attempted {
    pub(crate) result: Result<Answer, Lost>,
    /// The host dies as soon as it has noted the answer.
    pub(crate) dies: bool,
}

impl Parts {
    /// Sends `outgoing` once; what comes back is counted by `count`. The error is a crash that a fault asked for.
    pub(crate) async fn attempt(
        &self,
        call: Sending<'_>,
        waited_ms: u64,
        allow: &AllowList,
        key: &PoolKey,
        outgoing: Outgoing,
        count: &Count<'_>,
    ) -> Result<Attempted, CrashPoint> {
        let fault = self.faults.strike(call.operation);
        if let Some(Fault::Crash(CrashPoint::BeforeSending)) = fault {
            return Err(self.faults.crash(CrashPoint::BeforeSending));
        }
        if let Some(Fault::Delay(ms)) = fault {
            self.clock.sleep_until(self.clock.now_ms().saturating_add(ms)).await;
        }
        self.sink.sending(call);
        let began = Instant::now();
        let bytes_out = outgoing.body.len() as u64;
        let bytes_in = AtomicU64::new(0);
        let count = |bytes| {
            bytes_in.fetch_add(bytes, Ordering::Relaxed);
            count(bytes)
        };
        let result = match &fault {
            Some(Fault::NotSent) => Err(Lost::NotSent("the connection was refused (injected fault)".to_owned())),
            Some(Fault::Status { status, retry_after, body }) => {
                count(body.len() as u64).map_err(Lost::Spent).map(|()| Answer {
                    status: *status,
                    headers: retry_after.iter().map(|value| ("retry-after".to_owned(), value.clone())).collect(),
                    body: body.clone().into_bytes(),
                })
            }
            _ => self.transport.exchange(allow, key, outgoing, &count).await,
        };
        let dies = matches!(fault, Some(Fault::Crash(CrashPoint::AnswerSeen)));
        let result = match fault {
            Some(Fault::Crash(point @ (CrashPoint::BeforeSending | CrashPoint::AfterAnswer))) => {
                return Err(self.faults.crash(point));
            }
            Some(Fault::LoseAnswer) => Err(Lost::Unknown("the answer was lost (injected fault)".to_owned())),
            _ => result,
        };
        let ending = match &result {
            Ok(answer) => Ending::Status(answer.status),
            Err(Lost::Denied(_)) => Ending::Denied,
            Err(Lost::NotSent(_)) => Ending::NotSent,
            Err(Lost::Unknown(_)) => Ending::OutcomeUnknown,
            Err(Lost::TooLarge(_) | Lost::Spent(_)) => Ending::TooLarge,
        };
        let bytes_in = bytes_in.into_inner();
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.sink.finished(Finished { call, ending, ms, waited_ms, bytes_out, bytes_in });
        Ok(Attempted { result, dies })
    }
}
