//! What the sandbox costs: the same answers through the component and through the same crate compiled natively.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use futures::future::BoxFuture;
use harness_contract::http::{HttpError, Request, Response};
use harness_contract::logging::Level;
use harness_contract::progress::Directive;
use harness_contract::types::{Context, Mode};
use harness_engine::{
    Answer, Capabilities, HttpResult, Invocation, KeyValue, LogSink, Outbound, ProgressSink, StorageResult, Values,
};
use host_harness::flow::call::Call;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Row;
use bench::lab::{self, SimulatorProcess};

/// How often the tape is played on each side. The fastest round of each batch counts, so that what else the machine does in
/// between counts on neither side.
const ROUNDS: usize = 9;

#[derive(Serialize)]
struct Tape<'a> {
    context: &'a Context,
    batches: &'a [Batch],
    rounds: usize,
}

#[derive(Serialize, Clone, Default)]
struct Batch {
    ids: Vec<String>,
    answers: Vec<Recorded>,
}

#[derive(Serialize, Clone)]
struct Recorded {
    operation: String,
    status: u16,
    body: String,
}

/// Everything that an invocation can reach, in memory. Records what the real way out answers, or plays it back.
struct Deck {
    real: Option<Arc<dyn Outbound>>,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    playing: Mutex<BTreeMap<String, VecDeque<Recorded>>>,
    storage: Mutex<BTreeMap<String, Vec<u8>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Deck {
    fn new(real: Option<Arc<dyn Outbound>>) -> Arc<Self> {
        Arc::new(Self { real, recorded: Arc::default(), playing: Mutex::default(), storage: Mutex::default() })
    }

    fn put_in(&self, batch: &Batch) {
        let mut playing: BTreeMap<String, VecDeque<Recorded>> = BTreeMap::new();
        for answer in &batch.answers {
            playing.entry(answer.operation.clone()).or_default().push_back(answer.clone());
        }
        *lock(&self.playing) = playing;
    }
}

impl Outbound for Deck {
    fn send(&self, request: Request) -> BoxFuture<'static, Answer<HttpResult>> {
        let operation = request.operation.clone();
        if let Some(real) = &self.real {
            let (sending, recorded) = (real.send(request), Arc::clone(&self.recorded));
            return Box::pin(async move {
                let answer = sending.await?;
                if let Ok(response) = &answer {
                    let body = String::from_utf8_lossy(&response.body).into_owned();
                    lock(&recorded).push(Recorded { operation, status: response.status, body });
                }
                Ok(answer)
            });
        }
        let answer = lock(&self.playing).get_mut(&operation).and_then(VecDeque::pop_front);
        Box::pin(async move {
            Ok(match answer {
                Some(answer) => {
                    Ok(Response { status: answer.status, headers: Vec::new(), body: answer.body.into_bytes() })
                }
                None => Err(HttpError::Denied(format!("{operation} is not on the tape"))),
            })
        })
    }

    fn waited_ms(&self) -> u64 {
        0
    }
}

impl KeyValue for Deck {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<Values>>> {
        Box::pin(async move { Ok(Ok(keys.iter().map(|key| lock(&self.storage).get(key).cloned()).collect())) })
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> BoxFuture<'_, Answer<StorageResult<()>>> {
        lock(&self.storage).extend(entries);
        Box::pin(async { Ok(Ok(())) })
    }

    fn delete_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answer<StorageResult<()>>> {
        lock(&self.storage).retain(|key, _| !keys.contains(key));
        Box::pin(async { Ok(Ok(())) })
    }
}

impl LogSink for Deck {
    fn log(&self, _: Level, _: &str, _: &str) -> Answer<()> {
        Ok(())
    }
}

impl ProgressSink for Deck {
    fn report(&self, _: u64, _: Option<u64>) -> Directive {
        Directive::GoOn
    }
}

fn invocation(deck: &Arc<Deck>) -> Invocation {
    Invocation {
        limits: harness_engine::Limits::default(),
        capabilities: Capabilities {
            http: deck.clone(),
            storage: deck.clone(),
            log: deck.clone(),
            progress: deck.clone(),
        },
    }
}

/// Compares `fetch` of `orders` orders in the sandbox, as in production, with the native build.
pub(crate) async fn rows(orders: usize) -> anyhow::Result<Vec<Row>> {
    let simulator = SimulatorProcess::start(orders)?;
    let folder = tempfile::tempdir()?;
    let (platform, connection) = lab::platform(folder.path(), &simulator.url, false).await?;
    let call = Call::new(&platform, &connection, "import-orders", Mode::Apply).await?;
    let context = call.context.clone();
    let plugin = &call.plugin;

    let attempt = call.begin().await?;
    let recorder = Deck::new(Some(attempt.invocation().capabilities.http));
    let page = plugin.discover_orders(invocation(&recorder), context.clone(), None).await.result?;
    let page = page.map_err(|failure| anyhow::anyhow!("discover failed: {failure:?}"))?;
    let ids: Vec<String> = page.candidates.into_iter().map(|candidate| candidate.id).collect();
    let mut batches = Vec::new();
    for ids in ids.chunks(200) {
        lock(&recorder.recorded).clear();
        let fetched = plugin.fetch_orders(invocation(&recorder), context.clone(), ids.to_vec()).await.result?;
        fetched.map_err(|failure| anyhow::anyhow!("fetch failed: {failure:?}"))?;
        batches.push(Batch { ids: ids.to_vec(), answers: lock(&recorder.recorded).clone() });
    }

    let mut rows = Vec::new();
    let native =
        native(&folder.path().join("tape.json"), &Tape { context: &context, batches: &batches, rounds: ROUNDS })?;
    #[expect(clippy::cast_precision_loss, reason = "microseconds far below 2^52")]
    let ratio = |cpu_us: u64| cpu_us as f64 / native.cpu_us as f64;
    let (cpu_us, digest) = sandboxed(plugin, &context, &batches).await?;
    anyhow::ensure!(digest == native.digest, "the sandboxed connector's output differs from the native one's");
    rows.push(Row::new("connector's processor time, sandboxed against native", ratio(cpu_us), "times", Some(2.0)));

    let other = tempfile::tempdir()?;
    let (fuelled, connection) = lab::platform(other.path(), &simulator.url, true).await?;
    let call = Call::new(&fuelled, &connection, "import-orders", Mode::Apply).await?;
    let (cpu_us, digest) = sandboxed(&call.plugin, &context, &batches).await?;
    anyhow::ensure!(digest == native.digest, "the output with fuel differs from the one without");
    rows.push(Row::new("the same with fuel counted", ratio(cpu_us), "times", None));
    Ok(rows)
}

async fn sandboxed(
    plugin: &harness_engine::Plugin,
    context: &Context,
    batches: &[Batch],
) -> anyhow::Result<(u64, String)> {
    let (mut fastest, mut digest) = (vec![u64::MAX; batches.len()], String::new());
    for _ in 0..ROUNDS {
        let deck = Deck::new(None);
        let mut hash = Sha256::new();
        for (batch, fastest) in batches.iter().zip(&mut fastest) {
            deck.put_in(batch);
            let invoked = plugin.fetch_orders(invocation(&deck), context.clone(), batch.ids.clone()).await;
            *fastest = (*fastest).min(invoked.usage.cpu_us);
            let fetched = invoked.result?.map_err(|failure| anyhow::anyhow!("fetch failed: {failure:?}"))?;
            hash.update(serde_json::to_vec(&fetched)?);
        }
        digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    }
    Ok((fastest.iter().sum(), digest))
}

#[derive(Deserialize)]
struct Native {
    digest: String,
    cpu_us: u64,
}

fn native(path: &std::path::Path, tape: &Tape<'_>) -> anyhow::Result<Native> {
    std::fs::write(path, serde_json::to_vec(tape)?)?;
    let program = lab::workspace().join("target/native/guest/native-baseline");
    let output = std::process::Command::new(&program)
        .arg(path)
        .output()
        .with_context(|| format!("{} cannot be started; `cargo xtask bench` builds it", program.display()))?;
    anyhow::ensure!(output.status.success(), "the native baseline failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
