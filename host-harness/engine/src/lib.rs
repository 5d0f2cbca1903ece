//! Runs connectors: one wasmtime engine, one compiled artifact per component digest, a fresh store for each invocation.
//!
//! A component is let in by [`Engine::load`], which checks its imports, its digest and its manifest. From then on a
//! [`Plugin`] offers one method per exported function, and [`functions`] has the same as values; each takes an [`Invocation`] (limits and capabilities) and gives
//! [`Invoked`]: the result or the typed reason why there is none, and what it used.
//!
//! Not here: what the imports do (`harness-capability`), what becomes of a result (the flows of the host).
#![deny(missing_docs)]

mod engine;
pub mod functions;
mod invoke;
mod limits;
mod load;
mod meter;
mod state;
mod turnstile;

pub use engine::{Engine, EngineError, EngineOptions};
pub use harness_precompiled::{Cache, CacheError, Origin};
pub use invoke::{Invocation, Invoked, Usage};
pub use limits::{Ended, Interrupt, Limit, Limits};
pub use load::{LoadError, Plugin};
pub use state::{Answer, Capabilities, HttpResult, KeyValue, LogSink, Outbound, ProgressSink, StorageResult, Values};
