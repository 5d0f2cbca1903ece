//! What the host notes of every call at a source: operation, outcome, time and size; never bodies or query values.

use harness_capability::http::{CallSink, Finished};

/// Writes each finished call to the host's log, at level debug.
pub struct RequestLog;

impl CallSink for RequestLog {
    fn finished(&self, finished: Finished<'_>) {
        tracing::debug!(
            target: "requests",
            tenant = finished.call.scope.tenant,
            connection = finished.call.scope.connection,
            run = finished.call.scope.run,
            operation = finished.call.operation,
            attempt = finished.call.attempt,
            ending = ?finished.ending,
            ms = finished.ms,
            bytes_in = finished.bytes_in,
            bytes_out = finished.bytes_out,
        );
    }
}
