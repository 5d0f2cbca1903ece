//! The misbehaving connector on an engine, with capabilities in memory that a test can look into.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use harness_contract::http::{Request, Response};
use harness_contract::logging::Level;
use harness_contract::progress::Directive;
use harness_contract::types::{Context, Mode};
use harness_engine::{
    Answer, Cache, Capabilities, Engine, EngineOptions, HttpResult, Interrupt, Invocation, Invoked, KeyValue, Limit,
    Limits, LogSink, Outbound, Plugin, ProgressSink, StorageResult, Usage, Values,
};

/// The components that `cargo xtask build` made.
pub fn component(name: &str) -> Vec<u8> {
    let path = workspace().join("target/plugin").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing; run `cargo xtask build`", path.display()))
}

pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// A cache that all tests share, so that each component is compiled once.
pub fn cache() -> Cache {
    Cache::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"), [7; 32])
}

pub fn engine(fuel: bool) -> Engine {
    Engine::new(EngineOptions { concurrent_invocations: 10, fuel, ..EngineOptions::default() }).unwrap()
}

pub async fn misbehaving(fuel: bool) -> Plugin {
    engine(fuel).load(&component("misbehaving"), &cache(), None).await.unwrap()
}

/// Capabilities in memory.
#[derive(Default)]
pub struct World {
    /// How long the nth send takes, in milliseconds; none beyond its end.
    pub delays: Vec<u64>,
    /// Nobody is answered before so many sends are under way.
    pub gate: Option<Arc<tokio::sync::Barrier>>,
    pub sent: AtomicU64,
    pub log_limit: Option<u64>,
    pub logged: AtomicU64,
    pub lines: Mutex<Vec<String>>,
    pub storage: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Outbound for World {
    fn send(&self, request: Request) -> BoxFuture<'static, Answer<HttpResult>> {
        let nth = usize::try_from(self.sent.fetch_add(1, Ordering::Relaxed)).unwrap();
        let delay = self.delays.get(nth).copied().unwrap_or_default();
        let gate = self.gate.clone();
        Box::pin(async move {
            if let Some(gate) = gate {
                gate.wait().await;
            }
            tokio::time::sleep(Duration::from_millis(delay)).await;
            let n = request.query.iter().find(|(name, _)| name == "n").map(|(_, n)| n.clone()).unwrap_or_default();
            Ok(Ok(Response { status: 200, headers: vec![], body: format!("answer {n}").into_bytes() }))
        })
    }

    fn waited_ms(&self) -> u64 {
        0
    }
}

impl KeyValue for World {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<Values>>> {
        Box::pin(async move { Ok(Ok(keys.iter().map(|key| self.storage.lock().unwrap().get(key).cloned()).collect())) })
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> BoxFuture<'_, Answer<StorageResult<()>>> {
        self.storage.lock().unwrap().extend(entries);
        Box::pin(async { Ok(Ok(())) })
    }

    fn delete_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<()>>> {
        self.storage.lock().unwrap().retain(|key, _| !keys.contains(key));
        Box::pin(async { Ok(Ok(())) })
    }
}

impl LogSink for World {
    fn log(&self, _: Level, _: &str, message: &str) -> Answer<()> {
        let bytes = message.len() as u64;
        let total = self.logged.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.log_limit.is_some_and(|limit| total > limit) {
            return Err(Interrupt::Limit(Limit::LogBytes));
        }
        let mut lines = self.lines.lock().unwrap();
        if lines.len() < 100 {
            lines.push(message.chars().take(200).collect());
        }
        Ok(())
    }
}

impl ProgressSink for World {
    fn report(&self, _: u64, _: Option<u64>) -> Directive {
        Directive::GoOn
    }
}

pub fn invocation(world: &Arc<World>, limits: Limits) -> Invocation {
    Invocation {
        limits,
        capabilities: Capabilities {
            http: world.clone(),
            storage: world.clone(),
            log: world.clone(),
            progress: world.clone(),
        },
    }
}

pub fn context(settings: &str) -> Context {
    Context {
        mode: Mode::Apply,
        now: 1_772_442_760_000,
        settings: settings.into(),
        channels: vec![],
        channel: String::new(),
    }
}

/// Has one misdeed done under `limits`; what it told, or why it ended.
pub async fn misdeed(
    plugin: &Plugin,
    settings: &str,
    world: &Arc<World>,
    limits: Limits,
) -> (Result<Vec<String>, harness_engine::Ended>, Usage) {
    let Invoked { result, usage } = plugin.discover_orders(invocation(world, limits), context(settings), None).await;
    let told = result.map(|page| page.unwrap().candidates.into_iter().map(|candidate| candidate.id).collect());
    (told, usage)
}
