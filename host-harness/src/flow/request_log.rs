//! What the host notes of every call at a source: operation, outcome, time and size; never bodies or query values. And that stock
//! of an account was, or may have been, moved.

use futures::future::BoxFuture;
use harness_capability::http::{CallSink, Finished};
use harness_wms::Store;

/// Writes each finished call to the host's log, at level debug, and counts those that move stock in the database.
pub struct RequestLog {
    /// Where they are counted.
    pub store: Store,
}

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

    fn moves_stock<'a>(&'a self, application: &'a str, account: &'a str) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let noted = self.store.stock_moved(application, account).await;
            noted.map_err(|error| format!("it moves stock, and that could not be noted: {error}"))
        })
    }
}
