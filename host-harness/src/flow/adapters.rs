//! The capabilities as the engine wants them.

use std::sync::Arc;

use futures::future::BoxFuture;
use harness_capability::http::{Ended as HttpEnded, HttpInvocation};
use harness_capability::log::InvocationLog;
use harness_capability::progress::Progress;
use harness_capability::storage::{Backing, BackingError, StagedStore};
use harness_capability::{LimitExceeded, LimitKind};
use harness_contract::http::Request;
use harness_contract::logging::Level;
use harness_contract::progress::Directive;
use harness_engine::{
    Answer, HttpResult, Interrupt, KeyValue, Limit, LogSink, Outbound, ProgressSink, StorageResult, Values,
};
use harness_wms::Store;

fn interrupt(exceeded: LimitExceeded) -> Interrupt {
    Interrupt::Limit(match exceeded.kind {
        LimitKind::HttpCalls => Limit::HttpCalls,
        LimitKind::HttpBytes => Limit::HttpBytes,
        LimitKind::LogBytes => Limit::LogBytes,
    })
}

/// `http`
pub struct Http(pub Arc<HttpInvocation>);

impl Outbound for Http {
    fn send(&self, request: Request) -> BoxFuture<'static, Answer<HttpResult>> {
        let invocation = Arc::clone(&self.0);
        // Not within the future: a guest may have many waiting before the first is polled.
        let taken = invocation.take(request);
        Box::pin(async move {
            let answered = async { invocation.carry_out(taken?).await };
            answered.await.map_err(|ended| match ended {
                HttpEnded::Limit(exceeded) => interrupt(exceeded),
                HttpEnded::Crash(point) => Interrupt::Host(format!("crashed on demand: {point:?}")),
            })
        })
    }

    fn waited_ms(&self) -> u64 {
        self.0.usage().waited_ms
    }
}

/// `storage`
pub struct Storage(pub Arc<StagedStore>);

fn unreadable(error: BackingError) -> Interrupt {
    Interrupt::Host(error.to_string())
}

impl KeyValue for Storage {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<Values>>> {
        Box::pin(async move { self.0.get_many(keys).await.map_err(unreadable) })
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> BoxFuture<'_, Answer<StorageResult<()>>> {
        Box::pin(async move { self.0.set_many(entries).await.map_err(unreadable) })
    }

    fn delete_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<()>>> {
        Box::pin(async move { self.0.delete_many(keys).await.map_err(unreadable) })
    }
}

/// The committed part of a connection's store for one flow.
pub struct Committed {
    /// The database.
    pub store: Store,
    /// Whose.
    pub connection: i64,
    /// Which flow's.
    pub flow: String,
    /// Bytes in it when the invocation began.
    pub bytes: u64,
}

impl Backing for Committed {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, BackingError>> {
        Box::pin(async move {
            self.store
                .storage_get(self.connection, &self.flow, &keys)
                .await
                .map_err(|error| BackingError(Box::new(error)))
        })
    }

    fn used_bytes(&self) -> BoxFuture<'_, Result<u64, BackingError>> {
        Box::pin(async { Ok(self.bytes) })
    }
}

/// `wasi:logging`
pub struct Log(pub InvocationLog);

impl LogSink for Log {
    fn log(&self, level: Level, context: &str, message: &str) -> Answer<()> {
        self.0.log(level, context, message).map_err(interrupt)
    }
}

/// `progress`
pub struct Reporter(pub Arc<Progress>);

impl ProgressSink for Reporter {
    fn report(&self, done: u64, total: Option<u64>) -> Directive {
        self.0.report(done, total)
    }
}
