//! The one engine constructor of the host.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How often a running guest comes up for air to have its processor time compared with its budget.
const TICK: Duration = Duration::from_millis(10);

/// What an engine is made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineOptions {
    /// Invocations that may run at once; each reserves address space, not memory.
    pub concurrent_invocations: u32,
    /// Ceiling of [`crate::Limits::memory_bytes`]: what a pool slot has room for.
    pub max_memory_bytes: usize,
    /// Count fuel. Exact and repeatable, a third slower: for tests and benchmarks only.
    pub fuel: bool,
}

/// Pages of a slot that stay with the process between invocations, in bytes. What an invocation has written is zeroed either
/// way; pages that stay are not taken from the system anew, one fault each, by the next.
fn resident_bytes() -> usize {
    // Where the kernel tells which pages were written, only those are zeroed, so that a small invocation pays for what it used.
    // Elsewhere all of them would be.
    if PoolingAllocationConfig::is_pagemap_scan_available() { 8 << 20 } else { 256 << 10 }
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { concurrent_invocations: 200, max_memory_bytes: 256 << 20, fuel: false }
    }
}

/// A wasmtime engine with the host's settings, and the clock that makes running guests come up for air.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: wasmtime::Engine,
    pub(crate) options: EngineOptions,
}

/// Why no engine could be made.
#[derive(Debug, thiserror::Error)]
#[error(
    "the WebAssembly engine cannot be set up: {0}; with little address space (ulimit -v, small containers) lower engine.concurrent_invocations"
)]
pub struct EngineError(String);

impl Engine {
    /// Makes an engine.
    ///
    /// # Errors
    /// When the operating system refuses the address space for the instance pool.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        let inner = wasmtime::Engine::new(&config(&options)).map_err(|error| EngineError(format!("{error:#}")))?;
        let ticking = inner.weak();
        std::thread::Builder::new()
            .name("epoch".into())
            .spawn(move || {
                while let Some(engine) = ticking.upgrade() {
                    engine.increment_epoch();
                    drop(engine);
                    std::thread::sleep(TICK);
                }
            })
            .map_err(|error| EngineError(error.to_string()))?;
        Ok(Self { inner, options })
    }

    /// Whether fuel is counted.
    pub fn counts_fuel(&self) -> bool {
        self.options.fuel
    }
}

fn config(options: &EngineOptions) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    let n = options.concurrent_invocations;
    // A connector is one core module plus wit-component's adapters, which have no memory of their own.
    pool.total_component_instances(n)
        .total_core_instances(n.saturating_mul(8))
        .total_memories(n)
        .total_tables(n.saturating_mul(4))
        .total_stacks(n.saturating_mul(2))
        .max_memories_per_component(1)
        .max_core_instances_per_component(8)
        .max_tables_per_component(4)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .table_elements(20_000)
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(resident_bytes())
        .max_memory_size(options.max_memory_bytes);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        // A fresh instance maps the module's initial memory copy-on-write instead of copying it: 18 us instead of 100.
        .memory_init_cow(true)
        .wasm_component_model(true)
        .wasm_component_model_async(true)
        .epoch_interruption(true)
        .consume_fuel(options.fuel)
        // 512 KiB is wasmtime's default; named here because running over it is one of the typed limits.
        .max_wasm_stack(512 << 10)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        // A trap names its frames; capturing them costs only when there is one.
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(20));
    config
}
