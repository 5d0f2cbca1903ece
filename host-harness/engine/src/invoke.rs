//! One call of a component: a fresh store, the limits on it, the call, what it used.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::BoxFuture;
use harness_contract::glue::wasi::logging::logging::Level;
use harness_contract::glue::wms::connector::{progress, storage::StorageError};
use harness_contract::types::{Context, Failure, Outcome, Page, Problem, Verdict};
use harness_contract::{
    export_returns, http, import_orders, import_purchase_orders, manifest, push_despatch, review_orders, setup,
    sync_stock,
};
use serde::Serialize;
use tokio::time::Instant;
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::engine::Engine;
use crate::limits::{Ended, Interrupt, Limit, Limits};
use crate::load::{Exports, Plugin};
use crate::meter::Metered;
use crate::state::{
    Answer, Capabilities, HostState, HttpResult, KeyValue, LogSink, Outbound, ProgressSink, StorageResult, Values,
};

/// What one call is given.
#[derive(Clone)]
pub struct Invocation {
    /// What it may use.
    pub limits: Limits,
    /// What it can reach.
    pub capabilities: Capabilities,
}

/// What one call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Processor time of the guest and of the host's part in its polls, in microseconds.
    pub cpu_us: u64,
    /// Largest linear memory, in bytes.
    pub memory_bytes: u64,
    /// Calls of imports.
    pub host_calls: u64,
    /// Exact fuel, where the engine counts it.
    pub fuel: Option<u64>,
}

/// The outcome of one call.
#[derive(Debug, Clone)]
pub struct Invoked<R> {
    /// What the function returned, or why it did not.
    pub result: Result<R, Ended>,
    /// What it used, in both cases.
    pub usage: Usage,
}

/// Makes the body of a method: instantiate, call inside the event loop, meter, name what went wrong.
macro_rules! call {
    ($plugin:expr, $invocation:expr, $indices:expr, |$guest:ident, $accessor:ident| $call:expr) => {{
        let invocation: Invocation = $invocation;
        let mut run = Running::start(&$plugin.engine, &invocation);
        let deadline = run.deadline(&invocation);
        let outcome = {
            let store = &mut run.store;
            let work = async {
                let instance = $plugin.pre.instantiate_async(&mut *store).await?;
                let $guest = $indices.load(&mut *store, &instance)?;
                store.run_concurrent(async |$accessor| $call.await).await?
            };
            deadline.apply(Metered::new(Arc::clone(&run.meter), Arc::clone(&run.turnstile), work)).await
        };
        run.finish(outcome)
    }};
}

impl Plugin {
    /// Makes a fresh instance and drops it: what every call does first, for measuring it alone.
    ///
    /// # Errors
    /// When the instance pool is exhausted.
    pub async fn instantiate(&self, invocation: &Invocation) -> Result<(), Ended> {
        let mut run = Running::start(&self.engine, invocation);
        let (meter, turnstile) = (Arc::clone(&run.meter), Arc::clone(&run.turnstile));
        let made = Metered::new(meter, turnstile, self.pre.instantiate_async(&mut run.store)).await;
        made.map(drop).map_err(|error| name(&error))
    }

    /// `setup.check`
    pub async fn check(&self, invocation: Invocation, ctx: Context) -> Invoked<Result<Vec<Verdict>, Failure>> {
        call!(self, invocation, self.exports.setup, |guest, accessor| guest.call_check(accessor, ctx))
    }

    /// `setup.list-locations`
    pub async fn list_locations(
        &self,
        invocation: Invocation,
        ctx: Context,
    ) -> Invoked<Result<Vec<setup::Location>, Failure>> {
        call!(self, invocation, self.exports.setup, |guest, accessor| guest.call_list_locations(accessor, ctx))
    }

    /// `setup.migrate`; no import answers while it runs.
    pub async fn migrate(&self, from_version: u32, settings: String) -> Invoked<Result<String, Problem>> {
        let invocation = Invocation::without_capabilities();
        let mut run = Running::start(&self.engine, &invocation);
        let deadline = run.deadline(&invocation);
        let outcome = {
            let store = &mut run.store;
            let work = async {
                let instance = self.pre.instantiate_async(&mut *store).await?;
                let guest = self.exports.setup.load(&mut *store, &instance)?;
                guest.call_migrate(&mut *store, from_version, &settings).await
            };
            deadline.apply(Metered::new(Arc::clone(&run.meter), Arc::clone(&run.turnstile), work)).await
        };
        run.finish(outcome)
    }

    /// `import-orders.discover`
    pub async fn discover_orders(
        &self,
        invocation: Invocation,
        ctx: Context,
        checkpoint: Option<String>,
    ) -> Invoked<Result<Page, Failure>> {
        let Some(indices) = &self.exports.import_orders else { return Invoked::unsupported("import-orders") };
        call!(self, invocation, indices, |guest, accessor| guest.call_discover(accessor, ctx, checkpoint))
    }

    /// `import-orders.fetch`
    pub async fn fetch_orders(
        &self,
        invocation: Invocation,
        ctx: Context,
        ids: Vec<String>,
    ) -> Invoked<Result<Vec<import_orders::Fetched>, Failure>> {
        let Some(indices) = &self.exports.import_orders else { return Invoked::unsupported("import-orders") };
        call!(self, invocation, indices, |guest, accessor| guest.call_fetch(accessor, ctx, ids))
    }

    /// `import-orders.acknowledge`
    pub async fn acknowledge_orders(
        &self,
        invocation: Invocation,
        ctx: Context,
        ids: Vec<String>,
    ) -> Invoked<Result<Vec<Outcome>, Failure>> {
        let Some(indices) = &self.exports.import_orders else { return Invoked::unsupported("import-orders") };
        call!(self, invocation, indices, |guest, accessor| guest.call_acknowledge(accessor, ctx, ids))
    }

    /// `import-orders.find`
    pub async fn find_orders(
        &self,
        invocation: Invocation,
        ctx: Context,
        reference: String,
    ) -> Invoked<Result<Vec<String>, Failure>> {
        let Some(indices) = &self.exports.import_orders else { return Invoked::unsupported("import-orders") };
        call!(self, invocation, indices, |guest, accessor| guest.call_find(accessor, ctx, reference))
    }

    /// `import-orders.explain`
    pub async fn explain_order(
        &self,
        invocation: Invocation,
        ctx: Context,
        reference: String,
    ) -> Invoked<Result<Vec<import_orders::Explanation>, Failure>> {
        let Some(indices) = &self.exports.import_orders else { return Invoked::unsupported("import-orders") };
        call!(self, invocation, indices, |guest, accessor| guest.call_explain(accessor, ctx, reference))
    }

    /// `review-orders.review`
    pub async fn review_orders(
        &self,
        invocation: Invocation,
        ctx: Context,
        orders: Vec<review_orders::ImportedOrder>,
    ) -> Invoked<Result<Vec<review_orders::ReviewResult>, Failure>> {
        let Some(indices) = &self.exports.review_orders else { return Invoked::unsupported("review-orders") };
        call!(self, invocation, indices, |guest, accessor| guest.call_review(accessor, ctx, orders))
    }

    /// `push-despatch.push`
    pub async fn push_despatches(
        &self,
        invocation: Invocation,
        ctx: Context,
        despatches: Vec<push_despatch::Despatch>,
    ) -> Invoked<Result<Vec<Outcome>, Failure>> {
        let Some(indices) = &self.exports.push_despatch else { return Invoked::unsupported("push-despatch") };
        call!(self, invocation, indices, |guest, accessor| guest.call_push(accessor, ctx, despatches))
    }

    /// `sync-stock.sync`
    pub async fn sync_stock(
        &self,
        invocation: Invocation,
        ctx: Context,
        levels: Vec<sync_stock::StockLevel>,
        in_flight: Vec<sync_stock::InFlightOrder>,
    ) -> Invoked<Result<Vec<Outcome>, Failure>> {
        let Some(indices) = &self.exports.sync_stock else { return Invoked::unsupported("sync-stock") };
        call!(self, invocation, indices, |guest, accessor| guest.call_sync(accessor, ctx, levels, in_flight))
    }

    /// `import-purchase-orders.discover`
    pub async fn discover_purchase_orders(
        &self,
        invocation: Invocation,
        ctx: Context,
        checkpoint: Option<String>,
    ) -> Invoked<Result<Page, Failure>> {
        let Some(indices) = &self.exports.import_purchase_orders else {
            return Invoked::unsupported("import-purchase-orders");
        };
        call!(self, invocation, indices, |guest, accessor| guest.call_discover(accessor, ctx, checkpoint))
    }

    /// `import-purchase-orders.fetch`
    pub async fn fetch_purchase_orders(
        &self,
        invocation: Invocation,
        ctx: Context,
        ids: Vec<String>,
    ) -> Invoked<Result<Vec<import_purchase_orders::FetchedAsn>, Failure>> {
        let Some(indices) = &self.exports.import_purchase_orders else {
            return Invoked::unsupported("import-purchase-orders");
        };
        call!(self, invocation, indices, |guest, accessor| guest.call_fetch(accessor, ctx, ids))
    }

    /// `import-purchase-orders.deliver`
    pub async fn deliver_receipts(
        &self,
        invocation: Invocation,
        ctx: Context,
        receipts: Vec<import_purchase_orders::Receipt>,
    ) -> Invoked<Result<Vec<Outcome>, Failure>> {
        let Some(indices) = &self.exports.import_purchase_orders else {
            return Invoked::unsupported("import-purchase-orders");
        };
        call!(self, invocation, indices, |guest, accessor| guest.call_deliver(accessor, ctx, receipts))
    }

    /// `export-returns.export`
    pub async fn export_returns(
        &self,
        invocation: Invocation,
        ctx: Context,
        returns: Vec<export_returns::OrderReturn>,
    ) -> Invoked<Result<Vec<Outcome>, Failure>> {
        let Some(indices) = &self.exports.export_returns else { return Invoked::unsupported("export-returns") };
        call!(self, invocation, indices, |guest, accessor| guest.call_export(accessor, ctx, returns))
    }
}

/// `manifest.describe`, before there is a plugin.
pub(crate) async fn describe(
    engine: &Engine,
    pre: &InstancePre<HostState>,
    exports: &Exports,
    invocation: Invocation,
) -> Result<manifest::Description, Ended> {
    let mut run = Running::start(engine, &invocation);
    let deadline = run.deadline(&invocation);
    let outcome = {
        let store = &mut run.store;
        let work = async {
            let instance: Instance = pre.instantiate_async(&mut *store).await?;
            let guest = exports.manifest.load(&mut *store, &instance)?;
            guest.call_describe(&mut *store).await
        };
        deadline.apply(Metered::new(Arc::clone(&run.meter), Arc::clone(&run.turnstile), work)).await
    };
    run.finish(outcome).result
}

/// A store that is set up and metered.
struct Running {
    store: Store<HostState>,
    meter: Arc<crate::meter::Meter>,
    turnstile: Arc<crate::turnstile::Turnstile>,
    fuel: bool,
}

impl Running {
    fn start(engine: &Engine, invocation: &Invocation) -> Self {
        let limits = &invocation.limits;
        let mut store = Store::new(&engine.inner, HostState::new(invocation.capabilities.clone(), limits));
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(limits.host_call_bytes);
        store.set_max_component_handles(limits.host_table_entries);
        if let Some(table) = store.concurrent_resource_table() {
            table.set_max_capacity(limits.host_table_entries);
        }
        let budget = limits.cpu_ms.saturating_mul(1_000_000);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |store| {
            if store.data().meter.nanoseconds_within_poll() > budget {
                return Err(Interrupt::Limit(Limit::CpuTime).into());
            }
            store.data().turnstile.came_up();
            Ok(UpdateDeadline::Yield(1))
        });
        if engine.options.fuel {
            // Counted, not bounded: the bound is processor time, the same in both kinds of engine.
            let _ = store.set_fuel(u64::MAX);
        }
        let (meter, turnstile) = (Arc::clone(&store.data().meter), Arc::clone(&store.data().turnstile));
        Self { store, meter, turnstile, fuel: engine.options.fuel }
    }

    fn deadline(&self, invocation: &Invocation) -> Deadline {
        Deadline {
            began: Instant::now(),
            wall: Duration::from_millis(invocation.limits.wall_ms),
            http: Arc::clone(&invocation.capabilities.http),
        }
    }

    fn finish<R>(self, outcome: Result<wasmtime::Result<R>, Limit>) -> Invoked<R> {
        let result = match outcome {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(name(&error)),
            Err(limit) => Err(Ended::Limit(limit)),
        };
        let state = self.store.data();
        let usage = Usage {
            cpu_us: self.meter.nanoseconds() / 1_000,
            memory_bytes: state.memory.peak as u64,
            host_calls: state.calls.made.load(Ordering::Relaxed),
            fuel: self.fuel.then(|| self.store.get_fuel().ok().map(|left| u64::MAX - left)).flatten(),
        };
        Invoked { result, usage }
    }
}

/// The wall-time limit of one call.
struct Deadline {
    began: Instant,
    wall: Duration,
    http: Arc<dyn Outbound>,
}

impl Deadline {
    /// Waits for `work`, at most the limit plus what was spent waiting for rate limits.
    async fn apply<F: Future>(&self, work: F) -> Result<F::Output, Limit> {
        let mut work = std::pin::pin!(work);
        loop {
            let allowed = self.wall + Duration::from_millis(self.http.waited_ms());
            let left = allowed.saturating_sub(self.began.elapsed());
            if left.is_zero() {
                return Err(Limit::WallTime);
            }
            if let Ok(output) = tokio::time::timeout(left, &mut work).await {
                return Ok(output);
            }
        }
    }
}

/// The typed reason behind a trap.
fn name(error: &wasmtime::Error) -> Ended {
    match error.downcast_ref::<Interrupt>() {
        Some(Interrupt::Limit(limit)) => return Ended::Limit(*limit),
        Some(Interrupt::Host(text)) => return Ended::Host(text.clone()),
        None => {}
    }
    if error.downcast_ref::<Trap>() == Some(&Trap::StackOverflow) {
        return Ended::Limit(Limit::Stack);
    }
    let text = format!("{error:#}");
    // wasmtime gives these two no type of their own.
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        return Ended::Limit(Limit::HostCallBytes);
    }
    if text.contains("resource table has no free keys") || text.contains("too many component handles") {
        return Ended::Limit(Limit::HostTableEntries);
    }
    Ended::Trap(text)
}

impl<R> Invoked<R> {
    fn unsupported(flow: &str) -> Self {
        let text = format!("it does not export {flow}");
        Self { result: Err(Ended::Unsupported(text)), usage: Usage::default() }
    }
}

impl Invocation {
    /// One that can reach nothing, for functions that the contract declares pure.
    pub fn without_capabilities() -> Self {
        let nothing = Arc::new(Nothing);
        Self {
            limits: Limits { cpu_ms: 1_000, wall_ms: 5_000, ..Limits::default() },
            capabilities: Capabilities {
                http: nothing.clone(),
                storage: nothing.clone(),
                log: nothing.clone(),
                progress: nothing,
            },
        }
    }
}

/// Refuses everything.
struct Nothing;

impl Outbound for Nothing {
    fn send(&self, request: http::Request) -> BoxFuture<'static, Answer<HttpResult>> {
        let text = format!("operation {}: this function may call no import", request.operation);
        Box::pin(async { Ok(Err(http::HttpError::Denied(text))) })
    }

    fn waited_ms(&self) -> u64 {
        0
    }
}

impl KeyValue for Nothing {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<Values>>> {
        Box::pin(async move { Ok(Ok(keys.iter().map(|_| None).collect())) })
    }

    fn set_many(&self, _: Vec<(String, Vec<u8>)>) -> BoxFuture<'_, Answer<StorageResult<()>>> {
        Box::pin(async { Ok(Err(StorageError::QuotaExceeded(0))) })
    }

    fn delete_many(&self, _: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<()>>> {
        Box::pin(async { Ok(Ok(())) })
    }
}

impl LogSink for Nothing {
    fn log(&self, _: Level, _: &str, _: &str) -> Answer<()> {
        Ok(())
    }
}

impl ProgressSink for Nothing {
    fn report(&self, _: u64, _: Option<u64>) -> progress::Directive {
        progress::Directive::GoOn
    }
}
