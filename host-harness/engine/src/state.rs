//! What an invocation carries inside its store, and the imports of the contract on top of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use harness_contract::glue::wasi::logging::logging;
use harness_contract::glue::wms::connector::{http, progress, storage, types};
use wasmtime::component::{Accessor, HasData};
use wasmtime::{ResourceLimiter, Result};

use crate::limits::{Interrupt, Limit, Limits};
use crate::meter::Meter;
use crate::turnstile::Turnstile;

/// The outside of `http.send`: carries out one request. Its future must be independent of the guest, since it goes on while
/// the guest computes.
pub trait Outbound: Send + Sync + 'static {
    /// Sends `request`; `Err` ends the invocation, an [`http::HttpError`] is told to the guest.
    fn send(&self, request: http::Request) -> BoxFuture<'static, Answer<HttpResult>>;

    /// Milliseconds that this invocation has waited for a rate limit, which do not count as its wall time.
    fn waited_ms(&self) -> u64;
}

/// What the guest is answered.
pub type HttpResult = std::result::Result<http::Response, http::HttpError>;

/// What an import answers, or why the invocation ends.
pub type Answer<T> = std::result::Result<T, Interrupt>;

/// What the guest is told of its store.
pub type StorageResult<T> = std::result::Result<T, storage::StorageError>;

/// The values of some keys, in their order.
pub type Values = Vec<Option<Vec<u8>>>;

/// The outside of `storage`.
pub trait KeyValue: Send + Sync + 'static {
    /// See `storage.get-many`.
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<Values>>>;
    /// See `storage.set-many`.
    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> BoxFuture<'_, Answer<StorageResult<()>>>;
    /// See `storage.delete-many`.
    fn delete_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<()>>>;
}

/// The outside of `wasi:logging`.
pub trait LogSink: Send + Sync + 'static {
    /// Takes one line.
    ///
    /// # Errors
    /// [`Interrupt`] when the invocation has said too much.
    fn log(&self, level: logging::Level, context: &str, message: &str) -> Answer<()>;
}

/// The outside of `progress`.
pub trait ProgressSink: Send + Sync + 'static {
    /// Takes the newest numbers, answers whether to go on.
    fn report(&self, done: u64, total: Option<u64>) -> progress::Directive;
}

/// Everything that one invocation can reach.
#[derive(Clone)]
pub struct Capabilities {
    /// `http`
    pub http: Arc<dyn Outbound>,
    /// `storage`
    pub storage: Arc<dyn KeyValue>,
    /// `wasi:logging`
    pub log: Arc<dyn LogSink>,
    /// `progress`
    pub progress: Arc<dyn ProgressSink>,
}

pub(crate) struct HostState {
    pub(crate) capabilities: Capabilities,
    pub(crate) turnstile: Arc<Turnstile>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) memory: MemoryGuard,
    pub(crate) calls: CallCounter,
}

impl HostState {
    pub(crate) fn new(capabilities: Capabilities, limits: &Limits) -> Self {
        Self {
            capabilities,
            turnstile: Arc::default(),
            meter: Arc::default(),
            memory: MemoryGuard {
                bytes: limits.memory_bytes,
                elements: limits.table_elements,
                peak: 0,
                used_elements: 0,
            },
            calls: CallCounter { made: Arc::default(), allowed: limits.host_calls },
        }
    }
}

/// Counts calls of imports; a flood of cheap ones costs the host as much as one dear one.
pub(crate) struct CallCounter {
    pub(crate) made: Arc<AtomicU64>,
    allowed: u64,
}

impl CallCounter {
    fn count(&self) -> Result<()> {
        if self.made.fetch_add(1, Ordering::Relaxed) >= self.allowed {
            return Err(Interrupt::Limit(Limit::HostCalls).into());
        }
        Ok(())
    }
}

/// Refuses growth past the limits with a trap that says which, and remembers the peak.
pub(crate) struct MemoryGuard {
    bytes: usize,
    elements: usize,
    used_elements: usize,
    pub(crate) peak: usize,
}

impl ResourceLimiter for MemoryGuard {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        if desired > self.bytes {
            return Err(Interrupt::Limit(Limit::Memory).into());
        }
        self.peak = self.peak.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        self.used_elements += desired.saturating_sub(current);
        if self.used_elements > self.elements {
            return Err(Interrupt::Limit(Limit::TableElements).into());
        }
        Ok(true)
    }
}

/// How the generated glue finds the state.
pub(crate) struct HasHost;

impl HasData for HasHost {
    type Data<'a> = &'a mut HostState;
}

impl types::Host for HostState {}

impl http::Host for HostState {}

impl<T: Send + 'static> http::HostWithStore<T> for HasHost {
    async fn send(accessor: &Accessor<T, Self>, request: http::Request) -> Result<HttpResult> {
        let (turnstile, sending) = accessor.with(|mut access| {
            let state = access.get();
            state.calls.count()?;
            // A task of its own, so that the request moves on while the guest computes.
            let sending = AbortOnDrop(tokio::spawn(state.capabilities.http.send(request)));
            Ok::<_, wasmtime::Error>((Arc::clone(&state.turnstile), sending))
        })?;
        let ticket = turnstile.ticket();
        let answer = sending.await?;
        ticket.turn().await;
        Ok(answer?)
    }
}

/// A task that ends with whoever waits for it: a dropped invocation leaves no request behind that nobody will hear of.
struct AbortOnDrop<R>(tokio::task::JoinHandle<R>);

impl<R> Drop for AbortOnDrop<R> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<R> Future for AbortOnDrop<R> {
    type Output = std::result::Result<R, tokio::task::JoinError>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(context)
    }
}

impl storage::Host for HostState {
    async fn get_many(&mut self, keys: Vec<String>) -> Result<StorageResult<Values>> {
        self.calls.count()?;
        let _standing = self.turnstile.standing();
        Ok(self.capabilities.storage.get_many(keys).await?)
    }

    async fn set_many(&mut self, entries: Vec<(String, Vec<u8>)>) -> Result<StorageResult<()>> {
        self.calls.count()?;
        let _standing = self.turnstile.standing();
        Ok(self.capabilities.storage.set_many(entries).await?)
    }

    async fn delete_many(&mut self, keys: Vec<String>) -> Result<StorageResult<()>> {
        self.calls.count()?;
        let _standing = self.turnstile.standing();
        Ok(self.capabilities.storage.delete_many(keys).await?)
    }
}

impl logging::Host for HostState {
    fn log(&mut self, level: logging::Level, context: String, message: String) -> Result<()> {
        self.calls.count()?;
        Ok(self.capabilities.log.log(level, &context, &message)?)
    }
}

impl progress::Host for HostState {
    fn report(&mut self, done: u64, total: Option<u64>) -> Result<progress::Directive> {
        self.calls.count()?;
        Ok(self.capabilities.progress.report(done, total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoke::Invocation;

    /// Rust cannot ask for a larger function table, so this guest is text.
    const GROWS: &str = r#"(module
        (table 1 funcref)
        (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;

    #[test]
    fn a_table_that_grows_past_its_limit_ends_the_invocation_by_name() {
        let engine = wasmtime::Engine::default();
        let limits = Limits { table_elements: 10, ..Limits::default() };
        let capabilities = Invocation::without_capabilities().capabilities;
        let mut store = wasmtime::Store::new(&engine, HostState::new(capabilities, &limits));
        store.limiter(|state| &mut state.memory);
        let module = wasmtime::Module::new(&engine, GROWS).unwrap();
        let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
        let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow").unwrap();
        assert_eq!(grow.call(&mut store, 5).unwrap(), 1);
        let ended = grow.call(&mut store, 100).unwrap_err();
        assert!(matches!(ended.downcast_ref::<Interrupt>(), Some(Interrupt::Limit(Limit::TableElements))), "{ended:?}");
    }
}
