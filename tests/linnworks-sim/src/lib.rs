//! A simulator of the Linnworks public API, faithful where it matters to an integration: encodings, sessions, limits,
//! orders with all their flags, processing, stock, and the ways in which the real service misbehaves.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let sim = linnworks_sim::Simulator::start(linnworks_sim::SimOptions::default()).await?;
//! sim.seed(serde_json::json!({ "Orders": [{ "ReferenceNum": "A-1", "Items": [{ "SKU": "TEE" }] }] })).unwrap();
//! println!("{}", sim.url());
//! sim.stop().await;
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

mod clock;
mod config;
mod control;
mod endpoints;
pub mod generate;
mod http;
mod rules;
pub mod state;
mod world;

pub use clock::Clock;
pub use config::{Again, Config, EditMode, Gates, NullMode, PropertyMode, PurchaseRules, Refusal, ReturnRules, Scrap};
pub use control::{ControlError, Mutation, Which};
pub use endpoints::catalogue;
pub use http::{
    calllog::{CallRecord, Exchange},
    faults::{Fault, FaultAction},
};
pub use world::World;

use serde_json::Value;
use state::Stamp;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// What a simulator starts with.
#[derive(Debug, Clone, Default)]
pub struct SimOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Switches.
    pub config: Config,
}

/// The world behind its lock.
pub struct Shared(Mutex<World>);

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where simulators come from.
pub struct Simulator;

impl Simulator {
    /// Starts a simulator on 127.0.0.1 in the current tokio runtime.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(options: SimOptions) -> io::Result<SimHandle> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let mut world = World::new(options.config);
        world.base_url = format!("http://{address}");
        let shared = Arc::new(Shared(Mutex::new(world)));
        let (stop, stopped) = watch::channel(false);
        let router = http::server::router(Arc::clone(&shared));
        let server = tokio::spawn(http::server::serve(listener, router, stopped));
        Ok(SimHandle { address, shared, stop, server: Some(server) })
    }

    /// The simulator as a router, to be served or called by other means; `base_url` is what session answers name. As on
    /// the real service, a POST needs a content length. Faults that close the connection need [`Simulator::start`]:
    /// here they give an empty answer.
    pub fn router(config: Config, base_url: &str) -> (axum::Router, Arc<Shared>) {
        let mut world = World::new(config);
        base_url.clone_into(&mut world.base_url);
        let shared = Arc::new(Shared(Mutex::new(world)));
        (http::server::router(Arc::clone(&shared)), shared)
    }
}

/// A running simulator. It stops when it is dropped.
pub struct SimHandle {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
}

impl SimHandle {
    /// Base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Works on the whole world: state, time, switches. No call is handled meanwhile.
    pub fn with<R>(&self, work: impl FnOnce(&mut World) -> R) -> R {
        work(&mut self.shared.lock())
    }

    /// The world behind its lock, to keep beyond this handle.
    pub fn state(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Replaces the state, as `POST /_sim/seed`.
    ///
    /// # Errors
    /// When the seed has unknown or unreadable fields.
    pub fn seed(&self, seed: Value) -> Result<(), ControlError> {
        self.with(|world| control::seed(world, seed))
    }

    /// Carries out a change, as `POST /_sim/do`.
    ///
    /// # Errors
    /// When the change names something that does not exist or cannot be read.
    pub fn apply(&self, mutation: Mutation) -> Result<Value, ControlError> {
        self.with(|world| control::apply(world, mutation))
    }

    /// Adds a fault; returns its number.
    pub fn fault(&self, fault: Fault) -> u64 {
        self.with(|world| world.faults.add(fault))
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.with(|world| world.faults.clear());
    }

    /// Stops the clock at a moment, and lets happen what is due by then.
    pub fn set_time(&self, moment: Stamp) {
        self.with(|world| {
            world.clock.set(moment);
            world.catch_up();
        });
    }

    /// Moves the clock forward, and lets happen what is due by then.
    pub fn advance(&self, seconds: f64) {
        self.with(|world| {
            world.clock.advance(seconds);
            world.catch_up();
        });
    }

    /// Fingerprint of all accounts: equal before and after calls that only read.
    pub fn hash(&self) -> String {
        self.with(|world| control::hash(world))
    }

    /// Calls received since the start or the last reset.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.with(|world| world.log.calls.clone())
    }

    /// Empties the log of calls.
    pub fn clear_calls(&self) {
        self.with(|world| world.log.calls.clear());
    }

    /// Whole calls since this was asked last; kept from the first time on.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.with(|world| world.log.exchanges.replace(Vec::new()).unwrap_or_default())
    }

    /// Stops serving and waits until all connections are closed.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

impl Drop for SimHandle {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}
